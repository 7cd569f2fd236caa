"""store: a statement and its lines as values, as they go into the register and as they come out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sib.outcomes.transitions import StatementState
from sib.periods import Period
from sib.store.rows import canonical, sha256_of
from sib.store.settlement import Effect

PLAIN = (
    *("payment", "metric", "payer", "clause", "quantity", "unit"),
    *("gross_minor", "cap_effect_minor", "amount_minor"),
)
"""What a line says by itself, without its reasons and what it rests on."""


@dataclass(frozen=True, slots=True)
class Line:
    """One payment by one payer; amounts in minor units."""

    payment: str
    metric: str
    payer: str
    clause: str
    quantity: str
    """Exact, as a decimal string, in ``unit``."""
    unit: str
    gross_minor: int
    cap_effect_minor: int
    amount_minor: int
    """``gross_minor + cap_effect_minor``."""
    reasons: tuple[str, ...] = ()
    claim_ids: tuple[int, ...] = ()
    """Claims that the line settles, or reverses if ``reverses``."""
    result_ids: tuple[int, ...] = ()
    reverses: bool = False

    @property
    def effect(self) -> Effect:
        """What the line does to its claims."""
        return "reverses" if self.reverses else "settles"


@dataclass(frozen=True, slots=True)
class StatementDraft:
    """A statement as it is handed to the register."""

    reference: str
    contract: str
    version_id: int
    period: Period
    currency: str
    key: str
    """SHA-256 of the business fact: contract, version, period, revision and payables."""
    lines: tuple[Line, ...]
    revision: int = 1
    """One more each time after a statement of the same period was made void or, if restated, paid."""
    body: Mapping[str, Any] = field(default_factory=dict)
    """Everything needed to work the statement out again, as plain values."""

    @property
    def total_minor(self) -> int:
        """Sum of the lines."""
        return sum(line.amount_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class HeldStatement:
    """A statement as the register holds it, with its latest state."""

    id: int
    reference: str
    contract: str
    version_id: int
    period: Period
    revision: int
    currency: str
    total_minor: int
    key: str
    body_json: str
    """Canonical JSON of the whole draft, to the byte as it was when it was drafted."""
    drafted_by: str
    drafted_at: datetime
    state: StatementState
    decisions: int
    authorised_by: str | None


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A line as the register holds it."""

    id: int
    number: int
    line: Line


def document(draft: StatementDraft) -> str:
    """The whole draft as canonical JSON; claims and results as their number and hash."""
    return canonical(
        {
            "reference": draft.reference,
            "contract": draft.contract,
            "version_id": draft.version_id,
            "period": [draft.period.start, draft.period.end],
            "revision": draft.revision,
            "currency": draft.currency,
            "total_minor": draft.total_minor,
            "lines": [_line_document(line) for line in draft.lines],
            "body": dict(draft.body),
        }
    )


def _line_document(line: Line) -> dict[str, Any]:
    return {
        **{name: getattr(line, name) for name in PLAIN},
        "effect": line.effect,
        "reasons": list(line.reasons),
        "claims": [len(line.claim_ids), sha256_of(sorted(line.claim_ids))],
        "results": sorted(line.result_ids),
    }
