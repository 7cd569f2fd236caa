"""outcomes: the one function that says what an action makes of a claim, and its sisters for results and statements."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from sib.errors import Problem, Refused
from sib.outcomes.actors import Actor, Role
from sib.outcomes.claims import Action, Reason, VerificationState
from sib.outcomes.results import ResultAction, ResultState


class StatementState(StrEnum):
    """Where a statement stands."""

    DRAFTED = "drafted"
    AUTHORISED = "authorised"
    PAID = "paid"
    VOID = "void"


class StatementAction(StrEnum):
    """What an actor does to a statement."""

    AUTHORISE = "authorise"
    PAY = "pay"
    VOID = "void"


_V, _A, _R = VerificationState, Action, Reason
_OPEN = (_V.SCREENED, _V.FLAGGED, _V.UNDER_REVIEW)

CLAIM_STEPS: Mapping[tuple[VerificationState, Action], VerificationState] = {
    (_V.SUBMITTED, _A.SCREEN): _V.SCREENED,
    **{(state, _A.FLAG): _V.FLAGGED for state in (_V.SUBMITTED, _V.SCREENED, _V.UNDER_REVIEW)},
    **{(state, _A.REVIEW): _V.UNDER_REVIEW for state in (_V.SCREENED, _V.FLAGGED)},
    (_V.UNDER_REVIEW, _A.VERIFY): _V.VERIFIED,
    (_V.UNDER_REVIEW, _A.REJECT): _V.REJECTED,
    **{(state, _A.RETURN): _V.RETURNED for state in (_V.SUBMITTED, _V.SCREENED, _V.UNDER_REVIEW)},
    (_V.VERIFIED, _A.INVALIDATE): _V.INVALIDATED,
    **{(state, _A.WITHDRAW): _V.WITHDRAWN for state in (_V.SUBMITTED, *_OPEN, _V.RETURNED)},
    **{(state, _A.SUPERSEDE): _V.SUPERSEDED for state in _OPEN},
}
"""Every step a claim can take; what is not listed cannot happen."""

CLAIM_REASONS: Mapping[Action, frozenset[Reason]] = {
    _A.FLAG: frozenset(
        {
            _R.OUTSIDE_WINDOW,
            _R.EVIDENCE_REUSED,
            _R.EVIDENCE_MISSING,
            _R.DUPLICATE,
            _R.FUNDED_ELSEWHERE,
            _R.RELATED_PARTY,
            _R.NEAR_THRESHOLD,
            _R.UNUSUAL_PATTERN,
            _R.SAMPLED,
            _R.CONTESTED,
            _R.WRONG_DETAIL,
            _R.NOT_IN_COHORT,
            _R.NOT_ELIGIBLE,
            _R.OTHER,
        }
    ),
    _A.RETURN: frozenset(
        {
            _R.EVIDENCE_MISSING,
            _R.EVIDENCE_UNREADABLE,
            _R.EVIDENCE_INSUFFICIENT,
            _R.WRONG_DETAIL,
            _R.CONTESTED,
            _R.OTHER,
        }
    ),
    _A.REJECT: frozenset(
        {
            _R.NOT_IN_COHORT,
            _R.NOT_ELIGIBLE,
            _R.NOT_ACHIEVED,
            _R.NOT_SUSTAINED,
            _R.OUTSIDE_WINDOW,
            _R.DUPLICATE,
            _R.FUNDED_ELSEWHERE,
            _R.EVIDENCE_INSUFFICIENT,
            _R.EVIDENCE_REUSED,
            _R.EVIDENCE_NOT_GENUINE,
            _R.RELATED_PARTY,
            _R.CONTESTED,
            _R.OTHER,
        }
    ),
    _A.INVALIDATE: frozenset(
        {
            _R.NOT_ACHIEVED,
            _R.NOT_SUSTAINED,
            _R.NOT_ELIGIBLE,
            _R.DUPLICATE,
            _R.FUNDED_ELSEWHERE,
            _R.EVIDENCE_NOT_GENUINE,
            _R.PROVIDER_ERROR,
            _R.CONTESTED,
            _R.OTHER,
        }
    ),
    _A.WITHDRAW: frozenset({_R.PROVIDER_ERROR, _R.CONSENT_WITHDRAWN, _R.OTHER}),
    _A.SUPERSEDE: frozenset({_R.DUPLICATE, _R.REPLACED}),
}
"""Actions that need a reason, and which ones they take; screening, reviewing and verifying take none."""

MACHINE_ACTIONS = frozenset({_A.SCREEN, _A.FLAG})
"""A machine may pass or flag a claim; everything else is a person's decision."""

