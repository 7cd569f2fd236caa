"""finance: dated cash flows, actual, expected and planned, by tranche, investor, payer and financial year."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sib.finance.returns import FlowKind, TrancheFlow
from sib.money import exponent
from sib.periods import financial_year_of
from sib.terms.contract import Contract
from sib.terms.plan import Plan

State = Literal["actual", "expected", "planned"]
Kind = Literal["payment", "drawdown", "principal", "return", "distribution"]
"""A distribution is what a payment plan gives a tranche, without saying what of it is principal."""
By = Literal["tranche", "investor", "payer", "year"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One dated flow in minor units, as whoever pays or holds it sees it: below zero where they pay."""

    on: date
    party: str
    """The outcome payer, or whose money the tranche is."""
    tranche: str | None
    """None where an outcome payer pays."""
    kind: Kind
    amount: int
    state: State


@dataclass(frozen=True, slots=True)
class PayerFlow:
    """What an outcome payer paid on a day, in minor units."""

    payer: str
    on: date
    amount: int


@dataclass(frozen=True, slots=True)
class Against:
    """One tranche's or payer's flows so far beside what was planned by the same day, in minor units."""

    name: str
    actual: int
    original: int
    current: int

    @property
    def off_original(self) -> int:
        """Actual less what was planned at first."""
        return self.actual - self.original

    @property
    def off_current(self) -> int:
        """Actual less what is planned now."""
        return self.actual - self.current


def entries(
    contract: Contract, flows: Iterable[TrancheFlow], payments: Iterable[PayerFlow], state: State
) -> tuple[Entry, ...]:
    """Flows of tranches and payments of payers as entries, by day; what is retained is nobody's flow."""
    owner = {tranche.id: tranche.party for tranche in contract.tranche}
    kinds: Mapping[FlowKind, Kind] = {"drawdown": "drawdown", "principal": "principal", "return": "return"}
    found = [Entry(each.on, each.payer, None, "payment", -each.amount, state) for each in payments]
    found += [
        Entry(flow.on, owner[flow.tranche], flow.tranche, kinds[flow.kind], flow.signed, state)
        for flow in flows
        if flow.kind in kinds and flow.amount
    ]
    return in_order(found)


def in_order(found: Iterable[Entry]) -> tuple[Entry, ...]:
    """By day; on one day outcome payers first, then drawdowns, then what is paid to tranches."""
    order = ("payment", "drawdown", "principal", "return", "distribution")
    return tuple(sorted(found, key=lambda each: (each.on, order.index(each.kind), each.tranche or "", each.party)))


def scheduled(actual: Sequence[Entry], expected: Sequence[Entry], known_until: date | None) -> tuple[Entry, ...]:
    """What happened, and after the day until which that is known what is expected."""
    rest = expected if known_until is None else [each for each in expected if each.on > known_until]
    return in_order([*actual, *rest])


def planned(contract: Contract, plan: Plan) -> tuple[Entry, ...]:
    """A version of the payment plan as entries."""
    scale = 10 ** exponent(contract.contract.currency)
    owner = {tranche.id: tranche.party for tranche in contract.tranche}
    sole = next(party.id for party in contract.party if party.role == "outcome payer")
    found = [
        Entry(each.on, each.payer or sole, None, "payment", -int(each.amount * scale), "planned")
        for each in plan.payments
    ]
    for flow in plan.flows:
        moved: tuple[Kind, int] = ("distribution", int(flow.paid_out * scale))
        if flow.paid_in:
            moved = ("drawdown", -int(flow.paid_in * scale))
        found.append(Entry(flow.on, owner[flow.tranche], flow.tranche, *moved, "planned"))
    return in_order(found)


def plan_on(contract: Contract, day: date) -> Plan | None:
    """The payment plan that is current on a day; the original one before its own day; None where there is none."""
    held = [plan for plan in contract.plan if plan.agreed_on <= day]
    known = held or contract.plan[:1]
    return known[-1] if known else None


_KEYS: Mapping[str, Callable[[Contract, Entry], str | None]] = {
    "tranche": lambda _, each: each.tranche,
    "investor": lambda _, each: each.party if each.tranche is not None else None,
    "payer": lambda _, each: each.party if each.tranche is None else None,
    "year": lambda contract, each: year_label(
        financial_year_of(each.on, contract.contract.year_starts_in).end, contract.contract.year_starts_in
    ),
}


def sums(contract: Contract, found: Iterable[Entry], by: By) -> Mapping[str, Mapping[State, int]]:
    """Net flows by tranche, investor, payer, or year; of a year only what tranches pay and receive."""
    summed: dict[str, dict[State, int]] = {}
    for each in found:
        key = None if by == "year" and each.tranche is None else _KEYS[by](contract, each)
        if key is not None:
            states = summed.setdefault(key, {})
            states[each.state] = states.get(each.state, 0) + each.amount
    return summed


def year_label(end: date, first_month: int) -> str:
    """A financial year by its last day: ``2026/27``, or ``2026`` where it begins in January."""
    return str(end.year) if first_month == 1 else f"{end.year - 1}/{end.year % 100:02d}"


def against(contract: Contract, actual: Sequence[Entry], on: date) -> tuple[Against, ...]:
    """What payers paid and tranches received up to a day, drawdowns left out, against the payment plans.

    The original plan and the one that is current on the day; empty where the contract has none.
    """
    current = plan_on(contract, on)
    if current is None:
        return ()
    first = dict(_so_far(planned(contract, contract.plan[0]), on))
    now, real = dict(_so_far(planned(contract, current), on)), dict(_so_far(actual, on))
    names = dict.fromkeys([*first, *now, *real])
    return tuple(Against(name, real.get(name, 0), first.get(name, 0), now.get(name, 0)) for name in names)


def _so_far(found: Iterable[Entry], on: date) -> Iterator[tuple[str, int]]:
    """By payer or tranche, how much was paid by it or to it up to a day."""
    totals: dict[str, int] = {}
    for each in found:
        if each.on <= on and each.kind != "drawdown":
            key = each.tranche or each.party
            totals[key] = totals.get(key, 0) + (each.amount if each.tranche else -each.amount)
    yield from totals.items()
