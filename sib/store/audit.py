"""store: the audit trail: a chain of events, each with the hash of the one before and of the rows it added.

Whoever changes a row, an event, or the order of events breaks a hash. Cutting off the end, or writing the whole
chain anew, breaks none: therefore ``head`` is printed on what leaves the house, and ``verify_chain`` takes it back.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from sib.errors import Missing, Problem
from sib.outcomes.actors import Actor
from sib.store.columns import Row
from sib.store.rows import NEWCOMERS, add_rows, ask, canonical, known, table
from sib.store.tables import AuditEvent, PersonOfTheHouse
from sib.store.tree import leaf_hash

GENESIS = "0" * 64
"""What the first event names as the hash before it."""

_EVENT = table(AuditEvent)
_PARTS = ("seq", "at", "actor", "action", "subject", "detail_json", "before_sha256", "after_sha256", "previous_hash")


@dataclass(frozen=True, slots=True)
class Head:
    """How long the chain is and the hash it ends in; given away, it lets others notice a shortened or new chain."""

    seq: int
    hash: str


def head(session: Session) -> Head:
    """The end of the chain; ``Head(0, GENESIS)`` before anything happened."""
    for row in ask(session, sa.select(_EVENT.c.seq, _EVENT.c.hash).order_by(_EVENT.c.seq.desc()).limit(1)):
        return Head(row["seq"], row["hash"])
    return Head(0, GENESIS)


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
    before: str | None = None,
    after: str | None = None,
    *,
    at: datetime,
    rows: Mapping[type[Row], range] | None = None,
) -> Head:
    """Add an event to the chain, in the transaction of what it tells of; ``at`` carries its time zone.

    ``rows`` are the ids of the rows that were added: their hash becomes ``after`` and can be checked later.
    ``detail`` holds plain values and never personal data.
    """
    if at.utcoffset() is None:
        raise ValueError("a moment without a time zone cannot be recorded")
    known(session, actor)
    added = {table(kind).name: [ids.start, ids.stop - 1] for kind, ids in (rows or {}).items() if ids}
    if added:
        after = fingerprint(session, added)
    newcomers = session.info.pop(NEWCOMERS, None)
    last = head(session)
    told = {**({"rows": added} if added else {}), **({"people": newcomers} if newcomers else {})}
    event: dict[str, Any] = {
        "at": at.astimezone(UTC),
        "actor": actor.id,
        "action": action,
        "subject": subject,
        "detail_json": canonical({**(detail or {}), **told}),
        "before_sha256": before,
        "after_sha256": after,
        "previous_hash": last.hash,
    }
    event["hash"] = _hash({"seq": last.seq + 1, **event})
    add_rows(session, AuditEvent, [event])
    return Head(last.seq + 1, event["hash"])


def fingerprint(session: Session, added: Mapping[str, list[int]]) -> str:
    """SHA-256 over all columns of the rows, given as table -> first and last id, both included."""
    digest = hashlib.sha256()
    for name, (first, last) in sorted(added.items()):
        source = Row.metadata.tables[name]
        keys = tuple(source.primary_key.columns)
        query = sa.select(source).where(keys[0].between(first, last)).order_by(*keys)
        digest.update(canonical([name, *source.columns.keys()]).encode())
        for row in session.connection().execute(query):
            digest.update(canonical(list(row)).encode())
    return digest.hexdigest()


def verify_chain(session: Session, checkpoint: Head | None = None) -> list[Problem]:
    """Everything that speaks against the audit trail; empty if it holds.

    Looks at each event's own hash and number, at the rows it added, and at rows that no event tells of. With a
    ``checkpoint`` printed earlier it also notices that the end was cut off or the whole chain written anew.
    """
    problems: list[Problem] = []
    last, witnessed = Head(0, GENESIS), checkpoint is None or checkpoint == Head(0, GENESIS)
    for row in session.connection().execute(sa.select(_EVENT).order_by(_EVENT.c.seq)).mappings():
        problems += _event_problems(row, last)
        last = Head(row["seq"], row["hash"])
        witnessed = witnessed or last == checkpoint
    if not witnessed:
        problems.append(
            Problem(
                code="audit.checkpoint",
                what="The audit trail does not contain the event that an earlier document names as its end.",
                value=f"{last.seq} events, ending in {last.hash[:16]}",
                expected=f"event {checkpoint.seq} with hash {checkpoint.hash[:16]}" if checkpoint else None,
                mend="The trail was cut off or written anew: restore a copy and find out who had access.",
            )
        )
    return problems + list(_row_problems(session)) + list(_people_problems(session))


def leaves(session: Session) -> list[bytes]:
    """The hashes of all events as leaves of the tree of ``sib.store.tree``; an entry is an event's canonical JSON."""
    events = ask(session, sa.select(_EVENT).order_by(_EVENT.c.seq))
    return [leaf_hash(entry(event).encode()) for event in events]


