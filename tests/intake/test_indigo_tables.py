"""Records of INDIGO as tables and workbooks: headings lead to fields, formulas are seen, and no cell is lost."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.formula import ArrayFormula

from sib.errors import Missing, NotValid
from sib.intake.indigo import IndigoProject, read_indigo

DATA = Path(__file__).resolve().parents[1] / "data" / "indigo"


def codes(project: IndigoProject) -> dict[str, str]:
    return {each.leaf.pointer: each.problem.code.removeprefix("indigo.") for each in project.quarantined}


def test_published_tables_are_read_for_one_project_by_their_headings():
    project = read_indigo(DATA / "tables", "INDIGO-POJ-9003")
    values = project.values
    assert values["/name/value"] == "Hill School Bond (invented)"
    assert values["/outcome_pricings/0/price_per_unit/amount/value"] == Decimal("250.00")
    assert values["/A column of a later release"] == "kept"
    assert {values[f"/organisations/{row}/id"] for row in (0, 1)} == {"INDIGO-ORG-9201", "INDIGO-ORG-9202"}
    assert not [value for value in values.values() if "Another" in str(value) or "Nobody" in str(value)]
    found = codes(project)
    assert found["/overall_project_finance/maximum_potential_outcome_payment_v2/amount/value"] == "not-a-number"
    assert found["/outcome_pricings/0/notes"] == "formula"
    assert {found[f"/outcome_pricings/1/{at}"] for at in ("notes", "cell 5", "currency/value")} == {"row-long"}
    assert found["/results/1/number_with_positive_social_outcomes/value"] == "negative"
    assert found["/outcome_payments/1/recipient_organisation_id/value"] == "organisation-unknown"
    places = {each.leaf.pointer: each.problem.place for each in project.quarantined}
    assert places["/outcome_pricings/0/notes"] == "projects_outcome_pricings.csv:2, Notes"


def test_rows_that_name_no_project_are_set_apart(tmp_path):
    (tmp_path / "projects.csv").write_text("ID,Impact Bond Name - (Value)\nP1,one\n", encoding="utf-8")
    (tmp_path / "projects_documents.csv").write_text("Project ID,Notes\nP1,mine\n\n,whose?\nP2,theirs\n", "utf-8")
    project = read_indigo(tmp_path)
    assert codes(project) == {"/documents/1/notes": "no-project-id"}
    assert dict(project.values) == {"/id": "P1", "/name/value": "one", "/documents/0/notes": "mine"}


@pytest.mark.parametrize(
    ("project", "error", "code"),
    [(None, NotValid, "indigo.which-project"), ("INDIGO-POJ-1", Missing, "indigo.no-project")],
)
def test_a_folder_of_several_projects_wants_one_named(project, error, code):
    with pytest.raises(error) as caught:
        read_indigo(DATA / "tables", project)
    assert [problem.code for problem in caught.value.problems] == [code]


def workbook(folder: Path) -> Path:
    book = Workbook()
    first = book.active
    first.title = "General Overview"
    for row in (
        ("Field", "Value"),
        ("Impact Bond Name - (Value)", "River Jobs Bond (invented)"),
        ("Dates - Start date of service provision - (Value)", datetime(2021, 4, 1)),
        ("Dates - Anticipated completion date - (Value)", 2024),
        ("Dates - Date outcomes contract signed - (Value)", datetime(2021, 3, 1, 9, 30)),
        ("Overall project finance - Maximum potential loss - (Value)", 0.4),
        ("Overall project finance - Maximum potential return - (Value)", 7.5),
        ("Overall project finance - Maximum potential outcome payment - Currency - (Value)", "GBP"),
        ("Overall project finance - Maximum potential outcome payment - Amount - (Value)", "=SUM(C2:C9)"),
        ("A field of a later release", 12),
    ):
        first.append(row)
    first["B6"].number_format = "0%"
    metrics = book.create_sheet("outcome_metrics")
    metrics.append(("Id", "Outcome Definition - (Value)"))
    metrics.append((1, "works for half a year"))
    prices = book.create_sheet("Outcome Pricings")
    prices.append(("Outcome Metric Id - (Value)", "Currency - (Value)", "Price Per Unit - Amount - (Value)"))
    prices.append((None, None, None))
    prices.append((1, "GBP", 1250.5))
    prices.append((1, "GBP", "#REF!"))
    prices.append((1, "GBP", 0.85))
    prices["C5"].number_format = "0%"
    twice = book.create_sheet("Documents")
    twice.append(("Title - (Value)", "Title - (Value)"))
    twice.append(("one", "another"))
    book.create_sheet("My own notes").append(("seen by", "on"))
    book["My own notes"].append(("me", "Friday"))
    file = folder / "river_jobs.xlsx"
    book.save(file)
    return file


def test_a_workbook_shows_its_formulas_and_its_formats(tmp_path):
    project = read_indigo(workbook(tmp_path))
    assert codes(project) == {
        "/dates/outcomes_contract_signed/value": "date-format",
        "/overall_project_finance/maximum_potential_loss/value": "percent-format",
        "/overall_project_finance/maximum_potential_outcome_payment_v2/amount/value": "formula",
        "/outcome_pricings/1/price_per_unit/amount/value": "formula-error",
        "/outcome_pricings/2/price_per_unit/amount/value": "percent-format",
        "/documents/0/title/value": "heading-repeated",
    }
    told = {each.leaf.pointer: each.problem for each in project.quarantined}
    assert told["/overall_project_finance/maximum_potential_loss/value"].mend == "write 40 as a plain number"
    assert told["/overall_project_finance/maximum_potential_loss/value"].place == "General Overview!B6"
    assert told["/outcome_pricings/2/price_per_unit/amount/value"].place == "Outcome Pricings!C5"
    assert len(project.values) + len(project.quarantined) == len(project.leaves)


def test_nothing_of_a_workbook_is_passed_over(tmp_path):
    book = Workbook()
    book.active.title = "Overview"
    for row in (("name/value", "by its key", "beside it"), (None, "no field"), ("Notes - (Value)", True)):
        book.active.append(row)
    book.active["B3"].number_format = "@"
    prices = book.create_sheet("outcome_pricings")
    prices.append(("Notes", None))
    prices["A2"] = ArrayFormula("A2:A3", "=ROW(1:2)")
    prices["B2"] = "under no heading"
    book.save(tmp_path / "b.xlsx")
    project = read_indigo(tmp_path / "b.xlsx")
    assert codes(project) == {"/notes/value": "not-text", "/outcome_pricings/0/notes": "formula"}
    assert dict(project.values) == {
        "/name/value": "by its key",
        "/name~1value, column 3": "beside it",
        "/row 2": "no field",
        "/outcome_pricings/0/no heading": "under no heading",
    }


def test_a_workbook_gives_days_numbers_and_ids_as_the_standard_writes_them(tmp_path):
    values = read_indigo(workbook(tmp_path)).values
    assert values["/dates/start_date_of_service_provision/value"] == "2021-04-01"
    assert values["/dates/anticipated_completion_date/value"] == "2024"
    assert values["/overall_project_finance/maximum_potential_return/value"] == "7.5"
    assert values["/outcome_metrics/0/id"] == "1"
    assert values["/outcome_pricings/0/price_per_unit/amount/value"] == Decimal("1250.5")
    assert values["/My own notes/0/seen by"] == "me"
    assert values["/A field of a later release"] == 12
