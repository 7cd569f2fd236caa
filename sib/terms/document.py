"""terms: a contract as a plain document that amendments change, each key with the line that says it."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any

from sib.errors import NotValid, Problem
from sib.terms.amendments import Amendment, Change, Written
from sib.terms.places import Path

_FIXED = {
    "contract": ("id", "version", "currency", "in_force_from", "judged_at"),
    "part": ("id",),
    "row": ("metric",),
}
SINGLE = ("words", "simulation", "forecast")
"""Tables that there is one of; a change names them by `true`."""
_BY_NAME = ("quantity", "condition", "amount")
_IS_ID = "an id stands for a part as long as there is one: end the part and add another"
_MENDS = {
    "id": _IS_ID,
    "metric": "end the row, and write the card's `rows` anew",
    "currency": "another currency is another contract",
    "version": "take it out: the version follows from the amendment's number",
    "in_force_from": "take it out: it follows from `effective_from`",
    "judged_at": "take it out: write it in [amendment]",
}


@dataclass(frozen=True, slots=True)
class Document:
    """A contract's data with defaults filled in.

    ``lines`` count on from file to file, as if each amendment stood below the contract in one text; ``files`` holds
    each file with the number of lines above it, ``height`` all lines so far.
    """

    data: dict[str, Any]
    lines: dict[Path, int]
    defaults: Mapping[str, Any]
    files: tuple[tuple[str, int], ...]
    height: int


@dataclass(slots=True)
class _Work:
    """One amendment being put into a document of its own."""

    data: dict[str, Any]
    lines: dict[Path, int]
    defaults: Mapping[str, Any]
    written: Written
    above: int
    problems: list[Problem] = field(default_factory=list)

    @property
    def effective_from(self) -> date:
        return self.written.amendment.amendment.effective_from

    def refuse(self, path: Path, code: str, what: str, mend: str) -> None:
        self.problems.append(self.written.where.problem(path, code, what, mend))

    def moved(self, path: Path, source: Path) -> None:
        """Forget where the parts of ``path`` stood, and note the amendment's lines for them."""
        self.lines = {part: line for part, line in self.lines.items() if part[: len(path)] != path}
        self.lines[path] = self.above + (self.written.located.line_of(source) or 1)
        for part, line in self.written.located.lines.items():
            if part[: len(source)] == source:
                self.lines[(*path, *part[len(source) :])] = self.above + line


def changed(document: Document, written: Written, version: int) -> Document:
    """Return the document with an amendment's changes; raises NotValid where a change cannot be made."""
    work = _Work(deepcopy(document.data), dict(document.lines), document.defaults, written, document.height)
    amendment: Amendment = written.amendment
    for place, change in enumerate(amendment.change):
        _apply(work, ("change", place), change)
    if work.problems:
        raise NotValid(work.problems)
    header = work.data["contract"]
    header |= {"version": version, "in_force_from": work.effective_from, "judged_at": amendment.amendment.judged_at}
    files = (*document.files, (written.file, document.height))
    return Document(work.data, work.lines, document.defaults, files, document.height + written.text.count("\n") + 1)


def _apply(work: _Work, source: Path, change: Change) -> None:
    sort, name = change.part
    if change.add is not None:
        _add(work, source, sort, name, change.add)
        return
    path = _found(work, sort, name)
    if path is None:
        known = [str(each) for each in _names(work, sort)]
        near = get_close_matches(str(name), known, 1, 0.5)
        mend = f"did you mean `{near[0]}`?" if near else f"write one of: {', '.join(known) or '(there is none)'}"
        what = f"there is no table `{sort}`" if name is True else f"no {sort} is called `{name}`"
        work.refuse((*source, sort), "contract.unknown-name", what, mend)
    elif change.end:
        _end(work, source, path)
    else:
        _edit(work, source, path, change)


def _names(work: _Work, sort: str) -> Iterator[Any]:
    """What parts of a sort are called: ids, names, or places from 1."""
    parts = work.data.get(sort, {})
    if sort == "contract":
        yield parts["id"]
    elif sort in SINGLE:
        yield from [True] * (sort in work.data)
    elif isinstance(parts, dict):
        yield from parts
    else:
        yield from (part.get("id", place) for place, part in enumerate(parts, 1))
    if sort == "payment":
        yield from (name for _, name in _rows(work))


def _found(work: _Work, sort: str, name: str | int) -> Path | None:
    """Where a part stands; a payment may also be the row of a rate card."""
    parts = work.data.get(sort, [])
    if sort == "contract":
        return (sort,) if name == parts["id"] else None
    if sort in SINGLE:
        return (sort,) if sort in work.data else None
    if isinstance(parts, dict):
        return (sort, name) if name in parts else None
    for place, part in enumerate(parts):
        if name in (part.get("id"), place + 1):
            return (sort, place)
    return next((path for path, called in _rows(work) if called == name), None) if sort == "payment" else None


def _rows(work: _Work) -> Iterator[tuple[Path, str]]:
    """The rows of all rate cards and what their payments are called; what a change has spoilt the reader refuses."""
    for place, card in enumerate(work.data.get("rate_card", ())):
        rows = card.get("rows")
        for index, row in enumerate(rows if isinstance(rows, list) else ()):
            if isinstance(row, dict) and "metric" in row:
                name = f"{card['id']}_{row['metric']}" if "id" in card else row["metric"]
                yield ("rate_card", place, "rows", index), name


