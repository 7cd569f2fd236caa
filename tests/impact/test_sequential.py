"""Looks before the end: the boundaries of R's ldbounds, and that the chance is really spent so."""

from math import sqrt

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from sib.errors import NotValid
from sib.impact.plan import Looks, read_plan
from sib.impact.sequential import boundaries, look_words, spent_at


@pytest.mark.parametrize(
    ("spending", "looks", "bounds"),
    [
        # R ldbounds 2.0.2, both sides 2.5 % each, looks at equal shares; its grid is coarse in the fourth digit
        ("O'Brien-Fleming", 3, [3.7103, 2.5114, 1.9930]),
        ("O'Brien-Fleming", 5, [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]),
        ("Pocock", 3, [2.2794, 2.2949, 2.2959]),
    ],
)
def test_boundaries_are_those_of_ldbounds(spending, looks, bounds):
    at = tuple((number + 1) / looks for number in range(looks))
    found = boundaries(Looks(at=at, spending=spending))
    assert [each.bound for each in found] == pytest.approx(bounds, abs=1.5e-4)
    assert found[-1].spent == pytest.approx(0.05)


def test_the_second_boundary_is_that_of_another_integration():
    """One integral by scipy: the sum stands at u after the first look, and must go beyond the edge from there."""
    looks = Looks(at=(0.4, 1.0), spending="O'Brien-Fleming")
    first, second = boundaries(looks)
    inner = first.bound * sqrt(0.4)

    def crosses(start: float) -> float:
        return norm.pdf(start, scale=sqrt(0.4)) * norm.sf(second.bound - start, scale=sqrt(0.6))

    crossed = quad(crosses, -inner, inner, epsabs=1e-13)[0]
    assert 2 * crossed == pytest.approx(second.spent - first.spent, abs=1e-10)


def test_one_look_is_the_usual_test():
    for spending in ("O'Brien-Fleming", "Pocock"):
        (only,) = boundaries(Looks(at=(1.0,), spending=spending))
        assert (only.bound, only.p_value) == pytest.approx((1.959964, 0.05), abs=1e-6)


def test_the_chance_that_is_spent_is_the_chance_in_simulation():
    """200,000 walks without any effect: five standard errors of a share of 5 % are 0.24 points."""
    looks = Looks(at=(0.25, 0.6, 1.0), spending="Pocock")
    found = boundaries(looks)
    drawn = np.random.default_rng(7)
    steps = np.sqrt(np.diff((0.0, *looks.at)))
    walks = np.cumsum(drawn.normal(size=(200_000, 3)) * steps, axis=1) / np.sqrt(looks.at)
    crossed = np.maximum.accumulate(np.abs(walks) >= [each.bound for each in found], axis=1)
    assert crossed.mean(axis=0) == pytest.approx([each.spent for each in found], abs=0.0025)


def test_spending_rises_to_alpha():
    for spending in ("O'Brien-Fleming", "Pocock"):
        looks = Looks(at=(1.0,), spending=spending, alpha=0.1)
        spent = [spent_at(looks, share / 20) for share in range(1, 21)]
        assert spent == sorted(spent)
        assert spent[-1] == pytest.approx(0.1)


def test_a_look_short_of_its_boundary_is_not_conclusive():
    first = boundaries(Looks(at=(0.5, 1.0), spending="O'Brien-Fleming"))[0]
    assert look_words(first, 2.5, 1.0) == (
        "at 50 % of the information: not conclusive; the estimate lies 2.50 standard errors from nought, "
        "and 2.96 are needed"
    )
    assert "lower;" in look_words(first, -3.0, 1.0)
    assert "higher;" in look_words(first, 3.0, 0.0)


def test_looks_in_a_plan_rise_to_the_end(plan_text):
    plan = read_plan(plan_text.replace("seed = 1978", 'seed = 1978\nlooks = { at = [0.5, 1], spending = "Pocock" }'))
    assert plan.looks == Looks(at=(0.5, 1.0), spending="Pocock")
    for at in ("[0.6, 0.5, 1]", "[0.5]", "[0.5, 0.5, 1]", "[0, 1]"):
        with pytest.raises(NotValid):
            read_plan(plan_text.replace("seed = 1978", f'seed = 1978\nlooks = {{ at = {at}, spending = "Pocock" }}'))
