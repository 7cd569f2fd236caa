"""intake: the refused rows as a file that a provider can work through, and how often each fault occurs."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sib.intake.faults import RefusedRow

REPORT_HEADER = ("row", "column", "found", "expected", "what is wrong", "what to fix", "code")

_RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class FaultCount:
    """How often one fault occurs in a file, and on which row first."""

    code: str
    times: int
    first_row: int


def harmless(text: str) -> str:
    """The text so that no spreadsheet runs it: with an apostrophe before it if it begins like a formula."""
    return "'" + text if text.lstrip(" ").startswith(_RUNS_AS_FORMULA) else text


def refused_csv(refused: Iterable[RefusedRow]) -> str:
    """One line a problem, in the order of the file, with the row number of the file that was sent."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(REPORT_HEADER)
    for row in refused:
        for problem in row.problems:
            cells = (problem.column or "(whole row)", problem.value or "", problem.expected, problem.what, problem.mend)
            writer.writerow((row.row, *map(harmless, cells), problem.code))
    return text.getvalue()


def count_faults(refused: Iterable[RefusedRow]) -> tuple[FaultCount, ...]:
    """Each fault with its count, most frequent first."""
    times: Counter[str] = Counter()
    first: dict[str, int] = {}
    for row in refused:
        for problem in row.problems:
            times[problem.code] += 1
            first.setdefault(problem.code, row.row)
    ordered = sorted(times.items(), key=lambda item: (-item[1], item[0]))
    return tuple(FaultCount(code, count, first[code]) for code, count in ordered)
