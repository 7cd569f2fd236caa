"""views: what a commissioner reads of one statement: lines with their reasons, the cap, and how it was checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sib.access import Actor, Right, require
from sib.errors import Missing, Problem
from sib.money import exponent, show
from sib.settings import Settings
from sib.terms.sentences import number
from sib.views.contracts import ContractHeader, Published, header_of, published
from sib.views.lines import LineRow, lines_of, plain_price
from sib.views.results import Result, results_of
from sib.views.source import Ask, page_tables, rows_of

VOID = "void"


@dataclass(frozen=True, slots=True)
class Statement:
    """What is owed for one period; amounts in minor units."""

    statement: str
    period: str
    period_start: date
    period_end: date
    state: str
    """drafted, authorised, paid or void."""
    total_minor: int
    drafted_by: str
    authorised_by: str
    """Empty until a second person has authorised it."""
    received_on: date | None
    sha256: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was handed over, and what became of its rows."""

    kind: str
    sha256: str
    rows: int
    accepted: int
    refused: int
    already_held: int
    received_at: datetime | None
    submitted_by: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line with everything that it rests on."""

    row: LineRow
    price: str
    """Price of one unit, where the line is nothing but a quantity times a price; otherwise empty."""
    sentence: str
    """The rule, as the contract says it."""
    results: tuple[Result, ...]
    files: tuple[SourceFile, ...]


@dataclass(frozen=True, slots=True)
class ClaimCount:
    """How many claims on one metric are in one state."""

    metric: str
    title: str
    unit: str
    state: str
    claims: int
    quantity: int


@dataclass(frozen=True, slots=True)
class StatementPage:
    """One statement of a contract among the others; amounts in minor units."""

    contract: ContractHeader
    statement: Statement | None
    """None where the contract has no statement yet."""
    lines: tuple[Line, ...]
    statements: tuple[Statement, ...]
    """Every statement of the contract, oldest period first."""
    claim_counts: tuple[ClaimCount, ...]
    source_files: tuple[SourceFile, ...]
    published: Published | None

    @property
    def payers(self) -> tuple[tuple[str, int], ...]:
        """What each payer owes on this statement, in the order of the lines."""
        owed: dict[str, int] = {}
        for line in self.lines:
            owed[line.row.payer] = owed.get(line.row.payer, 0) + line.row.amount_minor
        return tuple(owed.items())

    @property
    def earlier(self) -> tuple[Statement, ...]:
        """The statements before this one that still stand."""
        if self.statement is None:
            return ()
        before = self.statements[: self.statements.index(self.statement)]
        return tuple(one for one in before if one.state != VOID)

    @property
    def to_date_minor(self) -> int:
        """This statement and all before it; a void one counts for nothing."""
        here = (self.statement,) if self.statement and self.statement.state != VOID else ()
        return sum(one.total_minor for one in (*self.earlier, *here))

    @property
    def cap_left_minor(self) -> int | None:
        """What the contract's cap leaves after this statement; None where no overall cap is agreed."""
        return None if self.contract.cap_minor is None else self.contract.cap_minor - self.to_date_minor


def statement_page(settings: Settings, actor: Actor, contract: str, statement: str | None = None) -> StatementPage:
    """One statement, the latest that stands if none is named.

    For those who may see statements and the claims behind them, which an investor may not. Raises Refused for anybody
    else, Missing for a contract or statement that is not published.
    """
    require(actor, Right.SEE_STATEMENTS, contract)
    require(actor, Right.SEE_CLAIMS, contract)
    with page_tables(settings) as ask:
        header = header_of(ask, contract)
        every = rows_of(ask, Statement, "statements", {"contract": contract}, "period_start, period_end, statement")
        chosen = _chosen(every, contract, statement)
        files = rows_of(ask, SourceFile, "source_files", {"contract": contract}, "received_at, kind, sha256")
        return StatementPage(
            contract=header,
            statement=chosen,
            lines=_lines(ask, header, chosen, files) if chosen else (),
            statements=every,
            claim_counts=rows_of(ask, ClaimCount, "claim_counts", {"contract": contract}, "metric, state"),
            source_files=files,
            published=published(ask),
        )


def _chosen(every: Sequence[Statement], contract: str, name: str | None) -> Statement | None:
    if name is None:
        standing = [one for one in every if one.state != VOID]
        return standing[-1] if standing else (every[-1] if every else None)
    for one in every:
        if one.statement == name:
            return one
    known = ", ".join(one.statement for one in every) or "none yet"
    what = f"the contract {contract} has no statement of that name"
    raise Missing(Problem("statement.unknown", what, "choose one of those published", value=name, expected=known))


@dataclass(frozen=True, slots=True)
class _Sentence:
    payment: str
    sentence: str


def _lines(ask: Ask, header: ContractHeader, chosen: Statement, files: tuple[SourceFile, ...]) -> tuple[Line, ...]:
    contract = header.contract
    sentences = {
        row.payment: row.sentence for row in rows_of(ask, _Sentence, "sentences", {"contract": contract}, "payment")
    }
    results = results_of(ask, contract)
    rows = lines_of(ask, contract)
    return tuple(
        Line(
            row=row,
            price=_price_text(row, header.currency),
            sentence=sentences.get(row.payment, ""),
            results=(mine := tuple(result for result in results if result.metric == row.metric)),
            files=tuple(file for file in files if file.kind in _kinds(row, mine)),
        )
        for row in rows
        if row.statement == chosen.statement
    )


def _kinds(row: LineRow, results: Sequence[Result]) -> frozenset[str]:
    """Kinds of file that a line rests on: claims where claims were counted, and what its results were made from."""
    return frozenset((["claims"] if row.claims else []) + (["results", "cohort"] if results else []))


def _price_text(row: LineRow, currency: str) -> str:
    """In major units: to the minor unit at least, finer where the price is."""
    minor = plain_price(row, currency)
    if minor is None:
        return ""
    return number(minor / 10 ** exponent(currency)) if minor.denominator > 1 else show(int(minor), currency)[4:]
