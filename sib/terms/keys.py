"""terms: where a fault stands in a document, and which keys the format knows there."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sib.terms.places import Path


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


def owner(model: type[BaseModel], path: Path, data: Any) -> Mapping[str, Any]:
    """The keys, with what the schema says of each, of the part of the format that the table around a path is.

    A table does not say which part it is: of the parts of its kind, it is the one that shares most keys with it.
    """
    schema = _schema(model)
    if len(path) < 2:
        return dict(schema["properties"])
    around = (value_at(data, path[:end]) for end in range(len(path) - 1, -1, -1))
    table = next(node for node in around if isinstance(node, dict))
    parts: list[dict[str, Any]] = [part["properties"] for part in schema["$defs"].values() if "properties" in part]

    def likeness(keys: dict[str, Any]) -> tuple[bool, int, int]:
        shared = len(set(keys) & set(table))
        return keys.get("kind", {}).get("const") == kind_of(table), shared, -len(keys)

    return max(parts, key=likeness)
