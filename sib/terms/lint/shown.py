"""terms: what a contract's golden cases show, for the advice that they answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, slots=True)
class Shown:
    """One case: its day of reckoning, and what a quantity comes to there; None where the case does not say."""

    on: date
    value: Callable[[Any], Fraction | None]


@dataclass(frozen=True, slots=True)
class Cases:
    """All cases of a contract, and the quantities that they expect."""

    shown: tuple[Shown, ...] = ()
    expected: frozenset[str] = frozenset()


NO_CASES = Cases()
