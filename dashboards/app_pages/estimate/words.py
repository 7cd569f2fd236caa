"""dashboards: the estimate page's sentences: what can be said, what cannot, and what it pays."""

from collections.abc import Sequence

from dashboards.markup import Safe, joined, tag
from dashboards.speech import day, figure, listed, moment, money, percent, quantity, who
from sib.views.estimate_page import Comparison, Estimate, EstimatePage, Interval, Verdict
from sib.views.results import Result

LIGHTS = {
    "green": ("green: alike", "good"),
    "amber": ("amber: nearly alike", "fair"),
    "red": ("red: not alike", "bad"),
}
"""Traffic light -> its words and colour."""

_SAID = {
    Verdict.HIGHER: "higher than without the service",
    Verdict.LOWER: "lower than without the service",
    Verdict.NOT_CONCLUSIVE: "not conclusive",
}


def answer(estimate: Estimate) -> Safe:
    """“The uplift … is estimated at **1,486.52 US dollars**, between … and …: higher than without the service.”."""
    result = estimate.result
    value = tag("strong", measured(result))
    said = joined([f"{result.title[:1].upper()}{result.title[1:]}: ", value])
    if estimate.interval is None:
        return joined([said, f", {result.method}. No interval came with this result, so its doubt cannot be shown."])
    return joined(
        [
            said,
            f", between {_between(estimate.interval)} with {percent(estimate.interval.confidence)} confidence: "
            f"{_SAID[estimate.interval.verdict]}.",
        ]
    )


def measured(result: Result) -> str:
    """The value that a payment reads, with its unit."""
    plain = "" if result.value in ("1", "-1") else "s"
    return f"{quantity(result.value)} {result.unit}{plain}"


def _between(interval: Interval) -> str:
    return f"{figure(interval.low, 2)} and {figure(interval.high, 2)}"


def doubt(estimate: Estimate) -> str:
    """What the interval allows to be said, in a sentence; never that there is no effect."""
    interval = estimate.interval
    if interval is None:
        return ""
    share = percent(interval.confidence)
    if interval.verdict is Verdict.NOT_CONCLUSIVE:
        low, high = figure(interval.low, 2), figure(interval.high, 2)
        return (
            f"Not conclusive: the {share} interval holds values on both sides of nought, from {low} to {high}. "
            "Effects beyond it are unlikely; those inside it are neither shown nor ruled out."
        )
    side = "above" if interval.verdict is Verdict.HIGHER else "below"
    return f"The whole {share} interval lies {side} nought. It tells of chance, not of what the comparison left out."


def signature(estimate: Estimate) -> str:
    """Who made it and who signed it."""
    result = estimate.result
    made = f"Made by {who(result.made_by)}, measured on {day(result.measured_on)}"
    return (
        f"{made}, signed by {who(result.signed_by)}."
        if result.signed_by
        else f"{made}; {result.state}, not signed yet."
    )


def sealed(estimate: Estimate) -> str:
    """When and by whom the plan was sealed."""
    if not estimate.result.plan_sha256:
        return "Measured without an analysis plan of this house; the payment rule reads the signed result."
    seal = estimate.seal
    if seal is None:
        return "The analysis plan was sealed before outcomes were opened."
    at = f" on {moment(seal.at)}" if seal.at else ""
    by = f" by {listed([who(name) for name in seal.signed_by])}" if seal.signed_by else ""
    return f"The analysis plan was sealed{at}{by}, before outcomes were opened."


def stake(page: EstimatePage, comparisons: Sequence[Comparison]) -> str:
    """The finding of the comparisons: what the sealed one pays, and the range of the others."""
    currency = page.contract.currency
    paid = next((one for one in comparisons if one.pays), None)
    others = [one.payment_minor for one in comparisons if not one.pays and one.payment_minor is not None]
    if paid is None or paid.payment_minor is None:
        return "What each way of comparing would have paid"
    said = f"The sealed comparison pays {money(paid.payment_minor, currency)}"
    if not others:
        return said
    low, high = money(min(others), currency), money(max(others), currency)
    return f"{said}; other ways, {low} to {high}" if low != high else f"{said}; another way, {low}"
