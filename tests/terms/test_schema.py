"""terms: the JSON Schemas that editors use say what the reader says."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sib.errors import NotValid
from sib.steps.agree import json_schema
from sib.terms.read import parse_contract
from tests.terms.faults import GOOD, spoilt

HERE = Path(__file__).resolve()
CONTRACTS = HERE.parents[2] / "contracts"
FILES = {"contract": sorted(CONTRACTS.glob("*/contract.toml")), "case": sorted(CONTRACTS.glob("*/cases/*.toml"))}
FAULTS = tomllib.loads((HERE.parent / "faults.toml").read_text(encoding="utf-8"))["fault"]
STRUCTURAL = ("contract.unknown-key", "contract.missing-key", "contract.unknown-kind", "contract.bad-value")
UNSEEN = {
    "an impossible day in quotation marks": "JSON has no dates: they are text here",
    "a day in quotation marks": "JSON has no dates: they are text here",
    "a day with a time": "JSON has no dates: they are text here",
    "dated prices out of order": "a schema does not compare neighbours",
    "a price of nineteen digits": "a whole number has no pattern",
    "a payer and payers": "either-or between keys is the reader's",
    "a rate card that nobody pays": "either-or between keys is the reader's",
    "a bare decimal dated price": "230.0 is a whole number to JSON",
    "a share of nothing": "exact numbers are text, which a schema does not order",
    "a band that ends at nothing": "exact numbers are text, which a schema does not order",
    "an empty name": "blanks are stripped by the reader",
}
"""Faults that only the reader sees, and why."""


def plain(value: Any) -> Any:
    """TOML as JSON holds it: dates as text."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


@cache
def schema(of: str) -> Draft202012Validator:
    """The schema, made once."""
    return Draft202012Validator(json_schema(of))


def complaints(of: str, text: str) -> list[str]:
    """What the schema says of a file."""
    return [error.message for error in schema(of).iter_errors(plain(tomllib.loads(text)))]


@pytest.mark.parametrize("of", ["contract", "case"])
def test_the_schema_is_one_and_every_file_fits_it(of: str) -> None:
    Draft202012Validator.check_schema(json_schema(of))
    assert FILES[of]
    assert {file: complaints(of, file.read_text(encoding="utf-8")) for file in FILES[of]} == {
        file: [] for file in FILES[of]
    }


def test_the_good_contract_fits() -> None:
    assert complaints("contract", GOOD) == []


@pytest.mark.parametrize("price", ['"5"', "5", '[{ value = "5" }]', "[{ from = 2020-01-01, value = 5 }]"])
def test_every_way_to_write_a_price_fits(price: str) -> None:
    text = spoilt(('amount = "100"', f"amount = {price}"))
    assert complaints("contract", text) == []
    assert parse_contract(text).contract.amount


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault["code"] in STRUCTURAL], ids=lambda fault: str(fault["name"])
)
def test_what_the_reader_refuses_in_form_the_schema_refuses_too(fault: dict[str, str]) -> None:
    said = complaints("contract", spoilt((fault["old"], fault["new"])))
    assert (not said) == (fault["name"] in UNSEEN), said


def test_what_the_defaults_do_not_share_is_still_required() -> None:
    assert complaints("contract", spoilt(('clause = "Schedule 4"\n', ""))) == ["'clause' is a required property"]
    assert complaints("contract", spoilt(("[defaults.metric]", "[defaults.tranche]"))) != []


def test_another_format_is_not_known() -> None:
    with pytest.raises(NotValid) as caught:
        json_schema("invoice")
    assert caught.value.problems[0].mend == "write contract, case or amendment"
