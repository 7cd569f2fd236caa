"""Values: periods and day counts, against arithmetic by hand."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.errors import NotValid
from sib.periods import (
    DayCount,
    Period,
    add_months,
    financial_year_of,
    parse_period,
    quarter_of,
    split_into,
    year_fraction,
)

examples = settings(deadline=None, max_examples=150)
days = st.dates(date(1990, 1, 1), date(2080, 12, 31))
periods = st.tuples(days, days).map(lambda pair: Period(min(pair), max(pair)))


# --- periods ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026Q3", date(2026, 7, 1), date(2026, 9, 30)),
        ("2026Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-07", date(2026, 7, 1), date(2026, 7, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-02", date(2023, 2, 1), date(2023, 2, 28)),
        ("FY2026/27", date(2026, 4, 1), date(2027, 3, 31)),
        ("FY2099/00", date(2099, 4, 1), date(2100, 3, 31)),
        ("2018-10-01..2022-10-31", date(2018, 10, 1), date(2022, 10, 31)),
        ("2024-02-29..2024-02-29", date(2024, 2, 29), date(2024, 2, 29)),
        ("9999", date(9999, 1, 1), date(9999, 12, 31)),
    ],
)
def test_a_period_is_read(text: str, start: date, end: date) -> None:
    assert parse_period(text) == Period(start, end)


def test_a_financial_year_begins_where_the_contract_says() -> None:
    assert parse_period("FY2018/19", first_month=7) == Period(date(2018, 7, 1), date(2019, 6, 30))
    assert parse_period("FY2023/24", first_month=3) == Period(date(2023, 3, 1), date(2024, 2, 29))


NOT_PERIODS = [
    *["", "26", "2026 ", "2026Q0", "2026Q5", "2026q1", "2026-13", "2026-00", "2026-7", "0000", "٢٠٢٦", "2026\n"],
    *["FY2026", "FY2026/28", "FY2026/2027", "fy2026/27", "FY9999/00"],
    *["2023-02-29..2023-03-01", "2018-10-01...2022-10-31", "2018-10-01..", "20181001..20221031", "2018-10-01"],
]


@pytest.mark.parametrize("text", NOT_PERIODS)
def test_what_is_not_a_period_is_refused(text: str) -> None:
    with pytest.raises(NotValid) as error:
        parse_period(text)
    (problem,) = error.value.problems
    assert (problem.code, problem.value) == ("period.not-a-period", text)
    assert problem.expected == "2026, 2026Q3, 2026-07, FY2026/27 or 2018-10-01..2022-10-31"
    assert problem.mend.startswith("Write it in one of these forms")


def test_a_financial_year_from_january_has_no_second_year() -> None:
    with pytest.raises(NotValid) as error:
        parse_period("FY2026/27", first_month=1)
    assert error.value.problems[0].code == "period.not-a-period"


def test_a_period_must_not_end_before_it_starts() -> None:
    with pytest.raises(NotValid) as error:
        parse_period("2022-10-31..2018-10-01")
    (problem,) = error.value.problems
    assert (problem.code, problem.value) == ("period.ends-before-it-starts", "2022-10-31..2018-10-01")
    assert problem.mend == "Swap the two days, or correct the year."


def test_both_ends_of_a_period_belong_to_it() -> None:
    period = parse_period("2024Q1")
    assert period.days == 91
    assert date(2024, 1, 1) in period and date(2024, 3, 31) in period
    assert date(2023, 12, 31) not in period and date(2024, 4, 1) not in period
    assert Period(date(2024, 2, 29), date(2024, 2, 29)).days == 1


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("2026-07-01..2026-07-31", "2026-07"),
        ("2026-07-01..2026-09-30", "2026Q3"),
        ("2026-01-01..2026-12-31", "2026"),
        ("2026-02-01..2026-04-30", "2026-02-01..2026-04-30"),
        ("FY2026/27", "2026-04-01..2027-03-31"),
        ("2018-10-01..2022-10-31", "2018-10-01..2022-10-31"),
    ],
)
def test_a_period_is_called_by_its_shortest_name(text: str, label: str) -> None:
    assert parse_period(text).label == str(parse_period(text)) == label


@examples
@given(st.one_of(periods, days.map(quarter_of), days.map(lambda day: financial_year_of(day, 1))))
def test_a_label_reads_back_as_the_same_period(period: Period) -> None:
    assert parse_period(period.label) == period


def test_quarters_and_financial_years_of_a_day() -> None:
    assert quarter_of(date(2024, 3, 31)).label == "2024Q1"
    assert quarter_of(date(2024, 4, 1)).label == "2024Q2"
    assert financial_year_of(date(2027, 3, 31)) == parse_period("FY2026/27")
    assert financial_year_of(date(2027, 4, 1)) == parse_period("FY2027/28")
    assert financial_year_of(date(2027, 6, 30), first_month=7) == Period(date(2026, 7, 1), date(2027, 6, 30))
    with pytest.raises(ValueError, match="month"):
        financial_year_of(date(2027, 6, 30), first_month=13)


def test_a_term_is_split_into_quarters_with_a_shorter_rest() -> None:
    parts = split_into(parse_period("2018-10-01..2019-07-31"), 3)
    assert [part.label for part in parts] == ["2018Q4", "2019Q1", "2019Q2", "2019-07"]
    from_the_31st = split_into(parse_period("2024-01-31..2024-04-30"), 1)
    assert [part.start for part in from_the_31st] == [
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 3, 31),
        date(2024, 4, 30),
    ]


@examples
@given(periods, st.integers(1, 30))
def test_the_parts_of_a_period_follow_on_each_other_and_cover_it(period: Period, months: int) -> None:
    parts = split_into(period, months)
    assert (parts[0].start, parts[-1].end) == (period.start, period.end)
    assert all(after.start - before.end == timedelta(days=1) for before, after in pairwise(parts))
    assert sum(part.days for part in parts) == period.days


def test_a_period_to_the_end_of_time_can_be_split() -> None:
    assert split_into(Period(date(9998, 1, 1), date.max), 12)[-1] == parse_period("9999")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), -48, date(2020, 2, 29)),
        (date(2024, 1, 31), -1, date(2023, 12, 31)),
        (date(2024, 12, 31), 0, date(2024, 12, 31)),
    ],
)
def test_months_are_added_within_the_month_they_lead_to(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


# --- day counts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "convention", "expected"),
    [
        ("2024-01-01", "2025-01-01", "Act/365F", "366/365"),
        ("2024-01-01", "2025-01-01", "Act/360", "366/360"),
        ("2024-01-01", "2025-01-01", "Act/Act ISDA", "1"),
        ("2024-02-28", "2024-03-01", "Act/365F", "2/365"),
        ("2023-02-28", "2023-03-01", "Act/365F", "1/365"),
        ("2003-11-01", "2004-05-01", "Act/Act ISDA", "61/365 + 121/366"),
        ("1999-02-01", "1999-07-01", "Act/Act ISDA", "150/365"),
        ("2019-07-01", "2024-07-01", "Act/Act ISDA", "184/365 + 4 + 182/366"),
        ("2023-01-31", "2023-02-28", "30E/360", "28/360"),
        ("2023-01-31", "2023-02-28", "30E/360 ISDA", "30/360"),
        ("2023-02-28", "2023-03-31", "30E/360", "32/360"),
        ("2023-02-28", "2023-03-31", "30E/360 ISDA", "30/360"),
        ("2024-02-28", "2024-02-29", "30E/360", "1/360"),
        ("2024-02-28", "2024-02-29", "30E/360 ISDA", "2/360"),
        ("2024-02-29", "2025-02-28", "30E/360 ISDA", "1"),
        ("2024-08-31", "2024-10-31", "30E/360", "60/360"),
        ("2024-08-31", "2024-10-31", "30E/360 ISDA", "60/360"),
        ("2024-08-30", "2024-09-30", "30E/360 ISDA", "30/360"),
        ("2024-05-05", "2024-05-05", "30E/360", "0"),
    ],
)
def test_a_part_of_a_year_is_counted_exactly(start: str, end: str, convention: str, expected: str) -> None:
    counted = year_fraction(date.fromisoformat(start), date.fromisoformat(end), DayCount(convention))
    assert counted == sum(Fraction(part.strip()) for part in expected.split("+"))


def test_the_last_of_february_is_not_the_thirtieth_when_the_note_matures() -> None:
    start, end = date(2023, 8, 31), date(2024, 2, 29)
    assert year_fraction(start, end, DayCount.THIRTY_E_360_ISDA) == Fraction(180, 360)
    assert year_fraction(start, end, DayCount.THIRTY_E_360_ISDA, maturity=end) == Fraction(179, 360)
    assert year_fraction(start, end, DayCount.THIRTY_E_360_ISDA, maturity=date(2026, 2, 28)) == Fraction(180, 360)
    march = date(2024, 3, 31)
    assert year_fraction(start, march, DayCount.THIRTY_E_360_ISDA, maturity=march) == Fraction(210, 360)


@pytest.mark.parametrize("convention", DayCount)
def test_time_does_not_run_backwards(convention: DayCount) -> None:
    with pytest.raises(ValueError, match="2024-01-01 lies before 2024-01-02"):
        year_fraction(date(2024, 1, 2), date(2024, 1, 1), convention)


@examples
@given(periods, st.sampled_from(DayCount))
def test_no_day_count_strays_from_the_calendar(period: Period, convention: DayCount) -> None:
    elapsed = (period.end - period.start).days
    counted = year_fraction(period.start, period.end, convention)
    slack = Fraction(3, 360)
    assert Fraction(elapsed, 366) - slack <= counted <= Fraction(elapsed, 360) + slack


@examples
@given(st.tuples(days, days, days).map(sorted), st.sampled_from(["Act/365F", "Act/360", "Act/Act ISDA", "30E/360"]))
def test_parts_of_a_time_add_up(three: list[date], convention: str) -> None:
    first, between, last = three
    count = DayCount(convention)
    whole = year_fraction(first, last, count)
    assert whole == year_fraction(first, between, count) + year_fraction(between, last, count)


@examples
@given(periods)
def test_whole_years_are_whole_where_the_convention_knows_years(period: Period) -> None:
    years = period.end.year - period.start.year
    start, end = date(period.start.year, period.start.month, 1), date(period.end.year, period.start.month, 1)
    assert year_fraction(start, end, DayCount.THIRTY_E_360) == years
    assert year_fraction(start, end, DayCount.THIRTY_E_360_ISDA) == years
    january = date(period.start.year, 1, 1), date(period.end.year, 1, 1)
    assert year_fraction(*january, DayCount.ACT_ACT_ISDA) == years
