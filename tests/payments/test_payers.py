"""payments: payers one after the other, amounts paid back, and payments net of what others have earned already."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.payments.facts import Facts
from sib.payments.payable import PayableOutcome, payable_outcomes
from sib.terms.contract import Contract
from sib.terms.sentences import sentence
from tests.payments.small import SCORE, contract, done, facts, metric, owed, pay, price

TWO = [{"payer": "first", "up_to": "100"}, {"payer": "second"}]
THREE = [{"payer": "first", "up_to": "100"}, {"payer": "second", "up_to": "50"}, {"payer": "third"}]


def terms(payers: list[dict[str, Any]], currency: str = "GBP", **more: Any) -> Contract:
    """One unit of money a point measured."""
    return contract(
        pay(price("score", "1", "point"), metric="score", payers=payers, **more),
        metrics=[SCORE],
        header={"currency": currency},
    )


def points(value: str | int, before: int = 0) -> Facts:
    return facts(measured={"score": (str(value), "point")}, paid_before={"p": before})


def parts(payers: list[dict[str, Any]], value: str, before: int = 0, **more: Any) -> dict[str, int]:
    """What each payer pays, in pennies."""
    line = owed(terms(payers, **more), points(value, before))
    assert sum(part for _, part in line.payers) == line.amount
    return dict(line.payers)


@pytest.mark.parametrize(
    ("value", "first", "second"),
    [("0", 0, 0), ("99.99", 9999, 0), ("100", 10000, 0), ("100.01", 10000, 1), ("250", 10000, 15000)],
)
def test_the_second_pays_from_the_penny_on_which_the_first_is_full(value: str, first: int, second: int) -> None:
    assert parts(TWO, value) == {"first": first, "second": second}


def test_over_two_statements_the_second_begins_where_the_first_left_off() -> None:
    """Seventy pounds, then another seventy: the first payer has thirty left of its hundred."""
    assert parts(TWO, "70") == {"first": 7000, "second": 0}
    assert parts(TWO, "70", before=7000) == {"first": 3000, "second": 4000}
    assert parts(TWO, "70", before=14000) == {"first": 0, "second": 7000}


@pytest.mark.parametrize(("before", "first"), [(9998, 2), (9999, 1), (10000, 0), (10001, 0)])
def test_what_is_left_of_the_first_to_the_penny(before: int, first: int) -> None:
    assert parts(TWO, "1", before) == {"first": first, "second": 100 - first}


def test_the_limit_of_each_begins_where_the_one_before_ends() -> None:
    assert parts(THREE, "160") == {"first": 10000, "second": 5000, "third": 1000}
    assert parts(THREE, "100", before=9000) == {"first": 1000, "second": 5000, "third": 4000}
    assert parts(THREE, "1", before=14999) == {"first": 0, "second": 1, "third": 99}


def test_in_total_what_was_paid_before_says_who_is_next() -> None:
    assert parts(TWO, "140", before=7000, settles="in total") == {"first": 3000, "second": 4000}


def test_paid_back_goes_to_who_paid_last() -> None:
    assert parts(TWO, "-50", before=12000, both_ways=True) == {"first": -3000, "second": -2000}
    assert parts(THREE, "-200", before=20000, both_ways=True) == {"first": -10000, "second": -5000, "third": -5000}


def test_what_is_paid_back_beyond_all_that_was_paid_goes_to_the_first() -> None:
    assert parts(TWO, "-5", both_ways=True) == {"first": -500, "second": 0}
    assert parts(TWO, "-120", before=11000, both_ways=True) == {"first": -11000, "second": -1000}
    assert parts(TWO, "150", before=-1000, both_ways=True) == {"first": 11000, "second": 4000}


def test_a_cap_stands_before_the_split() -> None:
    assert parts(TWO, "300", cap="120") == {"first": 10000, "second": 2000}


def test_each_payer_s_part_is_said() -> None:
    line = owed(terms(TWO), points("120"))
    assert [reason.text for reason in line.reasons if reason.kind == "share"] == [
        "first pays the first GBP 100.00: GBP 100.00",
        "second pays the rest: GBP 20.00",
    ]


def test_the_sentence_says_the_order() -> None:
    agreed = terms(THREE)
    assert sentence(agreed, agreed.payments[0]).startswith(
        "First the first GBP 100, second the first GBP 50 then third the rest pay provider GBP 1 for each point"
    )


def test_each_row_of_a_rate_card_has_its_own_order() -> None:
    card = {
        "payers": [{"payer": "first", "up_to": "15"}, {"payer": "second"}],
        "payee": "provider",
        "cap": "none",
        "rows": [{"metric": "jobs", "price": "10"}, {"metric": "homes", "price": "8"}],
        "clause": "2",
    }
    both = contract(metrics=[metric("jobs"), metric("homes")], rate_card=[card])
    known = facts(*(done(person, metric=name) for person in "ab" for name in ("jobs", "homes")))
    found = payable_outcomes(both, known)
    assert [line.payers for line in found.payables] == [
        (("first", 1500), ("second", 500)),
        (("first", 1500), ("second", 100)),
    ]
    assert found.by_payer == {"first": 3000, "second": 600}


class TestBothWays:
    """A rule that gives an amount below zero takes it back only where the contract says so."""

    def test_without_it_the_payment_waits_for_a_person(self) -> None:
        line = owed(terms([{"payer": "first", "share": 1}]), points("-2.50"))
        assert (line.amount, line.payers) == (0, (("first", 0),))
        assert line.hold == "the rule gives GBP -2.50; nothing is taken back here, so it waits for a person"

    def test_with_it_it_is_paid_back(self) -> None:
        line = owed(terms([{"payer": "first", "share": 1}], both_ways=True), points("-2.50"))
        assert (line.gross, line.amount, line.hold, line.payers) == (-250, -250, None, (("first", -250),))

    def test_the_sentence_says_so(self) -> None:
        for both_ways in (False, True):
            agreed = terms([{"payer": "first", "share": 1}], both_ways=both_ways)
            assert (", paid back where it is below zero," in sentence(agreed, agreed.payments[0])) == both_ways

    def test_in_total_what_was_paid_too_much_comes_back(self) -> None:
        shares = [{"payer": "first", "share": 1}, {"payer": "second", "share": 1}]
        line = owed(terms(shares, both_ways=True, settles="in total"), points("10", before=1301))
        assert (line.amount, line.payers) == (-301, (("first", -151), ("second", -150)))

    def test_a_full_cap_does_not_stop_paying_back(self) -> None:
        line = owed(terms([{"payer": "first", "share": 1}], both_ways=True, cap="5"), points("-1", before=700))
        assert (line.amount, line.cap_effect) == (-100, 0)


PAYERS = ("first", "second", "third")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data(), st.lists(st.integers(1, 40), min_size=1, max_size=2), st.integers(0, 100))
def test_payers_in_order_equal_one_coin_after_the_other(data: st.DataObject, limits: list[int], before: int) -> None:
    """Yen, which have no smaller coin: every coin paid or paid back has its place, and each place one payer."""
    # two in three where one payer ends and the next begins: on the coin, one before, one after
    edge = data.draw(st.sampled_from([sum(limits), limits[0], 0])) - before + data.draw(st.integers(-1, 1))
    amount = data.draw(st.sampled_from([edge, edge, 30]))
    names = PAYERS[: len(limits) + 1]
    order: list[dict[str, Any]] = [
        {"payer": name, "up_to": limit} for name, limit in zip(names, limits, strict=False)
    ] + [{"payer": names[-1]}]

    def owner(place: int) -> str:
        for name, limit in zip(names, limits, strict=False):
            if place < limit:
                return name
            place -= limit
        return names[-1]

    paid = dict.fromkeys(names, 0)
    for place in range(before, before + amount):
        paid[owner(place)] += 1
    for place in range(before + amount, before):
        paid[owner(place)] -= 1
    line = owed(terms(order, "JPY", both_ways=True), points(amount, before))
    assert dict(line.payers) == paid


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.integers(1, 30), min_size=2, max_size=3), st.integers(-200, 200))
def test_payers_side_by_side_equal_fractions(shares: list[int], amount: int) -> None:
    """Everybody gets the whole coins of its fraction; the odd ones go to the largest rests, first written first."""
    names = PAYERS[: len(shares)]
    side = [{"payer": name, "share": share} for name, share in zip(names, shares, strict=True)]
    exact = {name: Fraction(abs(amount) * share, sum(shares)) for name, share in zip(names, shares, strict=True)}
    paid = {name: part.numerator // part.denominator for name, part in exact.items()}
    rests = sorted(names, key=lambda name: paid[name] - exact[name])
    for name in rests[: abs(amount) - sum(paid.values())]:
        paid[name] += 1
    line = owed(terms(side, "JPY", both_ways=True), points(amount))
    assert dict(line.payers) == {name: part if amount >= 0 else -part for name, part in paid.items()}


def rest_of(amount: Any, *names: str) -> dict[str, Any]:
    """An amount less what other payments earned."""
    return {"kind": "difference", "of": amount, "less": {"kind": "already earned", "payments": list(names)}}


def second(first: Mapping[str, Any], known: Facts, of: Any = None, **more: Any) -> PayableOutcome:
    """A second payment of a hundred pounds in total, less what the first earns."""
    rule = rest_of(of or {"kind": "fixed", "amount": "100"}, "first")
    terms = contract(dict(first), pay(rule, "rest", metric="score", settles="in total", **more), metrics=[SCORE])
    return payable_outcomes(terms, known).payables[1]


def a_point_each(**more: Any) -> dict[str, Any]:
    """A first payment of a pound for each point."""
    return pay(price("score", "1", "point"), "first", metric="score", **more)


def scored(value: str, **before: int) -> Facts:
    """So many points, and what each payment paid before, in pennies."""
    return facts(measured={"score": (value, "point")}, paid_before=before)


def text(pennies: int) -> str:
    """Pennies as decimal text."""
    return f"{pennies // 100}.{pennies % 100:02d}"


class TestAlreadyEarned:
    """What another payment earns now and was paid before is not paid twice."""

    def test_what_is_earned_now_is_taken_off(self) -> None:
        line = second(a_point_each(), scored("30"))
        assert line.amount == 7000
        assert [reason.text for reason in line.reasons][1:3] == [
            "first: GBP 30 earned now and before",
            "GBP 100 less GBP 30 = GBP 70",
        ]

    def test_what_was_paid_before_is_taken_off_too(self) -> None:
        assert second(a_point_each(), scored("30", first=2000)).amount == 5000

    def test_in_total_what_was_paid_before_is_in_it_already(self) -> None:
        line = second(a_point_each(settles="in total"), scored("30", first=2000))
        assert line.amount == 7000

    @pytest.mark.parametrize(("before", "amount"), [(0, 7500), (2499, 7500), (2500, 7500), (2600, 7400)])
    def test_no_more_than_its_cap_but_never_less_than_was_paid(self, before: int, amount: int) -> None:
        assert second(a_point_each(cap="25"), scored("30", first=before)).amount == amount

    def test_on_hold_below_zero_it_keeps_what_was_paid(self) -> None:
        known = scored("-30", first=2000)
        assert second(a_point_each(), known).amount == 8000
        assert second(a_point_each(both_ways=True), known).amount == 11000
        less = scored("10", first=2000)
        assert second(a_point_each(settles="in total"), less).amount == 8000
        assert second(a_point_each(settles="in total", both_ways=True), less).amount == 9000

    def test_what_is_not_known_of_the_other_holds_both(self) -> None:
        assert second(a_point_each(), facts()).hold == "“metric score” has not been measured"

    def test_over_two_statements_nothing_is_paid_twice(self) -> None:
        first = second(a_point_each(), scored("30"))
        later = second(a_point_each(), scored("5", first=3000, rest=first.amount), both_ways=True)
        assert (first.amount, later.amount) == (7000, -500)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.data(), st.integers(0, 3000), st.integers(0, 3000), st.booleans(), st.booleans())
def test_already_earned_equals_what_the_first_was_paid_in_all(
    data: st.DataObject, value: int, before: int, in_total: bool, both_ways: bool
) -> None:
    cap = data.draw(st.none() | st.just(value + data.draw(st.integers(-1, 1))) | st.integers(0, 4000))
    first = a_point_each(
        settles="in total" if in_total else "each period",
        both_ways=both_ways,
        cap="none" if cap is None or cap < 0 else text(cap),
    )
    known = scored(text(value), first=before)
    terms = contract(first, metrics=[SCORE])
    assert second(first, known, both_ways=True).amount == 10000 - before - owed(terms, known).amount
