"""finance: hurdles: the receipt that reaches a yearly rate is that at which XIRR is the rate; multiples; catch-up."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.finance.hurdles import final_amount
from sib.finance.position import PastFlow
from sib.finance.waterfall import Distribution, distribute
from sib.periods import DayCount
from sib.xirr import xirr
from tests.finance.deals import deal, step

START = date(2015, 5, 1)


def handed(receipt: int, until: dict[str, Any], *flows: PastFlow, day: date, to: Any = "senior", **more: Any) -> Any:
    """A receipt run down one step with a hurdle, then a surplus to equity."""
    out: dict[str, int] = {}
    for flow in flows:
        out[flow.tranche] = out.get(flow.tranche, 0) + flow.paid_in - flow.principal
    terms = deal(step("principal and return", to, until=until), step("surplus", "equity"), **more)
    return distribute(terms, receipt, out, as_of=day, flows=flows)


def amounts(found: Distribution) -> dict[str, tuple[int, int]]:
    """Principal and return by tranche, where there is any."""
    return {each.tranche: (each.principal, each.returned) for each in found.tranches if each.amount}


RATE = {"tranche": "senior", "yearly_rate": "0.15", "day_count": "Act/365F"}


def test_educate_girls_to_the_cent() -> None:
    # 270,000 × 1.15^(1166 ÷ 365) = 421,953.18; published: 422,000 (INDIGO-POJ-0035)
    drawn = PastFlow("senior", START, paid_in=270_000_00)
    found = handed(500_000_00, RATE, drawn, day=START + timedelta(1166))
    assert amounts(found) == {"senior": (270_000_00, 151_953_18), "equity": (0, 78_046_82)}
    assert found.tranches[0].reasons[1] == (
        "step 1 (1): GBP 151,953.18 return: senior has a yearly return of 15 % (Act/365F, compounded)"
    )


@settings(max_examples=150, deadline=None)
@given(
    drawn=st.lists(st.tuples(st.integers(0, 1500), st.integers(1_000_00, 10**9)), min_size=1, max_size=5),
    back=st.lists(st.tuples(st.integers(0, 1500), st.integers(1, 500_00)), max_size=3),
    rate=st.sampled_from([5, 80, 130, 150, 400]),
    days=st.integers(1600, 4000),
)
def test_xirr_of_the_flows_with_the_receipt_is_the_rate(
    drawn: list[tuple[int, int]], back: list[tuple[int, int]], rate: int, days: int
) -> None:
    flows = [(START + timedelta(on), -amount) for on, amount in drawn]
    flows += [(START + timedelta(on), amount) for on, amount in back]
    day = START + timedelta(days)
    last = final_amount(flows, Fraction(rate, 1000), day, DayCount.ACT_365F)
    # XIRR is a float: scaled up, so that rounding to whole units is not seen in it
    scaled = [(on, amount * 10**6) for on, amount in flows] + [(day, round(last * 10**6))]
    found = xirr(scaled)
    assert found.rate == pytest.approx(rate / 1000, abs=1e-9) or len(found.roots) > 1


def test_whole_years_are_exact_and_parts_have_fifty_digits() -> None:
    one = [(date(2013, 8, 1), -100_00)]
    assert final_amount(one, Fraction(5, 100), date(2015, 8, 1), DayCount.ACT_365F) == Fraction(11025)
    half = final_amount(one, Fraction(21, 100), date(2014, 2, 1), DayCount.THIRTY_E_360)
    assert abs(half - 110_00) < Fraction(1, 10**44)
    assert final_amount([], Fraction(1, 10), START, DayCount.ACT_365F) == 0


def test_interim_receipts_count_on_their_days() -> None:
    flows = (
        PastFlow("senior", date(2013, 8, 1), paid_in=1_000_00),
        PastFlow("senior", date(2014, 8, 1), principal=500_00, returned=50_00),
    )
    until = {"tranche": "senior", "yearly_rate": "0.1", "day_count": "Act/365F"}
    # (1,000 × 1.1 − 550) × 1.1 = 605
    assert amounts(handed(700_00, until, *flows, day=date(2015, 8, 1))) == {
        "senior": (500_00, 105_00),
        "equity": (0, 95_00),
    }


def test_a_rate_without_known_days_holds() -> None:
    terms = deal(step("surplus", "senior", until=RATE))
    found = distribute(terms, 5_00, {"senior": 1}, as_of=START)
    assert found.holds == ("step 1 (1): the days on which `senior` was drawn are not known",)
    assert found.retained == 5_00
    # a tranche that never paid in has no rate to reach
    assert amounts(distribute(terms, 5_00, {}, as_of=START)) == {}


def test_a_dated_rate_that_is_not_in_force_yet_holds() -> None:
    until = {**RATE, "yearly_rate": [{"from": date(2020, 1, 1), "value": "0.1"}]}
    found = distribute(deal(step("surplus", "senior", until=until)), 5_00, {}, as_of=date(2019, 12, 31))
    assert found.retained == 5_00
    drawn = PastFlow("senior", START, paid_in=1)
    held = distribute(
        deal(step("surplus", "senior", until=until)), 5_00, {"senior": 1}, as_of=date(2019, 12, 31), flows=(drawn,)
    )
    assert held.holds == ("step 1 (1): the yearly rate has no value in force on 31 December 2019",)


def test_shares_until_a_base_return_then_other_shares() -> None:
    drawn = PastFlow("senior", date(2013, 8, 1), paid_in=950_00)
    until = {"tranche": "senior", "yearly_rate": "0", "day_count": "Act/365F"}
    found = handed(1_100_00, until, drawn, day=date(2014, 8, 1), to={"senior": "95", "junior": "5"})
    assert amounts(found) == {"senior": (950_00, 0), "junior": (0, 50_00), "equity": (0, 100_00)}
    short = handed(100_01, until, drawn, day=date(2014, 8, 1), to={"senior": "95", "junior": "5"})
    # 95.0095 and 5.0005: the odd penny goes to the larger rest
    assert amounts(short) == {"senior": (95_01, 0), "junior": (0, 5_00)}


def test_a_multiple_counts_all_that_was_paid() -> None:
    flows = (
        PastFlow("senior", START, paid_in=1_000_00),
        PastFlow("senior", START, principal=100_00, returned=50_00),
    )
    until = {"tranche": "senior", "multiple": "1.5"}
    found = handed(2_000_00, until, *flows, day=START)
    assert amounts(found) == {"senior": (900_00, 450_00), "equity": (0, 650_00)}
    # without flows all that is out counts as paid in
    bare = distribute(deal(step("principal and return", until=until)), 2_000_00, {"senior": 1_000_00})
    assert amounts(bare) == {"senior": (1_000_00, 500_00)}


def test_an_amount_of_return_over_the_contracts_life() -> None:
    until = {"tranche": "equity", "amount": [{"value": "100"}, {"from": date(2021, 1, 1), "value": "150"}]}
    terms = deal(step("surplus", "equity", until=until), step("surplus", "junior"))
    before = (PastFlow("equity", START, returned=30_00, step="elsewhere"),)
    found = distribute(terms, 500_00, {}, as_of=date(2021, 1, 1), flows=before)
    assert amounts(found) == {"equity": (0, 120_00), "junior": (0, 380_00)}
    full = (PastFlow("equity", START, returned=200_00),)
    assert amounts(distribute(terms, 5_00, {}, as_of=START, flows=full)) == {"junior": (0, 5_00)}


def test_a_catch_up_ends_at_the_share_of_all_return() -> None:
    until = {"tranche": "equity", "share_of_return": "0.2", "among": ["senior", "equity"]}
    terms = deal(step("surplus", "equity", until=until), step("surplus", {"senior": "8", "equity": "2"}))
    before = (PastFlow("senior", START, returned=800_00),)
    # 200 catch up with 800 (200 = 20 % of 1,000); then 80 to 20
    found = distribute(terms, 300_00, {}, as_of=START, flows=before)
    assert amounts(found) == {"senior": (0, 80_00), "equity": (0, 220_00)}
    beyond = (*before, PastFlow("equity", START, returned=500_00))
    assert amounts(distribute(terms, 100_00, {}, as_of=START, flows=beyond)) == {
        "senior": (0, 80_00),
        "equity": (0, 20_00),
    }


def test_a_catch_up_beside_the_one_it_catches_up_with() -> None:
    until = {"tranche": "equity", "share_of_return": "0.2", "among": ["senior", "equity"]}
    half = deal(step("surplus", {"equity": "1", "senior": "1"}, until=until))
    before = (PastFlow("senior", START, returned=600_00),)
    # (0 + x) = 0.2 × (600 + 2x): x = 200, and as much to senior
    found = distribute(half, 1_000_00, {}, as_of=START, flows=before)
    assert amounts(found) == {"senior": (0, 200_00), "equity": (0, 200_00)}
    assert found.retained == 600_00
    # at one part in five the share of 20 % is never passed: everything is shared
    slow = deal(step("surplus", {"equity": "1", "senior": "4"}, until=until))
    assert amounts(distribute(slow, 100_00, {}, as_of=START, flows=before)) == {
        "senior": (0, 80_00),
        "equity": (0, 20_00),
    }
