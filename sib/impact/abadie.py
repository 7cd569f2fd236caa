"""impact: matching with replacement, all ties counted, with the errors that Abadie and Imbens derived for it."""

from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

import numpy as np

from sib.errors import NotValid, Problem
from sib.impact.cohort import Flags, Floats, Rows
from sib.impact.formula import Design
from sib.impact.mahalanobis import squared_distances
from sib.impact.propensity import fit_propensity
from sib.impact.regression import fit_weighted

Target = Literal["ATT", "ATE"]


@dataclass(frozen=True, slots=True)
class MatchedMeans:
    """The effect by matching with replacement, and its doubt."""

    effect: float
    error: float
    low: float
    high: float
    pairs: int
    """Matched pairs, ties included."""
    adjusted: bool
    """Whether the bias of inexact matches was taken off by regression."""


@dataclass(frozen=True, slots=True, eq=False)
class _Links:
    """Who stands in for whom: rows of both, and the weight of each pair (each person's weights add up to 1)."""

    own: Rows
    other: Rows
    weights: Floats


def matched_means(
    space: Floats,
    treated: Flags,
    outcome: Floats,
    *,
    matches: int = 1,
    target: Target = "ATT",
    adjust: Floats | None = None,
    noise: Literal["common", "each"] = "common",
    neighbours: int = 1,
    tie: float = 1e-5,
    confidence: float = 0.95,
) -> MatchedMeans:
    """Each person's outcome less the mean of its ``matches`` nearest in the other group, averaged over the target.

    ``space`` (n, p) is where plain distance is the one meant: a score, or covariates turned so. Squared distances
    within ``tie`` of the last match count as equal to it, as in R's Matching. ``adjust`` (n, k) takes the bias of
    inexact matches off by regression on these covariates (Abadie & Imbens, 2011). Errors are those of Abadie & Imbens
    (2006, theorem 7), with one variance for all, or ``each`` person's among its nearest ``neighbours`` in the own group
    (Stata's ``teffects nnmatch`` takes 2). A score is taken as known: ``score_matched`` has what its estimation does.
    Raises ``NotValid`` with too few people in a group.
    """
    if min(treated.sum(), (~treated).sum()) < max(2, matches):
        raise NotValid(Problem("impact.too-few", "a group has too few people to match with", "ask for fewer matches"))
    size = len(treated)
    gains, reuse, squares = np.zeros(size), np.zeros(size), np.zeros(size)
    pairs: list[Floats] = []
    weights: list[Floats] = []
    for flag in (True, False) if target == "ATE" else (True,):
        links = _nearest(space, treated == flag, treated != flag, matches, tie)
        gap = outcome[links.own] - outcome[links.other]
        reuse += np.bincount(links.other, weights=links.weights, minlength=size)
        if adjust is not None:
            gap = gap - _bias(adjust, outcome, links, size)
        pairs.append(gap if flag else -gap)
        weights.append(links.weights)
        gains += np.bincount(links.own, weights=pairs[-1] * links.weights, minlength=size)
        squares += np.bincount(links.other, weights=links.weights**2, minlength=size)
    among = treated if target == "ATT" else np.ones(size, dtype=np.bool_)
    effect = float(gains[among].mean())
    own = _common_noise(np.concatenate(pairs) - effect, np.concatenate(weights), size)
    if noise == "each":
        own = _own_noise(space, treated, outcome, neighbours, tie)
    spare = reuse**2 - squares + (2.0 * reuse if target == "ATE" else 0.0)
    error = float(np.sqrt(((gains[among] - effect) ** 2).sum() + (own * spare).sum()) / among.sum())
    width = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    count = sum(len(one) for one in weights)
    return MatchedMeans(effect, error, effect - width, effect + width, count, adjust is not None)


def _common_noise(gaps: Floats, weights: Floats, size: int) -> Floats:
    return np.full(size, 0.5 * float((weights * gaps**2).sum() / weights.sum()))


