"""intake: an evaluator's file becomes measured results, and what cannot become one goes back with its reasons."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from sib.intake.cells import blank, date_faults, iso_date, row_faults, tidy, word_faults
from sib.intake.faults import RefusedRow, RowProblem, day_fault, shown, unknown
from sib.intake.header import Columns, places
from sib.intake.table import open_table
from sib.outcomes.results import MeasuredResult

RESULT_COLUMNS = Columns(
    required=(
        "result_id",
        "metric",
        "value",
        "unit",
        "period_start",
        "period_end",
        "measured_on",
        "method",
        "evidence",
    )
)

_EXACT = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,12})?", re.ASCII)

Measured: TypeAlias = tuple[str, date, date]
"""Metric, first and last day: what can have one result at a time."""


@dataclass(frozen=True, slots=True)
class ResultRules:
    """What the contract says about a measured result: which metrics it has, in which unit, over which term."""

    contract: str
    first_day: date
    last_day: date
    units: Mapping[str, str]
    """Unit of each metric that is measured for a cohort."""


@dataclass(frozen=True, slots=True)
class KnownResults:
    """What the register holds: reference of each standing result by metric and period, ``result_hash`` by reference."""

    measured: Mapping[Measured, str] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResultIntake:
    """What became of a file: each of its ``rows`` is a result, or refused, or was held already."""

    sha256: str
    rows: int
    results: tuple[MeasuredResult, ...]
    refused: tuple[RefusedRow, ...]
    already_held: int

    def __post_init__(self) -> None:
        if self.rows != len(self.results) + len(self.refused) + self.already_held:
            raise AssertionError("a row of the file is lost or counted twice")


def result_hash(result: MeasuredResult) -> str:
    """Hash of what a result says, in whichever file it came; 38 and 38.0 are two things to say."""
    said = (
        result.metric,
        str(result.value),
        result.unit,
        result.period_start.isoformat(),
        result.period_end.isoformat(),
        result.measured_on.isoformat(),
        result.method,
        result.evidence,
    )
    return sha256("\x1f".join(said).encode()).hexdigest()


def read_results(data: bytes, rules: ResultRules, *, submitted_on: date, known: KnownResults) -> ResultIntake:
    """Measured results, refused rows and the number already held, from a CSV file with the columns ``RESULT_COLUMNS``.

    A value keeps the digits it is written with. ``inputs_sha256`` of a result is the hash of the file: no more is known
    of what an outside evaluator computed it from. Raises NotValid when the form of the file as a whole is wrong.
    """
    table = open_table(data, RESULT_COLUMNS)
    desk = _Desk(rules, submitted_on, known, table.sha256, table.header)
    results: list[MeasuredResult] = []
    refused: list[RefusedRow] = []
    rows = 0
    for line, cells in table.rows:
        rows += 1
        taken = desk.take(line, cells)
        if isinstance(taken, MeasuredResult):
            results.append(taken)
        elif taken is not None:
            refused.append(taken)
    return ResultIntake(table.sha256, rows, tuple(results), tuple(refused), desk.already_held)


class _Texts(NamedTuple):
    """The cells of a row, in the order of ``RESULT_COLUMNS``."""

    result_id: str
    metric: str
    value: str
    unit: str
    period_start: str
    period_end: str
    measured_on: str
    method: str
    evidence: str


class _Desk:
    """Takes the rows of one file one by one, and remembers what it has seen of the file."""

    def __init__(
        self, rules: ResultRules, submitted_on: date, known: KnownResults, file_sha256: str, header: tuple[str, ...]
    ) -> None:
        self.rules, self.submitted_on, self.known, self.file_sha256 = rules, submitted_on, known, file_sha256
        self.pick, self.width = itemgetter(*places(header, RESULT_COLUMNS)), len(header)
        self.lines: dict[str, int] = {}
        self.measured: dict[Measured, int] = {}
        self.already_held = 0

    def take(self, line: int, cells: list[str]) -> MeasuredResult | RefusedRow | None:
        """The result that the row makes, or the row refused; None when the result is already held."""
        if faults := tuple(row_faults(cells, self.width)):
            return RefusedRow(line, faults)
        texts = _Texts._make(map(tidy, self.pick(cells)))
        first = self.lines.setdefault(texts.result_id, line) if texts.result_id.strip() else line
        problems = list(_cell_faults(texts))
        result = None if problems else self._result(line, texts)
        if result and first == line and self.known.references.get(result.reference) == result_hash(result):
            self.already_held += 1
            return None
        problems += _rule_faults(texts, self.rules, self.submitted_on)
        if first != line:
            problems.append(replace(_REPEATED_ID, what=f"row {first} of this file {_REPEATED_ID.what}"))
        if result:
            problems += self._clashes(line, first, result)
        if problems or result is None:
            return RefusedRow(line, tuple(problems))
        self.measured[result.metric, result.period_start, result.period_end] = line
        return result

    def _result(self, line: int, texts: _Texts) -> MeasuredResult:
        return MeasuredResult(
            contract=self.rules.contract,
            reference=texts.result_id,
            metric=texts.metric,
            value=Decimal(texts.value),
            unit=texts.unit,
            period_start=date.fromisoformat(texts.period_start),
            period_end=date.fromisoformat(texts.period_end),
            measured_on=date.fromisoformat(texts.measured_on),
            method=texts.method,
            evidence=texts.evidence,
            inputs_sha256=self.file_sha256,
            file_sha256=self.file_sha256,
            row=line,
        )

    def _clashes(self, line: int, first: int, result: MeasuredResult) -> Iterator[RowProblem]:
        """The result against those held and the rows before it."""
        measured = (result.metric, result.period_start, result.period_end)
        if first == line and result.reference in self.known.references:
            yield _HELD_OTHERWISE
        if (row := self.measured.get(measured)) is not None:
            yield replace(_REPEATED_RESULT, what=f"row {row} of this file {_REPEATED_RESULT.what}")
        elif self.known.measured.get(measured, result.reference) != result.reference:
            yield _HELD_ALREADY


_REPEATED_ID = RowProblem(
    column="result_id",
    code="intake.duplicate-result-id",
    what="has the same result_id",
    expected="each result_id once",
    mend="delete one of the two rows",
)
_REPEATED_RESULT = RowProblem(
    column="metric",
    code="intake.duplicate-result",
    what="measures the same metric over the same period",
    expected="one result for each metric and period",
    mend="delete one of the two rows",
)
_HELD_OTHERWISE = RowProblem(
    column="result_id",
    code="intake.held-otherwise",
    what="a result with this result_id is held already and says something else",
    expected="a result_id not used before, or the row as it was sent before",
    mend="have the result that is held restated, then send the new one under its own result_id",
)
_HELD_ALREADY = RowProblem(
    column="metric",
    code="intake.held-already",
    what="this metric is measured over this period already, under another result_id",
    expected="one result for each metric and period",
    mend="delete the row, or have the result that is held restated first",
)


def _cell_faults(texts: _Texts) -> Iterator[RowProblem]:
    yield from word_faults("result_id", texts.result_id, show=True, name=True)
    for column in ("metric", "unit"):
        if not getattr(texts, column).strip():
            yield blank(column, f"a {column} of the contract")
    yield from _value_faults(texts.value)
    for column in ("period_start", "period_end", "measured_on"):
        yield from date_faults(column, getattr(texts, column))
    yield from word_faults("method", texts.method, show=True)
    yield from word_faults("evidence", texts.evidence, show=True)


def _value_faults(text: str) -> Iterator[RowProblem]:
    if not text.strip():
        yield blank("value", "a number in plain decimal figures")
    elif not _EXACT.fullmatch(text) or (text[0] == "-" and not text.strip("-0.")):
        yield RowProblem(
            column="value",
            code="intake.not-exact-number",
            what="value is not a number in plain decimal figures",
            value=shown(text),
            expected="figures with at most one point: 38 or -0.125",
            mend="write it without exponent, percent sign, currency, comma, leading zero or space",
        )


def _rule_faults(texts: _Texts, rules: ResultRules, submitted_on: date) -> Iterator[RowProblem]:
    unit = rules.units.get(texts.metric)
    if texts.metric.strip() and unit is None:
        yield unknown("metric", texts.metric, rules.units)
    if unit and texts.unit.strip() and texts.unit != unit:
        mend = "give the value in the contract's unit; 0.25 is not 25 percentage points"
        yield RowProblem(
            "unit", "intake.unit-other", "the contract measures this in another unit", shown(texts.unit), unit, mend
        )
    start, end, measured_on = map(iso_date, (texts.period_start, texts.period_end, texts.measured_on))
    if start and end and end < start:
        mend = "look both days up again; they may have changed places"
        yield day_fault("period_end", "too-early", "lies before period_start", end, f"{start} or later", mend)
    for column, day in (("period_start", start), ("period_end", end)):
        if day and not rules.first_day <= day <= rules.last_day:
            expected = f"from {rules.first_day} to {rules.last_day}"
            yield day_fault(column, "outside-term", "lies outside the contract's term", day, expected, _LOOK_UP)
    if measured_on and measured_on > submitted_on:
        expected = f"at latest {submitted_on}, when the file was sent"
        yield day_fault("measured_on", "future", "lies in the future", measured_on, expected, _LOOK_UP)
    if end and measured_on and measured_on < end:
        expected = f"{end} or later"
        yield day_fault("measured_on", "too-early", "lies before the period has ended", measured_on, expected, _LOOK_UP)


_LOOK_UP = "look the day up again"
