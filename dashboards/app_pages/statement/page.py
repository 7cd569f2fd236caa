"""dashboards: the statement page, in the order in which a commissioner reads it."""

import streamlit as st

from dashboards.app_pages.statement import tables, words
from dashboards.app_pages.statement.charts import by_statement
from dashboards.charts import draw
from dashboards.eyes import choose, current_actor, current_contract
from dashboards.frame import answer, contract_foot, head, invented, kindly, note, show, title
from dashboards.markup import code, mark, tag
from sib.settings import Settings
from sib.views.statement_page import Statement, StatementPage, statement_page


def main() -> None:
    """Answer, lines, why, cap, statements, how it was checked."""
    page = asked()
    title("Statement of what is owed", page.contract.name)
    if page.statement is None:
        answer("No statement has been drafted under this contract yet.")
        note(page.contract.summary)
    else:
        _statement(page, page.statement)
    _checked(page)
    contract_foot(page.contract, page.published)


def asked() -> StatementPage:
    """The statement that the address names, or the latest."""
    settings, actor, contract = Settings(), current_actor(), current_contract()
    latest = statement_page(settings, actor, contract)
    if len(latest.statements) < 2 or latest.statement is None:
        return latest
    periods = {one.statement: f"{one.period}, {one.state}" for one in latest.statements}
    with st.columns(2)[0]:
        chosen = choose("Statement", "statement", list(periods), lambda name: periods[name], latest.statement.statement)
    return latest if chosen == latest.statement.statement else statement_page(settings, actor, contract, chosen)


def _statement(page: StatementPage, statement: Statement) -> None:
    # 1. The answer
    state, colour = words.STATE.get(statement.state, (statement.state, "plain"))
    answer(words.answer(page, statement))
    show(tag("p", mark(state, colour), f" {words.on_hold(page)}", css="sib-note"), invented(page.contract.illustrative))
    # 2. The lines
    head(f"What is owed for {words.period(statement)}")
    show(tables.lines(page))
    # 3. Why
    head("Why: from the amount to the file")
    show(tables.whys(page))
    # 4. To date, and the cap
    head("To date")
    show(tag("p", words.to_date(page)), *_cap(page))
    # 5. Beside the other statements
    if chart := by_statement(page):
        draw(chart, "by-statement")
    if len(page.statements) > 1:
        show(tables.statements(page))


def _cap(page: StatementPage) -> list[str]:
    share = words.cap_share(page)
    return (
        []
        if share is None
        else [tag("div", tag("span", "", style=f"width:{share:.1%}"), css="sib-bar", **{"aria-hidden": "true"})]
    )


def _checked(page: StatementPage) -> None:
    head("How it was checked")
    if page.statement:
        note("The statement's own sha256: ", code(page.statement.sha256))
    if page.claim_counts:
        show(tables.claims(page.claim_counts))
    if page.source_files:
        show(tables.files(page.source_files))
    if not page.claim_counts and not page.source_files:
        st.html(tag("p", "No claim and no file has come in yet."))


if __name__ == "__main__":
    kindly(main)
