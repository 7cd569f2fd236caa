"""dashboards: the cash flow page's tables: tranches and dated flows."""

from dashboards.app_pages.cash_flows.words import KINDS, multiple, rate
from dashboards.markup import Column, Safe, joined, mark, stacked, table
from dashboards.speech import NOTHING, amount, day
from sib.views.cash_flow_page import CashFlowPage, Flow, Tranche


def tranches(page: CashFlowPage) -> Safe:
    """Committed, drawn, repaid, return, multiple and rate of each tranche, and of all together."""
    currency = page.contract.currency
    columns = [
        Column("Tranche"),
        *(
            Column(head, number=True)
            for head in ("Committed", "Drawn", "Repaid", "Return", "Multiple", "Rate of return")
        ),
    ]
    rows = [_tranche(tranche, currency) for tranche in page.tranches]
    whole = page.whole
    committed = sum(tranche.committed_minor for tranche in page.tranches)
    sums = (committed, whole.drawn_minor, whole.repaid_minor, whole.return_minor)
    foot = ["All tranches", *(amount(minor, currency) for minor in sums), multiple(whole), rate(whole)]
    return table(f"Tranches, amounts in {currency}", columns, rows, foot if len(rows) > 1 else ())


def _tranche(tranche: Tranche, currency: str) -> list[str]:
    done = tranche.performance
    invented = joined([mark("illustrative", "invented"), f" {tranche.illustrative}"]) if tranche.illustrative else ""
    sums = (tranche.committed_minor, done.drawn_minor, done.repaid_minor, done.return_minor)
    return [
        stacked(tranche.name, f"{tranche.kind}, from {tranche.party}", invented),
        *(amount(minor, currency) for minor in sums),
        multiple(done),
        rate(done),
    ]


def flows(page: CashFlowPage) -> Safe:
    """Every dated flow and the sum so far."""
    currency = page.contract.currency
    columns = [
        Column("Date"),
        Column("What"),
        Column("Tranche"),
        Column("Statement"),
        Column(f"Amount, {currency}", number=True),
        Column("Cumulative net", number=True),
    ]
    rows = [_flow(flow, currency) for flow in page.flows]
    return table("Every flow, from the investors' side: paid in is negative", columns, rows)


def _flow(flow: Flow, currency: str) -> list[str]:
    return [
        day(flow.flow_on),
        KINDS.get(flow.kind, flow.kind),
        flow.name,
        flow.period or NOTHING,
        amount(flow.amount_minor, currency),
        amount(flow.cumulative_minor, currency),
    ]
