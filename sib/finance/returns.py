"""finance: what a tranche or an investor has from dated flows: XIRR, MOIC, DPI, RVPI and TVPI, each said in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from sib.money import decimal_text
from sib.terms.contract import Contract
from sib.xirr import Return, ReturnKind, multiple, xirr

FlowKind = Literal["drawdown", "principal", "return", "retained"]
PAID_IN: FlowKind = "drawdown"
PAID_OUT: tuple[FlowKind, ...] = ("principal", "return")


@dataclass(frozen=True, slots=True)
class TrancheFlow:
    """Money into (drawdown) or out of (principal, return) a tranche on a day, in minor units; reversed below zero."""

    tranche: str
    on: date
    kind: FlowKind
    amount: int

    @property
    def signed(self) -> int:
        """As the investor sees it: below zero where money is paid in; what is retained is nobody's."""
        if self.kind in PAID_OUT:
            return self.amount
        return -self.amount if self.kind == PAID_IN else 0


@dataclass(frozen=True, slots=True)
class Returns:
    """What went in, what came back, what is left; amounts in minor units, ratios exact, None where nothing went in.

    ``residual`` is what a tranche is still worth on the last day: as told, else what is drawn and not yet repaid, at
    its face. DPI is paid out over paid in, RVPI residual over paid in, TVPI their sum. MOIC is all money that came
    back, with the residual, over all money that went out: it is TVPI, but that a payment taken back counts as money
    that goes out.
    """

    paid_in: int
    paid_out: int
    residual: int
    rate: Return
    moic: Fraction | None
    dpi: Fraction | None
    rvpi: Fraction | None
    tvpi: Fraction | None


def returns(flows: Iterable[TrancheFlow], residual: int | None = None, on: date | None = None) -> Returns:
    """The returns of some flows, in any order; ``on`` is the day on which the residual is worth so much.

    Without a day it is that of the last flow. Raises ValueError for a residual below zero.
    """
    mine = [flow for flow in flows if flow.kind in (PAID_IN, *PAID_OUT)]
    paid_in = sum(flow.amount for flow in mine if flow.kind == PAID_IN)
    paid_out = sum(flow.amount for flow in mine if flow.kind in PAID_OUT)
    if residual is None:
        residual = max(0, paid_in - sum(flow.amount for flow in mine if flow.kind == "principal"))
    if residual < 0:
        raise ValueError("nothing is worth less than nought to who can walk away from it")
    dated = [(flow.on, flow.signed) for flow in mine]
    if residual:
        dated.append((on or max((day for day, _ in dated), default=date.max), residual))
    went_out = any(amount < 0 for _, amount in dated)
    return Returns(
        paid_in=paid_in,
        paid_out=paid_out,
        residual=residual,
        rate=xirr(dated),
        moic=multiple(dated) if went_out else None,
        dpi=Fraction(paid_out, paid_in) if paid_in > 0 else None,
        rvpi=Fraction(residual, paid_in) if paid_in > 0 else None,
        tvpi=Fraction(paid_out + residual, paid_in) if paid_in > 0 else None,
    )


def by_tranche(
    contract: Contract, flows: Iterable[TrancheFlow], on: date | None = None, *, ended: bool = False
) -> Mapping[str, Returns]:
    """The returns of every tranche of a contract that has a flow, in the contract's order.

    Once a contract has ended, what is not repaid is lost and worth nothing.
    """
    found = list(flows)
    moved = {flow.tranche for flow in found}
    names = [tranche.id for tranche in contract.tranche if tranche.id in moved]
    return {name: returns([flow for flow in found if flow.tranche == name], 0 if ended else None, on) for name in names}


def by_investor(
    contract: Contract, flows: Iterable[TrancheFlow], on: date | None = None, *, ended: bool = False
) -> Mapping[str, Returns]:
    """The same for every party whose money is in a tranche, over all its tranches."""
    found, owner = list(flows), {tranche.id: tranche.party for tranche in contract.tranche}
    parties = dict.fromkeys(owner[flow.tranche] for flow in found if flow.tranche in owner)
    ordered = [party.id for party in contract.party if party.id in parties]
    return {name: _of_party(found, owner, name, None if not ended else 0, on) for name in ordered}


def _of_party(
    flows: list[TrancheFlow], owner: Mapping[str, str], party: str, residual: int | None, on: date | None
) -> Returns:
    """Each tranche's residual by itself: principal overpaid in one does not write down another."""
    mine = [flow for flow in flows if owner.get(flow.tranche) == party]
    names = dict.fromkeys(flow.tranche for flow in mine)
    if residual is None:
        residual = sum(returns([flow for flow in mine if flow.tranche == name]).residual for name in names)
    return returns(mine, residual, on)


_WHY = {
    ReturnKind.NO_SIGN_CHANGE: "no rate of return: nothing was paid in, so there is nothing to have a return on",
    ReturnKind.TOTAL_LOSS: "-100 % a year: nothing came back",
    ReturnKind.NO_ROOT: "no rate of return: none balances the flows",
    ReturnKind.SAME_DAY: "no rate of return: paid in and paid back on one day",
}


def rate_words(rate: Return) -> str:
    """A rate of return as people say it, or why there is none."""
    if rate.kind is ReturnKind.SOLVED and rate.rate is not None:
        return f"{_per_cent(rate.rate)} a year"
    if rate.kind is ReturnKind.SEVERAL_ROOTS:
        found = " and ".join(_per_cent(root) for root in rate.roots)
        return f"no single rate of return: {found} all balance the flows, money going in again after it came back"
    return _WHY[rate.kind]


def _per_cent(rate: float) -> str:
    return f"{rate * 100:.2f} %"


def returns_words(found: Returns) -> str:
    """One line: the rate, and the multiples to two decimals."""
    said = [rate_words(found.rate)]
    for name in ("moic", "dpi", "rvpi", "tvpi"):
        value: Fraction | None = getattr(found, name)
        if value is not None:
            said.append(f"{name.upper()} {decimal_text(value, 2)}")
    return ", ".join(said)
