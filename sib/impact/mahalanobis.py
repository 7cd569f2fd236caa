"""impact: the spaces in which people are near or far: Mahalanobis, on values or on ranks, and plain ones."""

import numpy as np

from sib.errors import NotValid, Problem
from sib.impact.cohort import Flags, Floats, Rows
from sib.impact.formula import Design
from sib.impact.specification import Space


def whiten(columns: Design, treated: Flags, kept: Flags | None = None, kind: Space = "mahalanobis") -> Floats:
    """Covariates turned and scaled so that plain distance is the distance meant: (n, p).

    For Mahalanobis the covariance is pooled within the two groups (Rubin, 1980), for the robust kind it is that of the
    ranks, each with the variance that it would have without ties (Rosenbaum, 2010), over the people ``kept``. The first
    column is the one along which ties are broken, so the turning is the one of MatchIt 4.7.2: the pivoted Cholesky
    factor of the inverse.
    """
    raw = columns.matrix()
    held = np.ones(len(raw), dtype=np.bool_) if kept is None else kept
    raw = raw[:, raw.max(axis=0) - raw.min(axis=0) >= np.sqrt(np.finfo(float).eps)]
    if not raw.shape[1]:
        raise NotValid(
            Problem(
                code="impact.no-distance",
                what=f"all people are alike on {', '.join(columns.names)}, so there is no distance between them",
                mend="choose covariates that differ",
            )
        )
    match kind:
        case "euclidean":
            return raw
        case "scaled euclidean":
            return np.asarray(raw / _pooled_spread(raw[held], treated[held]), dtype=np.float64)
        case "robust mahalanobis":
            ranks = np.zeros_like(raw)
            ranks[held] = np.column_stack([_ranks(column) for column in raw[held].T])
            scatter = _covariance(ranks[held])
            scale = np.arange(int(held.sum())).std(ddof=1) / np.sqrt(scatter.diagonal())
            return _turned(ranks, scatter * np.outer(scale, scale))
    raw = raw - _sums(raw, len(raw))
    raw = raw / np.sqrt(_sums(raw * raw) / (len(raw) - 1))
    spare = int(held.sum()) - 1
    return _turned(raw, _covariance(_centred(raw[held], treated[held])) * spare / (spare - 1))


# R adds up in extended precision, and equal distances to two people have to come out equal here where they do there.


def _sums(columns: Floats, over: int = 1) -> Floats:
    """Sums of the columns, or their share."""
    return np.asarray(_added(columns.astype(np.longdouble)) / over, dtype=np.float64)


def _added(columns: np.ndarray) -> np.ndarray:
    """Sums of the columns, one person after another."""
    return np.asarray(np.cumsum(columns, axis=0)[-1])


def _means(columns: Floats) -> Floats:
    """Means of the columns, mended once."""
    wide = columns.astype(np.longdouble)
    mean = _added(wide) / len(columns)
    return np.asarray(mean + _added(wide - mean) / len(columns), dtype=np.float64)


def _covariance(columns: Floats) -> Floats:
    wide = columns.astype(np.longdouble) - _means(columns)
    rows = [_added(wide * column[:, None]) / (len(columns) - 1) for column in wide.T]
    return np.array(rows, dtype=np.float64)


def squared_distances(points: Floats, centre: Floats) -> Floats:
    """Squared distances, summed column after column as C code sums them."""
    out = np.zeros(len(points))
    for column in range(points.shape[1]):
        out += (points[:, column] - centre[column]) ** 2
    return out


def _turned(raw: Floats, covariance: Floats) -> Floats:
    factor = _pivoted_cholesky(_inverse(covariance))
    out = np.zeros_like(raw)
    for place, row in zip(out.T, factor, strict=True):
        for column, weight in zip(raw.T, row, strict=True):
            place += column * weight
    return out


def _inverse(matrix: Floats) -> Floats:
    """The inverse by elimination with the largest pivot; a generalised one where the matrix is as good as singular."""
    if np.linalg.det(matrix) <= 1e-8:
        sizes, axes = np.linalg.eigh(matrix)
        held = sizes > 1e-8 * sizes.max()
        return np.asarray((axes[:, held] / sizes[held]) @ axes[:, held].T, dtype=np.float64)
    lower, order = matrix.copy(), np.arange(len(matrix))
    _eliminate(lower, order, 0, len(matrix), len(matrix))
    out = np.eye(len(matrix))[order]
    for row in range(len(matrix)):
        for below in range(row + 1, len(matrix)):
            out[below] -= out[row] * lower[below, row]
    for row in range(len(matrix) - 1, -1, -1):
        out[row] /= lower[row, row]
        for above in range(row):
            out[above] -= out[row] * lower[above, row]
    return out


