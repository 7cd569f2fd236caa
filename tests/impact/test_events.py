"""Counts, times to an event, and yes or no: by hand, and against statsmodels."""

import numpy as np
import pytest
from statsmodels.discrete.discrete_model import NegativeBinomial
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM

from sib.errors import NotValid, Refused
from sib.impact.binary import share_effect
from sib.impact.estimate import Sample, estimate_effect, matched_sample
from sib.impact.matching import match_cohort
from sib.impact.rates import rate_effect
from sib.impact.resample import bootstrap_sets
from sib.impact.specification import read_specification
from sib.impact.survival import hazard_ratio, survival_effect


def sample_of(treated, outcome, sets=None, weights=None):
    size = len(treated)
    return Sample(
        np.array(treated, bool),
        np.array(outcome, float),
        np.ones(size) if weights is None else np.array(weights, float),
        np.full(size, -1) if sets is None else np.array(sets),
        np.empty((size, 0)),
        np.empty(0),
    )


@pytest.fixture(scope="module")
def counted():
    drawn = np.random.default_rng(8)
    treated = np.arange(400) < 200
    exposure = drawn.uniform(0.5, 2, 400)
    shared = drawn.gamma(2, 0.5, 200)
    counts = drawn.poisson(np.where(treated, 0.8, 1.0) * 1.5 * exposure * np.tile(shared, 2))
    return sample_of(treated, counts, sets=np.tile(np.arange(200), 2)), exposure


def test_a_rate_ratio_is_the_ratio_of_rates(counted):
    sample, exposure = counted
    found = rate_effect(sample, exposure)
    rates = [sample.outcome[group].sum() / exposure[group].sum() for group in (sample.treated, ~sample.treated)]
    assert (found.rate_treated, found.rate_comparison) == pytest.approx(tuple(rates))
    assert found.ratio == pytest.approx(rates[0] / rates[1], rel=1e-9)
    assert found.difference == pytest.approx(rates[0] - rates[1])
    columns = np.column_stack((np.ones(400), sample.treated))
    wanted = GLM(sample.outcome, columns, family=Poisson(), exposure=exposure)
    wanted = wanted.fit(cov_type="cluster", cov_kwds={"groups": sample.sets})
    # statsmodels has G / (G - 1) times (n - 1) / (n - k), here each residual is over one less its leverage
    assert found.log_ratio_error == pytest.approx(wanted.bse[1], rel=0.01)
    assert found.low < 0.8 < found.high


def test_people_without_sets_have_robust_errors_and_weights_count(counted):
    sample, exposure = counted
    twice = sample_of(sample.treated, sample.outcome, weights=np.where(sample.treated, 2.0, 1.0))
    found = rate_effect(twice, exposure)
    columns = np.column_stack((np.ones(400), sample.treated))
    wanted = GLM(sample.outcome, columns, family=Poisson(), exposure=exposure, var_weights=twice.weights)
    # the estimate has no use for weights that are equal within a group
    assert found.ratio == pytest.approx(rate_effect(sample, exposure).ratio)
    assert found.log_ratio == pytest.approx(wanted.fit().params[1], rel=1e-8)


def test_negative_binomial_is_near_maximum_likelihood(counted):
    sample, exposure = counted
    found = rate_effect(sample, exposure, "negative binomial")
    columns = np.column_stack((np.ones(400), sample.treated))
    wanted = NegativeBinomial(sample.outcome, columns, exposure=exposure).fit(disp=False)
    assert found.dispersion == pytest.approx(wanted.params[2], rel=0.25)
    assert found.log_ratio == pytest.approx(wanted.params[1], abs=0.01)
    adjusted = rate_effect(sample, exposure, covariates=np.arange(400.0)[:, None] % 7)
    assert adjusted.ratio == pytest.approx(rate_effect(sample, exposure).ratio, abs=0.02)


def test_counts_that_say_nothing_are_told(counted):
    sample, exposure = counted
    with pytest.raises(NotValid) as wrong:
        rate_effect(sample_of(sample.treated, -1.0 * sample.treated), exposure * 0)
    assert [problem.code for problem in wrong.value.problems] == ["impact.counts", "impact.no-events"]


@pytest.fixture(scope="module")
def followed():
    drawn = np.random.default_rng(9)
    treated = np.arange(300) < 150
    until = drawn.exponential(np.where(treated, 14.0, 9.0), 300)
    seen = drawn.uniform(4, 30, 300)
    return treated, np.minimum(until, seen).round(1), until <= seen


def test_survival_is_statsmodels_and_greenwood_s(followed):
    treated, time, event = followed
    found = survival_effect(treated, time, event, 12.0)
    shares, squares = [], []
    for group in (treated, ~treated):
        curve = SurvfuncRight(time[group], event[group].astype(int))
        at = np.searchsorted(curve.surv_times, 12.0, side="right") - 1
        shares.append(curve.surv_prob[at])
        squares.append(curve.surv_prob_se[at] ** 2)
    assert (found.survival_treated, found.survival_comparison) == pytest.approx(tuple(shares), rel=1e-12)
    # Greenwood's variance, times n / (n - 1) for people as clusters
    assert found.difference_error == pytest.approx(np.sqrt(sum(squares) * 300 / 299), rel=1e-10)
    grid = np.linspace(0, 12, 120_001)[:-1]
    areas = []
    for group in (treated, ~treated):
        curve = SurvfuncRight(time[group], event[group].astype(int))
        heights = np.concatenate(([1.0], curve.surv_prob))
        areas.append(heights[np.searchsorted(curve.surv_times, grid, side="right")].mean() * 12)
    assert found.free_difference == pytest.approx(areas[0] - areas[1], abs=1e-3)
    assert found.low < found.free_difference < found.high


