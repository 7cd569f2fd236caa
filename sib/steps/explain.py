"""arrows: the accountable pound: from an amount back to clause, version, claims or result, file and row."""

from dataclasses import dataclass
from typing import Any

from sib.access import Actor, Right, require
from sib.errors import Missing, NotValid, Problem
from sib.money import major, show
from sib.outcomes.claims import HeldClaim
from sib.outcomes.results import HeldResult
from sib.steps.house import House
from sib.store.audit import head
from sib.store.claims import claims_by_id
from sib.store.contracts import HeldVersion, contract_versions
from sib.store.drafts import HeldLine, HeldStatement
from sib.store.results import results_in_state
from sib.store.statements import statement, statement_lines
from sib.terms.read import parse_contract
from sib.terms.sentences import sentence


@dataclass(frozen=True, slots=True)
class Chain:
    """One line of a statement with everything that it rests on."""

    statement: HeldStatement
    line: HeldLine
    version: HeldVersion
    sentence: str
    claims: tuple[HeldClaim, ...]
    results: tuple[HeldResult, ...]
    audit_events: int
    audit_head: str

    def as_dict(self) -> dict[str, Any]:
        """The chain as one document; people stand in it as pseudonyms, and only for those who may see claims."""
        line, currency = self.line.line, self.statement.currency
        return {
            "statement": self.statement.reference,
            "state": str(self.statement.state),
            "line": self.line.number,
            "payment": line.payment,
            "amount": major(line.amount_minor, currency),
            "gross": major(line.gross_minor, currency),
            "cap_effect": major(line.cap_effect_minor, currency),
            "currency": currency,
            "payer": line.payer,
            "clause": line.clause,
            "sentence": self.sentence,
            "contract": {"id": self.version.contract, "version": self.version.version, "sha256": self.version.sha256},
            "reasons": list(line.reasons),
            "results": [
                {
                    "reference": held.result.reference,
                    "metric": held.result.metric,
                    "value": str(held.result.value),
                    "unit": held.result.unit,
                    "state": str(held.state),
                    "method": held.result.method,
                    "inputs_sha256": held.result.inputs_sha256,
                    "file_sha256": held.result.file_sha256,
                    "row": held.result.row,
                }
                for held in self.results
            ],
            "claims": [
                {
                    "reference": held.claim.reference,
                    "metric": held.claim.metric,
                    "count": held.claim.count,
                    "achieved_on": held.claim.achieved_on.isoformat(),
                    "evidence": held.claim.evidence,
                    "state": str(held.state),
                    "verified_by": held.decided_by,
                    "file_sha256": held.claim.file_sha256,
                    "row": held.claim.row,
                }
                for held in self.claims
            ],
            "audit": {"events": self.audit_events, "head": self.audit_head},
        }


def explain(house: House, actor: Actor, name: str) -> Chain:
    """Open a statement line, named ``contract/period/payment`` or ``contract/period/number``.

    Raises Missing when there is no such line, Refused when the actor may not see claims.
    """
    reference, _, wanted = name.rpartition("/")
    with house.register.read() as session:
        if name.count("/") == 1:
            lines = statement_lines(session, statement(session, name).id)
            known = ", ".join(f"{name}/{item.line.payment}" for item in lines)
            raise NotValid(Problem("line.which", f"{name} is a whole statement", f"name one line: {known}", value=name))
        held = statement(session, reference or name)
        require(actor, Right.SEE_CLAIMS, held.contract)
        lines = statement_lines(session, held.id)
        line = next((item for item in lines if wanted in (str(item.number), item.line.payment)), None)
        if line is None:
            known = ", ".join(dict.fromkeys(item.line.payment for item in lines))
            raise Missing(
                Problem(
                    "line.unknown",
                    f"{reference} has no line {wanted}",
                    f"write a number or one of: {known}",
                    value=wanted,
                )
            )
        version = next(one for one in contract_versions(session, held.contract) if one.id == held.version_id)
        claims = claims_by_id(session, held.contract, line.line.claim_ids) if line.line.claim_ids else []
        results = [one for one in results_in_state(session, held.contract) if one.id in line.line.result_ids]
        last = head(session)
    contract = parse_contract(version.text).contract
    said = sentence(contract, contract.the_payment(line.line.payment))
    return Chain(held, line, version, said, tuple(claims), tuple(results), last.seq, last.hash)


def in_words(chain: Chain, most: int = 5) -> str:
    """The chain for people; the first few claims by row, the others counted."""
    line, held = chain.line.line, chain.statement
    rows = [
        f"{held.reference}, line {chain.line.number}: {show(line.amount_minor, held.currency)} ({held.state})",
        f"  paid by        {line.payer}",
        f"  under clause   {line.clause}",
        f"  which says     {chain.sentence}",
        f"  in contract    {chain.version.contract}, version {chain.version.version}, sha256 {chain.version.sha256}",
        "  because        " + "\n                 ".join(line.reasons),
    ]
    if line.cap_effect_minor:
        rows.append(
            f"  cut by caps    {show(line.cap_effect_minor, held.currency)} "
            f"from {show(line.gross_minor, held.currency)}"
        )
    for one in chain.results:
        result = one.result
        rows.append(f"  from result    {result.reference}: {result.value} {result.unit}, {one.state}, {result.method}")
        rows.append(f"                 made by {one.made_by}, inputs sha256 {result.inputs_sha256}")
        if result.file_sha256:
            rows.append(f"                 file sha256 {result.file_sha256}, row {result.row}")
    rows += _claim_words(chain, most)
    rows.append(f"  audit trail    {chain.audit_events:,} events, head {chain.audit_head}")
    return "\n".join(rows)


def _claim_words(chain: Chain, most: int) -> list[str]:
    if not chain.claims:
        return []
    rows = [f"  from claims    {len(chain.claims):,} verified claims"]
    for held in chain.claims[:most]:
        claim = held.claim
        rows.append(
            f"                 {claim.reference}: {claim.count} × {claim.metric} on {claim.achieved_on}, "
            f"{claim.evidence}, verified by {held.decided_by}, row {claim.row} of file {claim.file_sha256[:12]}…"
        )
    if len(chain.claims) > most:
        rows.append(f"                 and {len(chain.claims) - most:,} more (sib explain … --json lists all)")
    for sha256 in dict.fromkeys(held.claim.file_sha256 for held in chain.claims):
        rows.append(f"                 file sha256 {sha256}")
    return rows
