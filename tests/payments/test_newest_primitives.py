"""payments: lines between points, time, money as a fact, yearly rises, gates, fallbacks, payers' own caps: by hand."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from sib.errors import NotValid
from sib.payments.payable import PayableOutcome, payable_outcomes
from sib.payments.quantities import elapsed
from tests.payments.small import FIRST, JOBS, SCORE, contract, done, facts, metric, owed, pay, price

POUNDS = metric("saved", "GBP", "measurement")
SCORED = {"score": ("8", "point")}


def scored(rule: Mapping[str, Any], score: str | None = "8", **parts: Any) -> PayableOutcome:
    """One payment by a rule on the score alone."""
    measured = {} if score is None else {"score": (score, "point")}
    return owed(contract(pay(dict(rule), metric="score"), **parts), facts(measured=measured))


class TestStraightLines:
    """Points joined by straight lines; flat after the last."""

    @pytest.mark.parametrize(
        ("score", "pounds"),
        [("4.9", "0"), ("5", "100"), ("7.5", "150"), ("10", "200"), ("25", "275"), ("40", "350"), ("99", "350")],
    )
    def test_an_amount(self, score: str, pounds: str) -> None:
        rows = [{"from": "5", "amount": "100"}, {"from": "10", "amount": "200"}, {"from": "40", "amount": "350"}]
        rule = {"kind": "table", "of": "score", "per": "point", "shape": "straight lines", "below": "0", "rows": rows}
        assert scored({**rule, "boundary": "lower bound inclusive"}, score).amount == Fraction(pounds) * 100

    def test_the_first_point_itself_where_the_upper_bound_counts(self) -> None:
        rows = [{"from": "5", "value": "1"}, {"from": "10", "value": "3"}]
        table = {"kind": "table", "of": "score", "shape": "straight lines", "below": "0", "rows": rows, "unit": "x"}
        rule = price({**table, "boundary": "upper bound inclusive"}, "1", "x")
        assert [scored(rule, score).amount for score in ("5", "7.5", "10")] == [0, 200, 300]


class TestElapsedTime:
    """Full or begun days, months, quarters and years; the first and the last day count."""

    @pytest.mark.parametrize(
        ("until", "unit", "full", "begun"),
        [
            (date(2020, 1, 31), "day", 1, 1),
            (date(2020, 3, 1), "day", 31, 31),
            (date(2020, 2, 27), "month", 0, 1),
            (date(2020, 2, 28), "month", 1, 1),
            (date(2020, 2, 29), "month", 1, 2),
            (date(2020, 4, 28), "quarter", 0, 1),
            (date(2020, 4, 29), "quarter", 1, 1),
            (date(2020, 4, 30), "quarter", 1, 2),
            (date(2021, 1, 29), "year", 0, 1),
            (date(2021, 1, 30), "year", 1, 1),
            (date(2021, 1, 31), "year", 1, 2),
            (date(2020, 1, 30), "year", 0, 0),
        ],
    )
    def test_since_the_last_of_january(self, until: date, unit: str, full: int, begun: int) -> None:
        since = date(2020, 1, 31)
        assert elapsed(since, until, unit, begun=False) == full
        assert elapsed(since, until, unit, begun=True) == begun

    def test_a_standing_charge_for_each_full_quarter(self) -> None:
        time = {"kind": "elapsed time", "since": FIRST, "counted_in": "quarter", "begun": "full only"}
        terms = contract(pay(price(time, "1000", "quarter"), metric="none", name="Charge", settles="in total"))
        line = owed(terms, facts(as_of=date(2021, 1, 15), paid_before={"p": 300000}))
        assert (line.amount, line.quantity, line.unit) == (100000, 4, "quarter")
        assert line.reasons[0].text == "4 quarters since 1 January 2020, up to 15 January 2021 (full only)"

    def test_it_stops_where_it_is_told_to(self) -> None:
        time = {"kind": "elapsed time", "since": FIRST, "until": date(2020, 12, 31), "counted_in": "month"}
        terms = contract(pay(price({**time, "begun": "begun counts"}, "10", "month"), metric="none", name="Charge"))
        assert owed(terms, facts(as_of=date(2022, 6, 30))).amount == 12 * 1000


class TestGates:
    """Fallbacks where there is no result; amounts and quantities judged against each other."""

    FALLBACK: Mapping[str, Any] = {
        "kind": "when",
        "condition": {"kind": "measured", "quantity": "score"},
        "then": "score",
        "otherwise": {"kind": "number", "value": "4", "unit": "point"},
    }

    @pytest.mark.parametrize(("score", "pounds"), [("8", 80), (None, 40), ("0", 0)])
    def test_a_result_or_what_is_agreed_instead(self, score: str | None, pounds: int) -> None:
        line = scored(price(dict(self.FALLBACK), "10", "point"), score)
        assert (line.amount, line.hold) == (pounds * 100, None)

    def test_the_reason_says_that_there_is_no_result(self) -> None:
        line = scored(price(dict(self.FALLBACK), "10", "point"), None)
        assert line.reasons[0].text == "there is no result: “metric score” has not been measured"

    @pytest.mark.parametrize(("saved", "pounds"), [("80", 80), ("79.99", 0), ("80.01", 80)])
    def test_paid_only_where_savings_reach_the_cost(self, saved: str, pounds: int) -> None:
        cost = price("score", "10", "point")
        test = {
            "kind": "compare amounts",
            "amount": {"kind": "money of", "of": "saved"},
            "is": "at least",
            "than": cost,
        }
        rule = {"kind": "when", "condition": test, "then": cost, "otherwise": {"kind": "fixed", "amount": "0"}}
        terms = contract(pay(rule, metric="score"), metrics=(JOBS, SCORE, POUNDS))
        known = facts(measured={**SCORED, "saved": (saved, "GBP")})
        assert owed(terms, known).amount == pounds * 100

    def test_a_quantity_against_another(self) -> None:
        test = {"kind": "compare", "quantity": "score", "is": "more than", "than": "other"}
        rule = {"kind": "when", "condition": test, "then": {"kind": "fixed", "amount": "5"}}
        rule["otherwise"] = {"kind": "fixed", "amount": "1"}
        terms = contract(pay(rule, metric="score"), metrics=(SCORE, metric("other", "point", "measurement")))
        for other, pounds in (("7.99", 5), ("8", 1)):
            known = facts(measured={**SCORED, "other": (other, "point")})
            assert owed(terms, known).amount == pounds * 100

    def test_compare_asks_for_one_of_the_two(self) -> None:
        for sides in ({}, {"value": "1", "than": "score"}):
            test = {"kind": "compare", "quantity": "score", "is": "more than", **sides}
            five = {"kind": "fixed", "amount": "5"}
            with pytest.raises(NotValid, match="either `value`, a number, or `than`"):
                contract(pay({"kind": "when", "condition": test, "then": five, "otherwise": five}))


class TestMoneyAsAFact:
    """What is measured in the contract's currency."""

    def test_it_is_paid_in_part(self) -> None:
        rule = {"kind": "share", "of": {"kind": "money of", "of": "saved"}, "share": "0.4"}
        terms = contract(pay(rule, metric="saved"), metrics=(POUNDS,))
        line = owed(terms, facts(measured={"saved": ("1000.01", "GBP")}))
        assert line.amount == 40000
        assert line.reasons[1].text == "GBP 1,000.01, as measured"

    def test_it_is_no_quantity_of_anything_else(self) -> None:
        with pytest.raises(NotValid, match="the unit here is `GBP`"):
            contract(pay({"kind": "money of", "of": "score"}, metric="score"))


