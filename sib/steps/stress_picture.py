"""arrows: what stressing a contract found as a picture: payment against result, and under it what chance measures."""

import re
from collections.abc import Callable, Mapping
from html import escape
from math import isnan
from pathlib import Path
from typing import Any

from sib.errors import Missing, NotValid, Problem
from sib.money import decimal_text, exponent
from sib.steps.stress import Stress, Tried
from sib.steps.stress_rule import TOGETHER, Cliff
from sib.steps.stress_words import HEADS, amount, finding, notes, per_cent, rows, unit
from sib.terms.simulation_words import result_words

BLUE, ORANGE, GREY, LINE, INK = "#12436D", "#F46A25", "#505A5F", "#C9D1D9", "#1B1B1B"
PALE_BLUE, PALE_ORANGE = "#A9BFD3", "#F9C7AE"
WIDTH, TALL, LOW = 760, 300, 190
Spec = dict[str, Any]

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
    "background": "white",
    "view": {"stroke": None},
    "axis": _AXIS,
    "legend": {"orient": "top", "labelFontSize": 13, "labelColor": INK, "title": None, "labelLimit": 500},
    "text": {"fontSize": 13, "color": INK},
    "title": {"anchor": "start", "fontSize": 20, "fontWeight": 600, "color": INK, "offset": 18, "lineHeight": 26},
}
_STYLE = (
    'body{font:16px/1.5 "Source Sans 3","Liberation Sans",Arial,sans-serif;color:#1b1b1b;max-width:60rem;'
    "margin:2rem auto;padding:0 1rem}figure{margin:1rem 0}svg{max-width:100%;height:auto}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.95rem}td{white-space:nowrap}caption{text-align:left;color:#505a5f}"
    "th,td{text-align:left;padding:.3rem 1rem .3rem 0;border-bottom:1px solid #c9d1d9}li{margin:.2rem 0}"
)


def picture(stress: Stress, file: Path) -> None:
    """Write the picture: .svg, .png, or .html with the table beside it; errors as ``drawable``."""
    drawable(file)
    file.write_bytes(_DRAWN[file.suffix](stress))


def drawable(file: Path) -> None:
    """See that a picture can be drawn there, before anything is simulated for it.

    Raises NotValid for another ending than .svg, .png or .html, Missing where there is no such folder or the package
    that draws is not installed.
    """
    if file.suffix not in _DRAWN:
        mend = "end the file's name in .html, .svg or .png"
        raise NotValid(Problem("picture.ending", f"a picture cannot be a {file.suffix or 'file without ending'}", mend))
    if not file.parent.is_dir():
        raise Missing(Problem("file.absent", f"there is no folder {file.parent}", "make it first", file=str(file)))
    _library()


def described(stress: Stress) -> str:
    """The picture in words, for those who do not see it."""
    nothing, target = stress.nothing, stress.target
    jumped = "".join(
        f" The rule's line jumps at {cliff.result:g} from {amount(stress, cliff.before)} to "
        f"{amount(stress, cliff.after)}."
        for cliff in _seen(stress)
    )
    return (
        f"Above, the payment by measured {result_words(stress.contract, stress.simulation.shows)}: the rule without "
        f"chance, and the average over {stress.simulation.cohorts:,} simulated cohorts for each true effect, rising "
        f"from {amount(stress, nothing.expected)} when the service does nothing to {amount(stress, target.expected)} "
        f"at its target.{jumped} Below, how often each result is measured when the service does nothing and when it "
        f"reaches its target; the part that is paid is darker: {per_cent(float(nothing.pays.share))} and "
        f"{per_cent(float(target.pays.share))}."
    )


def spec(stress: Stress) -> Spec:
    """The picture as a Vega-Lite specification: two panels over one axis of results."""
    header = stress.contract.contract
    invented = any(draw.illustrative for draw in stress.simulation.draws)
    under = f"{header.name}, version {header.version}: {stress.simulation.cohorts:,} simulated cohorts for each effect"
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": {
            "text": _lines(finding(stress)),
            "subtitle": [under, *(["Partly invented: the contract marks what is illustrative."] if invented else [])],
            "subtitleColor": GREY,
            "subtitlePadding": 8,
            "subtitleLineHeight": 20,
            "subtitleFontSize": 14,
        },
        "description": described(stress),
        "config": _CONFIG,
        "padding": 16,
        "spacing": 28,
        "resolve": {"scale": {"x": "shared", "color": "independent"}},
        "vconcat": [_payments(stress), _results(stress)],
    }


