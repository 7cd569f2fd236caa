"""views: what an evaluator reads of a result: the estimate and its doubt, the seal, the comparisons, the balance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import NormalDist
from typing import Any

from sib.access import Actor, Right, require
from sib.errors import Missing, Problem
from sib.settings import Settings
from sib.views.contracts import ContractHeader, Published, header_of, published
from sib.views.results import Result, body_of, results_of
from sib.views.source import Ask, page_tables, rows_of

REPLACED = frozenset({"restated", "withdrawn"})
"""States of a result that no longer counts."""


USUAL = 0.95
"""Confidence of an interval that is worked out here from a standard error."""


class Verdict(StrEnum):
    """What an interval allows to be said; a wide one never shows that there is no effect."""

    HIGHER = "higher"
    LOWER = "lower"
    NOT_CONCLUSIVE = "not conclusive"


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the effect lies, with so much confidence (0.95 is 95 %); for reading only."""

    estimate: float
    low: float
    high: float
    confidence: float

    @property
    def verdict(self) -> Verdict:
        """Whether the interval lies on one side of nought."""
        if self.low > 0:
            return Verdict.HIGHER
        return Verdict.LOWER if self.high < 0 else Verdict.NOT_CONCLUSIVE


@dataclass(frozen=True, slots=True)
class Seal:
    """Who sealed the analysis plan, and when."""

    signed_by: tuple[str, ...]
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One way of comparing, and what the contract would have paid on it, in minor units."""

    title: str
    words: str
    estimate: float | None
    """None where it could not be estimated."""
    standard_error: float | None
    quantised: str
    payment_minor: int | None
    pays: bool
    """Whether this is the sealed one."""


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """How alike the two groups are on one covariate; differences in standard deviations of the treated."""

    covariate: str
    mean_treated: float | None
    mean_before: float | None
    mean_after: float | None
    smd_before: float | None
    smd_after: float | None
    variance_ratio_before: float | None
    variance_ratio_after: float | None
    light: str
    """green, amber or red after matching; empty where it was not judged."""


@dataclass(frozen=True, slots=True)
class OverlapBar:
    """Share of one group whose score lies in one bin."""

    group: str
    bin_from: float
    bin_to: float
    share: float


@dataclass(frozen=True, slots=True)
class FlowStep:
    """How many people are left at one step, and why not more."""

    step: str
    treated: int | None
    comparison: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """One measured result with everything that stands behind it."""

    result: Result
    interval: Interval | None
    seal: Seal | None
    comparisons: tuple[Comparison, ...]
    balance: tuple[BalanceRow, ...]
    overlap: tuple[OverlapBar, ...]
    flow: tuple[FlowStep, ...]
    doubt: tuple[str, ...] = ()
    """What speaks for and against the estimate, sentence by sentence."""


@dataclass(frozen=True, slots=True)
class EstimatePage:
    """The results of a contract, the chosen one in full."""

    contract: ContractHeader
    references: tuple[str, ...]
    estimate: Estimate | None
    """None where the contract has no measured result."""
    published: Published | None


def estimate_page(settings: Settings, actor: Actor, contract: str, reference: str | None = None) -> EstimatePage:
    """One measured result, the latest if none is named.

    Seals, signatures and the flow of participants belong to the audit trail, so the page is for those who may see both
    results and that. Raises Refused for anybody else, Missing for a contract or result that is not published.
    """
    require(actor, Right.SEE_RESULTS, contract)
    require(actor, Right.SEE_AUDIT, contract)
    with page_tables(settings) as ask:
        header = header_of(ask, contract)
        rows = results_of(ask, contract)
        chosen = _chosen(rows, contract, reference)
        return EstimatePage(
            contract=header,
            references=tuple(row.reference for row in rows),
            estimate=_estimate(ask, contract, chosen) if chosen else None,
            published=published(ask),
        )


def _chosen(rows: Sequence[Result], contract: str, reference: str | None) -> Result | None:
    if reference is None:
        standing = [row for row in rows if row.state not in REPLACED]
        return standing[-1] if standing else (rows[-1] if rows else None)
    for row in rows:
        if row.reference == reference:
            return row
    known = ", ".join(row.reference for row in rows) or "none yet"
    what = f"the contract {contract} has no result of that name"
    raise Missing(Problem("result.unknown", what, "choose one of those published", value=reference, expected=known))


def _estimate(ask: Ask, contract: str, row: Result) -> Estimate:
    body = body_of(ask, contract, row.reference)
    of_result = {"contract": contract, "reference": row.reference}
    of_metric = {"contract": contract, "metric": row.metric}
    comparisons = rows_of(ask, Comparison, "comparisons", of_metric, "position")
    return Estimate(
        result=row,
        interval=_interval(body, comparisons),
        seal=_seal(body),
        comparisons=comparisons,
        balance=rows_of(ask, BalanceRow, "balance", of_result, "position"),
        overlap=rows_of(ask, OverlapBar, "overlap", of_result, 'bin_from, "group"'),
        flow=rows_of(ask, FlowStep, "flow", of_result, "position"),
        doubt=tuple(body.get("doubt_words", ())),
    )


def _interval(body: Mapping[str, Any], comparisons: Sequence[Comparison]) -> Interval | None:
    """The sealed specification's own interval; where the result does not carry it, from its standard error."""
    for result in body.get("results", ()):
        found = result.get("estimate")
        if result.get("primary") and found:
            effect, error, low, high = (float(found[key]) for key in ("effect", "error", "low", "high"))
            return Interval(effect, low, high, _confidence(low, high, error))
    for one in comparisons:
        if one.pays and one.estimate is not None and one.standard_error is not None:
            width = NormalDist().inv_cdf(0.5 + USUAL / 2) * one.standard_error
            return Interval(one.estimate, one.estimate - width, one.estimate + width, USUAL)
    return None


def _confidence(low: float, high: float, error: float) -> float:
    """With what confidence an interval of the normal distribution was made; two decimals."""
    return round(2 * NormalDist().cdf((high - low) / 2 / error) - 1, 2) if error > 0 else USUAL


def _seal(body: Mapping[str, Any]) -> Seal | None:
    """Under ``seal``: ``signed_by`` (names) and ``at`` (ISO 8601)."""
    found = body.get("seal")
    if not found:
        return None
    at = found.get("at")
    return Seal(tuple(found.get("signed_by", ())), datetime.fromisoformat(at) if at else None)
