"""terms: a fault that the schema found, in plain words: what is wrong, what belongs there, how to mend it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from sib.terms.fault import other_sort
from sib.terms.keys import free_keys, kind_of, kinds_in, members, nearest, owner, said_at, table_at, value_at
from sib.terms.places import Path
from sib.terms.written import mended_day, mended_number

_SORTS = ("quantity", "condition", "amount")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Told:
    """A fault in words."""

    code: str
    what: str
    mend: str
    value: str | None = None
    expected: str | None = None


@dataclass(frozen=True, slots=True)
class _Slot:
    """The place of a fault: what the schema says of it, and what the document has there."""

    model: type[BaseModel]
    path: Path
    data: Any
    name: str
    said: Mapping[str, Any]
    members: list[Mapping[str, Any]]

    @property
    def sort(self) -> str | None:
        """The sort of rule that is asked for there, if one is."""
        kinds = set(kinds_in(self.members))
        found = (sort for sort, kind in zip(_SORTS, ("number", "compare", "price"), strict=True) if kind in kinds)
        return next(found, None)

    @property
    def words(self) -> list[str]:
        """The closed list of words that may stand there."""
        listed = (each.get("enum", [each["const"]] if "const" in each else []) for each in self.members)
        return [word for words in listed for word in words if isinstance(word, str)]


def told(fault: ErrorDetails, path: Path, data: Any, model: type[BaseModel]) -> Told:
    """Say a fault of the document, with the words of the very place it stands in."""
    said = said_at(model, path, data)
    slot = _Slot(model, path, data, _name_of(path), said, members(model, said))
    if fault["type"] == "extra_forbidden":
        mend = _known_key(slot)
        return Told("contract.unknown-key", f"the key `{slot.name}` is not known here", mend)
    described = said.get("description")
    if fault["type"] == "missing":
        mend = f"add `{slot.name}`" + (f": {described}" if described else "") + _one_of(slot.words, "; write one of: ")
        return Told("contract.missing-key", f"`{slot.name}` is missing", mend)
    if fault["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return _unknown_kind(slot, value_at(data, path))
    value = fault.get("input")
    shown = None if isinstance(value, dict | list | tuple | BaseModel) else str(value)[:_LONGEST]
    what, mend = _plain(fault, slot)
    return Told("contract.bad-value", f"`{slot.name}`: {what}", mend, shown, described)


def together(found: list[tuple[Path, ErrorDetails, Told]]) -> list[tuple[Path, Told]]:
    """One fault for each value, where a place that takes several sorts of value says of each why it is not that."""
    answer: dict[tuple[Path, str], Told] = {}
    seen: dict[tuple[Path, str], list[tuple[ErrorDetails, Told]]] = {}
    for path, fault, each in found:
        one_value = each.code == "contract.bad-value" and not isinstance(fault["input"], dict)
        seen.setdefault((path, "" if one_value else each.what), []).append((fault, each))
    for (path, what), several in seen.items():
        inside = any(other[: len(path)] == path and len(other) > len(path) for other, _ in seen)
        if not (inside and isinstance(several[0][0]["input"], list)):
            answer[path, what] = _likeliest(several)
    return [(path, each) for (path, _), each in answer.items()]


def _likeliest(several: list[tuple[ErrorDetails, Told]]) -> Told:
    """The mend that fits what is written best, else all of them in turn."""
    for fault, each in several:
        if fault["type"] == "int_type" and str(fault["input"]).isdigit():
            return each
        if fault["type"] == "literal_error" and _near(str(fault["input"]), _words_of(fault)):
            return each
    mends = dict.fromkeys(each.mend for _, each in several)
    return replace(several[0][1], mend="; or ".join(mends))


def _name_of(path: Path) -> str:
    """What stands at a path, in a word: its key, or its list and place."""
    *above, last = path or ("the file",)
    return f"{above[-1]} {last + 1}" if isinstance(last, int) and above else str(last)


def _one_of(words: Iterable[str], before: str = "write one of: ") -> str:
    listed = ", ".join(words)
    return f"{before}{listed}" if listed else ""


def _near(written: str, words: list[str]) -> str | None:
    """The word that was meant, if one is like what is written or begins with it."""
    longer = (word for word in words if word.startswith(f"{written} "))
    return nearest(written, words) or next(longer, None)


def _known_key(slot: _Slot) -> str:
    """The key that was meant: one that is like it, else the only one that is missing; else those there are."""
    free, table = free_keys(slot.model, slot.path, slot.data), table_at(slot.model, slot.path, slot.data)
    known = sorted(table.get("properties", {}))
    missing = [key for key in table.get("required", ()) if key in free]
    only = missing[0] if len(missing) == 1 else None
    if near := nearest(slot.name, free) or only or nearest(slot.name, known):
        return f"did you mean `{near}`?"
    return "take it out" + _one_of(known, "; what may stand here: ")


def _kinds(model: type[BaseModel], sort: str) -> list[str]:
    return kinds_in(members(model, said_at(model, (sort, "any"), {})))


def _unknown_kind(slot: _Slot, value: Any) -> Told:
    code, chosen, kinds = "contract.unknown-kind", kind_of(value), kinds_in(slot.members)
    if written := bare_rule(slot, value):
        described = slot.said.get("description")
        return Told(code, f"`{slot.name}`: this is no rule", written, str(value)[:_LONGEST], described)
    mend = "write a name, or a table with `kind`" + _one_of(kinds, ", which is one of: ")
    if chosen is None:
        return Told(code, f"`{slot.name}` has no kind that can stand here", mend)
    others = [sort for sort in _SORTS if slot.sort and chosen in _kinds(slot.model, sort)]
    if others:
        what, turn = other_sort(str(chosen), others[0], str(slot.sort))
        return Told(code, what, f"{turn}; or {mend}")
    near = nearest(str(chosen), kinds)
    meant = f"did you mean `{near}`? " if near else ""
    return Told(code, f"no primitive `{chosen}` can stand in `{slot.name}`", meant + mend)


_UNITS = {"rate": "yearly rate", "principal_share": "share of principal"}
"""Quantities whose unit the format gives."""


def bare_rule(slot: _Slot, value: Any) -> str | None:
    """How a number is written where a rule is asked for; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    text = mended_number(str(value))
    if text is None or slot.sort not in ("amount", "quantity"):
        return None
    if slot.sort == "amount":
        return f'write {{ kind = "fixed", amount = "{text}" }}, or the name of an amount'
    unit = _UNITS.get(slot.name, "its unit")
    return f'write {{ kind = "number", value = "{text}", unit = "{unit}" }}, or the name of a quantity'


