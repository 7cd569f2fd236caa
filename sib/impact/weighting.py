"""impact: weights instead of matches: by inverse probability, or balanced exactly; overlap, and what they cost."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sib.errors import NotValid, Problem, Refused
from sib.impact.cohort import Flags, Floats

Target = Literal["ATT", "ATE"]
_STEPS = 100
_CLOSE = 1e-12


@dataclass(frozen=True, slots=True)
class Overlap:
    """How far the two groups share a range of the score, as probabilities."""

    low: float
    high: float
    """The range that both groups reach."""
    outside_treated: int
    outside_comparison: int
    """People of each group outside of it."""
    largest_share: float
    """The largest part of the comparison group's weight that one person carries."""
    effective_comparison: float


def probability_weights(
    probability: Floats,
    treated: Flags,
    target: Target = "ATT",
    *,
    stabilised: bool = False,
    trim: float | None = None,
) -> Floats:
    """Inverse-probability weights: for the ATT 1 and p/(1 − p), for the ATE 1/p and 1/(1 − p).

    ``stabilised`` multiplies by each group's share of all people (Robins, Hernán & Brumback, 2000). ``trim`` leaves out
    people with a probability below it or above one minus it (Crump and others, 2009): the target is then another one,
    of the people who are left. Raises ``Refused`` for probabilities of 0 or 1.
    """
    if ((probability <= 0) | (probability >= 1)).any():
        raise Refused(
            Problem(
                code="impact.no-overlap",
                what="some people's probability of being treated is 0 or 1, so nobody can stand in for them",
                mend="limit the pool to people who could have been treated, or take fewer covariates",
            )
        )
    odds = probability / (1.0 - probability)
    weights = np.where(treated, 1.0, odds) if target == "ATT" else np.where(treated, 1.0 + 1.0 / odds, 1.0 + odds)
    if stabilised:
        share = float(treated.mean())
        own = np.where(treated, share, 1.0 - share)
        weights = weights * (own if target == "ATE" else np.where(treated, 1.0, (1.0 - share) / share))
    if trim is not None:
        weights = np.where((probability >= trim) & (probability <= 1.0 - trim), weights, 0.0)
    return np.asarray(weights, dtype=np.float64)


def entropy_weights(covariates: Floats, treated: Flags, steps: int = _STEPS) -> Floats:
    """Treated 1; comparison people the weights nearest to equal with which every mean is the treated people's own.

    ``covariates`` (n, p) without an intercept; the pool's weights sum to the number of treated (Hainmueller, 2012).
    Newton steps in the dual, halved while it rises. Raises ``NotValid`` where no weights can do it.
    """
    aim = covariates[treated].mean(axis=0)
    spread = covariates.std(axis=0)
    pool = (covariates[~treated] - aim)[:, spread > 0] / spread[spread > 0]
    slopes = np.zeros(pool.shape[1])
    shares, here = _tilted(pool, slopes)
    for _ in range(steps):
        gap = shares @ pool
        if np.abs(gap).max(initial=0.0) < _CLOSE:
            break
        curve = (pool * shares[:, None]).T @ pool - np.outer(gap, gap)
        step = np.linalg.lstsq(curve, gap, rcond=None)[0]
        length = 1.0
        while True:
            moved, there = _tilted(pool, slopes - length * step)
            if there <= here + 1e-14 * abs(here) or length < 1e-10:
                break
            length /= 2.0
        slopes, shares, here = slopes - length * step, moved, there
    if np.abs(shares @ pool).max(initial=0.0) > 1e-8:
        raise NotValid(
            Problem(
                code="impact.no-balance",
                what="no weights of the comparison people reach the treated people's means",
                mend="take fewer covariates, or limit the treated to those who have counterparts",
            )
        )
    weights = np.ones(len(treated))
    weights[~treated] = shares * treated.sum()
    return weights


def overlap(probability: Floats, treated: Flags, weights: Floats) -> Overlap:
    """What there is in common, and what the weights do with it."""
    low = max(float(probability[group].min()) for group in (treated, ~treated))
    high = min(float(probability[group].max()) for group in (treated, ~treated))
    outside = (probability < low) | (probability > high)
    pool = weights[~treated]
    return Overlap(
        low=low,
        high=high,
        outside_treated=int((outside & treated).sum()),
        outside_comparison=int((outside & ~treated).sum()),
        largest_share=float(pool.max() / pool.sum()),
        effective_comparison=effective_size(pool),
    )


def effective_size(weights: Floats) -> float:
    """How many equally weighted people these are worth (Kish, 1965)."""
    return float(weights.sum() ** 2 / (weights**2).sum()) if weights.any() else 0.0


def _tilted(pool: Floats, slopes: Floats) -> tuple[Floats, float]:
    """Shares that fall off exponentially along the slopes, and the logarithm of their sum: the dual."""
    line = pool @ slopes
    top = float(line.max())
    raw = np.exp(line - top)
    return raw / raw.sum(), top + float(np.log(raw.sum()))
