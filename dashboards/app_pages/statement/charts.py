"""dashboards: the statement page's chart: what each statement came to."""

from dashboards.charts import Bar, Chart, money_bars
from dashboards.speech import counted, money
from sib.views.statement_page import VOID, Statement, StatementPage

BAR = 44
"""Height of one bar with its space."""


def by_statement(page: StatementPage) -> Chart | None:
    """A bar a statement, the one on the page in orange; None where there is nothing to compare."""
    standing = [one for one in page.statements if one.state != VOID]
    if len(standing) < 2 or page.statement is None:
        return None
    currency = page.contract.currency
    height = BAR * len(standing) + 12
    bars = [Bar(label(one, standing), one.total_minor, one == page.statement) for one in standing]
    said = "; ".join(f"{bar.label}: {money(bar.minor, currency)}" for bar in bars)
    note = f"What each statement owes, in {currency}; orange is the statement on this page."
    alt = f"Horizontal bars, one a statement. {said}."
    return Chart(finding(page, standing), alt, note, height, money_bars(bars, currency, height))


def label(one: Statement, standing: list[Statement]) -> str:
    """The period; with the statement's own name where two stand for the same period."""
    twice = sum(other.period == one.period for other in standing) > 1
    return f"{one.period}: {one.statement}" if twice else one.period


def finding(page: StatementPage, standing: list[Statement]) -> str:
    """Which statement is the largest."""
    largest = max(standing, key=lambda one: one.total_minor)
    of = counted(len(standing), "statement")
    return f"{largest.period} is the largest of {of}: {money(largest.total_minor, page.contract.currency)}"
