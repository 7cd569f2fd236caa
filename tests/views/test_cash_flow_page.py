"""The investor's cash flows: exact sums and rates, no line, nothing from which a small count could be worked out."""

from dataclasses import asdict, fields, is_dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from published_house import DENVER, EMPTY, LEAVERS, NSW, PILOT, house_rows, publish_house

from sib.access import DEMO_PEOPLE
from sib.errors import Refused
from sib.settings import Settings
from sib.views.cash_flow_page import CashFlowPage, ReturnKind, cash_flow_page

INVESTOR = DEMO_PEOPLE["investor"]


def page_of(settings: Settings, contract: str) -> CashFlowPage:
    return cash_flow_page(settings, INVESTOR, contract)


def test_the_sums_of_all_tranches_are_exact(settings: Settings) -> None:
    whole = page_of(settings, DENVER).whole
    assert (whole.drawn_minor, whole.received_minor, whole.net_minor) == (860_000_000, 963_891_136, 103_891_136)
    assert (whole.repaid_minor, whole.return_minor) == (860_000_000, 103_891_136)
    assert whole.multiple == Fraction(963_891_136, 860_000_000)


def test_the_rate_balances_the_dated_flows(settings: Settings) -> None:
    page = page_of(settings, DENVER)
    assert page.whole.rate and page.whole.rate.kind is ReturnKind.SOLVED and page.whole.rate.rate
    first = page.flows[0].flow_on
    balance = sum(
        (flow.amount_minor or 0) / (1 + page.whole.rate.rate) ** ((flow.flow_on - first).days / 365)
        for flow in page.flows
    )
    assert balance == pytest.approx(0, abs=1)


def test_the_curve_ends_at_the_net_amount(settings: Settings) -> None:
    flows = page_of(settings, DENVER).flows
    assert flows[0].cumulative_minor == -360_000_000
    assert min(flow.cumulative_minor or 0 for flow in flows) == -757_403_240
    assert flows[-1].cumulative_minor == 103_891_136
    assert [flow.flow_on for flow in flows] == sorted(flow.flow_on for flow in flows)
    assert flows[1].period == "P1"


def test_what_is_paid_in_is_negative_and_what_comes_back_positive(settings: Settings) -> None:
    for flow in page_of(settings, DENVER).flows:
        assert flow.amount_minor and (flow.amount_minor < 0) == (flow.kind == "drawdown")


def test_before_anything_came_back_the_multiple_is_nought(settings: Settings) -> None:
    whole = page_of(settings, LEAVERS).whole
    assert (whole.drawn_minor, whole.received_minor, whole.multiple) == (100_000_000, 0, 0)


def test_the_provider_s_share_is_no_investors_money(settings: Settings) -> None:
    page = page_of(settings, LEAVERS)
    assert [one.name for one in page.tranches] == ["Social investors"]
    assert [one.name for one in page.others] == ["Provider's share of the surplus"]


def test_undrawn_money_is_told_by_tranche(settings: Settings) -> None:
    (fund,) = page_of(settings, NSW).tranches
    assert (fund.committed_minor, fund.undrawn_minor) == (24_000_000, 0)


def test_a_contract_without_flows_has_an_empty_page(settings: Settings) -> None:
    page = page_of(settings, EMPTY)
    assert (page.flows, page.tranches, page.as_of) == ((), (), None)
    assert (page.whole.drawn_minor, page.whole.multiple, page.whole.rate) == (0, None, None)


def test_a_payment_for_four_people_is_withheld_and_so_is_one_beside_it(settings: Settings) -> None:
    page = page_of(settings, PILOT)
    assert page.withheld
    assert {flow.period: flow.amount_minor for flow in page.flows} == {
        "": -20_000_000,
        "S1": None,
        "S2": None,
        "S3": 6_820_000,
    }


def test_nothing_that_adds_up_to_a_withheld_amount_is_shown(settings: Settings) -> None:
    page = page_of(settings, PILOT)
    for performance in (page.whole, *(one.performance for one in page.tranches)):
        shown = (performance.repaid_minor, performance.return_minor, performance.received_minor, performance.net_minor)
        assert shown == (None, None, None, None)
        assert (performance.multiple, performance.rate) == (None, None)
    first = next(place for place, flow in enumerate(page.flows) if flow.amount_minor is None)
    assert all(flow.cumulative_minor is None for flow in page.flows[first:])
    assert page.flows[0].cumulative_minor == -20_000_000


def test_a_single_small_payment_takes_every_amount_with_it(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = house_rows()
    for table in ("statements", "statement_lines"):
        rows[table] = [row for row in rows[table] if row[0] != PILOT or row[1] == "S2"]
    rows["cash_flows"] = [row for row in rows["cash_flows"] if row[0] != PILOT or row[-1] in ("S2", None)]
    alone = Settings(home=tmp_path_factory.mktemp("alone"))
    publish_house(alone, rows)
    page = page_of(alone, PILOT)
    assert [flow.amount_minor for flow in page.flows if flow.period == "S2"] == [None]
    assert page.whole.received_minor is None


def test_a_smaller_limit_shows_what_a_larger_one_withholds(settings: Settings) -> None:
    page = page_of(Settings(home=settings.home, small_count=4), PILOT)
    assert not page.withheld
    assert page.whole.received_minor == 11_770_000


def test_a_large_group_on_the_statement_hides_a_small_one(settings: Settings) -> None:
    page = page_of(settings, LEAVERS)
    assert not page.withheld


def test_who_may_see_claims_sees_every_amount(settings: Settings) -> None:
    page = cash_flow_page(settings, DEMO_PEOPLE["officer-1"], PILOT)
    assert not page.withheld
    assert page.whole.received_minor == 11_770_000


def test_the_value_holds_no_line_no_metric_and_no_count() -> None:
    names = set(_field_names(CashFlowPage))
    assert not names & {"lines", "line", "metric", "metrics", "people", "claims", "quantity", "reasons", "price"}


def _field_names(kind: Any) -> list[str]:
    found = []
    for field in fields(kind):
        found.append(field.name)
        for inner in getattr(field.type, "__args__", (field.type,)):
            if is_dataclass(inner):
                found += _field_names(inner)
    return found


def test_an_investor_s_page_never_holds_a_published_count_of_a_line(settings: Settings) -> None:
    told = repr(asdict(page_of(settings, LEAVERS)))
    assert "agrees_education_right" not in told
    assert "11594000" not in told


@pytest.mark.parametrize("name", ["evaluator", "provider"])
def test_evaluator_and_provider_are_refused(settings: Settings, name: str) -> None:
    with pytest.raises(Refused):
        cash_flow_page(settings, DEMO_PEOPLE[name], DENVER)


def test_as_of_is_the_day_of_the_latest_flow(settings: Settings) -> None:
    assert page_of(settings, DENVER).as_of == date(2021, 7, 29)
