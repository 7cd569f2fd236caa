"""impact: what a run answers, as frozen values with a canonical form."""

import hashlib
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import floor
from typing import Any

from sib.impact.balance import Balance
from sib.impact.estimate import Estimate
from sib.impact.plan import Quantise

_DIGITS = 12
"""Significant digits in the canonical form: what different machines agree on."""


@dataclass(frozen=True, slots=True)
class NotEstimable:
    """Why there is no estimate: a result like any other, on which the contract's own fallback rests."""

    code: str
    """``too-few``, ``unbalanced``, ``no-overlap``, ``unlinked`` or the score's own."""
    reason: str


@dataclass(frozen=True, slots=True)
class SpecificationResult:
    """One outcome under one specification: an estimate, or the reason why there is none."""

    specification: str
    outcome: str
    primary: bool
    estimate: Estimate | None
    not_estimable: NotEstimable | None
    value: str | None
    """The effect as exact decimal text, rounded as the plan says; the only figure that a payment may read."""
    unit: str
    treated: int
    """Treated people in the locked cohort."""
    matched_treated: int
    matched_comparison: int
    effective_comparison: float
    worst_covariate: str | None
    worst_smd: float | None
    caliper: float | None


@dataclass(frozen=True, slots=True)
class ImpactEstimate:
    """All pre-agreed specifications of one plan on one cohort, and what they were computed from."""

    plan: str
    contract: str
    results: tuple[SpecificationResult, ...]
    balance: Balance | None
    """Of the primary specification; none where nobody could be matched."""
    pool: int
    """Comparison people in the locked cohort."""
    plan_hash: str
    input_hash: str
    code_version: str
    seed: int
    data_order: str

    @property
    def identity(self) -> str:
        """sha256 over inputs, plan, code version and seed: a run with the same identity changes nothing."""
        made_from = (self.input_hash, self.plan_hash, self.code_version, str(self.seed))
        return hashlib.sha256("\n".join(made_from).encode()).hexdigest()

    @property
    def primary(self) -> SpecificationResult:
        """The sealed primary specification on the plan's first outcome."""
        return next(result for result in self.results if result.primary)

    def of(self, specification: str, outcome: str) -> SpecificationResult:
        """One result by names; ``StopIteration`` never: both names are the plan's."""
        return next(one for one in self.results if (one.specification, one.outcome) == (specification, outcome))

    def as_dict(self) -> dict[str, Any]:
        """Plain values in a fixed order, floats as text of 12 significant digits: equal runs give equal bytes."""
        plain: dict[str, Any] = _plain({"identity": self.identity, **asdict(self)})
        return plain


def quantised(value: float, quantise: Quantise) -> str:
    """The float's exact value rounded to decimal text such as ``1486.52``; never a negative zero."""
    scaled = Fraction(value) * 10**quantise.places
    match quantise.rounding:
        case "half even":
            whole = round(scaled)
        case "half away from zero":
            whole = floor(abs(scaled) + Fraction(1, 2)) * (-1 if scaled < 0 else 1)
        case _:
            whole = int(scaled)
    digits = str(abs(whole)).rjust(quantise.places + 1, "0")
    head, tail = digits[: len(digits) - quantise.places], digits[len(digits) - quantise.places :]
    return ("-" if whole < 0 else "") + head + ("." + tail if tail else "")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return f"{value + 0.0:.{_DIGITS}g}" if isinstance(value, float) else value
