"""terms: numbers, money, days and units in words; page, command line and statement say them alike."""

import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction

from sib.money import decimal_text
from sib.terms.base import DatedNumber
from sib.terms.contract import Contract


def number(value: Fraction) -> str:
    """Return a number for reading: thousands separated, no trailing zeros; what does not end is cut after six decimals.

    For reading only: evaluation goes on with the exact value.
    """
    text = decimal_text(value)
    if "/" in text:
        cut = abs(value.numerator) * 10**6 // value.denominator
        return f"{'-' if value < 0 else ''}{cut // 10**6:,}.{cut % 10**6:06d}…"
    # the sign apart: the whole part of -0.1 has none
    whole, _, decimals = text.lstrip("-").partition(".")
    return f"{'-' if value < 0 else ''}{int(whole):,}" + (f".{decimals}" if decimals else "")


def money(contract: Contract, value: Fraction) -> str:
    """Return an amount in the contract's currency, as agreed (not rounded)."""
    text = number(value)
    if "." in text and "/" not in text and len(text.split(".")[1]) == 1:
        text += "0"
    return f"{contract.contract.currency} {text}"


def day(value: date) -> str:
    """Return a date as it is spoken: 31 October 2022."""
    return f"{value.day} {value:%B %Y}"


def listed(parts: list[str], last: str = "and") -> str:
    """Join words as a sentence does."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def plural(unit: str, value: Fraction | int) -> str:
    """Return the unit for that many of it."""
    if abs(value) == 1 or unit.isupper() or unit in ("per cent", "percent"):
        return unit
    head, _, tail = unit.partition(" per ")
    before, _, last = head.rpartition(" ")
    many = f"{before} {_many(last)}".lstrip()
    return f"{many} per {tail}" if tail else many


_IRREGULAR = {"person": "people", "child": "children", "man": "men", "woman": "women", "ratio": "ratio"}


def _many(word: str) -> str:
    if word in _IRREGULAR or word.endswith("s"):
        return _IRREGULAR.get(word, word)
    if word.endswith(("x", "ch", "sh")):
        return f"{word}es"
    return f"{word[:-1]}ies" if re.search("[^aeiou]y$", word) else f"{word}s"


def dated(values: tuple[DatedNumber, ...], say: Callable[[Fraction], str]) -> str:
    """Say a number, with its dates where there are several."""
    if len(values) == 1 and values[0].from_ is None:
        return say(values[0].value)
    return listed([f"{say(v.value)} from {day(v.from_)}" if v.from_ else say(v.value) for v in values], "then")
