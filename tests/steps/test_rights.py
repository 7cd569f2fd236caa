"""Who may do what, and that no one person can pay: steps ask before they act, and a refusal leaves nothing behind."""

from collections.abc import Callable

import pytest

from sib.errors import NotValid, Refused
from sib.outcomes.claims import VerificationState
from sib.steps.estimate import estimate_impact, replicate, seal, sealed_plan
from sib.steps.house import House, person
from sib.steps.settle import authorise, draft, receive_in_full, record_drawdowns
from sib.steps.take_in import land, refused_of, register_contract, take_in_claims, take_in_results
from sib.steps.verify import sign_result, verify_claims
from sib.store.audit import head
from sib.store.claims import claims_in_state
from sib.store.results import results_in_state
from tests.steps.conftest import begin, story_of

CARE, DENVER, NSW = "care_leavers_reboot_west", "denver_supportive_housing", "nsw_employment"


def refuses(house: House, act: Callable[[], object], code: str) -> None:
    """The act is refused for that reason, and the audit trail is as before."""
    with house.register.read() as session:
        before = head(session)
    with pytest.raises(Refused) as refused:
        act()
    assert code in {problem.code for problem in refused.value.problems}
    with house.register.read() as session:
        assert head(session) == before


@pytest.fixture
def denver(house: House) -> House:
    begin(house, story_of(DENVER))
    return house


def test_each_step_is_refused_to_the_wrong_role(house: House):
    story = story_of(DENVER)
    register_contract(house, person("officer-1"), story.folder)
    sha256 = land(house, story.claims)
    day = story.submitted_on
    acts = [
        lambda: register_contract(house, person("investor"), story.folder),
        lambda: take_in_claims(house, person("officer-1"), DENVER, sha256, day),
        lambda: take_in_results(house, person("provider"), DENVER, sha256, day),
        lambda: verify_claims(house, person("provider"), DENVER),
        lambda: sign_result(house, person("officer-1"), DENVER, "DHR-1"),
        lambda: seal(house, person("provider"), person("officer-1"), NSW, story.folder / "plan.toml"),
        lambda: estimate_impact(house, person("officer-1"), NSW, sha256, day),
        lambda: draft(house, person("evaluator"), DENVER, "P1"),
        lambda: record_drawdowns(house, person("investor"), DENVER),
    ]
    for act in acts:
        refuses(house, act, "access.role")


def test_drafting_authorising_and_receiving_take_three_people(denver: House):
    draft(denver, person("officer-1"), DENVER, "P1")
    refuses(denver, lambda: authorise(denver, person("officer-1"), f"{DENVER}/P1"), "statement.same-person")
    refuses(denver, lambda: receive_in_full(denver, person("finance"), f"{DENVER}/P1"), "statement.not-authorised")
    authorise(denver, person("officer-2"), f"{DENVER}/P1")
    for one in ("officer-1", "officer-2"):
        refuses(denver, lambda one=one: receive_in_full(denver, person(one), f"{DENVER}/P1"), "statement.same-person")
    assert receive_in_full(denver, person("finance"), f"{DENVER}/P1") == 1
    assert receive_in_full(denver, person("finance"), f"{DENVER}/P1") == 0


def test_a_result_is_not_signed_by_the_one_who_handed_it_in_alone(house: House):
    story = story_of(DENVER)
    register_contract(house, person("officer-1"), story.folder)
    assert story.results is not None
    take_in_results(house, person("evaluator"), DENVER, land(house, story.results), story.submitted_on)
    refuses(house, lambda: sign_result(house, person("evaluator"), DENVER, "DHR-1"), "result.same-person")
    assert str(sign_result(house, person("second-evaluator"), DENVER, "DHR-1").state) == "signed"


def test_no_outcome_is_opened_before_the_plan_is_sealed(house: House):
    story = story_of(NSW)
    register_contract(house, person("officer-1"), story.folder)
    assert story.cohort is not None
    cohort = land(house, story.cohort)
    run = lambda: estimate_impact(house, person("evaluator"), NSW, cohort, story.submitted_on)  # noqa: E731
    refuses(house, run, "plan.not-sealed")


def test_a_plan_is_sealed_by_two_sides_for_its_own_contract(house: House, tmp_path):
    story = story_of(NSW)
    register_contract(house, person("officer-1"), story.folder)
    plan = story.folder / "plan.toml"
    refuses(house, lambda: seal(house, person("evaluator"), person("second-evaluator"), NSW, plan), "plan.signer")
    foreign = tmp_path / "plan.toml"
    foreign.write_text(plan.read_text().replace('contract = "nsw_employment"', f'contract = "{DENVER}"'))
    refuses(house, lambda: seal(house, person("evaluator"), person("officer-1"), NSW, foreign), "plan.contract")
    held = seal(house, person("evaluator"), person("officer-1"), NSW, plan)
    assert sealed_plan(house, NSW)[1].plan_hash == held.plan_sha256
    changed = tmp_path / "changed.toml"
    changed.write_text(plan.read_text().replace("ratio = 2", "ratio = 3", 1))
    assert seal(house, person("evaluator"), person("officer-1"), NSW, changed).plan_sha256 != held.plan_sha256


