"""store: the register's first tables, and the triggers that let them only grow."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from sib.store.migrations.guards import guard, guard_function

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROLES = ("commissioner", "investor", "evaluator", "service provider", "participant", "administrator")
CLAIM_STATES = (
    *("submitted", "screened", "flagged", "under review", "verified"),
    *("returned", "rejected", "invalidated", "withdrawn", "superseded"),
)
REASONS = (
    *("evidence missing", "evidence unreadable", "evidence does not show the outcome", "evidence already used"),
    *("evidence not genuine", "wrong date, count or metric", "outside the claim window", "not in the cohort"),
    *("not eligible", "outcome not achieved", "outcome not sustained", "duplicate", "paid for by another contract"),
    *(
        "related party",
        "close to a threshold",
        "unusual pattern",
        "selected for sample",
        "contested by the participant",
    ),
    *("error reported by the provider", "consent withdrawn", "replaced by another claim", "other"),
)
RESULT_STATES = ("estimated", "replicated", "flagged", "signed", "restated", "withdrawn")
STATEMENT_STATES = ("drafted", "authorised", "paid", "void")
FLOW_KINDS = ("drawdown", "principal", "return", "retained")


def column(name: str, kind: Any, *rest: Any, null: bool = False, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *rest, nullable=null, **options)


def text(name: str, *rest: Any, **options: Any) -> sa.Column[Any]:
    return column(name, sa.String(), *rest, **options)


def word(name: str, **options: Any) -> sa.Column[Any]:
    return column(name, sa.String(40), **options)


def number(name: str, *rest: Any, **options: Any) -> sa.Column[Any]:
    return column(name, sa.Integer(), *rest, **options)


def large(name: str) -> sa.Column[Any]:
    return column(name, sa.BigInteger())


def day(name: str) -> sa.Column[Any]:
    return column(name, sa.Date())


def moment(name: str) -> sa.Column[Any]:
    return column(name, sa.DateTime(timezone=True))


def person(name: str) -> sa.Column[Any]:
    return text(name, sa.ForeignKey("person_of_the_house.id"))


def of(name: str, table: str, **options: Any) -> sa.Column[Any]:
    return number(name, sa.ForeignKey(f"{table}.id"), **options)


def own_id(name: str = "id") -> sa.Column[Any]:
    return number(name, primary_key=True, autoincrement=False)


def unique(*columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns)


def check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=name)


def one_of(name: str, words: tuple[str, ...]) -> sa.CheckConstraint:
    return check(name, f"{name} IN ({', '.join(repr(word) for word in words)})")


def sha256(name: str) -> sa.CheckConstraint:
    return check(name, f"length({name}) = 64")


def whole(*names: str) -> tuple[sa.CheckConstraint, ...]:
    return tuple(check(f"{name}_whole", f"typeof({name}) = 'integer'").ddl_if(dialect="sqlite") for name in names)


def grows(name: str, *parts: Any) -> None:
    guard(op.create_table(name, *parts))


CURRENCY = ("currency", "length(currency) = 3")
COUNTED = ("number", "number > 0")


def upgrade() -> None:
    guard_function()
    op.create_table(
        "person_of_the_house", text("id", primary_key=True), text("name"), word("role"), one_of("role", ROLES)
    )
    contracts_and_files()
    claims()
    results()
    statements()
    money()
    grows(
        "audit_event",
        *(own_id("seq"), moment("at"), person("actor"), text("action")),
        *(text("subject"), text("detail_json"), text("before_sha256", null=True), text("after_sha256", null=True)),
        *(text("previous_hash"), text("hash"), unique("hash"), sha256("hash"), sha256("previous_hash")),
    )


def contracts_and_files() -> None:
    grows(
        "contract_version",
        *(own_id(), text("contract"), number("version"), text("sha256"), text("text")),
        *(moment("registered_at"), person("registered_by")),
        *(unique("contract", "version"), sha256("sha256"), check("version", "version > 0")),
    )
    grows(
        "source_file",
        *(own_id(), text("contract"), text("kind"), text("sha256", index=True), large("bytes"), number("rows")),
        *(number("accepted"), number("refused"), number("already_held"), moment("received_at"), person("submitted_by")),
        *(unique("contract", "kind", "sha256"), sha256("sha256"), one_of("kind", ("claims", "cohort", "results"))),
        check("counts", "accepted >= 0 AND refused >= 0 AND already_held >= 0"),
    )
    grows(
        "refused_row",
        *(own_id(), of("file_id", "source_file", index=True), number("row", null=True), text("column", null=True)),
        *(text("value", null=True), text("expected", null=True), text("code"), text("what"), text("mend")),
    )


def claims() -> None:
    grows(
        "claim",
        *(own_id(), text("contract"), text("reference"), number("attempt"), text("person"), text("metric")),
        *(number("occurrence"), number("count"), day("achieved_on"), day("evidenced_on"), day("submitted_on")),
        *(text("evidence"), text("group", null=True), of("file_id", "source_file", index=True), number("row")),
        unique("contract", "reference", "attempt"),
        unique("contract", "person", "metric", "occurrence", "attempt"),
        check("counts", "attempt > 0 AND occurrence > 0 AND count > 0"),
        *whole("attempt", "occurrence", "count"),
    )
    grows(
        "claim_decision",
        *(own_id(), of("claim_id", "claim"), number("number"), word("state"), word("reason", null=True), text("note")),
        *(person("decided_by"), moment("decided_at"), unique("claim_id", "number"), check(*COUNTED)),
        *(one_of("state", CLAIM_STATES), one_of("reason", REASONS)),
    )


def results() -> None:
    grows(
        "measured_result",
        *(own_id(), text("contract"), text("reference"), text("metric"), text("value"), text("unit")),
        *(day("period_start"), day("period_end"), day("measured_on"), text("method"), text("evidence")),
        *(text("inputs_sha256"), text("body_json"), of("file_id", "source_file", null=True), number("row", null=True)),
        *(person("made_by"), moment("made_at"), unique("contract", "reference"), sha256("inputs_sha256")),
        check("period", "period_start <= period_end"),
    )
    grows(
        "result_decision",
        *(own_id(), of("result_id", "measured_result"), number("number"), word("state"), text("reason")),
        *(person("decided_by"), moment("decided_at"), unique("result_id", "number"), check(*COUNTED)),
        one_of("state", RESULT_STATES),
    )
    grows(
        "plan_seal",
        *(own_id(), text("contract"), text("plan_sha256"), text("text"), person("signed_by_evaluator")),
        *(person("signed_by_commissioner"), moment("sealed_at"), unique("contract", "plan_sha256")),
        *(sha256("plan_sha256"), check("two_people", "signed_by_evaluator <> signed_by_commissioner")),
    )


def statements() -> None:
    grows(
        "statement",
        *(own_id(), text("reference"), text("contract"), of("version_id", "contract_version"), day("period_start")),
        *(day("period_end"), number("revision"), text("currency"), large("total_minor"), text("key")),
        *(text("body_json"), person("drafted_by"), moment("drafted_at"), unique("reference"), unique("key")),
        unique("contract", "period_start", "period_end", "revision"),
        *(check("period", "period_start <= period_end"), check("revision", "revision > 0"), sha256("key")),
        *(check(*CURRENCY), *whole("total_minor")),
    )
    grows(
        "statement_line",
        *(own_id(), of("statement_id", "statement"), number("number"), text("payment"), text("metric"), text("payer")),
        *(text("clause"), text("quantity"), text("unit"), large("gross_minor"), large("cap_effect_minor")),
        *(large("amount_minor"), text("reasons_json"), unique("statement_id", "number")),
        check("adds_up", "amount_minor = gross_minor + cap_effect_minor"),
        *whole("gross_minor", "cap_effect_minor", "amount_minor"),
    )
    grows(
        "line_claim",
        *(own_id(), of("line_id", "statement_line"), of("claim_id", "claim"), text("payment"), text("payer")),
        *(number("number"), text("effect"), unique("line_id", "claim_id")),
        *(unique("claim_id", "payment", "payer", "number"), one_of("effect", ("settles", "reverses")), check(*COUNTED)),
    )
    grows(
        "line_result",
        *(own_id(), of("line_id", "statement_line"), of("result_id", "measured_result", index=True)),
        unique("line_id", "result_id"),
    )
    grows(
        "statement_decision",
        *(own_id(), of("statement_id", "statement"), number("number"), word("state"), person("decided_by")),
        *(moment("decided_at"), text("note"), unique("statement_id", "number"), check(*COUNTED)),
        one_of("state", STATEMENT_STATES),
    )


def money() -> None:
    grows(
        "payment_instruction",
        *(own_id(), text("reference"), of("statement_id", "statement", index=True), text("payer"), text("payee")),
        *(text("currency"), large("amount_minor"), day("due_on"), text("key"), unique("reference"), unique("key")),
        *(check(*CURRENCY), sha256("key"), *whole("amount_minor")),
    )
    grows(
        "receipt",
        *(own_id(), text("reference"), of("instruction_id", "payment_instruction"), large("amount_minor")),
        *(day("received_on"), person("recorded_by"), unique("reference"), unique("instruction_id")),
        *whole("amount_minor"),
    )
    grows(
        "cash_flow",
        *(own_id(), text("contract", index=True), of("receipt_id", "receipt", null=True, index=True), text("tranche")),
        *(text("kind"), text("currency"), large("amount_minor"), day("flow_on"), text("reference")),
        *(unique("reference"), one_of("kind", FLOW_KINDS), check(*CURRENCY), *whole("amount_minor")),
    )


def downgrade() -> None:
    raise NotImplementedError("The register only grows; to go back, restore a copy.")
