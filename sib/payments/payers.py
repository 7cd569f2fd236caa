"""payments: who pays which part: payers side by side by share, or one after the other, each up to its limit."""

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from sib.money import exponent, show, split
from sib.payments.evaluation import Reason
from sib.payments.facts import Facts
from sib.terms.contract import Contract, Payment
from sib.terms.sentences import number

if TYPE_CHECKING:
    from sib.payments.payable import PayableOutcome


def shared(contract: Contract, facts: Facts, payable: "PayableOutcome") -> "PayableOutcome":
    """Split a payable outcome among its payers; the parts sum to the amount to the minor unit."""
    payment = contract.the_payment(payable.payment)
    if payment.in_order:
        return _in_order(contract, facts, payment, payable)
    shares = [share.share or Fraction(0) for share in payment.shares]
    parts = split(payable.amount, shares)
    payers = tuple((share.payer, part) for share, part in zip(payment.shares, parts, strict=True))
    if len(shares) == 1:
        return replace(payable, payers=payers)
    whole = sum(shares)
    said = [
        f"{payer} pays {number(share / whole * 100)} %: {show(part, contract.contract.currency)}"
        for (payer, part), share in zip(payers, shares, strict=True)
    ]
    return replace(payable, payers=payers, reasons=(*payable.reasons, *(Reason("share", text) for text in said)))


def _in_order(contract: Contract, facts: Facts, payment: Payment, payable: "PayableOutcome") -> "PayableOutcome":
    """Each payer pays up to its limit over the contract's life; where they stand follows from what was paid before."""
    currency = contract.contract.currency
    scale = 10 ** exponent(currency)
    before = facts.paid_before.get(payment.id, 0)
    after = before + payable.amount
    # whatever is paid back beyond all that was ever paid goes to the first payer
    lower, payers, said = min(before, after, 0), [], []
    paid_up = 0
    for share in payment.payers:
        # the last payer takes whatever is left
        paid_up += int((share.up_to or 0) * scale)
        upper = max(before, after, lower) if share.up_to is None else paid_up
        part = max(min(after, upper), lower) - max(min(before, upper), lower)
        payers.append((share.payer, part))
        limit = "the rest" if share.up_to is None else f"the first {show(int(share.up_to * scale), currency)}"
        said.append(Reason("share", f"{share.payer} pays {limit}: {show(part, currency)}"))
        lower = upper
    return replace(payable, payers=tuple(payers), reasons=(*payable.reasons, *said))
