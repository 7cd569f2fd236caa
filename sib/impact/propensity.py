"""impact: the propensity score, a logistic regression fitted by Newton steps over blocks of people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sib.errors import NotValid, Problem
from sib.impact.cohort import Flags, Floats
from sib.impact.formula import Design

_BLOCK = 8192
_STEP = 1e-10
_STEPS = 60
_ALIASED = 1e-10
"""Share of a column's variance that the columns before it leave unexplained, below which it adds nothing."""
_ENDLESS = 0.1
"""A step still this long at the end, in units of the linear predictor, means that the likelihood has no top."""


@dataclass(frozen=True, slots=True, eq=False)
class Propensity:
    """A fitted score: coefficients by name (intercept first) and the linear predictor of everybody, as log odds."""

    names: tuple[str, ...]
    coefficients: tuple[float, ...]
    logit: Floats
    steps: int

    @property
    def probability(self) -> Floats:
        """The fitted probability of being treated."""
        return _logistic(self.logit)


def fit_propensity(design: Design, treated: Flags, most_steps: int = _STEPS) -> Propensity:
    """Maximum likelihood; the last step is below 1e-10 in every coefficient of the standardised columns.

    Raises ``NotValid``: ``impact.collinear`` names every column that adds nothing to those before it,
    ``impact.separation`` the columns that tell the groups apart, ``impact.no-convergence`` the slowest one.
    """
    centre, scale = _moments(design)
    target = treated.astype(np.float64)
    blocks = list(_blocks(design.size))
    _refuse_collinear(design, centre, scale, blocks)
    start = np.zeros(len(design.names) + 1)
    start[0] = np.log(target.mean() / (1.0 - target.mean()))
    beta, steps, last = _climb(design, target, centre, scale, blocks, start, most_steps)
    if np.abs(last).max() >= _STEP:
        raise NotValid(_no_top(design, target, last, steps))
    slopes = beta[1:] / scale
    coefficients = np.concatenate(([beta[0] - slopes @ centre], slopes))
    logit = np.empty(design.size)
    for rows in blocks:
        logit[rows] = _standard(design, centre, scale, rows) @ beta
    names = ("(Intercept)", *design.names)
    return Propensity(names, tuple(float(value) for value in coefficients), logit, steps)


def _climb(
    design: Design,
    target: Floats,
    centre: Floats,
    scale: Floats,
    blocks: Sequence[slice],
    beta: Floats,
    most_steps: int,
) -> tuple[Floats, int, Floats]:
    """Newton steps, halved while the likelihood falls: coefficients, steps taken and the last step."""
    top, gradient, curvature = _pass(design, target, centre, scale, blocks, beta)
    step = np.full_like(beta, np.inf)
    for count in range(1, most_steps + 1):
        try:
            step = np.asarray(np.linalg.solve(curvature, gradient), dtype=np.float64)
        except np.linalg.LinAlgError:
            return beta, count, step
        for _ in range(30):
            tried = _pass(design, target, centre, scale, blocks, beta + step)
            if tried[0] >= top - 1e-9 * (1.0 + abs(top)):
                break
            step = step / 2.0
        beta = beta + step
        top, gradient, curvature = tried
        if np.abs(step).max() < _STEP:
            break
    return beta, count, step


def _pass(
    design: Design, target: Floats, centre: Floats, scale: Floats, blocks: Sequence[slice], beta: Floats
) -> tuple[float, Floats, Floats]:
    """Log likelihood, gradient and information at ``beta``."""
    size = len(beta)
    likelihood, gradient, information = 0.0, np.zeros(size), np.zeros((size, size))
    for rows in blocks:
        columns = _standard(design, centre, scale, rows)
        linear = columns @ beta
        chance = _logistic(linear)
        likelihood += float(target[rows] @ linear - np.logaddexp(0.0, linear).sum())
        gradient += columns.T @ (target[rows] - chance)
        information += columns.T @ (columns * (chance * (1.0 - chance))[:, None])
    return likelihood, gradient, information


