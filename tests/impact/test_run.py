"""The whole run: sealed, outcome-blind, the same bytes for the same people, and honest where there is no answer."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sib.errors import NotValid, Refused
from sib.impact.cohort import lock_cohort, open_outcomes
from sib.impact.plan import Quantise, Seal, plan_hash, read_plan
from sib.impact.result import quantised
from sib.impact.run import match_blind, prepare, run_plan

BASE = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75")


def primary_only(text):
    """The plan without its alternatives, where they would only cost time."""
    first, *_ = text.rpartition('[[specifications]]\nid = "Dehejia')
    return first


def seal_of(text):
    return Seal(plan_hash(text), ("Ann Evans", "Ben Okoro"), datetime(2024, 5, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def people(data):
    """The CPS cohort with the plan's covariates only, and its outcomes."""
    survey = data("cps")
    cohort = survey.cohort
    columns = {name: cohort.numbers(name) for name in BASE}
    return lock_cohort(cohort.ids, cohort.treated, columns), open_outcomes(cohort.ids, survey.outcomes)


@pytest.fixture(scope="module")
def done(plan_text, people):
    return run_plan(read_plan(plan_text), seal_of(plan_text), *people)


def test_the_primary_value_is_exact_text(done):
    primary = done.primary
    assert (primary.specification, primary.outcome) == ("pairs of two", "re78")
    assert primary.value == "1486.52"
    assert primary.unit == "USD"
    assert primary.estimate.effect == pytest.approx(1486.51651765978, abs=1e-7)
    assert primary.estimate.error == pytest.approx(655.8404710615, rel=1e-9)
    assert (primary.treated, primary.matched_treated, primary.matched_comparison) == (185, 185, 347)
    assert primary.worst_covariate == "hisp"
    assert primary.worst_smd == pytest.approx(0.091430064)
    assert done.pool == 15992


def test_every_specification_and_outcome_has_a_result(done):
    assert [(one.specification, one.outcome, one.primary) for one in done.results] == [
        ("pairs of two", "re78", True),
        ("pairs of two", "emp78", True),
        ("Dehejia and Wahba", "re78", False),
        ("Dehejia and Wahba", "emp78", False),
        ("adjusted", "re78", False),
        ("adjusted", "emp78", False),
    ]
    assert done.of("adjusted", "re78").value == "1375.22"


def test_an_unbalanced_alternative_says_so_and_shows_no_number(done):
    result = done.of("Dehejia and Wahba", "re78")
    assert result.not_estimable.code == "unbalanced"
    assert "nodegree" in result.not_estimable.reason
    assert result.estimate is result.value is None


def test_the_canonical_form_is_the_same_bytes_whatever_the_order_of_rows(plan_text, people, done):
    cohort, outcomes = people
    plan = read_plan(plan_text)
    once = json.dumps(done.as_dict())
    for number in range(2):
        drawn = np.random.default_rng(number)
        shuffled = cohort.take(drawn.permutation(cohort.size))
        order = drawn.permutation(cohort.size)
        values = {name: column[order] for name, column in outcomes.values.items()}
        again = run_plan(plan, seal_of(plan_text), shuffled, open_outcomes(outcomes.ids[order], values))
        assert json.dumps(again.as_dict()) == once


def test_as_given_the_order_of_rows_is_part_of_the_input(plan_text, people):
    text = primary_only(plan_text).replace('data_order = "by id"', 'data_order = "as given"')
    cohort, outcomes = people
    plan = read_plan(text)
    given_order = run_plan(plan, seal_of(text), cohort, outcomes)
    assert given_order.primary.value == "1486.52"
    backwards = run_plan(plan, seal_of(text), cohort.take(np.arange(cohort.size)[::-1]), outcomes)
    assert backwards.input_hash != given_order.input_hash
    assert backwards.data_order == "as given"


