"""dashboards: the cash flow page, in the order in which an investor reads it."""

from dashboards.app_pages.cash_flows import tables, words
from dashboards.app_pages.cash_flows.charts import j_curve
from dashboards.charts import draw
from dashboards.eyes import current_actor, current_contract
from dashboards.frame import answer, contract_foot, facts, head, invented, kindly, note, show, title
from dashboards.markup import items, joined, tag
from dashboards.speech import day, money
from sib.settings import Settings
from sib.views.cash_flow_page import CashFlowPage, cash_flow_page


def main() -> None:
    """Answer, key figures, curve, tranches, flows, what the words mean."""
    page = cash_flow_page(Settings(), current_actor(), current_contract())
    # 1. The answer
    title("Cash flows of the investors", page.contract.name)
    answer(words.answer(page))
    if page.withheld:
        note(words.WITHHELD_NOTE)
    show(invented(page.contract.illustrative))
    # 2. Key figures
    if page.tranches:
        facts(_figures(page))
    # 3. The curve
    if chart := j_curve(page):
        draw(chart, "j-curve")
    # 4. Tranches
    if page.tranches:
        head("Tranche by tranche")
        show(tables.tranches(page))
        if said := words.others(page):
            note(said)
    # 5. Flows
    if page.flows:
        head("Every dated flow")
        show(tables.flows(page))
    # 6. What the words mean
    head("What the words mean")
    show(items(joined([tag("b", word), f": {meaning}"]) for word, meaning in words.DEFINITIONS))
    contract_foot(page.contract, page.published)


def _figures(page: CashFlowPage) -> list[tuple[str, str, str]]:
    currency, whole = page.contract.currency, page.whole
    undrawn = sum(tranche.undrawn_minor for tranche in page.tranches)
    return [
        ("Paid in", money(whole.drawn_minor, currency), f"{money(undrawn, currency)} committed and not drawn"),
        ("Received", money(whole.received_minor, currency), f"by {day(page.as_of)}"),
        ("Net", money(whole.net_minor, currency), "received less paid in"),
        ("Multiple", words.multiple(whole), "of the money paid in"),
        ("Rate of return", words.rate(whole), "a year, IRR"),
    ]


if __name__ == "__main__":
    kindly(main)
