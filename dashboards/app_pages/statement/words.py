"""dashboards: the statement page's sentences: the answer first, then what the cap leaves."""

from dashboards.markup import Safe, joined, tag
from dashboards.speech import counted, day, listed, money, party, who
from sib.views.statement_page import Statement, StatementPage

STATE = {
    "drafted": ("drafted, not yet authorised", "fair"),
    "authorised": ("authorised, not yet received", "plain"),
    "paid": ("paid", "good"),
    "void": ("void", "bad"),
}
"""State of a statement -> how it is said, and its colour."""


def answer(page: StatementPage, statement: Statement) -> Safe:
    """“The city owes **USD 620,978.40** for P5: authorised by …, received on …”."""
    currency = page.contract.currency
    paying = [name for name, owed in page.payers if owed] or [name for name, _ in page.payers]
    payers = listed([party(name) if place == 0 else inside(name) for place, name in enumerate(paying)])
    total = tag("strong", money(statement.total_minor, currency))
    verb = _verb(statement, len(paying))
    return joined(
        [f"{payers or 'The outcome payer'} {verb} ", total, f" for {period(statement)}: {_stages(statement)}."]
    )


def period(statement: Statement) -> str:
    """``P5``; a label that is a plain word is quoted: ``the period “life”``."""
    plain = not any(letter.isdigit() for letter in statement.period)
    return f"the period “{statement.period}”" if plain else statement.period


def inside(name: str) -> str:
    """A payer inside a sentence."""
    said = party(name)
    return f"the {said[4:]}" if said.startswith("The ") else said


def _verb(statement: Statement, payers: int) -> str:
    if statement.state == "drafted":
        return "would owe"
    if statement.state == "void":
        return "does not owe" if payers < 2 else "do not owe"
    return "owes" if payers < 2 else "owe"


def _stages(statement: Statement) -> str:
    drafted = f"drafted by {who(statement.drafted_by)}"
    if statement.state == "void":
        return f"{drafted}, then made void"
    if not statement.authorised_by:
        return f"{drafted}, waiting for a second person to authorise it"
    authorised = f"authorised by {who(statement.authorised_by)}"
    return (
        f"{authorised}, received on {day(statement.received_on)}"
        if statement.received_on
        else f"{authorised}, not yet received"
    )


def to_date(page: StatementPage) -> str:
    """What was owed so far, against the cap."""
    currency, before = page.contract.currency, len(page.earlier)
    earlier = f" ({counted(before, 'earlier statement')} and this one)" if before else ""
    owed = f"To date {money(page.to_date_minor, currency)}{earlier}"
    if page.contract.cap_minor is None:
        return f"{owed}; no overall cap is agreed for this contract."
    cap = money(page.contract.cap_minor, currency)
    left = money(max(0, page.cap_left_minor or 0), currency)
    return f"{owed} of the contract's cap of {cap}; {left} is left."


def cap_share(page: StatementPage) -> float | None:
    """How much of the cap is used, from 0 to 1; None without a cap. For a bar only."""
    if not page.contract.cap_minor:
        return None
    return min(1.0, max(0.0, page.to_date_minor / page.contract.cap_minor))


def on_hold(page: StatementPage) -> str:
    """How many lines pay nothing for now; empty where none is on hold."""
    held = [line for line in page.lines if line.row.hold]
    if not held:
        return ""
    verb = "is on hold and pays" if len(held) == 1 else "are on hold and pay"
    return f"{counted(len(held), 'line')} of {len(page.lines)} {verb} nothing yet; the table says why."
