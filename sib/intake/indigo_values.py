"""intake: what one value of a record of INDIGO may be, by its field: told, never mended silently."""

import difflib
import re
from collections.abc import Iterator
from decimal import Decimal

from sib.errors import Problem
from sib.intake.cells import iso_date
from sib.intake.faults import bad_date, shown
from sib.intake.indigo_leaf import Leaf, Value
from sib.intake.indigo_standard import Field, fields, pattern, tables

_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_FORMULA = re.compile(r"[=@]|[+-](?=[A-Za-z(@$])")
_ERRORS = ("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!")
_PERCENT = re.compile(r"\s*(-?[0-9]+(?:\.[0-9]+)?)\s*(%?)\s*")
_GROUPED = re.compile(r"[£$€]?\s*([0-9]{1,3}(?:[, ][0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)")
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_MOST_DIGITS = 18


def fault_of(leaf: Leaf) -> Problem | None:
    """The first thing that is wrong with a value by itself; None if it can stand as it is."""
    return leaf.fault or next(_faults(leaf), None)


def _faults(leaf: Leaf) -> Iterator[Problem]:
    field, value = leaf.field, leaf.clean
    if value is not None and _misplaced(leaf, is_empty=value in ((), {})):
        mend = "write it as the standard's example does: a value under “value”, rows as a list"
        yield _problem("shape", "tables, lists and values do not stand as in the standard", "its shape", mend)
    if value is None or value in ((), {}) or (isinstance(value, str) and not value.strip()):
        return
    if isinstance(value, str):
        yield from _text_faults(value)
    if field is None:
        return
    if field.kind == "number":
        yield from _number_faults(field, leaf, value)
    elif not isinstance(value, str):
        mend = f'write it in quotation marks: "{value}"' if not isinstance(value, bool) else "write the words"
        yield _problem("not-text", "a number or a yes/no stands where the standard wants text", "text", mend)
    elif field.kind == "date":
        yield from _date_faults(value)
    elif field.kind == "country" and not re.fullmatch("[A-Z]{2}", value):
        yield _problem("country", "this is no country code", "two capital letters of ISO 3166: GB", "write the code")
    elif field.codes and value not in field.codes:
        yield _not_a_code(field, value)
    if field.is_percentage:
        yield from _percentage_faults(leaf, value)


def _misplaced(leaf: Leaf, is_empty: bool) -> bool:
    """Whether a single value, a list or a table stands where the standard has another of the three."""
    shape, steps = pattern(leaf.pointer), leaf.pointer.split("/")
    if shape in tables() and not (is_empty and tables()[shape] == (leaf.value == ())):
        return True
    if is_empty and leaf.field is not None:
        return True
    for end in range(2, len(steps)):
        above = pattern("/".join(steps[:end]))
        if above in fields() or (above in tables() and tables()[above] != steps[end].isdecimal()):
            return True
    return False


def _problem(code: str, what: str, expected: str, mend: str) -> Problem:
    return Problem(f"indigo.{code}", what, mend, expected=expected)


def _text_faults(text: str) -> Iterator[Problem]:
    if _FORMULA.match(text):
        mend = "write what it comes to; where text is meant, begin it with another character"
        yield _problem("formula", "a formula stands where its result should be", "a plain value", mend)
    elif text.strip() in _ERRORS:
        yield _problem("formula-error", "a spreadsheet's error stands here", "a plain value", "mend the formula")
    elif any("\ud800" <= char <= "\udfff" or (not char.isprintable() and not char.isspace()) for char in text):
        mend = "type it again instead of pasting it"
        yield _problem("characters", "the text holds characters that nobody can see", "printable text", mend)


def _number_faults(field: Field, leaf: Leaf, value: Value) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        yield _problem("not-a-number", "text stands where the standard wants a number", "figures only", _plain(value))
        return
    number = Decimal(value)
    if number < 0 and not field.path.startswith("/delivery_locations/*/lat_lng"):
        mend = "write what was paid or counted as a positive number; a correction is a row of its own with a note"
        yield _problem("negative", "the number is negative", "zero or more", mend)
    elif number.adjusted() >= _MOST_DIGITS or _decimals(number) > _MOST_DIGITS:
        expected = f"at most {_MOST_DIGITS} digits on either side of the point"
        yield _problem("too-long", "no amount and no count has so many digits", expected, "look the figure up again")
    elif field.counts_people and number != number.to_integral_value():
        what, mend = "a count of people has a fraction: perhaps an average", "write the count itself, for its period"
        yield _problem("count-not-whole", what, "a whole number", mend)
    elif leaf.shown_as == "%" and not field.is_percentage:
        mend = "write the amount or the count, and take the percent format away"
        yield _problem("percent-format", "the workbook shows this number as a percentage", "a number", mend)


def _decimals(number: Decimal) -> int:
    return max(0, -int(number.as_tuple().exponent))


def _plain(value: Value) -> str:
    """What to write instead; only where the text can mean one number."""
    text = value.strip() if isinstance(value, str) else ""
    if (found := _GROUPED.fullmatch(text)) is None:
        return "write figures with at most one point; words go into the notes"
    return f"write {re.sub('[, ]', '', found[1])} as a number, if that is meant"


def _date_faults(text: str) -> Iterator[Problem]:
    expected = "a day, month or year of the calendar: YYYY-MM-DD, YYYY-MM or YYYY"
    if _DATE.fullmatch(text):
        year, month, day = (*text.split("-"), "01", "01")[:3]
        if not _FIRST_YEAR <= int(year) <= _LAST_YEAR or iso_date(f"{year}-{month}-{day}") is None:
            yield _problem("date-impossible", "there is no such day in the calendar", expected, "look it up again")
    else:
        mend = bad_date("date", text).mend
        yield _problem("date-format", "the date is not written as the standard wants it", expected, mend)


def _not_a_code(field: Field, text: str) -> Problem:
    near = difflib.get_close_matches(text.strip(), field.codes, 1, 0.6)
    expected = ", ".join(field.codes[:8]) + (f" and {len(field.codes) - 8} more" if len(field.codes) > 8 else "")
    mend = f"did you mean {near[0]}?" if near else "write one of the codes as the standard does"
    return _problem("code-unknown", f"“{shown(text)}” is not on the standard's list", expected, mend)


def _percentage_faults(leaf: Leaf, value: Value) -> Iterator[Problem]:
    """0.4 may be 0.4 % or 40 %; a share that a workbook shows as 40 % is not the 40 that the standard wants."""
    found = _PERCENT.fullmatch(value if isinstance(value, str) else str(value))
    if found is None or isinstance(value, bool):
        return
    number, signed = Decimal(found[1]), bool(found[2])
    if leaf.shown_as == "%":
        mend = f"write {(number * 100).normalize():f} as a plain number"
        yield _problem("percent-format", "the workbook holds a share and shows a percentage", "a percentage: 40", mend)
    elif not signed and number and abs(number) <= 1:
        mend = f"write {(number * 100).normalize():f} or {number}%, whichever is meant"
        yield _problem("percent-or-share", "this may be a share or a percentage", "a percentage: 40", mend)
    elif "loss" in leaf.pointer and number > 100:
        yield _problem("percent-too-large", "more than all is lost", "at most 100", "look the figure up again")
