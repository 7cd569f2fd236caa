"""finance: which payer pays what in many scenarios, equal to ``sib.payments.payers`` to the minor unit."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from sib.finance.many_money import Ints, split_many, whole_weights
from sib.money import exponent
from sib.payments.payers import shares_on
from sib.terms.contract import Contract


def payers_many(contract: Contract, days: Sequence[date], paid: Mapping[str, Ints]) -> Mapping[str, Ints]:
    """What each outcome payer pays, a row a period; nothing where a cap on one payer's part hides whose it is."""
    if any(cap.payer is not None for cap in contract.cap):
        return {}
    shape = next(iter(paid.values())).shape
    found: dict[str, Ints] = {}
    for name, rows in paid.items():
        for place, day in enumerate(days):
            before = rows[:place].sum(axis=0)
            for payer, part in _parts(contract, name, day, rows[place], before).items():
                found.setdefault(payer, np.zeros(shape, dtype=np.int64))[place] += part
    return found


def _parts(contract: Contract, name: str, day: date, amount: Ints, before: Ints) -> Mapping[str, Ints]:
    payment = contract.the_payment(name)
    payers = [share.payer for share in payment.shares]
    if len(payers) == 1:
        return {payers[0]: amount}
    if payment.in_order:
        return _in_order(contract, name, amount, before)
    weights = np.array(whole_weights(shares_on(payment, max(day, contract.contract.starts_on))), dtype=np.int64)
    parts = split_many(np.abs(amount), np.broadcast_to(weights[:, None], (len(payers), len(amount))))
    return dict(zip(payers, parts * np.sign(amount), strict=True))


def _in_order(contract: Contract, name: str, amount: Ints, before: Ints) -> Mapping[str, Ints]:
    """Each payer up to its limit over the contract's life; what is paid back beyond all goes to the first."""
    scale = 10 ** exponent(contract.contract.currency)
    after = before + amount
    lower = np.minimum(np.minimum(before, after), 0)
    full, parts = 0, {}
    for share in contract.the_payment(name).payers:
        full += int((share.up_to or 0) * scale)
        last = share.up_to is None
        upper = np.maximum(np.maximum(before, after), lower) if last else np.full_like(before, full)
        parts[share.payer] = np.clip(after, lower, upper) - np.clip(before, lower, upper)
        lower = upper
    return parts
