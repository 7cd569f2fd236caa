"""impact: weighted least squares with the robust standard errors that matched samples need."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sib.impact.cohort import Floats, Rows

Robust = Literal["const", "HC0", "HC1", "HC2", "HC3"]
_ALIASED = 1e-7
"""Share of a column's length that is left after the columns before it, below which it is dropped, as in R."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A fitted model: coefficients of the columns that were kept, and what each person adds to their doubt."""

    coefficients: Floats
    """One a column given, 0 for dropped ones."""
    kept: Rows
    bread: Floats
    """Inverse of the information, over the kept columns."""
    columns: Floats
    """The kept columns, (n, p)."""
    residuals: Floats
    """Each person's residual times its weight."""
    leverage: Floats

    @property
    def people(self) -> int:
        """Rows that the fit used."""
        return len(self.residuals)


def fit_weighted(columns: Floats, outcome: Floats, weights: Floats) -> Fit:
    """Least squares of ``outcome`` (n) on ``columns`` (n, p) with ``weights`` (n, all above 0).

    A column that follows from those before it is dropped, so that the columns named first are kept.
    """
    root = np.sqrt(weights)
    scaled = columns * root[:, None]
    kept = _independent(scaled)
    factor, upper = np.linalg.qr(scaled[:, kept])
    solved = np.linalg.solve(upper, factor.T @ (outcome * root))
    coefficients = np.zeros(columns.shape[1])
    coefficients[kept] = solved
    inverse = np.linalg.inv(upper)
    residuals = weights * (outcome - columns[:, kept] @ solved)
    return Fit(coefficients, kept, inverse @ inverse.T, columns[:, kept], residuals, (factor**2).sum(axis=1))


def robust_error(fit: Fit, column: int, kind: Robust) -> float:
    """Standard error of one coefficient, heteroskedasticity-consistent (White, 1980; MacKinnon & White, 1985).

    ``const`` is the classical error where all weights are 1. Where weights differ it is what R's sandwich package
    calls by that name, (X'WX)⁻¹ X'X (X'WX)⁻¹ times the mean square of the weighted residuals.
    """
    people, size = fit.columns.shape
    spare = np.where(fit.leverage < 1.0, 1.0 - fit.leverage, np.nan)
    squares = fit.residuals**2
    factor = people / (people - size) if kind == "HC1" else 1.0
    spread = squares * factor / spare ** {"HC2": 1, "HC3": 2}.get(kind, 0)
    if kind == "const":
        spread = np.full(people, squares.sum() / (people - size))
    along = fit.columns @ fit.bread[:, _place(fit, column)]
    return float(np.sqrt((along**2 * spread).sum()))


def clustered_error(fit: Fit, column: int, clusters: Rows, kind: Literal["HC0", "HC1"], *, few: bool = True) -> float:
    """Standard error of one coefficient with ``clusters``, a number a person (Liang & Zeger, 1986).

    ``few`` multiplies by G/(G − 1); HC1 by (n − 1)/(n − p) besides. Not a number with a single cluster.
    """
    return float(np.sqrt(clustered_variance(fit, column, clusters, kind, few=few)))


def clustered_variance(
    fit: Fit, column: int, clusters: Rows, kind: Literal["HC0", "HC1"], *, few: bool = True
) -> float:
    """The square of ``clustered_error``, for adding up several ways of clustering."""
    people, size = fit.columns.shape
    influence = (fit.columns @ fit.bread[:, _place(fit, column)]) * fit.residuals
    number = np.unique(clusters, return_inverse=True)[1]
    sums = np.bincount(number, weights=influence)
    variance = float((sums**2).sum())
    if few:
        variance *= len(sums) / (len(sums) - 1) if len(sums) > 1 else np.nan
    return variance * ((people - 1) / (people - size) if kind == "HC1" else 1.0)


def _place(fit: Fit, column: int) -> int:
    return int(np.flatnonzero(fit.kept == column)[0])


def _independent(scaled: Floats) -> Rows:
    """Columns that add something to those before them, by modified Gram–Schmidt in two passes."""
    kept: list[int] = []
    basis = np.empty((scaled.shape[0], scaled.shape[1]))
    for number in range(scaled.shape[1]):
        column = scaled[:, number]
        length = float(np.linalg.norm(column))
        if not length:
            continue
        rest = column / length
        for _ in range(2):
            rest = rest - basis[:, : len(kept)] @ (basis[:, : len(kept)].T @ rest)
        left = float(np.linalg.norm(rest))
        if left > _ALIASED and len(kept) < scaled.shape[0]:
            basis[:, len(kept)] = rest / left
            kept.append(number)
    return np.array(kept, dtype=np.int64)
