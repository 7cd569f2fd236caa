"""terms: rules inside rules, through the names they use, no deeper than people read and a stack holds."""

from collections.abc import Iterator, Mapping
from typing import Any

from sib.terms.contract import Contract
from sib.terms.fault import Finding
from sib.terms.walk import below, named, rules

Rule = tuple[str, Any]
Known = Mapping[str, Mapping[str, Any]]

DEEPEST = 100
"""Rules on the way from a payment to its innermost quantity; no agreement that we know of has more than ten."""


def too_deep(contract: Contract) -> Iterator[Finding]:
    """The first rule that leads through more rules than ``DEEPEST``, if there is one; without recursion itself."""
    heights: dict[Rule, int] = {}
    known = {sort: named(contract, sort) for sort in ("quantity", "condition", "amount")}
    for path, sort, node in rules(contract):
        if _height(known, (sort, node), heights) > DEEPEST:
            what = f"the rule leads through more than {DEEPEST} others"
            yield Finding(path, "contract.too-deep", what, "say it with fewer rules inside each other")
            return


def _height(known: Known, top: Rule, heights: dict[Rule, int]) -> int:
    """How many rules stand on the longest way down; a circle is counted once, and told elsewhere.

    The heights of names are kept. The search stops where it is too deep.
    """
    way = [(top, _below(known, top))]
    highest = [1]
    while len(way) + highest[-1] <= DEEPEST + 1:
        child = next(way[-1][1], None)
        if child is None:
            rule, _ = way.pop()
            height = highest.pop()
            if isinstance(rule[1], str):
                heights[rule] = height
            if not way:
                return height
            highest[-1] = max(highest[-1], height + 1)
        elif isinstance(child[1], str) and child in heights:
            highest[-1] = max(highest[-1], heights[child] + 1)
        elif not any(child == rule for rule, _ in way if isinstance(rule[1], str)):
            way.append((child, _below(known, child)))
            highest.append(1)
    return DEEPEST + 1


def _below(known: Known, rule: Rule) -> Iterator[Rule]:
    """The rules directly below one: its parts, or what its name stands for."""
    sort, node = rule
    meant = known[sort].get(node) if isinstance(node, str) else node
    if isinstance(meant, str):
        return iter([(sort, meant)])
    return iter([(asked, part) for _, asked, part in below(sort, meant)])
