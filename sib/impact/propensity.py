"""impact: the propensity score, a binary regression fitted by Newton steps over blocks of people."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sib.errors import NotValid, Problem
from sib.impact.cohort import Flags, Floats
from sib.impact.formula import Design
from sib.impact.links import LINKS, LinkFunction, logistic
from sib.impact.specification import Link

_BLOCK = 8192
_STEP = 1e-10
_STEPS = 60
"""Newton steps need six or so; the scoring steps of links other than the logit can take forty."""
_R_STEPS = 25
_R_CLOSE = 1e-8
"""R's glm stops after so many steps, or where the deviance changes by so small a share."""
_TINY = float(np.finfo(float).tiny)
_ALIASED = 1e-10
"""Share of a column's variance that the columns before it leave unexplained, below which it adds nothing."""
_ENDLESS = 0.1
"""A step still this long at the end, in units of the linear predictor, means that the likelihood has no top."""


@dataclass(frozen=True, slots=True, eq=False)
class Propensity:
    """A fitted score: coefficients by name (intercept first) and everybody's linear predictor, log odds for a logit."""

    names: tuple[str, ...]
    coefficients: tuple[float, ...]
    logit: Floats
    steps: int
    link: Link = "logit"

    @property
    def probability(self) -> Floats:
        """The fitted probability of being treated."""
        return LINKS[self.link].chance(self.logit)


def fit_propensity(
    design: Design, treated: Flags, most_steps: int = _STEPS, link: Link = "logit", *, like_r: bool = False
) -> Propensity:
    """Maximum likelihood; the last step is below 1e-10 in every coefficient of the standardised columns.

    ``like_r`` stops where R's glm does, some way below the top, so that near ties fall as they fall there.

    Raises ``NotValid``: ``impact.collinear`` names every column that adds nothing to those before it,
    ``impact.separation`` the columns that tell the groups apart, ``impact.no-convergence`` the slowest one.
    """
    centre, scale = _moments(design)
    model = _Model(design, treated.astype(np.float64), centre, scale, LINKS[link])
    _refuse_collinear(model)
    beta, steps, last = _climb_like_r(model) if like_r else _climb(model, most_steps)
    if np.abs(last).max() >= _STEP:
        raise NotValid(_no_top(model, last, steps))
    slopes = beta[1:] / scale
    coefficients = np.concatenate(([beta[0] - slopes @ centre], slopes))
    logit = np.empty(design.size)
    for rows in model.blocks:
        # column after column, so that people with equal covariates have equal scores to the last bit
        logit[rows] = beta[0]
        for column, slope in zip(model.columns(rows).T[1:], beta[1:], strict=True):
            logit[rows] += column * slope
    names = ("(Intercept)", *design.names)
    return Propensity(names, tuple(float(value) for value in coefficients), logit, steps, link)


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """The regression in standardised columns: raw powers of age and earnings would cost half the digits."""

    design: Design
    target: Floats
    centre: Floats
    scale: Floats
    link: LinkFunction

    @property
    def blocks(self) -> Iterator[slice]:
        """Rows, a few thousand at a time, so that nothing of the size of all people times all columns is made."""
        size = self.design.size
        return (slice(start, min(start + _BLOCK, size)) for start in range(0, size, _BLOCK))

    def columns(self, rows: slice) -> Floats:
        """Intercept and standardised columns of some rows, (rows, 1 + p)."""
        out = np.empty((len(self.design.columns) + 1, rows.stop - rows.start))
        out[0] = 1.0
        for place, column in zip(out[1:], self.design.columns, strict=True):
            place[:] = column[rows]
        out[1:] -= self.centre[:, None]
        out[1:] /= self.scale[:, None]
        return out.T


def _climb(model: _Model, most_steps: int) -> tuple[Floats, int, Floats]:
    """Newton steps from the intercept alone, halved while the likelihood falls: coefficients, steps, the last step."""
    share = model.target.mean()
    beta = np.zeros(len(model.scale) + 1)
    beta[0] = model.link.linear(np.array([share]))[0]
    here = _pass(model, beta)
    for count in range(1, most_steps + 1):  # noqa: B007 - the count is part of the answer
        step = _newton_step(here)
        if np.isinf(step).any():
            break
        there = _pass(model, beta + step)
        while there.likelihood < here.likelihood - 1e-9 * (1.0 + abs(here.likelihood)):
            step = step / 2.0
            there = _pass(model, beta + step)
        beta, here = beta + step, there
        if np.abs(step).max() < _STEP:
            break
    return beta, count, step


