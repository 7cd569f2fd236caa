"""terms: what is worth a look among the parts: what nobody uses, who plays no part, money that nobody receives."""

from collections.abc import Iterator
from typing import Any

from sib.terms.base import Term
from sib.terms.contract import Contract
from sib.terms.fault import Finding
from sib.terms.finance import WITH_HURDLE, WaterfallStep
from sib.terms.lint.shown import Cases
from sib.terms.sentences import listed

_WORDS = {"id", "kind", "name", "summary", "clause", "source", "illustrative", "words", "unit", "per", "evidence"}
"""Fields that name nothing else of the contract."""


def used(contract: Contract) -> frozenset[str]:
    """Every id that stands somewhere as a name; a part of the format added later is seen without a change here.

    What a simulation or a forecast draws is not used by that: it draws what rules read.
    """
    return frozenset(_names(contract.model_copy(update={"simulation": None, "forecast": None, "plan": ()})))


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Term):
        for field in type(node).model_fields:
            if field not in _WORDS:
                yield from _names(getattr(node, field))
    elif isinstance(node, dict):
        # the key of a named rule is its own name and does not use it
        for value in node.values():
            yield from _names(value)
    elif isinstance(node, tuple):
        for each in node:
            yield from _names(each)


def idle_parts(contract: Contract, cases: Cases) -> Iterator[Finding]:
    """Metrics that no rule pays or reads, and named rules that neither a rule uses nor a case expects."""
    names = used(contract) | cases.expected
    for index, metric in enumerate(contract.metric):
        if metric.id not in names:
            mend = "pay for it, read it in a rule, or take it out"
            what = f"no rule pays for or reads the metric `{metric.id}`"
            yield Finding(("metric", index), "look.idle-metric", what, mend)
    for sort in ("quantity", "condition", "amount"):
        for name in getattr(contract, sort):
            if name not in names:
                what = f"nothing uses the {sort} `{name}`"
                yield Finding((sort, name), "look.idle-name", what, "use it, or take it out")
    cohorts = {metric.cohort for metric in contract.metric}
    for index, cohort in enumerate(contract.cohort):
        if cohort.id not in cohorts:
            what = f"no metric counts the cohort `{cohort.id}`"
            yield Finding(("cohort", index), "look.idle-name", what, "use it, or take it out")


def idle_parties(contract: Contract) -> Iterator[Finding]:
    """A payer that pays nothing, an investor without money in it, a provider beside another one that is paid.

    The part of an evaluator or an intermediary may be its role alone; so may an investor's where there are no
    tranches, and a provider's where the payments go through somebody else.
    """
    names = used(contract)
    roles = {party.id: party.role for party in contract.party}
    direct = all(roles[payment.payee] == "service provider" for payment in contract.payments)
    says = {
        "outcome payer": ("no payment names it as payer", True),
        "investor": ("no tranche is its money, and nothing is paid to it", bool(contract.tranche)),
        "service provider": ("no payment names it as payee", direct),
    }
    for index, party in enumerate(contract.party):
        said, asked = says.get(party.role, ("", False))
        if asked and party.id not in names:
            what = f"`{party.id}` is {_ARTICLE[party.role]} {party.role} and has no part: {said}"
            yield Finding(("party", index), "look.idle-party", what, "give it its part, or take it out")


_ARTICLE = {"outcome payer": "an", "investor": "an", "service provider": "a"}


def unreceived(contract: Contract) -> Iterator[Finding]:
    """Money that comes in and that no tranche receives."""
    if not contract.tranche or not contract.payments:
        return
    if not contract.waterfall:
        what = "there are tranches, and no waterfall says who is paid back from the payments"
        yield Finding(("tranche", 0), "look.no-waterfall", what, "add [[waterfall]] steps")
        return
    for index, tranche in enumerate(contract.tranche):
        if all(tranche.id != share.tranche for step in contract.waterfall for share in step.to):
            what = f"no step of the waterfall pays the tranche `{tranche.id}`"
            yield Finding(("tranche", index), "look.unpaid-tranche", what, "name it in a step")
    steps = contract.waterfall
    rest = next((place for place, step in enumerate(steps) if _takes_all(step)), len(steps))
    if not any(step.pays in WITH_HURDLE for step in steps):
        what = "no step takes the surplus: what is left when principal is repaid is received by no tranche"
        mend = 'add a step with pays = "surplus", or leave it where the rest is meant to be kept back'
        yield Finding(("waterfall", len(contract.waterfall) - 1), "look.no-surplus", what, mend)
    elif rest < len(steps) - 1:
        what = "a step above takes everything that is left, so this one receives nothing"
        yield Finding(("waterfall", rest + 1), "look.after-surplus", what, "put the surplus last")


def _takes_all(step: WaterfallStep) -> bool:
    """Whether nothing can be left after a step, whatever comes in."""
    limits = (step.until, step.at_most, step.from_payments, step.condition, step.only)
    return step.pays in WITH_HURDLE and not any(limits)


def unsaid(contract: Contract) -> Iterator[Finding]:
    """Figures of which nobody can tell whether they are published, agreed or invented.

    A source in the header stands for the whole contract; so does the word there that all is invented.
    """
    if contract.contract.source or not any(_marked(part) for _, part in _figures(contract)):
        if not (contract.contract.source or contract.contract.illustrative):
            what = "nothing says where the figures come from: there is neither `source` nor `illustrative`"
            mend = (
                "say where they were published, or in `illustrative` what is invented; a signed contract needs neither"
            )
            yield Finding(("contract",), "look.no-source", what, mend)
        return
    for path, part in _figures(contract):
        if not _marked(part) and not contract.contract.illustrative:
            what = "others say where their figures come from, and this has neither `source` nor `illustrative`"
            yield Finding(path, "look.no-source", what, "add the source, or say what is invented and why")


def _figures(contract: Contract) -> Iterator[tuple[tuple[str, int], Any]]:
    for field in ("payment", "rate_card", "cap", "tranche"):
        for index, part in enumerate(getattr(contract, field)):
            yield (field, index), part


def _marked(part: Any) -> bool:
    return bool(part.source or part.illustrative)


def unsized(contract: Contract) -> Iterator[Finding]:
    """A cohort without a size where an impact estimate is paid: nobody can tell what chance alone would pay."""
    if contract.simulation:
        return
    paid = {payment.metric for payment in contract.payments}
    for index, cohort in enumerate(contract.cohort):
        metrics = [
            m for m in contract.metric if m.cohort == cohort.id and m.id in paid and m.counted_from == "estimate"
        ]
        if cohort.size is None and metrics:
            what = f"`{cohort.id}` has no size, and {listed([f'“{m.name}”' for m in metrics])} is paid on an estimate"
            mend = "write `size`: without it nobody can work out what chance alone would pay"
            yield Finding(("cohort", index), "look.no-size", what, mend)


PART_LINTS = (idle_parties, unreceived, unsaid, unsized)
