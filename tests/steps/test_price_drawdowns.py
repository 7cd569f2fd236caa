"""arrows: what is drawn in a case that says nothing of what went before: the contract's own drawdowns up to its day."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from sib.errors import NotValid
from sib.steps.demo import CONTRACTS
from sib.steps.price import Priced, price
from sib.terms.case import Case, GivenFlow, read_case
from sib.terms.read import read_contract

DENVER = CONTRACTS / "denver_supportive_housing"
TERMS = read_contract(DENVER / "contract.toml").contract
WHOLE = read_case(DENVER / "cases" / "whole.toml")


def whole(**given: Any) -> Priced:
    """The whole bond, with other things given of what went before."""
    changed: Case = WHOLE.model_copy(update={"given": WHOLE.given.model_copy(update={"drawn": {}, **given})})
    return price(TERMS, changed)


def principal(priced: Priced) -> int:
    """What the lenders have back, in whole dollars."""
    (lenders,) = priced.distribution.tranches
    return lenders.principal // 100


# 3,600,000 in 2016, 3,000,000 in 2017 and 2,000,000 in 2018
@pytest.mark.parametrize(
    ("day", "drawn"),
    [(date(2021, 6, 30), 8600000), (date(2018, 2, 14), 6600000), (date(2017, 2, 15), 6600000), (date(2016, 2, 15), 0)],
)
def test_the_contracts_drawdowns_up_to_the_day(day: date, drawn: int) -> None:
    assert principal(whole(as_of=day)) == drawn


def test_whoever_says_something_of_before_says_all_of_it() -> None:
    assert principal(whole(drawn={"lenders": Fraction(5)})) == 5
    assert principal(whole(paid_before={"jail_days": Fraction(0)})) == 0
    flow = GivenFlow(tranche="lenders", on=date(2016, 2, 16), paid_in=Fraction(70), step=None)
    assert principal(whole(flows=(flow,))) == 70


def test_nobody_pays_in_more_than_it_commits() -> None:
    first = GivenFlow(tranche="lenders", on=date(2016, 2, 16), paid_in=Fraction(8_600_000), step=None)
    second = first.model_copy(update={"paid_in": Fraction(1, 100)})
    with pytest.raises(NotValid) as caught:
        whole(flows=(first, second))
    assert [(problem.code, problem.place) for problem in caught.value.problems] == [("facts.drawn", "flow 2")]


def test_what_a_step_for_principal_paid_is_principal() -> None:
    step = TERMS.waterfall[0].model_copy(update={"id": "back"})
    assert step.pays == "principal"
    terms = TERMS.model_copy(update={"waterfall": (step, *TERMS.waterfall[1:])})
    paid_in = GivenFlow(tranche="lenders", on=date(2016, 2, 16), paid_in=Fraction(8_600_000), step=None)
    for flow in ({"step": "back"}, {"step": None, "principal": Fraction(600_000)}):
        paid_out = GivenFlow(tranche="lenders", on=date(2017, 1, 31), paid_out=Fraction(600_000), **flow)
        given = WHOLE.given.model_copy(update={"drawn": {}, "flows": (paid_in, paid_out)})
        assert principal(price(terms, WHOLE.model_copy(update={"given": given}))) == 8_000_000