def test_a_second_run_on_other_data_flags_the_result_and_it_pays_nothing(house: House):
    story = story_of(NSW)
    register_contract(house, person("officer-1"), story.folder)
    take_in_claims(house, person("provider"), NSW, land(house, story.claims), story.submitted_on)
    verify_claims(house, person("officer-1"), NSW)
    seal(house, person("evaluator"), person("officer-1"), NSW, story.folder / "plan.toml")
    assert story.cohort is not None
    assert story.measured_on is not None
    data = story.cohort.read_bytes()
    held = estimate_impact(house, person("evaluator"), NSW, house.landing.keep(data), story.measured_on)
    other = house.landing.keep(data.replace(b",9930.0458984375", b",0.0", 1))
    assert str(replicate(house, person("second-evaluator"), NSW, held.result.reference, other).state) == "flagged"
    refuses(house, lambda: sign_result(house, person("second-evaluator"), NSW, held.result.reference), "result.step")
    statement = draft(house, person("officer-1"), NSW, "1978")
    assert statement.total_minor == 0


def test_a_changed_contract_must_say_that_it_is_the_next_version(house: House, tmp_path):
    source = (story_of(DENVER).folder / "contract.toml").read_text()
    folder = tmp_path / "contract"
    folder.mkdir()
    (folder / "contract.toml").write_text(source)
    assert register_contract(house, person("officer-1"), folder).version == 1
    assert register_contract(house, person("officer-1"), folder).version == 1
    (folder / "contract.toml").write_text(source.replace('price = "15.12"', 'price = "15.13"'))
    refuses(house, lambda: register_contract(house, person("officer-1"), folder), "contract.version")
    changed = source.replace('price = "15.12"', 'price = "15.13"').replace("version = 1", "version = 2")
    (folder / "contract.toml").write_text(changed)
    assert register_contract(house, person("officer-1"), folder).version == 2


def test_evidence_used_for_two_people_is_flagged_and_not_verified(house: House):
    register_contract(house, person("officer-1"), story_of(CARE).folder)
    rows = [
        "claim_id,person,metric,achieved_on,evidenced_on,evidence",
        "A-1,RW-0001,feels_safe,2021-03-01,2021-03-05,EV-1",
        "A-2,RW-0002,feels_safe,2021-03-01,2021-03-05,EV-1",
        "A-3,RW-0003,feels_safe,2021-03-01,2021-03-05,EV-2",
    ]
    file = house.landing.keep("\n".join(rows).encode())
    take_in_claims(house, person("provider"), CARE, file, story_of(CARE).submitted_on)
    seen = verify_claims(house, person("officer-1"), CARE)
    assert (seen.screened, seen.flagged, seen.verified) == (1, 2, 1)
    with house.register.read() as session:
        flagged = claims_in_state(session, CARE, (VerificationState.FLAGGED,))
    assert {(held.claim.reference, str(held.reason)) for held in flagged} == {
        ("A-1", "evidence already used"),
        ("A-2", "evidence already used"),
    }


def test_a_file_with_faults_keeps_everything_else_and_says_what_to_fix(house: House):
    story = story_of(CARE)
    register_contract(house, person("officer-1"), story.folder)
    faults = story.claims.with_name("claims_with_faults.csv").read_bytes()
    taken = take_in_claims(house, person("provider"), CARE, house.landing.keep(faults), story.submitted_on)
    receipt = taken.receipt
    assert receipt.rows == receipt.accepted + receipt.refused + receipt.already_held
    assert receipt.accepted > 0
    assert receipt.refused > 0
    assert len(taken.back.splitlines()) - 1 == len(refused_of(house, receipt))
    assert "RW-03" not in taken.back
    again = take_in_claims(house, person("provider"), CARE, receipt.sha256, story.submitted_on)
    assert again.receipt.again
    assert again.receipt.accepted == receipt.accepted


def test_a_file_that_cannot_be_read_leaves_nothing_but_its_bytes(house: House):
    story = story_of(CARE)
    register_contract(house, person("officer-1"), story.folder)
    file = house.landing.keep(story.claims.read_bytes().replace(b"achieved_on", b"acheived_on", 1))
    with pytest.raises(NotValid) as error:
        take_in_claims(house, person("provider"), CARE, file, story.submitted_on)
    assert any("achieved_on" in f"{problem.what} {problem.mend}" for problem in error.value.problems)
    with house.register.read() as session:
        assert claims_in_state(session, CARE, tuple(VerificationState)) == []
        assert results_in_state(session, CARE) == []
