"""impact: the links between covariates and the probability of being treated."""

from collections.abc import Callable
from dataclasses import dataclass
from math import erfc, pi, sqrt
from statistics import NormalDist

import numpy as np

from sib.impact.cohort import Floats
from sib.impact.specification import Link

_SMALLEST = float(np.finfo(float).eps)


@dataclass(frozen=True, slots=True)
class LinkFunction:
    """One link: from linear predictor to probability, the slope of that, and back."""

    chance: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    linear: Callable[[Floats], Floats]


def logistic(linear: Floats) -> Floats:
    """The probability at given log odds."""
    with np.errstate(over="ignore"):
        return 1.0 / (1.0 + np.exp(-linear))


def _logistic_slope(linear: Floats) -> Floats:
    chance = logistic(linear)
    return np.maximum(chance * (1.0 - chance), _SMALLEST)


def _normal(linear: Floats) -> Floats:
    far = 8.125890664701906  # where the lower tail is one rounding step: R clips the linear predictor here
    held = np.clip(linear, -far, far)
    return np.array([0.5 * erfc(-one / sqrt(2.0)) for one in held.tolist()])


def _normal_slope(linear: Floats) -> Floats:
    return np.maximum(np.exp(-(linear**2) / 2.0) / sqrt(2.0 * pi), _SMALLEST)


def _normal_linear(chance: Floats) -> Floats:
    return np.array([NormalDist().inv_cdf(one) for one in chance.tolist()])


def _cloglog(linear: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return np.asarray(np.clip(-np.expm1(-np.exp(linear)), _SMALLEST, 1.0 - _SMALLEST), dtype=np.float64)


def _cloglog_slope(linear: Floats) -> Floats:
    held = np.minimum(linear, 700.0)
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.maximum(np.exp(held) * np.exp(-np.exp(held)), _SMALLEST), dtype=np.float64)


def _cauchit(linear: Floats) -> Floats:
    far = 1.0 / np.tan(pi * _SMALLEST)
    held = np.clip(linear, -far, far)
    with np.errstate(divide="ignore"):
        tail = np.arctan(1.0 / np.abs(held)) / pi  # half minus what the plain form would lose to rounding
    return np.asarray(np.where(held < 0, tail, 1.0 - tail), dtype=np.float64)


def _cauchit_slope(linear: Floats) -> Floats:
    return np.maximum(1.0 / (pi * (1.0 + linear**2)), _SMALLEST)


LINKS: dict[Link, LinkFunction] = {
    "logit": LinkFunction(logistic, _logistic_slope, lambda chance: np.log(chance / (1.0 - chance))),
    "probit": LinkFunction(_normal, _normal_slope, _normal_linear),
    "cloglog": LinkFunction(_cloglog, _cloglog_slope, lambda chance: np.log(-np.log1p(-chance))),
    "cauchit": LinkFunction(_cauchit, _cauchit_slope, lambda chance: np.tan(pi * (chance - 0.5))),
}
"""The links of R's binomial family, with R's limits on values that no longer move anything."""
