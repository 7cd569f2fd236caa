"""store: the warehouse: page tables in DuckDB, built in a new file each time and then pointed to.

DuckDB lets one process write or many read a file, never both. So a file that readers know is never written again:
the next one is built beside it, and a pointer moves. Readers follow the pointer; whoever still reads the old file
goes on reading it.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from sib.errors import Missing, Problem
from sib.settings import Settings

POINTER = "CURRENT"
KEPT = 3
"""Published files that stay; a reader holds an older one only while it is open."""

# A page's query reads the file it was given, and nothing else on the machine or beyond.
_READER: Mapping[str, Any] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
}
_DAY_NS = 86_400 * 10**9


class Warehouse:
    """The published page tables; use as a context manager or ``close`` it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._open: tuple[str, duckdb.DuckDBPyConnection] | None = None

    def __enter__(self) -> "Warehouse":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def publish(self, build: Callable[[duckdb.DuckDBPyConnection], None]) -> Path:
        """Let ``build`` fill an empty database, then point readers to it; after an exception all stays as it was."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"sib-{time.time_ns()}.duckdb"
        draft = self._folder / f"{name}.tmp"
        try:
            connection = duckdb.connect(str(draft))
            try:
                build(connection)
                connection.execute("CHECKPOINT")
            finally:
                connection.close()
            _sync(draft)
            draft.replace(self._folder / name)
        finally:
            draft.unlink(missing_ok=True)
            draft.with_name(f"{draft.name}.wal").unlink(missing_ok=True)
        self._point_to(name)
        self._tidy()
        return self._folder / name

    @contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection to what is published now, which reaches no other file; raises ``Missing`` if none."""
        cursor = self._current().cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def query(self, sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[dict[str, Any]]:
        """The rows that answer a query (``?`` or ``$name`` for parameters), as plain dictionaries."""
        with self.read() as connection:
            result = connection.execute(sql, params or None)
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def current(self) -> Path:
        """The file that is published now; raises ``Missing`` if nothing was published yet."""
        try:
            return self._folder / (self._folder / POINTER).read_text().strip()
        except FileNotFoundError:
            raise Missing(
                Problem(
                    code="warehouse.empty",
                    what="Nothing has been published yet.",
                    expected="page tables",
                    mend="Run `sib publish`; or `sib demo`, for the demonstration.",
                    file=str(self._folder),
                )
            ) from None

    def close(self) -> None:
        """Close the connection that is kept open between queries."""
        with self._lock:
            if self._open:
                self._open[1].close()
            self._open = None

    def _current(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            path = self.current()
            if self._open is None or self._open[0] != path.name:
                # The connection before is let go, not closed: closing it would close the cursors still reading from it.
                self._open = path.name, _connect(path, self.current)
            return self._open[1]

    def _point_to(self, name: str) -> None:
        draft = self._folder / f"{POINTER}.{name}.tmp"
        draft.write_text(name)
        _sync(draft)
        draft.replace(self._folder / POINTER)
        _sync(self._folder)

    def _tidy(self) -> None:
        """Remove old published files, and what a publication that was killed left behind a day ago or more."""
        published = sorted(self._folder.glob("sib-*.duckdb"))
        stale = [path for path in self._folder.glob("*.tmp*") if time.time_ns() - path.stat().st_mtime_ns > _DAY_NS]
        for path in [*published[:-KEPT], *stale]:
            if path != self.current():
                path.unlink(missing_ok=True)


def open_warehouse(settings: Settings) -> Warehouse:
    """The warehouse that the settings name."""
    return Warehouse(settings.warehouse)


def _connect(path: Path, current: Callable[[], Path]) -> duckdb.DuckDBPyConnection:
    # Publications may have passed between reading the pointer and opening the file; then there is a newer pointer.
    for file in (path, current()):
        try:
            return duckdb.connect(str(file), read_only=True, config=dict(_READER))
        except duckdb.IOException:
            continue
    raise Missing(
        Problem(
            code="warehouse.unreadable",
            what="The page tables that were published last cannot be opened.",
            mend="Publish them again: everything in them can be rebuilt from the register.",
            file=str(path),
        )
    )


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
