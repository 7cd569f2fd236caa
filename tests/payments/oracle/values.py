"""payments: what the second implementation counts with: days and months, numbers in force, rounding, tables, bands."""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

DECIMALS = {"JPY": 0, "GBP": 2, "KWD": 3, "CLF": 4}


class Hold(Exception):
    """The facts do not give what the rule asks: nothing is paid."""


class Line(NamedTuple):
    """What one payment comes to, in minor units."""

    gross: int
    amount: int
    held: bool
    payers: dict[str, int]
    quantity: Fraction | None


class Claim(NamedTuple):
    """One verified outcome."""

    person: str
    metric: str
    day: date
    group: str | None
    number: int
    settled: bool


NONE: Any = MappingProxyType({})


class Given(NamedTuple):
    """The facts in plain form: ``settled`` says per payment which claims it has paid for, where it differs."""

    as_of: date
    claims: list[Claim]
    quantities: dict[str, str]
    paid_before: dict[str, int]
    settled: dict[str, list[bool]]
    paid_this_year: dict[str, int] = NONE
    payers_before: dict[str, dict[str, int]] = NONE
    payers_this_year: dict[str, dict[str, int]] = NONE


class Seen:
    """Whether facts lay on a threshold or one step beside it: within one outcome, one penny or one day.

    Nothing against nothing is no threshold: there is no outcome, and no penny is moved.
    """

    def __init__(self) -> None:
        self.near: set[str] = set()

    def number(self, value: Fraction, *edges: Any) -> None:
        """Whole numbers one outcome from an edge, other numbers one hundredth."""
        for edge in map(Fraction, edges):
            step = Fraction(1 if value.denominator == edge.denominator == 1 else "0.01")
            self._note("outcome", abs(value - edge) <= step and bool(value or edge))

    def times(self, number: int, limit: int) -> None:
        """A limit of one is reached by everybody: of it only what is beyond it counts."""
        self._note("outcome", number == limit + 1 or (limit > 1 and number in (limit - 1, limit)))

    def pennies(self, value: int | Fraction, *edges: Any) -> None:
        for edge in edges:
            self._note("penny", abs(value - edge) <= 1 and bool(value or edge))

    def day(self, value: date, *edges: date | None) -> None:
        for edge in edges:
            self._note("day", edge is not None and abs((value - edge).days) <= 1)

    def _note(self, what: str, near: bool) -> None:
        if near:
            self.near.add(what)


def day_after(day: date, days: int) -> date:
    """The day so many days later (or earlier)."""
    return day + timedelta(days=days)


def months_after(day: date, months: int) -> date:
    """The same day so many calendar months later; where the month is too short, its last day."""
    place = day.year * 12 + day.month - 1 + months
    year, month = place // 12, place % 12 + 1
    number = day.day
    while True:
        try:
            return date(year, month, number)
        except ValueError:
            number -= 1


def all_days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(1)


def in_force(value: Any, day: date, seen: Seen) -> Fraction | None:
    if not isinstance(value, list):
        return Fraction(value)
    found = None
    for step in value:
        seen.day(day, step.get("from"))
        if "from" not in step or step["from"] <= day:
            found = Fraction(step["value"])
    return found


def raised(price: Any, rises: dict[str, Any], day: date, seen: Seen) -> Fraction:
    """A price that rises on each anniversary of a day, rounded each year where it says so."""
    years = 0
    while months_after(rises["since"], 12 * (years + 1)) <= day:
        years += 1
    seen.day(day, *(months_after(rises["since"], 12 * each) for each in (years, years + 1)))
    value = Fraction(price)
    for _ in range(years):
        value *= 1 + Fraction(rises["yearly"])
    return to_a_multiple(value, rises["to"], rises["rounding"]) if "to" in rises else value


def full_periods(since: date, over: date, months: int) -> int:
    """How many times so many months fit between two days."""
    count = 0
    while months_after(since, months * (count + 1)) <= over:
        count += 1
    return count


def rounded(exact: Fraction, how: str) -> int:
    low = math.floor(exact)
    high = low if exact == low else low + 1
    toward, away = (low, high) if exact >= 0 else (high, low)
    if how in ("floor", "ceiling", "down", "up"):
        return {"floor": low, "ceiling": high, "down": toward, "up": away}[how]
    if exact - low != Fraction(1, 2):
        return low if exact - low < Fraction(1, 2) else high
    return {"half up": away, "half down": toward, "half even": low if low % 2 == 0 else high}[how]


def to_a_multiple(value: Fraction, step: Any, how: str) -> Fraction:
    return rounded(value / Fraction(step), how) * Fraction(step)


def compared(left: Fraction, how: str, right: Fraction) -> bool:
    sign = (left > right) - (left < right)
    wanted = {"at least": (0, 1), "more than": (1,), "at most": (0, -1), "less than": (-1,), "equal to": (0,)}
    return sign in wanted[how]


def held_between(value: Fraction, low: Any, high: Any) -> Fraction:
    if low is not None and value < Fraction(low):
        value = Fraction(low)
    if high is not None and value > Fraction(high):
        value = Fraction(high)
    return value


def looked_up(node: dict[str, Any], value: Fraction, field: str, seen: Seen) -> Fraction:
    """The last row that the value has reached; on straight lines as far on to the next row as the value is."""
    found, rows = Fraction(node["below"]), node["rows"]
    for place, row in enumerate(rows):
        start, here = Fraction(row["from"]), Fraction(row[field])
        seen.number(value, start)
        if value > start or (value == start and node["boundary"] == "lower bound inclusive"):
            found = here
            if node["shape"] == "linear":
                found += Fraction(row.get("rise", "0")) * (value - start)
            if node["shape"] == "straight lines" and place + 1 < len(rows):
                end, there = Fraction(rows[place + 1]["from"]), Fraction(rows[place + 1][field])
                part = (value - start) / (end - start)
                found = there * part + here * (1 - part)
    return found


def in_bands(bands: list[dict[str, Any]], value: Fraction, seen: Seen) -> Fraction:
    total, paid = Fraction(0), Fraction(0)
    for band in bands:
        if "up_to" in band:
            seen.number(value, band["up_to"])
        if value > paid:
            upto = value if "up_to" not in band else min(value, Fraction(band["up_to"]))
            total += (upto - paid) * Fraction(band["price"])
            paid = upto
    return total


def divide(amount: int, shares: list[Fraction]) -> list[int]:
    """Everybody's whole part, then the pennies left one by one to whoever is short of most, earlier ones first.

    What is paid back is divided as if it were paid.
    """
    if amount < 0:
        return [-part for part in divide(-amount, shares)]
    due = [amount * share / sum(shares) for share in shares]
    parts = [math.floor(part) for part in due]
    while sum(parts) < amount:
        short = [exact - part for exact, part in zip(due, parts, strict=True)]
        parts[short.index(max(short))] += 1
    return parts
