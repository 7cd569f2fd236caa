"""A claim is taken once: not twice from one file, and not again when the register holds it."""

from dataclasses import replace
from datetime import date

import pytest

from sib.intake.claims import KnownClaims, MetricRule, content_hash, known_claims, read_claims
from sib.outcomes.claims import HeldClaim, VerificationState

HEADER = "claim_id,person,metric,occurrence,count,achieved_on,evidenced_on,evidence,group"
GOOD = {
    "claim_id": "C1",
    "person": "P1",
    "metric": "stays",
    "occurrence": "1",
    "count": "12",
    "achieved_on": "2020-05-01",
    "evidenced_on": "2020-05-09",
    "evidence": "letter 7",
    "group": "north",
}


def line(**cells):
    row = GOOD | cells
    return ",".join(f'"{text}"' if "," in text else text for text in row.values())


def file(*rows):
    return "\n".join((HEADER, *rows)).encode()


@pytest.fixture
def read(small, pseudonym):
    def read(*rows, known=None, submitted_on=date(2021, 6, 30)):
        return read_claims(
            file(*rows), small, submitted_on=submitted_on, pseudonym=pseudonym, known=known or KnownClaims()
        )

    return read


def held(claim, state=VerificationState.SCREENED):
    return HeldClaim(id=1, claim=claim, state=state, decisions=1, submitted_by="provider")


def test_a_claim_id_twice_in_the_file(read):
    taken = read(line(), line(), line(occurrence="2"), line(claim_id="C2", occurrence="2"))
    assert [claim.row for claim in taken.claims] == [2, 5]
    for row in taken.refused:
        (problem,) = row.problems
        assert problem.code == "intake.duplicate-claim-id"
        assert problem.what.startswith("row 2 of this file")
        assert problem.value == "C1"


def test_a_claim_id_counts_as_used_by_a_refused_row_too(read):
    taken = read(line(achieved_on="x"), line(), line(evidence=""))
    assert [[problem.code for problem in row.problems] for row in taken.refused] == [
        ["intake.date-format"],
        ["intake.duplicate-claim-id"],
        ["intake.blank", "intake.duplicate-claim-id"],
    ]


def test_an_outcome_twice_in_the_file(read):
    taken = read(line(), line(claim_id="C2"), line(claim_id="C3", person="P2"))
    assert [claim.reference for claim in taken.claims] == ["C1", "C3"]
    (problem,) = taken.refused[0].problems
    assert (problem.code, problem.column) == ("intake.duplicate-outcome", "occurrence")
    assert problem.what.startswith("row 2 of this file")


def test_an_outcome_of_a_refused_row_is_free(read):
    taken = read(line(evidence=""), line(claim_id="C2"))
    assert [claim.reference for claim in taken.claims] == ["C2"]


def test_what_is_held_is_not_taken_again(read):
    first = read(line(), line(claim_id="C2", person="P2"))
    known = known_claims(held(claim) for claim in first.claims)
    again = read(line(), line(claim_id="C2", person="P2"), line(claim_id="C3", person="P3"), known=known)
    assert (again.already_held, [claim.reference for claim in again.claims], again.refused) == (2, ["C3"], ())


def test_a_held_claim_stays_held_when_the_rules_have_become_narrower(read, small, pseudonym):
    known = known_claims(held(claim) for claim in read(line()).claims)
    narrow = replace(small, first_day=date(2021, 1, 1), metrics={"job": MetricRule(1)}, groups=frozenset())
    again = read_claims(file(line()), narrow, submitted_on=date(2021, 6, 30), pseudonym=pseudonym, known=known)
    assert again.already_held == 1


@pytest.mark.parametrize(
    "change",
    [{"count": "13"}, {"evidence": "letter 8"}, {"achieved_on": "2020-05-02"}, {"group": ""}, {"person": "P2"}],
)
def test_a_held_claim_cannot_be_changed_by_a_file(read, change):
    known = known_claims(held(claim) for claim in read(line()).claims)
    taken = read(line(**change), known=known)
    assert [problem.code for problem in taken.refused[0].problems] == ["intake.held-otherwise"]


def test_a_held_outcome_cannot_be_claimed_under_another_claim_id(read):
    known = known_claims(held(claim) for claim in read(line()).claims)
    taken = read(line(claim_id="C2"), known=known)
    assert [problem.code for problem in taken.refused[0].problems] == ["intake.held-already"]


@pytest.mark.parametrize("state", [VerificationState.RETURNED, VerificationState.REJECTED, VerificationState.WITHDRAWN])
def test_a_closed_claim_may_be_made_again_with_other_content(read, state):
    (claim,) = read(line()).claims
    known = known_claims([held(claim, state)])
    (second,) = read(line(evidence="letter 8"), known=known).claims
    assert (second.reference, second.attempt, second.evidence) == ("C1", 2, "letter 8")
    assert read(line(), known=known).already_held == 1
    (other,) = read(line(claim_id="C9"), known=known).claims
    assert (other.reference, other.attempt) == ("C9", 2)


def test_the_latest_attempt_decides_what_is_known(read):
    (first,) = read(line()).claims
    second = replace(first, attempt=2, evidence="letter 8")
    for order in ([first, second], [second, first]):
        states = {1: VerificationState.RETURNED, 2: VerificationState.VERIFIED}
        known = known_claims(held(claim, states[claim.attempt]) for claim in order)
        assert known.references == {"C1": content_hash(second)}
        assert known.slots == {first.slot: "C1"}
        assert known.reopened == {}
        assert read(line(evidence="letter 8"), known=known).already_held == 1
        assert read(line(), known=known).refused[0].problems[0].code == "intake.held-otherwise"


def test_the_hash_of_a_claim_leaves_out_who_sent_it_when(read):
    (claim,) = read(line()).claims
    same = replace(claim, row=9, file_sha256="0", submitted_on=date(2021, 1, 1), attempt=3)
    assert content_hash(same) == content_hash(claim)
    changed = [
        replace(claim, person="x"),
        replace(claim, metric="job"),
        replace(claim, occurrence=2),
        replace(claim, count=2),
        replace(claim, achieved_on=date(2020, 1, 1)),
        replace(claim, evidenced_on=date(2020, 1, 1)),
        replace(claim, evidence="x"),
        replace(claim, group=None),
    ]
    assert len({content_hash(one) for one in (claim, *changed)}) == 9
