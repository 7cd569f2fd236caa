"""impact: errors of estimates that rest on other estimates: all their equations stacked, and one sandwich."""

from collections.abc import Callable, Sequence

import numpy as np

from sib.errors import NotValid, Problem
from sib.impact.cohort import Floats

_STEP = 6e-6
"""Cube root of the machine's precision: the step with which a central difference is most exact."""

Residuals = Callable[[Sequence[Floats]], Sequence[Floats]]


def stacked_covariance(blocks: Sequence[Floats], theta: Sequence[Floats], residuals: Residuals) -> Floats:
    """Covariance of all parameters, in the order of their blocks, (q, q) (Stefanski & Boos, 2002).

    Each block is a model: its columns (n, q of the block), its parameters, and a residual for each person that the
    columns have to be free of, given the linear predictors (n) of all blocks. A mean is a block with a single column of
    ones. Slopes of residuals are central differences.

    Raises ``NotValid`` where the equations do not fix the parameters.
    """
    lines = [columns @ values for columns, values in zip(blocks, theta, strict=True)]
    people = len(lines[0])
    here = residuals(lines)
    slopes = np.block([[_slope(blocks, lines, residuals, row, column) for column in range(len(blocks))]
                       for row in range(len(blocks))]) / people  # fmt: skip
    parts = np.column_stack([columns * one[:, None] for columns, one in zip(blocks, here, strict=True)])
    try:
        bread = np.linalg.inv(slopes)
    except np.linalg.LinAlgError:
        raise NotValid(
            Problem(
                code="impact.not-identified",
                what="the models behind the estimate do not fix all of their parameters",
                mend="leave out covariates that follow from others",
            )
        ) from None
    return np.asarray(bread @ (parts.T @ parts / people) @ bread.T / people, dtype=np.float64)


def _slope(blocks: Sequence[Floats], lines: list[Floats], residuals: Residuals, row: int, column: int) -> Floats:
    """How the equations of one block move with the parameters of another."""
    step = _STEP * np.maximum(1.0, np.abs(lines[column]))
    ahead, behind = list(lines), list(lines)
    ahead[column], behind[column] = lines[column] + step, lines[column] - step
    moved = (residuals(ahead)[row] - residuals(behind)[row]) / (2.0 * step)
    return np.asarray(blocks[row].T @ (blocks[column] * moved[:, None]), dtype=np.float64)
