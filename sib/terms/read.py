"""terms: ``contract.toml`` read into a frozen Contract, or refused with every problem at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from hashlib import sha256
from pathlib import Path as File
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sib.errors import Missing, NotValid, Problem
from sib.terms.check import findings
from sib.terms.contract import Contract
from sib.terms.lint import advice
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
        raise Missing(
            Problem(code="file.absent", what=f"there is no file {file}", mend="check the path", file=str(file))
        )
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


def advised(agreed: Agreed) -> tuple[Problem, ...]:
    """Everything worth a look in a contract that was read, each with its line, in the order of the file; no errors."""
    located = read_toml(agreed.text, agreed.file)
    where = Where(located, agreed.file, with_defaults(located.data)[1])
    found = [where.problem(each.path, each.code, each.what, each.mend) for each in advice(agreed.contract)]
    return tuple(sorted(found, key=lambda problem: problem.line or 0))


def parse_contract(text: str, file: str = "contract.toml") -> Agreed:
    """Read a contract's text; errors as ``read_contract``."""
    located = read_toml(text, file)
    data, defaults = with_defaults(located.data)
    where = Where(located, file, defaults)
    contract = terms_of(data, where, _idle_defaults(located.data, where))
    return Agreed(contract, text, sha256(text.encode()).hexdigest(), file)


def terms_of(data: Mapping[str, Any], where: "Where", also: Iterable[Problem] = ()) -> Contract:
    """Make the contract that a document says; raises NotValid with its problems, and those found before, by line."""
    problems = list(also)
    try:
        contract: Contract = validated(Contract, data, where)
    except NotValid as error:
        problems += error.problems
    else:
        problems += [where.problem(found.path, found.code, found.what, found.mend) for found in findings(contract)]
    if problems:
        raise NotValid(sorted(problems, key=lambda problem: problem.line or 0))
    return contract


