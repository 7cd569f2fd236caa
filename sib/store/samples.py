"""store: the steps of checking claims by sample, one after another, none ever changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from sib.outcomes.actors import Actor
from sib.store.audit import record
from sib.store.rows import add_rows, ask, canonical, known, table
from sib.store.tables import SampleStep

_STEP = table(SampleStep)


@dataclass(frozen=True, slots=True)
class HeldStep:
    """One step as the register holds it."""

    number: int
    kind: str
    body: Mapping[str, Any]
    done_by: str
    done_at: datetime


def add_step(
    session: Session, actor: Actor, contract: str, sample: str, kind: str, body: Mapping[str, Any], *, at: datetime
) -> None:
    """Add the next step of a sample; what may follow what is said by ``sib.steps.sample``."""
    known(session, actor)
    row = {
        "contract": contract,
        "sample": sample,
        "number": len(steps(session, contract, sample)) + 1,
        "kind": kind,
        "body_json": canonical(body),
        "done_by": actor.id,
        "done_at": at,
    }
    ids = add_rows(session, SampleStep, [row])
    subject = f"{contract} sample {sample}"
    record(session, actor, f"sample: {kind}", subject, {"sample": sample}, at=at, rows={SampleStep: ids})


def steps(session: Session, contract: str, sample: str) -> list[HeldStep]:
    """All steps of a sample, first to last; empty if there is none of that name."""
    query = sa.select(_STEP).where(_STEP.c.contract == contract, _STEP.c.sample == sample).order_by(_STEP.c.number)
    return [
        HeldStep(row["number"], row["kind"], json.loads(row["body_json"]), row["done_by"], row["done_at"])
        for row in ask(session, query)
    ]
