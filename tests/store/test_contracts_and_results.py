"""store: contract versions, sealed plans and measured results: added once, never changed."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from sib.access import DEMO_PEOPLE, MACHINE
from sib.errors import Missing, Problem, Refused
from sib.outcomes.results import ResultAction, ResultState
from sib.periods import Period
from sib.store.audit import verify_chain
from sib.store.contracts import contract_version, contract_versions, contracts, plan_seals, seal_plan
from sib.store.files import refused_rows
from sib.store.results import add_result, add_result_decision, add_results, result_by_reference, results_in_state

EVALUATOR, SECOND = DEMO_PEOPLE["evaluator"], DEMO_PEOPLE["second-evaluator"]
OFFICER = DEMO_PEOPLE["officer-1"]


def test_an_amendment_is_the_next_version_and_the_same_text_is_none(house):
    assert [house.version(text).version for text in ("one", "one", "two", "one")] == [1, 1, 2, 3]
    with house.register.read() as session:
        assert [held.text for held in contract_versions(session, "denver")] == ["one", "two", "one"]
        assert contract_version(session, "denver").version == 3
        assert contract_version(session, "denver", 2).text == "two"
        assert contracts(session) == ["denver"]
        assert verify_chain(session) == []


@pytest.mark.parametrize("version", [None, 7])
def test_a_version_that_is_not_there_is_told(house, version):
    house.version()
    with house.register.read() as session, pytest.raises(Missing, match="denver"):
        contract_version(session, "essex" if version is None else "denver", version)


def test_a_plan_is_sealed_by_both_sides_once(house):
    with house.register.write() as session:
        first = seal_plan(session, EVALUATOR, OFFICER, "denver", "the plan", at=house.now)
        again = seal_plan(session, EVALUATOR, OFFICER, "denver", "the plan", at=house.now + timedelta(1))
        assert again == first
        seal_plan(session, EVALUATOR, OFFICER, "denver", "the second plan", at=house.now)
        assert [seal.text for seal in plan_seals(session, "denver")] == ["the plan", "the second plan"]


@pytest.mark.parametrize(
    ("evaluator", "commissioner", "problems"),
    [(OFFICER, OFFICER, 1), (EVALUATOR, SECOND, 1), (OFFICER, EVALUATOR, 2), (MACHINE, OFFICER, 1)],
)
def test_a_plan_needs_a_person_of_each_side(house, evaluator, commissioner, problems):
    with pytest.raises(Refused) as refused, house.register.write() as session:
        seal_plan(session, evaluator, commissioner, "denver", "the plan", at=house.now)
    assert [problem.code for problem in refused.value.problems] == ["plan.signer"] * problems


def test_a_result_keeps_every_digit_and_its_body(house):
    result = house.result(value=Decimal("0.100000000000000000001"), body={"b": [1, 2.5], "a": {"é": None}})
    with house.register.write() as session:
        held = add_result(session, EVALUATOR, result, at=house.now)
    assert held.result == result
    assert str(held.result.value) == "0.100000000000000000001"
    assert (held.state, held.made_by, held.decisions) == (ResultState.ESTIMATED, "evaluator", 0)


def test_a_result_is_entered_once_and_its_reference_never_says_two_things(house):
    with house.register.write() as session:
        first = add_result(session, EVALUATOR, house.result(), at=house.now)
        assert add_result(session, SECOND, house.result(), at=house.now + timedelta(1)) == first
        for change in ({"value": Decimal("38.1")}, {"inputs_sha256": "0" * 64}, {"body": {}}):
            with pytest.raises(Refused, match="sha256") as refused:
                add_result(session, EVALUATOR, house.result(**change), at=house.now)
            (problem,) = refused.value.problems
            assert problem.value != problem.expected


def test_a_file_of_results_is_entered_once(house):
    file = house.file("results.csv", 3, "results")
    results = [house.result(file_sha256=file.sha256, row=2), house.result("R-2", file_sha256=file.sha256, row=3)]
    bad = Problem("result.unit", "a bad unit", line=4)
    with house.register.write() as session:
        add_result(session, EVALUATOR, house.result(), at=house.now)
        receipt = add_results(session, EVALUATOR, file, results, [bad], already_held=1, at=house.now)
        again = add_results(session, EVALUATOR, file, [], at=house.now)
        assert (receipt.accepted, receipt.refused, receipt.already_held) == (1, 1, 2)
        assert again == replace(receipt, again=True)
        assert refused_rows(session, receipt.id) == [bad]
        assert result_by_reference(session, "denver", "R-2").result == results[1]
        assert verify_chain(session) == []


def test_two_results_of_a_file_with_one_reference_are_one_or_refused(house):
    file = house.file("results.csv", 2, "results")
    twice = [house.result(), house.result(row=3)]
    with house.register.write() as session:
        assert add_results(session, EVALUATOR, file, twice, at=house.now).accepted == 1
    with pytest.raises(Refused, match="R-2"), house.register.write() as session:
        other = [house.result("R-2"), house.result("R-2", method="another")]
        add_results(session, EVALUATOR, house.file("more.csv", 2, "results"), other, at=house.now)


def test_results_are_asked_for_by_state_period_and_moment(house):
    house.signed(house.result())
    later = house.result("R-2", period_start=date(2024, 4, 1), period_end=date(2024, 6, 30))
    with house.register.write() as session:
        add_result(session, EVALUATOR, later, at=house.now + timedelta(90))
    with house.register.read() as session:

        def references(*asked, **options):
            return [held.result.reference for held in results_in_state(session, "denver", *asked, **options)]

        assert references() == ["R-1", "R-2"]
        assert references([ResultState.SIGNED]) == ["R-1"]
        assert references([ResultState.ESTIMATED]) == ["R-2"]
        assert references(list(ResultState), Period(date(2024, 4, 1), date(2024, 12, 31))) == ["R-2"]
        assert references(as_of=house.now) == ["R-1"]
        assert references(as_of=house.now - timedelta(1)) == []


def test_a_result_is_decided_on_by_the_transition_function(house):
    with house.register.write() as session:
        add_result(session, EVALUATOR, house.result(), at=house.now)
        with pytest.raises(Refused, match="another evaluator"):
            add_result_decision(session, EVALUATOR, "denver", "R-1", ResultAction.REPLICATE, at=house.now)
        held = add_result_decision(session, SECOND, "denver", "R-1", ResultAction.REPLICATE, at=house.now)
        assert (held.state, held.decided_by) == (ResultState.REPLICATED, "second-evaluator")
        held = add_result_decision(session, SECOND, "denver", "R-1", ResultAction.SIGN, "agreed", at=house.now)
        assert (held.state, held.decisions) == (ResultState.SIGNED, 2)


def test_a_result_that_is_not_there_is_told(house):
    with house.register.read() as session, pytest.raises(Missing, match="R-7"):
        result_by_reference(session, "denver", "R-7")
