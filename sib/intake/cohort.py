"""intake: an evaluator's comparison data, with what was known before the service kept apart from what came of it."""

import math
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sib.errors import NotValid, Problem
from sib.intake.cells import row_faults, tidy, word_faults
from sib.intake.faults import RefusedRow, RowProblem
from sib.intake.header import Columns
from sib.intake.table import open_table

Numbers = NDArray[np.float64]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_GROUPS = {"0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0}
_MISSING = frozenset({"", "na", "n/a", "null", "none", "-", "."})
_NOT_FINITE = frozenset({"nan", "inf", "infinity"})


@dataclass(frozen=True, slots=True)
class CohortColumns:
    """Which column of the file is what, as the analysis plan says; ``unread`` ones may be there and are not read."""

    id: str
    treated: str
    covariates: tuple[str, ...]
    outcomes: tuple[str, ...]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class CovariateTable:
    """What was known before the service: all that matching may see. Read-only arrays, in the order of the file."""

    ids: tuple[str, ...]
    """Pseudonyms."""
    treated: NDArray[np.bool_]
    covariates: Mapping[str, Numbers]


@dataclass(frozen=True, slots=True, eq=False)
class OutcomeTable:
    """What came of it, in the same order; opened only when the analysis plan is sealed and the match is made."""

    ids: tuple[str, ...]
    outcomes: Mapping[str, Numbers]


@dataclass(frozen=True, slots=True, eq=False)
class CohortFile:
    """Comparison data of one file, as two values that travel apart."""

    sha256: str
    rows: int
    before: CovariateTable
    after: OutcomeTable


def read_cohort(data: bytes, columns: CohortColumns, *, pseudonym: Callable[[str], str]) -> CohortFile:
    """Comparison data from a CSV file whose header names ``columns`` in any order; every value is a finite number.

    Everybody in the file counts, so one bad row refuses the file: leaving a person out would make another cohort.
    Raises NotValid with every problem by row; no problem repeats what a cell says.
    """
    names = (*columns.covariates, *columns.outcomes)
    _check_columns(columns)
    table = open_table(data, Columns((columns.id, columns.treated, *names), columns.unread))
    place = {name: table.header.index(name) for name in (columns.id, columns.treated, *names)}
    reader = _Reader(columns, place, len(table.header), pseudonym)
    for line, cells in table.rows:
        reader.take(line, cells)
    if reader.refused:
        raise NotValid(problem for row in reader.refused for problem in row.as_problems())
    numbers = {name: _sealed(np.array(values)) for name, values in reader.numbers.items()}
    ids, treated = tuple(reader.ids), _sealed(np.array(reader.treated) == 1.0)
    before = CovariateTable(ids, treated, MappingProxyType({name: numbers[name] for name in columns.covariates}))
    after = OutcomeTable(ids, MappingProxyType({name: numbers[name] for name in columns.outcomes}))
    return CohortFile(table.sha256, len(ids), before, after)


def _sealed(values: NDArray[Any]) -> NDArray[Any]:
    values.flags.writeable = False
    return values


def _check_columns(columns: CohortColumns) -> None:
    """A column has one meaning: an outcome that is also a covariate would be matched on."""
    given = (columns.id, columns.treated, *columns.covariates, *columns.outcomes, *columns.unread)
    twice = [name for name, times in Counter(given).items() if times > 1]
    if twice:
        mend = "let the analysis plan name each column once: before the service, or after it"
        raise NotValid(
            Problem("intake.column-two-meanings", f"the column {name} is given two meanings", mend, place=name)
            for name in twice
        )


class _Reader:
    """Takes the rows of one file one by one; columns grow as packed doubles, eight bytes a value."""

    def __init__(
        self, columns: CohortColumns, place: dict[str, int], width: int, pseudonym: Callable[[str], str]
    ) -> None:
        self.columns, self.width, self.pseudonym = columns, width, pseudonym
        self.id, self.group = place[columns.id], place[columns.treated]
        self.numbers = {name: array("d") for name in (*columns.covariates, *columns.outcomes)}
        self.places = [(place[name], values) for name, values in self.numbers.items()]
        self.ids: list[str] = []
        self.treated = array("d")
        self.lines: dict[str, int] = {}
        self.refused: list[RefusedRow] = []

    def take(self, line: int, cells: list[str]) -> None:
        """Add the row, or its problems."""
        if faults := tuple(row_faults(cells, self.width)) or tuple(self._faults(line, cells)):
            self.refused.append(RefusedRow(line, faults))
            return
        self.ids.append(self.pseudonym(tidy(cells[self.id])))
        self.treated.append(_GROUPS[cells[self.group]])
        for place, values in self.places:
            values.append(float(cells[place]))

    def _faults(self, line: int, cells: list[str]) -> Iterator[RowProblem]:
        identifier = tidy(cells[self.id])
        yield from word_faults(self.columns.id, identifier, show=False, name=True)
        first = self.lines.setdefault(identifier, line)
        if first != line and identifier.strip():
            what, mend = f"row {first} of this file has the same {self.columns.id}", "keep one row for each person"
            yield RowProblem(self.columns.id, "intake.duplicate-id", what, mend=mend)
        if (text := cells[self.group]) not in _GROUPS:
            yield _number_fault(self.columns.treated, text, "intake.not-a-group", "1 for treated, 0 for not treated")
        for name, (place, _) in zip(self.numbers, self.places, strict=True):
            text = cells[place]
            if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
                yield _number_fault(name, text, "intake.not-a-number", "a finite number with a decimal point")


def _number_fault(column: str, text: str, code: str, expected: str) -> RowProblem:
    """What is wrong with a cell, without repeating it: it may tell about a person."""
    plain = text.strip().casefold()
    if plain in _MISSING:
        mend = "fill it in as the analysis plan says for missing values"
        return RowProblem(column, "intake.blank", f"{column} is missing", expected=expected, mend=mend)
    if plain.strip("+-") in _NOT_FINITE or (_NUMBER.fullmatch(plain) and math.isinf(float(plain))):
        mend = "look the value up again"
        return RowProblem(column, "intake.not-finite", f"{column} is not a finite number", expected=expected, mend=mend)
    mend = "write it in plain figures: no comma, unit, currency or space"
    return RowProblem(column, code, f"{column} is not {expected}", expected=expected, mend=mend)