def _bias(adjust: Floats, outcome: Floats, links: _Links, size: int) -> Floats:
    """What the regression among the matched says that a pair differs by for its covariates alone."""
    reuse = np.bincount(links.other, weights=links.weights, minlength=size)
    used = np.flatnonzero(reuse).astype(np.int64)
    columns = np.column_stack((np.ones(len(used)), adjust[used]))
    slopes = fit_weighted(columns, outcome[used], np.asarray(reuse[used], dtype=np.float64)).coefficients[1:]
    return np.asarray((adjust[links.own] - adjust[links.other]) @ slopes, dtype=np.float64)


def _nearest(space: Floats, own: Flags, pool: Flags, matches: int, tie: float) -> _Links:
    """The nearest of ``pool`` for each of ``own``, ties shared."""
    rows, others = np.flatnonzero(own), np.flatnonzero(pool)
    left: list[Rows] = []
    right: list[Rows] = []
    weights: list[Floats] = []
    for row in rows.tolist():
        gaps = squared_distances(space[others], space[row])
        gaps[others == row] = np.inf
        last = np.partition(gaps, matches - 1)[matches - 1]
        near = others[gaps <= last + tie]
        left.append(np.full(len(near), row, dtype=np.int64))
        right.append(near)
        weights.append(np.full(len(near), 1.0 / len(near)))
    return _Links(np.concatenate(left), np.concatenate(right), np.concatenate(weights))


def score_matched(
    score: Design, treated: Flags, outcome: Floats, matches: int = 1, confidence: float = 0.95
) -> MatchedMeans:
    """The effect on all, by matching on an estimated probability, with an error that knows that it is estimated.

    Estimation makes the error smaller (Abadie & Imbens, 2016), as in Stata's ``teffects psmatch``. Of the effect on the
    treated it can do either, and that is not built.
    """
    fitted = fit_propensity(score, treated)
    chance = fitted.probability
    tie = 1e-12
    found = matched_means(
        chance[:, None], treated, outcome, matches=matches, target="ATE", noise="each", tie=tie, confidence=confidence
    )
    columns = np.column_stack((np.ones(len(treated)), score.matrix()))
    slope = chance * (1.0 - chance)
    covariance = np.linalg.inv((columns * slope[:, None]).T @ columns)
    total = np.zeros(columns.shape[1])
    for flag, share in ((True, chance), (False, 1.0 - chance)):
        group = np.flatnonzero(treated == flag)
        for row in range(len(treated)):
            gaps = (chance[group] - chance[row]) ** 2
            near = group[gaps <= np.partition(gaps, 1)[1] + tie**2]
            apart = (columns[near] - columns[near].mean(axis=0)).T @ (outcome[near] - outcome[near].mean())
            total += apart / (len(near) - 1) * slope[row] / share[row]
    mean = total / len(treated)
    gained = float(mean @ covariance @ mean)
    error = float(np.sqrt(max(found.error**2 - gained, 0.0)))
    width = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    return replace(found, error=error, low=found.effect - width, high=found.effect + width)


def _own_noise(space: Floats, treated: Flags, outcome: Floats, neighbours: int, tie: float) -> Floats:
    """Each person's variance: that among itself and its nearest in the own group, ties included."""
    out = np.zeros(len(treated))
    for flag in (True, False):
        links = _nearest(space, treated == flag, treated == flag, neighbours, tie)
        held = np.bincount(links.own, minlength=len(treated)) + 1.0
        sums = np.bincount(links.own, weights=outcome[links.other], minlength=len(treated)) + outcome
        mean = sums / held
        squares = np.bincount(links.own, weights=(outcome[links.other] - mean[links.own]) ** 2, minlength=len(treated))
        group = treated == flag
        out[group] = ((squares + (outcome - mean) ** 2) / np.maximum(held - 1.0, 1.0))[group]
    return out
