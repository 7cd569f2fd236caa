"""The locked cohort: what it refuses, and that there is no way from it to an outcome."""

import numpy as np
import pytest

from sib.errors import NotValid, Refused
from sib.impact.cohort import Groups, canonical_order, digest, lock_cohort, open_outcomes, outcome_digest

GOOD = {"age": [30.0, 40.0, 50.0], "town": ["x", "y", "x"]}


def codes(wrong):
    return [problem.code for problem in wrong.value.problems]


@pytest.fixture
def cohort():
    return lock_cohort(["a1", "b1", "b10"], [1, 0, 0], GOOD, hidden=["re78"])


def test_asking_the_cohort_for_an_outcome_is_refused(cohort):
    with pytest.raises(Refused) as wrong:
        cohort.column("re78")
    assert codes(wrong) == ["impact.outcome-hidden"]


def test_an_outcome_cannot_be_locked_into_a_cohort():
    with pytest.raises(NotValid) as wrong:
        lock_cohort(["a", "b"], [1, 0], {"re78": [1.0, 2.0]}, hidden=["re78"])
    assert codes(wrong) == ["impact.outcome-in-cohort"]


def test_no_field_of_a_cohort_can_hold_an_outcome(cohort):
    assert set(cohort.__slots__) == {"ids", "treated", "covariates", "hidden"}
    with pytest.raises((AttributeError, TypeError)):
        cohort.outcome = np.zeros(3)


def test_a_cohort_stands_still(cohort):
    with pytest.raises(ValueError, match="read-only"):
        cohort.numbers("age")[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        cohort.treated[0] = False
    with pytest.raises(TypeError):
        cohort.covariates["age"] = np.zeros(3)


def test_names_that_are_not_there_and_words_where_numbers_are_needed(cohort):
    with pytest.raises(NotValid) as wrong:
        cohort.column("height")
    assert codes(wrong) == ["impact.no-such-covariate"]
    assert wrong.value.problems[0].expected == "age, town"
    with pytest.raises(NotValid) as wrong:
        cohort.numbers("town")
    assert codes(wrong) == ["impact.not-a-number"]


def test_all_faults_are_told_at_once_and_without_anybody_s_data():
    columns = {"age": [1.0, 2.0], "income": [1.0, np.nan, np.inf], "y": [0.0, 0.0, 0.0]}
    with pytest.raises(NotValid) as wrong:
        lock_cohort(["p1", "p1", "p2"], [1, 0, 2], columns, hidden=["y"])
    assert sorted(codes(wrong)) == [
        "impact.column-length",
        "impact.covariate-missing",
        "impact.id-twice",
        "impact.outcome-in-cohort",
        "impact.treatment-column",
    ]
    assert "p1" not in str(wrong.value)


@pytest.mark.parametrize("treated", [[1, 1, 1], [0, 0, 0]])
def test_one_group_alone_is_no_comparison(treated):
    with pytest.raises(NotValid) as wrong:
        lock_cohort(["a", "b", "c"], treated, GOOD)
    assert codes(wrong) == ["impact.one-group"]


def test_words_become_groups_in_alphabetical_order(cohort):
    town = cohort.column("town")
    assert isinstance(town, Groups)
    assert town.levels == ("x", "y")
    assert town.codes.tolist() == [0, 1, 0]


def test_canonical_order_is_treated_first_and_short_ids_before_long_ones():
    cohort = lock_cohort(["n10", "n9", "b2", "b10", "b1"], [0, 0, 1, 1, 1], {"age": [1.0, 2, 3, 4, 5]})
    order = canonical_order(cohort)
    assert cohort.ids[order].tolist() == ["b1", "b2", "b10", "n9", "n10"]
    assert cohort.take(order).numbers("age").tolist() == [5, 3, 4, 2, 1]


def test_digest_changes_with_any_value_name_group_or_order(cohort):
    seen = {digest(cohort)}
    for ids, treated, columns in [
        (["a1", "b1", "b11"], [1, 0, 0], GOOD),
        (["a1", "b1", "b10"], [1, 1, 0], GOOD),
        (["a1", "b1", "b10"], [1, 0, 0], GOOD | {"age": [30.0, 40.0, 50.0 + 1e-12]}),
        (["a1", "b1", "b10"], [1, 0, 0], GOOD | {"town": ["x", "y", "y"]}),
        (["a1", "b1", "b10"], [1, 0, 0], GOOD | {"town": ["x", "z", "x"]}),
        (["a1", "b1", "b10"], [1, 0, 0], {"years": GOOD["age"], "town": GOOD["town"]}),
    ]:
        seen.add(digest(lock_cohort(ids, treated, columns)))
    seen.add(digest(cohort.take(np.array([0, 2, 1]))))
    assert len(seen) == 8
    assert digest(lock_cohort(["a1", "b1", "b10"], [1, 0, 0], GOOD)) in seen


def test_outcomes_are_looked_up_by_id_and_unknown_ones_are_not_a_number():
    outcomes = open_outcomes(["c", "a", "b"], {"y": [3.0, 1.0, 2.0]})
    found = outcomes.of("y", np.array(["a", "b", "c", "z", "0"]))
    np.testing.assert_array_equal(found, [1, 2, 3, np.nan, np.nan])
    assert outcomes.of("y", np.array(["c", "a", "b"])).tolist() == [3, 1, 2]
    with pytest.raises(NotValid) as wrong:
        outcomes.of("z", np.array(["a"]))
    assert codes(wrong) == ["impact.no-such-outcome"]


def test_outcomes_must_be_one_a_person():
    with pytest.raises(NotValid) as wrong:
        open_outcomes(["a", "a"], {"y": [1.0], "z": [1.0, np.inf]})
    assert codes(wrong) == ["impact.id-twice", "impact.outcome-column", "impact.outcome-column"]


def test_outcome_digest_is_by_person_not_by_row():
    ids = np.array(["a", "b"])
    one = open_outcomes(["a", "b"], {"y": [1.0, np.nan]})
    other = open_outcomes(["b", "a"], {"y": [-np.nan, 1.0]})
    assert outcome_digest(one, ids) == outcome_digest(other, ids)
    assert outcome_digest(one, ids) != outcome_digest(open_outcomes(["a", "b"], {"y": [1.0, 0.0]}), ids)
