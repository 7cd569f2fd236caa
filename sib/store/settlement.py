"""store: which claims are settled by which statements, so that each is paid for once, and what was paid before."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlmodel import Session

from sib.errors import Problem
from sib.outcomes.claims import HeldClaim, VerificationState
from sib.outcomes.transitions import StatementState
from sib.store import tables
from sib.store.rows import ask, chunks, latest, table

_LINK, _LINE = table(tables.LineClaim), table(tables.StatementLine)
_STATEMENT, _DECISION = table(tables.Statement), table(tables.StatementDecision)

Effect = Literal["settles", "reverses"]
_SHOWN = 5
"""How many claims an error names."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where a claim stands under one payment and payer: how many lines named it, and whether it is settled now."""

    lines: int = 0
    settled: bool = False


def settled_claim_ids(
    session: Session,
    contract: str,
    payment: str,
    payer: str | None = None,
    *,
    as_of: datetime | None = None,
    apart_from: str | None = None,
) -> frozenset[int]:
    """Claims that a statement, not void, settles under this payment and that no later one reverses.

    ``payer`` narrows it to one payer's lines. ``as_of`` answers what was known at that moment. ``apart_from`` is the
    reference of a statement not to look at: the one that is being worked out again.
    """
    live = sa.case((_LINK.c.effect == "settles", 1), else_=-1)
    query = (
        sa.select(_LINK.c.claim_id)
        .select_from(_standing(_LINK.join(_LINE, _LINK.c.line_id == _LINE.c.id), as_of))
        .where(_STATEMENT.c.contract == contract, _LINK.c.payment == payment, _not_void(), *_only(as_of, apart_from))
        .group_by(_LINK.c.claim_id, _LINK.c.payer)
        .having(sa.func.sum(live) > 0)
    )
    if payer is not None:
        query = query.where(_LINK.c.payer == payer)
    return frozenset(row["claim_id"] for row in ask(session, query))


def paid_before(
    session: Session, contract: str, *, as_of: datetime | None = None, apart_from: str | None = None
) -> dict[str, int]:
    """Minor units by payment over all statements that are not void; drafts count, for what they promise is spoken for.

    ``as_of`` and ``apart_from`` as for ``settled_claim_ids``.
    """
    total = sa.func.sum(_LINE.c.amount_minor)
    query = (
        sa.select(_LINE.c.payment, total.label("minor"))
        .select_from(_standing(_LINE, as_of))
        .where(_STATEMENT.c.contract == contract, _not_void(), *_only(as_of, apart_from))
        .group_by(_LINE.c.payment)
        .order_by(_LINE.c.payment)
    )
    return {row["payment"]: int(row["minor"]) for row in ask(session, query)}


def links(session: Session, payment: str, payer: str, claim_ids: Sequence[int]) -> Mapping[int, Link]:
    """Where claims stand under a payment and payer; those that no line ever named are left out."""
    alive = sa.case((_not_void(), sa.case((_LINK.c.effect == "settles", 1), else_=-1)), else_=0)
    found: dict[int, Link] = {}
    for part in chunks(claim_ids):
        query = (
            sa.select(_LINK.c.claim_id, sa.func.max(_LINK.c.number).label("lines"), sa.func.sum(alive).label("live"))
            .select_from(_standing(_LINK.join(_LINE, _LINK.c.line_id == _LINE.c.id), None))
            .where(_LINK.c.payment == payment, _LINK.c.payer == payer, _LINK.c.claim_id.in_(part))
            .group_by(_LINK.c.claim_id)
        )
        found.update({row["claim_id"]: Link(row["lines"], row["live"] > 0) for row in ask(session, query)})
    return found


def built_upon(session: Session, statement_id: int) -> list[str]:
    """References of standing statements that reverse what this one settles, or settle what it reverses."""
    first, own = _LINK.alias(), _LINE.alias()
    query = (
        sa.select(_STATEMENT.c.reference)
        .distinct()
        .select_from(_standing(_LINK.join(_LINE, _LINK.c.line_id == _LINE.c.id), None))
        .join(first, sa.and_(*(first.c[name] == _LINK.c[name] for name in ("claim_id", "payment", "payer"))))
        .join(own, own.c.id == first.c.line_id)
        .where(own.c.statement_id == statement_id, _LINK.c.number > first.c.number, _not_void())
        .order_by(_STATEMENT.c.reference)
    )
    return [row["reference"] for row in ask(session, query)]


def link_problems(
    claims: Sequence[HeldClaim], standing: Mapping[int, Link], effect: Effect, place: str
) -> list[Problem]:
    """What speaks against a line that settles or reverses claims, given where each of them stands."""
    if effect == "reverses":
        unsettled = [claim for claim in claims if not standing.get(claim.id, Link()).settled]
        return _told(
            "statement.not-settled", "not settled, so there is nothing to reverse", "settled", unsettled, place
        )
    settled = [claim for claim in claims if standing.get(claim.id, Link()).settled]
    return [
        *unverified(claims, place),
        *_told("statement.settled-twice", "settled already by another statement", "not settled yet", settled, place),
    ]


def unverified(claims: Collection[HeldClaim], place: str) -> list[Problem]:
    """No claim is paid that is not verified at that moment."""
    doubtful = [claim for claim in claims if claim.state is not VerificationState.VERIFIED]
    return _told("statement.unverified", "not verified", VerificationState.VERIFIED.value, doubtful, place)


def _told(code: str, what: str, expected: str, claims: Sequence[HeldClaim], place: str) -> list[Problem]:
    if not claims:
        return []
    names = ", ".join(f"{claim.claim.reference} ({claim.state.value})" for claim in claims[:_SHOWN])
    return [
        Problem(
            code=code,
            what=f"{len(claims)} claim(s) of the statement are {what}.",
            value=names + (" and more" if len(claims) > _SHOWN else ""),
            expected=expected,
            mend="Draft the statement again from the claims as they stand now.",
            place=place,
        )
    ]


def _standing(source: sa.FromClause, as_of: datetime | None) -> sa.Join:
    """Lines with their statement and its latest decision."""
    joined, _ = latest(_STATEMENT, _DECISION, as_of)
    return source.join(_STATEMENT, _LINE.c.statement_id == _STATEMENT.c.id).outerjoin(_DECISION, joined)


def _not_void() -> sa.ColumnElement[bool]:
    drafted = sa.literal(StatementState.DRAFTED, _DECISION.c.state.type)
    return sa.func.coalesce(_DECISION.c.state, drafted) != StatementState.VOID


def _only(as_of: datetime | None, apart_from: str | None) -> Iterator[sa.ColumnElement[bool]]:
    if as_of is not None:
        yield _STATEMENT.c.drafted_at <= as_of
    if apart_from is not None:
        yield _STATEMENT.c.reference != apart_from
