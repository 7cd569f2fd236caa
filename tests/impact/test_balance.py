"""Balance by hand, and the traffic light."""

import numpy as np
import pytest

from sib.impact.balance import balance_table, traffic_light
from sib.impact.cohort import lock_cohort
from sib.impact.matching import match_cohort
from sib.impact.plan import read_specification

EXACT = read_specification({"id": "s", "covariates": ["town"], "method": "exact"})


@pytest.fixture
def matched():
    cohort = lock_cohort(
        ["a", "b", "c", "d", "e", "f"],
        [1, 1, 0, 0, 0, 0],
        {
            "town": ["x", "y", "x", "x", "y", "z"],
            "age": [30.0, 50.0, 20.0, 40.0, 50.0, 90.0],
            "jailed": [1.0, 1.0, 0.0, 1.0, 1.0, 0.0],
        },
    )
    return cohort, match_cohort(cohort, EXACT)


def rows_of(matched, *terms, limit=0.1):
    table = balance_table(*[matched[0], list(terms), matched[1]], limit)
    return table, {(row.sample, row.variable): row for row in table.rows}


def test_means_differences_and_variances_by_hand(matched):
    _, rows = rows_of(matched, "age")
    before, after = rows["all", "age"], rows["matched", "age"]
    assert (before.mean_treated, before.mean_comparison) == (40, 50)
    assert before.smd == pytest.approx(-10 / np.sqrt(200))
    assert before.variance_ratio == pytest.approx(200 / np.var([20, 40, 50, 90], ddof=1))
    assert before.pair_distance is None
    # town x: one treated to two; town y: one to one; weights 3/4, 3/4 and 3/2
    assert after.mean_comparison == pytest.approx((20 * 0.75 + 40 * 0.75 + 50 * 1.5) / 3)
    assert after.smd == pytest.approx(0)
    assert after.pair_distance == pytest.approx((10 + 10 + 0) / 3 / np.sqrt(200))


def test_cumulative_differences_over_all_values_that_occur(matched):
    _, rows = rows_of(matched, "age")
    treated = np.array([0, 1, 1, 2, 2]) / 2  # at 20, 30, 40, 50, 90
    pool = np.array([1, 1, 2, 3, 4]) / 4
    apart = np.abs(treated - pool)
    assert rows["all", "age"].ecdf_mean == pytest.approx(apart.mean())
    assert rows["all", "age"].ecdf_max == pytest.approx(apart.max())


def test_yes_or_no_has_no_variance_ratio_and_falls_back_to_both_groups_spread(matched):
    _, rows = rows_of(matched, "jailed")
    row = rows["all", "jailed"]
    assert row.variance_ratio is None
    # every treated person was jailed: no spread there, so that within groups stands in: 0.25 for four of six people
    assert row.spread == pytest.approx(np.sqrt(4 * 0.25 / 6))
    assert row.smd == pytest.approx(0.5 / row.spread)
    assert row.ecdf_mean == row.ecdf_max == pytest.approx(0.5)


def test_words_are_shown_level_by_level_and_two_levels_as_one(matched):
    _, rows = rows_of(matched, "town")
    assert [name for sample, name in rows if sample == "all"] == ["townx", "towny", "townz"]
    cohort = lock_cohort(["a", "b", "c"], [1, 0, 0], {"town": ["x", "x", "y"], "age": [1.0, 2.0, 3.0]})
    table = balance_table(cohort, ["town"], match_cohort(cohort, EXACT), 0.1)
    assert {row.variable for row in table.rows} == {"towny"}


def test_effective_size_counts_unequal_weights_for_less(matched):
    table, _ = rows_of(matched, "age")
    assert table.effective_comparison == pytest.approx(3**2 / (0.75**2 * 2 + 1.5**2))


@pytest.mark.parametrize(
    ("smd", "light"),
    [(0.0, "green"), (-0.05, "green"), (0.0501, "amber"), (0.1, "amber"), (-0.1001, "red"), (3.0, "red")],
)
def test_traffic_light(smd, light):
    assert traffic_light(smd, 0.1) == light


def test_the_worst_covariate_decides(matched):
    table, rows = rows_of(matched, "age", "jailed", limit=0.3)
    assert table.worst.variable == "jailed"
    assert rows["matched", "jailed"].light == "red"
    assert not table.within_limit
    assert rows["all", "jailed"].light is None
    assert rows_of(matched, "age")[0].within_limit


def test_a_covariate_on_which_all_are_alike_is_balanced():
    columns = {"town": ["x"] * 4, "age": [5.0] * 4}
    cohort = lock_cohort(["a", "b", "c", "d"], [1, 1, 0, 0], columns)
    row = balance_table(cohort, ["age"], match_cohort(cohort, EXACT), 0.1).worst
    assert (row.smd, row.variance_ratio, row.pair_distance, row.light) == (0, None, None, "green")
