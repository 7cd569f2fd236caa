"""payments: what is avoided, blended, picked and rounded; amounts net of others, by group, by index and by date."""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.payments.facts import Facts
from sib.payments.payable import PayableOutcome
from tests.payments.small import AS_OF, FIRST, contract, done, facts, metric, owed, pay, price

PROVED = settings(max_examples=250, deadline=None, derandomize=True)
NAMES = ("x", "y", "z")
POINTS = [metric(name, "point", "measurement") for name in NAMES]
FIVE = {"kind": "fixed", "amount": "5"}
SEVEN = {"kind": "fixed", "amount": "7"}


def text(hundredths: int) -> str:
    """Hundredths as decimal text."""
    return f"{'-' if hundredths < 0 else ''}{abs(hundredths) // 100}.{abs(hundredths) % 100:02d}"


def points(*values: Any, **more: Any) -> Facts:
    """The measured points of x, y and z."""
    return facts(measured={name: (str(value), "point") for name, value in zip(NAMES, values, strict=False)}, **more)


def came_to(quantity: Mapping[str, Any], *values: Any) -> PayableOutcome:
    """A payment of a pound for each point of a quantity made of x, y and z."""
    terms = contract(pay(price(dict(quantity), "1", "point"), metric="x", both_ways=True), metrics=POINTS)
    return owed(terms, points(*values))


class TestQuantities:
    """Worked by hand."""

    @pytest.mark.parametrize(
        ("rule", "values", "comes_to"),
        [
            ({"kind": "avoided", "expected": "x", "observed": "y", "unit": "point"}, ("8.5", "6"), "2.5"),
            ({"kind": "avoided", "expected": "x", "observed": "y", "unit": "point"}, ("6", "8.5"), "-2.5"),
            (
                {"kind": "avoided", "expected": "x", "observed": "y", "people": "z", "unit": "point"},
                ("1.5", "0.9", "150"),
                "90",
            ),
            ({"kind": "largest", "of": ["x", "y", "z"]}, ("1", "3", "2"), "3"),
            ({"kind": "smallest", "of": ["x", "y", "z"]}, ("1", "3", "-2"), "-2"),
            ({"kind": "largest", "of": ["x"]}, ("1",), "1"),
            ({"kind": "rounded", "of": "x", "to": "1", "rounding": "half up"}, ("2.5",), "3"),
            ({"kind": "rounded", "of": "x", "to": "1", "rounding": "half even"}, ("2.5",), "2"),
            ({"kind": "rounded", "of": "x", "to": "0.1", "rounding": "down"}, ("2.59",), "2.5"),
            ({"kind": "rounded", "of": "x", "to": "5", "rounding": "up"}, ("10.01",), "15"),
            ({"kind": "rounded", "of": "x", "to": "5", "rounding": "up"}, ("10",), "10"),
            ({"kind": "rounded", "of": "x", "to": "0.25", "rounding": "floor"}, ("-0.01",), "-0.25"),
        ],
    )
    def test_each(self, rule: Mapping[str, Any], values: tuple[str, ...], comes_to: str) -> None:
        line = came_to(rule, *values)
        assert (line.quantity, line.amount) == (Fraction(comes_to), Fraction(comes_to) * 100)

    def test_four_fifths_randomised_and_one_fifth_historical(self) -> None:
        parts = [{"quantity": "x", "weight": "0.8"}, {"quantity": "y", "weight": "0.2"}]
        line = came_to({"kind": "blend", "of": parts}, "10", "20")
        assert line.quantity == 12
        assert line.reasons[2].text == "0.8 × 10 + 0.2 × 20 = 12 points"

    def test_reasons_say_every_step(self) -> None:
        rule = {"kind": "avoided", "expected": "x", "observed": "y", "people": "z", "unit": "point"}
        assert came_to(rule, "1.5", "0.9", "150").reasons[3].text == (
            "1.5 points expected less 0.9 points observed, times 150 points = 90 points avoided"
        )
        assert came_to({"kind": "largest", "of": ["x", "y"]}, "1", "3").reasons[2].text == (
            "the largest of 1 point and 3 points is 3 points"
        )
        rounded = {"kind": "rounded", "of": "x", "to": "1", "rounding": "half up"}
        assert came_to(rounded, "2.5").reasons[1].text == "2.5 points rounded half up to 3 points"

    def test_what_has_not_been_measured_holds_the_payment(self) -> None:
        assert came_to({"kind": "largest", "of": ["x", "y"]}, "1").hold == "“metric y” has not been measured"


