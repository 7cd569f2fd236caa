"""store: statements: drafted once by key, authorised by another person, never changed."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from sib.errors import Missing, NotValid, Problem, Refused
from sib.outcomes.actors import Actor
from sib.outcomes.results import ResultState
from sib.outcomes.transitions import StatementAction, StatementState, decide_statement
from sib.periods import Period
from sib.store import tables
from sib.store.audit import record
from sib.store.claims import claims_by_id
from sib.store.columns import Row
from sib.store.drafts import PLAIN, HeldLine, HeldStatement, Line, StatementDraft, document
from sib.store.results import results_in_state
from sib.store.rows import add_rows, ask, canonical, known, latest, other_content, sha256_of, table
from sib.store.settlement import Link, built_upon, link_problems, links, unverified

_STATEMENT, _LINE, _DECISION = table(tables.Statement), table(tables.StatementLine), table(tables.StatementDecision)
_LINK, _REST, _VERSION = table(tables.LineClaim), table(tables.LineResult), table(tables.ContractVersion)
_ORDER, _RECEIPT = table(tables.PaymentInstruction), table(tables.Receipt)


def add_statement(session: Session, actor: Actor, draft: StatementDraft, *, at: datetime) -> HeldStatement:
    """Draft a statement; the same key with the same content returns the one that is held.

    Raises ``Refused`` if the key stands for other content (both hashes are told), if a claim is not verified or is
    settled already, if a result is not signed, or if the period has an open statement; ``NotValid`` if it does not
    add up.
    """
    whole = document(draft)
    for held in _held(session, _STATEMENT.c.key == draft.key):
        return _same(held, whole)
    _refuse(session, draft)
    known(session, actor)
    row = {
        **{name: getattr(draft, name) for name in ("reference", "contract", "version_id", "revision", "currency")},
        "period_start": draft.period.start,
        "period_end": draft.period.end,
        "total_minor": draft.total_minor,
        "key": draft.key,
        "body_json": whole,
        "drafted_by": actor.id,
        "drafted_at": at,
    }
    statement_ids = add_rows(session, tables.Statement, [row])
    added: dict[type[Row], range] = {
        tables.Statement: statement_ids,
        **_add_lines(session, statement_ids[0], draft.lines),
    }
    detail = {"key": draft.key, "total_minor": draft.total_minor, "currency": draft.currency}
    record(
        session, actor, "draft statement", f"{draft.contract} statement {draft.reference}", detail, at=at, rows=added
    )
    return statement(session, draft.reference)


def add_statement_decision(
    session: Session, actor: Actor, reference: str, action: StatementAction, note: str = "", *, at: datetime
) -> HeldStatement:
    """Authorise, void, or mark as paid; claims and results are looked at once more before authorising.

    Raises ``Refused`` if the transition function does, if a claim is no longer verified, or if money is outstanding.
    """
    held = statement(session, reference)
    state = decide_statement(held.state, action, actor, drafted_by=held.drafted_by, authorised_by=held.authorised_by)
    problems = list(_decision_problems(session, held, action))
    if problems:
        raise Refused(problems)
    known(session, actor)
    row = {
        "statement_id": held.id,
        "number": held.decisions + 1,
        "state": state,
        "decided_by": actor.id,
        "decided_at": at,
        "note": note,
    }
    ids = add_rows(session, tables.StatementDecision, [row])
    before = sha256_of([held.key, held.decisions, held.state])
    subject = f"{held.contract} statement {reference}"
    record(session, actor, f"{action} statement", subject, {}, before, at=at, rows={tables.StatementDecision: ids})
    return statement(session, reference)


def statement(session: Session, reference: str) -> HeldStatement:
    """One statement with its latest state; raises ``Missing`` if there is none."""
    for held in _held(session, _STATEMENT.c.reference == reference):
        return held
    raise Missing(
        Problem(
            code="statement.unknown",
            what=f"The register holds no statement {reference}.",
            value=reference,
            mend="Look the statements up again.",
        )
    )


def statements(session: Session, contract: str, *, as_of: datetime | None = None) -> list[HeldStatement]:
    """All statements of a contract in the order they were drafted, as known at ``as_of``."""
    where = [_STATEMENT.c.contract == contract]
    if as_of is not None:
        where.append(_STATEMENT.c.drafted_at <= as_of)
    return _held(session, *where, as_of=as_of)


def statement_lines(session: Session, statement_id: int) -> list[HeldLine]:
    """The lines of a statement with the claims and results they rest on."""
    lines = ask(session, sa.select(_LINE).where(_LINE.c.statement_id == statement_id).order_by(_LINE.c.number))
    own = sa.select(_LINE.c.id).where(_LINE.c.statement_id == statement_id)
    claims: dict[int, list[int]] = {}
    reversing: set[int] = set()
    for row in ask(session, sa.select(_LINK).where(_LINK.c.line_id.in_(own)).order_by(_LINK.c.claim_id)):
        claims.setdefault(row["line_id"], []).append(row["claim_id"])
        if row["effect"] == "reverses":
            reversing.add(row["line_id"])
    results: dict[int, list[int]] = {}
    for row in ask(session, sa.select(_REST).where(_REST.c.line_id.in_(own)).order_by(_REST.c.result_id)):
        results.setdefault(row["line_id"], []).append(row["result_id"])
    return [
        HeldLine(
            id=row["id"],
            number=row["number"],
            line=Line(
                **{name: row[name] for name in PLAIN},
                reasons=tuple(json.loads(row["reasons_json"])),
                claim_ids=tuple(claims.get(row["id"], ())),
                result_ids=tuple(results.get(row["id"], ())),
                reverses=row["id"] in reversing,
            ),
        )
        for row in lines
    ]


def outstanding_minor(session: Session, held: HeldStatement) -> int:
    """What of the statement's total has not been received, in minor units."""
    received = (
        sa.select(sa.func.coalesce(sa.func.sum(_RECEIPT.c.amount_minor), 0))
        .select_from(_RECEIPT.join(_ORDER))
        .where(_ORDER.c.statement_id == held.id)
    )
    return held.total_minor - int(session.connection().execute(received).scalar_one())


