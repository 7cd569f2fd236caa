"""impact: the match: one specification applied to a cohort without outcomes, giving weights and match sets."""

from dataclasses import dataclass
from typing import cast

import numpy as np

from sib.impact.cohort import Cohort, Flags, Floats, Rows, Texts
from sib.impact.formula import design
from sib.impact.mahalanobis import match_mahalanobis, whiten
from sib.impact.nearest import match_closest, match_in_order, match_with_replacement
from sib.impact.optimal import full_sets, optimal_pairs, pair_distances, refuse_large
from sib.impact.plan import Specification
from sib.impact.propensity import Propensity, fit_propensity
from sib.impact.strata import coarse_strata, common_sets, equal_strata, score_classes


@dataclass(frozen=True, slots=True, eq=False)
class MatchedCohort:
    """Who is compared with whom, and with what weight: n people in the cohort's order."""

    ids: Texts
    treated: Flags
    weights: Floats
    """1 for a matched treated person; comparison people's have mean 1 over the matched; 0 for everybody else."""
    sets: Rows
    """Number of the match set, -1 for people in none (and for everybody, with replacement)."""
    matches: Rows | None
    """Rows of the comparison people of each treated one, (treated, ratio), -1 where missing; none for strata."""
    score: Floats | None
    propensity: Propensity | None
    caliper: float | None
    """In units of the score."""

    @property
    def matched_treated(self) -> int:
        """Treated people with a match."""
        return int((self.treated & (self.weights > 0)).sum())

    @property
    def matched_comparison(self) -> int:
        """Different comparison people in a match."""
        return int((~self.treated & (self.weights > 0)).sum())

    @property
    def effective_comparison(self) -> float:
        """How many equally weighted comparison people the weighted ones are worth (Kish)."""
        weights = self.weights[~self.treated]
        return float(weights.sum() ** 2 / (weights**2).sum()) if weights.any() else 0.0

    @property
    def pairs(self) -> tuple[Rows, Rows]:
        """Rows of the treated and of the comparison person of every pair, set by set; none for strata."""
        if self.matches is None:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        person, turn = np.nonzero(self.matches >= 0)
        return np.flatnonzero(self.treated)[person], self.matches[person, turn]

    @property
    def with_replacement(self) -> bool:
        """Whether comparison people may stand in several matches."""
        return len(self.pairs[0]) > 0 and bool((self.sets < 0).all())


def match_cohort(
    cohort: Cohort, specification: Specification, seed: int = 0, score: Floats | None = None
) -> MatchedCohort:
    """Match as the specification says; the cohort holds no outcome, so the match cannot depend on one.

    ``score`` replaces the fitted score, so that two implementations can be fed the same numbers. Raises ``NotValid``
    where the score cannot be fitted or the strata cannot be filled, ``Refused`` where a method does not suit the size.
    """
    propensity = None
    if specification.scored and score is None:
        propensity = fit_propensity(design(cohort, specification.covariates, "contrast"), cohort.treated)
        score = propensity.logit if specification.distance == "logit" else propensity.probability
    if not specification.scored:
        score = None
    caliper = None
    if score is not None and specification.caliper != "none":
        caliper = float(specification.caliper) * float(score.std(ddof=1))
    match specification.method:
        case "nearest":
            matches = _nearest(cohort, specification, score, np.inf if caliper is None else caliper, seed)
        case "optimal":
            matches = _optimal(cohort, specification, score)
        case _:
            sets = _sets(cohort, specification, score)
            weights = set_weights(sets, cohort.treated)
            return MatchedCohort(cohort.ids, cohort.treated, weights, sets, None, score, propensity, caliper)
    weights = match_weights(matches, cohort.treated)
    sets = np.full(cohort.size, -1, dtype=np.int64) if specification.replace else _pair_sets(matches, cohort.treated)
    return MatchedCohort(cohort.ids, cohort.treated, weights, sets, matches, score, propensity, caliper)


def match_weights(matches: Rows, treated: Flags) -> Floats:
    """Treated 1; a comparison person 1/k for each set of k it stands in, rescaled to mean 1 over the matched."""
    weights = np.zeros(len(treated))
    counts = (matches >= 0).sum(axis=1)
    person, turn = np.nonzero(matches >= 0)
    shares = np.bincount(matches[person, turn], weights=1.0 / counts[person], minlength=len(treated))
    used = shares > 0
    weights[used] = shares[used] * (used.sum() / shares[used].sum() if used.any() else 1.0)
    weights[np.flatnonzero(treated)[counts > 0]] = 1.0
    return weights


def set_weights(sets: Rows, treated: Flags) -> Floats:
    """Treated 1; comparison people their set's treated over its comparison people, rescaled to mean 1."""
    weights = np.zeros(len(sets))
    inside = sets >= 0
    if not inside.any():
        return weights
    size = int(sets.max()) + 1
    ratio = np.bincount(sets[inside & treated], minlength=size) / np.bincount(sets[inside & ~treated], minlength=size)
    pool = inside & ~treated
    weights[pool] = ratio[sets[pool]]
    weights[pool] *= pool.sum() / weights[pool].sum()
    weights[inside & treated] = 1.0
    return weights


