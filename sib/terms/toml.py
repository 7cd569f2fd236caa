"""terms: plain data written as TOML text, one key a line; what is read back is what was written."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(data: Mapping[str, Any]) -> str:
    """Write a document of tables, lists, text, whole numbers, decimals, dates and truth values."""
    loose = {key: value for key, value in data.items() if not _is_tables(value)}
    blocks = ["\n".join(_lines(loose))] if loose else []
    blocks += [block for key, value in data.items() if _is_tables(value) for block in _tables(key, value)]
    return "\n\n".join(blocks) + "\n"


def inline(value: Any) -> str:
    """Write one value on one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_lines(value)) + " }" if value else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(inline(part) for part in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for one sign that TOML wants escaped too
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    return value.isoformat() if isinstance(value, date) else f"{value:f}" if isinstance(value, Decimal) else str(value)


def _is_tables(value: Any) -> bool:
    """A table, or a list of nothing but tables: it has a header of its own."""
    parts = value if isinstance(value, list) else [value]
    return bool(parts) and all(isinstance(part, Mapping) for part in parts)


def _tables(key: str, value: Any) -> Iterator[str]:
    for part in value if isinstance(value, list) else ():
        yield "\n".join([f"[[{_key(key)}]]", *_lines(part)])
    if isinstance(value, Mapping) and value and _is_tables(list(value.values())):
        yield from ("\n".join([f"[{_key(key)}.{_key(name)}]", *_lines(part)]) for name, part in value.items())
    elif isinstance(value, Mapping):
        yield "\n".join([f"[{_key(key)}]", *_lines(value)])


def _lines(table: Mapping[str, Any]) -> Iterator[str]:
    return (f"{_key(key)} = {inline(value)}" for key, value in table.items())


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else inline(name)
