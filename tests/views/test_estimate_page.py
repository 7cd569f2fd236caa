"""The evaluator's estimate: interval and what it allows to be said, seal, comparisons, balance, people at each step."""

import json

import pytest
from published_house import DENVER, EMPTY, LEAVERS, NSW, house_rows, publish_house

from sib.access import DEMO_PEOPLE
from sib.errors import Missing, Refused
from sib.settings import Settings
from sib.views.estimate_page import Estimate, Interval, Verdict, estimate_page

EVALUATOR = DEMO_PEOPLE["evaluator"]


def estimate_of(settings: Settings, contract: str) -> Estimate:
    estimate = estimate_page(settings, EVALUATOR, contract).estimate
    assert estimate
    return estimate


def with_estimate(home: Settings, **changed: object) -> Settings:
    """A house in which the employment contract's estimate differs in some columns."""
    names = ("contract", "reference", "metric", "title", "unit", "state", "value", "method", "measured_on")
    columns = (*names, "made_by", "signed_by", "plan_sha256", "inputs_sha256", "body")
    rows = house_rows()
    rows["estimates"] = [
        tuple(
            changed.get(column, value) if row[0] == NSW else value for column, value in zip(columns, row, strict=True)
        )
        for row in rows["estimates"]
    ]
    publish_house(home, rows)
    return home


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("changed"))


def test_value_interval_and_verdict_of_the_sealed_estimate(settings: Settings) -> None:
    estimate = estimate_of(settings, NSW)
    assert estimate.result.value == "1486.52"
    assert estimate.interval == Interval(1486.51651766, 201.092813936, 2771.94022138, 0.95)
    assert estimate.interval.verdict is Verdict.HIGHER


def test_each_comparison_tells_what_it_would_have_paid(settings: Settings) -> None:
    comparisons = estimate_of(settings, NSW).comparisons
    assert [(one.quantised, one.payment_minor) for one in comparisons] == [
        ("-8497.52", 0),
        ("1486.52", 25_900_000),
        ("1360.00", 24_050_000),
        ("1794.34", 31_450_000),
    ]
    assert [one.quantised for one in comparisons if one.pays] == ["1486.52"]


def test_the_seal_tells_who_and_when(settings: Settings) -> None:
    estimate = estimate_of(settings, NSW)
    assert len(estimate.result.plan_sha256) == 64
    assert estimate.seal and estimate.seal.signed_by == ("evaluator", "officer-1")
    assert estimate.seal.at and estimate.seal.at.year == 1977


def test_balance_overlap_and_flow_come_in_their_order(settings: Settings) -> None:
    estimate = estimate_of(settings, NSW)
    assert [row.covariate for row in estimate.balance][:2] == ["distance", "age"]
    assert estimate.balance[1].smd_before == pytest.approx(-1.0354998523486998, abs=0)
    assert {bar.group for bar in estimate.overlap} == {"enrolled", "whole pool", "matched comparison"}
    assert [(step.treated, step.comparison) for step in estimate.flow][-1] == (185, 347)


def test_a_result_without_a_plan_has_no_interval_no_seal_and_no_comparison(settings: Settings) -> None:
    estimate = estimate_of(settings, DENVER)
    assert (estimate.result.value, estimate.result.plan_sha256) == ("38", "")
    assert (estimate.interval, estimate.seal, estimate.comparisons, estimate.balance) == (None, None, (), ())


@pytest.mark.parametrize("contract", [LEAVERS, EMPTY])
def test_a_contract_without_results_has_an_empty_page(settings: Settings, contract: str) -> None:
    page = estimate_page(settings, EVALUATOR, contract)
    assert (page.estimate, page.references) == (None, ())


def test_without_the_result_s_own_interval_it_follows_from_the_standard_error(home: Settings) -> None:
    estimate = estimate_of(with_estimate(home, body="{}"), NSW)
    assert estimate.interval
    assert (round(estimate.interval.low, 2), round(estimate.interval.high, 2)) == (201.09, 2771.94)


def test_an_interval_around_nought_is_not_conclusive(home: Settings) -> None:
    found = {"effect": "100", "error": "120", "low": "-135.195678", "high": "335.195678"}
    body = json.dumps({"results": [{"primary": False, "estimate": None}, {"primary": True, "estimate": found}]})
    interval = estimate_of(with_estimate(home, body=body), NSW).interval
    assert interval and (interval.verdict, interval.confidence) == (Verdict.NOT_CONCLUSIVE, 0.95)


def test_an_interval_below_nought_is_lower() -> None:
    assert Interval(-2, -3, -1, 0.95).verdict is Verdict.LOWER


def test_who_decided_last_has_signed_only_what_is_signed(home: Settings) -> None:
    result = estimate_of(with_estimate(home, state="replicated"), NSW).result
    assert (result.state, result.signed_by) == ("replicated", "")


def test_a_withdrawn_result_is_shown_only_where_there_is_no_other(home: Settings) -> None:
    assert estimate_of(with_estimate(home, state="withdrawn"), NSW).result.state == "withdrawn"


def test_a_result_can_be_named(settings: Settings) -> None:
    page = estimate_page(settings, EVALUATOR, DENVER, "DHR-1")
    assert page.estimate and page.estimate.result.reference == "DHR-1"
    with pytest.raises(Missing) as raised:
        estimate_page(settings, EVALUATOR, DENVER, "nowhere")
    assert raised.value.problems[0].expected == "DHR-1"


@pytest.mark.parametrize("name", ["investor", "provider"])
def test_investor_and_provider_see_no_audit_trail(settings: Settings, name: str) -> None:
    with pytest.raises(Refused):
        estimate_page(settings, DEMO_PEOPLE[name], NSW)


def test_the_commissioner_sees_what_is_paid_for(settings: Settings) -> None:
    assert estimate_page(settings, DEMO_PEOPLE["officer-1"], NSW).estimate