def with_defaults(data: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """Copy ``[defaults.metric]`` and the like into each element that does not say otherwise."""
    merged = {key: value for key, value in data.items() if key != "defaults"}
    written = data.get("defaults")
    shares = {
        name: shared
        for name, shared in (written.items() if isinstance(written, dict) else ())
        if isinstance(shared, dict) and isinstance(merged.get(name), list)
    }
    for name, shared in shares.items():
        merged[name] = [{**shared, **element} if isinstance(element, dict) else element for element in merged[name]]
    return merged, shares


def _idle_defaults(data: Mapping[str, Any], where: "Where") -> Iterator[Problem]:
    """Defaults that share with nothing, because of a slip in a name: left alone, they would go unnoticed."""
    written = data.get("defaults", {})
    lists = sorted(name for name, value in data.items() if isinstance(value, list))
    if not isinstance(written, dict):
        yield where.problem(("defaults",), "contract.bad-value", "`defaults` is not a table", "write [defaults.metric]")
        return
    for name in written:
        if name not in where.defaults:
            near = get_close_matches(name, lists, 1, 0.5)
            mend = f"did you mean `[defaults.{near[0]}]`?" if near else f"share with one of: {', '.join(lists)}"
            what = f"there are no [[{name}]] to share with"
            yield where.problem(("defaults", name), "contract.unknown-key", what, mend)


@dataclass(frozen=True, slots=True)
class Where:
    """Turns a path inside the data into a problem with file, line and words for the place."""

    located: Located
    file: str
    defaults: Mapping[str, Any]

    def problem(
        self, path: Path, code: str, what: str, mend: str, value: str | None = None, expected: str | None = None
    ) -> Problem:
        """Place a problem; what stands in ``[defaults]`` is reported there, once."""
        if path not in self.located.lines and len(path) > 2 and path[2] in self.defaults.get(str(path[0]), {}):
            path = ("defaults", path[0], *path[2:])
        line = self.located.line_of(path)
        return Problem(code, what, mend, value, expected, self.file, line, self.words(path))

    def words(self, path: Path) -> str:
        """Name the place as a reader counts: ``metric 3 (level1_qual), unit``."""
        said: list[str] = []
        node: Any = with_defaults(self.located.data)[0]
        for step in path:
            node = _step_into(node, step)
            if isinstance(step, int):
                name = node.get("id") or node.get("metric") or node.get("pays") if isinstance(node, dict) else None
                said[-1:] = [
                    f"{said[-1] if said else ''} {step + 1}{f' ({name})' if isinstance(name, str) else ''}".strip()
                ]
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
        # a list whose elements are all at fault is also called too short; it is not
        faults = [fault for fault in error.errors() if fault["type"] != "too_short" or not fault["input"]]
        problems = {str(told): told for told in (_translated(fault, data, model, where) for fault in faults)}
        raise NotValid(sorted(problems.values(), key=lambda problem: problem.line or 0)) from None


def _translated(fault: ErrorDetails, data: Any, model: type[BaseModel], where: Where) -> Problem:
    path = _data_path(fault["loc"], data, fault["type"] == "missing")
    name = str(path[-1]) if path else "the file"
    described = _owner(model, path, data).get(name, {}).get("description")
    if fault["type"] == "extra_forbidden":
        near = get_close_matches(name, sorted(_owner(model, path, data)), 1, 0.6)
        mend = f"did you mean `{near[0]}`?" if near else "take it out, or look the key up in the format's reference"
        return where.problem(path, "contract.unknown-key", f"the key `{name}` is not known here", mend)
    if fault["type"] == "missing":
        mend = f"add `{name}`" + (f": {described}" if described else "")
        return where.problem(path, "contract.missing-key", f"`{name}` is missing", mend)
    if fault["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return _unknown_kind(fault, path, name, data, where)
    value = fault.get("input")
    shown = None if isinstance(value, dict | list | tuple | BaseModel) else str(value)[:40]
    what, mend = _plain(fault)
    return where.problem(path, "contract.bad-value", f"`{name}`: {what}", mend, shown, described)


def _unknown_kind(fault: ErrorDetails, path: Path, name: str, data: Any, where: Where) -> Problem:
    chosen = _kind_of(_value_at(data, path))
    tags = [tag.strip(" '") for tag in str(fault.get("ctx", {}).get("expected_tags", "")).split(",")]
    kinds = ", ".join(tag for tag in tags if tag not in ("", "name"))
    what = f"no primitive `{chosen}` can stand in `{name}`" if chosen else f"`{name}` has no kind that can stand here"
    mend = "write a name, or a table with `kind`" + (f", which is one of: {kinds}" if kinds else "")
    return where.problem(path, "contract.unknown-kind", what, mend)


_MENDS = {
    "date_type": ("this is not a date", "write a day that exists, without quotation marks or time, as 2024-03-31"),
    "string_type": ("this is not text", "write text in quotation marks"),
    "int_type": ("this is not a whole number", "write a whole number without quotation marks"),
    "string_too_short": ("it is empty", "write what it should say"),
    "too_short": ("it is empty", "write at least one"),
    "tuple_type": ("this is not a list", "write a list in square brackets, or tables under [[double brackets]]"),
    "model_type": ("this is not a table", "write a table: keys and values under [brackets] or between braces"),
    "mapping_type": ("this is not a table", "write a table: keys and values under [brackets] or between braces"),
}
_ID = "use lower-case letters, digits and underscores only, and begin with a letter"


def _plain(fault: ErrorDetails) -> tuple[str, str]:
    """What is wrong with a value and how to mend it, in plain words."""
    kind, said = fault["type"], fault["msg"].removeprefix("Value error, ")
    if kind in ("literal_error", "enum"):
        words = said.removeprefix("Input should be ").replace("'", "").replace(" or ", ", ")
        return "this cannot stand here", f"write one of: {words}"
    if kind == "string_pattern_mismatch":
        pattern = str(fault.get("ctx", {}).get("pattern"))
        return ("this is not an id", _ID) if "_" in pattern else ("this is not a code", f"write it as {pattern}")
    if kind in _MENDS:
        return _MENDS[kind]
    if said.startswith("Input should be "):
        return "this cannot stand here", "write a value " + said.removeprefix("Input should be ")
    what, _, mend = said.partition(": ")
    return (what, mend) if mend else ("this cannot stand here", said)


def _data_path(loc: tuple[str | int, ...], data: Any, missing: bool) -> Path:
    """Pydantic's path without the tags of union members, which are not keys of the file."""
    path: list[str | int] = []
    node, tag_may_follow = data, False
    for place, step in enumerate(loc):
        if tag_may_follow and step == ("name" if isinstance(node, str) else _kind_of(node)):
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


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """Made once: it takes longer than all the reading."""
    return model.model_json_schema()


def _owner(model: type[BaseModel], path: Path, data: Any) -> Mapping[str, Any]:
    """The keys, with what the schema says of each, of the part of the format that the table around a path is.

    A table does not say which part it is: of the parts of its kind, it is the one that shares most keys with it.
    """
    schema = _schema(model)
    if len(path) < 2:
        return dict(schema["properties"])
    around = (_value_at(data, path[:end]) for end in range(len(path) - 1, -1, -1))
    table = next(node for node in around if isinstance(node, dict))
    parts: list[dict[str, Any]] = [part["properties"] for part in schema["$defs"].values() if "properties" in part]

    def likeness(keys: dict[str, Any]) -> tuple[bool, int, int]:
        shared = len(set(keys) & set(table))
        return keys.get("kind", {}).get("const") == _kind_of(table), shared, -len(keys)

    return max(parts, key=likeness)