def _lines(text: str) -> list[str]:
    """A title on two lines, parted at its semicolon."""
    first, _, second = text.partition("; ")
    return [f"{first};", second]


def _ends(stress: Stress) -> list[float]:
    """Where the axis begins and ends: all that is likely when nothing works and at the target."""
    bars = [bar for tried in (stress.nothing, stress.target) for bar in tried.bars if bar.share > 0]
    points = [tried.result for tried in stress.tried if not isnan(tried.result)]
    ends = [end for bar in bars for end in (bar.from_, bar.to)] + points
    return [min(ends, default=0.0), max(ends, default=1.0)]


def _payments(stress: Stress) -> Spec:
    """The rule's own line, the average paid, and the middle four fifths of payments."""
    scale = 10 ** exponent(stress.contract.contract.currency)
    shown = [tried for tried in stress.tried if not isnan(tried.result)]
    known = [point for point in stress.curve if not isnan(point.result)]
    rule = [{"result": point.result, "paid": point.paid / scale, "line": _RULE} for point in known]
    paid = [{"result": tried.result, "paid": tried.expected / scale, "line": _PAID} for tried in shown]
    band = [{"result": tried.result, "paid": tried.tenth / scale, "most": tried.ninth / scale} for tried in shown]
    x, y = _across(stress, "result", None), _paid_axis(stress.contract.contract.currency)
    line = {"x": x, "y": y, **_line_colours()}
    layers = [
        (band, {"type": "area", "color": BLUE, "opacity": 0.12}, {"x": x, "y": y, "y2": {"field": "most"}}),
        (rule, {"type": "line", "strokeWidth": 2}, line),
        (paid, {"type": "line", "strokeWidth": 3}, line),
        (paid, {"type": "point", "filled": True, "size": 70, "opacity": 1, "color": BLUE}, {"x": x, "y": y}),
    ]
    drawn = [
        {"data": {"values": values}, "mark": {**mark, "clip": True}, "encoding": encoding}
        for values, mark, encoding in layers
    ]
    return {"width": WIDTH, "height": TALL, "layer": [*drawn, *_jumps(stress, scale)]}


def _paid_axis(currency: str) -> Spec:
    axis = {"labelExpr": "replace(format(datum.value, '~s'), 'G', 'bn')", "tickCount": 6}
    return {"field": "paid", "type": "quantitative", "title": f"paid, {currency}", "axis": axis}


def _line_colours() -> Spec:
    """What is paid in a whole blue line, the rule in a dashed grey one."""
    lines = [_PAID, _RULE]
    return {
        "color": {
            "field": "line",
            "type": "nominal",
            "scale": {"domain": lines, "range": [BLUE, GREY]},
            "legend": {"symbolType": "stroke", "symbolStrokeWidth": 3},
        },
        "strokeDash": {
            "field": "line",
            "type": "nominal",
            "scale": {"domain": lines, "range": [[1, 0], [6, 4]]},
            "legend": None,
        },
    }


_PAID, _RULE = "paid on average (shaded: all but the lowest and the highest tenth)", "the rule, were there no chance"


def _jumps(stress: Stress, scale: int) -> list[Spec]:
    """A word at each jump of the rule that is seen in its line, with a white edge so that it can be read anywhere."""
    values = [
        {
            "result": cliff.result,
            "paid": max(cliff.before, cliff.after) / scale,
            "said": f"jumps by {amount(stress, cliff.jump)} at {cliff.result:g}",
        }
        for cliff in _seen(stress)
    ]
    where = {
        "x": {"field": "result", "type": "quantitative"},
        "y": {"field": "paid", "type": "quantitative"},
        "text": {"field": "said"},
    }
    words = {"type": "text", "align": "right", "dx": -8, "dy": -4, "fontWeight": 600}
    edge = {**words, "stroke": "white", "strokeWidth": 5, "strokeJoin": "round"}
    marks = (edge, {**words, "color": INK}) if values else ()
    return [{"data": {"values": values}, "mark": mark, "encoding": where} for mark in marks]


def _seen(stress: Stress) -> list[Cliff]:
    return [cliff for cliff in stress.cliffs if cliff.moved == TOGETHER]


