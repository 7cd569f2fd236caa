"""Hidden bias: published figures, and what the bound must always do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sib.impact.doubt import e_value, hidden_bias, signed_rank_bound
from sib.impact.matching import match_cohort
from sib.impact.plan import read_specification

# Lead in the blood of 33 children whose fathers worked with lead, and of matched ones whose fathers did not
# (Morton and others, 1982; pairs as in Rosenbaum, 2002, table 3.1).
EXPOSED = [38, 23, 41, 18, 37, 36, 23, 62, 31, 34, 24, 14, 21, 17, 16, 20, 15, 10, 45, 39, 22, 35, 49, 48, 44, 35]
EXPOSED += [43, 39, 34, 13, 73, 25, 27]
OTHERS = [16, 18, 18, 24, 19, 11, 10, 15, 16, 18, 18, 13, 19, 10, 16, 16, 24, 13, 9, 14, 21, 19, 7, 18, 19, 12]
OTHERS += [11, 22, 25, 16, 13, 11, 13]


@pytest.mark.parametrize(("gamma", "p_value"), [(2, 0.0018), (3, 0.0131), (4, 0.0367), (5, 0.0694)])
def test_lead_study_gives_the_published_bounds(gamma, p_value):
    gaps = np.array(EXPOSED, dtype=float) - np.array(OTHERS)
    assert signed_rank_bound(gaps, gamma).p_value == pytest.approx(p_value, abs=5e-5)


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=40), st.floats(1, 10), st.floats(1, 10))
def test_more_bias_explains_more(gaps, one, other):
    low, high = sorted((one, other))
    bounds = [signed_rank_bound(np.array(gaps, dtype=float), gamma) for gamma in (low, high)]
    if not any(gaps):
        assert bounds == [None, None]
    else:
        assert bounds[0].p_value <= bounds[1].p_value + 1e-12


@pytest.mark.parametrize(("ratio", "strength"), [(3.9, 7.263), (1.8, 3.0), (1 / 3.9, 7.263), (1.0, 1.0)])
def test_e_value_gives_the_published_figures(ratio, strength):
    assert e_value(ratio) == pytest.approx(strength, abs=5e-4)


def test_only_pairs_of_one_and_one_have_a_bound(data):
    survey = data("lalonde")
    earnings = survey.outcomes["re78"]

    def bound(**change):
        said = {"id": "s", "covariates": ["age", "re74"], "method": "nearest", "distance": "logit", "caliper": "none"}
        said |= {"ratio": 1, "replace": False, "order": "largest"} | change
        return hidden_bias(match_cohort(survey.cohort, read_specification(said)), earnings, 1.5)

    assert 0 <= bound().p_value <= 1
    assert bound(ratio=2) is None
    assert bound(replace=True) is None
    matched = match_cohort(survey.cohort, read_specification({"id": "s", "covariates": ["race"], "method": "exact"}))
    assert hidden_bias(matched, earnings, 1.5) is None


def test_less_can_be_better(data):
    survey = data("lalonde")
    said = {"id": "s", "covariates": ["age"], "method": "optimal", "distance": "logit"}
    matched = match_cohort(survey.cohort, read_specification(said))
    up = hidden_bias(matched, survey.outcomes["re78"], 1.0)
    down = hidden_bias(matched, survey.outcomes["re78"], 1.0, more_is_better=False)
    assert up.p_value + down.p_value == pytest.approx(1)
