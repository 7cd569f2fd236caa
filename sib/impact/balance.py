"""impact: balance before and after the match, and the traffic light against the plan's limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sib.impact.cohort import Cohort, Flags, Floats
from sib.impact.formula import Design, design
from sib.impact.matching import MatchedCohort
from sib.impact.specification import Estimand

Light = Literal["green", "amber", "red"]
DISTANCE = "distance"
"""The score's own row in the table."""


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """How alike the groups are on one covariate, before (``all``) or after matching (``matched``)."""

    sample: Literal["all", "matched"]
    variable: str
    mean_treated: float
    mean_comparison: float
    smd: float
    """Difference in means over the standard deviation of *all* treated; √(p(1−p)) for a yes-or-no covariate.

    Of all comparison people for the ATC; by the mean of both groups' variances for the ATE.
    """
    variance_ratio: float | None
    """Treated over comparison; none for a yes-or-no covariate."""
    ecdf_mean: float
    """Mean difference of the cumulative distributions, over the values that occur; the difference in shares for
    yes or no."""
    ecdf_max: float
    pair_distance: float | None
    """Mean absolute difference within matches, in the same standard deviations; none before matching."""
    spread: float
    """The standard deviation by which both are divided."""
    light: Light | None
    """Green up to half the limit, amber up to the limit, red above; none before matching and for the score."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The table, all covariates before and then after matching, and what it comes to."""

    rows: tuple[BalanceRow, ...]
    limit: float
    effective_comparison: float

    @property
    def matched(self) -> tuple[BalanceRow, ...]:
        """After matching, covariates only."""
        return tuple(row for row in self.rows if row.sample == "matched" and row.variable != DISTANCE)

    @property
    def worst(self) -> BalanceRow:
        """The covariate that is furthest out after matching."""
        return max(self.matched, key=lambda row: abs(row.smd))

    @property
    def within_limit(self) -> bool:
        """Whether no covariate is red."""
        return all(row.light != "red" for row in self.matched)


@dataclass(frozen=True, slots=True, eq=False)
class _Yardstick:
    """What every row of one covariate is measured with."""

    values: Floats
    binary: bool
    spread: float
    rank: np.ndarray
    """Which of the distinct values each person has, ascending."""
    distinct: int


def balance_table(cohort: Cohort, terms: Sequence[str], matched: MatchedCohort, limit: float) -> Balance:
    """Standardised mean differences, variance ratios and cumulative differences of the terms and the score."""
    columns = design(cohort, terms, "balance")
    if matched.score is not None:
        columns = Design((DISTANCE, *columns.names), (matched.score, *columns.columns))
    everybody = np.ones(cohort.size)
    before, after = [], []
    for name, column in zip(columns.names, columns.columns, strict=True):
        yard = _yardstick(column.astype(np.float64), cohort.treated, matched.estimand)
        pairs = _pair_distance(yard, matched)
        before.append(_row("all", name, yard, cohort.treated, everybody, None, limit))
        if matched.weights.any():
            after.append(_row("matched", name, yard, cohort.treated, matched.weights, pairs, limit))
    return Balance((*before, *after), limit, matched.effective_comparison)


def _row(
    sample: Literal["all", "matched"],
    name: str,
    yard: _Yardstick,
    treated: Flags,
    weights: Floats,
    pair_distance: float | None,
    limit: float,
) -> BalanceRow:
    sides = [(yard.values[group], weights[group]) for group in (treated, ~treated)]
    own, other = (float(np.average(values, weights=weight)) for values, weight in sides)
    smd = (own - other) / yard.spread if yard.spread else 0.0
    light = None if sample == "all" or name == DISTANCE else traffic_light(smd, limit)
    if yard.binary:
        apart = abs(own - other)
        return BalanceRow(sample, name, own, other, smd, None, apart, apart, pair_distance, yard.spread, light)
    variances = [_variance(values, weight) for values, weight in sides]
    ratio = variances[0] / variances[1] if variances[1] > 0 else None
    apart_by_value = np.abs(_cumulative(yard, treated, weights) - _cumulative(yard, ~treated, weights))
    mean, largest = float(apart_by_value.mean()), float(apart_by_value.max())
    return BalanceRow(sample, name, own, other, smd, ratio, mean, largest, pair_distance, yard.spread, light)


