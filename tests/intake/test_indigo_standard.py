"""The standard's fields are read off its own schema, and every heading of its tables leads to one field."""

from collections import Counter
from decimal import Decimal

import jsonschema
import pytest

from sib.intake.indigo_leaf import json_text, leaves_of, nested
from sib.intake.indigo_standard import field_at, fields, lists, schema, tables


def test_the_schema_is_one_of_draft_seven():
    jsonschema.Draft7Validator.check_schema(schema())


# headings and keys as INDIGO-Initiative/database-app publishes them: project.json.fields.json, commit 5b1e4c7
@pytest.mark.parametrize(
    ("path", "title", "kind"),
    [
        ("/name/value", "Impact Bond Name - (Value)", "text"),
        (
            "/overall_project_finance/total_investment_commitment/amount/min/value",
            "Overall project finance - Total investment commitment - Amount - Min - (Value)",
            "number",
        ),
        (
            "/dates/anticipated_duration_of_service_provision/value",
            "Dates - Anticipated duration of service provision - (Value)",
            "number",
        ),
        ("/results/*/outcomes_validator_organisation_ids/value", "Outcomes validator(s) - (Value)", "organisations"),
        ("/outcome_payment_plans/*/id/value", "Outcome Payment Plan Id - (Value)", "text"),
        ("/outcome_payments/*/money/amount_usd/value", "Payments - Amount USD - (Value)", "number"),
        ("/outcome_payments/*/status", "(Status)", "code"),
        ("/provider_side_cost/*/payment/planned/value", "Payment - Planned - (Value)", "number"),
        ("/outcome_payer_cost/*/incurred_by/value", "Cost incurred by - (Value)", "organisation"),
        ("/open_contracting_datas/*/ocid", "OCID", "text"),
    ],
)
def test_fields_and_headings_are_those_that_are_published(path, title, kind):
    field = fields()[path]
    assert (field.title, field.kind) == (title, kind)


def test_a_heading_leads_to_one_field_of_its_table():
    for key in lists():
        titles = Counter(field.title for path, field in fields().items() if path.startswith(f"/{key}/*/"))
        assert titles and max(titles.values()) == 1, key
    once = Counter(field.title for path, field in fields().items() if "*" not in path)
    assert max(once.values()) == 1


def test_a_pointer_finds_its_field_by_row():
    assert field_at("/results/17/period/start_date/value") is fields()["/results/*/period/start_date/value"]
    assert field_at("/results/period") is None
    assert tables()["/results"] and not tables()["/results/*"] and not tables()["/dates"]


@pytest.mark.parametrize(
    "document",
    [
        {"a": [{"b": 1}, {"b": Decimal("12.50")}], "c": {"d": None, "e": []}, "f/g~h": {"i": {}}},
        {"n": [True, False, "ü", 'quote " and \\ line\n']},
    ],
)
def test_a_document_is_its_leaves_and_its_text_keeps_every_digit(document):
    assert nested(dict(leaves_of(document))) == document
    assert ("12.50" in json_text(document)) == ("a" in document)
