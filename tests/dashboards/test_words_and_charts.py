"""The pages' sentences and charts as pure functions of view values."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from published_house import DENVER, EMPTY, LEAVERS, NSW, PILOT

from dashboards.app_pages.cash_flows import charts as cash_flow_charts
from dashboards.app_pages.cash_flows import words as cash_flow_words
from dashboards.app_pages.estimate import charts as estimate_charts
from dashboards.app_pages.estimate import words as estimate_words
from dashboards.app_pages.statement import charts as statement_charts
from dashboards.app_pages.statement import tables as statement_tables
from dashboards.app_pages.statement import words as statement_words
from dashboards.charts import Chart
from sib.access import DEMO_PEOPLE
from sib.settings import Settings
from sib.views.cash_flow_page import CashFlowPage, Return, ReturnKind, cash_flow_page
from sib.views.estimate_page import EstimatePage, Interval, estimate_page
from sib.views.statement_page import StatementPage, statement_page


@pytest.fixture
def denver(settings: Settings) -> StatementPage:
    return statement_page(settings, DEMO_PEOPLE["officer-1"], DENVER)


@pytest.fixture
def flows(settings: Settings) -> CashFlowPage:
    return cash_flow_page(settings, DEMO_PEOPLE["investor"], DENVER)


@pytest.fixture
def nsw(settings: Settings) -> EstimatePage:
    return estimate_page(settings, DEMO_PEOPLE["evaluator"], NSW)


def answer_in(page: StatementPage, **changed: Any) -> str:
    assert page.statement
    return statement_words.answer(page, replace(page.statement, **changed))


def test_the_statement_s_answer_says_who_owes_what_and_how_far_it_is(denver: StatementPage) -> None:
    said = "The city {} <strong>USD 5,724,978.40</strong> for P5: {}."
    assert answer_in(denver) == said.format("owes", "authorised by Tomas Bielby, received on 29 July 2021")
    assert answer_in(denver, received_on=None, state="authorised") == said.format(
        "owes", "authorised by Tomas Bielby, not yet received"
    )
    assert answer_in(denver, authorised_by="", received_on=None, state="drafted") == said.format(
        "would owe", "drafted by Amara Whitlow, waiting for a second person to authorise it"
    )
    assert answer_in(denver, state="void") == said.format("does not owe", "drafted by Amara Whitlow, then made void")


def test_several_payers_owe_together(denver: StatementPage) -> None:
    first, second = denver.lines
    other = replace(second, row=replace(second.row, payer="health_fund"))
    page = replace(denver, lines=(first, other))
    assert answer_in(page).startswith("The city and the health fund owe ")
    assert '<th scope="col">Payer</th>' in statement_tables.lines(page)


def test_a_period_with_a_plain_name_is_quoted(settings: Settings) -> None:
    page = statement_page(settings, DEMO_PEOPLE["officer-1"], LEAVERS)
    assert page.statement
    assert statement_words.period(page.statement) == "the period “life”"


def test_what_the_cap_leaves(settings: Settings, denver: StatementPage) -> None:
    capped = statement_page(settings, DEMO_PEOPLE["officer-1"], NSW)
    assert statement_words.to_date(capped) == (
        "To date USD 259,000.00 of the contract's cap of USD 400,000.00; USD 141,000.00 is left."
    )
    assert statement_words.cap_share(capped) == 0.6475
    assert statement_words.cap_share(denver) is None
    assert "no overall cap is agreed" in statement_words.to_date(denver)


def test_lines_on_hold_are_counted(denver: StatementPage) -> None:
    first, second = denver.lines
    held = [replace(line, row=replace(line.row, hold="not measured")) for line in (first, second)]
    assert statement_words.on_hold(denver) == ""
    assert statement_words.on_hold(replace(denver, lines=(first, held[1]))) == (
        "1 line of 2 is on hold and pays nothing yet; the table says why."
    )
    assert "2 lines of 2 are on hold and pay nothing" in statement_words.on_hold(replace(denver, lines=tuple(held)))


def test_the_chain_goes_from_amount_to_file(denver: StatementPage) -> None:
    said = statement_tables.chain(denver, denver.lines[0])
    links = ["Amount", "Worked out", "Clause", "Rule", "Claims counted", "File", "Row by row"]
    places = [said.index(f"<b>{link}</b>") for link in links]
    assert places == sorted(places)
    assert "USD 620,978.40 = USD 620,978.40 gross" in said
    assert f"sib explain {DENVER}/P5/stable_days" in said


def test_the_investor_s_answer(flows: CashFlowPage, settings: Settings) -> None:
    assert cash_flow_words.answer(flows) == (
        "Investors paid in <strong>USD 8,600,000.00</strong> and received <strong>USD 9,638,911.36</strong> "
        "by 29 July 2021: 1.12 times their money, 3.1 % a year."
    )
    nothing_back = cash_flow_page(settings, DEMO_PEOPLE["investor"], LEAVERS)
    assert cash_flow_words.answer(nothing_back).endswith("and have received nothing back yet.")
    assert cash_flow_words.rate(nothing_back.whole) == "nothing back yet"
    withheld = cash_flow_page(settings, DEMO_PEOPLE["investor"], PILOT)
    assert cash_flow_words.answer(withheld).endswith("what they received in all is withheld.")
    assert cash_flow_words.rate(withheld.whole) == "withheld"
    empty = cash_flow_page(settings, DEMO_PEOPLE["investor"], EMPTY)
    assert cash_flow_words.answer(empty) == "No money has moved between the investors and this contract yet."


def test_a_rate_that_cannot_be_told_says_why(flows: CashFlowPage) -> None:
    several = replace(flows.whole, rate=Return(None, ReturnKind.SEVERAL_ROOTS, (0.1, 0.2)))
    assert cash_flow_words.rate(several) == "several rates balance the flows"
    assert cash_flow_words.answer(replace(flows, whole=several)).endswith(": 1.12 times their money.")


def test_the_curve_s_title_states_the_finding(flows: CashFlowPage, settings: Settings) -> None:
    assert cash_flow_words.finding(flows) == (
        "Investors had their money back on 29 July 2021 and are USD 1,038,911.36 ahead"
    )
    short = cash_flow_page(settings, DEMO_PEOPLE["investor"], LEAVERS)
    assert cash_flow_words.finding(short) == (
        "Investors are still GBP 1,000,000.00 short of their money on 15 October 2019"
    )


def test_an_interval_around_nought_is_called_not_conclusive_and_never_no_effect(nsw: EstimatePage) -> None:
    assert nsw.estimate
    around = replace(nsw.estimate, interval=Interval(100.0, -135.2, 335.2, 0.95))
    said = f"{estimate_words.answer(around)} {estimate_words.doubt(around)}"
    assert said.count("ot conclusive") == 2
    assert "no effect" not in said.lower()
    assert "from −135.20 to 335.20" in said


def test_an_interval_on_one_side_says_which(nsw: EstimatePage) -> None:
    assert nsw.estimate
    assert estimate_words.answer(nsw.estimate) == (
        "Uplift in average yearly earnings: <strong>1,486.52 US dollars</strong>, between 201.09 and 2,771.94 "
        "with 95 % confidence: higher than without the service."
    )
    below = replace(nsw.estimate, interval=Interval(-2.0, -3.0, -1.0, 0.9))
    assert "lower than without the service" in estimate_words.answer(below)
    assert "90 % interval lies below nought" in estimate_words.doubt(below)


def test_without_an_interval_its_doubt_cannot_be_shown(nsw: EstimatePage) -> None:
    assert nsw.estimate
    bare = replace(nsw.estimate, interval=None, seal=None)
    assert "No interval came with this result" in estimate_words.answer(bare)
    assert estimate_words.doubt(bare) == ""
    assert estimate_words.sealed(bare) == "The analysis plan was sealed before outcomes were opened."


def test_the_seal_and_the_signatures_are_named(nsw: EstimatePage) -> None:
    assert nsw.estimate
    assert estimate_words.sealed(nsw.estimate) == (
        "The analysis plan was sealed on 1 December 1977, 09:00 by Owen Achterby and Amara Whitlow, "
        "before outcomes were opened."
    )
    assert estimate_words.signature(nsw.estimate).endswith("signed by Salma Keirwood.")
    unsigned = replace(nsw.estimate, result=replace(nsw.estimate.result, state="replicated", signed_by=""))
    assert estimate_words.signature(unsigned).endswith("replicated, not signed yet.")


def test_what_is_at_stake_leaves_out_what_cannot_be_estimated(nsw: EstimatePage) -> None:
    assert nsw.estimate
    raw, *others = nsw.estimate.comparisons
    page = replace(nsw, estimate=replace(nsw.estimate, comparisons=(replace(raw, estimate=None), *others)))
    chart = estimate_charts.at_stake(page)
    assert (
        chart
        and chart.title == "The sealed comparison pays USD 259,000.00; other ways, USD 240,500.00 to USD 314,500.00"
    )
    assert [row["label"] for row in chart.spec["data"]["values"]] == [one.title for one in others]


def test_a_chart_of_statements_needs_two(denver: StatementPage, settings: Settings) -> None:
    assert statement_charts.by_statement(statement_page(settings, DEMO_PEOPLE["officer-1"], NSW)) is None
    chart = statement_charts.by_statement(denver)
    assert chart and chart.title == "P5 is the largest of 5 statements: USD 5,724,978.40"
    assert [row["text"] for row in chart.spec["data"]["values"]][-1] == "5,724,978.40"


def test_two_statements_for_one_period_are_told_apart(denver: StatementPage) -> None:
    assert denver.statement
    again = replace(denver.statement, statement=f"{DENVER}/P5/2")
    assert statement_charts.label(again, [denver.statement, again]) == f"P5: {DENVER}/P5/2"


def charts(denver: StatementPage, flows: CashFlowPage, nsw: EstimatePage) -> Sequence[Chart | None]:
    assert nsw.estimate
    return (
        statement_charts.by_statement(denver),
        cash_flow_charts.j_curve(flows),
        estimate_charts.at_stake(nsw),
        estimate_charts.love(nsw.estimate.balance),
        estimate_charts.overlap(nsw.estimate.overlap),
    )


def test_every_chart_states_a_finding_and_can_be_heard(
    denver: StatementPage, flows: CashFlowPage, nsw: EstimatePage
) -> None:
    for chart in charts(denver, flows, nsw):
        assert chart and chart.title and chart.alt and chart.note
        assert chart.spec["usermeta"]["embedOptions"] == {"renderer": "svg", "actions": False}
        assert chart.spec["data"]["values"]
        assert "http" not in repr({**chart.spec, "$schema": ""})


def test_the_love_plot_leaves_out_the_score(nsw: EstimatePage) -> None:
    assert nsw.estimate
    chart = estimate_charts.love(nsw.estimate.balance)
    assert chart and chart.title == "After matching all 8 covariates lie within 0.1"
    assert "distance" not in {row["covariate"] for row in chart.spec["data"]["values"]}
    worse = [replace(row, smd_after=0.3) if row.covariate == "age" else row for row in nsw.estimate.balance]
    spoiled = estimate_charts.love(worse)
    assert spoiled and spoiled.title == "After matching 7 of 8 covariates lie within 0.1"


def test_the_overlap_is_mirrored(nsw: EstimatePage) -> None:
    assert nsw.estimate
    chart = estimate_charts.overlap(nsw.estimate.overlap)
    assert chart
    for row in chart.spec["data"]["values"]:
        assert (row["share"] >= 0) == (row["group"] == "enrolled")
        assert row["behind"] == (row["group"] == "whole pool")


def test_nothing_is_drawn_where_there_is_nothing() -> None:
    assert estimate_charts.love(()) is None
    assert estimate_charts.overlap(()) is None
