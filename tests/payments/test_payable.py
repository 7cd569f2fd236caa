"""payments: prices by day, holds, caps, shares between payers, and facts that a contract cannot read."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.errors import NotValid
from sib.payments.payable import payable_outcomes
from tests.payments.small import AS_OF, FIRST, SCORE, contract, done, facts, metric, owed, pay, price

STEPS = [{"from": date(2020, 1, 1), "value": "10"}, {"from": date(2021, 1, 1), "value": "11"}]


class TestDatedPrices:
    """A claim is priced on the day it was achieved, everything else on the day of reckoning."""

    @pytest.mark.parametrize(("day", "amount"), [("2020-12-31", 1000), ("2021-01-01", 1100), ("2020-01-01", 1000)])
    def test_the_day_achieved_decides(self, day: str, amount: int) -> None:
        assert owed(contract(pay(price(each=STEPS))), facts(done("a", date.fromisoformat(day)))).amount == amount

    def test_claims_of_several_days_each_have_their_price(self) -> None:
        line = owed(contract(pay(price(each=STEPS))), facts(done("a"), done("b", date(2021, 6, 1)), done("c")))
        assert line.amount == 3100
        assert [reason.text for reason in line.reasons if reason.kind == "price"] == [
            "2 outcomes achieved from 1 January 2020 × GBP 10 = GBP 20",
            "1 outcome achieved from 1 January 2021 × GBP 11 = GBP 11",
        ]

    def test_a_group_counted_in_the_rule_is_priced_by_day_too(self) -> None:
        young = {"kind": "count", "metric": "jobs", "group": "young"}
        known = facts(done("a", group="young"), done("b", date(2021, 6, 1), group="young"), done("c", group="old"))
        assert owed(contract(pay(price(young, STEPS))), known).amount == 2100
        assert owed(contract(pay(price("the_young", STEPS)), quantity={"the_young": young}), known).amount == 2100

    def test_a_single_price_with_a_day_does_not_reach_back(self) -> None:
        late = [{"from": date(2020, 6, 1), "value": "10"}]
        assert owed(contract(pay(price(each=late))), facts(done("a", date(2020, 6, 1)))).amount == 1000
        line = owed(contract(pay(price(each=late))), facts(done("a", date(2020, 5, 31))))
        assert (line.amount, line.hold) == (
            0,
            "“metric jobs” has outcomes before 1 June 2020, when no price was in force",
        )

    def test_an_outcome_that_is_not_payable_holds_nothing_up(self) -> None:
        late = [{"from": date(2020, 6, 1), "value": "10"}]
        known = facts(done("a", date(2019, 5, 31)), done("b", date(2020, 6, 1)))
        assert owed(contract(pay(price(each=late))), known).amount == 1000

    def test_a_first_price_without_a_day_holds_since_ever(self) -> None:
        steps = [{"value": "9"}, *STEPS[1:]]
        assert owed(contract(pay(price(each=steps))), facts(done("a"), done("b", date(2021, 1, 1)))).amount == 2000

    def test_a_total_that_was_given_is_priced_on_the_day_of_reckoning(self) -> None:
        known = facts(measured={"jobs": ("3", "outcome")}, as_of=date(2020, 12, 31))
        assert owed(contract(pay(price(each=STEPS))), known).amount == 3000
        assert owed(contract(pay(price(each=STEPS))), facts(measured={"jobs": ("3", "outcome")})).amount == 3300

    def test_a_measured_score_is_priced_on_the_day_of_reckoning(self) -> None:
        rule = price("score", STEPS, "point")
        assert owed(contract(pay(rule, metric="score")), facts(measured={"score": ("2", "point")})).amount == 2200


class TestHolds:
    """What cannot be worked out pays nothing and says why."""

    @pytest.mark.parametrize(
        ("amount", "known", "why"),
        [
            (price("score", per="point"), {}, "“metric score” has not been measured"),
            (
                price({"kind": "ratio", "of": "score", "to": "jobs", "unit": "point"}, per="point"),
                {"score": ("1", "point")},
                "a ratio to zero is not defined",
            ),
            (
                price("score", "-1", "point"),
                {"score": ("2.5", "point")},
                "the rule gives GBP -2.50; nothing is taken back here, so it waits for a person",
            ),
            (
                {"kind": "fixed", "amount": [{"from": date(2023, 1, 1), "value": "5"}]},
                {},
                "the fixed amount has no value in force on 31 December 2022",
            ),
            (
                price({"kind": "count", "metric": "jobs", "group": "young"}),
                {"jobs": ("3", "outcome")},
                "“metric jobs” was given as a total: how much of it is of the group young is not known",
            ),
            (
                price({"kind": "people", "metric": "jobs"}, per="person"),
                {"jobs": ("3", "outcome")},
                "“metric jobs” was given as a total: how many people stand behind it is not known",
            ),
        ],
    )
    def test_each_kind(self, amount: Any, known: Any, why: str) -> None:
        line = owed(contract(pay(amount)), facts(measured=known))
        assert (line.gross, line.amount, line.hold) == (0, 0, why)
        assert line.reasons[-1].text == f"on hold, nothing is paid: {why}"

    def test_a_hold_stops_one_payment_and_no_other(self) -> None:
        terms = contract(pay(price("score", per="point"), "held", "score"), pay(price(), "paid"))
        found = payable_outcomes(terms, facts(done("a")))
        assert found.holds == (("held", "“metric score” has not been measured"),)
        assert [line.amount for line in found.payables] == [0, 1000]
        assert found.total == 1000

    def test_a_total_given_for_a_claimed_metric_is_counted_where_the_rule_counts(self) -> None:
        rule = price({"kind": "count", "metric": "jobs"})
        assert owed(contract(pay(rule)), facts(measured={"jobs": ("3", "outcome")})).amount == 3000

    def test_what_the_rule_does_not_need_may_be_missing(self) -> None:
        rule = {
            "kind": "when",
            "condition": {"kind": "on or after", "day": date(2023, 1, 1)},
            "then": price("score", per="point"),
            "otherwise": {"kind": "fixed", "amount": "7"},
        }
        assert owed(contract(pay(rule)), facts()).amount == 700
        on_the_day = owed(contract(pay(rule)), facts(as_of=date(2023, 1, 1)))
        assert on_the_day.hold == "“metric score” has not been measured"
        assert on_the_day.quantity is None

    def test_less_than_was_paid_before_waits_for_a_person(self) -> None:
        terms = contract(pay(price(), settles="in total"))
        line = owed(terms, facts(done("a"), paid_before={"p": 1001}))
        assert (line.gross, line.amount) == (0, 0)
        assert line.hold == "the rule gives GBP -0.01; nothing is taken back here, so it waits for a person"
        assert owed(terms, facts(done("a"), paid_before={"p": 999})).amount == 1


class TestCaps:
    """A cap holds over the contract's life: what was paid before uses it up."""

    @pytest.mark.parametrize(
        ("before", "amount", "effect"),
        [(0, 3000, 0), (1499, 3000, 0), (1500, 3000, 0), (1501, 2999, -1), (9999, 0, -3000)],
    )
    def test_a_payment_s_own_cap_to_the_penny(self, before: int, amount: int, effect: int) -> None:
        line = owed(contract(pay(price(), cap="45")), facts(*map(done, "abc"), paid_before={"p": before}))
        assert (line.gross, line.amount, line.cap_effect) == (3000, amount, effect)
        cut = [reason.text for reason in line.reasons if reason.kind == "cap"]
        assert bool(cut) == (effect < 0)

    def test_a_dated_cap_is_the_one_in_force_and_none_before_the_first(self) -> None:
        terms = contract(pay(price(), cap=[{"from": date(2021, 1, 1), "value": "15"}, {"from": AS_OF, "value": "25"}]))
        for day, amount in ((date(2020, 12, 31), 3000), (date(2021, 1, 1), 1500), (AS_OF, 2500)):
            assert owed(terms, facts(*map(done, "abc"), as_of=day)).amount == amount

    def test_a_cap_over_several_cuts_the_last_named_first(self) -> None:
        two = [pay(price(), name) for name in ("one", "two")]
        for over, amounts in (
            (["one", "two"], [1000, 500]),
            (["two", "one"], [500, 1000]),
            ("all payments", [1000, 500]),
        ):
            cap = {"id": "c", "name": "the whole cap", "amount": "15", "over": over, "clause": "3"}
            found = payable_outcomes(contract(*two, cap=[cap]), facts(done("a")))
            assert [line.amount for line in found.payables] == amounts
            cut = next(line for line in found.payables if line.amount == 500)
            assert cut.reasons[-1].text == "cut from GBP 10.00 to GBP 5.00 by the whole cap"
            assert cut.gross + cut.cap_effect == cut.amount
            assert [line.payment for line in found.payables if any(r.kind == "cap" for r in line.reasons)] == [
                cut.payment
            ]

    def test_a_cap_over_some_leaves_the_others_alone(self) -> None:
        cap = {"id": "c", "name": "cap", "amount": "5", "over": ["two"], "clause": "3"}
        terms = contract(pay(price(), "one"), pay(price(), "two"), cap=[cap])
        assert [line.amount for line in payable_outcomes(terms, facts(done("a"))).payables] == [1000, 500]

    @settings(max_examples=150, deadline=None)
    @given(
        counts=st.lists(st.integers(0, 9), min_size=3, max_size=3),
        caps=st.lists(st.integers(0, 120), min_size=2, max_size=2),
        before=st.lists(st.integers(0, 4000), min_size=3, max_size=3),
    )
    def test_no_cap_is_ever_passed(self, counts: list[int], caps: list[int], before: list[int]) -> None:
        names = ["one", "two", "three"]
        overs: list[Any] = ["all payments", ["three", "one"]]
        terms = contract(
            *(pay(price(name), name, name, cap="40") for name in names),
            metrics=[metric(name) for name in names],
            cap=[
                {"id": f"c{place}", "name": "cap", "amount": str(cap), "over": over, "clause": "3"}
                for place, (cap, over) in enumerate(zip(caps, overs, strict=True))
            ],
        )
        known = facts(
            measured={name: (str(count), "outcome") for name, count in zip(names, counts, strict=True)},
            paid_before=dict(zip(names, before, strict=True)),
        )
        found = {line.payment: line for line in payable_outcomes(terms, known).payables}
        for cap, over in [(40, [name]) for name in names] + [(caps[0], names), (caps[1], ["one", "three"])]:
            paid_before = sum(known.paid_before[name] for name in over)
            assert sum(found[name].amount for name in over) <= max(0, cap * 100 - paid_before)
        assert all(0 <= line.amount <= line.gross for line in found.values())