class TestRises:
    """A price that rises each year, on the day on which each claim was achieved."""

    RULE: Mapping[str, Any] = {**price(each="100"), "rises": {"yearly": "0.03", "since": FIRST}}

    def test_each_claim_at_its_own_years_price(self) -> None:
        days = [date(2020, 12, 31), date(2021, 1, 1), date(2022, 1, 1)]
        known = facts(*(done(f"p{place}", day) for place, day in enumerate(days)))
        # 100 + 103 + 106.09
        assert owed(contract(pay(dict(self.RULE))), known).amount == 30909

    def test_rounded_each_year(self) -> None:
        rises = {"yearly": "0.03", "since": FIRST, "to": "1", "rounding": "down"}
        known = facts(done("a", date(2022, 1, 1)), done("b", date(2019, 1, 1)))
        assert owed(contract(pay({**self.RULE, "rises": rises})), known).amount == 10600

    def test_the_first_price_holds_before_too(self) -> None:
        rises = {"yearly": "0.03", "since": date(2021, 1, 1)}
        assert owed(contract(pay({**self.RULE, "rises": rises})), facts(done("a", FIRST))).amount == 10000

    def test_a_price_rises_or_has_dates(self) -> None:
        dated = [{"value": "1"}, {"from": date(2021, 1, 1), "value": "2"}]
        with pytest.raises(NotValid, match="is one number"):
            contract(pay({**self.RULE, "price": dated}))
        with pytest.raises(NotValid, match="stand together"):
            contract(pay({**self.RULE, "rises": {"yearly": "0.03", "since": FIRST, "to": "1"}}))

    def test_an_amount_rounded_on_the_way(self) -> None:
        rule = {"kind": "rounded", "of": {"kind": "share", "of": price(each="99"), "share": "0.5"}, "to": "10"}
        line = owed(contract(pay({**rule, "rounding": "half up"})), facts(done("a")))
        assert line.amount == 5000
        assert line.reasons[-1].text == "GBP 49.50 rounded half up to GBP 50"


