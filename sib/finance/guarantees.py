"""finance: guarantees that are called when a deal has ended, and who bears which loss."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sib.finance.position import Ending, Position
from sib.money import exponent, show, split
from sib.terms.finance import Guarantee, Loss

CALLED: Mapping[str, tuple[Ending, ...]] = {
    "at the end or on termination": ("full term", "terminated"),
    "at the end": ("full term",),
    "on termination": ("terminated",),
}
UNPAID = "principal not repaid"
"""The cause of what no guarantee makes good."""


@dataclass(frozen=True, slots=True)
class GuaranteeCall:
    """What a guarantor makes good, in minor units."""

    guarantee: str
    guarantor: str
    tranche: str
    amount: int
    reason: str


@dataclass(frozen=True, slots=True)
class Borne:
    """A loss that a tranche bears, in minor units, by its cause: the id of a loss, or principal not repaid."""

    tranche: str
    cause: str
    amount: int


def calls(position: Position, principal_now: Mapping[str, int]) -> tuple[GuaranteeCall, ...]:
    """Call the guarantees in the order written, each on what is still unpaid; none while the contract runs.

    Raises Held where a guarantee has no value in force.
    """
    unpaid = {name: position.outstanding.get(name, 0) - repaid for name, repaid in principal_now.items()}
    made = []
    for guarantee in position.contract.guarantee:
        if position.ended in CALLED[guarantee.called]:
            call = _call(position, guarantee, unpaid[guarantee.tranche])
            unpaid[guarantee.tranche] -= call.amount
            made.append(call)
    return tuple(made)


def _call(position: Position, guarantee: Guarantee, unpaid: int) -> GuaranteeCall:
    drawn = position.drawn(guarantee.tranche)
    if guarantee.share is not None:
        cover = position.rounded(position.in_force(guarantee.share, "the share guaranteed") * drawn)
    else:
        cover = position.minor(position.in_force(guarantee.amount or (), "the amount guaranteed"))
    amount = min(unpaid, cover)
    if guarantee.takes == "in proportion" and drawn:
        amount = min(amount, split(unpaid, (min(cover, drawn), drawn - min(cover, drawn)))[0])
    currency = position.contract.contract.currency
    reason = (
        f"{show(unpaid, currency)} of {show(drawn, currency)} drawn is not repaid, "
        f"{show(cover, currency)} is covered, {guarantee.takes} ({guarantee.clause})"
    )
    return GuaranteeCall(guarantee.id, guarantee.guarantor, guarantee.tranche, amount, reason)


def unpaid_losses(
    position: Position, principal_now: Mapping[str, int], called: tuple[GuaranteeCall, ...]
) -> Iterator[Borne]:
    """Principal that neither the waterfall nor a guarantor repaid, once the contract has ended."""
    for name, repaid in principal_now.items() if position.ended else ():
        covered = sum(call.amount for call in called if call.tranche == name)
        lost = position.outstanding.get(name, 0) - repaid - covered
        if lost:
            yield Borne(name, UNPAID, lost)


def borne(position: Position, loss: Loss, paid_back: int) -> tuple[Borne, ...]:
    """Who bears a loss; ``paid_back`` is what a receipt below zero asks for. Raises Held where it cannot be known."""
    lost = paid_back if loss.amount is None else _worth(position, loss.amount)
    if lost <= 0:
        return ()
    names = [each.tranche for each in loss.borne_by]
    if all(each.share is not None for each in loss.borne_by):
        parts = split(lost, [each.share or 0 for each in loss.borne_by])
    else:
        parts = _in_order(position, loss, lost)
    return tuple(Borne(name, loss.id, part) for name, part in zip(names, parts, strict=True) if part)


def _in_order(position: Position, loss: Loss, lost: int) -> tuple[int, ...]:
    parts = []
    for each in loss.borne_by:
        most = lost if each.up_to is None else min(lost, max(0, _worth(position, each.up_to)))
        parts.append(most)
        lost -= most
    return tuple(parts)


def _worth(position: Position, amount: object) -> int:
    exact = position.evaluation().amount(amount) * 10 ** exponent(position.contract.contract.currency)
    return position.rounded(exact)
