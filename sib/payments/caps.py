"""payments: caps: over one payment, over several, over a year or a statement, and over each person's claims."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from sib.money import exponent, round_exact, split
from sib.payments.facts import NO_METRIC, Facts, Ints, Outcomes, Rows, payable_counts, payable_rows
from sib.payments.people import NEVER, PeopleRule, qualified_on
from sib.terms.base import DatedNumber, value_on
from sib.terms.contract import Contract, Metric
from sib.terms.payment import Cap, Payment
from sib.terms.walk import metrics_counted, per_claim

BOUNDLESS = 10**30
"""Room without a cap, in minor units."""
Judged = Mapping[str, Sequence[tuple[Contract, Facts]]]
"""By payment, the terms under which its claims are judged, each with the facts as they see them."""


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


def cut_per_person(
    contract: Contract,
    facts: Facts,
    cap: Cap,
    payments: tuple[str, ...],
    judged: Judged = MappingProxyType({}),
    waiting: frozenset[str] = frozenset(),
) -> dict[str, int]:
    """How much each payment loses because people reached their cap, in minor units.

    Claims are worth what the terms say that judge them: ``judged`` where it names the payment, else the contract.

    A person's claims are taken in order of day, then as the cap lists the payments; what was settled before uses
    the cap up first; the claim that passes it is part-paid, those after it not at all. Of ``waiting`` payments, which
    are on hold, only what was settled uses it up.
    """
    most = room(contract, facts, cap.amount, 0)
    claims = _claims(
        (place, terms, known, terms.the_payment(name), name in waiting)
        for place, name in enumerate(payments)
        for terms, known in judged.get(name, ((contract, facts),))
    )
    order = _in_order(claims, len(payments))
    value, person = claims.value[order], claims.person[order]
    if not len(value):
        return dict.fromkeys(payments, 0)
    running = np.cumsum(value)
    first = np.concatenate(([0], np.flatnonzero(person[1:] != person[:-1]) + 1))
    before = np.repeat(running[first] - value[first], np.diff(first, append=len(value)))
    most = min(most, int(value.sum()))
    paid = np.minimum(running - before, most) - np.minimum(running - before - value, most)
    cut_here = np.flatnonzero((paid < value) & ~claims.settled[order])
    lost, payment = (value - paid)[cut_here], claims.payment[order[cut_here]]
    return {name: int(lost[payment == place].sum()) for place, name in enumerate(payments)}


def _in_order(claims: _Claims, payments: int) -> Any:
    """Claims by person, what was settled first, then day and payment; in which order alike claims stand is the same."""
    if not len(claims.day):
        return np.zeros(0, dtype=np.intp)
    first, people = int(claims.day.min()), int(claims.person.max()) + 1
    days = int(claims.day.max()) - first + 1
    if people * 2 * days * payments >= 2**62:
        return np.lexsort((claims.payment, claims.day, ~claims.settled, claims.person))
    # one number a claim is sorted four times as fast as four columns
    key = claims.person.astype(np.int64) * 2 + ~claims.settled
    return np.argsort((key * days + (claims.day - first)) * payments + claims.payment)


def _claims(parts: Iterable[tuple[int, Contract, Facts, Payment, bool]]) -> _Claims:
    columns: list[tuple[Any, ...]] = []
    for place, contract, facts, payment, waits in parts:
        outcomes = facts.outcomes_for(payment.id, in_total=payment.settles == "in total" and not waits)
        for what, group, price in per_claim(contract, payment.amount):
            column = _of_one(contract, facts, outcomes, what, group, price, place)
            columns.append(tuple(part[column[-1]] for part in column) if waits else column)
    if not columns:
        empty = np.zeros(0, dtype=np.int64)
        return _Claims(empty, empty, empty, empty, empty.astype(np.bool_))
    return _Claims(*(np.concatenate(each) for each in zip(*columns, strict=True)))


def _of_one(
    contract: Contract,
    facts: Facts,
    outcomes: Outcomes,
    what: str | PeopleRule,
    group: str | None,
    price: tuple[DatedNumber, ...],
    place: int,
) -> tuple[Any, ...]:
    """The columns of ``_Claims`` for the claims of one metric, or the people who meet one rule."""
    if not isinstance(what, str):
        return _people(contract, facts, outcomes, what, price, place)
    rows, counts = _worth_something(outcomes, contract.the_metric(what), group)
    judged = facts.judges(outcomes.day[rows])
    rows, counts = rows[judged], counts[judged]
    values = counts * _minor_prices(contract, price, outcomes.day[rows])
    return outcomes.person[rows], outcomes.day[rows], _all(place, rows), values, outcomes.settled[rows]


def _all(place: int, rows: Any) -> Any:
    return np.full(len(rows), place, dtype=np.int16)


def _worth_something(outcomes: Outcomes, metric: Metric, group: str | None) -> tuple[Rows, Ints]:
    """The claims of a metric that count, settled before or payable now, each with its count."""
    rows, counts = payable_rows(outcomes, metric)
    if outcomes.settled[rows].any():
        ever = payable_counts(_settled_alone(outcomes), metric)[rows]
        counts = np.where(outcomes.settled[rows], ever, counts)
    mine = counts > 0 if group is None else (counts > 0) & outcomes.of_group(rows, group)
    return rows[mine], counts[mine]


def _people(
    contract: Contract,
    facts: Facts,
    outcomes: Outcomes,
    rule: PeopleRule,
    price: tuple[DatedNumber, ...],
    place: int,
) -> tuple[Any, ...]:
    """Everybody who meets a rule over people, as one claim each on the day it was met."""
    days, before = qualified_on(contract, outcomes, rule, facts.as_of)
    person = np.flatnonzero((days < NEVER) & facts.judges(days))
    values = _minor_prices(contract, price, days[person])
    return person, days[person], _all(place, person), values, before[person]


def _settled_alone(outcomes: Outcomes) -> Outcomes:
    """What was settled before, as it stood then: a claim that came later does not take its place under a limit."""
    return replace(
        outcomes,
        metric=np.where(outcomes.settled, outcomes.metric, NO_METRIC).astype(np.int32),
        settled=np.zeros(len(outcomes), dtype=np.bool_),
    )


def claim_names(contract: Contract, payment: Payment) -> tuple[str, ...]:
    """The metrics whose claims a payment prices one by one, or by which it judges people; and the named quantities
    through which it reads them: of what is given as a total under one of these names, nobody's claims are known.
    """
    priced = [what for what, _, _ in per_claim(contract, payment.amount)]
    names = [name for what in priced for name in ((what,) if isinstance(what, str) else metrics_counted(what))]
    amount: Any = payment.amount
    while isinstance(amount, str):
        amount = contract.amount[amount]
    of = getattr(amount, "of", None)
    while isinstance(of, str) and of in contract.quantity:
        names.append(of)
        of = contract.quantity[of]
    return tuple(names)


def _minor_prices(contract: Contract, price: tuple[DatedNumber, ...], days: Any) -> Ints:
    """The price in minor units of a claim on each day; 0 before the first price."""
    starts = [value.from_.toordinal() if value.from_ else 0 for value in price]
    scale = 10 ** exponent(contract.contract.currency)
    # only prices that are asked for: one that rises for a hundred years has more digits than a column holds
    asked, place = np.unique(np.searchsorted(starts, days, side="right"), return_inverse=True)
    values = [Fraction(price[each - 1].value) if each else Fraction(0) for each in asked.tolist()]
    minor = [round_exact(value * scale, contract.contract.rounding) for value in values]
    found: Ints = np.array(minor, dtype=np.int64)[place]
    return found
