"""dashboards: the estimate page's charts: what each comparison pays, the love plot, the overlap of scores."""

from collections.abc import Sequence
from typing import Any

from dashboards.app_pages.estimate.words import stake
from dashboards.charts import BLUE, GREY, INK, ORANGE, PLUM, TEAL, Bar, Chart, layered, money_bars
from dashboards.speech import counted, figure, listed, money, percent
from sib.views.estimate_page import BalanceRow, Comparison, EstimatePage, OverlapBar

LIMITS = (0.05, 0.1)
"""Standardised differences up to which groups count as alike, and as nearly alike."""
BEFORE, AFTER = "before matching", "after matching"
OVERLAP_HEIGHT = 340
LEAST_TOLD = 0.005
"""Share of a group outside the range drawn from which on it is told."""


def at_stake(page: EstimatePage) -> Chart | None:
    """A bar for what each way of comparing would have paid; the sealed one in orange."""
    currency = page.contract.currency
    several = page.estimate.comparisons if page.estimate else ()
    bars = [Bar(one.title, one.payment_minor or 0, one.pays) for one in several if _estimable(one)]
    if len(bars) < 2:
        return None
    said = "; ".join(f"{bar.label}: {money(bar.minor, currency)}" for bar in bars)
    height = 52 * len(bars) + 12
    note = f"What the contract would have paid, in {currency}; orange is the comparison that was sealed beforehand."
    return Chart(
        stake(page, [one for one in several if _estimable(one)]),
        f"Horizontal bars. {said}.",
        note,
        height,
        money_bars(bars, currency, height),
    )


def _estimable(one: Comparison) -> bool:
    return one.payment_minor is not None and one.estimate is not None


def love(balance: Sequence[BalanceRow]) -> Chart | None:
    """Absolute standardised differences of the covariates that were judged, worst first, before and after."""
    pairs = [
        (row.covariate, abs(row.smd_before), abs(row.smd_after))
        for row in balance
        if row.light and row.smd_before is not None and row.smd_after is not None
    ]
    if not pairs:
        return None
    pairs.sort(key=lambda pair: -pair[1])
    within = sum(after <= LIMITS[1] for _, _, after in pairs)
    which = "all" if within == len(pairs) else f"{within} of"
    worst, _, most = max(pairs, key=lambda pair: pair[2])
    height = 34 * len(pairs) + 90
    said = "; ".join(f"{name} {figure(before, 2)} then {figure(after, 2)}" for name, before, after in pairs)
    return Chart(
        f"After matching {which} {counted(len(pairs), 'covariate')} lie within {LIMITS[1]}",
        f"Points by covariate, before and after matching. {said}.",
        f"Dashed lines: {LIMITS[0]} (grey) and {LIMITS[1]} (plum). Furthest apart after matching: {worst}, "
        f"{figure(most, 3)}. The figures are in the table below.",
        height,
        _love_spec(pairs, height),
    )


def _love_spec(pairs: Sequence[tuple[str, float, float]], height: int) -> dict[str, Any]:
    rows = [
        {"covariate": name, "when": when, "smd": value}
        for name, before, after in pairs
        for when, value in ((BEFORE, before), (AFTER, after))
    ]
    y = {
        "field": "covariate",
        "type": "nominal",
        "sort": [name for name, _, _ in pairs],
        "title": None,
        "axis": {"ticks": False, "grid": True, "labelPadding": 12, "domain": False},
    }
    x = {
        "field": "smd",
        "type": "quantitative",
        "title": "standardised difference, without its sign",
        "scale": {"domain": [0, max(max(pair[1:]) for pair in pairs)], "nice": True},
        "axis": {"tickCount": 5},
    }
    told = {"field": "when", "type": "nominal"}
    colour = {**told, "scale": {"domain": [BEFORE, AFTER], "range": [BLUE, ORANGE]}}
    shape = {**told, "scale": {"domain": [BEFORE, AFTER], "range": ["circle", "diamond"]}}
    limits = [
        {"mark": {"type": "rule", "color": limit_colour, "strokeDash": [4, 4]}, "encoding": {"x": {"datum": limit}}}
        for limit, limit_colour in zip(LIMITS, (GREY, PLUM), strict=True)
    ]
    mark = {"type": "point", "filled": True, "size": 110, "opacity": 1}
    return layered(
        [*limits, {"mark": mark, "encoding": {"y": y, "x": x, "color": colour, "shape": shape}}], rows, height
    )


