"""impact: randomised designs: everybody as assigned, by persons or by groups of them, and those who took part."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from sib.errors import NotValid, Problem, Refused
from sib.impact.cohort import Flags, Floats, Rows
from sib.impact.regression import fit_weighted, robust_error
from sib.impact.student import student_quantile

WEAK = 10.0
"""F of the first stage below which the effect on those who took part is not given (Staiger & Stock, 1997)."""


@dataclass(frozen=True, slots=True)
class TrialEffect:
    """An effect with its doubt, and by what distribution it is doubted."""

    effect: float
    error: float
    low: float
    high: float
    error_kind: str
    spare: int | None
    """Degrees of freedom of Student's distribution; none for the normal one."""
    first_stage: float | None = None
    """F of assignment on taking part, where that was needed."""


def as_assigned(
    assigned: Flags, outcome: Floats, covariates: Floats | None = None, confidence: float = 0.95
) -> TrialEffect:
    """Everybody counts where chance put them: the difference in means with HC2, which is the randomisation's own error.

    ``covariates`` (n, k) take chance imbalance off, centred and fully interacted (Lin, 2013).
    """
    flags = assigned.astype(np.float64)
    columns = [np.ones_like(flags), flags]
    if covariates is not None:
        centred = covariates - covariates.mean(axis=0)
        columns += [*centred.T, *(centred * flags[:, None]).T]
    fit = fit_weighted(np.column_stack(columns), outcome, np.ones_like(flags))
    error = robust_error(fit, 1, "HC2")
    return _normal(float(fit.coefficients[1]), error, "HC2", confidence)


def as_assigned_by_groups(assigned: Flags, outcome: Floats, groups: Rows, confidence: float = 0.95) -> TrialEffect:
    """The same where groups were drawn, such as schools or courts: the groups' means are compared, each counting once.

    Student's distribution with two less than the number of groups. Raises ``NotValid`` if a group was not assigned
    as one, ``Refused`` with fewer than two groups on a side.
    """
    number = np.unique(groups, return_inverse=True)[1]
    sizes = np.bincount(number)
    shares = np.bincount(number, weights=assigned.astype(np.float64)) / sizes
    if not np.isin(shares, (0.0, 1.0)).all():
        raise NotValid(
            Problem(
                code="impact.group-split",
                what=f"{int((~np.isin(shares, (0.0, 1.0))).sum())} groups hold people of both arms",
                mend="say which group each person was drawn with",
            )
        )
    means, own = np.bincount(number, weights=outcome) / sizes, shares == 1.0
    if min(own.sum(), (~own).sum()) < 2:
        raise Refused(
            Problem("impact.too-few-groups", "an arm has fewer than two groups", "one group a side shows no chance")
        )
    spare = len(means) - 2
    squares = sum(float(((means[arm] - means[arm].mean()) ** 2).sum()) for arm in (own, ~own))
    error = float(np.sqrt(squares / spare * (1.0 / own.sum() + 1.0 / (~own).sum())))
    effect = float(means[own].mean() - means[~own].mean())
    width = student_quantile(confidence, spare) * error
    return TrialEffect(effect, error, effect - width, effect + width, "group means", spare)


def among_takers(
    assigned: Flags, took_part: Flags, outcome: Floats, groups: Rows | None = None, confidence: float = 0.95
) -> TrialEffect:
    """The effect on people who take part because they are assigned (CACE; the effect on the treated if no other can).

    Assignment is the instrument (Imbens & Angrist, 1994), errors are robust, or clustered by ``groups``. Raises
    ``Refused`` where assignment hardly moves taking part (first-stage F below 10).
    """
    flags, took = assigned.astype(np.float64), took_part.astype(np.float64)
    ones = np.ones_like(flags)
    first = fit_weighted(np.column_stack((ones, flags)), took, ones)
    moved = float(first.coefficients[1])
    spread = _sandwich(first.columns, first.residuals, groups)[1, 1]
    strength = np.inf if spread == 0 and moved else moved**2 / spread if spread else 0.0
    if strength < WEAK:
        raise Refused(
            Problem(
                code="impact.weak-instrument",
                what=f"assignment hardly moves taking part (first-stage F {strength:.1f})",
                expected=f"an F of {WEAK:g} or more",
                mend="report the effect as assigned",
            )
        )
    effect = float((outcome[assigned].mean() - outcome[~assigned].mean()) / moved)
    level = float(outcome.mean() - effect * took.mean())
    left = outcome - level - effect * took
    columns, instruments = np.column_stack((ones, took)), np.column_stack((ones, flags))
    bread = np.linalg.inv(instruments.T @ columns)
    error = float(np.sqrt((bread @ _meat(instruments * left[:, None], groups) @ bread.T)[1, 1]))
    kind = "robust" if groups is None else "clustered"
    found = _normal(effect, error, kind, confidence)
    return TrialEffect(effect, error, found.low, found.high, kind, None, float(strength))


def _sandwich(columns: Floats, residuals: Floats, groups: Rows | None) -> Floats:
    bread = np.linalg.inv(columns.T @ columns)
    return np.asarray(bread @ _meat(columns * residuals[:, None], groups) @ bread, dtype=np.float64)


def _meat(parts: Floats, groups: Rows | None) -> Floats:
    people, size = parts.shape
    if groups is None:
        return np.asarray(parts.T @ parts * people / (people - size), dtype=np.float64)
    number = np.unique(groups, return_inverse=True)[1]
    sums = np.column_stack([np.bincount(number, weights=part) for part in parts.T])
    few = len(sums) / (len(sums) - 1) * (people - 1) / (people - size)
    return np.asarray(sums.T @ sums * few, dtype=np.float64)


def _normal(effect: float, error: float, kind: str, confidence: float) -> TrialEffect:
    width = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    return TrialEffect(effect, error, effect - width, effect + width, kind, None)
