"""A record of INDIGO is read whole: every slip that public records have is set apart, with its place and its mend."""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sib.errors import Missing, NotValid
from sib.intake.indigo import IndigoProject, quarantine_csv, read_indigo
from sib.intake.indigo_leaf import json_text, leaves_of

DATA = Path(__file__).resolve().parents[1] / "data" / "indigo"


def record(folder: Path, document: object) -> IndigoProject:
    file = folder / "project.json"
    file.write_text(json_text(document), encoding="utf-8")
    return read_indigo(file)


def codes(project: IndigoProject) -> dict[str, str]:
    return {each.leaf.pointer: each.problem.code.removeprefix("indigo.") for each in project.quarantined}


TRAPS = {
    "/name/value": "formula",
    "/status": "code-unknown",
    "/stage_development/value": "code-unknown",
    "/dates/outcomes_contract_signed/value": "date-impossible",
    "/dates/anticipated_completion_date/value": "date-format",
    "/dates/actual_completion_date/value": "date-format",
    "/dates/start_date_of_service_provision/value": "period-backwards",
    "/jurisdiction/jurisdiction/value": "country",
    "/overall_project_finance/maximum_potential_outcome_payment_v2/amount/value": "not-a-number",
    "/overall_project_finance/total_investment_commitment/currency/value": "currency-unknown",
    "/overall_project_finance/total_investment_commitment/amount/exact/value": "currency-unknown",
    "/overall_project_finance/total_outcome_payments_made/currency/value": "currency-other",
    "/overall_project_finance/total_outcome_payments_made/amount/value": "currency-other",
    "/overall_project_finance/maximum_potential_loss/value": "percent-or-share",
    "/investments/1/maximum_potential_return/value": "percent-or-share",
    "/service_and_beneficiaries/targeted_number_service_users_or_beneficiaries_total/value": "not-a-number",
    "/service_and_beneficiaries/actual_number_service_users_or_beneficiaries_total/value": "negative",
    "/organisations/2/id": "id-repeated",
    "/organisations/3/id": "id-repeated",
    "/organisations/3/name/value": "row-held",
    "/service_provisions/1/id": "id-repeated",
    "/outcome_payment_commitments/1/organisation_id/value": "organisation-unknown",
    "/outcome_payment_commitments/1/maximum_potential_outcome_payment/amount/value": "row-held",
    "/investments/0/organisation_id/value": "organisation-unknown",
    "/investments/1/investment_commitment/amount/exact/value": "not-a-number",
    "/outcome_metrics/3/definition/value": "characters",
    "/outcome_pricings/0/price_per_unit/amount/value": "price-not-paid",
    "/outcome_pricings/1/price_per_unit/amount/value": "amount-too-fine",
    "/outcome_pricings/2/outcome_metric_id/value": "metric-unknown",
    "/outcome_pricings/3/price_per_unit/amount/value": "currency-missing",
    "/results/1/period/start_date/value": "period-backwards",
    "/results/1/number_engaged_in_impact_bond/value": "count-not-whole",
    "/outcome_payments/2/money/amount/value": "payment-repeated",
    "/outcome_payments/3/money/amount/value": "plan-repeated",
    "/outcome_payments/4/money/amount/value": "actual-in-plan-only",
    "/outcome_payments/5/outcome_payment_plan_id/value": "plan-unknown",
    "/documents/title/value": "shape",
    "/notes/value": "not-text",
}


@pytest.fixture(scope="module")
def harbour() -> IndigoProject:
    return read_indigo(DATA / "harbour_skills.json")


@pytest.mark.parametrize(("pointer", "code"), TRAPS.items())
def test_every_trap_is_set_apart_with_its_reason(harbour, pointer, code):
    assert codes(harbour)[pointer] == code


def test_what_is_right_beside_a_trap_stays(harbour):
    assert harbour.currency == "EUR"
    assert harbour.values["/overall_project_finance/maximum_potential_return/value"] == "40%"
    # the first of two word-for-word rows, the first of two alike payments, the actual payment that stands by itself
    assert harbour.values["/service_provisions/0/id"] == "sp1"
    assert harbour.values["/outcome_payments/1/money/amount/value"] == 50000
    assert harbour.values["/outcome_payments/0/money/amount/value"] == 41000


