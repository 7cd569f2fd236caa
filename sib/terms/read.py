"""terms: ``contract.toml`` read into a frozen Contract, or refused with every problem at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path as File
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sib.errors import Missing, NotValid, Problem
from sib.terms.check import findings
from sib.terms.contract import Contract
from sib.terms.fault import Finding
from sib.terms.keys import data_path, faults_of, step_into
from sib.terms.lint import NO_CASES, Cases, advice
from sib.terms.lint.folded import folded
from sib.terms.mended import despite
from sib.terms.places import Located, Path, read_toml
from sib.terms.told import together, told

_LARGEST, _LARGEST_CASE = 10**6, 5 * 10**7
"""Bytes of a contract, and of a case with many people; the largest contract that we know has twenty thousand."""
_MOST = 200
"""Faults told one by one: who has more has made the same one often."""


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
    return parse_contract(text_of(file, _LARGEST), str(file))


def text_of(file: File, most: int = _LARGEST_CASE) -> str:
    """Read UTF-8 text of at most so many bytes; a byte-order mark and Windows line ends are tolerated.

    Raises Missing where there is nothing to read, NotValid for what is no text or too much of it.
    """
    if not file.is_file():
        mend = "check the path" if file.name != "contract.toml" else "check the path; sib contract new makes a contract"
        raise Missing(Problem(code="file.absent", what=f"there is no file {file}", mend=mend, file=str(file)))
    try:
        if (size := file.stat().st_size) > most:
            what = f"the file has {size:,} bytes, and at most {most:,} are read"
            mend = "look whether it is the right file; a contract has some ten thousand"
            raise NotValid(Problem(code="file.too-large", what=what, mend=mend, file=str(file)))
        return file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        what = f"{file} cannot be read: {error.strerror}"
        raise Missing(Problem(code="file.unreadable", what=what, mend="look who may read it", file=str(file))) from None
    except UnicodeDecodeError as error:
        raise NotValid(
            Problem(
                code="file.not-utf8",
                what=f"byte {error.start + 1} of the file is not UTF-8 text",
                mend="save the file as UTF-8",
                file=str(file),
            )
        ) from None


def advised(agreed: Agreed, cases: Cases = NO_CASES) -> tuple[Problem, ...]:
    """Everything worth a look in a contract that was read, each with its line, in the order of the file; no errors.

    What many parts have alike is told once; what ``cases`` answer is not told.
    """
    located = read_toml(agreed.text, agreed.file)
    where = Where(located, agreed.file, with_defaults(located.data)[1])
    found = _placed(advice(agreed.contract, cases), where)
    return tuple(folded(sorted(found, key=lambda problem: problem.line or 0)))


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
        if len(error.problems) < _MOST:
            problems += _despite(data, where, {str(problem) for problem in problems})
    else:
        found = findings(contract)
        problems += _placed(found[:_MOST], where)
        problems += _more(len(found) - _MOST, where)
    if problems:
        raise NotValid(sorted(problems, key=lambda problem: problem.line or 0))
    return contract


def _despite(data: Mapping[str, Any], where: "Where", known: set[str]) -> list[Problem]:
    """What else is wrong in a document with faults, as far as it can be known."""
    beside = despite(data)
    where = replace(where, meant=beside.meant)
    found = [*_placed(beside.findings, where), *_told(beside.faults, Contract, where)]
    return [problem for problem in found if str(problem) not in known]


def _placed(found: Iterable[Finding], where: "Where") -> list[Problem]:
    return _once((each.path, where.problem(each.path, each.code, each.what, each.mend)) for each in found)


def with_defaults(data: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """Copy ``[defaults.metric]`` and the like into each element that does not say otherwise."""
    merged = {key: value for key, value in data.items() if key != "defaults"}
    written = data.get("defaults")
    shares = {
        name: shared
        for name, shared in (_meant(written, merged) if isinstance(written, dict) else ())
        if isinstance(shared, dict) and isinstance(merged.get(name), list)
    }
    for name, shared in shares.items():
        merged[name] = [{**shared, **element} if isinstance(element, dict) else element for element in merged[name]]
    return merged, shares


def _meant(written: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Defaults under the list they are meant for, so that a slip in its name is told once, not with every element."""
    for name, shared in written.items():
        near = [] if name in data else get_close_matches(name, sorted(set(data) - set(written)), 1, 0.5)
        yield near[0] if near else name, shared


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
    meant: Mapping[Path, Path] = field(default_factory=dict)
    """Paths as they were meant, and as they are written."""

    def problem(
        self, path: Path, code: str, what: str, mend: str, value: str | None = None, expected: str | None = None
    ) -> Problem:
        """Place a problem; what stands in ``[defaults]`` is reported there, once."""
        for meant, written in self.meant.items():
            path = (*written, *path[len(meant) :]) if path[: len(meant)] == meant else path
        if path not in self.located.lines and len(path) > 2 and path[2] in self.defaults.get(str(path[0]), {}):
            path = ("defaults", path[0], *path[2:])
        line = self.located.line_of(path)
        return Problem(code, what, mend, value, expected, self.file, line, self.words(path))

    def words(self, path: Path) -> str:
        """Name the place as a reader counts: ``metric 3 (level1_qual), unit``."""
        said: list[str] = []
        node: Any = with_defaults(self.located.data)[0]
        for step in path:
            node = step_into(node, step)
            if isinstance(step, int):
                name = node.get("id") or node.get("metric") or node.get("pays") if isinstance(node, dict) else None
                said[-1:] = [
                    f"{said[-1] if said else ''} {step + 1}{f' ({name})' if isinstance(name, str) else ''}".strip()
                ]
            else:
                said.append(step)
        return ", ".join(said)


def validated(model: type[Any], data: Mapping[str, Any], where: Where) -> Any:
    """Make a frozen value of ``data``; raises NotValid with every fault in the order of the file."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = faults_of(error)
        problems = _told([(fault, data) for fault in faults[:_MOST]], model, where)
        raise NotValid(
            [*sorted(problems, key=lambda problem: problem.line or 0), *_more(len(faults) - _MOST, where)]
        ) from None


def _told(faults: Iterable[tuple[ErrorDetails, Any]], model: type[BaseModel], where: Where) -> list[Problem]:
    """Faults with the document that each was seen in, in words and with their lines."""
    placed = [(data_path(fault["loc"], data, fault["type"] == "missing"), fault, data) for fault, data in faults]
    said = together([(path, fault, told(fault, path, data, model)) for path, fault, data in placed])
    return _once(
        (path, where.problem(path, each.code, each.what, each.mend, each.value, each.expected)) for path, each in said
    )


def _once(found: Iterable[tuple[Path, Problem]]) -> list[Problem]:
    """Each problem once; what several parts share, as in their defaults, says how many do."""
    parts: dict[Problem, set[Path]] = {}
    for path, problem in found:
        parts.setdefault(problem, set()).add(path[:2])
    return [
        replace(problem, what=f"{problem.what} ({_others(len(same) - 1)})") if len(same) > 1 else problem
        for problem, same in parts.items()
    ]


def _others(count: int) -> str:
    return "and 1 more part that shares it" if count == 1 else f"and {count:,} more parts that share it"


def _more(count: int, where: Where) -> list[Problem]:
    """How many faults are not told one by one, if any."""
    what = f"{count:,} more faults stand in the file"
    return [Problem("contract.many", what, "mend these first", file=where.file)] if count > 0 else []
