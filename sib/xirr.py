"""Values: the annual rate at which dated cash flows balance (XIRR), and the money multiple."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

_MOST = 20.0
"""Rates are looked for where ``log(1 + rate)`` lies within this of nought: -99.9999998 % to 48,500,000,000 % a year."""
_LARGEST_POWER = 1000.0
"""Narrows the same range when flows span many decades, so that discount factors stay within a float."""
_SAME = 1e-9
"""A rate is found when the balance changes sign within this of its logarithm."""
_APART = 1e-5
"""Two logarithmic rates nearer than this are one rate."""
_ROUNDING = 1e-15
"""What floats leave of a balance of nought, as part of all that was added up, weighted by its powers."""

_Terms = Sequence[tuple[float, float]]
"""Years from the middle of the flows, and amount."""


class ReturnKind(StrEnum):
    """What a rate of return means, or why there is none."""

    SOLVED = "solved"
    """Exactly one rate balances the flows."""
    NO_SIGN_CHANGE = "no sign change"
    """After same-day flows are added up nothing was paid in, so there is nothing to have a return on."""
    TOTAL_LOSS = "total loss"
    """After same-day flows are added up nothing came back: -100 %."""
    SEVERAL_ROOTS = "several roots"
    """More than one rate balances the flows, so none of them is the return."""
    NO_ROOT = "no root"
    """No rate balances the flows, or only one outside -99.9999998 % to 48,500,000,000 % a year."""
    SAME_DAY = "same day"
    """Paid in and paid back on a single day: no time passed over which a rate could be counted."""


@dataclass(frozen=True, slots=True)
class Return:
    """An annual rate as a fraction (0.08 is 8 %), None where there is no single one, and why.

    ``roots`` holds all the rates that balance the flows, ascending, where there are several.
    """

    rate: float | None
    kind: ReturnKind
    roots: tuple[float, ...] = ()


def xirr(flows: Sequence[tuple[date, int]]) -> Return:
    """Rate of return of dated amounts in minor units, negative where paid in, in any order.

    Flows of one day are added up first. The rate is annual and effective, over actual days / 365 from the first flow,
    as spreadsheets have it. It is a figure for reading: amounts that depend on a rate need exact arithmetic.
    """
    net = _by_day(flows)
    if _on_one_day_both_ways(flows):
        return Return(None, ReturnKind.SAME_DAY)
    if all(amount > 0 for _, amount in net):
        return Return(None, ReturnKind.NO_SIGN_CHANGE)
    if all(amount < 0 for _, amount in net):
        return Return(-1.0, ReturnKind.TOTAL_LOSS)
    return _solve(net)


def multiple(flows: Sequence[tuple[date, int]]) -> Fraction:
    """Money multiple (MOIC): all that was paid out over all that was paid in, without adding up same-day flows first.

    Raises ValueError if nothing was paid in.
    """
    paid_in = -sum(amount for _, amount in flows if amount < 0)
    if not paid_in:
        raise ValueError("nothing was paid in, so there is no multiple of it")
    return Fraction(sum(amount for _, amount in flows if amount > 0), paid_in)


def _by_day(flows: Sequence[tuple[date, int]]) -> list[tuple[date, int]]:
    totals: defaultdict[date, int] = defaultdict(int)
    for day, amount in flows:
        totals[day] += amount
    return sorted((day, amount) for day, amount in totals.items() if amount)


def _on_one_day_both_ways(flows: Sequence[tuple[date, int]]) -> bool:
    moved = [(day, amount > 0) for day, amount in flows if amount]
    return len({day for day, _ in moved}) == 1 and len({inward for _, inward in moved}) > 1


def _solve(net: list[tuple[date, int]]) -> Return:
    """Flows of both signs on several days, by date."""
    first, last = net[0][0], net[-1][0]
    span = (last - first).days / 365
    terms = [((day - first).days / 365 - span / 2, float(amount)) for day, amount in net]
    edge = min(_MOST, _LARGEST_POWER / span)
    once = _sign_changes(net) == 1
    if once and (rate := _by_library(net, terms, edge)) is not None:
        return Return(rate, ReturnKind.SOLVED)
    found = _bisect(terms, -edge, edge) if once else _distinct(_crossings(terms, -edge, edge))
    roots = tuple(math.expm1(root) for root in found)
    match roots:
        case ():
            return Return(None, ReturnKind.NO_ROOT)
        case (rate,):
            return Return(rate, ReturnKind.SOLVED)
        case _:
            return Return(None, ReturnKind.SEVERAL_ROOTS, roots)


def _sign_changes(net: list[tuple[date, int]]) -> int:
    """No more rates than this balance the flows (Descartes), and with one change exactly one does."""
    return sum((before > 0) != (after > 0) for (_, before), (_, after) in pairwise(net))


def _by_library(net: list[tuple[date, int]], terms: _Terms, edge: float) -> float | None:
    """The rate that pyxirr finds, if it holds.

    Its own test of success is an absolute balance of 0.001, which very large amounts in minor units cannot meet.
    """
    from pyxirr import xirr as solve

    rate = solve([day for day, _ in net], [amount for _, amount in net])
    if rate is None or not -1 < rate < math.inf:
        return None
    root = math.log1p(rate)
    if abs(root) > edge:
        return None
    return rate if (_balance(terms, root - _SAME) > 0) != (_balance(terms, root + _SAME) > 0) else None


def _balance(terms: _Terms, root: float) -> float:
    """Net value of the flows at their middle, at the logarithmic rate ``root``."""
    return math.fsum(amount * math.exp(-years * root) for years, amount in terms)


def _crossings(terms: _Terms, low: float, high: float) -> list[float]:
    """Every logarithmic rate from ``low`` to ``high`` at which the flows balance, ascending.

    Halves the range until the balance cannot be nought in a part, or cannot turn round in it; so none is missed, which
    a grid of trial rates cannot promise.
    """
    middle, half = (low + high) / 2, (high - low) / 2
    away, straight = _certain(terms, middle, half)
    if away:
        return []
    if straight:
        return _bisect(terms, low, high)
    if high - low < _APART:
        return _bisect(terms, low, high) or _touching(terms, low, high)
    return _crossings(terms, low, middle) + _crossings(terms, middle, high)


def _certain(terms: _Terms, middle: float, half: float) -> tuple[bool, bool]:
    """Whether the balance is nowhere nought, and whether it nowhere turns round, within ``half`` of ``middle``.

    Both by Taylor's theorem, with the largest remainder that the flows allow.
    """
    parts = [(years, amount * math.exp(-years * middle)) for years, amount in terms]
    value, slope, bend = (math.fsum((-years) ** power * part for years, part in parts) for power in range(3))
    second, third = (
        math.fsum(abs(years) ** power * abs(part) * math.exp(abs(years) * half) for years, part in parts)
        for power in (2, 3)
    )
    away = abs(value) > half * abs(slope) + half**2 / 2 * second
    straight = abs(slope) > half * abs(bend) + half**2 / 2 * third
    return away, straight


def _touching(terms: _Terms, low: float, high: float) -> list[float]:
    """Where the balance turns round at nought, or crosses it twice within less than is told apart."""
    slopes = [(years, -years * amount) for years, amount in terms]
    for turn in _bisect(slopes, low, high):
        value, before = _balance(terms, turn), _balance(terms, low)
        size = math.fsum(abs(amount) * math.exp(-years * turn) * (1 + abs(years * turn)) for years, amount in terms)
        if abs(value) <= _ROUNDING * size or (value > 0) != (before > 0):
            return [turn]
    return []


def _bisect(terms: _Terms, low: float, high: float) -> list[float]:
    """The place, to the last bit, where a balance that changes sign at most once does so; empty if it does not."""
    rises = _balance(terms, high) >= 0
    if (_balance(terms, low) >= 0) == rises:
        return []
    while low < (middle := (low + high) / 2) < high:
        low, high = (low, middle) if (_balance(terms, middle) >= 0) == rises else (middle, high)
    return [middle]


def _distinct(roots: list[float]) -> list[float]:
    """A rate at which the balance only touches nought is found more than once, by rounding."""
    return roots[:1] + [after for before, after in pairwise(roots) if after - before > _APART]
