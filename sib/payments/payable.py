"""payments: payable outcomes: every payment rule evaluated on the facts, rounded once, capped, split among payers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from sib.errors import NotValid, Problem
from sib.money import Rounding, decimal_text, exponent, round_exact, show
from sib.payments.caps import BOUNDLESS, Judged, claim_names, cut, cut_per_person, paid_under, room
from sib.payments.evaluate import Evaluation, Held, Reason, evaluation
from sib.payments.facts import Facts, Outcomes, is_count
from sib.payments.payers import payer_before, shared
from sib.terms.contract import Contract
from sib.terms.payment import Cap, Payment
from sib.terms.walk import named, unit_of


@dataclass(frozen=True, slots=True)
class PayableOutcome:
    """What one payment rule owes; amounts in minor units, ``amount`` = ``gross`` + ``cap_effect``."""

    payment: str
    metric: str
    clause: str
    quantity: Fraction | None
    unit: str
    gross: int
    cap_effect: int
    amount: int
    payers: tuple[tuple[str, int], ...]
    payee: str
    reasons: tuple[Reason, ...]
    hold: str | None = None


@dataclass(frozen=True, slots=True)
class Payables:
    """What a contract owes on one set of facts."""

    contract: str
    version: int
    currency: str
    as_of: date
    payables: tuple[PayableOutcome, ...]

    @property
    def total(self) -> int:
        """The sum of all payments, in minor units."""
        return sum(payable.amount for payable in self.payables)

    @property
    def holds(self) -> tuple[tuple[str, str], ...]:
        """The payments on hold, each with its reason."""
        return tuple((payable.payment, payable.hold) for payable in self.payables if payable.hold)

    @property
    def by_payer(self) -> Mapping[str, int]:
        """What each payer owes, in minor units."""
        owed: dict[str, int] = {}
        for payable in self.payables:
            for payer, amount in payable.payers:
                owed[payer] = owed.get(payer, 0) + amount
        return owed


def payable_outcomes(contract: Contract, facts: Facts) -> Payables:
    """Evaluate every payment rule of a contract on the facts (pure: no clock, no chance, no I/O).

    Raises NotValid when the facts name what the contract does not know, or carry another unit.
    """
    refuse_foreign(contract, facts)
    return settled_up(contract, facts, {each.id: worked_out(contract, facts, each) for each in contract.payments})


@dataclass(frozen=True, slots=True)
class Worked:
    """What a payment's rule comes to: exact, in major units, before rounding, caps and payers; or why it is on hold."""

    earned: Fraction
    quantity: Fraction | None
    hold: str | None
    reasons: tuple[Reason, ...]


def worked_out(contract: Contract, facts: Facts, payment: Payment) -> Worked:
    """Evaluate one payment's rule."""
    evaluated = evaluation(contract, facts.seen_by(payment.id, in_total=payment.settles == "in total"))
    try:
        earned = evaluated.amount(payment.amount)
        quantity = _paid_quantity(replace(evaluated, reasons=[]), payment)
    except Held as held:
        return Worked(Fraction(0), None, str(held), tuple(evaluated.reasons))
    return Worked(earned, quantity, None, tuple(evaluated.reasons))


def settled_up(
    contract: Contract, facts: Facts, worked: Mapping[str, Worked], judged: Judged = MappingProxyType({})
) -> Payables:
    """Round what every payment's rule comes to, cap it and split it among payers; ``judged`` as in ``caps``."""
    limits = {cap.id: _limit(contract, facts, cap) for cap in contract.cap if cap.rule is not None}
    worked = _held_together(contract, facts, _held_by_caps(contract, facts, worked, limits))
    payables = [_payable(contract, facts, payment, worked[payment.id]) for payment in contract.payments]
    header = contract.contract
    capped = _capped_together(contract, facts, payables, limits, judged)
    owed = _payers_capped(contract, facts, [_split_up(contract, facts, each) for each in capped], limits)
    return Payables(header.id, header.version, header.currency, facts.as_of, owed)


