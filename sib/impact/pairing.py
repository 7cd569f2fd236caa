"""impact: pairs, nearest or optimal, stratum by stratum, from a specification."""

from typing import cast

import numpy as np

from sib.errors import Problem, Refused
from sib.impact.cohort import Cohort, Flags, Floats, Rows
from sib.impact.formula import design
from sib.impact.greedy import match_pairs, match_people
from sib.impact.hunt import Limits
from sib.impact.line import places_along
from sib.impact.mahalanobis import whiten
from sib.impact.nearest import match_closest, match_in_order, match_with_replacement
from sib.impact.optimal import optimal_pairs, refuse_large
from sib.impact.specification import SPACES, Space, Specification
from sib.impact.strata import codes_of, combine, equal_strata


def space_of(cohort: Cohort, specification: Specification, kept: Flags) -> Floats | None:
    """Where everybody stands if a distance between covariates decides, (n, p); none if the score does."""
    kind = specification.distance if specification.distance in SPACES else "mahalanobis"
    if kind != specification.distance and not specification.mahalanobis:
        return None
    terms = specification.mahalanobis or specification.covariates
    return whiten(design(cohort, terms, "distance"), cohort.treated, kept, cast("Space", kind))


def nearest_pairs(
    cohort: Cohort,
    specification: Specification,
    focal: Flags,
    kept: Flags,
    score: Floats | None,
    caliper: float,
    seed: int,
) -> Rows:
    """Greedy matches of the focal people: rows of the cohort, (focal, ratio), -1 where nobody was found."""
    space = space_of(cohort, specification, kept)
    if score is None and space is not None and space.shape[1] == 1:
        score, space = space[:, 0], None
    limits = _limits(cohort, specification, focal, kept, score, caliper)
    visits = _visits(score, focal, specification, seed)
    if space is None and limits.plain and specification.order != "farthest":
        return _quickly(cast("Floats", score), focal, limits, specification, visits)
    parts = _parts(limits.strata) if limits.units is None and space is not None else [np.arange(cohort.size)]
    out = np.full((int(focal.sum()), int(limits.wanted.max())), -1, dtype=np.int64)
    number = np.cumsum(focal) - 1
    for rows in parts:
        mine = number[rows[focal[rows]]]
        found = _generally(rows, focal, limits, specification, visits[np.isin(visits, mine)], score, space)
        for person, matches in zip(mine.tolist(), found, strict=True):
            out[person, : len(matches)] = rows[matches]
    return out


def optimal_matches(
    cohort: Cohort, specification: Specification, focal: Flags, kept: Flags, score: Floats | None
) -> Rows:
    """Matches with least total distance within each stratum; the same shape."""
    ratio = specification.ratio
    out = np.full((int(focal.sum()), ratio), -1, dtype=np.int64)
    number = np.cumsum(focal) - 1
    space = space_of(cohort, specification, kept)
    for rows in strata_of(cohort, specification, kept):
        own, pool = rows[focal[rows]], rows[~focal[rows]]
        if not len(own) or not len(pool):
            continue
        times = 1 if len(pool) < len(own) else ratio
        if times > 1 and len(pool) < times * len(own):
            _refuse_ratio(len(own), len(pool), ratio)
        chosen = optimal_pairs(np.repeat(distances(own, pool, score, space), times, axis=0))
        out[number[own], :times] = np.where(chosen >= 0, pool[chosen], -1).reshape(-1, times)
    return out


def strata_of(cohort: Cohort, specification: Specification, kept: Flags) -> list[Rows]:
    """Rows of each stratum of the exact covariates, of people who are not discarded."""
    rows = np.flatnonzero(kept)
    return [rows[part] for part in _parts(equal_strata(cohort, specification.exact)[rows])]


def distances(own: Rows, pool: Rows, score: Floats | None, space: Floats | None) -> Floats:
    """Table of distances, (own, pool); ``Refused`` if it is too large."""
    refuse_large(len(own), len(pool))
    if space is None:
        line = cast("Floats", score)
        return np.asarray(np.abs(line[own][:, None] - line[pool][None, :]), dtype=np.float64)
    squared = np.zeros((len(own), len(pool)))
    for column in space.T:
        squared += (column[own][:, None] - column[pool][None, :]) ** 2
    return np.asarray(np.sqrt(squared), dtype=np.float64)


def covariate_calipers(cohort: Cohort, specification: Specification, kept: Flags) -> dict[str, float]:
    """Widest differences in covariates, in their own units."""
    scaled = {
        name: width * float(cohort.numbers(name)[kept].std(ddof=1)) for name, width in specification.near_sd.items()
    }
    return {**specification.near, **scaled}


