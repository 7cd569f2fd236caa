"""What is late, flagged, void or empty: nothing is lost, nothing is paid twice, and no period is locked for ever."""

import pytest

from sib.errors import Missing, NotValid, Refused
from sib.outcomes.claims import Action, Reason
from sib.steps.explain import explain
from sib.steps.house import House, person
from sib.steps.settle import authorise, draft, receive_in_full, void
from sib.steps.summary import contract_listing, listing_words
from sib.steps.take_in import land, register_contract, take_in_claims, take_in_results
from sib.steps.verify import decide_claim, sign_result, verify_claims
from sib.store.audit import verify_chain
from tests.steps.conftest import begin, settle, story_of

CARE, DENVER, NSW = "care_leavers_reboot_west", "denver_supportive_housing", "nsw_employment"
HEADER = "claim_id,person,metric,achieved_on,evidenced_on,evidence"


def hand_in(house: House, *rows: str) -> None:
    file = house.landing.keep("\n".join((HEADER, *rows)).encode())
    take_in_claims(house, person("provider"), CARE, file, story_of(CARE).submitted_on)


@pytest.fixture
def care(house: House) -> House:
    register_contract(house, person("officer-1"), story_of(CARE).folder)
    return house


def settle_life(house: House) -> tuple[str, int]:
    held = draft(house, person("officer-1"), CARE, "life")
    authorise(house, person("officer-2"), held.reference)
    receive_in_full(house, person("finance"), held.reference)
    return held.reference, held.total_minor


def test_a_claim_verified_late_stands_on_a_further_statement_and_the_first_stays_as_it_was(care: House):
    hand_in(care, "A-1,RW-0001,feels_safe,2021-03-01,2021-03-05,EV-1")
    verify_claims(care, person("officer-1"), CARE)
    assert settle_life(care) == (f"{CARE}/life", 22_000)
    hand_in(care, "A-2,RW-0002,feels_safe,2021-03-01,2021-03-05,EV-2")
    verify_claims(care, person("officer-1"), CARE)
    assert settle_life(care) == (f"{CARE}/life-2", 22_000)
    assert settle_life(care) == (f"{CARE}/life-2", 22_000)
    assert draft(care, person("officer-1"), CARE, "life").reference == f"{CARE}/life-2"
    with care.register.read() as session:
        assert verify_chain(session) == []


def test_a_flagged_claim_is_decided_by_a_person(care: House):
    rows = [f"A-{n},RW-000{n},feels_safe,2021-03-01,2021-03-05,EV-1" for n in (1, 2, 3)]
    hand_in(care, *rows)
    assert verify_claims(care, person("officer-1"), CARE).flagged == 3
    assert verify_claims(care, person("officer-1"), CARE).flagged == 3, "they wait, however often one looks"
    assert decide_claim(care, person("officer-1"), CARE, "A-1", Action.VERIFY) == "verified"
    reason = Reason.EVIDENCE_REUSED
    assert decide_claim(care, person("officer-1"), CARE, "A-2", Action.REJECT, reason) == "rejected"
    with pytest.raises(Refused, match="reason"):
        decide_claim(care, person("officer-1"), CARE, "A-3", Action.REJECT)
    with pytest.raises(Refused):
        decide_claim(care, person("provider"), CARE, "A-3", Action.VERIFY)
    withdrawn = decide_claim(care, person("provider"), CARE, "A-3", Action.WITHDRAW, Reason.PROVIDER_ERROR)
    assert withdrawn == "withdrawn"
    with pytest.raises(Missing, match="A-9"):
        decide_claim(care, person("officer-1"), CARE, "A-9", Action.VERIFY)
    assert settle_life(care)[1] == 22_000
    document = contract_listing(care, CARE)
    assert document["claims"] == {"verified": 1, "rejected": 1, "withdrawn": 1}
    assert "statement  care_leavers_reboot_west/life: GBP 220.00, paid" in listing_words(document)


def test_a_statement_drafted_too_early_is_made_void_and_drafted_again(house: House):
    story = story_of(DENVER)
    begin(house, story)
    for period in ("P1", "P2", "P3", "P4"):
        held = draft(house, person("officer-1"), DENVER, period)
        authorise(house, person("officer-2"), held.reference)
        receive_in_full(house, person("finance"), held.reference)
    first = draft(house, person("officer-1"), DENVER, "P5")
    assert void(house, person("officer-2"), first.reference, "a row was missing").state == "void"
    again = draft(house, person("officer-1"), DENVER, "P5")
    assert (again.reference, again.total_minor) == (f"{DENVER}/P5-2", first.total_minor)
    with pytest.raises(Refused, match="that is paid"):
        void(house, person("officer-2"), f"{DENVER}/P1", "too late")


def test_a_statement_with_nothing_to_pay_closes_and_the_result_is_paid_when_it_is_signed(house: House):
    story = story_of(DENVER)
    register_contract(house, person("officer-1"), story.folder)
    assert settle(house, DENVER)[-1] == f"{DENVER}/P5"
    assert {one["state"] for one in contract_listing(house, DENVER)["statements"]} == {"paid"}
    assert story.results is not None
    take_in_results(house, person("evaluator"), DENVER, land(house, story.results), story.submitted_on)
    sign_result(house, person("second-evaluator"), DENVER, "DHR-1")
    held = draft(house, person("officer-1"), DENVER, "P5")
    assert (held.reference, held.total_minor) == (f"{DENVER}/P5-2", 510_400_000)


def test_an_estimate_is_paid_once_however_often_the_period_is_settled(settled: House):
    for _ in range(2):
        assert draft(settled, person("officer-1"), NSW, "1978").reference == f"{NSW}/1978"
    with settled.register.read() as session:
        assert verify_chain(session) == []


def test_signing_twice_is_signing_once(settled: House):
    assert sign_result(settled, person("second-evaluator"), DENVER, "DHR-1").state == "signed"


def test_a_whole_statement_is_no_line_and_names_its_lines(settled: House):
    with pytest.raises(NotValid) as error:
        explain(settled, person("officer-1"), f"{DENVER}/P5")
    assert error.value.problems[0].mend == f"name one line: {DENVER}/P5/stable_days, {DENVER}/P5/jail_days"
