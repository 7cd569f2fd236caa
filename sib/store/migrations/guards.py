"""store: the triggers that let a table only grow, for SQLite and PostgreSQL."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

FUNCTION = "sib_only_grows"


def guard(table: sa.Table) -> None:
    """Refuse to change, delete or replace rows of ``table``."""
    if op.get_bind().dialect.name == "postgresql":
        statements = _postgresql(table.name)
    else:
        statements = _sqlite(table.name, _keys(table))
    for statement in statements:
        op.execute(statement)


def guard_function() -> None:
    """Make the function that PostgreSQL's triggers call; nothing to do elsewhere."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION '% only grows: add a correcting row', TG_TABLE_NAME USING ERRCODE = '23001'; END $$"
        )


def trigger_names(table: str, dialect: str) -> set[str]:
    """The triggers that ``guard`` puts on a table."""
    kinds = ("no_change", "no_truncate") if dialect == "postgresql" else ("no_update", "no_delete", "no_replace")
    return {f"{table}_{kind}" for kind in kinds}


def _keys(table: sa.Table) -> list[list[str]]:
    unique = [part for part in table.constraints if isinstance(part, sa.PrimaryKeyConstraint | sa.UniqueConstraint)]
    return sorted([column.name for column in part.columns] for part in unique)


def _postgresql(table: str) -> Iterable[str]:
    yield (
        f'CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON "{table}" '
        f"FOR EACH ROW EXECUTE FUNCTION {FUNCTION}()"
    )
    yield (
        f'CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON "{table}" '
        f"FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()"
    )


def _sqlite(table: str, keys: Iterable[Iterable[str]]) -> Iterable[str]:
    refuse = f"SELECT RAISE(ABORT, '{table} only grows: add a correcting row')"
    yield f'CREATE TRIGGER {table}_no_update BEFORE UPDATE ON "{table}" BEGIN {refuse}; END'
    yield f'CREATE TRIGGER {table}_no_delete BEFORE DELETE ON "{table}" BEGIN {refuse}; END'
    # INSERT OR REPLACE deletes without asking the delete trigger, unless recursive_triggers is on in that very program.
    held = " OR ".join(
        f'EXISTS (SELECT 1 FROM "{table}" WHERE '  # noqa: S608 - names come from the migration itself
        + " AND ".join(f'"{name}" = NEW."{name}"' for name in key)
        + ")"
        for key in keys
    )
    yield f'CREATE TRIGGER {table}_no_replace BEFORE INSERT ON "{table}" WHEN {held} BEGIN {refuse}; END'
