"""impact: optimal pair and full matching, by shortest augmenting paths; for cohorts that fit a distance table."""

import numpy as np

from sib.errors import Problem, Refused
from sib.impact.cohort import Flags, Floats, Rows

LARGEST_TABLE = 25_000_000
"""Cells of the table of distances, treated by pool, above which greedy matching is the way (200 MB)."""


def optimal_pairs(distance: Floats) -> Rows:
    """For each treated person (row) the comparison person (column) of the 1:1 matching with least total distance.

    With fewer columns than rows, the rows left over get -1. Raises ``Refused`` if the table is too large.
    """
    refuse_large(*distance.shape)
    if distance.shape[0] <= distance.shape[1]:
        return _assign(distance)
    out = np.full(distance.shape[0], -1, dtype=np.int64)
    chosen = _assign(distance.T)
    out[chosen] = np.arange(distance.shape[1])
    return out


def full_sets(distance: Floats) -> tuple[Rows, Rows]:
    """Sets of one treated and some comparison people, or the reverse, that use everybody with least total distance.

    Such sets are a cheapest edge cover: whoever is not in a pair that saves more than it costs joins its nearest
    (Rosenbaum, 1991, has the problem; the reduction to pairs is Gallai's). Gives set numbers of rows and of columns.
    """
    refuse_large(*distance.shape)
    row_best, column_best = distance.min(axis=1), distance.min(axis=0)
    saving = np.minimum(distance - row_best[:, None] - column_best[None, :], 0.0)
    pairs = optimal_pairs(saving)
    edges = [(row, int(column)) for row, column in enumerate(pairs) if column >= 0 and saving[row, column] < 0]
    paired_rows, paired_columns = {row for row, _ in edges}, {column for _, column in edges}
    edges += [(row, int(distance[row].argmin())) for row in range(len(distance)) if row not in paired_rows]
    used = paired_columns | {column for _, column in edges}
    edges += [(int(distance[:, column].argmin()), column) for column in range(distance.shape[1]) if column not in used]
    return _stars(_without_spare(edges, distance.shape), distance.shape)


def pair_distances(score: Floats, treated: Flags) -> Floats:
    """Absolute differences of score, (treated, pool); ``Refused`` if that table is too large."""
    refuse_large(int(treated.sum()), int((~treated).sum()))
    return np.abs(score[treated][:, None] - score[~treated][None, :])


def refuse_large(rows: int, columns: int) -> None:
    """``Refused`` where a table of distances would not fit."""
    if rows * columns > LARGEST_TABLE:
        raise Refused(
            Problem(
                code="impact.too-large-for-optimal",
                what=f"optimal matching of {rows} treated and {columns} comparison people needs too large a table",
                mend="use method nearest, or limit the pool first",
            )
        )


def _assign(cost: Floats) -> Rows:
    """Column of each row in the cheapest assignment; rows no more than columns (Jonker & Volgenant's paths)."""
    rows, columns = cost.shape
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    owner = np.full(columns, -1, dtype=np.int64)
    for row in range(rows):
        sink, before, length, seen, lowest = _shortest_path(cost, row, row_price, column_price, owner)
        row_price[row] += lowest
        inside = owner[seen]
        row_price[inside] += lowest - length[seen]
        column_price[seen] -= lowest - length[seen]
        while True:
            previous = before[sink]
            following = np.flatnonzero(owner == previous)
            owner[sink] = previous
            if previous == row:
                break
            sink = following[0]
    out = np.empty(rows, dtype=np.int64)
    taken = owner >= 0
    out[owner[taken]] = np.flatnonzero(taken)
    return out


def _shortest_path(
    cost: Floats, row: int, row_price: Floats, column_price: Floats, owner: Rows
) -> tuple[int, Rows, Floats, Flags, float]:
    """Dijkstra from a row to the nearest free column over reduced costs."""
    columns = cost.shape[1]
    length = np.full(columns, np.inf)
    before = np.full(columns, -1, dtype=np.int64)
    seen = np.zeros(columns, dtype=np.bool_)
    lowest, current = 0.0, row
    while True:
        reach = lowest + cost[current] - row_price[current] - column_price
        better = ~seen & (reach < length)
        length[better] = reach[better]
        before[better] = current
        nearest = int(np.where(seen, np.inf, length).argmin())
        lowest = float(length[nearest])
        if owner[nearest] < 0:
            return nearest, before, length, seen, lowest
        seen[nearest] = True
        current = int(owner[nearest])


def _without_spare(edges: list[tuple[int, int]], shape: tuple[int, int]) -> list[tuple[int, int]]:
    """Drop edges whose two ends are both held by others, so that only stars remain; in a cheapest cover they cost 0."""
    row_degree, column_degree = np.zeros(shape[0], int), np.zeros(shape[1], int)
    for row, column in edges:
        row_degree[row] += 1
        column_degree[column] += 1
    kept = []
    for row, column in edges:
        if row_degree[row] > 1 and column_degree[column] > 1:
            row_degree[row] -= 1
            column_degree[column] -= 1
        else:
            kept.append((row, column))
    return kept


def _stars(edges: list[tuple[int, int]], shape: tuple[int, int]) -> tuple[Rows, Rows]:
    row_set, column_set = np.full(shape[0], -1, dtype=np.int64), np.full(shape[1], -1, dtype=np.int64)
    number = 0
    for row, column in sorted(edges):
        label = max(row_set[row], column_set[column])
        if label < 0:
            label, number = number, number + 1
        row_set[row] = column_set[column] = label
    return row_set, column_set
