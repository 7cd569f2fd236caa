"""outcomes: which steps claims, results and statements can take, and who may take them."""

from collections import deque
from itertools import product

import pytest

from sib.errors import Refused
from sib.outcomes.actors import Actor, Role
from sib.outcomes.claims import CLOSED_STATES, Action, Reason, VerificationState
from sib.outcomes.results import ResultAction, ResultState
from sib.outcomes.transitions import (
    CLAIM_REASONS,
    CLAIM_STEPS,
    JUDGEMENTS,
    MACHINE_ACTIONS,
    STATEMENT_STEPS,
    StatementAction,
    StatementState,
    decide,
    decide_result,
    decide_statement,
)

OFFICER = Actor("officer-1", "A", Role.COMMISSIONER)
SECOND = Actor("officer-2", "B", Role.COMMISSIONER)
FINANCE = Actor("finance", "C", Role.COMMISSIONER)
PROVIDER = Actor("provider", "D", Role.SERVICE_PROVIDER)
OTHER_PROVIDER = Actor("provider-2", "E", Role.SERVICE_PROVIDER)
EVALUATOR = Actor("evaluator", "F", Role.EVALUATOR)
MACHINE = Actor("machine", "G", Role.ADMINISTRATOR, kind="machine")

V, A = VerificationState, Action


def reason_for(action: Action) -> Reason | None:
    """Some reason that the action takes, or none where it takes none."""
    return min(CLAIM_REASONS.get(action, frozenset()) - {Reason.OTHER}, default=None)


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {problem.code for problem in refused.value.problems}


def test_a_claim_goes_from_submitted_to_verified():
    state = V.SUBMITTED
    for action, actor in ((A.SCREEN, MACHINE), (A.REVIEW, OFFICER), (A.VERIFY, OFFICER)):
        state = decide(state, action, actor, submitted_by="provider")
    assert state is V.VERIFIED


def test_a_flagged_claim_goes_to_review_and_back_and_can_be_rejected():
    state = decide(V.SUBMITTED, A.FLAG, MACHINE, Reason.UNUSUAL_PATTERN, submitted_by="provider")
    state = decide(state, A.REVIEW, OFFICER, submitted_by="provider")
    state = decide(state, A.FLAG, OFFICER, Reason.OTHER, submitted_by="provider", note="two dates on the letter")
    state = decide(state, A.REVIEW, OFFICER, submitted_by="provider")
    assert decide(state, A.REJECT, OFFICER, Reason.NOT_ELIGIBLE, submitted_by="provider") is V.REJECTED


@pytest.mark.parametrize(("state", "action"), list(product(VerificationState, Action)))
def test_every_pair_of_state_and_action_steps_as_listed_or_is_refused(state, action):
    def act():
        return decide(state, action, OFFICER, reason_for(action), submitted_by="provider")

    if (state, action) in CLAIM_STEPS:
        assert act() is CLAIM_STEPS[state, action]
    else:
        with pytest.raises(Refused) as refused:
            act()
        assert codes(refused) == {"claim.step"}


@pytest.mark.parametrize("state", [V.REJECTED, V.INVALIDATED, V.WITHDRAWN, V.SUPERSEDED])
def test_a_final_state_has_no_way_out_and_says_so(state):
    assert not any(held is state for held, _ in CLAIM_STEPS)
    with pytest.raises(Refused, match="this state is final"):
        decide(state, A.REVIEW, OFFICER, submitted_by="provider")


def test_a_returned_claim_is_not_revived_but_made_again():
    assert [action for held, action in CLAIM_STEPS if held is V.RETURNED] == [A.WITHDRAW]
    assert V.RETURNED in CLOSED_STATES


def test_a_machine_reaches_neither_verified_nor_any_closed_state():
    seen, queue = {V.SUBMITTED}, deque([V.SUBMITTED])
    while queue:
        state = queue.popleft()
        for action in Action:
            try:
                after = decide(state, action, MACHINE, reason_for(action), submitted_by="provider")
            except Refused:
                continue
            if after not in seen:
                seen.add(after)
                queue.append(after)
    assert seen == {V.SUBMITTED, V.SCREENED, V.FLAGGED}


@pytest.mark.parametrize("action", sorted(JUDGEMENTS))
@pytest.mark.parametrize(
    ("actor", "code"), [(PROVIDER, "claim.same-person"), (OTHER_PROVIDER, "claim.provider-judges")]
)
def test_no_provider_judges_a_claim(action, actor, code):
    state = next(held for held, listed in CLAIM_STEPS if listed is action)
    with pytest.raises(Refused) as refused:
        decide(state, action, actor, reason_for(action), submitted_by="provider")
    assert codes(refused) == {code}


