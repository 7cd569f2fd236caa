"""arrows: a sealed plan and a locked cohort become an estimate, beside what other comparisons would have paid."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sib.access import Actor, Right, require
from sib.errors import Missing, Problem, Refused
from sib.impact.cohort import Cohort, Outcomes, lock_cohort, open_outcomes
from sib.impact.estimate import Estimate, randomised_difference, raw_difference
from sib.impact.plan import AnalysisPlan, Seal, read_plan
from sib.impact.result import ImpactEstimate, quantised
from sib.impact.run import match_blind, prepare, run_plan
from sib.intake.cohort import CohortColumns, CohortFile, read_cohort
from sib.outcomes.claims import SourceFile
from sib.outcomes.results import HeldResult, MeasuredResult, ResultAction, ResultState
from sib.payments.facts import Facts, Measured
from sib.payments.payable import payable_outcomes
from sib.steps.facts import facts_for
from sib.steps.house import House, registered
from sib.store.contracts import HeldSeal, plan_seals, seal_plan
from sib.store.files import add_file
from sib.store.results import add_result, add_result_decision, result_by_reference
from sib.terms.contract import Contract, Metric

BINS = 20
"""Bars of the overlap histogram."""


def seal(house: House, evaluator: Actor, commissioner: Actor, contract: str, plan_file: Path) -> HeldSeal:
    """Seal an analysis plan for both sides, before any outcome is opened.

    Raises NotValid when the plan cannot be read, Refused when the two may not sign it.
    """
    require(evaluator, Right.SEAL_PLAN, contract)
    require(commissioner, Right.SEAL_PLAN, contract)
    if not plan_file.is_file():
        raise Missing(
            Problem("plan.absent", f"there is no analysis plan for {contract}", "write plan.toml", file=str(plan_file))
        )
    text = plan_file.read_text(encoding="utf-8")
    plan = read_plan(text, str(plan_file))
    if plan.contract != contract:
        what = f"the plan is for {plan.contract}, not for {contract}"
        raise Refused(Problem("plan.contract", what, "name the contract in the plan", file=str(plan_file)))
    with house.register.write() as session:
        return seal_plan(session, evaluator, commissioner, contract, text, at=house.now())


@dataclass(frozen=True, slots=True)
class Comparison:
    """One way of comparing: what it finds, and what the contract would have paid on it."""

    title: str
    words: str
    estimate: float | None
    standard_error: float | None
    quantised: str | None
    payment_minor: int
    pays: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain values; floats as text, so that equal runs give equal bytes."""
        return {
            "title": self.title,
            "words": self.words,
            "estimate": None if self.estimate is None else f"{self.estimate:.12g}",
            "standard_error": None if self.standard_error is None else f"{self.standard_error:.12g}",
            "quantised": self.quantised,
            "payment_minor": self.payment_minor,
            "pays": self.pays,
        }


def estimate_impact(
    house: House,
    actor: Actor,
    contract: str,
    cohort_sha256: str,
    measured_on: date,
    randomised_sha256: str | None = None,
) -> HeldResult:
    """Run the sealed plan on a landed cohort file and enter the primary estimate; the same inputs change nothing.

    ``randomised_sha256`` is a landed file with a randomised control group, only to show what it would have said.
    Raises Refused before the plan is sealed, or when the primary specification could not be estimated.
    """
    require(actor, Right.MEASURE_RESULTS, contract)
    terms = registered(house, contract).agreed.contract
    plan, sealed = sealed_plan(house, contract)
    metric = estimated_metric(terms)
    cohort_file = _read(house, contract, plan, cohort_sha256)
    _enter_file(house, actor, contract, cohort_sha256, cohort_file.rows)
    cohort, outcomes = _as_values(plan, cohort_file)
    impact = run_plan(plan, sealed, cohort, outcomes)
    primary, value = impact.primary, paid_value(plan, metric, impact)
    if value is None:
        reason = primary.not_estimable.reason if primary.not_estimable else "no value"
        mend = "the contract's own fallback applies; the result is not conclusive"
        raise Refused(Problem("estimate.not-estimable", f"not estimable: {reason}", mend, place=primary.specification))
    randomised = _read(house, contract, plan, randomised_sha256) if randomised_sha256 else None
    compared = _comparisons(house, terms, metric, plan, impact, outcomes, cohort, randomised)
    body = {
        "impact": impact.as_dict(),
        "comparisons": [each.as_dict() for each in compared],
        "overlap": _overlap(plan, cohort),
        "flow": _flow(house, terms, metric, cohort, impact),
    }
    window = metric.window
    result = MeasuredResult(
        contract=contract,
        reference=f"{plan.id}-{impact.input_hash[:12]}-{plan.sha256[:12]}",
        metric=metric.id,
        value=Decimal(value),
        unit=metric.unit,
        period_start=window.opens,
        period_end=window.closes,
        measured_on=measured_on,
        method=f"{metric.compared_with.kind} comparison, sealed plan {plan.id}",
        evidence=f"cohort file sha256 {cohort_sha256}",
        inputs_sha256=impact.input_hash,
        body=body,
    )
    with house.register.write() as session:
        return add_result(session, actor, result, at=house.now())


