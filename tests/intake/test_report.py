"""The file of refused rows that goes back to the sender."""

import csv
import io

import pytest

from sib.intake.faults import RefusedRow, RowProblem
from sib.intake.report import REPORT_HEADER, count_faults, harmless, refused_csv

ROWS = (
    RefusedRow(
        7, (RowProblem("count", "intake.a", "wrong", "-1", "a number", "mend, it"), RowProblem("", "intake.b", "bad"))
    ),
    RefusedRow(9, (RowProblem("metric", "intake.b", "unknown", '=cmd|"x"', mend="did you mean x?"),)),
)


def test_one_line_a_problem_with_the_senders_row_number():
    lines = list(csv.reader(io.StringIO(refused_csv(ROWS), newline=""), strict=True))
    assert tuple(lines[0]) == REPORT_HEADER
    assert lines[1:] == [
        ["7", "count", "'-1", "a number", "wrong", "mend, it", "intake.a"],
        ["7", "(whole row)", "", "", "bad", "", "intake.b"],
        ["9", "metric", '\'=cmd|"x"', "", "unknown", "did you mean x?", "intake.b"],
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "  @"])
def test_no_cell_runs_as_a_formula(start):
    assert harmless(start + "1+1") == "'" + start + "1+1"
    row = RefusedRow(2, (RowProblem("metric", "intake.a", start + "w", start + "v", start + "e", start + "m"),))
    cells = list(csv.reader(io.StringIO(refused_csv([row]), newline=""), strict=True))[1]
    assert [cell for cell in cells[2:6] if not cell.startswith("'")] == []


@pytest.mark.parametrize("text", ["", "2020-01-01", "a=b", "1-1", "x@y"])
def test_harmless_text_is_left_alone(text):
    assert harmless(text) == text


def test_faults_are_counted_with_their_first_row():
    assert [(count.code, count.times, count.first_row) for count in count_faults(ROWS)] == [
        ("intake.b", 2, 7),
        ("intake.a", 1, 7),
    ]
    assert count_faults(()) == ()
