"""arrows: a sealed plan and a locked cohort become an estimate, beside what other comparisons would have paid."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from sib.access import Actor, Right, require
from sib.errors import Missing, Problem, Refused
from sib.impact.cohort import Cohort, Outcomes, lock_cohort, open_outcomes
from sib.impact.matching import MatchedCohort
from sib.impact.plan import AnalysisPlan, Seal, read_plan
from sib.impact.result import ImpactEstimate
from sib.impact.run import match_blind, prepare, run_plan
from sib.intake.cohort import CohortColumns, CohortFile, read_cohort
from sib.outcomes.claims import SourceFile
from sib.outcomes.results import HeldResult, MeasuredResult, ResultAction, ResultState
from sib.payments.facts import Facts
from sib.steps.estimate_doubt import attrition, doubt, looks
from sib.steps.estimate_metrics import Read, figures, metrics_of
from sib.steps.estimate_stake import comparisons, spread_of_payment, stake_of, triggers
from sib.steps.facts import facts_for
from sib.steps.house import House, registered
from sib.store.contracts import HeldSeal, plan_seals, seal_plan
from sib.store.files import add_file
from sib.store.results import add_result, add_result_decision, result_by_reference, results_of_run
from sib.terms.contract import Contract

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
    metrics_of(registered(house, contract).agreed.contract, plan)
    with house.register.write() as session:
        return seal_plan(session, evaluator, commissioner, contract, text, at=house.now())


def estimate_impact(
    house: House,
    actor: Actor,
    contract: str,
    cohort_sha256: str,
    measured_on: date,
    randomised_sha256: str | None = None,
) -> HeldResult:
    """Run the sealed plan on a landed cohort file and enter one result for every metric that the run answers.

    Returns the first metric's; the same inputs change nothing.
    ``randomised_sha256`` is a landed file with a randomised control group, only to show what it would have said.
    Raises Refused before the plan is sealed, or when the primary specification could not be estimated.
    """
    require(actor, Right.MEASURE_RESULTS, contract)
    terms = registered(house, contract).agreed.contract
    plan, sealed = sealed_plan(house, contract)
    reads = metrics_of(terms, plan)
    cohort_file = _read(house, contract, plan, cohort_sha256)
    _enter_file(house, actor, contract, cohort_sha256, cohort_file.rows)
    randomised = _read(house, contract, plan, randomised_sha256) if randomised_sha256 else None
    ran = _run(house, terms, plan, sealed, reads, cohort_file, randomised)
    found = figures(plan, reads, ran.impact, plan.primary)
    if not found:
        raise Refused(_not_estimable(plan, ran.impact, reads))
    results = [
        _result(plan, read, ran, found[read.metric.id], measured_on, cohort_sha256, first=read == reads[0])
        for read in reads
        if read.metric.id in found
    ]
    with house.register.write() as session:
        # the first metric's result comes in last, so that pages, which show the latest, begin with it
        held = [add_result(session, actor, result, at=house.now()) for result in reversed(results)]
    return held[-1]


@dataclass(frozen=True, slots=True)
class _Ran:
    """One run of a plan: its estimates, and the whole of it as plain values."""

    impact: ImpactEstimate
    body: Mapping[str, Any]


def _run(
    house: House,
    terms: Contract,
    plan: AnalysisPlan,
    sealed: Seal,
    reads: tuple[Read, ...],
    cohort_file: CohortFile,
    randomised: CohortFile | None,
) -> _Ran:
    """Everything that one run says; the same files, plan and facts give the same bytes."""
    cohort, outcomes = _as_values(plan, cohort_file)
    impact = run_plan(plan, sealed, cohort, outcomes)
    ordered = prepare(plan, cohort)
    facts = facts_for(house, terms, terms.settlement[-1]).facts
    stake = stake_of(terms, facts, reads)
    matched = match_blind(plan, plan.primary_specification, ordered).matched
    lead = reads[0].outcome
    values, found = outcomes.of(lead, ordered.ids), impact.of(plan.primary, lead).estimate
    enrolled, linked = _enrolled(facts, cohort)
    compared = comparisons(stake, plan, impact, outcomes, ordered, randomised)
    body = {
        "run": f"{plan.id}-{impact.input_hash[:12]}-{plan.sha256[:12]}",
        "impact": impact.as_dict(),
        "comparisons": [each.as_dict() for each in compared],
        "triggers": triggers(stake, plan, impact),
        "payment_spread": spread_of_payment(stake, plan, impact, outcomes, ordered, matched),
        "doubt": None if matched is None or found is None else doubt(plan, ordered, matched, outcomes, lead, found),
        "looks": [] if found is None else looks(plan, found),
        "attrition": attrition(plan, ordered, matched, values, enrolled, linked),
        "overlap": _overlap(ordered, matched),
        "flow": _flow(enrolled, linked, impact),
    }
    return _Ran(impact, body)


def _not_estimable(plan: AnalysisPlan, impact: ImpactEstimate, reads: tuple[Read, ...]) -> Problem:
    primary = impact.of(plan.primary, reads[0].outcome)
    reason = primary.not_estimable.reason if primary.not_estimable else "no value"
    mend = "the contract's own fallback applies; the result is not conclusive"
    return Problem("estimate.not-estimable", f"not estimable: {reason}", mend, place=plan.primary)


def _result(
    plan: AnalysisPlan, read: Read, ran: _Ran, value: str, measured_on: date, cohort_sha256: str, *, first: bool
) -> MeasuredResult:
    """One metric's result; the first carries all that stands behind the run, the others what it was made from."""
    metric, run = read.metric, str(ran.body["run"])
    return MeasuredResult(
        contract=plan.contract,
        reference=run if first else f"{run}-{metric.id}",
        metric=metric.id,
        value=Decimal(value),
        unit=metric.unit,
        period_start=metric.window.opens,
        period_end=metric.window.closes,
        measured_on=measured_on,
        method=f"{metric.compared_with.kind} comparison, sealed plan {plan.id}",
        evidence=f"cohort file sha256 {cohort_sha256}",
        inputs_sha256=ran.impact.input_hash,
        body=ran.body if first else {"run": run, "impact": _made_from(ran.body["impact"])},
    )


