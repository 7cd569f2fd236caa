"""steps: a forecast: what is drawn, what is told of it, and that the same seed tells the same."""

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import isnan, sqrt
from pathlib import Path

import numpy as np
import pytest

from sib.errors import NotValid
from sib.finance.forecast import spans_of
from sib.steps.forecast import contract_most, expected_of, forecast, median_rate, simulated
from sib.steps.forecast_draws import Way, block_at_random, drawn, expected, levels_at_random, named_case, off
from sib.steps.forecast_picture import described, picture, spec
from sib.steps.forecast_words import as_dict, finding, in_words, rate
from sib.terms.contract import Contract
from sib.xirr import xirr
from tests.finance.deals import INTEREST, step, tranche
from tests.payments.small import pay, price
from tests.steps.forecasts import HOMES_EXPECTED, JOBS_EXPECTED, JUNIOR, RATE, SCORE_EXPECTED, SENIOR, bond, expects

assert RATE
SIZE = 4000


def way(contract: Contract) -> Way:
    terms = expected_of(contract)
    return Way.of(contract, terms, spans_of(contract, terms.every_months))


def test_without_chance_everybody_comes_when_and_as_often_as_expected() -> None:
    plan = way(bond())
    found = drawn(plan, expected(plan.forecast))
    # 100 begin in the middle of the first half of 2020, on 31 March: half of them have a job three to eight months
    # later, one in six of these on 30 June, the others in the second half; of 2021 the middle is 1 April: all later
    jobs = found.counted["jobs"][:, 0].tolist()
    assert jobs == pytest.approx([50 / 6, 250 / 6, 0, 30, 0, 0])
    assert found.counted["homes"][:, 0].tolist() == pytest.approx([30 * each for each in jobs]), "30 days each, at once"
    score = found.measured["score"][:, 0].tolist()
    assert [value for value in score if not isnan(value)] == [8.0]
    assert not isnan(score[3]), "on the last day of 2021"


def test_who_begins_too_late_or_ends_after_the_window_is_left_out() -> None:
    late = expects(JOBS_EXPECTED, SCORE_EXPECTED | {"measured_on": [date(2030, 1, 1)]})
    plan = way(bond(pay(price()), forecast=late))
    found = drawn(replace(plan, months_later=60), expected(plan.forecast))
    assert found.counted["jobs"].sum() == 0
    assert np.isnan(found.measured["score"]).all(), "after the last period"
    slow = way(bond(pay(price()), forecast=expects({**JOBS_EXPECTED, "after_months": 30, "over_months": 0})))
    # 30 months from 1 April 2020 lie in 2022, from 1 April 2021 after the term
    assert drawn(slow, expected(slow.forecast)).counted["jobs"].sum() == pytest.approx(50)


def test_averages_and_spreads_are_those_asked_for() -> None:
    plan = way(bond())
    found = block_at_random(plan, 0, SIZE)
    people, share, spread = 160, 0.5, 0.2
    total = found.counted["jobs"].sum(axis=0)
    # binomial of a number of people that is itself off by a fifth: variance = n p q + p² (n s)²; 5 standard errors
    deviation = sqrt(people * share * (1 - share) + (share * people * spread) ** 2)
    assert total.mean() == pytest.approx(people * share, abs=5 * deviation / sqrt(SIZE))
    assert total.std() == pytest.approx(deviation, rel=0.08)
    score = found.measured["score"][3]
    assert score.mean() == pytest.approx(8, abs=5 * 2 / sqrt(SIZE))
    assert score.std() == pytest.approx(2, rel=0.08)
    whole = found.counted["homes"]
    assert (whole == np.floor(whole)).all()


def test_nobody_is_lost_or_made_up_by_whole_numbers() -> None:
    sure = expects({**JOBS_EXPECTED, "share": "1", "over_months": 5}, enrolment_spread="0")
    plan = way(bond(pay(price()), forecast=sure))
    assert block_at_random(plan, 0, 50).counted["jobs"].sum(axis=0).tolist() == [160.0] * 50


