"""arrows: a receipt becomes the cash flows of the tranches: what the waterfall reads, from the register."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from fractions import Fraction

import numpy as np
from sqlmodel import Session

from sib.finance.position import PastFlow
from sib.finance.waterfall import Distribution, distribute
from sib.payments.facts import Facts, Measured
from sib.steps.facts import facts_for
from sib.steps.house import House
from sib.store.flows import Flow, FlowKind, Instruction, Receipt, balances, cash_flows
from sib.store.statements import statement, statement_lines
from sib.terms.contract import Contract
from sib.terms.walk import investors_rules


def facts_of_receipt(house: House, terms: Contract, reference: str, received_on: date) -> Facts | None:
    """The results that the waterfall reads, as the statement was drafted on them; None where it reads none.

    Claims count as if nothing had been settled: investors' rules look at all that was reached so far.
    """
    if not any(investors_rules(terms)):
        return None
    with house.register.read() as session:
        held = statement(session, reference)
    body = json.loads(held.body_json)["body"]
    period = next((each for each in terms.settlement if each.ends_on == held.period.end), None)
    measured = {name: Measured(Fraction(value), unit) for name, (value, unit) in body["quantities"].items()}
    if period is None:
        return Facts(as_of=received_on, quantities=measured)
    facts = facts_for(house, terms, period).facts
    afresh = replace(facts.outcomes, settled=np.zeros(len(facts.outcomes), dtype=np.bool_))
    return replace(facts, as_of=received_on, outcomes=afresh, quantities=measured, settled={})


def distribution_of(
    session: Session, terms: Contract, order: Instruction, received_on: date, facts: Facts | None
) -> Distribution:
    """Hand an instruction's amount down the waterfall, knowing the flows before it and the payments it comes from."""
    contract = terms.contract.id
    out = {name: held.outstanding for name, held in balances(session, contract, until=received_on).items()}
    return distribute(
        terms,
        order.amount_minor,
        out,
        as_of=received_on,
        flows=past_flows(terms, (flow for flow in cash_flows(session, contract) if flow.flow_on <= received_on)),
        payments=_payments(session, terms, order),
        facts=facts,
    )


def _payments(session: Session, terms: Contract, order: Instruction) -> dict[str, int] | None:
    """What of an instruction is for which payment; None where its statement's lines do not make it up."""
    brought: dict[str, int] = {}
    for item in statement_lines(session, statement(session, order.statement).id):
        line = item.line
        if line.payer == order.payer and terms.the_payment(line.payment).payee == order.payee:
            brought[line.payment] = brought.get(line.payment, 0) + line.amount_minor
    return brought if sum(brought.values()) == order.amount_minor else None


def past_flows(terms: Contract, flows: Iterable[Flow]) -> tuple[PastFlow, ...]:
    """The register's flows of the contract's tranches, as the waterfall reads them."""
    tranches = {tranche.id for tranche in terms.tranche}
    return tuple(
        PastFlow(
            flow.tranche,
            flow.flow_on,
            paid_in=flow.amount_minor if flow.kind == "drawdown" else 0,
            principal=flow.amount_minor if flow.kind == "principal" else 0,
            returned=flow.amount_minor if flow.kind == "return" else 0,
            step=_step(flow),
        )
        for flow in flows
        if flow.tranche in tranches
    )


def _step(flow: Flow) -> str | None:
    """The step that paid a flow: the last part of its reference, where the step has an id."""
    if flow.receipt is None:
        return None
    _, _, step = flow.reference.removeprefix(f"{flow.receipt}/{flow.tranche}/").partition("/")
    return step or None


def flows_handing_on(terms: Contract, receipt: Receipt, given: Distribution) -> list[Flow]:
    """One flow for each tranche, kind and step with an id; what no tranche receives stays in the vehicle."""
    amounts: dict[tuple[str, FlowKind, str | None], int] = {}
    for kind in ("principal", "return"):
        for part in given.parts:
            if part.kind == kind:
                key = (part.tranche, part.kind, part.step)
                amounts[key] = amounts.get(key, 0) + part.amount
    amounts["vehicle", "retained", None] = given.retained
    return [
        Flow(
            contract=terms.contract.id,
            reference=f"{receipt.reference}/{tranche}/{kind}" + (f"/{step}" if step else ""),
            tranche=tranche,
            kind=kind,
            currency=terms.contract.currency,
            amount_minor=amount,
            flow_on=receipt.received_on,
            receipt=receipt.reference,
        )
        for (tranche, kind, step), amount in amounts.items()
        if amount
    ]