_MENDS = {
    "date_type": ("this is not a date", "write a day that exists, without quotation marks or time, as 2024-03-31"),
    "bool_type": ("this is neither yes nor no", "write true or false, without quotation marks"),
    "string_too_short": ("it is empty", "write what it should say"),
    "too_short": ("it is empty", "write at least one"),
}
_ID = "use lower-case letters, digits and underscores only, and begin with a letter"


def _plain(fault: ErrorDetails, slot: _Slot) -> tuple[str, str]:
    """What is wrong with a value and how to mend it, in plain words."""
    kind, said, value = fault["type"], fault["msg"].removeprefix("Value error, "), fault["input"]
    if kind in ("literal_error", "enum"):
        words = _words_of(fault)
        near = _near(str(value), words)
        return "this cannot stand here", (f"did you mean “{near}”? " if near else "") + _one_of(words)
    if kind == "string_pattern_mismatch":
        if (written := bare_rule(slot, value)) is not None:
            return "this is no rule", written
        if "A-Z" in str(fault.get("ctx", {}).get("pattern")):
            return "this is not a currency", "write three capital letters, such as USD"
        return "this is not an id", _ID
    if kind in _SHAPES:
        what, mend = _SHAPES[kind](slot, value)
        return what, mend
    if kind in _MENDS:
        what, mend = _MENDS[kind]
        day = mended_day(value) if kind == "date_type" else None
        return what, f"write {day} without quotation marks" if day else mend
    if said.startswith("Input should be "):
        return "this cannot stand here", "write a value " + said.removeprefix("Input should be ")
    what, _, mend = said.partition(": ")
    if "is not a plain number" in what and (better := _better_number(slot, str(value))):
        mend = better
    unfit = "its keys do not fit together" if isinstance(value, dict) else "this cannot stand here"
    return (what, mend) if mend else (unfit, said)


def _words_of(fault: ErrorDetails) -> list[str]:
    words = fault["msg"].removeprefix("Input should be ").replace("'", "").replace(" or ", ", ")
    return words.split(", ")


_SHARES = ("share", "rate", "yearly", "weight")
"""Keys whose number is always a part of one: 0.4 is forty per cent."""


def _better_number(slot: _Slot, text: str) -> str | None:
    """How a number with a sign, a comma or a unit is written; a name where another key takes one."""
    keys = owner(slot.model, slot.path, slot.data)
    if "than" in keys and text.isidentifier():
        return f'write a number; or, for another quantity, than = "{text}" in place of `{slot.name}`'
    better = mended_number(text)
    if better is None:
        return None
    mend = f'write "{better}"'
    if "%" in text and slot.name not in _SHARES:
        mend += f', or "{text.partition("%")[0].strip()}" where the unit is per cent or percentage points'
    return mend


def _text(_: _Slot, value: Any) -> tuple[str, str]:
    simple = isinstance(value, int | date) and not isinstance(value, bool)
    return "this is not text", "write text in quotation marks" + (f': "{value}"' if simple else "")


def _whole(_: _Slot, value: Any) -> tuple[str, str]:
    digits = isinstance(value, str) and value.isdigit()
    mend = "write a whole number without quotation marks" + (f": {value}" if digits else "")
    return "this is not a whole number", mend


def _list(slot: _Slot, value: Any) -> tuple[str, str]:
    if isinstance(value, dict) and len(slot.path) == 1:
        return "this is one table, and several may stand here", f"write a list: [[{slot.name}]] with double brackets"
    if isinstance(value, str):
        return "this is not a list", f'write a list in square brackets: ["{value}"]'
    return "this is not a list", "write a list in square brackets, or tables under [[double brackets]]"


def _table(slot: _Slot, value: Any) -> tuple[str, str]:
    if isinstance(value, list):
        return "this is a list, and one table stands here", f"write one table, [{slot.name}] with single brackets"
    table = next(each for each in slot.members if each.get("type") == "object")
    keys = ", ".join(f"{key} = …" for key in table.get("required", ()))
    return "this is not a table", "write a table: keys and values under [brackets] or between braces" + (
        f": {{ {keys} }}" if keys else ""
    )


_SHAPES: Mapping[str, Any] = {
    "string_type": _text,
    "int_type": _whole,
    "tuple_type": _list,
    **dict.fromkeys(("model_type", "mapping_type", "dict_type"), _table),
}