def refuse_foreign(contract: Contract, facts: Facts) -> None:
    """Refuse facts that the contract cannot read: names it does not know, units that differ."""
    quantities = named(contract, "quantity")
    known = {
        "payment": {p.id for p in contract.payments},
        "tranche": {t.id for t in contract.tranche},
        "quantity": set(quantities),
    }
    paid = {**facts.paid_before, **facts.paid_this_year}
    given: dict[str, Mapping[str, Any]] = {"payment": paid, "tranche": facts.drawn, "quantity": facts.quantities}
    problems = [
        Problem(
            "facts.unknown",
            f"the contract has no {sort} `{name}`",
            f"it has: {', '.join(sorted(known[sort]))}",
            place=name,
        )
        for sort, names in given.items()
        for name in names
        if name not in known[sort]
    ]
    claimed = {metric.id for metric in contract.metric if metric.counted_from == "claims"}
    for name in facts.outcomes.metrics:
        if name not in claimed:
            mend = f"outcomes are counted for: {', '.join(sorted(claimed)) or '(none)'}"
            problems.append(Problem("facts.unknown", f"no metric `{name}` is counted from claims", mend, place=name))
        elif name in facts.quantities:
            what = f"`{name}` is given as a quantity and as outcomes"
            problems.append(Problem("facts.twice", what, "give one of the two", place=name))
    for name, measured in facts.quantities.items():
        unit = unit_of(contract, name) if name in quantities else measured.unit
        if unit != measured.unit:
            problems.append(
                Problem(
                    "facts.unit",
                    f"`{name}` comes in another unit",
                    f"measure it in {unit}",
                    measured.unit,
                    unit,
                    place=name,
                )
            )
        if name in claimed and not is_count(contract.the_metric(name), measured.value):
            what = f"`{name}` is counted from claims, and {decimal_text(measured.value)} is no count"
            problems.append(Problem("facts.count", what, "give a whole number, 0 or more", place=name))
    problems += _foreign_groups(contract, facts.outcomes)
    problems += _foreign_payers(contract, facts)
    for code in np.unique(facts.outcomes.metric[facts.outcomes.day > facts.as_of.toordinal()]).tolist():
        name = facts.outcomes.metrics[code]
        what = f"outcomes of `{name}` are achieved after the day of reckoning, {facts.as_of}"
        problems.append(Problem("facts.future", what, "leave them out, or settle at a later day", place=name))
    if problems:
        raise NotValid(problems)


def _foreign_groups(contract: Contract, outcomes: Outcomes) -> Iterator[Problem]:
    """A group that a cohort does not have would be counted nowhere, and nobody would see it."""
    groups = {metric.id: contract.the_cohort(metric.cohort).groups for metric in contract.metric}
    for metric in outcomes.metrics if outcomes.groups else ():
        mine = np.bincount(outcomes.group[outcomes.rows_of(metric)] + 1, minlength=len(outcomes.groups) + 1)[1:]
        for name in (group for group, rows in zip(outcomes.groups, mine, strict=True) if rows):
            if groups.get(metric) and name not in groups[metric]:
                mend = f"the groups of `{metric}` are: {', '.join(groups[metric])}"
                yield Problem("facts.unknown", f"`{metric}` has no group `{name}`", mend, place=metric)


Limits = Mapping[str, int | str]
"""By cap, what its rule gives in minor units, or why it cannot be worked out."""


def _held_by_caps(contract: Contract, facts: Facts, worked: Mapping[str, Worked], limits: Limits) -> dict[str, Worked]:
    """A cap that cannot be judged holds the payments it covers."""
    together = dict(worked)
    for cap in contract.cap:
        why = limits.get(cap.id)
        for name in _covered(contract, cap):
            if cap.per == "person" and _given_as_total(contract, facts, name):
                unknown = f"{cap.name} is a cap for each person, and the claims are given as a total"
                together[name] = _on_hold(together[name], unknown)
            elif isinstance(why, str):
                together[name] = _on_hold(together[name], why)
    return together


def _on_hold(worked: Worked, why: str) -> Worked:
    return worked if worked.hold else replace(worked, earned=Fraction(0), hold=why)


def _held_together(contract: Contract, facts: Facts, worked: Mapping[str, Worked]) -> Mapping[str, Worked]:
    """What is on hold, for whatever reason, holds the payments that are held with it, and those theirs."""
    held = {payment.id for payment in contract.payments if _waits(contract, facts, payment, worked[payment.id])}
    together = dict(worked)
    for _ in contract.payments:
        for payment in contract.payments:
            with_ = [name for name in payment.held_with if name in held]
            if with_ and payment.id not in held:
                held.add(payment.id)
                why = f"it is held with {contract.title(contract.the_payment(with_[0]))}, which is on hold"
                together[payment.id] = _on_hold(worked[payment.id], why)
    return together


