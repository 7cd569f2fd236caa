"""contracts: published figures that hold as bounds, or to the rounding in which they were printed."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from sib.money import exponent
from sib.steps.price import Priced, price
from sib.terms.case import read_case
from sib.terms.read import read_contract

HERE = Path(__file__).resolve()
TEXT = (HERE.parents[1] / "data" / "published_contracts.yaml").read_text(encoding="utf-8")
PUBLISHED: dict[str, dict[str, Any]] = {each["id"]: each for each in yaml.load(TEXT, Loader=yaml.BaseLoader)}


def amount(priced: Priced, payment: str) -> Fraction:
    """What a payment comes to, in major units."""
    found = {line.payment: line.amount for line in priced.payables.payables}
    return Fraction(found[payment], 10 ** exponent(priced.payables.currency))


def total(priced: Priced) -> Fraction:
    """All payments together, in major units."""
    return Fraction(priced.payables.total, 10 ** exponent(priced.payables.currency))


def to(places: int, value: Fraction) -> Fraction:
    """A value rounded to so many decimals, half up."""
    return Fraction((value * 10**places + Fraction(1, 2)).__floor__(), 10**places)


def peterborough(priced: Priced, entry: Mapping[str, Any]) -> bool:
    """Triggered, and no more than the cap."""
    return 0 < total(priced) <= Fraction(entry["terms"]["cap"])


def educate_girls_ratios(_: Priced, entry: Mapping[str, Any]) -> bool:
    """Published as 160 and 116 per cent."""
    terms, inputs, expected = entry["terms"], entry["inputs"], entry["expected"]
    ratios = [Fraction(inputs[name]) / Fraction(terms[f"{name}_target"]) for name in ("learning", "enrolment")]
    exact = [Fraction(expected["learning_pct"]), Fraction(expected["enrolment_pct"])]
    return [to(4, ratio) for ratio in ratios] == exact and [to(2, ratio) for ratio in ratios] == [
        Fraction(published) for published in expected["published"]
    ]


def educate_girls_return(priced: Priced, entry: Mapping[str, Any]) -> bool:
    """What holds the investor at its most is the published payment to within its tolerance."""
    (investment,) = priced.distribution.tranches
    away = abs(Fraction(investment.amount, 100) - Fraction(entry["expected"]["payment"]))
    return away <= Fraction(entry["tolerance"]["payment"])


def kobe(priced: Priced, entry: Mapping[str, Any]) -> bool:
    """Each part exactly as it follows from the terms, and the final one as published to within its rounding."""
    expected = entry["expected"]
    parts = {"fixed_part": "fixed", "kidneys": "final"}
    same = all(amount(priced, mine) == Fraction(expected[theirs]) for mine, theirs in parts.items())
    interim = amount(priced, "completing") + amount(priced, "living") == Fraction(expected["interim"])
    away = abs(amount(priced, "kidneys") - Fraction(expected["published_final"]))
    return same and interim and away <= Fraction(entry["tolerance"]["final"])


def essex(priced: Priced, entry: Mapping[str, Any]) -> bool:
    """The fall in points; the tariff is not published."""
    points = (Fraction(entry["inputs"]["baseline"]) - Fraction(entry["inputs"]["actual"])) * 100
    return priced.quantities["fall_in_care"] == points == Fraction(entry["expected"]["reduction_pp"])


def paid(priced: Priced, entry: Mapping[str, Any]) -> bool:
    """The payment itself."""
    return total(priced) == Fraction(entry["expected_payment"])


Holds = Callable[[Priced, Mapping[str, Any]], bool]
BOUNDS: Mapping[str, tuple[str, Holds]] = {
    "us_denver_housing_p2": ("denver_supportive_housing/second_housing_payment", paid),
    "uk_peterborough_c1": ("peterborough/cohort_1_pays_nothing", paid),
    "uk_peterborough_pooled": ("peterborough/pooled_nine_percent", peterborough),
    "us_cuyahoga_final": ("cuyahoga_family_success/as_it_ended", paid),
    "uk_essex_care_proportion": ("essex_edge_of_care/as_it_ended", essex),
    "uk_lcf_cap_mhep_shropshire": ("mhep_shropshire/as_planned", paid),
    "jp-kobe-2020-final": ("kobe_kidney_disease/published_2020", kobe),
    "in-educate-girls-ratio": ("educate_girls/final_results", educate_girls_ratios),
    "in-educate-girls-irr-cap": ("educate_girls/final_results", educate_girls_return),
}


def test_every_published_bound_is_here() -> None:
    assert sorted(BOUNDS) == sorted(name for name, entry in PUBLISHED.items() if entry["gate"] == "bound")


@pytest.mark.parametrize("name", BOUNDS)
def test_it_holds(name: str) -> None:
    (folder, case), holds = BOUNDS[name][0].split("/"), BOUNDS[name][1]
    given = HERE.parents[2] / "contracts" / folder
    priced = price(read_contract(given / "contract.toml").contract, read_case(given / "cases" / f"{case}.toml"))
    assert holds(priced, PUBLISHED[name])
