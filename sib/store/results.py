"""store: measured results in, the decisions that make them payable, and which are in which state."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from sib.errors import Missing, Problem, Refused
from sib.outcomes.actors import Actor
from sib.outcomes.claims import SourceFile
from sib.outcomes.results import HeldResult, MeasuredResult, ResultAction, ResultState
from sib.outcomes.transitions import decide_result
from sib.periods import Period
from sib.store import tables
from sib.store.audit import record
from sib.store.files import FileReceipt, enter_file, held_file
from sib.store.rows import add_rows, ask, canonical, known, latest, other_content, sha256_of, table

_RESULT, _DECISION, _FILE = table(tables.MeasuredResult), table(tables.ResultDecision), table(tables.SourceFile)
_RESTATE = "Give the result a reference of its own; a result is never changed, only restated by a new one."
_PLAIN = (
    *("contract", "reference", "metric", "unit", "period_start", "period_end"),
    *("measured_on", "method", "evidence", "inputs_sha256", "row"),
)


def add_result(session: Session, actor: Actor, result: MeasuredResult, *, at: datetime) -> HeldResult:
    """Enter a result that was computed here; the same one again changes nothing.

    Raises ``Refused`` if its reference stands for another result.
    """
    new = _new_results(session, result.contract, [result])
    if new:
        known(session, actor)
        ids = add_rows(session, tables.MeasuredResult, [_row(result, actor, None, at)])
        subject = f"{result.contract} result {result.reference}"
        record(session, actor, "measure result", subject, at=at, rows={tables.MeasuredResult: ids})
    return result_by_reference(session, result.contract, result.reference)


def add_results(
    session: Session,
    actor: Actor,
    file: SourceFile,
    results: Sequence[MeasuredResult],
    refused: Sequence[Problem] = (),
    *,
    already_held: int = 0,
    at: datetime,
) -> FileReceipt:
    """Take the good results of a file and keep the reasons why others were refused; the same file again does nothing.

    Raises ``Refused`` if a reference stands for another result.
    """
    if held := held_file(session, file.contract, file.kind, file.sha256):
        return held
    new = _new_results(session, file.contract, results)
    repeated = already_held + len(results) - len(new)
    receipt, added = enter_file(session, actor, file, refused, accepted=len(new), already_held=repeated, at=at)
    rows = [_row(result, actor, receipt.id, at) for result in new]
    added[tables.MeasuredResult] = add_rows(session, tables.MeasuredResult, rows)
    detail = {"accepted": receipt.accepted, "refused": receipt.refused, "already_held": receipt.already_held}
    record(session, actor, "submit results", f"{file.contract} file {file.sha256}", detail, at=at, rows=added)
    return receipt


def results_in_state(
    session: Session,
    contract: str,
    states: Collection[ResultState] = frozenset(ResultState),
    period: Period | None = None,
    *,
    as_of: datetime | None = None,
) -> list[HeldResult]:
    """Results whose latest state is one of ``states``, in the order they came in.

    ``period`` holds the whole of the results' own periods. ``as_of`` answers what was known at that moment.
    """
    return _held(session, _RESULT.c.contract == contract, states=states, period=period, as_of=as_of)


def result_by_reference(session: Session, contract: str, reference: str) -> HeldResult:
    """One result with its latest state; raises ``Missing`` if there is none."""
    for held in _held(session, _RESULT.c.contract == contract, _RESULT.c.reference == reference):
        return held
    raise Missing(
        Problem(
            code="result.unknown",
            what=f"The contract {contract} has no result called {reference}.",
            value=reference,
            mend="Look the results up again.",
        )
    )


def results_of_run(session: Session, held: HeldResult) -> list[HeldResult]:
    """The results that one run of an estimate gave, this one among them; results of no run stand alone."""
    run = held.result.body.get("run")
    if run is None:
        return [held]
    every = _held(session, _RESULT.c.contract == held.result.contract)
    return [one for one in every if one.result.body.get("run") == run]


def add_result_decision(
    session: Session,
    actor: Actor,
    contract: str,
    reference: str,
    action: ResultAction,
    reason: str = "",
    *,
    at: datetime,
) -> HeldResult:
    """Decide on a result through the transition function; ``reason`` is free text without personal data."""
    held = result_by_reference(session, contract, reference)
    state = decide_result(held.state, action, actor, made_by=held.made_by)
    known(session, actor)
    row = {
        "result_id": held.id,
        "number": held.decisions + 1,
        "state": state,
        "reason": reason,
        "decided_by": actor.id,
        "decided_at": at,
    }
    ids = add_rows(session, tables.ResultDecision, [row])
    before = sha256_of([held.id, held.decisions, held.state])
    subject = f"{contract} result {reference}"
    record(session, actor, f"{action} result", subject, {}, before, at=at, rows={tables.ResultDecision: ids})
    return result_by_reference(session, contract, reference)


def _new_results(session: Session, contract: str, results: Sequence[MeasuredResult]) -> list[MeasuredResult]:
    """Those not held yet, each reference once; refuses references that stand for something else."""
    said = {item.result.reference: _content(item.result) for item in _held(session, _RESULT.c.contract == contract)}
    new: list[MeasuredResult] = []
    problems: list[Problem] = []
    for result in results:
        content = _content(result)
        if result.reference not in said:
            said[result.reference] = content
            new.append(result)
        elif said[result.reference] != content:
            problems.append(other_content("result", result.reference, said[result.reference], content, _RESTATE))
    if problems:
        raise Refused(problems)
    return new


def _content(result: MeasuredResult) -> str:
    """Hash of what a result says, in whichever file and row it came."""
    said = [getattr(result, name) for name in _PLAIN if name != "row"]
    return sha256_of([*said, str(result.value), dict(result.body)])


def _row(result: MeasuredResult, actor: Actor, file_id: int | None, at: datetime) -> dict[str, Any]:
    return {
        **{name: getattr(result, name) for name in _PLAIN},
        "value": str(result.value),
        "body_json": canonical(dict(result.body)),
        "file_id": file_id,
        "made_by": actor.id,
        "made_at": at,
    }


def _held(
    session: Session,
    *where: sa.ColumnElement[bool],
    states: Collection[ResultState] | None = None,
    period: Period | None = None,
    as_of: datetime | None = None,
) -> list[HeldResult]:
    joined, number = latest(_RESULT, _DECISION, as_of)
    state = sa.func.coalesce(_DECISION.c.state, sa.literal(ResultState.ESTIMATED, _DECISION.c.state.type))
    query = (
        sa.select(_RESULT, _FILE.c.sha256, state.label("state"), number.label("decisions"), _DECISION.c.decided_by)
        .select_from(_RESULT.outerjoin(_FILE).outerjoin(_DECISION, joined))
        .where(*where)
    )
    if states is not None:
        query = query.where(state.in_(states))
    if period is not None:
        query = query.where(_RESULT.c.period_start >= period.start, _RESULT.c.period_end <= period.end)
    if as_of is not None:
        query = query.where(_RESULT.c.made_at <= as_of)
    return [_held_result(row) for row in ask(session, query.order_by(_RESULT.c.id))]


def _held_result(row: sa.RowMapping) -> HeldResult:
    body: Mapping[str, Any] = json.loads(row["body_json"])
    plain = {name: row[name] for name in _PLAIN}
    result = MeasuredResult(**plain, value=Decimal(row["value"]), body=body, file_sha256=row["sha256"])
    return HeldResult(
        id=row["id"],
        result=result,
        state=row["state"],
        decisions=row["decisions"],
        made_by=row["made_by"],
        decided_by=row["decided_by"],
    )
