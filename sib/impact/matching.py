"""impact: the match: one specification applied to a cohort without outcomes, giving weights and match sets."""

from dataclasses import dataclass
from typing import cast

import numpy as np

from sib.impact.coarse import coarse_strata, pairs_in_strata
from sib.impact.cohort import Cohort, Flags, Floats, Rows, Texts
from sib.impact.formula import Design, design
from sib.impact.mahalanobis import whiten
from sib.impact.optimal import full_sets
from sib.impact.pairing import distances, nearest_pairs, optimal_matches, space_of, strata_of
from sib.impact.propensity import Propensity, fit_propensity
from sib.impact.specification import Discard, Estimand, Specification
from sib.impact.strata import common_sets, equal_strata, score_classes
from sib.impact.weighting import Target, entropy_weights, probability_weights


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
    """Rows of the comparison people of each focal one, (focal, ratio), -1 where missing; none for strata."""
    score: Floats | None
    propensity: Propensity | None
    caliper: float | None
    """In units of the score."""
    focal: Flags
    """Whom comparisons are sought for, and who has a row in ``matches``: the treated, but for the ATC."""
    discarded: Flags
    """Left out before matching, for want of common support."""
    estimand: Estimand

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
        """Rows of the focal and of the other person of every pair, set by set; none for strata."""
        if self.matches is None:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        person, turn = np.nonzero(self.matches >= 0)
        return np.flatnonzero(self.focal)[person], self.matches[person, turn]

    @property
    def with_replacement(self) -> bool:
        """Whether comparison people may stand in several matches."""
        return len(self.pairs[0]) > 0 and bool((self.sets < 0).all())


def match_cohort(
    cohort: Cohort, specification: Specification, seed: int = 0, score: Floats | None = None, *, like_r: bool = False
) -> MatchedCohort:
    """Match as the specification says; the cohort holds no outcome, so the match cannot depend on one.

    ``score`` replaces the fitted score, so that two implementations can be fed the same numbers; ``like_r`` fits it to
    where R's glm stops.

    Raises ``NotValid`` where the score cannot be fitted or the strata cannot be filled, ``Refused`` where a method does
    not suit the size.
    """
    propensity, kept = None, np.ones(cohort.size, dtype=np.bool_)
    if specification.scored and score is None:
        propensity, score, kept = _fitted(cohort, specification, like_r)
    elif specification.scored and score is not None:
        kept = common_support(score, cohort.treated, specification.discard)
    else:
        score = None
    caliper = _caliper(score, kept, specification)
    focal = ~cohort.treated if specification.estimand == "ATC" else cohort.treated
    matches, sets = _matched(cohort, specification, focal, kept, score, np.inf if caliper is None else caliper, seed)
    if specification.method == "weights":
        weights = _balancing(cohort, specification, score)
    elif matches is not None:
        weights = match_weights(matches, focal, normalise=specification.normalise)
        reused = specification.method == "nearest" and specification.uses != 1
        sets = np.full(cohort.size, -1, dtype=np.int64) if reused else _pair_sets(matches, focal)
    else:
        weights = set_weights(sets, cohort.treated, specification.estimand, normalise=specification.normalise)
    return MatchedCohort(
        ids=cohort.ids,
        treated=cohort.treated,
        weights=weights,
        sets=sets,
        matches=matches,
        score=score,
        propensity=propensity,
        caliper=caliper,
        focal=focal,
        discarded=~kept,
        estimand=specification.estimand,
    )


def common_support(score: Floats, treated: Flags, discard: Discard) -> Flags:
    """Who is kept: those of one group (or of both) whose score lies within the range of the other's."""
    inside: dict[str, Flags] = {
        group: (score >= score[members].min()) & (score <= score[members].max())
        for group, members in (("treated", treated), ("comparison", ~treated))
    }
    match discard:
        case "treated":
            return inside["comparison"]
        case "comparison":
            return inside["treated"]
        case "both":
            return inside["treated"] & inside["comparison"]
    return np.ones(len(score), dtype=np.bool_)


def _fitted(cohort: Cohort, specification: Specification, like_r: bool) -> tuple[Propensity, Floats, Flags]:
    """The score of everybody and who is kept for it; fitted again among those, if that is wanted."""
    columns = design(cohort, specification.covariates, "contrast")
    fitted = fit_propensity(columns, cohort.treated, link=specification.link, like_r=like_r)
    score = fitted.logit if specification.distance == "logit" else fitted.probability
    kept = common_support(score, cohort.treated, specification.discard)
    if specification.fit_again and not kept.all():
        some = Design(columns.names, tuple(column[kept] for column in columns.columns))
        fitted = fit_propensity(some, cohort.treated[kept], link=specification.link, like_r=like_r)
        score = score.copy()
        score[kept] = fitted.logit if specification.distance == "logit" else fitted.probability
    return fitted, score, kept


def _caliper(score: Floats | None, kept: Flags, specification: Specification) -> float | None:
    if score is None or specification.caliper == "none":
        return None
    unit = float(score[kept].std(ddof=1)) if specification.caliper_in == "sd" else 1.0
    return float(specification.caliper) * unit


