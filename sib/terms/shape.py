"""terms: a contract's text under another name: its shape and comments are kept, and nothing is called published."""

import re
from collections.abc import Iterator

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from sib.terms.toml import inline


def reshaped(text: str, name: str, like: str) -> str:
    """The text of a contract as the start of another, with ``name`` as its id: version 1, no sources.

    ``like`` is the id of the contract it was taken from.
    """
    sets: dict[str, str | int] = {
        "id": name,
        "name": _words(name),
        "version": 1,
        "summary": f"To be written; the terms have the shape of {like}.",
        "illustrative": f"All of it: terms and figures are those of {like} until they are replaced.",
    }
    edits: list[tuple[Node, str | None]] = [(pair, None) for pair in _pairs(text) if _key(pair) == "source"]
    for pair in _pairs(text):
        if _table_of(pair) == "contract" and _key(pair) in sets:
            key = _key(pair)
            edits.append((pair, f"{key} = {inline(sets.pop(key))}"))
    edited = _edited(text, edits)
    rest = "".join(f"{key} = {inline(value)}\n" for key, value in sets.items())
    return re.sub(r"(?m)^\[contract\][^\n]*\n", lambda found: found[0] + rest, edited, count=1)


def without_sources(text: str) -> str:
    """A case's text without the source of its figures."""
    return _edited(text, [(pair, None) for pair in _pairs(text) if _key(pair) == "source"])


def _words(name: str) -> str:
    return (name[:1].upper() + name[1:]).replace("_", " ")


def _pairs(text: str) -> Iterator[Node]:
    stack = [Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node]
    while stack:
        node = stack.pop()
        stack += node.children
        if node.type == "pair":
            yield node


def _key(pair: Node) -> str:
    return (pair.children[0].text or b"").decode().strip("\"'")


def _table_of(pair: Node) -> str:
    """The name of the table under whose header a pair stands; nothing for a pair inside a value."""
    above = pair.parent
    header = above.children[1] if above is not None and above.type == "table" else None
    return "" if header is None else (header.text or b"").decode()


def _edited(text: str, edits: list[tuple[Node, str | None]]) -> str:
    """Put words in place of pairs, from the end on; a pair that goes takes its line or its comma with it."""
    raw = text.encode()
    for pair, words in sorted(edits, key=lambda edit: -edit[0].start_byte):
        start, end = pair.start_byte, pair.end_byte
        if words is None:
            after = re.match(rb"[ \t]*(#[^\n]*)?\n|[ \t]*,[ \t]*", raw[end:])
            end += after.end() if after else 0
            before = None if after else re.search(rb",[ \t]*\Z", raw[:start])
            start = before.start() if before else start
        raw = raw[:start] + (words or "").encode() + raw[end:]
    return raw.decode()
