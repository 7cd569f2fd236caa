"""terms: ``contract.toml`` read into a frozen Contract, or refused with every problem at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path as File
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sib.errors import Missing, NotValid, Problem
from sib.terms.check import findings
from sib.terms.contract import Contract
from sib.terms.places import Located, Path, read_toml


@dataclass(frozen=True, slots=True)
class Agreed:
    """A contract as read, with the text it was read from and that text's hash."""

    contract: Contract
    text: str
    sha256: str
    file: str


def read_contract(file: File) -> Agreed:
    """Read a contract file.

    Raises Missing when there is no such file, NotValid with every problem, its line and how to mend it.
    """
    return parse_contract(text_of(file), str(file))


def text_of(file: File) -> str:
    """Read UTF-8 text; a byte-order mark and Windows line ends are tolerated."""
    if not file.is_file():
        raise Missing(Problem(code="file.absent", what=f"there is no file {file}", mend="check the path", file=str(file)))
    try:
        return file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise NotValid(
            Problem(
                code="file.not-utf8",
                what=f"byte {error.start + 1} of the file is not UTF-8 text",
                mend="save the file as UTF-8",
                file=str(file),
            )
        ) from None


def parse_contract(text: str, file: str = "contract.toml") -> Agreed:
    """Read a contract's text; errors as ``read_contract``."""
    located = read_toml(text, file)
    data, defaults = with_defaults(located.data)
    where = Where(located, file, defaults)
    contract = validated(Contract, data, where)
    problems = [where.problem(finding.path, finding.code, finding.what, finding.mend) for finding in findings(contract)]
    if problems:
        raise NotValid(sorted(problems, key=lambda problem: problem.line or 0))
    return Agreed(contract, text, sha256(text.encode()).hexdigest(), file)


def with_defaults(data: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """Copy ``[defaults.metric]`` and the like into each element that does not say otherwise."""
    defaults = data.get("defaults", {})
    merged = {key: value for key, value in data.items() if key != "defaults"}
    if not isinstance(defaults, dict):
        return dict(data), {}
    for name, shared in defaults.items():
        elements = merged.get(name)
        if isinstance(elements, list) and isinstance(shared, dict):
            merged[name] = [{**shared, **element} if isinstance(element, dict) else element for element in elements]
    return merged, defaults


@dataclass(frozen=True, slots=True)
class Where:
    """Turns a path inside the data into a problem with file, line and words for the place."""

    located: Located
    file: str
    defaults: Mapping[str, Any]

    def problem(self, path: Path, code: str, what: str, mend: str, value: str | None = None) -> Problem:
        return Problem(
            code=code, what=what, mend=mend, value=value, file=self.file, line=self._line(path), place=self.words(path)
        )

    def _line(self, path: Path) -> int | None:
        if path not in self.located.lines and len(path) > 2 and path[2] in self.defaults.get(str(path[0]), {}):
            return self.located.line_of(("defaults", path[0], *path[2:]))
        return self.located.line_of(path)

    def words(self, path: Path) -> str:
        """Name the place as a reader counts: ``metric 3 (level1_qual), unit``."""
        said: list[str] = []
        node: Any = with_defaults(self.located.data)[0]
        for step in path:
            node = _step_into(node, step)
            if isinstance(step, int):
                name = node.get("id") or node.get("metric") or node.get("pays") if isinstance(node, dict) else None
                said[-1:] = [f"{said[-1] if said else ''} {step + 1}{f' ({name})' if isinstance(name, str) else ''}".strip()]
            else:
                said.append(step)
        return ", ".join(said)


def _step_into(node: Any, step: str | int) -> Any:
    try:
        return node[step]
    except (KeyError, IndexError, TypeError):
        return None


def validated(model: type[Any], data: Mapping[str, Any], where: Where) -> Any:
    """Make a frozen value of ``data``; raises NotValid with every fault in the order of the file."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = {str(problem): problem for problem in (_translated(fault, data, model, where) for fault in error.errors())}
        raise NotValid(sorted(problems.values(), key=lambda problem: problem.line or 0)) from None


def _translated(fault: ErrorDetails, data: Any, model: type[BaseModel], where: Where) -> Problem:
    path = _data_path(fault["loc"], data, fault["type"] == "missing")
    name = str(path[-1]) if path else "the file"
    kind, said = fault["type"], fault["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if kind == "extra_forbidden":
        near = get_close_matches(name, _known_keys(model), 1, 0.6)
        mend = f"did you mean `{near[0]}`?" if near else "take it out, or look the key up in the format's reference"
        return where.problem(path, "contract.unknown-key", f"the key `{name}` is not known here", mend)
    if kind == "missing":
        return where.problem(path, "contract.missing-key", f"`{name}` is missing", f"add `{name}`: {_describe(model, name)}")
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        chosen = _kind_of(_value_at(data, path))
        kinds = [tag.strip(" '") for tag in str(fault.get("ctx", {}).get("expected_tags", "")).split(",")]
        said = ", ".join(kind for kind in kinds if kind not in ("", "name"))
        return where.problem(
            path,
            "contract.unknown-kind",
            f"`{name}` has no kind that can stand here" if chosen is None else f"no primitive `{chosen}` can stand in `{name}`",
            f"write a name, or a table whose `kind` is one of: {said}" if said else "write a name, or a table with `kind`",
        )
    value = fault.get("input")
    shown = None if isinstance(value, dict | list | tuple | BaseModel) else str(value)
    return where.problem(path, "contract.bad-value", f"`{name}`: {_plain(kind, said)}", _describe(model, name), shown)


def _plain(kind: str, said: str) -> str:
    words = {
        "date_type": "this is not a date; write it without quotation marks, as 2024-03-31",
        "date_from_datetime_inexact": "write a date without a time, as 2024-03-31",
        "string_type": "write text in quotation marks",
        "int_type": "write a whole number without quotation marks",
        "string_too_short": "it is empty",
        "string_pattern_mismatch": "an id has lower-case letters, digits and underscores only, and begins with a letter",
        "too_short": "at least one is needed",
    }
    if kind in ("literal_error", "enum"):
        return "write one of: " + said.removeprefix("Input should be ").replace("'", "").replace(" or ", ", ")
    return words.get(kind, said[:1].lower() + said[1:])


def _data_path(loc: tuple[str | int, ...], data: Any, missing: bool) -> Path:
    """Pydantic's path without the tags of union members, which are not keys of the file."""
    path: list[str | int] = []
    node, tag_may_follow = data, False
    for place, step in enumerate(loc):
        if tag_may_follow and step in (_kind_of(node), "name"):
            tag_may_follow = False
        elif (isinstance(node, dict) and step in node) or (isinstance(node, list) and isinstance(step, int)):
            path.append(step)
            node, tag_may_follow = _step_into(node, step), True
        elif missing and place == len(loc) - 1:
            path.append(step)
    return tuple(path)


def _kind_of(node: Any) -> str | None:
    return node.get("kind") if isinstance(node, dict) else None


def _value_at(data: Any, path: Path) -> Any:
    for step in path:
        data = _step_into(data, step)
    return data


def _models(model: type[BaseModel]) -> Mapping[str, Any]:
    schema = model.model_json_schema()
    return {model.__name__: schema, **schema.get("$defs", {})}


def _known_keys(model: type[BaseModel]) -> list[str]:
    return sorted({key for part in _models(model).values() for key in part.get("properties", {})})


def _describe(model: type[BaseModel], name: str) -> str:
    for part in _models(model).values():
        said = part.get("properties", {}).get(name, {}).get("description")
        if said:
            return str(said)
    return "see the format's reference"
