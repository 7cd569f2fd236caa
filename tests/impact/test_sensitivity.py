"""Doubt: published figures, and what a check must see and must not."""

from math import inf

import numpy as np
import pytest
from scipy.stats import binom

from sib.errors import NotValid
from sib.impact.controls import leave_one_out, negative_control, placebo_outcomes
from sib.impact.estimate import Estimate, estimate_effect, matched_sample
from sib.impact.matching import match_cohort
from sib.impact.plan import read_specification
from sib.impact.sensitivity import (
    Tipping,
    check_of,
    e_value_of_difference,
    e_value_of_ratio,
    mcnemar_bound,
    risk_ratio,
    robustness_value,
    tipping_point,
)

SAID = {"id": "s", "covariates": ["age", "educ", "re74", "re75"], "method": "nearest", "distance": "logit"}
SAID |= {"caliper": 0.2, "ratio": 1, "replace": False, "order": "largest"}
FOUND = Estimate(2.0, 1.0, 0.04, 3.96, "HC1", 50, 50, 10.0, 8.0)


def test_the_e_value_of_the_published_example():
    """VanderWeele & Ding (2017): ratio 3.9 with 1.8 to 8.7 has 7.26, and 3.0 for the interval."""
    found = e_value_of_ratio(3.9, 1.8, 8.7)
    assert (found.point, found.limit) == pytest.approx((7.26, 3.0), abs=0.005)
    assert "7.26 times" in found.words
    protective = e_value_of_ratio(1 / 3.9, 1 / 8.7, 1 / 1.8)
    assert (protective.point, protective.limit) == pytest.approx((found.point, found.limit))


def test_an_interval_that_holds_one_needs_nothing_unseen():
    found = e_value_of_ratio(1.2, 0.9, 1.6)
    assert found.limit == 1.0
    assert "not conclusive" in found.words


def test_a_difference_becomes_a_ratio():
    """d = 0.5 with s = 0.1: exp(0.455) = 1.576, exp(0.455 - 0.178) = 1.319."""
    found = e_value_of_difference(50.0, 10.0, 100.0)
    assert (found.ratio, found.low) == pytest.approx((1.5762, 1.3192), abs=5e-5)


def test_the_ratio_of_shares_has_the_textbook_interval(data):
    """Everybody weighs 1 and stands alone: 1/a - 1/n + 1/b - 1/m, times n/(n - 1), under the root."""
    survey = data("experiment")
    specification = read_specification({"id": "s", "covariates": ["black"], "method": "exact"})
    matched = match_cohort(survey.cohort, specification)
    sample = matched_sample(survey.cohort, ["black"], matched, survey.outcomes["emp78"])
    from dataclasses import replace

    plain = replace(sample, weights=np.ones(445), sets=np.full(445, -1))
    ratio, low, high = risk_ratio(plain, 0.95)
    one, other = (sample.outcome[who] for who in (sample.treated, ~sample.treated))
    assert ratio == pytest.approx(one.mean() / other.mean())
    variance = (1 / one.sum() - 1 / len(one) + 1 / other.sum() - 1 / len(other)) * 445 / 444
    assert np.log(high / low) / (2 * 1.959964) == pytest.approx(np.sqrt(variance), rel=1e-6)
    assert risk_ratio(replace(plain, outcome=np.zeros(445)), 0.95) is None
    in_sets = replace(plain, sets=np.arange(445))
    assert risk_ratio(in_sets, 0.95) == pytest.approx((ratio, low, high))


@pytest.mark.parametrize("gamma", [1, 1.5, 4, 5, 6])
@pytest.mark.parametrize(("ups", "downs"), [(110, 12), (3, 0), (0, 4), (500, 450)])
def test_the_bound_for_yes_or_no_is_the_binomial_tail(gamma, ups, downs):
    """110 and 12 are Hammond's (1964) discordant pairs of smokers, the example of Rosenbaum (2002, section 4.3.2)."""
    tail = binom.sf(ups - 1, ups + downs, gamma / (1 + gamma))
    assert mcnemar_bound(ups, downs, gamma) == pytest.approx(tail, rel=1e-9)


