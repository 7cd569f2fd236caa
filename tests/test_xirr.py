"""Values: rates of return that exist are found, those that do not are named."""

import math
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.xirr import Return, ReturnKind, multiple, xirr

START = date(2020, 1, 1)
examples = settings(deadline=None, max_examples=100)
once = st.lists(st.integers(1, 10**9), min_size=1, max_size=8)


def yearly(*amounts: int) -> list[tuple[date, int]]:
    """Flows exactly 365 days apart, so that a whole year is a whole power."""
    return [(START + timedelta(days=365 * year), amount) for year, amount in enumerate(amounts)]


def with_rates(*per_cent: int) -> list[int]:
    """Yearly amounts that balance at these rates and no other: coefficients of the product of 100 x - (100 + p)."""
    amounts = [-1]
    for one in per_cent:
        padded = zip([*amounts, 0], [0, *amounts], strict=True)
        amounts = [100 * here - (100 + one) * before for here, before in padded]
    return amounts


def balance(flows: list[tuple[date, int]], rate: float) -> float:
    """Net present value, written down independently of the module."""
    first = min(day for day, _ in flows)
    return math.fsum(amount / (1 + rate) ** ((day - first).days / 365) for day, amount in flows)


# --- a rate there is --------------------------------------------------------------------------------------------------


def test_one_year_at_eight_per_cent() -> None:
    found = xirr(yearly(-100_00, 108_00))
    assert found.kind is ReturnKind.SOLVED
    assert found.rate == pytest.approx(0.08, abs=1e-12)
    assert found.roots == ()


def test_days_are_counted_over_365_also_in_a_leap_year() -> None:
    found = xirr([(date(2020, 1, 1), -100_00), (date(2021, 1, 1), 110_00)])
    assert found.rate == pytest.approx(1.1 ** (365 / 366) - 1, abs=1e-12)


def test_educate_girls_repaid_270_000_as_422_000_at_fifteen_per_cent() -> None:
    days = round(365 * math.log(422_000 / 270_000) / math.log(1.15))
    found = xirr([(START, -270_000_00), (START + timedelta(days=days), 422_000_00)])
    assert days == pytest.approx(3.195 * 365, abs=1)
    assert found.rate == pytest.approx(0.15, abs=1e-4)


def test_a_partial_loss_has_a_negative_rate() -> None:
    assert xirr(yearly(-100_00, 0, 25_00)) == Return(pytest.approx(-0.5, abs=1e-12), ReturnKind.SOLVED)


def test_money_back_without_more_is_nought_per_cent() -> None:
    assert xirr(yearly(-100, 60, 40)).rate == pytest.approx(0, abs=1e-12)


def test_who_borrows_and_repays_has_the_same_rate() -> None:
    assert xirr(yearly(100_00, -108_00)).rate == pytest.approx(0.08, abs=1e-12)


def test_order_and_same_day_parts_do_not_matter() -> None:
    parts = [(date(2022, 6, 1), 70), (START, -60), (date(2022, 6, 1), 60), (START, -40), (date(2021, 3, 1), 0)]
    assert xirr(parts) == xirr([(START, -100), (date(2022, 6, 1), 130)])


@examples
@given(once, once, st.lists(st.integers(1, 400), min_size=15, max_size=15))
def test_the_rate_found_balances_the_flows(paid_in: list[int], paid_out: list[int], gaps: list[int]) -> None:
    amounts = [-amount for amount in paid_in] + paid_out
    flows = [(START + timedelta(days=sum(gaps[:place])), amount) for place, amount in enumerate(amounts)]
    found = xirr(flows)
    if found.rate is None:
        assert found.kind is ReturnKind.NO_ROOT
        assert math.copysign(1, balance(flows, -0.999999)) == math.copysign(1, balance(flows, 1e6))
        return
    assert found.kind is ReturnKind.SOLVED
    step = 1e-8 * (1 + found.rate)
    assert balance(flows, found.rate - step) > 0 > balance(flows, found.rate + step)


@examples
@given(st.integers(-90, 500), st.lists(st.integers(1, 10**6), min_size=1, max_size=6), st.integers(10, 10**6))
def test_flows_made_from_a_rate_give_it_back(per_cent: int, coupons: list[int], paid_in: int) -> None:
    growth = Fraction(100 + per_cent, 100)
    scale = 100 ** (len(coupons) + 1)
    owed = Fraction(paid_in * sum(coupons) * scale)
    flows = [-int(owed)]
    for coupon in coupons[:-1]:
        owed = owed * growth
        part = owed * coupon / (2 * max(coupons))
        flows.append(int(part))
        owed -= int(part)
    flows.append(int(owed * growth))
    assert xirr(yearly(*flows)).rate == pytest.approx(per_cent / 100, abs=1e-6)


def test_amounts_on_which_the_library_gives_up_are_solved_all_the_same() -> None:
    from pyxirr import xirr as library

    flows = [
        (date(2022, 5, 1), -8_800_000_000_000),
        (date(2023, 7, 1), -7_800_000_000_000),
        (date(2025, 6, 25), -3_400_000_000_000),
        (date(2025, 9, 27), 100_000_000_000),
        (date(2028, 3, 12), 8_199_999_999_999),
    ]
    assert library([day for day, _ in flows], [amount for _, amount in flows]) is None
    assert xirr(flows) == Return(pytest.approx(-0.16964026263825, abs=1e-12), ReturnKind.SOLVED)


def test_a_rate_that_the_library_gives_wrongly_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyxirr.xirr", lambda days, amounts: 0.079)
    assert xirr(yearly(-100_00, 108_00)).rate == pytest.approx(0.08, abs=1e-12)


