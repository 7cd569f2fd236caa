"""payments: what a contract pays in many scenarios at once; a simulation on float64 columns, never a payment.

The same rules as ``payable_outcomes``: rounded once, capped payment by payment and over several. Equal to it to the
minor unit wherever no figure lies within float64's dust of an edge; tests hold the two beside each other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from sib.errors import Problem, Refused
from sib.money import Rounding, exponent, split
from sib.payments.caps import claim_names
from sib.payments.facts import Facts, Measured
from sib.payments.many_rules import Flags, Floats, Scenarios, limited, rounded
from sib.payments.payable import refuse_foreign
from sib.payments.payers import payer_before, shared
from sib.terms.base import DatedNumber, value_on
from sib.terms.contract import Contract
from sib.terms.payment import Cap, Payment
from sib.terms.walk import unit_of

__all__ = ["Flags", "Floats", "ManyPayables", "measured_many", "payable_many"]

Ints = npt.NDArray[np.int64]
MOST = 2.0**53
"""Beyond it float64 skips whole numbers, and minor units could be lost."""
_NONE: Mapping[str, Ints] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class ManyPayables:
    """What every payment comes to in every scenario, in minor units, and where it is on hold."""

    amounts: Mapping[str, Ints]
    held: Mapping[str, Flags]

    def total(self, payments: tuple[str, ...] | None = None) -> Ints:
        """The sum of some payments, or of all, scenario by scenario."""
        names = tuple(self.amounts) if payments is None else payments
        summed: Ints = np.sum([self.amounts[name] for name in names], axis=0, dtype=np.int64)
        return summed


def payable_many(
    contract: Contract,
    as_of: date,
    quantities: Mapping[str, Floats],
    *,
    paid_before: Mapping[str, Ints] = _NONE,
    paid_this_year: Mapping[str, Ints] = _NONE,
) -> ManyPayables:
    """What a contract pays in many scenarios: columns of one length by metric or named quantity.

    Not-a-number is a result that could not be estimated, and holds what reads it. Counts of claims are totals; nobody
    stands behind them. What was paid before stands in minor units, one figure for all scenarios or one for each.
    Raises NotValid for names that the contract does not know, Refused where a rule cannot be simulated.
    """
    _refuse(contract, as_of, quantities, (*paid_before, *paid_this_year))
    size = max((len(column) for column in quantities.values()), default=1)
    before = {name: np.asarray(paid, dtype=np.float64) for name, paid in paid_before.items()}
    year = {name: np.asarray(paid, dtype=np.float64) for name, paid in paid_this_year.items()}
    scenarios = Scenarios(contract, as_of, quantities, before)
    amounts, held = {}, {}
    with np.errstate(all="ignore"):
        for payment in contract.payments:
            amount, hold = _payable(scenarios, payment, scenarios.amount(payment.amount))
            amounts[payment.id], held[payment.id] = np.broadcast_to(amount, size), np.broadcast_to(hold, size)
        _held_by_caps(scenarios, held)
        _held_together(contract, held)
        amounts = {name: np.where(held[name], 0.0, amount) for name, amount in amounts.items()}
        for cap in contract.cap:
            if cap.payer is None:
                _capped(scenarios, cap, amounts, year)
        _payers_capped(scenarios, amounts, year)
    if any(np.any(np.abs(amount) > MOST) for amount in amounts.values()):
        mend = "look for a price or a limit that is missing from the rule"
        raise Refused(Problem("many.too-large", "an amount is too large to be simulated to the minor unit", mend))
    return ManyPayables({name: amount.astype(np.int64) for name, amount in amounts.items()}, held)


def measured_many(contract: Contract, as_of: date, quantities: Mapping[str, Floats], name: str) -> Floats:
    """What a metric or a named quantity comes to in every scenario; not-a-number where it cannot be known."""
    size = max((len(column) for column in quantities.values()), default=1)
    with np.errstate(all="ignore"):
        return np.broadcast_to(Scenarios(contract, as_of, quantities).quantity(name), size)


def _refuse(contract: Contract, as_of: date, quantities: Mapping[str, Floats], paid: tuple[str, ...]) -> None:
    given = {name: Measured(Fraction(0), unit_of(contract, name) or "") for name in quantities}
    refuse_foreign(contract, Facts(as_of, quantities=given, paid_before=dict.fromkeys(paid, 0)))


def _held_by_caps(s: Scenarios, held: dict[str, Flags]) -> None:
    """A cap that cannot be judged holds the payments it covers, in place."""
    for cap in s.contract.cap:
        unknown = False if cap.rule is None else np.isnan(s.amount(cap.rule))
        for name in tuple(held) if cap.over == "all payments" else cap.over:
            held[name] = held[name] | unknown
            if cap.per == "person":
                # whose claims a total holds is not known, so nobody's part of it can be capped
                names = claim_names(s.contract, s.contract.the_payment(name))
                held[name] = held[name] | any(each in s.quantities for each in names)


def _held_together(contract: Contract, held: dict[str, Flags]) -> None:
    """What is on hold, for whatever reason, holds the payments that are held with it, and those theirs; in place."""
    for _ in contract.payments:
        for payment in contract.payments:
            for name in payment.held_with:
                held[payment.id] = held[payment.id] | held[name]


def _payable(s: Scenarios, payment: Payment, earned: Floats) -> tuple[Floats, Flags]:
    """One payment's amount in minor units, whole, under its own cap; and where it is on hold."""
    header = s.contract.contract
    before = s.paid_before.get(payment.id, np.array(0.0))
    gross = rounded(earned * 10 ** exponent(header.currency), header.rounding)
    if payment.settles == "in total":
        gross = gross - before
    hold = np.isnan(gross) if payment.both_ways else ~(gross >= 0)
    return np.minimum(np.where(hold, 0.0, gross), _room(s, payment.cap, before)), hold