def _made_from(impact: Mapping[str, Any]) -> dict[str, Any]:
    """A run without its figures: another metric's would be read as this one's."""
    return {name: part for name, part in impact.items() if name not in ("results", "balance")}


@dataclass(frozen=True, slots=True)
class Replayed:
    """A run made again beside the one that is held; hashes are of everything the two say."""

    reference: str
    sha256: str
    held_sha256: str
    same_estimate: bool
    """Whether all but the payments is the same to the byte; payments also follow claims that came in since."""

    @property
    def same(self) -> bool:
        """Whether every byte is the same."""
        return self.sha256 == self.held_sha256


_PAID = frozenset({"comparisons", "triggers", "payment_spread", "flow", "attrition"})
"""What a run says that follows the verified claims besides the cohort."""


def replay(
    house: House, actor: Actor, contract: str, cohort_sha256: str, randomised_sha256: str | None = None
) -> Replayed:
    """Run again what is held, and enter nothing: the same bytes on any machine, in whatever order people stand.

    Raises Missing where no result of these inputs is held.
    """
    require(actor, Right.MEASURE_RESULTS, contract)
    terms = registered(house, contract).agreed.contract
    plan, sealed = sealed_plan(house, contract)
    randomised = _read(house, contract, plan, randomised_sha256) if randomised_sha256 else None
    cohort_file = _read(house, contract, plan, cohort_sha256)
    body = _run(house, terms, plan, sealed, metrics_of(terms, plan), cohort_file, randomised).body
    with house.register.read() as session:
        held = result_by_reference(session, contract, str(body["run"])).result.body
    some = [{name: part for name, part in one.items() if name not in _PAID} for one in (body, held)]
    return Replayed(str(body["run"]), _sha256(body), _sha256(held), _sha256(some[0]) == _sha256(some[1]))


