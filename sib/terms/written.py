"""terms: numbers and days as people write them, written as a contract does."""

import re
from datetime import date
from fractions import Fraction

from sib.money import decimal_text

_PERCENT = re.compile(r"(-?[0-9]+(?:[.,][0-9]+)?) ?(?:%|per cent|percent)")
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(?:[, '’][0-9]{3})+(?:\.[0-9]+)?")
_COMMA = re.compile(r"-?[0-9]+,[0-9]+")
_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?")
_MONEY = re.compile(r"(?:[£$€¥₹]|[A-Z]{3}) ?(.+)|(.+?) ?(?:[£$€¥₹]|[A-Z]{3})")


def mended_number(text: str) -> str | None:
    """Return decimal text for a plain number, a percentage, one with thousands, a comma or a currency; else None.

    Forty per cent is 0.4; a comma with three digits after it parts thousands.
    """
    text = text.strip()
    if found := _PERCENT.fullmatch(text):
        return decimal_text(Fraction(found[1].replace(",", ".")) / 100)
    if found := _MONEY.fullmatch(text):
        return mended_number(found[1] or found[2])
    if _THOUSANDS.fullmatch(text):
        text = re.sub("[, '’]", "", text)
    elif _COMMA.fullmatch(text):
        text = text.replace(",", ".")
    return text if _PLAIN.fullmatch(text) else None


def mended_day(value: object) -> date | None:
    """Return the day that stands in quotation marks, where it is one that exists."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == len("2024-03-31") else None
    except ValueError:
        return None