def _waits(contract: Contract, facts: Facts, payment: Payment, worked: Worked) -> bool:
    """Whether a payment is on hold by itself: its rule says so, or it is below zero and nothing is taken back."""
    if worked.hold or payment.both_ways:
        return bool(worked.hold)
    before = facts.paid_before.get(payment.id, 0) if payment.settles == "in total" else 0
    return round_exact(worked.earned * _scale(contract), contract.contract.rounding) < before


def _foreign_payers(contract: Contract, facts: Facts) -> Iterator[Problem]:
    """What each payer paid before is told of payments and payers that there are, and adds up."""
    for name, by in {**facts.payers_before, **facts.payers_this_year}.items():
        if name not in {payment.id for payment in contract.payments}:
            yield Problem("facts.unknown", f"the contract has no payment `{name}`", "name one it has", place=name)
            continue
        payers = [share.payer for share in contract.the_payment(name).shares]
        for payer in sorted(set(by) - set(payers)):
            mend = f"it is paid by: {', '.join(payers)}"
            yield Problem("facts.unknown", f"`{payer}` does not pay `{name}`", mend, place=name)
    for name, by in facts.payers_before.items():
        if sum(by.values()) != facts.paid_before.get(name, 0):
            mend = "mend paid_before or what its payers paid"
            yield Problem("facts.sum", f"what payers paid of `{name}` is not what was paid before", mend, place=name)


def _payable(contract: Contract, facts: Facts, payment: Payment, worked: Worked) -> PayableOutcome:
    evaluated, hold = replace(evaluation(contract, facts), reasons=list(worked.reasons)), worked.hold
    gross = _rounded(evaluated, worked.earned)
    if payment.settles == "in total" and hold is None:
        before = facts.paid_before.get(payment.id, 0)
        evaluated.because("in total", f"{_show(contract, gross)} so far less {_show(contract, before)} paid before")
        gross -= before
    if gross < 0 and not payment.both_ways:
        hold = f"the rule gives {_show(contract, gross)}; nothing is taken back here, so it waits for a person"
        gross = 0
    if hold:
        evaluated.because("hold", f"on hold, nothing is paid: {hold}")
    amount = min(gross, room(contract, facts, payment.cap, facts.paid_before.get(payment.id, 0)))
    if amount < gross:
        evaluated.because("cap", f"cut from {_show(contract, gross)} to {_show(contract, amount)} by the payment's cap")
    unit = unit_of(contract, _paid_for(contract, payment)) or ""
    return PayableOutcome(
        payment=payment.id,
        metric=payment.metric,
        clause=payment.clause,
        quantity=worked.quantity,
        unit=unit,
        gross=gross,
        cap_effect=amount - gross,
        amount=amount,
        payers=(),
        payee=payment.payee,
        reasons=tuple(evaluated.reasons),
        hold=hold,
    )


def _paid_for(contract: Contract, payment: Payment) -> Any:
    """The quantity a statement shows for a payment: what its price or table reads, else its metric."""
    node = payment.amount
    while isinstance(node, str):
        node = contract.amount[node]
    return node.of if node.kind in ("price", "table", "marginal bands", "money of") else payment.metric


def _paid_quantity(evaluated: Evaluation, payment: Payment) -> Fraction | None:
    paid_for = _paid_for(evaluated.contract, payment)
    try:
        return None if paid_for == "none" else evaluated.quantity(paid_for)
    except Held:
        return None


def _rounded(evaluation: Evaluation, earned: Fraction) -> int:
    """Round a payment to the minor unit, once."""
    header = evaluation.contract.contract
    exact = earned * 10 ** exponent(header.currency)
    minor = round_exact(exact, header.rounding)
    if minor != exact:
        evaluation.because(
            "rounding", f"{evaluation.money(earned)} rounded {header.rounding} to {_show(evaluation.contract, minor)}"
        )
    return minor


