"""One run, several metrics: a figure that pays and its p value that gates; replicated, signed and paid together."""

from decimal import Decimal
from pathlib import Path

import pytest

from sib.errors import NotValid, Refused
from sib.impact.plan import read_plan
from sib.impact.statistic import p_value
from sib.outcomes.results import ResultState
from sib.steps.estimate import estimate_impact, replicate, seal
from sib.steps.estimate_words import doubt_words, stake_words
from sib.steps.house import House, person, registered
from sib.steps.settle import draft
from sib.steps.take_in import land, register_contract, take_in_claims
from sib.steps.verify import sign_result, verify_claims
from sib.store.results import results_in_state
from tests.steps.conftest import story_of

NSW = "nsw_employment"
STORY = story_of(NSW)
COHORT = STORY.cohort
CHANCE = """
[[metric]]
id = "chance"
name = "p value of the uplift"
unit = "share"
counted_from = "estimate"
statistic = "p value"
better = "less"
cohort = "enrolled"
compared_with = { kind = "matched", words = "two matched people each" }
evidence = ["the evaluator's signed estimate"]
window = { opens = 1978-01-01, closes = 1978-12-31 }
clause = "Schedule 2, 2"

[condition.beyond_chance]
kind = "compare"
quantity = "chance"
is = "less than"
value = "LEVEL"

[quantity.paid_steps]"""
PRICED = """[payment.amount]
kind = "price"
price = "100"
per = "step"
of = "paid_steps"
"""
GATED = """[payment.amount]
kind = "when"
condition = "beyond_chance"
then = { kind = "price", price = "100", per = "step", of = "paid_steps" }
otherwise = { kind = "fixed", amount = "0" }
"""


def gated(folder: Path, level: str = "0.05", **plan_changes: str) -> Path:
    """The employment contract, paying only where p is below a level; changes of the plan as old text and new."""
    source = (STORY.folder / "contract.toml").read_text()
    text = source.replace("[quantity.paid_steps]", CHANCE.replace("LEVEL", level)).replace(PRICED, GATED)
    assert "beyond_chance" in text
    assert PRICED not in text
    folder.mkdir(exist_ok=True)
    (folder / "contract.toml").write_text(text)
    plan = (STORY.folder / "plan.toml").read_text()
    for old, new in plan_changes.items():
        plan = plan.replace(f"{old} = ", f"{new}\n{old} = ", 1)
    (folder / "plan.toml").write_text(plan)
    return folder


def begun(house: House, folder: Path) -> str:
    """Register, take in, verify and seal; returns the landed cohort."""
    register_contract(house, person("officer-1"), folder)
    take_in_claims(house, person("provider"), NSW, land(house, STORY.claims), STORY.submitted_on)
    verify_claims(house, person("officer-1"), NSW)
    seal(house, person("evaluator"), person("officer-1"), NSW, folder / "plan.toml")
    return land(house, COHORT)


def run(house: House, cohort: str):
    return estimate_impact(house, person("evaluator"), NSW, cohort, STORY.measured_on)


def held(house: House):
    with house.register.read() as session:
        return {one.result.metric: one for one in results_in_state(session, NSW)}


@pytest.mark.parametrize(("level", "paid_minor"), [("0.02", 0), ("0.05", 25_900_000)])
def test_a_contract_that_pays_only_where_p_is_small(house: House, tmp_path, level, paid_minor):
    """The uplift is 1486.52 with a clustered error of 655.9, so z = 2.27 and p = 0.0234: between the two levels."""
    cohort = begun(house, gated(tmp_path / "gated", level))
    first = run(house, cohort)
    both = held(house)
    assert set(both) == {"earnings_uplift", "chance"}
    uplift, chance = both["earnings_uplift"].result, both["chance"].result
    assert first.result.reference == uplift.reference != chance.reference
    assert uplift.inputs_sha256 == chance.inputs_sha256
    assert (str(uplift.value), uplift.unit, chance.unit) == ("1486.52", "US dollar", "share")
    assert chance.value.quantize(Decimal("0.0001")) == Decimal("0.0234")
    assert chance.body["impact"]["identity"] == uplift.body["impact"]["identity"]
    assert "results" not in chance.body["impact"]
    assert max(both.values(), key=lambda one: one.id).result == uplift
    assert replicate(house, person("second-evaluator"), NSW, first.result.reference, cohort).state == "replicated"
    assert {one.state for one in held(house).values()} == {ResultState.REPLICATED}
    sign_result(house, person("evaluator"), NSW, chance.reference)
    assert {one.state for one in held(house).values()} == {ResultState.SIGNED}
    assert draft(house, person("officer-1"), NSW, "1978").total_minor == paid_minor
    primary = next(each for each in uplift.body["comparisons"] if each["pays"])
    assert primary["payment_minor"] == paid_minor


