"""arrows: money at stake: what the contract would pay under every comparison, and how far chance moves the payment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from sib.errors import Refused
from sib.impact.cohort import Cohort, Outcomes
from sib.impact.estimate import Estimate, randomised_difference, raw_difference
from sib.impact.matching import MatchedCohort
from sib.impact.plan import AnalysisPlan
from sib.impact.redraw import redraw
from sib.impact.result import ImpactEstimate
from sib.impact.statistic import exact_figure
from sib.intake.cohort import CohortFile
from sib.payments.evaluate import Held, evaluation
from sib.payments.facts import Facts, Measured
from sib.payments.payable import payable_outcomes
from sib.steps.estimate_metrics import Read, figures
from sib.terms.contract import Contract
from sib.terms.sentences import Speaker
from sib.terms.walk import everything, metrics_read

SHARES = (5, 25, 50, 75, 95)
"""Percentiles of the payment that are told."""
Figures = Mapping[str, str]
"""By metric, its exact figure as decimal text; a metric is missing where it could not be estimated."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One way of comparing: what it finds, and what the contract would have paid on it."""

    title: str
    words: str
    estimate: float | None
    standard_error: float | None
    quantised: str | None
    """Of the run's first metric."""
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


@dataclass(frozen=True, slots=True)
class Stake:
    """A contract, what else is known, and which metrics a run answers: enough to pay on any of its figures."""

    terms: Contract
    facts: Facts
    """Without any result of the run's own metrics."""
    reads: tuple[Read, ...]
    paid: dict[tuple[tuple[str, str], ...], int] = field(default_factory=dict)
    """What was worked out already."""

    def known(self, found: Figures) -> Facts:
        """The facts if the run's figures were these."""
        units = {read.metric.id: read.metric.unit for read in self.reads}
        given = {name: Measured(Fraction(value), units[name]) for name, value in found.items()}
        return Facts(self.facts.as_of, self.facts.outcomes, {**self.facts.quantities, **given}, {}, {})

    def pays(self, found: Figures) -> int:
        """What the contract would pay on these figures, in minor units; its own fallbacks hold for missing ones."""
        key = tuple(sorted(found.items()))
        if key not in self.paid:
            self.paid[key] = payable_outcomes(self.terms, self.known(found)).total
        return self.paid[key]


def stake_of(terms: Contract, facts: Facts, reads: tuple[Read, ...]) -> Stake:
    """The stake of a run; results of its own metrics that stand already are left out."""
    own = {read.metric.id for read in reads}
    others = {name: known for name, known in facts.quantities.items() if name not in own}
    return Stake(terms, Facts(facts.as_of, facts.outcomes, others, {}, {}), reads)


def comparisons(
    stake: Stake,
    plan: AnalysisPlan,
    impact: ImpactEstimate,
    outcomes: Outcomes,
    cohort: Cohort,
    randomised: CohortFile | None,
) -> list[Comparison]:
    """Every way of comparing with its payment; the sealed primary one pays. ``cohort`` in the plan's order."""
    names = {read.outcome for read in stake.reads}
    raw = {name: raw_difference(cohort.treated, outcomes.of(name, cohort.ids), plan.confidence) for name in names}
    rows = [_shown(stake, plan, "Raw comparison", "everybody enrolled against the whole pool, as they come", raw)]
    lead = stake.reads[0]
    for specification in plan.specifications:
        result, primary = impact.of(specification.id, lead.outcome), specification.id == plan.primary
        title = f"{'Matched estimate' if primary else 'Alternative'}: {specification.id.replace('_', ' ')}"
        found = figures(plan, stake.reads, impact, specification.id)
        if result.estimate is None:
            why = result.not_estimable.reason if result.not_estimable else ""
            rows.append(Comparison(title, f"not estimable: {why}", None, None, None, stake.pays(found), primary))
        else:
            words = "sealed before outcomes were opened" if primary else "agreed beforehand, shown for doubt"
            effect, error = result.estimate.effect, result.estimate.error
            rows.append(Comparison(title, words, effect, error, found[lead.metric.id], stake.pays(found), primary))
    if randomised is not None:
        drawn = {
            name: randomised_difference(randomised.before.treated, randomised.after.outcomes[name], plan.confidence)
            for name in names
        }
        words = "the same people against the control group drawn by lot"
        rows.append(_shown(stake, plan, "Randomised truth", words, drawn))
    return rows


