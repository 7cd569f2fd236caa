"""impact: the whole run: sealed plan, outcome-blind matches, balance, then outcomes and estimates."""

import hashlib
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from sib.errors import NotValid, Problem, SibError
from sib.impact.attrition import loss_bounds
from sib.impact.balance import Balance, balance_table
from sib.impact.cohort import Cohort, Floats, Outcomes, canonical_order, digest, outcome_digest
from sib.impact.estimate import Estimate, estimate_effect
from sib.impact.formula import derive
from sib.impact.matching import MatchedCohort, match_cohort
from sib.impact.plan import AnalysisPlan, Seal, Specification, check_seal
from sib.impact.result import ImpactEstimate, NotEstimable, SpecificationResult, quantised


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """One specification's match before any outcome is opened: who, how balanced, and whether it will do."""

    specification: Specification
    matched: MatchedCohort | None
    balance: Balance | None
    obstacle: NotEstimable | None


def run_plan(plan: AnalysisPlan, seal: Seal | None, cohort: Cohort, outcomes: Outcomes) -> ImpactEstimate:
    """Match under every specification, then estimate every outcome; the same inputs give the same bytes.

    Raises ``Refused`` without a valid seal, ``NotValid`` where cohort and plan do not fit. Too few, too different or
    unlinked people are results, not errors.
    """
    check_seal(plan, seal)
    cohort = prepare(plan, cohort)
    matches = [match_blind(plan, specification, cohort) for specification in plan.specifications]
    results = [
        _result(plan, match, cohort, outcome, outcomes.of(outcome, cohort.ids))
        for match in matches
        for outcome in plan.outcomes
    ]
    primary = next(match for match in matches if match.specification.id == plan.primary)
    made_from = f"{digest(cohort)}\n{outcome_digest(outcomes, cohort.ids)}\n{plan.data_order}"
    return ImpactEstimate(
        plan=plan.id,
        contract=plan.contract,
        results=tuple(results),
        balance=primary.balance,
        pool=int((~cohort.treated).sum()),
        plan_hash=plan.sha256,
        input_hash=hashlib.sha256(made_from.encode()).hexdigest(),
        code_version=version("sib"),
        seed=plan.seed,
        data_order=plan.data_order,
    )


def prepare(plan: AnalysisPlan, cohort: Cohort) -> Cohort:
    """The cohort with the plan's covariates only, in the plan's order of people, with the derived columns."""
    problems = [
        Problem(
            code="impact.no-such-covariate",
            what=f"the cohort has no covariate {name!r}, which the plan names",
            expected=", ".join(sorted(cohort.covariates)),
            mend="lock the cohort with this column",
        )
        for name in plan.covariates
        if name not in cohort.covariates
    ]
    problems += [
        Problem(
            code="impact.outcome-in-cohort",
            what=f"the cohort holds the outcome {name!r}",
            mend="lock the cohort without it; outcomes are opened after the match",
        )
        for name in plan.outcomes
        if name in cohort.covariates
    ]
    if problems:
        raise NotValid(problems)
    kept = Cohort(
        cohort.ids,
        cohort.treated,
        {name: cohort.covariates[name] for name in plan.covariates},
        cohort.hidden | set(plan.outcomes),
    )
    if plan.data_order == "by id":
        kept = kept.take(canonical_order(kept))
    return derive(kept, plan.derived)


def match_blind(plan: AnalysisPlan, specification: Specification, cohort: Cohort) -> Match:
    """Match and measure balance without outcomes, and say whether the match is fit to estimate with."""
    try:
        matched = match_cohort(cohort, specification, plan.seed)
    except SibError as wrong:
        first = wrong.problems[0]
        code = "no-overlap" if first.code == "impact.separation" else first.code.removeprefix("impact.")
        return Match(specification, None, None, NotEstimable(code, "; ".join(one.what for one in wrong.problems)))
    balance = balance_table(cohort, specification.covariates, matched, plan.balance_limit)
    return Match(specification, matched, balance, _obstacle(plan, matched, balance))


def _obstacle(plan: AnalysisPlan, matched: MatchedCohort, balance: Balance) -> NotEstimable | None:
    treated, comparison = matched.matched_treated, matched.matched_comparison
    if not treated:
        return NotEstimable("no-overlap", "no comparison person is near enough to any treated one")
    if treated < plan.minimum.treated or comparison < plan.minimum.comparison:
        return NotEstimable(
            "too-few",
            f"{treated} treated and {comparison} comparison people are matched; "
            f"the plan asks for {plan.minimum.treated} and {plan.minimum.comparison}",
        )
    if not balance.within_limit:
        worst = balance.worst
        return NotEstimable(
            "unbalanced",
            f"{worst.variable} still differs by {abs(worst.smd):.3f} standard deviations after matching; "
            f"the plan allows {plan.balance_limit:g}",
        )
    return None


def _result(plan: AnalysisPlan, match: Match, cohort: Cohort, outcome: str, values: Floats) -> SpecificationResult:
    specification, matched = match.specification, match.matched
    obstacle = match.obstacle or (None if matched is None else _unlinked(matched, values))
    estimate: Estimate | None = None
    if obstacle is None and matched is not None:
        estimate = estimate_effect(cohort, specification, matched, values, plan.confidence)
    worst = match.balance.worst if match.balance and match.balance.matched else None
    return SpecificationResult(
        specification=specification.id,
        outcome=outcome,
        primary=specification.id == plan.primary,
        estimate=estimate,
        not_estimable=obstacle,
        value=None if estimate is None else quantised(estimate.effect, plan.quantise),
        unit=plan.unit,
        treated=int(cohort.treated.sum()),
        matched_treated=matched.matched_treated if matched else 0,
        matched_comparison=matched.matched_comparison if matched else 0,
        effective_comparison=matched.effective_comparison if matched else 0.0,
        worst_covariate=worst.variable if worst else None,
        worst_smd=worst.smd if worst else None,
        caliper=matched.caliper if matched else None,
    )


def _unlinked(matched: MatchedCohort, values: Floats) -> NotEstimable | None:
    unknown = (matched.weights > 0) & ~np.isfinite(values)
    if not unknown.any():
        return None
    treated = int((unknown & matched.treated).sum())
    bounds = loss_bounds(matched, values)
    return NotEstimable(
        "unlinked",
        f"the outcome is not known for {treated} treated and {int(unknown.sum()) - treated} comparison people, "
        "and everybody in the locked cohort counts" + ("" if bounds is None else f"; {bounds.words}"),
    )
