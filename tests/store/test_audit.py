"""store: whoever writes past the program is found out, whichever row or event it was."""

import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from sib.access import DEMO_PEOPLE
from sib.store import tables
from sib.store.audit import GENESIS, Head, head, record, verify_chain
from sib.store.columns import Row
from sib.store.rows import table

NOW = datetime(2024, 4, 2, tzinfo=UTC)
COVERED = sorted(set(Row.metadata.tables) - {"person_of_the_house", "audit_event"})


def found_after(house, *statements: str, checkpoint: Head | None = None) -> set[str]:
    """What the check says after these statements, which are then undone."""
    codes: set[str] = set()
    with pytest.raises(ZeroDivisionError), house.register.write() as session:
        connection = session.connection()
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            connection.exec_driver_sql(statement)
        codes = {problem.code for problem in verify_chain(session, checkpoint)}
        raise ZeroDivisionError
    return codes


def test_an_untouched_register_holds(house):
    house.whole_life()
    with house.register.read() as session:
        last = head(session)
        assert verify_chain(session) == []
        assert verify_chain(session, last) == []
        assert verify_chain(session, Head(0, GENESIS)) == []
        assert last.seq > 10


def other_value(column: sa.Column) -> str:
    if isinstance(column.type, sa.Integer):
        return f'coalesce("{column.name}", 0) + 7001'
    if isinstance(column.type, sa.Date):
        return "'2031-01-01'"
    if type(column.type).__name__ == "UTCDateTime":
        return "'2031-01-01 00:00:00.000000'"
    if isinstance(column.type, sa.Enum):
        first, second, *_ = column.type.enums
        return f"CASE \"{column.name}\" WHEN '{first}' THEN '{second}' ELSE '{first}' END"
    return f"coalesce(\"{column.name}\", '') || 'x'"


@pytest.mark.parametrize(
    ("name", "column"), [(name, column.name) for name in COVERED for column in Row.metadata.tables[name].columns]
)
def test_a_change_in_any_column_of_any_table_is_found(unguarded, name, column):
    source = Row.metadata.tables[name]
    change = other_value(source.c[column])
    found = found_after(
        unguarded, f'UPDATE "{name}" SET "{column}" = {change} WHERE id = (SELECT max(id) FROM "{name}")'
    )
    assert "audit.rows" in found


@pytest.mark.parametrize("name", COVERED)
def test_a_row_that_was_taken_away_or_put_in_is_found(unguarded, name):
    gone = found_after(unguarded, f'DELETE FROM "{name}" WHERE id = (SELECT max(id) FROM "{name}")')
    assert "audit.rows" in gone
    columns = [column.name for column in Row.metadata.tables[name].columns]
    unique = {"id": "id + 500", "reference": "'new'", "key": "'new'", "sha256": "'new'", "plan_sha256": "'new'"}
    unique |= {"number": "number + 500", "version": "99", "person": "'new'", "revision": "99", "line_id": "999"}
    unique |= {"instruction_id": "999"}
    values = ", ".join(unique.get(column, f'"{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    added = found_after(unguarded, f'INSERT INTO "{name}" ({names}) SELECT {values} FROM "{name}" WHERE id = 1')
    assert added == {"audit.untold"}


@pytest.mark.parametrize("column", [column.name for column in table(tables.AuditEvent).columns])
def test_a_change_in_any_column_of_an_event_is_found(unguarded, column):
    change = other_value(table(tables.AuditEvent).c[column])
    found = found_after(unguarded, f'UPDATE audit_event SET "{column}" = {change} WHERE seq = 4')
    assert found & {"audit.hash", "audit.gap"}


def test_an_event_taken_out_of_the_middle_leaves_a_gap(unguarded):
    found = found_after(unguarded, "DELETE FROM audit_event WHERE seq = 4")
    assert {"audit.gap", "audit.untold"} & found
    assert "audit.gap" in found


def test_two_events_that_changed_places_are_found(unguarded):
    swap = "UPDATE audit_event SET seq = CASE seq WHEN 4 THEN -5 WHEN 5 THEN -4 END WHERE seq IN (4, 5)"
    found = found_after(unguarded, swap, "UPDATE audit_event SET seq = -seq WHERE seq < 0")
    assert {"audit.link", "audit.hash"} <= found


def test_a_cut_off_end_is_found_only_by_those_who_hold_a_later_head(unguarded):
    with unguarded.register.read() as session:
        printed = head(session)
    cut = f"DELETE FROM audit_event WHERE seq > {printed.seq - 1}"
    rows = "DELETE FROM cash_flow WHERE receipt_id IS NOT NULL"
    assert found_after(unguarded, cut, rows) == set()
    assert found_after(unguarded, cut, rows, checkpoint=printed) == {"audit.checkpoint"}


def test_a_chain_written_anew_is_found_only_by_those_who_hold_an_earlier_head(unguarded):
    with unguarded.register.read() as session:
        printed = head(session)
        rows = session.connection().execute(sa.select(table(tables.AuditEvent)).order_by("seq")).mappings().all()
    person, kinds = DEMO_PEOPLE["finance"], {table(kind).name: kind for kind in Row.__subclasses__()}
    with pytest.raises(ZeroDivisionError), unguarded.register.write() as session:
        session.connection().exec_driver_sql("DELETE FROM audit_event")
        for row in rows:
            detail = json.loads(row["detail_json"])
            added = {kinds[name]: range(first, last + 1) for name, (first, last) in detail.pop("rows", {}).items()}
            record(session, person, row["action"], row["subject"], detail, at=row["at"], rows=added)
        assert verify_chain(session) == []
        assert [problem.code for problem in verify_chain(session, printed)] == ["audit.checkpoint"]
        raise ZeroDivisionError


def test_a_detail_that_is_no_longer_json_is_told_like_any_change(unguarded):
    found = found_after(unguarded, "UPDATE audit_event SET detail_json = '[' WHERE seq = 4")
    assert "audit.hash" in found


def test_an_event_names_who_did_what_and_the_hash_before_it(register):
    with register.write() as session:
        first = record(session, DEMO_PEOPLE["finance"], "look", "denver", {"n": 1}, "a" * 64, "b" * 64, at=NOW)
        second = record(session, DEMO_PEOPLE["finance"], "look", "denver", at=NOW)
    with register.read() as session:
        rows = session.connection().execute(sa.select(table(tables.AuditEvent)).order_by("seq")).mappings().all()
    assert [row["hash"] for row in rows] == [first.hash, second.hash]
    assert [row["previous_hash"] for row in rows] == [GENESIS, first.hash]
    assert (rows[0]["actor"], rows[0]["action"], rows[0]["subject"]) == ("finance", "look", "denver")
    assert (rows[0]["detail_json"], rows[0]["before_sha256"], rows[0]["after_sha256"]) == (
        '{"n":1,"people":{"finance":["Priya Lindgate","commissioner"]}}',
        "a" * 64,
        "b" * 64,
    )
