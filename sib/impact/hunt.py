"""impact: the search for the nearest person under any limits: calipers, strata, people who must differ, reuse."""

from dataclasses import dataclass

import numpy as np

from sib.impact.choice import walk_list
from sib.impact.cohort import Flags, Floats, Rows
from sib.impact.mahalanobis import squared_distances


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Who may be matched with whom, and how often: n people in the given order."""

    kept: Flags
    """Not discarded."""
    caliper: float
    """Widest difference in score; infinite for none."""
    uses: int | None
    """How often a person of the pool may be matched; none for no limit."""
    wanted: Rows
    """Matches wanted for each person who chooses, by number."""
    covariates: Floats
    """Covariates with a caliper of their own, (n, c)."""
    widths: Floats
    """Those calipers, (c)."""
    strata: Rows
    """Number of the stratum, within which all matches are; all 0 for one."""
    apart: Rows
    """Codes that must all differ within a match, (n, a)."""
    units: Rows | None
    """Number of the unit that a row is about, where a unit is matched at most so often."""

    @property
    def plain(self) -> bool:
        """Whether there is no limit beyond score, strata, and once or any number of times."""
        some = self.covariates.shape[1] or self.apart.shape[1] or self.units is not None
        return not some and self.uses in (1, None) and bool((self.wanted == self.wanted[0]).all())


class Hunt:
    """The state of a match that is being made: who may still be taken, among people laid out along a line.

    The rules, ties included, are those of R's MatchIt 4.7.2. One look goes over the whole pool, so this is for limits
    that ``sib.impact.nearest`` does not know.
    """

    __slots__ = ("allowed", "free", "limits", "place", "pool", "score", "space", "used")

    def __init__(self, treated: Flags, limits: Limits, score: Floats | None, space: Floats | None) -> None:
        self.score = np.zeros(len(treated)) if score is None else score
        order = np.argsort(self.score if space is None else space[:, 0], kind="stable")
        self.place = np.empty(len(order), dtype=np.int64)
        self.place[order] = np.arange(len(order))
        self.limits, self.space = limits, space
        self.pool = order[~treated[order]]
        self.free = limits.kept.copy()
        self.used = np.zeros(len(treated), dtype=np.int64)
        self.allowed = np.full(len(treated), limits.uses or np.iinfo(np.int64).max)
        self.allowed[treated] = limits.wanted

    def take(self, row: int, other: int) -> None:
        """Note a match; whoever has been in as many as allowed is out."""
        rows = np.array([other, row])
        if self.limits.units is not None:
            rows = np.flatnonzero(np.isin(self.limits.units, self.limits.units[rows]))
        rows = rows[self.free[rows]]
        self.used[rows] += 1
        self.free[rows[self.used[rows] >= self.allowed[rows]]] = False

    def nearest(self, row: int, met: list[int], last: int | None = None) -> int:
        """Row of the nearest person whom ``row`` may still have, or -1.

        ``met`` are rows that it has already, ``last`` one that it was promised and that somebody else took.
        """
        if self.space is not None:
            found = self._few_in_space(self.space, row, met, 1)
            return found[0] if found else -1
        return self._nearest_on_line(row, met, met if last is None else [*met, last])

    def few(self, row: int, wanted: int) -> list[int]:
        """The nearest ``wanted`` people, where everybody may be taken any number of times."""
        if self.space is not None:
            return self._few_in_space(self.space, row, [], wanted)
        return self._few_on_line(row, wanted)

    def distance(self, row: int, other: int) -> float:
        """Difference of scores, or squared distance in the space."""
        if self.space is not None:
            return float(squared_distances(self.space[other][None, :], self.space[row])[0])
        return float(abs(self.score[row] - self.score[other]))

    def _open(self, row: int, met: list[int]) -> Flags:
        """Whom of the pool a person may have, in the order of the line."""
        limits, pool = self.limits, self.pool
        out: Flags = self.free[pool] & (limits.strata[pool] == limits.strata[row])
        if limits.caliper < np.inf:
            out &= np.abs(self.score[row] - self.score[pool]) <= limits.caliper
        if limits.covariates.shape[1]:
            out &= (np.abs(limits.covariates[row] - limits.covariates[pool]) <= limits.widths).all(axis=1)
        if limits.apart.shape[1]:
            out &= (limits.apart[row] != limits.apart[pool]).all(axis=1)
        if met:
            out &= ~np.isin(pool, met)
        return out

    def _nearest_on_line(self, row: int, met: list[int], starts: list[int]) -> int:
        """The nearer of the first on the left and the first on the right of all starts; at equal distance, of steps."""
        score = self.score
        places = [int(self.place[one]) for one in (row, *starts)]
        low, high = min(places), max(places)
        gap = np.abs(score[row] - score[self.pool])
        can = self._open(row, met) & (gap >= max(abs(float(score[row] - score[one])) for one in (row, *starts)))
        where = self.place[self.pool]
        left, right = np.flatnonzero(can & (where < low))[-1:], np.flatnonzero(can & (where > high))[:1]
        if not len(left) or not len(right):
            best = [*left, *right]
            return int(self.pool[best[0]]) if best else -1
        ours = (gap[left[0]], low - where[left[0]])
        return int(self.pool[left[0] if ours <= (gap[right[0]], where[right[0]] - high) else right[0]])

    def _few_on_line(self, row: int, wanted: int) -> list[int]:
        """Walk outwards, left before right, at most ``wanted`` on each side, and keep the nearest."""
        gap = np.abs(self.score[row] - self.score[self.pool])
        can = self._open(row, [])
        steps = self.place[self.pool] - self.place[row]
        sides = (np.flatnonzero(can & (steps < 0))[::-1][:wanted], np.flatnonzero(can & (steps > 0))[:wanted])
        walk = sorted((abs(int(steps[at])), side, int(at)) for side, ats in enumerate(sides) for at in ats)
        kept = walk_list([(float(gap[at]), side, at) for _, side, at in walk], wanted)
        return [int(self.pool[at]) for at in kept]

    def _few_in_space(self, space: Floats, row: int, met: list[int], wanted: int) -> list[int]:
        """The nearest; at equal distance the last one met when walking outwards along the first column."""
        can = np.flatnonzero(self._open(row, met))
        squared = squared_distances(space[self.pool[can]], space[row])
        can, squared = can[np.isfinite(squared)], squared[np.isfinite(squared)]
        if not len(can):
            return []
        last = min(wanted, len(can)) - 1
        near = np.flatnonzero(squared <= np.partition(squared, last)[last])
        steps = self.place[self.pool[can[near]]] - self.place[row]
        order = np.lexsort((-steps, -np.abs(steps), squared[near]))[:wanted]
        return [int(one) for one in self.pool[can[near[order]]]]
