"""Optimal matching against scipy's assignment and against trying every way."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from sib.errors import Refused
from sib.impact import optimal
from sib.impact.optimal import full_sets, optimal_pairs, pair_distances


@st.composite
def tables(draw, rows=8, columns=12):
    shape = draw(st.integers(1, rows)), draw(st.integers(1, columns))
    cells = draw(st.lists(st.integers(0, 9), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]))
    return np.array(cells, dtype=float).reshape(shape)


@settings(max_examples=300, deadline=None)
@given(tables())
def test_pairs_cost_what_scipy_says(table):
    pairs = optimal_pairs(table)
    made = [(row, column) for row, column in enumerate(pairs) if column >= 0]
    assert len(made) == min(table.shape)
    assert len({column for _, column in made}) == len(made)
    best = linear_sum_assignment(table)
    assert sum(table[pair] for pair in made) == table[best].sum()


def cheapest_cover(table):
    """Least cost of any set of edges that touches everybody, by trying all."""
    rows, columns = table.shape
    edges = list(product(range(rows), range(columns)))
    best = np.inf
    for chosen in product((False, True), repeat=len(edges)):
        picked = [edge for edge, used in zip(edges, chosen, strict=True) if used]
        if {row for row, _ in picked} == set(range(rows)) and {column for _, column in picked} == set(range(columns)):
            best = min(best, sum(table[edge] for edge in picked))
    return best


@settings(max_examples=60, deadline=None)
@given(tables(rows=3, columns=3))
def test_full_sets_are_stars_over_everybody_at_least_cost(table):
    row_set, column_set = full_sets(table)
    assert min(row_set.min(), column_set.min()) == 0
    cost = 0.0
    for number in range(max(row_set.max(), column_set.max()) + 1):
        rows, columns = np.flatnonzero(row_set == number), np.flatnonzero(column_set == number)
        assert min(len(rows), len(columns)) == 1
        cost += table[np.ix_(rows, columns)].sum()
    assert cost == cheapest_cover(table)


def test_tables_that_would_not_fit_are_refused(monkeypatch):
    monkeypatch.setattr(optimal, "LARGEST_TABLE", 5)
    with pytest.raises(Refused, match="too large"):
        pair_distances(np.arange(6.0), np.array([True, True, True, False, False, False]))