class TestShares:
    """Payers' parts add up to the payment; the odd penny goes by largest remainder."""

    def test_three_equal_payers_of_ten_pounds(self) -> None:
        shares = [{"payer": name, "share": "1"} for name in ("first", "second", "third")]
        line = owed(contract(pay(price(), payers=shares)), facts(done("a")))
        assert line.payers == (("first", 334), ("second", 333), ("third", 333))
        assert line.reasons[-1].text == "third pays 33.333333… %: GBP 3.33"

    def test_a_payer_of_several_payments_owes_their_sum(self) -> None:
        shares = [{"payer": "first", "share": "0.7"}, {"payer": "second", "share": "0.3"}]
        found = payable_outcomes(contract(pay(price(), "one", payers=shares), pay(price(), "two")), facts(done("a")))
        assert found.by_payer == {"first": 1700, "second": 300}

    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.integers(1, 999), min_size=2, max_size=3), st.integers(0, 100000))
    def test_the_parts_are_the_whole_and_nobody_is_a_penny_off(self, shares: list[int], pennies: int) -> None:
        payers = [
            {"payer": name, "share": str(share)}
            for name, share in zip(("first", "second", "third"), shares, strict=False)
        ]
        terms = contract(pay({"kind": "fixed", "amount": f"{pennies // 100}.{pennies % 100:02d}"}, payers=payers))
        parts = dict(owed(terms, facts()).payers)
        assert sum(parts.values()) == pennies
        for part, share in zip(parts.values(), shares, strict=True):
            assert abs(part - Fraction(pennies * share, sum(shares))) < 1


