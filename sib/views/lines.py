"""views: statement lines as they are stored, and the price of one unit where a line is nothing else."""

import re
from dataclasses import dataclass
from fractions import Fraction

from sib.money import exponent
from sib.views.source import Ask, rows_of


@dataclass(frozen=True, slots=True)
class LineRow:
    """One payment by one payer; ``amount`` = ``gross`` + ``cap_effect``, in minor units."""

    statement: str
    number: int
    payment: str
    title: str
    metric: str
    clause: str
    payer: str
    quantity: str
    unit: str
    gross_minor: int
    cap_effect_minor: int
    amount_minor: int
    claims: int | None
    people: int | None
    """Whose outcomes were counted; None or 0 where the line pays for a measured result."""
    hold: str
    """Why nothing is paid; empty for a line that is not on hold."""
    reasons: tuple[str, ...]


def lines_of(ask: Ask, contract: str) -> tuple[LineRow, ...]:
    """Every line of every statement of a contract."""
    return rows_of(ask, LineRow, "statement_lines", {"contract": contract}, "statement, number")


def plain_price(row: LineRow, currency: str) -> Fraction | None:
    """The price of one unit in minor units: one that a reason names and that times the quantity is the gross amount."""
    try:
        quantity = Fraction(row.quantity.replace(",", ""))
    except (ValueError, ZeroDivisionError):
        return None
    for reason in row.reasons:
        for found in re.findall(rf"× {currency} ([\d,]+(?:\.\d+)?)(?= |$)", reason):
            price: Fraction = Fraction(found.replace(",", "")) * 10 ** exponent(currency)
            if quantity and price * quantity == row.gross_minor:
                return price
    return None
