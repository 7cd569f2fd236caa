"""outcomes: a measured result (a cohort's effect, a count of days) that a payment rule may read once it is signed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any


class ResultState(StrEnum):
    """Where a measured result stands; only a signed one is payable."""

    ESTIMATED = "estimated"
    REPLICATED = "replicated"
    FLAGGED = "flagged"
    SIGNED = "signed"
    RESTATED = "restated"
    WITHDRAWN = "withdrawn"


class ResultAction(StrEnum):
    """What an actor does to a measured result."""

    REPLICATE = "replicate"
    FLAG = "flag"
    SIGN = "sign"
    RESTATE = "restate"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class MeasuredResult:
    """One number about a cohort and a period, with what it was made from."""

    contract: str
    reference: str
    metric: str
    value: Decimal
    """Exact, already quantised as the contract says; in ``unit``."""
    unit: str
    period_start: date
    period_end: date
    """Last day of the period, itself included."""
    measured_on: date
    method: str
    evidence: str
    inputs_sha256: str
    """Hash of everything the number was computed from (data, analysis plan, code version, seed)."""
    body: Mapping[str, Any] = field(default_factory=dict)
    """The whole result as plain values that JSON can hold; no floats where a payment depends on them."""
    file_sha256: str | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class HeldResult:
    """A measured result as the register holds it, with its latest state."""

    id: int
    result: MeasuredResult
    state: ResultState
    decisions: int
    made_by: str
    decided_by: str | None = None
