"""impact: yes or no, such as in work or not: the difference of shares and their ratio, with intervals that hold."""

from dataclasses import dataclass

import numpy as np

from sib.errors import NotValid, Problem
from sib.impact.cohort import Floats
from sib.impact.estimate import Sample
from sib.impact.student import student_quantile

_MANY = 200
"""From so many sets on Student's and the normal distribution agree to three digits."""


@dataclass(frozen=True, slots=True)
class ShareEffect:
    """Shares with and without treatment, what lies between, and their ratio."""

    share_treated: float
    share_comparison: float
    difference: float
    difference_error: float
    difference_low: float
    difference_high: float
    ratio: float | None
    """None where nobody without treatment says yes."""
    ratio_low: float | None
    ratio_high: float | None
    clusters: int


def share_effect(sample: Sample, confidence: float = 0.95) -> ShareEffect:
    """Difference and ratio of weighted shares, match sets as clusters (people, where they are in none).

    The errors correct for the few people behind a share as HC3 does, by the share of its group's weight that a set
    holds, and take Student's distribution with one less than the number of sets. The ratio's interval is symmetric in
    its logarithm; the difference's is kept between -1 and 1. Raises ``NotValid`` for outcomes other than 0 and 1.
    """
    if not np.isin(sample.outcome, (0.0, 1.0)).all():
        raise NotValid(Problem("impact.not-yes-or-no", "an outcome is neither 0 nor 1", "use another estimator"))
    number = np.arange(len(sample.outcome))
    if sample.clustered:
        number = np.unique(sample.sets, return_inverse=True)[1]
    shares, parts = [], []
    for group in (sample.treated, ~sample.treated):
        held = np.where(group, sample.weights, 0.0)
        share = float(held @ sample.outcome / held.sum())
        shares.append(share)
        parts.append(_parts(held, sample.outcome - share, number))
    one, none = shares
    sets = len(parts[0])
    many = student_quantile(confidence, min(sets - 1, 100 * _MANY))
    error = float(np.sqrt(((parts[0] - parts[1]) ** 2).sum()))
    width = many * error
    ends = max(-1.0, one - none - width), min(1.0, one - none + width)
    ratio = low = high = None
    if none > 0:
        ratio = one / none
        if one > 0:
            spread = many * float(np.sqrt(((parts[0] / one - parts[1] / none) ** 2).sum()))
            low, high = float(ratio * np.exp(-spread)), float(ratio * np.exp(spread))
    return ShareEffect(one, none, one - none, error, *ends, ratio, low, high, sets)


def _parts(weights: Floats, gaps: Floats, number: np.ndarray) -> Floats:
    """What each set adds to the error of a share, as if the share were made without the set."""
    sums = np.bincount(number, weights=weights * gaps) / weights.sum()
    held = np.bincount(number, weights=weights) / weights.sum()
    return np.asarray(sums / np.maximum(1.0 - held, np.finfo(float).eps), dtype=np.float64)
