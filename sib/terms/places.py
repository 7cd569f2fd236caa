"""terms: a TOML text as plain data, and the line on which every part of it stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
import tomllib
from typing import Any

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from sib.errors import NotValid, Problem

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Located:
    """What a TOML file says, and where: ``lines`` maps a path such as ("payment", 2, "cap") to its line, from 1."""

    data: Mapping[str, Any]
    lines: Mapping[Path, int]

    def line_of(self, path: Path) -> int | None:
        """Return the line of ``path``, or of the nearest part that holds it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def read_toml(text: str, file: str) -> Located:
    """Read TOML with exact decimals (a bare decimal becomes a Decimal, for the reader to refuse).

    Raises NotValid with the line where the text is not TOML.
    """
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        line = int(said.rsplit("line ", 1)[1].split(",")[0]) if "(at line " in said else text.count("\n") + 1
        raise NotValid(
            Problem(
                code="toml.syntax",
                what=f"this is not TOML: {said}",
                mend="look at this line and the one above it for a missing quotation mark, bracket or equals sign",
                file=file,
                line=line,
            )
        ) from None
    root = Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node
    return Located(data, dict(_lines(root)))


def _lines(root: Node) -> Iterator[tuple[Path, int]]:
    """Walk tables in order; the n-th ``[[name]]`` of a path is its element n - 1, and later headers stand inside the last."""
    counts: dict[Path, int] = {}
    for node in root.children:
        if node.type == "pair":
            yield from _pair(node, ())
        elif node.type in ("table", "table_array_element"):
            names = next(_key(child) for child in node.children if child.type in ("bare_key", "quoted_key", "dotted_key"))
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
