"""arrows: facts become payable outcomes on a statement, authorised, received, and paid on to the tranches."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import numpy as np

from sib.access import Actor, Right, require
from sib.errors import Missing, Problem, Refused
from sib.money import decimal_text, exponent, major, split
from sib.outcomes.transitions import StatementAction, StatementState
from sib.payments.payable import PayableOutcome, Payables
from sib.payments.versions import counted_now, payable_under
from sib.periods import BusinessDayConvention, Calendar, Period, shift
from sib.steps.facts import FactsWithSource, facts_for
from sib.steps.hand_on import distribution_of, facts_of_receipt, flows_handing_on
from sib.steps.house import House, Registered, registered
from sib.store.drafts import HeldStatement, Line, StatementDraft
from sib.store.flows import (
    Flow,
    HeldInstruction,
    Instruction,
    Receipt,
    add_flows,
    add_instruction,
    add_receipt,
    instructions,
)
from sib.store.rows import canonical
from sib.store.statements import add_statement, add_statement_decision, statement, statement_lines, statements
from sib.store.whole import heads
from sib.terms.contract import Contract, Settlement
from sib.terms.payment import Payment
from sib.terms.walk import metrics_read


def draft(house: House, actor: Actor, contract: str, period: str) -> HeldStatement:
    """Draft a settlement period's statement from everything verified and signed; a standing one is returned.

    What is verified or signed only after the period's statement was paid stands on a further one for that period.

    Raises Missing when the contract has no such period, Refused when the actor may not or the register says no.
    """
    require(actor, Right.DRAFT_STATEMENT, contract)
    settlement = _the_period(registered(house, contract).agreed.contract, period)
    terms = registered(house, contract, on=settlement.ends_on)
    period_days = Period(settlement.starts_on, settlement.ends_on)
    with house.register.read() as session:
        same = [held for held in statements(session, contract) if held.period == period_days]
    if same and same[-1].state in (StatementState.DRAFTED, StatementState.AUTHORISED):
        return same[-1]
    source = facts_for(house, terms.ever, settlement)
    payables = payable_under(terms.versions, source.facts)
    if same and same[-1].state is StatementState.PAID and not payables.total:
        return same[-1]
    with house.register.write() as session:
        return add_statement(
            session, actor, _drafted(terms, settlement, len(same) + 1, source, payables), at=house.now()
        )


def _the_period(terms: Contract, period: str) -> Settlement:
    for settlement in terms.settlement:
        if settlement.id == period:
            return settlement
    known = ", ".join(settlement.id for settlement in terms.settlement)
    what = f"{terms.contract.id} has no settlement period {period}"
    raise Missing(Problem("settlement.unknown", what, f"write one of: {known}", value=period))


def _drafted(
    terms: Registered, settlement: Settlement, revision: int, source: FactsWithSource, payables: Payables
) -> StatementDraft:
    contract = terms.ever
    fact = [contract.contract.id, terms.held.version, settlement.starts_on, settlement.ends_on, revision]
    return StatementDraft(
        reference=f"{contract.contract.id}/{settlement.id}" + (f"-{revision}" if revision > 1 else ""),
        revision=revision,
        contract=contract.contract.id,
        version_id=terms.held.id,
        period=Period(settlement.starts_on, settlement.ends_on),
        currency=payables.currency,
        key=sha256(canonical(fact).encode()).hexdigest(),
        lines=tuple(line for payable in payables.payables for line in _lines(terms, payable, source)),
        body=_body(terms, payables, source),
    )


def _lines(terms: Registered, payable: PayableOutcome, source: FactsWithSource) -> Iterator[Line]:
    """One line a payer; the gross is split as the amount is, so that each adds up by itself."""
    claims, results = _rests_on(terms, terms.ever.the_payment(payable.payment), source)
    parts = [abs(amount) for _, amount in payable.payers]
    gross = split(payable.gross, parts if any(parts) else [1] * len(parts))
    for (payer, amount), whole in zip(payable.payers, gross, strict=True):
        yield Line(
            payment=payable.payment,
            metric=payable.metric,
            payer=payer,
            clause=payable.clause,
            quantity="" if payable.quantity is None else decimal_text(payable.quantity),
            unit=payable.unit,
            gross_minor=whole,
            cap_effect_minor=amount - whole,
            amount_minor=amount,
            reasons=tuple(reason.text for reason in payable.reasons),
            claim_ids=() if payable.hold else claims,
            result_ids=() if payable.hold else results,
        )


def _rests_on(terms: Registered, payment: Payment, source: FactsWithSource) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The claims that a payment counts now, and the results that it reads."""
    read = metrics_read(terms.ever, payment.amount)
    counted = counted_now(terms.versions, source.facts, payment.id)
    claims = tuple(source.claims[row].id for row in np.flatnonzero(counted).tolist())
    return claims, tuple(sorted(held.id for name, held in source.results.items() if name in read))


