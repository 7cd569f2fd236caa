"""store: whatever is changed past the program is found: any byte of any value, and seven ways to bend the trail."""

import json
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from sib.access import DEMO_PEOPLE
from sib.errors import NotValid, SibError
from sib.settings import Settings
from sib.store import tables
from sib.store.audit import record
from sib.store.columns import Row
from sib.store.migrations.guards import trigger_names
from sib.store.register import open_register
from sib.store.rows import table
from sib.store.whole import _GUARDS, Witness, heads, problems, read_witness

GUARD = {"audit.guard"}
CHANGES, FILE_CHANGES = 600, 300
NAMES = sorted(Row.metadata.tables)


def codes(session, witness: Witness | None = None) -> set[str]:
    return {problem.code for problem in problems(session, witness)}


def witness_of(session) -> Witness:
    return read_witness(heads(session).witness)


def test_an_untouched_register_is_whole_and_as_its_own_heads_say(house):
    with house.register.read() as session:
        assert problems(session, witness_of(session)) == []
    house.whole_life()
    with house.register.read() as session:
        seen = heads(session)
        assert problems(session) == []
        assert problems(session, Witness(seen.events, seen.chain)) == []
        assert problems(session, Witness(seen.events, seen.tree)) == []
        assert problems(session, Witness(seen.events, "0" * 64))[0].code == "audit.checkpoint"
        assert problems(session, Witness(seen.events + 1, seen.tree))[0].code == "audit.checkpoint"


def test_an_earlier_head_still_holds_when_more_has_happened(house):
    house.version()
    with house.register.read() as session:
        seen = heads(session)
    house.verified(2)
    with house.register.read() as session:
        assert problems(session, Witness(seen.events, seen.tree)) == []
        assert problems(session, Witness(seen.events, seen.chain)) == []
        assert heads(session).tree != seen.tree


@pytest.mark.parametrize("text", ["", "12", "12:abc", "x:" + "a" * 64, "12:" + "g" * 64, "-1:" + "a" * 64])
def test_a_witness_is_a_number_and_a_hash(text):
    with pytest.raises(NotValid, match="no witness"):
        read_witness(text)
    assert read_witness(f" 12:{'A' * 64}\n") == Witness(12, "a" * 64)


def test_the_guards_are_those_of_the_migrations():
    for dialect, kinds in _GUARDS.items():
        assert {f"claim_{kind}" for kind in kinds} == trigger_names("claim", dialect)


def test_a_guard_taken_off_is_found(sqlite_house):
    with sqlite_house.register.write() as session:
        session.connection().exec_driver_sql("DROP TRIGGER claim_no_delete")
    with sqlite_house.register.read() as session:
        (problem,) = problems(session)
    assert (problem.code, problem.expected) == ("audit.guard", "claim_no_delete")


def flipped(value: object, dice: random.Random) -> object:
    """A value with one byte of it changed, or something where nothing was."""
    if value is None:
        return dice.choice([7, "x"])
    if isinstance(value, int):
        return value ^ (1 << dice.randrange(20))
    text = str(value)
    if not text:
        return chr(dice.randrange(32, 127))
    at = dice.randrange(len(text))
    other = chr(ord(text[at]) ^ (1 << dice.randrange(5)))
    return text[:at] + other + text[at + 1 :]


def test_changes_of_one_byte_of_content_are_all_found(unguarded):
    """Each in a row, column and place by lot; people of the house and audit events among them."""
    dice, missed = random.Random("bytes"), []
    with unguarded.register.read() as session:
        witness = witness_of(session)
        assert codes(session, witness) == GUARD
        rows = {name: session.connection().exec_driver_sql(f'SELECT rowid, * FROM "{name}"').all() for name in NAMES}
    for number in range(CHANGES):
        name = dice.choice(NAMES)
        row = dice.choice(rows[name])
        columns = [column.name for column in Row.metadata.tables[name].columns]
        at = dice.randrange(len(columns))
        value = flipped(row[at + 1], dice)
        with pytest.raises(ZeroDivisionError), unguarded.register.write() as session:
            connection = session.connection()
            for pragma in ("defer_foreign_keys", "ignore_check_constraints"):
                connection.exec_driver_sql(f"PRAGMA {pragma} = ON")
            change = f'UPDATE OR IGNORE "{name}" SET "{columns[at]}" = ? WHERE rowid = ?'
            done = connection.exec_driver_sql(change, (value, row[0])).rowcount
            if done and codes(session, witness) == GUARD:
                missed.append((number, name, columns[at], row[at + 1], value))
            raise ZeroDivisionError
    assert missed == []