def _shown(stake: Stake, plan: AnalysisPlan, title: str, words: str, found: Mapping[str, Estimate]) -> Comparison:
    lead, exact = stake.reads[0], _exact(stake, plan, found)
    one = found[lead.outcome]
    return Comparison(title, words, one.effect, one.error, exact[lead.metric.id], stake.pays(exact), False)


def _exact(stake: Stake, plan: AnalysisPlan, found: Mapping[str, Estimate]) -> Figures:
    return {
        read.metric.id: exact_figure(
            found[read.outcome], read.metric.statistic, plan.quantise, plan.quantise_p_value, read.times
        )
        for read in stake.reads
    }


def triggers(stake: Stake, plan: AnalysisPlan, impact: ImpactEstimate) -> list[dict[str, Any]]:
    """How many of the pre-agreed specifications cross each trigger of the contract, and which.

    A trigger is a comparison in a rule that reads one of the run's metrics; beside them stands whether anything is
    paid for the result at all. A specification that is not estimable crosses none.
    """
    every = {one.id: figures(plan, stake.reads, impact, one.id) for one in plan.specifications}
    nothing = stake.pays({})
    crossed = {"more is paid than without a result": [name for name in every if stake.pays(every[name]) > nothing]}
    own = {read.metric.id for read in stake.reads}
    for _, _, node in everything(stake.terms):
        if getattr(node, "kind", "") != "compare":
            continue
        sides = [side for side in (node.quantity, node.than) if side is not None]
        if own & frozenset().union(*(metrics_read(stake.terms, side, "quantity") for side in sides)):
            words = Speaker(stake.terms).say("condition", node)
            crossed[words] = [name for name, found in every.items() if _holds(stake, found, node)]
    return [
        {"trigger": words, "crossed_by": names, "specifications": len(every), "share": f"{len(names) / len(every):.4g}"}
        for words, names in crossed.items()
    ]


def _holds(stake: Stake, found: Figures, condition: Any) -> bool:
    try:
        return bool(found) and evaluation(stake.terms, stake.known(found)).condition(condition)
    except Held:
        return False


def spread_of_payment(
    stake: Stake,
    plan: AnalysisPlan,
    impact: ImpactEstimate,
    outcomes: Outcomes,
    cohort: Cohort,
    matched: MatchedCohort | None,
) -> dict[str, Any]:
    """The payment under the sealed specification if chance had drawn other match sets; ``cohort`` in the plan's order.

    Where match sets cannot be drawn again, ``refused`` says why and there are no figures.
    """
    said = {"repeats": plan.bootstrap, "seed": plan.seed}
    names = sorted({read.outcome for read in stake.reads})
    unknown = [name for name in names if impact.of(plan.primary, name).estimate is None]
    if matched is None or unknown:
        return {**said, "refused": "the sealed specification is not estimable"}
    try:
        drawn = [
            redraw(
                cohort,
                plan.primary_specification,
                matched,
                outcomes.of(name, cohort.ids),
                repeats=plan.bootstrap,
                seed=plan.seed,
                confidence=plan.confidence,
            )
            for name in names
        ]
    except Refused as refused:
        return {**said, "refused": refused.problems[0].what}
    turns = [dict(zip(names, turn, strict=True)) for turn in zip(*drawn, strict=True)]
    paid = sorted(stake.pays(_exact(stake, plan, turn)) for turn in turns)
    sealed = stake.pays(figures(plan, stake.reads, impact, plan.primary))
    return {**said, "refused": None, **_spread(paid, sealed)}


def _spread(paid: list[int], sealed: int) -> dict[str, Any]:
    """``paid`` in rising order; percentiles are payments that were drawn, never between two."""
    most = len(paid) - 1
    return {
        "sealed_minor": sealed,
        "mean_minor": round(Fraction(sum(paid), len(paid))),
        "percentiles_minor": {f"p{share:02d}": paid[share * most // 100] for share in SHARES},
        "share_paying_nothing": f"{sum(one == 0 for one in paid) / len(paid):.4g}",
        "share_paying_less_than_sealed": f"{sum(one < sealed for one in paid) / len(paid):.4g}",
    }
