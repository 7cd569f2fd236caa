"""impact: one stratum laid out by score, with the search for the nearest person who is still free."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sib.impact.cohort import Flags, Floats, Rows


@dataclass(frozen=True, slots=True, eq=False)
class ScoreLine:
    """All people of a stratum in ascending order of score, ties in the given order.

    ``place`` is where somebody stands among everybody, ``rank`` where a comparison person stands among the pool.
    Plain lists and arrays, because the search below goes person by person.
    """

    scores: list[float]
    """Of the treated, in the given order."""
    places: list[int]
    """Of the treated, in the given order."""
    above: list[int]
    """Rank of the first comparison person after each treated one, in the given order."""
    pool_scores: Sequence[float]
    """By rank."""
    pool_places: Rows
    """By rank."""
    pool_rows: Rows
    """Row in the stratum, by rank."""

    @property
    def pool_size(self) -> int:
        """Comparison people in the stratum."""
        return len(self.pool_scores)


def places_along(values: Floats) -> Rows:
    """Where each person stands in ascending order, ties in the given order."""
    order = np.argsort(values, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place


def lay_out(score: Floats, treated: Flags, place: Rows | None = None) -> ScoreLine:
    """The line of one stratum; ``score`` and ``treated`` hold one value a person, in the given order.

    ``place`` is where each stands among all people, if the stratum is not everybody.
    """
    if place is None:
        place = places_along(score)
    order = np.argsort(place)
    pool_rows = order[~treated[order]].astype(np.int64)
    pool_places = place[pool_rows]
    own = place[treated]
    return ScoreLine(
        scores=score[treated].tolist(),
        places=own.tolist(),
        above=np.searchsorted(pool_places, own).tolist(),
        pool_scores=array("d", score[pool_rows].tobytes()),
        pool_places=pool_places,
        pool_rows=pool_rows,
    )


class FreePool:
    """Who of the pool is still free, as two forests that point past the taken: near-constant time a search."""

    __slots__ = ("caliper", "left", "line", "lower", "upper")

    def __init__(self, line: ScoreLine, caliper: float) -> None:
        self.line = line
        self.caliper = caliper
        self.upper = list(range(line.pool_size + 1))
        self.lower = self.upper.copy()
        """Shifted by one, so that 0 says that nobody is free on that side."""
        self.left = line.pool_size

    def take(self, rank: int) -> None:
        """Mark somebody as matched."""
        self.upper[rank] = rank + 1
        self.lower[rank + 1] = rank
        self.left -= 1

    def free(self, rank: int) -> bool:
        """Whether somebody is not matched yet."""
        return self.upper[rank] == rank

    def nearest(self, person: int, met: list[int]) -> int:
        """Rank of the nearest free person within the caliper of treated ``person``, or -1.

        ``met`` are ranks that the search has already reached. At equal distance the side wins that is fewer places
        away from the outermost of them (or from the person), and the left one if that is equal too.
        """
        line = self.line
        low = _root(self.lower, line.above[person]) - 1
        high = _root(self.upper, line.above[person])
        score = line.scores[person]
        below = score - line.pool_scores[low] if low >= 0 else np.inf
        beyond = line.pool_scores[high] - score if high < line.pool_size else np.inf
        if below > beyond:
            low, below = high, beyond
        elif below == beyond < np.inf and _closer_right(line, person, low, high, met):
            low = high
        return low if below <= self.caliper and low < line.pool_size else -1


def _closer_right(line: ScoreLine, person: int, low: int, high: int, met: list[int]) -> bool:
    starts = [line.places[person], *(line.pool_places[rank] for rank in met)]
    return bool(line.pool_places[high] - max(starts) < min(starts) - line.pool_places[low])


def _root(parent: list[int], node: int) -> int:
    above = parent[node]
    while above != node:
        parent[node] = above = parent[above]
        node = above
        above = parent[node]
    return node