def entry(event: Mapping[str, Any] | sa.RowMapping) -> str:
    """An event as its hash and its leaf read it: canonical JSON of its parts in their order."""
    return canonical([event[part] for part in _PARTS])


def event_at(session: Session, seq: int) -> sa.RowMapping:
    """One event by its number, from 1; raises ``Missing`` if there is none."""
    for row in ask(session, sa.select(_EVENT).where(_EVENT.c.seq == seq)):
        return row
    last = head(session).seq
    raise Missing(
        Problem(
            "audit.unknown", f"the audit trail has no event {seq}", "look at the trail again", str(seq), f"1 to {last}"
        )
    )


def _event_problems(row: sa.RowMapping, last: Head) -> Iterator[Problem]:
    if row["seq"] != last.seq + 1:
        yield _broken(
            "audit.gap", f"An event before number {row['seq']} is missing.", str(row["seq"]), str(last.seq + 1)
        )
    elif row["previous_hash"] != last.hash:
        yield _broken(
            "audit.link", f"Event {row['seq']} does not follow from the one before.", row["previous_hash"], last.hash
        )
    expected = _hash({part: row[part] for part in _PARTS})
    if row["hash"] != expected:
        yield _broken("audit.hash", f"Event {row['seq']} was changed after it was written.", row["hash"], expected)


def _row_problems(session: Session) -> Iterator[Problem]:
    """Rows that were changed, taken away or put in without an event."""
    told: dict[str, int] = {}
    events = ask(session, sa.select(_EVENT.c.seq, _EVENT.c.detail_json, _EVENT.c.after_sha256).order_by(_EVENT.c.seq))
    for event in events:
        added = _rows_of(event["detail_json"])
        if added and (found := fingerprint(session, added)) != event["after_sha256"]:
            what = f"Rows that event {event['seq']} added to {', '.join(sorted(added))} were changed or taken away."
            yield _broken("audit.rows", what, found, event["after_sha256"])
        for name, (first, last) in added.items():
            if first != told.get(name, 0) + 1:
                yield _broken(
                    "audit.gap", f"Event {event['seq']} skips rows of {name}.", str(first), str(told.get(name, 0) + 1)
                )
            told[name] = last
    for source in Row.metadata.sorted_tables:
        if source.name in (_EVENT.name, table(PersonOfTheHouse).name):
            continue
        (key, *_) = source.primary_key.columns
        strangers = (
            sa.select(sa.func.count()).select_from(source).where(sa.or_(key > told.get(source.name, 0), key < 1))
        )
        if count := session.connection().execute(strangers).scalar_one():
            yield _broken("audit.untold", f"No event tells of {count} row(s) of {source.name}.", str(count), "0")


def _people_problems(session: Session) -> Iterator[Problem]:
    """People of the house whom no event introduced, or not with this name and role."""
    told: dict[str, list[str]] = {}
    for event in ask(session, sa.select(_EVENT.c.detail_json).where(_EVENT.c.detail_json.contains('"people":'))):
        told.update(_detail(event["detail_json"], "people"))
    people = table(PersonOfTheHouse)
    held = {row["id"]: [row["name"], row["role"]] for row in ask(session, sa.select(people))}
    for name in sorted(held.keys() | told.keys()):
        if held.get(name) != told.get(name):
            what = f"{name} does not stand among the people of the house as the audit trail introduced them."
            yield _broken("audit.person", what, canonical(held.get(name)), canonical(told.get(name)))


def _rows_of(detail_json: str) -> dict[str, list[int]]:
    """Table -> first and last id."""
    try:
        rows = _detail(detail_json, "rows").items()
        return {name: [int(first), int(last)] for name, (first, last) in rows if name in Row.metadata.tables}
    except (ValueError, TypeError):
        return {}


def _detail(detail_json: str, name: str) -> dict[str, Any]:
    """One part of an event's detail; empty where it was tampered with, which its hash tells by itself."""
    try:
        found = json.loads(detail_json).get(name)
    except (ValueError, AttributeError):
        return {}
    return found if isinstance(found, dict) else {}


def _hash(event: Mapping[str, Any]) -> str:
    return hashlib.sha256(entry(event).encode()).hexdigest()


def _broken(code: str, what: str, value: str, expected: str) -> Problem:
    return Problem(
        code=code,
        what=what,
        value=value,
        expected=expected,
        mend="Somebody wrote past the program: restore a copy and find out who had access.",
    )
