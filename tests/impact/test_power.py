"""Power: the figures of statsmodels, simulation with our own kind of test, and what holds for any design."""

from dataclasses import replace
from math import asin, sqrt

import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower, TTestIndPower

from sib.errors import NotValid
from sib.impact.power import Design, check_design, people_needed, power, smallest_effect

SHARE = Design("yes or no", 400, 0.4)
AMOUNT = Design("amount", 100, 0.0, spread=1.0)
COUNT = Design("count", 300, 1.2, overdispersion=0.8)


@pytest.mark.parametrize(
    ("design", "effect", "aim", "people"),
    [
        # statsmodels.stats.power solves to 387.17, 2052.33 and 393.41
        (replace(SHARE, base=0.5), -0.1, 0.8, 388),
        (replace(SHARE, base=0.6), -0.05, 0.9, 2053),
        (AMOUNT, 0.2, 0.8, 394),
    ],
)
def test_people_needed_are_the_known_figures(design, effect, aim, people):
    assert people_needed(design, effect, aim) == people


@pytest.mark.parametrize("per", [1.0, 3.0])
@pytest.mark.parametrize("treated", [20, 150, 900])
def test_power_is_that_of_statsmodels(treated, per):
    size = 2 * (asin(sqrt(0.5)) - asin(sqrt(0.4)))
    theirs = NormalIndPower().power(size, treated, 0.05, ratio=per)
    assert power(replace(SHARE, treated=treated, per=per), 0.1) == pytest.approx(theirs, abs=1e-9)
    theirs = TTestIndPower().power(0.25, treated, 0.05, ratio=per)
    assert power(replace(AMOUNT, treated=treated, per=per), 0.25) == pytest.approx(theirs, abs=2e-4)


def test_few_people_have_students_power():
    theirs = TTestIndPower().power(1.2, 4, 0.05)
    assert power(replace(AMOUNT, treated=4), 1.2) == pytest.approx(theirs, abs=1e-6)


def rejected(effects, errors) -> float:
    return float((np.abs(effects) > 1.959964 * errors).mean())


def test_shares_are_found_as_often_in_simulation():
    drawn = np.random.default_rng(3)
    one, other = drawn.binomial(400, 0.5, 20_000) / 400, drawn.binomial(800, 0.4, 20_000) / 800
    errors = np.sqrt(one * (1 - one) / 400 + other * (1 - other) / 800)
    # four standard errors of a simulated share are 1.0 point, and the arcsine differs from the difference by 0.5
    assert power(replace(SHARE, per=2.0), 0.1) == pytest.approx(rejected(one - other, errors), abs=0.015)


def test_overdispersed_counts_are_found_as_often_in_simulation():
    drawn = np.random.default_rng(4)

    def arm(mean, people):
        rates = drawn.gamma(1 / 0.8, 0.8 * mean, (4000, people))
        counts = drawn.poisson(rates)
        means = counts.mean(axis=1)
        return means, counts.var(axis=1, ddof=1) / people / means**2

    (one, noise), (other, more) = arm(0.9, 300), arm(1.2, 300)
    # four standard errors of a share of 4,000 are 2.5 points
    found = rejected(np.log(one / other), np.sqrt(noise + more))
    assert power(COUNT, -0.3) == pytest.approx(found, abs=0.025)


def test_people_who_come_together_count_less_in_simulation():
    """15 clusters of 20 an arm, ICC 0.05: means of clusters compared by Student's test with 28 degrees of freedom."""
    drawn = np.random.default_rng(5)

    def arm(mean):
        own = drawn.normal(mean, sqrt(0.05), (20_000, 15))
        return own + drawn.normal(0, sqrt(0.95 / 20), (20_000, 15))

    one, other = arm(0.3), arm(0.0)
    errors = np.sqrt((one.var(axis=1, ddof=1) + other.var(axis=1, ddof=1)) / 15)
    found = float((np.abs(one.mean(axis=1) - other.mean(axis=1)) > 2.048407 * errors).mean())
    design = replace(AMOUNT, treated=300, cluster=20.0, icc=0.05)
    assert power(design, 0.3) == pytest.approx(found, abs=0.015)


@pytest.mark.parametrize("design", [SHARE, AMOUNT, COUNT, replace(AMOUNT, cluster=10.0, icc=0.02, lost=0.1)])
@pytest.mark.parametrize("more", [True, False])
def test_the_smallest_effect_is_found_just_so_often(design, more):
    effect = smallest_effect(design, 0.8, more=more)
    assert (effect > 0) is more
    assert power(design, effect) == pytest.approx(0.8, abs=1e-6)


def test_nothing_at_all_is_found_by_chance_alone():
    for design in (SHARE, AMOUNT, COUNT):
        assert power(design, 0.0) == pytest.approx(0.05, abs=1e-6)


def test_more_comparison_people_help_and_loss_and_clusters_hurt():
    usual = power(SHARE, 0.08)
    assert power(replace(SHARE, per=4.0), 0.08) > usual
    assert power(replace(SHARE, lost=0.2), 0.08) < usual
    assert power(replace(SHARE, cluster=20.0, icc=0.05), 0.08) < usual
    assert power(replace(AMOUNT, explained=0.5), 0.3) > power(AMOUNT, 0.3)
    assert power(replace(COUNT, overdispersion=0.0), -0.3) > power(COUNT, -0.3)


def test_what_cannot_be_found_has_no_smallest_effect():
    assert smallest_effect(replace(SHARE, treated=4, base=0.02), 0.8, more=False) is None
    assert people_needed(SHARE, 1e-5) is None


def test_a_design_that_cannot_be_is_told_in_one_go():
    wrong = Design("yes or no", 1, 1.4, per=0, icc=1.0, lost=-0.1, alpha=0, cluster=0.5, overdispersion=-1)
    with pytest.raises(NotValid) as told:
        check_design(wrong)
    places = {problem.place for problem in told.value.problems}
    assert places == {"treated", "base", "per", "icc", "lost", "alpha", "cluster", "overdispersion"}
    for design, effect in ((SHARE, 0.7), (COUNT, -1.2), (replace(COUNT, base=0.0), 1), (replace(AMOUNT, spread=0), 1)):
        with pytest.raises(NotValid):
            power(design, effect)
