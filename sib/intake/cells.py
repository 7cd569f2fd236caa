"""intake: what one cell may hold, whatever file it stands in."""

import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from sib.intake.faults import RowProblem, bad_date, shown

LONGEST = 1000
"""Characters that a cell of words may hold."""
FORMULA = "=+@"
TOTALS = frozenset({"total", "totals", "subtotal", "sub-total", "grand total", "sum"})
BIGGEST = 999_999_999


@lru_cache(maxsize=65_536)
def iso_date(text: str) -> date | None:
    """The day that ``YYYY-MM-DD`` names; None for anything else (``20201231`` and ``2020-W53-4`` are anything else)."""
    if len(text) != 10 or text[4] != "-" or text[7] != "-" or not text.isascii():
        return None
    try:
        return date(int(text[:4]), int(text[5:7]), int(text[8:])) if text.replace("-", "").isdigit() else None
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def whole_number(text: str) -> int | None:
    """A whole number of at least 1 in plain figures, at most 999,999,999; None for anything else."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        return None
    return int(text) or None


def tidy(text: str) -> str:
    """The text in its composed form, so that one name written in two ways stays one name."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def is_plain(text: str) -> bool:
    """Whether a cell of printable ASCII is not empty, has no space around it and is no formula."""
    return text != "" and text[0] not in FORMULA and text.strip() == text


def is_total(cells: list[str]) -> bool:
    """Whether the first cell that is not blank says that the row is a total."""
    first = next(filter(None, cells), "")
    return len(first) < 14 and first.strip(" :").casefold() in TOTALS


def date_faults(column: str, text: str) -> Iterator[RowProblem]:
    """What is wrong with a cell that must hold a day."""
    if not text.strip():
        yield blank(column, "a day as YYYY-MM-DD")
    elif iso_date(text) is None:
        yield bad_date(column, text)


def number_faults(column: str, text: str) -> Iterator[RowProblem]:
    """What is wrong with a cell that must hold a whole number; an empty cell stands for 1."""
    if text and whole_number(text) is None:
        yield RowProblem(
            column=column,
            code="intake.not-whole-number",
            what=f"{column} is not a whole number of at least 1",
            value=shown(text),
            expected="figures only, from 1 to 999999999",
            mend="write it without sign, point, comma, space or exponent: 1000",
        )


def word_faults(column: str, text: str, *, show: bool, name: bool = False) -> Iterator[RowProblem]:
    """What is wrong with a cell of words: at most one thing, the first that a reader would see.

    ``show`` says whether an error may repeat the cell; a ``name`` is compared by letters: it may not mix alphabets.
    """
    value = shown(text) if show else None
    if not text.strip():
        yield blank(column, "some text")
    elif "\n" in text or "\r" in text:
        yield _line_break(column)
    elif not text.isprintable():
        yield _invisible(column, text, value)
    elif text != text.strip():
        yield _fault(column, "space-around", "begins or ends with a space", value, "take the space away")
    elif text[0] in FORMULA:
        mend = "write the plain text; a spreadsheet would run this as a formula"
        yield _fault(column, "formula", f"begins with {text[0]} like a formula", value, mend)
    elif len(text) > LONGEST:
        mend = f"keep it under {LONGEST} characters: a reference to the document, not the document"
        yield _fault(column, "too-long", f"holds {len(text)} characters", value, mend)
    elif name and _alphabets(text) > 1:
        mend = "type it again: a letter of another alphabet that looks the same makes it another reference"
        yield _fault(column, "mixed-alphabets", "mixes letters of different alphabets", value, mend)


def row_faults(cells: list[str], width: int) -> Iterator[RowProblem]:
    """What is wrong with a row before its cells can be told apart; none of its cells is repeated."""
    if not any(cell.strip() for cell in cells):
        yield RowProblem("", "intake.row-blank", "the row is blank", mend="delete the row")
    elif is_total(cells):
        yield RowProblem("", "intake.row-total", "this is a row of totals, not a claim", mend="delete the row")
    elif len(cells) < width:
        yield _shape("row-short", cells, width, "add the missing cells; an empty cell still needs its comma")
    elif len(cells) > width:
        yield _shape("row-long", cells, width, "take out the extra comma, or put quotes around a cell that holds one")


def blank(column: str, expected: str) -> RowProblem:
    """A cell that must not be blank."""
    return RowProblem(column, "intake.blank", f"{column} is blank", expected=expected, mend=f"fill in {column}")


def _fault(column: str, code: str, what: str, value: str | None, mend: str) -> RowProblem:
    return RowProblem(column, f"intake.{code}", f"{column} {what}", value=value, expected="plain text", mend=mend)


def _line_break(column: str) -> RowProblem:
    mend = "write the cell on one line"
    return _fault(column, "line-break", "holds a line break", None, mend)


def _invisible(column: str, text: str, value: str | None) -> RowProblem:
    codes = sorted({f"U+{ord(char):04X}" for char in text if not char.isprintable()})[:5]
    mend = "type the cell again instead of pasting it"
    return _fault(column, "characters", f"holds invisible characters: {', '.join(codes)}", value, mend)


def _shape(code: str, cells: list[str], width: int, mend: str) -> RowProblem:
    what = f"the row has {len(cells)} cells where the header has {width}"
    return RowProblem("", f"intake.{code}", what, expected=f"{width} cells", mend=mend)


def _alphabets(text: str) -> int:
    """How many alphabets the letters come from."""
    letters = (char for char in text if char.isalpha())
    return len({unicodedata.name(char, "? ").split(" ")[0] for char in letters})
