"""Disclosure: what outside roles may see of small groups: no count below the limit, no amount that gives one away.

An amount divided by its unit price is a number of people. And a table with a total and a single gap has no gap at
all: the missing amount is the total less the rest. So further rows are withheld until the small count cannot be
worked out from what is left, and if nothing helps, the total is withheld too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import lcm

AMBIGUOUS = 3
"""So many values of a withheld count must agree with everything that is shown."""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Stands where a count was that is too small to be shown."""

    limit: int

    def __str__(self) -> str:
        return f"fewer than {self.limit}"


@dataclass(frozen=True, slots=True)
class AmountRow:
    """One row of a table of amounts, as the inside knows it; amounts and prices in minor units."""

    label: str
    amount_minor: int
    unit_price_minor: int | None = None
    """What the contract pays for one; ``None`` where the amount does not follow from a number of people."""
    count: int | None = None
    """How many people stand behind the amount; worked out from the price if not given."""


@dataclass(frozen=True, slots=True)
class SafeAmount:
    """One row as an outside role may see it."""

    label: str
    amount_minor: int | None
    """``None`` if withheld."""
    count: int | None
    note: str = ""
    """Why it is withheld."""


@dataclass(frozen=True, slots=True)
class SafeTable:
    """A table as an outside role may see it."""

    rows: tuple[SafeAmount, ...]
    total_minor: int | None
    """``None`` if a small count could be worked out from the total."""


def shown_count(n: int, limit: int) -> int | None:
    """The count if it may be shown, else ``None``; none at all is also fewer than the limit."""
    return n if n >= limit else None


def count_text(n: int, limit: int) -> str:
    """The count as text, or ``fewer than`` the limit."""
    return str(n) if n >= limit else str(Suppressed(limit))


def safe_amounts(rows: Iterable[AmountRow], limit: int, *, show_total: bool = True) -> SafeTable:
    """The rows and their total with everything withheld from which a count below the limit can be worked out.

    It is assumed that whoever looks knows the unit prices, these rules, and which counts are small. Further rows are
    withheld from the smallest amount on; the order of the rows stays. What two tables say together is not looked at.
    """
    table = tuple(rows)
    small = frozenset(place for place, row in enumerate(table) if _is_small(row, limit))
    withheld = _enough_withheld(table, small, limit) if show_total else small
    shown = withheld if withheld is not None else small
    total = sum(row.amount_minor for row in table) if show_total and withheld is not None else None
    return SafeTable(tuple(_safe(row, place in small, place in shown, limit) for place, row in enumerate(table)), total)


def _enough_withheld(table: Sequence[AmountRow], small: frozenset[int], limit: int) -> frozenset[int] | None:
    """The rows to withhold so that the total may be shown; ``None`` if the total itself must go."""
    others = [place for place in range(len(table)) if place not in small]
    others.sort(key=lambda place: (abs(table[place].amount_minor), place))
    for more in range(len(others) + 1):
        withheld = small | frozenset(others[:more])
        if all(_is_hidden(table, place, small, withheld, limit) for place in small):
            return withheld
    return None


def _is_hidden(
    table: Sequence[AmountRow], place: int, small: frozenset[int], withheld: frozenset[int], limit: int
) -> bool:
    """Whether a small row's count stays open although the sum of the withheld amounts is known.

    Looks only for sums in which one other amount gives way; there may be more, which hides the count the better.
    """
    row = table[place]
    rivals = [other for other in withheld if other != place]
    if row.unit_price_minor is None:
        return bool(rivals)
    values = {count for other in rivals for count in _counts(row, table[other], other in small, limit)}
    return len(values) >= AMBIGUOUS


def _counts(row: AmountRow, rival: AmountRow, rival_is_small: bool, limit: int) -> Iterator[int]:
    """Counts below the limit that ``row`` may have if only ``rival`` gives way, the sum of both being known.

    Whoever looks knows which of the two is small. Reversals hide nothing: their sign would tell them apart.
    """
    price, other_price = row.unit_price_minor or 1, rival.unit_price_minor
    if row.amount_minor < 0 or rival.amount_minor < 0:
        return
    step = lcm(price, other_price or 1)
    for steps in range(-(row.amount_minor // step), (limit * price - 1 - row.amount_minor) // step + 1):
        left = rival.amount_minor - steps * step
        if left >= 0 and (other_price is None or rival_is_small == (left < limit * other_price)):
            yield (row.amount_minor + steps * step) // price


def _is_small(row: AmountRow, limit: int) -> bool:
    count = _count(row)
    return count is not None and count < limit


def _count(row: AmountRow) -> int | None:
    if row.count is not None or not row.unit_price_minor:
        return row.count
    return abs(row.amount_minor) // row.unit_price_minor


def _safe(row: AmountRow, is_small: bool, is_withheld: bool, limit: int) -> SafeAmount:
    if not is_withheld:
        return SafeAmount(row.label, row.amount_minor, _count(row))
    note = str(Suppressed(limit)) if is_small else "withheld so that another count cannot be worked out"
    return SafeAmount(row.label, None, None, note)
