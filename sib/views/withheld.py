"""views: which statements' amounts an outsider may not see, because a small count of people could be worked out."""

from collections.abc import Sequence

from sib.disclosure import AmountRow, safe_amounts
from sib.views.lines import LineRow, plain_price


def withheld_statements(lines: Sequence[LineRow], currency: str, limit: int) -> frozenset[str]:
    """The statements whose amounts an outsider may not see.

    A measured line's amount follows from the published terms and results, so what hides a small count is only another,
    larger one: on the same statement, or on a second statement that is withheld too. Where nothing hides it, all are.
    """
    paid: dict[str, list[LineRow]] = {}
    for line in lines:
        if line.amount_minor:
            paid.setdefault(line.statement, []).append(line)
    counted = {name: several for name, several in paid.items() if any(line.people for line in several)}
    table = safe_amounts([_statement(name, several, currency) for name, several in counted.items()], limit)
    if table.total_minor is None:
        return frozenset(paid)
    return frozenset(row.label for row in table.rows if row.amount_minor is None)


def _statement(name: str, lines: Sequence[LineRow], currency: str) -> AmountRow:
    """One large group on a statement hides the small ones beside it, so the largest is the one that counts."""
    largest = max(line.people or 0 for line in lines)
    price = plain_price(lines[0], currency) if len(lines) == 1 else None
    whole = int(price) if price is not None and price.denominator == 1 and price > 0 else None
    return AmountRow(name, sum(line.amount_minor for line in lines), whole, largest)