def test_the_tipping_point_is_where_the_bound_meets_the_level(data):
    survey = data("lalonde")
    matched = match_cohort(survey.cohort, read_specification(SAID))
    own, other = matched.pairs
    better = survey.outcomes["re78"].copy()
    better[own] = better[other] + 1000 + np.arange(len(own))
    assert tipping_point(matched, better).gamma > 10
    assert tipping_point(matched, better, more_is_better=False).gamma == 0
    usual = tipping_point(matched, survey.outcomes["re78"])
    assert usual.test == "Wilcoxon signed ranks"
    assert tipping_point(matched, np.ones(survey.cohort.size)) is None
    shares = np.zeros(survey.cohort.size)
    shares[own[:60]] = 1
    shares[other[60:70]] = 1
    found = tipping_point(matched, shares)
    assert found.test == "McNemar"
    assert mcnemar_bound(60, 10, found.gamma) == pytest.approx(0.025, abs=1e-6)
    assert f"{found.gamma:.2f} times" in found.words
    assert "more than 100" in Tipping(inf, "McNemar", 0.05).words
    assert "not conclusive, even" in Tipping(0.0, "McNemar", 0.05).words
    two = match_cohort(survey.cohort, read_specification({**SAID, "ratio": 2}))
    assert tipping_point(two, shares) is None


def test_the_robustness_value_of_the_published_example():
    """Cinelli & Hazlett (2020), Darfur: 0.097 (0.023), 783 degrees of freedom: 2.2 %, 13.9 %, 7.6 %."""
    found = robustness_value(0.09731582, 0.02325654, 783)
    assert (found.partial, found.value, found.to_doubt) == pytest.approx((0.0219, 0.1388, 0.0763), abs=5e-5)
    assert "13.9 %" in found.words
    weak = robustness_value(1.0, 1.0, 5000)
    assert weak.to_doubt == 0
    assert "not conclusive" in weak.words


def test_a_check_sees_a_difference_where_none_can_be():
    assert "doubt the estimate" in check_of("earnings before", FOUND).words
    clean = Estimate(0.5, 1.0, -1.46, 2.46, "HC1", 50, 50, 10.0, 9.5)
    assert check_of("earnings before", clean).passes
    assert check_of("earnings before", clean).p_value == pytest.approx(0.6171, abs=5e-5)
    assert check_of("none", Estimate(0.0, 0.0, 0.0, 0.0, "HC1", 5, 5, 1.0, 1.0)).p_value == 1.0


def test_placebo_outcomes_are_checked_and_unknown_ones_left_out(data):
    survey = data("lalonde")
    specification = read_specification(SAID)
    matched = match_cohort(survey.cohort, specification)
    before = survey.cohort.numbers("re75")
    unknown = np.full(survey.cohort.size, np.nan)
    rigged = before + 10_000 * survey.cohort.treated
    found = placebo_outcomes(survey.cohort, specification, matched, {"re75": before, "lost": unknown, "rigged": rigged})
    assert [check.name for check in found] == ["re75", "rigged"]
    assert [check.passes for check in found] == [True, False]


def test_a_group_nobody_served_shows_no_effect_unless_there_is_bias(data):
    survey = data("cps")
    drawn = np.random.default_rng(1)
    group = ~survey.cohort.treated & (drawn.random(survey.cohort.size) < 0.02)
    specification = read_specification(SAID)
    clean = negative_control(survey.cohort, group, specification, survey.outcomes["re78"])
    assert clean.passes
    rigged = survey.outcomes["re78"] + 5000 * group
    assert not negative_control(survey.cohort, group, specification, rigged).passes
    with pytest.raises(NotValid, match="were in the service"):
        negative_control(survey.cohort, survey.cohort.treated, specification, rigged)


def test_each_covariate_is_left_out_with_every_term_that_reads_it(data):
    survey = data("lalonde")
    specification = read_specification({**SAID, "covariates": ["age", "I(age^2)", "re74"]})
    outcome = survey.outcomes["re78"]
    found = leave_one_out(survey.cohort, specification, outcome, ["age", "re74", "married"])
    assert [one.covariate for one in found] == ["age", "re74"]
    alone = read_specification({**SAID, "covariates": ["re74"]})
    matched = match_cohort(survey.cohort, alone)
    assert found[0].estimate == estimate_effect(survey.cohort, alone, matched, outcome)
    assert "standard errors" in found[0].words(FOUND)
    (only,) = leave_one_out(survey.cohort, alone, outcome, ["re74"])
    assert only.estimate is None
    assert only.words(FOUND) == "Without re74: not estimable."
