"""contracts: Peterborough's cases state the published figures, as far as figures are published."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from sib.money import quantise
from sib.steps.price import price
from sib.terms.base import value_on
from sib.terms.case import Case, read_case
from sib.terms.conditions import Compare
from sib.terms.read import read_contract

HERE = Path(__file__).resolve()
FOLDER = HERE.parents[2] / "contracts" / "peterborough"
TEXT = (HERE.parents[1] / "data" / "published_contracts.yaml").read_text(encoding="utf-8")
PUBLISHED: dict[str, dict[str, Any]] = {each["id"]: each for each in yaml.load(TEXT, Loader=yaml.BaseLoader)}
FIRST, POOLED = PUBLISHED["uk_peterborough_c1"], PUBLISHED["uk_peterborough_pooled"]
CONTRACT = read_contract(FOLDER / "contract.toml").contract


def case(name: str) -> Case:
    return read_case(FOLDER / "cases" / f"{name}.toml")


def threshold(name: str) -> Fraction:
    condition = CONTRACT.condition[name]
    assert isinstance(condition, Compare)
    assert condition.is_ == "at least"
    assert condition.value is not None
    found = value_on(condition.value, CONTRACT.contract.ends_on)
    assert found is not None
    return found / 100


def test_the_triggers_and_the_cap_are_the_published_ones() -> None:
    assert threshold("early_1") == threshold("early_2") == Fraction(FIRST["terms"]["per_cohort_trigger_reduction"])
    assert threshold("pooled") == Fraction(POOLED["terms"]["pooled_trigger_reduction"])
    (cap,) = CONTRACT.cap
    assert value_on(cap.amount, CONTRACT.contract.ends_on) == Fraction(POOLED["terms"]["cap"])


def test_the_first_cohort_falls_as_published_and_pays_nothing() -> None:
    given = case("cohort_1_pays_nothing")
    events, comparison = (given.given.quantities[name].value for name in ("events_1", "comparison_1"))
    assert events == Fraction(FIRST["inputs"]["treated_reconvictions_per_100"])
    assert comparison == Fraction(FIRST["inputs"]["comparison_per_100"])
    fall = (comparison - events) / comparison
    assert quantise(fall, 4, CONTRACT.contract.rounding) == Fraction(FIRST["expected_reduction"])
    assert price(CONTRACT, given).payables.total == int(FIRST["expected_payment"])


def test_a_pooled_fall_of_nine_percent_pays_capital_and_about_three_percent_a_year() -> None:
    given = case("pooled_nine_percent")
    values = {name: quantity.value for name, quantity in given.given.quantities.items()}
    comparison = values["comparison_1"] + values["comparison_2"]
    fall = (comparison - values["events_1"] - values["events_2"]) / comparison
    assert fall == Fraction(POOLED["inputs"]["pooled_reduction"])
    priced = price(CONTRACT, given)
    (share,) = priced.distribution.tranches
    assert share.principal == given.given.drawn["investors"] * 100
    # just over 3 % a year for five years, as published: between 1.03⁵ and 1.035⁵ of what was drawn
    grown = Fraction(share.amount, share.principal)
    assert Fraction("1.03") ** 5 < grown < Fraction("1.035") ** 5
