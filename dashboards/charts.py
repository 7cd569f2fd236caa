"""dashboards: what every chart has: a title that states the finding, and words for those who cannot see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from dashboards.frame import head, note
from dashboards.speech import amount
from sib.money import exponent

BLUE, TEAL, PLUM, ORANGE = "#12436D", "#28A197", "#801650", "#F46A25"
GREY, LINE, INK = "#505A5F", "#C9D1D9", "#1B1B1B"

Encoding = Mapping[str, Any]

_AXIS = {
    "labelColor": INK,
    "labelFontSize": 13,
    "titleColor": GREY,
    "titleFontSize": 13,
    "titleFontWeight": "normal",
    "gridColor": "#E6EAEE",
    "domainColor": LINE,
    "tickColor": LINE,
}
_CONFIG = {
    "font": "Source Sans, Liberation Sans, Arial, sans-serif",
    "background": "transparent",
    "view": {"stroke": None},
    "axis": _AXIS,
    "legend": {"orient": "top", "labelFontSize": 13, "labelColor": INK, "title": None, "symbolSize": 120, "offset": 4},
    "text": {"fontSize": 13, "color": INK},
}


@dataclass(frozen=True, slots=True)
class Chart:
    """A Vega-Lite specification with the words that belong to it."""

    title: str
    """The finding, in about ten words."""
    alt: str
    """What is drawn and what it shows, for those who hear the page."""
    note: str
    """How to read it; what the units are."""
    height: int
    spec: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of money, in minor units."""

    label: str
    minor: int
    here: bool
    """Drawn in orange."""


def layered(layers: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]], height: int) -> dict[str, Any]:
    """A specification of several layers over the same rows.

    Domains of scales belong into the layers: the rows reach the browser after the specification.
    """
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": [dict(row) for row in rows]},
        "height": height,
        "padding": {"left": 2, "right": 14, "top": 6, "bottom": 6},
        "autosize": {"type": "fit", "contains": "padding"},
        "config": _CONFIG,
        # Drawn as SVG, with no menu: its items would leave this machine.
        "usermeta": {"embedOptions": {"renderer": "svg", "actions": False}},
        "layer": [dict(layer) for layer in layers],
    }


def money_bars(bars: Sequence[Bar], currency: str, height: int) -> dict[str, Any]:
    """Horizontal bars from nought, in the order given, each with its exact amount at the end."""
    scale = 10 ** exponent(currency)
    rows = [
        {"label": bar.label, "major": bar.minor / scale, "text": amount(bar.minor, currency), "here": bar.here}
        for bar in bars
    ]
    # Room for the figures right of the longest bar.
    least, most = min(0, *(bar.minor for bar in bars)) / scale, max(1, *(bar.minor for bar in bars)) / scale * 1.4
    axis = {
        "ticks": False,
        "domain": False,
        "labelPadding": 8,
        "labelLimit": 150,
        "labelExpr": "split(datum.label, ': ')",
        "labelLineHeight": 15,
    }
    y = {"field": "label", "type": "nominal", "sort": [bar.label for bar in bars], "title": None, "axis": axis}
    x = {"field": "major", "type": "quantitative", "title": None, "axis": None, "scale": {"domain": [least, most]}}
    colour = {"condition": {"test": "datum.here", "value": ORANGE}, "value": BLUE}
    text = {"field": "text", "type": "nominal"}
    drawn = {"mark": {"type": "bar", "height": {"band": 0.62}}, "encoding": {"y": y, "x": x, "color": colour}}
    figures = {"mark": {"type": "text", "align": "left", "dx": 6}, "encoding": {"y": y, "x": x, "text": text}}
    return layered([drawn, figures], rows, height)


def on(day: date) -> dict[str, int]:
    """A day as a scale's domain wants it."""
    return {"year": day.year, "month": day.month, "date": day.day}


def draw(chart: Chart, key: str) -> None:
    """Put a chart on the page, its title above it in the page's own letters."""
    head(chart.title)
    st.vega_lite_chart(dict(chart.spec), width="stretch", height=chart.height, theme=None, key=key, alt=chart.alt)
    if chart.note:
        note(chart.note)
