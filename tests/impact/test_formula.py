"""The tiny language of covariates: what it says, how it is written back, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sib.errors import NotValid
from sib.impact.cohort import lock_cohort
from sib.impact.formula import check_expressions, derive, design, names_in, read_formula


@pytest.fixture
def cohort():
    columns = {"age": [20.0, 30.0, 40.0], "re74": [0.0, 10.0, 0.0], "race": ["black", "white", "hispan"]}
    return lock_cohort(["a", "b", "c"], [1, 0, 0], columns)


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("age", "age", [20, 30, 40]),
        ("I(age^2)", "I(age^2)", [400, 900, 1600]),
        ("I( age * re74 )", "I(age * re74)", [0, 300, 0]),
        ("I((age+1)*2)", "I((age + 1) * 2)", [42, 62, 82]),
        ("I(-age/10)", "I(-age/10)", [-2, -3, -4]),
        ("re74 == 0", "re74 == 0", [1, 0, 1]),
        ("I(age >= 30)", "I(age >= 30)", [0, 1, 1]),
        ("log(re74 + 1)", "log(re74 + 1)", [0, np.log(11), 0]),
        ("I(2^age^0)", "I(2^age^0)", [2, 2, 2]),
        ("I(age - 0.5)", "I(age - 0.5)", [19.5, 29.5, 39.5]),
        ("I(age**2)", "I(age^2)", [400, 900, 1600]),
        ("I(age - (re74 + .50))", "I(age - (re74 + 0.5))", [19.5, 19.5, 39.5]),
        ("I(age != 20)", "I(age != 20)", [0, 1, 1]),
    ],
)
def test_terms_have_r_names_and_values(cohort, text, name, values):
    columns = design(cohort, [text], "contrast")
    assert columns.names == (name,)
    np.testing.assert_allclose(columns.columns[0], values)


def test_words_become_columns_by_purpose(cohort):
    assert design(cohort, ["race"], "contrast").names == ("racehispan", "racewhite")
    assert design(cohort, ["race"], "balance").names == ("raceblack", "racehispan", "racewhite")
    distance = design(cohort, ["race"], "distance")
    assert distance.columns[0].tolist() == [1 / np.sqrt(2), 0, 0]
    assert design(cohort, ["race", "age"], "contrast").matrix().tolist() == [[0, 0, 20], [0, 1, 30], [1, 0, 40]]


def test_derived_covariates_may_use_earlier_ones(cohort):
    more = derive(cohort, {"u74": "re74 == 0", "twice": "u74 * 2"})
    assert more.numbers("twice").tolist() == [2, 0, 2]
    assert "u74" not in cohort.covariates


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "age.real",
        "age[0]",
        "lambda: 1",
        "[age]",
        "age if re74 else 1",
        "age and re74",
        "0 < age < 9",
        "'text'",
        "True",
        "not age",
        "log(age, 2)",
        "open(age)",
        "I(x=age)",
        "age +",
        "",
        "age; age",
        "age @ age",
        "(" * 300 + "age" + ")" * 300,
        "-" * 190 + "age",
        "age == 0 == 1",
        "f'{age}'",
        "age\x00",
    ],
)
def test_nothing_else_is_an_expression(text):
    (problem,) = check_expressions([text]) or [None]
    if text.startswith("--"):
        assert problem is None
    else:
        assert problem.code == "impact.expression"


def test_names_of_an_expression():
    assert names_in("I(log(age) * re74^2)") == {"age", "re74"}


@pytest.mark.parametrize("text", ["log(re74)", "I(1/re74)", "I(age^9999)", "sqrt(re74 - 1)"])
def test_a_term_without_a_value_for_somebody_is_told(cohort, text):
    with pytest.raises(NotValid, match="no value for"):
        design(cohort, [text], "contrast")


def test_all_bad_terms_are_told_at_once(cohort):
    with pytest.raises(NotValid) as wrong:
        design(cohort, ["height", "age", "I(race^2)", "a b"], "contrast")
    codes = [problem.code for problem in wrong.value.problems]
    assert codes == ["impact.no-such-covariate", "impact.not-a-number", "impact.expression"]


def test_formula_is_split_outside_brackets():
    said = read_formula("treat ~ age + I(age + re74) + race")
    assert said == ("treat", ("age", "I(age + re74)", "race"))
    for text in ("treat", "treat ~ ", "age + educ"):
        with pytest.raises(NotValid):
            read_formula(text)


LEAVES = st.one_of(st.sampled_from(["age", "re74"]), st.integers(0, 9).map(str))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda one: f"({one[0]}{one[1]}{one[2]})"),
        inner.map(lambda one: f"(-{one})"),
        inner.map(lambda one: f"abs({one})"),
    ),
    max_leaves=6,
)


@given(TREES)
def test_what_is_written_back_means_the_same(text):
    cohort = lock_cohort(["a", "b"], [1, 0], {"age": [3.0, 5.0], "re74": [7.0, 2.0]})
    first = design(cohort, [f"I({text})"], "contrast")
    again = design(cohort, first.names, "contrast")
    assert again.names == first.names
    np.testing.assert_array_equal(again.columns[0], first.columns[0])
