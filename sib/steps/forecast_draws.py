"""arrows: what a contract's forecast expects, drawn at random in blocks, or taken as expected in a named case.

Floats are at home here: nothing that is drawn is ever paid. One factor is common to all that may be off: a result with
a risk of 0.5 shares half of its deviation (a correlation of 0.25 with another such) with enrolment and other results.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import sqrt

import numpy as np

from sib.finance.forecast import Results, Span
from sib.payments.many import Floats
from sib.periods import add_months
from sib.steps.stress_draws import arms_around, results
from sib.terms.contract import Contract
from sib.terms.plan import ExpectedResult, Forecast, NamedCase

BLOCK = 2500
"""Scenarios drawn together."""


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """What may be off, a figure a scenario: people who begin as a multiple of the planned, each share and value."""

    enrolment: Floats
    results: Mapping[str, Floats]

    @property
    def size(self) -> int:
        """How many scenarios."""
        return len(self.enrolment)


@dataclass(frozen=True, slots=True)
class Way:
    """A contract's forecast laid over its periods."""

    contract: Contract
    forecast: Forecast
    spans: tuple[Span, ...]
    months_later: int = 0
    weights: Mapping[str, Floats] = field(default_factory=dict)
    """By counted result: a row a period in which those before it have theirs, a column a period in which it comes."""

    @classmethod
    def of(cls, contract: Contract, forecast: Forecast, spans: Sequence[Span], months_later: int = 0) -> "Way":
        """Lay a forecast over periods."""
        weights = {
            result.gives: _weights(contract, result, spans) for result in forecast.results if result.share is not None
        }
        return cls(contract, forecast, tuple(spans), months_later, weights)

    def people(self) -> Floats:
        """Who begins in each period, as planned; whoever would begin after the last is left out."""
        found = np.zeros(len(self.spans))
        for enrolled in self.forecast.enrolment:
            place = _place(self.spans, add_months(enrolled.on, self.months_later))
            if place is not None:
                found[place] += enrolled.people
        return found


def _place(spans: Sequence[Span], day: date) -> int | None:
    """The period in which a day lies; days before the first and in gaps belong to the next."""
    return next((place for place, span in enumerate(spans) if day <= span.ends), None)


def _weights(contract: Contract, result: ExpectedResult, spans: Sequence[Span]) -> Floats:
    """Which part of a result comes in which period, for those who are on their way from the middle of each."""
    found = np.zeros((len(spans), len(spans)))
    closes = next((metric.window.closes for metric in contract.metric if metric.id == result.gives), date.max)
    months = range(result.after_months, result.after_months + max(1, result.over_months))
    for source, span in enumerate(spans):
        middle = span.begins + (span.ends - span.begins) / 2
        for month in months:
            day = add_months(middle, month)
            place = _place(spans, day)
            if place is not None and day <= closes:
                found[source, place] += 1 / len(months)
    return found


def expected(forecast: Forecast, size: int = 1) -> Levels:
    """Everything as expected."""
    given = {result.gives: _middle(result) for result in forecast.results}
    return Levels(np.ones(size), {name: np.full(size, level) for name, level in given.items()})


def _middle(result: ExpectedResult) -> float:
    return float(result.share if result.share is not None else result.value or 0)


def named_case(forecast: Forecast, case: NamedCase) -> Levels:
    """A named case: one scenario without chance."""
    levels = expected(forecast)
    found = {name: level * float(case.results) for name, level in levels.results.items()}
    found |= {name: np.full(1, float(value)) for name, value in case.values.items()}
    return Levels(levels.enrolment * float(case.enrolment), found)


def off(forecast: Forecast, moved: Mapping[str, Floats]) -> Levels:
    """Everything as expected but for what is moved: by what it gives (enrolment: "") and standard deviations."""
    size = len(next(iter(moved.values())))
    levels, spreads = expected(forecast, size), {result.gives: result for result in forecast.results}
    enrolment = np.maximum(0.0, 1 + float(forecast.enrolment_spread) * moved.get("", np.zeros(size)))
    found = {
        name: possible(spreads[name], level + float(spreads[name].spread) * moved.get(name, np.zeros(size)))
        for name, level in levels.results.items()
    }
    return Levels(enrolment, found)


