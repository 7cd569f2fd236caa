"""impact: greedy matching under any limits, person by person or pair by pair."""

from bisect import bisect_left, bisect_right

import numpy as np

from sib.impact.cohort import Flags, Floats, Rows
from sib.impact.hunt import Hunt, Limits


def match_people(
    treated: Flags, visits: Rows, limits: Limits, score: Floats | None, space: Floats | None
) -> list[list[int]]:
    """Rows of the matches of each person who chooses, one round after another in the order of ``visits``.

    ``visits`` are numbers of the treated. Somebody who found nobody is out of later rounds. Without a limit on reuse
    everybody chooses once, for all rounds.
    """
    hunt = Hunt(treated, limits, score, space)
    own = np.flatnonzero(treated)
    found: list[list[int]] = [[] for _ in own]
    if limits.uses is None:
        for person in visits.tolist():
            if hunt.free[own[person]]:
                found[person] = hunt.few(int(own[person]), int(limits.wanted[person]))
        return found
    for turn in range(1, int(limits.wanted.max()) + 1):
        for person in visits.tolist():
            row = int(own[person])
            if limits.wanted[person] < turn or not hunt.free[row]:
                continue
            other = hunt.nearest(row, found[person])
            if other < 0:
                hunt.free[row] = False
                continue
            found[person].append(other)
            hunt.take(row, other)
    return found


def match_pairs(
    treated: Flags, limits: Limits, score: Floats | None, space: Floats | None, *, closest: bool
) -> list[list[int]]:
    """The same, but each round makes the closest pair of all first, or the farthest of all nearest pairs.

    Somebody whose choice was taken in the meantime chooses again and queues anew: before others at the same distance
    if the closest go first, behind them if the farthest do.
    """
    hunt = Hunt(treated, limits, score, space)
    own = np.flatnonzero(treated)
    found: list[list[int]] = [[] for _ in own]
    for _ in range(int(limits.wanted.max())):
        _one_round(hunt, own, found, closest)
    return found


def _one_round(hunt: Hunt, own: Rows, found: list[list[int]], closest: bool) -> None:
    sign = 1.0 if closest else -1.0
    promised: dict[int, int] = {}
    queue: list[tuple[float, int]] = []
    for person, row in enumerate(own.tolist()):
        if hunt.free[row] and not _promise(hunt, person, row, found, promised):
            hunt.free[row] = False
        elif person in promised:
            queue.append((sign * hunt.distance(row, promised[person]), person))
    queue.sort(key=_key)
    pool = hunt.pool
    while queue and hunt.free[pool].any():
        person = queue.pop(0)[1]
        row = int(own[person])
        if not hunt.free[row]:
            continue
        if hunt.free[promised[person]]:
            found[person].append(promised[person])
            hunt.take(row, promised[person])
        elif _promise(hunt, person, row, found, promised):
            key = sign * hunt.distance(row, promised[person])
            queue.insert((bisect_left if closest else bisect_right)(queue, key, key=_key), (key, person))
        else:
            hunt.free[row] = False


def _promise(hunt: Hunt, person: int, row: int, found: list[list[int]], promised: dict[int, int]) -> bool:
    other = hunt.nearest(row, found[person], promised.get(person))
    if other >= 0:
        promised[person] = other
    return other >= 0


def _key(queued: tuple[float, int]) -> float:
    return queued[0]
