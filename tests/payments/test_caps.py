"""payments: caps over a contract, a year, a statement and a person; who is cut, in order or in proportion."""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.payments.caps import cut
from sib.payments.facts import Facts, Outcome
from sib.payments.payable import payable_outcomes
from sib.terms.contract import Contract
from tests.payments.small import FIRST, contract, done, facts, metric, pay, price

NAMES = ("one", "two", "three")


def cap(amount: Any, per: str = "contract", cut: str = "last first", over: Any = "all payments") -> dict[str, Any]:
    """A cap over several payments."""
    return {"id": "c", "name": "the cap", "amount": amount, "per": per, "cut": cut, "over": over, "clause": "3"}


def pounds(pennies: int) -> str:
    """Pennies as decimal text."""
    return f"{'-' if pennies < 0 else ''}{abs(pennies) // 100}.{abs(pennies) % 100:02d}"


def measured(*caps: dict[str, Any], both_ways: bool = False) -> Contract:
    """Three payments, each a pound for a point measured."""
    return contract(
        *(pay(price(name, "1", "point"), name, name, both_ways=both_ways) for name in NAMES),
        metrics=[metric(name, "point", "measurement") for name in NAMES],
        cap=list(caps),
    )


def points(*pennies: int, **more: Any) -> Facts:
    """What the three payments come to without a cap, in pennies."""
    return facts(
        measured={name: (pounds(part), "point") for name, part in zip(NAMES, pennies, strict=True)},
        **more,
    )


def amounts(terms: Contract, known: Facts) -> list[int]:
    """What each payment pays, in pennies."""
    lines = payable_outcomes(terms, known).payables
    assert all(line.amount == line.gross + line.cap_effect for line in lines)
    return [line.amount for line in lines]


class TestWhatCountsAgainstACap:
    """A hundred pounds: over the contract's life, its year, or one statement alone."""

    @pytest.mark.parametrize(("per", "left"), [("contract", 2000), ("year", 8000), ("statement", 10000)])
    def test_the_room_that_is_left(self, per: str, left: int) -> None:
        known = points(6000, 6000, 0, paid_before={"one": 5000, "two": 3000}, paid_this_year={"one": 2000})
        assert amounts(measured(cap("100", per)), known) == [min(6000, left), max(0, left - 6000), 0]

    @pytest.mark.parametrize(("paid", "last"), [(3999, 6000), (4000, 6000), (4001, 5999), (10000, 0), (99999, 0)])
    def test_a_year_s_cap_to_the_penny(self, paid: int, last: int) -> None:
        known = points(0, 0, 6000, paid_before={"three": 10**9}, paid_this_year={"three": paid})
        assert amounts(measured(cap("100", "year")), known) == [0, 0, last]

    def test_only_payments_it_covers_count(self) -> None:
        known = points(6000, 6000, 6000, paid_before={"one": 9000})
        assert amounts(measured(cap("100", over=["three", "two"])), known) == [6000, 4000, 6000]

    def test_caps_hold_one_after_the_other(self) -> None:
        both = measured(cap("100"), {**cap("70", "statement"), "id": "d"})
        assert amounts(both, points(6000, 6000, 0)) == [6000, 1000, 0]


class TestInProportion:
    """Everybody loses the same part; the odd penny goes by largest remainder, ties to the one written first."""

    @pytest.mark.parametrize(
        ("most", "parts"),
        [
            ("10", (334, 333, 333)),
            ("9.99", (333, 333, 333)),
            ("9.98", (333, 333, 332)),
            ("30", (1000, 1000, 1000)),
            ("29.99", (1000, 1000, 999)),
            ("0", (0, 0, 0)),
        ],
    )
    def test_three_alike(self, most: str, parts: tuple[int, ...]) -> None:
        assert tuple(amounts(measured(cap(most, cut="in proportion")), points(1000, 1000, 1000))) == parts

    def test_a_half_of_each(self) -> None:
        found = payable_outcomes(measured(cap("50", cut="in proportion")), points(6000, 4000, 0)).payables
        assert [line.amount for line in found] == [3000, 2000, 0]
        assert found[0].reasons[-1].text == "cut from GBP 60.00 to GBP 30.00 by the cap"
        assert [line.cap_effect for line in found] == [-3000, -2000, 0]


