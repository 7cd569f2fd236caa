"""arrows: a story replayed under one side's terms, settlement by settlement, each knowing what earlier ones paid."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from sib.finance.position import PastFlow
from sib.finance.waterfall import Distribution, distribute
from sib.money import exponent
from sib.payments.facts import NO_METRIC, Facts, Flags, Measured, Outcomes
from sib.payments.payable import Payables
from sib.payments.versions import Versions, counted_now, in_force, payable_under, together
from sib.periods import financial_year_of
from sib.steps.compare_history import Story
from sib.steps.price import drawn_by
from sib.terms.contract import Contract
from sib.terms.walk import named, unit_of


@dataclass(frozen=True, slots=True)
class Settled:
    """One settlement of a replay."""

    period: str
    on: date
    forecast: bool
    payables: Payables
    distribution: Distribution


@dataclass(slots=True)
class _Ledger:
    """What was paid, settled and repaid so far in a replay; amounts in minor units."""

    paid: dict[str, int]
    paid_this_year: dict[str, int]
    outstanding: dict[str, int]
    flows: list[PastFlow]
    drawn_until: date
    year_of: date
    settled_at_first: Flags
    payers: dict[str, dict[str, int]]
    """What each payer paid, by payment; only of payments of which it is known from the first."""
    settled: dict[str, Flags] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Due:
    """A settlement to be made: what it is called, its first and last day."""

    period: str
    begins: date
    on: date


def replay(versions: Versions, story: Story) -> tuple[Settled, ...]:
    """Settle a story under one side's terms; what they do not know earns nothing under them.

    Raises NotValid when a claim's group is none that the terms know.
    """
    story = _known(versions, story)
    ledger = _Ledger(
        dict(story.paid_before),
        dict(story.paid_this_year),
        drawn_by(story.drawn, story.flows),
        list(story.flows),
        drawn_until=story.once or date.min,
        year_of=story.known_until,
        settled_at_first=story.outcomes.settled,
        payers={name: dict(by) for name, by in story.payers_before.items()},
    )
    return tuple(_settle(versions, story, ledger, due) for due in _timetable(versions, story))


def _known(versions: Versions, story: Story) -> Story:
    """The story without claims, results and sums that no version of these terms knows."""
    terms = together(versions[-1], versions)
    quantities, payments = named(terms, "quantity"), {payment.id for payment in terms.payments}
    claimed = {metric.id for metric in terms.metric if metric.counted_from == "claims"}
    results = [each for each in story.results if each.metric in quantities]
    results = [each for each in results if unit_of(terms, each.metric) == each.measured.unit]
    return replace(
        story,
        outcomes=_only(story.outcomes, claimed),
        results=tuple(results),
        paid_before={name: paid for name, paid in story.paid_before.items() if name in payments},
        paid_this_year={name: paid for name, paid in story.paid_this_year.items() if name in payments},
        payers_before={name: by for name, by in story.payers_before.items() if name in payments},
    )


def _only(outcomes: Outcomes, claimed: set[str]) -> Outcomes:
    """The rows of some metrics, their names coded anew."""
    keep = np.isin(outcomes.metric, [code for code, name in enumerate(outcomes.metrics) if name in claimed])
    names = tuple(name for name in outcomes.metrics if name in claimed)
    codes = np.array([names.index(name) if name in claimed else NO_METRIC for name in outcomes.metrics] or [NO_METRIC])
    kept = _rows(outcomes, keep)
    return replace(kept, metric=codes[kept.metric].astype(np.int32), metrics=names)


def _rows(outcomes: Outcomes, keep: Flags) -> Outcomes:
    columns = ("person", "metric", "day", "group", "count", "settled")
    return replace(outcomes, **{column: getattr(outcomes, column)[keep] for column in columns})


def _timetable(versions: Versions, story: Story) -> Iterator[_Due]:
    """The settlements to be made: a case's single one, the terms' periods, and the rest of the term if expected."""
    terms = versions[-1]
    periods = [_Due(period.id, period.starts_on, period.ends_on) for period in terms.settlement]
    if story.once is not None:
        inside = [due.period for due in periods if due.begins <= story.once <= due.on]
        yield _Due(inside[0] if inside else story.once.isoformat(), date.min, story.once)
    until = date.max if story.forecast else story.known_until
    due_later = [due for due in periods if (due.on > story.once if story.once else due.begins <= until)]
    if story.forecast or not story.once:
        yield from due_later
    last = due_later[-1].on if due_later else story.once or date.min
    expected_until = max([terms.contract.ends_on] * bool(story.forecast) + [story.known_until])
    if expected_until > last:
        yield _Due("after the last period", date.min, expected_until)


def _settle(versions: Versions, story: Story, ledger: _Ledger, due: _Due) -> Settled:
    terms = in_force(versions, due.on)
    facts = _facts(terms, story, ledger, due)
    payables = payable_under(versions, facts)
    _draw(terms, ledger, due.on)
    given = distribute(
        terms,
        payables.total,
        {tranche.id: ledger.outstanding.get(tranche.id, 0) for tranche in terms.tranche},
        as_of=due.on,
        flows=ledger.flows,
        payments={line.payment: line.amount for line in payables.payables},
        facts=facts,
    )
    _note(versions, ledger, facts, payables, _seen(story, due))
    for each in given.tranches:
        ledger.outstanding[each.tranche] = ledger.outstanding.get(each.tranche, 0) - each.principal
        ledger.flows.append(PastFlow(each.tranche, due.on, 0, each.principal, each.returned))
    expected = story.forecast is not None and due.on > story.known_until
    return Settled(due.period, due.on, expected, payables, given)


def _facts(terms: Contract, story: Story, ledger: _Ledger, due: _Due) -> Facts:
    """What is known on the day of a settlement."""
    year = financial_year_of(due.on, terms.contract.year_starts_in)
    if ledger.year_of not in year:
        ledger.paid_this_year.clear()
    ledger.year_of = due.on
    seen = _seen(story, due)
    return Facts(
        as_of=due.on,
        outcomes=_rows(story.outcomes, seen),
        quantities=_quantities(terms, story, ledger, due),
        paid_before=dict(ledger.paid),
        paid_this_year=dict(ledger.paid_this_year),
        payers_before=_payers_before(terms, ledger),
        settled={name: flags[seen] for name, flags in ledger.settled.items()},
    )


def _payers_before(terms: Contract, ledger: _Ledger) -> Mapping[str, Mapping[str, int]]:
    """What each payer paid before; left out where somebody paid who pays no more."""
    payers = {payment.id: {share.payer for share in payment.shares} for payment in terms.payments}
    return {name: dict(by) for name, by in ledger.payers.items() if set(by) <= payers.get(name, set())}


def _seen(story: Story, due: _Due) -> Flags:
    """Which outcomes are achieved by the day of a settlement."""
    seen: Flags = story.outcomes.day <= due.on.toordinal()
    return seen


def _quantities(terms: Contract, story: Story, ledger: _Ledger, due: _Due) -> Mapping[str, Measured]:
    """The results in force: the latest where a payment settles in total, else each once, in its period."""
    total = {payment.metric for payment in terms.payments if payment.settles == "in total"}
    found: dict[str, int] = {}
    for place, result in enumerate(story.results):
        current = result.metric in total or (result.ended_on >= due.begins and place not in ledger.used)
        if result.ended_on <= due.on and current:
            found[result.metric] = place
    ledger.used |= set(found.values())
    return {name: story.results[place].measured for name, place in found.items()}


def _draw(terms: Contract, ledger: _Ledger, until: date) -> None:
    """Pay in what the schedule says since the last settlement; what was drawn before a case is given by it."""
    scale = 10 ** exponent(terms.contract.currency)
    for tranche in terms.tranche:
        for drawdown in tranche.drawdowns:
            if ledger.drawn_until < drawdown.on <= until:
                paid_in = int(drawdown.amount * scale)
                ledger.flows.append(PastFlow(tranche.id, drawdown.on, paid_in))
                ledger.outstanding[tranche.id] = ledger.outstanding.get(tranche.id, 0) + paid_in
    ledger.drawn_until = until


def _note(versions: Versions, ledger: _Ledger, facts: Facts, payables: Payables, seen: Flags) -> None:
    """Keep what a settlement paid, and which claims it settled, for the next."""
    for line in payables.payables:
        if line.payment in ledger.payers or not ledger.paid.get(line.payment):
            mine = ledger.payers.setdefault(line.payment, {})
            mine.update({payer: mine.get(payer, 0) + part for payer, part in line.payers})
        ledger.paid[line.payment] = ledger.paid.get(line.payment, 0) + line.amount
        ledger.paid_this_year[line.payment] = ledger.paid_this_year.get(line.payment, 0) + line.amount
        flags = ledger.settled.setdefault(line.payment, ledger.settled_at_first.copy())
        if not line.hold:
            flags[seen] |= counted_now(versions, facts, line.payment)
