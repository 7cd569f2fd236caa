"""impact: the effect on the treated in a matched cohort, and the comparisons that would have said something else."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from sib.errors import NotValid, Problem
from sib.impact.cohort import Cohort, Flags, Floats, Rows
from sib.impact.doubly import modelled_effect
from sib.impact.formula import design
from sib.impact.matching import MatchedCohort
from sib.impact.regression import Fit, Robust, clustered_error, clustered_variance, fit_weighted, robust_error
from sib.impact.specification import Estimator, Specification

TREATMENT = 1
"""Column of the treatment in every model here, after the intercept."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """An effect in the outcome's own unit, with its doubt and the number of people behind it."""

    effect: float
    error: float
    """Standard error."""
    low: float
    high: float
    """Ends of the confidence interval, by the normal distribution."""
    error_kind: str
    """``HC3``, ``clustered HC1`` where match sets are clusters, ``stacked`` where models are behind it."""
    treated: int
    comparison: int
    mean_treated: float
    mean_comparison: float
    """Weighted mean of the comparison people: what would have happened."""


@dataclass(frozen=True, slots=True)
class BinaryEffect:
    """An effect on a yes-or-no outcome, as shares and as a logarithm of odds; none where a share is 0 or 1."""

    risk_treated: float
    risk_comparison: float
    log_risk_ratio: float | None
    log_odds_ratio: float | None
    log_odds_error: float | None
    log_odds_error_clustered: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The matched people with one outcome: what every model here is fitted to."""

    treated: Flags
    outcome: Floats
    weights: Floats
    sets: Rows
    covariates: Floats
    """The specification's terms, (n, p)."""
    middle: Floats
    """Their mean among the people for whom the effect is meant, (p)."""

    @property
    def clustered(self) -> bool:
        """Whether everybody is in a match set."""
        return bool((self.sets >= 0).all())


def matched_sample(cohort: Cohort, terms: Sequence[str], matched: MatchedCohort, outcome: Floats) -> Sample:
    """People with weight, in the cohort's order. Raises ``NotValid`` if an outcome of theirs is not known."""
    rows = np.flatnonzero(matched.weights > 0)
    if not np.isfinite(outcome[rows]).all():
        raise NotValid(
            Problem(
                code="impact.outcome-unknown",
                what=f"the outcome of {int((~np.isfinite(outcome[rows])).sum())} matched people is not known",
                mend="link them, or report the result as not estimable",
            )
        )
    covariates = design(cohort, terms, "contrast").matrix(rows)
    weights = matched.weights[rows]
    meant = weights if matched.estimand == "ATE" else weights * matched.focal[rows]
    middle = np.average(covariates, axis=0, weights=meant)
    return Sample(cohort.treated[rows], outcome[rows], weights, matched.sets[rows], covariates, middle)


def estimate_effect(
    cohort: Cohort, specification: Specification, matched: MatchedCohort, outcome: Floats, confidence: float = 0.95
) -> Estimate:
    """The effect on the treated by the specification's estimator; ``outcome`` in the cohort's order.

    Match sets are clusters (Abadie & Spiess, 2022); HC1 with replacement, where people stand in several sets; HC3 for
    strata and classes, which are too few and too large to be clusters. Weights by probability have errors that know
    that the score was estimated, but where people were trimmed; entropy weights have HC1.
    """
    sample = matched_sample(cohort, specification.covariates, matched, outcome)
    way = _stacked_way(specification)
    if way is not None:
        return _by_models(cohort, specification, sample, way, confidence)
    fit = fit_effect(sample, specification.estimator)
    if specification.method in ("exact", "cem", "subclass") and matched.matches is None:
        error, kind = robust_error(fit, TREATMENT, "HC3"), "HC3"
    elif sample.clustered:
        error, kind = clustered_error(fit, TREATMENT, sample.sets, "HC1"), "clustered HC1"
    else:
        error, kind = robust_error(fit, TREATMENT, "HC1"), "HC1"
    return _estimate(float(fit.coefficients[TREATMENT]), error, kind, sample, confidence)


def _stacked_way(specification: Specification) -> Literal["ipw", "aipw"] | None:
    """Which of the estimators with stacked equations a specification means, if any."""
    if specification.method != "weights" or specification.weighting != "probability" or specification.trim is not None:
        return None
    if specification.estimator == "doubly robust":
        return "aipw"
    return "ipw" if specification.estimator == "difference" else None


