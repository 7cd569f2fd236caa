"""impact: one effect from several, such as 80 % of a trial's and 20 % of a comparison over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from statistics import NormalDist

from sib.errors import NotValid, Problem


@dataclass(frozen=True, slots=True)
class Part:
    """One effect and what it counts."""

    name: str
    effect: float
    error: float
    weight: Fraction


@dataclass(frozen=True, slots=True)
class Blended:
    """The weighted effect, its error, and how much of its variance each part brings."""

    effect: float
    error: float
    low: float
    high: float
    shares: tuple[float, ...]


def blend(parts: Sequence[Part], correlation: float = 0.0, confidence: float = 0.95) -> Blended:
    """The weighted sum, as a contract writes it, and its error.

    ``correlation`` holds between every two parts' estimates: 0 for different people, 1 at the worst.

    Raises ``NotValid`` unless weights are above nothing and add up to one exactly.
    """
    problems = []
    if not parts or sum((part.weight for part in parts), Fraction(0)) != 1 or any(part.weight <= 0 for part in parts):
        told = " + ".join(str(part.weight) for part in parts)
        problems.append(Problem("impact.weights", "weights must be above 0 and add up to 1", "correct them", told, "1"))
    if not 0 <= correlation <= 1:
        problems.append(
            Problem("impact.correlation", "a correlation lies between 0 and 1 here", "correct it", str(correlation))
        )
    if problems:
        raise NotValid(problems)
    scaled = [float(part.weight) * part.error for part in parts]
    alone = sum(one**2 for one in scaled)
    variance = alone + correlation * (sum(scaled) ** 2 - alone)
    effect = float(sum(float(part.weight) * part.effect for part in parts))
    error = sqrt(variance)
    width = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    shares = tuple(one**2 / alone if alone else 0.0 for one in scaled)
    return Blended(effect, error, effect - width, effect + width, shares)


def pooled(parts: Sequence[Part], confidence: float = 0.95) -> Blended:
    """Cohorts' effects weighted by their precision (inverse variance); the parts' own weights are not used."""
    inverse = [1 / Fraction(part.error) ** 2 for part in parts]
    total = sum(inverse, Fraction(0))
    weighted = [Part(part.name, part.effect, part.error, one / total) for part, one in zip(parts, inverse, strict=True)]
    return blend(weighted, 0.0, confidence)
