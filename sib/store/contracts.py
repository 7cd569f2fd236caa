"""store: contracts as registered, version by version, and the analysis plans that both sides sealed."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from sib.errors import Missing, Problem, Refused
from sib.outcomes.actors import Actor, Role
from sib.store.audit import record
from sib.store.rows import add_rows, ask, ask_one, known, table
from sib.store.tables import ContractVersion, PlanSeal

_VERSION, _SEAL = table(ContractVersion), table(PlanSeal)


@dataclass(frozen=True, slots=True)
class HeldVersion:
    """One version of a contract's text; 1 is the first."""

    id: int
    contract: str
    version: int
    sha256: str
    text: str
    registered_at: datetime
    registered_by: str


@dataclass(frozen=True, slots=True)
class HeldSeal:
    """A sealed analysis plan."""

    id: int
    contract: str
    plan_sha256: str
    text: str
    signed_by_evaluator: str
    signed_by_commissioner: str
    sealed_at: datetime


def add_version(session: Session, actor: Actor, contract: str, text: str, *, at: datetime) -> HeldVersion:
    """Register a contract's text as its next version; the text that holds already is not registered again."""
    versions = contract_versions(session, contract)
    digest = _sha256(text)
    if versions and versions[-1].sha256 == digest:
        return versions[-1]
    known(session, actor)
    row = {
        "contract": contract,
        "version": len(versions) + 1,
        "sha256": digest,
        "text": text,
        "registered_at": at,
        "registered_by": actor.id,
    }
    ids = add_rows(session, ContractVersion, [row])
    before = versions[-1].sha256 if versions else None
    detail = {"contract": contract, "version": row["version"], "sha256": digest}
    record(session, actor, "register contract", contract, detail, before, at=at, rows={ContractVersion: ids})
    return contract_version(session, contract)


def contract_version(session: Session, contract: str, version: int | None = None) -> HeldVersion:
    """The version asked for, or the latest; raises ``Missing`` if there is none."""
    for held in reversed(contract_versions(session, contract)):
        if version in (None, held.version):
            return held
    raise Missing(
        Problem(
            code="contract.unknown",
            what=f"The register holds no {f'version {version} of the ' if version else ''}contract {contract}.",
            value=contract,
            expected=", ".join(contracts(session)) or "no contract is registered yet",
            mend="Register the contract first, or correct its name.",
        )
    )


def contract_versions(session: Session, contract: str) -> list[HeldVersion]:
    """All versions of a contract, first to last."""
    query = sa.select(_VERSION).where(_VERSION.c.contract == contract).order_by(_VERSION.c.version)
    return [HeldVersion(**row) for row in ask(session, query)]


def contracts(session: Session) -> list[str]:
    """Names of all registered contracts."""
    return [row["contract"] for row in ask(session, sa.select(_VERSION.c.contract).distinct().order_by("contract"))]


def seal_plan(
    session: Session, evaluator: Actor, commissioner: Actor, contract: str, text: str, *, at: datetime
) -> HeldSeal:
    """Seal an analysis plan for both sides; sealing the same plan again changes nothing."""
    _refuse_same_side(evaluator, commissioner)
    digest = _sha256(text)
    query = sa.select(_SEAL).where(_SEAL.c.contract == contract, _SEAL.c.plan_sha256 == digest)
    if held := ask_one(session, query):
        return HeldSeal(**held)
    known(session, evaluator, commissioner)
    row = {
        "contract": contract,
        "plan_sha256": digest,
        "text": text,
        "signed_by_evaluator": evaluator.id,
        "signed_by_commissioner": commissioner.id,
        "sealed_at": at,
    }
    ids = add_rows(session, PlanSeal, [row])
    detail = {"plan_sha256": digest, "signed_by": [evaluator.id, commissioner.id]}
    record(session, evaluator, "seal analysis plan", contract, detail, at=at, rows={PlanSeal: ids})
    return plan_seals(session, contract)[-1]


def plan_seals(session: Session, contract: str) -> list[HeldSeal]:
    """All sealed analysis plans of a contract, first to last; the last one holds."""
    query = sa.select(_SEAL).where(_SEAL.c.contract == contract).order_by(_SEAL.c.id)
    return [HeldSeal(**row) for row in ask(session, query)]


def _refuse_same_side(evaluator: Actor, commissioner: Actor) -> None:
    problems = [
        Problem(
            code="plan.signer",
            what=f"The {role.value}'s signature on an analysis plan is that of a {actor.role.value} ({actor.kind}).",
            value=actor.role.value,
            expected=f"{role.value}, a person",
            mend=f"Let a person on the {role.value}'s side sign.",
        )
        for actor, role in ((evaluator, Role.EVALUATOR), (commissioner, Role.COMMISSIONER))
        if actor.role is not role or actor.kind != "person"
    ]
    if problems:
        raise Refused(problems)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
