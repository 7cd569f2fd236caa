"""impact: an estimate made again on match sets drawn with replacement, each time with its own error and interval."""

from statistics import NormalDist

import numpy as np

from sib.errors import Problem, Refused
from sib.impact.cohort import Cohort, Flags, Floats
from sib.impact.estimate import TREATMENT, Estimate, Sample, fit_effect, matched_sample
from sib.impact.matching import MatchedCohort
from sib.impact.regression import clustered_error
from sib.impact.resample import bootstrap_sets, refuse_bootstrap
from sib.impact.specification import Specification


def redraw(
    cohort: Cohort,
    specification: Specification,
    matched: MatchedCohort,
    outcome: Floats,
    *,
    repeats: int,
    seed: int,
    confidence: float,
) -> tuple[Estimate, ...]:
    """The specification's estimate on ``repeats`` samples of whole match sets (Austin & Small, 2014).

    The same seed draws the same sets for every outcome. Raises ``Refused`` where that says nothing about the error:
    matching with replacement, strata and classes, weights.
    """
    refuse_redraw(specification, matched)
    sample = matched_sample(cohort, specification.covariates, matched, outcome)
    if specification.estimator == "difference":
        return _by_sums(sample, repeats, seed, confidence)
    found: list[Estimate] = []

    def estimate(drawn: Sample) -> float:
        fit = fit_effect(drawn, specification.estimator)
        error = clustered_error(fit, TREATMENT, drawn.sets, "HC1")
        means = [float(np.average(drawn.outcome[who], weights=drawn.weights[who])) for who in _arms(drawn)]
        people = int(drawn.treated.sum())
        effect = float(fit.coefficients[TREATMENT])
        found.append(_estimate(effect, error, (people, len(drawn.treated) - people), (means[0], means[1]), confidence))
        return effect

    bootstrap_sets(matched, sample, estimate, repeats=repeats, seed=seed)
    return tuple(found)


def refuse_redraw(specification: Specification, matched: MatchedCohort) -> None:
    """``Refused`` where match sets cannot be drawn again, with the reason in words."""
    if specification.method == "weights":
        what = "everybody is weighted and nobody is matched, so there are no match sets to draw"
        mend = "use the errors that know how the weights were made"
        raise Refused(Problem("impact.bootstrap-of-weights", what, mend))
    refuse_bootstrap(matched)


def _by_sums(sample: Sample, repeats: int, seed: int, confidence: float) -> tuple[Estimate, ...]:
    """Differences in weighted means from sums by set: the same draws and figures as set by set, only sooner."""
    number = np.unique(sample.sets, return_inverse=True)[1]
    size = int(number.max()) + 1

    def summed(values: Floats) -> Floats:
        return np.asarray(np.bincount(number, weights=values, minlength=size), dtype=np.float64)

    sums = [
        (summed(np.where(who, sample.weights * sample.outcome, 0.0)), summed(np.where(who, sample.weights, 0.0)))
        for who in _arms(sample)
    ]
    people = [summed(who.astype(np.float64)) for who in _arms(sample)]
    drawn = np.random.Generator(np.random.PCG64(seed))
    found = []
    for _ in range(repeats):
        times = np.bincount(drawn.integers(0, size, size), minlength=size).astype(np.float64)
        total = [float(times @ weight) for _, weight in sums]
        means = [float(times @ value) / weight for (value, _), weight in zip(sums, total, strict=True)]
        pull = [
            (value - mean * weight) / all_weight
            for (value, weight), mean, all_weight in zip(sums, means, total, strict=True)
        ]
        counts = [round(float(times @ one)) for one in people]
        spread = float(times @ (pull[0] - pull[1]) ** 2) * size / (size - 1)
        error = float(np.sqrt(spread * (sum(counts) - 1) / (sum(counts) - 2)))
        arms = (counts[0], counts[1])
        found.append(_estimate(means[0] - means[1], error, arms, (means[0], means[1]), confidence))
    return tuple(found)


def _arms(sample: Sample) -> tuple[Flags, Flags]:
    return sample.treated, ~sample.treated


def _estimate(
    effect: float, error: float, people: tuple[int, int], means: tuple[float, float], confidence: float
) -> Estimate:
    width = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    return Estimate(effect, error, effect - width, effect + width, "clustered HC1", *people, *means)
