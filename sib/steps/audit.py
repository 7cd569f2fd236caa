"""arrows: the audit trail checked against what documents witnessed, and short proofs of what it holds."""

import json
from dataclasses import dataclass
from typing import Any

from sib.access import EVERY_CONTRACT, Actor, Right, require
from sib.errors import Missing, Problem
from sib.steps.house import House
from sib.store.audit import entry, event_at, leaves
from sib.store.tree import consistency, consistent, included, inclusion, leaf_hash, root
from sib.store.whole import Heads, Witness, heads, heads_if_any, problems


@dataclass(frozen=True, slots=True)
class Examined:
    """The trail's heads and everything that speaks against it; no heads where it cannot even be read."""

    heads: Heads | None
    problems: tuple[Problem, ...]

    def as_dict(self) -> dict[str, Any]:
        """The same as one document."""
        told = {"whole": not self.problems, "problems": [problem.as_dict() for problem in self.problems]}
        return {**(self.heads.as_dict() if self.heads else {}), **told}


def verify(house: House, actor: Actor, witness: Witness | None = None) -> Examined:
    """Look for anything cut off, written anew, put back, or edited. Raises Refused where the actor may not look."""
    require(actor, Right.SEE_AUDIT, EVERY_CONTRACT)
    with house.register.read() as session:
        return Examined(heads_if_any(session), tuple(problems(session, witness)))


def heads_now(house: House) -> Heads:
    """What is printed on a document that leaves the house now."""
    with house.register.read() as session:
        return heads(session)


def prove_event(house: House, actor: Actor, seq: int) -> dict[str, Any]:
    """The proof that event ``seq`` stands in the tree; raises Missing where there is none."""
    require(actor, Right.SEE_AUDIT, EVERY_CONTRACT)
    with house.register.read() as session:
        written, all_leaves = entry(event_at(session, seq)), leaves(session)
    return {
        "proof": "inclusion",
        "event": seq,
        "entry": written,
        "events": len(all_leaves),
        "tree_head": root(all_leaves).hex(),
        "path": [part.hex() for part in inclusion(seq - 1, all_leaves)],
    }


def prove_growth(house: House, actor: Actor, earlier: int) -> dict[str, Any]:
    """The proof that the first ``earlier`` events are still as they were; raises Missing if there are fewer."""
    require(actor, Right.SEE_AUDIT, EVERY_CONTRACT)
    with house.register.read() as session:
        all_leaves = leaves(session)
    if not 0 < earlier <= len(all_leaves):
        expected = f"1 to {len(all_leaves)}"
        raise Missing(Problem("audit.unknown", "the trail was never of that length", "", str(earlier), expected))
    return {
        "proof": "consistency",
        "earlier_events": earlier,
        "earlier_tree_head": root(all_leaves[:earlier]).hex(),
        "events": len(all_leaves),
        "tree_head": root(all_leaves).hex(),
        "path": [part.hex() for part in consistency(earlier, all_leaves)],
    }


def holds(proof: dict[str, Any]) -> bool:
    """Whether a proof as the two functions above give it shows what it says; needs no register."""
    path, head = [bytes.fromhex(part) for part in proof["path"]], bytes.fromhex(proof["tree_head"])
    if proof["proof"] == "inclusion":
        seq = json.loads(proof["entry"])[0]
        leaf = leaf_hash(proof["entry"].encode())
        return bool(seq == proof["event"]) and included(leaf, seq - 1, proof["events"], path, head)
    earlier = bytes.fromhex(proof["earlier_tree_head"])
    return consistent(proof["earlier_events"], earlier, proof["events"], head, path)
