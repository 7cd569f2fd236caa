"""Which figure of an estimate a contract means."""

import pytest

from sib.errors import NotValid
from sib.impact.estimate import Estimate
from sib.impact.plan import Quantise
from sib.impact.statistic import exact_figure, figure, p_value

FOUND = Estimate(-4.0, 2.0, -7.92, -0.08, "HC1", 50, 50, 10.0, 14.0)


@pytest.mark.parametrize(
    ("statistic", "plain", "turned"),
    [
        ("point estimate", -4.0, 40.0),
        ("lower bound", -7.92, 0.8),
        ("upper bound", -0.08, 79.2),
        ("standard error", 2.0, 20.0),
        # z = 2 either way: 2 (1 - 0.97725) in any table of the normal distribution
        ("p value", 0.0455, 0.0455),
    ],
)
def test_each_statistic_is_its_own_figure_and_a_negative_factor_turns_the_bounds(statistic, plain, turned):
    assert figure(FOUND, statistic) == pytest.approx(plain, abs=5e-6)
    assert figure(FOUND, statistic, -10.0) == pytest.approx(turned, abs=5e-6)


def test_a_p_value_is_not_rounded_like_dollars():
    """0.0455 in two places would be 0.05, and p < 0.05 would fail."""
    cents, fine = Quantise(places=2, rounding="half even"), Quantise(places=6, rounding="half even")
    assert exact_figure(FOUND, "p value", cents, fine) == "0.045500"
    assert exact_figure(FOUND, "upper bound", cents, fine) == "-0.08"


def test_an_estimate_without_spread_is_certain():
    assert (p_value(1.0, 0.0), p_value(0.0, 0.0)) == (0.0, 1.0)


def test_an_unknown_statistic_is_told():
    with pytest.raises(NotValid, match="not a figure"):
        figure(FOUND, "median")
