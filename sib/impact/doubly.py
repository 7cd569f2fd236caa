"""impact: effects from models of who is treated and of what follows: weighting, adjustment, and both at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from sib.impact.cohort import Flags, Floats
from sib.impact.formula import Design
from sib.impact.links import LINKS, logistic
from sib.impact.propensity import fit_propensity
from sib.impact.specification import Link
from sib.impact.stacked import stacked_covariance
from sib.impact.weighting import Target, probability_weights

Way = Literal["ra", "ipw", "aipw", "ipwra"]
"""Regression adjustment, inverse-probability weights, augmented by the regression, or the regression weighted."""
Kind = Literal["mean", "share"]


@dataclass(frozen=True, slots=True)
class ModelledEffect:
    """The mean outcome with and without treatment, over the target group, and what lies between.

    Errors take account of all models' own (M-estimation, as Stata's ``teffects``).
    """

    way: Way
    target: Target
    mean_treated: float
    mean_comparison: float
    effect: float
    error: float
    low: float
    high: float
    log_ratio: float | None
    """Of the two means, if both are above nothing."""
    log_ratio_error: float | None
    people: int

    @property
    def ratio(self) -> float | None:
        """The risk ratio, for a yes-or-no outcome."""
        return None if self.log_ratio is None else float(np.exp(self.log_ratio))

    def ratio_interval(self, confidence: float = 0.95) -> tuple[float, float] | None:
        """Ends of the ratio's interval, symmetric in its logarithm."""
        if self.log_ratio is None or self.log_ratio_error is None:
            return None
        width = NormalDist().inv_cdf(0.5 + confidence / 2) * self.log_ratio_error
        return float(np.exp(self.log_ratio - width)), float(np.exp(self.log_ratio + width))


@dataclass(frozen=True, slots=True, eq=False)
class _Models:
    """What the equations need: n people, their columns with an intercept, and the parameters' places."""

    score: Floats
    outcome: Floats
    treated: Floats
    values: Floats
    way: Way
    target: Target
    link: Link
    kind: Kind


def modelled_effect(
    score: Design,
    outcome: Design,
    treated: Flags,
    values: Floats,
    *,
    way: Way = "aipw",
    target: Target = "ATT",
    link: Link = "logit",
    kind: Kind = "mean",
    confidence: float = 0.95,
) -> ModelledEffect:
    """The effect of treatment on ``values`` (n), by covariates of the score and of the outcome's model.

    ``way`` aipw is right if either model is (Robins, Rotnitzky & Zhao, 1994). ``kind`` share models a yes-or-no outcome
    by logistic instead of linear regression. Raises ``NotValid`` where the score or a model cannot be fitted.
    """
    ones = np.ones((len(treated), 1))
    models = _Models(
        np.column_stack((ones, score.matrix())) if way != "ra" else np.empty((len(treated), 0)),
        np.column_stack((ones, outcome.matrix())) if way != "ipw" else np.empty((len(treated), 0)),
        treated.astype(np.float64),
        values,
        way,
        target,
        link,
        kind,
    )
    theta = _solve(models, score, treated)
    blocks = [models.score, models.outcome, models.outcome, ones, ones]
    held = [place for place, columns in enumerate(blocks) if columns.shape[1]]

    def residuals(lines: Sequence[Floats]) -> list[Floats]:
        full = [np.zeros(len(treated))] * len(blocks)
        for place, line in zip(held, lines, strict=True):
            full[place] = line
        found = _residuals(models, full)
        return [found[place] for place in held]

    chosen = [blocks[place] for place in held], [theta[place] for place in held]
    covariance = stacked_covariance(*chosen, residuals)[-2:, -2:]
    one, none = float(theta[-2][0]), float(theta[-1][0])
    error = float(np.sqrt(covariance[0, 0] + covariance[1, 1] - 2.0 * covariance[0, 1]))
    width = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    ratio, ratio_error = None, None
    if one > 0 and none > 0:
        slope = np.array([1.0 / one, -1.0 / none])
        ratio, ratio_error = float(np.log(one / none)), float(np.sqrt(slope @ covariance @ slope))
    effect = one - none
    return ModelledEffect(
        way, target, one, none, effect, error, effect - width, effect + width, ratio, ratio_error, len(values)
    )


