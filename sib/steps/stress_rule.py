"""arrows: a contract's rule without chance: its curve, where it jumps, and what one person decides there."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain

import numpy as np

from sib.payments.many import Floats, Ints
from sib.steps.stress_bench import Bench, Chance, average, chance
from sib.steps.stress_draws import arms_as_expected, one_better
from sib.terms.simulation_words import result_words

STEPS = 2000
"""Steps between the smallest and the largest effect in which jumps are looked for."""
POINTS = 200
"""Points of the curve that is shown."""
HALVINGS = 45
LEAST = 1000
"""Jumps are told from one thousandth of the largest payment on."""
MOST = 12
"""Jumps told at the most, the largest of them."""
_WHAT = {
    ("yes or no", "more"): "One person more with the outcome",
    ("yes or no", "fewer"): "One person fewer with the outcome",
    ("events", "more"): "One event more",
    ("events", "fewer"): "One event fewer",
    ("amount", "more"): "One person's result one standard deviation higher",
    ("amount", "fewer"): "One person's result one standard deviation lower",
}
TOGETHER = "everything together"


@dataclass(frozen=True, slots=True)
class Cliff:
    """Where the payment jumps when results move without chance; amounts in minor units."""

    moved: str
    """What moves: everything together, or one result alone while nothing else is changed by the service."""
    effect: float
    result: float
    """The result shown there, in its unit."""
    before: int
    after: int

    @property
    def jump(self) -> int:
        """How much the payment jumps; below zero where it falls as the effect grows."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Person:
    """What one person better off by one outcome is worth, under one true effect; amounts in minor units."""

    effect: Fraction
    what: str
    """What this person's outcome is, in words."""
    given: str
    """Whose result it is."""
    moves: float
    """How far the result shown moves, on average, in its unit."""
    average: int
    most: int
    decides: Chance
    """How often this one person brings a jump."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the rule's curve: effect, result, and payment in minor units."""

    effect: float
    result: float
    paid: int


def _moved(bench: Bench) -> list[int]:
    """Places of the draws that the service changes."""
    return [place for place, draw in enumerate(bench.simulation.draws) if draw.effect is not None]


def _along(bench: Bench, effects: Floats, places: list[int]) -> tuple[Ints, Floats]:
    """Payment and result when some draws have these effects, and nothing happens by chance."""
    arms = arms_as_expected(bench.simulation.draws, effects, places)
    return bench.paid(arms, rounded=False)


def curve(bench: Bench) -> tuple[Point, ...]:
    """The rule's curve from the smallest to the largest effect, everything moving together."""
    effects = _grid(bench, POINTS)
    paid, shown = _along(bench, effects, _moved(bench))
    return tuple(Point(*each) for each in zip(effects.tolist(), shown.tolist(), paid.tolist(), strict=True))


def _grid(bench: Bench, steps: int) -> Floats:
    effects = bench.effects
    return np.linspace(float(effects[0]), float(effects[-1]), steps + 1)


def cliffs(bench: Bench) -> tuple[Cliff, ...]:
    """The largest jumps of the rule: everything moving together, then each result that the service changes alone."""
    moved = _moved(bench)
    ways = [(TOGETHER, moved)]
    if len(moved) > 1:
        names = [result_words(bench.contract, bench.simulation.draws[place].gives[0]) for place in moved]
        ways += [(f"{name} alone", [place]) for name, place in zip(names, moved, strict=True)]
    found = list(chain.from_iterable(_jumps(bench, words, places) for words, places in ways))
    kept = sorted(found, key=lambda cliff: -abs(cliff.jump))[:MOST]
    return tuple(cliff for cliff in found if cliff in kept)


def _jumps(bench: Bench, words: str, places: list[int]) -> Iterator[Cliff]:
    """Halve every step of the grid, always keeping the half with more of the change: a slope fades, a jump stays."""
    grid = _grid(bench, STEPS)
    low, high = grid[:-1], grid[1:]
    paid, _ = _along(bench, grid, places)
    below, above, least = paid[:-1], paid[1:], max(1.0, np.abs(paid).max() / LEAST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        between, _ = _along(bench, middle, places)
        left = np.abs(between - below) > np.abs(above - between)
        low, below = np.where(left, low, middle), np.where(left, below, between)
        high, above = np.where(left, middle, high), np.where(left, between, above)
    _, shown = _along(bench, high, places)
    for place in np.flatnonzero(np.abs(above - below) >= least):
        figures = round(float(high[place]), 6), round(float(shown[place]), 6)
        yield Cliff(words, *figures, int(below[place]), int(above[place]))


def persons(bench: Bench, found: tuple[Cliff, ...]) -> Iterator[Person]:
    """What one person is worth at the target, and where the largest jump lies when everything moves together."""
    together = [cliff for cliff in found if cliff.moved == TOGETHER and cliff.jump > 0]
    effects = [bench.simulation.target]
    if together:
        effects.append(Fraction(max(together, key=lambda cliff: cliff.jump).effect).limit_denominator(10**6))
    decisive = min((cliff.jump for cliff in together), default=None)
    for effect in dict.fromkeys(effects):
        for place in _moved(bench):
            yield _person(bench, effect, place, decisive)


def _person(bench: Bench, effect: Fraction, place: int, decisive: int | None) -> Person:
    draw = bench.simulation.draws[place]

    def worth(block: int) -> tuple[Ints, Floats]:
        arms = bench.arms(effect, block)
        better = [*arms[:place], one_better(draw, arms[place]), *arms[place + 1 :]]
        (paid, shown), (more, further) = bench.paid(arms), bench.paid(better)
        return more - paid, further - shown

    gains, moves = (np.concatenate(each) for each in zip(*bench.each_block(worth), strict=True))
    # half of the smallest jump: a slope never pays that much for one person
    decided = 0 if decisive is None else int((gains * 2 >= decisive).sum())
    return Person(
        effect=effect,
        what=_WHAT[draw.outcome, (draw.effect or "").rpartition(" ")[2]],
        given=result_words(bench.contract, draw.gives[0]),
        moves=float(moves[~np.isnan(moves)].mean()) if not np.isnan(moves).all() else float("nan"),
        average=average(gains),
        most=int(gains.max()),
        decides=chance(decided, len(gains)),
    )
