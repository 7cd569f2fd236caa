"""Tables to cohorts: only what the plan names, and never an outcome among it."""

import numpy as np
import pytest

from sib.errors import NotValid
from sib.impact.cohort import Groups
from sib.impact.load import cohort_columns, cohort_of, outcome_columns, outcomes_of, read_cohort, read_outcomes
from sib.impact.plan import read_plan


@pytest.fixture
def plan(plan_text):
    return read_plan(plan_text)


@pytest.fixture
def columns(plan):
    made = {name: np.arange(4.0) for name in plan.covariates}
    return {"id": ["a", "b", "c", "d"], "treat": [1, 0, 0, 1], **made}


def codes(wrong):
    return [problem.code for problem in wrong.value.problems]


def test_a_file_gives_the_cohort_without_and_the_outcomes_apart(plan, data):
    path = data("cps").path
    cohort = read_cohort(plan, path)
    assert cohort.size == 16177
    assert set(cohort.covariates) == set(plan.covariates)
    assert cohort.hidden == {"re78", "emp78"}
    assert cohort_columns(plan)[:3] == ("id", "treat", "age")
    earnings = read_plan_with_one_outcome(plan)
    assert read_outcomes(earnings, path).of("re78", cohort.ids)[0] == 9930.0458984375
    assert outcome_columns(earnings) == ("id", "re78")


def read_plan_with_one_outcome(plan):
    return plan.model_copy(update={"outcomes": ("re78",)})


def test_columns_that_are_missing_are_told_all_at_once(plan, columns):
    del columns["age"], columns["treat"]
    with pytest.raises(NotValid) as wrong:
        cohort_of(plan, columns)
    assert codes(wrong) == ["impact.no-such-column"] * 2
    with pytest.raises(NotValid) as wrong:
        outcomes_of(plan, columns)
    assert codes(wrong) == ["impact.no-such-column"] * 2


def test_a_table_with_an_outcome_in_it_is_refused(plan, columns):
    with pytest.raises(NotValid) as wrong:
        cohort_of(plan, {**columns, "re78": np.zeros(4)})
    assert codes(wrong) == ["impact.outcome-in-cohort"]


def test_outcomes_are_numbers_and_may_be_unknown(plan):
    ids = Groups(np.array([0, 1, -1]), ("a", "b"))
    found = outcomes_of(plan, {"id": ids, "re78": [1.0, np.nan, 2.0], "emp78": [True, False, True]})
    assert found.ids.tolist() == ["a", "b", ""]
    assert found.values["emp78"].tolist() == [1, 0, 1]
    with pytest.raises(NotValid, match="'re78' is in words"):
        outcomes_of(plan, {"id": ["a"], "re78": ["much"], "emp78": [1]})
