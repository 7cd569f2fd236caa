"""terms: the investors' side in sentences: every step, tranche, guarantee and loss."""

from datetime import date
from typing import Any

import pytest

from sib.terms.finance_words import guarantee_words, loss_words, step_words, tranche_words
from sib.terms.sheet import sheet
from tests.finance.deals import deal, step, tranche


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (step("interest"), "senior: is paid the interest due (1)."),
        (step("coupon"), "senior: is paid the coupon due (1)."),
        (
            step(
                "fee", {"senior": "3", "junior": "1"}, amount=[{"value": "5"}, {"from": date(2021, 1, 1), "value": "6"}]
            ),
            "senior (75 %) and junior (25 %): is paid GBP 5 then GBP 6 from 1 January 2021 in all (1).",
        ),
        (
            step("principal", {"senior": "3", "junior": "1"}, split="by share", at_most="9", from_payments=["p", "q"]),
            "senior (75 %) and junior (25 %): repays what is drawn and not yet repaid, at most GBP 9 over the "
            "contract's life, only from “metric jobs” and “metric score”, side by side by share (1).",
        ),
        (
            step("principal", {"senior": "1", "junior": "1"}, split="by what is due", only="while it runs"),
            "senior and junior: repays what is drawn and not yet repaid, while the contract runs, side by side in "
            "proportion to what is due (1).",
        ),
        (
            step("principal", split="by share", condition={"kind": "on or after", "day": date(2021, 1, 1)}),
            "senior: repays what is drawn and not yet repaid, if it is 1 January 2021 or later (1).",
        ),
        (
            step("principal and return", only="once it has ended", until={"tranche": "senior", "multiple": "1.5"}),
            "senior: shares what is left, as principal until it is repaid, then as return, until senior has 1.5 times "
            "what it paid in, once the contract has ended (1).",
        ),
        (
            step("surplus", until={"tranche": "senior", "yearly_rate": "0.13", "day_count": "Act/365F"}),
            "senior: shares what is left, until senior has a yearly return of 13 % (Act/365F, compounded) (1).",
        ),
        (
            step("surplus", until={"tranche": "senior", "amount": "7"}),
            "senior: shares what is left, until senior has a return of GBP 7 in all (1).",
        ),
        (
            step("surplus", until={"tranche": "senior", "share_of_return": "0.2", "among": ["senior", "junior"]}),
            "senior: shares what is left, until senior has 20 % of all return of senior and junior (1).",
        ),
    ],
)
def test_a_step_is_said(made: dict[str, Any], said: str) -> None:
    terms = {"interest": {"rate": "0.1", "day_count": "Act/360", "compounding": "simple"}, "coupon": WRITTEN}
    contract = deal(made, tranches=[tranche("senior", **terms), "junior", "equity"])
    assert step_words(contract, contract.waterfall[0]) == said


WRITTEN = {
    "rate": {"kind": "number", "value": "0.05", "unit": "yearly rate"},
    "day_count": "30E/360",
    "periods": {"from": date(2020, 1, 31), "every_months": 1, "end_of_month": True, "business_days": "CSMF"},
}


def test_reserves_are_said() -> None:
    contract = deal(
        step("reserve", "pot", amount="5"), step("release", "pot"), tranches=[tranche("pot", kind="reserve")]
    )
    assert [step_words(contract, each) for each in contract.waterfall] == [
        "pot: is filled up to GBP 5 (1).",
        "pot: is emptied into the steps below (1).",
    ]


def test_what_a_tranche_earns_and_risks_is_said() -> None:
    share = {"kind": "number", "value": "1", "unit": "share of principal"}
    bounds = {
        "floors": [{"from": date(2020, 1, 1), "to": date(2020, 12, 31), "at_least": "0.02"}],
        "at_most": "0.1",
    }
    periods = {**WRITTEN["periods"], "every_months": 12, "end_of_month": False}  # type: ignore[dict-item]
    interest = {"rate": "0.1", "day_count": "Act/360", "compounding": "each period", "periods": periods}
    contract = deal(
        tranches=[
            tranche("one", coupon=WRITTEN, interest=interest),
            tranche("two", coupon={**WRITTEN, **bounds}, principal_share=share, if_terminated="0.75"),
        ]
    )
    start = "from provider: GBP 1,000,000 committed."
    assert [tranche_words(contract, each) for each in contract.tranche] == [
        f"one (senior), {start} Interest of 10 % a year on what is drawn (Act/360, compounding each period), due every "
        "12 months from 31 January 2020 (CSMF). Coupon at a yearly rate 0.05 yearly rates (30E/360), every month from "
        "31 January 2020, at month ends (CSMF).",
        f"two (senior), {start} Coupon at a yearly rate 0.05 yearly rates; at least 2 % from 1 January 2020 to "
        "31 December 2020 and at most 10 % (30E/360), every month from 31 January 2020, at month ends (CSMF). "
        "Of what is drawn is repaid: 1 share of principal. After termination, of what is drawn is repaid 75 %.",
    ]


def test_guarantees_and_losses_are_said_and_stand_on_the_page() -> None:
    promise = {"guarantor": "provider", "tranche": "senior", "clause": "2"}
    contract = deal(
        step("surplus"),
        guarantee=[
            {"id": "a", "name": "A", **promise, "share": "0.5", "takes": "first loss", "called": "at the end"},
            {
                "id": "b",
                "name": "B",
                **promise,
                "amount": "7",
                "takes": "in proportion",
                "called": "on termination",
                "source": "a book",
                "illustrative": "B.",
            },
        ],
        loss=[
            {
                "id": "c",
                "name": "C",
                "clause": "3",
                "illustrative": "C.",
                "borne_by": [{"tranche": "senior", "share": "3"}, {"tranche": "junior", "share": "1"}],
            },
            {
                "id": "d",
                "name": "D",
                "clause": "4",
                "amount": {"kind": "fixed", "amount": "9"},
                "borne_by": [{"tranche": "senior", "up_to": {"kind": "fixed", "amount": "5"}}, {"tranche": "junior"}],
            },
        ],
    )
    said = [guarantee_words(contract, each) for each in contract.guarantee]
    said += [loss_words(contract, each) for each in contract.loss]
    assert said == [
        "A: provider makes good principal of senior that is not repaid, covering 50 % of what was drawn, as first "
        "loss; called at the end (2).",
        "B: provider makes good principal of senior that is not repaid, covering GBP 7, in proportion to what is "
        "unpaid; called on termination (2).",
        "C: what is to be paid back, borne by senior (75 %) and junior (25 %) (3).",
        "D: a fixed GBP 9, borne by senior up to (a fixed GBP 5) then junior (4).",
    ]
    page = sheet(contract, [])
    for line in (
        "## Who stands behind it",
        "## Who bears a loss",
        "- guarantee “B”: B.",
        "- loss “C”: C.",
        f"- {said[1]}",
    ):
        assert f"\n{line}\n" in page
