"""The score against statsmodels, and the faults that keep it from being fitted."""

import numpy as np
import pytest
import statsmodels.api as sm

from sib.errors import NotValid
from sib.impact import propensity
from sib.impact.formula import Design, design
from sib.impact.propensity import fit_propensity

DW = ["age", "I(age^2)", "I(age^3)", "educ", "I(educ^2)", "marr", "nodegree", "black", "hisp", "re74", "re75", "u74"]


def codes_of(wrong):
    return [(problem.code, problem.place) for problem in wrong.value.problems]


def simulated(size=400, seed=3):
    drawn = np.random.default_rng(seed)
    columns = drawn.normal(size=(3, size))
    chance = 1 / (1 + np.exp(1.0 - columns[0] + 0.5 * columns[1]))
    return Design(("a", "b", "c"), tuple(columns)), drawn.random(size) < chance


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("lalonde", ["age", "educ", "race", "married", "nodegree", "re74", "re75"]),
        ("cps", ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]),
        ("experiment", ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]),
    ],
)
def test_same_as_statsmodels(name, terms, data):
    cohort = data(name).cohort
    columns = design(cohort, terms, "contrast")
    fitted = fit_propensity(columns, cohort.treated)
    theirs = sm.Logit(cohort.treated.astype(float), sm.add_constant(columns.matrix()))
    answer = theirs.fit(method="newton", maxiter=200, tol=1e-14, disp=0)
    np.testing.assert_allclose(fitted.coefficients, answer.params, rtol=1e-8)
    np.testing.assert_allclose(fitted.probability, answer.predict(), rtol=1e-8)


def test_gradient_is_flat_at_the_answer_even_with_cubes(data):
    cohort = data("cps").cohort
    columns = design(cohort, DW, "contrast")
    fitted = fit_propensity(columns, cohort.treated)
    matrix = np.column_stack((np.ones(cohort.size), columns.matrix()))
    left = (cohort.treated - fitted.probability) @ matrix
    size = np.abs(cohort.treated @ matrix)
    assert (np.abs(left) <= 1e-9 * np.maximum(size, 1)).all()


def test_blocks_do_not_matter(monkeypatch):
    columns, treated = simulated()
    whole = fit_propensity(columns, treated)
    monkeypatch.setattr(propensity, "_BLOCK", 7)
    parts = fit_propensity(columns, treated)
    np.testing.assert_allclose(parts.coefficients, whole.coefficients, rtol=1e-11)


def test_units_do_not_matter():
    columns, treated = simulated()
    scaled = Design(columns.names, (columns.columns[0] * 1e6 + 1e7, columns.columns[1] * 1e-6, columns.columns[2]))
    one, other = fit_propensity(columns, treated), fit_propensity(scaled, treated)
    np.testing.assert_allclose(other.logit, one.logit, atol=1e-8)


def test_separation_names_the_covariate():
    columns, treated = simulated()
    apart = Design((*columns.names, "told"), (*columns.columns, treated * 2.0 + np.abs(columns.columns[2]) % 1))
    with pytest.raises(NotValid) as wrong:
        fit_propensity(apart, treated)
    assert codes_of(wrong) == [("impact.separation", "told")]


def test_separation_is_seen_even_where_the_likelihood_goes_flat():
    drawn = np.random.default_rng(6)
    first, second = drawn.normal(size=(2, 60))
    with pytest.raises(NotValid) as wrong:
        fit_propensity(Design(("first", "second"), (first, second)), first + second > 0, most_steps=5000)
    assert codes_of(wrong)[0][0] == "impact.separation"


def test_a_flag_that_only_one_group_has_is_separation():
    columns, treated = simulated()
    flag = np.zeros(len(treated))
    flag[np.flatnonzero(~treated)[:5]] = 1
    with pytest.raises(NotValid) as wrong:
        fit_propensity(Design((*columns.names, "never"), (*columns.columns, flag)), treated)
    assert codes_of(wrong) == [("impact.separation", "never")]


def test_separation_by_several_covariates_together_names_the_strongest():
    drawn = np.random.default_rng(5)
    first, second = drawn.normal(size=(2, 300))
    treated = first + second > 0.3
    with pytest.raises(NotValid) as wrong:
        fit_propensity(Design(("first", "second"), (first, second)), treated)
    assert codes_of(wrong)[0][0] == "impact.separation"
    assert codes_of(wrong)[0][1] in {"first", "second"}


def test_collinearity_names_every_covariate_that_adds_nothing():
    columns, treated = simulated()
    a, b, c = columns.columns
    with pytest.raises(NotValid) as wrong:
        fit_propensity(Design(("a", "b", "sum", "c", "again"), (a, b, a + 2 * b, c, c * 3 + 1)), treated)
    assert codes_of(wrong) == [("impact.collinear", "sum"), ("impact.collinear", "again")]


def test_constant_covariates_are_named():
    columns, treated = simulated()
    with pytest.raises(NotValid) as wrong:
        fit_propensity(Design((*columns.names, "same"), (*columns.columns, np.full(len(treated), 7.0))), treated)
    assert codes_of(wrong) == [("impact.collinear", "same")]


def test_no_convergence_names_the_slowest_covariate():
    columns, treated = simulated()
    with pytest.raises(NotValid) as wrong:
        fit_propensity(columns, treated, most_steps=4)
    assert codes_of(wrong)[0][0] == "impact.no-convergence"
    assert codes_of(wrong)[0][1] in {"(Intercept)", *columns.names}
