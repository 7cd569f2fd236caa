"""store: opening the register, its one writer at a time, and what happens when it cannot be reached."""

import stat
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from sib.access import DEMO_PEOPLE
from sib.errors import Missing
from sib.settings import Settings
from sib.store.audit import head, record, verify_chain
from sib.store.claims import claims_in_state
from sib.store.contracts import contract_versions
from sib.store.register import PRAGMAS, Register, open_register
from sib.store.rows import table
from sib.store.tables import AuditEvent

NOW = datetime(2024, 4, 2, tzinfo=UTC)
OFFICER = DEMO_PEOPLE["officer-1"]


def test_what_the_register_makes_is_readable_by_its_owner_only(sqlite_settings):
    with open_register(sqlite_settings):
        home = sqlite_settings.home
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()} == {0o600}


def test_a_home_that_is_there_already_keeps_its_rights(tmp_path):
    home = tmp_path / "shared"
    home.mkdir(mode=0o755)
    with open_register(Settings(home=home, register_url="")):
        assert stat.S_IMODE(home.stat().st_mode) == 0o755


def test_every_sqlite_connection_has_the_pragmas_that_payments_rest_on(sqlite_house):
    for session_of in (sqlite_house.register.read, sqlite_house.register.write):
        with session_of() as session:
            connection = session.connection()
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in PRAGMAS}
            assert found == PRAGMAS | {"journal_mode": "wal"}


def test_opening_again_changes_nothing(settings):
    with open_register(settings) as register, register.write() as session:
        record(session, OFFICER, "test", "nothing", at=NOW)
    with open_register(settings) as register, register.read() as session:
        assert head(session).seq == 1


def test_an_exception_undoes_the_whole_transaction(register):
    with pytest.raises(RuntimeError), register.write() as session:
        record(session, OFFICER, "test", "nothing", at=NOW)
        raise RuntimeError
    with register.read() as session:
        assert head(session).seq == 0


def test_a_reader_cannot_write(register):
    with pytest.raises(DatabaseError, match=r"readonly|read-only"), register.read() as session:
        record(session, OFFICER, "test", "nothing", at=NOW)
    with register.write() as session:
        record(session, OFFICER, "test", "nothing", at=NOW)


def test_a_reader_sees_one_moment_while_others_write(register):
    with register.read() as session:
        before = head(session)
        with register.write() as other:
            record(other, OFFICER, "test", "nothing", at=NOW)
        assert head(session) == before
    with register.read() as session:
        assert head(session).seq == before.seq + 1


def test_writers_stand_in_a_queue_and_nobody_counts_twice(register):
    errors: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for number in range(10):
                with register.write() as session:
                    record(session, OFFICER, "test", f"{name} {number}", at=NOW)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(str(name),)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with register.read() as session:
        assert head(session).seq == 40
        assert verify_chain(session) == []


def test_programs_that_open_an_empty_register_at_once_make_it_once(sqlite_settings):
    start, errors = threading.Barrier(6), []

    def open_and_write() -> None:
        start.wait()
        try:
            with open_register(sqlite_settings) as register, register.write() as session:
                record(session, OFFICER, "test", "nothing", at=NOW)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=open_and_write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with open_register(sqlite_settings) as register, register.read() as session:
        assert head(session).seq == 6


def test_a_register_of_a_newer_program_is_left_alone(settings):
    with open_register(settings) as register, register.write() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Missing, match="newer version") as missing:
        open_register(settings)
    assert missing.value.problems[0].value == "9999"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://nobody:secret@127.0.0.1:1/none", "register.unreachable"),
        ("mysql://localhost/sib", "register.database"),
        ("sqlite:////proc/no/such/folder/register.sqlite", "register.unreachable"),
        ("not a url", "register.database"),
    ],
)
def test_a_register_that_cannot_be_reached_is_told_without_the_password(tmp_path, url, code):
    if url.startswith("postgresql"):
        pytest.importorskip("psycopg")
    with pytest.raises(Missing) as missing:
        open_register(Settings(home=tmp_path / "home", register_url=url))
    assert [problem.code for problem in missing.value.problems] == [code]
    assert "secret" not in str(missing.value)


def test_a_writer_that_waits_too_long_is_told_so(sqlite_house, sqlite_settings):
    with closing(Register(sqlite_settings.register)) as second:
        with second.read() as session:
            session.connection().exec_driver_sql("PRAGMA busy_timeout = 1")
        with (
            sqlite_house.register.write(),
            pytest.raises(Missing, match="try again in a minute"),
            second.write(),
        ):
            pass


def test_rows_are_numbered_without_gaps_even_after_an_undone_transaction(register):
    with register.write() as session:
        record(session, OFFICER, "test", "nothing", at=NOW)
    with pytest.raises(ValueError, match="time zone"), register.write() as session:
        record(session, OFFICER, "test", "nothing", at=NOW)
        record(session, OFFICER, "test", "nothing", at=NOW.replace(tzinfo=None))
    with register.write() as session:
        record(session, OFFICER, "test", "nothing", at=NOW)
    with register.read() as session:
        numbers = sa.select(table(AuditEvent).c.seq).order_by(table(AuditEvent).c.seq)
        assert session.connection().execute(numbers).scalars().all() == [1, 2]


def test_an_empty_register_answers_with_nothing(register):
    with register.read() as session:
        assert claims_in_state(session, "denver", []) == []
        assert contract_versions(session, "denver") == []


def test_moments_come_back_in_universal_time(house):
    local = datetime(2024, 4, 2, 11, 30, tzinfo=NOW.tzinfo) + timedelta(hours=1)
    with house.register.write() as session:
        record(session, OFFICER, "test", "nothing", at=local)
    with house.register.read() as session:
        (found,) = session.connection().execute(sa.select(table(AuditEvent).c.at)).scalars()
        assert found == local
        assert found.utcoffset() == timedelta(0)


def test_a_moment_without_a_time_zone_is_never_recorded(register):
    with pytest.raises(ValueError, match="time zone"), register.write() as session:
        record(session, OFFICER, "test", "nothing", at=datetime(2024, 1, 1))


def test_the_folder_of_a_named_sqlite_file_is_made(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/deep/inside/r.sqlite"
    with open_register(Settings(home=tmp_path / "home", register_url=url)) as register, register.read() as session:
        assert head(session).seq == 0


def test_a_file_that_is_no_database_is_told(tmp_path):
    file = tmp_path / "register.sqlite"
    file.write_bytes(b"not a database at all" * 100)
    with pytest.raises(Missing, match="not a database"):
        open_register(Settings(home=tmp_path, register_url=f"sqlite:///{file}"))


def test_a_missing_driver_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(Missing, match=r"Install psycopg\[binary\]"):
        open_register(Settings(home=tmp_path, register_url="postgresql://127.0.0.1/sib"))