def _add_lines(session: Session, statement_id: int, lines: Sequence[Line]) -> dict[type[Row], range]:
    rows = [
        {
            **{name: getattr(line, name) for name in PLAIN},
            "statement_id": statement_id,
            "number": number,
            "reasons_json": canonical(list(line.reasons)),
        }
        for number, line in enumerate(lines, 1)
    ]
    line_ids = add_rows(session, tables.StatementLine, rows)
    claims = [row for line_id, line in zip(line_ids, lines, strict=True) for row in _link_rows(session, line_id, line)]
    results = [
        {"line_id": line_id, "result_id": result_id}
        for line_id, line in zip(line_ids, lines, strict=True)
        for result_id in line.result_ids
    ]
    return {
        tables.StatementLine: line_ids,
        tables.LineClaim: add_rows(session, tables.LineClaim, claims),
        tables.LineResult: add_rows(session, tables.LineResult, results),
    }


def _link_rows(session: Session, line_id: int, line: Line) -> Iterator[dict[str, object]]:
    standing = links(session, line.payment, line.payer, line.claim_ids)
    for claim_id in sorted(line.claim_ids):
        yield {
            "line_id": line_id,
            "claim_id": claim_id,
            "payment": line.payment,
            "payer": line.payer,
            "number": standing.get(claim_id, Link()).lines + 1,
            "effect": line.effect,
        }


def _refuse(session: Session, draft: StatementDraft) -> None:
    """Raise with everything that speaks against drafting this statement."""
    wrong = list(_sum_problems(draft))
    if wrong:
        raise NotValid(wrong)
    problems = [*_period_problems(session, draft), *_result_problems(session, draft.contract, draft.lines)]
    for number, line in enumerate(draft.lines, 1):
        claims = claims_by_id(session, draft.contract, line.claim_ids)
        standing = links(session, line.payment, line.payer, line.claim_ids)
        problems += link_problems(claims, standing, line.effect, f"line {number}")
    if problems:
        raise Refused(problems)


def _sum_problems(draft: StatementDraft) -> Iterator[Problem]:
    named: set[tuple[str, str, int]] = set()
    for number, line in enumerate(draft.lines, 1):
        if line.gross_minor + line.cap_effect_minor != line.amount_minor:
            yield Problem(
                code="statement.sum",
                what="Gross amount and cap effect do not make the line's amount.",
                value=str(line.amount_minor),
                expected=str(line.gross_minor + line.cap_effect_minor),
                mend="Work the line out again; nothing may be lost between gross and net.",
                place=f"line {number}",
            )
        claims = {(line.payment, line.payer, claim_id) for claim_id in line.claim_ids}
        if len(claims) != len(line.claim_ids) or claims & named:
            yield Problem(
                code="statement.claim-twice",
                what=f"A claim stands twice under the payment {line.payment} and the payer {line.payer}.",
                expected="each claim once per payment and payer",
                mend="Take it out of one of the lines.",
                place=f"line {number}",
            )
        named |= claims


