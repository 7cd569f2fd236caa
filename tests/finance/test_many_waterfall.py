"""finance: money split and handed on in many scenarios at once, beside the one function that does so exactly."""

from datetime import date
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest

from sib.finance.many_money import fill_many, split_many, whole_weights
from sib.finance.many_waterfall import ManyWaterfall, not_simple
from sib.finance.position import PastFlow
from sib.finance.steps import fill
from sib.finance.waterfall import distribute
from sib.money import split
from sib.payments.facts import Facts
from tests.finance.deals import INTEREST, TRANCHES, deal, step, tranche

ON = (date(2020, 6, 30), date(2021, 6, 30), date(2022, 6, 30))


def test_splits_equal_the_exact_ones() -> None:
    chance = Random(3)
    largest = [2**k for k in range(1, 50)]
    rows = [[chance.randrange(chance.choice(largest)) for _ in range(3)] for _ in range(2000)]
    totals = [chance.randrange(chance.choice(largest)) for _ in rows]
    found = split_many(np.array(totals), np.array(rows).T).T.tolist()
    for total, row, parts in zip(totals, rows, found, strict=True):
        assert tuple(parts) == (split(total, row) if any(row) else (0, 0, 0))


def test_dues_are_filled_as_the_exact_engine_fills_them() -> None:
    chance = Random(4)
    rows = [[chance.randrange(100) for _ in range(3)] for _ in range(500)]
    within = [chance.randrange(200) for _ in rows]
    found = fill_many(np.array(within), np.array(rows).T).T.tolist()
    for amount, row, parts in zip(within, rows, found, strict=True):
        dues = dict(zip("abc", row, strict=True))
        assert parts == list(fill(min(amount, sum(row)), dues, dues).values())


def test_shares_become_small_whole_numbers() -> None:
    assert whole_weights([Fraction(1, 2), Fraction(1, 3), Fraction(1)]) == (3, 2, 6)


def random_steps(chance: Random) -> list[dict[str, Any]]:
    made = []
    for number in range(chance.randrange(1, 6)):
        pays = chance.choice(["principal", "surplus", "principal and return", "fee"])
        names = chance.sample(TRANCHES, 1 if pays == "fee" else chance.randrange(1, 4))
        more: dict[str, Any] = {"amount": str(chance.randrange(1, 300))} if pays == "fee" else {}
        if chance.random() < 0.3:
            more["at_most"] = str(chance.randrange(1, 500))
        if chance.random() < 0.3:
            more["condition"] = {"kind": "on or after", "day": ON[chance.randrange(3)]}
        made.append(step(pays, {name: str(chance.randrange(1, 5)) for name in names}, id=f"s{number}", **more))
    return made


@pytest.mark.parametrize("seed", range(60))
def test_receipts_go_where_the_exact_waterfall_lets_them(seed: int) -> None:
    chance = Random(seed)
    contract = deal(*random_steps(chance))
    assert not_simple(contract) == ()
    size = 4
    drawn = {name: chance.randrange(100_000) for name in TRANCHES}
    receipts = [[chance.choice([0, -5, chance.randrange(60_000)]) for _ in range(size)] for _ in ON]
    many = ManyWaterfall(contract, size)
    for name, amount in drawn.items():
        many.draw(name, amount)
    found = [many.run(np.array(row), on) for row, on in zip(receipts, ON, strict=True)]
    for scenario in range(size):
        flows = [PastFlow(name, date(2020, 1, 1), amount) for name, amount in drawn.items()]
        out = dict(drawn)
        for place, on in enumerate(ON):
            given = distribute(contract, receipts[place][scenario], out, as_of=on, flows=flows, facts=Facts(on))
            for share in given.tranches:
                principal, returned = (found[place][kind][share.tranche][scenario] for kind in (0, 1))
                assert (principal, returned) == (share.principal, share.returned), (place, share)
                out[share.tranche] -= share.principal
            for part in given.parts:
                principal = part.amount if part.kind == "principal" else 0
                flows.append(PastFlow(part.tranche, on, 0, principal, part.amount - principal, part.step))


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (step("interest"), "interest"),
        (
            step("surplus", condition={"kind": "compare", "quantity": "jobs", "is": "at least", "value": "1"}),
            "a condition",
        ),
        (step("surplus", until={"tranche": "senior", "multiple": "1"}), "a hurdle"),
        (step("surplus", from_payments=["p"]), "single payments' money"),
        (step("surplus", only="while it runs"), "before or after the end"),
        (step("principal", {"senior": "1", "junior": "2"}, split="by share"), "shares in place of dues"),
        (step("fee", {"senior": "1", "junior": "2"}, amount="5"), "a fee of several"),
    ],
)
def test_other_steps_are_told(made: dict[str, Any], why: str) -> None:
    tranches = [tranche("senior", interest=INTEREST), "junior"]
    assert not_simple(deal(made, tranches=tranches)) == (f"step 1 (1): {why}",)


def test_other_parts_are_told() -> None:
    share = {"kind": "number", "value": "0.5", "unit": "share of principal"}
    promise = {
        "id": "promise",
        "name": "Promise",
        "guarantor": "first",
        "tranche": "senior",
        "share": "0.5",
        "takes": "first loss",
        "called": "at the end",
        "clause": "1",
    }
    loss = {"id": "lost", "name": "Lost", "borne_by": [{"tranche": "senior", "share": "1"}], "clause": "1"}
    found = deal(
        step("principal"), tranches=[tranche("senior", principal_share=share)], guarantee=[promise], loss=[loss]
    )
    assert not_simple(found) == ("`senior`: a share of principal", "guarantees", "losses")
