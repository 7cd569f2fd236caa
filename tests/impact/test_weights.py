"""Weights as a specification of a plan: the same run, without matches."""

import numpy as np
import pytest

from sib.errors import NotValid
from sib.impact.balance import balance_table
from sib.impact.estimate import estimate_effect
from sib.impact.matching import match_cohort
from sib.impact.specification import read_specification

TERMS = ["age", "educ", "race", "married", "nodegree", "re74", "re75"]
SAID = {"id": "w", "covariates": TERMS, "method": "weights", "weighting": "probability"}


def run(data, **more):
    people = data("lalonde")
    specification = read_specification({**SAID, **more})
    matched = match_cohort(people.cohort, specification)
    return people, matched, estimate_effect(people.cohort, specification, matched, people.outcomes["re78"])


def test_entropy_weights_leave_no_difference(data):
    people, matched, found = run(data, weighting="entropy")
    table = balance_table(people.cohort, TERMS, matched, 0.1)
    assert abs(table.worst.smd) < 1e-9
    assert found.effect == pytest.approx(1273.2618, abs=5e-4)  # R ebal 0.1-8: 1273.2614
    assert found.error_kind == "HC1"
    assert matched.weights[~people.cohort.treated].mean() == pytest.approx(1)


def test_weights_by_probability_and_doubly_robust(data):
    people, matched, plain = run(data)
    treated = people.cohort.treated
    odds = matched.score / (1 - matched.score)
    earned = people.outcomes["re78"]
    wanted = earned[treated].mean() - np.average(earned[~treated], weights=odds[~treated])
    assert plain.effect == pytest.approx(wanted)
    assert plain.error_kind == "stacked"
    _, _, both = run(data, estimator="doubly robust")
    assert both.error_kind == "stacked"
    assert both.effect != plain.effect
    assert both.mean_treated == pytest.approx(plain.mean_treated)
    _, _, adjusted = run(data, estimator="adjusted")
    assert adjusted.error_kind == "HC1"
    _, everybody, for_all = run(data, estimand="ATE", link="probit")
    assert for_all.error_kind == "stacked"
    assert everybody.weights[treated].mean() == pytest.approx(1)


def test_trimmed_people_have_no_weight(data):
    people, matched, found = run(data, trim=0.1, normalise=False)
    inside = (matched.score >= 0.1) & (matched.score <= 0.9)
    assert ((matched.weights > 0) == inside).all()
    assert found.treated == (inside & people.cohort.treated).sum()
    assert found.error_kind == "HC1"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"weighting": "entropy", "estimator": "doubly robust"}, "specification, estimator"),
        ({"trim": 0.1, "estimator": "doubly robust"}, "specification, estimator"),
        ({"estimand": "ATC"}, "specification, estimand"),
        ({"weighting": "entropy", "estimand": "ATE"}, "specification, estimand"),
        ({"weighting": "entropy", "link": "probit"}, "specification, link"),
        ({"caliper": 0.2}, "specification, caliper"),
    ],
)
def test_what_weights_do_not_have(change, place):
    with pytest.raises(NotValid) as wrong:
        read_specification({**SAID, **change})
    assert place in {problem.place for problem in wrong.value.problems}
