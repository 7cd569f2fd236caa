"""finance: coupons that follow an outcome: the last full period, floors by time, the most, what was paid of it."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from sib.finance.coupons import coupon_due, coupon_rate
from sib.finance.position import PastFlow, Position
from sib.finance.waterfall import distribute
from sib.payments.evaluation import Held
from tests.finance.deals import deal, step, tranche
from tests.payments.small import facts

RATE = {
    "kind": "table",
    "of": "score",
    "shape": "linear",
    "boundary": "lower bound inclusive",
    "below": "0",
    "unit": "yearly rate",
    "rows": [{"from": "50", "value": "0.03", "rise": "0.01"}],
}
COUPON = {
    "rate": RATE,
    "floors": [{"from": date(2020, 1, 1), "to": date(2021, 12, 31), "at_least": "0.05"}],
    "at_most": "0.15",
    "day_count": "30E/360",
    "periods": {"from": date(2020, 1, 1), "every_months": 12, "end_of_month": False, "business_days": "NOS"},
}
DRAWN = PastFlow("bond", date(2020, 1, 1), paid_in=1_000_00)


def bond(**more: Any) -> Any:
    """A contract with one bond with a coupon."""
    return deal(step("coupon", "bond", id="coupon"), tranches=[tranche("bond", coupon={**COUPON, **more})])


def position(score: str, day: date, *flows: PastFlow, **more: Any) -> Position:
    """Where the bond stands on a day, with a result."""
    known = facts(measured={"score": (score, "point")}, as_of=day)
    return Position(bond(**more), {"bond": 1_000_00}, day, (DRAWN, *flows), facts=known)


@pytest.mark.parametrize(
    ("score", "day", "expected"),
    [
        ("49", date(2021, 1, 1), 50),  # nothing below 50, held at the floor of 5 %
        ("51", date(2021, 3, 1), 50),  # 4 %, held at the floor
        ("55", date(2021, 1, 1), 80),  # 3 % and five points more
        ("99", date(2021, 1, 1), 150),  # the most
        ("49", date(2022, 12, 31), 50),  # the period to 31 December 2021 still has the floor
        ("49", date(2023, 1, 1), 0),  # the next has none
        ("55", date(2020, 12, 31), 0),  # the first period is not over
    ],
)
def test_the_coupon_of_the_last_full_period(score: str, day: date, expected: int) -> None:
    due, why = coupon_due(position(score, day), "bond")
    assert due == expected * 100
    assert why


def test_what_was_paid_of_a_coupon_is_not_paid_again_and_the_rest_lapses() -> None:
    paid = PastFlow("bond", date(2021, 2, 1), returned=30_00, step="coupon")
    assert coupon_due(position("55", date(2021, 6, 1), paid), "bond")[0] == 50_00
    assert coupon_due(position("55", date(2022, 1, 1), paid), "bond")[0] == 80_00
    # a bonus is no coupon
    other = PastFlow("bond", date(2021, 2, 1), returned=30_00, step="bonus")
    assert coupon_due(position("55", date(2021, 6, 1), other), "bond")[0] == 80_00
    all_of_it = PastFlow("bond", date(2021, 2, 1), returned=90_00)
    assert coupon_due(position("55", date(2021, 6, 1), all_of_it), "bond")[0] == 0


def test_the_coupon_is_reckoned_on_what_was_drawn_in_its_period() -> None:
    half_year = PastFlow("bond", date(2020, 7, 1), paid_in=500_00)
    # 8 % of 1,000 for half a year and of 1,500 for the other half
    assert coupon_due(position("55", date(2021, 1, 1), half_year), "bond")[0] == 100_00


def test_a_payment_brought_forward_belongs_to_its_period() -> None:
    cycle = {**COUPON["periods"], "from": date(2020, 1, 5), "business_days": "CSP"}  # type: ignore[dict-item]
    contract = deal(
        step("coupon", "bond"),
        tranches=[tranche("bond", coupon={**COUPON, "periods": cycle})],
        header={"calendar": "monday to friday"},
    )
    # 5 January 2025 is a Sunday: the coupon is paid on Friday, 3 January, and counts for the period to the 4th
    day = date(2025, 1, 3)
    known = facts(measured={"score": ("55", "point")}, as_of=day)
    found = Position(contract, {"bond": 1_000_00}, day, (DRAWN,), facts=known)
    assert coupon_due(found, "bond") == (80_00, "8 % a year, for 5 January 2024 to 4 January 2025")
    paid = PastFlow("bond", day, returned=80_00)
    later = Position(contract, {"bond": 1_000_00}, date(2025, 2, 1), (DRAWN, paid), facts=known)
    assert coupon_due(later, "bond")[0] == 0


def test_the_rate_says_what_it_was_held_from() -> None:
    where = position("49", date(2021, 1, 1))
    terms = where.tranche("bond").coupon
    assert terms is not None
    assert coupon_rate(where, terms, date(2021, 12, 31)) == (Fraction(5, 100), "5 % a year, held from 0 %")
    assert coupon_rate(where, terms, date(2022, 1, 1)) == (0, "0 % a year")
    assert coupon_rate(where, terms, date(2019, 12, 31)) == (0, "0 % a year")


def test_the_distribution_names_the_rate_and_holds_without_a_result() -> None:
    day = date(2021, 1, 1)
    known = facts(measured={"score": ("55", "point")}, as_of=day)
    found = distribute(bond(), 100_00, {"bond": 1_000_00}, flows=(DRAWN,), facts=known)
    assert found.tranches[0].reasons == (
        "step 1 (1): GBP 80.00 coupon: 8 % a year, for 1 January 2020 to 31 December 2020",
    )
    assert found.retained == 20_00
    nothing = distribute(bond(), 100_00, {"bond": 1_000_00}, flows=(DRAWN,), as_of=day)
    assert (nothing.retained, nothing.holds) == (
        100_00,
        ("step 1 (1): the results that it depends on are not given",),
    )
    unmeasured = distribute(bond(), 100_00, {"bond": 1_000_00}, flows=(DRAWN,), facts=facts(as_of=day))
    assert unmeasured.holds == ("step 1 (1): “metric score” has not been measured",)
    # without money nothing depends on it
    assert distribute(bond(), 0, {"bond": 1_000_00}, flows=(DRAWN,), as_of=day).holds == ()


def test_no_coupon_and_no_flows() -> None:
    with pytest.raises(Held, match="`senior` has no coupon"):
        coupon_due(Position(deal(), {}, date(2021, 1, 1)), "senior")
    assert coupon_due(Position(bond(), {}, date(2021, 1, 1)), "bond")[0] == 0


@pytest.mark.parametrize(("ended", "expected"), [(None, 0), ("full term", 80), ("terminated", 80)])
def test_the_period_that_the_last_day_closes_is_over_when_the_contract_ended_on_it(ended: Any, expected: int) -> None:
    """8 % of 1,000 for the first year, on its last day."""
    known = facts(measured={"score": ("55", "point")}, as_of=date(2020, 12, 31))
    last = Position(bond(), {"bond": 1_000_00}, date(2020, 12, 31), (DRAWN,), facts=known, ended=ended)
    assert coupon_due(last, "bond")[0] == expected * 100
