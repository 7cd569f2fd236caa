"""payments: caps: over one payment, over several, over a year or a statement, and over each person's claims."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from sib.money import exponent, round_exact, split
from sib.payments.facts import Facts, Ints, payable_counts
from sib.terms.base import DatedNumber, value_on
from sib.terms.contract import Cap, Contract, Payment
from sib.terms.walk import per_claim

BOUNDLESS = 10**30
"""Room without a cap, in minor units."""


def room(contract: Contract, facts: Facts, cap: tuple[DatedNumber, ...], before: int) -> int:
    """How much may still be paid under a cap, in minor units; without a cap in force, any amount."""
    value = value_on(cap, facts.as_of) if cap else None
    if value is None:
        return BOUNDLESS
    return max(0, int(value * 10 ** exponent(contract.contract.currency)) - before)


def paid_under(facts: Facts, cap: Cap, payments: Iterable[str]) -> int:
    """What counts against a cap from before this statement, in minor units."""
    before: Mapping[str, int] = {"contract": facts.paid_before, "year": facts.paid_this_year}.get(cap.per, {})
    return sum(before.get(payment, 0) for payment in payments)


def cut(amounts: Mapping[str, int], most: int, how: str) -> dict[str, int]:
    """Amounts cut so that they sum to at most ``most``: the last first, or all in proportion; to the minor unit."""
    if how == "in proportion" and sum(amounts.values()) > most:
        positive = {name: max(amount, 0) for name, amount in amounts.items()}
        parts = split(most, list(positive.values())) if any(positive.values()) else tuple(positive.values())
        return dict(zip(amounts, parts, strict=True))
    left, kept = most, {}
    for name, amount in amounts.items():
        kept[name] = min(amount, left)
        left -= kept[name]
    return kept


@dataclass(frozen=True, slots=True, eq=False)
class _Claims:
    """Every claim under a cap: who, when, from which payment, worth how much (minor units), settled before or not."""

    person: Any
    day: Any
    payment: Any
    value: Ints
    settled: Any


def cut_per_person(contract: Contract, facts: Facts, cap: Cap, payments: tuple[str, ...]) -> dict[str, int]:
    """How much each payment loses because people reached their cap, in minor units.

    A person's claims are taken in order of day, then as the cap lists the payments; what was settled before uses
    the cap up first; the claim that passes it is part-paid, those after it not at all.
    """
    most = room(contract, facts, cap.amount, 0)
    claims = _claims(contract, facts, [contract.the_payment(name) for name in payments])
    order = np.lexsort((claims.payment, claims.day, ~claims.settled, claims.person))
    value, person = claims.value[order], claims.person[order]
    if not len(value):
        return dict.fromkeys(payments, 0)
    running = np.cumsum(value)
    first = np.flatnonzero(np.diff(person, prepend=-9))
    before = np.repeat(running[first] - value[first], np.diff(first, append=len(value)))
    most = min(most, int(value.sum()))
    paid = np.minimum(running - before, most) - np.minimum(running - before - value, most)
    lost = np.where(claims.settled[order], 0, value - paid)
    return {name: int(lost[claims.payment[order] == place].sum()) for place, name in enumerate(payments)}


def _claims(contract: Contract, facts: Facts, payments: list[Payment]) -> _Claims:
    columns: list[tuple[Any, ...]] = []
    for place, payment in enumerate(payments):
        outcomes = facts.outcomes_for(payment.id, in_total=payment.settles == "in total")
        everything = facts.outcomes_for(payment.id, in_total=True)
        for metric, group, price in per_claim(contract, payment.amount):
            agreed = contract.the_metric(metric)
            window = (agreed.window.opens, agreed.window.closes)
            now = payable_counts(outcomes, metric, agreed.limit, *window)
            ever = payable_counts(everything, metric, agreed.limit, *window)
            rows = np.flatnonzero((np.where(outcomes.settled, ever, now) > 0) & outcomes.only(metric, group))
            counts = np.where(outcomes.settled, ever, now)[rows]
            values = counts * _minor_prices(contract, price, outcomes.day[rows])
            columns.append(
                (outcomes.person[rows], outcomes.day[rows], np.full(len(rows), place), values, outcomes.settled[rows])
            )
    if not columns:
        empty = np.zeros(0, dtype=np.int64)
        return _Claims(empty, empty, empty, empty, empty.astype(np.bool_))
    return _Claims(*(np.concatenate(each) for each in zip(*columns, strict=True)))


def claim_metrics(contract: Contract, payment: Payment) -> tuple[str, ...]:
    """The metrics whose claims a payment prices one by one."""
    return tuple(metric for metric, _, _ in per_claim(contract, payment.amount))


def _minor_prices(contract: Contract, price: tuple[DatedNumber, ...], days: Any) -> Ints:
    """The price in minor units of a claim on each day; 0 before the first price."""
    starts = [value.from_.toordinal() if value.from_ else 0 for value in price]
    scale = 10 ** exponent(contract.contract.currency)
    minor = [0, *(round_exact(Fraction(value.value) * scale, contract.contract.rounding) for value in price)]
    found: Ints = np.array(minor, dtype=np.int64)[np.searchsorted(starts, days, side="right")]
    return found
