"""payments: rules over people in calendar months, totals for each person, how often something may happen: by hand."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.errors import NotValid
from sib.payments.payable import payable_outcomes
from sib.payments.people import NEVER, months_later
from tests.payments.small import FIRST, contract, done, facts, metric, owed, pay, price

PROVED = settings(max_examples=300, deadline=None, derandomize=True)
METRICS = (
    metric("days", "day", repeats="without limit"),
    metric("earned", "GBP", repeats="without limit"),
    metric("jobs"),
    metric("start"),
)


def people(rule: Mapping[str, Any], *claims: Any) -> int:
    """How many people a rule finds."""
    line = owed(contract(pay(price(dict(rule), "1", rule.get("unit", "person"))), metrics=METRICS), facts(*claims))
    assert line.hold is None
    return line.amount // 100


class TestMonths:
    """Calendar months: from the last day of January to the last of February is one."""

    @PROVED
    @given(
        day=st.dates(date(1990, 1, 1), date(2060, 12, 31)),
        months=st.integers(1, 400),
    )
    def test_as_dateutil_counts_them(self, day: date, months: int) -> None:
        later = months_later(np.array([day.toordinal(), NEVER]), months)
        assert later.tolist() == [(day + relativedelta(months=months)).toordinal(), NEVER]

    @pytest.mark.parametrize(("spell", "found"), [(365, 0), (366, 1)])
    def test_twelve_months_over_a_leap_day(self, spell: int, found: int) -> None:
        rule = {"kind": "sustained", "metric": "days", "months": 12, "counting": "in one run", "gap_days": 0}
        assert people(rule, done("a", FIRST, "days", count=spell)) == found
        assert people(rule, done("a", date(2021, 1, 1), "days", count=spell)) == 1

    @pytest.mark.parametrize(("gap", "found"), [(7, 1), (8, 0)])
    def test_a_gap_that_does_not_interrupt_counts_in_months(self, gap: int, found: int) -> None:
        rule = {"kind": "sustained", "metric": "days", "months": 2, "counting": "in one run", "gap_days": 7}
        # January and February 2020 have 60 days: 30, a gap, then the rest
        claims = [
            done("a", FIRST, "days", count=30),
            done("a", FIRST + timedelta(30 + gap), "days", count=60 - 30 - gap),
        ]
        assert people(rule, *claims) == found

    def test_the_run_after_a_break_counts_from_its_own_first_day(self) -> None:
        rule = {"kind": "sustained", "metric": "days", "months": 1, "counting": "in one run", "gap_days": 0}
        first, second = done("a", FIRST, "days", count=30), done("a", date(2020, 2, 1), "days", count=29)
        assert people(rule, first) == 0
        assert people(rule, first, second) == 1

    @pytest.mark.parametrize(
        ("day", "least", "within"),
        [(date(2020, 2, 28), 0, 1), (date(2020, 2, 29), 1, 1), (date(2020, 3, 1), 1, 0)],
    )
    def test_a_milestone_one_month_after_the_last_of_january(self, day: date, least: int, within: int) -> None:
        claims = [done("a", date(2020, 1, 31), "start"), done("a", day)]
        rule = {"kind": "milestone", "metric": "jobs", "after": ["start"]}
        assert people({**rule, "at_least_months": 1}, *claims) == least
        assert people({**rule, "within_months": 1}, *claims) == within

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            ({}, "either `days` or `months`"),
            ({"days": 3, "months": 3}, "either `days` or `months`"),
            ({"months": 3, "counting": "in all"}, "in one run, with no day left out"),
            ({"months": 3, "excluded": [{"from": FIRST, "to": FIRST}]}, "in one run, with no day left out"),
        ],
    )
    def test_how_long_is_said_in_one_way(self, more: Mapping[str, Any], said: str) -> None:
        rule = {"kind": "sustained", "metric": "days", "counting": "in one run", "gap_days": 0, **more}
        with pytest.raises(NotValid, match=said):
            people(rule)


class TestTotals:
    """Earnings of one person added up."""

    RULE: Mapping[str, Any] = {"kind": "people reaching", "metric": "earned", "total": 3120}

    @pytest.mark.parametrize(("last", "found"), [(1119, 0), (1120, 1), (1121, 1)])
    def test_pay_by_pay(self, last: int, found: int) -> None:
        claims = [
            done("a", FIRST + timedelta(place), "earned", count=pay) for place, pay in enumerate([1000, 1000, last])
        ]
        assert people(self.RULE, *claims, done("b", FIRST, "earned", count=3119)) == found

    @pytest.mark.parametrize(("day", "found"), [(9, 0), (10, 1), (638 + 10, 1), (638 + 11, 0)])
    def test_only_what_was_earned_after_the_start_and_in_time(self, day: int, found: int) -> None:
        rule = {**self.RULE, "after": "start", "within_days": 638}
        claims = [done("a", FIRST + timedelta(10), "start"), done("a", FIRST + timedelta(day), "earned", count=3120)]
        assert people(rule, *claims, done("b", FIRST, "earned", count=9999)) == found

    def test_what_is_settled_is_not_paid_again(self) -> None:
        claims = [done("a", FIRST, "earned", count=3120, settled=True), done("a", FIRST, "earned", count=3120)]
        assert people(self.RULE, *claims) == 0

    def test_a_total_need_not_be_whole(self) -> None:
        assert people({**self.RULE, "total": "3257.28"}, done("a", FIRST, "earned", count=3257)) == 0
        assert people({**self.RULE, "total": "3257.28"}, done("a", FIRST, "earned", count=3258)) == 1

    def test_within_counts_from_something(self) -> None:
        with pytest.raises(NotValid, match="name it in `after`"):
            people({**self.RULE, "within_days": 3})


class TestOften:
    """What may happen so often and not oftener."""

    @pytest.mark.parametrize(("times", "found"), [(0, 1), (2, 1), (3, 0)])
    def test_seen_at_most_twice(self, times: int, found: int) -> None:
        rule = {"kind": "people with", "all_of": ["start"], "at_most_of": [{"metric": "days", "times": 2}]}
        sightings = [done("a", FIRST + timedelta(day), "days") for day in range(times)]
        assert people(rule, done("a", metric="start"), *sightings) == found

    @pytest.mark.parametrize(("last", "found"), [(date(2020, 7, 14), 0), (date(2020, 7, 15), 1)])
    def test_only_in_the_first_months_after_something(self, last: date, found: int) -> None:
        """From 15 January the six months end on 14 July; a sighting before the start does not count."""
        seen = {"metric": "days", "times": 1, "after": "start", "within_months": 6}
        rule = {"kind": "people with", "all_of": ["start"], "at_most_of": [seen]}
        claims = [done("a", date(2020, 1, 15), "start"), done("a", date(2020, 1, 15), "days"), done("a", last, "days")]
        assert people(rule, *claims, done("a", FIRST, "days")) == found
        ever = {"kind": "people with", "all_of": ["start"], "at_most_of": [{**seen, "within_months": 120}]}
        assert people(ever, *claims) == 0

    def test_months_count_from_something(self) -> None:
        seen = {"metric": "days", "times": 1, "within_months": 6}
        with pytest.raises(NotValid, match="name it in `after`"):
            people({"kind": "people with", "all_of": ["start"], "at_most_of": [seen]})


class TestFirstSoMany:
    """A metric of which only the first so many are paid, whoever they are of."""

    METRIC = metric("jobs", repeats=2, at_most=3)

    def paid(self, *claims: Any) -> list[int]:
        prices = [{"group": "young", "price": "1"}, {"group": "old", "price": "100"}]
        by_group = {"kind": "prices by group", "of": "jobs", "per": "outcome", "prices": prices}
        terms = contract(pay(price("jobs", "1")), pay(by_group, "g"), metrics=(self.METRIC,))
        return [line.amount // 100 for line in payable_outcomes(terms, facts(*claims)).payables]

    def test_the_first_by_day_count_in_every_rule(self) -> None:
        claims = [done("a", FIRST + timedelta(3 - place), group="old") for place in range(2)]
        claims += [done("b", FIRST, count=5, group="young"), done("c", FIRST + timedelta(9), group="old")]
        # b has two by its own limit, on the first day; a one of its two; c comes too late
        assert self.paid(*claims) == [3, 102]

    def test_what_is_settled_uses_them_up(self) -> None:
        claims = [done("a", FIRST + timedelta(9), count=2, settled=True, group="old")]
        claims += [done("b", FIRST, count=2, group="young")]
        assert self.paid(*claims) == [1, 1]

    def test_none_of_none(self) -> None:
        assert self.paid() == [0, 0]


class TestUnits:
    """What is counted need not be people."""

    def test_families_reach_milestones(self) -> None:
        line = owed(
            contract(pay(price({"kind": "people", "metric": "jobs", "unit": "family"}, "1", "family"))),
            facts(done("a"), done("b")),
        )
        assert (line.amount, line.unit) == (200, "family")
        assert line.reasons[0].text == "2 families with “metric jobs”"

    def test_gained_is_observed_less_expected(self) -> None:
        rule = {"kind": "gained", "observed": "score", "expected": {"kind": "number", "value": "3", "unit": "point"}}
        terms = contract(pay(price({**rule, "people": "score", "unit": "point"}, "1", "point"), metric="score"))
        line = owed(terms, facts(measured={"score": ("5", "point")}))
        assert line.amount == 1000
        assert [reason.text for reason in line.reasons][3] == (
            "5 points observed less 3 points expected, times 5 points = 10 points gained"
        )


def test_words_stand_for_rules_in_every_sentence() -> None:
    from sib.terms.sentences import sentence
    from sib.terms.sheet import sheet

    rule = {"kind": "sum", "of": ["jobs", "jobs"]}
    terms = contract(pay(price("twice", "1")), quantity={"twice": rule}, words={"twice": "jobs counted twice"})
    assert "GBP 1 for each outcome of “jobs counted twice”, as payment" in sentence(terms, terms.payments[0])
    assert "## What the words mean\n\n- **“jobs counted twice”**: “metric jobs” plus “metric jobs”" in sheet(terms, [])
    for words in ({"thrice": "x"}, {"twice": "metric jobs"}):
        with pytest.raises(NotValid, match=r"stands for two things|is called `thrice`"):
            contract(pay(price("twice", "1")), quantity={"twice": rule}, words=words)
