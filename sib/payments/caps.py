"""payments: caps: over one payment, over several, over a year or a statement, and over each person's claims."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from sib.money import exponent, round_exact, split
from sib.payments.facts import Facts, Ints, Outcomes, payable_counts
from sib.terms.base import DatedNumber, value_on
from sib.terms.contract import Cap, Contract, Payment
from sib.terms.walk import per_claim

BOUNDLESS = 10**30
"""Room without a cap, in minor units."""
_NO_METRIC = -3
"""A code that neither a metric has, nor an unknown one."""


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
    """Amounts cut so that they sum to at most ``most``: the last first, or all in proportion; to the minor unit.

    What is paid back (an amount below zero) is never cut, and makes room for the others.
    """
    paid = {name: amount for name, amount in amounts.items() if amount > 0}
    left = most - sum(amount for amount in amounts.values() if amount < 0)
    if sum(paid.values()) <= left:
        return dict(amounts)
    if how == "in proportion":
        return {**amounts, **dict(zip(paid, split(left, list(paid.values())), strict=True))}
    for name, amount in paid.items():
        paid[name] = min(amount, left)
        left -= paid[name]
    return {**amounts, **paid}


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
        everything = _settled_alone(outcomes)
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


def _settled_alone(outcomes: Outcomes) -> Outcomes:
    """What was settled before, as it stood then: a claim that came later does not take its place under a limit."""
    return replace(
        outcomes,
        metric=np.where(outcomes.settled, outcomes.metric, _NO_METRIC).astype(np.int32),
        settled=np.zeros(len(outcomes), dtype=np.bool_),
    )


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
