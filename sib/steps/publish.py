"""arrows: the register's state becomes page tables: built beside, then swapped in; all of it can be rebuilt."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from sib.money import exponent
from sib.outcomes.claims import VerificationState
from sib.outcomes.results import HeldResult
from sib.outcomes.transitions import StatementState
from sib.steps.estimate_words import doubt_words
from sib.steps.house import House, Registered, registered
from sib.store.audit import head
from sib.store.claims import claims_in_state
from sib.store.contracts import contracts, plan_seals
from sib.store.drafts import HeldStatement
from sib.store.files import files
from sib.store.flows import balances, cash_flows, instructions
from sib.store.pages import PAGE_TABLES, create_statements
from sib.store.results import results_in_state
from sib.store.statements import statement_lines, statements
from sib.store.warehouse import open_warehouse
from sib.terms.base import value_on
from sib.terms.contract import Contract
from sib.terms.sentences import sentence

Row = tuple[Any, ...]
Tables = dict[str, list[Row]]


def publish_pages(house: House) -> int:
    """Build every page table from the register and swap the new file in; returns how many statements it shows."""
    tables: Tables = {name: [] for name in PAGE_TABLES}
    with house.register.read() as session:
        names, last = contracts(session), head(session)
    for name in names:
        _add_contract(house, name, tables)
    tables["published"].append((house.now().replace(tzinfo=None), last.seq, last.hash))

    def build(warehouse: Any) -> None:
        for statement in create_statements():
            warehouse.execute(statement)
        for table, rows in tables.items():
            if rows:
                marks = ", ".join("?" for _ in rows[0])
                warehouse.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own table names

    with open_warehouse(house.settings) as warehouse:
        warehouse.publish(build)
    return len(tables["statements"])


def _add_contract(house: House, name: str, tables: Tables) -> None:
    terms = registered(house, name)
    contract = terms.agreed.contract
    tables["contracts"].append(_contract_row(terms))
    tables["sentences"] += [
        (name, payment.id, _title(contract, payment.id), payment.clause, sentence(contract, payment))
        for payment in contract.payments
    ]
    _add_claims(house, contract, tables)
    _add_statements(house, contract, tables)
    _add_money(house, contract, tables)
    _add_estimates(house, contract, tables)


def _title(contract: Contract, payment: str) -> str:
    return contract.title(contract.the_payment(payment))


def _contract_row(terms: Registered) -> Row:
    header = terms.agreed.contract.contract
    return (
        header.id,
        header.name,
        header.version,
        header.currency,
        exponent(header.currency),
        header.summary.strip(),
        header.starts_on,
        header.ends_on,
        header.illustrative,
        _cap(terms.agreed.contract),
        terms.agreed.sha256,
    )


def _cap(contract: Contract) -> int | None:
    """The most the contract may pay in all, in minor units; None where some payment has no cap."""
    end, scale = contract.contract.ends_on, 10 ** exponent(contract.contract.currency)
    overall = [value_on(cap.amount, end) for cap in contract.cap if cap.over == "all payments"]
    single = [value_on(payment.cap, end) if payment.cap else None for payment in contract.payments]
    bounds = [value for value in overall if value is not None]
    if all(value is not None for value in single):
        bounds.append(sum(value for value in single if value is not None))  # type: ignore[arg-type]
    return int(min(bounds) * scale) if bounds else None


def _add_claims(house: House, contract: Contract, tables: Tables) -> None:
    name = contract.contract.id
    with house.register.read() as session:
        claims = claims_in_state(session, name, tuple(VerificationState))
        landed = files(session, name)
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for held in claims:
        key = (held.claim.metric, str(held.state))
        number, quantity = counts.get(key, (0, 0))
        counts[key] = (number + 1, quantity + held.claim.count)
    metrics = {metric.id: metric for metric in contract.metric}
    tables["claim_counts"] += [
        (name, metric, metrics[metric].name, metrics[metric].unit, state, number, quantity)
        for (metric, state), (number, quantity) in counts.items()
    ]
    tables["source_files"] += [
        (
            *(name, file.kind, file.sha256, file.rows, file.accepted, file.refused, file.already_held),
            *(file.received_at.replace(tzinfo=None), file.submitted_by),
        )
        for file in landed
    ]


def _add_statements(house: House, contract: Contract, tables: Tables) -> None:
    name = contract.contract.id
    with house.register.read() as session:
        held = [one for one in statements(session, name) if one.state is not StatementState.VOID]
        lines = {one.reference: statement_lines(session, one.id) for one in held}
        received = {one.reference: _received(instructions(session, one.reference)) for one in held}
        claims = {one.id: one.claim.person for one in claims_in_state(session, name, tuple(VerificationState))}
    periods = {(period.starts_on, period.ends_on): period.id for period in contract.settlement}
    for one in held:
        period = periods.get((one.period.start, one.period.end), one.period.label)
        tables["statements"].append(
            (
                *(name, one.reference, period, one.period.start, one.period.end, str(one.state), one.total_minor),
                *(one.drafted_by, one.authorised_by, received[one.reference], one.key),
            )
        )
        holds = _holds(one)
        for item in lines[one.reference]:
            line = item.line
            people = len({claims[claim] for claim in line.claim_ids})
            tables["statement_lines"].append(
                (
                    *(name, one.reference, item.number, line.payment, _title(contract, line.payment), line.metric),
                    *(line.clause, line.payer, line.quantity, line.unit, line.gross_minor, line.cap_effect_minor),
                    *(line.amount_minor, len(line.claim_ids), people, holds.get(line.payment), list(line.reasons)),
                )
            )


def _holds(held: HeldStatement) -> dict[str, str]:
    holds: dict[str, str] = json.loads(held.body_json)["body"]["holds"]
    return holds


def _received(orders: Iterable[Any]) -> date | None:
    """The day the last instruction was received; None while one is open."""
    days = [order.received_on for order in orders]
    return max(days) if days and all(days) else None


def _add_money(house: House, contract: Contract, tables: Tables) -> None:
    name = contract.contract.id
    scale = 10 ** exponent(contract.contract.currency)
    with house.register.read() as session:
        held, flows = balances(session, name), cash_flows(session, name)
    names = {tranche.id: tranche.name for tranche in contract.tranche}
    for tranche in contract.tranche:
        balance = held.get(tranche.id)
        drawn, repaid, returned = (balance.drawn, balance.principal, balance.returned) if balance else (0, 0, 0)
        party = contract.the_party(tranche.party).name
        tables["tranches"].append(
            (
                *(name, tranche.id, tranche.name, tranche.kind, party, int(tranche.committed * scale)),
                *(drawn, repaid, returned, tranche.illustrative),
            )
        )
    tables["cash_flows"] += [
        (
            *(
                name,
                flow.flow_on,
                flow.tranche,
                names.get(flow.tranche, "kept by the vehicle"),
                flow.kind,
                flow.amount_minor,
            ),
            flow.receipt.rsplit("/", 2)[0] if flow.receipt else None,
        )
        for flow in flows
    ]


def _add_estimates(house: House, contract: Contract, tables: Tables) -> None:
    name = contract.contract.id
    with house.register.read() as session:
        held, seals = results_in_state(session, name), plan_seals(session, name)
    metrics = {metric.id: metric for metric in contract.metric}
    for one in held:
        result, body = one.result, one.result.body
        seal = seals[-1] if seals and "impact" in body else None
        shown = {**body.get("impact", {}), "doubt_words": doubt_words(body)}
        if seal is not None:
            signed_by = [seal.signed_by_evaluator, seal.signed_by_commissioner]
            shown["seal"] = {"signed_by": signed_by, "at": seal.sealed_at.isoformat()}
        tables["estimates"].append(
            (
                *(name, result.reference, result.metric, metrics[result.metric].name, result.unit, str(one.state)),
                *(
                    str(result.value),
                    result.method,
                    result.measured_on,
                    one.made_by,
                    one.decided_by,
                    seal and seal.plan_sha256,
                ),
                *(result.inputs_sha256, json.dumps(shown)),
            )
        )
        for position, each in enumerate(body.get("comparisons", ())):
            tables["comparisons"].append((name, result.metric, position, *_comparison(each)))
        tables["balance"] += list(_balance(name, one))
        tables["overlap"] += [
            (name, result.reference, bar["group"], float(bar["from"]), float(bar["to"]), float(bar["share"]))
            for bar in body.get("overlap", ())
        ]
        tables["flow"] += [
            (name, result.reference, position, each["step"], each["treated"], each["comparison"], each["why"])
            for position, each in enumerate(body.get("flow", ()))
        ]


def _comparison(each: dict[str, Any]) -> Row:
    floats = (None if each[key] is None else float(each[key]) for key in ("estimate", "standard_error"))
    return (each["title"], each["words"], *floats, each["quantised"], each["payment_minor"], each["pays"])


def _balance(contract: str, held: HeldResult) -> Iterator[Row]:
    """Before and after side by side, one row a covariate."""
    table = held.result.body.get("impact", {}).get("balance") or {}
    rows = {(row["sample"], row["variable"]): row for row in table.get("rows", ())}
    for position, variable in enumerate(dict.fromkeys(variable for _, variable in rows)):
        before, after = rows[("all", variable)], rows[("matched", variable)]
        ratios = (None if row["variance_ratio"] is None else float(row["variance_ratio"]) for row in (before, after))
        yield (
            *(contract, held.result.reference, position, variable, float(before["mean_treated"])),
            *(float(before["mean_comparison"]), float(after["mean_comparison"])),
            *(float(before["smd"]), float(after["smd"]), *ratios, after["light"]),
        )
