"""impact: boundaries for looks at the data before the end, by spending the chance of a false alarm (Lan & DeMets)."""

from dataclasses import dataclass
from math import e, erfc, log, pi, sqrt
from statistics import NormalDist

import numpy as np

from sib.impact.cohort import Floats
from sib.impact.looks import Looks

_NODES = 200
"""Points of the numerical integration between the boundaries; 100 give the same eight digits."""
_FAR = 9.0
"""Beyond so many standard deviations nothing is left to find."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """One look: how far from nought an estimate must lie, in standard errors, for a conclusion before the end."""

    information: float
    """Share of all the information that will be there."""
    bound: float
    """Standard errors from nought, either side."""
    p_value: float
    """The two-sided p value that is as far from nought."""
    spent: float
    """Chance of a false alarm at this look or any before, both sides."""


def boundaries(looks: Looks) -> tuple[Boundary, ...]:
    """The boundary of every look, the same on both sides, by integrating over every way to come so far.

    Lan & DeMets (1983), with the recursion of Armitage, McPherson & Rowe (1969).
    """
    spent = [spent_at(looks, share) / 2 for share in looks.at]
    found = [_bound_alone(spent[0])]
    nodes, density = _first(found[0] * sqrt(looks.at[0]), looks.at[0])
    for number in range(1, len(looks.at)):
        step = sqrt(looks.at[number] - looks.at[number - 1])
        edge = _edge(nodes, density, step, spent[number] - spent[number - 1])
        found.append(edge / sqrt(looks.at[number]))
        nodes, density = _next(nodes, density, step, edge)
    return tuple(
        Boundary(share, bound, erfc(bound / sqrt(2)), 2 * one)
        for share, bound, one in zip(looks.at, found, spent, strict=True)
    )


def spent_at(looks: Looks, share: float) -> float:
    """The chance of a false alarm that may be spent up to a share of the information, both sides; alpha at the end."""
    one_side = looks.alpha / 2
    if looks.spending == "Pocock":
        return 2 * one_side * log(1 + (e - 1) * share)
    return 2 * erfc(NormalDist().inv_cdf(1 - one_side / 2) / sqrt(share) / sqrt(2))


def look_words(boundary: Boundary, effect: float, error: float) -> str:
    """What a look allows to be said; short of the boundary it is not conclusive, and never that nothing changed."""
    away = abs(effect) / error if error > 0 else float("inf") if effect else 0.0
    said = f"the estimate lies {away:.2f} standard errors from nought, and {boundary.bound:.2f} are needed"
    share = f"at {100 * boundary.information:g} % of the information"
    if away >= boundary.bound:
        return f"{share}: {'higher' if effect > 0 else 'lower'}; {said}"
    return f"{share}: not conclusive; {said}"


def _bound_alone(chance: float) -> float:
    return -NormalDist().inv_cdf(chance)


def _first(edge: float, share: float) -> tuple[Floats, Floats]:
    """Where the sum can stand after the first look, and how often: weights of the integration are in the density."""
    nodes, weights = _between(min(edge, _FAR * sqrt(share)))
    return nodes, weights * _normal(nodes / sqrt(share)) / sqrt(share)


def _next(nodes: Floats, density: Floats, step: float, edge: float) -> tuple[Floats, Floats]:
    now, weights = _between(min(edge, _FAR))
    moved = _normal((now[:, None] - nodes[None, :]) / step) / step
    return now, weights * (moved @ density)


def _edge(nodes: Floats, density: Floats, step: float, chance: float) -> float:
    """How far the sum must go so that just ``chance`` crosses there, on one side."""
    low, high = 0.0, _FAR + 1.0
    for _ in range(100):
        middle = (low + high) / 2
        beyond = float(_above((middle - nodes) / step) @ density)
        low, high = (middle, high) if beyond > chance else (low, middle)
    return (low + high) / 2


def _between(edge: float) -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return edge * nodes, edge * weights


def _normal(values: Floats) -> Floats:
    return np.asarray(np.exp(-(values**2) / 2) / sqrt(2 * pi), dtype=np.float64)


def _above(values: Floats) -> Floats:
    return np.array([erfc(value / sqrt(2)) / 2 for value in values.tolist()])
