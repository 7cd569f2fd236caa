"""views: the page tables as they were last published, read as rows of frozen values."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from functools import lru_cache
from typing import Any, TypeVar

from sib.settings import Settings
from sib.store.pages import PAGE_TABLES
from sib.store.warehouse import Warehouse, open_warehouse

Row = TypeVar("Row")
Ask = Callable[[str, Sequence[Any]], Sequence[Mapping[str, Any]]]


@contextmanager
def page_tables(settings: Settings) -> Iterator[Ask]:
    """Everything asked inside comes from one published file. Raises Missing where nothing was published yet."""
    with _warehouse(settings).read() as connection:

        def ask(sql: str, params: Sequence[Any]) -> list[dict[str, Any]]:
            found = connection.execute(sql, list(params))
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

        yield ask


@lru_cache(maxsize=8)
def _warehouse(settings: Settings) -> Warehouse:
    """Kept open between pages, since opening costs more than a page's questions; it follows the pointer by itself."""
    return open_warehouse(settings)


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
