"""payments: outcomes judged under the version of the terms in force on their day; nothing is paid twice.

A payment whose terms an amendment leaves alone is not cut at the amendment: its outcomes are counted together. Where
its terms change, what was achieved before is paid by the old terms, the rest by the new; fixed parts and measured
quantities are read once, by the terms in force at settlement, and so are caps, payers and rounding.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import numpy as np

from sib.payments.evaluation import Reason
from sib.payments.facts import NO_METRIC, Facts, Flags, payable_counts
from sib.payments.payable import Payables, Worked, payable_outcomes, refuse_foreign, settled_up, worked_out
from sib.terms.amounts import Earned
from sib.terms.contract import Cohort, Contract, Metric, Window
from sib.terms.payment import Cap, Payment
from sib.terms.sentences import day, listed
from sib.terms.walk import below, metrics_read, named, unit_of

Versions = Sequence[Contract]
"""The agreed versions of one contract, first to last."""
_DAY = timedelta(1)
_ONLY_WORDS = ("name", "cohort", "compared_with", "evidence", "window", "clause", "source", "illustrative")
"""What of a metric does not decide what an outcome is worth; windows are looked at day by day."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days of which one version judges the outcomes."""

    terms: Contract
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Era:
    """Days of which one payment's outcomes are judged by terms that say the same for it; the last ones' words."""

    terms: Contract
    versions: tuple[int, ...]
    first: date
    last: date
    now: bool
    """Whether it reaches to the version in force at settlement."""


def payable_under(versions: Versions, facts: Facts) -> Payables:
    """Evaluate every payment, each outcome under the version that judges it; with one version ``payable_outcomes``.

    Pure; raises NotValid when the facts name what no version knows, or carry another unit.
    """
    if len(versions) == 1:
        return payable_outcomes(versions[0], facts)
    spans = judging(versions, facts.as_of)
    now = spans[-1].terms
    refuse_foreign(together(now, versions), _without_former_payers(now, facts))
    held = together(now, _begun(versions, facts.as_of))
    counted = _inside_own_windows(spans, facts)
    worked: dict[str, Worked] = {}
    judged: dict[str, list[tuple[Contract, Facts]]] = {}
    for payment in held.payments:
        eras = list(eras_of(spans, payment.id))
        worked[payment.id] = _over_all(eras, counted, payment)
        judged[payment.id] = [(era.terms, _seen_by(era, counted)) for era in eras]
    return settled_up(held, counted, worked, judged)


def _without_former_payers(now: Contract, facts: Facts) -> Facts:
    """Facts that do not say what payers paid of payments that they no longer pay."""
    payers = {payment.id: {share.payer for share in payment.shares} for payment in now.payments}
    before, this_year = (
        {name: by for name, by in each.items() if name not in payers or set(by) <= payers[name]}
        for each in (facts.payers_before, facts.payers_this_year)
    )
    return replace(facts, payers_before=before, payers_this_year=this_year)


def counted_now(versions: Versions, facts: Facts, payment: str) -> Flags:
    """Return which outcomes a payment counts now, each under the version that judges it."""
    spans = judging(versions, facts.as_of)
    counted, found = _inside_own_windows(spans, facts), np.zeros(len(facts.outcomes), dtype=np.bool_)
    eras = list(eras_of(spans, payment))
    for era in eras:
        rule, known = _rule_in(era, eras[-1].terms.the_payment(payment)), _seen_by(era, counted)
        outcomes = known.outcomes_for(payment, in_total=rule.settles == "in total")
        for metric in _claimed(era.terms, rule, facts):
            found |= payable_counts(outcomes, metric) > 0
    already = facts.settled.get(payment)
    return found if already is None else found & ~already


def _claimed(terms: Contract, payment: Payment, facts: Facts) -> Iterator[Metric]:
    for name in sorted(metrics_read(terms, payment.amount)):
        metric = terms.the_metric(name)
        if metric.counted_from == "claims" and name not in facts.quantities:
            yield metric


def in_force(versions: Versions, on: date) -> Contract:
    """The version in force on a day; the first before any of them."""
    return _begun(versions, on)[-1]


def judging(versions: Versions, as_of: date) -> tuple[Span, ...]:
    """Which version judges the outcomes of which days, in a settlement on ``as_of``; earliest days first."""
    return tuple(reversed(list(_spans(_begun(versions, as_of), date.max))))


def _begun(versions: Versions, as_of: date) -> list[Contract]:
    """The versions that were in force by a day; the first in any case."""
    return [versions[0], *(terms for terms in versions[1:] if _begins(terms) <= as_of)]


def _spans(held: Versions, last: date) -> Iterator[Span]:
    """The days up to ``last``, latest first: each version from its first day, or all of them if it judges so."""
    terms = held[-1]
    every = len(held) == 1 or terms.contract.judged_at == "settlement date"
    first = date.min if every else _begins(terms)
    if first <= last:
        yield Span(terms, first, last)
    if first > date.min:
        yield from _spans(held[:-1], min(last, first - _DAY))


