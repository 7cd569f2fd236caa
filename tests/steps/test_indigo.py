"""A record of INDIGO becomes the start of a contract and comes out again, with nothing lost and nothing made up."""

import csv
import json
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sib.errors import NotValid, Refused
from sib.intake.indigo import read_indigo
from sib.intake.indigo_leaf import Value, is_public, json_text, leaves_of
from sib.intake.indigo_standard import Field, fields, schema
from sib.steps.agree import check_contract, contract_sheet
from sib.steps.house import PROJECT
from sib.steps.indigo import as_json, as_workbook, export_contract, import_project
from sib.terms.contract import Contract
from sib.terms.read import read_contract

DATA = PROJECT / "tests" / "data" / "indigo"
VALIDATOR = jsonschema.Draft7Validator(schema())
CONTRACTS = sorted(file.parent.name for file in (PROJECT / "contracts").glob("*/contract.toml"))


EMPTY = ("/sources", "/outcome_metrics")
"""Lists in which the schema wants a row: an empty one is kept, not passed on."""


def load(file: Path) -> Any:
    return load_text(file.read_text(encoding="utf-8"))


def load_text(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def flat(document: Any) -> dict[str, Any]:
    """Leaves as they compare after a way through JSON."""
    return {
        pointer: [] if value == () and isinstance(value, tuple) else value for pointer, value in leaves_of(document)
    }


def faults(values: Mapping[str, Value]) -> list[str]:
    """What the standard's schema says against the record."""
    return [f"{list(fault.path)}: {fault.message}" for fault in VALIDATOR.iter_errors(json.loads(as_json(values)))]


def imported(folder: Path, name: str, project: str | None = None) -> tuple[Path, Contract]:
    import_project(DATA / name, folder / "c", project)
    return folder / "c", read_contract(folder / "c" / "contract.toml").contract


def test_the_record_s_facts_stand_in_the_contract(tmp_path):
    _, contract = imported(tmp_path, "night_shelter.json")
    header = contract.contract
    assert (header.id, header.name) == ("indigo_poj_9001", "Night Shelter Bond (invented)")
    assert (header.currency, str(header.starts_on), str(header.ends_on)) == ("GBP", "2023-04-01", "2026-03-31")
    assert header.summary == "A hostel helps people into a home of their own and to keep it."
    assert [(party.name, party.role) for party in contract.party] == [
        ("Northmere Council", "outcome payer"),
        ("Southmere Council", "outcome payer"),
        ("Lantern House", "service provider"),
        ("The Patient Fund", "investor"),
        ("Mere Advisers", "intermediary"),
    ]
    assert contract.cohort[0].size == 120
    first, second = contract.metric
    assert (first.unit, first.counted_from, first.compared_with.kind) == ("person", "claims", "none")
    assert (second.unit, second.counted_from, second.compared_with.kind) == ("night", "estimate", "matched")
    assert first.evidence == ("a signed tenancy",)
    assert [(payment.id, payment.amount.price[0].value) for payment in contract.payment] == [
        ("outcomemetric1", 1500),
        ("outcomemetric2", Decimal("12.50")),
    ]
    assert contract.payment[0].cap[0].value == 600000 and contract.payment[1].cap == ()
    assert [(cap.over, cap.amount[0].value) for cap in contract.cap] == [("all payments", 900000)]
    assert [(each.kind, each.committed) for each in contract.tranche] == [("senior", 250000)]
    assert [str(period.starts_on) for period in contract.settlement] == ["2023-04-01", "2024-04-01"]


def test_what_the_record_does_not_say_is_marked(tmp_path):
    folder, contract = imported(tmp_path, "night_shelter.json")
    text = (folder / "contract.toml").read_text(encoding="utf-8")
    assert "# to be completed: the payers' shares" in text
    assert "the payers' shares" in (contract.payment[0].illustrative or "")
    assert "the rounding" in (contract.contract.illustrative or "")
    assert contract.party[0].illustrative is None


def test_the_draft_is_a_contract_that_the_checks_accept(tmp_path):
    folder, _ = imported(tmp_path, "harbour_skills.json")
    (folder / "README.md").write_text(contract_sheet(folder)[1], encoding="utf-8")
    assert check_contract(folder).good


def test_private_and_disputed_figures_stay_out_of_the_contract(tmp_path):
    document = load(DATA / "night_shelter.json")
    rows = document["project"]["data"]
    rows["outcome_pricings"][0]["status"] = "PRIVATE"
    rows["dates"]["start_date_of_service_provision"]["status"] = "DISPUTED"
    (tmp_path / "p.json").write_text(json_text(document), encoding="utf-8")
    import_project(tmp_path / "p.json", tmp_path / "c")
    contract = read_contract(tmp_path / "c" / "contract.toml").contract
    assert [payment.id for payment in contract.payment] == ["outcomemetric2"]
    assert "the first day, which is known only roughly" in (contract.contract.illustrative or "")
    said = export_contract(tmp_path / "c")
    assert 1500 not in said.values() and "2023-04-01" not in [
        value for pointer, value in said.items() if pointer.startswith("/dates")
    ]
    assert said["/outcome_pricings/0/status"] == "PRIVATE"


def test_a_private_project_is_not_published(tmp_path):
    (tmp_path / "p.json").write_text('{"status": "PRIVATE", "name": {"value": "n"}}', encoding="utf-8")
    import_project(tmp_path / "p.json", tmp_path / "c")
    with pytest.raises(Refused) as caught:
        export_contract(tmp_path / "c")
    assert caught.value.problems[0].code == "indigo.private"


@pytest.mark.parametrize("name", ["night_shelter.json", "harbour_skills.json", "tables"])
def test_every_value_is_used_kept_or_set_apart_and_the_counts_add_up(tmp_path, name):
    done = import_project(DATA / name, tmp_path / "c", "INDIGO-POJ-9003" if name == "tables" else None)
    read = read_indigo(DATA / name, "INDIGO-POJ-9003" if name == "tables" else None)
    facts, held = load(tmp_path / "c" / "facts.json"), load(tmp_path / "c" / "quarantine.json")
    assert facts["counts"] == done.counts
    assert done.counts["values"] == len(read.leaves) == len(facts["used"]) + len(facts["kept"]) + len(held)
    with (tmp_path / "c" / "quarantine.csv").open(encoding="utf-8", newline="") as table:
        assert len(list(csv.DictReader(table))) == len(held) == sum(done.faults.values())
    where = [*facts["used"], *facts["kept"], *(each["pointer"] for each in held)]
    assert sorted(where) == sorted(leaf.pointer for leaf in read.leaves)


def test_a_folder_with_a_contract_is_not_written_over(tmp_path):
    (tmp_path / "contract.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(Refused) as caught:
        import_project(DATA / "night_shelter.json", tmp_path)
    assert caught.value.problems[0].code == "indigo.held"
    assert [each.name for each in tmp_path.iterdir()] == ["contract.toml"]


def test_a_record_comes_out_as_it_went_in_but_for_what_is_private(tmp_path):
    folder, _ = imported(tmp_path, "night_shelter.json")
    document = load(DATA / "night_shelter.json")["project"]
    went_in = {**flat(document["data"]), "/id": document["id"]}
    # the target rate of return is marked as private: its status stays, its value does not
    del went_in["/investment_details/internal_rate_of_return/target/value"]
    said = export_contract(folder)
    assert flat(load_text(as_json(said))) == went_in
    assert faults(said) == []


def test_an_amended_contract_is_published_as_amended(tmp_path):
    folder, _ = imported(tmp_path, "night_shelter.json")
    file = folder / "contract.toml"
    text = file.read_text(encoding="utf-8")
    text = text.replace('price = "1500"', 'price = "1600"').replace("Lantern House", "Lantern Homes")
    text = text.replace("ends_on = 2026-03-31", "ends_on = 2027-03-31")
    text = text.replace('kind = "senior"', 'kind = "equity"').replace('unit = "night"', 'unit = "day"')
    text = text.replace('per = "night"', 'per = "day"').replace('id = "contract_cap"', 'id = "another_cap"')
    text += """
[[metric]]
id = "course"
name = "finishes a course"
unit = "person"
counted_from = "claims"
cohort = "cohort"
compared_with = { kind = "none", words = "nothing: every verified outcome is paid" }
evidence = ["a certificate"]
window = { opens = 2023-04-01, closes = 2026-03-31 }
clause = "Amendment 1"
"""
    file.write_text(text, encoding="utf-8")
    before, now = read_indigo(DATA / "night_shelter.json").values, export_contract(folder)
    changed = {pointer: value for pointer, value in now.items() if before.get(pointer) != value}
    assert {pointer: value for pointer, value in changed.items() if not pointer.startswith("/outcome_metrics/2")} == {
        "/outcome_pricings/0/price_per_unit/amount/value": 1600,
        "/organisations/2/name/value": "Lantern Homes",
        "/dates/anticipated_completion_date/value": "2027-03-31",
        "/investments/0/investment_type/value": "Equity",
        "/outcome_metrics/1/unit_description_of_service_user_or_beneficiaries/value": "day",
    }
    # the cap that was read is gone, and the new one is still marked as illustrative
    assert "/overall_project_finance/maximum_potential_outcome_payment_v2/amount/value" not in now
    assert (
        now["/outcome_metrics/2/id"] == "course" and now["/outcome_metrics/2/definition/value"] == "finishes a course"
    )


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"used": {"/a": {"value": 1, "place": "x"}}, "kept": {}}'])
def test_facts_that_no_import_wrote_are_refused(tmp_path, content):
    folder, _ = imported(tmp_path, "night_shelter.json")
    (folder / "facts.json").write_text(content, encoding="utf-8")
    with pytest.raises(NotValid) as caught:
        export_contract(folder)
    assert caught.value.problems[0].code == "indigo.facts"


def test_a_contract_of_ours_in_the_standard_s_words():
    said = export_contract(PROJECT / "contracts" / "denver_supportive_housing")
    contract = read_contract(PROJECT / "contracts" / "denver_supportive_housing" / "contract.toml").contract
    assert said["/name/value"] == contract.contract.name
    named = {said[f"/organisations/{row}/id"] for row in range(len(contract.party))}
    assert named == {party.id for party in contract.party}
    # 8.6 million dollars were invested: Urban Institute, final outcome payments, July 2021
    assert said["/overall_project_finance/total_investment_commitment/amount/exact/value"] == 8600000
    # 15.12 dollars a stable day, the same report
    prices = [value for pointer, value in said.items() if pointer.endswith("price_per_unit/amount/value")]
    assert Decimal("15.12") in prices


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_contract_is_published_and_read_back_equal(tmp_path, name):
    said = export_contract(PROJECT / "contracts" / name)
    assert faults(said) == []
    (tmp_path / "p.json").write_text(as_json(said), encoding="utf-8")
    done = import_project(tmp_path / "p.json", tmp_path / "c")
    assert done.quarantined == ()
    assert export_contract(tmp_path / "c") == said
    again, ours = (read_contract(f / "contract.toml").contract for f in (tmp_path / "c", PROJECT / "contracts" / name))
    assert [metric.id for metric in again.metric] == [metric.id for metric in ours.metric]
    assert again.contract.id == ours.contract.id and again.contract.ends_on == ours.contract.ends_on


@pytest.mark.parametrize("name", ["denver_supportive_housing", "care_leavers_reboot_west"])
def test_a_workbook_says_what_the_json_says(tmp_path, name):
    said = export_contract(PROJECT / "contracts" / name)
    (tmp_path / "p.xlsx").write_bytes(as_workbook(said))
    read = read_indigo(tmp_path / "p.xlsx")
    assert read.quarantined == ()
    assert dict(read.values) == said


# any record at all


GOOD: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(
        ["a", "b", "INDIGO-ORG-0001", "A b!", "1", "GBP", "USD", "some words", "40%", "12.5", "a,b"]
    ),
    "number": st.sampled_from([0, 1, 3, 100, Decimal("12.50"), Decimal("33.33"), 250]),
    "date": st.sampled_from(["2020", "2020-02", "2020-02-29", "2021-12-31", "2019-01-01"]),
    "country": st.just("GB"),
    "organisation": st.sampled_from(["a", "b", "INDIGO-ORG-0001"]),
    "organisations": st.sampled_from(["a", "a,b", "zz"]),
}
ODD = st.sampled_from(
    ["=A1", "0.4", "2020-13", "1/2/2020", Decimal("1e50"), [], {}, ["x"], "\ud800", "\x7f", " ", "PRIVATE"]
)
BAD = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), ODD)
TELLING = (
    "id",
    "price",
    "organisation",
    "currency",
    "amount/value",
    "type/",
    "plan_id",
    "positive",
    "date",
    "unit_",
    "name/",
)
OFTEN = [path for path in sorted(fields()) if any(word in path for word in TELLING)]


