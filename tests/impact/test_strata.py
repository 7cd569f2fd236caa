"""Strata of equal and coarsened covariates, and classes of the score that everybody shares."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.errors import NotValid
from sib.impact.coarse import coarse_strata
from sib.impact.cohort import lock_cohort
from sib.impact.matching import match_cohort, set_weights
from sib.impact.plan import read_specification
from sib.impact.strata import common_sets, equal_strata, score_classes


def small(treated, **columns):
    return lock_cohort([f"p{number}" for number in range(len(treated))], treated, columns)


def thirds(score, treated):
    return np.quantile(score[treated], [0, 1 / 3, 2 / 3, 1])


def test_equal_strata_are_the_combinations_of_words_and_numbers():
    cohort = small([1, 0, 1, 0, 0], town=["x", "x", "y", "y", "x"], age=[1, 1, 2, 3, 1])
    strata = equal_strata(cohort, ["town", "age"])
    assert strata[0] == strata[1] == strata[4]
    assert len(set(strata.tolist())) == 3


def test_only_strata_with_both_groups_become_sets():
    sets = common_sets(np.array([5, 5, 2, 7, 7, 2]), np.array([True, False, True, False, False, True]))
    assert sets.tolist() == [0, 0, -1, -1, -1, -1]


def test_a_value_on_a_boundary_belongs_to_the_higher_bin():
    # 16 people: ceil(log2(16) + 1) = 5 bins of width 1 between 0 and 5
    ages = [0, 1, 2, 3, 4, 5, 0.5, 1.5, 2.5, 3.5, 4.5, 0.999, 1.999, 2.999, 3.999, 4.999]
    cohort = small([1, 0] * 8, age=ages)
    bins = coarse_strata(cohort, read_specification({"id": "s", "covariates": ["age"], "method": "cem"}))
    assert bins.tolist() == [0, 1, 2, 3, 4, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4]


def test_set_weights_are_the_treated_over_the_pool_rescaled_to_mean_one():
    sets = np.array([0, 0, 0, 1, 1, -1])
    treated = np.array([True, False, False, True, False, False])
    weights = set_weights(sets, treated)
    assert weights[[0, 3, 5]].tolist() == [1, 1, 0]
    assert weights[~treated].sum() == pytest.approx(3)
    assert weights[4] == pytest.approx(2 * weights[1])
    assert not set_weights(np.full(6, -1), treated).any()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=6, max_size=60),
    st.integers(2, 6),
)
def test_every_class_holds_both_groups_and_classes_keep_the_order_of_scores(people, classes):
    score = np.array([one for one, _ in people], dtype=float)
    treated = np.array([flag for _, flag in people])
    if not treated.any():
        return
    cuts = np.quantile(score[treated], np.linspace(0, 1, classes + 1))
    try:
        found = score_classes(score, treated, cuts)
    except NotValid as wrong:
        assert "fewer people" in str(wrong)
        assert min(treated.sum(), (~treated).sum()) < classes
        return
    classes = len(set(found.tolist()))
    for group in (treated, ~treated):
        assert set(found[group].tolist()) == set(range(classes))
        order = np.lexsort((found[group], score[group]))
        highest = [score[group & (found == number)].max() for number in range(classes)]
        lowest = [score[group & (found == number)].min() for number in range(classes)]
        assert all(one <= other for one, other in zip(highest[:-1], lowest[1:], strict=True)), order


def test_an_empty_class_takes_from_the_left_if_both_sides_can_spare_as_much_and_the_last_of_equals():
    treated = np.array([True] * 9 + [False] * 6)
    score = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 0.0, 1.0, 1.0, 7.0, 7.0, 8.0])
    found = score_classes(score, treated, thirds(score, treated))
    assert found[~treated].tolist() == [0, 0, 1, 2, 2, 2]
    score[9] = 7.5  # now the right side has more to spare
    assert score_classes(score, treated, thirds(score, treated))[~treated].tolist() == [2, 0, 0, 2, 1, 2]


def test_classes_that_need_no_mending_are_quantiles_of_the_treated():
    score = np.arange(40.0)
    treated = np.arange(40) % 2 == 0
    found = score_classes(score, treated, np.quantile(score[treated], np.linspace(0, 1, 5)))
    assert np.bincount(found[treated]).tolist() == [5, 5, 5, 5]
    assert (np.diff(found) >= 0).all()


def test_nearest_within_equal_covariates_leaves_people_without_a_counterpart_alone():
    columns = {"town": ["x", "x", "y", "z"], "age": [1.0, 2.0, 3.0, 4.0]}
    cohort = lock_cohort(["a", "b", "c", "d"], [1, 0, 1, 0], columns)
    said = {"id": "s", "covariates": ["age"], "method": "nearest", "distance": "logit", "caliper": "none"}
    specification = read_specification({**said, "ratio": 1, "replace": False, "order": "largest", "exact": ["town"]})
    matched = match_cohort(cohort, specification, score=np.arange(4.0))
    assert matched.matches.tolist() == [[1], [-1]]
    assert matched.weights.tolist() == [1, 1, 0, 0]
    assert matched.sets.tolist() == [0, 0, -1, -1]
