"""arrows: claims become outcomes: automatic checks pass or flag, a person verifies; results are signed."""

from dataclasses import dataclass
from datetime import date

from sib.access import MACHINE, Actor, Right, require
from sib.errors import Missing, Problem
from sib.outcomes.claims import Action, HeldClaim, Reason, VerificationState
from sib.outcomes.results import HeldResult, ResultAction, ResultState
from sib.steps.house import House, registered
from sib.store.claims import add_decisions, claims_in_state
from sib.store.results import add_result_decision, result_by_reference, results_in_state, results_of_run
from sib.terms.contract import Contract


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of the claims that waited."""

    screened: int
    flagged: int
    """Now flagged for a person; after screening alone, flagged by it."""
    verified: int


def screen_claims(house: House, contract: str) -> Verified:
    """Let the automatic checks look at every submitted claim: they pass it or flag it, they never reject.

    Flagged: the same evidence stands under claims of different people, or the claim came later than the terms allow.
    """
    require(MACHINE, Right.SCREEN_CLAIMS, contract)
    terms = registered(house, contract).agreed.contract
    with house.register.write() as session:
        every = claims_in_state(session, contract, tuple(VerificationState))
        waiting = [held for held in every if held.state is VerificationState.SUBMITTED]
        reused = _reused_evidence(every)
        late = {held.id for held in waiting if _late(terms, held)}
        flags = {
            Reason.EVIDENCE_REUSED: [held.id for held in waiting if held.id in reused and held.id not in late],
            Reason.OUTSIDE_WINDOW: sorted(late),
        }
        for reason, ids in flags.items():
            if ids:
                add_decisions(session, MACHINE, contract, Action.FLAG, ids, reason, at=house.now())
        flagged = {claim for ids in flags.values() for claim in ids}
        passed = [held.id for held in waiting if held.id not in flagged]
        if passed:
            add_decisions(session, MACHINE, contract, Action.SCREEN, passed, at=house.now())
    return Verified(len(passed), len(flagged), 0)


def _reused_evidence(claims: list[HeldClaim]) -> set[int]:
    """Claims whose evidence also stands under another person's claim."""
    people: dict[str, set[str]] = {}
    for held in claims:
        people.setdefault(held.claim.evidence, set()).add(held.claim.person)
    return {held.id for held in claims if len(people[held.claim.evidence]) > 1}


def _late(terms: Contract, held: HeldClaim) -> bool:
    window = terms.the_metric(held.claim.metric).window
    allowed = window.claim_within_days
    if allowed is None:
        return False
    return held.claim.submitted_on > date.fromordinal(held.claim.achieved_on.toordinal() + allowed)


def verify_claims(house: House, actor: Actor, contract: str) -> Verified:
    """Verify every screened claim: the actor has looked at the evidence and answers for it.

    Raises Refused when the actor may not, or handed the claims in.
    """
    require(actor, Right.DECIDE_CLAIMS, contract)
    seen = screen_claims(house, contract)
    with house.register.write() as session:
        screened = [held.id for held in claims_in_state(session, contract, (VerificationState.SCREENED,))]
        if screened:
            add_decisions(session, actor, contract, Action.REVIEW, screened, at=house.now())
            add_decisions(session, actor, contract, Action.VERIFY, screened, at=house.now())
        flagged = len(claims_in_state(session, contract, (VerificationState.FLAGGED,)))
    return Verified(seen.screened, flagged, len(screened))


_AFTER_REVIEW = frozenset({Action.VERIFY, Action.REJECT})


def decide_claim(
    house: House,
    actor: Actor,
    contract: str,
    reference: str,
    action: Action,
    reason: Reason | None = None,
    note: str = "",
) -> VerificationState:
    """Decide on the latest attempt of one claim, by the provider's reference; verifying and rejecting review it first.

    Raises Missing when there is no such claim, Refused with everything that speaks against it.
    """
    require(actor, Right.WITHDRAW_CLAIMS if action is Action.WITHDRAW else Right.DECIDE_CLAIMS, contract)
    with house.register.write() as session:
        same = [
            one
            for one in claims_in_state(session, contract, tuple(VerificationState))
            if one.claim.reference == reference
        ]
        if not same:
            what = f"{contract} has no claim {reference}"
            raise Missing(
                Problem("claim.unknown", what, "look the reference up in the provider's file", value=reference)
            )
        held = same[-1]
        if action in _AFTER_REVIEW and held.state in (VerificationState.SCREENED, VerificationState.FLAGGED):
            add_decisions(session, actor, contract, Action.REVIEW, [held.id], at=house.now())
        return add_decisions(session, actor, contract, action, [held.id], reason, note, at=house.now())[held.id]


def sign_result(house: House, actor: Actor, contract: str, reference: str) -> HeldResult:
    """Sign a measured result so that payment rules may read it; never by the one who made it alone.

    Results of one run of an estimate, such as a figure and its p value, are signed together or not at all.
    """
    require(actor, Right.SIGN_RESULTS, contract)
    with house.register.write() as session:
        for one in results_of_run(session, result_by_reference(session, contract, reference)):
            if one.state is not ResultState.SIGNED:
                name = one.result.reference
                add_result_decision(session, actor, contract, name, ResultAction.SIGN, at=house.now())
        return result_by_reference(session, contract, reference)


def signable(house: House, contract: str) -> list[str]:
    """References of the results that wait for a signature."""
    with house.register.read() as session:
        waiting = results_in_state(session, contract, (ResultState.ESTIMATED, ResultState.REPLICATED))
    return [held.result.reference for held in waiting]
