"""finance: how much a tranche may still have before a hurdle is reached: a rate of return, a multiple, a share.

The one place on the payment path where a number is irrational: the powers of a yearly rate over parts of a year. They
are taken in Decimal with fifty digits, become exact fractions, and the amount is rounded once, as the contract rounds.
Since all flows before are known and the receipt comes on one day, the receipt that reaches a rate is solved directly.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

from sib.finance.position import PastFlow, Position
from sib.periods import DayCount, year_fraction
from sib.terms.finance import Hurdle

_DIGITS = 50


def reaching(
    position: Position, until: Hurdle, paid_now: int, returns_now: dict[str, int], pull: Fraction
) -> int | None:
    """Minor units that the hurdle's tranche may still have on the day of the receipt; None where it has no end.

    ``paid_now`` and ``returns_now``: what this receipt gave so far, to it and as return by tranche. ``pull`` is by how
    much the return of all tranches in ``among`` grows when this tranche's grows by one.
    """
    flows = position.of(until.tranche)
    if until.yearly_rate is not None and until.day_count is not None:
        rate = position.in_force(until.yearly_rate, "the yearly rate")
        net = signed(position.dated_flows(until.tranche))
        whole = position.rounded(final_amount(net, rate, position.day, until.day_count)) if net else 0
        return max(0, whole - paid_now)
    if until.multiple is not None:
        before = sum(flow.principal + flow.returned for flow in flows)
        return max(0, position.rounded(until.multiple * position.drawn(until.tranche)) - before - paid_now)
    if until.amount is not None:
        most = position.minor(position.in_force(until.amount, "the amount"))
        return max(0, most - _all_returned(position, until.tranche) - returns_now[until.tranche])
    return _catching_up(position, until, returns_now, pull)


def _catching_up(position: Position, until: Hurdle, returns_now: dict[str, int], pull: Fraction) -> int | None:
    """Solves (mine + x) = share × (all + pull × x); None where the share is never reached."""
    share = until.share_of_return or Fraction(0)
    every = {name: _all_returned(position, name) + returns_now[name] for name in until.among}
    if share * pull >= 1:
        return None
    missing = share * sum(every.values()) - every[until.tranche]
    return max(0, position.rounded(missing / (1 - share * pull)))


def _all_returned(position: Position, tranche: str) -> int:
    return sum(flow.returned for flow in position.of(tranche))


def signed(flows: Iterable[PastFlow]) -> tuple[tuple[date, int], ...]:
    """Dated flows as an investor sees them: below zero where money was paid in."""
    return tuple((flow.on, flow.principal + flow.returned - flow.paid_in) for flow in flows)


def final_amount(flows: Iterable[tuple[date, int]], rate: Fraction, day: date, day_count: DayCount) -> Fraction:
    """What has to be paid on ``day`` for the flows before it to have a yearly return of ``rate``, compounded.

    With Act/365F it is the amount at which XIRR equals the rate.
    """
    return -sum((amount * _power(1 + rate, year_fraction(on, day, day_count)) for on, amount in flows), Fraction(0))


def _power(base: Fraction, years: Fraction) -> Fraction:
    """Exact for whole years; else to fifty digits."""
    if years.denominator == 1:
        return base**years.numerator
    with localcontext(prec=_DIGITS):
        exact = Decimal(base.numerator) / Decimal(base.denominator)
        return Fraction(exact ** (Decimal(years.numerator) / Decimal(years.denominator)))
