"""payments: what payers owe in their own currency, turned over once for each payer at the agreed rate."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from sib.money import exponent, round_exact, show
from sib.payments.payable import Payables
from sib.terms.base import value_on
from sib.terms.contract import Contract
from sib.terms.words import number


@dataclass(frozen=True, slots=True)
class OwnAmount:
    """What a payer owes in its own currency: minor units, or None where no rate is in force; and why."""

    currency: str
    amount: int | None
    reason: str


def own_amounts(contract: Contract, payables: Payables) -> Mapping[str, OwnAmount]:
    """What each payer with a currency of its own owes in it, by payer: the sum of its parts, rounded once."""
    own = {party.id: party.currency for party in contract.party if party.currency}
    return {
        payer: _own(contract, payables, amount, own[payer] or "")
        for payer, amount in payables.by_payer.items()
        if payer in own and own[payer] != contract.contract.currency
    }


def _own(contract: Contract, payables: Payables, amount: int, currency: str) -> OwnAmount:
    rate = value_on(next(each.rate for each in contract.exchange if each.currency == currency), payables.as_of)
    owed = show(amount, contract.contract.currency)
    if rate is None:
        return OwnAmount(currency, None, f"no rate for {currency} is in force on {payables.as_of.isoformat()}")
    exact = Fraction(amount, 10 ** exponent(contract.contract.currency)) * rate * 10 ** exponent(currency)
    minor = round_exact(exact, contract.contract.rounding)
    return OwnAmount(currency, minor, f"{owed} × {number(rate)} = {show(minor, currency)}")