def test_flipped_bytes_of_the_file_are_found_wherever_they_change_a_row(sqlite_house, sqlite_settings, tmp_path):
    """A flip in free space changes nothing; every other is found, or keeps the file from being opened or read."""
    sqlite_house.whole_life()
    with sqlite_house.register.read() as session:
        witness = witness_of(session)
    sqlite_house.register.close()
    original = Path(sqlite_settings.register.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(original)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    content, before = original.read_bytes(), rows_of(original)
    dice, changed, missed = random.Random("file"), 0, []
    for number in range(FILE_CHANGES):
        copy = tmp_path / f"{number}.sqlite"
        whole = bytearray(content)
        at = dice.randrange(100, len(whole))
        whole[at] ^= 1 << dice.randrange(8)
        copy.write_bytes(whole)
        if rows_of(copy) != before:
            changed += 1
            if not found_in(copy, witness):
                missed.append(at)
        for left in tmp_path.glob(f"{number}.sqlite*"):
            left.unlink()
    assert missed == []
    assert changed > FILE_CHANGES / 20


def rows_of(file: Path) -> object:
    """Everything in the program's tables, as stored; or that it cannot be read."""
    try:
        with closing(sqlite3.connect(file)) as connection:
            connection.text_factory = bytes
            return [connection.execute(f'SELECT * FROM "{name}" NOT INDEXED').fetchall() for name in NAMES]
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return "unreadable"


def found_in(file: Path, witness: Witness) -> bool:
    try:
        settings = Settings(home=file.parent, register_url=f"sqlite:///{file}")
        with open_register(settings) as opened, opened.read() as session:
            return bool(problems(session, witness))
    except (SibError, sa.exc.SQLAlchemyError, UnicodeDecodeError):
        return True


# seven ways to bend the trail


def bent(house, *statements: str) -> set[str]:
    """What is found, given the head printed before, after statements that are then undone."""
    with house.register.read() as session:
        witness = witness_of(session)
    found: set[str] = set()
    with pytest.raises(ZeroDivisionError), house.register.write() as session:
        connection = session.connection()
        for pragma in ("defer_foreign_keys", "ignore_check_constraints"):
            connection.exec_driver_sql(f"PRAGMA {pragma} = ON")
        for statement in statements:
            connection.exec_driver_sql(statement)
        found = codes(session, witness) - GUARD
        raise ZeroDivisionError
    return found


def test_one_the_end_cut_off_with_its_rows(unguarded):
    cut = "DELETE FROM audit_event WHERE seq = (SELECT max(seq) FROM audit_event)"
    rows = "DELETE FROM cash_flow WHERE receipt_id IS NOT NULL"
    assert bent(unguarded, cut, rows) == {"audit.checkpoint"}


def test_two_the_tail_written_anew_as_a_good_chain(unguarded):
    with unguarded.register.read() as session:
        witness = witness_of(session)
        rows = session.connection().execute(sa.select(table(tables.AuditEvent)).order_by("seq")).mappings().all()
    kinds = {table(kind).name: kind for kind in Row.__subclasses__()}
    keep = witness.events - 3
    with pytest.raises(ZeroDivisionError), unguarded.register.write() as session:
        session.connection().exec_driver_sql(f"DELETE FROM audit_event WHERE seq > {keep}")
        for row in rows[keep:]:
            detail = json.loads(row["detail_json"])
            added = {kinds[name]: range(first, last + 1) for name, (first, last) in detail.pop("rows", {}).items()}
            record(session, DEMO_PEOPLE["officer-1"], row["action"], row["subject"], detail, at=row["at"], rows=added)
        assert codes(session) == GUARD
        assert codes(session, witness) == {*GUARD, "audit.checkpoint"}
        raise ZeroDivisionError


def test_three_an_old_file_put_back(sqlite_house, sqlite_settings, tmp_path):
    file = Path(sqlite_settings.register.removeprefix("sqlite:///"))
    sqlite_house.version()
    with closing(sqlite3.connect(file)) as connection, closing(sqlite3.connect(tmp_path / "old")) as copy:
        connection.backup(copy)
    sqlite_house.verified(2)
    with sqlite_house.register.read() as session:
        witness = witness_of(session)
    sqlite_house.register.close()
    for left in file.parent.glob(f"{file.name}-*"):
        left.unlink()
    shutil.copy(tmp_path / "old", file)
    with open_register(sqlite_settings) as opened, opened.read() as session:
        assert codes(session) == set()
        assert codes(session, witness) == {"audit.checkpoint"}


def test_four_events_put_in_another_order(unguarded):
    moves = [f"UPDATE audit_event SET seq = {new} WHERE seq = {old}" for old, new in ((4, 900), (5, 4), (900, 5))]
    assert {"audit.hash", "audit.link", "audit.checkpoint"} <= bent(unguarded, *moves)


def test_five_an_event_taken_out_of_the_middle(unguarded):
    shift = "UPDATE audit_event SET seq = seq - 1 WHERE seq > 6"
    assert {"audit.gap"} <= bent(unguarded, "DELETE FROM audit_event WHERE seq = 6")
    assert {"audit.hash", "audit.checkpoint"} <= bent(unguarded, "DELETE FROM audit_event WHERE seq = 6", shift)


def test_six_an_event_put_in(unguarded):
    names = [column.name for column in Row.metadata.tables["audit_event"].columns]
    chosen = ", ".join({"seq": "900", "hash": f"'{'b' * 64}'"}.get(name, f'"{name}"') for name in names)
    put_in = f"INSERT INTO audit_event SELECT {chosen} FROM audit_event WHERE seq = 5"
    assert {"audit.gap", "audit.hash"} <= bent(unguarded, put_in)
    up = (
        "UPDATE audit_event SET seq = -seq - 1 WHERE seq BETWEEN 6 AND 899",
        "UPDATE audit_event SET seq = -seq WHERE seq < 0",
    )
    back = "UPDATE audit_event SET seq = 6 WHERE seq = 900"
    assert {"audit.hash", "audit.link", "audit.checkpoint"} <= bent(unguarded, put_in, *up, back)


def test_seven_two_rows_swapped(unguarded):
    swap = [f"UPDATE claim_decision SET id = {new} WHERE id = {old}" for old, new in ((1, 900), (2, 1), (900, 2))]
    assert "audit.rows" in bent(unguarded, *swap)


def test_a_person_renamed_put_in_or_taken_away_is_found(unguarded):
    assert bent(unguarded, "UPDATE person_of_the_house SET name = 'Somebody' WHERE id = 'finance'") == {"audit.person"}
    assert bent(unguarded, "INSERT INTO person_of_the_house VALUES ('new', 'New', 'investor')") == {"audit.person"}
    assert "audit.person" in bent(unguarded, "DELETE FROM person_of_the_house WHERE id = 'finance'")