def match_weights(matches: Rows, focal: Flags, *, normalise: bool = True) -> Floats:
    """Focal 1; a comparison person 1/k for each set of k it stands in, rescaled to mean 1 over the matched."""
    weights = np.zeros(len(focal))
    counts = (matches >= 0).sum(axis=1)
    person, turn = np.nonzero(matches >= 0)
    shares = np.bincount(matches[person, turn], weights=1.0 / counts[person], minlength=len(focal))
    used = shares > 0
    weights[used] = shares[used] * (used.sum() / shares[used].sum() if used.any() and normalise else 1.0)
    weights[np.flatnonzero(focal)[counts > 0]] = 1.0
    return weights


def set_weights(sets: Rows, treated: Flags, estimand: Estimand = "ATT", *, normalise: bool = True) -> Floats:
    """The target group 1; others what makes their set's people stand for it; rescaled to mean 1 in each group.

    For the ATE everybody stands for the whole set.
    """
    weights = np.zeros(len(sets))
    inside = sets >= 0
    if not inside.any():
        return weights
    size = int(sets.max()) + 1
    held = {flag: np.bincount(sets[inside & (treated == flag)], minlength=size) for flag in (True, False)}
    target = {"ATT": held[True], "ATC": held[False], "ATE": held[True] + held[False]}[estimand]
    for flag in (True, False):
        group = inside & (treated == flag)
        weights[group] = (target / held[flag])[sets[group]]
        if normalise:
            weights[group] *= group.sum() / weights[group].sum()
    return weights


def _matched(
    cohort: Cohort,
    specification: Specification,
    focal: Flags,
    kept: Flags,
    score: Floats | None,
    caliper: float,
    seed: int,
) -> tuple[Rows | None, Rows]:
    """Matches, or else the sets."""
    nobody = np.empty(0, dtype=np.int64)
    match specification.method:
        case "nearest":
            return nearest_pairs(cohort, specification, focal, kept, score, caliper, seed), nobody
        case "optimal":
            return optimal_matches(cohort, specification, focal, kept, score), nobody
        case "exact":
            return None, common_sets(equal_strata(cohort, specification.covariates), cohort.treated)
        case "cem":
            strata = coarse_strata(cohort, specification)
            if specification.one_to_one:
                return pairs_in_strata(strata, focal, _near_in_strata(cohort, specification)), nobody
            return None, common_sets(strata, cohort.treated)
        case "weights":
            return None, np.full(cohort.size, -1, dtype=np.int64)
        case "full":
            return None, _full(cohort, specification, kept, score)
    line = cast("Floats", score)  # a plan with classes of the score has one
    return None, _classes(line, cohort.treated, kept, specification)


def _balancing(cohort: Cohort, specification: Specification, score: Floats | None) -> Floats:
    """Weights by probability (a score is that of the ``distance``, by default the probability), or by entropy."""
    treated = cohort.treated
    if specification.weighting == "entropy":
        raw = entropy_weights(design(cohort, specification.covariates, "contrast").matrix(), treated)
    else:
        target: Target = "ATE" if specification.estimand == "ATE" else "ATT"
        raw = probability_weights(cast("Floats", score), treated, target, trim=specification.trim)
    if specification.normalise:
        for group in (treated, ~treated):
            if raw[group].any():
                raw[group] *= (raw[group] > 0).sum() / raw[group].sum()
    return raw


def _near_in_strata(cohort: Cohort, specification: Specification) -> Floats | None:
    kind = specification.one_to_one_by
    if kind == "data":
        return None
    return whiten(design(cohort, specification.covariates, "distance"), cohort.treated, None, kind)


def _full(cohort: Cohort, specification: Specification, kept: Flags, score: Floats | None) -> Rows:
    sets = np.full(cohort.size, -1, dtype=np.int64)
    space = space_of(cohort, specification, kept)
    for rows in strata_of(cohort, specification, kept):
        own, pool = rows[cohort.treated[rows]], rows[~cohort.treated[rows]]
        if len(own) and len(pool):
            first, second = full_sets(distances(own, pool, score, space))
            start = int(sets.max()) + 1
            sets[own], sets[pool] = first + start, second + start
    return sets


def _classes(score: Floats, treated: Flags, kept: Flags, specification: Specification) -> Rows:
    """Classes between quantiles of the target group's scores."""
    among = {"ATT": treated, "ATC": ~treated, "ATE": np.ones(len(score), dtype=np.bool_)}[specification.estimand]
    shares = np.linspace(0.0, 1.0, specification.subclasses + 1)
    if specification.quantiles:
        shares = np.unique((0.0, *specification.quantiles, 1.0))
    cuts = np.quantile(score[among], shares)
    sets = np.full(len(score), -1, dtype=np.int64)
    sets[kept] = score_classes(score[kept], treated[kept], cuts, specification.fewest_in_class)
    return sets


def _pair_sets(matches: Rows, focal: Flags) -> Rows:
    """Numbers of the sets in the order of their focal person."""
    sets = np.full(len(focal), -1, dtype=np.int64)
    found = (matches >= 0).any(axis=1)
    number = np.cumsum(found) - 1
    sets[np.flatnonzero(focal)[found]] = number[found]
    person, turn = np.nonzero(matches >= 0)
    sets[matches[person, turn]] = number[person]
    return sets