class TestPeopleRulesByDay:
    """Rules over people know the day on which they were met: for dated prices, and for caps over each person."""

    DATED: Any = ({"value": "100"}, {"from": date(2021, 1, 1), "value": "90"})
    METRICS = (metric("days", "day", repeats="without limit"), metric("jobs"), metric("course"))

    def paid(self, rule: Mapping[str, Any], *claims: Any, **more: Any) -> int:
        terms = contract(pay(price(dict(rule), list(self.DATED), "person"), metric="days"), metrics=self.METRICS)
        return owed(terms, facts(*claims, **more)).amount

    def test_a_milestone_on_the_day_it_was_reached_after_the_other(self) -> None:
        rule = {"kind": "milestone", "metric": "jobs", "after": ["course"]}
        claims = [done("a", date(2020, 6, 1)), done("a", date(2021, 3, 1)), done("a", date(2021, 2, 1), "course")]
        assert self.paid(rule, *claims) == 9000
        claims += [done("b", date(2020, 6, 1)), done("b", date(2020, 6, 1), "course")]
        assert self.paid(rule, *claims) == 19000

    @pytest.mark.parametrize(("days", "pounds"), [(30, 0), (31, 100), (32, 90)])
    def test_a_spell_on_the_day_that_made_it(self, days: int, pounds: int) -> None:
        """From 1 December the 31st day is the last of the year, the 32nd the first of the next."""
        rule = {"kind": "sustained", "metric": "days", "days": max(days, 31), "counting": "in one run", "gap_days": 0}
        assert self.paid(rule, done("a", date(2020, 12, 1), "days", count=days)) == pounds * 100

    def test_days_left_out_move_the_day(self) -> None:
        rule = {"kind": "sustained", "metric": "days", "days": 31, "counting": "in all", "gap_days": 0}
        rule["excluded"] = [{"from": date(2020, 12, 25), "to": date(2020, 12, 25)}]
        assert self.paid(rule, done("a", date(2020, 12, 1), "days", count=31)) == 0
        assert self.paid(rule, done("a", date(2020, 12, 1), "days", count=32)) == 9000

    def test_the_last_of_what_was_waited_for_is_the_day(self) -> None:
        rule = {"kind": "people with", "all_of": ["course"], "any_of": ["jobs", "days"], "at_least": 1}
        claims = [done("a", date(2020, 1, 1), "course"), done("a", date(2021, 5, 1)), done("a", FIRST, "days")]
        assert self.paid(rule, *claims) == 10000
        assert self.paid({**rule, "at_least": 2}, *claims) == 9000
        assert self.paid({**rule, "none_of": ["jobs"], "any_of": ["days"]}, *claims) == 0

    def test_a_named_rule_is_priced_by_day_too(self) -> None:
        rule = {"kind": "milestone", "metric": "jobs"}
        terms = contract(
            pay(price("reached", list(self.DATED), "person")), metrics=self.METRICS, quantity={"reached": rule}
        )
        assert owed(terms, facts(done("a", date(2021, 1, 1)))).amount == 9000
        assert owed(terms, facts(measured={"reached": ("2", "person")}, as_of=date(2020, 5, 1))).amount == 20000

    def test_before_the_first_price_it_is_on_hold(self) -> None:
        late = [{"from": date(2021, 1, 1), "value": "90"}]
        terms = contract(pay(price({"kind": "milestone", "metric": "jobs"}, late, "person")), metrics=self.METRICS)
        line = owed(terms, facts(done("a", date(2020, 12, 31))))
        assert (line.amount, line.hold) == (
            0,
            "people met the rule before 1 January 2021, when no price was in force",
        )

    def test_a_cap_over_each_person_takes_them_in_order_of_day(self) -> None:
        spell = {"kind": "sustained", "metric": "days", "days": 10, "counting": "in one run", "gap_days": 0}
        terms = contract(
            pay(price(spell, "700", "person"), "home", "days"),
            pay(price("jobs", "500"), "work", "jobs"),
            metrics=self.METRICS,
            cap=[
                {"id": "c", "name": "cap", "amount": "1000", "per": "person", "over": ["home", "work"], "clause": "3"}
            ],
        )
        # a: the job on 5 January pays 500, the tenth day (11 January) what is left of the cap, 500
        # b: the tenth day is the 10th, the job comes on the 11th and gets 300
        known = facts(
            done("a", date(2020, 1, 5)),
            done("a", date(2020, 1, 2), "days", count=10),
            done("b", date(2020, 1, 1), "days", count=10),
            done("b", date(2020, 1, 11)),
        )
        owed_now = payable_outcomes(terms, known)
        assert [(line.gross, line.amount) for line in owed_now.payables] == [(140000, 120000), (100000, 80000)]


