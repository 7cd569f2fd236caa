"""dashboards: the cash flow page's sentences: what went in, what came back, and what the figures mean."""

from dashboards.markup import Safe, joined, tag
from dashboards.speech import NOTHING, WITHHELD, day, listed, money, percent
from sib.views.cash_flow_page import CashFlowPage, Performance, ReturnKind

WITHHELD_NOTE = (
    "Some amounts are withheld: from them, or from sums that hold them, it could be worked out how few people "
    "a payment was made for."
)
DEFINITIONS = (
    ("Multiple", "everything paid back to investors, principal and return, divided by everything they paid in (MOIC)."),
    ("Rate of return", "the yearly rate at which the dated flows below balance, over actual days / 365 (IRR)."),
    (
        "Which flows",
        "those between the investors and the contract; what the contract paid its service provider is not in them.",
    ),
    (
        "Principal and return",
        "a receipt first repays what was drawn, then what is left is return, as the contract's waterfall says.",
    ),
)
KINDS = {"drawdown": "Paid in", "principal": "Principal repaid", "return": "Return"}
_WHY_NO_RATE = {
    ReturnKind.NO_SIGN_CHANGE: "nothing was paid in",
    ReturnKind.SEVERAL_ROOTS: "several rates balance the flows",
    ReturnKind.NO_ROOT: "no rate balances the flows",
    ReturnKind.SAME_DAY: "all on one day",
}


def answer(page: CashFlowPage) -> Safe:
    """“Investors paid in **…** and have received **…** by …: 1.12 times their money, 3.1 % a year.”."""
    currency, whole = page.contract.currency, page.whole
    if not page.flows:
        return Safe("No money has moved between the investors and this contract yet.")
    paid_in = joined(["Investors paid in ", tag("strong", money(whole.drawn_minor, currency))])
    if whole.received_minor is None:
        return joined([paid_in, f" by {day(page.as_of)}; what they received in all is withheld."])
    if not whole.received_minor:
        return joined([paid_in, f" by {day(page.as_of)} and have received nothing back yet."])
    back = joined([" and received ", tag("strong", money(whole.received_minor, currency)), f" by {day(page.as_of)}"])
    said = [
        f"{multiple(whole)} their money" if whole.multiple is not None else "",
        f"{rate(whole)} a year" if has_rate(whole) else "",
    ]
    told = ", ".join(part for part in said if part)
    return joined([paid_in, back, f": {told}." if told else "."])


def multiple(performance: Performance) -> str:
    """``1.12 times``."""
    if performance.received_minor is None:
        return WITHHELD
    return NOTHING if performance.multiple is None else f"{float(performance.multiple):.2f} times"


def has_rate(performance: Performance) -> bool:
    """Whether a single rate can be told: not before anything came back."""
    return bool(performance.received_minor) and performance.rate is not None and performance.rate.rate is not None


def rate(performance: Performance) -> str:
    """``3.1 %``, or why there is no rate."""
    if performance.received_minor is None:
        return WITHHELD
    if not performance.drawn_minor or performance.rate is None:
        return NOTHING
    if not performance.received_minor:
        return "nothing back yet"
    if performance.rate.rate is None:
        return _WHY_NO_RATE.get(performance.rate.kind, performance.rate.kind.value)
    return percent(performance.rate.rate, 1)


def others(page: CashFlowPage) -> str:
    """Who else received; empty where nobody did."""
    currency = page.contract.currency
    told = [f"{one.name} {money(one.performance.received_minor, currency)}" for one in page.others]
    return f"Not investors' money, and in none of these sums: {listed(told)}." if told else ""


def finding(page: CashFlowPage) -> str:
    """What the curve shows."""
    net, currency = page.whole.net_minor, page.contract.currency
    if net is None:
        return "Cumulative net cash, as far as it may be shown"
    if net >= 0:
        back = next(flow.flow_on for flow in page.flows[_lowest(page) :] if (flow.cumulative_minor or 0) >= 0)
        return f"Investors had their money back on {day(back)} and are {money(net, currency)} ahead"
    return f"Investors are still {money(-net, currency)} short of their money on {day(page.as_of)}"


def _lowest(page: CashFlowPage) -> int:
    sums = [flow.cumulative_minor or 0 for flow in page.flows]
    return sums.index(min(sums))
