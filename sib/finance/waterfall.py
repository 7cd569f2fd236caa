"""finance: a receipt run down the contract's waterfall; the parts sum to the receipt to the minor unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sib.finance.guarantees import Borne, GuaranteeCall, borne, calls, unpaid_losses
from sib.finance.position import Ending, PastFlow, Position
from sib.finance.steps import FREE, UNKNOWN, Part, Run, take
from sib.money import show, split
from sib.payments.evaluation import Held
from sib.payments.facts import Facts
from sib.terms.contract import Contract


@dataclass(frozen=True, slots=True)
class TrancheReceipt:
    """What one tranche receives, in minor units: money back, and return on top; below zero where it pays."""

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
    """One receipt, distributed; ``retained`` is what no step gives to a tranche.

    Guarantees are money of the guarantors beside the receipt; losses say who bears what, and move no money but where
    the receipt is below zero. ``holds`` says which step could not be judged: what it and those below would have had is
    retained.
    """

    receipt: int
    tranches: tuple[TrancheReceipt, ...]
    retained: int
    parts: tuple[Part, ...] = ()
    guarantees: tuple[GuaranteeCall, ...] = ()
    losses: tuple[Borne, ...] = ()
    holds: tuple[str, ...] = ()


def distribute(
    contract: Contract,
    receipt: int,
    outstanding: Mapping[str, int],
    *,
    as_of: date | None = None,
    flows: Sequence[PastFlow] = (),
    payments: Mapping[str, int] | None = None,
    facts: Facts | None = None,
    ended: Ending | None = None,
) -> Distribution:
    """Run a receipt down the waterfall (pure).

    ``receipt`` and ``outstanding`` (drawn and not yet repaid, by tranche id) are minor units; a receipt below zero is
    money to be paid back. ``flows`` are the tranches' flows before it; ``payments`` is what of the receipt came from
    which payment; ``facts`` are the results that conditions, coupons and tables read, on the day ``as_of``.
    """
    if any(amount < 0 for amount in outstanding.values()):
        raise ValueError("what is outstanding is never below zero")
    if payments is not None and sum(payments.values()) != receipt:
        raise ValueError("the payments do not make up the receipt")
    day = as_of or (facts.as_of if facts else None)
    if any(flow.on > day for flow in flows if day is not None):
        raise ValueError("a flow after the day of the receipt cannot have been before it")
    position = Position(contract, outstanding, day, tuple(flows), payments, facts, ended)
    names = [tranche.id for tranche in contract.tranche]
    pools = _pools(position, receipt)
    run = Run(position, pools, dict.fromkeys(names, 0), dict.fromkeys(names, 0), {name: [] for name in names})
    holds = [*_down(run)]
    losses = _losses(run, receipt, holds)
    called: tuple[GuaranteeCall, ...] = ()
    try:
        called = calls(position, run.principal)
        losses += unpaid_losses(position, run.principal, called)
    except Held as held:
        holds.append(f"guarantees: {held}")
    tranches = tuple(
        TrancheReceipt(name, run.principal[name], run.returned[name], tuple(run.reasons[name])) for name in names
    )
    retained = receipt - sum(each.amount for each in tranches)
    return Distribution(receipt, tranches, retained, tuple(run.parts), called, tuple(losses), tuple(holds))


def _pools(position: Position, receipt: int) -> dict[str, int]:
    """What of the receipt each payment brought; what is paid back under one is taken from the others in proportion."""
    if receipt <= 0:
        return {FREE: 0}
    brought = position.payments
    if brought is None:
        names = [payment.id for payment in position.contract.payments]
        return {names[0] if len(names) == 1 else UNKNOWN: receipt}
    gains = {name: amount for name, amount in brought.items() if amount > 0}
    return dict(zip(gains, split(receipt, list(gains.values())), strict=True))


def _down(run: Run) -> list[str]:
    """Take the steps in order; one that cannot be judged stops the run, so that nobody is paid before it."""
    for number, step in enumerate(run.position.contract.waterfall, 1):
        try:
            take(run, number, step)
        except Held as held:
            return [f"step {number} ({step.clause}): {held}"]
    return []


def _losses(run: Run, receipt: int, holds: list[str]) -> list[Borne]:
    """Who bears which loss; what is to be paid back is paid by those who bear it."""
    found: list[Borne] = []
    for loss in run.position.contract.loss:
        try:
            parts = borne(run.position, loss, -receipt)
        except Held as held:
            holds.append(f"loss {loss.id} ({loss.clause}): {held}")
            continue
        found += parts
        for part in parts if loss.amount is None else ():
            run.returned[part.tranche] -= part.amount
            run.parts.append(Part(loss.id, part.tranche, "return", -part.amount))
            said = show(part.amount, run.position.contract.contract.currency)
            run.reasons[part.tranche].append(f"{loss.name} ({loss.clause}): {said} to be paid back")
    return found
