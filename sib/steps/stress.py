"""arrows: a contract stressed: what it pays by chance and by effect, where its rule jumps, what one person decides."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from os import cpu_count

import numpy as np

from sib.payments.many import Floats, Ints
from sib.steps.stress_bench import Chance, average, bench, chance
from sib.steps.stress_rule import Cliff, Person, Point, cliffs, curve, persons
from sib.terms.contract import Contract
from sib.terms.simulation import Simulation

__all__ = ["Bar", "Chance", "Cliff", "Person", "Point", "Stress", "Tried", "stress"]

BARS = 60
"""Bars of the histogram of results, the same for every effect."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a histogram: the share of cohorts whose result lies there, and the share that also is paid."""

    from_: float
    to: float
    share: float
    paid: float


@dataclass(frozen=True, slots=True)
class Tried:
    """What the contract does under one true effect; amounts in minor units, results in the unit of what is shown."""

    effect: Fraction
    pays: Chance
    expected: int
    error: int
    """Monte Carlo standard error of ``expected``."""
    tenth: int
    middle: int
    ninth: int
    """One cohort in ten is paid no more, half no more, nine in ten no more."""
    result: float
    result_low: float
    result_high: float
    """The average result, and the ends of the middle nine tenths; not-a-number where none could be estimated."""
    not_estimable: Chance
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Stress:
    """Everything that stressing a contract found."""

    contract: Contract
    simulation: Simulation
    as_of: date
    payments: tuple[str, ...]
    """The payments looked at."""
    tried: tuple[Tried, ...]
    """By effect, from the smallest to the largest; no effect and the target among them."""
    cliffs: tuple[Cliff, ...]
    persons: tuple[Person, ...]
    curve: tuple[Point, ...]

    @property
    def nothing(self) -> Tried:
        """When the service does nothing."""
        return self.at(Fraction(0))

    @property
    def target(self) -> Tried:
        """When it does what it is meant to do."""
        return self.at(self.simulation.target)

    def at(self, effect: Fraction) -> Tried:
        """What was found under one effect."""
        return next(each for each in self.tried if each.effect == effect)


def stress(
    contract: Contract, *, seed: int | None = None, cohorts: int | None = None, threads: int | None = None
) -> Stress:
    """Stress a contract by its own simulation; the same seed gives the same result, however many threads work on it.

    Raises NotValid where the contract has no simulation, Refused where a rule cannot be simulated.
    """
    ready = bench(contract, seed=seed, cohorts=cohorts, threads=threads or min(8, cpu_count() or 1))
    drawn = {effect: ready.drawn(effect) for effect in ready.effects}
    edges = _edges([shown for _, shown in drawn.values()])
    found = cliffs(ready)
    return Stress(
        contract=contract,
        simulation=ready.simulation,
        as_of=ready.as_of,
        payments=ready.payments,
        tried=tuple(_tried(effect, paid, shown, edges) for effect, (paid, shown) in drawn.items()),
        cliffs=found,
        persons=tuple(persons(ready, found)),
        curve=curve(ready),
    )


def _edges(shown: list[Floats]) -> Floats:
    """Edges of bars that hold nearly all results, under every effect."""
    known = [each[~np.isnan(each)] for each in shown]
    ends = [np.quantile(each, (0.001, 0.999)) for each in known if len(each)] or [np.array([0.0, 0.0])]
    low, high = min(each[0] for each in ends), max(each[1] for each in ends)
    return np.linspace(low, high if high > low else low + 1, BARS + 1)


def _tried(effect: Fraction, paid: Ints, shown: Floats, edges: Floats) -> Tried:
    known = shown[~np.isnan(shown)]
    low, high = np.quantile(known, (0.05, 0.95)) if len(known) else (np.nan, np.nan)
    tenth, middle, ninth = np.quantile(paid, (0.1, 0.5, 0.9), method="inverted_cdf").tolist()
    shares, paying = ((np.histogram(each, edges)[0] / len(shown)).tolist() for each in (known, shown[paid > 0]))
    return Tried(
        effect=effect,
        pays=chance(int((paid > 0).sum()), len(paid)),
        expected=average(paid),
        error=round(float(np.std(paid.astype(np.float64)) / np.sqrt(len(paid)))),
        tenth=tenth,
        middle=middle,
        ninth=ninth,
        result=float(known.mean()) if len(known) else float("nan"),
        result_low=float(low),
        result_high=float(high),
        not_estimable=chance(len(shown) - len(known), len(shown)),
        bars=tuple(Bar(*each) for each in zip(edges[:-1].tolist(), edges[1:].tolist(), shares, paying, strict=True)),
    )
