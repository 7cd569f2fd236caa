"""finance: the rate of return of many scenarios at once, whose flows fall on the same days.

Equal to ``sib.xirr`` (and so to pyxirr) to 1e-9 where there is one rate. Where flows change sign more than once, a rate
is the only one if at that rate the money stays out until the last flow (Soper 1959); scenarios in which it does not go
through ``sib.xirr`` one by one.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

from sib.xirr import xirr

Floats = npt.NDArray[np.float64]
_MOST, _LARGEST_POWER = 20.0, 1000.0
"""Where ``log(1 + rate)`` is looked for, as in ``sib.xirr``."""
_ROUNDS = 80
_CLOSE = 1e-14


def xirr_many(days: Sequence[date], flows: npt.NDArray[np.int64]) -> Floats:
    """The yearly rate of every row of flows (scenarios by days, minor units): -1 where all is lost, NaN where none is.

    ``days`` may stand in any order and more than once.
    """
    different = sorted(set(days))
    net = np.zeros((len(flows), len(different)), dtype=np.int64)
    for place, day in enumerate(days):
        net[:, different.index(day)] += flows[:, place]
    rates = np.full(len(net), np.nan)
    some_in, some_out = (net < 0).any(axis=1), (net > 0).any(axis=1)
    rates[some_in & ~some_out & ~_both_ways_on_one_day(days, flows)] = -1.0
    changes = _sign_changes(net)
    able = changes % 2 == 1
    if able.any():
        rates[able] = _solved(different, net[able])
    for row in np.flatnonzero((changes > 0) & np.isnan(rates)):
        rate = xirr([(day, int(amount)) for day, amount in zip(different, net[row], strict=True)]).rate
        rates[row] = np.nan if rate is None else rate
    return rates


def _both_ways_on_one_day(days: Sequence[date], flows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Paid in and paid back on a single day and nothing else: no time passed over which a rate could be counted."""
    numbers = np.array([day.toordinal() for day in days])
    first = np.where(flows != 0, numbers, np.iinfo(np.int64).max).min(axis=1)
    last = np.where(flows != 0, numbers, 0).max(axis=1)
    found: npt.NDArray[np.bool_] = (first == last) & (flows > 0).any(axis=1) & (flows < 0).any(axis=1)
    return found


def _sign_changes(net: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How often the flows turn from in to out or back, noughts left out."""
    signs = np.sign(net)
    # carry the last sign over noughts
    place = np.where(signs != 0, np.arange(net.shape[1]), 0)
    np.maximum.accumulate(place, axis=1, out=place)
    carried = np.take_along_axis(signs, place, axis=1)
    changed: npt.NDArray[np.int64] = (carried[:, 1:] * carried[:, :-1] < 0).sum(axis=1)
    return changed


def _solved(days: Sequence[date], net: npt.NDArray[np.int64]) -> Floats:
    """Newton's steps on the logarithmic rate, held between bounds that halve; NaN where it may not be the only root.

    The first and the last flow of each row have different signs, so that there is a root.
    """
    years = np.array([(day - days[0]).days / 365 for day in days])
    edge = min(_MOST, _LARGEST_POWER / years[-1])
    middle = years - years[-1] / 2
    amounts = net.astype(np.float64)
    # money that goes in first and comes back falls in value as the rate rises; the other way round it rises
    first = np.take_along_axis(amounts, (amounts != 0).argmax(axis=1)[:, None], axis=1)[:, 0]
    amounts = amounts * -np.sign(first)[:, None]
    low, high = np.full(len(net), -edge), np.full(len(net), edge)
    root, moved, rounds = np.zeros(len(net)), np.ones(len(net)), 0
    while (moved >= _CLOSE).any() and rounds < _ROUNDS:
        rounds += 1
        parts = amounts * np.exp(-np.outer(root, middle))
        value, slope = parts.sum(axis=1), -(parts * middle).sum(axis=1)
        low, high = np.where(value > 0, root, low), np.where(value > 0, high, root)
        with np.errstate(all="ignore"):
            step = root - value / slope
        # a step onto a bound is one that no longer moves
        step = np.where((step >= low) & (step <= high), step, (low + high) / 2)
        moved, root = np.abs(step - root), step
    inside = np.abs(root) < edge * (1 - 1e-12)
    return np.where(inside & _stays_out(amounts, root, middle), np.expm1(root), np.nan)


def _stays_out(amounts: Floats, root: Floats, middle: Floats) -> npt.NDArray[np.bool_]:
    """Whether at its rate the money of each row is out until its last flow."""
    parts = amounts * np.exp(-np.outer(root, middle))
    balance = np.cumsum(parts, axis=1)
    last = amounts.shape[1] - 1 - (amounts[:, ::-1] != 0).argmax(axis=1)
    before = np.arange(amounts.shape[1]) < last[:, None]
    found: npt.NDArray[np.bool_] = ((balance <= 0) | ~before).all(axis=1)
    return found
