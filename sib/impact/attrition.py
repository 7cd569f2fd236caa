"""impact: who was lost on the way, from recruited to followed, and how far those could move the answer."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sib.impact.cohort import Floats
from sib.impact.matching import MatchedCohort

STAGES = ("recruited", "linked", "matched", "followed")


@dataclass(frozen=True, slots=True)
class Stage:
    """How many people of both groups are left, and why the others are not."""

    name: str
    treated: int
    comparison: int
    why: str


@dataclass(frozen=True, slots=True)
class Attrition:
    """Everybody from recruited to followed, stage by stage; nobody leaves without a line."""

    stages: tuple[Stage, ...]
    limit: float
    """Largest difference between the groups' shares of lost people that passes."""
    lost_treated: float
    lost_comparison: float
    """Shares of those who should have an outcome, and have none: recruited people of the service, matched others."""

    @property
    def difference(self) -> float:
        """By how much more of one group was lost, as a share."""
        return abs(self.lost_treated - self.lost_comparison)

    @property
    def flagged(self) -> bool:
        """Whether the groups lost people so unevenly that the comparison is in doubt."""
        return self.difference > self.limit

    @property
    def words(self) -> str:
        """For a commissioner."""
        said = (
            f"{100 * self.lost_treated:.1f} % of the people of the service and {100 * self.lost_comparison:.1f} % of "
            f"the comparison people are lost; the plan allows {100 * self.limit:g} points of difference"
        )
        return f"flagged: {said}" if self.flagged else said

    def as_dict(self) -> dict[str, Any]:
        """Plain values; shares as text."""
        return {
            "stages": [
                {"stage": one.name, "treated": one.treated, "comparison": one.comparison, "why": one.why}
                for one in self.stages
            ],
            "lost_treated": f"{self.lost_treated:.6g}",
            "lost_comparison": f"{self.lost_comparison:.6g}",
            "limit": f"{self.limit:.6g}",
            "flagged": self.flagged,
            "words": self.words,
        }


@dataclass(frozen=True, slots=True)
class Bounds:
    """The effect if every lost outcome were the worst, and if it were the best, that was seen in anybody."""

    worst: float
    best: float
    lost_treated: int
    lost_comparison: int

    @property
    def words(self) -> str:
        """For a commissioner."""
        return (
            f"with {self.lost_treated} people of the service and {self.lost_comparison} comparison people unknown, "
            f"the effect lies between {self.worst:.6g} and {self.best:.6g}, whatever became of them"
        )


def attrition_of(
    recruited: int, linked: int, pool: int, matched: MatchedCohort | None, outcome: Floats, limit: float
) -> Attrition:
    """The table of one run; ``outcome`` in the cohort's order, not-a-number where nothing is known.

    ``recruited`` people of the service were enrolled, ``linked`` of them stand in the locked cohort; ``pool`` is the
    comparison pool. People whom the plan leaves unmatched are not lost, they are counted in their own line.
    """
    who = np.zeros(0, dtype=np.bool_) if matched is None else matched.weights > 0
    flags = who if matched is None else matched.treated
    used = [int((who & side).sum()) for side in (flags, ~flags)]
    known = [int((who & side & np.isfinite(outcome)).sum()) if len(who) else 0 for side in (flags, ~flags)]
    stages = (
        Stage(STAGES[0], recruited, pool, "everybody enrolled counts (intention to treat); the pool as it was drawn"),
        Stage(STAGES[1], linked, pool, f"{recruited - linked} enrolled people are not in the locked cohort"),
        Stage(STAGES[2], used[0], used[1], f"{linked - used[0]} people of the service have nobody near enough"),
        Stage(STAGES[3], known[0], known[1], f"the outcome of {sum(used) - sum(known)} matched people is not known"),
    )
    gone = recruited - linked + used[0] - known[0]
    return Attrition(
        stages=stages,
        limit=limit,
        lost_treated=gone / recruited if recruited else 0.0,
        lost_comparison=(used[1] - known[1]) / used[1] if used[1] else 0.0,
    )


def loss_bounds(
    matched: MatchedCohort, outcome: Floats, unlinked: int = 0, low: float | None = None, high: float | None = None
) -> Bounds | None:
    """Worst and best case for matched people of unknown outcome and for ``unlinked`` people of the service.

    The unlinked are taken to have the matched comparison people's counterfactual. ``low`` and ``high`` are the ends of
    what an outcome can be; left out, the least and the most that was seen among the matched. None where nothing is
    known of one of the groups.
    """
    who = matched.weights > 0
    known = who & np.isfinite(outcome)
    sides = [matched.treated, ~matched.treated]
    if not all((known & side).any() for side in sides):
        return None
    low = float(outcome[known].min()) if low is None else low
    high = float(outcome[known].max()) if high is None else high
    means, counts = [], []
    for side, more in zip(sides, (unlinked, 0), strict=True):
        weight = float(matched.weights[known & side].sum())
        value = float(matched.weights[known & side] @ outcome[known & side])
        lost = float(matched.weights[who & side & ~known].sum()) + more
        means.append([(value + lost * end) / (weight + lost) for end in (low, high)])
        counts.append(int((who & side & ~known).sum()) + more)
    return Bounds(means[0][0] - means[1][1], means[0][1] - means[1][0], counts[0], counts[1])