def possible(result: ExpectedResult, level: Floats) -> Floats:
    """A share held where it can be: not below 0, and not above 1 where it is one of people."""
    if result.share is None:
        return level
    return np.clip(level, 0.0, 1.0 if result.share <= 1 else None)


def levels_at_random(forecast: Forecast, size: int, chance: np.random.Generator) -> Levels:
    """Draw what is off in each scenario: normal, with one factor in common."""
    common = chance.standard_normal(size)

    def deviation(risk: float) -> Floats:
        return risk * common + sqrt(1 - risk * risk) * chance.standard_normal(size)

    moved = {"": deviation(float(forecast.enrolment_risk))}
    for result in forecast.results:
        moved[result.gives] = deviation(float(result.risk))
    return off(forecast, moved)


def block_at_random(way: Way, block: int, size: int) -> Results:
    """One block of scenarios, drawn from the seed and its own number alone."""
    chance = np.random.Generator(np.random.PCG64(np.random.SeedSequence([way.forecast.seed, block])))
    return drawn(way, levels_at_random(way.forecast, size, chance), chance)


def drawn(way: Way, levels: Levels, chance: np.random.Generator | None = None) -> Results:
    """What comes about in each period; without chance what is expected, in parts of people where need be."""
    begin = _begin(way, levels, chance)
    counted: dict[str, Floats] = {}
    for result in way.forecast.results:
        if result.share is not None:
            before = begin if result.of is None else counted[result.of]
            on_the_way = _in_whole(_on_the_way(way.weights[result.gives], before), whole=chance is not None)
            counted[result.gives] = _outcomes(result, on_the_way, levels.results[result.gives], chance)
    return Results(counted, dict(_measured(way, levels, chance)))


def _begin(way: Way, levels: Levels, chance: np.random.Generator | None) -> Floats:
    return _in_whole(np.outer(way.people(), levels.enrolment), whole=chance is not None)


def _in_whole(rows: Floats, *, whole: bool) -> Floats:
    """People, whole by their running sum, so that nobody is lost."""
    if not whole:
        return rows
    sums = np.cumsum(rows, axis=0)
    sums += 0.5 + 1e-9
    np.floor(sums, out=sums)
    found = sums.copy()
    found[1:] -= sums[:-1]
    return found


def _on_the_way(weights: Floats, before: Floats) -> Floats:
    """Who comes to a result in each period; weights are few, so that this is quicker than a product of matrices."""
    found = np.zeros_like(before)
    for source, place in np.argwhere(weights).tolist():
        found[place] += weights[source, place] * before[source]
    return found


def _outcomes(result: ExpectedResult, people: Floats, level: Floats, chance: np.random.Generator | None) -> Floats:
    if chance is None:
        return people * level
    # rows without anybody on the way need no chance
    found = np.zeros_like(people)
    some = people.any(axis=1)
    if result.share is not None and result.share <= 1:
        found[some] = chance.binomial(people[some].astype(np.int64), np.broadcast_to(level, people[some].shape))
    else:
        found[some] = chance.poisson(people[some] * level)
    return found


def _measured(way: Way, levels: Levels, chance: np.random.Generator | None) -> Iterator[tuple[str, Floats]]:
    for result in way.forecast.results:
        if result.value is None:
            continue
        rows = np.full((len(way.spans), levels.size), np.nan)
        for day in result.measured_on:
            place = _place(way.spans, day)
            if place is not None:
                rows[place] = _measurement(way, result, levels.results[result.gives], chance)
        yield result.gives, rows


def _measurement(way: Way, result: ExpectedResult, level: Floats, chance: np.random.Generator | None) -> Floats:
    """The value itself, or what the simulation's own design finds when it is the true effect."""
    simulation = way.contract.simulation
    if not result.simulated or chance is None or simulation is None:
        return level
    draw = next(each for each in simulation.draws if result.gives in each.gives)
    return results(way.contract, (draw,), [arms_around(draw, level, chance)])[result.gives]
