"""dashboards: the cash flow page's chart: the J-curve of cumulative net cash."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from dashboards.app_pages.cash_flows.words import finding
from dashboards.charts import BLUE, GREY, ORANGE, TEAL, Chart, Encoding, layered, on
from dashboards.speech import day, money
from sib.money import exponent
from sib.views.cash_flow_page import CashFlowPage

HEIGHT = 320
STEPS = {"type": "line", "interpolate": "step-after", "color": BLUE, "strokeWidth": 3}


def j_curve(page: CashFlowPage) -> Chart | None:
    """Cumulative net cash at the end of each day with a flow, as steps; None where fewer than two days can be shown."""
    currency = page.contract.currency
    sums = {flow.flow_on: flow.cumulative_minor for flow in page.flows}
    shown = [(when, minor) for when, minor in sums.items() if minor is not None]
    if len(shown) < 2:
        return None
    scale = 10 ** exponent(currency)
    rows: list[dict[str, Any]] = [
        {"on": when.isoformat(), "net": minor / scale, "day": day(when), "said": money(minor, currency)}
        for when, minor in shown
    ]
    x, y = _axes([when for when, _ in shown], [row["net"] for row in rows], currency)
    tips = [{"field": "day", "title": "Date"}, {"field": "said", "title": "Cumulative net"}]
    colour = {"condition": {"test": "datum.net < 0", "value": ORANGE}, "value": TEAL}
    nought = {"mark": {"type": "rule", "color": GREY, "strokeDash": [4, 4]}, "encoding": {"y": {"datum": 0}}}
    curve = {"mark": STEPS, "encoding": {"x": x, "y": y}}
    points = {
        "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
        "encoding": {"x": x, "y": y, "tooltip": tips, "color": colour},
    }
    said = "; ".join(f"{row['day']}: {row['said']}" for row in rows)
    note = "All tranches. Below the dashed line investors have more in than out. Every point stands in the table below."
    alt = f"A line in steps over time, the J-curve. {said}."
    return Chart(finding(page), alt, note, HEIGHT, layered([nought, curve, points], rows, HEIGHT))


def _axes(days: Sequence[date], nets: Sequence[float], currency: str) -> tuple[Encoding, Encoding]:
    """Whole years across, whole amounts of the currency up."""
    x = {
        "field": "on",
        "type": "temporal",
        "title": None,
        "scale": {"domain": [on(days[0]), on(days[-1])]},
        "axis": {"format": "%Y", "tickCount": "year", "labelOverlap": True},
    }
    y = {
        "field": "net",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [min(0.0, *nets), max(0.0, *nets)], "nice": True},
        "axis": {"tickCount": 6, "labelExpr": f"'{currency} ' + format(datum.value, '~s')"},
    }
    return x, y
