"""impact: coarsened exact matching: numbers into bins, words into kin, and pairs within the strata."""

import numpy as np

from sib.errors import NotValid, Problem
from sib.impact.cohort import Cohort, Flags, Floats, Groups, Rows
from sib.impact.formula import design
from sib.impact.mahalanobis import squared_distances
from sib.impact.specification import Cuts, Kin, Specification
from sib.impact.strata import codes_of, combine

# Iacus, King & Porro (2012); bins, boundaries and the order of pairs as in R's MatchIt 4.7.2.


def coarse_strata(cohort: Cohort, specification: Specification) -> Rows:
    """A number for each combination of coarsened terms, one a person; a value on a boundary is in the higher bin.

    Raises ``NotValid`` for a way to cut that does not exist, for words that are to be cut, and for unknown words.
    """
    codes: list[Rows] = []
    problems: list[Problem] = []
    for term in specification.covariates:
        try:
            codes.append(_coarse(cohort, term, specification))
        except NotValid as wrong:
            problems += wrong.problems
    terms = set(specification.covariates)
    problems += [
        Problem(
            "impact.no-such-covariate", f"{name!r} is not matched on, so it cannot be coarsened", "correct it", name
        )
        for name in sorted({*specification.cuts, *specification.kin} - terms)
    ]
    if problems:
        raise NotValid(problems)
    return combine(codes, cohort.size)


def pairs_in_strata(strata: Rows, focal: Flags, space: Floats | None) -> Rows:
    """One to one within each stratum: whoever stands first takes the nearest who is left.

    Without a ``space`` the first who is left. Gives rows of the other group, (focal, 1), -1 where nobody was left.
    """
    out = np.full((int(focal.sum()), 1), -1, dtype=np.int64)
    number = np.cumsum(focal) - 1
    order = np.argsort(strata, kind="stable").astype(np.int64)
    for rows in np.split(order, np.flatnonzero(np.diff(strata[order])) + 1):
        left = rows[~focal[rows]]
        for row in rows[focal[rows]].tolist():
            if not len(left):
                break
            at = 0 if space is None else int(np.sqrt(squared_distances(space[left], space[row])).argmin())
            out[number[row], 0] = left[at]
            left = np.delete(left, at)
    return out


def _coarse(cohort: Cohort, term: str, specification: Specification) -> Rows:
    said = specification.cuts.get(term, specification.cut_all)
    if term in specification.kin:
        return _by_kin(cohort, term, specification.kin[term])
    if term in cohort.covariates and isinstance(column := cohort.column(term), Groups):
        if term in specification.cuts:
            raise _wrong(term, "its values are words, which are grouped and not cut")
        return column.codes
    if said == 0:
        return codes_of(cohort, term)
    values = design(cohort, [term], "contrast").columns[0].astype(np.float64)
    return np.searchsorted(inner_cuts(values, said, term), values, side="right").astype(np.int64)


def inner_cuts(values: Floats, said: Cuts, term: str = "") -> Floats:
    """The boundaries between bins: of so many equal ones, of quantiles (``q5``), by a rule's name, or as listed."""
    if isinstance(said, tuple):
        return np.unique(np.array(said, dtype=np.float64))
    if isinstance(said, str):
        if said.startswith("q") and said[1:].isdigit() and int(said[1:]) > 1:
            return np.unique(np.quantile(values, np.arange(1, int(said[1:])) / int(said[1:])))
        if said not in _RULES:
            raise _wrong(term, f"{said!r} is no way to cut it")
        said = max(1, _RULES[said](values))
    if said < 1:
        raise _wrong(term, f"{said} bins are too few")
    return np.linspace(values.min(), values.max(), said + 1)[1:-1]


def _sturges(values: Floats) -> int:
    return int(np.ceil(np.log2(len(values)) + 1.0))


def _scott(values: Floats) -> int:
    width = 3.5 * values.std(ddof=1) * len(values) ** (-1.0 / 3.0)
    return int(np.ceil(np.ptp(values) / width)) if width > 0 else 1


def _freedman_diaconis(values: Floats) -> int:
    """By the spread of the middle half, of more where that is nothing; of values with five significant digits."""
    few = np.array([float(f"{one:.4e}") for one in values.tolist()])
    share, width = 0.25, 2.0 * float(np.subtract(*np.quantile(few, [0.75, 0.25])))
    while width == 0 and share > 1.0 / 512.0:
        share /= 2.0
        width = float(np.subtract(*np.quantile(few, [1.0 - share, share]))) / (1.0 - 2.0 * share)
    width = width or 3.5 * float(values.std(ddof=1))
    return int(np.ceil(np.ptp(values) / width * len(values) ** (1.0 / 3.0))) if width > 0 else 1


_RULES = {"sturges": _sturges, "scott": _scott, "fd": _freedman_diaconis}


def _by_kin(cohort: Cohort, term: str, kin: Kin) -> Rows:
    column = cohort.column(term)
    levels = column.levels if isinstance(column, Groups) else tuple(f"{one:.15g}" for one in np.unique(column).tolist())
    unknown = sorted({word for group in kin for word in group} - set(levels))
    if unknown:
        raise _wrong(term, f"nobody has the value {', '.join(unknown)}")
    head = {word: group[0] for group in kin for word in group}
    names = [head.get(level, level) for level in levels]
    first = np.array([names.index(name) for name in names], dtype=np.int64)
    return np.asarray(first[codes_of(cohort, term)], dtype=np.int64)


def _wrong(term: str, why: str) -> NotValid:
    return NotValid(
        Problem(
            code="impact.coarsening",
            what=f"covariate {term!r} cannot be coarsened so: {why}",
            place=term,
            expected="a number of bins, sturges, fd, scott, q5 for fifths, or a list of cut points; kin for words",
            mend="correct cuts or kin",
        )
    )
