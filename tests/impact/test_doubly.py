"""Weighting, adjustment and both at once, against Stata's teffects, What If's figures and R's ebal."""

import csv

import numpy as np
import pytest

from sib.errors import NotValid, Refused
from sib.impact.doubly import modelled_effect
from sib.impact.formula import Design, design
from sib.impact.propensity import fit_propensity
from sib.impact.regression import fit_weighted, robust_error
from sib.impact.stacked import stacked_covariance
from sib.impact.weighting import effective_size, entropy_weights, overlap, probability_weights
from tests.impact.conftest import FOLDER

EFFECTS = FOLDER.parent / "effects"
SCORE = ("mmarried", "mage", "mage2", "fbaby", "medu")
OUTCOME = ("prenatal1", "mmarried", "mage", "fbaby")
STATA = {
    ("ra", "ATE"): (-239.63921146434, 23.82402100183),
    ("ra", "ATT"): (-223.30165084, 22.74219517),
    ("ipw", "ATE"): (-230.6886378, 25.8152438),
    ("ipw", "ATT"): (-225.17726055, 23.66458273),
    ("aipw", "ATE"): (-230.98920111, 26.21056463),
    ("ipwra", "ATE"): (-229.96707794, 26.62667572),
    ("ipwra", "ATT"): (-223.54526199, 23.79401567),
}
"""Stata's effect and error of smoking on birth weight, stored in statsmodels' tests; Stata has no aipw for the ATT."""


def table(name):
    with (EFFECTS / name).open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}


@pytest.fixture(scope="module")
def births():
    return table("cattaneo2.csv")


def columns_of(data, names):
    return Design(tuple(names), tuple(data[name] for name in names))


@pytest.mark.parametrize(("way", "target"), STATA)
def test_effects_and_errors_are_stata_s(births, way, target):
    found = modelled_effect(
        columns_of(births, SCORE), columns_of(births, OUTCOME), births["mbsmoke"] == 1, births["bweight"],
        way=way, target=target, link="probit",
    )  # fmt: skip
    effect, error = STATA[way, target]
    assert found.effect == pytest.approx(effect, rel=1e-8)
    assert found.error == pytest.approx(error, rel=1e-7)
    assert found.mean_treated - found.mean_comparison == pytest.approx(found.effect)
    assert found.low + found.high == pytest.approx(2 * found.effect)


def test_the_doubly_robust_effect_on_the_treated_by_hand(births):
    treated, values = births["mbsmoke"] == 1, births["bweight"]
    found = modelled_effect(columns_of(births, SCORE), columns_of(births, OUTCOME), treated, values)
    chance = fit_propensity(columns_of(births, SCORE), treated).probability
    outcome = np.column_stack([np.ones(len(values)), *(births[name] for name in OUTCOME)])
    slopes = np.linalg.lstsq(outcome[~treated], values[~treated], rcond=None)[0]
    left = values - outcome @ slopes
    odds = chance / (1 - chance)
    effect = (left[treated].sum() - (odds * left)[~treated].sum()) / treated.sum()
    assert found.effect == pytest.approx(effect, rel=1e-10)
    influence = (treated * (left - effect) - ~treated * odds * left) / treated.mean()
    # the plain influence function takes both models as known, which hardly matters where both fit
    assert found.error == pytest.approx(influence.std() / np.sqrt(len(values)), rel=0.02)


def test_a_wrong_model_of_one_kind_does_no_harm():
    drawn = np.random.default_rng(11)
    size = 20_000
    one, two = drawn.normal(size=(2, size))
    chance = 1 / (1 + np.exp(-0.7 * one))
    treated = drawn.random(size) < chance
    values = 3 * one + two + 2 * treated + drawn.normal(size=size)
    right, wrong = Design(("one",), (one,)), Design(("two",), (two,))
    for score, outcome in ((right, wrong), (wrong, right)):
        found = modelled_effect(score, outcome, treated, values)
        assert abs(found.effect - 2) < 4 * found.error
    naive = modelled_effect(wrong, wrong, treated, values)
    assert abs(naive.effect - 2) > 10 * naive.error


def test_shares_by_logistic_models_and_their_ratio():
    drawn = np.random.default_rng(5)
    size = 8000
    one = drawn.normal(size=size)
    treated = drawn.random(size) < 1 / (1 + np.exp(0.4 - one))
    share = 1 / (1 + np.exp(-(-1 + 0.8 * one + 0.5 * treated)))
    without = 1 / (1 + np.exp(-(-1 + 0.8 * one)))
    values = (drawn.random(size) < share).astype(float)
    covariates = Design(("one",), (one,))
    for way in ("ra", "aipw", "ipwra", "ipw"):
        found = modelled_effect(covariates, covariates, treated, values, way=way, kind="share")
        truth = share[treated].mean() / without[treated].mean()
        low, high = found.ratio_interval(0.999)
        assert low < truth < high
        assert found.ratio == pytest.approx(found.mean_treated / found.mean_comparison)
    nobody = modelled_effect(covariates, covariates, treated, np.zeros(size), way="ipw")
    assert nobody.ratio is None
    assert nobody.ratio_interval() is None


