"""Values: periods, day counts, business days and payment schedules; every date of a contract is reckoned here."""

import re
from calendar import isleap, monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, assert_never

from sib.errors import NotValid, Problem

if TYPE_CHECKING:
    from holidays import HolidayBase

_DAY = timedelta(days=1)
_FEBRUARY = 2
_APRIL = 4
_FRIDAY = 4
_WHOLE = re.compile(r"(?P<year>[0-9]{4})(?:Q(?P<quarter>[1-4])|-(?P<month>[0-9]{2}))?")
_FINANCIAL = re.compile(r"FY(?P<year>[0-9]{4})/(?P<next>[0-9]{2})")
_FROM_TO = re.compile(r"(?P<start>[0-9]{4}-[0-9]{2}-[0-9]{2})\.\.(?P<end>[0-9]{4}-[0-9]{2}-[0-9]{2})")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from ``start`` to ``end``, both included. Raises NotValid if it ends before it starts."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise NotValid(
                Problem(
                    code="period.ends-before-it-starts",
                    what="The period ends before it starts.",
                    value=f"{self.start}..{self.end}",
                    expected="the first day, then the last, both included",
                    mend="Swap the two days, or correct the year.",
                )
            )

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    @property
    def days(self) -> int:
        """Number of days, the first and the last included."""
        return (self.end - self.start).days + 1

    @property
    def label(self) -> str:
        """``2026-07``, ``2026Q3`` or ``2026`` for a whole month, quarter or year, else ``2018-10-01..2022-10-31``.

        ``parse_period`` reads each of them back.
        """
        year, month = self.start.year, self.start.month
        if self == _whole_months(year, month, 1):
            return f"{year:04d}-{month:02d}"
        if self == quarter_of(self.start):
            return f"{year:04d}Q{(month + 2) // 3}"
        if self == financial_year_of(self.start, first_month=1):
            return f"{year:04d}"
        return f"{self.start}..{self.end}"

    def __str__(self) -> str:
        return self.label


def parse_period(text: str, *, first_month: int = _APRIL) -> Period:
    """Read ``2026``, ``2026Q3``, ``2026-07``, ``FY2026/27`` or ``2018-10-01..2022-10-31``.

    ``first_month`` is the month in which financial years begin. Raises NotValid for anything else.
    """
    try:
        return _read(text, first_month)
    except ValueError:
        raise NotValid(
            Problem(
                code="period.not-a-period",
                what="The period cannot be read.",
                value=text[:40],
                expected="2026, 2026Q3, 2026-07, FY2026/27 or 2018-10-01..2022-10-31",
                mend="Write it in one of these forms, with a day that exists and no blanks; "
                "the second year of FY2026/27 is the year after the first.",
            )
        ) from None


def _read(text: str, first_month: int) -> Period:
    """Raises ValueError, also from a date that does not exist."""
    if found := _WHOLE.fullmatch(text):
        year = int(found["year"])
        if found["quarter"]:
            return _whole_months(year, 3 * int(found["quarter"]) - 2, 3)
        return _whole_months(year, int(found["month"]), 1) if found["month"] else _whole_months(year, 1, 12)
    if found := _FROM_TO.fullmatch(text):
        return Period(date.fromisoformat(found["start"]), date.fromisoformat(found["end"]))
    # A year that begins in January does not touch two calendar years, so a name with two years is a slip.
    if (found := _FINANCIAL.fullmatch(text)) and first_month != 1:
        year = int(found["year"])
        if (year + 1) % 100 == int(found["next"]):
            return _whole_months(year, first_month, 12)
    raise ValueError(text)


