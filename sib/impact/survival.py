"""impact: time to an event, such as to the first return to prison: survival, time free of it, and hazards."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from sib.errors import NotValid, Problem
from sib.impact.cohort import Flags, Floats, Rows


@dataclass(frozen=True, slots=True)
class SurvivalEffect:
    """What differs at, and up to, a horizon."""

    horizon: float
    survival_treated: float
    survival_comparison: float
    """Shares without the event at the horizon."""
    difference: float
    difference_error: float
    free_treated: float
    free_comparison: float
    """Mean time free of the event, up to the horizon."""
    free_difference: float
    free_error: float
    low: float
    high: float
    """Ends of the interval of the difference in time free."""


@dataclass(frozen=True, slots=True)
class HazardRatio:
    """The ratio of hazards, taken to be the same all along."""

    log_ratio: float
    error: float
    ratio: float
    low: float
    high: float
    stratified: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """Weighted Kaplan-Meier of one group: at each time of an event, who had it, who was at risk, and what is left."""

    times: Floats
    events: Floats
    at_risk: Floats
    left: Floats


def survival_effect(
    treated: Flags,
    time: Floats,
    event: Flags,
    horizon: float,
    weights: Floats | None = None,
    clusters: Rows | None = None,
    confidence: float = 0.95,
) -> SurvivalEffect:
    """Weighted Kaplan-Meier curves, and the mean time free of the event up to ``horizon`` (Royston & Parmar, 2013).

    ``time`` (n) to the event or to when the person was last seen. Errors by each person's influence on the curve, added
    up within ``clusters`` such as match sets; weights are taken as known. Raises ``NotValid`` where times are below 0
    or a group is not followed to the horizon.
    """
    held = np.ones(len(time)) if weights is None else weights
    _check(treated, time, event, horizon, held)
    number = np.arange(len(time)) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    at, free = np.zeros(len(time)), np.zeros(len(time))
    found = []
    for sign, group in ((1.0, treated), (-1.0, ~treated)):
        curve = _curve(time[group], event[group], held[group], horizon)
        areas = _areas(curve, horizon)
        last = float(curve.left[-1]) if len(curve.left) else 1.0
        found.append((last, float(areas[0])))
        at[group] = sign * _influence(curve, np.full(len(curve.times), last), time[group], event[group], held[group])
        free[group] = sign * _influence(curve, areas[1:], time[group], event[group], held[group])
    error, free_error = (_spread(one, number) for one in (at, free))
    difference, more = found[0][0] - found[1][0], found[0][1] - found[1][1]
    width = NormalDist().inv_cdf(0.5 + confidence / 2) * free_error
    return SurvivalEffect(
        horizon, found[0][0], found[1][0], difference, error, found[0][1], found[1][1], more, free_error,
        more - width, more + width,
    )  # fmt: skip


def hazard_ratio(
    treated: Flags, time: Floats, event: Flags, sets: Rows | None = None, confidence: float = 0.95
) -> HazardRatio:
    """Cox's regression on treatment alone, by Efron's rule for ties, stratified by match sets where there are some.

    In a stratified model each set has its own baseline, so that pairs are compared within themselves. Raises
    ``NotValid`` where one group has no event.
    """
    for name, group in (("treated", treated), ("comparison", ~treated)):
        if not event[group].any():
            raise NotValid(
                Problem("impact.no-events", f"no {name} person has the event, so there is no ratio", "report survival")
            )
    from statsmodels.duration.hazard_regression import PHReg

    said = {} if sets is None else {"strata": sets}
    fit = PHReg(time, treated.astype(np.float64)[:, None], status=event.astype(np.int64), ties="efron", **said).fit()
    line, error = float(np.asarray(fit.params)[0]), float(np.asarray(fit.bse)[0])
    width = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    ends = float(np.exp(line - width)), float(np.exp(line + width))
    return HazardRatio(line, error, float(np.exp(line)), ends[0], ends[1], sets is not None)


def _curve(time: Floats, event: Flags, weights: Floats, horizon: float) -> _Curve:
    times = np.unique(time[event & (time <= horizon)])
    place = np.searchsorted(times, time[event & (time <= horizon)])
    events = np.bincount(place, weights=weights[event & (time <= horizon)], minlength=len(times))
    order = np.argsort(time, kind="stable")
    from_here = np.concatenate((np.cumsum(weights[order][::-1])[::-1], [0.0]))
    at_risk = from_here[np.searchsorted(time[order], times, side="left")]
    left = np.asarray(np.cumprod(1.0 - events / at_risk), dtype=np.float64)
    return _Curve(times, np.asarray(events, dtype=np.float64), at_risk, left)


def _areas(curve: _Curve, horizon: float) -> Floats:
    """Area under the curve up to the horizon, from the start and then from each event on."""
    edges = np.concatenate(([0.0], curve.times, [horizon]))
    heights = np.concatenate(([1.0], curve.left))
    return np.asarray(np.cumsum((np.diff(edges) * heights)[::-1])[::-1], dtype=np.float64)


def _influence(curve: _Curve, worth: Floats, time: Floats, event: Flags, weights: Floats) -> Floats:
    """What each person adds to the error of a figure that loses ``worth`` for each share that has the event then."""
    if not len(curve.times):
        return np.zeros(len(time))
    spared = curve.at_risk - curve.events
    # where everybody left has the event, nothing is left that it could change
    per_event = np.where(spared > 1e-12 * curve.at_risk, worth / np.where(spared > 0, spared, 1.0), 0.0)
    own = np.zeros(len(time))
    had = event & (time <= curve.times[-1])
    own[had] = per_event[np.searchsorted(curve.times, time[had])]
    expected = np.concatenate(([0.0], np.cumsum(per_event * curve.events / curve.at_risk)))
    return np.asarray(-weights * (own - expected[np.searchsorted(curve.times, time, side="right")]), dtype=np.float64)


def _spread(influence: Floats, clusters: Rows) -> float:
    sums = np.bincount(clusters, weights=influence)
    return float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)))


def _check(treated: Flags, time: Floats, event: Flags, horizon: float, weights: Floats) -> None:
    problems = []
    if (time < 0).any() or not np.isfinite(time).all() or horizon <= 0:
        problems.append(
            Problem("impact.times", "a time is below 0 or not known", "correct it, or leave the person out")
        )
    for name, group in (("treated", treated), ("comparison", ~treated)):
        seen = time[group & (weights > 0)]
        if not len(seen) or (seen.max() < horizon and not event[group & (weights > 0)][seen.argmax()]):
            problems.append(
                Problem(
                    code="impact.followed-too-briefly",
                    what=f"no {name} person is followed to the horizon",
                    value=None if not len(seen) else f"{seen.max():g}",
                    expected=f"{horizon:g}",
                    mend="take a nearer horizon",
                )
            )
    if problems:
        raise NotValid(problems)
