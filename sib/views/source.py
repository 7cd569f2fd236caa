"""views: the page tables as they were last published, read as rows of frozen values."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, TypeVar

import duckdb

from sib.errors import Missing, Problem
from sib.settings import Settings
from sib.store.pages import PAGE_TABLES

Row = TypeVar("Row")
Ask = Callable[[str, Sequence[Any]], Sequence[Mapping[str, Any]]]


@contextmanager
def page_tables(settings: Settings) -> Iterator[Ask]:
    """Everything asked inside comes from one published file. Raises Missing where nothing was published yet."""
    pointer = settings.warehouse / "CURRENT"
    if not pointer.is_file():
        raise Missing(Problem("warehouse.empty", "nothing has been published yet", "run `sib demo` first"))
    connection = duckdb.connect(str(settings.warehouse / pointer.read_text().strip()), read_only=True)

    def ask(sql: str, params: Sequence[Any]) -> list[dict[str, Any]]:
        cursor = connection.execute(sql, list(params))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    try:
        yield ask
    finally:
        connection.close()


def rows_of(ask: Ask, kind: type[Row], table: str, where: Mapping[str, str], order: str) -> tuple[Row, ...]:
    """The rows of one page table that match, each as a ``kind`` whose fields are named as the columns.

    ``where`` is column -> value. Text that is not there becomes empty, lists become tuples.
    """
    if table not in PAGE_TABLES:
        raise ValueError(f"no page table is called {table}")
    match = " AND ".join(f"{column} = ?" for column in where)
    found = ask(f"SELECT * FROM {table} WHERE {match} ORDER BY {order}", list(where.values()))  # noqa: S608 - names of ours
    return tuple(_value(kind, row) for row in found)


def _value(kind: type[Row], row: Mapping[str, Any]) -> Row:
    return kind(**{field.name: _plain(field.type, row[field.name]) for field in fields(kind)})  # type: ignore[arg-type]


def _plain(wanted: Any, value: Any) -> Any:
    if value is None and wanted is str:
        return ""
    return tuple(value) if isinstance(value, list) else value
