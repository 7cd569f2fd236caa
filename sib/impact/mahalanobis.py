"""impact: the spaces in which people are near or far: Mahalanobis, on values or on ranks, and plain ones."""

import numpy as np

from sib.errors import NotValid, Problem
from sib.impact.cohort import Flags, Floats
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
            scatter = np.atleast_2d(np.cov(ranks[held], rowvar=False))
            scale = np.arange(int(held.sum())).std(ddof=1) / np.sqrt(scatter.diagonal())
            return _turned(ranks, scatter * np.outer(scale, scale))
    raw = (raw - raw.mean(axis=0)) / raw.std(axis=0, ddof=1)
    within = _centred(raw[held], treated[held])
    return _turned(raw, within.T @ within / (len(within) - 2))


def _turned(raw: Floats, covariance: Floats) -> Floats:
    regular = np.linalg.det(covariance) > 1e-8
    inverse = np.asarray(
        np.linalg.inv(covariance) if regular else np.linalg.pinv(covariance, rcond=1e-8), dtype=np.float64
    )
    return np.asarray(raw @ _pivoted_cholesky(inverse).T, dtype=np.float64)


def _centred(raw: Floats, treated: Flags) -> Floats:
    """Each covariate less its mean in the person's own group."""
    within = raw.copy()
    for group in (treated, ~treated):
        within[group] -= within[group].mean(axis=0)
    return within


def _pooled_spread(raw: Floats, treated: Flags) -> Floats:
    """Standard deviation within groups; by p(1 - p) for a yes-or-no covariate."""
    squares = (_centred(raw, treated) ** 2).sum(axis=0)
    binary = ((raw == 0) | (raw == 1)).all(axis=0)
    return np.asarray(np.sqrt(squares / np.where(binary, len(raw), len(raw) - 2)), dtype=np.float64)


def _ranks(values: Floats) -> Floats:
    """Ranks from 1, the mean of theirs for equal values."""
    ascending = np.sort(values)
    both = np.searchsorted(ascending, values, "left") + np.searchsorted(ascending, values, "right")
    return np.asarray((both + 1) / 2.0, dtype=np.float64)


def _pivoted_cholesky(matrix: Floats) -> Floats:
    """Upper factor U with U'U = matrix, largest remaining variance first, its columns in the matrix's own order."""
    rest = matrix.copy()
    factor = np.zeros_like(matrix)
    left = list(range(len(matrix)))
    for row in range(len(matrix)):
        pivot = max(left, key=lambda column: rest[column, column])
        if rest[pivot, pivot] <= len(matrix) * np.finfo(float).eps * matrix.diagonal().max():
            break
        left.remove(pivot)
        factor[row] = rest[pivot] / np.sqrt(rest[pivot, pivot])
        rest = rest - np.outer(factor[row], factor[row])
    return factor
