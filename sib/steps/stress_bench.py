"""arrows: a contract ready to be tried many times: its cohorts drawn in blocks, and what each is paid."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import sqrt
from statistics import NormalDist
from typing import TypeVar

import numpy as np

from sib.errors import NotValid, Problem
from sib.money import Rounding, round_exact
from sib.payments.many import Floats, Ints, measured_many, payable_many
from sib.steps.stress_draws import BLOCK, Arms, arms_at_random, generator, results
from sib.terms.contract import Contract
from sib.terms.simulation import Simulation

_Z = NormalDist().inv_cdf(0.975)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Chance:
    """A share of the cohorts drawn, with its 95 % Monte Carlo interval (Wilson's)."""

    share: Fraction
    low: float
    high: float


def chance(happened: int, drawn: int) -> Chance:
    """How often something happened among so many cohorts drawn."""
    share, width = happened / drawn, _Z * _Z / drawn
    centre = (share + width / 2) / (1 + width)
    reach = _Z * sqrt(share * (1 - share) / drawn + width / (4 * drawn)) / (1 + width)
    return Chance(Fraction(happened, drawn), max(0.0, centre - reach), min(1.0, centre + reach))


def average(amounts: Ints) -> int:
    """The average of amounts in minor units, exact and rounded half up once."""
    return round_exact(Fraction(sum(amounts.tolist()), len(amounts)), Rounding.HALF_UP)


@dataclass(frozen=True, slots=True)
class Bench:
    """A contract and how to try it."""

    contract: Contract
    simulation: Simulation
    threads: int

    @property
    def as_of(self) -> date:
        """The day of reckoning."""
        return self.simulation.as_of or self.contract.contract.ends_on

    @property
    def payments(self) -> tuple[str, ...]:
        """The payments looked at."""
        return self.simulation.payments or tuple(payment.id for payment in self.contract.payments)

    @property
    def effects(self) -> list[Fraction]:
        """Every effect to try, from the smallest to the largest, none and the target among them."""
        return sorted({Fraction(0), *self.simulation.effects, self.simulation.target})

    def paid(self, arms: list[Arms], *, rounded: bool = True) -> tuple[Ints, Floats]:
        """The payments looked at, in all, in minor units; and the result shown."""
        columns = results(self.contract, self.simulation.draws, arms, rounded=rounded)
        total = payable_many(self.contract, self.as_of, columns).total(self.payments)
        return total, measured_many(self.contract, self.as_of, columns, self.simulation.shows)

    def arms(self, effect: Fraction, block: int) -> list[Arms]:
        """One block of cohorts under one true effect."""
        size = min(BLOCK, self.simulation.cohorts - block * BLOCK)
        return arms_at_random(self.simulation.draws, effect, size, generator(self.simulation.seed, effect, block))

    def drawn(self, effect: Fraction) -> tuple[Ints, Floats]:
        """What every cohort is paid under an effect, and what it shows."""
        paid, shown = zip(*self.each_block(lambda block: self.paid(self.arms(effect, block))), strict=True)
        return np.concatenate(paid), np.concatenate(shown)

    def each_block(self, work: Callable[[int], T]) -> list[T]:
        """Some work on every block, on several threads, told in the order of the blocks."""
        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(work, range(-(-self.simulation.cohorts // BLOCK))))


def bench(contract: Contract, *, seed: int | None, cohorts: int | None, threads: int) -> Bench:
    """Make a contract ready; raises NotValid where it says nothing of a simulation."""
    if contract.simulation is None:
        what = f"the contract {contract.contract.id} says nothing of a simulation"
        mend = "write [simulation]: sib contract reference has an example"
        raise NotValid(Problem("stress.nothing-said", what, mend))
    asked = {"seed": seed, "cohorts": cohorts}
    said = {key: value for key, value in asked.items() if value is not None}
    return Bench(contract, contract.simulation.model_copy(update=said), threads)
