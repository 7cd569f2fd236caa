"""terms: a TOML text as plain data, and the line on which every part of it stands."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from sib.errors import NotValid, Problem

Path = tuple[str | int, ...]

_DEEPEST = 100
"""Steps of a path; deeper values would run out of stack later, where nobody can say why."""
_MEND = "look at this line and the one above it for a missing quotation mark, bracket or equals sign"
_HINTS = (
    (
        re.compile(r"""=\s*(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}\.? \w+ \d{4})\b"""),
        "write a day as 2024-03-31: year, month, day",
    ),
    (re.compile(r"""=\s*[0-9.,]+ ?%"""), 'write forty per cent as "0.4", in quotation marks'),
    (re.compile(r"""=\s*[0-9]+,[0-9]"""), 'write a number without commas, in quotation marks: "1000", "12.50"'),
    (re.compile(r"""[=\[{,]\s*[“”„‘’]"""), 'write straight quotation marks, as in "this"'),
    (re.compile(r"""=\s*[A-Za-z][A-Za-z ]*$"""), 'write words in quotation marks, as in "this"'),
)
"""What a line looks like that is no TOML, and what to write in its place."""
_MENDS = {
    "Invalid date": "write a day that exists, as 2024-03-31",
    "Cannot overwrite": "the key stands there twice: take one of the two out",
    "Cannot declare": "the table stands there twice: take one of the two out",
}


@dataclass(frozen=True, slots=True)
class Located:
    """What a TOML file says, and where: ``lines`` maps a path such as ("payment", 2, "cap") to its line, from 1."""

    data: Mapping[str, Any]
    lines: Mapping[Path, int]

    def line_of(self, path: Path) -> int | None:
        """Return the line of ``path``, of the first part inside it, or of the nearest part that holds it."""
        while path:
            if path in self.lines:
                return self.lines[path]
            if inside := [line for part, line in self.lines.items() if part[: len(path)] == path]:
                return min(inside)
            path = path[:-1]
        return None


def read_toml(text: str, file: str) -> Located:
    """Read TOML with exact decimals (a bare decimal becomes a Decimal, for the reader to refuse).

    Raises NotValid with the line where the text is not TOML.
    """
    try:
        data = tomllib.loads(text, parse_float=Decimal)
        lines = dict(_lines(Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node))
    except tomllib.TOMLDecodeError as error:
        raise NotValid(_not_toml(str(error), text, file)) from None
    except (ValueError, RecursionError):
        # what tomllib says of a whole number of thousands of digits, and of thousands of brackets
        raise NotValid(_too_much(file, None)) from None
    deepest = max(lines, key=len, default=())
    if len(deepest) > _DEEPEST:
        raise NotValid(_too_much(file, lines[deepest]))
    return Located(data, lines)


def _not_toml(said: str, text: str, file: str) -> Problem:
    _, found, place = said.rpartition("(at line ")
    line = int(place.partition(",")[0]) if found else text.count("\n") + 1
    row = next(iter(text.split("\n")[line - 1 : line]), "")
    mend = next((mend for start, mend in _MENDS.items() if said.startswith(start)), None)
    mend = mend or next((mend for looks, mend in _HINTS if looks.search(row)), _MEND)
    return Problem(code="toml.syntax", what=f"this is not TOML: {said}", mend=mend, file=file, line=line)


def _too_much(file: str, line: int | None) -> Problem:
    return Problem(
        code="toml.too-much",
        what="a number is longer, or a value is nested deeper, than any agreement needs",
        mend="give parts of a rule names of their own, and write numbers of at most 18 digits",
        file=file,
        line=line,
    )


def _lines(root: Node) -> Iterator[tuple[Path, int]]:
    """Walk tables in order; the n-th ``[[name]]`` is element n - 1, and later headers stand inside the last."""
    counts: dict[Path, int] = {}
    for node in root.children:
        if node.type == "pair":
            yield from _pair(node, ())
        elif node.type in ("table", "table_array_element"):
            names = next(
                _key(child) for child in node.children if child.type in ("bare_key", "quoted_key", "dotted_key")
            )
            path = _inside_last(names[:-1], counts) + names[-1:]
            if node.type == "table_array_element":
                counts[path] = counts.get(path, -1) + 1
                path = (*path, counts[path])
            yield path, _line(node)
            for child in node.children:
                if child.type == "pair":
                    yield from _pair(child, path)


def _inside_last(names: Path, counts: Mapping[Path, int]) -> Path:
    path: Path = ()
    for name in names:
        path = (*path, name)
        if path in counts:
            path = (*path, counts[path])
    return path


def _pair(node: Node, above: Path) -> Iterator[tuple[Path, int]]:
    key, *_, value = (child for child in node.children if child.type != "comment")
    path = above + _key(key)
    yield path, _line(node)
    yield from _value(value, path)


def _value(node: Node, path: Path) -> Iterator[tuple[Path, int]]:
    if node.type == "inline_table":
        for child in node.children:
            if child.type == "pair":
                yield from _pair(child, path)
    elif node.type == "array":
        elements = [child for child in node.children if child.is_named and child.type != "comment"]
        for index, element in enumerate(elements):
            yield (*path, index), _line(element)
            yield from _value(element, (*path, index))


def _key(node: Node) -> Path:
    text = (node.text or b"").decode()
    if node.type == "dotted_key":
        return tuple(part for child in node.children if child.is_named for part in _key(child))
    return (tomllib.loads(f"{text} = 0").popitem()[0],)


def _line(node: Node) -> int:
    return node.start_point[0] + 1
