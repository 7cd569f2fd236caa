"""arrows: what a design can find as a picture: the chance of finding each effect, for several numbers of people."""

from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

from sib.errors import NotValid
from sib.impact.designs import Powered
from sib.impact.power import power
from sib.steps.stress_picture import drawable

POINTS = 60
_COLOURS = ("#A9BFD3", "#12436D", "#28A197", "#F46A25", "#801650", "#505A5F")
_WIDTH, _HEIGHT = 720, 360


def picture(found: Powered, file: Path) -> None:
    """Write the picture: .svg, .png, or .html with the table beside it; errors as ``stress_picture.drawable``."""
    drawable(file)
    import vl_convert

    if file.suffix == ".png":
        file.write_bytes(vl_convert.vegalite_to_png(spec(found), scale=2))
        return
    drawn = str(vl_convert.vegalite_to_svg(spec(found)))
    head, _, rest = drawn.partition(">")
    drawn = f"{head}><title>{escape(found.finding)}</title>{rest}\n"
    file.write_text(drawn if file.suffix == ".svg" else _page(found, drawn), encoding="utf-8")


def spec(found: Powered) -> dict[str, Any]:
    """The picture as a Vega-Lite specification."""
    lines = [f"{one.treated:,} people" for one in found.sizes]
    aim = {"data": {"values": [{"power": found.aim}]}, "mark": {"type": "rule", "strokeDash": [6, 4]}}
    y = {"field": "power", "type": "quantitative", "title": "chance of finding it", "scale": {"domain": [0, 1]}}
    colour = {"field": "people", "type": "nominal", "scale": {"domain": lines, "range": list(_COLOURS[: len(lines)])}}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": {"text": found.finding, "anchor": "start", "fontSize": 15, "limit": _WIDTH + 80},
        "description": found.finding,
        "config": {"font": "Source Sans, Liberation Sans, Arial, sans-serif", "background": "white"},
        "padding": 16,
        "width": _WIDTH,
        "height": _HEIGHT,
        "layer": [
            {
                "data": {"values": _curves(found)},
                "mark": {"type": "line", "strokeWidth": 2.5},
                "encoding": {
                    "x": {"field": "effect", "type": "quantitative", "title": "true effect"},
                    "y": y,
                    "color": {**colour, "title": None, "sort": lines},
                },
            },
            {**aim, "encoding": {"y": {"field": "power", "type": "quantitative"}}},
        ],
    }


def _curves(found: Powered) -> list[dict[str, Any]]:
    """Power from no effect to twice the one asked for, as far as such effects can be."""
    rows = []
    for size in found.sizes:
        design = replace(found.design, treated=size.treated)
        for step in range(POINTS + 1):
            effect = 2 * found.effect * step / POINTS
            try:
                chance = power(design, effect)
            except NotValid:
                break
            rows.append({"effect": effect, "power": chance, "people": f"{size.treated:,} people"})
    return rows


def _page(found: Powered, drawn: str) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in HEADS)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in table(found))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Power</title></head><body>\n'
        f"<h1>{escape(found.finding)}</h1>\n<figure>{drawn}</figure>\n<table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>\n</body></html>\n"
    )


HEADS = ("people", "comparison", "power", "smallest rise found", "smallest fall found")


def table(found: Powered) -> list[tuple[str, ...]]:
    """The rows of the table in words, with ``HEADS``."""
    return [
        (
            f"{one.treated:,}",
            f"{one.comparison:,}",
            f"{100 * one.power:.1f} %",
            "none" if one.smallest_up is None else f"{one.smallest_up:.4g}",
            "none" if one.smallest_down is None else f"{one.smallest_down:.4g}",
        )
        for one in found.sizes
    ]