def _begins(terms: Contract) -> date:
    return terms.contract.in_force_from or date.min


def eras_of(spans: Sequence[Span], payment: str) -> Iterator[Era]:
    """The eras of one payment, earliest first: neighbouring versions that say the same for it are one."""
    runs: list[list[Span]] = []
    for span in spans:
        if not _has(span.terms, payment):
            runs.append([])
        elif runs and runs[-1] and _rule(runs[-1][-1].terms, payment) == _rule(span.terms, payment):
            runs[-1].append(span)
        else:
            runs.append([span])
    for run in (run for run in runs if run):
        now = run[-1] is spans[-1]
        numbers = tuple(span.terms.contract.version for span in run)
        yield Era(_with_windows(run), numbers, run[0].first, run[-1].last, now)


def _has(terms: Contract, payment: str) -> bool:
    return any(each.id == payment for each in terms.payments)


def _rule(terms: Contract, name: str) -> Mapping[Any, Any]:
    """What decides what outcomes are worth to a payment: its rule, all that it names, and how metrics are counted."""
    payment = terms.the_payment(name)
    found: dict[Any, Any] = {"payment": (payment.metric, payment.amount, payment.settles, payment.both_ways)}
    metrics = {payment.metric, *metrics_read(terms, payment.amount)}
    stack: list[tuple[str, Any]] = [("amount", payment.amount)]
    while stack:
        sort, node = stack.pop()
        if isinstance(node, str) and (sort, node) not in found and node not in metrics:
            found[sort, node] = named(terms, sort)[node]
            stack.append((sort, found[sort, node]))
        elif isinstance(node, Earned):
            found |= {("earned", each): _rule(terms, each) for each in node.payments}
        stack.extend((asked, lower) for _, asked, lower in below(sort, node))
    for metric in (each for each in terms.metric if each.id in metrics):
        decides = [key for key in Metric.model_fields if key not in _ONLY_WORDS]
        found["metric", metric.id] = {key: getattr(metric, key) for key in decides}
    return found


def _with_windows(run: Sequence[Span]) -> Contract:
    """The last terms of an era, with windows that hold all outcomes inside their own version's window."""
    terms = run[-1].terms
    windows: dict[str, Window] = {}
    for metric in terms.metric:
        all_of = [each.window for span in run for each in span.terms.metric if each.id == metric.id]
        opens, closes = min(each.opens for each in all_of), max(each.closes for each in all_of)
        windows[metric.id] = metric.window.model_copy(update={"opens": opens, "closes": closes})
    if all(windows[metric.id] == metric.window for metric in terms.metric):
        return terms
    return _with(terms, metric=tuple(each.model_copy(update={"window": windows[each.id]}) for each in terms.metric))


def _with(terms: Contract, **parts: Any) -> Contract:
    """A contract with other parts; what it has worked out of the old ones is forgotten."""
    fields = {name: getattr(terms, name) for name in Contract.model_fields}
    return Contract.model_construct(**{**fields, **parts})


def _inside_own_windows(spans: Sequence[Span], facts: Facts) -> Facts:
    """Facts without the outcomes that lie outside the window of the version that judges them, settled ones kept."""
    outcomes = facts.outcomes
    outside = np.zeros(len(outcomes), dtype=np.bool_)
    for span in spans:
        judged = replace(facts, judged=(span.first, span.last)).judges(outcomes.day)
        for metric in span.terms.metric:
            opens, closes = metric.window.opens.toordinal(), metric.window.closes.toordinal()
            inside = (outcomes.day >= opens) & (outcomes.day <= closes)
            outside |= judged & outcomes.only(metric.id) & ~inside
    metrics = np.where(outside & ~outcomes.settled, NO_METRIC, outcomes.metric).astype(np.int32)
    return replace(facts, outcomes=replace(outcomes, metric=metrics))


def _seen_by(era: Era, facts: Facts) -> Facts:
    """Facts as one era's terms see them: their days, and the quantities that they know in this unit."""
    quantities = named(era.terms, "quantity")
    known = {
        name: measured
        for name, measured in facts.quantities.items()
        if name in quantities and unit_of(era.terms, name) == measured.unit
    }
    whole = era.first == date.min and era.last == date.max
    return replace(facts, quantities=known, judged=None if whole else (era.first, era.last))


