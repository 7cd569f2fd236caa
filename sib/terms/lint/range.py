"""terms: the values that a quantity or an amount can have, from a lowest to a highest; either may be open."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import inf

End = Fraction | float
"""An exact number, or an infinity where there is no end; never any other float."""


@dataclass(frozen=True, slots=True)
class Range:
    """Every value lies from ``low`` to ``high``; an end that nobody knows is infinite, so a range never claims more
    than is known.
    """

    low: End = -inf
    high: End = inf

    @property
    def single(self) -> Fraction | None:
        """The only value there is, if there is only one."""
        return self.low if isinstance(self.low, Fraction) and self.low == self.high else None

    def __add__(self, other: "Range") -> "Range":
        return Range(_plus(self.low, other.low), _plus(self.high, other.high))

    def __neg__(self) -> "Range":
        return Range(-self.high, -self.low)

    def __mul__(self, other: "Range") -> "Range":
        ends = [_times(mine, yours) for mine in (self.low, self.high) for yours in (other.low, other.high)]
        return Range(min(ends), max(ends))

    def over(self, other: "Range") -> "Range":
        """Divide; nothing is known where the divisor may be zero."""
        if other.low <= 0 <= other.high:
            return UNKNOWN
        return self * Range(_inverse(other.high), _inverse(other.low))

    def between(self, low: "Range", high: "Range") -> "Range":
        """Hold every value between bounds that are ranges themselves; the upper one wins, as in evaluation."""
        return Range(min(max(self.low, low.low), high.low), min(max(self.high, low.high), high.high))

    def by(self, rising: Callable[[Fraction], Fraction]) -> "Range":
        """Apply a function that never falls."""
        low, high = (rising(end) if isinstance(end, Fraction) else end for end in (self.low, self.high))
        return Range(low, high)


UNKNOWN = Range()
NONE = Range(Fraction(0), Fraction(0))
UNLIMITED_ABOVE, UNLIMITED_BELOW = Range(inf, inf), Range(-inf, -inf)
"""Bounds that are not there."""


def hull(ranges: Iterable[Range]) -> Range:
    """The smallest range that holds all of them; at least one is needed."""
    several = list(ranges)
    return Range(min(each.low for each in several), max(each.high for each in several))


def exactly(value: Fraction | int) -> Range:
    """One value."""
    return Range(Fraction(value), Fraction(value))


def _plus(a: End, b: End) -> End:
    """Add, without turning an exact number of any size into a float."""
    return a if isinstance(a, float) else b if isinstance(b, float) else a + b


def _times(a: End, b: End) -> End:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a * b
    return Fraction(0) if a == 0 or b == 0 else inf if (a > 0) == (b > 0) else -inf


def _inverse(end: End) -> End:
    return 1 / end if isinstance(end, Fraction) else Fraction(0)