def test_the_same_run_again_changes_nothing_even_when_its_results_are_signed(house: House, tmp_path):
    cohort = begun(house, gated(tmp_path / "gated", "0.10"))
    first = run(house, cohort)
    replicate(house, person("second-evaluator"), NSW, first.result.reference, cohort)
    sign_result(house, person("evaluator"), NSW, first.result.reference)
    before = held(house)
    assert run(house, cohort).result == first.result
    assert replicate(house, person("second-evaluator"), NSW, first.result.reference, cohort).state == "signed"
    assert held(house) == before


def test_a_trigger_tells_which_specifications_cross_it(house: House, tmp_path):
    cohort = begun(house, gated(tmp_path / "gated", "0.10"))
    body = run(house, cohort).result.body
    found = {each["trigger"]: each for each in body["triggers"]}
    p_values = {
        one["specification"]: p_value(float(one["estimate"]["effect"]), float(one["estimate"]["error"]))
        for one in body["impact"]["results"]
        if one["estimate"]
    }
    assert set(found) == {"more is paid than without a result", "“p value of the uplift” is less than 0.1"}
    small = [name for name, chance in p_values.items() if chance < 0.1]
    assert found["“p value of the uplift” is less than 0.1"]["crossed_by"] == small
    assert found["more is paid than without a result"]["crossed_by"] == small


def test_the_payment_is_spread_by_drawing_match_sets_again(house: House, tmp_path):
    cohort = begun(house, gated(tmp_path / "gated", "0.10"))
    spread = run(house, cohort).result.body["payment_spread"]
    assert (spread["refused"], spread["repeats"], spread["seed"]) == (None, 499, 1978)
    assert spread["sealed_minor"] == 25_900_000
    drawn = [spread["percentiles_minor"][name] for name in ("p05", "p25", "p50", "p75", "p95")]
    assert drawn == sorted(drawn)
    # z is 2.27 on average and 1.645 is needed: by the normal distribution 27 % of the draws fall short
    assert 0.17 < float(spread["share_paying_nothing"]) < 0.37
    assert 0 < spread["mean_minor"] < 40_000_000


def test_where_sets_cannot_be_drawn_the_spread_is_refused_with_its_reason(house: House, tmp_path):
    folder = gated(tmp_path / "gated", "0.10")
    plan = folder / "plan.toml"
    again = plan.read_text().replace("replace = false", "replace = true", 1)
    plan.write_text(again.replace("balance_limit = 0.1", "balance_limit = 0.5"))
    cohort = begun(house, folder)
    spread = run(house, cohort).result.body["payment_spread"]
    assert spread["refused"] == "comparison people stand in several matches, and the bootstrap is not valid there"
    assert "mean_minor" not in spread
    assert any(line.endswith(spread["refused"]) for line in stake_words({"payment_spread": spread}, "USD"))


def test_a_second_figure_within_the_agreed_tolerance_replicates_and_one_outside_pays_nothing(house: House, tmp_path):
    tolerance = 'replication = { earnings_uplift = "5", chance = "0.001" }'
    cohort = begun(house, gated(tmp_path / "gated", "0.10", seed=tolerance))
    first = run(house, cohort)
    uplift, chance = (held(house)[name].result.value for name in ("earnings_uplift", "chance"))
    second = person("second-evaluator")

    def again(one: Decimal, other: Decimal) -> set[str]:
        replicate(house, second, NSW, first.result.reference, cohort, {"earnings_uplift": one, "chance": other})
        return {str(each.state) for each in held(house).values()}

    assert again(uplift + 6, chance) == {"flagged"}
    assert again(uplift, chance + Decimal("0.002")) == {"flagged"}
    with pytest.raises(Refused, match="flagged"):
        sign_result(house, person("evaluator"), NSW, first.result.reference)
    assert draft(house, person("officer-1"), NSW, "1978").total_minor == 0
    assert again(uplift + 5, chance - Decimal("0.001")) == {"replicated"}


def test_a_second_run_that_lacks_a_figure_flags_the_run(house: House, tmp_path):
    cohort = begun(house, gated(tmp_path / "gated"))
    first = run(house, cohort)
    uplift = held(house)["earnings_uplift"].result.value
    state = replicate(
        house, person("second-evaluator"), NSW, first.result.reference, cohort, {"earnings_uplift": uplift}
    ).state
    assert state == "flagged"


def test_what_plan_and_contract_do_not_agree_on_is_refused_when_it_is_sealed(house: House, tmp_path):
    folder = gated(tmp_path / "gated")
    register_contract(house, person("officer-1"), folder)
    plan = (folder / "plan.toml").read_text()

    def codes(old: str, new: str) -> set[str]:
        (folder / "plan.toml").write_text(plan.replace(old, new, 1))
        with pytest.raises((Refused, NotValid)) as wrong:
            seal(house, person("evaluator"), person("officer-1"), NSW, folder / "plan.toml")
        return {problem.code for problem in wrong.value.problems}

    seed = "seed = 1978"
    assert codes('unit = "US dollar"', 'unit = "pound"') == {"plan.unit"}
    assert codes(seed, seed + '\nmeasures = { uplift = { outcome = "re78" } }') == {"plan.metric"}
    assert codes(seed, seed + '\nreplication = { enrolled = "1" }') == {"plan.metric"}
    assert codes(seed, seed + '\nmeasures = { chance = { outcome = "re79" } }') == {"plan.does-not-fit"}


