"""impact: the bootstrap that keeps match sets whole, where it is valid, and a refusal where it is not."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from sib.errors import Problem, Refused
from sib.impact.estimate import Sample
from sib.impact.matching import MatchedCohort


@dataclass(frozen=True, slots=True)
class Resampled:
    """The spread of an estimate over samples of whole match sets."""

    error: float
    low: float
    high: float
    """Percentiles of the estimates."""
    repeats: int
    seed: int


def bootstrap_sets(
    matched: MatchedCohort,
    sample: Sample,
    estimate: Callable[[Sample], float],
    *,
    repeats: int = 999,
    seed: int = 0,
    confidence: float = 0.95,
) -> Resampled:
    """Draw match sets with replacement, as many as there are, and estimate anew each time (Austin & Small, 2014).

    The match itself is kept: drawing people and matching again is not valid for nearest neighbours. Raises ``Refused``
    for matching with replacement, where no bootstrap of this kind holds (Abadie & Imbens, 2008), and for strata and
    classes, which are too few to be drawn.
    """
    refuse_bootstrap(matched)
    number = np.unique(sample.sets, return_inverse=True)[1]
    order = np.argsort(number, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(number[order])) + 1)
    drawn = np.random.Generator(np.random.PCG64(seed))
    found = np.empty(repeats)
    for turn in range(repeats):
        chosen = drawn.integers(0, len(members), len(members))
        rows = np.concatenate([members[one] for one in chosen])
        sets = np.repeat(np.arange(len(chosen)), [len(members[one]) for one in chosen])
        found[turn] = estimate(
            replace(
                sample,
                treated=sample.treated[rows],
                outcome=sample.outcome[rows],
                weights=sample.weights[rows],
                sets=sets,
                covariates=sample.covariates[rows],
            )
        )
    low, high = np.quantile(found, [0.5 - confidence / 2, 0.5 + confidence / 2])
    return Resampled(float(found.std(ddof=1)), float(low), float(high), repeats, seed)


def refuse_bootstrap(matched: MatchedCohort) -> None:
    """``Refused`` where drawing match sets says nothing about the error."""
    if matched.with_replacement:
        raise Refused(
            Problem(
                code="impact.bootstrap-with-replacement",
                what="comparison people stand in several matches, and the bootstrap is not valid there",
                mend="use the errors of Abadie and Imbens",
            )
        )
    if matched.matches is None:
        raise Refused(
            Problem(
                code="impact.bootstrap-of-strata",
                what="strata and classes are few and large, so drawing them says little about the error",
                mend="use robust errors",
            )
        )
