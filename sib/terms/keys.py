"""terms: where a fault stands in a document, and which keys the format knows there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sib.terms.places import Path

_LIKE = 0.6
"""How like a word must be to be taken for another, from 0 to 1."""


def faults_of(error: ValidationError) -> list[ErrorDetails]:
    """Every fault; a list whose elements are all at fault is also called too short, which it is not."""
    return [fault for fault in error.errors() if fault["type"] != "too_short" or not fault["input"]]


def step_into(node: Any, step: str | int) -> Any:
    """What stands in a table or list under a key or place; None where there is nothing."""
    try:
        return node[step]
    except (KeyError, IndexError, TypeError):
        return None


def data_path(loc: tuple[str | int, ...], data: Any, missing: bool) -> Path:
    """Pydantic's path without the tags of union members, which are not keys of the file."""
    path: list[str | int] = []
    node, tag_may_follow = data, False
    for place, step in enumerate(loc):
        if tag_may_follow and step == ("name" if isinstance(node, str) else kind_of(node)):
            tag_may_follow = False
        elif (isinstance(node, dict) and step in node) or (isinstance(node, list) and isinstance(step, int)):
            path.append(step)
            node, tag_may_follow = step_into(node, step), True
        elif missing and place == len(loc) - 1:
            path.append(step)
    return tuple(path)


def kind_of(node: Any) -> str | None:
    """What a table says its kind is; None for anything else."""
    return node.get("kind") if isinstance(node, dict) else None


def value_at(data: Any, path: Path) -> Any:
    """What stands at a path; None where there is nothing."""
    for step in path:
        data = step_into(data, step)
    return data


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """Made once: it takes longer than all the reading."""
    return model.model_json_schema()


def said_at(model: type[BaseModel], path: Path, data: Any) -> Mapping[str, Any]:
    """What the schema says of the very place that a path leads to, through unions by what stands in the document."""
    schema = _schema(model)
    node: Mapping[str, Any] = schema
    for step in path:
        node = _below(_meant_by(node, data, schema), step)
        data = step_into(data, step)
    return node


def members(model: type[BaseModel], said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Everything that may stand in a place, as the schema describes each."""
    return list(_members(said, _schema(model)))


def kinds_in(said: Iterable[Mapping[str, Any]]) -> list[str]:
    """The kinds of rule among the members of a union, as it names them."""
    kinds = (each.get("properties", {}).get("kind", {}).get("const") for each in said)
    return [kind for kind in kinds if kind]


def owner(model: type[BaseModel], path: Path, data: Any) -> Mapping[str, Any]:
    """The keys, with what the schema says of each, of the part of the format that the table around a path is."""
    table = table_at(model, path, data)
    return dict(table.get("properties", {}))


def table_at(model: type[BaseModel], path: Path, data: Any) -> Mapping[str, Any]:
    """What the schema says of the table around a path."""
    ends = (end for end in range(len(path) - 1, 0, -1) if isinstance(value_at(data, path[:end]), dict))
    above = path[: next(ends, 0)]
    return _meant_by(said_at(model, above, data), value_at(data, above), _schema(model))


def free_keys(model: type[BaseModel], path: Path, data: Any) -> list[str]:
    """The keys that the table around a path may still have, those it must have first."""
    said, written = table_at(model, path, data), value_at(data, path[:-1])
    # a key that is called as a kind of rule may lead astray, to a list
    free = set(said.get("properties", {})) - set(written if isinstance(written, dict) else ())
    return sorted(free, key=lambda key: (key not in said.get("required", ()), key))


def nearest(written: str, words: Sequence[str]) -> str | None:
    """The word that is most like what is written, the earlier of two that are as like; None where none is like it."""
    likeness = {word: SequenceMatcher(None, written, word).ratio() for word in words}
    near = max(words, key=lambda word: likeness[word], default=None)
    return near if near is not None and likeness[near] >= _LIKE else None


def _members(said: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What a place may hold, with names of parts followed."""
    if "$ref" in said:
        yield schema["$defs"][said["$ref"].rpartition("/")[2]]
    elif several := [*said.get("anyOf", ()), *said.get("oneOf", ())]:
        for each in several:
            yield from _members(each, schema)
    else:
        yield said


def _meant_by(said: Mapping[str, Any], value: Any, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The member of a union that a value is meant to be: by its kind, else the one that shares most keys with it."""
    shape = "array" if isinstance(value, list) else "object"
    meant = [each for each in _members(said, schema) if each.get("type") == shape]

    def likeness(member: Mapping[str, Any]) -> tuple[bool, int, int]:
        keys = member.get("properties", {})
        shared = len(set(keys) & set(value)) if isinstance(value, dict) else 0
        return keys.get("kind", {}).get("const") == kind_of(value), shared, -len(keys)

    return max(meant, key=likeness, default={})


def _below(table: Mapping[str, Any], step: str | int) -> Mapping[str, Any]:
    """What the schema says of a key of a table, or of an element of a list."""
    if isinstance(step, int):
        return dict(table.get("items", {}))
    named: Mapping[str, Any] = next(iter(table.get("patternProperties", {}).values()), {})
    return dict(table.get("properties", {}).get(step, named))