def traffic_light(smd: float, limit: float) -> Light:
    """Green up to half the limit, amber up to the limit, red above it."""
    return "green" if abs(smd) <= limit / 2 else "amber" if abs(smd) <= limit else "red"


def _yardstick(values: Floats, treated: Flags, estimand: Estimand) -> _Yardstick:
    binary = bool(((values == 0) | (values == 1)).all())
    spreads = [_spread(values[group], binary) for group in (treated, ~treated)]
    both = float(np.sqrt(np.mean(np.square(spreads))))
    spread = {"ATT": spreads[0], "ATC": spreads[1], "ATE": both}[estimand]
    if not spread >= np.sqrt(np.finfo(float).eps):
        spread = _within(values, treated, binary)  # all of that group are alike
    if binary:
        return _Yardstick(values, binary, spread, np.empty(0, dtype=np.int64), 2)
    distinct, rank = np.unique(values, return_inverse=True)
    return _Yardstick(values, binary, spread, rank, len(distinct))


def _spread(values: Floats, binary: bool) -> float:
    if binary:
        share = float(values.mean())
        return float(np.sqrt(share * (1.0 - share)))
    return float(values.std(ddof=1)) if len(values) > 1 else 0.0


def _within(values: Floats, treated: Flags, binary: bool) -> float:
    """Standard deviation within the groups, each counted by its people."""
    squares = sum(float(((values[group] - values[group].mean()) ** 2).sum()) for group in (treated, ~treated))
    return float(np.sqrt(squares / (len(values) if binary else len(values) - 2)))


def _variance(values: Floats, weights: Floats) -> float:
    """Variance with reliability weights: n − 1 in the denominator where all weights are equal."""
    total = weights.sum()
    middle = (weights @ values) / total
    spare = total**2 - (weights**2).sum()
    return float(total / spare * (weights @ (values - middle) ** 2)) if spare > 0 else 0.0


def _cumulative(yard: _Yardstick, group: Flags, weights: Floats) -> Floats:
    held = np.bincount(yard.rank[group], weights=weights[group], minlength=yard.distinct)
    return np.asarray(np.cumsum(held) / held.sum(), dtype=np.float64)


def _pair_distance(yard: _Yardstick, matched: MatchedCohort) -> float | None:
    """Mean over all pairs of a treated and a comparison person in one match."""
    if not yard.spread:
        return None
    if matched.matches is None:
        return _set_distance(yard, matched)
    own, other = matched.pairs
    return float(np.abs(yard.values[own] - yard.values[other]).mean() / yard.spread) if len(own) else None


def _set_distance(yard: _Yardstick, matched: MatchedCohort) -> float | None:
    """The same over sets, by sorting within each: no table of pairs, so large strata stay cheap."""
    inside = np.flatnonzero(matched.sets >= 0)
    if not len(inside):
        return None
    sets, values, treated = matched.sets[inside], yard.values[inside], matched.treated[inside]
    total, pairs = 0.0, 0
    order = np.lexsort((values, sets))
    for rows in np.split(order, np.flatnonzero(np.diff(sets[order])) + 1):
        gaps = np.diff(values[rows])
        own = np.cumsum(treated[rows])[:-1]
        other = np.cumsum(~treated[rows])[:-1]
        most_own, most_other = int(treated[rows].sum()), int((~treated[rows]).sum())
        total += float((gaps * (own * (most_other - other) + other * (most_own - own))).sum())
        pairs += most_own * most_other
    return total / pairs / yard.spread
