"""payments: rules over what single people reached: milestones, spells sustained, several metrics together."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from sib.payments.facts import Codes, Flags, Ints, Outcomes
from sib.terms.contract import Contract
from sib.terms.quantities import Milestone, PeopleWith, Span, Sustained

PeopleRule = Milestone | Sustained | PeopleWith
NEVER = np.iinfo(np.int64).max // 4
"""A day that no outcome has."""
_Spell = tuple[int, int]
"""First and last day, as ordinals."""


def qualified_on(contract: Contract, outcomes: Outcomes, rule: PeopleRule) -> tuple[Ints, Flags]:
    """Return for every person (by code) the day on which a rule was met, ``NEVER`` where it was not, and whether it
    is met by what is settled already. Somebody who no longer meets the rule does not take another's place.
    """
    return _days_met(contract, outcomes, rule), _days_met(contract, _rows(outcomes, outcomes.settled), rule) < NEVER


def newly_qualified(contract: Contract, outcomes: Outcomes, rule: PeopleRule) -> Ints:
    """The days on which people came to meet a rule who do not meet it by what is settled; one for each person."""
    days, before = qualified_on(contract, outcomes, rule)
    return days[(days < NEVER) & ~before]


def _days_met(contract: Contract, outcomes: Outcomes, rule: PeopleRule) -> Ints:
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


def _earliest(outcomes: Outcomes, person: Codes, day: Ints) -> Ints:
    """The earliest of some days for each person; ``NEVER`` where there is none."""
    first = np.full(len(outcomes.people), NEVER, dtype=np.int64)
    np.minimum.at(first, person, day)
    return first


def _first_day(contract: Contract, outcomes: Outcomes, metric: str, group: str | None = None) -> Ints:
    """The first day on which each person reached a metric; ``NEVER`` where not at all."""
    rows = _inside(contract, outcomes, metric, group)
    return _earliest(outcomes, outcomes.person[rows], outcomes.day[rows].astype(np.int64))


def _milestone(contract: Contract, outcomes: Outcomes, rule: Milestone) -> Ints:
    rows = np.flatnonzero(_inside(contract, outcomes, rule.metric, rule.group))
    person, day = outcomes.person[rows], outcomes.day[rows].astype(np.int64)
    if rule.after:
        ready = np.maximum.reduce([_first_day(contract, outcomes, metric) for metric in rule.after])[person]
        good = day >= ready + rule.at_least_days
        if rule.within_days is not None:
            good &= day <= ready + rule.within_days
        person, day = person[good], day[good]
    return _earliest(outcomes, person, day)


def _people_with(contract: Contract, outcomes: Outcomes, rule: PeopleWith) -> Ints:
    """The day of the last outcome that the rule waited for; what must not be reached has no day."""

    def reached(names: tuple[str, ...]) -> list[Ints]:
        return [_first_day(contract, outcomes, metric, rule.group) for metric in names]

    days = [np.zeros(len(outcomes.people), dtype=np.int64), *reached(rule.all_of)]
    if rule.any_of:
        days.append(np.sort(reached(rule.any_of), axis=0)[rule.at_least - 1])
    days += [np.where(against < NEVER, NEVER, 0) for against in reached(rule.none_of)]
    latest: Ints = np.maximum.reduce(days)
    return latest


def _sustained(contract: Contract, outcomes: Outcomes, rule: Sustained) -> Ints:
    met = np.full(len(outcomes.people), NEVER, dtype=np.int64)
    last = contract.the_metric(rule.metric).window.closes.toordinal()
    rows = np.flatnonzero(_inside(contract, outcomes, rule.metric, rule.group))
    order = rows[np.lexsort((outcomes.day[rows], outcomes.person[rows]))]
    for person, spells in _by_person(outcomes, order, last):
        met[person] = _day_sustained(spells, rule)
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


def _day_sustained(spells: list[_Spell], rule: Sustained) -> int:
    """The day on which a run, or all of them together, reached the days asked for; ``NEVER`` if none did."""
    length, end = 0, None
    for first, last in _united(spells):
        days = _days(first, last, rule.excluded)
        if not days:
            # all of it left out: it does not bridge a gap either
            continue
        gap = 0 if end is None else _days(end + 1, first - 1, rule.excluded)
        if rule.counting == "in one run" and gap > rule.gap_days:
            length = 0
        if length + days >= rule.days:
            return _day_number(rule.days - length, first, last, rule.excluded)
        length, end = length + days, last
    return NEVER


def _day_number(number: int, first: int, last: int, excluded: tuple[Span, ...]) -> int:
    """The day that is number so many of those that count, from ``first`` on."""
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _days(first, middle, excluded) >= number else (middle + 1, high)
    return low


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
