"""intake: what is wrong with one row of a file, told to the person who sent it."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from sib.errors import Problem

SHOWN = 60
"""Characters of a cell that an error repeats at most."""

_DAY_FIRST = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[/. -]?(\d{1,2})[/. -]?(\d{1,2})")
_SERIAL = re.compile(r"[2-7]\d{4}(\.\d+)?")
_SERIAL_ZERO = date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing wrong in one row; ``column`` is empty when the row as a whole is meant.

    ``value`` is what the cell says, cut short and with invisible characters spelled out; it is None for columns that
    name people or may tell about them, and wherever the cells cannot be trusted to stand in their own columns.
    """

    column: str
    code: str
    what: str
    value: str | None = None
    expected: str = ""
    mend: str = ""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken: the line of the file on which it begins, and everything that is wrong with it."""

    row: int
    problems: tuple[RowProblem, ...]

    def as_problems(self) -> tuple[Problem, ...]:
        """The same as the problems that every part of sib speaks of."""
        return tuple(
            Problem(
                code=problem.code,
                what=problem.what,
                mend=problem.mend,
                value=problem.value,
                expected=problem.expected or None,
                line=self.row,
                place=problem.column or None,
            )
            for problem in self.problems
        )


def shown(text: str) -> str:
    """The text as an error repeats it: short, and with every invisible character spelled out."""
    spelled = "".join(char if char.isprintable() else f"<U+{ord(char):04X}>" for char in text[:SHOWN])
    return spelled + ("…" if len(text) > SHOWN else "")


def listed(names: Iterable[str], most: int = 12) -> str:
    """Names in order as one phrase, the first ``most`` of them."""
    ordered = sorted(names)
    more = len(ordered) - most
    return ", ".join(ordered[:most]) + (f" and {more} more" if more > 0 else "")


@lru_cache(maxsize=1024)
def nearest(word: str, words: tuple[str, ...]) -> str | None:
    """The one of ``words`` that ``word`` was probably meant to be."""
    plain = {name.casefold(): name for name in words}
    wanted = word[:SHOWN].strip().casefold().replace(" ", "_").replace("-", "_")
    close = difflib.get_close_matches(wanted, plain, n=1, cutoff=0.75)
    return plain[close[0]] if close else None


def unknown(column: str, text: str, known: Iterable[str]) -> RowProblem:
    """A word that the contract does not have, with the one that was probably meant."""
    names = tuple(sorted(known))
    guess = nearest(text, names)
    return RowProblem(
        column=column,
        code=f"intake.{column}-unknown",
        what=f"the contract has no {column} of this name",
        value=shown(text),
        expected="one of " + listed(names) if names else f"no {column}: the contract names none",
        mend=f"did you mean {guess}?" if guess else f"write the {column} as the contract names it",
    )


def bad_date(column: str, text: str) -> RowProblem:
    """A cell that is not a day of the calendar written as YYYY-MM-DD, with what was probably meant."""
    impossible = re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) is not None
    return RowProblem(
        column=column,
        code="intake.date-impossible" if impossible else "intake.date-format",
        what="there is no such day in the calendar" if impossible else "the date is not written as YYYY-MM-DD",
        value=shown(text),
        expected="a day of the calendar as YYYY-MM-DD",
        mend="look the day up again" if impossible else _meant_date(text),
    )


def _meant_date(text: str) -> str:
    """What to write instead of a date in one of the usual other forms."""
    if _day(*text[:10].split("-")) and text[10:11] in ("T", " "):
        return f"leave the time of day out: {text[:10]}"
    if _SERIAL.fullmatch(text):
        meant = _SERIAL_ZERO + timedelta(days=int(text[:5]))
        return f"this is a spreadsheet's day number, probably {meant}: format the column as YYYY-MM-DD and save again"
    if match := _DAY_FIRST.fullmatch(text):
        return _meant_day_first(*match.groups())
    if (match := _YEAR_FIRST.fullmatch(text)) and (day := _day(*match.groups())):
        return f"write {day}"
    return "write the year, the month and the day in figures with hyphens between: 2020-12-31"


def _meant_day_first(one: str, other: str, year: str) -> str:
    days = [day for day in (_day(year, other, one), _day(year, one, other)) if day]
    if len(set(days)) == 2:
        return f"write {days[0]} or {days[1]}: nobody but you can tell which was meant"
    return f"write {days[0]}" if days else "look the day up again"


def _day(*figures: str) -> date | None:
    try:
        return date(*(int(part) for part in figures))
    except (ValueError, TypeError, OverflowError):
        return None


def day_fault(column: str, code: str, what: str, day: date, expected: str, mend: str) -> RowProblem:
    """A day that the calendar has and the contract does not want."""
    return RowProblem(column, f"intake.date-{code}", f"{column} {what}", str(day), expected, mend)
