"""store: the register's tables; filled only from frozen values that are already valid, guarded by checks and triggers.

All amounts are integers in minor units. All tables but ``person_of_the_house`` only ever grow: the migrations put
triggers on them that refuse to change or delete a row.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from sib.outcomes.actors import Role
from sib.outcomes.claims import Reason, VerificationState
from sib.outcomes.results import ResultState
from sib.outcomes.transitions import StatementState
from sib.store.columns import Row, choice, currency, hashes, money, own_id, whole, words

PERSON = "person_of_the_house.id"


class PersonOfTheHouse(Row, table=True):
    """Somebody, or the machine, that has acted on the register."""

    id: str = Field(primary_key=True)
    name: str
    role: Role = Field(sa_type=choice(Role, "role"))


class ContractVersion(Row, table=True):
    """The text of a contract as registered; an amendment is the next version."""

    __table_args__ = (
        sa.UniqueConstraint("contract", "version"),
        hashes("sha256"),
        sa.CheckConstraint("version > 0", name="version"),
    )
    id: int = own_id()
    contract: str
    version: int
    sha256: str
    text: str
    registered_at: datetime
    registered_by: str = Field(foreign_key=PERSON)


class SourceFile(Row, table=True):
    """A file as it was handed over, with what became of its rows."""

    __table_args__ = (
        sa.UniqueConstraint("contract", "kind", "sha256"),
        hashes("sha256"),
        words("kind", "claims", "cohort", "results"),
        sa.CheckConstraint("accepted >= 0 AND refused >= 0 AND already_held >= 0", name="counts"),
    )
    id: int = own_id()
    contract: str
    kind: str
    sha256: str = Field(index=True)
    bytes: int = Field(sa_type=sa.BigInteger)
    rows: int
    accepted: int
    refused: int
    """Rows refused, not reasons: one row can stand in ``refused_row`` several times."""
    already_held: int
    received_at: datetime
    submitted_by: str = Field(foreign_key=PERSON)


class RefusedRow(Row, table=True):
    """Why a row of a file was not taken; ``value`` is empty where it could name a person."""

    id: int = own_id()
    file_id: int = Field(foreign_key="source_file.id", index=True)
    row: int | None = None
    """Empty if the file as a whole is meant."""
    column: str | None = None
    value: str | None = None
    expected: str | None = None
    code: str
    what: str
    mend: str


class Claim(Row, table=True):
    """A claim as it came in; what became of it stands in ``claim_decision``."""

    __table_args__ = (
        sa.UniqueConstraint("contract", "reference", "attempt"),
        sa.UniqueConstraint("contract", "person", "metric", "occurrence", "attempt"),
        sa.CheckConstraint("attempt > 0 AND occurrence > 0 AND count > 0", name="counts"),
        *whole("attempt", "occurrence", "count"),
    )
    id: int = own_id()
    contract: str
    reference: str
    attempt: int
    person: str
    metric: str
    occurrence: int
    count: int
    achieved_on: date
    evidenced_on: date
    submitted_on: date
    evidence: str
    group: str | None = None
    file_id: int = Field(foreign_key="source_file.id", index=True)
    row: int


class ClaimDecision(Row, table=True):
    """One step of a claim's verification; the one with the highest number holds."""

    __table_args__ = (sa.UniqueConstraint("claim_id", "number"), sa.CheckConstraint("number > 0", name="number"))
    id: int = own_id()
    claim_id: int = Field(foreign_key="claim.id")
    number: int
    state: VerificationState = Field(sa_type=choice(VerificationState, "state"))
    reason: Reason | None = Field(default=None, sa_type=choice(Reason, "reason"))
    note: str = ""
    decided_by: str = Field(foreign_key=PERSON)
    decided_at: datetime


class MeasuredResult(Row, table=True):
    """A number about a cohort and a period, exact to the last decimal written down."""

    __table_args__ = (
        sa.UniqueConstraint("contract", "reference"),
        hashes("inputs_sha256"),
        sa.CheckConstraint("period_start <= period_end", name="period"),
    )
    id: int = own_id()
    contract: str
    reference: str
    metric: str
    value: str
    unit: str
    period_start: date
    period_end: date
    measured_on: date
    method: str
    evidence: str
    inputs_sha256: str
    body_json: str
    file_id: int | None = Field(default=None, foreign_key="source_file.id")
    row: int | None = None
    made_by: str = Field(foreign_key=PERSON)
    made_at: datetime


class ResultDecision(Row, table=True):
    """One step of a result towards its signature; the one with the highest number holds."""

    __table_args__ = (sa.UniqueConstraint("result_id", "number"), sa.CheckConstraint("number > 0", name="number"))
    id: int = own_id()
    result_id: int = Field(foreign_key="measured_result.id")
    number: int
    state: ResultState = Field(sa_type=choice(ResultState, "state"))
    reason: str = ""
    decided_by: str = Field(foreign_key=PERSON)
    decided_at: datetime


class PlanSeal(Row, table=True):
    """An analysis plan, sealed by both sides before outcomes are looked at."""

    __table_args__ = (
        sa.UniqueConstraint("contract", "plan_sha256"),
        hashes("plan_sha256"),
        sa.CheckConstraint("signed_by_evaluator <> signed_by_commissioner", name="two_people"),
    )
    id: int = own_id()
    contract: str
    plan_sha256: str
    text: str
    signed_by_evaluator: str = Field(foreign_key=PERSON)
    signed_by_commissioner: str = Field(foreign_key=PERSON)
    sealed_at: datetime


