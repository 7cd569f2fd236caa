"""A slice of the coverage study: made-up cohorts whose truth is known, from fixed seeds."""

import numpy as np
import pytest

from benchmarks.cohorts import draw
from benchmarks.coverage import one_cohort, summary


@pytest.fixture(scope="module")
def rows():
    return [one_cohort(draw(250, 2500, seed), (1, 3)) for seed in range(1, 61)]


def test_intervals_hold_the_truth_about_as_often_as_they_say(rows):
    table = summary(rows)
    # 60 cohorts: two and a half standard errors below 95 % are 88 %
    for name, figures in table.items():
        assert figures["coverage"] >= 0.88, (name, figures)
        assert 0.75 < figures["error over spread"] < 1.35, (name, figures)
    assert {"1:1 difference yes", "1:1 shares", "1:3 shares' ratio", "1:1 rate", "aipw yes"} <= table.keys()


def test_the_naive_difference_is_far_off_so_that_the_study_can_fail():
    drawn = draw(250, 2500, 1)
    treated, values = drawn.cohort.treated, drawn.outcomes["score"]
    assert values[treated].mean() - values[~treated].mean() - drawn.truth["score"] > 1
    assert draw(250, 2500, 1).outcomes["yes"].tolist() == drawn.outcomes["yes"].tolist()
    assert np.bincount(treated).tolist() == [2500, 250]
