"""dashboards: the statement page's tables: lines, the chain behind each line, statements, claims, files."""

from collections.abc import Sequence

from dashboards.app_pages.statement.words import STATE, inside
from dashboards.markup import Column, Safe, code, details, items, joined, mark, stacked, table, tag
from dashboards.speech import NOTHING, amount, count, counted, day, moment, money, party, quantity, who
from sib.views.results import Result
from sib.views.statement_page import ClaimCount, Line, SourceFile, Statement, StatementPage


def lines(page: StatementPage) -> Safe:
    """Every line with quantity, price, gross, cap effect, net, payer and claims, and the totals."""
    currency, rows = page.contract.currency, [line.row for line in page.lines]
    # Where nothing was cut, gross and owed are one figure: a telephone shows it once.
    uncut = all(row.cap_effect_minor == 0 for row in rows)
    several = len({row.payer for row in rows}) > 1
    columns = [
        Column("Payment"),
        Column("Quantity", number=True),
        Column(f"Price, {currency}", number=True),
        Column(f"Gross, {currency}", number=True, wide=uncut),
        Column("Cap effect", number=True, wide=uncut),
        Column(f"Owed, {currency}", number=True),
        *([Column("Payer")] if several else []),
        Column("Claims", number=True),
    ]
    sums = [sum(getattr(row, field) for row in rows) for field in ("gross_minor", "cap_effect_minor", "amount_minor")]
    foot = ["Total", "", "", *(amount(minor, currency) for minor in sums), *([""] if several else []), ""]
    payer = "" if several or not rows else f", all to be paid by {inside(rows[0].payer)}"
    caption = f"{counted(len(rows), 'line')}, amounts in {currency}{payer}"
    return table(caption, columns, [_line(line, currency, payer=several) for line in page.lines], foot)


def _line(line: Line, currency: str, *, payer: bool) -> list[str]:
    row = line.row
    held = mark("on hold", "hold") if row.hold else ""
    # The clause of a rate card or of a payment of the same name would only say the title twice.
    clause = row.clause if row.clause != row.title else ""
    people = counted(row.people, "person", "people") if row.people else ""
    return [
        stacked(row.title, clause, held, row.hold),
        stacked(quantity(row.quantity), row.unit if row.quantity else ""),
        line.price or NOTHING,
        *(amount(minor, currency) for minor in (row.gross_minor, row.cap_effect_minor, row.amount_minor)),
        *([party(row.payer)] if payer else []),
        stacked(count(row.claims), people) if row.claims else NOTHING,
    ]


def whys(page: StatementPage) -> Safe:
    """One fold a line, with its chain from amount to file; the largest is open."""
    largest = max(page.lines, key=lambda line: line.row.amount_minor, default=None)
    return joined(_why(page, line, opened=line is largest) for line in page.lines)


def _why(page: StatementPage, line: Line, *, opened: bool) -> Safe:
    said = f"{line.row.title}: {money(line.row.amount_minor, page.contract.currency)}"
    return details(f"{said}{' (on hold)' if line.row.hold else ''}", chain(page, line), opened=opened)


def chain(page: StatementPage, line: Line) -> Safe:
    """Amount, reasons, clause, rule, claims or result, files: each link as a label and what it says."""
    row, header = line.row, page.contract
    gross, effect, net = (
        money(minor, header.currency) for minor in (row.gross_minor, row.cap_effect_minor, row.amount_minor)
    )
    links: list[tuple[str, str]] = [
        ("Amount", f"{net} = {gross} gross, cap effect {effect}; payer: {party(row.payer)}")
    ]
    if row.hold:
        links.append(("On hold", row.hold))
    links.append(("Worked out", items(row.reasons, ordered=True)))
    links.append(("Clause", f"{row.clause}, contract version {header.version}"))
    links.append(("Rule", line.sentence or "The contract's sentence was not published."))
    links += [("Result", _result(result)) for result in line.results]
    if row.claims:
        people = f" by {counted(row.people, 'person', 'people')}" if row.people else ""
        links.append(("Claims counted", f"{counted(row.claims, 'verified claim')}{people}"))
    links += [
        ("File", joined([f"{file.kind}, {counted(file.rows, 'row')}, sha256 ", code(file.sha256)]))
        for file in line.files
    ]
    links.append(("Row by row", code(f"sib explain {row.statement}/{row.payment}")))
    return tag("ul", *(tag("li", tag("b", label), said) for label, said in links), css="sib-chain")


def _result(result: Result) -> Safe:
    signed = f"signed by {who(result.signed_by)}" if result.signed_by else f"{result.state}, not signed"
    said = f"{quantity(result.value)} ({result.unit}), {result.method}; {signed}; {result.reference}, inputs sha256 "
    return joined([said, code(result.inputs_sha256)])


def statements(page: StatementPage) -> Safe:
    """All statements of the contract with their totals; the one on the page is marked."""
    currency = page.contract.currency
    columns = [
        Column("Statement"),
        Column("Period"),
        Column("State"),
        Column("Received"),
        Column(f"Owed, {currency}", number=True),
    ]
    rows = [_statement(one, page.statement, currency) for one in page.statements]
    return table(f"Statements of this contract, amounts in {currency}", columns, rows)


def _statement(one: Statement, here: Statement | None, currency: str) -> list[str]:
    words, colour = STATE.get(one.state, (one.state, "plain"))
    return [
        stacked(one.period, "on this page" if one == here else ""),
        f"{day(one.period_start)} to {day(one.period_end)}",
        mark(words, colour),
        day(one.received_on),
        amount(one.total_minor, currency),
    ]


def claims(counts: Sequence[ClaimCount]) -> Safe:
    """How many claims are in each state, by metric."""
    states = sorted({one.state for one in counts}, key=lambda state: (state != "verified", state))
    metrics = {one.metric: one.title for one in counts}
    found = {(one.metric, one.state): one.claims for one in counts}
    columns = [Column("Outcome"), *(Column(state.capitalize(), number=True) for state in states)]
    rows = [[title, *(count(found.get((metric, state), 0)) for state in states)] for metric, title in metrics.items()]
    foot = ["All claims", *(count(sum(one.claims for one in counts if one.state == state)) for state in states)]
    return table("Claims of the whole contract by state", columns, rows, foot if len(rows) > 1 else ())


def files(several: Sequence[SourceFile]) -> Safe:
    """The files that came in and what became of their rows."""
    columns = [
        Column("File"),
        Column("Rows", number=True),
        Column("Accepted", number=True),
        Column("Refused", number=True),
        Column("Already held", number=True),
        Column("Received"),
    ]
    rows = [
        [
            stacked(file.kind, code(file.sha256)),
            *(count(number) for number in (file.rows, file.accepted, file.refused, file.already_held)),
            stacked(moment(file.received_at), f"from {who(file.submitted_by)}"),
        ]
        for file in several
    ]
    return table("Files as they were handed over; each is kept under its sha256", columns, rows)
