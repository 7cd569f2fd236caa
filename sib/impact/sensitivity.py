"""impact: doubt in words: how strong what nobody saw would have to be to explain a result away."""

from collections.abc import Callable
from dataclasses import dataclass
from math import erfc, exp, inf, lgamma, log, sqrt
from statistics import NormalDist

import numpy as np

from sib.impact.cohort import Floats
from sib.impact.doubt import e_value, signed_rank_bound
from sib.impact.estimate import Estimate, Sample
from sib.impact.matching import MatchedCohort
from sib.impact.student import student_quantile

_MANY = 2000
"""Degrees of freedom from which Student's distribution is taken for the normal one."""
_MOST_GAMMA = 100.0


@dataclass(frozen=True, slots=True)
class EValue:
    """A risk ratio with its interval, and how strong an unseen trait must be to explain either away."""

    ratio: float
    low: float
    high: float
    point: float
    limit: float
    """For the end of the interval nearer to 1; 1 where the interval holds 1, since nothing is needed then."""

    @property
    def words(self) -> str:
        """For a commissioner."""
        if self.limit == 1:
            return "The interval holds a ratio of 1: not conclusive, even if nothing unseen is at work."
        return (
            f"An unseen trait would have to make both the service and the outcome {self.point:.2f} times as likely to "
            f"explain the result away, and {self.limit:.2f} times to make it not conclusive."
        )


def e_value_of_ratio(ratio: float, low: float, high: float) -> EValue:
    """E-values of a risk ratio and its interval (VanderWeele & Ding, 2017)."""
    limit = 1.0 if low <= 1 <= high else e_value(low if low > 1 else high)
    return EValue(ratio, low, high, e_value(ratio), limit)


def e_value_of_difference(effect: float, error: float, spread: float) -> EValue:
    """The same for a difference of means over the outcome's standard deviation ``spread``.

    By the ratio exp(0.91 d) and the interval exp(0.91 d ± 1.78 s) (VanderWeele & Ding, 2017, after Chinn, 2000).
    """
    size, doubt = effect / spread, error / spread
    return e_value_of_ratio(exp(0.91 * size), exp(0.91 * size - 1.78 * doubt), exp(0.91 * size + 1.78 * doubt))


def risk_ratio(sample: Sample, confidence: float) -> tuple[float, float, float] | None:
    """Ratio of the shares of a yes-or-no outcome with its interval; None where a share is nought.

    Errors by the delta method, with match sets as clusters where everybody is in one.
    """
    pull: Floats = np.zeros(len(sample.outcome))
    shares = []
    for sign, who in ((1.0, sample.treated), (-1.0, ~sample.treated)):
        total = float(sample.weights[who].sum())
        share = float(sample.weights[who] @ sample.outcome[who]) / total
        if share == 0:
            return None
        shares.append(share)
        pull[who] = sign * sample.weights[who] * (sample.outcome[who] - share) / (total * share)
    if sample.clustered:
        sets = np.unique(sample.sets, return_inverse=True)[1]
        pull = np.asarray(np.bincount(sets, weights=pull), dtype=np.float64)
    error = sqrt(float((pull**2).sum()) * len(pull) / (len(pull) - 1))
    middle, width = log(shares[0] / shares[1]), NormalDist().inv_cdf(0.5 + confidence / 2) * error
    return exp(middle), exp(middle - width), exp(middle + width)


def mcnemar_bound(treated_only: int, comparison_only: int, gamma: float) -> float:
    """Largest one-sided p value of discordant pairs of a yes-or-no outcome (Rosenbaum, 2002, section 4.3.2); exact.

    ``treated_only`` are pairs in which only the person of the service has the outcome.
    """
    pairs, chance = treated_only + comparison_only, gamma / (1 + gamma)
    logs = [
        lgamma(pairs + 1) - lgamma(one + 1) - lgamma(pairs - one + 1) + one * log(chance)
        + (pairs - one) * log(1 - chance)
        for one in range(treated_only, pairs + 1)
    ]  # fmt: skip
    return min(1.0, sum(exp(each) for each in logs))