class SampleStep(Row, table=True):
    """One step of checking claims by sample: promised, closed, drawn, verdicts, shown; ``body_json`` holds it all."""

    __table_args__ = (
        sa.UniqueConstraint("contract", "sample", "number"),
        words("kind", "promise", "close", "draw", "verdicts", "show"),
        sa.CheckConstraint("number > 0", name="number"),
    )
    id: int = own_id()
    contract: str
    sample: str
    number: int
    kind: str
    body_json: str
    done_by: str = Field(foreign_key=PERSON)
    done_at: datetime


class Statement(Row, table=True):
    """What is owed for a period, and everything it was worked out from."""

    __table_args__ = (
        sa.UniqueConstraint("contract", "period_start", "period_end", "revision"),
        sa.CheckConstraint("period_start <= period_end", name="period"),
        sa.CheckConstraint("revision > 0", name="revision"),
        hashes("key"),
        currency(),
        *whole("total_minor"),
    )
    id: int = own_id()
    reference: str = Field(unique=True)
    contract: str
    version_id: int = Field(foreign_key="contract_version.id")
    period_start: date
    period_end: date
    revision: int
    currency: str
    total_minor: int = money()
    key: str = Field(unique=True)
    body_json: str
    drafted_by: str = Field(foreign_key=PERSON)
    drafted_at: datetime


class StatementLine(Row, table=True):
    """One payment by one payer: quantity, price, the cap's effect, and why."""

    __table_args__ = (
        sa.UniqueConstraint("statement_id", "number"),
        sa.CheckConstraint("amount_minor = gross_minor + cap_effect_minor", name="adds_up"),
        *whole("gross_minor", "cap_effect_minor", "amount_minor"),
    )
    id: int = own_id()
    statement_id: int = Field(foreign_key="statement.id")
    number: int
    payment: str
    metric: str
    payer: str
    clause: str
    quantity: str
    unit: str
    gross_minor: int = money()
    cap_effect_minor: int = money()
    """What caps and floors took off (negative) or added, with rounding; gross and it make the amount."""
    amount_minor: int = money()
    reasons_json: str


class LineClaim(Row, table=True):
    """Which claims a line settles or reverses; a claim is settled once per payment and payer.

    ``number`` counts a claim's lines under one payment and payer, so that two racing settlements collide on the key;
    it passes 1 only after the line before was voided or reversed.
    """

    __table_args__ = (
        sa.UniqueConstraint("line_id", "claim_id"),
        sa.UniqueConstraint("claim_id", "payment", "payer", "number"),
        words("effect", "settles", "reverses"),
        sa.CheckConstraint("number > 0", name="number"),
    )
    id: int = own_id()
    line_id: int = Field(foreign_key="statement_line.id")
    claim_id: int = Field(foreign_key="claim.id")
    payment: str
    payer: str
    number: int
    effect: str


class LineResult(Row, table=True):
    """Which measured results a line rests on."""

    __table_args__ = (sa.UniqueConstraint("line_id", "result_id"),)
    id: int = own_id()
    line_id: int = Field(foreign_key="statement_line.id")
    result_id: int = Field(foreign_key="measured_result.id", index=True)


class StatementDecision(Row, table=True):
    """One step of a statement; the one with the highest number holds."""

    __table_args__ = (sa.UniqueConstraint("statement_id", "number"), sa.CheckConstraint("number > 0", name="number"))
    id: int = own_id()
    statement_id: int = Field(foreign_key="statement.id")
    number: int
    state: StatementState = Field(sa_type=choice(StatementState, "state"))
    decided_by: str = Field(foreign_key=PERSON)
    decided_at: datetime
    note: str = ""


class PaymentInstruction(Row, table=True):
    """Who is to pay what to whom by when, on the ground of one statement."""

    __table_args__ = (currency(), hashes("key"), *whole("amount_minor"))
    id: int = own_id()
    reference: str = Field(unique=True)
    statement_id: int = Field(foreign_key="statement.id", index=True)
    payer: str
    payee: str
    currency: str
    amount_minor: int = money()
    due_on: date
    key: str = Field(unique=True)


class Receipt(Row, table=True):
    """Money that arrived on one instruction."""

    __table_args__ = whole("amount_minor")
    id: int = own_id()
    reference: str = Field(unique=True)
    instruction_id: int = Field(foreign_key="payment_instruction.id", unique=True)
    amount_minor: int = money()
    received_on: date
    recorded_by: str = Field(foreign_key=PERSON)


class CashFlow(Row, table=True):
    """Money into or out of one tranche; the kind says which way, a reversal is negative."""

    __table_args__ = (
        words("kind", "drawdown", "principal", "return", "retained"),
        currency(),
        *whole("amount_minor"),
    )
    id: int = own_id()
    contract: str = Field(index=True)
    receipt_id: int | None = Field(default=None, foreign_key="receipt.id", index=True)
    tranche: str
    kind: str
    currency: str
    amount_minor: int = money()
    flow_on: date
    reference: str = Field(unique=True)


class AuditEvent(Row, table=True):
    """One link of the hash chain: who did what to which thing, and the hash of the rows it added."""

    __table_args__ = (hashes("hash"), hashes("previous_hash"))
    seq: int = own_id()
    at: datetime
    actor: str = Field(foreign_key=PERSON)
    action: str
    subject: str
    detail_json: str
    before_sha256: str | None = None
    after_sha256: str | None = None
    previous_hash: str
    hash: str = Field(unique=True)
