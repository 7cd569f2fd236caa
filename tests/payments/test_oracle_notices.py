"""payments: an engine broken on purpose is noticed by the second implementation within a bounded number of cases."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from sib import money
from sib.money import Rounding
from sib.payments import amounts, caps, conditions, evaluation, facts, payable, payers, people, quantities
from sib.terms import base
from tests.payments.oracle_cases import FACTS, Case, cases, differences

CONTRACTS = 350
"""Each fault has to be noticed within so many contracts on so many sets of facts."""
ROOM = (amounts, caps, conditions, evaluation, facts, payable, payers, people, quantities)
"""The modules that may hold a name."""
Patch = pytest.MonkeyPatch


@pytest.fixture(scope="module")
def drawn() -> list[Case]:
    """Cases on which the engine as it stands agrees."""
    return list(cases("sib", 0, CONTRACTS))


def everywhere(patch: Patch, name: str, wrong: Any) -> None:
    """Another function in place of one, in every module that has it."""
    holders = [module for module in ROOM if hasattr(module, name)]
    assert holders
    for module in holders:
        patch.setattr(module, name, wrong)


def noticed(drawn: list[Case]) -> bool:
    return any(differences(case) for case in drawn)


def test_as_it_stands_nothing_is_noticed(drawn: list[Case]) -> None:
    assert len(drawn) == CONTRACTS * FACTS
    assert not noticed(drawn)


def rounds_as(patch: Patch, other: Mapping[Rounding, Rounding]) -> None:
    everywhere(patch, "round_exact", lambda value, mode: money.round_exact(value, other.get(mode, mode)))


def a_table_s_boundary_counts_on_the_other_side(patch: Patch) -> None:
    right = quantities.looked_up
    other = {"lower bound inclusive": "upper bound inclusive", "upper bound inclusive": "lower bound inclusive"}

    def wrong(node: Any, value: Fraction, field: str) -> Fraction:
        return right(node.model_copy(update={"boundary": other[node.boundary]}), value, field)

    everywhere(patch, "looked_up", wrong)


def at_least_does_not_include_its_boundary(patch: Patch) -> None:
    patch.setitem(dict_of(conditions.COMPARISONS), "at least", lambda a, b: a > b)


def less_than_includes_its_boundary(patch: Patch) -> None:
    patch.setitem(dict_of(conditions.COMPARISONS), "less than", lambda a, b: a <= b)


def ties_are_rounded_the_other_way(patch: Patch) -> None:
    rounds_as(patch, {Rounding.HALF_UP: Rounding.HALF_DOWN, Rounding.HALF_EVEN: Rounding.HALF_UP})


def zero_is_no_middle(patch: Patch) -> None:
    rounds_as(patch, {Rounding.DOWN: Rounding.FLOOR, Rounding.UP: Rounding.CEILING})


def the_first_is_cut_first(patch: Patch) -> None:
    right = caps.cut

    def wrong(owed: Mapping[str, int], most: int, how: str) -> dict[str, int]:
        found = right(dict(reversed(owed.items())), most, how)
        return {name: found[name] for name in owed}

    everywhere(patch, "cut", wrong)


def the_odd_penny_goes_to_the_last(patch: Patch) -> None:
    everywhere(patch, "split", lambda total, shares: money.split(total, shares[::-1])[::-1])


def the_year_counts_as_the_contract(patch: Patch) -> None:
    def wrong(known: Any, cap: Any, names: Any) -> int:
        return sum(known.paid_before.get(name, 0) for name in names) if cap.per != "statement" else 0

    everywhere(patch, "paid_under", wrong)


def a_payer_s_year_counts_as_the_contract(patch: Patch) -> None:
    right = payers.payer_before
    everywhere(
        patch,
        "payer_before",
        lambda terms, known, cap, name: right(terms, replace(known, paid_this_year=known.paid_before), cap, name),
    )


def dated_numbers_hold_from_the_day_after(patch: Patch) -> None:
    everywhere(patch, "value_on", lambda values, day: base.value_on(values, day - timedelta(1)))


def a_window_closes_a_day_early(patch: Patch) -> None:
    right = facts.payable_rows

    def wrong(outcomes: Any, metric: Any) -> Any:
        early = metric.window.model_copy(update={"closes": metric.window.closes - timedelta(1)})
        return right(outcomes, metric.model_copy(update={"window": early}))

    everywhere(patch, "payable_rows", wrong)


def a_person_s_limit_is_one_more(patch: Patch) -> None:
    right = facts._first_of_each
    everywhere(patch, "_first_of_each", lambda who, counts, limit: right(who, counts, limit + 1))


def what_was_settled_is_met_again(patch: Patch) -> None:
    right = people.qualified_on

    def wrong(*given: Any) -> Any:
        days, before = right(*given)
        return days, before & False

    everywhere(patch, "qualified_on", wrong)


def calendar_months_end_a_day_late(patch: Patch) -> None:
    right = people.months_later
    everywhere(patch, "months_later", lambda days, months: right(days, months) + bool(months))


def a_gap_may_be_a_day_longer(patch: Patch) -> None:
    right = people._day_sustained
    everywhere(
        patch,
        "_day_sustained",
        lambda spells, rule: right(spells, rule.model_copy(update={"gap_days": rule.gap_days + 1})),
    )


def the_last_day_of_a_spell_does_not_count(patch: Patch) -> None:
    right = people._by_person

    def wrong(*given: Any) -> Any:
        for person, spells in right(*given):
            yield person, [(first, max(first, last - 1)) for first, last in spells]

    everywhere(patch, "_by_person", wrong)


def every_price_is_that_of_the_day_of_reckoning(patch: Patch) -> None:
    everywhere(patch, "_claims_counted", lambda e, of: None)


def people_are_priced_on_the_day_of_reckoning(patch: Patch) -> None:
    everywhere(patch, "_people_judged", lambda e, of: None)


def time_begins_a_day_late(patch: Patch) -> None:
    right = quantities.elapsed

    def wrong(since: date, until: date, unit: str, *, begun: bool) -> int:
        return right(since + timedelta(1), until, unit, begun=begun)

    everywhere(patch, "elapsed", wrong)


def nothing_is_held_together(patch: Patch) -> None:
    everywhere(patch, "_held_together", lambda terms, known, worked: worked)


def a_cap_forgets_what_was_paid(patch: Patch) -> None:
    right = caps.room
    everywhere(patch, "room", lambda terms, known, cap, before: right(terms, known, cap, 0))


def a_cap_has_a_penny_more(patch: Patch) -> None:
    right = caps.room
    everywhere(patch, "room", lambda *given: right(*given) + 1)


def a_person_s_claims_come_in_any_order(patch: Patch) -> None:
    right = caps._of_one

    def wrong(*given: Any) -> Any:
        person, day, *rest = right(*given)
        return person, -day, *rest

    everywhere(patch, "_of_one", wrong)


def payers_in_order_begin_anew(patch: Patch) -> None:
    right = payers._in_order

    def wrong(terms: Any, known: Any, payment: Any, amount: int) -> Any:
        return right(terms, replace(known, paid_before={}), payment, amount)

    patch.setattr(payers, "_in_order", wrong)


def other_payments_see_one_payment_s_facts(patch: Patch) -> None:
    patch.setattr(facts.Facts, "_as_they_are", property(lambda known: known.outcomes))


FAULTS: list[Callable[[Patch], None]] = [
    a_table_s_boundary_counts_on_the_other_side,
    at_least_does_not_include_its_boundary,
    less_than_includes_its_boundary,
    ties_are_rounded_the_other_way,
    zero_is_no_middle,
    the_first_is_cut_first,
    the_odd_penny_goes_to_the_last,
    the_year_counts_as_the_contract,
    a_payer_s_year_counts_as_the_contract,
    dated_numbers_hold_from_the_day_after,
    a_window_closes_a_day_early,
    a_person_s_limit_is_one_more,
    what_was_settled_is_met_again,
    calendar_months_end_a_day_late,
    a_gap_may_be_a_day_longer,
    the_last_day_of_a_spell_does_not_count,
    every_price_is_that_of_the_day_of_reckoning,
    people_are_priced_on_the_day_of_reckoning,
    time_begins_a_day_late,
    nothing_is_held_together,
    a_cap_forgets_what_was_paid,
    a_cap_has_a_penny_more,
    a_person_s_claims_come_in_any_order,
    payers_in_order_begin_anew,
    other_payments_see_one_payment_s_facts,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_is_noticed(fault: Callable[[Patch], None], drawn: list[Case]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        fault(patch)
        assert noticed(drawn)


def dict_of(table: Mapping[str, Any]) -> dict[str, Any]:
    assert isinstance(table, dict)
    return table


TABLES = {"quantity": quantities.QUANTITIES, "condition": conditions.CONDITIONS, "amount": amounts.AMOUNTS}


@pytest.mark.parametrize(("sort", "kind"), [(sort, kind) for sort, table in TABLES.items() for kind in table])
def test_a_wrong_primitive_is_noticed(sort: str, kind: str, drawn: list[Case]) -> None:
    """A quantity one too high, an amount too, a condition that says the contrary."""
    right = TABLES[sort][kind]
    spoil: Callable[[Any], Any] = {
        "quantity": lambda value: value + 1,
        "amount": lambda value: value + 1,
        "condition": lambda value: not value,
    }[sort]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(dict_of(TABLES[sort]), kind, lambda e, node: spoil(right(e, node)))
        assert noticed(drawn)