class TestForeignFacts:
    """Facts that a contract cannot read are refused, all at once."""

    def test_every_unknown_name_and_wrong_unit_is_told(self) -> None:
        known = facts(
            done("a", metric="homes"),
            done("b", group="young"),
            measured={"score": ("1", "percent"), "jobs": ("1", "outcome"), "nothing": ("1", "point")},
            paid_before={"q": 1},
            drawn={"loan": 1},
        )
        with pytest.raises(NotValid) as caught:
            payable_outcomes(contract(pay(price())), known)
        assert [(p.code, p.place) for p in caught.value.problems] == [
            ("facts.unknown", "q"),
            ("facts.unknown", "loan"),
            ("facts.unknown", "nothing"),
            ("facts.unknown", "homes"),
            ("facts.twice", "jobs"),
            ("facts.unit", "score"),
        ]
        assert caught.value.problems[-1].mend == "measure it in point"
        assert all(problem.mend for problem in caught.value.problems)

    def test_a_group_that_the_cohort_does_not_have(self) -> None:
        with pytest.raises(NotValid) as caught:
            payable_outcomes(contract(pay(price())), facts(done("a", group="yuong"), done("b", group="old")))
        (problem,) = caught.value.problems
        assert (problem.code, problem.what) == ("facts.unknown", "`jobs` has no group `yuong`")
        assert problem.mend == "the groups of `jobs` are: young, old"

    def test_groups_are_free_where_the_cohort_names_none(self) -> None:
        terms = contract(pay(price()), cohort=[{"id": "everybody", "name": "everybody"}])
        assert owed(terms, facts(done("a", group="whatever"))).amount == 1000