def overlap(bars: Sequence[OverlapBar]) -> Chart | None:
    """Mirrored shares by score: the enrolled above the line, comparison people below it; None where there are none."""
    groups = sorted({bar.group for bar in bars}, key=lambda name: (name != "enrolled", "matched" in name, name))
    if not groups:
        return None
    up, *down = groups
    said = f"Above the line: {up}; below it: {listed(down) or 'nobody'}"
    return Chart(
        _common(bars, up, down[-1] if down else up),
        f"Mirrored bars by propensity score. {said}.",
        f"{said}. Each bar is a share of its own group.{_left_out(bars, groups)}",
        OVERLAP_HEIGHT,
        _overlap_spec(bars, groups),
    )


def _overlap_spec(bars: Sequence[OverlapBar], groups: Sequence[str]) -> dict[str, Any]:
    rows = [_overlap_row(bar, groups) for bar in bars]
    shares = [float(row["share"]) for row in rows]
    edges = [min(bar.bin_from for bar in bars), max(bar.bin_to for bar in bars)]
    x = {
        "field": "from",
        "type": "quantitative",
        "title": "propensity score, low to high",
        "scale": {"domain": edges, "nice": False},
        "axis": {"grid": False, "tickCount": 6},
    }
    y = {
        "field": "share",
        "type": "quantitative",
        "stack": None,
        "title": "share of the group",
        "scale": {"domain": [min(0.0, *shares), max(0.0, *shares)], "nice": True},
        "axis": {"labelExpr": "format(abs(datum.value) * 100, '.0f') + ' %'", "tickCount": 6},
    }
    scale = {"domain": list(groups), "range": [ORANGE, BLUE, TEAL, PLUM][: len(groups)]}
    colour = {"field": "group", "type": "nominal", "scale": scale}
    fill = {"condition": {"test": "datum.behind", "value": 0.15}, "value": 0.8}
    ends = {"x": x, "x2": {"field": "to"}, "y": y, "y2": {"field": "nought"}}
    drawn = {"mark": "rect", "encoding": {**ends, "color": colour, "stroke": colour, "fillOpacity": fill}}
    nought = {"mark": {"type": "rule", "color": INK}, "encoding": {"y": {"datum": 0}}}
    return layered([drawn, nought], rows, OVERLAP_HEIGHT)


def _overlap_row(bar: OverlapBar, groups: Sequence[str]) -> dict[str, Any]:
    """The pool stands behind the people who were matched from it: an outline, so that both can be seen."""
    return {
        "group": bar.group,
        "from": bar.bin_from,
        "to": bar.bin_to,
        "share": bar.share if bar.group == groups[0] else -bar.share,
        "nought": 0,
        "behind": bar.group in groups[1:-1],
    }


def _left_out(bars: Sequence[OverlapBar], groups: Sequence[str]) -> str:
    """Groups that reach beyond the scores drawn."""
    rests = {name: 1 - sum(bar.share for bar in bars if bar.group == name) for name in groups}
    told = [f"{percent(rest)} of {name}" for name, rest in rests.items() if rest >= LEAST_TOLD]
    return f" Scores of {listed(told)} lie outside the range drawn." if told else ""


def _common(bars: Sequence[OverlapBar], one: str, other: str) -> str:
    """How far the distributions of the two groups that are compared in the end cover each other."""
    shares = {(bar.bin_from, bar.group): bar.share for bar in bars}
    edges = {bar.bin_from for bar in bars}
    common = sum(min(shares.get((edge, one), 0.0), shares.get((edge, other), 0.0)) for edge in edges)
    return f"The scores of {one} and {other} overlap by {percent(common)}"
