"""finance: a receipt run down the waterfall: nothing lost, nothing twice, and nobody before their turn."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.finance.position import PastFlow
from sib.finance.waterfall import Distribution, distribute
from sib.terms.contract import Contract
from tests.finance.deals import DAY, random_deal
from tests.payments.small import contract, pay, price

TRANCHES = ("senior", "junior", "equity")


def terms(*steps: tuple[str, Mapping[str, str]]) -> Contract:
    """A contract with three tranches and these steps: what each pays, and to whom in which share."""
    return contract(
        pay(price()),
        tranche=[
            {"id": name, "name": name, "party": "provider", "kind": "senior", "committed": "100"} for name in TRANCHES
        ],
        waterfall=[
            {
                "pays": pays,
                "to": [{"tranche": name, "share": share} for name, share in to.items()],
                "clause": f"{place}",
            }
            for place, (pays, to) in enumerate(steps, 1)
        ],
    )


SHARES = st.dictionaries(st.sampled_from(TRANCHES), st.sampled_from(["0.2", "1", "1.5", "7"]), min_size=1)
STEPS = st.lists(st.tuples(st.sampled_from(["principal", "principal", "surplus"]), SHARES), max_size=4)
OUT = st.dictionaries(st.sampled_from(TRANCHES), st.integers(0, 400))


def penny_by_penny(steps: Any, receipt: int, out: Mapping[str, int]) -> list[int]:
    """What each step takes: every penny goes to the first step that still wants one; a surplus always does."""
    taken = [0] * len(steps)
    repaid: set[str] = set()
    wants: list[int | None] = []
    for pays, to in steps:
        due = sum(out.get(name, 0) for name in to if name not in repaid)
        wants.append(due if pays == "principal" else None)
        # a step that is not filled ends the run, so later steps may take its tranches for repaid
        repaid |= set(to) if pays == "principal" else set()
    for _ in range(receipt):
        for place, want in enumerate(wants):
            if want is None or taken[place] < want:
                taken[place] += 1
                break
    return taken


def by_step(found: Distribution, steps: Any) -> list[int]:
    """What each step gave, read back from the reasons."""
    given_by = [0] * len(steps)
    for share in found.tranches:
        for reason in share.reasons:
            step, _, rest = reason.removeprefix("step ").partition(" (")
            amount = rest.partition("GBP ")[2].split(" ")[0].replace(",", "")
            given_by[int(step) - 1] += int(Fraction(amount) * 100)
    return given_by


@settings(max_examples=300, deadline=None)
@given(steps=STEPS, receipt=st.integers(0, 900), out=OUT)
def test_the_waterfall_holds_its_rules(steps: Any, receipt: int, out: dict[str, int]) -> None:
    found = distribute(terms(*steps), receipt, out)
    assert sum(share.amount for share in found.tranches) + found.retained == receipt == found.receipt
    for share in found.tranches:
        assert 0 <= share.principal <= out.get(share.tranche, 0)
        assert share.returned >= 0
        assert (share.amount > 0) == bool(share.reasons)
    taken = penny_by_penny(steps, receipt, out)
    assert by_step(found, steps) == taken
    assert found.retained == receipt - sum(taken)


@settings(max_examples=200, deadline=None)
@given(first=st.integers(0, 300), second=st.integers(0, 300), receipt=st.integers(0, 800))
def test_a_later_step_gets_nothing_while_an_earlier_one_is_not_full(first: int, second: int, receipt: int) -> None:
    ladder = terms(("principal", {"senior": "1"}), ("principal", {"junior": "1"}), ("surplus", {"equity": "1"}))
    found = distribute(ladder, receipt, {"senior": first, "junior": second})
    senior, junior, equity = found.tranches
    assert junior.principal == 0 or senior.principal == first
    assert equity.returned == 0 or (senior.principal, junior.principal) == (first, second)
    assert (senior.principal, junior.principal, equity.returned) == (
        min(receipt, first),
        min(max(receipt - first, 0), second),
        max(receipt - first - second, 0),
    )


@settings(max_examples=200, deadline=None)
@given(out=st.dictionaries(st.sampled_from(TRANCHES), st.integers(1, 400), min_size=2), receipt=st.integers(0, 900))
def test_side_by_side_in_proportion_to_what_is_out(out: dict[str, int], receipt: int) -> None:
    found = distribute(terms(("principal", dict.fromkeys(out, "1"))), receipt, out)
    whole = sum(out.values())
    for share in found.tranches:
        exact = Fraction(min(receipt, whole) * out.get(share.tranche, 0), whole)
        assert abs(share.principal - exact) < 1


@settings(max_examples=200, deadline=None)
@given(shares=SHARES, receipt=st.integers(0, 900))
def test_a_surplus_is_shared_as_agreed(shares: dict[str, str], receipt: int) -> None:
    found = distribute(terms(("surplus", shares)), receipt, {})
    whole = sum(Fraction(share) for share in shares.values())
    for share in found.tranches:
        exact = receipt * Fraction(shares.get(share.tranche, "0")) / whole
        assert abs(share.returned - exact) < 1
    assert found.retained == 0


def test_without_a_waterfall_everything_is_kept_back() -> None:
    found = distribute(contract(pay(price())), 1234, {})
    assert (found.tranches, found.retained) == ((), 1234)


def test_one_tranche_is_repaid_once_though_two_steps_name_it() -> None:
    found = distribute(
        terms(("principal", {"senior": "1"}), ("principal", {"senior": "1", "junior": "1"})),
        250,
        {"senior": 100, "junior": 100},
    )
    assert [(share.principal, share.returned) for share in found.tranches] == [(100, 0), (100, 0), (0, 0)]
    assert found.retained == 50


def test_the_reasons_name_step_clause_and_amount() -> None:
    found = distribute(terms(("principal", {"senior": "1"}), ("surplus", {"senior": "1"})), 250, {"senior": 100})
    assert found.tranches[0].reasons == ("step 1 (1): GBP 1.00 principal", "step 2 (2): GBP 1.50 surplus")
    assert found.tranches[0].amount == 250


def test_what_cannot_be_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="never below zero"):
        distribute(terms(), 1, {"senior": -1})
    with pytest.raises(ValueError, match="do not make up the receipt"):
        distribute(terms(), 5, {}, payments={"p": 4})
    late = PastFlow("senior", date(2020, 1, 2), paid_in=5)
    with pytest.raises(ValueError, match="after the day"):
        distribute(terms(), 5, {}, as_of=date(2020, 1, 1), flows=(late,))


@settings(max_examples=150, deadline=None)
@given(chance=st.randoms(use_true_random=False))
def test_any_waterfall_gives_out_the_receipt_and_nobody_is_paid_below_zero(chance: Random) -> None:
    contract, plain, past = random_deal(chance)
    receipt = sum(plain.receipt.values())
    found = distribute(contract, receipt, plain.out, as_of=DAY, flows=past, payments=plain.receipt)
    assert sum(each.amount for each in found.tranches) + found.retained == receipt
    assert found.retained >= 0
    for each in found.tranches:
        assert 0 <= each.principal <= plain.out[each.tranche]
        assert each.returned >= 0
        parts = dict.fromkeys(("principal", "return"), 0)
        for part in found.parts:
            parts[part.kind] += part.amount if part.tranche == each.tranche else 0
        assert (parts["principal"], parts["return"]) == (each.principal, each.returned)
        assert bool(each.reasons) == bool(each.amount)


@settings(max_examples=150, deadline=None)
@given(chance=st.randoms(use_true_random=False), more=st.integers(1, 50_000))
def test_more_money_never_leaves_an_earlier_step_with_less(chance: Random, more: int) -> None:
    contract, plain, past = random_deal(chance)

    def by_step(receipt: dict[str, int]) -> list[int]:
        """What each step gave, read back from the reasons."""
        found = distribute(contract, sum(receipt.values()), plain.out, as_of=DAY, flows=past, payments=receipt)
        given = [0] * len(contract.waterfall)
        for each in found.tranches:
            for reason in each.reasons:
                number, _, rest = reason.removeprefix("step ").partition(" (")
                amount = rest.partition("GBP ")[2].split(" ")[0].rstrip(":").replace(",", "")
                given[int(number) - 1] += int(Fraction(amount) * 100)
        return given

    less, most = by_step(plain.receipt), by_step({name: amount + more for name, amount in plain.receipt.items()})
    first = next((place for place, pair in enumerate(zip(less, most, strict=True)) if pair[0] != pair[1]), None)
    assert first is None or less[first] < most[first]
    tied = any(each.from_payments for each in contract.waterfall)
    # without tied money: what a later step had means that the earlier ones were full, so more changes none of them
    if first is not None and not tied:
        assert not any(less[first + 1 :])
