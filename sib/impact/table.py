"""impact: a comma-separated file as named columns, matched by header and never by position."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sib.errors import Missing, NotValid, Problem
from sib.impact.cohort import UNKNOWN_WORDS, Column, as_column

_UNKNOWN = frozenset({*UNKNOWN_WORDS, "NaN", "nan"})


@dataclass(frozen=True, slots=True)
class Table:
    """A file as text: its header, and its rows in the given order."""

    name: str
    header: tuple[str, ...]
    rows: tuple[list[str], ...]


def read_table(path: Path) -> Table:
    """Raises ``Missing`` without the file, ``NotValid`` where it is not comma-separated text in UTF-8."""
    if not path.is_file():
        raise Missing(Problem("impact.no-data", f"there is no file {path.name}", "give the path of the data"))
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            header, *rows = csv.reader(file, strict=True)
    except (ValueError, csv.Error):
        raise NotValid(
            Problem("impact.not-csv", f"{path.name} is not a comma-separated text", "save it as CSV in UTF-8")
        ) from None
    return Table(path.name, tuple(header), tuple(rows))


def columns_of(table: Table, needed: Iterable[str]) -> dict[str, list[str]]:
    """The needed columns as text; ``NotValid`` with every column that is missing or comes twice, and every bad row."""
    wanted = frozenset(needed)
    problems = _form_problems(table, wanted)
    if problems:
        raise NotValid(problems)
    places = {name: place for place, name in enumerate(table.header) if name in wanted}
    return {name: [row[place] for row in table.rows] for name, place in places.items()}


def typed(cells: list[str]) -> Column:
    """Numbers if every cell is one or unknown (not-a-number then), words otherwise."""
    try:
        return np.array([float("nan") if cell in _UNKNOWN else float(cell) for cell in cells])
    except ValueError:
        return as_column(np.array(cells, dtype=np.str_))


def _form_problems(table: Table, needed: frozenset[str]) -> list[Problem]:
    header = table.header
    problems = [
        Problem(
            code="impact.no-such-column",
            what=f"{table.name} has no column {name!r}",
            mend="correct the name, or add the column",
            expected=", ".join(header),
            file=table.name,
        )
        for name in sorted(needed - set(header))
    ]
    problems += [
        Problem("impact.column-twice", f"column {name!r} comes twice", "rename one of them", file=table.name, line=1)
        for name in sorted({name for name in header if header.count(name) > 1})
    ]
    problems += [
        Problem(
            code="impact.row-length",
            what=f"the row has {len(row)} cells and the header {len(header)}",
            mend="look for a missing or an unquoted comma",
            file=table.name,
            line=number,
        )
        for number, row in enumerate(table.rows, start=2)
        if len(row) != len(header)
    ]
    return problems