def test_several_changes_of_sign_with_one_rate_are_solved() -> None:
    # Paid in, paid back in part, paid in again: as where repaid money is lent on.
    flows = yearly(-100_00, 50_00, -40_00, 120_00)
    found = xirr(flows)
    assert found.kind is ReturnKind.SOLVED
    assert balance(flows, found.rate or 0) == pytest.approx(0, abs=1e-6)


# --- a rate there is not ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flows", [[], [(START, 0)], yearly(5, 0, 7), [(START, 5)], [*yearly(-5, -7), *yearly(5, 7)]])
def test_without_money_paid_in_there_is_no_return(flows: list[tuple[date, int]]) -> None:
    assert xirr(flows) == Return(None, ReturnKind.NO_SIGN_CHANGE)


@pytest.mark.parametrize("flows", [[(START, -5)], yearly(-5, 0, -7), [*yearly(-50, -70), *yearly(20, 30)]])
def test_when_nothing_comes_back_all_is_lost(flows: list[tuple[date, int]]) -> None:
    assert xirr(flows) == Return(-1.0, ReturnKind.TOTAL_LOSS)


@pytest.mark.parametrize("back", [90, 100, 110])
def test_money_back_on_the_day_itself_has_no_rate(back: int) -> None:
    flows = [(START, -100), (START, back), (START + timedelta(days=9), 0)]
    assert xirr(flows) == Return(None, ReturnKind.SAME_DAY)


def test_all_rates_are_told_where_there_are_several() -> None:
    found = xirr(yearly(-100, 230, -132))
    assert (found.rate, found.kind) == (None, ReturnKind.SEVERAL_ROOTS)
    assert found.roots == pytest.approx((0.1, 0.2), abs=1e-9)
    found = xirr(yearly(-1000, 3600, -4310, 1716))
    assert found.roots == pytest.approx((0.1, 0.2, 0.3), abs=1e-9)
    found = xirr(yearly(-100, 130, 98, -132))
    assert found.roots == pytest.approx((0.1, 0.2), abs=1e-9)


def test_two_rates_too_near_for_a_grid_are_both_found() -> None:
    # (1 + r) = 1.1000 or 1.1001
    found = xirr(yearly(-(10**8), 220_010_000, -121_011_000))
    assert found.kind is ReturnKind.SEVERAL_ROOTS
    assert found.roots == pytest.approx((0.1, 0.1001), abs=1e-9)


@examples
@given(st.lists(st.integers(-60, 300), min_size=2, max_size=4, unique=True))
def test_flows_made_from_several_rates_give_all_of_them_back(per_cent: list[int]) -> None:
    found = xirr(yearly(*with_rates(*per_cent)))
    assert found.kind is ReturnKind.SEVERAL_ROOTS
    assert found.roots == pytest.approx([one / 100 for one in sorted(per_cent)], abs=1e-5)


def test_four_rates_in_a_row_are_four_and_no_turn_between_them_is_taken_for_one() -> None:
    found = xirr(yearly(*with_rates(297, 298, 299, 300)))
    assert found.roots == pytest.approx((2.97, 2.98, 2.99, 3.0), abs=1e-5)


def test_a_rate_that_is_only_touched_is_one_rate() -> None:
    found = xirr(yearly(-100, 220, -121))
    assert found.kind is ReturnKind.SOLVED
    assert found.rate == pytest.approx(0.1, abs=1e-6)


def test_two_rates_nearer_than_are_told_apart_are_one() -> None:
    found = xirr(yearly(-(10**13), 22 * 10**12, -121 * 10**11 + 200))
    assert found.kind is ReturnKind.SOLVED
    assert found.rate == pytest.approx(0.1, abs=1e-5)


def test_a_hair_below_the_touch_there_is_no_rate() -> None:
    assert xirr(yearly(-(10**13), 22 * 10**12, -121 * 10**11 - 60)) == Return(None, ReturnKind.NO_ROOT)
    assert xirr(yearly(-100, 200, -132)) == Return(None, ReturnKind.NO_ROOT)


def test_a_rate_beyond_all_sense_is_no_rate() -> None:
    tomorrow = START + timedelta(days=1)
    assert xirr([(START, -100), (tomorrow, 110)]) == Return(None, ReturnKind.NO_ROOT)
    assert xirr([(START, -100), (tomorrow, 1_000_000)]) == Return(None, ReturnKind.NO_ROOT)
    assert xirr([(START, -(10**12)), (tomorrow, 1)]) == Return(None, ReturnKind.NO_ROOT)


def test_flows_over_centuries_do_not_overflow() -> None:
    flows = [(date(1500, 1, 1), -1), (date(1800, 1, 1), 3), (date(2100, 1, 1), -1)]
    assert xirr(flows).kind is ReturnKind.SEVERAL_ROOTS
    assert xirr([(date(1, 1, 1), -1), (date(9999, 1, 1), 2)]).rate == pytest.approx(2 ** (1 / 10_005) - 1, abs=1e-7)


# --- money multiple ---------------------------------------------------------------------------------------------------


def test_the_multiple_is_all_that_came_back_over_all_that_was_paid_in() -> None:
    assert multiple(yearly(-100_00, 20_00, -50_00, 160_00)) == Fraction(6, 5)
    assert multiple([(START, -100), (START, 40)]) == Fraction(2, 5)
    assert multiple(yearly(-100)) == 0


@pytest.mark.parametrize("flows", [[], yearly(0, 5)])
def test_nothing_paid_in_has_no_multiple(flows: list[tuple[date, int]]) -> None:
    with pytest.raises(ValueError, match="nothing was paid in"):
        multiple(flows)