class TestTheLine:
    """What a payable outcome says beside its amount."""

    def test_quantity_unit_clause_and_reasons(self) -> None:
        line = owed(
            contract(pay(price())),
            facts(done("a"), done("b"), done("b", FIRST + timedelta(1)), done("c", date(2019, 1, 1))),
        )
        assert (line.quantity, line.unit, line.clause, line.payee) == (Fraction(2), "outcome", "2", "provider")
        assert [reason.text for reason in line.reasons] == [
            "metric jobs: 2 outcomes verified; 1 is outside the window; 1 is beyond the limit",
            "2 outcomes × GBP 10 = GBP 20",
        ]

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            ((done("a", settled=True),), "1 more is settled already"),
            ((done("a", settled=True), done("b", settled=True)), "2 more are settled already"),
            ((done("a", date(2019, 1, 1)), done("b", date(2019, 1, 1))), "2 are outside the window"),
            ((done("p"), done("p")), "2 are beyond the limit"),
            # what was settled outside the window is settled, not outside
            ((done("a", date(2019, 1, 1), settled=True),), "1 more is settled already"),
        ],
    )
    def test_what_is_not_paid_is_told_by_its_reason(self, more: tuple[Any, ...], said: str) -> None:
        reasons = owed(contract(pay(price())), facts(done("p"), *more)).reasons
        assert reasons[0].text == f"metric jobs: 1 outcome verified; {said}"

    def test_what_claims_come_to_is_a_count_where_each_person_has_so_many(self) -> None:
        """Two and a half people are none; two and a half tonnes, claimed without limit, can be."""
        for value in ("2.5", "-2"):
            with pytest.raises(NotValid) as caught:
                owed(contract(pay(price())), facts(measured={"jobs": (value, "outcome")}))
            assert [problem.code for problem in caught.value.problems] == ["facts.count"]
        free = contract(pay(price()), metric=[metric("jobs", repeats="without limit"), SCORE])
        # 2.5 × GBP 10
        assert owed(free, facts(measured={"jobs": ("2.5", "outcome")})).amount == 2500

    def test_a_rule_by_name_shows_what_the_named_amount_reads(self) -> None:
        terms = contract(pay("the_price"), amount={"the_price": "the_other", "the_other": price()})
        assert owed(terms, facts(done("a"))).quantity == 1

    def test_a_fixed_charge_shows_its_metric_or_nothing(self) -> None:
        fixed = {"kind": "fixed", "amount": "5"}
        assert owed(contract(pay(fixed)), facts(done("a"))).quantity == 1
        line = owed(contract(pay(fixed, metric="score")), facts())
        assert (line.quantity, line.amount, line.hold) == (None, 500, None)

    def test_rounding_is_said_once(self) -> None:
        line = owed(contract(pay(price(each="0.005"))), facts(done("a")))
        assert line.amount == 1
        assert line.reasons[-1].text == "GBP 0.005 rounded half up to GBP 0.01"

    @pytest.mark.parametrize(
        ("rounding", "amount"),
        [("half up", 3), ("half even", 2), ("half down", 2), ("down", 2), ("up", 3), ("floor", 2), ("ceiling", 3)],
    )
    def test_each_rounding_of_half_a_penny(self, rounding: str, amount: int) -> None:
        assert (
            owed(contract(pay(price(each="0.025")), header={"rounding": rounding}), facts(done("a"))).amount == amount
        )

    def test_payments_in_total_count_what_was_settled_before(self) -> None:
        known = facts(done("a", settled=True), done("b"), paid_before={"p": 1000})
        assert owed(contract(pay(price(), settles="in total")), known).amount == 1000
        assert owed(contract(pay(price())), known).amount == 1000
        mine = facts(done("a", settled=True), done("b"), settled={"p": np.array([False, False])})
        assert owed(contract(pay(price())), mine).amount == 2000


