"""store: steps of checking claims by sample; and an audit event that tells of people who stood here before it could."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from sib.store.migrations.guards import guard

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KINDS = ("promise", "close", "draw", "verdicts", "show")
UPGRADER = ("upgrade-0002", "The upgrade to 0002", "administrator")
PARTS = ("seq", "at", "actor", "action", "subject", "detail_json", "before_sha256", "after_sha256", "previous_hash")


def text(name: str, *rest: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), *rest, nullable=False)


def upgrade() -> None:
    made = op.create_table(
        "sample_step",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False, nullable=False),
        *(text("contract"), text("sample"), sa.Column("number", sa.Integer(), nullable=False), text("kind")),
        *(text("body_json"), text("done_by", sa.ForeignKey("person_of_the_house.id"))),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("contract", "sample", "number"),
        sa.CheckConstraint(f"kind IN ({', '.join(repr(kind) for kind in KINDS)})", name="kind"),
        sa.CheckConstraint("number > 0", name="number"),
    )
    guard(made)
    introduce()


def introduce() -> None:
    """Tell the audit trail of everybody who stands in the register already; nothing to do where nobody does."""
    connection = op.get_bind()
    people = {
        row[0]: [row[1], row[2]]
        for row in connection.execute(sa.text("SELECT id, name, role FROM person_of_the_house"))
    }
    if not people:
        return
    person, name, role = UPGRADER
    add = sa.text("INSERT INTO person_of_the_house (id, name, role) VALUES (:id, :name, :role)")
    connection.execute(add, {"id": person, "name": name, "role": role})
    event = sa.table(
        "audit_event",
        *(sa.column(part) for part in PARTS if part != "at"),
        *(sa.column("at", sa.DateTime(timezone=True)), sa.column("hash")),
    )
    last = connection.execute(sa.select(event.c.seq, event.c.hash).order_by(event.c.seq.desc()).limit(1)).first()
    at = datetime.now(UTC)
    row = {
        "seq": last[0] + 1 if last else 1,
        "at": at,
        "actor": person,
        "action": "introduce people",
        "subject": "register",
        "detail_json": canonical({"people": {**people, person: [name, role]}}),
        "before_sha256": None,
        "after_sha256": None,
        "previous_hash": last[1] if last else "0" * 64,
    }
    whole = canonical([at.isoformat() if part == "at" else row[part] for part in PARTS])
    connection.execute(sa.insert(event), {**row, "hash": hashlib.sha256(whole.encode()).hexdigest()})


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def downgrade() -> None:
    raise NotImplementedError("The register only grows; to go back, restore a copy.")