class TestHolds:
    """What is held with something else, and dated prices that have no day."""

    def test_a_deduction_on_hold_holds_what_it_is_deducted_from(self) -> None:
        terms = contract(
            pay(price(), "gross", held_with=["less"]),
            pay({"kind": "fixed", "amount": "1"}, "other", held_with=["gross"]),
            pay(price("score", "1", "point"), "less", "score"),
        )
        waiting = payable_outcomes(terms, facts(done("a")))
        assert [(line.payment, line.gross, line.amount) for line in waiting.payables] == [
            ("gross", 0, 0),
            ("other", 0, 0),
            ("less", 0, 0),
        ]
        assert waiting.holds[0] == ("gross", "it is held with metric score, which is on hold")
        known = facts(done("a"), measured={"score": ("2", "point")})
        assert [line.amount for line in payable_outcomes(terms, known).payables] == [1000, 100, 200]

    def test_what_is_worked_out_from_claims_has_no_day_for_a_price(self) -> None:
        few = {"kind": "limit", "of": "jobs", "at_most": "5"}
        dated = [{"value": "100"}, {"from": date(2021, 1, 1), "value": "200"}]
        with pytest.raises(
            NotValid, match="the price has dates, but what it pays for is worked out from claims of jobs"
        ):
            contract(pay(price(few, dated)))
        known = facts(done("a", FIRST), done("b", date(2021, 6, 1)))
        assert owed(contract(pay({**price(few, dated), "on": "day of reckoning"})), known).amount == 40000
        assert owed(contract(pay(price("jobs", dated))), known).amount == 30000

    def test_who_has_no_price_for_the_group_is_said(self) -> None:
        rule = {"kind": "prices by group", "of": "jobs", "per": "outcome", "prices": [{"group": "old", "price": "5"}]}
        line = owed(contract(pay(rule)), facts(done("a"), done("b", group="young"), done("c", group="old")))
        assert line.amount == 500
        assert line.reasons[-1].text == "2 outcomes in no group that has a price"


def test_thirds_are_exact() -> None:
    parts = [{"quantity": "score", "weight": "1/3"}, {"quantity": "other", "weight": "2/3"}]
    metrics = (SCORE, metric("other", "point", "measurement"))
    terms = contract(pay(price({"kind": "blend", "of": parts}, "3", "point"), metric="score"), metrics=metrics)
    assert owed(terms, facts(measured={"score": ("1", "point"), "other": ("2", "point")})).amount == 500
