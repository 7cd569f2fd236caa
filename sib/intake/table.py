"""intake: the bytes of a file become rows of cells, or the whole file is refused because its rows cannot be trusted."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from typing import NoReturn

from sib.errors import NotValid, Problem
from sib.intake.header import Columns, check_header

_CONTAINERS = {
    b"PK\x03\x04": "an Excel workbook or another zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF document",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip file",
}
_SOMETHING = re.compile(rb"[^\s\xef\xbb\xbf]")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Table:
    """A file whose form is good: hash of its bytes, names of its columns in order, and its rows.

    ``rows`` is read as it is asked for, and gives the line on which each row begins (the header is usually line 1) and
    its cells; empty lines are no rows. Reading on can still raise NotValid: a quote that nothing closes shows only at
    the end of the file.
    """

    sha256: str
    header: tuple[str, ...]
    rows: Iterator[tuple[int, list[str]]]


def open_table(data: bytes, columns: Columns) -> Table:
    """The table in ``data``, comma-separated UTF-8 with a header that names ``columns`` in any order.

    Raises NotValid with everything that is wrong with the form of the file; nothing of it may then be used.
    """
    _check_bytes(data)
    records = _records(data)
    line, header = next(records)
    check_header(line, header, columns)
    row = next(records, None)
    if row is None:
        _refuse("file-no-rows", "the file has a header and no rows", mend="send the file with its rows")
    return Table(sha256(data).hexdigest(), tuple(header), chain((row,), records))


def _refuse(code: str, what: str, *, mend: str, expected: str | None = None, line: int | None = None) -> NoReturn:
    raise NotValid(Problem(f"intake.{code}", what, mend, expected=expected, line=line)) from None


def _check_bytes(data: bytes) -> None:
    if not _SOMETHING.search(data):
        _refuse("file-empty", "the file is empty", mend="send the file with its header and rows")
    for mark, name in _CONTAINERS.items():
        if data.startswith(mark):
            _refuse("not-csv", f"the file is {name}, not CSV", mend="save it as CSV UTF-8 and send that")
    if data.startswith(_UTF_16):
        _refuse("not-utf8", "the file is UTF-16, as its first two bytes say", mend="save it as CSV UTF-8")
    if (place := data.find(0)) >= 0:
        line = _line_of(data, place)
        mend = "the file is damaged or UTF-16: save it again as CSV UTF-8"
        _refuse("nul", f"byte {place + 1} of the file is NUL, which no text holds", mend=mend, line=line)
    if not data.isascii():
        _check_utf8(data)


def _check_utf8(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError as fault:
        place = fault.start
    else:
        return
    what = f"byte {place + 1} of the file (0x{data[place]:02X}) is not UTF-8"
    guess = "Windows-1252, as Excel's plain CSV is" if _could_be_windows(data[place : place + 4096]) else "unknown"
    mend = f"the encoding is probably {guess}: save the file as CSV UTF-8"
    _refuse("not-utf8", what, mend=mend, expected="UTF-8", line=_line_of(data, place))


def _line_of(data: bytes, place: int) -> int:
    return data[:place].replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1


def _could_be_windows(data: bytes) -> bool:
    try:
        return not any(char < " " and char not in "\t\r\n" for char in data.decode("cp1252"))
    except UnicodeDecodeError:
        return False


def _lines(data: bytes) -> Iterator[str]:
    """Lines as any system ends them, each with its ending; a byte order mark is not part of the first."""
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")


def _records(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Line on which each record begins, and its cells."""
    reader = csv.reader(_lines(data), strict=True)
    start, width = 1, 0
    try:
        for cells in reader:
            end = reader.line_num
            if cells:
                width = width or len(cells)
                if end > start and _swallowed(cells, width):
                    _refuse_quote(data, start, end)
                yield start, cells
            start = end + 1
    except csv.Error as fault:
        _refuse_record(data, start, reader.line_num, str(fault))


def _swallowed(cells: list[str], width: int) -> bool:
    """Whether a cell that runs over several lines holds what looks like other rows."""
    broken = (cell for cell in cells if "\n" in cell or "\r" in cell)
    return any(cell.count(",") >= max(2, width - 2) for cell in broken)


def _refuse_record(data: bytes, start: int, end: int, fault: str) -> NoReturn:
    if _open_line(data, start, end) is not None and (end > start or "end of data" in fault):
        _refuse_quote(data, start, end)
    if "field limit" in fault:
        mend = "a cell holds a reference or a few words, not a document"
        _refuse("field-too-long", f"line {start} has a cell of over 131,072 characters", mend=mend, line=start)
    mend = 'write a quote inside a quoted cell twice (""), and nothing between a closing quote and the comma'
    _refuse("quote-stray", f"line {start} goes on after a closing quote", mend=mend, line=start)


def _refuse_quote(data: bytes, start: int, end: int) -> NoReturn:
    line = _open_line(data, start, end) or start
    mend = f"close the quote on line {line}, or take it away"
    what = f"a quote opens on line {line} and swallows the lines after it"
    _refuse("quote-open", what, mend=mend, expected="every cell closed on its own line", line=line)


def _open_line(data: bytes, start: int, end: int) -> int | None:
    """The last of the lines ``start`` to ``end`` on which a quote opens that the same line does not close."""
    opened, is_open = None, False
    for number, line in enumerate(_lines(data), start=1):
        if number < start:
            continue
        if number > end:
            break
        if line.count('"') % 2:
            is_open = not is_open
            opened = number if is_open else opened
    return opened
