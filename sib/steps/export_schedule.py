"""arrows: a contract's dated cash flows put together, said, and written as CSV and as an ILPA-shaped table."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sib.errors import Missing, Problem
from sib.finance.forecast import Forecasted, Span, run, spans_of
from sib.finance.many_money import Ints
from sib.finance.returns import FlowKind, Returns, TrancheFlow, by_investor, by_tranche, rate_words, returns_words
from sib.finance.schedule import (
    Against,
    By,
    Entry,
    PayerFlow,
    State,
    against,
    entries,
    in_order,
    planned,
    scheduled,
    sums,
    year_label,
)
from sib.money import decimal_text, exponent, major, show
from sib.periods import financial_year_of
from sib.steps.forecast_draws import Way, drawn, expected
from sib.steps.house import House, open_house
from sib.store.flows import cash_flows, instructions
from sib.store.statements import statements
from sib.terms.amend import read_agreement, version_of
from sib.terms.contract import Contract

BYS: tuple[By, ...] = ("tranche", "investor", "payer", "year")


@dataclass(frozen=True, slots=True, eq=False)
class Scheduled:
    """A contract's flows: what happened and what is expected after it, and each version of the payment plan."""

    contract: Contract
    spans: tuple[Span, ...]
    entries: tuple[Entry, ...]
    known_until: date | None
    """The day of the last flow that happened; None where nothing did, or it was not asked."""
    plans: Mapping[str, tuple[Entry, ...]]
    against: tuple[Against, ...]
    tranches: Mapping[str, Returns]
    investors: Mapping[str, Returns]


def schedule_of(path: Path, *, register: bool = False) -> Scheduled:
    """Put a contract's flows together: those of the register if asked, then those of its forecast; as ``together``."""
    contract = version_of(read_agreement(path)).contract
    if not register:
        return together(contract)
    with open_house() as house:
        return together(contract, happened(house, contract))


def together(contract: Contract, actual: tuple[Entry, ...] = ()) -> Scheduled:
    """What happened, then what the contract's forecast expects.

    The forecast does not know what happened: what it expects after the last flow stays as it was written.
    """
    spans: tuple[Span, ...] = ()
    coming: tuple[Entry, ...] = _drawdowns(contract)
    if contract.forecast is not None:
        spans = spans_of(contract, contract.forecast.every_months)
        base = run(contract, spans, drawn(Way.of(contract, contract.forecast, spans), expected(contract.forecast)))
        coming = expected_entries(contract, base)
    known_until = max((each.on for each in actual), default=None)
    found = scheduled(actual, coming, known_until)
    flows = tuple(tranche_flows(found))
    # a forecast runs to the end of the term: what is not repaid by then is lost
    over = bool(spans)
    return Scheduled(
        contract,
        spans,
        found,
        known_until,
        {plan.id: planned(contract, plan) for plan in contract.plan},
        against(contract, actual, known_until) if known_until else (),
        by_tranche(contract, flows, ended=over),
        by_investor(contract, flows, ended=over),
    )


def happened(house: House, contract: Contract) -> tuple[Entry, ...]:
    """The tranches' flows and the receipts from payers that the register holds."""
    name = contract.contract.id
    with house.register.read() as session:
        flows = [
            TrancheFlow(flow.tranche, flow.flow_on, flow.kind, flow.amount_minor) for flow in cash_flows(session, name)
        ]
        orders = [order for held in statements(session, name) for order in instructions(session, held.reference)]
    paid = [
        PayerFlow(order.instruction.payer, order.received_on, order.instruction.amount_minor)
        for order in orders
        if order.received_on is not None
    ]
    return entries(contract, flows, paid, "actual")


def _drawdowns(contract: Contract) -> tuple[Entry, ...]:
    scale = 10 ** exponent(contract.contract.currency)
    flows = [
        TrancheFlow(tranche.id, drawdown.on, "drawdown", int(drawdown.amount * scale))
        for tranche in contract.tranche
        for drawdown in tranche.drawdowns
    ]
    return entries(contract, flows, (), "expected")


def expected_entries(contract: Contract, base: Forecasted) -> tuple[Entry, ...]:
    """The flows of a forecast's first scenario, the drawdowns with them."""
    payments = [
        PayerFlow(payer, span.paid_on, int(rows[place, 0]))
        for payer, rows in base.payers.items()
        for place, span in enumerate(base.spans)
        if rows[place, 0]
    ]
    kinds: tuple[tuple[FlowKind, Mapping[str, Ints]], ...] = ()
    if base.flows is not None:
        kinds = (("principal", base.flows.principal), ("return", base.flows.returned))
    flows = [
        TrancheFlow(name, span.paid_on, kind, int(rows[0, place]))
        for kind, parts in kinds
        for name, rows in parts.items()
        for place, span in enumerate(base.spans)
    ]
    return in_order([*_drawdowns(contract), *entries(contract, flows, payments, "expected")])


def tranche_flows(found: Iterable[Entry]) -> Iterator[TrancheFlow]:
    """Entries of tranches as flows again."""
    for each in found:
        if each.tranche is not None and each.kind in ("drawdown", "principal", "return"):
            amount = -each.amount if each.kind == "drawdown" else each.amount
            yield TrancheFlow(each.tranche, each.on, each.kind, amount)


def _year(contract: Contract, day: date) -> str:
    first = contract.contract.year_starts_in
    return year_label(financial_year_of(day, first).end, first)


def _open(file: Path) -> Any:
    if not file.parent.is_dir():
        raise Missing(Problem("file.absent", f"there is no folder {file.parent}", "make it first", file=str(file)))
    return file.open("w", encoding="utf-8", newline="")


