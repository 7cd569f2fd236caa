"""finance: guarantees called at the end or on termination, losses by cause, and money that is paid back."""

from datetime import date
from typing import Any

import pytest

from sib.finance.guarantees import UNPAID
from sib.finance.position import PastFlow
from sib.finance.waterfall import Distribution, distribute
from tests.finance.deals import deal, step
from tests.payments.small import done, facts

DAY = date(2021, 6, 30)


def guarantee(id_: str = "g", **more: Any) -> dict[str, Any]:
    """A guarantee of the senior tranche, by the provider."""
    return {
        "id": id_,
        "name": id_,
        "guarantor": "provider",
        "tranche": "senior",
        "takes": "first loss",
        "called": "at the end or on termination",
        "clause": "9",
        **more,
    }


def ended(*guarantees: dict[str, Any], receipt: int = 0, out: int = 1_000_00, how: Any = "full term") -> Distribution:
    """A contract that ends with so much out, and its guarantees called."""
    terms = deal(step("principal"), guarantee=list(guarantees))
    return distribute(terms, receipt, {"senior": out}, as_of=DAY, ended=how)


def called(found: Distribution) -> tuple[list[int], int]:
    """What each guarantee makes good, and what is lost."""
    return [call.amount for call in found.guarantees], sum(loss.amount for loss in found.losses)


@pytest.mark.parametrize(
    ("terms", "receipt", "expected"),
    [
        ({"amount": "600"}, 0, ([600_00], 400_00)),
        ({"amount": "600"}, 500_00, ([500_00], 0)),
        ({"amount": "600"}, 1_000_00, ([0], 0)),
        ({"share": "0.75"}, 0, ([750_00], 250_00)),
        ({"share": "0.75"}, 500_00, ([500_00], 0)),
        ({"share": "0.75", "takes": "in proportion"}, 500_00, ([375_00], 125_00)),
        ({"share": "0.75", "takes": "in proportion"}, 0, ([750_00], 250_00)),
        # 600 of 1,000 drawn are covered: of the 400 unpaid 60 %
        ({"amount": "600", "takes": "in proportion"}, 600_00, ([240_00], 160_00)),
        ({"amount": "5000", "takes": "in proportion"}, 600_00, ([400_00], 0)),
        ({"amount": [{"value": "1"}, {"from": DAY, "value": "2"}]}, 0, ([2_00], 998_00)),
    ],
)
def test_what_a_guarantee_makes_good(terms: dict[str, Any], receipt: int, expected: tuple[list[int], int]) -> None:
    found = ended(guarantee(**terms), receipt=receipt)
    assert called(found) == expected
    assert found.tranches[0].amount + found.guarantees[0].amount + expected[1] == 1_000_00
    assert all(loss.cause == UNPAID for loss in found.losses)


def test_two_guarantees_stand_behind_one_another() -> None:
    found = ended(guarantee("one", amount="300"), guarantee("two", share="0.5", takes="in proportion"))
    # 300 first; of the 700 left one half
    assert called(found) == ([300_00, 350_00], 350_00)
    assert found.guarantees[1].reason == (
        "GBP 700.00 of GBP 1,000.00 drawn is not repaid, GBP 500.00 is covered, in proportion (9)"
    )


@pytest.mark.parametrize(
    ("when", "how", "calls"),
    [
        ("at the end", "full term", 1),
        ("at the end", "terminated", 0),
        ("on termination", "terminated", 1),
        ("on termination", "full term", 0),
        ("at the end or on termination", None, 0),
    ],
)
def test_a_guarantee_is_called_when_it_says(when: str, how: Any, calls: int) -> None:
    found = ended(guarantee(amount="600", called=when), how=how)
    assert len(found.guarantees) == calls
    assert (found.losses != ()) == (how is not None)


def test_a_guarantee_covers_what_was_drawn_not_what_is_left() -> None:
    terms = deal(step("principal"), guarantee=[guarantee(share="0.5")])
    flows = (
        PastFlow("senior", date(2020, 1, 1), paid_in=1_000_00),
        PastFlow("senior", date(2020, 6, 1), principal=300_00),
    )
    found = distribute(terms, 0, {"senior": 700_00}, as_of=DAY, flows=flows, ended="terminated")
    assert called(found) == ([500_00], 200_00)


