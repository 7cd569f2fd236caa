"""arrows: a statement becomes a proof pack: one file with which anyone checks it and works it out again, offline."""

import csv
import io
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from sib.access import Actor, Right, require
from sib.money import major
from sib.outcomes.claims import HeldClaim, VerificationState
from sib.periods import Period
from sib.steps import proof_verify
from sib.steps.house import House, Registered, registered
from sib.steps.settle import statement_document
from sib.store import tables
from sib.store.audit import entry, leaves
from sib.store.claims import claims_in_state
from sib.store.columns import Row
from sib.store.contracts import contract_versions, plan_seals
from sib.store.drafts import HeldStatement
from sib.store.results import results_in_state
from sib.store.rows import ask, canonical, table
from sib.store.settlement import settled_claim_ids
from sib.store.statements import statement
from sib.store.tree import inclusion, root

LIBRARIES = ("sib", "numpy", "pydantic", "sqlalchemy", "sqlmodel")
"""What a payment is worked out and kept with."""
READ_ME = """A proof pack of the statement {reference}.

    python verify.py PACK.zip

checks it with nothing but Python (3.11 or newer), and works the payment out again; nothing is sent anywhere. Take
verify.py from somebody you trust, or read it: it is short. Compare the SHA-256 of the pack and the witness
(number of audit events and tree head) with what the statement itself and the other side show.

statement.json  the statement            lines.csv      its lines, for a spreadsheet
contract.toml   the terms as registered  case.toml      the facts, as `sib contract price --given` reads them
claims.json     numbers of the claims in case.toml, and which of them each payment had settled before
audit.json      audit events with the rows they added, and their proofs (RFC 9162)
versions.json   program and libraries    SHA256SUMS     hashes of all files

People stand in it as pseudonyms. It is meant for the payer and the auditor, and for nobody else.
"""


@dataclass(frozen=True, slots=True)
class Pack:
    """A proof pack: the bytes of its zip file, and what documents beside it print."""

    content: bytes
    witness: str

    @property
    def sha256(self) -> str:
        """Of the whole file."""
        return sha256(self.content).hexdigest()