def test_risks_in_common_are_correlated_as_their_product() -> None:
    both = expects(
        {**JOBS_EXPECTED, "spread": "0.05", "risk": "0.8"}, HOMES_EXPECTED | {"risk": "-0.5"}, SCORE_EXPECTED
    )
    terms = bond(forecast=both).forecast
    assert terms is not None
    levels = levels_at_random(terms, 40_000, np.random.default_rng(3))
    columns = [levels.enrolment, levels.results["jobs"], levels.results["homes"], levels.results["score"]]
    found = np.corrcoef(columns)
    # 5 standard errors of a correlation of 40,000 are 0.025
    for (one, other), want in {(0, 1): 0.4, (0, 2): -0.25, (1, 2): -0.4, (0, 3): 0.0}.items():
        assert found[one, other] == pytest.approx(want, abs=0.025), (one, other)


def test_shares_stay_possible() -> None:
    wild = expects({**JOBS_EXPECTED, "spread": "9"}, enrolment_spread="9")
    terms = bond(pay(price()), forecast=wild).forecast
    assert terms is not None
    levels = levels_at_random(terms, 500, np.random.default_rng(3))
    assert (levels.enrolment.min(), levels.results["jobs"].min(), levels.results["jobs"].max()) == (0, 0, 1)
    moved = off(terms, {"jobs": np.array([0.0, 1.0])})
    assert moved.results["jobs"].tolist() == [0.5, 1.0]


def test_a_true_effect_is_measured_as_the_simulation_says() -> None:
    draw = {
        "gives": ["rate"],
        "design": "randomised",
        "people": 400,
        "comparison": 400,
        "base": "0.4",
        "effect": "fewer",
        "per": 100,
    }
    simulation = {"shows": "rate", "effects": ["5"], "target": "5", "draws": [draw]}
    result = {"gives": "rate", "value": "5", "simulated": True, "measured_on": [date(2022, 12, 31)]}
    amount = price("rate", "100", "percentage point")
    plan = way(bond(pay(amount, metric="rate"), forecast=expects(result), simulation=simulation))
    found = block_at_random(plan, 0, SIZE).measured["rate"][5]
    # two shares of 400 each, 0.35 and 0.40: standard error 100 x sqrt((0.35 x 0.65 + 0.4 x 0.6) / 400) = 3.42 points
    deviation = 100 * sqrt((0.35 * 0.65 + 0.4 * 0.6) / 400)
    assert found.mean() == pytest.approx(5, abs=5 * deviation / sqrt(SIZE))
    assert found.std() == pytest.approx(deviation, rel=0.08)
    assert drawn(plan, expected(plan.forecast)).measured["rate"][5].tolist() == [5.0], "no chance in what is expected"
    past = {**draw, "design": "historical", "comparison": None}
    known = {**simulation, "draws": [{key: value for key, value in past.items() if value is not None}]}
    plan = way(bond(pay(amount, metric="rate"), forecast=expects(result), simulation=known))
    deviation = 100 * sqrt(0.35 * 0.65 / 400)
    assert block_at_random(plan, 0, SIZE).measured["rate"][5].std() == pytest.approx(deviation, rel=0.08)


def test_the_named_cases_are_what_they_say() -> None:
    contract = bond()
    found = forecast(contract)
    # base: 80 jobs at 10, 2,400 homes at 0.50, a score of 8: 2,000; high: a score of 11: 5,000;
    # low: half the people, half of what each has: 20 jobs, of which homes 15 each: 300; a score of 4: nothing;
    # half a year later, the last begin in July 2021, and have jobs in the first half of 2022
    totals = {case.id: total for case, total in found.cases}
    assert (totals["base"], totals["high"]) == (80_000 + 120_000 + 200_000, 80_000 + 120_000 + 500_000)
    # parts of people are paid in parts, each payment of each of six periods rounded by half a penny at most
    assert totals["low"] == pytest.approx(20_000 + 15_000, abs=6)
    assert found.expected == totals["base"]
    assert sum(due.cases[1] for due in found.quarters) == sum(due.cases[1] for due in found.years) == totals["base"]
    senior = found.tranches[0]
    assert (senior.name, senior.paid_in) == ("senior", 400_000)
    received, yearly = senior.cases[1]
    assert received == 400_000, "all that is paid repays the senior tranche"
    assert yearly == pytest.approx(0.0, abs=1e-9)
    assert forecast(contract, cases=["high"]).cases[0][0].id == "high"
    assert forecast(contract, cases=[]).cases == ()