def _limits(
    cohort: Cohort, specification: Specification, focal: Flags, kept: Flags, score: Floats | None, caliper: float
) -> Limits:
    near = covariate_calipers(cohort, specification, kept)
    apart = [codes_of(cohort, term) for term in specification.different]
    uses = specification.uses
    uses = None if uses is not None and uses >= int(focal.sum()) else uses
    units = [codes_of(cohort, term) for term in specification.same_unit] if uses is not None else []
    nobody = np.empty((cohort.size, 0))
    return Limits(
        kept=kept,
        caliper=caliper,
        uses=uses,
        wanted=_wanted(score, focal, specification),
        covariates=np.column_stack([cohort.numbers(name) for name in near]) if near else nobody,
        widths=np.array(list(near.values())),
        strata=equal_strata(cohort, specification.exact),
        apart=np.column_stack(apart) if apart else nobody.astype(np.int64),
        units=combine(units, cohort.size) if units else None,
    )


def _wanted(score: Floats | None, focal: Flags, specification: Specification) -> Rows:
    """Matches wanted for each focal person: the same for all, or few and many by score (Ming & Rosenbaum, 2000).

    People whose score is most like the other group's want the most.
    """
    size, ratio = int(focal.sum()), specification.ratio
    if specification.most is None or score is None:
        return np.full(size, ratio, dtype=np.int64)
    fewest, most = specification.fewest, specification.most
    many = (ratio * size - fewest * (size - 1)) // (most - fewest)
    few = size - many - 1
    sizes = np.array([fewest] * few + [ratio * size - fewest * few - most * many] + [most] * many, dtype=np.int64)
    own = score[focal]
    out = np.empty(size, dtype=np.int64)
    out[np.argsort(-own if own.mean() > score[~focal].mean() else own, kind="stable")] = sizes
    return out


def _visits(score: Floats | None, focal: Flags, specification: Specification, seed: int) -> Rows:
    """Numbers of the focal people in the order in which they choose; equal scores in the given order."""
    order, size = specification.order, int(focal.sum())
    if order == "random":
        return np.random.Generator(np.random.PCG64(seed)).permutation(size).astype(np.int64)
    if score is None or order not in ("largest", "smallest"):
        return np.arange(size, dtype=np.int64)
    own = score[focal]
    return np.argsort(-own if order == "largest" else own, kind="stable").astype(np.int64)


def _quickly(score: Floats, focal: Flags, limits: Limits, specification: Specification, visits: Rows) -> Rows:
    """Matches on a score without other limits, by search trees."""
    ratio, place = specification.ratio, places_along(score)
    out = np.full((int(focal.sum()), ratio), -1, dtype=np.int64)
    number = np.cumsum(focal) - 1
    turn = np.empty(len(visits), dtype=np.int64)
    turn[visits] = np.arange(len(visits))
    rows = np.flatnonzero(limits.kept)
    for part in _parts(limits.strata[rows]):
        here = rows[part]
        own = focal[here]
        if own.all() or not own.any():
            continue
        mine = number[here[own]]
        line, at = score[here], place[here]
        if limits.uses is None:
            found = match_with_replacement(line, own, ratio, limits.caliper, at)
        elif specification.order == "closest":
            found = match_closest(line, own, ratio, limits.caliper, at)
        else:
            found = match_in_order(line, own, np.argsort(turn[mine]), ratio, limits.caliper, at)
        out[mine] = np.where(found >= 0, here[found], -1)
    return out


def _generally(
    rows: Rows,
    focal: Flags,
    limits: Limits,
    specification: Specification,
    visits: Rows,
    score: Floats | None,
    space: Floats | None,
) -> list[list[int]]:
    """Matches of the focal people among ``rows``, as numbers of these rows."""
    own, inside = focal[rows], (np.cumsum(focal) - 1)[rows[focal[rows]]]
    size = len(inside)
    here = Limits(
        kept=limits.kept[rows],
        caliper=limits.caliper,
        uses=None if limits.uses is not None and limits.uses >= size and limits.units is None else limits.uses,
        wanted=limits.wanted[inside],
        covariates=limits.covariates[rows],
        widths=limits.widths,
        strata=limits.strata[rows],
        apart=limits.apart[rows],
        units=None if limits.units is None else limits.units[rows],
    )
    if not size or size == len(rows):
        return [[] for _ in inside]
    line, points = None if score is None else score[rows], None if space is None else space[rows]
    if specification.order in ("closest", "farthest") and limits.uses is not None:
        return match_pairs(own, here, line, points, closest=specification.order == "closest")
    return match_people(own, np.searchsorted(inside, visits), here, line, points)


def _parts(strata: Rows) -> list[Rows]:
    """Places of each stratum, in the given order within."""
    order = np.argsort(strata, kind="stable").astype(np.int64)
    return np.split(order, np.flatnonzero(np.diff(strata[order])) + 1)


def _refuse_ratio(own: int, pool: int, ratio: int) -> None:
    raise Refused(
        Problem(
            code="impact.too-few-for-ratio",
            what=f"{pool} comparison people are too few to give each of {own} people {ratio} in some stratum",
            mend="ask for a smaller ratio, or for fewer exact covariates",
        )
    )
