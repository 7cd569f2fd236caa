"""payments: the engine and a second, naive implementation agree to the minor unit on random contracts and facts.

``SIB_ORACLE_CASES=100000`` looks at so many cases in two processes, ``SIB_ORACLE_SEED=any_word`` at fresh ones.
"""

import os
import sys
import tomllib
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sib.payments.conditions import CONDITIONS
from sib.payments.evaluate import AMOUNTS, QUANTITIES
from sib.terms.read import parse_contract
from tests.payments.oracle import Claim, Given, Line, Seen, months_after, owed
from tests.payments.oracle_cases import FACTS, Case, Tally, compared, compared_side_by_side, differences, engine_facts
from tests.payments.strategies import contracts, facts, toml, written

__all__ = ["engine_facts"]

ASKED = os.environ.get("SIB_ORACLE_CASES")
SEED = os.environ.get("SIB_ORACLE_SEED", "sib")
CONTRACTS = int(ASKED or 2400) // FACTS
PROCESSES = 2


@pytest.fixture(scope="module")
def tally() -> Tally:
    """All cases, compared once; a soak in two processes."""
    found = compared_side_by_side(SEED, CONTRACTS, PROCESSES) if ASKED else compared(SEED, 0, CONTRACTS)
    told = f"seed {SEED}: {found.cases} cases, near {dict(found.near)}, lines {dict(found.lines)}"
    sys.stdout.write(f"\n{told}, {len(found.differences)} differences\n")
    return found


def test_engine_and_oracle_agree(tally: Tally) -> None:
    assert tally.cases == CONTRACTS * FACTS
    assert not tally.differences, tally.differences[0]


def test_a_third_of_the_cases_lies_at_a_threshold(tally: Tally) -> None:
    """Within one outcome, one penny or one day of it; each of the three is met often."""
    assert tally.near["any"] * 3 >= tally.cases
    for what in ("outcome", "penny", "day"):
        assert tally.near[what] * 12 >= tally.cases, what


def test_every_kind_and_part_is_drawn(tally: Tally) -> None:
    kinds = {f"kind {kind}" for kind in (*QUANTITIES, *CONDITIONS, *AMOUNTS)}
    assert kinds - set(tally.drawn) == set()
    ways = {f"per {per}" for per in ("year", "statement", "person")} | {"cut in proportion", "settles in total"}
    ways |= {f"shape {shape}" for shape in ("step", "linear", "straight lines")} | {"counting in all"}
    keys = {"both_ways", "held_with", "at_most", "up_to", "share", "rule", "payer", "group", "rises", "on", "than"}
    keys |= {"at_least_days", "within_days", "at_least_months", "within_months", "at_most_of", "excluded", "months"}
    assert (ways | keys) - set(tally.drawn) == set()


def test_cases_end_in_every_way(tally: Tally) -> None:
    for how in ("paid", "paid back", "held", "zero", "cut"):
        assert tally.lines[how] * 50 >= sum(tally.lines.values()), how


# simpler contracts, which Hypothesis shrinks; derandomised, so that a red build is red again tomorrow
@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_engine_and_oracle_agree_on_simpler_contracts(data: st.DataObject) -> None:
    text = written(data.draw(contracts(), label="contract"))
    doc, terms = tomllib.loads(text), parse_contract(text).contract
    for at_the_edge in (True, False, False):
        known = data.draw(facts(doc, at_the_edge=at_the_edge), label="facts")
        assert not differences(Case("drawn", terms, text, doc, known, owed(doc, known), Seen()))


YEAR = {"opens": date(2020, 1, 1), "closes": date(2020, 12, 31)}
DOC: dict[str, Any] = {
    "contract": {"currency": "GBP", "rounding": "half up", "starts_on": date(2020, 1, 1)},
    "metric": [
        {"id": "a", "counted_from": "claims", "repeats": 2, "window": YEAR},
        {"id": "d", "counted_from": "claims", "repeats": "without limit", "window": YEAR},
        {"id": "m", "counted_from": "measurement", "window": YEAR},
    ],
}


def given_facts(*claims: Claim, paid: dict[str, int] | None = None, **quantities: str) -> Given:
    return Given(date(2020, 12, 31), list(claims), quantities, paid or {}, {})


