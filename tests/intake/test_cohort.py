"""Comparison data: all of it or nothing, and what was known before kept apart from what came after."""

import dataclasses

import numpy as np
import pytest

from sib.errors import NotValid
from sib.intake.cohort import CohortColumns, read_cohort

COLUMNS = CohortColumns("id", "treat", ("age", "educ"), outcomes=("earned",), unread=("note",))
GOOD = "id,treat,age,educ,earned\nAnna,1,30,12,100.5\nBill,0,31,11,1e+03\nCleo,0,-2.5,+11,.5\n"


@pytest.fixture
def read(pseudonym):
    return lambda text, columns=COLUMNS: read_cohort(text.encode(), columns, pseudonym=pseudonym)


@pytest.fixture
def refused(read):
    def refused(text, columns=COLUMNS):
        with pytest.raises(NotValid) as caught:
            read(text, columns)
        return caught.value.problems

    return refused


def test_covariates_and_outcomes_come_apart(read, pseudonym):
    cohort = read(GOOD)
    assert cohort.before.ids == cohort.after.ids == tuple(map(pseudonym, ("Anna", "Bill", "Cleo")))
    assert cohort.before.treated.tolist() == [True, False, False]
    assert {name: values.tolist() for name, values in cohort.before.covariates.items()} == {
        "age": [30.0, 31.0, -2.5],
        "educ": [12.0, 11.0, 11.0],
    }
    assert {name: values.tolist() for name, values in cohort.after.outcomes.items()} == {"earned": [100.5, 1000.0, 0.5]}
    assert cohort.rows == 3
    before = [field.name for field in dataclasses.fields(cohort.before)]
    assert before == ["ids", "treated", "covariates"]


def test_arrays_are_packed_and_read_only(read):
    cohort = read(GOOD)
    for values in (*cohort.before.covariates.values(), *cohort.after.outcomes.values(), cohort.before.treated):
        assert values.dtype in (np.float64, np.bool_)
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1
    with pytest.raises(TypeError):
        cohort.before.covariates["earned"] = cohort.after.outcomes["earned"]


def test_columns_are_matched_by_name(read):
    lines = [line.split(",") for line in GOOD.split()]
    mixed = "\n".join(",".join([*reversed(line), "note" if line[0] == "id" else "?"]) for line in lines)
    cohort = read(mixed)
    assert cohort.before.covariates["age"].tolist() == [30.0, 31.0, -2.5]
    assert set(cohort.before.covariates) == {"age", "educ"}


def test_a_column_that_the_plan_does_not_name_refuses_the_file(refused):
    problems = refused(GOOD.replace("earned", "earned,surname").replace("100.5", "100.5,Example"))
    assert [problem.code for problem in problems] == ["intake.column-unknown"]


def test_a_missing_column_refuses_the_file(refused):
    problems = refused(GOOD.replace("educ", "schooling"))
    assert {problem.code for problem in problems} == {"intake.column-missing", "intake.column-unknown"}


def test_no_column_has_two_meanings(refused):
    columns = CohortColumns("id", "treat", ("age", "earned"), outcomes=("earned", "age"))
    assert [problem.place for problem in refused(GOOD, columns)] == ["age", "earned"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "blank"),
        (" ", "blank"),
        ("NA", "blank"),
        ("null", "blank"),
        ("nan", "not-finite"),
        ("inf", "not-finite"),
        ("-Infinity", "not-finite"),
        ("1e999", "not-finite"),
        ("twelve", "not-a-number"),
        ("1_000", "not-a-number"),
        ("12 ", "not-a-number"),
        ("٣", "not-a-number"),
        ('"1,000"', "not-a-number"),
        ('"12,5"', "not-a-number"),
        ("0x1F", "not-a-number"),
        ("£5", "not-a-number"),
    ],
)
@pytest.mark.parametrize(("column", "old"), [("age", "30"), ("earned", "100.5")])
def test_every_value_is_a_finite_number(refused, text, code, column, old):
    (problem,) = refused(GOOD.replace(old, text))
    assert (problem.code, problem.line, problem.place) == (f"intake.{code}", 2, column)
    assert problem.value is None


@pytest.mark.parametrize("text", ["2", "yes", "TRUE", "-1", "01"])
def test_the_group_is_0_or_1(refused, text):
    (problem,) = refused(GOOD.replace("Anna,1", f"Anna,{text}"))
    assert (problem.code, problem.place) == ("intake.not-a-group", "treat")


def test_one_row_for_each_person(refused):
    (problem,) = refused(GOOD + "Anna,0,40,9,3\n")
    assert (problem.code, problem.line, problem.place) == ("intake.duplicate-id", 5, "id")
    assert "row 2" in problem.what
    assert "Anna" not in str(problem)


def test_all_problems_of_all_rows_at_once_and_none_repeats_a_cell(refused):
    problems = refused(GOOD + "Dora,1,forty,,inf\n,1,1,1,1\nTotal,2,,,\nEve,1,2\n, , ,,\n")
    assert [(problem.line, problem.place, problem.code.removeprefix("intake.")) for problem in problems] == [
        (5, "age", "not-a-number"),
        (5, "educ", "blank"),
        (5, "earned", "not-finite"),
        (6, "id", "blank"),
        (7, None, "row-total"),
        (8, None, "row-short"),
        (9, None, "row-blank"),
    ]
    assert all(problem.value is None and problem.mend for problem in problems)
    assert "forty" not in str(problems)