@dataclass(frozen=True, slots=True)
class Tipping:
    """The hidden bias at which matched pairs stop being conclusive."""

    gamma: float
    """How many times as likely one person of a pair may be to be treated, for what nobody saw; below 1: never."""
    test: str
    alpha: float

    @property
    def words(self) -> str:
        """For a commissioner."""
        if self.gamma < 1:
            return "The matched pairs are not conclusive, even if nothing unseen is at work."
        shown = f"more than {_MOST_GAMMA:g}" if self.gamma == inf else f"{self.gamma:.2f}"
        return (
            f"Something unseen that made one person of a matched pair {shown} times as likely to be in the service "
            "as the other would make the result not conclusive."
        )


def tipping_point(
    matched: MatchedCohort, outcome: Floats, *, more_is_better: bool = True, alpha: float = 0.05
) -> Tipping | None:
    """Rosenbaum's bound turned round, one-sided at ``alpha`` / 2: Wilcoxon's test, McNemar's for yes or no.

    None where the match is not in pairs of one and one, or no pair differs.
    """
    own, other = matched.pairs
    if not len(own) or matched.with_replacement or len(np.unique(own)) < len(own):
        return None
    gaps = outcome[own] - outcome[other]
    gaps = gaps if more_is_better else -gaps
    if not gaps.any():
        return None
    binary = bool(np.isin(outcome[np.concatenate((own, other))], (0, 1)).all())
    ups, downs = int((gaps > 0).sum()), int((gaps < 0).sum())

    def chance(gamma: float) -> float:
        if binary:
            return mcnemar_bound(ups, downs, gamma)
        bound = signed_rank_bound(gaps, gamma)
        return 1.0 if bound is None else bound.p_value

    return Tipping(_tips(chance, alpha / 2), "McNemar" if binary else "Wilcoxon signed ranks", alpha)


def _tips(chance: Callable[[float], float], level: float) -> float:
    if chance(1.0) >= level:
        return 0.0
    low, high = 1.0, _MOST_GAMMA
    if chance(high) < level:
        return inf
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if chance(middle) < level else (low, middle)
    return low


@dataclass(frozen=True, slots=True)
class Robustness:
    """Shares of what is left unexplained that an unseen trait would have to explain, in service and outcome alike."""

    partial: float
    """Share of the outcome's variance, left by the covariates, that being in the service explains."""
    value: float
    """To bring the effect to nought (Cinelli & Hazlett, 2020)."""
    to_doubt: float
    """To make it not conclusive; 0 where it is not conclusive to begin with."""

    @property
    def words(self) -> str:
        """For a commissioner."""
        if self.to_doubt == 0:
            return "The estimate is not conclusive, even if nothing unseen is at work."
        return (
            f"An unseen trait that explained {100 * self.value:.1f} % of what is left of who is in the service and of "
            f"the outcome would bring the effect to nought; {100 * self.to_doubt:.1f} % would make it not conclusive."
        )


def robustness_value(effect: float, error: float, spare: int, alpha: float = 0.05) -> Robustness:
    """For a coefficient with ``spare`` degrees of freedom left (Cinelli & Hazlett, 2020, section 4.2)."""
    strength = abs(effect) / error / sqrt(spare)
    needed = NormalDist().inv_cdf(1 - alpha / 2) if spare > _MANY else student_quantile(1 - alpha, spare - 1)
    left = max(0.0, strength - needed / sqrt(spare - 1))
    return Robustness(strength**2 / (1 + strength**2), _equal_share(strength), _equal_share(left))


def _equal_share(strength: float) -> float:
    return (sqrt(strength**4 + 4 * strength**2) - strength**2) / 2


@dataclass(frozen=True, slots=True)
class Check:
    """A comparison that ought to find nothing, and whether it does."""

    name: str
    estimate: Estimate
    p_value: float

    @property
    def passes(self) -> bool:
        """Whether the interval holds nought."""
        return self.estimate.low <= 0 <= self.estimate.high

    @property
    def words(self) -> str:
        """For a commissioner; a check that passes proves nothing, one that fails is a reason to doubt."""
        if self.passes:
            return f"{self.name}: no sign of bias here; the service could not have changed it, and none is seen."
        return f"{self.name}: the groups differ where the service could not have changed anything; doubt the estimate."


def check_of(name: str, estimate: Estimate) -> Check:
    """The check that an estimate makes of something known to be untouched."""
    chance = erfc(abs(estimate.effect) / estimate.error / sqrt(2)) if estimate.error > 0 else float(not estimate.effect)
    return Check(name, estimate, chance)
