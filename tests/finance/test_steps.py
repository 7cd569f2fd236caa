"""finance: what each step of the waterfall pays, from which money, how far, and to whom side by side."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sib.finance.position import PastFlow
from sib.finance.steps import fill
from sib.finance.waterfall import Distribution, distribute
from tests.finance.deals import INTEREST, deal, step, tranche
from tests.payments.small import facts

DAY = date(2021, 1, 1)
SCORED = facts(measured={"score": ("60", "point")}, as_of=DAY)


def amounts(found: Distribution) -> dict[str, int]:
    """What each tranche had, where it had anything."""
    return {each.tranche: each.amount for each in found.tranches if each.amount}


# side by side


@given(
    dues=st.dictionaries(st.sampled_from("abcd"), st.integers(0, 300), min_size=1),
    weights=st.lists(st.integers(1, 9), min_size=4, max_size=4),
    within=st.integers(0, 900),
)
def test_filled_by_share_nobody_has_more_than_is_due_and_nothing_is_left_over(
    dues: dict[str, int], weights: list[int], within: int
) -> None:
    found = fill(within, dues, dict(zip("abcd", weights, strict=True)))
    assert found.keys() == dues.keys()
    assert all(0 <= found[name] <= dues[name] for name in dues)
    assert sum(found.values()) == min(within, sum(dues.values()))


def test_filled_by_share_what_one_does_not_need_goes_to_the_others() -> None:
    assert fill(100, {"a": 10, "b": 200, "c": 200}, {"a": 1, "b": 1, "c": 2}) == {"a": 10, "b": 30, "c": 60}


def test_pari_passu_by_what_is_out_or_by_share() -> None:
    out = {"senior": 300, "junior": 100}
    to = {"senior": "1", "junior": "1"}
    assert amounts(distribute(deal(step("principal", to)), 100, out)) == {"senior": 75, "junior": 25}
    by_share = deal(step("principal", to, split="by share"))
    assert amounts(distribute(by_share, 100, out)) == {"senior": 50, "junior": 50}
    assert amounts(distribute(by_share, 250, out)) == {"senior": 150, "junior": 100}


# interest, fees, reserves


def bearing(*steps: Any) -> Any:
    """A contract whose senior tranche bears 7 % a year."""
    return deal(*steps, tranches=[tranche("senior", interest=INTEREST), tranche("junior")])


DRAWN = PastFlow("senior", date(2020, 1, 2), paid_in=1_000_00)


def test_interest_less_what_was_paid_of_it_once_for_two_steps() -> None:
    terms = bearing(step("interest", id="interest"), step("interest", id="again"), step("surplus", "junior"))
    paid = PastFlow("senior", date(2020, 6, 1), returned=30_00, step="interest")
    bonus = PastFlow("senior", date(2020, 6, 1), returned=11_00, step="another")
    # 365 days at 7 % of 1,000 are 70; paid under another step, 11 do not count
    found = distribute(terms, 100_00, {"senior": 1_000_00}, as_of=DAY, flows=(DRAWN, paid, bonus))
    assert amounts(found) == {"senior": 40_00, "junior": 60_00}
    unnamed = PastFlow("senior", date(2020, 6, 1), returned=80_00)
    more = distribute(terms, 100_00, {"senior": 1_000_00}, as_of=DAY, flows=(DRAWN, unnamed))
    assert amounts(more) == {"junior": 100_00}


def test_a_fee_is_paid_in_all_and_shared_by_share() -> None:
    terms = deal(step("fee", {"senior": "2", "junior": "1"}, amount="90", id="fee"), step("surplus", "equity"))
    assert amounts(distribute(terms, 100_00, {})) == {"senior": 60_00, "junior": 30_00, "equity": 10_00}
    before = (PastFlow("senior", DAY, returned=50_00, step="fee"), PastFlow("junior", DAY, returned=31_00, step="fee"))
    assert amounts(distribute(terms, 100_00, {}, as_of=DAY, flows=before)) == {"senior": 10_00, "equity": 90_00}


def test_a_dated_fee_needs_a_day() -> None:
    dated = [{"from": date(2020, 1, 1), "value": "5"}, {"from": DAY, "value": "7"}]
    terms = deal(step("fee", amount=dated))
    assert amounts(distribute(terms, 100_00, {}, as_of=DAY)) == {"senior": 7_00}
    assert distribute(terms, 100_00, {}).holds == ("step 1 (1): the day of the receipt is not known",)
    early = distribute(terms, 100_00, {}, as_of=date(2019, 1, 1))
    assert early.holds == ("step 1 (1): the amount has no value in force on 1 January 2019",)


def reserved(*steps: Any) -> Any:
    """A contract with a reserve beside the loan."""
    return deal(*steps, tranches=[tranche("senior"), tranche("pot", kind="reserve")])


def test_a_reserve_fills_up_and_is_released_once_the_contract_has_ended() -> None:
    terms = reserved(
        step("reserve", "pot", amount="50", only="while it runs", clause="1"),
        step("release", "pot", only="once it has ended", clause="2"),
        step("principal", clause="3"),
    )
    running = distribute(terms, 60_00, {"senior": 100_00})
    assert amounts(running) == {"senior": 10_00, "pot": 50_00}
    had = (PastFlow("pot", date(2020, 1, 1), returned=50_00), PastFlow("pot", date(2020, 6, 1), returned=-20_00))
    assert amounts(distribute(terms, 60_00, {"senior": 100_00}, as_of=DAY, flows=had)) == {
        "senior": 40_00,
        "pot": 20_00,
    }
    end = distribute(terms, 10_00, {"senior": 90_00}, as_of=DAY, flows=had, ended="full term")
    assert [(each.tranche, each.principal, each.returned) for each in end.tranches] == [
        ("senior", 40_00, 0),
        ("pot", 0, -30_00),
    ]
    assert end.tranches[1].reasons == ("step 2 (2): GBP -30.00 release",)
    assert end.retained == 0
    # an empty reserve releases nothing, and says nothing
    assert distribute(terms, 10_00, {"senior": 90_00}, as_of=DAY, ended="full term").tranches[1].reasons == ()


def test_what_a_reserve_releases_goes_first_and_is_no_payments_money() -> None:
    terms = reserved(step("release", "pot"), step("principal"), step("surplus", from_payments=["p"]))
    had = (PastFlow("pot", date(2020, 1, 1), returned=30_00),)
    found = distribute(terms, 40_00, {"senior": 50_00}, as_of=DAY, flows=had, payments={"p": 40_00, "q": 0})
    # 30 released and 20 of p repay the loan; of p 20 are left
    assert (found.tranches[0].principal, found.tranches[0].returned) == (50_00, 20_00)


# from which money


def test_a_class_has_only_what_its_own_payment_brought() -> None:
    terms = deal(step("surplus", "senior", from_payments=["p"]), step("surplus", "junior", from_payments=["q"]))
    found = distribute(terms, 100, {}, payments={"p": 70, "q": 30})
    assert amounts(found) == {"senior": 70, "junior": 30}
    assert amounts(distribute(terms, 70, {}, payments={"p": 70})) == {"senior": 70}


def test_a_step_tied_to_nothing_takes_first_what_no_other_step_is_tied_to() -> None:
    terms = deal(step("principal", "senior"), step("surplus", "junior", from_payments=["p"]), step("surplus", "equity"))
    found = distribute(terms, 100, {"senior": 60}, payments={"p": 50, "q": 50})
    # 50 of q and 10 of p repay the loan; 40 of p are left for the class tied to it
    assert amounts(found) == {"senior": 60, "junior": 40}


def test_what_one_payment_takes_back_is_taken_from_the_others_in_proportion() -> None:
    terms = deal(step("surplus", "senior", from_payments=["p"]), step("surplus", "junior", from_payments=["q"]))
    found = distribute(terms, 90, {}, payments={"p": -10, "q": 100})
    assert amounts(found) == {"junior": 90}


def test_a_receipt_of_unknown_payments_holds_a_tied_step_up() -> None:
    terms = deal(step("principal", "senior"), step("surplus", "junior", from_payments=["p"]), step("surplus", "equity"))
    found = distribute(terms, 100, {"senior": 60})
    assert (amounts(found), found.retained) == ({"senior": 60}, 40)
    assert found.holds == ("step 2 (1): which payments the receipt comes from is not known",)
    assert distribute(terms, 60, {"senior": 60}).holds == ()


# how far, and when


def test_the_most_of_a_step_over_the_contracts_life() -> None:
    terms = deal(
        step("principal", "senior", at_most="50", id="early"),
        step("principal and return", {"senior": "1", "junior": "1"}, at_most="40", id="both"),
        step("surplus", "equity", at_most=[{"value": "5"}, {"from": DAY, "value": "6"}], id="rest"),
    )
    out = {"senior": 100_00}
    found = distribute(terms, 200_00, out, as_of=DAY)
    assert amounts(found) == {"senior": 70_00, "junior": 20_00, "equity": 6_00}
    assert found.retained == 104_00
    before = (
        PastFlow("senior", date(2020, 1, 1), principal=45_00, step="early"),
        PastFlow("senior", date(2020, 1, 1), principal=10_00, returned=1_00, step="both"),
        PastFlow("junior", date(2020, 1, 1), returned=9_00, step="both"),
        PastFlow("equity", date(2020, 1, 1), returned=8_00, step="rest"),
    )
    # 5 of 50, 20 of 40 and nothing of 6 are left
    later = distribute(terms, 200_00, out, as_of=DAY, flows=before)
    assert amounts(later) == {"senior": 15_00, "junior": 10_00}


@pytest.mark.parametrize(("least", "expected"), [("60", {"senior": 100}), ("61", {"junior": 100})])
def test_a_step_that_pays_on_a_condition(least: str, expected: dict[str, int]) -> None:
    reached = {"kind": "compare", "quantity": "score", "is": "at least", "value": least}
    terms = deal(step("surplus", "senior", condition=reached), step("surplus", "junior"))
    assert amounts(distribute(terms, 100, {}, facts=SCORED)) == expected
    held = distribute(terms, 100, {})
    assert held.retained == 100
    assert held.holds == ("step 1 (1): the results that it depends on are not given",)


def test_early_receipts_are_recycled_until_a_day() -> None:
    from_then = {"kind": "on or after", "day": DAY}
    terms = deal(step("surplus", "junior", condition={"kind": "none", "of": [from_then]}), step("principal", "senior"))
    before = facts(as_of=date(2020, 12, 31))
    assert amounts(distribute(terms, 100, {"senior": 500}, facts=before)) == {"junior": 100}
    assert amounts(distribute(terms, 100, {"senior": 500}, facts=SCORED)) == {"senior": 100}


# principal at risk

AT_RISK = {
    "kind": "table",
    "of": "score",
    "shape": "linear",
    "boundary": "upper bound inclusive",
    "below": "0.5",
    "unit": "share of principal",
    "rows": [{"from": "50", "value": "0.6", "rise": "0.02"}, {"from": "70", "value": "1"}],
}


@pytest.mark.parametrize(
    ("score", "flows", "out", "expected"),
    [
        ("50", (), 100_00, 50_00),
        ("60", (), 100_00, 80_00),
        ("99", (), 100_00, 100_00),
        # of 100 drawn 30 are repaid already: 50 more make 80
        ("60", (PastFlow("senior", DAY, paid_in=100_00), PastFlow("senior", DAY, principal=30_00)), 70_00, 50_00),
        # and of 90 repaid nothing is taken back
        ("60", (PastFlow("senior", DAY, paid_in=100_00), PastFlow("senior", DAY, principal=90_00)), 10_00, 0),
    ],
)
def test_how_much_of_the_principal_is_repaid(score: str, flows: Any, out: int, expected: int) -> None:
    terms = deal(step("principal"), tranches=[tranche("senior", principal_share=AT_RISK)])
    known = facts(measured={"score": (score, "point")}, as_of=DAY)
    found = distribute(terms, 500_00, {"senior": out}, facts=known, flows=flows)
    assert found.tranches[0].principal == expected
    assert all(reason.endswith("% of what was drawn is repaid") for reason in found.tranches[0].reasons)


def test_after_termination_the_dated_share_takes_the_place_of_the_table() -> None:
    early = [{"value": "0.75"}, {"from": DAY, "value": "0.5"}]
    terms = deal(step("principal"), tranches=[tranche("senior", principal_share=AT_RISK, if_terminated=early)])
    out = {"senior": 100_00}
    before = distribute(terms, 500_00, out, as_of=date(2020, 12, 31), ended="terminated")
    assert before.tranches[0].principal == 75_00
    assert distribute(terms, 500_00, out, as_of=DAY, ended="terminated").tranches[0].principal == 50_00
    at_the_end = distribute(terms, 500_00, out, facts=SCORED, ended="full term")
    assert at_the_end.tranches[0].principal == 80_00
    assert at_the_end.losses[0].amount == 20_00
