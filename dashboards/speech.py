"""dashboards: figures, dates and names as every page writes them."""

from datetime import date, datetime

from sib.access import DEMO_PEOPLE
from sib.money import show

WITHHELD = "withheld"
NOTHING = "–"
MINUS = "\N{MINUS SIGN}"


def money(minor: int | None, currency: str) -> str:
    """``USD 188,349.84``; an amount that may not be shown is ``withheld``."""
    return WITHHELD if minor is None else show(minor, currency).replace("-", MINUS)


def amount(minor: int | None, currency: str) -> str:
    """The same without the currency, for columns that name it in their head."""
    return WITHHELD if minor is None else money(minor, currency).removeprefix(f"{currency} ")


def day(value: date | None) -> str:
    """``31 March 2021``."""
    return NOTHING if value is None else f"{value.day} {value:%B %Y}"


def moment(value: datetime | None) -> str:
    """``31 March 2021, 14:05``."""
    return NOTHING if value is None else f"{day(value)}, {value:%H:%M}"


def count(value: int | None) -> str:
    """``16,177``; what is not known is a dash."""
    return NOTHING if value is None else f"{value:,}"


def figure(value: float | None, places: int) -> str:
    """A measured figure with separators and so many decimals; a dash where there is none."""
    if value is None:
        return NOTHING
    text = f"{value:,.{places}f}"
    return text.lstrip("-") if not text.strip("-0.,") else text.replace("-", MINUS)


def percent(value: float, places: int = 0) -> str:
    """``3.1 %`` of a share of one."""
    return f"{figure(value * 100, places)} %"


def quantity(text: str) -> str:
    """Exact decimal text with thousands separated: ``41,070``."""
    whole, point, decimals = text.partition(".")
    digits = whole.removeprefix("-")
    if not digits.isdigit():
        return text or NOTHING
    return f"{MINUS if whole.startswith('-') else ''}{int(digits):,}{point}{decimals}"


def counted(value: int, one: str, many: str = "") -> str:
    """``1 line``, ``23 lines``."""
    return f"{value:,} {one if abs(value) == 1 else many or one + 's'}"


def who(identifier: str) -> str:
    """The name of one of the demonstration's people; anybody else as the page tables name them."""
    found = DEMO_PEOPLE.get(identifier)
    return found.name if found else identifier or NOTHING


def party(name: str) -> str:
    """A payer as a sentence begins with it: ``The city``, ``Department for Education``."""
    plain = name.replace("_", " ")
    if plain == plain.lower() and not plain.startswith("the "):
        plain = f"the {plain}"
    return plain[:1].upper() + plain[1:]


def listed(parts: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
