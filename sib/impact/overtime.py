"""impact: effects from before and after: difference in differences, and a break in a series."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from sib.errors import NotValid, Problem, Refused
from sib.impact.cohort import Flags, Floats, Rows
from sib.impact.regression import clustered_error, fit_weighted


@dataclass(frozen=True, slots=True)
class ChangeEffect:
    """An effect over time with its doubt."""

    effect: float
    error: float
    low: float
    high: float
    error_kind: str
    clusters: int | None
    """Clusters behind the error; none for a series."""


def difference_in_differences(
    treated: Flags,
    before: Floats,
    after: Floats,
    weights: Floats | None = None,
    clusters: Rows | None = None,
    confidence: float = 0.95,
) -> ChangeEffect:
    """How much more the treated changed than the others, one row a person.

    The person is the cluster, or ``clusters`` say what is. ``weights`` may come from a match. The error is that of the
    regression on group, period and both (HC1).
    """
    size = len(treated)
    flags = np.concatenate((treated, treated)).astype(np.float64)
    later = np.repeat((0.0, 1.0), size)
    columns = np.column_stack((np.ones(2 * size), flags, later, flags * later))
    held = np.ones(2 * size) if weights is None else np.concatenate((weights, weights))
    people = np.arange(size) if clusters is None else clusters
    number = np.concatenate((people, people))[held > 0]
    fit = fit_weighted(columns[held > 0], np.concatenate((before, after))[held > 0], held[held > 0])
    error = clustered_error(fit, 3, number, "HC1")
    return _change(float(fit.coefficients[3]), error, "clustered HC1", len(np.unique(number)), confidence)


def panel_difference(
    unit: Rows, period: Rows, exposed: Flags, outcome: Floats, clusters: Rows | None = None, confidence: float = 0.95
) -> ChangeEffect:
    """The same over several periods: unit and period effects taken out, clustered by unit (or ``clusters``).

    ``exposed`` is who is treated when; all treated units begin in one period, since with several the regression
    compares treated with treated (Goodman-Bacon, 2021), which is refused. Raises ``NotValid`` unless each unit has one
    row in each period.
    """
    _check_panel(unit, period, exposed)
    number, turn = (np.unique(one, return_inverse=True)[1] for one in (unit, period))
    units, turns = int(number.max()) + 1, int(turn.max()) + 1
    grid = np.empty((2, units, turns))
    for place, values in enumerate((outcome, exposed.astype(np.float64))):
        grid[place, number, turn] = values
    free = (
        grid
        - grid.mean(axis=1, keepdims=True)
        - grid.mean(axis=2, keepdims=True)
        + grid.mean(axis=(1, 2))[:, None, None]
    )
    values, flags = free[0].ravel(), free[1].ravel()
    square = float(flags @ flags)
    effect = float(flags @ values) / square
    of_unit = np.empty(units, dtype=np.int64)
    of_unit[number] = number if clusters is None else np.unique(clusters, return_inverse=True)[1]
    sums = np.bincount(np.repeat(of_unit, turns), weights=flags * (values - effect * flags))
    rows, groups = units * turns, len(sums)
    few = groups / (groups - 1) * (rows - 1) / (rows - turns - 1)
    error = float(np.sqrt((sums**2).sum() * few) / square)
    return _change(effect, error, "clustered HC1", groups, confidence)


def interrupted_series(
    outcome: Floats, begins: int, lags: int | None = None, confidence: float = 0.95, *, slope: bool = True
) -> ChangeEffect:
    """The mean gap, from period ``begins`` on, between a series and the line that it was on before.

    Segmented regression of level and slope, with errors for neighbours in time that go together (Newey & West, 1987),
    ``lags`` by default 4 (n/100)^(2/9). Raises ``Refused`` with fewer than eight periods before or three after.
    """
    size = len(outcome)
    if begins < 8 or size - begins < 3:
        raise Refused(
            Problem(
                code="impact.short-series",
                what=f"there are {begins} periods before and {size - begins} after",
                expected="8 or more before, 3 or more after",
                mend="take shorter periods or a longer series; with fewer nothing tells a break from a wobble",
            )
        )
    from statsmodels.regression.linear_model import OLS

    time = np.arange(size, dtype=np.float64)
    after = (time >= begins).astype(np.float64)
    columns = [np.ones(size), time, after] + ([(time - begins) * after] if slope else [])
    held = int(4 * (size / 100) ** (2 / 9)) if lags is None else lags
    fit = OLS(outcome, np.column_stack(columns)).fit(cov_type="HAC", cov_kwds={"maxlags": held, "use_correction": True})
    along = np.zeros(len(columns))
    along[2] = 1.0
    if slope:
        along[3] = (time - begins)[begins:].mean()
    error = float(np.sqrt(along @ np.asarray(fit.cov_params()) @ along))
    return _change(float(along @ np.asarray(fit.params)), error, f"Newey-West, {held} lags", None, confidence)


def _check_panel(unit: Rows, period: Rows, exposed: Flags) -> None:
    problems = []
    turns = np.unique(period)
    if len(unit) != len(np.unique(unit)) * len(turns) or len(np.unique(np.column_stack((unit, period)), axis=0)) != len(
        unit
    ):
        problems.append(Problem("impact.panel", "some unit has no row, or two, in some period", "balance the panel"))
    starts = {int(period[(unit == one) & exposed].min()) for one in np.unique(unit[exposed])}
    if len(starts) != 1 or len(np.unique(unit[exposed])) == len(np.unique(unit)) or turns[0] in starts:
        problems.append(
            Problem(
                code="impact.staggered",
                what="treatment does not begin in one period, after the first, for some units and not for others",
                mend="estimate each start by itself against units never treated, and blend",
            )
        )
    elif not exposed[np.isin(unit, np.unique(unit[exposed])) & (period >= min(starts))].all():
        problems.append(Problem("impact.treatment-ends", "some unit stops being treated", "count it to the end"))
    if problems:
        raise NotValid(problems)


def _change(effect: float, error: float, kind: str, clusters: int | None, confidence: float) -> ChangeEffect:
    width = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    return ChangeEffect(effect, error, effect - width, effect + width, kind, clusters)
