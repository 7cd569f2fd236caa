"""intake: a project of INDIGO as a workbook: one sheet for what it has once, one for each list; formulas are seen."""

import io
import re
import warnings
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from sib.errors import NotValid, Problem
from sib.intake.indigo_leaf import Leaf, Value
from sib.intake.indigo_read import Sheet, sheet_leaves
from sib.intake.indigo_standard import fields, lists

OVERVIEW = "General Overview"
_ONCE = {"general overview", "project", "projects", "overview"}
_HEADS = ("Field", "Value")


def workbook_leaves(file: Path) -> list[Leaf]:
    """Every cell that is not blank as a leaf; raises NotValid where the file is no workbook.

    The sheet “General Overview” has a field and its value on each row; every other sheet is a list with headings.
    """
    sheets = [_sheet(name, rows) for name, rows in _cells(file) if rows]
    return [leaf for sheet in sheets for leaf in sheet_leaves(sheet)]


def _cells(file: Path) -> Iterator[tuple[str, list[tuple[int, list[Any]]]]]:
    """Sheets with their rows that are not blank; each cell as (value, how it is shown, where it stands)."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            # what openpyxl leaves out of a workbook (validation, drawings) holds no data
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(file.read_bytes()), data_only=False)
            for sheet in book.worksheets:
                rows = [[_cell(sheet.title, cell) for cell in row] for row in sheet.iter_rows()]
                yield sheet.title, [(number, row) for number, row in enumerate(rows, 1) if any(row)]
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        what = f"the file is not an Excel workbook ({type(error).__name__})"
        raise NotValid(Problem("indigo.not-workbook", what, "save it as .xlsx", file=str(file))) from None


def _cell(sheet: str, cell: Any) -> tuple[Value, str, str] | None:
    value = _value(cell.value)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    percent = "%" if isinstance(value, int | Decimal) and "%" in str(cell.number_format) else ""
    return value, percent, f"{sheet}!{cell.coordinate}"


def _value(value: Any) -> Value:
    """A cell's value: a formula as its text, a day as YYYY-MM-DD, a number with the digits that are shown."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else Decimal(repr(value))
    if value is None or isinstance(value, bool | int | str):
        return value
    # a formula over several cells is an object that holds its text
    return str(getattr(value, "text", None) or value)


def _sheet(name: str, rows: list[tuple[int, list[Any]]]) -> Sheet:
    key = _key(name)
    if key == "":
        return _overview(name, rows)
    (_, heads), *rest = rows
    headings = tuple(str(head[0]) if head else "" for head in heads)
    body = tuple((str(number), tuple(cells)) for number, cells in rest)
    return Sheet(name if key is None else key, name, headings, body)


def _key(name: str) -> str | None:
    """The list that a sheet's name means, by title or key; empty for the overview, None for neither."""
    plain = name.strip().casefold()
    known = {title[:31].casefold(): key for key, title in lists().items()} | {key.casefold(): key for key in lists()}
    return "" if plain in _ONCE else known.get(plain)


def _overview(name: str, rows: list[tuple[int, list[Any]]]) -> Sheet:
    """One row a field becomes one row with a column a field; what stands beside field and value keeps its column."""
    cells: list[tuple[str, Any]] = []
    for number, row in rows:
        field = str(row[0][0]) if row[0] else f"row {number}"
        if field.strip() != _HEADS[0]:
            cells += [
                (f"{field}, column {at}" if at > 2 else field, cell) for at, cell in enumerate(row[1:], 2) if cell
            ]
    return Sheet("", name, tuple(head for head, _ in cells), (("1", tuple(cell for _, cell in cells)),))


def workbook(leaves: Mapping[str, Value]) -> bytes:
    """The leaves of a project as a workbook that ``workbook_leaves`` reads back; no text in it runs as a formula."""
    from openpyxl import Workbook

    book = Workbook()
    first = book.active
    first.title = OVERVIEW
    _write(first, 1, _HEADS)
    tables: dict[str, dict[str, dict[str, Value]]] = {}
    for pointer, value in leaves.items():
        key, at, rest = (*pointer[1:].split("/", 2), "", "")[:3]
        if key in lists() and rest:
            tables.setdefault(key, {}).setdefault(at, {})["/" + rest] = value
        else:
            _write(first, first.max_row + 1, (_heading(pointer), value))
    for key, rows in tables.items():
        sheet = book.create_sheet(lists()[key][:31])
        columns = list(dict.fromkeys(pointer for row in rows.values() for pointer in row))
        _write(sheet, 1, tuple(_heading(f"/{key}/*{pointer}") for pointer in columns))
        for number, row in enumerate(rows.values(), 2):
            _write(sheet, number, tuple(row.get(pointer) for pointer in columns))
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _heading(path: str) -> str:
    """The standard's heading; where it has none, the pointer itself, which is read back as one."""
    field = fields().get(path)
    return field.title if field else re.sub(r"^/[^/]+/\*", "", path)


def _write(sheet: Any, row: int, values: tuple[Value, ...]) -> None:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    for column, value in enumerate(values, 1):
        if value is None or value in ((), {}):
            continue
        plain = ILLEGAL_CHARACTERS_RE.sub(" ", value) if isinstance(value, str) else value
        cell = sheet.cell(row, column, plain)
        if isinstance(value, str):
            cell.data_type = "s"
