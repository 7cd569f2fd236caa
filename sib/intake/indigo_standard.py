"""intake: what the INDIGO data standard says of every field of a project: where it stands, its kind, its heading."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

VERSION = "4.1.0"
"""Read by the schema of 4.0.0 and whatever a minor release adds, which is kept as it is."""
SCHEMA = Path(__file__).with_name("indigo_schema") / "project.json"
STATUSES = ("PUBLIC", "SANDBOX", "PRIVATE", "DISPUTED")
WITHHELD = STATUSES[1:]
"""What stands under one of these is neither used for a contract nor published."""

_BESIDES = {"/id": "ID", "/organisations/*/id": "ID", "/organisations/*/name/value": "Name - (Value)"}
_KINDS = {"country": "country", "date": "date", "number": "number", "string": "text"}
_PERCENT = re.compile(r"/(maximum_potential_(loss|return)|internal_rate_of_return/(target|latest))/value$")
_PEOPLE = re.compile(r"/(targeted_number|actual_number|number_engaged|number_with)[a-z_]*/value$")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the standard; ``path`` has ``*`` where rows are counted: ``/outcome_metrics/*/id``."""

    path: str
    title: str
    """The heading in the standard's tables: ``Period - Start - (Value)``."""
    kind: str
    """text, number, date, country, code, organisation or organisations."""
    codes: tuple[str, ...] = ()

    @property
    def is_percentage(self) -> bool:
        """Whether the standard asks for a percentage here."""
        return bool(_PERCENT.search(self.path))

    @property
    def counts_people(self) -> bool:
        """Whether a number of people, families or villages stands here."""
        return bool(_PEOPLE.search(self.path))


def schema() -> dict[str, Any]:
    """The standard's JSON Schema of a project."""
    read: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return read


@cache
def fields() -> Mapping[str, Field]:
    """Every field by its path, with the ids and names of organisations, which published records carry besides."""
    document = schema()
    found = {field.path: field for field in _walk(document, document["definitions"], "", ())}
    for path, title in _BESIDES.items():
        found[path] = Field(path, title, "text")
    return MappingProxyType(found)


@cache
def lists() -> Mapping[str, str]:
    """Title of every list of rows by its key: ``outcome_metrics`` is “Outcome Metrics”."""
    parts = schema()["properties"]
    titles = {key: part["title"] for key, part in parts.items() if part.get("type") == "array"}
    return MappingProxyType({**titles, "organisations": "Organisations"})


@lru_cache(maxsize=100_000)
def field_at(pointer: str) -> Field | None:
    """The field that a JSON pointer leads to; None where the standard has none."""
    return fields().get(pattern(pointer))


@cache
def tables() -> Mapping[str, bool]:
    """Every place of the standard where fields lie below, and whether rows are counted there."""
    found: dict[str, bool] = {}
    for path in fields():
        steps = path.split("/")
        for end in range(2, len(steps)):
            found["/".join(steps[:end])] = steps[end] == "*"
    return MappingProxyType(found)


def pattern(pointer: str) -> str:
    """The pointer with ``*`` in place of the row's number."""
    return re.sub(r"^(/[^/]+)/\d+(?=/|$)", r"\1/*", pointer)


def _walk(node: Mapping[str, Any], parts: Mapping[str, Any], path: str, titles: tuple[str, ...]) -> Iterator[Field]:
    whole = {**_definition(node, parts), **node}
    titles = titles if not path or path.endswith("*") else (*titles, str(whole.get("title", "")))
    if whole.get("type") == "array":
        yield from _walk(whole["items"], parts, f"{path}/*", ())
    elif "properties" in whole:
        for key, part in whole["properties"].items():
            yield from _walk(part, parts, f"{path}/{key}", titles)
    else:
        yield Field(path, " - ".join(title for title in titles if title), _kind(whole, path), _codes(whole, path))


def _definition(node: Mapping[str, Any], parts: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(node.get("$ref", "")).rpartition("/")[2]
    found: Mapping[str, Any] = parts[name] if name else {}
    return found


def _kind(whole: Mapping[str, Any], path: str) -> str:
    if "references-model" in whole:
        return "organisations" if "references-models-seperator" in whole else "organisation"
    if _codes(whole, path):
        return "code"
    if whole.get("codelist") == "countries.csv":
        return "country"
    return "date" if "pattern" in whole else _KINDS[whole["type"]]


def _codes(whole: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """A status that the schema leaves open is held to the same words: a private figure must not slip through."""
    return tuple(whole.get("enum", STATUSES if path.endswith("/status") else ()))