def rows(found: Scheduled) -> Iterator[tuple[str, ...]]:
    """Every flow and every planned one as a row of text; amounts in major units, below zero where the party pays."""
    yield "on", "year", "state", "plan", "party", "tranche", "kind", "amount", "currency"
    currency = found.contract.contract.currency
    for plan, several in (("", found.entries), *found.plans.items()):
        for each in several:
            year = _year(found.contract, each.on)
            words = (each.on.isoformat(), year, each.state, plan, each.party, each.tranche or "", each.kind)
            yield *words, major(each.amount, currency), currency


def write_csv(found: Scheduled, file: Path) -> None:
    """Write every flow, a row each; raises Missing where there is no such folder."""
    with _open(file) as handle:
        csv.writer(handle, lineterminator="\n").writerows(rows(found))


_ILPA = {
    "drawdown": "Capital Call: Investment",
    "principal": "Distribution: Return of Capital",
    "return": "Distribution: Gain",
}


def ilpa_rows(found: Scheduled) -> Iterator[tuple[str, ...]]:
    """The tranches' flows in the shape of ILPA's capital call and distribution notices, with running totals.

    Columns follow the template's ideas, not its cells: a bond's vehicle has no management fee or recallable amount.
    """
    contract = found.contract
    yield (
        *("Date", "Fund", "Investor", "Class", "Transaction Type", "State", "Amount", "Currency"),
        *("Commitment", "Called To Date", "Unfunded Commitment", "Distributed To Date", "DPI To Date"),
    )
    scale, currency = 10 ** exponent(contract.contract.currency), contract.contract.currency
    committed = {tranche.id: int(tranche.committed * scale) for tranche in contract.tranche}
    called, given = dict.fromkeys(committed, 0), dict.fromkeys(committed, 0)
    for flow, each in zip(tranche_flows(found.entries), (e for e in found.entries if e.tranche), strict=True):
        if flow.kind == "drawdown":
            called[flow.tranche] += flow.amount
        else:
            given[flow.tranche] += flow.amount
        out, back = called[flow.tranche], given[flow.tranche]
        named = (flow.on.isoformat(), contract.contract.name, contract.the_party(each.party).name)
        amounts = (committed[flow.tranche], out, max(0, committed[flow.tranche] - out), back)
        yield (
            *(*named, flow.tranche, _ILPA[flow.kind], each.state, major(each.amount, currency), currency),
            *(major(amount, currency) for amount in amounts),
            f"{back / out:.4f}" if out else "",
        )


def write_ilpa(found: Scheduled, file: Path) -> None:
    """Write the tranches' flows in ILPA's shape; raises Missing where there is no such folder."""
    with _open(file) as handle:
        csv.writer(handle, lineterminator="\n").writerows(ilpa_rows(found))


def in_words(found: Scheduled) -> str:
    """The answer of ``sib contract schedule`` for people."""
    contract, currency = found.contract, found.contract.contract.currency
    until = f"what happened until {found.known_until.isoformat()}, then " if found.known_until else ""
    lines = [f"{contract.contract.name}: {until}what is expected, in {currency}", ""]
    for each in found.entries:
        who, moved = each.tranche or each.party, _plain(each.amount, currency)
        lines.append(f"  {each.on.isoformat()} {each.state:<9} {who:<24} {each.kind:<10} {moved}")
    for by in BYS:
        summed = sums(contract, found.entries, by)
        if summed:
            lines += ["", f"by {by}"]
            lines += [f"  {name:<24} {_states(states, currency)}" for name, states in summed.items()]
    face = "" if found.spans else ", what is drawn and not repaid at its face"
    lines += ["", f"returns{face}"]
    lines += [f"  {name:<24} {returns_words(each)}" for name, each in {**found.tranches, **found.investors}.items()]
    if found.against:
        lines += ["", f"paid until {found.known_until}, and by then planned at first and now"]
    for row in found.against:
        amounts = " ".join(_plain(amount, currency) for amount in (row.actual, row.original, row.current))
        lines.append(f"  {row.name:<24} {amounts}")
    return "\n".join(lines)


def _plain(minor: int, currency: str) -> str:
    return f"{show(minor, currency)[4:]:>16}"


def _states(states: Mapping[State, int], currency: str) -> str:
    return ", ".join(f"{state} {show(amount, currency)[4:]}" for state, amount in states.items())


def as_dict(found: Scheduled) -> dict[str, Any]:
    """The answer of ``sib contract schedule --json``: amounts as decimal text in major units."""
    currency = found.contract.contract.currency
    heads, *lines = rows(found)
    return {
        "contract": found.contract.contract.id,
        "currency": currency,
        "known_until": found.known_until.isoformat() if found.known_until else None,
        "flows": [dict(zip(heads, line, strict=True)) for line in lines],
        "sums": {
            by: {
                name: {state: major(amount, currency) for state, amount in states.items()}
                for name, states in sums(found.contract, found.entries, by).items()
            }
            for by in BYS
        },
        "returns": {
            kind: {name: _returns(each, currency) for name, each in several.items()}
            for kind, several in (("tranches", found.tranches), ("investors", found.investors))
        },
        "against_plans": [
            {
                "id": row.name,
                "actual": major(row.actual, currency),
                "original": major(row.original, currency),
                "current": major(row.current, currency),
            }
            for row in found.against
        ],
    }


def _returns(each: Returns, currency: str) -> dict[str, Any]:
    ratios = {name: getattr(each, name) for name in ("moic", "dpi", "rvpi", "tvpi")}
    return {
        "paid_in": major(each.paid_in, currency),
        "paid_out": major(each.paid_out, currency),
        "residual": major(each.residual, currency),
        "xirr": each.rate.rate,
        "xirr_words": rate_words(each.rate),
        **{name: None if value is None else decimal_text(value, 6) for name, value in ratios.items()},
    }