def _body(terms: Registered, payables: Payables, source: FactsWithSource) -> dict[str, Any]:
    """Everything needed to work the statement out again."""
    return {
        "contract_sha256": terms.agreed.sha256,
        "as_of": payables.as_of,
        "holds": dict(payables.holds),
        "paid_before": dict(source.facts.paid_before),
        "quantities": {name: [str(held.result.value), held.result.unit] for name, held in source.results.items()},
        "results": {name: held.result.inputs_sha256 for name, held in source.results.items()},
        "files": sorted({held.claim.file_sha256 for held in source.claims}),
    }


def authorise(house: House, actor: Actor, reference: str) -> list[HeldInstruction]:
    """Authorise a statement, not by its drafter, and instruct each payer; again changes nothing."""
    with house.register.read() as session:
        held = statement(session, reference)
    require(actor, Right.AUTHORISE_STATEMENT, held.contract)
    terms = registered(house, held.contract).ever
    with house.register.write() as session:
        held = statement(session, reference)
        if held.state is StatementState.DRAFTED:
            held = add_statement_decision(session, actor, reference, StatementAction.AUTHORISE, at=house.now())
        lines = [item.line for item in statement_lines(session, held.id)]
        for order in _instructions(terms, lines, held):
            add_instruction(session, actor, order, at=house.now())
        return instructions(session, reference)


def _instructions(terms: Contract, lines: list[Line], held: HeldStatement) -> Iterator[Instruction]:
    """One instruction for each payer and payee with something to pay."""
    owed: dict[tuple[str, str], int] = {}
    for line in lines:
        pair = (line.payer, terms.the_payment(line.payment).payee)
        owed[pair] = owed.get(pair, 0) + line.amount_minor
    if any(amount < 0 for amount in owed.values()):
        what = (
            f"{held.reference} comes to less than nothing for a payer, and money flowing back cannot be instructed yet"
        )
        raise Refused(Problem("instruction.negative", what, "make it void, and settle it together with a later period"))
    for (payer, payee), amount in owed.items():
        if amount:
            yield Instruction(
                reference=f"{held.reference}/{payer}-{payee}",
                statement=held.reference,
                payer=payer,
                payee=payee,
                currency=held.currency,
                amount_minor=amount,
                due_on=due_on(terms, held.period.end),
                key=sha256(canonical([held.key, payer, payee, amount]).encode()).hexdigest(),
            )


def due_on(terms: Contract, end: date) -> date:
    """The business day by which a statement for a period ending on ``end`` is paid."""
    day = end + timedelta(days=terms.contract.pays_within_days)
    return shift(day, BusinessDayConvention.SCF, Calendar(terms.contract.calendar))


def receive(house: House, actor: Actor, instruction: HeldInstruction, received_on: date) -> int:
    """Record an instruction as paid in full, and hand the money down the waterfall; returns the number of new flows."""
    order = instruction.instruction
    with house.register.read() as session:
        contract = statement(session, order.statement).contract
    require(actor, Right.RECORD_RECEIPT, contract)
    terms = registered(house, contract, on=received_on).ever
    receipt = Receipt(f"{order.reference}/received", order.reference, order.amount_minor, received_on)
    facts = facts_of_receipt(house, terms, order.statement, received_on)
    with house.register.write() as session:
        if instruction.receipt:
            return 0
        given = distribution_of(session, terms, order, received_on, facts)
        add_receipt(session, actor, receipt, at=house.now())
        return add_flows(session, actor, contract, flows_handing_on(terms, receipt, given), at=house.now())


