"""store: payment instructions, the receipts on them, and the cash flows of the tranches."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import Session

from sib.errors import Missing, Problem, Refused
from sib.outcomes.actors import Actor
from sib.outcomes.transitions import StatementAction, StatementState, decide_statement
from sib.store import tables
from sib.store.audit import record
from sib.store.drafts import HeldStatement
from sib.store.rows import add_rows, ask, known, other_content, sha256_of, table
from sib.store.statements import add_statement_decision, outstanding_minor, statement

_ORDER, _RECEIPT, _FLOW = table(tables.PaymentInstruction), table(tables.Receipt), table(tables.CashFlow)
_LINE, _STATEMENT = table(tables.StatementLine), table(tables.Statement)

_ORDER_PLAIN = ("reference", "payer", "payee", "currency", "amount_minor", "due_on", "key")
_FLOW_PLAIN = ("contract", "reference", "tranche", "kind", "currency", "amount_minor", "flow_on")

FlowKind = Literal["drawdown", "principal", "return", "retained"]


@dataclass(frozen=True, slots=True)
class Instruction:
    """Who is to pay what to whom by when."""

    reference: str
    statement: str
    """Reference of the statement."""
    payer: str
    payee: str
    currency: str
    amount_minor: int
    due_on: date
    key: str
    """SHA-256 of the business fact: statement, payer, payee and amount."""


@dataclass(frozen=True, slots=True)
class HeldInstruction:
    """An instruction as the register holds it, with the receipt on it if there is one."""

    id: int
    instruction: Instruction
    receipt: str | None
    received_on: date | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that arrived on an instruction."""

    reference: str
    instruction: str
    """Reference of the instruction."""
    amount_minor: int
    received_on: date


@dataclass(frozen=True, slots=True)
class HeldReceipt:
    """A receipt as the register holds it."""

    id: int
    receipt: Receipt
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Flow:
    """Money into (drawdown) or out of (all other kinds) a tranche; a reversing flow has a negative amount."""

    contract: str
    reference: str
    tranche: str
    kind: FlowKind
    currency: str
    amount_minor: int
    flow_on: date
    receipt: str | None = None
    """Reference of the receipt that it hands on."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Where a tranche stands, in minor units."""

    drawn: int = 0
    principal: int = 0
    """Repaid so far."""
    returned: int = 0
    """Return paid so far, over and above the principal."""
    retained: int = 0

    @property
    def outstanding(self) -> int:
        """Drawn and not yet repaid."""
        return self.drawn - self.principal


def add_instruction(session: Session, actor: Actor, instruction: Instruction, *, at: datetime) -> HeldInstruction:
    """Instruct a payment on an authorised statement; the same key with the same content changes nothing.

    Raises ``Refused`` if the key or reference stands for something else, the statement is not authorised, or the
    payer would pay more than the statement's lines say.
    """
    by_name = sa.or_(_ORDER.c.key == instruction.key, _ORDER.c.reference == instruction.reference)
    for held in _instructions(session, by_name):
        _same("instruction", instruction.reference, held.instruction, instruction)
        return held
    owed = statement(session, instruction.statement)
    problems = list(_instruction_problems(session, instruction, owed))
    if problems:
        raise Refused(problems)
    row = {**{name: getattr(instruction, name) for name in _ORDER_PLAIN}, "statement_id": owed.id}
    ids = add_rows(session, tables.PaymentInstruction, [row])
    subject = f"{owed.contract} instruction {instruction.reference}"
    detail = {"amount_minor": instruction.amount_minor, "currency": instruction.currency}
    record(session, actor, "instruct payment", subject, detail, at=at, rows={tables.PaymentInstruction: ids})
    return _instructions(session, _ORDER.c.id == ids[0])[0]


def instructions(session: Session, statement_reference: str) -> list[HeldInstruction]:
    """All instructions of a statement, in the order they were made."""
    return _instructions(session, _STATEMENT.c.reference == statement_reference)


def add_receipt(session: Session, actor: Actor, receipt: Receipt, *, at: datetime) -> HeldReceipt:
    """Record that an instruction was paid, in full; the last receipt of a statement marks it as paid.

    Whoever drafted or authorised the statement is refused. The same receipt again changes nothing.
    """
    for held in _receipts(session, _RECEIPT.c.reference == receipt.reference):
        _same("receipt", receipt.reference, held.receipt, receipt)
        return held
    order = _instruction(session, receipt.instruction)
    owed = statement(session, order.instruction.statement)
    decide_statement(
        owed.state, StatementAction.PAY, actor, drafted_by=owed.drafted_by, authorised_by=owed.authorised_by
    )
    problems = list(_receipt_problems(receipt, order))
    if problems:
        raise Refused(problems)
    known(session, actor)
    plain = {name: getattr(receipt, name) for name in ("reference", "amount_minor", "received_on")}
    ids = add_rows(session, tables.Receipt, [{**plain, "instruction_id": order.id, "recorded_by": actor.id}])
    subject = f"{owed.contract} receipt {receipt.reference}"
    record(session, actor, "record receipt", subject, plain, at=at, rows={tables.Receipt: ids})
    if outstanding_minor(session, owed) == 0:
        add_statement_decision(session, actor, owed.reference, StatementAction.PAY, at=at)
    return _receipts(session, _RECEIPT.c.id == ids[0])[0]


