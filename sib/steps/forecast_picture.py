"""arrows: a forecast as a picture: what is paid in all up to each period, with its bands, the cases and the most."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import accumulate
from pathlib import Path
from typing import Any

from sib.money import exponent
from sib.steps.forecast import ForecastFound
from sib.steps.forecast_words import amount, finding, in_words
from sib.steps.stress_picture import BLUE, GREY, INK, ORANGE, drawable

PALE, PALER = "#A9BFD3", "#DCE6EF"
WIDTH, HEIGHT, LOW = 760, 320, 24
AFTER = 12
"""How long the picture goes on after the last payment, as a part of what came before."""
Spec = dict[str, Any]


def picture(found: ForecastFound, file: Path) -> None:
    """Write the picture: .svg, .png, or .html with the tables beside it; errors as ``drawable``."""
    drawable(file)
    import vl_convert

    if file.suffix == ".png":
        file.write_bytes(vl_convert.vegalite_to_png(spec(found), scale=2))
        return
    drawn = str(vl_convert.vegalite_to_svg(spec(found)))
    head, _, rest = drawn.partition(">")
    said = f"<title>{escape(finding(found))}</title><desc>{escape(described(found))}</desc>"
    svg = f"{head}>{said}{rest}\n"
    file.write_text(svg if file.suffix == ".svg" else _page(found, svg), encoding="utf-8")


def described(found: ForecastFound) -> str:
    """The picture in words, for those who do not see it."""
    years = "; ".join(
        f"{year.label}: {amount(found.contract, year.band.middle)}, in nine of ten scenarios "
        f"{amount(found.contract, year.band.fifth)} to {amount(found.contract, year.band.ninety_fifth)}"
        for year in found.years
    )
    return f"Above, what has been paid in all by each period, its middle half and middle nine tenths. By year: {years}."


def spec(found: ForecastFound) -> Spec:
    """The picture as a Vega-Lite specification: sums so far above, what moves them below."""
    header = found.contract.contract
    under = (
        f"{header.name}, version {header.version}: {found.forecast.scenarios:,} scenarios, amounts in {header.currency}"
    )
    above: Spec = {"width": WIDTH, "height": HEIGHT, "layer": [*_bands(found), *_lines(found)]}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": {"text": finding(found).split(", nine")[0], "subtitle": [under], "anchor": "start", "fontSize": 18},
        "description": described(found),
        "config": {
            "font": "Source Sans, Liberation Sans, Arial, sans-serif",
            "background": "white",
            "view": {"stroke": None},
            "axis": {"labelColor": INK, "titleColor": GREY, "titleFontWeight": "normal", "gridColor": "#E6EAEE"},
            "legend": {"orient": "top", "title": None},
        },
        "padding": 16,
        "vconcat": [above, *([_tornado(found)] if found.swings else [])],
    }


def _scale(found: ForecastFound) -> int:
    return int(10 ** exponent(found.contract.contract.currency))


def _bands(found: ForecastFound) -> Iterator[Spec]:
    for low, high, colour in (("fifth", "ninety_fifth", PALER), ("quarter", "three_quarters", PALE)):
        rows = [
            {"on": day, "low": lower, "high": upper}
            for (day, lower), (_, upper) in zip(
                _steps(found, (getattr(each, low) for each in found.so_far)),
                _steps(found, (getattr(each, high) for each in found.so_far)),
                strict=True,
            )
        ]
        yield {
            "data": {"values": rows},
            "mark": {"type": "area", "color": colour, "interpolate": "step-after"},
            "encoding": {"x": _across(), "y": _up(found, "low"), "y2": {"field": "high"}},
        }


def _days(found: ForecastFound) -> list[str]:
    """The first day of the term, the days of the payments, and a while after the last, so that it can be seen."""
    begins, last = found.contract.contract.starts_on, found.spans[-1].paid_on
    after = last + (last - begins) / AFTER
    return [day.isoformat() for day in (begins, *(span.paid_on for span in found.spans), after)]


def _steps(found: ForecastFound, sums: Iterable[int]) -> Iterator[tuple[str, float]]:
    """Sums so far by day, in major units: nothing before the first payment, and the last goes on."""
    paid = [0, *sums]
    return zip(_days(found), (minor / _scale(found) for minor in (*paid, paid[-1])), strict=True)


def _lines(found: ForecastFound) -> Iterator[Spec]:
    rows: list[Mapping[str, Any]] = [
        {"on": day, "paid": paid, "line": "half of the scenarios pay no more"}
        for day, paid in _steps(found, (each.middle for each in found.so_far))
    ]
    for place, (case, _) in enumerate(found.cases):
        sums = accumulate(quarter.cases[place] for quarter in found.quarters)
        rows += [{"on": day, "paid": paid, "line": case.name} for day, paid in _steps(found, sums)]
    if found.most is not None:
        rows += [{"on": day, "paid": found.most / _scale(found), "line": "the contract's most"} for day in _days(found)]
    yield {
        "data": {"values": rows},
        "mark": {"type": "line", "strokeWidth": 2, "interpolate": "step-after"},
        "encoding": {
            "x": _across(),
            "y": _up(found, "paid"),
            "color": {"field": "line", "type": "nominal", "scale": {"range": [BLUE, ORANGE, GREY, INK, "#28A197"]}},
        },
    }


def _across() -> Spec:
    return {"field": "on", "type": "temporal", "title": None}


def _up(found: ForecastFound, field: str) -> Spec:
    title = f"paid in all, {found.contract.contract.currency}"
    return {"field": field, "type": "quantitative", "title": title, "axis": {"format": "~s"}}


def _tornado(found: ForecastFound) -> Spec:
    rows = [
        {"what": each.what, "low": each.low / _scale(found), "high": each.high / _scale(found)} for each in found.swings
    ]
    title = "all payments when one thing is at its tenth and its ninetieth percentile"
    axis: Spec = {"field": "low", "type": "quantitative", "title": title, "scale": {"zero": False}}
    return {
        "width": WIDTH,
        "height": {"step": LOW},
        "data": {"values": rows},
        "mark": {"type": "bar", "color": BLUE, "height": 12},
        "encoding": {
            "y": {"field": "what", "type": "nominal", "title": None, "sort": [each.what for each in found.swings]},
            "x": axis,
            "x2": {"field": "high"},
        },
    }


def _page(found: ForecastFound, svg: str) -> str:
    name = escape(found.contract.contract.name)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{name}, forecast</title></head><body>\n'
        f"<h1>{name}, forecast</h1>\n<figure>{svg}</figure>\n<pre>{escape(in_words(found))}</pre>\n</body></html>\n"
    )