class TestPaidBack:
    """What is paid back is never cut; it makes room for the others, wherever it stands."""

    @pytest.mark.parametrize("how", ["last first", "in proportion"])
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ((1000, -800, 0), (1000, -800, 0)),
            ((-800, 1000, 0), (-800, 1000, 0)),
            ((1000, -500, 0), (800, -500, 0)),
            ((-500, 1000, 0), (-500, 800, 0)),
            ((-500, -100, 0), (-500, -100, 0)),
        ],
    )
    def test_three_pounds_at_most(self, how: str, given: tuple[int, ...], kept: tuple[int, ...]) -> None:
        assert tuple(amounts(measured(cap("3", cut=how), both_ways=True), points(*given))) == kept


def cut_by_hand(owed: Mapping[str, int], most: int, how: str) -> dict[str, int]:
    """One penny after the other is taken away, or shares are worked out as fractions."""
    kept, over = dict(owed), sum(owed.values()) - most
    if how == "last first":
        for name in reversed(list(owed)):
            while over > 0 and kept[name] > 0:
                kept[name] -= 1
                over -= 1
        return kept
    if over <= 0:
        return kept
    paid = [name for name in owed if owed[name] > 0]
    whole = sum(owed[name] for name in paid)
    exact = {name: Fraction(owed[name] * (whole - over), whole) for name in paid}
    for name in paid:
        kept[name] = exact[name].numerator // exact[name].denominator
    for _ in range(most - sum(kept.values())):
        name = max(paid, key=lambda each: exact[each] - kept[each])
        kept[name] += 1
    return kept


AMOUNTS = st.lists(st.integers(-60, 200), min_size=3, max_size=3)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(
    st.data(),
    AMOUNTS,
    st.sampled_from(["last first", "in proportion"]),
    st.sampled_from(["contract", "year", "statement"]),
)
def test_shared_caps_equal_pennies_taken_one_by_one(data: st.DataObject, owed: list[int], how: str, per: str) -> None:
    before = dict(zip(NAMES, data.draw(st.lists(st.integers(0, 90), min_size=3, max_size=3)), strict=True))
    year = {name: data.draw(st.integers(0, paid)) for name, paid in before.items()}
    used = {"contract": sum(before.values()), "year": sum(year.values()), "statement": 0}[per]
    # two in three where the cap begins to bite: exactly, a penny more, a penny less
    edge = max(0, sum(owed) + used + data.draw(st.integers(-1, 1)))
    limit = data.draw(st.sampled_from([edge, edge, 150]))
    terms = measured(cap(pounds(limit), per, how), both_ways=True)
    found = amounts(terms, points(*owed, paid_before=before, paid_this_year=year))
    given = dict(zip(NAMES, owed, strict=True))
    assert found == list(cut_by_hand(given, max(0, limit - used), how).values())
    assert sum(found) == min(sum(owed), max(0, limit - used))


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.lists(st.integers(1, 10**14), min_size=1, max_size=5), st.integers(0, 10**14))
def test_a_cut_in_proportion_sums_to_the_cap_and_raises_nobody(owed: list[int], most: int) -> None:
    given = {str(place): amount for place, amount in enumerate(owed)}
    kept = cut(given, most, "in proportion")
    assert sum(kept.values()) == min(most, sum(owed))
    assert all(0 <= kept[name] <= given[name] for name in given)


JOBS, HOMES = metric("jobs", repeats=2), metric("homes")
BY_DAY = [{"value": "10"}, {"from": date(2021, 1, 1), "value": "12.50"}]


def each(most: Any, first: Any = None, second: Any = None, over: Any = "all payments", **more: Any) -> Contract:
    """Ten pounds a job (two a person), eight a home (one a person), up to so much for each person."""
    return contract(
        pay(first or price(), "one", **more),
        pay(second or price("homes", "8"), "two", "homes", **more),
        metrics=[JOBS, HOMES],
        cap=[cap(most, "person", over=over)],
    )


def on(day: int) -> date:
    return FIRST + timedelta(day)


def job(person: str, day: int, **more: Any) -> Outcome:
    return done(person, on(day), **more)