@pytest.mark.parametrize(
    ("amount", "value", "pounds"),
    [
        ({"kind": "share", "of": price("score", per="point"), "share": "0.4"}, "3", "12"),
        ({"kind": "times", "of": {"kind": "fixed", "amount": "50"}, "by": "score", "per": "point"}, "0.5", "25"),
        ({"kind": "smallest", "of": [{"kind": "fixed", "amount": "5"}, price("score", per="point")]}, "3", "5"),
        ({"kind": "largest", "of": [{"kind": "fixed", "amount": "5"}, price("score", per="point")]}, "3", "30"),
        ({"kind": "sum", "of": [{"kind": "fixed", "amount": "5"}, price("score", per="point")]}, "3", "35"),
        ({"kind": "limit", "of": price("score", per="point"), "at_least": "12", "at_most": "20"}, "1", "12"),
        ({"kind": "limit", "of": price("score", per="point"), "at_least": "12", "at_most": "20"}, "3", "20"),
        ({"kind": "limit", "of": price("score", per="point"), "at_least": "12", "at_most": "20"}, "1.5", "15"),
    ],
)
def test_amounts_worked_by_hand(amount: Any, value: str, pounds: str) -> None:
    line = owed(contract(pay(amount, metric="score"), metrics=[SCORE]), facts(measured={"score": (value, "point")}))
    assert line.amount == Fraction(pounds) * 100


BANDS = {
    "kind": "marginal bands",
    "of": "score",
    "per": "point",
    "bands": [{"up_to": "10", "price": "5"}, {"up_to": "20", "price": "3"}, {"price": "1"}],
}


@pytest.mark.parametrize(
    ("value", "pounds"),
    [("-1", 0), ("0", 0), ("10", 50), ("10.01", "50.03"), ("20", 80), ("20.01", "80.01"), ("25", 85)],
)
def test_marginal_bands_at_their_edges(value: str, pounds: Any) -> None:
    line = owed(contract(pay(BANDS, metric="score")), facts(measured={"score": (value, "point")}))
    assert line.amount == Fraction(pounds) * 100
    assert line.quantity == Fraction(value)


@pytest.mark.parametrize(
    ("boundary", "value", "pounds"),
    [
        ("lower bound inclusive", "9.99", 1),
        ("lower bound inclusive", "10", 20),
        ("upper bound inclusive", "10", 1),
        ("upper bound inclusive", "10.01", "20.02"),
        ("lower bound inclusive", "19.99", "39.98"),
        ("lower bound inclusive", "20", 30),
        ("upper bound inclusive", "20", 40),
    ],
)
def test_tables_at_their_edges(boundary: str, value: str, pounds: Any) -> None:
    rows = [{"from": "10", "amount": "20", "rise": "2"}, {"from": "20", "amount": "30"}]
    rule = {"kind": "table", "of": "score", "per": "point", "shape": "linear", "below": "1", "rows": rows}
    rule |= {"boundary": boundary}
    line = owed(contract(pay(rule, metric="score")), facts(measured={"score": (value, "point")}))
    assert line.amount == Fraction(pounds) * 100
