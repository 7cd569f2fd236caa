"""Values: money as whole minor units with a currency, and the one place where a fraction becomes a whole number."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import lcm
from types import MappingProxyType

from sib.errors import NotValid, Problem

# ISO 4217 as published on 1 January 2026, by number of decimals. Fund codes such as CLF are in it, metals and test
# codes are not. The table is kept here, and not read from a package, because packages forget a code when it is
# withdrawn, and a contract made in it must still replay: the second lines are codes withdrawn since 2010.
_BY_DECIMALS = {
    0: """
    BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF
    BYR
    """,
    2: """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
    CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
    IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
    MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP
    SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG
    YER ZAR ZMW ZWG
    ANG BGN CUC EEK HRK LTL LVL MRO SLL STD VEF ZMK ZWL
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENTS: Mapping[str, int] = MappingProxyType(
    {code: decimals for decimals, codes in _BY_DECIMALS.items() for code in codes.split()}
)

_AMOUNT = re.compile(r"-?(?P<whole>[0-9]+)(?:\.(?P<decimals>[0-9]+))?")
_MOST_DIGITS = 18
"""Digits of an amount in minor units: what a 64-bit integer, and so the register, always holds."""
_SHOWN = 40
"""Characters of a wrong value that an error repeats."""


class Rounding(StrEnum):
    """How a contract rounds, in the words that contracts use. "Half" speaks of ties, the others of every fraction."""

    HALF_UP = "half up"
    """Nearest; ties away from zero."""
    HALF_EVEN = "half even"
    """Nearest; ties to the even neighbour."""
    HALF_DOWN = "half down"
    """Nearest; ties toward zero."""
    DOWN = "down"
    """Toward zero."""
    UP = "up"
    """Away from zero."""
    FLOOR = "floor"
    """Toward minus infinity."""
    CEILING = "ceiling"
    """Toward plus infinity."""


def round_exact(value: Fraction, mode: Rounding) -> int:
    """The only function that turns a fraction into a whole number; exact for values of any size."""
    whole, rest = divmod(abs(value.numerator), value.denominator)
    side = 2 * rest - value.denominator
    negative = value < 0
    grows = {
        Rounding.HALF_UP: side >= 0,
        Rounding.HALF_EVEN: side > 0 or (side == 0 and whole % 2 == 1),
        Rounding.HALF_DOWN: side > 0,
        Rounding.DOWN: False,
        Rounding.UP: rest > 0,
        Rounding.FLOOR: rest > 0 and negative,
        Rounding.CEILING: rest > 0 and not negative,
    }[mode]
    magnitude = whole + grows
    return -magnitude if negative else magnitude


def quantise(value: Fraction, places: int, mode: Rounding) -> Fraction:
    """Round to so many decimals; negative ``places`` round to tens, hundreds and so on."""
    scale = Fraction(10) ** places
    return round_exact(value * scale, mode) / scale


def decimal_text(value: Fraction, places: int | None = None) -> str:
    """Write a fraction as a decimal without exponent.

    Without ``places`` the text is exact: as many decimals as the value has, or ``"p/q"`` when they do not end. With
    ``places`` (0 or more) exactly so many decimals are shown, rounded half up: for reading, never for paying.
    """
    if places is None:
        if (found := _decimals(value.denominator)) is None:
            return f"{value.numerator}/{value.denominator}"
        places = found
    return _with_point(round_exact(value * 10**places, Rounding.HALF_UP), places)


def _decimals(denominator: int) -> int | None:
    """How many decimals a reduced fraction with this denominator has; None if they do not end."""
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def _with_point(scaled: int, places: int, *, separator: str = "") -> str:
    whole, decimals = divmod(abs(scaled), 10**places)
    grouped = f"{whole:,}".replace(",", separator)
    return f"{'-' if scaled < 0 else ''}{grouped}{f'.{decimals:0{places}d}' if places else ''}"


def exponent(currency: str) -> int:
    """Decimals of a currency by ISO 4217: 2 for GBP, 0 for JPY, 3 for KWD. Raises NotValid for an unknown code."""
    if problem := _currency_problem(currency):
        raise NotValid(problem)
    return _EXPONENTS[currency]


