"""views: what an investor reads of a contract: tranches and cash flows, and no amount that tells a small count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import accumulate

from sib.access import Actor, Right, may, require
from sib.settings import Settings
from sib.views.contracts import ContractHeader, Published, header_of, published
from sib.views.lines import lines_of
from sib.views.source import Ask, page_tables, rows_of
from sib.views.withheld import withheld_statements
from sib.xirr import Return, ReturnKind, multiple, xirr

__all__ = ["CashFlowPage", "Flow", "Performance", "Return", "ReturnKind", "Tranche", "cash_flow_page"]

PAID_IN = "drawdown"
PAID_OUT = ("principal", "return")
NOT_INVESTED = ("provider share", "deferred fee", "fee", "reserve", "recycling")
"""Kinds of tranches that receive from the waterfall without being investors' money."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One movement between investors and the contract, from the investors' side: negative where they pay in."""

    flow_on: date
    tranche: str
    name: str
    kind: str
    """drawdown, principal or return."""
    period: str
    """Of the statement whose receipt it comes from; empty for a drawdown."""
    amount_minor: int | None
    """None where it is withheld."""
    cumulative_minor: int | None
    """All flows up to and including this one; None from the first withheld amount on."""


@dataclass(frozen=True, slots=True)
class Performance:
    """What went in and what came back, in minor units; None where an amount in it is withheld."""

    drawn_minor: int
    repaid_minor: int | None
    return_minor: int | None
    multiple: Fraction | None
    """Paid out over paid in; None too where nothing was paid in."""
    rate: Return | None
    """Annual rate of return, or why there is none."""

    @property
    def received_minor(self) -> int | None:
        """Principal and return together."""
        if self.repaid_minor is None or self.return_minor is None:
            return None
        return self.repaid_minor + self.return_minor

    @property
    def net_minor(self) -> int | None:
        """What came back less what went in."""
        return None if self.received_minor is None else self.received_minor - self.drawn_minor


@dataclass(frozen=True, slots=True)
class Tranche:
    """One layer of the investors' money."""

    tranche: str
    name: str
    kind: str
    party: str
    committed_minor: int
    performance: Performance
    illustrative: str
    """What is invented about it; empty where nothing is."""

    @property
    def undrawn_minor(self) -> int:
        """Committed and not yet called; never below nought."""
        return max(0, self.committed_minor - self.performance.drawn_minor)


@dataclass(frozen=True, slots=True)
class CashFlowPage:
    """An investor's view of a contract: no line, no metric, no count."""

    contract: ContractHeader
    tranches: tuple[Tranche, ...]
    """The investors' own."""
    others: tuple[Tranche, ...]
    """Who else receives from the waterfall; in no sum of the investors'."""
    flows: tuple[Flow, ...]
    """The investors' own, oldest first."""
    whole: Performance
    """All the investors' tranches together."""
    withheld: bool
    """Whether any amount is left out because a small count could be worked out from it."""
    published: Published | None

    @property
    def as_of(self) -> date | None:
        """Day of the latest flow."""
        return self.flows[-1].flow_on if self.flows else None


def cash_flow_page(settings: Settings, actor: Actor, contract: str) -> CashFlowPage:
    """Tranches and flows of a contract; raises Refused for those who may not see cash flows, Missing if not published.

    Whoever may not see claims gets no amount from which fewer than ``settings.small_count`` people could be worked out,
    and then no sum, multiple or rate that holds such an amount.
    """
    require(actor, Right.SEE_CASH_FLOWS, contract)
    with page_tables(settings) as ask:
        header = header_of(ask, contract)
        rows = _flows(ask, contract)
        outsider = not may(actor, Right.SEE_CLAIMS, contract)
        hidden = _hidden(ask, header, settings.small_count) if outsider else frozenset[str]()
        periods = {
            one.statement: one.period for one in rows_of(ask, _Period, "statements", {"contract": contract}, "period")
        }
        stored = rows_of(ask, _TrancheRow, "tranches", {"contract": contract}, "committed_minor DESC, tranche")
        # One tranche shown in full would tell, by the difference, what another one received: all are shown or none.
        closed = any(row.statement in hidden for row in rows)
        tranches = tuple(_tranche(row, rows, closed=closed) for row in stored)
        outside = {one.tranche for one in tranches if one.kind in NOT_INVESTED}
        invested = [row for row in rows if row.tranche not in outside]
        return CashFlowPage(
            contract=header,
            tranches=tuple(one for one in tranches if one.tranche not in outside),
            others=tuple(one for one in tranches if one.tranche in outside),
            flows=_with_sums(invested, hidden, periods),
            whole=_performance(invested, closed=closed),
            withheld=closed,
            published=published(ask),
        )


@dataclass(frozen=True, slots=True)
class _FlowRow:
    flow_on: date
    tranche: str
    name: str
    kind: str
    amount_minor: int
    statement: str

    @property
    def signed(self) -> int:
        """The kind says which way; a reversal is stored below nought."""
        return -self.amount_minor if self.kind == PAID_IN else self.amount_minor


@dataclass(frozen=True, slots=True)
class _Period:
    statement: str
    period: str


@dataclass(frozen=True, slots=True)
class _TrancheRow:
    tranche: str
    name: str
    kind: str
    party: str
    committed_minor: int
    illustrative: str


def _flows(ask: Ask, contract: str) -> tuple[_FlowRow, ...]:
    """What went to or came from a tranche; what the vehicle keeps back is nobody's flow."""
    order = "flow_on, (kind <> 'drawdown'), tranche, kind, statement"
    rows = rows_of(ask, _FlowRow, "cash_flows", {"contract": contract}, order)
    return tuple(row for row in rows if row.kind in (PAID_IN, *PAID_OUT))


def _hidden(ask: Ask, header: ContractHeader, limit: int) -> frozenset[str]:
    return withheld_statements(lines_of(ask, header.contract), header.currency, limit)


def _with_sums(rows: Sequence[_FlowRow], hidden: frozenset[str], periods: Mapping[str, str]) -> tuple[Flow, ...]:
    sums = accumulate(row.signed for row in rows)
    first = next((place for place, row in enumerate(rows) if row.statement in hidden), len(rows))
    return tuple(
        Flow(
            flow_on=row.flow_on,
            tranche=row.tranche,
            name=row.name,
            kind=row.kind,
            period=periods.get(row.statement, row.statement),
            amount_minor=None if row.statement in hidden else row.signed,
            cumulative_minor=so_far if place < first else None,
        )
        for place, (row, so_far) in enumerate(zip(rows, sums, strict=True))
    )


def _tranche(row: _TrancheRow, rows: Sequence[_FlowRow], *, closed: bool) -> Tranche:
    mine = [flow for flow in rows if flow.tranche == row.tranche]
    performance = _performance(mine, closed=closed)
    return Tranche(row.tranche, row.name, row.kind, row.party, row.committed_minor, performance, row.illustrative)


def _performance(rows: Sequence[_FlowRow], *, closed: bool) -> Performance:
    drawn, repaid, returned = (
        sum(row.amount_minor for row in rows if row.kind == kind) for kind in (PAID_IN, *PAID_OUT)
    )
    if closed:
        return Performance(drawn, None, None, None, None)
    flows = [(row.flow_on, row.signed) for row in rows]
    paid_in = any(amount < 0 for _, amount in flows)
    return Performance(drawn, repaid, returned, multiple(flows) if paid_in else None, xirr(flows) if flows else None)
