"""payments: who pays which part: payers side by side by share, or one after the other, each up to its limit."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from sib.money import exponent, show, split
from sib.payments.evaluation import Reason
from sib.payments.facts import Facts
from sib.terms.base import value_on
from sib.terms.contract import Contract
from sib.terms.payment import Cap, Payment
from sib.terms.sentences import number

Parts = tuple[tuple[str, int], ...]
"""Payer and minor units, in the contract's order."""


def shared(contract: Contract, facts: Facts, payment: Payment, amount: int) -> tuple[Parts, tuple[Reason, ...]]:
    """Split an amount (minor units) among a payment's payers; the parts sum to it exactly."""
    if payment.in_order:
        return _in_order(contract, facts, payment, amount)
    shares = shares_on(payment, max(facts.as_of, contract.contract.starts_on))
    parts = split(amount, shares)
    payers = tuple((share.payer, part) for share, part in zip(payment.shares, parts, strict=True))
    if len(shares) == 1:
        return payers, ()
    whole = sum(shares)
    said = [
        f"{payer} pays {number(share / whole * 100)} %: {show(part, contract.contract.currency)}"
        for (payer, part), share in zip(payers, shares, strict=True)
    ]
    return payers, tuple(Reason("share", text) for text in said)


def shares_on(payment: Payment, day: date) -> list[Fraction]:
    """Each payer's share in force on a day; 0 before its first."""
    return [(value_on(share.share, day) if share.share else None) or Fraction(0) for share in payment.shares]


def _in_order(contract: Contract, facts: Facts, payment: Payment, amount: int) -> tuple[Parts, tuple[Reason, ...]]:
    """Each payer pays up to its limit over the contract's life; where they stand follows from what was paid before."""
    currency = contract.contract.currency
    scale = 10 ** exponent(currency)
    before = facts.paid_before.get(payment.id, 0)
    after, full, payers, said = before + amount, 0, [], []
    # what is paid back beyond all that was ever paid goes to the first payer
    lower = min(before, after, 0)
    for share in payment.payers:
        limit = None if share.up_to is None else int(share.up_to * scale)
        full += limit or 0
        # the last payer takes whatever is left
        upper = max(before, after, lower) if limit is None else full
        part = max(min(after, upper), lower) - max(min(before, upper), lower)
        payers.append((share.payer, part))
        what = "the rest" if limit is None else f"the first {show(limit, currency)}"
        said.append(Reason("share", f"{share.payer} pays {what}: {show(part, currency)}"))
        lower = upper
    return tuple(payers), tuple(said)


def payer_before(contract: Contract, facts: Facts, cap: Cap, payment: str) -> int:
    """What one payer paid of a payment before this statement, as far as its cap counts it; minor units."""
    if cap.per == "statement":
        return 0
    known = facts.payers_this_year if cap.per == "year" else facts.payers_before
    if payment in known:
        return known[payment].get(cap.payer or "", 0)
    paid = facts.paid_before.get(payment, 0)
    counted = facts.paid_this_year.get(payment, 0) if cap.per == "year" else paid
    # payers in order: this year's money was paid where the years before had ended
    then = replace(facts, paid_before={payment: paid - counted})
    parts, _ = shared(contract, then, contract.the_payment(payment), counted)
    return dict(parts).get(cap.payer or "", 0)
