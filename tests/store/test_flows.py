"""store: money is asked for, received and handed on, each once and to the last minor unit."""

from datetime import date

import pytest

from sib.errors import Missing, Refused
from sib.outcomes.transitions import StatementAction, StatementState
from sib.store.audit import verify_chain
from sib.store.flows import Balance, balances, cash_flows, instructions
from sib.store.statements import statement

COUNTY = {"reference": "I-2", "payer": "county", "key": "2" * 64}


def codes(refused) -> list[str]:
    return [problem.code for problem in refused.value.problems]


@pytest.fixture
def owed(house):
    """An authorised statement: the city owes 30.24, the county 5.00."""
    house.version()
    house.verified(2)
    county = house.line(payment="jobs", payer="county", gross_minor=500, amount_minor=500)
    house.draft(house.line(1, 2), county)
    house.step(StatementAction.AUTHORISE)
    return house


def state(house) -> StatementState:
    with house.register.read() as session:
        return statement(session, "S-1").state


def test_a_statement_is_paid_once_the_last_receipt_is_there(owed):
    owed.order(3024)
    owed.order(500, **COUNTY)
    assert owed.receive(3024).recorded_by == "finance"
    assert state(owed) is StatementState.AUTHORISED
    owed.receive(500, reference="B-2", instruction="I-2")
    assert state(owed) is StatementState.PAID
    with owed.register.read() as session:
        held = instructions(session, "S-1")
        assert [(item.instruction.payer, item.receipt, item.received_on) for item in held] == [
            ("city", "B-1", date(2024, 5, 1)),
            ("county", "B-2", date(2024, 5, 1)),
        ]
        assert verify_chain(session) == []


def test_an_instruction_again_is_the_same_instruction(owed):
    first = owed.order(3024)
    assert owed.order(3024) == first
    owed.receive(3024)
    assert owed.order(3024).receipt == "B-1"


@pytest.mark.parametrize(
    "change", [{"amount_minor": 1}, {"payee": "somebody"}, {"reference": "I-9"}, {"key": "9" * 64}]
)
def test_a_key_or_reference_of_an_instruction_never_says_two_things(owed, change):
    owed.order(3024)
    with pytest.raises(Refused, match="sha256") as refused:
        owed.order(**({"amount_minor": 3024} | change))
    assert codes(refused) == ["instruction.other-content"]


def test_no_payer_is_told_to_pay_more_than_the_lines_say(owed):
    owed.order(3000)
    with pytest.raises(Refused, match="at most 24") as refused:
        owed.order(25, reference="I-3", key="3" * 64)
    assert codes(refused) == ["instruction.amount"]
    owed.order(24, reference="I-3", key="3" * 64)
    with pytest.raises(Refused, match="stranger"):
        owed.order(1, reference="I-4", key="4" * 64, payer="stranger")


def test_everything_wrong_with_an_instruction_is_told_at_once(house):
    house.version()
    house.verified(1)
    house.draft(house.line(1))
    with pytest.raises(Refused) as refused:
        house.order(9999, currency="GBP")
    assert codes(refused) == ["instruction.state", "instruction.currency", "instruction.amount"]


@pytest.mark.parametrize("who", ["officer-1", "officer-2"])
def test_drafter_and_authoriser_do_not_record_the_receipt(owed, who):
    owed.order(3024)
    with pytest.raises(Refused) as refused:
        owed.receive(3024, who=who)
    assert codes(refused) == ["statement.same-person"]


def test_a_receipt_again_is_the_same_receipt_and_never_says_two_things(owed):
    owed.order(3024)
    first = owed.receive(3024)
    assert owed.receive(3024) == first
    with pytest.raises(Refused) as refused:
        owed.receive(3023)
    assert codes(refused) == ["receipt.other-content"]


def test_an_instruction_is_paid_once_and_in_full(owed):
    owed.order(3024)
    with pytest.raises(Refused) as refused:
        owed.receive(3023)
    assert codes(refused) == ["receipt.amount"]
    owed.receive(3024)
    with pytest.raises(Refused) as refused:
        owed.receive(3000, reference="B-9")
    assert codes(refused) == ["receipt.second", "receipt.amount"]


def test_an_instruction_that_is_not_there_is_told(owed):
    with pytest.raises(Missing, match="I-1"):
        owed.receive(1)


def test_a_receipt_is_handed_on_whole(owed):
    owed.order(3024)
    owed.receive(3024)
    owed.flows(owed.flow("drawdown", 2500))
    short = owed.flow("principal", 2500, receipt="B-1"), owed.flow("return", 523, receipt="B-1")
    with pytest.raises(Refused, match="3023 minor units") as refused:
        owed.flows(*short)
    assert codes(refused) == ["flow.receipt"]
    assert owed.flows(*short, owed.flow("retained", 1, receipt="B-1")) == 3
    with pytest.raises(Refused, match="3025 minor units"):
        owed.flows(owed.flow("return", 1, receipt="B-1", reference="more"))
    with owed.register.read() as session:
        assert balances(session, "denver") == {"lenders": Balance(2500, 2500, 523, 1)}


def test_flows_again_change_nothing_and_a_reference_never_says_two_things(house):
    flows = house.flow("drawdown", 100), house.flow("principal", 40)
    assert house.flows(*flows) == 2
    assert house.flows(*flows, house.flow("principal", 5, reference="next")) == 1
    with pytest.raises(Refused) as refused:
        house.flows(house.flow("drawdown", 101))
    assert codes(refused) == ["cash flow.other-content"]
    with house.register.read() as session:
        assert [flow.amount_minor for flow in cash_flows(session, "denver")] == [100, 40, 5]
        assert verify_chain(session) == []


def test_no_more_principal_is_repaid_than_was_drawn(house):
    house.flows(house.flow("drawdown", 100))
    with pytest.raises(Refused, match="at most 100") as refused:
        house.flows(house.flow("principal", 101))
    assert codes(refused) == ["flow.principal"]


def test_a_receipt_that_the_contract_does_not_have_is_told(house):
    with pytest.raises(Missing, match="B-7"):
        house.flows(house.flow("retained", 1, receipt="B-7"))


def test_several_flows_of_one_tranche_with_part_of_them_on_no_receipt_are_summed_apart(owed):
    owed.order(3024)
    owed.receive(3024)
    assert owed.flows(owed.flow("drawdown", 7), owed.flow("retained", 3024, receipt="B-1")) == 2
    with owed.register.read() as session:
        assert balances(session, "denver") == {"lenders": Balance(drawn=7, retained=3024)}


def test_balances_are_kept_by_tranche_and_by_day(house):
    house.flows(
        house.flow("drawdown", 100, flow_on=date(2024, 1, 1)),
        house.flow("drawdown", 50, reference="junior", tranche="junior", flow_on=date(2024, 2, 1)),
        house.flow("principal", 30, flow_on=date(2024, 3, 1)),
        house.flow("drawdown", -20, reference="reversed", flow_on=date(2024, 4, 1)),
    )
    with house.register.read() as session:
        assert balances(session, "denver") == {"junior": Balance(drawn=50), "lenders": Balance(80, 30)}
        assert balances(session, "denver")["lenders"].outstanding == 50
        assert balances(session, "denver", until=date(2024, 1, 31)) == {"lenders": Balance(drawn=100)}
        assert balances(session, "essex") == {}