def quarter_of(day: date) -> Period:
    """The calendar quarter in which a day lies."""
    return _whole_months(day.year, 3 * ((day.month - 1) // 3) + 1, 3)


def financial_year_of(day: date, first_month: int = _APRIL) -> Period:
    """The twelve months from the first of ``first_month`` in which a day lies. Raises ValueError for month 0 or 13."""
    return _whole_months(day.year - (day.month < first_month), first_month, 12)


def split_into(period: Period, months: int) -> tuple[Period, ...]:
    """Cut into consecutive periods of so many months, counted from the first day; the last one may be shorter."""
    starts = schedule(period.start, months, period.end)
    ends = [start - _DAY for start in starts[1:]]
    return tuple(Period(start, end) for start, end in zip(starts, [*ends, period.end], strict=True))


def _whole_months(year: int, month: int, months: int) -> Period:
    last = add_months(date(year, month, 1), months - 1)
    return Period(date(year, month, 1), _month_end(last))


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months on, or the last day of a month that is too short."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class DayCount(StrEnum):
    """How a contract counts the part of a year between two days (ISDA 2006 Definitions, section 4.16)."""

    ACT_365F = "Act/365F"
    """Days over 365, also in leap years."""
    ACT_360 = "Act/360"
    """Days over 360."""
    ACT_ACT_ISDA = "Act/Act ISDA"
    """Days in leap years over 366, days in other years over 365."""
    THIRTY_E_360 = "30E/360"
    """Months of thirty days; the 31st counts as the 30th."""
    THIRTY_E_360_ISDA = "30E/360 ISDA"
    """The same, and the last day of February also counts as the 30th, but not when it is the maturity."""


def year_fraction(start: date, end: date, convention: DayCount, *, maturity: date | None = None) -> Fraction:
    """Exact part of a year from ``start`` (included) to ``end`` (excluded).

    ``maturity`` matters to 30E/360 ISDA only. Raises ValueError if ``end`` lies before ``start``.
    """
    if end < start:
        raise ValueError(f"{end} lies before {start}")
    match convention:
        case DayCount.ACT_365F:
            return Fraction((end - start).days, 365)
        case DayCount.ACT_360:
            return Fraction((end - start).days, 360)
        case DayCount.ACT_ACT_ISDA:
            return _years_since_zero(end) - _years_since_zero(start)
        case DayCount.THIRTY_E_360:
            return _thirty_days(start, end, min(start.day, 30), min(end.day, 30))
        case DayCount.THIRTY_E_360_ISDA:
            first = 30 if start == _month_end(start) else start.day
            matures_in_february = end == maturity and end.month == _FEBRUARY
            last = 30 if end == _month_end(end) and not matures_in_february else end.day
            return _thirty_days(start, end, first, last)
        case _:
            assert_never(convention)


def _years_since_zero(day: date) -> Fraction:
    return day.year + Fraction((day - date(day.year, 1, 1)).days, 366 if isleap(day.year) else 365)


def _thirty_days(start: date, end: date, first: int, last: int) -> Fraction:
    return Fraction(360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first, 360)


class BusinessDayConvention(StrEnum):
    """Where a payment goes that falls on a closed day; the codes of the ACTUS dictionary.

    S before C: the date is shifted, then interest is calculated to the shifted date. C before S: interest is
    calculated to the date as it stood, and only the payment is shifted.
    """

    NOS = "NOS"
    """No shift."""
    SCF = "SCF"
    """Following business day."""
    SCMF = "SCMF"
    """Following, but preceding where that would be another month (modified following)."""
    CSF = "CSF"
    """Following."""
    CSMF = "CSMF"
    """Modified following."""
    SCP = "SCP"
    """Preceding business day."""
    SCMP = "SCMP"
    """Preceding, but following where that would be another month (modified preceding)."""
    CSP = "CSP"
    """Preceding."""
    CSMP = "CSMP"
    """Modified preceding."""

    @property
    def calculates_on_shifted(self) -> bool:
        """Whether interest runs to the shifted date."""
        return self.startswith("SC")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are business days, by name.

    ``none``: every day. ``monday to friday``: no public holidays. Else the ISO 3166 code of a country, with or without
    a subdivision, as the ``holidays`` package knows it: ``GB-ENG``, ``US-CO``. Raises NotValid for any other name, and
    when asked for a year that the package does not cover.
    """

    name: str

    def __post_init__(self) -> None:
        if self.name not in (_NONE, _WEEKDAYS):
            _country(self.name)


_NONE = "none"
_WEEKDAYS = "monday to friday"
NO_CALENDAR = Calendar(_NONE)
MONDAY_TO_FRIDAY = Calendar(_WEEKDAYS)


def _country(name: str, year: int | None = None) -> "HolidayBase":
    from holidays import country_holidays  # takes longer to load than the whole core

    country, _, subdivision = name.partition("-")
    try:
        return country_holidays(country, subdiv=subdivision or None, years=year)
    except NotImplementedError:
        raise NotValid(
            Problem(
                code="period.unknown-calendar",
                what="No business days are known under this name.",
                value=name[:40],
                expected=f'"{_NONE}", "{_WEEKDAYS}", or a country such as "GB-ENG" or "US-CO"',
                mend="Write the ISO 3166 code in capitals: the country, or the country, a hyphen and the subdivision.",
            )
        ) from None


# A year is built whole and kept: one object of the holidays package, shared and grown by several threads, can answer
# for a year that another thread has only begun to fill in.
@lru_cache(maxsize=512)
def _closed_days(name: str, year: int) -> frozenset[date]:
    """Days of a year on which a country does not work: its weekends and public holidays."""
    known = _country(name, year)
    if not known.start_year <= year <= known.end_year:
        raise NotValid(
            Problem(
                code="period.no-holidays-known",
                what=f"The public holidays of {name} are not known for this year.",
                value=str(year),
                expected=f"a year from {known.start_year} to {known.end_year}",
                mend=f'Correct the date, or name a calendar that needs no public holidays: "{_WEEKDAYS}".',
            )
        )
    whole = _whole_months(year, 1, 12)
    days = (whole.start + timedelta(days=offset) for offset in range(whole.days))
    return frozenset(day for day in days if not known.is_working_day(day))


def is_business_day(day: date, calendar: Calendar) -> bool:
    """Whether payments are made on this day."""
    if calendar.name == _NONE:
        return True
    if calendar.name == _WEEKDAYS:
        return day.weekday() <= _FRIDAY
    return day not in _closed_days(calendar.name, day.year)


def holidays_in(period: Period, calendar: Calendar) -> tuple[date, ...]:
    """Closed days from Monday to Friday, in order: what a run writes down, since a newer ``holidays`` may differ."""
    days = (period.start + timedelta(days=offset) for offset in range(period.days))
    return tuple(day for day in days if day.weekday() <= _FRIDAY and not is_business_day(day, calendar))


def add_business_days(day: date, count: int, calendar: Calendar) -> date:
    """The ``count``-th business day after a day (before it, if negative); the day itself does not count, 0 keeps it."""
    step = _DAY if count > 0 else -_DAY
    left = abs(count)
    while left:
        day += step
        left -= is_business_day(day, calendar)
    return day


def shift(day: date, convention: BusinessDayConvention, calendar: Calendar) -> date:
    """The day on which a payment due on ``day`` is made."""
    if convention is BusinessDayConvention.NOS:
        return day
    step = _DAY if convention.endswith("F") else -_DAY
    moved = _nearest(day, step, calendar)
    return _nearest(day, -step, calendar) if "M" in convention and moved.month != day.month else moved


def _nearest(day: date, step: timedelta, calendar: Calendar) -> date:
    while not is_business_day(day, calendar):
        day += step
    return day


class Stub(StrEnum):
    """What becomes of the rest when a schedule's end is not one of its dates."""

    SHORT = "short"
    """A short last period of its own."""
    LONG = "long"
    """Joined to the period before it."""


def schedule(
    anchor: date, months: int, until: date, *, end_of_month: bool = False, stub: Stub | None = None
) -> tuple[date, ...]:
    """Dates every so many months, from ``anchor`` (included) to ``until`` (included if it is one of them).

    ``end_of_month`` holds to month ends, but only if ``anchor`` is one (ACTUS: EOM). With ``stub`` the last date is
    always ``until``. Raises ValueError if ``months`` is less than one or ``until`` lies before ``anchor``.
    """
    if months < 1 or until < anchor:
        raise ValueError(f"no schedule every {months} months from {anchor} to {until}")
    steps = (12 * (until.year - anchor.year) + until.month - anchor.month) // months + 1
    dates = [add_months(anchor, months * step) for step in range(steps)]
    if end_of_month and anchor == _month_end(anchor):
        dates = [_month_end(day) for day in dates]
    dates = [day for day in dates if day <= until]
    if stub and dates[-1] != until:
        keep = dates[:-1] if stub is Stub.LONG and len(dates) > 1 else dates
        dates = [*keep, until]
    return tuple(dates)


@dataclass(frozen=True, slots=True)
class Accrual:
    """One interest period: reckoned from ``start`` (included) to ``end`` (excluded), paid on ``paid_on``."""

    start: date
    end: date
    paid_on: date


def accruals(dates: Sequence[date], convention: BusinessDayConvention, calendar: Calendar) -> tuple[Accrual, ...]:
    """The interest periods between the dates of a schedule, under the contract's business day convention."""
    shifted = [shift(day, convention, calendar) for day in dates]
    reckoned = shifted if convention.calculates_on_shifted else dates
    return tuple(
        Accrual(start, end, paid_on) for (start, end), paid_on in zip(pairwise(reckoned), shifted[1:], strict=True)
    )