def _nearest(cohort: Cohort, specification: Specification, score: Floats | None, caliper: float, seed: int) -> Rows:
    """Match within each stratum of the exact covariates; rows of the whole cohort come back."""
    space = None
    if specification.distance == "mahalanobis" or specification.mahalanobis:
        terms = specification.mahalanobis or specification.covariates
        space = whiten(design(cohort, terms, "distance"), cohort.treated)
    drawn = np.random.Generator(np.random.PCG64(seed))
    matches = np.full((int(cohort.treated.sum()), specification.ratio), -1, dtype=np.int64)
    number = np.cumsum(cohort.treated) - 1
    for rows in _strata(cohort, specification):
        treated = cohort.treated[rows]
        if treated.all() or not treated.any():
            continue
        own_score = None if score is None else score[rows]
        own_space = None if space is None else space[rows]
        found = _nearest_here(own_score, own_space, treated, specification, caliper, drawn)
        matches[number[rows[treated]]] = np.where(found >= 0, rows[found], -1)
    return matches


def _nearest_here(
    score: Floats | None,
    space: Floats | None,
    treated: Flags,
    specification: Specification,
    caliper: float,
    drawn: np.random.Generator,
) -> Rows:
    ratio = specification.ratio
    if space is not None:
        visits = _visits(score, treated, specification.order, drawn)
        return match_mahalanobis(
            space, treated, visits, ratio, replace=specification.replace, score=score, caliper=caliper
        )
    line = cast("Floats", score)  # a plan asks for a score wherever there is no space
    if specification.replace:
        return match_with_replacement(line, treated, ratio, caliper)
    if specification.order == "closest":
        return match_closest(line, treated, ratio, caliper)
    return match_in_order(line, treated, _visits(line, treated, specification.order, drawn), ratio, caliper)


def _visits(score: Floats | None, treated: Flags, order: str, drawn: np.random.Generator) -> Rows:
    """Numbers of the treated in the order in which they choose; people with equal scores in the given order."""
    if order == "random":
        return drawn.permutation(int(treated.sum())).astype(np.int64)
    if score is None or order == "data":
        return np.arange(int(treated.sum()), dtype=np.int64)
    own = score[treated]
    return np.argsort(-own if order == "largest" else own, kind="stable").astype(np.int64)


def _strata(cohort: Cohort, specification: Specification) -> list[Rows]:
    if not specification.exact:
        return [np.arange(cohort.size, dtype=np.int64)]
    strata = equal_strata(cohort, specification.exact)
    order = np.argsort(strata, kind="stable").astype(np.int64)
    return np.split(order, np.flatnonzero(np.diff(strata[order])) + 1)


def _optimal(cohort: Cohort, specification: Specification, score: Floats | None) -> Rows:
    distances = np.repeat(_distances(cohort, specification, score), specification.ratio, axis=0)
    chosen = optimal_pairs(distances)
    pool = np.flatnonzero(~cohort.treated)
    return np.where(chosen >= 0, pool[chosen], -1).reshape(-1, specification.ratio)


def _sets(cohort: Cohort, specification: Specification, score: Floats | None) -> Rows:
    match specification.method:
        case "exact":
            return common_sets(equal_strata(cohort, specification.covariates), cohort.treated)
        case "cem":
            return common_sets(coarse_strata(cohort, specification.covariates), cohort.treated)
        case "full":
            sets = np.empty(cohort.size, dtype=np.int64)
            distances = _distances(cohort, specification, score)
            sets[cohort.treated], sets[~cohort.treated] = full_sets(distances)
            return sets
    line = cast("Floats", score)  # a plan with classes of the score has one
    return common_sets(score_classes(line, cohort.treated, specification.subclasses), cohort.treated)


def _distances(cohort: Cohort, specification: Specification, score: Floats | None) -> Floats:
    """Table of distances, (treated, pool)."""
    if score is not None:
        return pair_distances(score, cohort.treated)
    refuse_large(int(cohort.treated.sum()), int((~cohort.treated).sum()))
    space = whiten(design(cohort, specification.covariates, "distance"), cohort.treated)
    squared = np.zeros((int(cohort.treated.sum()), int((~cohort.treated).sum())))
    for column in space.T:
        squared += (column[cohort.treated][:, None] - column[~cohort.treated][None, :]) ** 2
    return np.sqrt(squared)


def _pair_sets(matches: Rows, treated: Flags) -> Rows:
    """Numbers of the sets in the order of their treated person."""
    sets = np.full(len(treated), -1, dtype=np.int64)
    found = (matches >= 0).any(axis=1)
    number = np.cumsum(found) - 1
    sets[np.flatnonzero(treated)[found]] = number[found]
    person, turn = np.nonzero(matches >= 0)
    sets[matches[person, turn]] = number[person]
    return sets