def _by_models(
    cohort: Cohort, specification: Specification, sample: Sample, way: Literal["ipw", "aipw"], confidence: float
) -> Estimate:
    columns = design(cohort, specification.covariates, "contrast")
    found = modelled_effect(
        columns,
        columns,
        sample.treated,
        sample.outcome,
        way=way,
        target="ATE" if specification.estimand == "ATE" else "ATT",
        link=specification.link,
        confidence=confidence,
    )
    counts = int(sample.treated.sum()), int((~sample.treated).sum())
    means = found.mean_treated, found.mean_comparison
    return Estimate(found.effect, found.error, found.low, found.high, "stacked", *counts, *means)


def fit_effect(sample: Sample, estimator: Estimator) -> Fit:
    """The model whose treatment coefficient is the effect.

    ``difference``: weighted means. ``adjusted``: treatment and covariates. ``g-computation``: covariates centred at the
    target group's mean (taken as fixed) and fully interacted, so that the coefficient is the mean over that group of
    predicted differences.
    """
    flags = sample.treated.astype(np.float64)
    columns = [np.ones_like(flags), flags]
    if estimator == "adjusted":
        columns += list(sample.covariates.T)
    elif estimator == "g-computation":
        centred = sample.covariates - sample.middle
        columns += [*centred.T, *(centred * flags[:, None]).T]
    return fit_weighted(np.column_stack(columns), sample.outcome, sample.weights)


def raw_difference(treated: Flags, outcome: Floats, confidence: float = 0.95, kind: Robust = "HC1") -> Estimate:
    """Difference in means with nothing done about who the comparison people are: what a naive reader would say."""
    flags = treated.astype(np.float64)
    everybody = np.ones_like(flags)
    nobody = np.empty((len(flags), 0))
    sample = Sample(treated, outcome, everybody, np.full(len(flags), -1, dtype=np.int64), nobody, np.empty(0))
    fit = fit_effect(sample, "difference")
    return _estimate(float(fit.coefficients[TREATMENT]), robust_error(fit, TREATMENT, kind), kind, sample, confidence)


def randomised_difference(treated: Flags, outcome: Floats, confidence: float = 0.95) -> Estimate:
    """Difference in means of a randomised trial, with HC3: the truth to hold other comparisons against."""
    return raw_difference(treated, outcome, confidence, "HC3")


def binary_effect(sample: Sample) -> BinaryEffect:
    """Shares, risk ratio and odds ratio of a yes-or-no outcome, with HC0 errors of the weighted logistic model."""
    shares, influence = [], np.zeros(len(sample.outcome))
    for sign, group in ((1.0, sample.treated), (-1.0, ~sample.treated)):
        share = float(np.average(sample.outcome[group], weights=sample.weights[group]))
        shares.append(share)
        spread = sample.weights[group].sum() * share * (1.0 - share)
        if spread > 0:
            influence[group] = sign * sample.weights[group] * (sample.outcome[group] - share) / spread
    one, none = shares
    ratio = float(np.log(one / none)) if one > 0 and none > 0 else None
    if not (0 < one < 1 and 0 < none < 1):
        return BinaryEffect(one, none, ratio, None, None, None)
    odds = float(np.log(one / (1 - one)) - np.log(none / (1 - none)))
    clustered = None
    if sample.clustered:
        sums = np.bincount(np.unique(sample.sets, return_inverse=True)[1], weights=influence)
        clustered = float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)))
    return BinaryEffect(one, none, ratio, odds, float(np.sqrt((influence**2).sum())), clustered)


def pairwise_error(cohort: Cohort, matched: MatchedCohort, outcome: Floats) -> tuple[float, float]:
    """Effect and standard error with replacement: one row for each place in a match, clustered by set and by person."""
    own, other = matched.pairs
    treated, size = np.unique(own, return_counts=True)
    rows = np.concatenate((treated, other))
    sets = np.concatenate((treated, own))
    weights = np.concatenate((np.ones(len(treated)), 1.0 / size[np.searchsorted(treated, own)]))
    flags = cohort.treated[rows].astype(np.float64)
    fit = fit_weighted(np.column_stack((np.ones_like(flags), flags)), outcome[rows], weights)
    both = np.arange(len(rows))
    variance = sum(clustered_variance(fit, TREATMENT, clusters, "HC1") for clusters in (sets, rows))
    variance -= clustered_variance(fit, TREATMENT, both, "HC1")
    return float(fit.coefficients[TREATMENT]), float(np.sqrt(variance))


def _estimate(effect: float, error: float, kind: str, sample: Sample, confidence: float) -> Estimate:
    width = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    means = [
        float(np.average(sample.outcome[group], weights=sample.weights[group]))
        for group in (sample.treated, ~sample.treated)
    ]
    counts = int(sample.treated.sum()), int((~sample.treated).sum())
    return Estimate(effect, error, effect - width, effect + width, kind, *counts, means[0], means[1])
