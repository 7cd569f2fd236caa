"""store: files as handed over: what became of their rows, and why rows were refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from sib.errors import Problem
from sib.outcomes.actors import Actor
from sib.outcomes.claims import FileKind, SourceFile
from sib.store import tables
from sib.store.audit import record
from sib.store.columns import Row
from sib.store.rows import add_rows, ask, ask_one, known, table

_FILE, _REFUSED = table(tables.SourceFile), table(tables.RefusedRow)


@dataclass(frozen=True, slots=True)
class FileReceipt:
    """What became of a file: rows taken, rows refused, rows that were held before."""

    id: int
    contract: str
    kind: str
    sha256: str
    bytes: int
    rows: int
    accepted: int
    refused: int
    already_held: int
    received_at: datetime
    submitted_by: str
    again: bool = False
    """This very file was handed over before: nothing was done now, the counts are those of the first time."""


def held_file(session: Session, contract: str, kind: FileKind, sha256: str) -> FileReceipt | None:
    """The receipt of a file that was handed over before, or ``None``."""
    where = _FILE.c.contract == contract, _FILE.c.kind == kind, _FILE.c.sha256 == sha256
    row = ask_one(session, sa.select(_FILE).where(*where))
    return FileReceipt(**row, again=True) if row else None


def files(session: Session, contract: str) -> list[FileReceipt]:
    """All files of a contract, first to last."""
    rows = ask(session, sa.select(_FILE).where(_FILE.c.contract == contract).order_by(_FILE.c.id))
    return [FileReceipt(**row) for row in rows]


def refused_rows(session: Session, file_id: int) -> list[Problem]:
    """Why rows of a file were refused; ``line`` is the row, ``place`` the column."""
    query = sa.select(_REFUSED).where(_REFUSED.c.file_id == file_id).order_by(_REFUSED.c.id)
    return [
        Problem(
            code=row["code"],
            what=row["what"],
            mend=row["mend"],
            value=row["value"],
            expected=row["expected"],
            line=row["row"],
            place=row["column"],
        )
        for row in ask(session, query)
    ]


def enter_file(
    session: Session,
    actor: Actor,
    file: SourceFile,
    problems: Sequence[Problem],
    *,
    accepted: int,
    already_held: int,
    at: datetime,
) -> tuple[FileReceipt, dict[type[Row], range]]:
    """Add a file and its refused rows; returns the receipt and the ids of the added rows, for the audit event."""
    known(session, actor)
    row: dict[str, Any] = {
        "contract": file.contract,
        "kind": file.kind,
        "sha256": file.sha256,
        "bytes": file.bytes,
        "rows": file.rows,
        "accepted": accepted,
        "refused": len({problem.line for problem in problems}),
        "already_held": already_held,
        "received_at": at,
        "submitted_by": actor.id,
    }
    file_ids = add_rows(session, tables.SourceFile, [row])
    refused = [
        {
            "file_id": file_ids[0],
            "row": problem.line,
            "column": problem.place,
            "value": problem.value,
            "expected": problem.expected,
            "code": problem.code,
            "what": problem.what,
            "mend": problem.mend,
        }
        for problem in problems
    ]
    refused_ids = add_rows(session, tables.RefusedRow, refused)
    added: dict[type[Row], range] = {tables.SourceFile: file_ids, tables.RefusedRow: refused_ids}
    return FileReceipt(id=file_ids[0], **row), added


def add_file(
    session: Session,
    actor: Actor,
    file: SourceFile,
    problems: Sequence[Problem] = (),
    *,
    accepted: int,
    already_held: int = 0,
    at: datetime,
) -> FileReceipt:
    """Take note of a file whose rows do not stand in the register, such as a cohort; again changes nothing."""
    if held := held_file(session, file.contract, file.kind, file.sha256):
        return held
    receipt, added = enter_file(session, actor, file, problems, accepted=accepted, already_held=already_held, at=at)
    detail = {"accepted": receipt.accepted, "refused": receipt.refused}
    record(session, actor, f"submit {file.kind}", f"{file.contract} file {file.sha256}", detail, at=at, rows=added)
    return receipt
