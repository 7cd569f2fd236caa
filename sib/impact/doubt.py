"""impact: how much hidden bias it would take to explain a result away."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np

from sib.impact.cohort import Floats
from sib.impact.matching import MatchedCohort


@dataclass(frozen=True, slots=True)
class HiddenBias:
    """If an unseen trait made one person of a pair at most ``gamma`` times as likely to be treated as the other…"""

    gamma: float
    p_value: float
    """…then the one-sided chance of so large a result, with no effect at all, is at most this."""


def hidden_bias(
    matched: MatchedCohort, outcome: Floats, gamma: float, *, more_is_better: bool = True
) -> HiddenBias | None:
    """Rosenbaum's bound for matched pairs, by Wilcoxon's signed ranks (Rosenbaum, 2002, section 4.3).

    ``outcome`` in the cohort's order. None where the match is not in pairs of one and one, or all pairs are equal.
    """
    own, other = matched.pairs
    if not len(own) or matched.with_replacement or len(np.unique(own)) < len(own):
        return None
    gaps = outcome[own] - outcome[other]
    return signed_rank_bound(gaps if more_is_better else -gaps, gamma)


def signed_rank_bound(gaps: Floats, gamma: float) -> HiddenBias | None:
    """The bound for differences within pairs, treated minus comparison, by the normal approximation.

    Equal pairs are left out, and tied ranks shared.
    """
    gaps = gaps[gaps != 0]
    if not len(gaps):
        return None
    size = np.abs(gaps)
    below = np.searchsorted(np.sort(size), size, side="left")
    upto = np.searchsorted(np.sort(size), size, side="right")
    ranks = (below + 1 + upto) / 2
    chance = gamma / (1 + gamma)
    expected = chance * ranks.sum()
    spread = sqrt(chance * (1 - chance) * float((ranks**2).sum()))
    deviation = (ranks[gaps > 0].sum() - expected) / spread
    return HiddenBias(gamma, 1 - NormalDist().cdf(float(deviation)))


def e_value(risk_ratio: float) -> float:
    """How strongly, as a risk ratio, an unseen trait would have to go with both treatment and outcome.

    Takes a risk ratio, or the end of its interval nearer to 1 (VanderWeele & Ding, 2017).
    """
    ratio = max(risk_ratio, 1 / risk_ratio)
    return ratio + sqrt(ratio * (ratio - 1))
