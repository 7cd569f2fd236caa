"""payments: rules over what single people reached: milestones, spells sustained, several metrics together."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from sib.payments.facts import Codes, Flags, Outcomes
from sib.terms.contract import Contract
from sib.terms.quantities import Milestone, PeopleWith, Span, Sustained

NEVER = np.iinfo(np.int64).max // 4
"""A day that no outcome has."""
_Spell = tuple[int, int]
"""First and last day, as ordinals."""


def newly_qualified(contract: Contract, outcomes: Outcomes, rule: Milestone | Sustained | PeopleWith) -> int:
    """How many people meet a rule now who did not meet it by what is settled already; each person counts once."""
    before = qualified(contract, _rows(outcomes, outcomes.settled), rule)
    # somebody who no longer meets the rule does not take another's place
    return int((qualified(contract, outcomes, rule) & ~before).sum())


def qualified(contract: Contract, outcomes: Outcomes, rule: Milestone | Sustained | PeopleWith) -> Flags:
    """Return for every person (by code) whether the rule is met."""
    if isinstance(rule, Milestone):
        return _milestone(contract, outcomes, rule)
    if isinstance(rule, Sustained):
        return _sustained(contract, outcomes, rule)
    return _people_with(contract, outcomes, rule)


def _rows(outcomes: Outcomes, keep: Flags) -> Outcomes:
    """Some of the rows, with the same codes."""
    return Outcomes(
        person=outcomes.person[keep],
        metric=outcomes.metric[keep],
        day=outcomes.day[keep],
        group=outcomes.group[keep],
        count=outcomes.count[keep],
        settled=outcomes.settled[keep],
        people=outcomes.people,
        metrics=outcomes.metrics,
        groups=outcomes.groups,
    )


def _inside(contract: Contract, outcomes: Outcomes, metric: str, group: str | None) -> Flags:
    """Rows of a metric inside its window, of a group if one is given."""
    window = contract.the_metric(metric).window
    inside: Flags = (outcomes.day >= window.opens.toordinal()) & (outcomes.day <= window.closes.toordinal())
    return inside & outcomes.only(metric, group)


def _first_day(contract: Contract, outcomes: Outcomes, metric: str) -> Any:
    """The first day on which each person reached a metric; ``NEVER`` where not at all."""
    first = np.full(len(outcomes.people), NEVER, dtype=np.int64)
    rows = _inside(contract, outcomes, metric, None)
    np.minimum.at(first, outcomes.person[rows], outcomes.day[rows].astype(np.int64))
    return first


def _milestone(contract: Contract, outcomes: Outcomes, rule: Milestone) -> Flags:
    met = np.zeros(len(outcomes.people), dtype=np.bool_)
    rows = np.flatnonzero(_inside(contract, outcomes, rule.metric, rule.group))
    person, day = outcomes.person[rows], outcomes.day[rows].astype(np.int64)
    if rule.after:
        ready = np.maximum.reduce([_first_day(contract, outcomes, metric) for metric in rule.after])[person]
        good = day >= ready + rule.at_least_days
        if rule.within_days is not None:
            good &= day <= ready + rule.within_days
        person = person[good]
    met[person] = True
    return met


def _people_with(contract: Contract, outcomes: Outcomes, rule: PeopleWith) -> Flags:
    def reached(metric: str) -> Flags:
        met = np.zeros(len(outcomes.people), dtype=np.bool_)
        met[outcomes.person[_inside(contract, outcomes, metric, rule.group)]] = True
        return met

    met = np.ones(len(outcomes.people), dtype=np.bool_)
    for metric in rule.all_of:
        met &= reached(metric)
    if rule.any_of:
        met &= np.sum([reached(metric) for metric in rule.any_of], axis=0) >= rule.at_least
    for metric in rule.none_of:
        met &= ~reached(metric)
    return met


def _sustained(contract: Contract, outcomes: Outcomes, rule: Sustained) -> Flags:
    met = np.zeros(len(outcomes.people), dtype=np.bool_)
    last = contract.the_metric(rule.metric).window.closes.toordinal()
    rows = np.flatnonzero(_inside(contract, outcomes, rule.metric, rule.group))
    order = rows[np.lexsort((outcomes.day[rows], outcomes.person[rows]))]
    for person, spells in _by_person(outcomes, order, last):
        met[person] = max(_runs(spells, rule), default=0) >= rule.days
    return met


def _by_person(outcomes: Outcomes, order: Any, last: int) -> Iterator[tuple[int, list[_Spell]]]:
    """Each person's spells in order of their first day, cut off at the end of the window."""
    people: Codes = outcomes.person[order]
    starts = np.flatnonzero(np.diff(people, prepend=-9))
    for begin, end in pairwise([*starts, len(order)]):
        part = order[begin:end]
        first = outcomes.day[part].tolist()
        days = outcomes.count[part].tolist()
        yield int(people[begin]), [(day, min(day + count - 1, last)) for day, count in zip(first, days, strict=True)]


def _runs(spells: list[_Spell], rule: Sustained) -> Iterator[int]:
    """The lengths of the runs, in days that count; in all, one run."""
    length, end = 0, None
    for first, last in _united(spells):
        days = _days(first, last, rule.excluded)
        if not days:
            # all of it left out: it does not bridge a gap either
            continue
        gap = 0 if end is None else _days(end + 1, first - 1, rule.excluded)
        if rule.counting == "in one run" and gap > rule.gap_days:
            yield length
            length = 0
        length, end = length + days, last
    yield length


def _united(spells: list[_Spell]) -> Iterator[_Spell]:
    """Spells that overlap or touch as one: a day counts once, however many jobs it was worked in."""
    first, last = spells[0]
    for begin, end in spells[1:]:
        if begin > last + 1:
            yield first, last
            first, last = begin, end
        last = max(last, end)
    yield first, last


def _days(first: int, last: int, excluded: tuple[Span, ...]) -> int:
    """Days from ``first`` to ``last``, without those that are left out."""
    out = {
        day
        for span in excluded
        for day in range(max(first, span.from_.toordinal()), min(last, span.to.toordinal()) + 1)
    }
    return last - first + 1 - len(out)
