"""impact: a design looked at in several sizes: its power, and the smallest effects it finds, as a table of values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sib.errors import NotValid, Problem
from sib.impact.power import Design, people_needed, power, smallest_effect

SIZES = (0.5, 1.0, 1.5, 2.0, 3.0)
"""Shares of the planned people that the table shows."""


@dataclass(frozen=True, slots=True)
class Sized:
    """One size of a design; effects in the outcome's unit, None where no effect that can be is found so often."""

    treated: int
    comparison: int
    power: float
    """At the effect asked for."""
    smallest_up: float | None
    smallest_down: float | None


@dataclass(frozen=True, slots=True)
class Powered:
    """A design, the effect it is to find, and what it can find in several sizes."""

    design: Design
    effect: float
    aim: float
    sizes: tuple[Sized, ...]
    needed: int | None
    """People of the service with whom the effect is found with the chance aimed at."""

    @property
    def finding(self) -> str:
        """In a sentence for a commissioner."""
        chance = next(one.power for one in self.sizes if one.treated == self.design.treated)
        needed = f"{self.needed:,} are needed" if self.needed else "no number of people would do"
        return (
            f"With {self.design.treated:,} people of the service, a true effect of {self.effect:g} is found "
            f"{100 * chance:.0f} times in 100; for {100 * self.aim:g} in 100, {needed}"
        )


def powered(design: Design, effect: float, aim: float = 0.8, sizes: Sequence[float] = SIZES) -> Powered:
    """The table of a design. Raises ``NotValid`` for a design or an effect that cannot be."""
    if not 0 < aim < 1:
        raise NotValid(Problem("power.aim", "a chance lies between 0 and 1", "write such as 0.8", f"{aim:g}"))
    counts = sorted({max(2, round(design.treated * size)) for size in sizes} | {design.treated})
    rows = tuple(_sized(replace(design, treated=count), effect, aim) for count in counts)
    return Powered(design, effect, aim, rows, people_needed(design, effect, aim) if effect else None)


def _sized(design: Design, effect: float, aim: float) -> Sized:
    return Sized(
        treated=design.treated,
        comparison=round(design.treated * design.per),
        power=power(design, effect),
        smallest_up=smallest_effect(design, aim),
        smallest_down=smallest_effect(design, aim, more=False),
    )