def _eliminate(matrix: Floats, order: Rows, first: int, last: int, size: int) -> None:
    """Factor the columns from ``first`` to ``last``, half by half, as LAPACK's recursive routine does."""
    if last - first == 1:
        pivot = first + int(np.abs(matrix[first:size, first]).argmax())
        matrix[[first, pivot]] = matrix[[pivot, first]]
        order[[first, pivot]] = order[[pivot, first]]
        matrix[first + 1 : size, first] *= 1.0 / matrix[first, first]
        return
    middle = first + (last - first) // 2
    _eliminate(matrix, order, first, middle, size)
    for row in range(first, middle):
        for below in range(row + 1, middle):
            matrix[below, middle:last] -= matrix[row, middle:last] * matrix[below, row]
    for row in range(first, middle):
        matrix[middle:size, middle:last] -= np.outer(matrix[middle:size, row], matrix[row, middle:last])
    _eliminate(matrix, order, middle, last, size)


def _centred(raw: Floats, treated: Flags) -> Floats:
    """Each covariate less its mean in the person's own group."""
    within = raw.copy()
    for group in (treated, ~treated):
        within[group] -= _means(within[group])
    return within


def _pooled_spread(raw: Floats, treated: Flags) -> Floats:
    """Standard deviation within groups; by p(1 - p) for a yes-or-no covariate."""
    out = _sums(_centred(raw, treated) ** 2) / (len(raw) - 2)
    for place in np.flatnonzero(((raw == 0) | (raw == 1)).all(axis=0)):
        yes = [float(raw[group, place].sum()) for group in (treated, ~treated)]
        sizes = [int(treated.sum()), int((~treated).sum())]
        out[place] = sum(one * (1 - one / size) / len(raw) for one, size in zip(yes, sizes, strict=True))
    return np.asarray(np.sqrt(out), dtype=np.float64)


def _ranks(values: Floats) -> Floats:
    """Ranks from 1, the mean of theirs for equal values."""
    ascending = np.sort(values)
    both = np.searchsorted(ascending, values, "left") + np.searchsorted(ascending, values, "right")
    return np.asarray((both + 1) / 2.0, dtype=np.float64)


def _pivoted_cholesky(matrix: Floats) -> Floats:
    """Upper factor U with U'U = matrix, largest remaining variance first, its columns in the matrix's own order."""
    size = len(matrix)
    order, used = np.arange(size), np.zeros(size)
    factor = np.triu(matrix)
    for row in range(size):
        left = factor.diagonal()[row:] - used[row:]
        pivot = row + int(left.argmax())
        if left.max() <= size * np.finfo(float).eps * matrix.diagonal().max():
            factor[row:] = 0.0
            break
        _swap(factor, row, pivot)
        order[[row, pivot]] = order[[pivot, row]]
        used[[row, pivot]] = used[[pivot, row]]
        factor[row, row] = np.sqrt(left.max())
        known = np.zeros(size - row - 1)
        for before in range(row):
            known += factor[before, row + 1 :] * factor[before, row]
        factor[row, row + 1 :] = (factor[row, row + 1 :] - known) * (1.0 / factor[row, row])
        used[row + 1 :] += factor[row, row + 1 :] ** 2
    return np.asarray(factor[:, np.argsort(order)], dtype=np.float64)


def _swap(factor: Floats, one: int, other: int) -> None:
    """Exchange two rows and columns of a symmetric matrix of which the upper triangle is kept."""
    if one == other:
        return
    whole = np.triu(factor[one:, one:], 1)
    whole = whole + whole.T + np.diag(factor.diagonal()[one:])
    at = [0, other - one]
    whole[at] = whole[at[::-1]]
    whole[:, at] = whole[:, at[::-1]]
    factor[one:, one:] = np.triu(whole)
    factor[:one, [one, other]] = factor[:one, [other, one]]