def replicate(house: House, actor: Actor, contract: str, reference: str, cohort_sha256: str) -> HeldResult:
    """Run the same plan again as a second evaluator; anything but the same value flags the result.

    A result that is replicated or signed already is left as it is.
    """
    require(actor, Right.MEASURE_RESULTS, contract)
    with house.register.read() as session:
        held = result_by_reference(session, contract, reference)
    if held.state in (ResultState.REPLICATED, ResultState.SIGNED):
        return held
    plan, sealed = sealed_plan(house, contract)
    cohort, outcomes = _as_values(plan, _read(house, contract, plan, cohort_sha256))
    again = run_plan(plan, sealed, cohort, outcomes)
    metric = estimated_metric(registered(house, contract).agreed.contract)
    value = paid_value(plan, metric, again)
    with house.register.write() as session:
        same = value == str(held.result.value) and again.input_hash == held.result.inputs_sha256
        action = ResultAction.REPLICATE if same else ResultAction.FLAG
        reason = "" if same else f"the second run gives {value}"
        return add_result_decision(session, actor, contract, reference, action, reason, at=house.now())


def paid_value(plan: AnalysisPlan, metric: Metric, impact: ImpactEstimate) -> str | None:
    """The figure that the contract pays on, quantised as the plan says; None where it is not estimable."""
    found = impact.primary.estimate
    if found is None:
        return None
    return quantised(found.low if metric.statistic == "lower bound" else found.effect, plan.quantise)


def sealed_plan(house: House, contract: str) -> tuple[AnalysisPlan, Seal]:
    """The plan that holds, with its seal; raises Refused where none is sealed."""
    with house.register.read() as session:
        seals = plan_seals(session, contract)
    if not seals:
        mend = "have evaluator and commissioner seal plan.toml first"
        raise Refused(
            Problem("plan.not-sealed", f"no analysis plan of {contract} is sealed; outcomes stay closed", mend)
        )
    held = seals[-1]
    both = (held.signed_by_evaluator, held.signed_by_commissioner)
    return read_plan(held.text), Seal(held.plan_sha256, both, held.sealed_at)


def estimated_metric(terms: Contract) -> Metric:
    """The metric that an estimate is made for; raises Refused where the contract has none."""
    for metric in terms.metric:
        if metric.counted_from == "estimate":
            return metric
    what = f"no metric of {terms.contract.id} is estimated"
    raise Refused(Problem("estimate.no-metric", what, "this contract is settled from claims and signed results"))


def _read(house: House, contract: str, plan: AnalysisPlan, sha256: str) -> CohortFile:
    columns = CohortColumns(plan.id_column, plan.treatment_column, plan.covariates, plan.outcomes)
    return read_cohort(house.kept(sha256), columns, pseudonym=house.pseudonym(contract))


def _enter_file(house: House, actor: Actor, contract: str, sha256: str, rows: int) -> None:
    file = SourceFile(contract, "cohort", sha256, len(house.kept(sha256)), rows)
    with house.register.write() as session:
        add_file(session, actor, file, accepted=rows, at=house.now())


def _as_values(plan: AnalysisPlan, file: CohortFile) -> tuple[Cohort, Outcomes]:
    """The cohort without outcomes, and the outcomes by themselves."""
    cohort = lock_cohort(file.before.ids, file.before.treated, file.before.covariates, hidden=plan.outcomes)
    return cohort, open_outcomes(file.after.ids, file.after.outcomes)