def home(person: str, day: int, **more: Any) -> Outcome:
    return done(person, on(day), "homes", **more)


class TestEachPerson:
    """Claims use a person's cap up in order of day; the one that passes it is paid in part."""

    @pytest.mark.parametrize(("most", "paid"), [("18", [1000, 800]), ("17.99", [1000, 799]), ("10", [1000, 0])])
    def test_the_claim_that_passes_the_cap_is_paid_in_part(self, most: str, paid: list[int]) -> None:
        assert amounts(each(most), facts(job("a", 1), home("a", 2))) == paid

    def test_the_later_claim_is_cut_whichever_payment_it_is_of(self) -> None:
        assert amounts(each("15"), facts(home("a", 1), job("a", 2))) == [700, 800]
        assert amounts(each("15"), facts(job("a", 2), home("a", 1))) == [700, 800]

    def test_on_one_day_the_payment_that_the_cap_names_first_goes_first(self) -> None:
        known = facts(job("a", 1), home("a", 1))
        assert amounts(each("15", over=["one", "two"]), known) == [1000, 500]
        assert amounts(each("15", over=["two", "one"]), known) == [700, 800]

    def test_one_person_s_cap_is_not_another_s(self) -> None:
        assert amounts(each("15"), facts(job("a", 1), job("a", 2), job("b", 1), home("b", 9))) == [2500, 500]

    def test_one_claim_of_several_is_paid_in_part(self) -> None:
        assert amounts(each("15"), facts(job("a", 1, count=2))) == [1500, 0]

    def test_what_was_settled_uses_the_cap_up_first(self) -> None:
        """Ten pounds were paid for the job, so five are left, though the home came earlier."""
        assert amounts(each("15"), facts(home("a", 1), job("a", 2, settled=True))) == [0, 500]

    def test_nothing_is_left_after_two_settled_jobs(self) -> None:
        known = facts(job("a", 1, settled=True), job("a", 2, settled=True), home("a", 3))
        assert amounts(each("15"), known) == [0, 0]

    def test_a_late_claim_does_not_take_the_place_of_one_that_was_paid(self) -> None:
        """Two jobs are paid for already; the third, earlier one is beyond the limit and changes no history."""
        settled = [job("a", 11, settled=True), job("a", 12, settled=True)]
        assert amounts(each("25"), facts(*settled, job("a", 1), home("a", 20))) == [0, 500]
        assert amounts(each("25"), facts(home("a", 2, settled=True), home("a", 1), job("a", 3, count=2))) == [1700, 0]

    def test_a_claim_outside_the_window_uses_nothing_up(self) -> None:
        assert amounts(each("15"), facts(job("a", -1, settled=True), home("a", 1))) == [0, 800]

    def test_each_claim_has_the_price_of_its_day(self) -> None:
        known = facts(done("a", date(2020, 12, 31)), done("a", date(2021, 1, 1)))
        assert amounts(each("20", price(each=BY_DAY)), known) == [2000, 0]
        assert amounts(each("22.50", price(each=BY_DAY)), known) == [2250, 0]

    def test_prices_by_group_and_counts_of_a_group(self) -> None:
        rows = [{"group": "young", "price": "10"}, {"group": "old", "price": "14"}]
        by_group = {"kind": "prices by group", "of": "jobs", "per": "outcome", "prices": rows}
        known = facts(job("a", 1, group="young"), job("b", 1, group="old"), home("b", 2), job("c", 1))
        assert amounts(each("15", by_group), known) == [2400, 100]
        young = price({"kind": "count", "metric": "jobs", "group": "young"})
        assert amounts(each("15", young), known) == [1000, 800]

    def test_a_payment_that_settles_in_total_is_cut_over_its_whole_history(self) -> None:
        terms = each("15", settles="in total")
        first = [job("a", 1)]
        assert amounts(terms, facts(*first)) == [1000, 0]
        second = [*first, home("a", 2), home("b", 2)]
        assert amounts(terms, facts(*second, paid_before={"one": 1000})) == [0, 1300]
        assert amounts(terms, facts(*second, paid_before={"one": 1000, "two": 1300})) == [0, 0]

    def test_before_the_cap_is_in_force_nobody_is_cut(self) -> None:
        later = [{"from": date(2022, 1, 1), "value": "15"}]
        known = facts(job("a", 1), home("a", 2), as_of=date(2021, 12, 31))
        assert amounts(each(later), known) == [1000, 800]
        assert amounts(each(later), facts(job("a", 1), home("a", 2), as_of=date(2022, 1, 1))) == [1000, 500]

    def test_without_claims_there_is_nothing_to_cut(self) -> None:
        assert amounts(each("15"), facts()) == [0, 0]

    def test_a_total_cannot_be_judged_person_by_person(self) -> None:
        found = payable_outcomes(each("15"), facts(home("a", 1), measured={"jobs": ("3", "outcome")}))
        why = "the cap is a cap for each person, and the claims are given as a total"
        assert found.holds == (("one", why),)
        assert [line.amount for line in found.payables] == [0, 800]
        assert found.payables[0].reasons[-1].text == f"on hold, nothing is paid: {why}"
        both = facts(measured={"jobs": ("3", "outcome"), "homes": ("3", "outcome")})
        assert amounts(each("15"), both) == [0, 0]


