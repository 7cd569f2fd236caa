"""Effects and standard errors against statsmodels, by hand, and on the randomised trial."""

import numpy as np
import pytest
import statsmodels.api as sm

from sib.errors import NotValid
from sib.impact.cohort import lock_cohort
from sib.impact.estimate import Sample, binary_effect, estimate_effect, randomised_difference, raw_difference
from sib.impact.matching import match_cohort
from sib.impact.plan import read_specification
from sib.impact.regression import clustered_error, fit_weighted, robust_error


@pytest.fixture
def problem():
    drawn = np.random.default_rng(11)
    columns = np.column_stack((np.ones(120), drawn.random(120) < 0.4, drawn.normal(size=(120, 3))))
    outcome = columns @ [1.0, 2.0, 0.5, -1.0, 0.0] + drawn.normal(size=120) * (1 + columns[:, 1])
    return columns, outcome, drawn.uniform(0.2, 3, 120), drawn.integers(0, 30, 120)


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
def test_robust_errors_are_those_of_statsmodels(problem, kind):
    columns, outcome, weights, _ = problem
    fit = fit_weighted(columns, outcome, weights)
    theirs = sm.WLS(outcome, columns, weights=weights).fit(cov_type=kind)
    np.testing.assert_allclose(fit.coefficients, theirs.params, rtol=1e-11)
    for column in range(columns.shape[1]):
        assert robust_error(fit, column, kind) == pytest.approx(theirs.bse[column], rel=1e-11)


def test_classical_error_with_equal_weights_is_that_of_statsmodels(problem):
    columns, outcome, _, _ = problem
    fit = fit_weighted(columns, outcome, np.ones(len(outcome)))
    assert robust_error(fit, 1, "const") == pytest.approx(sm.OLS(outcome, columns).fit().bse[1], rel=1e-11)


def test_clustered_errors_are_those_of_statsmodels(problem):
    columns, outcome, weights, clusters = problem
    fit = fit_weighted(columns, outcome, weights)
    theirs = sm.WLS(outcome, columns, weights=weights).fit(cov_type="cluster", cov_kwds={"groups": clusters})
    assert clustered_error(fit, 1, clusters, "HC1") == pytest.approx(theirs.bse[1], rel=1e-11)
    assert np.isnan(clustered_error(fit, 1, np.zeros(len(outcome), dtype=np.int64), "HC1"))


def test_columns_that_follow_from_earlier_ones_are_dropped(problem):
    columns, outcome, weights, _ = problem
    twice = np.column_stack((columns[:, :3], columns[:, 1] + columns[:, 2], np.zeros(120), columns[:, 3:]))
    fit = fit_weighted(twice, outcome, weights)
    assert fit.kept.tolist() == [0, 1, 2, 5, 6]
    whole = fit_weighted(columns, outcome, weights)
    np.testing.assert_allclose(fit.coefficients[[0, 1, 2, 5, 6]], whole.coefficients, rtol=1e-10)
    assert fit.people == 120


def test_the_randomised_trial_says_what_was_published(data):
    trial = data("experiment")
    found = randomised_difference(trial.cohort.treated, trial.outcomes["re78"])
    assert found.effect == pytest.approx(1794.3424, abs=5e-5)
    assert found.error == pytest.approx(672.6821, abs=5e-5)
    assert found.error_kind == "HC3"
    assert (found.treated, found.comparison) == (185, 260)
    assert (found.low, found.high) == pytest.approx(
        (1794.3424 - 1.959964 * 672.6821, 1794.3424 + 1.959964 * 672.6821), abs=1e-2
    )
    classical = raw_difference(trial.cohort.treated, trial.outcomes["re78"], kind="const")
    assert classical.error == pytest.approx(632.8534, abs=5e-5)


def test_the_naive_comparison_says_the_opposite(data):
    survey = data("cps")
    found = raw_difference(survey.cohort.treated, survey.outcomes["re78"])
    assert found.effect == pytest.approx(-8497.516, abs=5e-4)
    assert found.mean_treated - found.mean_comparison == pytest.approx(found.effect)


def test_a_wider_confidence_is_a_wider_interval(data):
    trial = data("experiment")
    narrow = randomised_difference(trial.cohort.treated, trial.outcomes["re78"], confidence=0.8)
    assert narrow.high - narrow.effect == pytest.approx(1.2815515655446004 * narrow.error)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("nearest", "clustered HC1"), ("replace", "HC1"), ("exact", "HC3"), ("cem", "HC3"), ("subclass", "HC3")],
)
def test_each_kind_of_match_has_its_own_error(name, kind, data):
    survey = data("lalonde")
    said = {"id": name, "covariates": ["race", "married"], "method": name}
    if name in ("nearest", "replace"):
        said |= {"method": "nearest", "distance": "logit", "caliper": "none", "ratio": 1, "order": "largest"}
        said |= {"replace": name == "replace"}
    if name == "subclass":
        said |= {"distance": "logit", "subclasses": 3, "covariates": ["age", "re74"]}
    specification = read_specification(said)
    matched = match_cohort(survey.cohort, specification)
    found = estimate_effect(survey.cohort, specification, matched, survey.outcomes["re78"])
    assert found.error_kind == kind
    assert found.error > 0
    assert matched.with_replacement == (name == "replace")


def sample(outcome, treated, weights=None, sets=None):
    size = len(outcome)
    return Sample(
        np.array(treated, dtype=bool),
        np.array(outcome, dtype=float),
        np.ones(size) if weights is None else np.array(weights, dtype=float),
        np.full(size, -1) if sets is None else np.array(sets),
        np.empty((size, 0)),
        np.empty(0),
    )


def test_binary_effect_by_hand():
    found = binary_effect(sample([1, 1, 1, 0, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0]))
    assert (found.risk_treated, found.risk_comparison) == (0.75, 0.25)
    assert found.log_risk_ratio == pytest.approx(np.log(3))
    assert found.log_odds_ratio == pytest.approx(np.log(9))
    assert found.log_odds_error == pytest.approx(np.sqrt(1 / 3 + 1 + 1 + 1 / 3))
    assert found.log_odds_error_clustered is None


@pytest.mark.parametrize(("outcome", "ratio"), [([1, 1, 0, 1], np.log(2)), ([1, 0, 0, 0], None), ([0, 0, 1, 1], None)])
def test_no_odds_where_a_share_is_nothing_or_all(outcome, ratio):
    found = binary_effect(sample(outcome, [1, 1, 0, 0]))
    assert found.log_odds_ratio is None
    assert found.log_risk_ratio == (None if ratio is None else pytest.approx(ratio))


def test_an_unknown_outcome_of_a_matched_person_is_never_estimated_around():
    cohort = lock_cohort(["a", "b", "c"], [1, 0, 0], {"town": ["x", "x", "y"]})
    specification = read_specification({"id": "s", "covariates": ["town"], "method": "exact"})
    matched = match_cohort(cohort, specification)
    with pytest.raises(NotValid, match="outcome of 1 matched people is not known"):
        estimate_effect(cohort, specification, matched, np.array([1.0, np.nan, 2.0]))