def test_the_same_seed_tells_the_same_on_any_number_of_threads() -> None:
    contract = bond()
    one, two = (as_dict(forecast(contract, scenarios=6000, threads=threads)) for threads in (1, 3))
    assert one == two
    assert as_dict(forecast(contract, scenarios=6000, seed=9)) != one


def test_what_is_not_said_or_known_is_told() -> None:
    with pytest.raises(NotValid, match="says nothing of a forecast"):
        forecast(bond(forecast=expects(), tranche=[], waterfall=[]).model_copy(update={"forecast": None}))
    with pytest.raises(NotValid, match="has no case `worst`"):
        forecast(bond(), cases=["worst"])


def test_the_most_follows_from_caps() -> None:
    cap = {"id": "most", "name": "most", "amount": "300", "over": "all payments", "clause": "1"}
    spans = spans_of(bond(), 6)
    assert contract_most(bond(), spans) is None
    assert contract_most(bond(cap=[cap]), spans) == 30_000
    # the periods end in the years from April 2020, 2021 and 2022
    assert contract_most(bond(cap=[{**cap, "per": "year"}]), spans) == 3 * 30_000
    assert contract_most(bond(cap=[{**cap, "over": ["p", "h"]}]), spans) is None
    assert contract_most(bond(cap=[{**cap, "over": ["q", "p", "h"], "per": "statement"}]), spans) == 6 * 30_000
    person = bond(pay(price()), cap=[{**cap, "per": "person"}], forecast=expects(JOBS_EXPECTED))
    assert contract_most(person, spans) is None
    assert contract_most(bond(cap=[{**cap, "payer": "first"}]), spans) is None
    own = bond(pay(price(), cap="70"), pay(price("homes"), "h", "homes", cap="50.50"), cap=[cap], forecast=expects())
    assert contract_most(own, spans) == 12_050
    found = forecast(bond(cap=[cap]))
    assert found.most == 30_000
    assert found.at_most.share > Fraction(9, 10)
    assert "of at most 300, which is reached in" in finding(found)


def test_steps_and_what_moves_it_most() -> None:
    found = forecast(bond())
    steps = {int(each.payoff.from_): each.share for each in found.reached}
    # a score of 8, give or take 2: above 7 it lies in 69.1 % (half a deviation below), above 10 in 15.9 % (one above)
    assert steps[7].low < 0.6915 < steps[7].high
    assert steps[10].low < 0.1587 < steps[10].high
    swings = {each.what: each for each in found.swings}
    assert list(swings) == ["“metric score”", "people who begin", "“metric homes”"]
    # the score at its tenth percentile pays nothing, at its ninetieth (10.56) 5,000; jobs and homes pay 2,000
    assert (swings["“metric score”"].low, swings["“metric score”"].high) == (200_000, 700_000)
    assert swings["people who begin"].low == pytest.approx(400_000 - 200_000 * 0.2 * 1.28155, abs=2_000)
    sure = expects({**JOBS_EXPECTED}, enrolment_spread="0")
    assert forecast(bond(pay(price()), forecast=sure)).swings == ()


def test_other_waterfalls_run_on_fewer_scenarios() -> None:
    loan = tranche("senior", drawdowns=SENIOR["drawdowns"], interest=INTEREST)
    steps = [step("interest", id="i"), step("principal", id="b"), step("surplus", "junior", id="c")]
    found = forecast(bond(tranche=[loan, JUNIOR], waterfall=steps), scenarios=300)
    assert (found.waterfalls, found.one_by_one) == (200, ("step 1 (1): interest",))
    assert "rest on the first 200 scenarios" in in_words(found)


