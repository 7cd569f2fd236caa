"""impact: counts with exposure, such as offences in years at risk: rate ratios on a matched or weighted sample."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sib.errors import NotValid, Problem
from sib.impact.cohort import Floats
from sib.impact.estimate import Sample
from sib.impact.regression import fit_weighted
from sib.impact.student import student_quantile

Model = Literal["poisson", "negative binomial"]


@dataclass(frozen=True, slots=True)
class RateEffect:
    """Rates with and without treatment, and their ratio."""

    model: Model
    rate_treated: float
    rate_comparison: float
    log_ratio: float
    log_ratio_error: float
    ratio: float
    low: float
    high: float
    difference: float
    dispersion: float
    """Variance over mean beyond Poisson's, as a share of the squared mean; 0 for Poisson itself."""


def rate_effect(
    sample: Sample,
    exposure: Floats,
    model: Model = "poisson",
    covariates: Floats | None = None,
    confidence: float = 0.95,
) -> RateEffect:
    """The rate ratio by log-linear regression with weights, with match sets as clusters (people where there are none).

    ``sample.outcome`` are counts, ``exposure`` (n) time at risk, above 0. Poisson's estimate needs no Poisson
    distribution, its error being robust (Gourieroux, Monfort & Trognon, 1984), with residuals over one less their
    leverage and Student's distribution; the negative binomial weighs people with much exposure less, with a dispersion
    by moments (Cameron & Trivedi, 1986). Raises ``NotValid`` for negative counts, for exposure that is not above 0, and
    where a group has no event.
    """
    _check(sample, exposure)
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    flags = sample.treated.astype(np.float64)
    columns = [np.ones_like(flags), flags]
    if covariates is not None:
        columns += list((covariates - np.average(covariates, axis=0, weights=sample.weights)).T)
    said = {"exog": np.column_stack(columns), "exposure": exposure, "var_weights": sample.weights}
    family = families.Poisson()
    fitted = GLM(sample.outcome, family=family, **said).fit()
    dispersion = 0.0
    if model == "negative binomial":
        mean = np.asarray(fitted.mu)
        over = sample.weights * ((sample.outcome - mean) ** 2 - mean)
        dispersion = max(float((over * mean**2).sum() / (sample.weights * mean**4).sum()), 1e-8)
        family = families.NegativeBinomial(alpha=dispersion)
        fitted = GLM(sample.outcome, family=family, **said).fit()
    error = _error(sample, said["exog"], np.asarray(fitted.mu), dispersion)
    line = float(np.asarray(fitted.params)[1])
    width = student_quantile(confidence, min(int(_clusters(sample).max()), 10_000)) * error
    one, none = (
        float((sample.weights * sample.outcome)[group].sum() / (sample.weights * exposure)[group].sum())
        for group in (sample.treated, ~sample.treated)
    )
    low, high = float(np.exp(line - width)), float(np.exp(line + width))
    return RateEffect(model, one, none, line, error, float(np.exp(line)), low, high, one - none, dispersion)


def _error(sample: Sample, columns: Floats, mean: Floats, dispersion: float) -> float:
    """The sandwich, by the weighted regression that the last step of the fit was."""
    spread = mean + dispersion * mean**2
    working = fit_weighted(columns, (sample.outcome - mean) / mean, sample.weights * mean**2 / spread)
    # at the top the step is nothing; whatever is left of it belongs to the residuals
    if np.abs(working.coefficients).max() > 1e-6:
        raise NotValid(Problem("impact.no-convergence", "the rate model did not settle", "take fewer covariates"))
    along = working.columns @ working.bread[:, 1] * working.residuals / (1.0 - working.leverage)
    sums = np.bincount(_clusters(sample), weights=along)
    return float(np.sqrt((sums**2).sum()))


def _clusters(sample: Sample) -> np.ndarray:
    """Match sets, or each person where there are none."""
    return np.unique(sample.sets, return_inverse=True)[1] if sample.clustered else np.arange(len(sample.outcome))


def _check(sample: Sample, exposure: Floats) -> None:
    problems = []
    if (sample.outcome < 0).any() or not (exposure > 0).all():
        problems.append(
            Problem(
                "impact.counts", "a count is below 0, or an exposure not above it", "correct them, or leave them out"
            )
        )
    for name, group in (("treated", sample.treated), ("comparison", ~sample.treated)):
        if not sample.outcome[group].any():
            problems.append(
                Problem("impact.no-events", f"no {name} person has an event, so there is no ratio", "report the rates")
            )
    if problems:
        raise NotValid(problems)
