"""An evaluator's measured results: exact values in the contract's unit, for a period that has ended, once each."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from sib.intake.results import KnownResults, ResultIntake, ResultRules, read_results, result_hash
from sib.outcomes.results import MeasuredResult

RULES = ResultRules(
    "denver", date(2016, 2, 1), date(2021, 3, 31), {"jail_day_reduction": "percentage point", "visits": "visit"}
)
GOOD = {
    "result_id": "R1",
    "metric": "jail_day_reduction",
    "value": "38",
    "unit": "percentage point",
    "period_start": "2016-02-01",
    "period_end": "2021-03-31",
    "measured_on": "2021-06-01",
    "method": "randomised comparison",
    "evidence": "report 7",
}


def read(*rows, known=None):
    lines = [",".join(GOOD), *(",".join((GOOD | row).values()) for row in rows)]
    return read_results("\n".join(lines).encode(), RULES, submitted_on=date(2021, 6, 30), known=known or KnownResults())


def faults(**cells):
    taken = read(cells)
    return [(problem.column, problem.code.removeprefix("intake.")) for row in taken.refused for problem in row.problems]


def known_of(*results):
    return KnownResults(
        measured={(one.metric, one.period_start, one.period_end): one.reference for one in results},
        references={one.reference: result_hash(one) for one in results},
    )


def test_a_good_row_becomes_a_measured_result():
    taken = read({})
    assert taken.results == (
        MeasuredResult(
            contract="denver",
            reference="R1",
            metric="jail_day_reduction",
            value=Decimal(38),
            unit="percentage point",
            period_start=date(2016, 2, 1),
            period_end=date(2021, 3, 31),
            measured_on=date(2021, 6, 1),
            method="randomised comparison",
            evidence="report 7",
            inputs_sha256=taken.sha256,
            body={},
            file_sha256=taken.sha256,
            row=2,
        ),
    )


@pytest.mark.parametrize("text", ["38", "38.0", "-0.125", "0", "0.000000000001", "999999999999999"])
def test_values_keep_their_digits(text):
    (result,) = read({"value": text}).results
    assert format(result.value, "f") == text


@pytest.mark.parametrize(
    "text",
    ["1e2", "38%", "+38", "038", ".5", "5.", "-0", "-0.00", "NaN", "inf", "1_0", " 38", "٣", "9" * 16, "0." + "1" * 13],
)
def test_values_are_plain_decimal_figures(text):
    assert faults(value=text) == [("value", "not-exact-number")]


def test_a_decimal_comma_is_not_a_point():
    taken = read({"value": '"38,5"'})
    assert [problem.code for problem in taken.refused[0].problems] == ["intake.not-exact-number"]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"unit": "proportion"}, [("unit", "unit-other")]),
        ({"unit": ""}, [("unit", "blank")]),
        ({"metric": "jail_days"}, [("metric", "metric-unknown")]),
        ({"metric": ""}, [("metric", "blank")]),
        ({"value": ""}, [("value", "blank")]),
        ({"method": " "}, [("method", "blank")]),
        ({"evidence": "=HYPERLINK()"}, [("evidence", "formula")]),
        ({"result_id": ""}, [("result_id", "blank")]),
        ({"period_start": "2016-01-31"}, [("period_start", "date-outside-term")]),
        ({"period_end": "2021-04-01"}, [("period_end", "date-outside-term")]),
        ({"period_end": "2016-01-31"}, [("period_end", "date-too-early"), ("period_end", "date-outside-term")]),
        ({"measured_on": "2021-03-30"}, [("measured_on", "date-too-early")]),
        ({"measured_on": "2021-07-01"}, [("measured_on", "date-future")]),
        ({"measured_on": "1/6/2021"}, [("measured_on", "date-format")]),
        ({"result_id": "Total"}, [("", "row-total")]),
    ],
)
def test_faults_of_a_row(cells, expected):
    assert faults(**cells) == expected


def test_the_unit_that_is_expected_is_told():
    (row,) = read({"unit": "share", "value": "0.38"}).refused
    assert (row.problems[0].value, row.problems[0].expected) == ("share", "percentage point")


def test_all_faults_of_a_row_at_once_and_good_rows_beside_it():
    taken = read({"value": "x", "unit": "y", "measured_on": "z"}, {"result_id": "R2"})
    assert len(taken.refused[0].problems) == 3
    assert [result.reference for result in taken.results] == ["R2"]


def test_a_result_counts_once():
    taken = read({}, {}, {"result_id": "R2"}, {"result_id": "R3", "metric": "visits", "unit": "visit"})
    assert [result.reference for result in taken.results] == ["R1", "R3"]
    assert [[problem.code for problem in row.problems] for row in taken.refused] == [
        ["intake.duplicate-result-id", "intake.duplicate-result"],
        ["intake.duplicate-result"],
    ]
    assert taken.refused[0].problems[0].what.startswith("row 2 of this file")


def test_what_is_held_is_not_taken_again():
    known = known_of(*read({}).results)
    again = read({}, known=known)
    assert (again.already_held, again.results, again.refused) == (1, (), ())
    assert [problem.code for problem in read({"value": "39"}, known=known).refused[0].problems] == [
        "intake.held-otherwise"
    ]
    assert [problem.code for problem in read({"result_id": "R2"}, known=known).refused[0].problems] == [
        "intake.held-already"
    ]


def test_the_hash_tells_38_from_38_point_0():
    (result,) = read({}).results
    assert result_hash(result) != result_hash(replace(result, value=Decimal("38.0")))
    assert result_hash(result) == result_hash(replace(result, row=7, file_sha256="x", inputs_sha256="y"))


def test_an_intake_that_loses_a_row_cannot_be_made():
    with pytest.raises(AssertionError, match="lost"):
        ResultIntake(sha256="", rows=2, results=(), refused=(), already_held=1)
