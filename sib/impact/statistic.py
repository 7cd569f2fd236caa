"""impact: which figure of an estimate a contract means, and that figure as exact decimal text."""

from math import erfc, sqrt
from typing import Literal, get_args

from sib.errors import NotValid, Problem
from sib.impact.estimate import Estimate
from sib.impact.plan import Quantise
from sib.impact.result import quantised

Statistic = Literal["point estimate", "lower bound", "upper bound", "standard error", "p value"]


def figure(found: Estimate, statistic: str, times: float = 1.0) -> float:
    """One figure of an estimate that is first multiplied by ``times``, such as -100 for a fall in points.

    Bounds are those of the interval that the plan's confidence gave; a negative ``times`` turns them round. The p value
    is two-sided, by the normal distribution; without any spread it is 0, or 1 where the effect is nought. Raises
    ``NotValid`` for a word that is not a statistic.
    """
    low, high = sorted((found.low * times, found.high * times))
    match statistic:
        case "point estimate":
            return found.effect * times
        case "lower bound":
            return low
        case "upper bound":
            return high
        case "standard error":
            return found.error * abs(times)
        case "p value":
            return p_value(found.effect, found.error)
    raise NotValid(
        Problem(
            "impact.statistic",
            "this is not a figure of an estimate",
            "choose one of those expected",
            value=statistic,
            expected=", ".join(get_args(Statistic)),
        )
    )


def p_value(effect: float, error: float) -> float:
    """The two-sided chance, with no effect, of a figure at least as far from nought; by the normal distribution."""
    if not error > 0:
        return float(effect == 0)
    return erfc(abs(effect) / error / sqrt(2))


def exact_figure(
    found: Estimate, statistic: str, quantise: Quantise, quantise_p_value: Quantise, times: float = 1.0
) -> str:
    """The same as decimal text, rounded as the plan says; a p value has its own rounding, being a share of 1."""
    how = quantise_p_value if statistic == "p value" else quantise
    return quantised(figure(found, statistic, times), how)