def test_two_metrics_that_would_read_one_figure_are_refused_unless_the_plan_tells_them_apart(house: House, tmp_path):
    folder = gated(tmp_path / "gated")
    file = folder / "contract.toml"
    file.write_text(file.read_text().replace('statistic = "p value"', 'statistic = "point estimate"'))
    plan = folder / "plan.toml"
    register_contract(house, person("officer-1"), folder)
    with pytest.raises(Refused) as wrong:
        seal(house, person("evaluator"), person("officer-1"), NSW, plan)
    assert {problem.code for problem in wrong.value.problems} == {"plan.measures", "plan.unit"}
    apart = 'measures = { earnings_uplift = { outcome = "re78" }, chance = { outcome = "re78", times = 0.001 } }'
    plan.write_text(plan.read_text().replace("seed = 1978", f"seed = 1978\n{apart}"))
    seal(house, person("evaluator"), person("officer-1"), NSW, plan)
    run(house, land(house, COHORT))
    assert {name: str(one.result.value) for name, one in held(house).items()} == {
        "earnings_uplift": "1486.52",
        "chance": "1.49",
    }
    assert read_plan(plan.read_text()).measures["chance"].times == 0.001
    assert registered(house, NSW).agreed.contract.the_metric("chance").statistic == "point estimate"


def test_the_result_carries_its_doubt_its_looks_and_everybody_who_was_lost(house: House, tmp_path):
    said = 'looks = { at = [0.5, 1], spending = "Pocock" }\nplacebo = ["earned_before"]'
    folder = gated(tmp_path / "gated", "0.10", seed=said)
    begun(house, folder)
    rows = COHORT.read_text().splitlines()
    head = rows[0].split(",")
    place = head.index("re75")
    # earnings of the year before, known for everybody: a year's earnings stand twice, under another name
    wide = [rows[0] + ",earned_before", *(f"{row},{row.split(',')[place]}" for row in rows[1:])]
    cohort = house.landing.keep("\n".join(wide).encode())
    body = run(house, cohort).result.body
    doubt = body["doubt"]
    assert doubt["hidden_bias"] is None  # two neighbours each: no pairs of one and one
    assert float(doubt["unseen_trait"]["point"]) > float(doubt["unseen_trait"]["interval"]) > 1
    assert 0 < float(doubt["robustness"]["to_doubt"]) < float(doubt["robustness"]["value"]) < 0.5
    assert [check["name"] for check in doubt["placebo"]] == ["earned_before"]
    assert doubt["placebo"][0]["passes"]
    left_out = {row["covariate"] for row in doubt["without_each_covariate"]["rows"]}
    assert left_out == set(read_plan((folder / "plan.toml").read_text()).covariates)
    first, last = body["looks"]
    assert "not conclusive" not in last["words"]
    assert (first["information"], last["information"]) == ("0.5", "1")
    table = body["attrition"]
    assert [row["treated"] for row in table["stages"]] == [185, 185, 185, 185]
    assert (table["flagged"], table["bounds"]) == (False, None)
    words = stake_words(body, "USD")
    crossed = len(body["triggers"][0]["crossed_by"])
    assert words[0] == f"{crossed} of 3 agreed specifications: more is paid than without a result"
    assert "499 draws of match sets, seed 1978" in words[2]
    assert doubt["unseen_trait"]["words"] in words
    assert all(look["words"] in words for look in body["looks"])


def test_enrolled_people_who_are_not_in_the_cohort_are_told_with_bounds(house: House, tmp_path):
    folder = gated(tmp_path / "gated", "0.10")
    plan = folder / "plan.toml"
    plan.write_text(plan.read_text().replace("balance_limit = 0.1", "balance_limit = 0.5"))
    begun(house, folder)
    rows = COHORT.read_text().splitlines()
    treated = rows[0].split(",").index("treat")
    own = [number for number, row in enumerate(rows[1:], 1) if row.split(",")[treated] == "1"]
    fewer = "\n".join(row for number, row in enumerate(rows) if number not in own[:20]).encode()
    result = run(house, house.landing.keep(fewer)).result
    table = result.body["attrition"]
    assert [row["treated"] for row in table["stages"]][:2] == [185, 165]
    assert table["stages"][1]["why"] == "20 enrolled people are not in the locked cohort"
    # 20 of 185 are 10.8 %, and the plan's limit, left out, is 5 points
    assert table["flagged"]
    assert float(table["bounds"]["worst"]) < float(result.value) < float(table["bounds"]["best"])
    assert table["bounds"]["words"] in doubt_words(result.body)
