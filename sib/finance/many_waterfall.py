"""finance: a receipt run down a simple waterfall in many scenarios at once, equal to ``distribute`` to the minor unit.

Simple is what repays principal and shares what is left, in shares, from a day on, up to so much; interest, coupons,
hurdles, reserves and what reads results go scenario by scenario through ``distribute``.
"""

from collections.abc import Mapping
from datetime import date

import numpy as np

from sib.finance.many_money import Ints, fill_many, split_many, whole_weights
from sib.money import exponent, round_exact
from sib.terms.base import value_on
from sib.terms.conditions import OnOrAfter
from sib.terms.contract import Contract
from sib.terms.finance import WaterfallStep

SIMPLE = ("principal", "surplus", "principal and return", "fee")


def not_simple(contract: Contract) -> tuple[str, ...]:
    """Why a waterfall has to be run scenario by scenario, in words; nothing where it need not."""
    said = []
    for number, step in enumerate(contract.waterfall, 1):
        what = _not_simple(step)
        if what:
            said.append(f"step {number} ({step.clause}): {what}")
    said += [f"`{tranche.id}`: a share of principal" for tranche in contract.tranche if tranche.principal_share]
    said += ["guarantees"] if contract.guarantee else []
    return tuple(said + (["losses"] if contract.loss else []))


def _not_simple(step: WaterfallStep) -> str:
    if step.pays not in SIMPLE:
        return step.pays
    if step.condition is not None and not isinstance(step.condition, OnOrAfter):
        return "a condition"
    if step.pays == "fee" and len(step.to) > 1:
        return "a fee of several"
    asked = {"a hurdle": step.until, "single payments' money": step.from_payments, "before or after the end": step.only}
    asked["shares in place of dues"] = step.split == "by share" and len(step.to) > 1
    return next((words for words, value in asked.items() if value), "")


class ManyWaterfall:
    """One contract's waterfall with what every tranche has drawn, and every step paid, in every scenario."""

    def __init__(self, contract: Contract, scenarios: int) -> None:
        self.contract = contract
        self.size = scenarios
        self.outstanding = {tranche.id: self._nought() for tranche in contract.tranche}
        self.paid: list[Ints] = [self._nought() for _ in contract.waterfall]
        """What each step paid so far; steps of one id count together."""

    def _nought(self) -> Ints:
        return np.zeros(self.size, dtype=np.int64)

    def draw(self, tranche: str, amount: int) -> None:
        """Pay money into a tranche, in every scenario."""
        self.outstanding[tranche] = self.outstanding[tranche] + amount

    def run(self, receipt: Ints, on: date) -> tuple[Mapping[str, Ints], Mapping[str, Ints]]:
        """Run receipts (minor units, one a scenario) down the steps: principal and return by tranche.

        A receipt below zero pays nobody.
        """
        left = np.maximum(receipt, 0)
        principal = {name: self._nought() for name in self.outstanding}
        returned = {name: self._nought() for name in self.outstanding}
        for number, step in enumerate(self.contract.waterfall):
            if isinstance(step.condition, OnOrAfter) and on < step.condition.day:
                continue
            within = np.minimum(left, self._room(number, step, on))
            given = self._given(number, step, within, on)
            for name, amount in given.items():
                back = amount if step.pays == "principal" else np.minimum(amount, self.outstanding[name])
                back = back if step.pays in ("principal", "principal and return") else self._nought()
                self.outstanding[name] = self.outstanding[name] - back
                principal[name] = principal[name] + back
                returned[name] = returned[name] + amount - back
            taken = np.sum(list(given.values()), axis=0, dtype=np.int64)
            self.paid[number] = self.paid[number] + taken
            left = left - taken
        return principal, returned

    def _minor(self, values: tuple[object, ...], on: date) -> int | None:
        value = value_on(values, on)  # type: ignore[arg-type]
        header = self.contract.contract
        return None if value is None else round_exact(value * 10 ** exponent(header.currency), header.rounding)

    def _room(self, number: int, step: WaterfallStep, on: date) -> Ints:
        if step.at_most is None:
            return np.full(self.size, np.iinfo(np.int64).max)
        most = self._minor(step.at_most, on) or 0
        return np.maximum(most - self.paid[number], 0)

    def _given(self, number: int, step: WaterfallStep, within: Ints, on: date) -> Mapping[str, Ints]:
        names = [each.tranche for each in step.to]
        if step.pays == "principal":
            parts = fill_many(within, np.array([self.outstanding[name] for name in names]))
        elif step.pays == "fee":
            whole = self._minor(step.amount or (), on) or 0
            parts = np.minimum(within, np.maximum(whole - self.paid[number], 0))[None, :]
        else:
            weights = np.array(whole_weights([each.share for each in step.to]), dtype=np.int64)
            parts = split_many(within, np.broadcast_to(weights[:, None], (len(names), self.size)))
        return dict(zip(names, parts, strict=True))