def add_flows(session: Session, actor: Actor, contract: str, flows: Sequence[Flow], *, at: datetime) -> int:
    """Enter tranche cash flows and return how many were new; flows that are held word for word are left alone.

    The flows of one receipt come together and make up its amount; principal repaid never exceeds what was drawn.
    """
    names = [flow.reference for flow in flows]
    held = {
        flow.reference: flow for flow in _flows(session, _FLOW.c.contract == contract, _FLOW.c.reference.in_(names))
    }
    for flow in flows:
        if flow.reference in held:
            _same("cash flow", flow.reference, held[flow.reference], flow)
    new = [flow for flow in flows if flow.reference not in held]
    receipts = _receipt_ids(session, contract, new)
    problems = [*_receipt_sums(session, new), *_balance_problems([*held.values(), *new])]
    if problems:
        raise Refused(problems)
    rows = [
        {
            **{name: getattr(flow, name) for name in _FLOW_PLAIN},
            "receipt_id": receipts[flow.receipt] if flow.receipt else None,
        }
        for flow in new
    ]
    if rows:
        ids = add_rows(session, tables.CashFlow, rows)
        record(session, actor, "record cash flows", contract, {"flows": len(rows)}, at=at, rows={tables.CashFlow: ids})
    return len(rows)


def cash_flows(session: Session, contract: str) -> list[Flow]:
    """All tranche cash flows of a contract, in the order of their days."""
    return _flows(session, _FLOW.c.contract == contract)


def balances(session: Session, contract: str, *, until: date | None = None) -> dict[str, Balance]:
    """Where each tranche stands, by its id; ``until`` leaves out what flowed after that day."""
    return _balances(flow for flow in cash_flows(session, contract) if until is None or flow.flow_on <= until)


def _flows(session: Session, *either: sa.ColumnElement[bool]) -> list[Flow]:
    query = (
        sa.select(_FLOW, _RECEIPT.c.reference.label("receipt"))
        .select_from(_FLOW.outerjoin(_RECEIPT))
        .where(sa.or_(*either))
        .order_by(_FLOW.c.flow_on, _FLOW.c.id)
    )
    return [Flow(**{name: row[name] for name in (*_FLOW_PLAIN, "receipt")}) for row in ask(session, query)]


def _balances(flows: Iterable[Flow]) -> dict[str, Balance]:
    sums: dict[str, dict[FlowKind, int]] = {}
    for flow in flows:
        of_tranche = sums.setdefault(flow.tranche, {})
        of_tranche[flow.kind] = of_tranche.get(flow.kind, 0) + flow.amount_minor
    return {
        tranche: Balance(
            drawn=kinds.get("drawdown", 0),
            principal=kinds.get("principal", 0),
            returned=kinds.get("return", 0),
            retained=kinds.get("retained", 0),
        )
        for tranche, kinds in sorted(sums.items())
    }


def _instructions(session: Session, where: sa.ColumnElement[bool]) -> list[HeldInstruction]:
    query = (
        sa.select(_ORDER, _STATEMENT.c.reference.label("statement"))
        .add_columns(_RECEIPT.c.reference.label("receipt"), _RECEIPT.c.received_on)
        .select_from(_ORDER.join(_STATEMENT).outerjoin(_RECEIPT))
        .where(where)
        .order_by(_ORDER.c.id)
    )
    return [
        HeldInstruction(
            id=row["id"],
            instruction=Instruction(**{name: row[name] for name in (*_ORDER_PLAIN, "statement")}),
            receipt=row["receipt"],
            received_on=row["received_on"],
        )
        for row in ask(session, query)
    ]


def _instruction(session: Session, reference: str) -> HeldInstruction:
    for held in _instructions(session, _ORDER.c.reference == reference):
        return held
    raise Missing(
        Problem(
            code="instruction.unknown",
            what=f"The register holds no payment instruction {reference}.",
            value=reference,
            mend="Look the instructions up again.",
        )
    )


