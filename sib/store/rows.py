"""store: what the register's functions share: adding rows in bulk, the latest decision, canonical JSON."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from sib.errors import Problem
from sib.outcomes.actors import Actor
from sib.store.columns import Row
from sib.store.tables import PersonOfTheHouse

CHUNK = 5000
"""Values in one IN list: below every database's limit of parameters."""
NEWCOMERS = "newcomers"
"""Where a session keeps the people of the house that no audit event has told of yet: id -> name and role."""


def table(kind: type[Row]) -> sa.Table:
    """The table behind a class of rows."""
    return Row.metadata.tables[str(kind.__tablename__)]


def canonical(value: Any) -> str:
    """The one way to write a value as JSON: sorted keys, no blanks, dates in ISO form; raises on NaN and infinity."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain)


def sha256_of(value: Any) -> str:
    """SHA-256, in hexadecimal, of the value's canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def ask(session: Session, query: sa.Executable) -> Sequence[sa.RowMapping]:
    """All rows that answer a query, as mappings from column to value."""
    return session.connection().execute(query).mappings().all()


def ask_one(session: Session, query: sa.Executable) -> sa.RowMapping | None:
    """The row that answers a query, or ``None``."""
    return session.connection().execute(query).mappings().one_or_none()


def add_rows(session: Session, kind: type[Row], rows: Sequence[Mapping[str, Any]]) -> range:
    """Add rows in one statement and return their ids: the next whole numbers, in the order given.

    The register's writers stand in a queue, so nobody else can take the same numbers.
    """
    target = table(kind)
    (key, *_) = target.primary_key.columns
    last = session.connection().execute(sa.select(sa.func.coalesce(sa.func.max(key), 0))).scalar_one()
    ids = range(last + 1, last + 1 + len(rows))
    if rows:
        filled = [{key.name: number, **row} for number, row in zip(ids, rows, strict=True)]
        session.connection().execute(sa.insert(target), filled)
    return ids


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The values in portions that fit into one query."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def latest(
    owner: sa.Table, decisions: sa.Table, as_of: datetime | None = None
) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[int]]:
    """How to join ``owner`` (left) to its latest decision, as known at ``as_of``, and its number (0 if none).

    The decisions' table names its owner ``claim_id``, ``result_id`` or ``statement_id``.
    """
    name = next(column.name for column in decisions.columns if column.references(owner.c.id))
    earlier = decisions.alias()
    number = sa.select(sa.func.max(earlier.c.number)).where(earlier.c[name] == owner.c.id)
    if as_of is not None:
        number = number.where(earlier.c.decided_at <= as_of)
    joined = sa.and_(decisions.c[name] == owner.c.id, decisions.c.number == number.scalar_subquery())
    return joined, sa.func.coalesce(decisions.c.number, 0)


def known(session: Session, *actors: Actor) -> None:
    """See to it that actors stand among the people of the house, which all other tables point to."""
    people = table(PersonOfTheHouse)
    held = {row["id"] for row in ask(session, sa.select(people.c.id).where(people.c.id.in_([a.id for a in actors])))}
    new = {actor.id: actor for actor in actors if actor.id not in held}
    if new:
        rows = [{"id": actor.id, "name": actor.name, "role": actor.role} for actor in new.values()]
        session.connection().execute(sa.insert(people), rows)
        # the next audit event of this transaction tells of them
        session.info.setdefault(NEWCOMERS, {}).update({row["id"]: [row["name"], row["role"]] for row in rows})


def _plain(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


def other_content(thing: str, name: str, held: str, offered: str, mend: str) -> Problem:
    """A name or key that already stands for something else; ``held`` and ``offered`` are the hashes of both."""
    return Problem(
        code=f"{thing}.other-content",
        what=f"The {thing} {name} is held already, with other content.",
        value=f"sha256 {offered}",
        expected=f"sha256 {held}",
        mend=mend,
    )
