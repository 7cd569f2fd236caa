"""arrows: measured results drawn at random for a contract's simulation, in blocks that do not depend on each other.

Floats are at home here: nothing that is drawn is ever paid. A block is drawn from the seed, the effect and its own
number alone, so that results are the same however many threads share the blocks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import erfc, sqrt
from statistics import NormalDist

import numpy as np

from sib.payments.many import Floats
from sib.terms.contract import Contract
from sib.terms.simulation import COMPARED, Draw, mean

BLOCK = 8192
"""Cohorts drawn together."""
Results = Mapping[str, Floats]
"""Columns of results by metric or named quantity."""

_ERFC = np.frompyfunc(erfc, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Arms:
    """What the people with the service have in all, and those they are compared with, in every cohort drawn."""

    treated: Floats
    comparison: Floats


def generator(seed: int, effect: Fraction, block: int) -> np.random.Generator:
    """The source of chance of one block; another effect, or another block, has another."""
    key = [seed, int(effect < 0), abs(effect.numerator), effect.denominator, block]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))


def arms_at_random(draws: tuple[Draw, ...], effect: Fraction, size: int, chance: np.random.Generator) -> list[Arms]:
    """Draw every result of a contract for a number of cohorts, all under one true effect."""
    shared = chance.standard_normal(size)
    drawn = []
    for draw in draws:
        own = chance.standard_normal(size)
        alike = float(draw.correlation)
        drift = float(draw.drift * (draw.base or 0)) * (sqrt(alike) * shared + sqrt(1 - alike) * own)
        rate = _possible(draw, float(mean(draw, effect)) + drift)
        treated = _whole(draw, draw.people or 0, rate, chance)
        base = np.full(size, float(draw.base or 0))
        known = draw.comparison is None
        drawn.append(Arms(treated, base if known else _whole(draw, draw.comparison or 0, base, chance)))
    return drawn


def arms_as_expected(draws: tuple[Draw, ...], effects: Floats, places: list[int]) -> list[Arms]:
    """What the same people have without chance: the draws at some places under true effects, the others under none."""
    arms = []
    for place, draw in enumerate(draws):
        base = float(draw.base or 0)
        per_unit = float(mean(draw, Fraction(1))) - base
        rate = _possible(draw, base + per_unit * (effects if place in places else np.zeros(len(effects))))
        arms.append(Arms((draw.people or 0) * rate, np.full(len(effects), base * (draw.comparison or 1))))
    return arms


def arms_around(draw: Draw, effects: Floats, chance: np.random.Generator) -> Arms:
    """Draw one result for as many cohorts as there are true effects, each under its own."""
    base = float(draw.base or 0)
    drift = float(draw.drift * (draw.base or 0)) * chance.standard_normal(len(effects))
    rate = _possible(draw, base + (float(mean(draw, Fraction(1))) - base) * effects + drift)
    treated = _whole(draw, draw.people or 0, rate, chance)
    known = np.full(len(effects), base)
    return Arms(treated, known if draw.comparison is None else _whole(draw, draw.comparison, known, chance))


def _possible(draw: Draw, rate: Floats) -> Floats:
    if draw.outcome == "amount":
        return rate
    return np.clip(rate, 0.0, 1.0 if draw.outcome == "yes or no" else None)


def _whole(draw: Draw, people: int, rate: Floats, chance: np.random.Generator) -> Floats:
    """The sum over so many people, drawn from its own distribution and not person by person."""
    if draw.outcome == "yes or no":
        return chance.binomial(people, rate).astype(np.float64)
    if draw.outcome == "amount":
        return people * rate + float(draw.spread or 0) * sqrt(people) * chance.standard_normal(len(rate))
    if draw.dispersion:
        # negative binomial: each person's own rate is gamma, so their sum is too
        rate = chance.gamma(people / float(draw.dispersion), rate * float(draw.dispersion))
        return chance.poisson(rate).astype(np.float64)
    return chance.poisson(people * rate).astype(np.float64)


def one_better(draw: Draw, arms: Arms) -> Arms:
    """The same cohorts with one person better off by one outcome, or by one spread."""
    step = float(draw.spread or 1)
    treated = arms.treated + (-step if (draw.effect or "").endswith("fewer") else step)
    return Arms(treated if draw.outcome == "amount" else np.maximum(treated, 0.0), arms.comparison)


def results(
    contract: Contract, draws: tuple[Draw, ...], arms: list[Arms], *, rounded: bool = True
) -> dict[str, Floats]:
    """The measured results that the arms come to; not-a-number where nothing can be estimated."""
    found: dict[str, Floats] = {}
    size = max(len(each.treated) for each in arms)
    statistics = {metric.id: metric.statistic for metric in contract.metric}
    for draw, each in zip(draws, arms, strict=True):
        point, error = _estimate(draw, each, size)
        for name in draw.gives:
            value = _figure(statistics.get(name, "point estimate"), point, error, float(draw.confidence or 0.95))
            found[name] = value if draw.places is None or not rounded else np.round(value, draw.places)
    return found


def _estimate(draw: Draw, arms: Arms, size: int) -> tuple[Floats, Floats]:
    """The estimate and its standard error, from the cohort's own figures."""
    per, people = float(draw.per), float(draw.people or 1)
    mine = arms.treated / people
    variance = _variance(draw, mine) / people
    if draw.design == "fixed":
        return np.full(size, float(draw.value or 0)), np.zeros(size)
    if draw.design == "counts":
        return arms.treated, people * np.sqrt(variance)
    if draw.design not in COMPARED:
        return mine * per, per * np.sqrt(variance)
    theirs = arms.comparison / (draw.comparison or 1)
    sign = -1.0 if (draw.effect or "").endswith("fewer") else 1.0
    others = _variance(draw, theirs) / draw.comparison if draw.comparison else np.zeros(size)
    if not (draw.effect or "").startswith("percent"):
        return sign * (mine - theirs) * per, per * np.sqrt(variance + others)
    theirs = np.where(theirs == 0, np.nan, theirs)
    error = np.sqrt(variance + (mine / theirs) ** 2 * others) / np.abs(theirs)
    return sign * 100 * (mine - theirs) / theirs, 100 * error


def _variance(draw: Draw, average: Floats) -> Floats:
    """How much one person differs from another, squared."""
    if draw.outcome == "amount":
        return np.full(len(average), float(draw.spread or 0) ** 2)
    if draw.outcome == "events":
        return average + float(draw.dispersion) * average**2
    # what drift adds to a share may carry it past one
    share = np.clip(average, 0, 1)
    return share * (1 - share)


def _figure(statistic: str, point: Floats, error: Floats, confidence: float) -> Floats:
    """The figure of an estimate that a metric is paid on."""
    wide = NormalDist().inv_cdf((1 + confidence) / 2) * error
    if statistic == "p value":
        # two-sided, by the normal approximation
        deviation = np.abs(point) / np.where(error > 0, error, np.nan)
        p_value = np.asarray(_ERFC(deviation / sqrt(2)), dtype=np.float64)
        return np.where(error > 0, p_value, (point == 0).astype(np.float64))
    figures = {"lower bound": point - wide, "upper bound": point + wide, "standard error": error}
    return figures.get(statistic, point)
