"""Matching with replacement and Abadie and Imbens' errors, against R's Matching."""

import csv

import numpy as np
import pytest

from sib.errors import NotValid
from sib.impact.abadie import matched_means, score_matched
from sib.impact.formula import Design, design
from sib.impact.propensity import fit_propensity
from tests.impact.conftest import FOLDER

TERMS = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75", "u74", "u75"]
R_MATCHING = [
    # R Matching 4.10-2 on the randomised sample: Match(Y, Tr, X, M, Weight, BiasAdjust, estimand)
    ("inverse variance", {}, 1686.106623750, 866.399972890, 267),
    ("mahalanobis", {}, 1782.839802461, 823.359551971, 267),
    ("mahalanobis", {"matches": 4}, 1849.539999080, 763.800930331, 841),
    ("mahalanobis", {"matches": 4, "adjust": True}, 1739.014048744, 764.866787066, 841),
    ("mahalanobis", {"matches": 2, "noise": "each"}, 1836.111628843, 801.178402026, 445),  # Var.calc = 1
    ("mahalanobis", {"matches": 4, "target": "ATE"}, 1667.060177721, 678.906239655, 1939),
    ("score", {}, 2138.567613035, 797.764748919, 322),
    ("score", {"matches": 3, "target": "ATE"}, 1606.838650542, 670.090415368, 1586),
]


@pytest.fixture(scope="module")
def spaces(data):
    cohort = data("experiment").cohort
    columns = design(cohort, TERMS, "contrast")
    raw = columns.matrix()
    scaled = (raw - raw.mean(axis=0)) / raw.std(axis=0, ddof=1)
    turned = scaled @ np.linalg.cholesky(np.linalg.inv(np.cov(scaled, rowvar=False)))
    chance = fit_propensity(columns, cohort.treated).probability
    return raw, {
        "inverse variance": scaled,
        "mahalanobis": turned,
        "score": (chance / chance.std(ddof=1))[:, None],
    }


@pytest.mark.parametrize(("space", "asked", "effect", "error", "pairs"), R_MATCHING)
def test_effects_errors_and_pairs_are_r_s(spaces, data, space, asked, effect, error, pairs):
    people = data("experiment")
    raw, found = spaces
    said = {**asked, "adjust": raw} if asked.get("adjust") else asked
    answer = matched_means(found[space], people.cohort.treated, people.outcomes["re78"], **said)
    assert answer.effect == pytest.approx(effect, abs=2e-5)
    assert answer.error == pytest.approx(error, abs=2e-5)
    assert answer.pairs == pairs
    assert answer.adjusted == bool(asked.get("adjust"))


@pytest.fixture(scope="module")
def births():
    with (FOLDER.parent / "effects" / "cattaneo2.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}


def test_matching_on_covariates_is_stata_s(births):
    # Stata's manual, teffects nnmatch (bweight mage i.prenatal1 mmarried fbaby) (mbsmoke): -240.3306, 28.43006
    raw = np.column_stack([births[name] for name in ("mage", "prenatal1", "mmarried", "fbaby")])
    space = raw @ np.linalg.cholesky(np.linalg.inv(np.cov(raw, rowvar=False)))
    said = {"target": "ATE", "noise": "each", "neighbours": 2, "tie": 1e-9}
    found = matched_means(space, births["mbsmoke"] == 1, births["bweight"], **said)
    assert found.effect == pytest.approx(-240.3306, abs=5e-5)
    assert found.error == pytest.approx(28.43006, abs=5e-6)


def test_matching_on_an_estimated_score_is_stata_s(births):
    # Stata's manual, teffects psmatch (bweight) (mbsmoke mmarried c.mage##c.mage fbaby medu): -210.9683, 32.021
    names = ("mmarried", "mage", "mage2", "fbaby", "medu")
    score = Design(names, tuple(births[name] for name in names))
    found = score_matched(score, births["mbsmoke"] == 1, births["bweight"])
    assert found.effect == pytest.approx(-210.9683, abs=5e-5)
    assert found.error == pytest.approx(32.021, abs=5e-4)
    assert found.low == pytest.approx(-273.7284, abs=2e-3)


def test_each_person_s_own_noise_by_hand():
    # treated at 0 and 10, pool at 0, 1 and 10: matches are exact
    space = np.array([[0.0], [10.0], [0.0], [1.0], [10.0]])
    treated = np.array([True, True, False, False, False])
    outcome = np.array([5.0, 9.0, 1.0, 3.0, 4.0])
    found = matched_means(space, treated, outcome, noise="each")
    assert found.effect == pytest.approx((4 + 5) / 2)
    # everybody of the pool stands in once at most, so reuse adds nothing: only the pairs' spread is left
    assert found.error == pytest.approx(np.sqrt((0.5**2 + 0.5**2) / 4))
    reused = matched_means(space[[0, 0, 1, 2, 3]], treated, outcome, noise="each")
    # both treated (5 and 9 at place 0) have the pool's person at 0 (3): gains 2 and 6, K = 2, sum of squared parts 2,
    # own noise (3 - 4)^2 / 2 by the pool's person at 1; variance (4 + 4 + (4 - 2) / 2) / 2^2
    assert reused.effect == pytest.approx(4)
    assert reused.error == pytest.approx(1.5)


def test_too_few_people_are_told():
    with pytest.raises(NotValid, match="too few"):
        matched_means(np.zeros((3, 1)), np.array([True, True, False]), np.zeros(3))
