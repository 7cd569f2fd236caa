"""What the register holds leaves the house as INDIGO's results and payments, and no small group with it."""

import json
from datetime import date

import jsonschema
import pytest

from sib.errors import Refused
from sib.intake.indigo_leaf import rows_in
from sib.intake.indigo_standard import schema
from sib.periods import Period
from sib.steps.house import PROJECT, open_house, person
from sib.steps.indigo import as_json, export_contract, import_project
from sib.steps.indigo_results import Paid, export_registered, paid_on, paid_results, published_results
from sib.store.drafts import Line
from sib.terms.read import read_contract
from tests.steps.conftest import begin, settings_in, settle, story_of

CARE_LEAVERS = PROJECT / "contracts" / "care_leavers_reboot_west"
TERMS = read_contract(CARE_LEAVERS / "contract.toml").contract
PERIOD = Period(date(2018, 10, 1), date(2022, 10, 31))
PERSONS = [f"p{number}" for number in range(40)]


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    """One contract of the demonstration, settled and paid."""
    with open_house(settings_in(tmp_path_factory.mktemp("settled"))) as house:
        begin(house, story_of(TERMS.contract.id))
        settle(house, TERMS.contract.id)
        yield house


@pytest.fixture(scope="module")
def said(settled):
    return export_registered(settled, person("officer-1"), CARE_LEAVERS)


def test_the_register_s_record_is_valid_and_read_back_whole(said, tmp_path):
    document = json.loads(as_json(said))
    assert not list(jsonschema.Draft7Validator(schema()).iter_errors(document))
    (tmp_path / "p.json").write_text(as_json(said), encoding="utf-8")
    assert import_project(tmp_path / "p.json", tmp_path / "c").quarantined == ()
    again = export_contract(tmp_path / "c")
    public = {pointer: value for pointer, value in said.items() if not pointer.startswith(_private_rows(said))}
    assert {pointer: again.get(pointer) for pointer in public} == public


def _private_rows(values):
    return tuple(pointer.removesuffix("status") for pointer, value in values.items() if value == "PRIVATE")


def test_rows_of_small_groups_are_private_and_say_nothing(settled, said):
    people = {one.metric: len(one.people) for one in paid_results(settled, person("officer-1"), TERMS.contract.id)}
    small = {metric for metric, number in people.items() if number < settled.settings.small_count}
    assert small, "the sample has a group that is too small to be shown"
    for row in [*rows_in(said, "results").values(), *rows_in(said, "outcome_payments").values()]:
        figures = [at for at in row if at.endswith(("outcomes/value", "achieved/value", "amount/value"))]
        if row["/outcome_metric_id/value"] in small:
            assert row["/status"] == "PRIVATE"
        assert bool(figures) == (row["/status"] == "PUBLIC")


def test_what_is_shown_adds_up_to_no_small_count(said):
    """The published total less the published payments covers more than the small rows, so none can be worked out."""
    total = said["/overall_project_finance/total_outcome_payments_made/amount/value"]
    rows = rows_in(said, "outcome_payments").values()
    held = [row for row in rows if row["/status"] == "PRIVATE"]
    assert total > sum(row["/money/amount/value"] for row in rows if row["/status"] == "PUBLIC")
    assert len(held) > 1
    # the published total: contracts/care_leavers_reboot_west/cases/published_totals.toml
    assert total == 1871540


def test_only_those_who_may_see_statements_ask_the_register(settled):
    with pytest.raises(Refused):
        export_registered(settled, person("evaluator"), CARE_LEAVERS)


def paid(payment: str, number: int, price: int, payer: str = "department") -> Paid:
    count = frozenset(PERSONS[:number])
    return Paid(PERIOD, payment, payment, {payer: number * price * 100}, count, str(number), "outcome")


def test_a_total_that_gives_a_small_count_away_is_private_too():
    totals, rows = published_results(TERMS, (paid("he_year1", 3, 2750),), 10, {})
    assert totals == {
        "/overall_project_finance/total_outcome_payments_made/currency/value": "GBP",
        "/overall_project_finance/total_outcome_payments_made/amount/status": "PRIVATE",
    }
    assert {each.value for row in rows.rows["outcome_payments"] for each in row if each.at == "/status"} == {"PRIVATE"}


def test_a_measured_result_is_shown_and_hides_nothing():
    measured = Paid(
        PERIOD, "level1_qual", "level1_qual", {"department": 500_00}, frozenset(), "4.5", "percentage point"
    )
    totals, rows = published_results(TERMS, (measured, paid("he_year1", 3, 2750)), 10, {})
    statuses = [each.value for row in rows.rows["results"] for each in row if each.at == "/status"]
    assert statuses == ["PUBLIC", "PRIVATE"]
    assert "/overall_project_finance/total_outcome_payments_made/amount/value" not in totals


def test_money_paid_back_is_told_in_words():
    back = Paid(
        PERIOD, "level1_qual", "level1_qual", {"department": -500_00}, frozenset(PERSONS[:20]), "-20", "outcome"
    )
    _, rows = published_results(TERMS, (back,), 10, {})
    (row,) = rows.rows["outcome_payments"]
    said = {each.at: each.value for each in row}
    assert "/money/amount/value" not in said
    assert said["/notes"] == "GBP 500.00 was paid back: the standard has no negative payment"


def test_nothing_paid_is_no_total():
    assert published_results(TERMS, (), 10, {})[0] == {}


def line(claims: tuple[int, ...], *, reverses: bool = False) -> Line:
    sign = -1 if reverses else 1
    return Line(
        payment="begins_he",
        metric="begins_he",
        payer="department",
        clause="Rate card",
        quantity=str(sign * len(claims)),
        unit="outcome",
        gross_minor=sign * len(claims) * 660_00,
        cap_effect_minor=0,
        amount_minor=sign * len(claims) * 660_00,
        claim_ids=claims,
        reverses=reverses,
    )


def test_people_whose_claims_were_reversed_are_not_counted():
    people = {1: "a", 2: "b", 3: "c"}
    both = paid_on(PERIOD, [line((1, 2, 3)), line((2,), reverses=True)], people)
    assert both.people == {"a", "c"} and both.payers == {"department": 2 * 660_00} and both.quantity == ""
    # a reversal alone is as small as the number of people it is about
    assert paid_on(PERIOD, [line((2,), reverses=True)], people).people == {"b"}
