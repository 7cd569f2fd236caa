"""terms: findings that are alike told once, so that eighteen equal tables are one line."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sib.errors import Problem
from sib.terms.sentences import listed

_ALIKE = 4
"""So many alike are told one by one: their names may matter."""
_LINES = 6


def folded(found: Iterable[Problem]) -> Iterator[Problem]:
    """Yield each problem; of many that differ in names only, or stand on one line, the first with how many more."""
    alike: dict[tuple[str, str], list[Problem]] = {}
    for problem in found:
        alike.setdefault((problem.code, re.sub("`[^`]*`|“[^”]*”", "…", problem.what)), []).append(problem)
    together = [_one(each) if _is_one(each) else each for each in alike.values()]
    yield from sorted((each for several in together for each in several), key=lambda problem: problem.line or 0)


def _is_one(several: list[Problem]) -> bool:
    return len(several) > _ALIKE or len({each.line for each in several}) < len(several)


def _one(several: list[Problem]) -> list[Problem]:
    first, *others = several
    lines = sorted({each.line for each in others if each.line} - {first.line})
    shown = [f"{line}" for line in lines[:_LINES]] + (["further on"] if len(lines) > _LINES else [])
    where = f", on line{'s' if len(lines) > 1 else ''} {listed(shown)}" if lines else ""
    return [replace(first, what=f"{first.what}; and {len(others):,} more like it{where}")]