def _capped_together(
    contract: Contract, facts: Facts, payables: list[PayableOutcome], limits: Limits, judged: Judged
) -> list[PayableOutcome]:
    """Apply the caps over several payments, in the order they are written."""
    by_id = {payable.payment: payable for payable in payables}
    for cap in (cap for cap in contract.cap if cap.payer is None):
        over = {name: by_id[name] for name in _covered(contract, cap)}
        for name, amount in _under(contract, facts, cap, over, limits, judged).items():
            payable = by_id[name]
            if amount < payable.amount:
                said = f"cut from {_show(contract, payable.amount)} to {_show(contract, amount)} by {cap.name}"
                reasons = (*payable.reasons, Reason("cap", said))
                by_id[name] = replace(payable, amount=amount, cap_effect=amount - payable.gross, reasons=reasons)
    return list(by_id.values())


def _covered(contract: Contract, cap: Cap) -> tuple[str, ...]:
    """The payments that a cap covers, in its order."""
    return tuple(payment.id for payment in contract.payments) if cap.over == "all payments" else cap.over


def _under(
    contract: Contract,
    facts: Facts,
    cap: Cap,
    over: Mapping[str, PayableOutcome],
    limits: Limits,
    judged: Judged,
) -> Mapping[str, int]:
    """What each payment may still pay under a cap."""
    names, amounts = tuple(over), {name: payable.amount for name, payable in over.items()}
    if cap.per != "person":
        return cut(amounts, _most(contract, facts, cap, paid_under(facts, cap, names), limits), cap.cut)
    known = tuple(name for name in names if not _given_as_total(contract, facts, name))
    waiting = frozenset(name for name in known if over[name].hold)
    lost = cut_per_person(contract, facts, cap, known, judged, waiting)
    return {name: max(0, amounts[name] - lost[name]) for name in known}


def _limit(contract: Contract, facts: Facts, cap: Cap) -> int | str:
    """What a cap's rule gives, cut down to the minor unit, never up; or why it cannot be worked out."""
    if cap.per == "contract":
        facts = facts.seen_by("", in_total=True)
    try:
        exact = evaluation(contract, facts).amount(cap.rule)
    except Held as held:
        return f"{cap.name} cannot be worked out: {held}"
    return round_exact(exact * _scale(contract), Rounding.FLOOR)


def _most(contract: Contract, facts: Facts, cap: Cap, before: int, limits: Limits) -> int:
    """How much may still be paid under a cap; what it covers waits anyway where its rule cannot be worked out."""
    limit = limits.get(cap.id)
    if limit is None:
        return room(contract, facts, cap.amount, before)
    return BOUNDLESS if isinstance(limit, str) else max(0, limit - before)


def _given_as_total(contract: Contract, facts: Facts, payment: str) -> bool:
    return any(name in facts.quantities for name in claim_names(contract, contract.the_payment(payment)))


def _split_up(contract: Contract, facts: Facts, payable: PayableOutcome) -> PayableOutcome:
    payers, reasons = shared(contract, facts, contract.the_payment(payable.payment), payable.amount)
    return replace(payable, payers=payers, reasons=(*payable.reasons, *reasons))


def _payers_capped(
    contract: Contract, facts: Facts, payables: list[PayableOutcome], limits: Limits
) -> tuple[PayableOutcome, ...]:
    """Apply the caps on what one payer pays; what is cut from its parts is paid by nobody."""
    by_id = {payable.payment: payable for payable in payables}
    for cap in contract.cap:
        if cap.payer is None:
            continue
        over = _covered(contract, cap)
        parts = {name: dict(by_id[name].payers).get(cap.payer, 0) for name in over}
        before = sum(payer_before(contract, facts, cap, name) for name in over)
        most = _most(contract, facts, cap, before, limits)
        for name, part in cut(parts, most, cap.cut).items():
            if part < parts[name]:
                by_id[name] = _less(contract, by_id[name], cap, parts[name], part)
    return tuple(by_id.values())


def _less(contract: Contract, payable: PayableOutcome, cap: Cap, before: int, after: int) -> PayableOutcome:
    amount = payable.amount - before + after
    payers = tuple((payer, after if payer == cap.payer else part) for payer, part in payable.payers)
    said = f"what {cap.payer} pays is cut from {_show(contract, before)} to {_show(contract, after)} by {cap.name}"
    reasons = (*payable.reasons, Reason("cap", said))
    return replace(payable, amount=amount, cap_effect=amount - payable.gross, payers=payers, reasons=reasons)


def _scale(contract: Contract) -> int:
    """Minor units in one of the contract's currency."""
    return int(10 ** exponent(contract.contract.currency))


def _show(contract: Contract, minor: int) -> str:
    return show(minor, contract.contract.currency)
