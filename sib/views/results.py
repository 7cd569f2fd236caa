"""views: measured results as pages name them: the value that a payment reads, and who stands behind it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sib.views.source import Ask, rows_of

SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Result:
    """One measured result."""

    reference: str
    metric: str
    title: str
    unit: str
    state: str
    """estimated, replicated, flagged, signed, restated or withdrawn."""
    value: str
    """Exact decimal text: the only figure that a payment reads."""
    method: str
    measured_on: date | None
    made_by: str
    signed_by: str
    """Empty until it is signed."""
    plan_sha256: str
    """Of the sealed analysis plan; empty for a result that was measured without one."""
    inputs_sha256: str


def results_of(ask: Ask, contract: str) -> tuple[Result, ...]:
    """Every result of a contract, the latest measured last."""
    rows = rows_of(ask, Result, "estimates", {"contract": contract}, "measured_on NULLS FIRST, reference")
    # Who decided last has signed only where the decision was to sign.
    return tuple(row if row.state == SIGNED else replace(row, signed_by="") for row in rows)


@dataclass(frozen=True, slots=True)
class _Body:
    body: str


def body_of(ask: Ask, contract: str, reference: str) -> Mapping[str, Any]:
    """The whole result as plain values; empty where only the value is known."""
    found = rows_of(ask, _Body, "estimates", {"contract": contract, "reference": reference}, "reference")
    read = json.loads(found[0].body) if found and found[0].body else {}
    return read if isinstance(read, dict) else {}