def test_weights_of_two_are_two_people_and_clusters_add_up(followed):
    treated, time, event = followed
    weights = np.where(np.arange(300) % 3 == 0, 2.0, 1.0)
    rows = np.repeat(np.arange(300), weights.astype(int))
    one = survival_effect(treated, time, event, 12.0, weights)
    two = survival_effect(treated[rows], time[rows], event[rows], 12.0, None, rows)
    for name in ("survival_treated", "free_comparison", "difference_error", "free_error"):
        assert getattr(one, name) == pytest.approx(getattr(two, name), rel=1e-10), name


def test_nobody_left_and_nobody_hit():
    treated = np.array([True, True, False, False])
    found = survival_effect(treated, np.array([1.0, 2.0, 5.0, 5.0]), np.array([True, True, False, False]), 4.0)
    assert (found.survival_treated, found.survival_comparison) == (0.0, 1.0)
    assert (found.free_treated, found.free_comparison) == (1.5, 4.0)
    # mean of 1 and 2: each half a unit from it, over two people; pairs' correction 4 / 3
    assert found.free_error == pytest.approx(np.sqrt(2 * 0.25**2 * 4 / 3))


def test_times_that_do_not_reach_are_told(followed):
    treated, time, _ = followed
    with pytest.raises(NotValid) as wrong:
        survival_effect(treated, time - 100.0, np.zeros(300, bool), 12.0)
    codes = [problem.code for problem in wrong.value.problems]
    assert codes == ["impact.times", *["impact.followed-too-briefly"] * 2]


def test_hazard_ratio_in_and_without_sets(followed):
    treated, time, event = followed
    plain = hazard_ratio(treated, time, event)
    assert plain.low < 9 / 14 < plain.high
    assert not plain.stratified
    pairs = hazard_ratio(treated, time, event, np.tile(np.arange(150), 2))
    # in pairs only who of the two is hit first while both are seen counts: a coin's log odds
    first, second = np.arange(150), np.arange(150) + 150
    own = (event[first] & (time[first] < time[second])).sum()
    other = (event[second] & (time[second] < time[first])).sum()
    tied = (time[first] == time[second]) & (event[first] | event[second])
    assert not tied.any()
    assert pairs.log_ratio == pytest.approx(np.log(own / other), rel=1e-6)
    assert pairs.stratified
    with pytest.raises(NotValid, match="no treated person has the event"):
        hazard_ratio(treated, time, event & ~treated)


def test_shares_by_hand():
    # treated 3 of 4, comparison 1 of 4, in pairs; each pair holds a quarter of its group: parts over 3/4
    sample = sample_of([1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 1, 0, 1, 0, 0, 0], sets=[0, 1, 2, 3, 0, 1, 2, 3])
    found = share_effect(sample)
    assert (found.share_treated, found.share_comparison, found.difference) == (0.75, 0.25, 0.5)
    gaps = np.array([1 - 1, 1 - 0, 1 - 0, 0 - 0]) - 0.5
    assert found.difference_error == pytest.approx(np.sqrt((gaps**2).sum()) / 4 / 0.75)
    assert found.ratio == pytest.approx(3.0)
    assert found.ratio_low * found.ratio_high == pytest.approx(9.0)
    assert found.difference_high == 1.0  # and no more
    assert found.clusters == 4
    alone = share_effect(sample_of([1, 1, 0, 0], [1, 0, 0, 0]))
    assert (alone.ratio, alone.ratio_low) == (None, None)
    nobody = share_effect(sample_of([1, 1, 0, 0], [0, 0, 1, 0]))
    assert (nobody.ratio, nobody.ratio_low) == (0.0, None)
    with pytest.raises(NotValid, match="neither 0 nor 1"):
        share_effect(sample_of([1, 0], [0.5, 1]))


SPEC = {
    "id": "pairs", "covariates": ["age", "educ", "race"], "method": "nearest", "distance": "logit", "caliper": "none",
    "ratio": 1, "replace": False, "order": "largest",
}  # fmt: skip


def test_the_bootstrap_draws_sets_and_refuses_where_it_may_not(data):
    people = data("lalonde")
    specification = read_specification(SPEC)
    matched = match_cohort(people.cohort, specification)
    sample = matched_sample(people.cohort, ["age"], matched, people.outcomes["re78"])
    plain = estimate_effect(people.cohort, specification, matched, people.outcomes["re78"])

    def difference(one):
        held = one.weights
        means = [np.average(one.outcome[group], weights=held[group]) for group in (one.treated, ~one.treated)]
        return means[0] - means[1]

    found = bootstrap_sets(matched, sample, difference, repeats=400, seed=3)
    assert found.error == pytest.approx(plain.error, rel=0.1)
    assert found.low < plain.effect < found.high
    assert bootstrap_sets(matched, sample, difference, repeats=20, seed=3).low >= found.low - 3 * found.error
    again = match_cohort(people.cohort, read_specification({**SPEC, "replace": True}))
    with pytest.raises(Refused, match="several matches"):
        bootstrap_sets(again, sample, difference)
    strata = match_cohort(people.cohort, read_specification({"id": "s", "covariates": ["race"], "method": "exact"}))
    with pytest.raises(Refused, match="few and large"):
        bootstrap_sets(strata, sample, difference)