def on(month: int, day: int, metric: str = "a", number: int = 1, person: str = "x", *, settled: bool = False) -> Claim:
    """A claim of the year."""
    return Claim(person, metric, date(2020, month, day), None, number, settled)


def line(amount: Any, known: Given, **more: Any) -> Line:
    payment = {"id": "p", "payer": "first", "metric": "a", "cap": "none", "amount": amount, **more}
    return owed({**DOC, "payment": [payment]}, known)["p"]


def count(rule: dict[str, Any], *claims: Claim) -> int:
    """What a rule over people comes to, at a pound each."""
    return line({"kind": "price", "price": "1", "of": rule}, given_facts(*claims)).amount // 100


class TestTheOracleItself:
    """Worked by hand, so that two wrongs do not make a right."""

    def test_a_limit_counts_single_outcomes_and_settled_ones_first(self) -> None:
        late = Claim("x", "a", date(2020, 6, 1), None, 3, settled=True)
        claims = [on(3, 1), late._replace(number=1), Claim("y", "a", date(2021, 1, 1), None, 1, False)]
        price = {"kind": "price", "price": "10.005", "of": "a"}
        assert line(price, given_facts(*claims)).amount == 1001
        assert line(price, given_facts(claims[0], late)).amount == 0
        assert line(price, given_facts(claims[0], late), settles="in total").amount == 2001

    def test_the_first_so_many_are_paid_whoever_they_are_of(self) -> None:
        first = [{**DOC["metric"][0], "at_most": 3}, *DOC["metric"][1:]]
        payment = {"id": "p", "payer": "first", "metric": "a", "cap": "none"}
        doc = {**DOC, "metric": first, "payment": [{**payment, "amount": {"kind": "price", "price": "1", "of": "a"}}]}
        known = given_facts(on(1, 2, number=9), on(1, 1, person="y"), on(1, 3, person="z"))
        assert owed(doc, known)["p"].amount == 300

    def test_an_unmeasured_metric_holds(self) -> None:
        assert line({"kind": "price", "price": "1", "of": "m"}, given_facts()).held
        assert line({"kind": "price", "price": "1", "of": "m"}, given_facts(m="-1")).held
        assert line({"kind": "price", "price": "1", "of": "m"}, given_facts(m="-1"), both_ways=True).amount == -100

    def test_pennies_left_over_go_to_who_is_short_of_most(self) -> None:
        shares = [{"payer": "first", "share": "1"}, {"payer": "second", "share": "2"}]
        split = line({"kind": "fixed", "amount": "1"}, given_facts(), payers=shares)
        assert split.payers == {"first": 33, "second": 67}

    @pytest.mark.parametrize(("before", "first"), [(0, 100), (50, 50), (100, 0), (101, 0)])
    def test_the_second_pays_once_the_first_is_full(self, before: int, first: int) -> None:
        order = [{"payer": "first", "up_to": "1"}, {"payer": "second"}]
        split = line({"kind": "fixed", "amount": "3"}, given_facts(paid={"p": before}), payers=order)
        assert split.payers == {"first": first, "second": 300 - first}

    @pytest.mark.parametrize(("how", "parts"), [("last first", [300, 200, 0]), ("in proportion", [188, 187, 125])])
    def test_a_cap_of_five_pounds_over_eight(self, how: str, parts: list[int]) -> None:
        """In proportion 187.5, 187.5 and 125: the odd penny goes to the first."""
        payments = [
            {"id": name, "payer": "first", "metric": "a", "cap": "none", "amount": {"kind": "fixed", "amount": each}}
            for name, each in (("p", "3"), ("q", "3"), ("r", "2"))
        ]
        doc = {**DOC, "payment": payments, "cap": [{"amount": "5", "over": "all payments", "cut": how}]}
        assert [each.amount for each in owed(doc, given_facts()).values()] == parts

    def test_a_person_s_cap_pays_the_first_claims(self) -> None:
        """Three pounds each at four a person: one of the second claim's; what was settled goes first."""
        doc = {**DOC, "cap": [{"amount": "4", "over": ["p"], "per": "person"}]}
        payment = {"id": "p", "payer": "first", "metric": "a", "cap": "none"}
        doc["payment"] = [{**payment, "amount": {"kind": "price", "price": "3", "of": "a"}}]
        assert owed(doc, given_facts(on(1, 1), on(2, 1), on(2, 1, person="y")))["p"].amount == 700
        assert owed(doc, given_facts(on(1, 1), on(2, 1, settled=True)))["p"].amount == 100

    @pytest.mark.parametrize(("day", "found"), [(28, 0), (29, 1)])
    def test_a_month_after_the_last_of_january_ends_with_february(self, day: int, found: int) -> None:
        assert months_after(date(2020, 1, 31), 1) == date(2020, 2, 29)
        rule = {"kind": "milestone", "metric": "a", "after": ["d"], "at_least_months": 1}
        assert count(rule, on(1, 31, "d"), on(2, day)) == found

    @pytest.mark.parametrize(
        ("more", "found"),
        [({}, 1), ({"gap_days": 1}, 0), ({"days": 11}, 0), ({"counting": "in all", "gap_days": 0, "days": 10}, 1)],
    )
    def test_five_days_two_idle_and_five_more(self, more: dict[str, Any], found: int) -> None:
        rule = {"kind": "sustained", "metric": "d", "days": 10, "counting": "in one run", "gap_days": 2, **more}
        assert count(rule, on(3, 1, "d", 5), on(3, 8, "d", 5)) == found

    @pytest.mark.parametrize(("days", "found"), [(30, 0), (31, 1)])
    def test_all_of_march_is_a_month(self, days: int, found: int) -> None:
        rule = {"kind": "sustained", "metric": "d", "months": 1, "counting": "in one run", "gap_days": 0}
        assert count(rule, on(3, 1, "d", days)) == found

    def test_a_spell_that_has_not_ended_is_as_long_as_it_is(self) -> None:
        rule = {"kind": "sustained", "metric": "d", "days": 3, "counting": "in one run", "gap_days": 0}
        assert [count(rule, on(12, day, "d", 9)) for day in (29, 30)] == [1, 0]

    def test_people_with(self) -> None:
        rule = {"kind": "people with", "all_of": ["a"], "at_most_of": [{"metric": "d", "times": 2, "after": "a"}]}
        assert count(rule, on(2, 1), on(1, 31, "d", 9), on(2, 1, "d", 2)) == 1
        assert count(rule, on(2, 1), on(2, 1, "d", 3)) == 0
        assert count({**rule, "none_of": ["d"]}, on(2, 1), on(1, 1, "d")) == 0

    def test_people_reaching(self) -> None:
        rule = {"kind": "people reaching", "metric": "d", "total": "4.5", "after": "a", "within_days": 1}
        assert count(rule, on(2, 1), on(2, 2, "d", 5)) == 1
        assert count(rule, on(2, 1), on(2, 2, "d", 4), on(2, 3, "d", 4)) == 0

    def test_toml_written_is_read_back(self) -> None:
        doc = {"a": {"day": date(2020, 1, 1), "list": ["x", {"n": 1, "yes": True}]}}
        assert tomllib.loads(written(doc)) == doc
        assert toml([]) == "[]"


def test_seen_tells_how_near_facts_lie() -> None:
    def near(ask: Any) -> set[str]:
        seen = Seen()
        ask(seen)
        return seen.near

    assert near(lambda seen: seen.number(Fraction(4), "5")) == {"outcome"}
    assert near(lambda seen: seen.number(Fraction(3), "5")) == near(lambda seen: seen.number(Fraction(0), 0)) == set()
    assert near(lambda seen: seen.number(Fraction("4.99"), "5")) == {"outcome"}
    assert near(lambda seen: seen.number(Fraction("4.98"), "5")) == set()
    assert near(lambda seen: seen.pennies(99, 100)) == {"penny"}
    assert near(lambda seen: seen.pennies(98, 100)) == set()
    assert near(lambda seen: seen.day(date(2020, 1, 1), None, date(2019, 12, 31))) == {"day"}
    assert near(lambda seen: seen.day(date(2020, 1, 1), date(2019, 12, 30))) == set()
    assert near(lambda seen: seen.times(1, 1)) == set()
    assert near(lambda seen: seen.times(2, 1)) == near(lambda seen: seen.times(1, 2)) == {"outcome"}
