"""The commissioner's statement: exact amounts, prices, reasons, caps; refused to those who may not see claims."""

from dataclasses import replace
from fractions import Fraction

import pytest
from published_house import DENVER, EMPTY, LEAVERS, NSW

from sib.access import DEMO_PEOPLE, Actor, Role
from sib.errors import Missing, Refused
from sib.settings import Settings
from sib.views.lines import LineRow, plain_price
from sib.views.statement_page import StatementPage, statement_page

OFFICER = DEMO_PEOPLE["officer-1"]


def page_of(settings: Settings, contract: str, statement: str | None = None) -> StatementPage:
    return statement_page(settings, OFFICER, contract, statement)


def test_the_latest_statement_is_shown_unless_one_is_named(settings: Settings) -> None:
    latest, first = page_of(settings, DENVER), page_of(settings, DENVER, f"{DENVER}/P1")
    assert latest.statement and first.statement
    assert (latest.statement.period, latest.statement.total_minor) == ("P5", 572_497_840)
    assert (first.statement.period, first.statement.total_minor) == ("P1", 18_834_984)


def test_five_statements_come_to_the_published_sum(settings: Settings) -> None:
    page = page_of(settings, DENVER)
    totals = [one.total_minor for one in page.statements]
    assert totals == [18_834_984, 83_761_776, 143_640_000, 145_156_536, 572_497_840]
    assert page.to_date_minor == 963_891_136
    assert [one.period for one in page.earlier] == ["P1", "P2", "P3", "P4"]
    assert page.cap_left_minor is None


def test_to_date_counts_only_what_came_before(settings: Settings) -> None:
    assert page_of(settings, DENVER, f"{DENVER}/P2").to_date_minor == 18_834_984 + 83_761_776


def test_a_line_has_price_quantity_sentence_reasons_and_files(settings: Settings) -> None:
    housed, jail = page_of(settings, DENVER).lines
    assert (housed.row.quantity, housed.price, housed.row.amount_minor) == ("41070", "15.12", 62_097_840)
    assert housed.row.reasons[-1] == "41,070 days × USD 15.12 = USD 620,978.40"
    assert housed.sentence.startswith("City and County of Denver pays")
    assert [file.kind for file in housed.files] == ["claims"]
    assert (jail.price, jail.row.amount_minor, jail.row.claims) == ("", 510_400_000, 0)
    assert [(result.reference, result.value) for result in jail.results] == [("DHR-1", "38")]
    assert [file.kind for file in jail.files] == ["results"]


def test_a_line_on_hold_pays_nothing_and_says_why(settings: Settings) -> None:
    line = page_of(settings, DENVER, f"{DENVER}/P1").lines[1]
    assert line.row.amount_minor == 0
    assert line.row.hold == "“reduction in jail days” has not been measured"


def test_the_rate_card_has_23_lines_with_their_published_prices(settings: Settings) -> None:
    page = page_of(settings, LEAVERS)
    assert len(page.lines) == 23
    assert sum(line.row.amount_minor for line in page.lines) == 187_154_000
    assert {line.row.payment: line.price for line in page.lines}["level2_qual"] == "4,730.00"
    assert page.payers == (("department", 187_154_000),)
    assert page.statement and (page.statement.state, page.statement.received_on) == ("authorised", None)


def test_the_cap_leaves_what_was_not_yet_owed(settings: Settings) -> None:
    page = page_of(settings, NSW)
    assert (page.to_date_minor, page.cap_left_minor) == (25_900_000, 14_100_000)


def test_claims_are_counted_by_state_and_files_tell_what_was_refused(settings: Settings) -> None:
    page = page_of(settings, LEAVERS)
    assert sum(one.claims for one in page.claim_counts if one.state == "verified") == 3_118
    assert [(file.accepted, file.refused, file.already_held) for file in page.source_files] == [
        (3_118, 0, 0),
        (4, 33, 2),
    ]


def test_a_contract_without_statements_has_an_empty_page(settings: Settings) -> None:
    page = page_of(settings, EMPTY)
    assert (page.statement, page.lines, page.to_date_minor, page.earlier) == (None, (), 0, ())


def test_a_void_statement_counts_for_nothing(settings: Settings) -> None:
    page = page_of(settings, DENVER)
    assert page.statement
    void = replace(page.statement, state="void")
    changed = replace(page, statement=void, statements=(*page.statements[:-1], void))
    assert changed.to_date_minor == 963_891_136 - 572_497_840


def test_an_unknown_statement_is_named_with_those_there_are(settings: Settings) -> None:
    with pytest.raises(Missing) as raised:
        page_of(settings, NSW, "nowhere")
    assert raised.value.problems[0].expected == f"{NSW}/1978"


def test_an_unknown_contract_is_missing(settings: Settings) -> None:
    with pytest.raises(Missing):
        page_of(settings, "nowhere")


@pytest.mark.parametrize("name", ["investor", "evaluator"])
def test_investor_and_evaluator_see_no_line(settings: Settings, name: str) -> None:
    with pytest.raises(Refused):
        statement_page(settings, DEMO_PEOPLE[name], DENVER)


def test_the_service_provider_sees_the_statement_it_is_paid_by(settings: Settings) -> None:
    assert statement_page(settings, DEMO_PEOPLE["provider"], DENVER).lines


def test_a_commissioner_of_another_contract_is_refused(settings: Settings) -> None:
    with pytest.raises(Refused):
        statement_page(settings, Actor("o", "O", Role.COMMISSIONER, contracts=frozenset({NSW})), DENVER)


def line(quantity: str, gross: int, *reasons: str) -> LineRow:
    return LineRow("s", 1, "p", "P", "m", "c", "payer", quantity, "day", gross, 0, gross, 1, 1, "", reasons)


@pytest.mark.parametrize(
    ("quantity", "gross", "reason", "price"),
    [
        ("41070", 62_097_840, "41,070 days × USD 15.12 = USD 620,978.40", Fraction(1512)),
        ("10", 125, "10 days × USD 0.125 = USD 1.25", Fraction("12.5")),
        ("10", 126, "10 days × USD 0.125 = USD 1.26", None),
        ("38", 510_400_000, "38 percentage points gives USD 5,104,000", None),
        ("", 0, "on hold", None),
        ("0", 0, "0 days × USD 15.12 = USD 0", None),
    ],
)
def test_a_price_is_told_only_where_it_gives_the_gross_amount(
    quantity: str, gross: int, reason: str, price: Fraction | None
) -> None:
    assert plain_price(line(quantity, gross, reason), "USD") == price
