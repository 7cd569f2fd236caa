"""store: the register: one database in which everything stands that somebody decided or promised.

Writers stand in a queue, readers never wait: on SQLite by WAL and BEGIN IMMEDIATE, on PostgreSQL by SERIALIZABLE and
one lock that every writer takes first. So no writer ever decides on what another is just changing.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from sib.errors import Missing, Problem
from sib.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"
PRAGMAS = {
    "busy_timeout": 30_000,
    "journal_mode": "WAL",
    "foreign_keys": 1,
    # NORMAL loses acknowledged payments when the power fails.
    "synchronous": 2,
    # Without it INSERT OR REPLACE would delete past the triggers.
    "recursive_triggers": 1,
}
_TRIES, _PAUSE_S = 200, 0.02
_MIGRATION_LOCK = 5_169_266_181
"""Any number will do as long as nobody else on the same PostgreSQL uses it."""


class Register:
    """Open connections to the register; use as a context manager or ``close`` it."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._reader = self._engine.execution_options(**_options(self._engine, writing=False))
        self._writer = self._engine.execution_options(**_options(self._engine, writing=True))

    def __enter__(self) -> "Register":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self) -> AbstractContextManager[Session]:
        """One serialised transaction: all holds, or after an exception nothing. Raises ``Missing`` if kept waiting."""
        return _session(self._writer)

    def read(self) -> AbstractContextManager[Session]:
        """One consistent view of the register, which cannot be written through."""
        return _session(self._reader)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def migrate(self) -> None:
        """Bring the tables up to this program's version; does nothing if they are."""
        scripts = ScriptDirectory(str(MIGRATIONS))
        with _reachable(), self._reader.connect() as connection:
            held = MigrationContext.configure(connection).get_current_revision()
        if held == scripts.get_current_head():
            return
        if held is not None and held not in {script.revision for script in scripts.walk_revisions()}:
            raise Missing(
                Problem(
                    code="register.newer",
                    what="The register was written by a newer version of this program.",
                    value=held,
                    expected=scripts.get_current_head(),
                    mend="Install the newer version; this one would misread what it wrote.",
                )
            )
        with _reachable(), self._engine.execution_options(migrating=True).begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def open_register(settings: Settings) -> Register:
    """Open the register that the settings name, making and migrating it if needed.

    Raises ``Missing`` if it cannot be reached or was written by a newer version.
    """
    with _reachable():
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    register = Register(settings.register)
    try:
        register.migrate()
    except BaseException:
        register.close()
        raise
    return register


@contextmanager
def _session(engine: sa.Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        with _reachable():
            # Now, not at the first query: the writer takes its place in the queue before it reads anything.
            session.connection()
        yield session


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except (DatabaseError, OSError) as error:
        # The driver's own words name the host, never the password.
        told = str(error.orig) if isinstance(error, DatabaseError) else error.strerror
        raise Missing(
            Problem(
                code="register.unreachable",
                what="The register cannot be reached.",
                value=(told or "").partition("\n")[0],
                mend="If it is busy, try again in a minute; else check SIB_HOME and SIB_REGISTER_URL.",
            )
        ) from error


def _engine(url: str) -> sa.Engine:
    try:
        target = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise _wrong_database("no URL") from None
    if target.get_backend_name() == "sqlite":
        with _reachable():
            _make_private(target.database or "")
        engine = sa.create_engine(target)
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    if target.get_backend_name() == "postgresql":
        engine = _postgresql_engine(target)
        sa.event.listen(engine, "begin", _begin_postgresql)
        return engine
    raise _wrong_database(target.get_backend_name())


def _postgresql_engine(target: sa.URL) -> sa.Engine:
    try:
        return sa.create_engine(target.set(drivername="postgresql+psycopg"))
    except ModuleNotFoundError as error:
        raise Missing(
            Problem(
                code="register.driver",
                what="The driver for PostgreSQL is not installed.",
                value=error.name,
                expected="psycopg",
                mend="Install psycopg[binary], or leave SIB_REGISTER_URL out for SQLite.",
            )
        ) from None


def _wrong_database(found: str) -> Missing:
    return Missing(
        Problem(
            code="register.database",
            what="The register cannot be kept in this kind of database.",
            value=found,
            expected="sqlite or postgresql",
            mend="Correct SIB_REGISTER_URL, or leave it out for SQLite under SIB_HOME.",
        )
    )


def _make_private(database: str) -> None:
    """Make the file before SQLite does, so that nobody else can read it, whatever the umask."""
    path = Path(database)
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _options(engine: sa.Engine, *, writing: bool) -> dict[str, Any]:
    if engine.dialect.name == "postgresql":
        # One snapshot is all that a reader needs, and it is never asked to try again.
        level = "SERIALIZABLE" if writing else "REPEATABLE READ"
        return {"writing": writing, "isolation_level": level, "postgresql_readonly": not writing}
    return {"writing": writing}


def _prepare_sqlite(connection: Any, record: Any) -> None:  # noqa: ARG001 - the driver hands over both
    # The driver would begin on its own, later and without the lock.
    connection.isolation_level = None
    for name, value in PRAGMAS.items():
        _patiently(connection, f"PRAGMA {name} = {value}")


def _patiently(connection: Any, statement: str) -> Any:
    """Changing to WAL is the one thing for which SQLite does not wait by itself while others open the file."""
    for _ in range(_TRIES - 1):
        try:
            return connection.execute(statement)
        except sqlite3.OperationalError:
            time.sleep(_PAUSE_S)
    return connection.execute(statement)


def _begin_sqlite(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    writing = options.get("writing") or options.get("migrating")
    connection.exec_driver_sql(f"PRAGMA query_only = {int(not writing)}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _begin_postgresql(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if options.get("migrating"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
    elif options.get("writing"):
        # Before the first look at the data, so that the look is at what the writer before left.
        connection.exec_driver_sql("LOCK TABLE audit_event IN EXCLUSIVE MODE")