def _instruction_problems(session: Session, new: Instruction, owed: HeldStatement) -> Iterator[Problem]:
    if owed.state is not StatementState.AUTHORISED:
        yield Problem(
            code="instruction.state",
            what=f"The statement {owed.reference} is {owed.state.value}.",
            value=owed.state.value,
            expected=StatementState.AUTHORISED.value,
            mend="Let a second person authorise the statement first.",
        )
    if new.currency != owed.currency:
        yield Problem(
            code="instruction.currency",
            what="The instruction is not in the statement's currency.",
            value=new.currency,
            expected=owed.currency,
            mend="Instruct the payment in the statement's currency.",
        )
    of_payer = _LINE.c.statement_id == owed.id, _LINE.c.payer == new.payer
    due = _sum(session, sa.select(sa.func.sum(_LINE.c.amount_minor)).where(*of_payer))
    told = _ORDER.c.statement_id == owed.id, _ORDER.c.payer == new.payer
    left = due - _sum(session, sa.select(sa.func.sum(_ORDER.c.amount_minor)).where(*told))
    if new.amount_minor > left:
        yield Problem(
            code="instruction.amount",
            what=f"The statement does not say that {new.payer} pays so much.",
            value=f"{new.amount_minor} minor units",
            expected=f"at most {left}: {due} on the lines, less what was instructed before",
            mend="Take the amount from the statement's lines.",
        )


def _sum(session: Session, query: sa.Select[Any]) -> int:
    return int(session.connection().execute(query).scalar_one() or 0)


def _receipts(session: Session, where: sa.ColumnElement[bool]) -> list[HeldReceipt]:
    query = sa.select(_RECEIPT, _ORDER.c.reference.label("instruction")).join(_ORDER).where(where)
    names = ("reference", "instruction", "amount_minor", "received_on")
    return [
        HeldReceipt(row["id"], Receipt(**{name: row[name] for name in names}), row["recorded_by"])
        for row in ask(session, query)
    ]


def _receipt_problems(receipt: Receipt, order: HeldInstruction) -> Iterator[Problem]:
    if order.receipt is not None:
        yield Problem(
            code="receipt.second",
            what=f"The instruction {receipt.instruction} was paid already.",
            value=receipt.reference,
            expected=order.receipt,
            mend="If money came twice, pay it back outside the contract; if it is the same, use the first reference.",
        )
    if receipt.amount_minor != order.instruction.amount_minor:
        yield Problem(
            code="receipt.amount",
            what=f"The receipt is not what the instruction {receipt.instruction} asked for.",
            value=f"{receipt.amount_minor} minor units",
            expected=f"{order.instruction.amount_minor} minor units of {order.instruction.currency}",
            mend="Record what was asked for once it is complete; to pay in parts, give an instruction for each part.",
        )


def _receipt_ids(session: Session, contract: str, flows: Sequence[Flow]) -> dict[str, int]:
    """Ids of the receipts that flows hand on; raises ``Missing`` for those the contract does not have."""
    wanted = {flow.receipt for flow in flows if flow.receipt}
    query = (
        sa.select(_RECEIPT.c.id, _RECEIPT.c.reference)
        .select_from(_RECEIPT.join(_ORDER).join(_STATEMENT))
        .where(_STATEMENT.c.contract == contract, _RECEIPT.c.reference.in_(wanted))
    )
    found = {row["reference"]: row["id"] for row in ask(session, query)}
    if missing := sorted(wanted - set(found)):
        raise Missing(
            Problem(
                code="receipt.unknown",
                what=f"The contract {contract} has no such receipt.",
                value=", ".join(missing),
                mend="Record the receipt first.",
            )
        )
    return found


def _receipt_sums(session: Session, new: Sequence[Flow]) -> Iterator[Problem]:
    handed_on: dict[str, int] = {}
    for flow in new:
        if flow.receipt:
            handed_on[flow.receipt] = handed_on.get(flow.receipt, 0) + flow.amount_minor
    for reference, amount in sorted(handed_on.items()):
        received = _receipts(session, _RECEIPT.c.reference == reference)[0]
        spent = sa.select(sa.func.sum(_FLOW.c.amount_minor)).where(_FLOW.c.receipt_id == received.id)
        if amount + _sum(session, spent) != received.receipt.amount_minor:
            yield Problem(
                code="flow.receipt",
                what=f"The cash flows do not hand on the whole of the receipt {reference}, or more than it.",
                value=f"{amount + _sum(session, spent)} minor units",
                expected=f"{received.receipt.amount_minor} minor units",
                mend="Enter all flows of the receipt together; what stays in the vehicle is a flow of kind retained.",
            )


def _balance_problems(flows: Iterable[Flow]) -> Iterator[Problem]:
    for tranche, balance in _balances(flows).items():
        if balance.outstanding < 0:
            yield Problem(
                code="flow.principal",
                what=f"More principal would be repaid to {tranche} than it was drawn for.",
                value=f"{balance.principal} minor units",
                expected=f"at most {balance.drawn}",
                mend="Enter what exceeds the principal as return, or the missing drawdown first.",
                place=tranche,
            )


def _same(thing: str, name: str, held: Any, offered: Any) -> None:
    """Nothing if both say the same, else ``Refused`` naming both hashes."""
    if held != offered:
        hashes = sha256_of(asdict(held)), sha256_of(asdict(offered))
        raise Refused(
            other_content(thing, name, *hashes, "Give it a name of its own; nothing entered is ever changed.")
        )
