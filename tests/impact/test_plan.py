"""The analysis plan: read strictly, all faults at once, and sealed by two people."""

from datetime import UTC, datetime

import pytest

from sib.errors import NotValid, Refused
from sib.impact.plan import Seal, check_seal, plan_hash, read_plan, read_specification

NOW = datetime(2024, 5, 1, 9, 0, tzinfo=UTC)
NEAREST = {
    "id": "s",
    "covariates": ["age"],
    "method": "nearest",
    "distance": "logit",
    "caliper": 0.2,
    "ratio": 1,
    "replace": False,
    "order": "largest",
}


def places(wrong):
    return {problem.place for problem in wrong.value.problems}


def test_a_plan_is_read_as_it_is_written(plan_text):
    plan = read_plan(plan_text)
    assert plan.id == "nsw-1"
    assert plan.outcomes == ("re78", "emp78")
    assert plan.primary_specification.id == "pairs of two"
    assert plan.primary_specification.ratio == 2
    assert plan.quantise.places == 2
    assert plan.derived == {"u74": "re74 == 0", "u75": "re75 == 0"}
    assert plan.sha256 == plan_hash(plan_text)


def test_a_plan_stands_still(plan_text):
    with pytest.raises(ValueError, match="frozen"):
        read_plan(plan_text).primary = "other"


def test_the_hash_changes_with_any_letter(plan_text):
    assert plan_hash(plan_text) == plan_hash(plan_text)
    assert plan_hash(plan_text) != plan_hash(plan_text + " ")
    assert len(plan_hash(plan_text)) == 64


def test_all_faults_of_a_plan_are_told_at_once(plan_text):
    broken = (
        plan_text.replace('unit = "USD"\n', "")
        .replace("seed = 1978", 'seed = "1978"\nsead = 3')
        .replace("places = 2", "places = 2.5")
        .replace('primary = "pairs of two"', 'primary = "pairs of three"')
        .replace('u75 = "re75 == 0"', 'u75 = "re76 == 0"')
        .replace("ratio = 2\n", "", 1)
        .replace('"educ"]', '"educ", "I(age^^2)"]', 1)
    )
    with pytest.raises(NotValid) as wrong:
        read_plan(broken, file="plan.toml")
    assert places(wrong) >= {
        "unit",
        "seed",
        "sead",
        "quantise, places",
        "primary",
        "derived, u75",
        "specification pairs of two, ratio",
    }
    codes = {problem.code for problem in wrong.value.problems}
    assert codes == {
        "plan.missing-key",
        "plan.unknown-key",
        "plan.value",
        "plan.does-not-fit",
        "impact.expression",
    }
    assert {problem.file for problem in wrong.value.problems} == {"plan.toml"}


@pytest.mark.parametrize(
    ("old", "new", "place", "code"),
    [
        ('estimand = "ATT"', 'estimand = "ATE"', "estimand", "plan.value"),
        ("balance_limit = 0.1", "balance_limit = 0", "balance_limit", "plan.value"),
        ("confidence = 0.95", "confidence = 95", "confidence", "plan.value"),
        ("treated = 60", "treated = 1", "minimum, treated", "plan.value"),
        ('"half even"', '"half up"', "quantise, rounding", "plan.value"),
        ('data_order = "by id"', "", "data_order", "plan.missing-key"),
        ('id = "nsw-1"', 'id = "nsw-1"\nsha256 = "00"', "sha256", "plan.unknown-key"),
        ('outcomes = ["re78", "emp78"]', 'outcomes = ["re78", "age"]', "covariates", "plan.does-not-fit"),
        ('outcomes = ["re78", "emp78"]', "outcomes = []", "outcomes", "plan.value"),
        ('id = "Dehejia and Wahba"', 'id = "pairs of two"', "specifications", "plan.does-not-fit"),
        ("specifications]]", "specification]]", "specifications", "plan.missing-key"),
        ('["age", "black"', '["height", "black"', "specification pairs of two", "plan.does-not-fit"),
    ],
)
def test_each_fault_names_its_place(plan_text, old, new, place, code):
    with pytest.raises(NotValid) as wrong:
        read_plan(plan_text.replace(old, new))
    assert (place, code) in {(problem.place, problem.code) for problem in wrong.value.problems}


def test_what_is_not_toml_is_told():
    with pytest.raises(NotValid, match="not TOML"):
        read_plan("id = ")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"caliper": 0}, "caliper"),
        ({"caliper": "wide"}, "caliper"),
        ({"ratio": 0}, "ratio"),
        ({"ratio": True}, "ratio"),
        ({"order": "nearest"}, "order"),
        ({"method": "genetic"}, "method"),
        ({"covariates": []}, "covariates"),
        ({"subclasses": 5}, "specification, subclasses"),
        ({"covariates": ["age", "a b"]}, "specification"),
        ({"distance": "mahalanobis", "caliper": "none"}, "specification, order"),
        ({"distance": "mahalanobis", "order": "data"}, "specification, caliper"),
        ({"method": "subclass", "distance": "mahalanobis", "subclasses": 5}, "specification, distance"),
    ],
)
def test_what_a_specification_refuses(change, place):
    with pytest.raises(NotValid) as wrong:
        read_specification({**NEAREST, **change})
    assert any(one and one.startswith(place) for one in places(wrong))


@pytest.mark.parametrize("key", ["distance", "caliper", "ratio", "replace", "order"])
def test_nearest_leaves_nothing_to_a_default(key):
    with pytest.raises(NotValid) as wrong:
        read_specification({name: value for name, value in NEAREST.items() if name != key})
    assert places(wrong) == {f"specification, {key}"}


@pytest.mark.parametrize("method", ["exact", "cem", "full", "subclass", "optimal"])
def test_other_methods_have_no_caliper(method):
    said = {"id": "s", "covariates": ["age"], "method": method, "caliper": 0.2, "distance": "logit", "subclasses": 5}
    with pytest.raises(NotValid) as wrong:
        read_specification(said)
    assert "specification, caliper" in places(wrong)


def test_two_people_and_the_same_text_make_a_seal(plan_text):
    plan = read_plan(plan_text)
    check_seal(plan, Seal(plan_hash(plan_text), ("Ann Evans", "Ben Okoro"), NOW))


@pytest.mark.parametrize(
    ("seal", "codes"),
    [
        (None, ["plan.not-sealed"]),
        (Seal("0" * 64, ("Ann", "Ben"), NOW), ["plan.seal-differs"]),
        (Seal("0" * 64, ("Ann", " ann "), NOW), ["plan.seal-differs", "plan.seal-one-person"]),
        (Seal("0" * 64, ("Ann", "Ben"), NOW.replace(tzinfo=None)), ["plan.seal-differs", "plan.seal-time"]),
        (Seal("0" * 64, ("Ann", ""), NOW), ["plan.seal-differs", "plan.seal-one-person"]),
    ],
)
def test_anything_else_is_refused(plan_text, seal, codes):
    with pytest.raises(Refused) as wrong:
        check_seal(read_plan(plan_text), seal)
    assert [problem.code for problem in wrong.value.problems] == codes
