"""outcomes: chances worked out exactly: how sure a sample's error rate is, and Student's t to thirty decimals.

Whole numbers and decimals of fixed precision only, so that every machine finds the same figure to the last digit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from math import comb

GRID = 2**30
"""Bounds of a rate are told to one part in this, rounded outwards."""
_DIGITS, _NEAR = 45, Decimal("1e-30")


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of claims that are wrong, as found in the sample and between which bounds it lies in the population."""

    found: int
    checked: int
    low: Fraction
    high: Fraction

    @property
    def point(self) -> Fraction:
        """The share found."""
        return Fraction(self.found, self.checked) if self.checked else Fraction(0)


def clopper_pearson(found: int, checked: int, confidence: Fraction) -> Rate:
    """The exact binomial interval (Clopper and Pearson 1934), with at least ``confidence`` between its bounds."""
    if not checked:
        return Rate(0, 0, Fraction(0), Fraction(1))
    tail = (1 - confidence) / 2
    low, high = Fraction(0), Fraction(1)
    if found:
        # the largest share under which so many or more are still too rare
        low = Fraction(_last(GRID, lambda a: 1 - _at_most(found - 1, checked, a) <= tail), GRID)
    if found < checked:
        high = Fraction(_last(GRID, lambda a: _at_most(found, checked, a) > tail) + 1, GRID)
    return Rate(found, checked, low, min(high, Fraction(1)))


def hypergeometric(found: int, checked: int, population: int, confidence: Fraction) -> Rate:
    """The exact interval for a sample drawn without putting back: how many of the population may be wrong.

    A number is between the bounds unless so many found, or so few, would have a chance of at most half of what
    ``confidence`` leaves.
    """
    tail = (1 - confidence) / 2
    least, most = found, population - (checked - found)
    low = _last(most - least, lambda k: 1 - _drawn_at_most(found - 1, checked, least + k, population) <= tail) + 1
    high = _last(most - least, lambda k: _drawn_at_most(found, checked, least + k, population) > tail)
    return Rate(found, checked, Fraction(least + low, population or 1), Fraction(least + max(high, 0), population or 1))


def _last(most: int, holds: Callable[[int], bool]) -> int:
    """The last whole number from 0 to ``most`` for which something holds that then stops holding; -1 if never."""
    low, high = -1, most + 1
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            low = middle
        else:
            high = middle
    return low


def _at_most(found: int, checked: int, share: int) -> Fraction:
    """The chance of at most so many of ``checked``, each with the chance ``share`` parts of ``GRID``."""
    rest = GRID - share
    total = sum(comb(checked, i) * share**i * rest ** (checked - i) for i in range(found + 1))
    return Fraction(total, GRID**checked)


def _drawn_at_most(found: int, checked: int, wrong: int, population: int) -> Fraction:
    ways = sum(comb(wrong, i) * comb(population - wrong, checked - i) for i in range(min(found, checked) + 1))
    return Fraction(ways, comb(population, checked))


@lru_cache(maxsize=64)
def student_t(share: Fraction, degrees: int) -> Decimal:
    """The value that Student's t with so many degrees of freedom stays below with the chance ``share`` (from 1/2)."""
    with localcontext(Context(prec=_DIGITS)):
        wanted = 2 * Decimal(share.numerator) / Decimal(share.denominator) - 1
        low, high = Decimal(0), Decimal(1)
        while _within(high, degrees) < wanted:
            high *= 2
        while high - low > _NEAR * max(Decimal(1), high):
            middle = (low + high) / 2
            low, high = (middle, high) if _within(middle, degrees) < wanted else (low, middle)
        return high


def _within(t: Decimal, degrees: int) -> Decimal:
    """The chance that t lies between -t and t; the finite sums of Abramowitz and Stegun, 26.7.3 and 26.7.4."""
    cosine2 = degrees / (degrees + t * t)
    sine = (1 - cosine2).sqrt()
    odd = degrees % 2
    term, total = Decimal(1), Decimal(0)
    for step in range(degrees // 2):
        total += term
        term *= cosine2 * (2 * step + 1 + odd) / (2 * step + 2 + odd)
    if not odd:
        return sine * total
    return 2 / _pi() * (_arctangent(t / Decimal(degrees).sqrt()) + sine * cosine2.sqrt() * total)


@lru_cache(maxsize=1)
def _pi() -> Decimal:
    return 4 * _arctangent(Decimal(1))


def _arctangent(x: Decimal) -> Decimal:
    """By halving the angle eight times, then its series."""
    for _ in range(8):
        x /= 1 + (1 + x * x).sqrt()
    total, power, number = Decimal(0), x, 1
    while abs(power) > Decimal(10) ** -_DIGITS:
        total += power / number
        power, number = -power * x * x, number + 2
    return total * 2**8
