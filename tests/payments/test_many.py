"""payments: many scenarios at once pay what the exact engine pays on each of them."""

import os
import tomllib
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sib.errors import NotValid, Refused
from sib.money import Rounding, round_exact
from sib.payments import many_rules
from sib.payments.conditions import CONDITIONS
from sib.payments.evaluate import AMOUNTS, QUANTITIES
from sib.payments.facts import Facts, Measured
from sib.payments.many import MOST, measured_many, payable_many
from sib.payments.many_rules import rounded
from sib.payments.payable import payable_outcomes
from sib.terms.contract import Contract
from sib.terms.read import parse_contract
from tests.payments.small import contract, metric, pay
from tests.payments.strategies import CLAIMED, MEASURED, UNIT, as_text, contracts, days, edges, written

ASKED = os.environ.get("SIB_ORACLE_EXAMPLES")
EXAMPLES = int(ASKED or 300)
LARGE = 10**11
"""Minor units from which on float64's dust can reach the next half."""

Scenario = Mapping[str, str]
"""What was measured in one scenario, as decimal text."""
LOST = "nan"
"""What could not be estimated."""


def known(scenario: Scenario) -> dict[str, Measured]:
    """The same for the exact engine."""
    units = {"pounds": "GBP"}
    return {name: Measured(Fraction(value), units.get(name, UNIT)) for name, value in scenario.items() if value != LOST}


def compared(terms: Contract, as_of: date, scenarios: list[Scenario], **paid: dict[str, int]) -> bool:
    """Every payment of every scenario against the exact engine; False where amounts are too large to compare."""
    columns = {name: np.array([float(each[name]) for each in scenarios]) for name in scenarios[0]}
    exact = [payable_outcomes(terms, Facts(as_of, quantities=known(each), **paid)) for each in scenarios]
    if any(abs(line.gross) >= LARGE for owed in exact for line in owed.payables):
        return False
    many = payable_many(terms, as_of, columns, **paid)
    for place, owed in enumerate(exact):
        for line in owed.payables:
            found = (many.amounts[line.payment][place], bool(many.held[line.payment][place]))
            assert found == (line.amount, line.hold is not None), (line, scenarios[place])
    assert many.total().tolist() == [owed.total for owed in exact]
    return True


@st.composite
def scenarios_of(draw: st.DrawFn, doc: dict[str, Any]) -> list[Scenario]:
    """A few scenarios that give the same quantities, on thresholds, beside them and anywhere; some not estimable."""
    numbers = list[Fraction]()
    edges(doc, numbers, [])
    edge = st.builds(
        lambda number, step: as_text(int((number + step) * 100)),
        st.sampled_from(numbers or [Fraction(0)]),
        st.sampled_from([Fraction(step) for step in ("-1", "-0.01", "0", "0.01", "1")]),
    )
    anywhere = st.integers(-500, 6000).map(as_text)
    count = st.integers(0, 30).map(str)
    measured = edge | anywhere
    values = dict.fromkeys(CLAIMED, count) | {name: measured | st.just(LOST) for name in MEASURED}
    asked = st.sampled_from([*CLAIMED, *MEASURED, *doc["quantity"]])
    names = draw(st.lists(asked, min_size=1, unique=True))
    return draw(st.lists(st.fixed_dictionaries({name: values.get(name, measured) for name in names}), min_size=1))


def read(text: str) -> Contract:
    """A random contract; dated prices of what has no day of its own are refused by the reader, and left out here."""
    try:
        return parse_contract(text).contract
    except NotValid as error:
        assume({problem.code for problem in error.problems} != {"contract.dated-price"})
        raise


