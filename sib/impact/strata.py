"""impact: matching in strata: equal covariates, or classes of the score."""

from collections.abc import Sequence

import numpy as np

from sib.errors import NotValid, Problem
from sib.impact.cohort import Cohort, Flags, Floats, Groups, Rows
from sib.impact.formula import design


def equal_strata(cohort: Cohort, terms: Sequence[str]) -> Rows:
    """A number for each combination of the terms' values, one a person."""
    return combine([codes_of(cohort, term) for term in terms], cohort.size)


def score_classes(score: Floats, treated: Flags, cuts: Floats, fewest: int = 1) -> Rows:
    """Classes of the score between ``cuts``, numbered from 0; -1 for people in a class that is not used.

    A class that has fewer than ``fewest`` of one group takes that group's nearest members from the class beside it.
    With ``fewest`` 0 nobody moves, and a class that lacks one of the groups is not used. Raises ``NotValid`` if a group
    has too few people for that.
    """
    found = np.clip(np.searchsorted(cuts, score, side="right") - 1, 0, len(cuts) - 2).astype(np.int64)
    if not fewest:
        return common_sets(found, treated)
    found = np.unique(found, return_inverse=True)[1].astype(np.int64)
    classes = int(found.max()) + 1
    if min(treated.sum(), (~treated).sum()) < classes * fewest:
        raise NotValid(
            Problem(
                code="impact.too-few-for-classes",
                what=f"there are fewer people in a group than {fewest} for each of the {classes} classes of the score",
                mend="take fewer classes",
            )
        )
    for group in (treated, ~treated):
        rows = np.flatnonzero(group)
        found[rows] = _fill(found[rows], score[rows], classes, fewest)
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


def codes_of(cohort: Cohort, term: str) -> Rows:
    """A number for each value of a term."""
    if term in cohort.covariates and isinstance(column := cohort.column(term), Groups):
        return column.codes
    values = design(cohort, [term], "contrast").columns[0].astype(np.float64)
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def combine(codes: Sequence[Rows], size: int) -> Rows:
    """Number the combinations one column at a time, so that the product of their sizes never overflows."""
    out = np.zeros(size, dtype=np.int64)
    for column in codes:
        both = out * (int(column.max()) + 1) + column
        out = np.unique(both, return_inverse=True)[1].astype(np.int64)
    return out


def _fill(classes: Rows, score: Floats, count: int, fewest: int) -> Rows:
    """Move people of one group until each class has the fewest, one by one, the first class that lacks first."""
    out = classes.copy()
    for kept in range(fewest):
        while True:
            held = np.bincount(out, minlength=count) - kept
            if held.min() > 0:
                break
            lacking = int(np.flatnonzero(held == 0)[0])
            left = _take_from_left(held, lacking)
            giver = np.flatnonzero(held[:lacking] > 0)[-1:] if left else np.flatnonzero(held[lacking + 1 :] > 0)[:1]
            members = np.flatnonzero(out == int(giver[0]) + (0 if left else lacking + 1))
            edge = score[members].max() if left else score[members].min()
            out[members[score[members] == edge][-1]] = lacking
    return out


def _take_from_left(held: Rows, lacking: int) -> bool:
    """Which side has more to spare, people nearer by counting for more."""
    if lacking in (0, len(held) - 1):
        return lacking != 0
    distance = np.arange(len(held)) - lacking
    spare = np.where((held > 1) & (distance != 0), held - 1, 0)
    distance[lacking] = 1
    return bool((spare / distance).sum() <= 0)