def _solve(models: _Models, score: Design, treated: Flags) -> list[Floats]:
    """All parameters: of the score, of the outcome with and without treatment, and the two means."""
    gamma = np.empty(0)
    if models.score.shape[1]:
        gamma = np.array(fit_propensity(score, treated, link=models.link).coefficients)
    theta = [gamma]
    for group in (treated, ~treated):
        weights = np.ones(len(treated))
        if models.way == "ipwra":
            weights = _weights(models, models.score @ gamma)
        theta.append(_fit(models, group, weights) if models.outcome.shape[1] else np.empty(0))
    lines = [models.score @ gamma, *(models.outcome @ slopes for slopes in theta[1:])]
    # the last two equations are linear in the two means, with the slopes that one step shows
    for place in (-2, -1):
        left, stepped = (
            float(_residuals(models, [*lines, np.full(len(treated), at), np.full(len(treated), at)])[place].mean())
            for at in (0.0, 1.0)
        )
        theta.append(np.array([left / (left - stepped)]))
    return theta


def _fit(models: _Models, group: Flags, weights: Floats) -> Floats:
    """Weighted regression within a group: linear, or logistic by Newton steps."""
    columns, values, weights = models.outcome[group], models.values[group], weights[group]
    if models.kind == "mean":
        root = np.sqrt(weights)
        return np.asarray(np.linalg.lstsq(columns * root[:, None], values * root, rcond=None)[0], dtype=np.float64)
    slopes = np.zeros(columns.shape[1])
    for _ in range(50):
        chance = logistic(columns @ slopes)
        gradient = columns.T @ (weights * (values - chance))
        information = (columns * (weights * chance * (1.0 - chance))[:, None]).T @ columns
        step = np.linalg.lstsq(information, gradient, rcond=None)[0]
        slopes = slopes + step / max(1.0, float(np.abs(step).max()) / 5.0)
        if np.abs(step).max() < 1e-10:
            break
    return slopes


def _weights(models: _Models, line: Floats) -> Floats:
    chance = np.clip(LINKS[models.link].chance(line), 1e-12, 1.0 - 1e-12)
    return probability_weights(chance, models.treated == 1, models.target)


def _residuals(models: _Models, lines: Sequence[Floats]) -> list[Floats]:
    """What each of the five models leaves over, given their linear predictors: score, outcome twice, mean twice."""
    own, values = models.treated, models.values
    other = 1.0 - own
    weights = np.ones(len(own)) if models.way == "ra" else _weights(models, lines[0])
    first, second = (logistic(line) if models.kind == "share" else line for line in lines[1:3])
    held = weights if models.way == "ipwra" else np.ones(len(own))
    among = own if models.target == "ATT" else np.ones(len(own))
    one, none = lines[3:]
    match models.way:
        case "ipw":
            means = [own * weights * (values - one), other * weights * (values - none)]
        case "aipw":
            means = [
                among * (first - one) + own * weights * (values - first),
                among * (second - none) + other * weights * (values - second),
            ]
        case _:
            means = [among * (first - one), among * (second - none)]
    return [_of_score(models, lines[0]), own * held * (values - first), other * held * (values - second), *means]


def _of_score(models: _Models, line: Floats) -> Floats:
    if models.way == "ra" or models.link == "logit":
        return np.asarray(models.treated - logistic(line), dtype=np.float64)
    chance, slope = LINKS[models.link].chance(line), LINKS[models.link].slope(line)
    return np.asarray((models.treated - chance) * slope / (chance * (1.0 - chance)), dtype=np.float64)