def test_a_contract_without_tranches_has_payments_only() -> None:
    found = forecast(bond(tranche=[], waterfall=[]))
    assert found.tranches == ()
    assert "yearly return" not in in_words(found)
    assert as_dict(found)["tranches"] == {}


def test_rates_of_scenarios_are_those_of_their_flows() -> None:
    contract = bond()
    terms = expected_of(contract, scenarios=200)
    found = simulated(contract, terms, spans_of(contract, 6), threads=1)
    assert found.flows is not None
    flows = found.flows
    rates = flows.rates(("senior", "junior"))
    for scenario in range(20):
        net = (flows.net["senior"] + flows.net["junior"])[scenario].tolist()
        known = xirr(list(zip(flows.days, net, strict=True))).rate
        assert rates[scenario] == pytest.approx(known, abs=1e-9)
    assert median_rate(found, ("senior", "junior")) == pytest.approx(float(np.nanmedian(rates)))


def test_words_and_json_agree() -> None:
    found = forecast(bond())
    said, told = in_words(found), as_dict(found)
    assert json.loads(json.dumps(told)) == told
    assert told["as_expected"] == "4000.00"
    assert "4,000 in all" in said
    assert told["cases"]["high"] == {"name": "More", "total": "7000.00"}
    assert "6 periods, paid from 2020-07-30 to 2023-01-30" in said
    assert "no cap says how much it may be at most" in said
    assert told["years"][0]["id"] == "2020/21"
    assert "year 2020/21" in said
    assert told["tranches"]["senior"]["cases"]["base"]["received"] == "4000.00"
    assert set(told["investors"]) == {"provider"}
    assert "provider" in said, "who has two tranches has a line of both"
    assert rate(float("nan")) == "none"


def test_nobody_paid_has_no_return() -> None:
    dead = expects({**JOBS_EXPECTED, "share": "0"})
    found = forecast(bond(pay(price()), forecast=dead))
    told = as_dict(found)["tranches"]["senior"]
    assert told["rate"]["middle"] == -1.0, "all is lost"
    unpaid = bond(pay(price()), forecast=dead, tranche=[tranche("senior")], waterfall=[step("surplus")])
    assert as_dict(forecast(unpaid))["tranches"]["senior"]["rate"]["middle"] is None


def test_two_payers_have_a_line_each() -> None:
    shares = [{"payer": "first", "share": 1}, {"payer": "second", "share": 3}]
    found = forecast(bond(pay(price(), payers=shares), forecast=expects(JOBS_EXPECTED)))
    assert "by second" in in_words(found)
    assert found.payers["second"].average == pytest.approx(found.total.average * 0.75, abs=1)


def test_the_picture_says_what_it_shows(tmp_path: Path) -> None:
    pytest.importorskip("vl_convert")
    found = forecast(bond(cap=[{"id": "m", "name": "m", "amount": "4500", "over": "all payments", "clause": "1"}]))
    drawing = spec(found)
    assert len(drawing["vconcat"]) == 2
    lines = drawing["vconcat"][0]["layer"][-1]["data"]["values"]
    assert {each["line"] for each in lines} >= {"Fewer", "As expected", "More", "the contract's most"}
    assert lines[-1]["paid"] == 4500
    assert "2020/21" in described(found)
    for ending, start in ((".svg", b"<svg"), (".png", b"\x89PNG"), (".html", b"<!doctype html>")):
        file = tmp_path / f"p{ending}"
        picture(found, file)
        assert file.read_bytes().startswith(start)
    calm = forecast(bond(pay(price()), forecast=expects(JOBS_EXPECTED, enrolment_spread="0", cases=[])))
    assert len(spec(calm)["vconcat"]) == 1


def test_a_case_sets_single_results() -> None:
    terms = bond().forecast
    assert terms is not None
    levels = named_case(terms, terms.cases[2])
    assert {name: column.tolist() for name, column in levels.results.items()} == {
        "jobs": [0.5],
        "homes": [30.0],
        "score": [11.0],
    }