def _standard(design: Design, centre: Floats, scale: Floats, rows: slice) -> Floats:
    """Intercept and standardised columns: raw powers of age and earnings would cost half the digits."""
    out = np.empty((len(design.columns) + 1, rows.stop - rows.start))
    out[0] = 1.0
    for place, column in zip(out[1:], design.columns, strict=True):
        place[:] = column[rows]
    out[1:] -= centre[:, None]
    out[1:] /= scale[:, None]
    return out.T


def _moments(design: Design) -> tuple[Floats, Floats]:
    centre = np.array([column.mean(dtype=np.float64) for column in design.columns])
    scale = np.array([column.std(dtype=np.float64) for column in design.columns])
    constant = [
        name
        for name, middle, spread in zip(design.names, centre, scale, strict=True)
        if spread <= 1e-12 * max(1.0, abs(middle))
    ]
    if constant:
        raise NotValid([_aliased(name, "is the same for everybody") for name in constant])
    return centre, scale


def _refuse_collinear(design: Design, centre: Floats, scale: Floats, blocks: Sequence[slice]) -> None:
    gram = np.zeros((len(design.columns) + 1,) * 2)
    for rows in blocks:
        columns = _standard(design, centre, scale, rows)
        gram += columns.T @ columns
    gram = gram[1:, 1:] / design.size
    kept: list[int] = []
    wrong: list[Problem] = []
    for place, name in enumerate(design.names):
        left = gram[place, place]
        if kept:
            inner = gram[np.ix_(kept, kept)]
            left -= gram[place, kept] @ np.linalg.solve(inner, gram[kept, place])
        if left > _ALIASED:
            kept.append(place)
        else:
            wrong.append(_aliased(name, "follows from the covariates before it"))
    if wrong:
        raise NotValid(wrong)


def _aliased(name: str, why: str) -> Problem:
    return Problem(
        code="impact.collinear",
        what=f"covariate {name!r} {why}, so the score cannot use it",
        place=name,
        mend="leave one of the covariates that say the same out of the specification",
    )


def _no_top(design: Design, target: Floats, last: Floats, steps: int) -> list[Problem]:
    """Separation if the climb still goes at full stride (or groups share no value), else no convergence."""
    apart = [name for name, column in zip(design.names, design.columns, strict=True) if _apart(column, target)]
    if not apart and np.isfinite(last).all() and np.abs(last).max() < _ENDLESS:
        slowest = ("(Intercept)", *design.names)[int(np.argmax(np.abs(last)))]
        return [
            Problem(
                code="impact.no-convergence",
                what=f"the score did not settle in {steps} steps; {slowest!r} moved most",
                place=slowest,
                mend="look for a covariate with a few enormous values, or take a plainer specification",
            )
        ]
    worst = apart or [design.names[int(np.argmax(np.abs(last[1:])))]]
    return [
        Problem(
            code="impact.separation",
            what=f"covariate {name!r} tells treated and comparison people apart, so there is no overlap",
            place=name,
            mend="limit the pool to people who could have been treated, or leave the covariate out",
        )
        for name in worst
    ]


def _apart(column: np.ndarray, target: Floats) -> bool:
    """Whether a column alone separates: no shared range, or one of two values seen in one group only."""
    inside, outside = column[target == 1], column[target == 0]
    if inside.min() > outside.max() or inside.max() < outside.min():
        return True
    low, high = min(inside.min(), outside.min()), max(inside.max(), outside.max())
    two_valued = bool(((column == low) | (column == high)).all())
    return two_valued and (inside.min() == inside.max() or outside.min() == outside.max())


def _logistic(linear: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return 1.0 / (1.0 + np.exp(-linear))


def _blocks(size: int) -> Iterator[slice]:
    return (slice(start, min(start + _BLOCK, size)) for start in range(0, size, _BLOCK))