def test_models_that_do_not_fix_their_parameters_are_told():
    twice = np.column_stack((np.ones(6), np.arange(6.0), np.arange(6.0)))
    with pytest.raises(NotValid, match="do not fix"):
        stacked_covariance([twice], [np.zeros(3)], lambda lines: [np.arange(6.0) - lines[0]])


def test_what_if_weights_and_effects():
    people = table("nhefs.csv")
    names, columns = [], []
    for name in ("sex", "race"):
        names.append(name)
        columns.append(people[name])
    for name in ("age", "smokeintensity", "smokeyrs", "wt71"):
        names += [name, f"{name}2"]
        columns += [people[name], people[name] ** 2]
    for name, levels in (("education", (2, 3, 4, 5)), ("exercise", (1, 2)), ("active", (1, 2))):
        for level in levels:
            names.append(f"{name}{level}")
            columns.append((people[name] == level).astype(float))
    covariates = Design(tuple(names), tuple(columns))
    treated, gained = people["qsmk"] == 1, people["wt82_71"]
    # Hernan & Robins: difference 2.5 (section 12.1), stabilised weights 0.33 to 4.30, effect 3.4 (2.4, 4.5)
    assert gained[treated].mean() - gained[~treated].mean() == pytest.approx(2.54, abs=0.005)
    chance = fit_propensity(covariates, treated).probability
    weights = probability_weights(chance, treated, "ATE", stabilised=True)
    assert (weights.min(), weights.max()) == pytest.approx((0.3312, 4.2977), abs=5e-5)
    assert weights.mean() == pytest.approx(1.0, abs=0.005)
    model = fit_weighted(np.column_stack((np.ones(len(gained)), treated)), gained, weights)
    assert model.coefficients[1] == pytest.approx(3.4405, abs=5e-5)
    assert robust_error(model, 1, "HC0") == pytest.approx(0.525, abs=0.002)
    found = modelled_effect(covariates, covariates, treated, gained, way="ipw", target="ATE")
    assert found.effect == pytest.approx(3.4405, abs=5e-5)
    assert found.error < 0.525  # estimating the weights makes them better


def test_entropy_weights_balance_exactly_and_give_r_s_effect(data):
    people = data("lalonde")
    treated = people.cohort.treated
    terms = ["age", "educ", "race", "married", "nodegree", "re74", "re75"]
    covariates = design(people.cohort, terms, "contrast").matrix()
    weights = entropy_weights(covariates, treated)
    gap = np.average(covariates[~treated], axis=0, weights=weights[~treated]) - covariates[treated].mean(axis=0)
    assert np.abs(gap / covariates.std(axis=0)).max() < 1e-10
    assert weights[~treated].sum() == pytest.approx(treated.sum())
    earned = people.outcomes["re78"]
    effect = earned[treated].mean() - np.average(earned[~treated], weights=weights[~treated])
    assert effect == pytest.approx(1273.2618, abs=5e-4)  # R ebal 0.1-8 says 1273.2614, at a looser tolerance


def test_entropy_weights_that_cannot_be_are_told():
    treated = np.array([True, True, False, False, False])
    with pytest.raises(NotValid, match="reach"):
        entropy_weights(np.array([[9.0], [8.0], [1.0], [2.0], [3.0]]), treated)


def test_probability_weights_by_hand():
    chance, treated = np.array([0.2, 0.5, 0.5, 0.8, 0.04]), np.array([True, False, True, False, False])
    assert probability_weights(chance, treated).tolist() == pytest.approx([1, 1, 1, 4, 1 / 24])
    assert probability_weights(chance, treated, "ATE").tolist() == pytest.approx([5, 2, 2, 5, 1 / 0.96])
    assert probability_weights(chance, treated, trim=0.1)[4] == 0
    stable = probability_weights(chance, treated, stabilised=True)
    assert stable.tolist() == pytest.approx([1, 1.5, 1, 6, 1.5 / 24])
    with pytest.raises(Refused, match="0 or 1"):
        probability_weights(np.array([0.0, 0.5]), np.array([True, False]))


def test_overlap_by_hand():
    chance, treated = np.array([0.3, 0.9, 0.1, 0.5]), np.array([True, True, False, False])
    found = overlap(chance, treated, np.array([1.0, 1.0, 1.0, 3.0]))
    assert (found.low, found.high) == (0.3, 0.5)
    assert (found.outside_treated, found.outside_comparison) == (1, 1)
    assert found.largest_share == 0.75
    assert found.effective_comparison == pytest.approx(16 / 10)
    assert effective_size(np.zeros(3)) == 0
