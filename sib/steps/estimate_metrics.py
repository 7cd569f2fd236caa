"""arrows: which metrics of a contract one run of the sealed plan answers, and the exact figure of each."""

from collections.abc import Mapping
from dataclasses import dataclass

from sib.errors import Problem, Refused
from sib.impact.plan import AnalysisPlan
from sib.impact.result import ImpactEstimate
from sib.impact.statistic import exact_figure
from sib.terms.contract import Contract, Metric


@dataclass(frozen=True, slots=True)
class Read:
    """A metric, the outcome that it is estimated on, and what the effect is multiplied by to be in its unit."""

    metric: Metric
    outcome: str
    times: float


def metrics_of(terms: Contract, plan: AnalysisPlan) -> tuple[Read, ...]:
    """The metrics that one run answers, in the contract's order; the first gives the run its name.

    They are those in the plan's ``measures``; without, every estimated metric with the cohort and the window of the
    first, each another figure of the plan's first outcome. Raises Refused with everything that does not fit: no
    estimated metric, two that would read the same figure, another unit, names that the contract does not have.
    """
    estimated = [metric for metric in terms.metric if metric.counted_from == "estimate"]
    if not estimated:
        what = f"no metric of {terms.contract.id} is estimated"
        raise Refused(Problem("estimate.no-metric", what, "this contract is settled from claims and signed results"))
    found = _named(plan, estimated) if plan.measures else _alike(plan, estimated)
    problems = _unknown(plan, estimated, found) + _twice(found) + _units(plan, found)
    if problems:
        raise Refused(problems)
    return found


def figures(
    plan: AnalysisPlan, reads: tuple[Read, ...], impact: ImpactEstimate, specification: str
) -> Mapping[str, str]:
    """By metric, the figure that the contract reads under one specification; a metric is missing if not estimable."""
    found = {read.metric.id: impact.of(specification, read.outcome).estimate for read in reads}
    return {
        read.metric.id: exact_figure(estimate, read.metric.statistic, plan.quantise, plan.quantise_p_value, read.times)
        for read in reads
        if (estimate := found[read.metric.id]) is not None
    }


def _named(plan: AnalysisPlan, estimated: list[Metric]) -> tuple[Read, ...]:
    said = plan.measures
    return tuple(
        Read(metric, said[metric.id].outcome, said[metric.id].times) for metric in estimated if metric.id in said
    )


def _alike(plan: AnalysisPlan, estimated: list[Metric]) -> tuple[Read, ...]:
    first = estimated[0]
    alike = [metric for metric in estimated if (metric.cohort, metric.window) == (first.cohort, first.window)]
    return tuple(Read(metric, plan.outcomes[0], 1.0) for metric in alike)


def _unknown(plan: AnalysisPlan, estimated: list[Metric], found: tuple[Read, ...]) -> list[Problem]:
    names = {metric.id for metric in estimated}
    read = {each.metric.id for each in found}
    wrong = [("measures", name) for name in plan.measures if name not in names]
    wrong += [("replication", name) for name in plan.replication if name not in read]
    return [
        Problem(
            "plan.metric",
            f"the plan names `{name}`, which is not a metric that it estimates",
            "correct the name in the plan",
            name,
            ", ".join(sorted(names)),
            place=place,
        )
        for place, name in wrong
    ]


def _twice(found: tuple[Read, ...]) -> list[Problem]:
    """Two metrics that read one figure of one outcome at one scale cannot be told apart."""
    first: dict[tuple[str, str, float], str] = {}
    problems = []
    for read in found:
        key = (read.outcome, read.metric.statistic, read.times)
        if key in first:
            what = f"`{first[key]}` and `{read.metric.id}` would both be the {read.metric.statistic} of {read.outcome}"
            mend = "say in the plan's `measures` which outcome each metric reads"
            problems.append(Problem("plan.measures", what, mend, place="measures"))
        first.setdefault(key, read.metric.id)
    return problems


def _units(plan: AnalysisPlan, found: tuple[Read, ...]) -> list[Problem]:
    """0.25 is not 25 points: a figure in the outcome's unit is refused where the contract means another."""
    return [
        Problem(
            "plan.unit",
            f"`{read.metric.id}` is in another unit than the outcome",
            "correct the unit, or say in the plan's `measures` what the effect is multiplied by",
            plan.unit,
            read.metric.unit,
            place="unit",
        )
        for read in found
        if read.metric.id not in plan.measures and read.metric.statistic != "p value" and read.metric.unit != plan.unit
    ]