def _over_all(eras: Sequence[Era], facts: Facts, payment: Payment) -> Worked:
    """What a payment's rule comes to over its eras: the last in full, of earlier ones what their outcomes add.

    A payment that has ended is in full too where it settles in total; else only its outcomes still count.
    """
    parts: list[Worked] = []
    for era in eras:
        full = era.now or (era is eras[-1] and payment.settles == "in total")
        if full or _has_outcomes(era, facts, payment):
            parts.append(_in_words(era, _part(era, facts, payment, full=full), several=len(eras) > 1))
    if not parts:
        ended = Reason("version", "it has ended, and no outcome is left to pay")
        return Worked(Fraction(0), Fraction(0), None, (ended,))
    hold = next((part.hold for part in parts if part.hold), None)
    quantities = [part.quantity for part in parts if part.quantity is not None]
    quantity = sum(quantities, Fraction(0)) if len(quantities) == len(parts) else None
    earned = Fraction(0) if hold else sum((part.earned for part in parts), Fraction(0))
    return Worked(earned, quantity, hold, tuple(reason for part in parts for reason in part.reasons))


def _has_outcomes(era: Era, facts: Facts, payment: Payment) -> bool:
    rule, known = _rule_in(era, payment), _seen_by(era, facts)
    outcomes = known.outcomes_for(payment.id, in_total=rule.settles == "in total")
    names = [metric.id for metric in _claimed(era.terms, rule, facts)]
    return any(bool((outcomes.only(name) & known.judges(outcomes.day) & ~outcomes.settled).any()) for name in names)


def _rule_in(era: Era, payment: Payment) -> Payment:
    """A payment's rule as an era has it; how it settles is said by the version in force at settlement."""
    return era.terms.the_payment(payment.id).model_copy(update={"settles": payment.settles})


def _part(era: Era, facts: Facts, payment: Payment, *, full: bool) -> Worked:
    """What a payment's rule comes to in one era: in full, or what the outcomes of its days add to none."""
    rule, known = _rule_in(era, payment), _seen_by(era, facts)
    whole = worked_out(era.terms, known, rule)
    if full or whole.hold:
        return whole
    days = known.judges(facts.outcomes.day)
    metric = np.where(days, NO_METRIC, facts.outcomes.metric).astype(np.int32)
    none = worked_out(era.terms, replace(known, outcomes=replace(facts.outcomes, metric=metric)), rule)
    if none.hold:
        said = f"what the outcomes of version {era.versions[-1]} add cannot be told apart: {none.hold}"
        return replace(whole, hold=said)
    quantity = None if whole.quantity is None else whole.quantity - (none.quantity or 0)
    return replace(whole, earned=whole.earned - none.earned, quantity=quantity)


def _in_words(era: Era, part: Worked, *, several: bool) -> Worked:
    """The same, saying first under which version."""
    *others, number = era.versions
    until = f" up to {day(era.last)}" if era.last < date.max else ""
    since = f" from {day(era.first)}" if era.first > date.min else ""
    which = f"what was achieved{since}{until} is judged" if several else f"judged{since}{until}"
    alike = f", for which version {listed([str(each) for each in others])} said the same" if others else ""
    reason = Reason("version", f"{which} under version {number}{alike}")
    return replace(part, reasons=(reason, *part.reasons))


def together(now: Contract, versions: Versions) -> Contract:
    """The terms in force, with the parts that other versions have and they do not: what ended can still be settled."""
    others = [terms for terms in reversed(versions) if terms is not now]
    ended = _missing(now.payments, [terms.payments for terms in others])
    parts: dict[str, Any] = {
        field: (*getattr(now, field), *_missing(getattr(now, field), [getattr(terms, field) for terms in others]))
        for field in ("party", "metric", "tranche")
    }
    for sort in ("quantity", "condition", "amount"):
        parts[sort] = {name: node for terms in [*others[::-1], now] for name, node in getattr(terms, sort).items()}
    parts["cohort"] = _cohorts([now, *others])
    parts["cap"] = tuple(_still_over(cap, ended, others) for cap in now.cap)
    return _with(now, payment=(*now.payment, *ended), **parts)


def _missing(present: Sequence[Any], others: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
    """The parts of other versions whose ids are not there; of each the latest."""
    found: dict[str, Any] = {}
    for part in (part for parts in others for part in parts):
        if all(part.id != each.id for each in present):
            found.setdefault(part.id, part)
    return tuple(found.values())


def _cohorts(versions: Versions) -> tuple[Cohort, ...]:
    """Every cohort, with all the groups that it has or had; a cohort without groups takes any."""
    cohorts: dict[str, Cohort] = {}
    for cohort in (cohort for terms in versions for cohort in terms.cohort):
        first = cohorts.setdefault(cohort.id, cohort)
        groups = tuple(dict.fromkeys([*first.groups, *cohort.groups])) if first.groups and cohort.groups else ()
        cohorts[cohort.id] = first.model_copy(update={"groups": groups})
    return tuple(cohorts.values())


def _still_over(cap: Cap, ended: Sequence[Payment], others: Versions) -> Cap:
    """A cap also covers what it covered before, as long as that is still being settled."""
    if cap.over == "all payments":
        return cap
    before = [each.over for terms in others for each in terms.cap if each.id == cap.id]
    late = [each.id for each in ended if any(over == "all payments" or each.id in over for over in before)]
    return cap.model_copy(update={"over": (*cap.over, *late)}) if late else cap