def a_value(field: Field) -> st.SearchStrategy[Any]:
    good = st.sampled_from(field.codes) if field.codes else GOOD[field.kind]
    return st.integers(0, 9).flatmap(lambda chance: good if chance else BAD)


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for _ in range(draw(st.integers(1, 50))):
        path = draw(st.sampled_from(OFTEN if draw(st.booleans()) else sorted(fields())))
        values[path.replace("*", str(draw(st.integers(0, 2))))] = draw(a_value(fields()[path]))
    return as_document(values)


def as_document(values: Mapping[str, Any]) -> dict[str, Any]:
    """Nested by pointer; row numbers close up."""
    root: dict[str, Any] = {}
    for pointer, value in values.items():
        *steps, last = pointer.split("/")[1:]
        node = root
        for step in steps:
            node = node.setdefault(step, {})
        node[last] = value
    numbered = {
        key for key, part in root.items() if isinstance(part, dict) and part and all(k.isdecimal() for k in part)
    }
    return {key: [part[k] for k in sorted(part)] if key in numbered else part for key, part in root.items()}


def element(pointer: str) -> str:
    """The element of a list that a value stands in, or the part of the record."""
    return "/".join(pointer.split("/")[:3])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@example(
    {
        "results": [
            {"other_description_of_result": {"value": ""}},
            {"evaluation_documents_source_ids": {"value": "a"}},
        ]
    }
)
@given(records())
def test_nothing_is_lost_and_what_comes_out_is_valid_whatever_came_in(document):
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "p.json").write_text(json_text(document), encoding="utf-8")
        counts = import_project(folder / "p.json", folder / "c").counts
        went_in = flat(load(folder / "p.json"))
        facts, held = load(folder / "c" / "facts.json"), load(folder / "c" / "quarantine.json")
        assert counts["values"] == counts["used"] + counts["kept"] + counts["quarantined"] == len(went_in)
        clean = {**{pointer: each["value"] for pointer, each in facts["used"].items()}, **facts["kept"]}
        assert {**clean, **{each["pointer"]: each["value"] for each in held}} == went_in
        if clean.get("/status") in ("PRIVATE", "DISPUTED"):
            return
        said = export_contract(folder / "c")
        assert faults(said) == []
        there = Counter(map(str, flat(load_text(as_json(said))).values() if said else ()))
        kept = {pointer: value for pointer, value in clean.items() if value is not None and pointer not in EMPTY}
        public = Counter(str(value) for pointer, value in kept.items() if is_public(clean, pointer))
        # a blank is passed on where the standard wants text, and only there
        assert not [value for value in public - there if value.strip()], "something public is lost"
        assert not there - Counter(map(str, kept.values())), "something is made up"
        (folder / "p.xlsx").write_bytes(as_workbook(said))
        cells = read_indigo(folder / "p.xlsx").values
        filled = {pointer: value for pointer, value in said.items() if str(value).strip() and value not in ((), {})}
        # a sheet has no place for an element of a list that says nothing: those after it move up
        if {element(pointer) for pointer in said} == {element(pointer) for pointer in filled}:
            assert {pointer: cells.get(pointer) for pointer in filled} == filled
        if said and all(is_public(clean, pointer) for pointer in clean):
            (folder / "q.json").write_text(as_json(said), encoding="utf-8")
            assert read_indigo(folder / "q.json").quarantined == ()
