"""impact: what a design of two groups can find: power, the smallest effect it finds, the people it needs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from math import asin, erfc, exp, inf, isfinite, lgamma, log, sqrt
from statistics import NormalDist
from typing import Literal, get_args

import numpy as np

from sib.errors import NotValid, Problem
from sib.impact.student import student_quantile

Kind = Literal["yes or no", "count", "amount"]
_MANY = 2000
"""Degrees of freedom from which Student's distribution is taken for the normal one."""
_MOST_PEOPLE = 10_000_000
_STEPS = 64


@dataclass(frozen=True, slots=True)
class Design:
    """A service group and comparison people, each measured once at the end; the test is two-sided."""

    outcome: Kind
    treated: int
    """People of the service."""
    base: float
    """Share (yes or no), mean count a person (count) or mean (amount) to be expected without the service."""
    per: float = 1.0
    """Comparison people for each of the service: k of matching 1:k."""
    spread: float = 0.0
    """Standard deviation between people; amounts only."""
    overdispersion: float = 0.0
    """k of a count whose variance is mean + k mean²: 0 is Poisson."""
    explained: float = 0.0
    """Share of an amount's variance that covariates or matching explain."""
    cluster: float = 1.0
    """People of one group that come together, such as a prison wing; 1 where everybody comes alone."""
    icc: float = 0.0
    """Correlation of two people who come together."""
    lost: float = 0.0
    """Share of people of whom no outcome will be known."""
    alpha: float = 0.05

    @property
    def followed(self) -> tuple[float, float]:
        """People of the service and of the comparison of whom an outcome will be known."""
        treated = self.treated * (1 - self.lost)
        return treated, treated * self.per

    @property
    def inflation(self) -> float:
        """How many people count for one because they come together: 1 + (m - 1) ICC."""
        return 1 + (self.cluster - 1) * self.icc


def kind_of(word: str) -> Kind:
    """The kind of outcome that a word means. Raises ``NotValid`` for another word."""
    for kind in get_args(Kind):
        if word == kind:
            return kind  # type: ignore[no-any-return]
    mend, known = "choose one of those expected", ", ".join(get_args(Kind))
    raise NotValid(Problem("power.outcome", "this is not a kind of outcome", mend, word, known))


def check_design(design: Design) -> None:
    """Raise ``NotValid`` with everything about a design that cannot be."""
    shares = {"icc": design.icc, "lost": design.lost, "explained": design.explained}
    wrong = [(name, value, "a share from 0 to below 1") for name, value in shares.items() if not 0 <= value < 1]
    if design.treated < 2:
        wrong.append(("treated", design.treated, "2 or more people"))
    if not 0 < design.alpha < 1:
        wrong.append(("alpha", design.alpha, "between 0 and 1"))
    if not design.per > 0:
        wrong.append(("per", design.per, "above 0"))
    if design.cluster < 1:
        wrong.append(("cluster", design.cluster, "1 or more"))
    if design.overdispersion < 0:
        wrong.append(("overdispersion", design.overdispersion, "0 or more"))
    if design.outcome == "yes or no" and not 0 < design.base < 1:
        wrong.append(("base", design.base, "a share between 0 and 1"))
    if design.outcome == "count" and not design.base > 0:
        wrong.append(("base", design.base, "a mean above 0"))
    if design.outcome == "amount" and not design.spread > 0:
        wrong.append(("spread", design.spread, "a standard deviation above 0"))
    if wrong:
        raise NotValid(
            [
                Problem("power.design", f"{name} cannot be {value:g}", "correct it", f"{value:g}", expected, place=name)
                for name, value, expected in wrong
            ]
        )


def power(design: Design, effect: float) -> float:
    """The chance that the test finds an effect of this size: in share, count a person or amount; its sign counts.

    Shares by the arcsine of their roots, counts by the logarithm of the ratio of rates with negative binomial errors,
    amounts by Student's noncentral distribution. Raises ``NotValid`` for a design or an effect that cannot be.
    """
    check_design(design)
    return _found(_away(design, effect), _spare(design), design.alpha)


