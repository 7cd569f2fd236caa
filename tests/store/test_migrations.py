"""store: the migrations make exactly the tables that the program means, and the triggers that let them only grow."""

import re
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from sib.access import DEMO_PEOPLE
from sib.store import tables
from sib.store.audit import head, record
from sib.store.columns import Row
from sib.store.migrations.guards import trigger_names
from sib.store.register import MIGRATIONS, open_register
from sib.store.rows import known, table
from sib.store.whole import problems

GROWING = sorted(name for name in Row.metadata.tables if name != table(tables.PersonOfTheHouse).name)
FORBIDDEN = [(name, column.name) for name in GROWING for column in Row.metadata.tables[name].columns]


def triggers(connection: sa.Connection) -> dict[str, set[str]]:
    if connection.dialect.name == "sqlite":
        query = "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT tgisinternal"
        )
    found: dict[str, set[str]] = {}
    for name, trigger in connection.exec_driver_sql(query):
        found.setdefault(name, set()).add(trigger)
    return found


def test_the_migrated_tables_are_those_the_program_means(register):
    with register.read() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_server_default": True})
        assert compare_metadata(context, Row.metadata) == []


def test_the_checks_are_the_same_too_which_alembic_does_not_look_at(sqlite_house):
    meant = sa.create_engine("sqlite://")
    with meant.begin() as connection:
        Row.metadata.create_all(connection)
        expected = definitions(connection)
    meant.dispose()
    with sqlite_house.register.read() as session:
        found = definitions(session.connection())
    found.pop("alembic_version")
    assert found == expected
    assert any("CHECK" in part for parts in found.values() for part in parts)


def definitions(connection: sa.Connection) -> dict[str, list[str]]:
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
    rows = connection.exec_driver_sql(query).all()
    return {name: sorted(line.strip().rstrip(",").replace('"', "") for line in sql.splitlines()) for name, sql in rows}


def test_postgresql_has_the_same_checks_but_for_the_kinds_of_numbers(register):
    with register.read() as session:
        inspector = sa.inspect(session.connection())
        on_sqlite = session.connection().dialect.name == "sqlite"
        for name, source in Row.metadata.tables.items():
            names = {str(part.name) for part in source.constraints if isinstance(part, sa.CheckConstraint)}
            meant = {part if part.startswith(f"ck_{name}_") else f"ck_{name}_{part}" for part in names}
            meant = {part for part in meant if on_sqlite or not part.endswith("_whole")}
            assert {check["name"] for check in inspector.get_check_constraints(name)} == meant


def test_every_table_but_that_of_people_is_guarded(register):
    with register.read() as session:
        found = triggers(session.connection())
        assert found == {name: trigger_names(name, session.connection().dialect.name) for name in GROWING}


def test_there_is_one_line_of_migrations():
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


def test_a_whole_life_leaves_a_row_in_every_table(house):
    house.whole_life()
    with house.register.read() as session:
        empty = [
            name
            for name, source in Row.metadata.tables.items()
            if not session.connection().execute(sa.select(sa.func.count()).select_from(source)).scalar_one()
        ]
    assert empty == []


def refused(house, statement: str) -> str:
    """What the database says to a statement that it must refuse."""
    with pytest.raises(DatabaseError) as error, house.register.write() as session:
        session.connection().exec_driver_sql(statement)
    return str(error.value.orig)


def test_no_row_of_any_table_can_be_changed_or_taken_away(house):
    house.whole_life()
    for name, column in FORBIDDEN:
        assert "only grows" in refused(house, f'UPDATE "{name}" SET "{column}" = "{column}"'), (name, column)
    for name in GROWING:
        assert "only grows" in refused(house, f'DELETE FROM "{name}"'), name


def test_no_table_can_be_emptied_at_once(house):
    house.whole_life()
    with house.register.read() as session:
        on_sqlite = session.connection().dialect.name == "sqlite"
    for name in GROWING:
        said = refused(house, f'TRUNCATE "{name}" CASCADE')
        # SQLite does not even know the word.
        assert ("syntax error" if on_sqlite else "only grows") in said, name


@pytest.mark.parametrize("recursive", [0, 1])
def test_no_row_can_be_replaced_even_by_a_program_without_our_pragmas(sqlite_house, recursive):
    sqlite_house.whole_life()
    for name in GROWING:
        with pytest.raises(DatabaseError, match="only grows"), sqlite_house.register.write() as session:
            connection = session.connection()
            connection.exec_driver_sql(f"PRAGMA recursive_triggers = {recursive}")
            connection.exec_driver_sql(f'INSERT OR REPLACE INTO "{name}" SELECT * FROM "{name}"')