HUNDREDTHS = st.integers(-500, 500)


def to_the_nearest(value: Fraction, step: Fraction, how: str) -> Fraction:
    """Walk up from below to the two multiples around a value and choose one."""
    low = -abs(int(value / step)) * step - step
    while low + step <= value:
        low += step
    high, rest = low + step, value - low
    inner, outer = (low, high) if value >= 0 else (high, low)
    if rest == 0:
        return low
    if how in ("half up", "half down"):
        if rest * 2 == step:
            return outer if how == "half up" else inner
        return high if rest * 2 > step else low
    return {"down": inner, "up": outer, "floor": low, "ceiling": high}[how]


@PROVED
@given(
    st.data(),
    st.sampled_from([1, 10, 25, 100, 500]),
    st.sampled_from(["half up", "half down", "down", "up", "floor", "ceiling"]),
)
def test_rounded_equals_a_walk_to_the_multiples_around(data: st.DataObject, step: int, how: str) -> None:
    # two in three on a tie or a multiple, or one hundredth beside it
    edge = data.draw(st.integers(-6, 6)) * step // 2 + data.draw(st.integers(-1, 1))
    value = data.draw(st.sampled_from([edge, edge, 333]))
    line = came_to({"kind": "rounded", "of": "x", "to": text(step), "rounding": how}, text(value))
    assert line.quantity == to_the_nearest(Fraction(value, 100), Fraction(step, 100), how)


@PROVED
@given(
    st.sampled_from(["avoided", "blend", "largest", "smallest"]),
    st.lists(HUNDREDTHS, min_size=3, max_size=3),
    st.integers(0, 100),
)
def test_quantities_equal_fractions(kind: str, values: list[int], percent: int) -> None:
    x, y, z = (Fraction(value, 100) for value in values)
    least = most = x
    for value in (y, z):
        least, most = (value if value < least else least), (value if value > most else most)
    share = Fraction(percent, 100)
    weights = zip("xy", (percent, 100 - percent), strict=True)
    rule, comes_to = {
        "avoided": ({"expected": "x", "observed": "y", "people": "z", "unit": "point"}, x * z - y * z),
        "blend": ({"of": [{"quantity": q, "weight": text(w)} for q, w in weights]}, y + share * (x - y)),
        "largest": ({"of": list(NAMES)}, most),
        "smallest": ({"of": list(NAMES)}, least),
    }[kind]
    assert came_to({"kind": kind, **rule}, *map(text, values)).quantity == comes_to


def indexed(since: date = date(2020, 2, 29), yearly: str = "0.1") -> dict[str, Any]:
    return {"kind": "indexed", "of": {"kind": "fixed", "amount": "100"}, "yearly": yearly, "since": since}


def paid(amount: Any, on: date = AS_OF, **parts: Any) -> int:
    """What a rule comes to on a day, in pennies."""
    line = owed(contract(pay(amount, metric="x"), metrics=POINTS, **parts), facts(as_of=on))
    assert line.hold is None
    return line.amount


