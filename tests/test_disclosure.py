"""Disclosure: small counts are not shown, and cannot be worked out from amounts, prices and totals either."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sib.disclosure import AMBIGUOUS, AmountRow, SafeTable, Suppressed, count_text, safe_amounts, shown_count

LIMIT = 10


def row(label: str, count: int, price: int | None = 100) -> AmountRow:
    return AmountRow(label, count * (price or 77), price, count)


def withheld(table: SafeTable) -> list[str]:
    return [shown.label for shown in table.rows if shown.amount_minor is None]


@pytest.mark.parametrize(("count", "shown"), [(0, None), (1, None), (9, None), (10, 10), (11, 11)])
def test_a_count_below_the_limit_is_not_shown(count, shown):
    assert shown_count(count, LIMIT) == shown
    assert count_text(count, LIMIT) == (str(shown) if shown else "fewer than 10")


def test_the_marker_names_the_limit_in_force():
    assert str(Suppressed(6)) == "fewer than 6"


def test_large_counts_are_shown_with_their_total():
    table = safe_amounts([row("a", 10), row("b", 400)], LIMIT)
    assert table.total_minor == 41_000
    assert [(shown.amount_minor, shown.count, shown.note) for shown in table.rows] == [
        (1000, 10, ""),
        (40_000, 400, ""),
    ]


def test_one_withheld_row_takes_the_next_smallest_with_it():
    table = safe_amounts([row("large", 90), row("small", 3), row("middle", 30)], LIMIT)
    assert withheld(table) == ["small", "middle"]
    assert table.total_minor == 12_300
    assert [shown.note for shown in table.rows] == [
        "",
        "fewer than 10",
        "withheld so that another count cannot be worked out",
    ]
    assert all(shown.count is None for shown in table.rows if shown.amount_minor is None)


def test_without_a_total_nothing_more_is_withheld():
    table = safe_amounts([row("large", 90), row("small", 3)], LIMIT, show_total=False)
    assert (withheld(table), table.total_minor) == (["small"], None)


def test_a_single_row_takes_the_total_with_it():
    table = safe_amounts([row("small", 3)], LIMIT)
    assert (withheld(table), table.total_minor) == (["small"], None)


def test_where_the_prices_give_the_count_away_the_total_goes_too():
    # 3 at 12.37 and 40 at 9.89: of all sums only this one is 432.71
    table = safe_amounts([row("small", 3, 1237), row("other", 40, 989)], LIMIT)
    assert (withheld(table), table.total_minor) == (["small"], None)
    assert table.rows[1].amount_minor == 39_560


def test_the_count_is_worked_out_from_the_price_where_it_is_not_given():
    table = safe_amounts([AmountRow("a", 900, 100), AmountRow("b", 1000, 100), AmountRow("c", 5000, 100)], LIMIT)
    assert withheld(table) == ["a", "b"]
    assert table.rows[2].count == 50


def test_an_amount_that_no_number_of_people_stands_behind_is_shown():
    table = safe_amounts([AmountRow("effect", 900), AmountRow("fee", 100)], LIMIT)
    assert (withheld(table), table.total_minor) == ([], 1000)


def test_an_amount_without_a_price_hides_a_small_one():
    table = safe_amounts([row("small", 3), AmountRow("effect", 5000), row("large", 90)], LIMIT)
    assert (withheld(table), table.total_minor) == (["small", "effect"], 14_300)


def test_a_small_count_without_a_price_is_withheld_together_with_another_row():
    table = safe_amounts([row("small", 3, None), row("large", 90)], LIMIT)
    assert withheld(table) == ["small", "large"]


def test_nothing_paid_is_a_small_count_too():
    table = safe_amounts([row("none", 0), row("some", 20), row("more", 50)], LIMIT)
    assert withheld(table) == ["none", "some"]


def test_reversals_hide_nothing():
    table = safe_amounts([row("small", 3), row("back", -20), row("large", 90)], LIMIT)
    assert "large" in withheld(table) or table.total_minor is None
    assert table.rows[0].amount_minor is None


def test_no_rows_make_an_empty_table():
    assert safe_amounts([], LIMIT) == SafeTable((), 0)


def agreeing(rows: list[AmountRow], table: SafeTable, limit: int) -> list[dict[int, int]]:
    """Everything an outsider who knows prices, total and which counts are small can believe about withheld rows."""
    gaps = [place for place, shown in enumerate(table.rows) if shown.amount_minor is None]
    left = table.total_minor - sum(shown.amount_minor for shown in table.rows if shown.amount_minor is not None)
    ranges = []
    for place in gaps:
        price, small = rows[place].unit_price_minor, rows[place].count < limit
        ranges.append(range(limit) if small else range(limit, left // price + 1))
    found = []
    for counts in product(*ranges):
        if sum(count * rows[place].unit_price_minor for place, count in zip(gaps, counts, strict=True)) == left:
            found.append(dict(zip(gaps, counts, strict=True)))
    return found


@given(
    counts=st.lists(st.integers(0, 14), min_size=1, max_size=4),
    prices=st.lists(st.sampled_from([1, 2, 3, 5, 7]), min_size=4, max_size=4),
    limit=st.sampled_from([3, 5, 6]),
)
def test_whoever_tries_every_count_is_left_with_several(counts, prices, limit):
    rows = [row(str(place), count, prices[place]) for place, count in enumerate(counts)]
    table = safe_amounts(rows, limit)
    for shown, known in zip(table.rows, rows, strict=True):
        assert shown.amount_minor in (None, known.amount_minor)
        if known.count < limit:
            assert shown.amount_minor is None
            assert shown.count is None
    if table.total_minor is None:
        return
    believed = agreeing(rows, table, limit)
    for place, known in enumerate(rows):
        if known.count < limit:
            values = {one[place] for one in believed}
            assert known.count in values
            assert len(values) >= AMBIGUOUS
