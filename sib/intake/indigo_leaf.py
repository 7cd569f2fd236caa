"""intake: a record of INDIGO as its smallest parts: every single value with its JSON pointer and where it was read."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sib.errors import Problem
from sib.intake.indigo_standard import WITHHELD, Field, field_at

Value = str | int | Decimal | bool | tuple[()] | dict[str, Any] | None
"""One value as it was read; ``()`` and ``{}`` stand for an empty list and an empty table."""

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_LONGEST = 40
"""Digits that a number is written with at most before it is written with an exponent."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value of the input; ``pointer`` is unique but for a key that stands twice in one JSON table."""

    pointer: str
    value: Value
    place: str
    """Where a person finds it: a JSON pointer, ``Outcome Pricings!C4``, or ``projects_results.csv:7, Notes``."""
    plain: bool = True
    """False where the file itself knows numbers from text (JSON); True where cells are typed by whoever fills them."""
    shown_as: str = ""
    """``%`` where a workbook shows the number as a percentage."""
    fault: Problem | None = None
    """What the reader itself found wrong."""

    @property
    def field(self) -> Field | None:
        """The standard's field; None where it has none here."""
        return field_at(self.pointer)

    @property
    def row(self) -> str:
        """The row it stands in, as ``/outcome_metrics/0``; empty outside lists."""
        found = re.match(r"/[^/]+/\d+(?=/|$)", self.pointer)
        return found.group() if found else ""

    @property
    def clean(self) -> Value:
        """The value in its kind: a cell's figures as a number, a workbook's number in a field of text as text."""
        field = self.field
        if not self.plain or field is None:
            return self.value
        if field.kind == "number" and isinstance(self.value, str) and _NUMBER.fullmatch(self.value):
            return Decimal(self.value)
        if field.kind != "number" and isinstance(self.value, int | Decimal) and not isinstance(self.value, bool):
            return format(self.value, "f") if isinstance(self.value, Decimal) else str(self.value)
        return self.value


def escaped(key: str) -> str:
    """A key as a step of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def nested(values: Mapping[str, Value]) -> dict[str, Any]:
    """The document whose leaves these are; rows keep their order, gaps in their numbers close."""
    root: dict[str, Any] = {}
    for pointer, value in values.items():
        node = root
        *steps, last = pointer.split("/")[1:]
        for step in steps:
            node = node.setdefault(step, {})
        node[last] = [] if value == () and isinstance(value, tuple) else value
    return {_plain(key): _as_list(part) if _is_list(part) else _unescaped(part) for key, part in root.items()}


def _is_list(part: Any) -> bool:
    return isinstance(part, dict) and bool(part) and all(key.isdecimal() for key in part)


def _as_list(part: dict[str, Any]) -> list[Any]:
    return [_unescaped(part[key]) for key in sorted(part, key=int)]


def _unescaped(part: Any) -> Any:
    if not isinstance(part, dict):
        return part
    return {_plain(key): _as_list(each) if _is_list(each) else _unescaped(each) for key, each in part.items()}


def _plain(key: str) -> str:
    return key.replace("~1", "/").replace("~0", "~")


def leaves_of(document: Any, pointer: str = "") -> Iterator[tuple[str, Value]]:
    """Every single value of a document with its pointer; an empty list or table is a value too."""
    if isinstance(document, dict) and document:
        for key, part in document.items():
            yield from leaves_of(part, f"{pointer}/{escaped(key)}")
    elif isinstance(document, list | tuple) and document:
        for place, part in enumerate(document):
            yield from leaves_of(part, f"{pointer}/{place}")
    else:
        yield pointer, () if isinstance(document, list) else document


def rows_in(values: Mapping[str, Value], key: str) -> dict[str, dict[str, Value]]:
    """The rows of a list by their pointers, each with its values by what is below: ``/definition/value``."""
    found: dict[str, dict[str, Value]] = {}
    for pointer, value in values.items():
        if match := re.match(rf"(/{re.escape(key)}/\d+)(/.+)", pointer):
            found.setdefault(match[1], {})[match[2]] = value
    return found


def is_public(values: Mapping[str, Value], pointer: str) -> bool:
    """Whether neither a value nor its row is private, disputed, or in a sandbox."""
    row = re.match(r"/[^/]+/\d+(?=/)", pointer)
    beside = [pointer.rpartition("/")[0] + "/status", *([row.group() + "/status"] if row else [])]
    return not any(values.get(status) in WITHHELD for status in beside)


def json_text(document: Any) -> str:
    """The document as JSON; a Decimal is written digit by digit, and never passes through a float."""
    return "".join(_json(document, "\n")) + "\n"


def _json(node: Any, line: str) -> Iterator[str]:
    if isinstance(node, Mapping) and node:
        parts: Iterable[tuple[str, Any]] = ((f"{_text(str(key))}: ", part) for key, part in node.items())
        yield from _between("{", parts, "}", line)
    elif isinstance(node, list | tuple) and node:
        yield from _between("[", (("", part) for part in node), "]", line)
    elif isinstance(node, Decimal):
        yield format(node, "f") if abs(node.adjusted()) < _LONGEST else str(node)
    elif isinstance(node, str):
        yield _text(node)
    else:
        yield json.dumps(list(node) if isinstance(node, tuple) else node, default=dict)


def _between(opens: str, parts: Iterable[tuple[str, Any]], closes: str, line: str) -> Iterator[str]:
    yield opens
    for number, (label, part) in enumerate(parts):
        yield f"{',' if number else ''}{line}  {label}"
        yield from _json(part, f"{line}  ")
    yield f"{line}{closes}"


def _text(text: str) -> str:
    """Quoted; characters that no file can hold (halves of a pair) as ``\\uD800``."""
    return json.dumps(text, ensure_ascii=not _encodes(text))


def _encodes(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)