def test_the_match_does_not_depend_on_outcomes(plan_text, people, done):
    cohort, outcomes = people
    other = open_outcomes(outcomes.ids, {name: column[::-1] for name, column in outcomes.values.items()})
    again = run_plan(read_plan(plan_text), seal_of(plan_text), cohort, other)
    assert again.balance == done.balance
    assert again.input_hash != done.input_hash
    assert again.primary.value != done.primary.value
    assert again.primary.matched_comparison == done.primary.matched_comparison


def test_matching_gets_a_cohort_that_refuses_the_outcomes_by_name(plan_text, people):
    plan = read_plan(plan_text)
    blind = prepare(plan, people[0])
    for name in plan.outcomes:
        with pytest.raises(Refused, match="is an outcome"):
            blind.column(name)
    assert set(blind.covariates) == {*BASE, "u74", "u75"}
    assert match_blind(plan, plan.primary_specification, blind).obstacle is None


def test_nothing_runs_without_a_seal(plan_text, people):
    with pytest.raises(Refused, match="not sealed"):
        run_plan(read_plan(plan_text), None, *people)
    with pytest.raises(Refused, match="changed after it was sealed"):
        run_plan(read_plan(plan_text + "\n"), seal_of(plan_text), *people)


def test_hashes_and_versions_are_recorded(plan_text, done):
    said = done.as_dict()
    assert said["plan_hash"] == plan_hash(plan_text)
    assert len(said["input_hash"]) == len(said["identity"]) == 64
    assert said["code_version"].count(".") == 2
    assert said["seed"] == 1978
    assert said["results"][0]["estimate"]["effect"] == "1486.51651766"
    assert {row["light"] for row in said["balance"]["rows"] if row["sample"] == "matched"} == {None, "green", "amber"}


def reason(text, cohort, outcomes):
    text = primary_only(text)
    return run_plan(read_plan(text), seal_of(text), cohort, outcomes).primary.not_estimable


def test_too_few_people_is_a_result(plan_text, people):
    found = reason(plan_text.replace("treated = 60", "treated = 186"), *people)
    assert found.code == "too-few"
    assert "185" in found.reason


def test_too_different_people_is_a_result(plan_text, people):
    text = primary_only(plan_text).replace("balance_limit = 0.1", "balance_limit = 0.05")
    answer = run_plan(read_plan(text), seal_of(text), *people)
    assert answer.primary.not_estimable.code == "unbalanced"
    assert answer.balance is not None


def test_people_without_a_counterpart_is_a_result(plan_text, people):
    cohort, outcomes = people
    age = np.where(cohort.treated, 15.0, 70.0) + cohort.numbers("age") / 100
    found = reason(plan_text, cohort.with_column("age", age), outcomes)
    assert found.code == "no-overlap"
    assert "age" in found.reason


def test_a_caliper_that_lets_nobody_through_is_a_result(plan_text):
    drawn = np.random.default_rng(0)
    columns = {name: drawn.normal(size=200) for name in BASE}
    ids = [f"p{number}" for number in range(200)]
    cohort = lock_cohort(ids, np.arange(200) % 4 == 0, columns)
    outcomes = open_outcomes(ids, {"re78": np.zeros(200), "emp78": np.zeros(200)})
    text = primary_only(plan_text).replace("caliper = 0.2", "caliper = 1e-12")
    answer = run_plan(read_plan(text), seal_of(text), cohort, outcomes)
    assert answer.primary.not_estimable.code == "no-overlap"
    assert (answer.primary.matched_treated, answer.primary.effective_comparison) == (0, 0.0)
    json.dumps(answer.as_dict(), allow_nan=False)


def test_strata_that_hold_nobody_of_both_groups_are_a_result(plan_text, people):
    cohort, outcomes = people
    flag = cohort.treated.astype(float)
    head, _, tail = plan_text.partition('method = "nearest"')
    tail = tail[tail.index("[[specifications]]") :]
    found = reason(f'{head}method = "exact"\n\n{tail}', cohort.with_column("educ", flag), outcomes)
    assert found.code == "no-overlap"


