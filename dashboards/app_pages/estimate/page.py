"""dashboards: the estimate page, in the order in which an evaluator reads it."""

import streamlit as st

from dashboards.app_pages.estimate import charts, tables, words
from dashboards.charts import draw
from dashboards.eyes import choose, current_actor, current_contract
from dashboards.frame import answer, contract_foot, head, invented, kindly, note, show, title
from dashboards.markup import Safe, code, items, joined, mark, tag
from sib.settings import Settings
from sib.views.estimate_page import Estimate, EstimatePage, estimate_page


def main() -> None:
    """Answer, seal, money at stake, balance, overlap, flow of participants, doubt."""
    page = asked()
    title("Estimate of the effect", page.contract.name)
    if page.estimate is None:
        answer("No result has been measured under this contract: it pays on verified claims, or it is too early.")
        note(page.contract.summary)
    else:
        _estimate(page, page.estimate)
    contract_foot(page.contract, page.published)


def asked() -> EstimatePage:
    """The result that the address names, or the latest."""
    settings, actor, contract = Settings(), current_actor(), current_contract()
    latest = estimate_page(settings, actor, contract)
    if len(latest.references) < 2 or latest.estimate is None:
        return latest
    usual = latest.estimate.result.reference
    with st.columns(2)[0]:
        chosen = choose("Result", "result", latest.references, str, usual)
    return latest if chosen == usual else estimate_page(settings, actor, contract, chosen)


def _estimate(page: EstimatePage, estimate: Estimate) -> None:
    # 1. The answer and its doubt
    answer(words.answer(estimate))
    state = mark(estimate.result.state, "good" if estimate.result.signed_by else "fair")
    show(tag("p", state, f" {words.signature(estimate)}", css="sib-note"), invented(page.contract.illustrative))
    if said := words.doubt(estimate):
        st.html(tag("p", said))
    # 2. The seal
    head("What was sealed beforehand")
    show(tag("p", words.sealed(estimate)), items(_hashes(estimate)))
    # 3. Money at stake
    if chart := charts.at_stake(page):
        draw(chart, "at-stake")
    if estimate.comparisons:
        show(tables.comparisons(estimate.comparisons, page.contract.currency, estimate.result.unit))
    # 4. Balance
    if chart := charts.love(estimate.balance):
        draw(chart, "love")
        show(tables.balance(estimate.balance))
    # 5. Overlap
    if chart := charts.overlap(estimate.overlap):
        draw(chart, "overlap")
    # 6. Who is behind it
    if estimate.flow:
        head("From enrolment to analysis")
        show(tables.flow(estimate.flow))
    # 7. What could still speak against it
    if estimate.doubt:
        head("What would have to be true for this to be wrong")
        show(items(estimate.doubt))
    if not (estimate.comparisons or estimate.balance or estimate.flow):
        note("This result came in as a figure; comparisons, balance and flow did not come with it.")


def _hashes(estimate: Estimate) -> list[Safe]:
    result = estimate.result
    pairs = [
        ("Result", result.reference),
        ("Analysis plan, sha256", result.plan_sha256),
        ("Inputs, sha256", result.inputs_sha256),
    ]
    return [joined([f"{label}: ", code(value)]) for label, value in pairs if value]


if __name__ == "__main__":
    kindly(main)