def prove(house: House, actor: Actor, reference: str) -> Pack:
    """Pack a statement; the same register gives the same bytes.

    Raises Missing where there is no such statement, Refused where the actor may not see its claims and audit trail.
    """
    with house.register.read() as session:
        held = statement(session, reference)
    for right in (Right.SEE_STATEMENTS, Right.SEE_CLAIMS, Right.SEE_AUDIT):
        require(actor, right, held.contract)
    terms = registered(house, held.contract, on=held.period.end)
    document = statement_document(house, held)
    with house.register.read() as session:
        claims, told = _claims_of(session, held, terms)
        audit = _audit_of(session, held, [claim.id for claim in claims])
        texts = {one.id: one.text for one in contract_versions(session, held.contract)}
        plans = [seal.text for seal in plan_seals(session, held.contract)]
    files = {
        "README.txt": READ_ME.format(reference=reference),
        "statement.json": _json(document),
        "lines.csv": _lines(document["lines"]),
        "contract.toml": texts[held.version_id],
        "case.toml": case_of(held, claims, told["settled"], document["lines"]),
        "claims.json": canonical(told),
        "audit.json": canonical(audit),
        "versions.json": _json(_versions()),
        "verify.py": Path(proof_verify.__file__).read_text(encoding="utf-8"),
        **{f"plan-{number}.toml": text for number, text in enumerate(plans, 1)},
    }
    whole = {name: text.encode() for name, text in files.items()}
    whole["SHA256SUMS"] = proof_verify.listed(whole)
    return Pack(proof_verify.packed(whole), f"{audit['size']}:{audit['tree_head']}")


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _lines(lines: Sequence[Mapping[str, Any]]) -> str:
    out = io.StringIO()
    names = (
        "number",
        "payment",
        "payer",
        "clause",
        "quantity",
        "unit",
        "gross",
        "cap_effect",
        "amount",
        "claims",
        "hold",
    )
    writer = csv.DictWriter(out, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()


def _versions() -> dict[str, Any]:
    """The program as it is installed: versions, and one hash over all its source files."""
    package = Path(proof_verify.__file__).parents[1]
    digest = sha256()
    for file in sorted(package.rglob("*.py")):
        digest.update(f"{file.relative_to(package).as_posix()}\0".encode() + file.read_bytes() + b"\0")
    return {
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "source_sha256": digest.hexdigest(),
    }


def _claims_of(session: Session, held: HeldStatement, terms: Registered) -> tuple[list[HeldClaim], dict[str, Any]]:
    """The claims that the statement was worked out from, as known when it was drafted, and what was settled by then."""
    upto, moment = Period(terms.ever.contract.starts_on, held.period.end), held.drafted_at
    claims = claims_in_state(session, held.contract, (VerificationState.VERIFIED,), upto, as_of=moment)
    places = {claim.id: place for place, claim in enumerate(claims)}
    settled = {}
    for payment in terms.ever.payments:
        before = settled_claim_ids(session, held.contract, payment.id, as_of=moment, apart_from=held.reference)
        if found := sorted(places[number] for number in before if number in places):
            settled[payment.id] = found
    told = {"versions": len(terms.versions), "claims": [claim.id for claim in claims], "settled": settled}
    return claims, told


def case_of(
    held: HeldStatement,
    claims: Sequence[HeldClaim],
    settled: Mapping[str, Sequence[int]],
    lines: Sequence[Mapping[str, Any]],
) -> str:
    """The facts and the statement's amounts in the words of a golden case.

    An outcome is written as settled where any payment had settled it; where payments differ in this, claims.json says
    which.
    """
    body = json.loads(held.body_json)["body"]
    name = json.dumps(f"The statement {held.reference}", ensure_ascii=False)
    text = [f"name = {name}", 'because = "the statement\'s own facts"', "", "[given]", f"as_of = {body['as_of']}"]
    if body["paid_before"]:
        amounts = [f"{key} = {_word(major(minor, held.currency))}" for key, minor in body["paid_before"].items()]
        text.append(f"paid_before = {{ {', '.join(amounts)} }}")
    for key, (value, unit) in sorted(body["quantities"].items()):
        text += ["", f"[given.quantities.{key}]", f"value = {_word(value)}", f"unit = {_word(unit)}"]
    used = {place for places in settled.values() for place in places}
    for place, one in enumerate(claims):
        claim = one.claim
        text += ["", "[[given.outcomes]]", f"person = {_word(claim.person)}", f"metric = {_word(claim.metric)}"]
        text.append(f"achieved_on = {claim.achieved_on.isoformat()}")
        text += [f"group = {_word(claim.group)}"] if claim.group else []
        text += [f"count = {claim.count}"] if claim.count != 1 else []
        text += ["settled = true"] if place in used else []
    text += ["", "[expect]", f"total = {_word(major(held.total_minor, held.currency))}"]
    paid: dict[str, int] = {}
    for line in json.loads(held.body_json)["lines"]:
        paid[line["payment"]] = paid.get(line["payment"], 0) + line["amount_minor"]
    amounts = [f"{key} = {_word(major(minor, held.currency))}" for key, minor in paid.items()]
    return "\n".join([*text, *(["", "[expect.payments]", *amounts] if lines else [])]) + "\n"


def _word(text: str) -> str:
    """A basic string of TOML; JSON's escapes are among its own."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _audit_of(session: Session, held: HeldStatement, claims: Sequence[int]) -> dict[str, Any]:
    """The events that tell of the statement, its contract, claims and results, with all rows they added."""
    results = [one.id for one in results_in_state(session, held.contract)]
    wanted = {
        table(tables.Statement).name: {held.id},
        table(tables.ContractVersion).name: {held.version_id},
        table(tables.Claim).name: set(claims),
        table(tables.ClaimDecision).name: _decisions(session, claims, held),
        table(tables.MeasuredResult).name: set(results),
    }
    event = table(tables.AuditEvent)
    all_leaves, found = leaves(session), []
    for row in ask(session, sa.select(event).order_by(event.c.seq)):
        added = json.loads(row["detail_json"]).get("rows", {})
        if any(wanted.get(name, set()) & set(range(first, last + 1)) for name, (first, last) in added.items()):
            path = [part.hex() for part in inclusion(row["seq"] - 1, all_leaves)]
            rows = {name: _rows(session, name, *ids) for name, ids in added.items()}
            found.append({"entry": entry(row), "path": path, "rows": rows})
    return {"size": len(all_leaves), "tree_head": root(all_leaves).hex(), "events": found}


def _decisions(session: Session, claims: Iterable[int], held: HeldStatement) -> set[int]:
    """The decisions on these claims that led to the statement."""
    decision = table(tables.ClaimDecision)
    mine = set(claims)
    query = sa.select(decision.c.id, decision.c.claim_id).where(decision.c.decided_at <= held.drafted_at)
    return {row["id"] for row in ask(session, query) if row["claim_id"] in mine}


def _rows(session: Session, name: str, first: int, last: int) -> list[Any]:
    """Columns and rows as the audit event's fingerprint reads them."""
    source = Row.metadata.tables[name]
    keys = tuple(source.primary_key.columns)
    query = sa.select(source).where(keys[0].between(first, last)).order_by(*keys)
    rows = [json.loads(canonical(list(row))) for row in session.connection().execute(query)]
    return [list(source.columns.keys()), rows]
