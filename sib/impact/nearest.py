"""impact: nearest-neighbour matching on a score, with and without replacement, in a fixed order or closest first."""

from heapq import heapify, heappop, heappush

import numpy as np

from sib.impact.choice import walk_list
from sib.impact.cohort import Flags, Floats, Rows
from sib.impact.line import FreePool, ScoreLine, lay_out

# The rules below, ties included, are those of R's MatchIt 4.7.2, so that an evaluator who uses it finds the same pairs.


def match_in_order(
    score: Floats, treated: Flags, visits: Rows, ratio: int, caliper: float, place: Rows | None = None
) -> Rows:
    """Greedy ``ratio``:1 without replacement, one round after another.

    ``visits`` are numbers of treated people in the order in which they choose. Somebody who found nobody is out of
    later rounds. ``place`` is where each stands among all people, if these are a stratum of them. Gives rows of
    comparison people, (treated, ratio), -1 where nobody was found.
    """
    line = lay_out(score, treated, place)
    pool = FreePool(line, caliper)
    found: list[list[int]] = [[] for _ in line.scores]
    choosing = visits.tolist()
    for _ in range(ratio):
        still = []
        for person in choosing:
            rank = pool.nearest(person, found[person])
            if rank >= 0:
                pool.take(rank)
                found[person].append(rank)
                still.append(person)
        choosing = still
    return _as_rows(line, found, ratio)


def match_closest(score: Floats, treated: Flags, ratio: int, caliper: float, place: Rows | None = None) -> Rows:
    """As above, but in each round the closest pair of all is made first.

    Somebody whose choice was taken in the meantime chooses again and queues anew, before others at the same distance.
    """
    line = lay_out(score, treated, place)
    pool = FreePool(line, caliper)
    found: list[list[int]] = [[] for _ in line.scores]
    choosing = list(range(len(line.scores)))
    for _ in range(ratio):
        proposals = [(person, pool.nearest(person, found[person])) for person in choosing]
        choosing = _closest_round(line, pool, proposals, found)
    return _as_rows(line, found, ratio)


def _closest_round(
    line: ScoreLine, pool: FreePool, proposals: list[tuple[int, int]], found: list[list[int]]
) -> list[int]:
    """Make one round's pairs; gives those who found somebody, in the given order."""
    queue = [(_gap(line, person, rank), person, person, rank) for person, rank in proposals if rank >= 0]
    heapify(queue)
    again = 0
    happy = []
    while queue and pool.left:
        _, _, person, rank = heappop(queue)
        if pool.free(rank):
            pool.take(rank)
            found[person].append(rank)
            happy.append(person)
            continue
        rank = pool.nearest(person, [*found[person], rank])
        if rank >= 0:
            again -= 1
            heappush(queue, (_gap(line, person, rank), again, person, rank))
    return sorted(happy)


def match_with_replacement(
    score: Floats, treated: Flags, ratio: int, caliper: float, place: Rows | None = None
) -> Rows:
    """The ``ratio`` nearest comparison people of each treated one, however often each is used.

    At equal distance fewer places away wins, then the left side; with several each, as a partial sort leaves it.
    """
    line = lay_out(score, treated, place)
    found = [_walk(line, person, ratio, caliper) for person in range(len(line.scores))]
    return _as_rows(line, found, ratio)


def _walk(line: ScoreLine, person: int, ratio: int, caliper: float) -> list[int]:
    """Go outwards from the person on both sides, ``ratio`` people on each, and keep the best."""
    score, place, above = line.scores[person], line.places[person], line.above[person]
    sides = (range(above - 1, max(above - 1 - ratio, -1), -1), range(above, min(above + ratio, line.pool_size)))
    met = sorted(
        (abs(int(line.pool_places[rank]) - place), side, rank) for side, ranks in enumerate(sides) for rank in ranks
    )
    gaps = [(abs(score - line.pool_scores[rank]), side, rank) for _, side, rank in met]
    return walk_list([one for one in gaps if one[0] <= caliper], ratio)


def _gap(line: ScoreLine, person: int, rank: int) -> float:
    return abs(line.scores[person] - line.pool_scores[rank])


def _as_rows(line: ScoreLine, found: list[list[int]], ratio: int) -> Rows:
    out = np.full((len(found), ratio), -1, dtype=np.int64)
    for place, ranks in zip(out, found, strict=True):
        place[: len(ranks)] = line.pool_rows[ranks]
    return out
