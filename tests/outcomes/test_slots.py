"""outcomes: one outcome is claimed once at a time, and a claim handed over again is the same claim."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sib.outcomes.claims import CLOSED_STATES, Claim, HeldClaim, VerificationState
from sib.outcomes.slots import sort_claims

DAY = date(2024, 2, 1)
OPEN_STATES = sorted(set(VerificationState) - CLOSED_STATES)


def claim(reference: str = "C-1", **changes) -> Claim:
    made = Claim("denver", reference, 1, "p1", "days", 1, 1, DAY, DAY, DAY, "letter", None, "f" * 64, 2)
    return replace(made, **changes)


def held(of: Claim, state: VerificationState = VerificationState.SUBMITTED) -> HeldClaim:
    return HeldClaim(id=1, claim=of, state=state, decisions=0, submitted_by="provider")


def codes(found) -> list[str]:
    return [problem.code for problem in found.problems]


def test_new_claims_are_taken():
    claims = claim(), claim("C-2", person="p2"), claim("C-3", occurrence=2), claim("C-4", metric="jobs")
    assert sort_claims(claims, []).taken == claims


@pytest.mark.parametrize("state", VerificationState)
def test_a_claim_that_is_held_word_for_word_is_left_alone_whatever_became_of_it(state):
    again = claim(submitted_on=DAY + timedelta(5), file_sha256="e" * 64, row=7)
    found = sort_claims([again], [held(claim(), state)])
    assert (found.taken, found.already_held, found.problems) == ((), (again,), ())


@pytest.mark.parametrize(
    "change",
    [
        {"person": "p2"},
        {"metric": "jobs"},
        {"occurrence": 2},
        {"count": 2},
        {"achieved_on": DAY + timedelta(1)},
        {"evidenced_on": DAY + timedelta(1)},
        {"evidence": "photo"},
        {"group": "care leaver"},
    ],
)
def test_a_reference_and_attempt_never_say_two_things(change):
    assert codes(sort_claims([claim(**change, row=9)], [held(claim())])) == ["claim.reference-used"]
    assert sort_claims([claim(**change, row=9)], [held(claim())]).problems[0].line == 9


@pytest.mark.parametrize("state", OPEN_STATES)
def test_an_outcome_that_is_open_in_another_claim_is_refused(state):
    found = sort_claims([claim("C-2", row=5)], [held(claim(), state)])
    assert codes(found) == ["claim.already-claimed"]
    assert "C-1" in found.problems[0].what
    assert found.problems[0].line == 5


@pytest.mark.parametrize("state", sorted(CLOSED_STATES))
def test_a_closed_claim_frees_its_slot_for_the_next_attempt(state):
    closed = [held(claim(), state)]
    assert len(sort_claims([claim(attempt=2)], closed).taken) == 1
    assert len(sort_claims([claim("C-2", attempt=2)], closed).taken) == 1
    assert len(sort_claims([claim(attempt=2, metric="jobs")], closed).taken) == 1
    for attempt in (1, 3):
        found = sort_claims([claim("C-2", attempt=attempt)], closed)
        assert codes(found) == ["claim.attempt"]
        assert found.problems[0].expected == "2"


def test_the_same_reference_cannot_be_open_twice():
    found = sort_claims([claim(attempt=2, metric="jobs")], [held(claim())])
    assert codes(found) == ["claim.already-claimed"]


def test_the_first_of_two_equal_outcomes_in_a_file_stands():
    found = sort_claims([claim("C-1", row=2), claim("C-2", row=3), claim("C-1", row=4)], [])
    assert [one.reference for one in found.taken] == ["C-1"]
    assert (codes(found), len(found.already_held)) == (["claim.already-claimed"], 1)


small = st.builds(
    claim,
    reference=st.sampled_from(["C-1", "C-2", "C-3"]),
    person=st.sampled_from(["p1", "p2"]),
    attempt=st.integers(1, 3),
    count=st.integers(1, 2),
)


@given(
    claims=st.lists(small, max_size=12), states=st.lists(st.sampled_from(VerificationState), min_size=12, max_size=12)
)
def test_no_row_is_lost_and_no_slot_is_ever_open_twice(claims, states):
    before = sort_claims(claims, [])
    book = [held(one, state) for one, state in zip(before.taken, states, strict=False)]
    after = sort_claims(claims, book)
    for found in (before, after):
        assert len(found.taken) + len(found.already_held) + len(found.problems) == len(claims)
    open_now = [one.claim for one in book if one.state not in CLOSED_STATES] + list(after.taken)
    for key in (lambda one: one.slot, lambda one: one.reference):
        assert len({key(one) for one in open_now}) == len(open_now)
    every = [one.claim for one in book] + list(after.taken)
    assert len({(one.reference, one.attempt) for one in every}) == len(every)
    assert len({(one.slot, one.attempt) for one in every}) == len(every)