@settings(max_examples=EXAMPLES, deadline=None, derandomize=ASKED is None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_many_scenarios_pay_what_the_exact_engine_pays_on_each(data: st.DataObject) -> None:
    text = written(data.draw(contracts(), label="contract"))
    doc, terms = tomllib.loads(text), read(text)
    scenarios = data.draw(scenarios_of(doc), label="scenarios")
    names = [payment.id for payment in terms.payments]
    paid = data.draw(st.dictionaries(st.sampled_from(names), st.integers(0, 20000)), label="paid before")
    assume(compared(terms, data.draw(days), scenarios, paid_before=paid))


X, Y, Z = (metric(name, UNIT, "measurement") for name in "xyz")
CLAIMS = metric("jobs", UNIT, repeats="without limit")
POUNDS = metric("pounds", "GBP", "measurement")
DAYS = metric("nights", "day", repeats="without limit")
GRID: list[Scenario] = [
    {"x": x, "y": y, "z": z}
    for x in ("-2.5", "0", "0.3", "2.5", "7.5", "10", "1486.52", LOST)
    for y in ("0", "0.1", "2.5", "9.99", LOST)
    for z in ("1", "3")
]


def each(of: Any, price: Any = "1.005") -> dict[str, Any]:
    """A price for each point, in half pennies, so that ties are met."""
    return {"kind": "price", "price": price, "per": UNIT, "of": of}


def fixed(amount: Any) -> dict[str, Any]:
    return {"kind": "fixed", "amount": amount}


def table(shape: str, boundary: str = "lower bound inclusive", **more: Any) -> dict[str, Any]:
    rows = [{"from": "0.3", "amount": "1"}, {"from": "2.5", "amount": "7"}, {"from": "9.99", "amount": "20.5"}]
    return {"kind": "table", "of": "x", "per": UNIT, "shape": shape, "boundary": boundary, "below": "0", "rows": rows}


def when(condition: Any) -> dict[str, Any]:
    return {"kind": "when", "condition": condition, "then": fixed("7"), "otherwise": fixed("5")}


X_OVER_2 = {"kind": "compare", "quantity": "x", "is": "more than", "value": "2.5"}
Y_OVER_0 = {"kind": "compare", "quantity": "y", "is": "at least", "value": "0.1"}
SUM_3 = {"kind": "sum", "of": ["y", {"kind": "number", "value": "0.2", "unit": UNIT}]}
TWO_RULES = [
    {"from": date(2020, 1, 1), "amount": fixed("3")},
    {"from": date(2021, 1, 1), "to": date(2021, 12, 31), "amount": fixed("4")},
]
RULES = {
    "avoided": each({"kind": "avoided", "expected": "x", "observed": "y", "unit": UNIT}),
    "avoided by people": each({"kind": "avoided", "expected": "x", "observed": "y", "people": "z", "unit": UNIT}),
    "gained": each({"kind": "gained", "expected": "x", "observed": "y", "people": "z", "unit": UNIT}),
    "money of": {"kind": "money of", "of": "pounds"},
    "blend": each({"kind": "blend", "of": [{"quantity": "x", "weight": "0.8"}, {"quantity": "y", "weight": "0.2"}]}),
    "largest": each({"kind": "largest", "of": ["x", "y", "z"]}),
    "smallest": each({"kind": "smallest", "of": ["x", "y"]}),
    "elapsed": each(
        {
            "kind": "product",
            "unit": UNIT,
            "of": [
                "x",
                {"kind": "elapsed time", "since": date(2020, 2, 29), "counted_in": "quarter", "begun": "begun counts"},
            ],
        }
    ),
    "a ratio to nothing": each(
        {
            "kind": "ratio",
            "of": "x",
            "to": {"kind": "difference", "of": SUM_3, "less": {"kind": "number", "value": "0.3", "unit": UNIT}},
            "unit": UNIT,
        }
    ),
    "tenths reach three tenths": when({"kind": "compare", "quantity": SUM_3, "is": "at least", "value": "0.3"}),
    "steps": table("step"),
    "steps from above": table("step", "upper bound inclusive"),
    "straight lines": table("straight lines"),
    "indexed yearly": {"kind": "indexed", "of": each("x"), "yearly": "0.025", "since": date(2020, 6, 1)},
    "indexed before it begins": {"kind": "indexed", "of": each("x"), "yearly": "0.025", "since": date(2023, 6, 1)},
    "indexed as published": {
        "kind": "indexed",
        "of": each("x"),
        "factor": [{"from": date(2022, 1, 1), "value": "1.1"}],
    },
    "rounded amount": {"kind": "rounded", "of": each("x"), "to": "2.5", "rounding": "half even"},
    "difference": {"kind": "difference", "of": each("x"), "less": each("y")},
    "by date": {"kind": "by date", "rules": TWO_RULES, "otherwise": each("x")},
    "by date, one ended": {"kind": "by date", "rules": TWO_RULES[::-1][:1], "otherwise": each("x")},
    "measured": when({"kind": "measured", "quantity": "y"}),
    "against another": when({"kind": "compare", "quantity": "x", "is": "at most", "than": "y"}),
    "amounts": when({"kind": "compare amounts", "amount": each("x"), "is": "less than", "than": each("y")}),
    "one part decides": when({"kind": "any", "of": [X_OVER_2, Y_OVER_0]}),
    "one part spoils": when({"kind": "all", "of": [X_OVER_2, Y_OVER_0]}),
    "neither": when({"kind": "none", "of": [X_OVER_2, Y_OVER_0]}),
    "groups without a row": {
        "kind": "prices by group",
        "of": "jobs",
        "per": UNIT,
        "prices": [{"group": "young", "price": "9"}],
    },
    "an old price without a claim": each("jobs", [{"from": date(2022, 12, 1), "value": "2"}]),
    "an old price of a named count": each("counted", [{"from": date(2022, 12, 1), "value": "2"}]),
    "a new price of a given count": each("given", [{"from": date(2022, 12, 1), "value": "2"}]),
    "a price that rises": {**each("x", "7"), "rises": {"yearly": "0.03", "since": date(2020, 3, 1)}},
    "one quantity or another": each({"kind": "when", "condition": X_OVER_2, "then": "y", "otherwise": "z"}),
    "sustained by nobody": {
        "kind": "price",
        "price": [{"from": date(2022, 12, 1), "value": "5"}],
        "per": "person",
        "of": {"kind": "sustained", "metric": "nights", "days": 9, "counting": "in all", "gap_days": 0},
    },
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("as_of", [date(2021, 7, 1), date(2022, 12, 31)])
def test_every_further_primitive_pays_the_same(rule: str, as_of: date) -> None:
    named = {"counted": {"kind": "count", "metric": "jobs"}, "given": {"kind": "count", "metric": "jobs"}}
    terms = contract(pay(RULES[rule], metric="x"), metrics=(X, Y, Z, CLAIMS, DAYS, POUNDS), quantity=named)
    assert compared(
        terms, as_of, [{**each, "given": each["y"], "pounds": each["x"]} for each in GRID if each["y"] != LOST]
    )
    assert compared(terms, as_of, GRID)


@pytest.mark.parametrize("rounding", list(Rounding))
def test_a_quantity_is_rounded_as_it_is_exactly(rounding: str) -> None:
    rule = each({"kind": "rounded", "of": "x", "to": "0.2", "rounding": rounding}, "1")
    terms = contract(pay(rule, metric="x", both_ways=True), metrics=(X, Y, Z))
    assert compared(terms, date(2022, 1, 1), [{"x": f"{tenth / 10}", "y": "0", "z": "0"} for tenth in range(-12, 13)])


@pytest.mark.parametrize("mode", list(Rounding))
def test_halves_and_whole_numbers_round_as_fractions_do(mode: Rounding) -> None:
    """Thousandths as float64 holds them, from -3 to 3: -3 is -3000 thousandths."""
    values = np.arange(-3000, 3001)
    exact = [round_exact(Fraction(int(value), 1000), mode) for value in values]
    assert rounded(values / 1000, mode).tolist() == exact


@pytest.mark.parametrize("given_as_total", [True, False])
def test_totals_of_claims_say_nothing_of_people(given_as_total: bool) -> None:
    person = {"metric": "jobs", "group": "old"}
    parts = [
        each({"kind": "count", **person}),
        each({"kind": "count", "metric": "jobs"}),
        {"kind": "price", "price": "2", "per": "person", "of": {"kind": "people", **person}},
        RULES["groups without a row"],
    ]
    named = [pay(part, f"p{place}", metric="jobs") for place, part in enumerate(parts)]
    scenario = {"x": "1", **({"jobs": "12"} if given_as_total else {})}
    terms = contract(*named, metrics=(X, CLAIMS))
    assert compared(terms, date(2022, 1, 1), [scenario])
    (count,) = payable_many(
        terms, date(2022, 1, 1), {name: np.array([float(v)]) for name, v in scenario.items()}
    ).amounts["p1"]
    assert count == (1206 if given_as_total else 0), "12 × 1.005 = 12.06"


@pytest.mark.parametrize("how", ["last first", "in proportion"])
@pytest.mark.parametrize("per", ["contract", "year", "statement"])
def test_caps_over_several_payments_cut_the_same(how: str, per: str) -> None:
    payments = [
        pay(each("x", "100.005"), "p0", metric="x", settles="in total", both_ways=True),
        pay(each("y", "33.335"), "p1", metric="x", cap="300"),
        pay(each("z", "7"), "p2", metric="x"),
    ]
    cap = {"id": "c", "name": "cap", "amount": "900", "per": per, "cut": how, "over": "all payments", "clause": "4"}
    inner = {**cap, "id": "d", "amount": "150.01", "over": ["p2", "p1"]}
    terms = contract(*payments, metrics=(X, Y, Z), cap=[inner, cap])
    paid = {"paid_before": {"p0": 2000, "p1": 299}, "paid_this_year": {"p1": 100}}
    assert compared(terms, date(2022, 1, 1), GRID, **paid)
    by_rule = {key: value for key, value in inner.items() if key not in ("amount", "per")} | {
        "rule": each("y", "22.222")
    }
    assert compared(contract(*payments, metrics=(X, Y, Z), cap=[by_rule, cap]), date(2022, 1, 1), GRID, **paid)


IN_ORDER = {"payers": [{"payer": "first", "up_to": "40"}, {"payer": "second"}]}
BY_SHARE = {"payers": [{"payer": "first", "share": "2"}, {"payer": "second", "share": "1"}]}


@pytest.mark.parametrize("how", ["last first", "in proportion"])
@pytest.mark.parametrize("per", ["contract", "year", "statement"])
def test_caps_for_one_payer_cut_the_same(how: str, per: str) -> None:
    payments = [
        pay(each("x", "10.005"), "p0", metric="x", settles="in total", both_ways=True, **BY_SHARE),
        pay(each("y", "33.335"), "p1", metric="x", **IN_ORDER),
        pay(each("z", "7"), "p2", metric="x"),
    ]
    cap = {"id": "c", "name": "cap", "amount": "90", "per": per, "cut": how, "over": "all payments", "clause": "4"}
    first, again = {**cap, "payer": "first"}, {**cap, "id": "d", "payer": "first", "amount": "21", "over": ["p1", "p0"]}
    terms = contract(*payments, metrics=(X, Y, Z), cap=[first, {**cap, "id": "e", "payer": "second"}, again])
    paid = {"paid_before": {"p0": 2000, "p1": 299}, "paid_this_year": {"p1": 100}}
    assert compared(terms, date(2022, 1, 1), GRID, **paid)
    by_rule = {key: value for key, value in first.items() if key not in ("amount", "per")} | {
        "rule": each("z", "22.222")
    }
    assert compared(contract(*payments, metrics=(X, Y, Z), cap=[by_rule]), date(2022, 1, 1), GRID, **paid)


def test_nothing_is_paid_twice() -> None:
    """Two cohorts with a trigger each, and a trigger over both that takes off what they earned."""
    trigger = {"kind": "when", "condition": X_OVER_2, "then": each("x", "100"), "otherwise": fixed("0")}
    both = {"kind": "difference", "of": each("z", "500"), "less": {"kind": "already earned", "payments": ["p0", "p1"]}}
    pooled = {"kind": "limit", "of": both, "at_least": "0"}
    payments = [
        pay(trigger, "p0", metric="x", settles="in total", cap="800"),
        pay(each("y", "10"), "p1", metric="x"),
        pay(pooled, "p2", metric="x", settles="in total"),
    ]
    terms = contract(*payments, metrics=(X, Y, Z))
    assert compared(terms, date(2022, 1, 1), GRID, paid_before={"p0": 5000, "p1": 700})


def test_what_is_held_with_another_waits_with_it() -> None:
    """The last waits for the one in the middle, and that for the first."""
    payments = [
        pay(each("z"), "p0", metric="x", held_with=["p1"]),
        pay(each("x"), "p1", metric="x", held_with=["p2"]),
        pay(each("y"), "p2", metric="x"),
    ]
    assert compared(contract(*payments, metrics=(X, Y, Z)), date(2022, 1, 1), GRID)


@pytest.mark.parametrize("given_as_total", [True, False])
def test_a_cap_for_each_person_waits_for_the_people(given_as_total: bool) -> None:
    cap = {"id": "c", "name": "cap", "amount": "9", "per": "person", "over": "all payments", "clause": "4"}
    terms = contract(pay(each("jobs", "5")), metrics=(X, CLAIMS), cap=[cap])
    assert compared(terms, date(2022, 1, 1), [{"x": "1", **({"jobs": "12"} if given_as_total else {})}])


def test_one_figure_paid_before_stands_for_all_or_one_for_each() -> None:
    terms = contract(pay(each("x", "1"), metric="x", settles="in total"), metrics=(X,))
    columns = {"x": np.array([10.0, 20.0, 30.0])}
    once = payable_many(terms, date(2022, 1, 1), columns, paid_before={"p": np.array(500)})
    many = payable_many(terms, date(2022, 1, 1), columns, paid_before={"p": np.array([0, 500, 4000])})
    assert once.amounts["p"].tolist() == [500, 1500, 2500]
    assert many.amounts["p"].tolist() == [1000, 1500, 0]
    assert many.held["p"].tolist() == [False, False, True]
    assert many.total(("p",)).tolist() == many.total().tolist()


def test_a_named_quantity_is_told_for_every_scenario() -> None:
    ratio = {"kind": "ratio", "of": "x", "to": "y", "unit": UNIT}
    terms = contract(pay(each("x"), metric="x"), metrics=(X, Y), quantity={"share": ratio})
    columns = {"x": np.array([1.0, 3.0, np.nan]), "y": np.array([4.0, 0.0, 1.0])}
    found = measured_many(terms, date(2022, 1, 1), columns, "share")
    assert found[0] == 0.25
    assert np.isnan(found[1:]).all()


def test_what_cannot_be_simulated_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    terms = contract(pay(each("x", "999999999999999999"), metric="x"), metrics=(X,))
    with pytest.raises(Refused) as large:
        payable_many(terms, date(2022, 1, 1), {"x": np.array([1.0, MOST])})
    assert large.value.problems[0].code == "many.too-large"
    with pytest.raises(NotValid) as unknown:
        payable_many(terms, date(2022, 1, 1), {"w": np.array([1.0])})
    assert unknown.value.problems[0].code == "facts.unknown"
    monkeypatch.setattr(many_rules, "AMOUNTS", {})
    with pytest.raises(Refused) as kind:
        payable_many(terms, date(2022, 1, 1), {})
    assert kind.value.problems[0].what == "the amount `price` cannot be simulated yet"


def test_every_primitive_of_the_exact_engine_has_its_like() -> None:
    assert set(many_rules.QUANTITIES) == set(QUANTITIES)
    assert set(many_rules.CONDITIONS) == set(CONDITIONS)
    assert set(many_rules.AMOUNTS) == set(AMOUNTS)