def test_a_commissioner_who_submitted_a_claim_does_not_verify_it():
    with pytest.raises(Refused) as refused:
        decide(V.UNDER_REVIEW, A.VERIFY, OFFICER, submitted_by=OFFICER.id)
    assert codes(refused) == {"claim.same-person"}


def test_a_provider_withdraws_its_own_claim():
    assert decide(V.SCREENED, A.WITHDRAW, PROVIDER, Reason.PROVIDER_ERROR, submitted_by="provider") is V.WITHDRAWN


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("reason", [None, *Reason])
def test_an_action_takes_a_reason_from_its_own_list_only(action, reason):
    state = next(held for held, listed in CLAIM_STEPS if listed is action)
    note = "why" if reason is Reason.OTHER else ""
    allowed = CLAIM_REASONS.get(action)
    if reason in (allowed or {None}):
        assert decide(state, action, OFFICER, reason, submitted_by="provider", note=note) is CLAIM_STEPS[state, action]
    else:
        with pytest.raises(Refused) as refused:
            decide(state, action, OFFICER, reason, submitted_by="provider", note=note)
        assert codes(refused) == {"claim.reason"}


@pytest.mark.parametrize(("reason", "note"), [(Reason.OTHER, " "), (Reason.NOT_ELIGIBLE, "Jo Bloggs said so")])
def test_free_text_goes_with_other_only_and_is_never_quoted(reason, note):
    with pytest.raises(Refused) as refused:
        decide(V.UNDER_REVIEW, A.REJECT, OFFICER, reason, submitted_by="provider", note=note)
    assert codes(refused) == {"claim.note"}
    assert "Bloggs" not in str(refused.value)


def test_everything_that_speaks_against_an_action_is_told_at_once():
    with pytest.raises(Refused) as refused:
        decide(V.VERIFIED, A.REJECT, MACHINE, None, submitted_by="provider")
    assert codes(refused) == {"claim.step", "claim.machine", "claim.reason"}


def test_only_screening_and_flagging_are_open_to_machines():
    assert {A.SCREEN, A.FLAG} == MACHINE_ACTIONS


def test_a_statement_needs_three_people():
    state = decide_statement(StatementState.DRAFTED, StatementAction.AUTHORISE, SECOND, drafted_by=OFFICER.id)
    assert state is StatementState.AUTHORISED
    paid = decide_statement(state, StatementAction.PAY, FINANCE, drafted_by=OFFICER.id, authorised_by=SECOND.id)
    assert paid is StatementState.PAID


@pytest.mark.parametrize(
    ("state", "action", "actor"),
    [
        (StatementState.DRAFTED, StatementAction.AUTHORISE, OFFICER),
        (StatementState.AUTHORISED, StatementAction.PAY, OFFICER),
        (StatementState.AUTHORISED, StatementAction.PAY, SECOND),
    ],
)
def test_drafter_authoriser_and_recorder_are_never_the_same(state, action, actor):
    with pytest.raises(Refused) as refused:
        decide_statement(state, action, actor, drafted_by=OFFICER.id, authorised_by=SECOND.id)
    assert codes(refused) == {"statement.same-person"}


@pytest.mark.parametrize(("state", "action"), list(product(StatementState, StatementAction)))
def test_every_statement_step_is_as_listed_and_never_a_machines(state, action):
    people = {"drafted_by": OFFICER.id, "authorised_by": SECOND.id}
    with pytest.raises(Refused) as refused:
        decide_statement(state, action, MACHINE, **people)
    assert "statement.machine" in codes(refused)
    if (state, action) in STATEMENT_STEPS:
        assert decide_statement(state, action, FINANCE, **people) is STATEMENT_STEPS[state, action]
    else:
        assert "statement.step" in codes(refused)


def test_a_result_is_replicated_by_somebody_else_and_signed_by_a_person():
    with pytest.raises(Refused) as refused:
        decide_result(ResultState.ESTIMATED, ResultAction.REPLICATE, EVALUATOR, made_by=EVALUATOR.id)
    assert codes(refused) == {"result.same-person"}
    state = decide_result(ResultState.ESTIMATED, ResultAction.REPLICATE, EVALUATOR, made_by="somebody")
    with pytest.raises(Refused) as refused:
        decide_result(state, ResultAction.SIGN, MACHINE, made_by="somebody")
    assert codes(refused) == {"result.machine"}
    assert decide_result(state, ResultAction.SIGN, EVALUATOR, made_by="somebody") is ResultState.SIGNED


def test_a_machine_may_flag_a_result_and_a_flagged_one_is_not_signed():
    state = decide_result(ResultState.SIGNED, ResultAction.FLAG, MACHINE, made_by="somebody")
    assert state is ResultState.FLAGGED
    with pytest.raises(Refused, match="replicate, withdraw"):
        decide_result(state, ResultAction.SIGN, EVALUATOR, made_by="somebody")