def smallest_effect(design: Design, aim: float = 0.8, *, more: bool = True) -> float | None:
    """The smallest effect, up or down, that is found with the chance ``aim``; None where none that can be is."""
    check_design(design)
    end = _farthest(design, more=more)
    if not isfinite(end):
        end = design.spread if design.outcome == "amount" else design.base
        end = end if more else -end
        while power(design, end) < aim:
            end *= 2
    # a fall to hardly any events is found less often again, so the first step that is found counts
    steps = [end * step / _STEPS for step in range(_STEPS + 1)]
    for low, high in pairwise(steps):
        if power(design, high) >= aim:
            return _halved(lambda effect: power(design, effect) < aim, low, high)
    return None


def people_needed(design: Design, effect: float, aim: float = 0.8) -> int | None:
    """The fewest people of the service with whom an effect is found with the chance ``aim``; None beyond ten million.

    ``treated`` of the design is left out of account.
    """
    check_design(design)
    low, high = 1, 2
    while power(replace(design, treated=high), effect) < aim:
        low, high = high, high * 2
        if high > _MOST_PEOPLE:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if power(replace(design, treated=middle), effect) < aim:
            low = middle
        else:
            high = middle
    return high


def _away(design: Design, effect: float) -> float:
    """How many standard errors an effect lies from nought."""
    treated, others = design.followed
    with_service = design.base + effect
    grown = sqrt(design.inflation)
    if design.outcome == "yes or no":
        if not 0 <= with_service <= 1:
            raise NotValid(_impossible(effect, f"from {-design.base:g} to {1 - design.base:g}"))
        apart = 2 * (asin(sqrt(with_service)) - asin(sqrt(design.base)))
        return abs(apart) * sqrt(treated * others / (treated + others)) / grown
    if design.outcome == "count":
        if not with_service > 0:
            raise NotValid(_impossible(effect, f"above {-design.base:g}"))
        k = design.overdispersion
        error = sqrt((1 / with_service + k) / treated + (1 / design.base + k) / others)
        return abs(log(with_service / design.base)) / error / grown
    error = design.spread * sqrt((1 - design.explained) * (1 / treated + 1 / others))
    return abs(effect) / error / grown


def _impossible(effect: float, expected: str) -> Problem:
    return Problem("power.effect", f"an effect of {effect:g} cannot be", "correct it", f"{effect:g}", expected)


def _farthest(design: Design, *, more: bool) -> float:
    """The largest effect that can be, in one direction; infinite where nothing bounds it."""
    if design.outcome == "yes or no":
        return 1 - design.base if more else -design.base
    if design.outcome == "count" and not more:
        return -design.base * (1 - 1e-9)
    return inf


def _spare(design: Design) -> int | None:
    """Degrees of freedom: of people for amounts, of clusters where people come together; none for the normal one."""
    together = design.cluster > 1 and design.icc > 0
    if design.outcome != "amount" and not together:
        return None
    count = sum(design.followed) / (design.cluster if together else 1.0)
    spare = max(1, round(count) - 2)
    return None if spare > _MANY else spare


def _found(away: float, spare: int | None, alpha: float) -> float:
    """The chance that a test statistic that far from nought on average is called significant, either side."""
    if spare is None:
        needed = NormalDist().inv_cdf(1 - alpha / 2)
        return _above(needed - away) + _above(needed + away)
    needed = _quantile(1 - alpha, spare)
    # Student's statistic is (normal + away) / s, and s² is chi-square over its degrees of freedom
    middle, width = 1.0, 12 / sqrt(2 * spare)
    low, high = max(1e-9, middle - width), middle + width
    nodes, weights = np.polynomial.legendre.leggauss(120)
    total = 0.0
    for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        s = (high + low) / 2 + node * (high - low) / 2
        density = exp(
            log(2) + spare / 2 * log(spare / 2) - lgamma(spare / 2) + (spare - 1) * log(s) - spare * s * s / 2
        )
        total += weight * (high - low) / 2 * density * (_above(needed * s - away) + _above(needed * s + away))
    return min(1.0, total)


@cache
def _quantile(confidence: float, spare: int) -> float:
    return student_quantile(confidence, spare)


def _above(value: float) -> float:
    return erfc(value / sqrt(2)) / 2


def _halved(below: Callable[[float], bool], low: float, high: float) -> float:
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return high
