"""dashboards: tables and paragraphs as plain HTML: they can be read aloud, copied, printed, and fit a telephone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape


class Safe(str):
    """Markup made here; every other text is escaped."""

    __slots__ = ()


def text(value: str) -> Safe:
    """Markup of a text, whatever it holds."""
    return value if isinstance(value, Safe) else Safe(escape(value))


def tag(name: str, *parts: str, css: str = "", **attributes: str) -> Safe:
    """One element; ``parts`` are escaped unless they are markup."""
    named = {"class": css, **attributes}
    said = "".join(f' {key}="{escape(value, quote=True)}"' for key, value in named.items() if value)
    return Safe(f"<{name}{said}>{''.join(text(part) for part in parts)}</{name}>")


def joined(parts: Iterable[str]) -> Safe:
    """Several pieces one after the other."""
    return Safe("".join(text(part) for part in parts))


def stacked(first: str, *under: str) -> Safe:
    """A cell with smaller lines under it; empty ones are left out."""
    return joined([text(first), *(tag("span", line, css="sib-under") for line in under if line)])


def mark(words: str, kind: str) -> Safe:
    """A label in a box; the words carry the meaning, the colour repeats it."""
    return tag("span", words, css=f"sib-mark sib-{kind}")


@dataclass(frozen=True, slots=True)
class Column:
    """Head of one column; numbers stand right."""

    head: str
    number: bool = False
    wide: bool = False
    """Left out on a narrow screen."""


def table(caption: str, columns: Sequence[Column], rows: Sequence[Sequence[str]], foot: Sequence[str] = ()) -> Safe:
    """A table with caption, heads and, if given, a last row of totals; on a narrow screen each row becomes a card."""
    heads = joined(tag("th", column.head, css=_side(column), scope="col") for column in columns)
    body = joined(_row(columns, row) for row in rows)
    total = tag("tfoot", _row(columns, foot)) if foot else ""
    parts = [tag("caption", caption), tag("thead", tag("tr", heads)), tag("tbody", body), total]
    return tag("table", *parts, css="sib-table")


def _row(columns: Sequence[Column], cells: Sequence[str]) -> Safe:
    pairs = zip(columns, cells, strict=True)
    first, *others = (_cell("td" if place else "th", column, cell) for place, (column, cell) in enumerate(pairs))
    return tag("tr", first, *others)


def _cell(name: str, column: Column, cell: str) -> Safe:
    label = {"data-label": column.head, **({"scope": "row"} if name == "th" else {})}
    return tag(name, cell, css=_side(column) if cell else "sib-blank", **label)


def _side(column: Column) -> str:
    return " ".join(name for name, on in (("sib-number", column.number), ("sib-wide", column.wide)) if on)


def details(summary: str, *parts: str, opened: bool = False) -> Safe:
    """Something to unfold."""
    inner = joined([tag("summary", summary), *parts])
    return Safe(f'<details class="sib-why"{" open" if opened else ""}>{inner}</details>')


def items(parts: Iterable[str], *, ordered: bool = False) -> Safe:
    """A list."""
    return tag("ol" if ordered else "ul", *(tag("li", part) for part in parts), css="sib-list")


def code(value: str) -> Safe:
    """A hash or a name of a file, in fixed width, that may break anywhere."""
    return tag("code", value, css="sib-code")