def test_a_guarantee_that_is_not_in_force_yet_holds() -> None:
    found = ended(guarantee(amount=[{"from": date(2022, 1, 1), "value": "5"}]))
    assert found.holds == ("guarantees: the amount guaranteed has no value in force on 30 June 2021",)
    assert (found.guarantees, found.losses) == ((), ())


def test_nothing_drawn_calls_nothing() -> None:
    assert called(ended(guarantee(share="0.5", takes="in proportion"), out=0)) == ([0], 0)


# losses by cause


def loss(*borne_by: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A loss by its cause."""
    return {"id": "breakdown", "name": "Breakdown", "clause": "12", "borne_by": list(borne_by), **more}


BROKEN = {"kind": "price", "price": "100", "per": "outcome", "of": "jobs"}


@pytest.mark.parametrize(
    ("count", "expected"), [(0, {}), (3, {"senior": 300_00}), (8, {"senior": 500_00, "junior": 300_00})]
)
def test_a_loss_up_to_a_share_is_the_investors_and_above_it_the_providers(count: int, expected: Any) -> None:
    # IAAM: breakdown up to 10 % is borne by investors, above it by providers; here 10 % of 5,000
    tenth = {"kind": "share", "share": "0.1", "of": {"kind": "fixed", "amount": "5000"}}
    terms = deal(
        step("surplus"),
        loss=[loss({"tranche": "senior", "up_to": tenth}, {"tranche": "junior"}, amount=BROKEN)],
    )
    known = facts(done("a", count=count) if count else done("a", date(2000, 1, 1)), as_of=DAY)
    wide = terms.model_copy(
        update={"metric": tuple(each.model_copy(update={"repeats": "without limit"}) for each in terms.metric)}
    )
    found = distribute(wide, 50_00, {}, facts=known)
    assert {each.tranche: each.amount for each in found.losses} == expected
    # it says who bears it; the receipt itself goes its way
    assert found.tranches[0].amount == 50_00


def test_a_loss_side_by_side_and_one_that_cannot_be_known() -> None:
    shares = loss(
        {"tranche": "senior", "share": "3"},
        {"tranche": "junior", "share": "1"},
        amount={"kind": "fixed", "amount": "9.99"},
    )
    terms = deal(step("surplus"), loss=[shares])
    found = distribute(terms, 0, {}, facts=facts(as_of=DAY))
    assert [(each.tranche, each.cause, each.amount) for each in found.losses] == [
        ("senior", "breakdown", 7_49),
        ("junior", "breakdown", 2_50),
    ]
    unknown = distribute(terms, 5_00, {}, as_of=DAY)
    assert unknown.losses == ()
    assert unknown.holds == ("loss breakdown (12): the results that it depends on are not given",)
    assert unknown.tranches[0].amount == 5_00


def test_a_receipt_below_zero_is_paid_back_by_those_who_bear_it() -> None:
    # two-sided risk, as DC Water's risk share payment from investors
    terms = deal(step("surplus"), loss=[loss({"tranche": "senior", "share": "2"}, {"tranche": "junior", "share": "1"})])
    found = distribute(terms, -90_00, {"senior": 10_00})
    assert [each.amount for each in found.tranches] == [-60_00, -30_00, 0]
    assert found.retained == 0
    assert found.tranches[0].reasons == ("Breakdown (12): GBP 60.00 to be paid back",)
    assert [(part.step, part.tranche, part.kind, part.amount) for part in found.parts] == [
        ("breakdown", "senior", "return", -60_00),
        ("breakdown", "junior", "return", -30_00),
    ]
    # where nobody is said to bear it, the vehicle does
    bare = distribute(deal(step("surplus")), -90_00, {})
    assert (bare.retained, [each.amount for each in bare.tranches]) == (-90_00, [0, 0, 0])