CLAIMS = st.lists(
    st.builds(
        lambda person, day, name, count, settled: done(
            person, date(2020, 12, 28) + timedelta(day), name, count=count, settled=settled
        ),
        st.sampled_from("ab"),
        st.integers(0, 8),
        st.sampled_from(["jobs", "homes"]),
        st.integers(1, 2),
        st.booleans(),
    ),
    max_size=9,
)


def in_turn(rows: list[Outcome]) -> list[tuple[Outcome, int]]:
    """Claims in the order in which they use a person's limits up, each with how many of it count."""
    counted = []
    left = {"jobs": 2, "homes": 1}
    for row in sorted(rows, key=lambda each: (not each.settled, each.achieved_on)):
        number = min(row.count, left[row.metric])
        left[row.metric] -= number
        counted.append((row, number))
    return sorted(counted, key=lambda each: (not each[0].settled, each[0].achieved_on, each[0].metric != "jobs"))


def worth(row: Outcome) -> int:
    """The price of one outcome in pennies."""
    if row.metric == "homes":
        return 800
    return 1250 if row.achieved_on >= date(2021, 1, 1) else 1000


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data(), CLAIMS)
def test_caps_of_persons_equal_a_walk_over_each_person(data: st.DataObject, rows: list[Outcome]) -> None:
    theirs = {person: in_turn([row for row in rows if row.person == person]) for person in "ab"}
    # two in three where the cap begins to bite for the first person: exactly, a penny more, a penny less
    whole = sum(number * worth(row) for row, number in theirs["a"][: data.draw(st.integers(0, 9))])
    edge = max(0, whole + data.draw(st.integers(-1, 1)))
    most = data.draw(st.sampled_from([edge, edge, 1700]))
    paid = {"jobs": 0, "homes": 0}
    for claims in theirs.values():
        left = most
        for row, number in claims:
            part = min(left, number * worth(row))
            left -= part
            paid[row.metric] += 0 if row.settled else part
    assert amounts(each(pounds(most), price(each=BY_DAY)), facts(*rows)) == list(paid.values())


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.data(), CLAIMS, st.integers(0, 3000))
def test_over_any_statements_a_person_is_paid_for_up_to_the_cap(
    data: st.DataObject, rows: list[Outcome], most: int
) -> None:
    """However late claims come in, all statements together pay what one statement would."""
    mine = [row for row in rows if row.person == "a"]
    first = data.draw(st.integers(0, len(mine)))
    terms, paid, settled = each(pounds(most)), 0, []
    for part in (mine[:first], mine[first:]):
        now = [done("a", row.achieved_on, row.metric, count=row.count) for row in part]
        paid += sum(amounts(terms, facts(*settled, *now)))
        settled += [done("a", row.achieved_on, row.metric, count=row.count, settled=True) for row in part]
    jobs = min(2, sum(row.count for row in mine if row.metric == "jobs"))
    homes = min(1, sum(row.count for row in mine if row.metric == "homes"))
    assert paid == min(most, jobs * 1000 + homes * 800)
