"""store: whether the register is whole: readable, with its guards on, its audit trail unbroken, as a witness saw it.

A witness is what a document printed: the number of events and a hash, the chain's or the tree's. Whoever writes
the whole register anew, cuts off its end or puts an old copy back, cannot bring the witnessed hash back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from sib.errors import NotValid, Problem
from sib.store.audit import head, leaves, verify_chain
from sib.store.columns import Row
from sib.store.rows import ask, table
from sib.store.tables import AuditEvent, PersonOfTheHouse
from sib.store.tree import root

_EVENT = table(AuditEvent)
_GUARDS = {"sqlite": ("no_update", "no_delete", "no_replace"), "postgresql": ("no_change", "no_truncate")}
_UNREADABLE = (SQLAlchemyError, ValueError, LookupError, TypeError)
_DIGIT = "[0-9]"
_DAY = "-".join((_DIGIT * 4, _DIGIT * 2, _DIGIT * 2))
_MOMENT = f"{_DAY} {':'.join([_DIGIT * 2] * 3)}.{_DIGIT * 6}"
_MEND = "Somebody or something wrote past the program: restore a copy and find out who had access."


@dataclass(frozen=True, slots=True)
class Heads:
    """How many audit events there are, the hash the chain ends in, and the head of the tree over all of them."""

    events: int
    chain: str
    tree: str

    def as_dict(self) -> dict[str, object]:
        """As documents print it."""
        return {"events": self.events, "head": self.chain, "tree_head": self.tree}

    @property
    def witness(self) -> str:
        """In one word, as `sib audit verify --witness` takes it."""
        return f"{self.events}:{self.tree}"


@dataclass(frozen=True, slots=True)
class Witness:
    """What an earlier document says of the audit trail: its length and a hash of it, the chain's or the tree's."""

    events: int
    hash: str


def heads(session: Session) -> Heads:
    """What is printed on everything that leaves the house."""
    last = head(session)
    return Heads(last.seq, last.hash, root(leaves(session)).hex())


def read_witness(text: str) -> Witness:
    """Read ``EVENTS:HASH``; raises NotValid with what was expected."""
    number, _, found = text.strip().partition(":")
    if not number.isdecimal() or len(found) != 64 or set(found.lower()) - set("0123456789abcdef"):
        what = "this is no witness of the audit trail"
        mend = "copy the number of events and the hash from a statement, with a colon between them"
        raise NotValid(Problem("audit.witness", what, mend, value=text[:80], expected="EVENTS:HASH"))
    return Witness(int(number), found.lower())


def problems(session: Session, witness: Witness | None = None) -> list[Problem]:
    """Everything that speaks against the register; empty if it is whole and as the witness saw it."""
    found: list[Problem] = []
    looks = (
        _storage_problems,
        _shape_problems,
        _guard_problems,
        verify_chain,
        partial(_witness_problems, witness=witness),
    )
    for look in looks:
        try:
            found += look(session)
        except _UNREADABLE as error:
            # the error's own words could quote a row
            what = f"A value in the register cannot be read ({type(error).__name__})."
            found.append(Problem("audit.unreadable", what, _MEND))
    return found


def heads_if_any(session: Session) -> Heads | None:
    """What is printed on documents, or nothing where the trail cannot be read."""
    try:
        return heads(session)
    except _UNREADABLE:
        return None


def _witness_problems(session: Session, witness: Witness | None) -> list[Problem]:
    if witness is None or _seen(session, witness):
        return []
    last = head(session)
    what = "The audit trail is not the one that an earlier document names."
    mend = "The trail was cut off, put back or written anew: restore a copy and find out who had access."
    found, expected = f"{last.seq} events, ending in {last.hash}", f"{witness.hash} after {witness.events} events"
    return [Problem("audit.checkpoint", what, mend, found, expected)]


def _seen(session: Session, witness: Witness) -> bool:
    """Whether the trail had one of these hashes when it was so long."""
    hashes = [row["hash"] for row in ask(session, sa.select(_EVENT.c.hash).where(_EVENT.c.seq == witness.events))]
    if witness.hash in hashes:
        return True
    all_leaves = leaves(session)
    return witness.events <= len(all_leaves) and root(all_leaves[: witness.events]).hex() == witness.hash


def _storage_problems(session: Session) -> Iterator[Problem]:
    """What SQLite itself finds wrong with its file: pages, indexes, and rows that point nowhere."""
    if session.connection().dialect.name != "sqlite":
        return
    for check in ("PRAGMA integrity_check", "PRAGMA foreign_key_check"):
        rows = [row[0] for row in session.connection().exec_driver_sql(check)]
        if rows not in ([], ["ok"]):
            yield Problem("audit.storage", "The register's file is damaged.", _MEND, value=check.split()[1])


def _shape_problems(session: Session) -> Iterator[Problem]:
    """Values that are not written as this program writes them, even where they would be read as the same."""
    if session.connection().dialect.name != "sqlite":
        return
    for name, query in _shape_queries():
        if count := session.connection().exec_driver_sql(query).scalar_one():
            what = f"{count} row(s) of {name} are not written as this program writes them."
            yield Problem("audit.shape", what, _MEND, str(count), "0")


@cache
def _shape_queries() -> tuple[tuple[str, str], ...]:
    """For each table, how to count the rows that are not as this program writes them, in SQLite's words."""
    queries = []
    for source in Row.metadata.sorted_tables:
        good = sa.and_(*(_as_written(column) for column in source.columns))
        query = sa.select(sa.func.count()).select_from(source).where(sa.not_(good))
        text = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
        queries.append((source.name, str(text)))
    return tuple(queries)


def _as_written(column: "sa.Column[object]") -> sa.ColumnElement[bool]:
    raw = sa.type_coerce(column, sa.String)
    kind = sa.func.typeof(raw)
    if isinstance(column.type, sa.Integer):
        right = kind == "integer"
    elif isinstance(column.type, sa.Enum):
        right = sa.and_(kind == "text", raw.in_(column.type.enums))
    elif isinstance(column.type, sa.Date):
        right = sa.and_(kind == "text", raw.op("GLOB")(_DAY))
    elif isinstance(getattr(column.type, "impl_instance", None), sa.DateTime):
        right = sa.and_(kind == "text", raw.op("GLOB")(_MOMENT))
    else:
        right = kind == "text"
    return sa.or_(kind == "null", right) if column.nullable else right


def _guard_problems(session: Session) -> Iterator[Problem]:
    """Tables whose triggers somebody took off."""
    dialect = session.connection().dialect.name
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if dialect == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    there = {row[0] for row in session.connection().exec_driver_sql(query)}
    for name in sorted(set(Row.metadata.tables) - {table(PersonOfTheHouse).name}):
        missing = [f"{name}_{kind}" for kind in _GUARDS[dialect] if f"{name}_{kind}" not in there]
        if missing:
            what = f"The guard that lets {name} only grow was taken off."
            yield Problem("audit.guard", what, _MEND, expected=", ".join(missing))