JUDGEMENTS = frozenset({_A.REVIEW, _A.VERIFY, _A.RETURN, _A.REJECT, _A.INVALIDATE, _A.SUPERSEDE})
"""Never by the provider who submitted the claim."""

RESULT_STEPS: Mapping[tuple[ResultState, ResultAction], ResultState] = {
    (ResultState.ESTIMATED, ResultAction.REPLICATE): ResultState.REPLICATED,
    **{
        (state, ResultAction.FLAG): ResultState.FLAGGED
        for state in (ResultState.ESTIMATED, ResultState.REPLICATED, ResultState.SIGNED)
    },
    (ResultState.FLAGGED, ResultAction.REPLICATE): ResultState.REPLICATED,
    **{(state, ResultAction.SIGN): ResultState.SIGNED for state in (ResultState.ESTIMATED, ResultState.REPLICATED)},
    (ResultState.SIGNED, ResultAction.RESTATE): ResultState.RESTATED,
    **{
        (state, ResultAction.WITHDRAW): ResultState.WITHDRAWN
        for state in (ResultState.ESTIMATED, ResultState.REPLICATED, ResultState.FLAGGED)
    },
}

STATEMENT_STEPS: Mapping[tuple[StatementState, StatementAction], StatementState] = {
    (StatementState.DRAFTED, StatementAction.AUTHORISE): StatementState.AUTHORISED,
    (StatementState.AUTHORISED, StatementAction.PAY): StatementState.PAID,
    (StatementState.DRAFTED, StatementAction.VOID): StatementState.VOID,
    (StatementState.AUTHORISED, StatementAction.VOID): StatementState.VOID,
}

State = TypeVar("State", bound=StrEnum)
Act = TypeVar("Act", bound=StrEnum)


def decide(
    state: VerificationState,
    action: Action,
    actor: Actor,
    reason: Reason | None = None,
    *,
    submitted_by: str,
    note: str = "",
) -> VerificationState:
    """The state a claim is in after ``actor`` takes ``action``; ``submitted_by`` is the id of who handed the claim in.

    Raises ``Refused`` with everything that speaks against it: the step, the actor, the reason.
    """
    problems = [
        *_step_problems("claim", CLAIM_STEPS, state, action),
        *_claim_actor_problems(action, actor, submitted_by),
        *_reason_problems(action, reason, note),
    ]
    if problems:
        raise Refused(problems)
    return CLAIM_STEPS[state, action]


def decide_result(state: ResultState, action: ResultAction, actor: Actor, *, made_by: str) -> ResultState:
    """The state of a measured result after ``action``.

    Whoever made it neither replicates it, nor signs it before somebody else has replicated it.
    """
    problems = _step_problems("result", RESULT_STEPS, state, action)
    if action is not ResultAction.FLAG:
        problems += _person_problems("result", action, actor)
    alone = action is ResultAction.REPLICATE or (action is ResultAction.SIGN and state is ResultState.ESTIMATED)
    if alone and actor.id == made_by:
        problems.append(_same_person("result", action, "made the result", "another evaluator"))
    if problems:
        raise Refused(problems)
    return RESULT_STEPS[state, action]