def test_every_value_is_clean_or_set_apart_and_told_in_full(harbour):
    assert len(harbour.values) + len(harbour.quarantined) == len(harbour.leaves)
    for each in harbour.quarantined:
        told = each.problem
        assert told.what and told.mend and told.place and told.file == str(DATA / "harbour_skills.json")
    price = next(each.problem for each in harbour.quarantined if each.problem.code == "indigo.price-not-paid")
    # 60 × 683.33 = 40,999.80; 41,000 ÷ 60 = 683.33…
    assert price.what.startswith("the price times the count is 40999.8, but 41000 was paid; it looks like the average")


def test_the_list_for_people_runs_in_no_spreadsheet(harbour):
    rows = list(csv.DictReader(io.StringIO(quarantine_csv(harbour.quarantined))))
    assert len(rows) == len(harbour.quarantined)
    assert rows[0]["found"] == """'=CONCAT("Harbour ","Skills")"""
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "@"))]


def test_a_clean_record_stays_clean_and_word_for_word():
    project = read_indigo(DATA / "night_shelter.json")
    document = json.loads((DATA / "night_shelter.json").read_text(encoding="utf-8"), parse_float=Decimal)["project"]
    assert project.quarantined == ()
    assert project.values == {**dict(leaves_of(document["data"])), "/id": "INDIGO-POJ-9001"}
    assert project.currency == "GBP"


@pytest.mark.parametrize(
    ("name", "content", "error", "code"),
    [
        ("a.json", b"{", NotValid, "indigo.not-json"),
        ("a.json", b"[" * 100_000, NotValid, "indigo.not-json"),
        ("a.json", b"[1]", NotValid, "indigo.no-project"),
        ("a.json", b"{}", NotValid, "indigo.no-project"),
        ("a.json", b"\xff\xfe", NotValid, "indigo.not-utf8"),
        ("a.xlsx", b"no workbook", NotValid, "indigo.not-workbook"),
        ("a.pdf", b"%PDF", NotValid, "indigo.kind"),
        ("projects.csv", b"", NotValid, "indigo.no-header"),
        ("projects.csv", b'ID,"Name\n', NotValid, "indigo.not-csv"),
        ("other.csv", b"ID\n", Missing, "indigo.no-table"),
    ],
)
def test_what_is_no_record_is_refused_whole(tmp_path, name, content, error, code):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(error) as caught:
        read_indigo(tmp_path if name.endswith(".csv") else tmp_path / name)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_a_file_that_is_not_there_is_missing(tmp_path):
    with pytest.raises(Missing):
        read_indigo(tmp_path / "absent.json")


def test_a_value_deeper_than_any_field_is_set_apart(tmp_path):
    deep: object = "x"
    for _ in range(50):
        deep = {"a": deep}
    assert list(codes(record(tmp_path, deep)).values()) == ["shape"]


def test_a_blank_is_no_fault_whatever_was_wanted(tmp_path):
    period = {"period": {"start_date": {"value": ""}, "end_date": {"value": "2020"}}}
    document = {"status": "", "dates": {"actual_completion_date": {"value": " "}}, "results": [period]}
    project = record(tmp_path, {**document, "name": {"value": None}})
    assert project.quarantined == () and len(project.values) == 5


def test_a_key_that_stands_twice_is_trusted_in_neither_place(tmp_path):
    file = tmp_path / "p.json"
    file.write_text('{"name": {"value": "one", "value": "two"}, "notes": {"value": "kept"}}', encoding="utf-8")
    project = read_indigo(file)
    assert [(each.leaf.value, each.problem.code) for each in project.quarantined] == [
        ("one", "indigo.key-repeated"),
        ("two", "indigo.key-repeated"),
    ]
    assert dict(project.values) == {"/notes/value": "kept"}


AMOUNT = "/overall_project_finance/total_outcome_payments_made/amount/value"


@pytest.mark.parametrize(
    ("digits", "code"),
    [("1" * 5000, "too-long"), ("1e999999999", "too-long"), ("1e-30", "too-long"), ("NaN", "not-a-number")],
)
def test_figures_that_are_no_amount_are_set_apart_as_they_stand(tmp_path, digits, code):
    file = tmp_path / "p.json"
    made = f'{{"currency": {{"value": "GBP"}}, "amount": {{"value": {digits}}}}}'
    file.write_text(f'{{"overall_project_finance": {{"total_outcome_payments_made": {made}}}}}', encoding="utf-8")
    project = read_indigo(file)
    assert codes(project) == {AMOUNT: code}
    held = json_text([each.as_dict() for each in project.quarantined])
    (again,) = json.loads(held, parse_float=Decimal, parse_int=Decimal)
    assert again["value"] == (digits if digits == "NaN" else Decimal(digits))