class TestIndexed:
    """A hundred pounds that rise by ten per cent for each full year."""

    @pytest.mark.parametrize(
        ("on", "amount"),
        [
            (date(2020, 6, 1), 10000),
            (date(2021, 3, 31), 10000),
            (date(2021, 4, 1), 11000),
            (date(2022, 3, 31), 11000),
            (date(2022, 4, 1), 12100),
            (date(2018, 4, 1), 10000),
        ],
    )
    def test_the_day_before_and_the_anniversary(self, on: date, amount: int) -> None:
        assert paid(indexed(date(2020, 4, 1)), on) == amount

    @pytest.mark.parametrize(
        ("on", "amount"),
        [
            (date(2021, 2, 27), 10000),
            (date(2021, 2, 28), 11000),
            (date(2024, 2, 28), 13310),
            (date(2024, 2, 29), 14641),
        ],
    )
    def test_since_the_29th_of_february_a_year_is_full_on_the_last_day_of_february(self, on: date, amount: int) -> None:
        assert paid(indexed(), on) == amount

    def test_a_fall_compounds_too(self) -> None:
        assert paid(indexed(date(2020, 4, 1), "-0.1"), date(2022, 4, 1)) == 8100

    @pytest.mark.parametrize(("on", "amount"), [(date(2021, 3, 31), 10000), (date(2021, 4, 1), 10250)])
    def test_published_factors_hold_from_their_day(self, on: date, amount: int) -> None:
        factors = [{"value": "1"}, {"from": date(2021, 4, 1), "value": "1.025"}]
        rule = {"kind": "indexed", "of": {"kind": "fixed", "amount": "100"}, "factor": factors}
        assert paid(rule, on) == amount

    def test_without_a_factor_in_force_it_waits(self) -> None:
        rule = {"kind": "indexed", "of": FIVE, "factor": [{"from": date(2023, 1, 1), "value": "1.1"}]}
        line = owed(contract(pay(rule, metric="x"), metrics=POINTS), facts())
        assert line.hold == "the index has no value in force on 31 December 2022"


@PROVED
@given(st.data(), st.dates(date(2000, 1, 1), date(2028, 12, 31)), st.integers(-9, 30))
def test_full_years_equal_birthdays_counted(data: st.DataObject, since: date, percent: int) -> None:
    def birthday(year: int) -> date:
        feast = since.month == 2 and since.day == 29 and (year % 4 != 0 or (year % 100 == 0 and year % 400 != 0))
        return date(year, 2, 28) if feast else date(year, since.month, since.day)

    # two in three on a birthday, or a day beside it
    edge = birthday(data.draw(st.integers(since.year, 2040))) + timedelta(data.draw(st.integers(-1, 1)))
    on = data.draw(st.sampled_from([edge, edge, date(2020, 2, 29)]))
    value = Fraction(10000)
    for year in range(since.year + 1, on.year + 1):
        if birthday(year) <= on:
            value = value * (100 + percent) / 100
    assert paid(indexed(since, text(percent)), on) == int(value + Fraction(1, 2))


def by_date(*rules: tuple[date, date | None, str]) -> dict[str, Any]:
    """Rules of a fixed amount each; a pound when none holds."""
    held = [
        {"from": first, "amount": {"kind": "fixed", "amount": amount}, **({"to": last} if last else {})}
        for first, last, amount in rules
    ]
    return {"kind": "by date", "rules": held, "otherwise": {"kind": "fixed", "amount": "1"}}


class TestByDate:
    """On the day of reckoning one rule holds, first and last day included."""

    @pytest.mark.parametrize(
        ("on", "amount"),
        [
            (date(2020, 6, 30), 100),
            (date(2020, 7, 1), 3000),
            (date(2020, 12, 31), 3000),
            (date(2021, 1, 1), 100),
        ],
    )
    def test_a_rule_with_a_last_day(self, on: date, amount: int) -> None:
        assert paid(by_date((date(2020, 7, 1), date(2020, 12, 31), "30")), on) == amount

    @pytest.mark.parametrize(
        ("on", "amount"),
        [
            (date(2020, 12, 31), 3000),
            (date(2021, 1, 1), 4000),
            (date(2021, 6, 30), 4000),
            (date(2021, 7, 1), 100),
            (date(2022, 1, 1), 5000),
            (date(2030, 1, 1), 5000),
        ],
    )
    def test_without_a_last_day_a_rule_holds_until_the_next_and_not_after_it(self, on: date, amount: int) -> None:
        rule = by_date(
            (date(2020, 1, 1), None, "30"), (date(2021, 1, 1), date(2021, 6, 30), "40"), (date(2022, 1, 1), None, "50")
        )
        assert paid(rule, on) == amount

    def test_a_temporary_rule_stands_before_a_longer_one(self) -> None:
        rule = by_date((date(2020, 1, 1), date(2022, 12, 31), "30"), (date(2021, 1, 1), date(2021, 6, 30), "40"))
        assert [paid(rule, date(2021, month, 1)) for month in (6, 7)] == [4000, 3000]

    def test_the_reason_says_since_when(self) -> None:
        line = owed(contract(pay(by_date((FIRST, None, "30")), metric="x"), metrics=POINTS), facts())
        assert line.reasons[0].text == "since 1 January 2020 this rule holds"