def _sha256(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def replicate(
    house: House,
    actor: Actor,
    contract: str,
    reference: str,
    cohort_sha256: str,
    found: Mapping[str, Decimal] | None = None,
) -> HeldResult:
    """Run the same plan again as a second evaluator; a figure too far off flags every result of the run.

    How far a metric's figure may be off stands in the plan's ``replication``; left out, not at all. ``found`` are the
    second evaluator's own figures by metric, where they used another program. What is flagged is not paid until a
    replication agrees. A result that is signed or replicated already is left as it is, and so is one that stays
    flagged.
    """
    require(actor, Right.MEASURE_RESULTS, contract)
    plan, sealed = sealed_plan(house, contract)
    with house.register.read() as session:
        held = results_of_run(session, result_by_reference(session, contract, reference))
    waiting = [one for one in held if one.state in (ResultState.ESTIMATED, ResultState.FLAGGED)]
    if waiting:
        reads = metrics_of(registered(house, contract).agreed.contract, plan)
        cohort, outcomes = _as_values(plan, _read(house, contract, plan, cohort_sha256))
        again = run_plan(plan, sealed, cohort, outcomes)
        second = found if found is not None else _decimals(figures(plan, reads, again, plan.primary))
        reason = "; ".join(_differences(plan, held, second, again.input_hash))
        _decide(house, actor, contract, waiting, reason)
    with house.register.read() as session:
        return result_by_reference(session, contract, reference)


def _decimals(found: Mapping[str, str]) -> Mapping[str, Decimal]:
    return {name: Decimal(value) for name, value in found.items()}


def _differences(
    plan: AnalysisPlan, held: Sequence[HeldResult], second: Mapping[str, Decimal], inputs: str
) -> Iterator[str]:
    """What speaks against a run, in words; nothing where a second run agrees."""
    if any(one.result.inputs_sha256 != inputs for one in held):
        yield "the second run was made from other data"
    for one in held:
        name, value = one.result.metric, one.result.value
        allowed = Decimal(plan.replication.get(name, "0"))
        if name not in second:
            yield f"the second run gives nothing for {name}"
        elif abs(second[name] - value) > allowed:
            yield f"the second run gives {second[name]} for {name}, not {value}, and {allowed} is allowed"


def _decide(house: House, actor: Actor, contract: str, waiting: Sequence[HeldResult], reason: str) -> None:
    """Replicated, or flagged with a reason; what is flagged stays so without another decision."""
    action = ResultAction.FLAG if reason else ResultAction.REPLICATE
    with house.register.write() as session:
        for one in waiting:
            if not (reason and one.state is ResultState.FLAGGED):
                name = one.result.reference
                add_result_decision(session, actor, contract, name, action, reason, at=house.now())


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


def _read(house: House, contract: str, plan: AnalysisPlan, sha256: str) -> CohortFile:
    outcomes = (*plan.outcomes, *plan.placebo)
    columns = CohortColumns(plan.id_column, plan.treatment_column, plan.covariates, outcomes)
    return read_cohort(house.kept(sha256), columns, pseudonym=house.pseudonym(contract))


def _enter_file(house: House, actor: Actor, contract: str, sha256: str, rows: int) -> None:
    file = SourceFile(contract, "cohort", sha256, len(house.kept(sha256)), rows)
    with house.register.write() as session:
        add_file(session, actor, file, accepted=rows, at=house.now())


def _as_values(plan: AnalysisPlan, file: CohortFile) -> tuple[Cohort, Outcomes]:
    """The cohort without outcomes, and the outcomes by themselves."""
    hidden = (*plan.outcomes, *plan.placebo)
    cohort = lock_cohort(file.before.ids, file.before.treated, file.before.covariates, hidden=hidden)
    return cohort, open_outcomes(file.after.ids, file.after.outcomes)


def _overlap(prepared: Cohort, matched: MatchedCohort | None) -> list[dict[str, Any]]:
    """Shares of both groups by score, before and after matching, in equal bins over the treated people's range."""
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


def _enrolled(facts: Facts, cohort: Cohort) -> tuple[int, int]:
    """How many people have a verified claim, and how many of them stand in the locked cohort."""
    claimed = facts.outcomes
    linked = set(claimed.people) & set(cohort.ids[cohort.treated].tolist())
    return len(set(claimed.person.tolist())), len(linked)


def _flow(enrolled: int, linked: int, impact: ImpactEstimate) -> list[dict[str, Any]]:
    """How many people stand behind the estimate at each step; nobody is dropped silently."""
    primary = impact.primary
    steps: list[tuple[str, int, int, str]] = [
        ("enrolled, by verified claims", enrolled, 0, "everybody enrolled counts (intention to treat)"),
        ("linked to the locked cohort", linked, 0, f"{enrolled - linked} not linked"),
        ("in the locked cohort", primary.treated, impact.pool, ""),
        ("matched", primary.matched_treated, primary.matched_comparison, "within the caliper, without replacement"),
        ("analysed", primary.matched_treated, primary.matched_comparison, "outcome known for everybody matched"),
    ]
    return [{"step": step, "treated": one, "comparison": other, "why": why} for step, one, other, why in steps]