def receive_in_full(house: House, actor: Actor, reference: str) -> int:
    """Record every instruction of a statement as paid on the day it is due; returns how many flows are new."""
    with house.register.read() as session:
        held = statement(session, reference)
        orders = instructions(session, reference)
    if held.state is StatementState.DRAFTED:
        mend = "have a second person authorise it first"
        raise Refused(Problem("statement.not-authorised", f"{reference} is not authorised yet", mend, value=reference))
    if held.state is StatementState.AUTHORISED and not orders:
        require(actor, Right.RECORD_RECEIPT, held.contract)
        with house.register.write() as session:
            add_statement_decision(session, actor, reference, StatementAction.PAY, at=house.now())
    return sum(receive(house, actor, order, order.instruction.due_on) for order in orders)


def void(house: House, actor: Actor, reference: str, note: str) -> HeldStatement:
    """Make a statement void that nothing was paid on; its claims and results can be settled again."""
    with house.register.read() as session:
        held = statement(session, reference)
    require(actor, Right.VOID_STATEMENT, held.contract)
    with house.register.write() as session:
        return add_statement_decision(session, actor, reference, StatementAction.VOID, note, at=house.now())


def record_drawdowns(house: House, actor: Actor, contract: str) -> int:
    """Record what investors paid in by the schedule; again changes nothing. Returns the number of new flows."""
    require(actor, Right.RECORD_CASH_FLOW, contract)
    terms = registered(house, contract).agreed.contract
    scale = 10 ** exponent(terms.contract.currency)
    flows = [
        Flow(
            contract=contract,
            reference=f"{contract}/drawdown/{tranche.id}/{drawdown.on.isoformat()}",
            tranche=tranche.id,
            kind="drawdown",
            currency=terms.contract.currency,
            amount_minor=int(drawdown.amount * scale),
            flow_on=drawdown.on,
        )
        for tranche in terms.tranche
        for drawdown in tranche.drawdowns
    ]
    with house.register.write() as session:
        return add_flows(session, actor, contract, flows, at=house.now())


def statement_document(house: House, held: HeldStatement) -> dict[str, Any]:
    """A statement as one document; amounts as decimal text in major units."""
    with house.register.read() as session:
        lines, trail = statement_lines(session, held.id), heads(session)
    body = json.loads(held.body_json)["body"]
    return {
        "statement": held.reference,
        "state": str(held.state),
        "contract": held.contract,
        "period": [held.period.start.isoformat(), held.period.end.isoformat()],
        "currency": held.currency,
        "total": major(held.total_minor, held.currency),
        "drafted_by": held.drafted_by,
        "authorised_by": held.authorised_by,
        "key": held.key,
        "lines": [
            {
                "number": item.number,
                "payment": item.line.payment,
                "payer": item.line.payer,
                "clause": item.line.clause,
                "quantity": item.line.quantity or None,
                "unit": item.line.unit,
                "gross": major(item.line.gross_minor, held.currency),
                "cap_effect": major(item.line.cap_effect_minor, held.currency),
                "amount": major(item.line.amount_minor, held.currency),
                "claims": len(item.line.claim_ids),
                "hold": body["holds"].get(item.line.payment),
                "reasons": list(item.line.reasons),
            }
            for item in lines
        ],
        "audit": trail.as_dict(),
    }


def statement_words(document: dict[str, Any]) -> str:
    """A statement for people: one row a line, then the total and who stands behind it."""
    currency = document["currency"]
    rows = [f"{document['statement']}, {document['period'][0]} to {document['period'][1]} ({document['state']})", ""]
    for line in document["lines"]:
        quantity = f"{grouped(line['quantity'])} {line['unit']}"
        hold = f"   on hold: {line['hold']}" if line["hold"] else ""
        amount = f"{currency} {grouped(line['amount']):>14}{hold}"
        rows.append(f"  {line['number']:>3}  {line['payment']:<28} {quantity:>24} {amount}")
    rows += ["", f"  {'total':<58}{currency} {grouped(document['total']):>14}"]
    rows.append(f"  drafted by {document['drafted_by']}, authorised by {document['authorised_by'] or 'nobody yet'}")
    rows.append(trail_words(document["audit"]))
    return "\n".join(rows)


def trail_words(trail: dict[str, Any]) -> str:
    """What a document shows of the audit trail, so that its reader can hold the house to it."""
    first = f"  audit trail: {trail['events']:,} events, head {trail['head']}"
    return f"{first}\n               tree head {trail['tree_head']}"


def grouped(text: str | None) -> str:
    """A decimal text with separators for reading; a dash where there is none."""
    if text is None or "/" in text:
        return text or "–"
    whole, point, decimals = text.partition(".")
    return f"{int(whole):,}{point}{decimals}" if whole != "-0" else text