def _add(work: _Work, source: Path, sort: str, name: str | int, values: Mapping[str, Any]) -> None:
    """Put a new part last in its list, or at the place it names; the contract's defaults hold for it too."""
    if sort == "contract":
        work.refuse((*source, sort), "amendment.change", "a contract cannot be added to itself", "write `set`")
        return
    if not _is_place(name) and _found(work, sort, name):
        mend = "give it another id, or write `set`"
        work.refuse((*source, sort), "contract.same-id", f"there is {_said(sort, name)} already", mend)
        return
    if sort in SINGLE:
        work.data[sort] = deepcopy(dict(values))
        work.moved((sort,), (*source, "add"))
        return
    if sort in _BY_NAME:
        work.data.setdefault(sort, {})[name] = deepcopy(dict(values))
        work.moved((sort, name), (*source, "add"))
        return
    parts = work.data.setdefault(sort, [])
    own = {"id": name} if isinstance(name, str) else {}
    place = len(parts) if isinstance(name, str) else min(name - 1, len(parts))
    _shift(work, (sort,), place, 1)
    parts.insert(place, {**work.defaults.get(sort, {}), **own, **deepcopy(dict(values))})
    work.moved((sort, place), (*source, "add"))


def _is_place(name: str | int) -> bool:
    return isinstance(name, int) and name is not True


def _said(sort: str, name: str | int) -> str:
    return f"the table `{sort}`" if name is True else f"a {sort} `{name}`"


def _end(work: _Work, source: Path, path: Path) -> None:
    """Take a part out; those after it move up."""
    if path == ("contract",):
        work.refuse((*source, "contract"), "amendment.change", "a contract is not ended so", "set its `ends_on`")
        return
    *above, last = path
    del _at(work.data, tuple(above))[last]
    work.lines = {part: line for part, line in work.lines.items() if part[: len(path)] != path}
    if isinstance(last, int):
        _shift(work, tuple(above), last, -1)


def _shift(work: _Work, above: Path, place: int, by: int) -> None:
    """Move the lines of a list's elements from ``place`` on."""
    moved: dict[Path, int] = {}
    for part, line in work.lines.items():
        if part[: len(above)] == above and len(part) > len(above):
            at = part[len(above)]
            if isinstance(at, int) and at >= place:
                moved[(*above, at + by, *part[len(above) + 1 :])] = line
                continue
        moved[part] = line
    work.lines = moved


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def _edit(work: _Work, source: Path, path: Path, change: Change) -> None:
    part = _at(work.data, path)
    if not isinstance(part, dict):
        mend = "end it, and add the part that shall stand there"
        work.refuse(source, "amendment.change", f"`{path[-1]}` is another name for `{part}`: it has no keys", mend)
        return
    _refuse_fixed(work, source, path, change)
    for key in change.leave_out:
        if key not in part:
            what = f"there is no `{key}` to leave out"
            work.refuse((*source, "leave_out"), "amendment.change", what, f"it has: {', '.join(part)}")
        part.pop(key, None)
        work.moved((*path, key), (*source, "leave_out"))
    _set(work, part, path, change.set or {}, (*source, "set"))
    _from_then(work, part, path, change.from_then or {}, (*source, "from_then"))


def _refuse_fixed(work: _Work, source: Path, path: Path, change: Change) -> None:
    """Keys by which a part is known, or that follow from the amendment itself, are not changed."""
    fixed = _FIXED["contract"] if path == ("contract",) else _FIXED["row" if "rows" in path else "part"]
    deeds = {"set": change.set or (), "from_then": change.from_then or (), "leave_out": change.leave_out}
    for deed, keys in deeds.items():
        for key in (key for key in keys if key in fixed):
            place = (*source, deed) if deed == "leave_out" else (*source, deed, key)
            work.refuse(place, "amendment.change", f"`{key}` cannot be changed", _MENDS[key])


def _set(work: _Work, part: dict[str, Any], path: Path, values: Mapping[str, Any], source: Path) -> None:
    for key, value in values.items():
        inside = part.get(key)
        if isinstance(value, dict) and isinstance(inside, dict) and "kind" not in value:
            _set(work, inside, (*path, key), value, (*source, key))
        else:
            part[key] = deepcopy(value)
            work.moved((*path, key), (*source, key))


def _from_then(work: _Work, part: dict[str, Any], path: Path, values: Mapping[str, Any], source: Path) -> None:
    for key, value in values.items():
        inside, place = part.get(key), (*source, key)
        if isinstance(value, dict) and "value" not in value:
            if isinstance(inside, dict):
                _from_then(work, inside, (*path, key), value, place)
            else:
                what = f"there is no table `{key}` with numbers in it"
                work.refuse(place, "amendment.change", what, "name keys of the part as it stands")
        elif inside is None or isinstance(inside, dict):
            what = f"there is no number `{key}` that another could follow"
            work.refuse(place, "amendment.change", what, "write `set`, or name a number of the part")
        else:
            part[key] = [*_as_dated(inside), _dated(work, value, place)]
            work.moved((*path, key), place)


def _as_dated(value: Any) -> list[Any]:
    """What held before, as a list of dated numbers; no limit is none."""
    if isinstance(value, list):
        return value
    return [] if value == "none" else [{"value": value}]


def _dated(work: _Work, value: Any, source: Path) -> dict[str, Any]:
    """A number that holds from the amendment's first day, or from a later day that it names."""
    number = f"Amendment {work.written.amendment.amendment.number}"
    given = value if isinstance(value, dict) else {"value": value}
    dated = {"from": work.effective_from, "clause": number, **given}
    if isinstance(dated["from"], date) and dated["from"] < work.effective_from:
        what = "the number would hold from before the amendment does"
        work.refuse(source, "amendment.order", what, f"write {work.effective_from} or a later day, or leave `from` out")
    return dated
