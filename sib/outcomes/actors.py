"""outcomes: who acts; the one value that says whether a person or a machine decided, and for which contracts."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

EVERY_CONTRACT = "*"
"""In ``Actor.contracts``: may act on every contract (demonstrations and the house's own machine)."""


class Role(StrEnum):
    """The side of the contract that an actor stands on."""

    COMMISSIONER = "commissioner"
    INVESTOR = "investor"
    EVALUATOR = "evaluator"
    SERVICE_PROVIDER = "service provider"
    PARTICIPANT = "participant"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody, or something, that acts on contracts."""

    id: str
    """Stable and unique; for a participant the pseudonym under which the contract knows them."""
    name: str
    role: Role
    kind: Literal["person", "machine"] = "person"
    contracts: frozenset[str] = frozenset()
    """Identifiers of the contracts this actor belongs to; empty means none."""

    def belongs_to(self, contract: str) -> bool:
        """Whether the actor may do anything at all on this contract."""
        return contract in self.contracts or EVERY_CONTRACT in self.contracts