def _period_problems(session: Session, draft: StatementDraft) -> Iterator[Problem]:
    version = sa.select(_VERSION.c.contract).where(_VERSION.c.id == draft.version_id)
    if [row["contract"] for row in ask(session, version)] != [draft.contract]:
        yield Problem(
            code="statement.version",
            what=f"The statement rests on a contract version that is not one of {draft.contract}.",
            value=str(draft.version_id),
            expected="the id of a registered version of the same contract",
            mend="Register the contract, or take the version's id from there.",
        )
    same = _STATEMENT.c.contract == draft.contract, _STATEMENT.c.period_start == draft.period.start
    earlier = _held(session, *same, _STATEMENT.c.period_end == draft.period.end)
    still_open = [held for held in earlier if held.state not in (StatementState.VOID, StatementState.PAID)]
    if still_open or draft.revision != len(earlier) + 1:
        yield Problem(
            code="statement.period-taken",
            what=f"The period {draft.period.label} has {len(earlier)} statement(s) already.",
            value=f"revision {draft.revision}",
            expected=f"revision {len(earlier) + 1}, once {still_open[0].reference} is paid or void"
            if still_open
            else f"revision {len(earlier) + 1}",
            mend="Void the open statement first." if still_open else "Draft it under the expected revision.",
        )
    if any(held.reference == draft.reference for held in _held(session, _STATEMENT.c.reference == draft.reference)):
        yield Problem(
            code="statement.reference-used",
            what=f"The reference {draft.reference} stands for another statement.",
            value=draft.reference,
            mend="Give the statement a reference of its own.",
        )


def _result_problems(session: Session, contract: str, lines: Sequence[Line]) -> list[Problem]:
    wanted = {result_id for line in lines for result_id in line.result_ids}
    signed = {held.id for held in results_in_state(session, contract, [ResultState.SIGNED])} if wanted else set()
    return [
        Problem(
            code="statement.unsigned",
            what="A result that the statement rests on is not signed.",
            value=f"result number {result_id}",
            expected=ResultState.SIGNED.value,
            mend="Let the evaluator sign it, or draft the statement without it.",
        )
        for result_id in sorted(wanted - signed)
    ]


def _decision_problems(session: Session, held: HeldStatement, action: StatementAction) -> Iterator[Problem]:
    outstanding = outstanding_minor(session, held)
    if action is StatementAction.AUTHORISE:
        lines = [item.line for item in statement_lines(session, held.id)]
        yield from _result_problems(session, held.contract, lines)
        for number, line in enumerate(lines, 1):
            if not line.reverses:
                yield from unverified(claims_by_id(session, held.contract, line.claim_ids), f"line {number}")
    elif action is StatementAction.PAY and outstanding:
        yield Problem(
            code="statement.outstanding",
            what=f"Money is outstanding on {held.reference}.",
            value=f"{outstanding} minor units of {held.currency}",
            expected="0",
            mend="Record the receipts first; the last one marks the statement as paid.",
        )
    elif action is StatementAction.VOID:
        yield from _void_problems(session, held, outstanding)


def _void_problems(session: Session, held: HeldStatement, outstanding: int) -> Iterator[Problem]:
    if outstanding != held.total_minor:
        yield Problem(
            code="statement.partly-paid",
            what=f"Money has been received on {held.reference}: it cannot be made void.",
            value=f"{held.total_minor - outstanding} minor units of {held.currency}",
            expected="0",
            mend="Correct it by a reversing line on a later statement.",
        )
    # Without the statement between them, two others would settle the same claim.
    if later := built_upon(session, held.id):
        yield Problem(
            code="statement.built-upon",
            what=f"Later statements build upon the claims of {held.reference}.",
            value=", ".join(later),
            expected="no later statement that is not void",
            mend="Void the later statements first, the last one before the others.",
        )


def _same(held: HeldStatement, offered: str) -> HeldStatement:
    if held.body_json == offered:
        return held
    mend = "A statement is never changed: void it, and draft the next revision under a key that names the revision."
    raise Refused(other_content("statement", held.reference, _sha256(held.body_json), _sha256(offered), mend))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _held(session: Session, *where: sa.ColumnElement[bool], as_of: datetime | None = None) -> list[HeldStatement]:
    joined, number = latest(_STATEMENT, _DECISION, as_of)
    state = sa.func.coalesce(_DECISION.c.state, sa.literal(StatementState.DRAFTED, _DECISION.c.state.type))
    step = _DECISION.alias()
    authoriser = sa.select(step.c.decided_by).where(
        step.c.statement_id == _STATEMENT.c.id, step.c.state == StatementState.AUTHORISED
    )
    if as_of is not None:
        authoriser = authoriser.where(step.c.decided_at <= as_of)
    query = (
        sa.select(_STATEMENT, state.label("state"), number.label("decisions"))
        .add_columns(authoriser.scalar_subquery().label("authorised_by"))
        .select_from(_STATEMENT.outerjoin(_DECISION, joined))
        .where(*where)
        .order_by(_STATEMENT.c.id)
    )
    return [_held_statement(row) for row in ask(session, query)]


def _held_statement(row: sa.RowMapping) -> HeldStatement:
    plain = dict(row)
    return HeldStatement(period=Period(plain.pop("period_start"), plain.pop("period_end")), **plain)
