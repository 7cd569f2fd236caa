"""arrows: the doubt beside an estimate: hidden bias, checks that ought to find nothing, looks, lost people."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from sib.impact.attrition import attrition_of, loss_bounds
from sib.impact.cohort import Cohort, Floats, Outcomes
from sib.impact.controls import leave_one_out, placebo_outcomes
from sib.impact.estimate import Estimate, Sample, matched_sample
from sib.impact.matching import MatchedCohort
from sib.impact.plan import AnalysisPlan
from sib.impact.sensitivity import (
    Check,
    EValue,
    e_value_of_difference,
    e_value_of_ratio,
    risk_ratio,
    robustness_value,
    tipping_point,
)
from sib.impact.sequential import boundaries, look_words

MOST_PEOPLE = 250_000
"""Beyond so many people in the cohort, covariates are not left out one by one: each needs a match of its own."""


def doubt(
    plan: AnalysisPlan, cohort: Cohort, matched: MatchedCohort, outcomes: Outcomes, outcome: str, found: Estimate
) -> dict[str, Any]:
    """What speaks for and against the sealed estimate, each with its figures and in words; ``cohort`` in plan order."""
    specification = plan.primary_specification
    values = outcomes.of(outcome, cohort.ids)
    sample = matched_sample(cohort, specification.covariates, matched, values)
    placebo = {name: outcomes.of(name, cohort.ids) for name in plan.placebo}
    return {
        "unseen_trait": _e_value(sample, found, plan.confidence),
        "hidden_bias": _hidden(matched, values, found, 1 - plan.confidence),
        "robustness": _robust(sample, found, 1 - plan.confidence),
        "placebo": _checks(placebo_outcomes(cohort, specification, matched, placebo, plan.confidence)),
        "without_each_covariate": _without(plan, cohort, values, found),
    }


def _e_value(sample: Sample, found: Estimate, confidence: float) -> dict[str, str] | None:
    """By the ratio of shares for a yes-or-no outcome, by the size in standard deviations for another."""
    known: EValue | None = None
    if np.isin(sample.outcome, (0.0, 1.0)).all():
        ratio = risk_ratio(sample, confidence)
        known = None if ratio is None else e_value_of_ratio(*ratio)
    elif (spread := float(sample.outcome.std(ddof=1))) > 0:
        known = e_value_of_difference(found.effect, found.error, spread)
    if known is None:
        return None
    return {"point": f"{known.point:.6g}", "interval": f"{known.limit:.6g}", "words": known.words}


def _hidden(matched: MatchedCohort, values: Floats, found: Estimate, alpha: float) -> dict[str, str] | None:
    tipping = tipping_point(matched, values, more_is_better=found.effect > 0, alpha=alpha)
    if tipping is None:
        return None
    return {"gamma": f"{tipping.gamma:.6g}", "test": tipping.test, "words": tipping.words}


def _robust(sample: Sample, found: Estimate, alpha: float) -> dict[str, str] | None:
    spare = len(sample.outcome) - sample.covariates.shape[1] - 2
    if spare < 2 or not found.error > 0:
        return None
    known = robustness_value(found.effect, found.error, spare, alpha)
    return {"value": f"{known.value:.6g}", "to_doubt": f"{known.to_doubt:.6g}", "words": known.words}


def _checks(checks: Iterable[Check]) -> list[dict[str, Any]]:
    return [
        {
            "name": check.name,
            "effect": f"{check.estimate.effect:.6g}",
            "p_value": f"{check.p_value:.6g}",
            "passes": check.passes,
            "words": check.words,
        }
        for check in checks
    ]


def _without(plan: AnalysisPlan, cohort: Cohort, values: Floats, found: Estimate) -> dict[str, Any]:
    if cohort.size > MOST_PEOPLE:
        return {"refused": f"the cohort has more than {MOST_PEOPLE:,} people, and each covariate needs its own match"}
    rows = leave_one_out(cohort, plan.primary_specification, values, plan.covariates, plan.confidence, plan.seed)
    return {
        "refused": None,
        "rows": [
            {
                "covariate": one.covariate,
                "effect": None if one.estimate is None else f"{one.estimate.effect:.6g}",
                "words": one.words(found),
            }
            for one in rows
        ],
    }


def looks(plan: AnalysisPlan, found: Estimate) -> list[dict[str, str]]:
    """The boundary of every agreed look, and what this estimate would allow to be said at it."""
    if plan.looks is None:
        return []
    return [
        {
            "information": f"{each.information:.6g}",
            "bound": f"{each.bound:.4f}",
            "p_value": f"{each.p_value:.4g}",
            "alpha_spent": f"{each.spent:.4g}",
            "words": look_words(each, found.effect, found.error),
        }
        for each in boundaries(plan.looks)
    ]


def attrition(
    plan: AnalysisPlan, cohort: Cohort, matched: MatchedCohort | None, values: Floats, enrolled: int, linked: int
) -> dict[str, Any]:
    """Who is left at each stage, whether the groups lost people unevenly, and bounds with everybody lost."""
    pool = int((~cohort.treated).sum())
    table = attrition_of(enrolled, linked, pool, matched, values, plan.attrition_limit)
    bounds = None if matched is None else loss_bounds(matched, values, enrolled - linked)
    said = None
    if bounds is not None and bounds.lost_treated + bounds.lost_comparison:
        said = {"worst": f"{bounds.worst:.6g}", "best": f"{bounds.best:.6g}", "words": bounds.words}
    return {**table.as_dict(), "bounds": said}
