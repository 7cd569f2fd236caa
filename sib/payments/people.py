"""payments: rules over what single people reached: milestones, spells sustained, several metrics together."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np

from sib.payments.facts import Codes, Flags, Ints, Outcomes
from sib.terms.contract import Contract
from sib.terms.quantities import AtMost, Milestone, PeopleReaching, PeopleWith, Span, Sustained

PeopleRule = Milestone | Sustained | PeopleWith | PeopleReaching
NEVER = np.iinfo(np.int64).max // 4
"""A day that no outcome has."""
_EPOCH = date(1970, 1, 1).toordinal()
"""Where numpy begins to count days."""
_Spell = tuple[int, int]
"""First and last day, as ordinals."""


def qualified_on(contract: Contract, outcomes: Outcomes, rule: PeopleRule, as_of: date) -> tuple[Ints, Flags]:
    """Return for every person (by code) the day on which a rule was met, ``NEVER`` where it was not, and whether it
    is met by what is settled already. Somebody who no longer meets the rule does not take another's place. What
    lies after ``as_of`` has not happened yet: a spell ends there.
    """
    upto = as_of.toordinal()
    days = _days_met(contract, outcomes, rule)
    before = _days_met(contract, _rows(outcomes, outcomes.settled), rule)
    return np.where(days <= upto, days, NEVER), before <= upto


def newly_qualified(contract: Contract, outcomes: Outcomes, rule: PeopleRule, as_of: date) -> Ints:
    """The days on which people came to meet a rule who do not meet it by what is settled; one for each person."""
    days, before = qualified_on(contract, outcomes, rule, as_of)
    return days[(days < NEVER) & ~before]


def _days_met(contract: Contract, outcomes: Outcomes, rule: PeopleRule) -> Ints:
    if isinstance(rule, Milestone):
        return _milestone(contract, outcomes, rule)
    if isinstance(rule, Sustained):
        return _sustained(contract, outcomes, rule)
    if isinstance(rule, PeopleReaching):
        return _people_reaching(contract, outcomes, rule)
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
        good = (day >= ready + rule.at_least_days) & (day >= months_later(ready, rule.at_least_months))
        if rule.within_days is not None:
            good &= day <= ready + rule.within_days
        if rule.within_months is not None:
            good &= day <= months_later(ready, rule.within_months)
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
    for allowed in rule.at_most_of:
        days.append(np.where(_times(contract, outcomes, allowed, rule.group) > allowed.times, NEVER, 0))
    latest: Ints = np.maximum.reduce(days)
    return latest


def _times(contract: Contract, outcomes: Outcomes, allowed: AtMost, group: str | None) -> Ints:
    """How often each person reached a metric, in the time in which it is counted."""
    rows = np.flatnonzero(_inside(contract, outcomes, allowed.metric, group))
    if allowed.after is not None:
        since = _first_day(contract, outcomes, allowed.after)[outcomes.person[rows]]
        # up to the day before the same day of the last month
        until = NEVER if allowed.within_months is None else months_later(since, allowed.within_months) - 1
        rows = rows[(outcomes.day[rows] >= since) & (outcomes.day[rows] <= until)]
    times = np.zeros(len(outcomes.people), dtype=np.int64)
    np.add.at(times, outcomes.person[rows], outcomes.count[rows])
    return times


def _people_reaching(contract: Contract, outcomes: Outcomes, rule: PeopleReaching) -> Ints:
    """The day of the outcome with which a person's total was reached."""
    rows = np.flatnonzero(_inside(contract, outcomes, rule.metric, rule.group))
    if rule.after is not None:
        since = _first_day(contract, outcomes, rule.after)[outcomes.person[rows]]
        until = NEVER if rule.within_days is None else since + rule.within_days
        rows = rows[(outcomes.day[rows] >= since) & (outcomes.day[rows] <= until)]
    rows = rows[np.lexsort((rows, outcomes.day[rows], outcomes.person[rows]))]
    person, running = outcomes.person[rows], np.cumsum(outcomes.count[rows])
    first = np.flatnonzero(np.diff(person, prepend=-9))
    before = np.repeat(running[first] - outcomes.count[rows][first], np.diff(first, append=len(rows)))
    reached = running - before >= ceil(rule.total)
    return _earliest(outcomes, person[reached], outcomes.day[rows][reached].astype(np.int64))


def months_later(days: Ints, months: int) -> Ints:
    """Days so many calendar months later; where the month is too short, on its last day. ``NEVER`` stays."""
    if not months:
        return days
    known = np.where(days < NEVER, days - _EPOCH, 0).astype("datetime64[D]")
    month = known.astype("datetime64[M]")
    later = (month + months).astype("datetime64[D]") + (known - month.astype("datetime64[D]"))
    last = (month + months + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    moved: Ints = np.minimum(later, last).astype(np.int64) + _EPOCH
    return np.where(days < NEVER, moved, NEVER)


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
    """The day on which a run, or all of them together, reached what is asked for; ``NEVER`` if none did."""
    length, end, wanted = 0, None, rule.days or 0
    for first, last in _united(spells):
        days = _days(first, last, rule.excluded)
        if not days:
            # all of it left out: it does not bridge a gap either
            continue
        gap = 0 if end is None else _days(end + 1, first - 1, rule.excluded)
        broken = rule.counting == "in one run" and gap > rule.gap_days
        if end is None or broken:
            length = 0
            wanted = rule.days or _days_of_months(first, rule.months or 0)
        # with months, the calendar counts: what interrupted and did not break the run counts too
        bridged = gap if rule.months and not broken else 0
        if length + bridged + days >= wanted:
            return _day_number(wanted - length - bridged, first, last, rule.excluded)
        length, end = length + bridged + days, last
    return NEVER


def _days_of_months(first: int, months: int) -> int:
    """How many days so many calendar months have, from a day on."""
    return int(months_later(np.array([first], dtype=np.int64), months)[0]) - first


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