@pytest.mark.parametrize("amount", ["1.5", "'abc'", "NULL"])
def test_sqlite_takes_nothing_but_whole_numbers_as_amounts(sqlite_house, amount):
    sqlite_house.version()
    columns = ", ".join(
        f'"{column.name}"' for column in Row.metadata.tables["cash_flow"].columns if column.name != "receipt_id"
    )
    statement = (
        f"INSERT INTO cash_flow ({columns}) VALUES (1, 'c', 't', 'drawdown', 'USD', {amount}, '2024-01-01', 'f')"
    )
    assert re.search("CHECK|NOT NULL", refused(sqlite_house, statement))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("claim_decision", {"state": "paid"}),
        ("claim_decision", {"reason": "because"}),
        ("claim_decision", {"number": 0}),
        ("claim_decision", {"claim_id": 999}),
        ("claim_decision", {"decided_by": "nobody"}),
        ("claim", {"count": 0}),
        ("claim", {"attempt": 0}),
        ("source_file", {"kind": "photos"}),
        ("source_file", {"sha256": "abc"}),
        ("statement", {"currency": "dollar"}),
        ("statement", {"period_end": "1999-01-01"}),
        ("statement_line", {"amount_minor": 1}),
        ("statement_decision", {"state": "maybe"}),
        ("line_claim", {"effect": "forgets"}),
        ("cash_flow", {"kind": "gift"}),
        ("result_decision", {"state": "guessed"}),
        ("plan_seal", {"signed_by_evaluator": "officer-1"}),
        ("receipt", {"instruction_id": 999}),
    ],
)
def test_rows_that_cannot_be_true_are_refused_by_the_database_itself(house, name, change):
    house.whole_life()
    source = Row.metadata.tables[name]
    fresh = {"id": 1000, "reference": "new", "number": 50, "key": "0" * 64, "revision": 9, "instruction_id": 1}
    fresh |= {"plan_sha256": "1" * 64, "sha256": "2" * 64, "attempt": 7, "line_id": 2} | change
    columns = ", ".join(f'"{column.name}"' for column in source.columns)
    values = ", ".join(
        f"'{fresh[column.name]}'" if column.name in fresh else f'"{column.name}"' for column in source.columns
    )
    statement = f'INSERT INTO "{name}" ({columns}) SELECT {values} FROM "{name}" WHERE id = 1'
    said = refused(house, statement)
    assert "only grows" not in said
    assert re.search("CHECK|FOREIGN KEY|check constraint|foreign key", said), said


@pytest.mark.parametrize(
    ("name", "fresh"),
    [
        ("claim", {"reference": "new"}),
        ("claim", {"person": "new"}),
        ("claim_decision", {}),
        ("source_file", {}),
        ("statement", {"reference": "new", "period_end": "2030-01-01"}),
        ("statement", {"key": "9" * 64, "period_end": "2030-01-01"}),
        ("statement", {"reference": "new", "key": "9" * 64}),
        ("line_claim", {"line_id": "2"}),
        ("payment_instruction", {"reference": "new"}),
        ("payment_instruction", {"key": "9" * 64}),
        ("receipt", {"reference": "new"}),
        ("cash_flow", {}),
        ("contract_version", {}),
        ("measured_result", {}),
        ("plan_seal", {}),
    ],
)
def test_what_may_exist_once_exists_once(house, name, fresh):
    house.whole_life()
    source = Row.metadata.tables[name]
    fresh = {"id": 1000} | fresh
    columns = ", ".join(f'"{column.name}"' for column in source.columns)
    values = ", ".join(
        f"'{fresh[column.name]}'" if column.name in fresh else f'"{column.name}"' for column in source.columns
    )
    said = refused(house, f'INSERT INTO "{name}" ({columns}) SELECT {values} FROM "{name}" WHERE id = 1')
    assert "only grows" in said or "duplicate key" in said


def test_an_old_register_is_migrated_up_and_its_people_are_told_of(sqlite_settings):
    """People that an event of the first version did not tell of; a new register has nobody to tell of."""
    target = sa.create_engine(sqlite_settings.register)
    sqlite_settings.home.mkdir()
    with target.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with Session(target) as session, session.begin():
        known(session, DEMO_PEOPLE["finance"])
    with Session(target) as session, session.begin():
        record(session, DEMO_PEOPLE["finance"], "look", "denver", at=datetime(2024, 4, 2, tzinfo=UTC))
    target.dispose()
    with open_register(sqlite_settings) as opened, opened.read() as session:
        assert problems(session) == []
        assert head(session).seq == 2
        actions = session.connection().execute(sa.select(table(tables.AuditEvent).c.action)).scalars().all()
    assert sorted(actions) == ["introduce people", "look"]