def _climb_like_r(model: _Model) -> tuple[Floats, int, Floats]:
    """The steps of R's glm: from each person's own smoothed share, never halved, until the deviance hardly changes."""
    beta, likelihood = _first_of_r(model)
    here = _pass(model, beta)
    for count in range(1, _R_STEPS + 1):
        change = 2.0 * abs(here.likelihood - likelihood) / (0.1 + 2.0 * abs(here.likelihood))
        if change < _R_CLOSE:
            return beta, count, np.zeros_like(beta)
        step = _newton_step(here)
        if np.isinf(step).any() or not np.isfinite(here.likelihood):
            break
        likelihood, beta = here.likelihood, beta + step
        here = _pass(model, beta)
    return beta, count, step


def _first_of_r(model: _Model) -> tuple[Floats, float]:
    """The first weighted regression, on shares of 1/4 and 3/4, and the likelihood before it."""
    shares = np.array([0.25, 0.75])
    linear = model.link.linear(shares)
    slope = model.link.slope(linear)
    weight = slope**2 / (shares * (1.0 - shares))
    aim = linear + np.array([-0.25, 0.25]) / slope
    size = len(model.scale) + 1
    information, gradient = np.zeros((size, size)), np.zeros(size)
    for rows in model.blocks:
        columns, group = model.columns(rows), model.target[rows].astype(np.int64)
        information += columns.T @ (columns * weight[group][:, None])
        gradient += columns.T @ (weight * aim)[group]
    start = np.asarray(np.linalg.solve(information, gradient), dtype=np.float64)
    return start, float(len(model.target) * np.log(0.75))


def _newton_step(here: "_Slope") -> Floats:
    """The step to the top of the parabola; endless where the likelihood is flat in some direction."""
    try:
        return np.asarray(np.linalg.solve(here.information, here.gradient), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.full_like(here.gradient, np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class _Slope:
    likelihood: float
    """Its logarithm."""
    gradient: Floats
    information: Floats


def _pass(model: _Model, beta: Floats) -> _Slope:
    """One look at everybody."""
    size = len(beta)
    likelihood, gradient, information = 0.0, np.zeros(size), np.zeros((size, size))
    for rows in model.blocks:
        columns, target = model.columns(rows), model.target[rows]
        linear = columns @ beta
        if model.link is LINKS["logit"]:
            chance = logistic(linear)
            likelihood += float(target @ linear - np.logaddexp(0.0, linear).sum())
            gradient += columns.T @ (target - chance)
            weight = chance * (1.0 - chance)
        else:
            chance, slope = model.link.chance(linear), model.link.slope(linear)
            spread = np.maximum(chance * (1.0 - chance), _TINY)
            with np.errstate(divide="ignore"):
                likelihood += float(np.log(np.where(target == 1, chance, 1.0 - chance)).sum())
            gradient += columns.T @ ((target - chance) * slope / spread)
            weight = slope**2 / spread
        information += columns.T @ (columns * weight[:, None])
    return _Slope(likelihood, gradient, information)


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


def _refuse_collinear(model: _Model) -> None:
    gram = np.zeros((len(model.scale) + 1,) * 2)
    for rows in model.blocks:
        columns = model.columns(rows)
        gram += columns.T @ columns
    gram = gram[1:, 1:] / model.design.size
    kept: list[int] = []
    wrong: list[Problem] = []
    for place, name in enumerate(model.design.names):
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


def _no_top(model: _Model, last: Floats, steps: int) -> list[Problem]:
    """Separation if the climb still goes at full stride (or groups share no value), else no convergence."""
    names, columns = model.design.names, model.design.columns
    apart = [name for name, column in zip(names, columns, strict=True) if _apart(column, model.target)]
    if not apart and np.abs(last).max() < _ENDLESS:
        slowest = ("(Intercept)", *names)[int(np.argmax(np.abs(last)))]
        return [
            Problem(
                code="impact.no-convergence",
                what=f"the score did not settle in {steps} steps; {slowest!r} moved most",
                place=slowest,
                mend="look for a covariate with a few enormous values, or take a plainer specification",
            )
        ]
    worst = apart or [names[int(np.argmax(np.abs(last[1:])))]]
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