def test_what_stands_under_a_status_that_nobody_can_read_is_held(tmp_path):
    document = {
        "name": {"value": "n"},
        "dates": {"actual_completion_date": {"value": "2024", "status": "secret"}},
        "results": [{"status": "Private", "number_engaged_in_impact_bond": {"value": 3}}, {"status": "PRIVATE"}],
    }
    project = record(tmp_path, document)
    assert codes(project) == {
        "/dates/actual_completion_date/value": "row-held",
        "/dates/actual_completion_date/status": "code-unknown",
        "/results/0/status": "code-unknown",
        "/results/0/number_engaged_in_impact_bond/value": "row-held",
    }


def test_one_result_for_the_whole_stands_beside_all_payments(tmp_path):
    document = priced(1000, 40, [30000, 20000])
    for row in (*document["results"], *document["outcome_payments"][:1]):
        del row["period"]
    # 40 × 1,000 = 40,000, and 50,000 was paid; without the count's period, only the whole can be compared
    assert codes(record(tmp_path, document)) == {"/outcome_pricings/0/price_per_unit/amount/value": "price-not-paid"}


def priced(price: object, count: object, paid: list[object], unit: str | None = None) -> dict[str, Any]:
    """One metric with a price, one result, and actual payments of one period each."""
    period = {"start_date": {"value": "2023"}, "end_date": {"value": "2023"}}
    money = [{"currency": {"value": "GBP"}, "amount": {"value": amount}} for amount in paid]
    return {
        "outcome_metrics": [
            {"id": "m", **({"unit_type_of_targeted_service_users_or_beneficiaries": {"value": unit}} if unit else {})}
        ],
        "outcome_pricings": [
            {
                "outcome_metric_id": {"value": "m"},
                "currency": {"value": "GBP"},
                "price_per_unit": {"amount": {"value": price}},
            }
        ],
        "results": [
            {
                "outcome_metric_id": {"value": "m"},
                "period": period,
                "number_with_positive_social_outcomes": {"value": count},
            }
        ],
        "outcome_payments": [
            {"outcome_metric_id": {"value": "m"}, "period": period, "type": {"value": "Actual"}, "money": each}
            for each in money
        ],
    }


@pytest.mark.parametrize(
    ("price", "count", "paid", "unit", "held"),
    [
        (Decimal("12.50"), 40, [Decimal("500.00")], None, False),  # 40 × 12.50 = 500
        (Decimal("12.50"), 40, [300, 200], None, False),  # two payers pay it
        (Decimal("12.49"), 40, [500], None, True),  # 40 × 12.49 = 499.60
        (1000, 40, [50000], None, True),  # 40 × 1,000 = 40,000
        (Decimal("12.49"), 40, [500], "Other", False),  # the price is not of a person
        (1000, 40, [], None, False),  # nothing to compare with
    ],
)
def test_a_price_is_held_where_price_times_count_is_not_what_was_paid(tmp_path, price, count, paid, unit, held):
    project = record(tmp_path, priced(price, count, paid, unit))
    found = codes(project).get("/outcome_pricings/0/price_per_unit/amount/value")
    assert found == ("price-not-paid" if held else None)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("12", None),
        ("0.4%", None),
        ("5% to 12%, depending on the year", None),
        ("0", None),
        ("0.4", "percent-or-share"),
        ("1", "percent-or-share"),
        ("140", "percent-too-large"),
    ],
)
def test_a_share_is_not_taken_for_a_percentage(tmp_path, value, code):
    document = {"overall_project_finance": {"maximum_potential_loss": {"value": value}}}
    assert list(codes(record(tmp_path, document)).values()) == ([code] if code else [])


@pytest.mark.parametrize(
    "document",
    [
        {"name": "a value where a table belongs"},
        {"name": {"value": {"deeper": "x"}}},
        {"status": {"value": "PUBLIC"}},
        {"outcome_metrics": {"id": "a table where a list belongs"}},
        {"dates": [{"notes": "a list where a table belongs"}]},
        {"notes": {"value": []}},
        {"documents": {}},
        {"jurisdiction": []},
        {"a_later_field": {"0": "keys like a list's"}},
    ],
)
def test_tables_lists_and_values_stand_where_the_standard_has_them(tmp_path, document):
    assert list(codes(record(tmp_path, document)).values()) == ["shape"]
