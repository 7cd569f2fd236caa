"""finance: a receipt run down the contract's waterfall; the parts sum to the receipt to the minor unit."""

from collections.abc import Mapping
from dataclasses import dataclass

from sib.money import show, split
from sib.terms.contract import Contract, WaterfallStep


@dataclass(frozen=True, slots=True)
class TrancheReceipt:
    """What one tranche receives, in minor units: money back, and return on top."""

    tranche: str
    principal: int
    returned: int
    reasons: tuple[str, ...] = ()

    @property
    def amount(self) -> int:
        """Principal and return together."""
        return self.principal + self.returned


@dataclass(frozen=True, slots=True)
class Distribution:
    """One receipt, distributed; ``retained`` is what no step gives to a tranche."""

    receipt: int
    tranches: tuple[TrancheReceipt, ...]
    retained: int


def distribute(contract: Contract, receipt: int, outstanding: Mapping[str, int]) -> Distribution:
    """Run a receipt down the waterfall (pure).

    ``receipt`` and ``outstanding`` (drawn and not yet repaid, by tranche id) are minor units, neither below zero.
    """
    if receipt < 0 or any(amount < 0 for amount in outstanding.values()):
        raise ValueError("a receipt and what is outstanding are never below zero")
    principal = {tranche.id: 0 for tranche in contract.tranche}
    returned = dict(principal)
    reasons: dict[str, list[str]] = {tranche.id: [] for tranche in contract.tranche}
    left = receipt
    for number, step in enumerate(contract.waterfall, 1):
        given = _principal(step, left, outstanding, principal) if step.pays == "principal" else _surplus(step, left)
        for tranche, amount in given.items():
            (principal if step.pays == "principal" else returned)[tranche] += amount
            left -= amount
            if amount:
                said = f"step {number} ({step.clause}): {show(amount, contract.contract.currency)} {step.pays}"
                reasons[tranche].append(said)
    tranches = tuple(TrancheReceipt(name, principal[name], returned[name], tuple(reasons[name])) for name in principal)
    return Distribution(receipt, tranches, left)


def _principal(
    step: WaterfallStep, left: int, outstanding: Mapping[str, int], repaid: Mapping[str, int]
) -> dict[str, int]:
    """Repay what is still out, side by side in proportion to it."""
    due = {share.tranche: outstanding.get(share.tranche, 0) - repaid[share.tranche] for share in step.to}
    whole = sum(due.values())
    if whole <= left:
        return due
    return dict(zip(due, split(left, list(due.values())), strict=True))


def _surplus(step: WaterfallStep, left: int) -> dict[str, int]:
    parts = split(left, [share.share for share in step.to])
    return dict(zip((share.tranche for share in step.to), parts, strict=True))
