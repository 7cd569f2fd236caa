"""impact: matching in strata: equal covariates, coarsened ones, or classes of the score."""

from collections.abc import Sequence

import numpy as np

from sib.errors import NotValid, Problem
from sib.impact.cohort import Cohort, Flags, Floats, Groups, Rows
from sib.impact.formula import design


def equal_strata(cohort: Cohort, terms: Sequence[str]) -> Rows:
    """A number for each combination of the terms' values, one a person."""
    return _combine([_codes(cohort, term, 0) for term in terms], cohort.size)


def coarse_strata(cohort: Cohort, terms: Sequence[str]) -> Rows:
    """The same after each number is put into equally wide bins, as many as Sturges' rule says for the whole cohort.

    A value on a boundary belongs to the higher bin (Iacus, King & Porro, 2012; boundaries as in MatchIt).
    """
    bins = int(np.ceil(np.log2(cohort.size) + 1.0))
    return _combine([_codes(cohort, term, bins) for term in terms], cohort.size)


def score_classes(score: Floats, treated: Flags, classes: int) -> Rows:
    """Classes between quantiles of the treated people's scores, numbered from 0.

    A class that lacks one of the groups takes its nearest member from the class beside it, so that all are used.
    Raises ``NotValid`` if a group has fewer people than there are classes.
    """
    if min(treated.sum(), (~treated).sum()) < classes:
        raise NotValid(
            Problem(
                code="impact.too-few-for-classes",
                what=f"there are fewer people in a group than the {classes} classes of the score",
                mend="take fewer classes",
            )
        )
    cuts = np.quantile(score[treated], np.linspace(0.0, 1.0, classes + 1))
    found = np.clip(np.searchsorted(cuts, score, side="right") - 1, 0, classes - 1).astype(np.int64)
    for group in (treated, ~treated):
        rows = np.flatnonzero(group)
        found[rows] = _fill_empty(found[rows], score[rows], classes)
    return found


def common_sets(strata: Rows, treated: Flags) -> Rows:
    """Match sets: the strata that hold people of both groups, numbered from 0 as they come; -1 for all others."""
    size = int(strata.max()) + 1
    both = (np.bincount(strata[treated], minlength=size) > 0) & (np.bincount(strata[~treated], minlength=size) > 0)
    inside = both[strata]
    _, first, label = np.unique(strata[inside], return_index=True, return_inverse=True)
    number = np.argsort(np.argsort(first))
    out = np.full(len(strata), -1, dtype=np.int64)
    out[inside] = number[label]
    return out


def _codes(cohort: Cohort, term: str, bins: int) -> Rows:
    if term in cohort.covariates and isinstance(column := cohort.column(term), Groups):
        return column.codes
    values = design(cohort, [term], "contrast").columns[0].astype(np.float64)
    if bins:
        inner = np.linspace(values.min(), values.max(), bins + 1)[1:-1]
        return np.searchsorted(inner, values, side="right").astype(np.int64)
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def _combine(codes: Sequence[Rows], size: int) -> Rows:
    """Number the combinations one column at a time, so that the product of their sizes never overflows."""
    out = np.zeros(size, dtype=np.int64)
    for column in codes:
        both = out * (int(column.max()) + 1) + column
        out = np.unique(both, return_inverse=True)[1].astype(np.int64)
    return out


def _fill_empty(classes: Rows, score: Floats, count: int) -> Rows:
    """Move people of one group into its empty classes, one by one, the first empty class first."""
    out = classes.copy()
    while True:
        held = np.bincount(out, minlength=count)
        if held.min():
            return out
        empty = int(np.argmin(held))
        left = _take_from_left(held, empty)
        giver = np.flatnonzero(held[:empty])[-1] if left else empty + 1 + np.flatnonzero(held[empty + 1 :])[0]
        members = np.flatnonzero(out == giver)
        edge = score[members].max() if left else score[members].min()
        out[members[score[members] == edge][-1]] = empty


def _take_from_left(held: Rows, empty: int) -> bool:
    """Which side has more to spare, people nearer by counting for more."""
    if empty in (0, len(held) - 1):
        return empty != 0
    distance = np.arange(len(held)) - empty
    spare = np.where((held > 1) & (distance != 0), held - 1, 0)
    distance[empty] = 1
    return bool((spare / distance).sum() <= 0)