def minor_units(text: str | int, currency: str) -> int:
    """Read an amount in major units as whole minor units: ``"188349.84"`` in USD is 18834984, ``5`` is 500.

    Nothing is rounded or guessed. Raises NotValid for an unknown currency, for anything but ASCII digits with an
    optional minus and one decimal point, for more decimals than the currency has, and for more than 18 digits.
    """
    found = _AMOUNT.fullmatch(str(text)) if isinstance(text, str | int) and not isinstance(text, bool) else None
    problems = [problem for problem in (_currency_problem(currency), _amount_problem(text, found)) if problem]
    if found is None or problems:
        raise NotValid(problems)
    places, decimals = _EXPONENTS[currency], found["decimals"] or ""
    if len(decimals) > places:
        raise NotValid(_too_fine(str(text), currency, places))
    digits = found["whole"] + decimals.ljust(places, "0")
    if len(digits.lstrip("0")) > _MOST_DIGITS:
        raise NotValid(_too_large(str(text), currency, places))
    return -int(digits) if str(text).startswith("-") else int(digits)


def _currency_problem(currency: str) -> Problem | None:
    if currency in _EXPONENTS:
        return None
    tidy = currency.strip().upper()
    return Problem(
        code="money.unknown-currency",
        what="The currency is not one of ISO 4217.",
        value=_shown(currency),
        expected="a three-letter code such as GBP, EUR or USD",
        mend=f"Write {tidy}." if tidy in _EXPONENTS else "Look the code up in ISO 4217.",
    )


def _amount_problem(text: str | int, found: re.Match[str] | None) -> Problem | None:
    if found:
        return None
    return Problem(
        code="money.not-an-amount",
        what="The amount cannot be read.",
        value=_shown(text),
        expected="digits with at most one decimal point, a minus first if negative: 188349.84",
        mend="Leave out blanks, currency signs, thousands separators and exponents; in TOML and JSON put it in quotes.",
    )


def _too_fine(text: str, currency: str, places: int) -> Problem:
    return Problem(
        code="money.too-many-decimals",
        what=f"The amount is finer than {currency} can pay.",
        value=_shown(text),
        expected=f"at most {places} decimal{'' if places == 1 else 's'}" if places else "no decimals",
        mend="Round it as the contract says before it is written here.",
    )


def _too_large(text: str, currency: str, places: int) -> Problem:
    return Problem(
        code="money.too-large",
        what="The amount has more digits than any payment.",
        value=_shown(text),
        expected=f"at most {_MOST_DIGITS - places} digits before the decimal point in {currency}",
        mend="Check for a missing decimal point or a number of another kind in this place.",
    )


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def major(minor: int, currency: str) -> str:
    """Write minor units as a decimal in major units, without separators: 18834984 in USD is ``"188349.84"``."""
    return _with_point(minor, exponent(currency))


def show(minor: int, currency: str) -> str:
    """The same for people: ``"USD 188,349.84"``."""
    return f"{currency} {_with_point(minor, exponent(currency), separator=',')}"


def split(total: int, shares: Sequence[Fraction | int]) -> tuple[int, ...]:
    """Split minor units by largest remainder; the parts always add up to the total.

    One part per share, in their order; a tie goes to the earlier share; a negative total splits as the mirror image
    of the positive one. Raises ValueError unless the shares are exact, not negative, and positive in sum.
    """
    if not all(isinstance(share, Fraction | int) and share >= 0 for share in shares) or not any(shares):
        raise ValueError(f"shares must be exact, not negative, and not all zero: {shares!r}")
    if total < 0:
        return tuple(-part for part in split(-total, shares))
    common = lcm(*(share.denominator for share in shares))
    weights = [share.numerator * (common // share.denominator) for share in shares]
    parts, rests = zip(*(divmod(total * weight, sum(weights)) for weight in weights), strict=True)
    by_rest = sorted(range(len(rests)), key=lambda place: -rests[place])
    lucky = set(by_rest[: total - sum(parts)])
    return tuple(part + (place in lucky) for place, part in enumerate(parts))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole minor units of one currency.

    Sums and comparisons of two currencies raise TypeError: there is no rate of exchange in this package. ``==`` across
    currencies is False. Raises NotValid for an unknown currency, TypeError for anything but whole minor units.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are whole numbers, not {type(self.minor).__name__}")
        exponent(self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._alike(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._alike(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._alike(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._alike(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._alike(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._alike(other)

    def __str__(self) -> str:
        return show(self.minor, self.currency)

    @property
    def text(self) -> str:
        """Decimal in major units without separators: what files and interfaces carry."""
        return major(self.minor, self.currency)

    def _alike(self, other: "Money") -> int:
        """Minor units of the other amount, if the two can be put together."""
        if not isinstance(other, Money):
            raise TypeError(f"money goes only with money, not with {type(other).__name__}")
        if other.currency != self.currency:
            raise TypeError(f"{self.currency} and {other.currency} cannot be put together")
        return other.minor