def _results(stress: Stress) -> Spec:
    """How often each result is measured when nothing works and at the target; what is paid is darker."""
    both = [(stress.nothing, "the service does nothing"), (stress.target, f"it reaches its target, {_target(stress)}")]
    kinds = [f"{said}{paid}" for _, said in both for paid in ("", ": paid")]
    # what is paid for nothing stands in front, since it is the smaller
    values = [row for tried, said in both[::-1] for row in _bars(tried, said)]
    y = {
        "field": "share",
        "type": "quantitative",
        "title": "share of cohorts",
        "stack": None,
        "axis": {"labelExpr": "format(datum.value * 100, '.0f') + ' %'", "tickCount": 4},
    }
    colour = {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": kinds, "range": [PALE_ORANGE, ORANGE, PALE_BLUE, BLUE]},
        "legend": {"symbolType": "square", "columns": 2},
    }
    x = _across(stress, "from", f"measured {result_words(stress.contract, stress.simulation.shows)}, {unit(stress)}")
    edges = [{"result": cliff.result} for cliff in _seen(stress)]
    rule = {"type": "rule", "color": GREY, "strokeWidth": 2, "strokeDash": [6, 4], "clip": True}
    bars = {"type": "rect", "fillOpacity": 0.85, "strokeOpacity": 0, "clip": True}
    return {
        "width": WIDTH,
        "height": LOW,
        "layer": [
            {
                "data": {"values": values},
                "mark": bars,
                "encoding": {"x": x, "x2": {"field": "to"}, "y": y, "y2": {"datum": 0}, "color": colour},
            },
            {"data": {"values": edges}, "mark": rule, "encoding": {"x": {"field": "result", "type": "quantitative"}}},
        ],
    }


def _target(stress: Stress) -> str:
    return f"{decimal_text(stress.simulation.target)} {unit(stress)}"


def _bars(tried: Tried, said: str) -> list[Mapping[str, Any]]:
    shares = [(bar, bar.share, said) for bar in tried.bars] + [(bar, bar.paid, f"{said}: paid") for bar in tried.bars]
    return [{"from": bar.from_, "to": bar.to, "share": share, "kind": kind} for bar, share, kind in shares if share]


def _across(stress: Stress, field: str, title: str | None) -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"domain": _ends(stress), "nice": False, "zero": False},
        "axis": {"grid": False, "tickCount": 10},
    }


def _svg(stress: Stress) -> str:
    """The drawing, with its title and its description as its first elements."""
    drawn = str(_library().vegalite_to_svg(spec(stress)))
    # the library numbers clips on and on: numbered anew, the same picture has the same bytes
    names = list(dict.fromkeys(re.findall(r"clip\d+", drawn)))
    head, _, rest = re.sub(r"clip\d+", lambda found: f"clip{names.index(found[0]) + 1}", drawn).partition(">")
    said = f"<title>{escape(finding(stress))}</title><desc>{escape(described(stress))}</desc>"
    return f"{head}>{said}{rest}\n"


def _png(stress: Stress) -> bytes:
    return bytes(_library().vegalite_to_png(spec(stress), scale=2))


def _html(stress: Stress) -> str:
    """A page that needs nothing else: the finding, the drawing, the table beside it, and what belongs to it."""
    header = stress.contract.contract
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in HEADS)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'
        for first, *cells in rows(stress)
    )
    items = "".join(f"<li>{escape(each)}</li>" for each in notes(stress))
    caption = f"What each true effect measures and is paid, {stress.simulation.cohorts:,} simulated cohorts each"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(header.name)}, stressed</title>'
        f"<style>{_STYLE}</style></head><body>\n<h1>{escape(header.name)}, stressed</h1>\n"
        f"<figure>{_svg(stress)}</figure>\n"
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>\n"
        f"<ul>{items}</ul>\n<p>Version {header.version}, as of {stress.as_of.isoformat()}, seed "
        f"{stress.simulation.seed}. {escape(described(stress))}</p>\n</body></html>\n"
    )


def _library() -> Any:
    try:
        import vl_convert
    except ImportError:
        mend = "pip install vl-convert-python; the table and --json need nothing more"
        raise Missing(Problem("picture.library", "the package that draws pictures is not installed", mend)) from None
    return vl_convert


_DRAWN: Mapping[str, Callable[[Stress], bytes]] = {
    ".svg": lambda stress: _svg(stress).encode(),
    ".png": _png,
    ".html": lambda stress: _html(stress).encode(),
}
