"""Which statements' amounts an outsider may not see."""

import pytest

from sib.views.lines import LineRow
from sib.views.source import rows_of
from sib.views.withheld import withheld_statements


def line(statement: str, price: int, people: int | None, *, measured: bool = False) -> LineRow:
    """One paid line of a statement: so many people at a price in whole pounds, or a measured amount."""
    minor = price * 100 * (people or 1)
    reason = "as measured" if measured else f"{people} people × GBP {price:,} = GBP {price * (people or 0):,}"
    counted = None if measured else people
    quantity = "1" if measured else str(people)
    return LineRow(
        statement, 1, "p", "P", "m", "c", "payer", quantity, "person", minor, 0, minor, counted, counted, "", (reason,)
    )


@pytest.mark.parametrize(
    ("lines", "withheld"),
    [
        ([], set()),
        ([line("A", 100, 10)], set()),
        ([line("A", 100, 9)], {"A"}),
        ([line("A", 100, 9), line("B", 100, 50), line("C", 100, 60)], {"A", "B"}),
        ([line("A", 100, 9), line("A", 220, 231)], set()),
        ([line("A", 100, 9), line("A", 220, 8)], {"A"}),
        ([line("A", 5_000, None, measured=True)], set()),
        # The measured amount follows from the published terms, so the rest of the statement is the small line.
        ([line("A", 100, 9), line("A", 5_000, None, measured=True)], {"A"}),
        ([line("A", 100, 9), line("B", 5_000, None, measured=True)], {"A", "B"}),
    ],
)
def test_what_is_withheld_below_ten_people(lines: list[LineRow], withheld: set[str]) -> None:
    assert withheld_statements(lines, "GBP", 10) == withheld


def test_only_page_tables_can_be_asked() -> None:
    with pytest.raises(ValueError, match="no page table"):
        rows_of(lambda _sql, _params: [], LineRow, "claims; DROP TABLE statements", {}, "1")
