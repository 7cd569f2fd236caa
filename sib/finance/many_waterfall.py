"""finance: a receipt run down a simple waterfall in many scenarios at once, equal to ``distribute`` to the minor unit.

Simple is what repays principal and shares what is left, in shares, from a day on, up to so much; interest, coupons,
hurdles, reserves and what reads results go scenario by scenario through ``distribute``.
"""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

import numpy as np

from sib.finance.many_money import Ints, fill_many, split_many, whole_weights
from sib.money import exponent, round_exact
from sib.terms.base import DatedNumber, value_on
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
    asked: dict[str, object] = {
        "a hurdle": step.until,
        "single payments' money": step.from_payments,
        "before or after the end": step.only,
    }
    asked["shares in place of dues"] = step.split == "by share" and len(step.to) > 1
    return next((words for words, value in asked.items() if value), "")


class ManyWaterfall:
    """One contract's waterfall with what every tranche has drawn, and every step paid, in every scenario."""

    def __init__(self, contract: Contract, scenarios: int) -> None:
        self.contract = contract
        self.size = scenarios
        self.outstanding = {tranche.id: self._nought() for tranche in contract.tranche}
        self.paid: dict[tuple[str | None, str, str], Ints] = {}
        """What was paid so far by step's id, tranche and kind; what names no step counts for each."""

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
        now: dict[tuple[str | None, str, str], Ints] = {}
        for step in self.contract.waterfall:
            if isinstance(step.condition, OnOrAfter) and on < step.condition.day:
                continue
            given = self._given(step, np.minimum(left, self._room(step, on)), on)
            for name, amount in given.items():
                back = self._principal(step, name, amount)
                self.outstanding[name] = self.outstanding[name] - back
                for kind, part in (("principal", back), ("return", amount - back)):
                    now[step.id, name, kind] = now.get((step.id, name, kind), 0) + part
            left = left - np.sum(list(given.values()), axis=0, dtype=np.int64)
        for key, part in now.items():
            self.paid[key] = self.paid.get(key, 0) + part
        return self._by_tranche(now, "principal"), self._by_tranche(now, "return")

    def _by_tranche(self, now: Mapping[tuple[str | None, str, str], Ints], kind: str) -> Mapping[str, Ints]:
        found = {name: self._nought() for name in self.outstanding}
        for (_, name, of), part in now.items():
            found[name] = found[name] + part if of == kind else found[name]
        return found

    def _principal(self, step: WaterfallStep, name: str, amount: Ints) -> Ints:
        """How much of what a tranche has repays principal."""
        if step.pays not in ("principal", "principal and return"):
            return self._nought()
        return np.minimum(amount, self.outstanding[name])

    def _minor(self, values: tuple[DatedNumber, ...], on: date) -> int:
        """An amount in force in minor units; none in force is nothing, for a deal on hold pays nobody."""
        header = self.contract.contract
        value = value_on(values, on) or Fraction(0)
        return round_exact(value * 10 ** exponent(header.currency), header.rounding)

    def _before(self, step: WaterfallStep, name: str, kind: str) -> Ints:
        """What a tranche had under a step before, with what names no step."""
        return sum((self.paid.get((key, name, kind), self._nought()) for key in {None, step.id}), self._nought())

    def _room(self, step: WaterfallStep, on: date) -> Ints:
        if step.at_most is None:
            return np.full(self.size, np.iinfo(np.int64).max)
        kinds = {"principal": ("principal",), "principal and return": ("principal", "return")}
        before = self._nought()
        for each in step.to:
            for kind in kinds.get(step.pays, ("return",)):
                before = before + self._before(step, each.tranche, kind)
        return np.maximum(self._minor(step.at_most, on) - before, 0)

    def _given(self, step: WaterfallStep, within: Ints, on: date) -> Mapping[str, Ints]:
        names = [each.tranche for each in step.to]
        if step.pays == "principal":
            parts = fill_many(within, np.array([self.outstanding[name] for name in names]))
        elif step.pays == "fee":
            due = self._minor(step.amount or (), on) - self._before(step, names[0], "return")
            parts = np.minimum(within, np.maximum(due, 0))[None, :]
        else:
            weights = np.array(whole_weights([each.share for each in step.to]), dtype=np.int64)
            parts = split_many(within, np.broadcast_to(weights[:, None], (len(names), self.size)))
        return dict(zip(names, parts, strict=True))
