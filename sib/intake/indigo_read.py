"""intake: a project of INDIGO as JSON, or as a folder of the tables that INDIGO publishes, read into its leaves."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from sib.errors import Missing, NotValid, Problem
from sib.intake.indigo_leaf import Leaf, Value, escaped
from sib.intake.indigo_standard import fields, lists

_LONG_INTEGER = 40
_DEEPEST = 40
"""Tables within tables: the standard needs six."""


class Pairs(list[tuple[str, Any]]):
    """A JSON table with its keys as they stand, so that one that stands twice is seen."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of cells: a heading for each column, and its rows with where they stand."""

    key: str
    """The list of the standard that its rows belong to; empty for the fields that a project has once."""
    name: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Any, ...]], ...]
    """Each row's place (``4`` in a workbook, ``7`` in a file) and its cells; None is blank."""
    unnamed: frozenset[str] = frozenset()
    """Places of rows that name no project, where the table holds several."""


def text_in(file: Path) -> str:
    """The file's text; raises NotValid where it is not UTF-8."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"byte {error.start + 1} of the file is not UTF-8"
        raise NotValid(Problem("indigo.not-utf8", what, "save it as UTF-8 (CSV UTF-8)", file=str(file))) from None


def json_leaves(text: str, file: str) -> list[Leaf]:
    """Every leaf of a project in JSON, bare or as INDIGO's service wraps it. Raises NotValid for what is no project."""
    try:
        document = json.loads(text, object_pairs_hook=Pairs, parse_float=Decimal, parse_int=_whole, parse_constant=str)
    except (json.JSONDecodeError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        what = f"the file is not JSON: {error.msg}" if isinstance(error, json.JSONDecodeError) else "nested too deep"
        raise NotValid(Problem("indigo.not-json", what, "save the record again", file=file, line=line)) from None
    if not isinstance(document, Pairs) or not document:
        what = "the file holds no project: it is not a JSON table"
        raise NotValid(Problem("indigo.no-project", what, "save one project of INDIGO as JSON", file=file))
    return list(_unwrapped(document))


def _whole(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < _LONG_INTEGER else Decimal(digits)


def _unwrapped(document: Pairs) -> Iterator[Leaf]:
    inner = document[0][1] if len(document) == 1 and document[0][0] == "project" else None
    if not isinstance(inner, Pairs):
        yield from _walk(document, "", "", ())
        return
    for key, part in inner:
        data = key == "data" and isinstance(part, Pairs)
        yield from _walk(part, "" if data else f"/{escaped(key)}", f"/project/{escaped(key)}", ())


def _walk(node: Any, pointer: str, place: str, faults: tuple[Problem, ...]) -> Iterator[Leaf]:
    if isinstance(node, Pairs) and node:
        often = Counter(key for key, _ in node)
        numbered = all(key.isdecimal() for key in often)
        for key, part in node:
            wrong = _key_faults(key, often[key], numbered, place)
            yield from _walk(part, f"{pointer}/{escaped(key)}", f"{place}/{escaped(key)}", (*faults, *wrong))
    elif isinstance(node, list) and node:
        for number, part in enumerate(node):
            yield from _walk(part, f"{pointer}/{number}", f"{place}/{number}", faults)
    else:
        value: Value = ({} if isinstance(node, Pairs) else ()) if isinstance(node, list) else node
        yield Leaf(pointer, value, place, plain=False, fault=next(iter((*faults, *_too_deep(pointer))), None))


def _key_faults(key: str, times: int, numbered: bool, place: str) -> Iterator[Problem]:
    if times > 1:
        what = f"the key “{key}” stands {times} times in one table"
        yield Problem("indigo.key-repeated", what, "keep the right one", place=place)
    if numbered:
        what = "the keys of this table are numbers, as if it were a list"
        yield Problem("indigo.shape", what, "write a list in square brackets", place=place)


def _too_deep(pointer: str) -> Iterator[Problem]:
    if pointer.count("/") > _DEEPEST:
        yield Problem("indigo.shape", "the value lies deeper than any field of the standard", "take the wrapping away")


def folder_leaves(folder: Path, project: str | None) -> list[Leaf]:
    """Every leaf of one project in a folder of published tables (``projects.csv``, ``projects_results.csv`` …).

    Raises Missing where there is no such table or project, NotValid where the project is not named and there are many.
    """
    main = folder / "projects.csv"
    if not main.is_file():
        mend = "give the folder that INDIGO's CSV files were unpacked into"
        raise Missing(Problem("indigo.no-table", f"there is no projects.csv in {folder}", mend, file=str(folder)))
    tables = {"": _table(main, "")}
    for key in lists():
        name = "organisations.csv" if key == "organisations" else f"projects_{key}.csv"
        if (folder / name).is_file():
            tables[key] = _table(folder / name, key)
    wanted = _wanted(tables[""], project, str(main))
    chosen = [_of_project(table, wanted) for key, table in tables.items() if key != "organisations"]
    leaves = [leaf for sheet in chosen for leaf in sheet_leaves(sheet)]
    if "organisations" in tables:
        named = {str(leaf.value).strip() for leaf in leaves if _names_organisations(leaf)}
        leaves += sheet_leaves(_of_project(tables["organisations"], frozenset(_split(named))))
    return leaves


def _names_organisations(leaf: Leaf) -> bool:
    return leaf.field is not None and leaf.field.kind in ("organisation", "organisations")


def _split(named: Iterable[str]) -> Iterator[str]:
    for each in named:
        yield from (part.strip() for part in each.split(","))


def _table(file: Path, key: str) -> Sheet:
    reader = csv.reader(io.StringIO(text_in(file), newline=""), strict=True)
    rows: list[tuple[str, tuple[Any, ...]]] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((str(reader.line_num), tuple(cell if cell.strip() else None for cell in cells)))
    except csv.Error as error:
        mend = "save the table as CSV UTF-8 again"
        problem = Problem("indigo.not-csv", f"not CSV: {error}", mend, file=str(file), line=reader.line_num)
        raise NotValid(problem) from None
    if not rows:
        mend = "put the headings of the standard on the first line"
        raise NotValid(Problem("indigo.no-header", f"{file.name} is empty", mend, file=str(file)))
    (_, header), *rest = rows
    return Sheet(key, file.name, tuple(str(cell or "") for cell in header), tuple(rest))


def _wanted(main: Sheet, project: str | None, file: str) -> frozenset[str]:
    ids = list(dict.fromkeys(str(cells[0]) for _, cells in main.rows if cells[0]))
    if project is not None and project in ids:
        return frozenset({project})
    if project is None and len(ids) == 1:
        return frozenset(ids)
    known = ", ".join(ids[:20]) + (f" and {len(ids) - 20} more" if len(ids) > 20 else "")
    if project is None:
        what = f"the folder holds {len(ids)} projects"
        raise NotValid(Problem("indigo.which-project", what, "name one with --project", expected=known, file=file))
    mend = f"write one of: {known}"
    raise Missing(Problem("indigo.no-project", f"there is no project {project}", mend, value=project, file=file))


def _of_project(table: Sheet, wanted: frozenset[str]) -> Sheet:
    """The rows of the wanted ids; the first column, the project's id, goes from all but the main table.

    A row without an id may belong to any project: it is read, to be set apart.
    """
    rows = tuple((place, cells) for place, cells in table.rows if cells[0] in wanted)
    if table.key in ("", "organisations"):
        return Sheet(table.key, table.name, table.headings, rows)
    unnamed = tuple((place, cells) for place, cells in table.rows if cells[0] is None)
    cut = tuple((place, cells[1:]) for place, cells in (*rows, *unnamed))
    return Sheet(table.key, table.name, table.headings[1:], cut, frozenset(place for place, _ in unnamed))


def sheet_leaves(sheet: Sheet) -> list[Leaf]:
    """Every cell that is not blank as a leaf, under the field that its heading names."""
    pointers = _pointers(sheet)
    leaves = []
    for number, (place, cells) in enumerate(sheet.rows):
        base = f"/{escaped(sheet.key)}/{number}" if sheet.key else ("" if number == 0 else f"/row {number + 1}")
        for column, cell in enumerate(cells):
            if cell is not None:
                leaf = _cell(sheet, pointers, base, place, column, cell)
                leaves.append(replace(leaf, fault=_row_fault(sheet, place, cells) or leaf.fault))
    return leaves


def _row_fault(sheet: Sheet, place: str, cells: Sequence[Any]) -> Problem | None:
    """A row that names no project; or has a cell too many: from some comma on, cells stand in the wrong columns."""
    if place in sheet.unnamed:
        mend = "write the project's id in the first column, or delete the row"
        return Problem("indigo.no-project-id", "the row does not say which project it belongs to", mend)
    if all(cell is None for cell in cells[len(sheet.headings) :]):
        return None
    what = f"the row has more cells than the {len(sheet.headings)} headings"
    return Problem("indigo.row-long", what, "take out the extra comma, or put quotes around the cell that holds one")


def _cell(sheet: Sheet, pointers: Sequence[tuple[str, bool]], base: str, place: str, column: int, cell: Any) -> Leaf:
    value, shown_as, where = cell if isinstance(cell, tuple) else (cell, "", "")
    heading = sheet.headings[column] if column < len(pointers) else ""
    at = where or f"{sheet.name}:{place}, {heading or f'column {column + 1}'}"
    if column < len(pointers):
        pointer, twice = pointers[column]
        what, mend = f"two columns or rows are called “{heading}”", "keep the right one"
        repeated = Problem("indigo.heading-repeated", what, mend) if twice else None
        return Leaf(base + pointer, value, at, shown_as=shown_as, fault=repeated)
    return Leaf(f"{base}/cell {column + 1}", value, at, shown_as=shown_as)


def _pointers(sheet: Sheet) -> tuple[tuple[str, bool], ...]:
    """Where each column leads, by the standard's heading or key, and whether another leads there too.

    What the standard does not know keeps its own heading, which may be a pointer.
    """
    prefix = f"/{sheet.key}/*" if sheet.key else ""
    here = [path for path in fields() if (path.startswith(f"{prefix}/") if prefix else "*" not in path)]
    known = {fields()[path].title: path for path in here}
    found: list[str] = []
    for heading in sheet.headings:
        path = known.get(heading.strip()) or next((p for p in known.values() if p == f"{prefix}/{heading.strip()}"), "")
        own = heading.strip() if heading.startswith("/") else f"/{escaped(heading.strip() or 'no heading')}"
        found.append(path.removeprefix(prefix) if path else own)
    often = Counter(found)
    return tuple((pointer, often[pointer] > 1) for pointer in found)
