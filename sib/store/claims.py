"""store: claims in, decisions on them, and which claims are in which state."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from sib.errors import Missing, Problem, Refused
from sib.outcomes.actors import Actor
from sib.outcomes.claims import Action, Claim, HeldClaim, Reason, SourceFile, VerificationState
from sib.outcomes.slots import sort_claims
from sib.outcomes.transitions import decide
from sib.periods import Period
from sib.store import tables
from sib.store.audit import record
from sib.store.files import FileReceipt, enter_file, held_file
from sib.store.rows import add_rows, ask, chunks, known, latest, sha256_of, table

_CLAIM, _DECISION, _FILE = table(tables.Claim), table(tables.ClaimDecision), table(tables.SourceFile)
_OWN = tuple(column.name for column in _CLAIM.columns if column.name not in ("id", "file_id"))


def add_claims(
    session: Session,
    actor: Actor,
    file: SourceFile,
    claims: Sequence[Claim],
    refused: Sequence[Problem] = (),
    *,
    already_held: int = 0,
    at: datetime,
) -> FileReceipt:
    """Take the good claims of a file and keep the reasons why others were refused.

    ``refused`` are the rows that intake refused (``line`` is the row, ``place`` the column), ``already_held`` those it
    left out as held before. What was claimed since intake looked is found here: such rows are refused or counted as
    held too. A whole file handed over again changes nothing.
    """
    if held := held_file(session, file.contract, file.kind, file.sha256):
        return held
    fresh = sort_claims(claims, _rivals(session, file.contract, claims))
    problems = sorted([*refused, *fresh.problems], key=lambda problem: problem.line or 0)
    receipt, added = enter_file(
        session,
        actor,
        file,
        problems,
        accepted=len(fresh.taken),
        already_held=already_held + len(fresh.already_held),
        at=at,
    )
    rows = [{**{name: getattr(claim, name) for name in _OWN}, "file_id": receipt.id} for claim in fresh.taken]
    added[tables.Claim] = add_rows(session, tables.Claim, rows)
    detail = {"accepted": receipt.accepted, "refused": receipt.refused, "already_held": receipt.already_held}
    record(session, actor, "submit claims", f"{file.contract} file {file.sha256}", detail, at=at, rows=added)
    return receipt


def claims_in_state(
    session: Session,
    contract: str,
    states: Collection[VerificationState],
    period: Period | None = None,
    *,
    as_of: datetime | None = None,
) -> list[HeldClaim]:
    """Claims whose latest state is one of ``states``, in the order they came in; one query.

    ``period`` is that in which the outcome was achieved. ``as_of`` answers what was known at that moment.
    """
    return _held(session, _CLAIM.c.contract == contract, states=states, period=period, as_of=as_of)


def claims_by_id(session: Session, contract: str, ids: Sequence[int]) -> list[HeldClaim]:
    """Claims with their latest states, in order of id; raises ``Missing`` if the contract has no such claim."""
    held = [claim for part in chunks(sorted(set(ids))) for claim in _held(session, _CLAIM.c.id.in_(part))]
    strangers = set(ids) - {claim.id for claim in held if claim.claim.contract == contract}
    if strangers:
        raise Missing(
            Problem(
                code="claim.unknown",
                what=f"The contract {contract} has no claim with this number.",
                value=", ".join(str(number) for number in sorted(strangers)[:5]),
                expected="numbers of the contract's own claims",
                mend="Look the claims up again.",
            )
        )
    return held


def add_decisions(
    session: Session,
    actor: Actor,
    contract: str,
    action: Action,
    claim_ids: Sequence[int],
    reason: Reason | None = None,
    note: str = "",
    *,
    at: datetime,
) -> dict[int, VerificationState]:
    """Decide on claims, all or none, and return their new states by id.

    Asks the one transition function about every claim; raises ``Refused`` with all that speaks against it.
    """
    held = claims_by_id(session, contract, claim_ids)
    states = _decide_all(held, action, actor, reason, note)
    known(session, actor)
    rows = [
        {
            "claim_id": claim.id,
            "number": claim.decisions + 1,
            "state": states[claim.id],
            "reason": reason,
            "note": note,
            "decided_by": actor.id,
            "decided_at": at,
        }
        for claim in held
    ]
    if rows:
        ids = add_rows(session, tables.ClaimDecision, rows)
        before = sha256_of([[claim.id, claim.decisions, claim.state] for claim in held])
        detail = {"claims": len(rows), "reason": reason}
        record(session, actor, f"{action} claims", contract, detail, before, at=at, rows={tables.ClaimDecision: ids})
    return states


def _rivals(session: Session, contract: str, claims: Sequence[Claim]) -> list[HeldClaim]:
    """Claims of the contract that share a reference or a person with new ones."""
    own = _CLAIM.c.contract == contract
    found: dict[int, HeldClaim] = {}
    for column in (_CLAIM.c.reference, _CLAIM.c.person):
        wanted = sorted({getattr(claim, column.name) for claim in claims})
        for part in chunks(wanted):
            found.update((held.id, held) for held in _held(session, own, column.in_(part)))
    return [found[number] for number in sorted(found)]


def _decide_all(
    held: Sequence[HeldClaim], action: Action, actor: Actor, reason: Reason | None, note: str
) -> dict[int, VerificationState]:
    answers: dict[tuple[VerificationState, str], VerificationState | Refused] = {}
    states: dict[int, VerificationState] = {}
    problems: list[Problem] = []
    for claim in held:
        case = claim.state, claim.submitted_by
        if case not in answers:
            answers[case] = _answer(claim, action, actor, reason, note)
        answer = answers[case]
        if isinstance(answer, Refused):
            place = f"claim {claim.claim.reference}, attempt {claim.claim.attempt}"
            problems += [_placed(problem, place) for problem in answer.problems]
        else:
            states[claim.id] = answer
    if problems:
        raise Refused(problems)
    return states


def _answer(
    claim: HeldClaim, action: Action, actor: Actor, reason: Reason | None, note: str
) -> VerificationState | Refused:
    try:
        return decide(claim.state, action, actor, reason, submitted_by=claim.submitted_by, note=note)
    except Refused as refused:
        return refused


def _placed(problem: Problem, place: str) -> Problem:
    return Problem(
        code=problem.code,
        what=problem.what,
        mend=problem.mend,
        value=problem.value,
        expected=problem.expected,
        place=place,
    )


def _held(
    session: Session,
    *where: sa.ColumnElement[bool],
    states: Collection[VerificationState] | None = None,
    period: Period | None = None,
    as_of: datetime | None = None,
) -> list[HeldClaim]:
    joined, number = latest(_CLAIM, _DECISION, as_of)
    state = sa.func.coalesce(_DECISION.c.state, sa.literal(VerificationState.SUBMITTED, _DECISION.c.state.type))
    query = (
        sa.select(_CLAIM, _FILE.c.sha256, _FILE.c.submitted_by, state.label("state"), number.label("decisions"))
        .add_columns(_DECISION.c.decided_by, _DECISION.c.decided_at, _DECISION.c.reason)
        .select_from(_CLAIM.join(_FILE).outerjoin(_DECISION, joined))
        .where(*where)
    )
    if states is not None:
        query = query.where(state.in_(states))
    if period is not None:
        query = query.where(_CLAIM.c.achieved_on.between(period.start, period.end))
    if as_of is not None:
        query = query.where(_FILE.c.received_at <= as_of)
    return [_held_claim(row) for row in ask(session, query.order_by(_CLAIM.c.id))]


def _held_claim(row: sa.RowMapping) -> HeldClaim:
    claim = Claim(**{name: row[name] for name in _OWN}, file_sha256=row["sha256"])
    return HeldClaim(
        id=row["id"],
        claim=claim,
        state=row["state"],
        decisions=row["decisions"],
        submitted_by=row["submitted_by"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        reason=row["reason"],
    )
