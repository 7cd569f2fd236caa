"""Who is lost: nobody without a line, uneven loss flagged, and bounds that hold whatever became of the lost."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.impact.attrition import attrition_of, loss_bounds
from sib.impact.cohort import lock_cohort, open_outcomes
from sib.impact.matching import match_cohort
from sib.impact.plan import Seal, read_plan, read_specification
from sib.impact.run import run_plan

PEOPLE = 12
COHORT = lock_cohort([f"p{number}" for number in range(PEOPLE)], [1] * 4 + [0] * 8, {"town": ["a"] * PEOPLE})
MATCHED = match_cohort(COHORT, read_specification({"id": "s", "covariates": ["town"], "method": "exact"}))
OUTCOME = np.array([1.0, 1.0, 0.0, 1.0, *[0.0, 1.0] * 4])


def without(*lost: int):
    values = OUTCOME.copy()
    values[list(lost)] = np.nan
    return values


def test_the_table_counts_everybody_at_every_stage():
    found = attrition_of(5, 4, 8, MATCHED, without(0, 5, 6), 0.1)
    assert [(one.name, one.treated, one.comparison) for one in found.stages] == [
        ("recruited", 5, 8),
        ("linked", 4, 8),
        ("matched", 4, 8),
        ("followed", 3, 6),
    ]
    # of 5 recruited one is not linked and one has no outcome; of 8 comparison people 2 have none
    assert (found.lost_treated, found.lost_comparison) == (0.4, 0.25)
    assert found.flagged
    assert found.words.startswith("flagged: 40.0 %")
    assert found.as_dict()["stages"][1]["why"] == "1 enrolled people are not in the locked cohort"


def test_even_loss_passes():
    found = attrition_of(4, 4, 8, MATCHED, without(0, 5, 6), 0.1)
    assert (found.lost_treated, found.lost_comparison, found.flagged) == (0.25, 0.25, False)
    nobody = attrition_of(0, 0, 8, None, OUTCOME, 0.1)
    assert (nobody.lost_treated, nobody.lost_comparison, nobody.stages[3].treated) == (0.0, 0.0, 0)


def test_bounds_by_hand():
    """Known: 2 of 3 treated, 3 of 6 others; lost: 1 and 1 unlinked, and 2; so 2/5 - 5/8 and 4/5 - 3/8."""
    found = loss_bounds(MATCHED, without(0, 5, 6), unlinked=1)
    assert (found.worst, found.best) == pytest.approx((2 / 5 - 5 / 8, 4 / 5 - 3 / 8))
    assert (found.lost_treated, found.lost_comparison) == (2, 2)
    assert "whatever became of them" in found.words
    assert loss_bounds(MATCHED, without(0, 1, 2, 3)) is None
    wide = loss_bounds(MATCHED, without(0, 5, 6), unlinked=1, low=-1.0, high=2.0)
    assert (wide.worst, wide.best) == pytest.approx(((2 - 2) / 5 - (3 + 4) / 8, (2 + 4) / 5 - (3 - 2) / 8))


@settings(max_examples=40)
@given(st.lists(st.sampled_from(range(PEOPLE)), max_size=6), st.lists(st.booleans(), min_size=12, max_size=12))
def test_whatever_became_of_the_lost_lies_within_the_bounds(lost, truth):
    found = loss_bounds(MATCHED, without(*lost), low=0.0, high=1.0)
    if found is not None:
        full = np.where(np.isnan(without(*lost)), np.array(truth, dtype=float), OUTCOME)
        exact = loss_bounds(MATCHED, full, low=0.0, high=1.0)
        assert exact.worst == pytest.approx(exact.best)
        assert found.worst - 1e-12 <= exact.worst <= found.best + 1e-12


def test_unlinked_people_are_told_with_their_bounds_and_not_dropped(data, plan_text):
    survey = data("cps")
    plan = read_plan(plan_text)
    cohort = lock_cohort(survey.cohort.ids, survey.cohort.treated, {
        name: column for name, column in survey.cohort.covariates.items() if name not in ("u74", "u75")
    }, hidden=plan.outcomes)  # fmt: skip
    earnings = survey.outcomes["re78"].copy()
    earnings[np.flatnonzero(cohort.treated)[:3]] = np.nan
    outcomes = open_outcomes(cohort.ids, {"re78": earnings, "emp78": (earnings > 0).astype(float)})
    seal = Seal(plan.sha256, ("A", "B"), datetime(2026, 1, 1, tzinfo=UTC))
    primary = run_plan(plan, seal, cohort, outcomes).primary
    assert primary.estimate is None
    assert primary.not_estimable.code == "unlinked"
    assert "the effect lies between" in primary.not_estimable.reason