def decide_statement(
    state: StatementState, action: StatementAction, actor: Actor, *, drafted_by: str, authorised_by: str | None = None
) -> StatementState:
    """The state of a statement after ``action``.

    Drafting, authorising and recording the receipt are done by three different people; raises ``Refused`` otherwise.
    """
    problems = _step_problems("statement", STATEMENT_STEPS, state, action) + _person_problems(
        "statement", action, actor
    )
    if action in (StatementAction.AUTHORISE, StatementAction.PAY) and actor.id == drafted_by:
        problems.append(_same_person("statement", action, "drafted the statement", "a colleague"))
    if action is StatementAction.PAY and actor.id == authorised_by:
        problems.append(_same_person("statement", action, "authorised the statement", "a colleague"))
    if problems:
        raise Refused(problems)
    return STATEMENT_STEPS[state, action]


def _step_problems(thing: str, steps: Mapping[tuple[State, Act], State], state: State, action: Act) -> list[Problem]:
    if (state, action) in steps:
        return []
    allowed = [act.value for held, act in steps if held == state]
    return [
        Problem(
            code=f"{thing}.step",
            what=f"A {thing} that is {state.value} cannot take the action {action.value}.",
            value=action.value,
            expected=_listed(allowed) if allowed else "nothing: this state is final",
            mend=f"Look at the {thing} again: somebody may have decided in the meantime.",
        )
    ]


def _claim_actor_problems(action: Action, actor: Actor, submitted_by: str) -> list[Problem]:
    problems = [] if action in MACHINE_ACTIONS else _person_problems("claim", action, actor)
    if action not in JUDGEMENTS:
        return problems
    if actor.id == submitted_by:
        problems.append(_same_person("claim", action, "submitted the claim", "somebody at the commissioner"))
    elif actor.role is Role.SERVICE_PROVIDER:
        problems.append(
            Problem(
                code="claim.provider-judges",
                what=f"A service provider cannot {action.value} a claim.",
                value=actor.role.value,
                expected="somebody who is not on the provider's side",
                mend="Ask the commissioner; to take a claim back, withdraw it.",
            )
        )
    return problems


def _reason_problems(action: Action, reason: Reason | None, note: str) -> list[Problem]:
    allowed = CLAIM_REASONS.get(action, frozenset())
    problems = []
    if (reason is None and allowed) or (reason is not None and reason not in allowed):
        problems.append(
            Problem(
                code="claim.reason",
                what=f"To {action.value} a claim takes {'one reason from the list' if allowed else 'no reason'}.",
                value=reason.value if reason else None,
                expected=_listed(sorted(item.value for item in allowed)) if allowed else "no reason",
                mend="Choose a reason from the list." if allowed else "Leave the reason out.",
            )
        )
    if bool(note.strip()) != (reason is Reason.OTHER):
        # The note itself is not quoted: free text may name people.
        problems.append(
            Problem(
                code="claim.note",
                what="Free text goes with the reason other, and the reason other with free text.",
                value=reason.value if reason else None,
                expected="a note if the reason is other, none if it is not",
                mend="Write what the reason is, or choose one from the list and leave the note empty.",
            )
        )
    return problems


def _person_problems(thing: str, action: StrEnum, actor: Actor) -> list[Problem]:
    if actor.kind == "person":
        return []
    return [
        Problem(
            code=f"{thing}.machine",
            what=f"Only a person can {action.value} a {thing}.",
            value=actor.kind,
            expected="person",
            mend="Let somebody who is responsible for it decide.",
        )
    ]


def _same_person(thing: str, action: StrEnum, did: str, who: str) -> Problem:
    return Problem(
        code=f"{thing}.same-person",
        what=f"Whoever {did} cannot also {action.value} it.",
        value="the same person",
        expected="two different people",
        mend=f"Ask {who} to {action.value} it.",
    )


def _listed(values: Sequence[str]) -> str:
    return ", ".join(values)