def _room(s: Scenarios, cap: tuple[DatedNumber, ...], before: Floats) -> Floats:
    """How much may still be paid under a cap, in minor units; without a cap in force, any amount."""
    value = value_on(cap, s.as_of) if cap else None
    if value is None:
        return np.array(np.inf)
    return np.maximum(float(int(value * 10 ** exponent(s.contract.contract.currency))) - before, 0.0)


def _most(s: Scenarios, cap: Cap, before: Floats) -> Floats:
    """The same for a cap over several; what its rule gives is cut down to the minor unit, never up; held is NaN."""
    if cap.rule is None:
        return _room(s, cap.amount, before)
    exact = s.amount(cap.rule) * 10 ** exponent(s.contract.contract.currency)
    return np.maximum(rounded(exact, Rounding.FLOOR) - before, 0.0)


def _capped(s: Scenarios, cap: Cap, amounts: dict[str, Floats], this_year: Mapping[str, Floats]) -> None:
    """Apply a cap over several payments in place; what it covers waits anyway where its rule cannot be worked out."""
    names = tuple(amounts) if cap.over == "all payments" else cap.over
    if cap.per == "person":
        return
    counted = {"contract": s.paid_before, "year": this_year}.get(cap.per, {})
    before = sum((counted[name] for name in names if name in counted), start=np.array(0.0))
    most = _most(s, cap, before)
    cut = _cut(np.array([amounts[name] for name in names]), _known(most), cap.cut)
    amounts |= dict(zip(names, cut, strict=True))


def _known(most: Floats) -> Floats:
    return np.where(np.isnan(most), 0.0, most)


def _payers_capped(s: Scenarios, amounts: dict[str, Floats], this_year: Mapping[str, Floats]) -> None:
    """Apply the caps on what one payer pays in place; what is cut from its parts is paid by nobody."""
    whole, parts = dict(amounts), dict[tuple[str, str], Floats]()
    for cap in s.contract.cap:
        if cap.payer is None:
            continue
        names = tuple(amounts) if cap.over == "all payments" else cap.over
        for name in names:
            if (name, cap.payer) not in parts:
                parts[name, cap.payer] = _part(s, name, cap.payer, whole[name])
        most = _most(s, cap, sum((_part_before(s, cap, name, this_year) for name in names), start=np.array(0.0)))
        cut = _cut(np.array([parts[name, cap.payer] for name in names]), _known(most), cap.cut)
        for name, row in zip(names, cut, strict=True):
            amounts[name] = amounts[name] - parts[name, cap.payer] + row
            parts[name, cap.payer] = row


def _part(s: Scenarios, name: str, payer: str, amount: Floats) -> Floats:
    """What one payer pays of a payment, by the one function that splits it; each amount is split once."""
    payment = s.contract.the_payment(name)

    def split_up(minor: int, before: int) -> int:
        parts, _ = shared(s.contract, Facts(s.as_of, paid_before={name: before}), payment, minor)
        return dict(parts).get(payer, 0)

    return _each_once(split_up, amount, np.broadcast_to(s.paid_before.get(name, 0.0), amount.shape))


def _part_before(s: Scenarios, cap: Cap, name: str, this_year: Mapping[str, Floats]) -> Floats:
    """What one payer paid of a payment before, as far as its cap counts it."""
    nothing = np.array(0.0)
    paid, year = np.broadcast_arrays(s.paid_before.get(name, nothing), this_year.get(name, nothing))

    def before(minor: int, minor_this_year: int) -> int:
        facts = Facts(s.as_of, paid_before={name: minor}, paid_this_year={name: minor_this_year})
        return payer_before(s.contract, facts, cap, name)

    return _each_once(before, paid, year)


def _each_once(work: Callable[..., int], *columns: Floats) -> Floats:
    """Whole numbers worked out from whole numbers, once for each different row."""
    shape = columns[0].shape
    different, where = np.unique(np.vstack([column.ravel() for column in columns]), axis=1, return_inverse=True)
    done = np.array([float(work(*map(int, row))) for row in different.T.tolist()])
    return done[where].reshape(shape)


def _cut(amounts: Floats, most: Floats, how: str) -> Floats:
    """Rows of amounts cut so that each column sums to at most ``most``; what is paid back is never cut."""
    paid = np.maximum(amounts, 0.0)
    left = most - np.minimum(amounts, 0.0).sum(axis=0)
    if how == "in proportion":
        over = np.flatnonzero(paid.sum(axis=0) > left)
        paid[:, over] = _split(paid[:, over], left[over])
        return np.where(amounts > 0, paid, amounts)
    for row in paid:
        row[:] = limited(row, None, left)
        left = left - row
    return np.where(amounts > 0, paid, amounts)


def _split(weights: Floats, totals: Floats) -> Floats:
    """Every column's total split in proportion to its weights, by the one function that splits money."""
    columns, where = np.unique(np.vstack([weights, totals]), axis=1, return_inverse=True)
    parts = [split(int(total), [int(weight) for weight in column]) for *column, total in columns.T.tolist()]
    return np.array(parts, dtype=np.float64).reshape(-1, len(weights)).T[:, where]