def test_covariates_that_say_the_same_are_a_result_that_names_them(plan_text, people):
    cohort, outcomes = people
    found = reason(plan_text, cohort.with_column("educ", cohort.numbers("age") * 2), outcomes)
    assert found.code == "collinear"
    assert "educ" in found.reason


def test_matched_people_without_an_outcome_are_a_result(plan_text, people):
    cohort, outcomes = people
    known = ~np.isin(outcomes.ids, ["NSW1", "NSW2"])
    values = {name: column[known] for name, column in outcomes.values.items()}
    found = reason(plan_text, cohort, open_outcomes(outcomes.ids[known], values))
    assert found.code == "unlinked"
    assert "2 treated and 0 comparison" in found.reason
    assert "NSW" not in found.reason


def test_an_unknown_outcome_of_somebody_who_is_not_matched_does_not_matter(plan_text, people, done):
    cohort, outcomes = people
    text = primary_only(plan_text)
    plan = read_plan(text)
    blind = prepare(plan, cohort)
    unused = blind.ids[match_blind(plan, plan.primary_specification, blind).matched.weights == 0]
    known = ~np.isin(outcomes.ids, unused[:50])
    values = {name: column[known] for name, column in outcomes.values.items()}
    again = run_plan(plan, seal_of(text), cohort, open_outcomes(outcomes.ids[known], values))
    assert again.primary.value == done.primary.value


def test_a_cohort_that_does_not_fit_the_plan_is_told_all_at_once(plan_text, people):
    cohort, outcomes = people
    columns = {name: cohort.numbers(name) for name in BASE[2:]}
    wrong_cohort = lock_cohort(cohort.ids, cohort.treated, {**columns, "re78": columns["re75"]})
    with pytest.raises(NotValid) as wrong:
        run_plan(read_plan(plan_text), seal_of(plan_text), wrong_cohort, outcomes)
    codes = [problem.code for problem in wrong.value.problems]
    assert codes == ["impact.no-such-covariate", "impact.no-such-covariate", "impact.outcome-in-cohort"]


def test_random_order_comes_from_the_seed(plan_text, people):
    def with_seed(seed):
        text = primary_only(plan_text).replace('order = "largest"', 'order = "random"')
        text = text.replace("balance_limit = 0.1", "balance_limit = 0.5").replace("seed = 1978", f"seed = {seed}")
        return run_plan(read_plan(text), seal_of(text), *people).primary.estimate

    assert with_seed(1) == with_seed(1)
    assert with_seed(1) != with_seed(2)


@pytest.mark.parametrize(
    ("value", "places", "rounding", "text"),
    [
        (1486.51651765978, 2, "half even", "1486.52"),
        (0.125, 2, "half even", "0.12"),
        (0.375, 2, "half even", "0.38"),
        (0.125, 2, "half away from zero", "0.13"),
        (-0.125, 2, "half away from zero", "-0.13"),
        (-0.5, 0, "half away from zero", "-1"),
        (-0.129, 2, "towards zero", "-0.12"),
        (2.5, 0, "half even", "2"),
        (-0.001, 2, "half even", "0.00"),
        (1e-9, 12, "half even", "0.000000001000"),
        (0.1, 12, "half even", "0.100000000000"),
    ],
)
def test_rounding_is_exact_and_as_agreed(value, places, rounding, text):
    assert quantised(value, Quantise(places=places, rounding=rounding)) == text


@given(st.floats(-1e12, 1e12), st.integers(0, 6), st.sampled_from(["half even", "half away from zero"]))
def test_rounding_is_never_further_than_half_a_unit(value, places, rounding):
    text = quantised(value, Quantise(places=places, rounding=rounding))
    assert abs(Fraction(text) - Fraction(value)) <= Fraction(1, 2 * 10**places)
    assert text == "0" or not text.startswith("-") or Fraction(text) < 0


def test_no_heavy_library_is_loaded():
    heavy = {"pandas", "statsmodels", "scipy", "duckdb", "sqlmodel", "prefect", "streamlit"}
    code = f"import sys, sib.impact.run, sib.impact.checker; print(sorted({heavy} & sys.modules.keys()))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
