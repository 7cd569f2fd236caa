"""arrows: what two sets of terms are replayed on: what happened, from a case or the register, and what is expected."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction

import numpy as np

from sib.finance.position import PastFlow
from sib.outcomes.claims import VerificationState
from sib.outcomes.results import ResultState
from sib.payments.facts import Measured, Outcome, Outcomes
from sib.payments.versions import Versions, in_force
from sib.periods import Period
from sib.steps.house import House
from sib.steps.price import facts_of, flows_of
from sib.store.claims import claims_in_state
from sib.store.results import results_in_state
from sib.terms.case import Case


@dataclass(frozen=True, slots=True)
class Result:
    """A measured result, and the last day that it measures."""

    metric: str
    ended_on: date
    measured: Measured


@dataclass(frozen=True, slots=True)
class Story:
    """What happened and what is expected; the same for both sides, each of which settles it by its own terms.

    ``known_until`` is the last day of what happened; what comes after it is a forecast. ``once`` is the day of a
    single settlement, as a case has it; without it all is settled from the start, period by period.
    """

    name: str
    outcomes: Outcomes
    results: tuple[Result, ...]
    known_until: date
    once: date | None = None
    paid_before: Mapping[str, int] = field(default_factory=dict)
    paid_this_year: Mapping[str, int] = field(default_factory=dict)
    drawn: Mapping[str, int] = field(default_factory=dict)
    flows: tuple[PastFlow, ...] = ()
    forecast: str | None = None
    """How the forecast was made; None where there is none."""
    payers_before: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """What of ``paid_before`` each payer paid, where it is told."""


def case_story(versions: Versions, case: Case) -> Story:
    """What a case gives, settled once on its day; errors as ``facts_of``."""
    terms = in_force(versions, case.given.as_of)
    facts = facts_of(terms, case)
    results = tuple(Result(name, facts.as_of, measured) for name, measured in facts.quantities.items())
    return Story(
        case.name,
        facts.outcomes,
        results,
        facts.as_of,
        facts.as_of,
        facts.paid_before,
        facts.paid_this_year,
        facts.drawn,
        flows_of(terms, case),
        payers_before=facts.payers_before,
    )


def register_story(house: House, versions: Versions) -> Story:
    """What the register holds of a contract: verified claims and signed results, as known today."""
    header = versions[-1].contract
    ever = Period(versions[0].contract.starts_on, header.ends_on)
    with house.register.read() as session:
        claims = claims_in_state(session, header.id, (VerificationState.VERIFIED,), ever)
        signed = results_in_state(session, header.id, (ResultState.SIGNED,))
    rows = [held.claim for held in claims]
    outcomes = Outcomes.of(Outcome(row.person, row.metric, row.achieved_on, row.group, row.count) for row in rows)
    results = tuple(
        Result(held.result.metric, held.result.period_end, Measured(Fraction(held.result.value), held.result.unit))
        for held in sorted(signed, key=lambda one: (one.result.period_end, one.id))
    )
    days = [row.achieved_on for row in rows] + [result.ended_on for result in results]
    return Story("the register's history", outcomes, results, max(days, default=ever.start))


def with_plan(story: Story, versions: Versions, plan: Case) -> Story:
    """The story with what a plan, written as a case, expects after what happened."""
    facts = facts_of(in_force(versions, plan.given.as_of), plan)
    late = facts.outcomes.day > story.known_until.toordinal()
    expected = rows_of(facts.outcomes, np.flatnonzero(late).tolist())
    results = [Result(name, facts.as_of, measured) for name, measured in facts.quantities.items()]
    return replace(
        story,
        outcomes=_joined(story.outcomes, expected),
        results=(*story.results, *results),
        forecast=f"as the plan says: {plan.name}",
    )


def scaled(story: Story, versions: Versions) -> Story:
    """The story with the people still to come: the cohort's planned size, each like one of those seen so far, in turn.

    They begin evenly over the days that are left, and take as long as those they are like. A measured result that two
    periods or more have shown is expected again, the last one, at the end of each period to come. Where nothing can
    be scaled there is no forecast.
    """
    people = list(dict.fromkeys(story.outcomes.person.tolist()))
    to_come = _planned(versions) - len(people)
    left = (versions[-1].contract.ends_on - story.known_until).days
    again = tuple(_again(story, versions))
    if left < 1 or not (again or (people and to_come > 0)):
        return story
    copies = max(to_come, 0) if people else 0
    said = [f"{copies:,} people still to come, each like one of the {len(people):,} so far"] if copies else []
    said += ["the last measured results again in each period to come"] if again else []
    return replace(
        story,
        outcomes=_joined(story.outcomes, _like(story, people, copies, left)) if copies else story.outcomes,
        results=(*story.results, *again),
        forecast=f"scaled history, no plan: {' and '.join(said)}",
    )


def _planned(versions: Versions) -> int:
    return sum(cohort.size or 0 for cohort in versions[-1].cohort)


def _like(story: Story, people: Sequence[int], copies: int, left: int) -> Iterator[Outcome]:
    """Rows of people to come, each a copy of one seen so far, beginning evenly over the days that are left."""
    rows: dict[int, list[Outcome]] = {}
    for person, row in zip(story.outcomes.person.tolist(), rows_of(story.outcomes), strict=True):
        rows.setdefault(person, []).append(row)
    for number in range(copies):
        mine = rows[people[number % len(people)]]
        begins = story.known_until + timedelta(1 + number * left // copies)
        first = min(row.achieved_on for row in mine)
        for row in mine:
            when = begins + (row.achieved_on - first)
            yield replace(row, person=f"to come {number + 1}", achieved_on=when, settled=False)


def _again(story: Story, versions: Versions) -> Iterator[Result]:
    seen: dict[str, list[Result]] = {}
    for result in story.results:
        seen.setdefault(result.metric, []).append(result)
    ends = [period.ends_on for period in versions[-1].settlement if period.ends_on > story.known_until]
    for metric, results in seen.items():
        if len({result.ended_on for result in results}) > 1:
            yield from (Result(metric, end, results[-1].measured) for end in ends)


def rows_of(outcomes: Outcomes, rows: Iterable[int] | None = None) -> Iterator[Outcome]:
    """Columns as rows again."""
    for row in range(len(outcomes)) if rows is None else rows:
        group = int(outcomes.group[row])
        yield Outcome(
            outcomes.people[outcomes.person[row]],
            outcomes.metrics[outcomes.metric[row]],
            date.fromordinal(int(outcomes.day[row])),
            None if group < 0 else outcomes.groups[group],
            int(outcomes.count[row]),
            bool(outcomes.settled[row]),
        )


def _joined(outcomes: Outcomes, more: Iterable[Outcome]) -> Outcomes:
    return Outcomes.of([*rows_of(outcomes), *more])