def _comparisons(
    house: House,
    terms: Contract,
    metric: Metric,
    plan: AnalysisPlan,
    impact: ImpactEstimate,
    outcomes: Outcomes,
    cohort: Cohort,
    randomised: CohortFile | None,
) -> list[Comparison]:
    """Money at stake: every way of comparing with its payment; the sealed primary one pays."""
    facts = facts_for(house, terms, terms.settlement[-1], but_for=metric.id).facts
    pays = partial(_payment, terms, facts, metric)
    outcome = plan.outcomes[0]

    def shown(title: str, words: str, found: Estimate, primary: bool = False) -> Comparison:
        value = quantised(found.low if metric.statistic == "lower bound" else found.effect, plan.quantise)
        return Comparison(title, words, found.effect, found.error, value, pays(value), primary)

    raw = raw_difference(cohort.treated, outcomes.of(outcome, cohort.ids))
    rows = [shown("Raw comparison", "everybody enrolled against the whole pool, as they come", raw)]
    for result in impact.results:
        title = f"{'Matched estimate' if result.primary else 'Alternative'}: {result.specification.replace('_', ' ')}"
        if result.estimate is None:
            why = result.not_estimable.reason if result.not_estimable else ""
            rows.append(Comparison(title, f"not estimable: {why}", None, None, None, 0, result.primary))
        else:
            words = "sealed before outcomes were opened" if result.primary else "agreed beforehand, shown for doubt"
            rows.append(shown(title, words, result.estimate, result.primary))
    if randomised is not None:
        found = randomised_difference(randomised.before.treated, randomised.after.outcomes[outcome])
        rows.append(shown("Randomised truth", "the same people against the control group drawn by lot", found))
    return rows


def _payment(terms: Contract, facts: Facts, metric: Metric, value: str) -> int:
    """What the contract would pay if the metric's value were this one, in minor units."""
    quantities = {**facts.quantities, metric.id: Measured(Fraction(value), metric.unit)}
    return payable_outcomes(terms, Facts(facts.as_of, facts.outcomes, quantities, {}, {})).total


def _overlap(plan: AnalysisPlan, cohort: Cohort) -> list[dict[str, Any]]:
    """Shares of both groups by score, before and after matching, in equal bins over the treated people's range."""
    prepared = prepare(plan, cohort)
    matched = match_blind(plan, plan.primary_specification, prepared).matched
    if matched is None or matched.score is None:
        return []
    low, high = (float(edge(matched.score[prepared.treated])) for edge in (np.min, np.max))
    edges = np.linspace(low, high, BINS + 1)
    groups: Mapping[str, Any] = {
        "enrolled": prepared.treated,
        "whole pool": ~prepared.treated,
        "matched comparison": ~prepared.treated & (matched.weights > 0),
    }
    return [
        {"group": name, "from": f"{left:.6g}", "to": f"{right:.6g}", "share": f"{count / max(1, int(mask.sum())):.6g}"}
        for name, mask in groups.items()
        for left, right, count in zip(edges, edges[1:], np.histogram(matched.score[mask], edges)[0], strict=False)
    ]


def _flow(
    house: House, terms: Contract, metric: Metric, cohort: Cohort, impact: ImpactEstimate
) -> list[dict[str, Any]]:
    """How many people stand behind the estimate at each step; nobody is dropped silently."""
    primary, treated = impact.primary, int(cohort.treated.sum())
    claimed = facts_for(house, terms, terms.settlement[-1], but_for=metric.id).facts.outcomes
    enrolled = len(set(claimed.person.tolist()))
    linked = len(set(claimed.people) & set(cohort.ids[cohort.treated].tolist()))
    steps: list[tuple[str, int, int, str]] = [
        ("enrolled, by verified claims", enrolled, 0, "everybody enrolled counts (intention to treat)"),
        ("linked to the locked cohort", linked, 0, f"{enrolled - linked} not linked"),
        ("in the locked cohort", treated, impact.pool, ""),
        ("matched", primary.matched_treated, primary.matched_comparison, "within the caliper, without replacement"),
        ("analysed", primary.matched_treated, primary.matched_comparison, "outcome known for everybody matched"),
    ]
    return [{"step": step, "treated": one, "comparison": other, "why": why} for step, one, other, why in steps]
