"""impact: checks by estimating again: outcomes nobody could change, a group nobody served, one covariate less."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sib.errors import NotValid, Problem, SibError
from sib.impact.cohort import Cohort, Flags, Floats
from sib.impact.estimate import Estimate, estimate_effect
from sib.impact.formula import names_in
from sib.impact.matching import MatchedCohort, match_cohort
from sib.impact.sensitivity import Check, check_of
from sib.impact.specification import Specification


def placebo_outcomes(
    cohort: Cohort,
    specification: Specification,
    matched: MatchedCohort,
    outcomes: Mapping[str, Floats],
    confidence: float = 0.95,
) -> tuple[Check, ...]:
    """The same match on outcomes that the service cannot have changed, such as what happened before it.

    An outcome that is not known for everybody matched is left out, since it would be a check of the known ones only.
    """
    rows = matched.weights > 0
    return tuple(
        check_of(name, estimate_effect(cohort, specification, matched, values, confidence))
        for name, values in outcomes.items()
        if np.isfinite(values[rows]).all()
    )


def negative_control(
    cohort: Cohort, group: Flags, specification: Specification, outcome: Floats, confidence: float = 0.95, seed: int = 0
) -> Check:
    """Match a group that nobody served, such as people of another town, and look for an effect that cannot be.

    ``group`` marks people of the comparison pool; people of the service are left out. Raises ``NotValid`` if somebody
    in it was served.
    """
    if (group & cohort.treated).any():
        what = f"{int((group & cohort.treated).sum())} people of the control group were in the service"
        raise NotValid(Problem("impact.control-served", what, "name a group that nobody served"))
    rows = np.flatnonzero(~cohort.treated)
    others = replace(cohort.take(rows), treated=group[rows])
    matched = match_cohort(others, specification, seed)
    return check_of("a group nobody served", estimate_effect(others, specification, matched, outcome[rows], confidence))


@dataclass(frozen=True, slots=True)
class Without:
    """The estimate when one covariate is left out of match and model."""

    covariate: str
    estimate: Estimate | None
    """None where nothing can be matched or estimated without it."""

    def words(self, full: Estimate) -> str:
        """For a commissioner; ``full`` is the estimate with every covariate."""
        if self.estimate is None:
            return f"Without {self.covariate}: not estimable."
        moved = abs(self.estimate.effect - full.effect) / full.error if full.error > 0 else 0.0
        kept = "inside" if full.low <= self.estimate.effect <= full.high else "outside"
        return f"Without {self.covariate} the estimate moves by {moved:.2f} standard errors, {kept} the interval."


def leave_one_out(
    cohort: Cohort,
    specification: Specification,
    outcome: Floats,
    base: Sequence[str],
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[Without, ...]:
    """Match and estimate again without each covariate of ``base`` in turn, and without every term that reads it."""
    found = []
    for name in base:
        terms = tuple(term for term in specification.covariates if name not in names_in(term))
        if len(terms) == len(specification.covariates):
            continue
        estimate = None
        less = replace_terms(specification, terms)
        if less is not None:
            try:
                matched = match_cohort(cohort, less, seed)
                estimate = estimate_effect(cohort, less, matched, outcome, confidence)
            except SibError:
                estimate = None
        found.append(Without(name, estimate))
    return tuple(found)


def replace_terms(specification: Specification, terms: tuple[str, ...]) -> Specification | None:
    """The same specification on fewer terms; None where none is left."""
    return specification.model_copy(update={"covariates": terms}) if terms else None
