"""Values: business days and payment schedules, against GOV.UK, ACTUS and arithmetic by hand."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.errors import NotValid
from sib.money import Rounding, quantise
from sib.periods import (
    MONDAY_TO_FRIDAY,
    NO_CALENDAR,
    Accrual,
    BusinessDayConvention,
    Calendar,
    DayCount,
    Stub,
    accruals,
    add_business_days,
    holidays_in,
    is_business_day,
    parse_period,
    schedule,
    shift,
    year_fraction,
)

examples = settings(deadline=None, max_examples=150)
conventions = st.sampled_from(BusinessDayConvention)

# GOV.UK, "Bank holidays in England and Wales", weekdays only. Moved: 8 May 2020. Added: 3 June and 19 September 2022,
# 8 May 2023.
BANK_HOLIDAYS = """
2019-01-01 2019-04-19 2019-04-22 2019-05-06 2019-05-27 2019-08-26 2019-12-25 2019-12-26
2020-01-01 2020-04-10 2020-04-13 2020-05-08 2020-05-25 2020-08-31 2020-12-25 2020-12-28
2021-01-01 2021-04-02 2021-04-05 2021-05-03 2021-05-31 2021-08-30 2021-12-27 2021-12-28
2022-01-03 2022-04-15 2022-04-18 2022-05-02 2022-06-02 2022-06-03 2022-08-29 2022-09-19 2022-12-26 2022-12-27
2023-01-02 2023-04-07 2023-04-10 2023-05-01 2023-05-08 2023-05-29 2023-08-28 2023-12-25 2023-12-26
2024-01-01 2024-03-29 2024-04-01 2024-05-06 2024-05-27 2024-08-26 2024-12-25 2024-12-26
2025-01-01 2025-04-18 2025-04-21 2025-05-05 2025-05-26 2025-08-25 2025-12-25 2025-12-26
"""


def test_english_bank_holidays_are_those_of_gov_uk() -> None:
    found = holidays_in(parse_period("2019-01-01..2025-12-31"), Calendar("GB-ENG"))
    assert [day.isoformat() for day in found] == BANK_HOLIDAYS.split()


@pytest.mark.parametrize(
    ("name", "day", "works"),
    [
        ("none", date(2023, 5, 7), True),
        ("monday to friday", date(2023, 5, 8), True),
        ("monday to friday", date(2023, 5, 12), True),
        ("monday to friday", date(2023, 5, 13), False),
        ("monday to friday", date(2023, 5, 14), False),
        ("GB-ENG", date(2023, 5, 8), False),
        ("GB-ENG", date(2023, 5, 9), True),
        ("GB-ENG", date(2023, 5, 13), False),
        ("GB", date(2023, 12, 25), False),
        ("GB-SCT", date(2023, 11, 30), False),
        ("US-CO", date(2021, 12, 31), False),
        ("US-CO", date(2023, 10, 2), False),
        ("US", date(2023, 10, 2), True),
        ("EG", date(2023, 5, 5), False),
        ("EG", date(2023, 5, 7), True),
    ],
    ids=str,
)
def test_a_calendar_knows_its_business_days(name: str, day: date, works: bool) -> None:
    assert is_business_day(day, Calendar(name)) is works


@pytest.mark.parametrize("name", ["", "GB-XYZ", "gb-ENG", "England", "GB_ENG", "NONE"])
def test_an_unknown_calendar_is_refused(name: str) -> None:
    with pytest.raises(NotValid) as error:
        Calendar(name)
    (problem,) = error.value.problems
    assert (problem.code, problem.value) == ("period.unknown-calendar", name)
    assert problem.expected == '"none", "monday to friday", or a country such as "GB-ENG" or "US-CO"'
    assert problem.mend.startswith("Write the ISO 3166 code in capitals")


def test_a_year_whose_holidays_nobody_knows_is_refused() -> None:
    with pytest.raises(NotValid) as error:
        is_business_day(date(2999, 1, 1), Calendar("GB-ENG"))
    (problem,) = error.value.problems
    assert (problem.code, problem.value) == ("period.no-holidays-known", "2999")
    assert (problem.expected or "").startswith("a year from 18")
    assert problem.mend == 'Correct the date, or name a calendar that needs no public holidays: "monday to friday".'


def test_business_days_are_counted_after_the_day_itself() -> None:
    england = Calendar("GB-ENG")
    assert add_business_days(date(2023, 5, 5), 1, england) == date(2023, 5, 9)
    assert add_business_days(date(2023, 5, 5), 20, england) == date(2023, 6, 6)
    assert add_business_days(date(2023, 5, 9), -1, england) == date(2023, 5, 5)
    assert add_business_days(date(2023, 5, 6), 0, england) == date(2023, 5, 6)
    assert add_business_days(date(2023, 5, 6), 1, MONDAY_TO_FRIDAY) == date(2023, 5, 8)
    assert add_business_days(date(2023, 5, 6), 3, NO_CALENDAR) == date(2023, 5, 9)


@examples
@given(st.dates(date(2015, 1, 1), date(2030, 12, 31)), st.integers(1, 40))
def test_so_many_business_days_lie_between(day: date, count: int) -> None:
    england = Calendar("GB-ENG")
    after = add_business_days(day, count, england)
    walked = [day + timedelta(days=step + 1) for step in range((after - day).days)]
    assert sum(is_business_day(one, england) for one in walked) == count
    assert is_business_day(after, england)


@pytest.mark.parametrize(
    ("day", "following", "modified_following", "preceding", "modified_preceding"),
    [
        ("2013-03-31", "2013-04-01", "2013-03-29", "2013-03-29", "2013-03-29"),
        ("2013-06-01", "2013-06-03", "2013-06-03", "2013-05-31", "2013-06-03"),
        ("2013-06-15", "2013-06-17", "2013-06-17", "2013-06-14", "2013-06-14"),
        ("2013-06-14", "2013-06-14", "2013-06-14", "2013-06-14", "2013-06-14"),
    ],
)
def test_a_payment_on_a_closed_day_goes_where_the_convention_says(
    day: str, following: str, modified_following: str, preceding: str, modified_preceding: str
) -> None:
    due = date.fromisoformat(day)
    found = {code: shift(due, code, MONDAY_TO_FRIDAY).isoformat() for code in BusinessDayConvention}
    expected = {"NOS": day, "SCF": following, "CSF": following, "SCP": preceding, "CSP": preceding}
    expected |= dict.fromkeys(["SCMF", "CSMF"], modified_following) | dict.fromkeys(
        ["SCMP", "CSMP"], modified_preceding
    )
    assert found == expected


@examples
@given(st.dates(date(2015, 1, 1), date(2030, 12, 31)), conventions)
def test_a_shifted_day_is_a_business_day_and_modified_keeps_the_month(
    day: date, convention: BusinessDayConvention
) -> None:
    england = Calendar("GB-ENG")
    moved = shift(day, convention, england)
    assert shift(day, convention, NO_CALENDAR) == day
    if convention is BusinessDayConvention.NOS or is_business_day(day, england):
        assert moved == day
    else:
        assert is_business_day(moved, england)
        assert moved.month == day.month or "M" not in convention


# --- schedules --------------------------------------------------------------------------------------------------------


def test_month_ends_are_held_only_from_a_month_end() -> None:
    def days_of(anchor: date, *, end_of_month: bool) -> list[str]:
        return [f"{day:%d-%m}" for day in schedule(anchor, 1, date(2023, 5, 31), end_of_month=end_of_month)]

    assert days_of(date(2023, 2, 28), end_of_month=True) == ["28-02", "31-03", "30-04", "31-05"]
    assert days_of(date(2023, 2, 28), end_of_month=False) == ["28-02", "28-03", "28-04", "28-05"]
    assert days_of(date(2023, 1, 30), end_of_month=True) == ["30-01", "28-02", "30-03", "30-04", "30-05"]
    assert days_of(date(2023, 1, 31), end_of_month=False) == ["31-01", "28-02", "31-03", "30-04", "31-05"]


def test_the_rest_of_a_schedule_is_left_out_or_short_or_joined_to_the_last_period() -> None:
    anchor, until = date(2023, 1, 15), date(2023, 8, 31)
    dates = (anchor, date(2023, 4, 15), date(2023, 7, 15))
    assert schedule(anchor, 3, until) == dates
    assert schedule(anchor, 3, until, stub=Stub.SHORT) == (*dates, until)
    assert schedule(anchor, 3, until, stub=Stub.LONG) == (*dates[:-1], until)
    assert schedule(anchor, 3, date(2023, 7, 15), stub=Stub.LONG) == dates
    assert schedule(anchor, 6, until, stub=Stub.LONG) == (anchor, until)
    assert schedule(anchor, 12, until, stub=Stub.LONG) == (anchor, until)
    assert schedule(anchor, 12, anchor, stub=Stub.SHORT) == (anchor,)


@pytest.mark.parametrize(("months", "until"), [(0, date(2024, 1, 1)), (-3, date(2024, 1, 1)), (3, date(2022, 1, 1))])
def test_a_schedule_goes_forward(months: int, until: date) -> None:
    with pytest.raises(ValueError, match="no schedule every"):
        schedule(date(2023, 1, 1), months, until)


def test_interest_runs_to_the_shifted_date_or_to_the_date_as_it_stood() -> None:
    dates = [date(2013, 2, 28), date(2013, 3, 31), date(2013, 4, 30)]
    first, second = accruals(dates, BusinessDayConvention.SCF, MONDAY_TO_FRIDAY)
    assert first == Accrual(date(2013, 2, 28), date(2013, 4, 1), paid_on=date(2013, 4, 1))
    assert second == Accrual(date(2013, 4, 1), date(2013, 4, 30), paid_on=date(2013, 4, 30))
    first, second = accruals(dates, BusinessDayConvention.CSF, MONDAY_TO_FRIDAY)
    assert first == Accrual(date(2013, 2, 28), date(2013, 3, 31), paid_on=date(2013, 4, 1))
    assert second == Accrual(date(2013, 3, 31), date(2013, 4, 30), paid_on=date(2013, 4, 30))


# actusfrf/actus-tests, tests/actus-tests-pam.json: every interest payment (IP) of these cases on a notional of 3,000 at
# 10 %. Terms: anchor, months, day count, business day convention, end of month; all mature on 1 January 2014 with a
# long last period. The anchor of pam13 is 9 January 2013, but interest runs from its status date, 30 December 2012.
MATURITY = date(2014, 1, 1)
ACTUS = {
    ("pam01", "2013-01-01", 1, "Act/365F", "NOS", False): """
        2013-02-01 25.4794520547945    2013-03-01 23.013698630137     2013-04-01 25.4794520547945
        2013-05-01 24.6575342465753    2013-06-01 25.4794520547945    2013-07-01 24.6575342465753
        2013-08-01 25.4794520547945    2013-09-01 25.4794520547945    2013-10-01 24.6575342465753
        2013-11-01 25.4794520547945    2013-12-01 24.6575342465753    2014-01-01 25.4794520547945""",
    ("pam02", "2013-01-01", 2, "Act/360", "NOS", False): """
        2013-03-01 49.1666666666667    2013-05-01 50.8333333333333    2013-07-01 50.8333333333333
        2013-09-01 51.6666666666667    2013-11-01 50.8333333333333    2014-01-01 50.8333333333333""",
    ("pam05", "2013-01-30", 1, "30E/360", "NOS", True): """
        2013-02-28 23.3333333333333    2013-03-30 26.6666666666667    2013-04-30 25    2013-05-30 25
        2013-06-30 25    2013-07-30 25    2013-08-30 25    2013-09-30 25    2013-10-30 25    2013-11-30 25
        2014-01-01 25.8333333333333""",
    ("pam06", "2013-01-31", 1, "30E/360", "CSMF", True): """
        2013-02-28 23.3333333333333    2013-03-29 26.6666666666667    2013-04-30 25    2013-05-31 25
        2013-06-28 25    2013-07-31 25    2013-08-30 25    2013-09-30 25    2013-10-31 25    2013-11-29 25
        2014-01-01 25.8333333333333""",
    ("pam07", "2013-01-31", 1, "30E/360", "SCMF", True): """
        2013-02-28 23.3333333333333    2013-03-29 25.8333333333333    2013-04-30 25.8333333333333
        2013-05-31 25                  2013-06-28 23.3333333333333    2013-07-31 26.6666666666667
        2013-08-30 25    2013-09-30 25    2013-10-31 25    2013-11-29 24.1666666666667
        2014-01-01 26.6666666666667""",
    ("pam08", "2013-01-31", 1, "30E/360", "CSF", True): """
        2013-02-28 23.3333333333333    2013-04-01 26.6666666666667    2013-04-30 25    2013-05-31 25
        2013-07-01 25    2013-07-31 25    2013-09-02 25    2013-09-30 25    2013-10-31 25    2013-12-02 25
        2014-01-01 25.8333333333333""",
    ("pam09", "2013-01-31", 1, "30E/360", "SCF", True): """
        2013-02-28 23.3333333333333    2013-04-01 27.5                2013-04-30 24.1666666666667
        2013-05-31 25                  2013-07-01 25.8333333333333    2013-07-31 24.1666666666667
        2013-09-02 26.6666666666667    2013-09-30 23.3333333333333    2013-10-31 25
        2013-12-02 26.6666666666667    2014-01-01 24.1666666666667""",
    ("pam10", "2013-01-31", 1, "30E/360", "SCMP", True): """
        2013-02-28 23.3333333333333    2013-03-29 25.8333333333333    2013-04-30 25.8333333333333
        2013-05-31 25                  2013-06-28 23.3333333333333    2013-07-31 26.6666666666667
        2013-08-30 25    2013-09-30 25    2013-10-31 25    2013-11-29 24.1666666666667
        2014-01-01 26.6666666666667""",
    ("pam13", "2013-01-09", 3, "Act/Act ISDA", "NOS", False): """
        2013-04-09 73.972602739726    2013-07-09 74.7945205479452    2014-01-01 144.657534246575""",
}


def interest(start: date, end: date, convention: str) -> Fraction:
    return 3000 * Fraction(1, 10) * year_fraction(start, end, DayCount(convention))


def as_printed(amount: Fraction, figure: str) -> Fraction:
    return quantise(amount, len(figure.partition(".")[2]), Rounding.HALF_UP)


@pytest.mark.parametrize(("terms", "printed"), ACTUS.items(), ids=[case[0] for case in ACTUS])
def test_interest_is_what_actus_prints(terms: tuple[str, str, int, str, str, bool], printed: str) -> None:
    _, anchor, months, count, convention, end_of_month = terms
    dates = schedule(date.fromisoformat(anchor), months, MATURITY, end_of_month=end_of_month, stub=Stub.LONG)
    calendar = NO_CALENDAR if convention == "NOS" else MONDAY_TO_FRIDAY
    found = accruals(dates, BusinessDayConvention(convention), calendar)
    paid_on, figures = printed.split()[::2], printed.split()[1::2]
    assert [accrual.paid_on.isoformat() for accrual in found] == paid_on
    amounts = [interest(accrual.start, accrual.end, count) for accrual in found]
    assert [as_printed(amount, figure) for amount, figure in zip(amounts, figures, strict=True)] == [
        Fraction(figure) for figure in figures
    ]


def test_the_first_interest_of_pam13_runs_over_a_leap_year_into_the_next() -> None:
    # The file prints 8.21468672807955, which its own terms give only to ten digits: 300 * (2/366 + 8/365).
    first = interest(date(2012, 12, 30), date(2013, 1, 9), "Act/Act ISDA")
    assert as_printed(first, "8.214687") == Fraction("8.214687")