@PROVED
@given(
    st.data(),
    st.lists(
        st.tuples(st.integers(0, 60), st.none() | st.integers(0, 30)),
        min_size=1,
        max_size=4,
        unique_by=lambda rule: rule[0],
    ),
)
def test_by_date_equals_a_calendar_filled_day_by_day(data: st.DataObject, spans: list[tuple[int, int | None]]) -> None:
    spans.sort()
    calendar = [100] * 100
    for place, (first, length) in enumerate(spans):
        end = first + length if length is not None else spans[place + 1][0] - 1 if place + 1 < len(spans) else 99
        for day in range(first, end + 1):
            calendar[day] = 1000 * (place + 2)
    edge = data.draw(st.sampled_from(spans))
    bounds = [edge[0] - 1, edge[0], edge[0] + (edge[1] or 0), edge[0] + (edge[1] or 0) + 1]
    day = data.draw(st.one_of(st.sampled_from([bound for bound in bounds if bound >= 0]), st.integers(0, 99)))
    rules = [
        (FIRST + timedelta(first), None if length is None else FIRST + timedelta(first + length), f"{10 * (place + 2)}")
        for place, (first, length) in enumerate(spans)
    ]
    assert paid(by_date(*rules), FIRST + timedelta(day)) == calendar[day]


BY_GROUP = {
    "kind": "prices by group",
    "of": "jobs",
    "per": "outcome",
    "prices": [
        {"group": "young", "price": "10"},
        {"group": "old", "price": [{"value": "20"}, {"from": date(2021, 1, 1), "value": "25"}]},
    ],
}


class TestPricesByGroup:
    """A price for each outcome by the person's group; people of no group earn nothing."""

    def test_each_group_and_day_has_its_price(self) -> None:
        known = facts(
            done("a", group="young"),
            done("b", date(2020, 12, 31), group="old"),
            done("c", date(2021, 1, 1), group="old"),
            done("d"),
        )
        line = owed(contract(pay(BY_GROUP)), known)
        assert line.amount == 1000 + 2000 + 2500
        assert line.quantity == 4

    def test_what_was_settled_is_not_paid_again(self) -> None:
        known = facts(done("a", group="young", settled=True), done("b", group="young"))
        assert owed(contract(pay(BY_GROUP)), known).amount == 1000

    def test_a_total_says_nothing_of_groups(self) -> None:
        line = owed(contract(pay(BY_GROUP)), facts(measured={"jobs": ("3", "outcome")}))
        assert line.hold == "“metric jobs” was given as a total: how much of it is of which group is not known"


@PROVED
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"),
            st.integers(-2, 2),
            st.sampled_from([None, "young", "old"]),
            st.integers(1, 2),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_prices_by_group_equal_a_walk_over_the_claims(rows: list[tuple[str, int, str | None, int, bool]]) -> None:
    """Days around the change of the price; one outcome a person, and what is settled uses it up."""
    earned, used = 0, set()
    for person, day, group, _, settled in sorted(rows, key=lambda row: (not row[4], row[1])):
        if person not in used and not settled:
            earned += {"young": 1000, "old": 2000 if day < 0 else 2500, None: 0}[group]
        used.add(person)
    known = [
        done(person, date(2021, 1, 1) + timedelta(day), group=group, count=count, settled=settled)
        for person, day, group, count, settled in rows
    ]
    assert owed(contract(pay(BY_GROUP)), facts(*known)).amount == earned


def test_savings_less_costs() -> None:
    assert paid({"kind": "difference", "of": SEVEN, "less": FIVE}) == 200


@PROVED
@given(HUNDREDTHS, HUNDREDTHS, st.booleans())
def test_an_amount_less_another_waits_below_zero_or_is_paid_back(x: int, y: int, both_ways: bool) -> None:
    rule = {"kind": "difference", "of": price("x", "1", "point"), "less": price("y", "1", "point")}
    line = owed(contract(pay(rule, metric="x", both_ways=both_ways), metrics=POINTS), points(text(x), text(y)))
    if x < y and not both_ways:
        assert (line.amount, bool(line.hold)) == (0, True)
    else:
        assert (line.amount, line.hold) == (x - y, None)
