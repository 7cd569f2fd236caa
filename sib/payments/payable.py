"""payments: payable outcomes: every payment rule evaluated on the facts, rounded once, capped, split among payers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

from sib.errors import NotValid, Problem
from sib.money import exponent, round_exact, show
from sib.payments.caps import claim_metrics, cut, cut_per_person, paid_under, room
from sib.payments.evaluate import Evaluation, Held, Reason, evaluation
from sib.payments.facts import Facts, Outcomes
from sib.payments.payers import shared
from sib.terms.contract import Cap, Contract, Payment
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
    payables = _capped_together(contract, facts, [_payable(contract, facts, payment) for payment in contract.payments])
    header = contract.contract
    split_up = tuple(_split_up(contract, facts, payable) for payable in payables)
    return Payables(header.id, header.version, header.currency, facts.as_of, split_up)


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
            problems.append(
                Problem(
                    "facts.twice", f"`{name}` is given as a quantity and as outcomes", "give one of the two", place=name
                )
            )
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
    problems += _foreign_groups(contract, facts.outcomes)
    if problems:
        raise NotValid(problems)


def _foreign_groups(contract: Contract, outcomes: Outcomes) -> Iterator[Problem]:
    """A group that a cohort does not have would be counted nowhere, and nobody would see it."""
    groups = {metric.id: contract.the_cohort(metric.cohort).groups for metric in contract.metric}
    for code, metric in enumerate(outcomes.metrics):
        mine = np.bincount(outcomes.group[outcomes.metric == code] + 1, minlength=len(outcomes.groups) + 1)[1:]
        for name in (group for group, rows in zip(outcomes.groups, mine, strict=True) if rows):
            if groups.get(metric) and name not in groups[metric]:
                mend = f"the groups of `{metric}` are: {', '.join(groups[metric])}"
                yield Problem("facts.unknown", f"`{metric}` has no group `{name}`", mend, place=metric)


def _payable(contract: Contract, facts: Facts, payment: Payment) -> PayableOutcome:
    facts = replace(facts, outcomes=facts.outcomes_for(payment.id, in_total=payment.settles == "in total"))
    evaluated = evaluation(contract, facts)
    quantity, hold, earned = None, None, Fraction(0)
    try:
        earned = evaluated.amount(payment.amount)
        quantity = _paid_quantity(replace(evaluated, reasons=[]), payment)
    except Held as held:
        hold = str(held)
    gross = _rounded(evaluated, earned)
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
        quantity=quantity,
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
    return node.of if node.kind in ("price", "table", "marginal bands") else payment.metric


def _paid_quantity(evaluated: Evaluation, payment: Payment) -> Fraction | None:
    try:
        return evaluated.quantity(_paid_for(evaluated.contract, payment))
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


def _capped_together(contract: Contract, facts: Facts, payables: list[PayableOutcome]) -> list[PayableOutcome]:
    """Apply the caps over several payments, in the order they are written."""
    by_id = {payable.payment: payable for payable in payables}
    for cap in contract.cap:
        over = tuple(by_id) if cap.over == "all payments" else cap.over
        for name, amount in _under(contract, facts, cap, {name: by_id[name].amount for name in over}).items():
            payable = by_id[name]
            if amount is None:
                what = f"{cap.name} is a cap for each person, and the claims are given as a total"
                reasons = (*payable.reasons, Reason("hold", f"on hold, nothing is paid: {what}"))
                by_id[name] = replace(payable, gross=0, amount=0, cap_effect=0, hold=what, reasons=reasons)
            elif amount < payable.amount:
                said = f"cut from {_show(contract, payable.amount)} to {_show(contract, amount)} by {cap.name}"
                reasons = (*payable.reasons, Reason("cap", said))
                by_id[name] = replace(payable, amount=amount, cap_effect=amount - payable.gross, reasons=reasons)
    return list(by_id.values())


def _under(contract: Contract, facts: Facts, cap: Cap, amounts: dict[str, int]) -> Mapping[str, int | None]:
    """What each payment may still pay under a cap; None where a cap for each person cannot be judged."""
    names = tuple(amounts)
    if cap.per != "person":
        most = room(contract, facts, cap.amount, paid_under(facts, cap, names))
        return dict(cut(amounts, most, cap.cut))
    judged = [name for name in names if not _given_as_total(contract, facts, name)]
    lost = cut_per_person(contract, facts, cap, tuple(judged))
    return {name: max(0, amounts[name] - lost[name]) if name in lost else None for name in names}


def _given_as_total(contract: Contract, facts: Facts, payment: str) -> bool:
    metrics = claim_metrics(contract, contract.the_payment(payment))
    return any(metric in facts.quantities for metric in metrics)


def _split_up(contract: Contract, facts: Facts, payable: PayableOutcome) -> PayableOutcome:
    payers, reasons = shared(contract, facts, contract.the_payment(payable.payment), payable.amount)
    return replace(payable, payers=payers, reasons=(*payable.reasons, *reasons))


def _show(contract: Contract, minor: int) -> str:
    return show(minor, contract.contract.currency)
