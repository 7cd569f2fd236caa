"""store: claims in once, decided on by the one function, and answered for as they stood at any moment."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from sib.access import DEMO_PEOPLE
from sib.errors import Missing, Problem, Refused
from sib.outcomes.claims import Action, Reason, VerificationState
from sib.periods import Period
from sib.store import tables
from sib.store.audit import verify_chain
from sib.store.claims import add_decisions, claims_by_id, claims_in_state
from sib.store.files import add_file, files, refused_rows
from sib.store.rows import table

EVERY = tuple(VerificationState)
V = VerificationState


def states(house, contract: str = "denver", **options) -> dict[str, VerificationState]:
    with house.register.read() as session:
        return {held.claim.reference: held.state for held in claims_in_state(session, contract, EVERY, **options)}


def test_claims_come_back_as_they_went_in(house):
    claims = [house.claim(1, group="care leaver", count=7), house.claim(2, occurrence=2)]
    receipt = house.submit(
        *claims, refused=[Problem("row.bad", "a bad row", "mend it", "x", "y", line=4, place="count")]
    )
    assert (receipt.accepted, receipt.refused, receipt.already_held, receipt.again) == (2, 1, 0, False)
    with house.register.read() as session:
        held = claims_in_state(session, "denver", [V.SUBMITTED])
        assert [one.claim for one in held] == [replace(claim, file_sha256=receipt.sha256) for claim in claims]
        assert {(one.decisions, one.submitted_by, one.decided_by) for one in held} == {(0, "provider", None)}
        (problem,) = refused_rows(session, receipt.id)
        assert problem == Problem("row.bad", "a bad row", "mend it", "x", "y", line=4, place="count")
        assert files(session, "denver") == [receipt]
        assert verify_chain(session) == []


def test_the_same_file_again_changes_nothing(house):
    first = house.submit(house.claim(1))
    again = house.submit(house.claim(1), house.claim(2))
    assert again == replace(first, again=True)
    assert states(house) == {"C-1": V.SUBMITTED}


def test_overlapping_files_count_what_is_held(house):
    house.submit(house.claim(1), house.claim(2))
    receipt = house.submit(house.claim(2), house.claim(3), name="second.csv", already_held=4)
    assert (receipt.accepted, receipt.already_held) == (1, 5)


def test_what_was_claimed_meanwhile_is_refused_with_its_row(house):
    house.submit(house.claim(1))
    rival = house.claim(1, reference="C-9", row=12)
    early = Problem("row.bad", "a bad row", line=13)
    receipt = house.submit(rival, name="second.csv", refused=[early])
    assert (receipt.accepted, receipt.refused) == (0, 2)
    with house.register.read() as session:
        told = [(problem.code, problem.line) for problem in refused_rows(session, receipt.id)]
    assert told == [("claim.already-claimed", 12), ("row.bad", 13)]


def test_another_contract_is_another_world(house):
    house.submit(house.claim(1))
    other = replace(house, contract="essex")
    assert other.submit(other.claim(1)).accepted == 1
    assert (len(states(house)), len(states(house, "essex"))) == (1, 1)


def test_a_returned_claim_is_made_again_as_the_next_attempt(house):
    house.submit(house.claim(1))
    house.decide(Action.SCREEN, 1)
    house.decide(Action.RETURN, 1, reason=Reason.EVIDENCE_MISSING)
    assert house.submit(house.claim(1, attempt=2, evidence="a better letter"), name="second.csv").accepted == 1
    with house.register.read() as session:
        held = claims_in_state(session, "denver", EVERY)
    assert [(one.claim.attempt, one.state, one.reason) for one in held] == [
        (1, V.RETURNED, Reason.EVIDENCE_MISSING),
        (2, V.SUBMITTED, None),
    ]


def test_claims_are_asked_for_by_state_and_period(house):
    house.submit(house.claim(1), house.claim(2), house.claim(3, achieved_on=date(2024, 5, 1)))
    house.decide(Action.SCREEN, 1, 3)
    quarter = Period(date(2024, 1, 1), date(2024, 3, 31))
    with house.register.read() as session:
        assert [one.id for one in claims_in_state(session, "denver", [V.SCREENED])] == [1, 3]
        assert [one.id for one in claims_in_state(session, "denver", [V.SCREENED], quarter)] == [1]
        assert [one.id for one in claims_in_state(session, "denver", [V.SUBMITTED, V.SCREENED], quarter)] == [1, 2]
        assert claims_in_state(session, "denver", []) == []
        assert claims_in_state(session, "essex", EVERY) == []


def test_the_past_is_answered_for_as_it_was_known_then(house):
    house.submit(house.claim(1))
    for days, (action, reason) in enumerate(
        [
            (Action.SCREEN, None),
            (Action.REVIEW, None),
            (Action.VERIFY, None),
            (Action.INVALIDATE, Reason.NOT_SUSTAINED),
        ],
        1,
    ):
        replace(house, now=house.now + timedelta(days=days)).decide(action, 1, reason=reason)
    known = [states(house, as_of=house.now + timedelta(days=days)).get("C-1") for days in range(-1, 6)]
    assert known == [None, V.SUBMITTED, V.SCREENED, V.UNDER_REVIEW, V.VERIFIED, V.INVALIDATED, V.INVALIDATED]
    assert states(house) == {"C-1": V.INVALIDATED}


def test_decisions_are_taken_for_all_or_for_none_and_every_objection_is_told(house):
    house.submit(house.claim(1), house.claim(2), house.claim(3))
    house.decide(Action.SCREEN, 1, 2)
    house.decide(Action.REVIEW, 2)
    with pytest.raises(Refused) as refused:
        house.decide(Action.VERIFY, 1, 2, 3)
    assert [(problem.code, problem.place) for problem in refused.value.problems] == [
        ("claim.step", "claim C-1, attempt 1"),
        ("claim.step", "claim C-3, attempt 1"),
    ]
    assert states(house) == {"C-1": V.SCREENED, "C-2": V.UNDER_REVIEW, "C-3": V.SUBMITTED}


def test_nobody_verifies_what_they_submitted(house):
    house.submit(house.claim(1))
    house.decide(Action.SCREEN, 1)
    with pytest.raises(Refused, match="submitted the claim"):
        house.decide(Action.REVIEW, 1, who="provider")


def test_the_new_states_are_returned_by_id(house):
    house.submit(house.claim(1), house.claim(2))
    assert house.decide(Action.SCREEN, 2, 1, 2) == {1: V.SCREENED, 2: V.SCREENED}
    assert house.decide(Action.REVIEW) == {}


@pytest.mark.parametrize("ids", [[2], [1, 77]])
def test_a_claim_of_another_contract_or_none_is_not_decided_on(house, ids):
    house.submit(house.claim(1))
    other = replace(house, contract="essex")
    other.submit(other.claim(1))
    with house.register.read() as session, pytest.raises(Missing, match=str(ids[-1])):
        claims_by_id(session, "denver", ids)
    with pytest.raises(Missing):
        house.decide(Action.SCREEN, *ids)


def test_a_decision_leaves_an_audit_event_with_the_hash_of_the_states_before(house):
    house.submit(house.claim(1))
    house.decide(Action.SCREEN, 1)
    events = table(tables.AuditEvent)
    with house.register.read() as session:
        rows = session.connection().execute(sa.select(events).order_by(events.c.seq)).mappings().all()
    assert [row["action"] for row in rows] == ["submit claims", "screen claims"]
    assert rows[1]["actor"] == "machine"
    assert rows[1]["before_sha256"] and rows[1]["after_sha256"]


def test_a_note_is_kept_with_the_reason_other(house):
    house.submit(house.claim(1))
    house.decide(Action.SCREEN, 1)
    with house.register.write() as session:
        officer, reason = DEMO_PEOPLE["officer-1"], Reason.OTHER
        add_decisions(session, officer, "denver", Action.RETURN, [1], reason, "wrong letterhead", at=house.now)
    decisions = table(tables.ClaimDecision)
    with house.register.read() as session:
        notes = session.connection().execute(sa.select(decisions.c.note).order_by(decisions.c.number)).scalars().all()
    assert notes == ["", "wrong letterhead"]


def test_twenty_thousand_claims_go_through_in_bulk(sqlite_house):
    house = sqlite_house
    claims = [house.claim(number) for number in range(1, 20_001)]
    statements: list[str] = []
    house.submit(claims[0], name="warm.csv")
    engine = house.register._engine
    sa.event.listen(engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
    assert house.submit(*claims[1:]).accepted == 19_999
    inserts = [text for text in statements if text.startswith("INSERT INTO claim ")]
    assert len(inserts) == 1
    assert len(statements) < 40
    statements.clear()
    with house.register.read() as session:
        assert len(claims_in_state(session, "denver", EVERY)) == 20_000
    assert len([text for text in statements if text.startswith("SELECT")]) == 1


def test_a_cohort_file_is_noted_without_rows_of_its_own(house):
    problem = Problem("cohort.bad", "a bad row", line=3)
    with house.register.write() as session:
        file = house.file("cohort.csv", 100, "cohort")
        receipt = add_file(session, DEMO_PEOPLE["evaluator"], file, [problem], accepted=99, at=house.now)
        again = add_file(session, DEMO_PEOPLE["evaluator"], file, accepted=1, at=house.now)
    assert (receipt.kind, receipt.accepted, receipt.refused) == ("cohort", 99, 1)
    assert again == replace(receipt, again=True)
