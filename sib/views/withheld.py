"""views: which statements' amounts an outsider may not see, because a small count of people could be worked out."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PaidLine:
    """What the rule needs to know of a statement line; never shown."""

    statement: str
    amount_minor: int
    people: int | None
    """How many people's outcomes were counted; None or 0 where the line pays for a measured result."""


def withheld_statements(lines: Sequence[PaidLine], limit: int) -> frozenset[str]:
    """The statements whose amounts an outsider may not see.

    A measured line's amount follows from the published terms, so what hides a small count is only another, larger one
    on the same statement. A single withheld statement would follow from the sums, so the next smallest goes with it.
    """
    totals: dict[str, int] = {}
    counts: dict[str, list[int]] = {}
    for line in lines:
        if line.amount_minor:
            totals[line.statement] = totals.get(line.statement, 0) + line.amount_minor
            counts.setdefault(line.statement, []).extend([line.people] if line.people else [])
    small = {name for name, people in counts.items() if people and max(people) < limit}
    others = sorted(totals.keys() - small, key=lambda name: (abs(totals[name]), name))
    return frozenset(small | set(others[:1])) if len(small) == 1 else frozenset(small)
