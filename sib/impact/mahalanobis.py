"""impact: nearest-neighbour matching on the Mahalanobis distance, also within a caliper of the score."""

import numpy as np

from sib.errors import NotValid, Problem
from sib.impact.cohort import Flags, Floats, Rows
from sib.impact.formula import Design


def whiten(columns: Design, treated: Flags) -> Floats:
    """Covariates turned and scaled so that plain distance is Mahalanobis distance: (n, p).

    The covariance is pooled within the two groups (Rubin, 1980), over the whole cohort. The first column is the one
    along which ties are broken, so the turning is the one of MatchIt 4.7.2: the pivoted Cholesky factor of the inverse.
    """
    raw = columns.matrix()
    spread = raw.max(axis=0) - raw.min(axis=0)
    raw = raw[:, spread >= np.sqrt(np.finfo(float).eps)]
    if not raw.shape[1]:
        raise NotValid(
            Problem(
                code="impact.no-distance",
                what=f"all people are alike on {', '.join(columns.names)}, so there is no distance between them",
                mend="choose covariates that differ",
            )
        )
    raw = (raw - raw.mean(axis=0)) / raw.std(axis=0, ddof=1)
    within = raw.copy()
    for group in (treated, ~treated):
        within[group] -= within[group].mean(axis=0)
    pooled = within.T @ within / (len(raw) - 2)
    inverse = np.linalg.inv(pooled) if np.linalg.det(pooled) > 1e-8 else np.linalg.pinv(pooled, rcond=1e-8)
    return np.asarray(raw @ _pivoted_cholesky(inverse).T, dtype=np.float64)


def match_mahalanobis(
    space: Floats,
    treated: Flags,
    visits: Rows,
    ratio: int,
    *,
    replace: bool = False,
    score: Floats | None = None,
    caliper: float = np.inf,
) -> Rows:
    """Greedy ``ratio``:1 by distance in ``space`` (n, p), among people within ``caliper`` of the score.

    ``visits`` are numbers of treated people in the order in which they choose. At equal distance whoever stands
    further away along the first column of ``space`` wins, and the right side at the same number of places: the last
    one met when walking outwards on both sides. Gives (treated, ratio) rows, -1 where nobody was found.
    """
    treated_rows, pool_rows = np.flatnonzero(treated), np.flatnonzero(~treated)
    place = np.argsort(np.argsort(space[:, 0], kind="stable"), kind="stable")
    pool, pool_place = space[pool_rows], place[pool_rows]
    free = np.ones(len(pool_rows), dtype=np.bool_)
    out = np.full((len(treated_rows), ratio), -1, dtype=np.int64)
    choosing = visits.tolist()
    for turn in range(ratio):
        still = []
        for person in choosing:
            row = treated_rows[person]
            open_to = free.copy()
            if score is not None:
                open_to &= np.abs(score[pool_rows] - score[row]) <= caliper
            if replace and turn:
                open_to[np.searchsorted(pool_rows, out[person, :turn])] = False
            best = _choose(pool, space[row], open_to, pool_place - place[row])
            if best >= 0:
                out[person, turn] = pool_rows[best]
                free[best] = replace
                still.append(person)
        choosing = still
    return out


def _choose(pool: Floats, point: Floats, open_to: Flags, steps: Rows) -> int:
    candidates = np.flatnonzero(open_to)
    if not len(candidates):
        return -1
    squared = np.zeros(len(candidates))
    for column in range(pool.shape[1]):
        squared += (pool[candidates, column] - point[column]) ** 2
    tied = candidates[squared == squared.min()]
    last_met = np.lexsort((steps[tied], np.abs(steps[tied])))[-1]
    return int(tied[last_met])


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
