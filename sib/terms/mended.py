"""terms: a document with faults, mended as far as can be guessed, so that what else is wrong is told in the same go.

The mended document is looked at and thrown away. What cannot be guessed gives way to a hole, and nothing is said of
whatever leans on a hole: a fault that is missed comes out next time, one that is not there would cost an hour.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sib.terms.check import findings
from sib.terms.contract import Contract
from sib.terms.fault import Finding
from sib.terms.keys import data_path, faults_of, free_keys, kind_of, nearest, value_at
from sib.terms.places import Path
from sib.terms.written import mended_day, mended_number

_HOLE = "what_cannot_be_read"
_ROUNDS = 12
"""How often it is tried; a rule with faults inside faults needs a few."""
_NAMING = ("payer", "payee", "metric", "cohort", "party", "tranche")
_SORTS = ("quantity", "condition", "amount")
_RULES = ("amount", "rule", "condition", "principal_share", "coupon", "borne_by")
"""Where rules stand in the parts of lists."""
_UNTOUCHING = ("name", "clause", "source", "illustrative", "evidence", "compared_with", "repeats", "better", "size")
"""Keys that no other part leans on."""
_NEEDED = ("id", "unit", "role", "counted_from", "kind", "pays", "to", "rows")
"""Keys without which a part is nothing."""
_LATE = {"opens": date.max, "closes": date.max}
_STANDS_IN: Mapping[str, Any] = {
    "name": "?",
    "clause": "?",
    "cap": "none",
    "evidence": ["?"],
    "compared_with": {"kind": "none", "words": "?"},
    "window": _LATE,
    "over": [_HOLE],
    **dict.fromkeys(_NAMING, _HOLE),
}
"""What may stand for a value that is not there, without saying anything by it."""
_HEADER: Mapping[str, Any] = {
    "id": _HOLE,
    "name": "?",
    "version": 1,
    "currency": "GBP",
    "starts_on": date.min,
    "ends_on": date.max,
    "rounding": "half up",
    "summary": "?",
}
_FIRST: Mapping[str, Any] = {
    "party": {"id": _HOLE, "name": "?", "role": "outcome payer"},
    "cohort": {"id": _HOLE, "name": "?"},
    "metric": {
        **{key: _STANDS_IN[key] for key in ("name", "clause", "evidence", "compared_with", "window")},
        "id": _HOLE,
        "unit": "?",
        "counted_from": "claims",
        "cohort": _HOLE,
    },
}
"""What stands for a list that must not be empty."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What is wrong beside the faults that a schema tells at first sight."""

    findings: tuple[Finding, ...]
    faults: tuple[tuple[ErrorDetails, Mapping[str, Any]], ...]
    """Faults of what stands under a misspelt key, with the document as they were seen in it."""
    meant: Mapping[Path, Path]
    """Where a key was called what it was meant to be: its path then, and its path in the file."""


def despite(data: Mapping[str, Any]) -> Beside:
    """What else is wrong with a document that its schema refuses: surely wrong, and not because of those faults."""
    work = _Work(_copied(data))
    for _ in range(_ROUNDS):
        try:
            contract = Contract.model_validate(work.data)
        except ValidationError as error:
            work.mend(faults_of(error))
        else:
            sure = tuple(work.placed(found) for found in findings(contract) if work.is_sure(found))
            return Beside(sure, tuple(work.faults), work.meant)
    return Beside((), tuple(work.faults), work.meant)


def _copied(value: Any) -> Any:
    """A copy in which nothing is shared; elements of a list share what stands in its defaults."""
    if isinstance(value, Mapping):
        return {key: _copied(part) for key, part in value.items()}
    return [_copied(part) for part in value] if isinstance(value, list) else value


def _whole(path: Path) -> Path:
    """The key of a part that a fault spoils, with all below it; of a rate card's rows, the row's key."""
    return path[:5] if path[0:1] == ("rate_card",) and path[2:3] == ("rows",) else path[:3]


@dataclass(slots=True)
class _Work:
    """The document being mended, and what nothing is said of."""

    data: dict[str, Any]
    kept: dict[str, list[int]] = field(default_factory=dict)
    """Where a list lost elements: the places that the others had."""
    lost: set[str] = field(default_factory=lambda: {_HOLE, *(str(day) for day in _LATE.values()), str(date.min)})
    """Names of parts of which too little is known."""
    touched: set[Path] = field(default_factory=set)
    names_lost: bool = False
    """Whether a part lost a name that nobody can tell: then any name may be right."""
    holes: bool = False
    dropped: set[tuple[str, int]] = field(default_factory=set)
    faults: list[tuple[ErrorDetails, Mapping[str, Any]]] = field(default_factory=list)
    meant: dict[Path, Path] = field(default_factory=dict)

    def mend(self, faults: list[ErrorDetails]) -> None:
        """Put right what can be guessed, and take out the smallest part that holds what cannot."""
        placed = [(data_path(fault["loc"], self.data, fault["type"] == "missing"), fault) for fault in faults]
        if not self.kept:
            self.faults += [(fault, _copied(self.data)) for path, fault in placed if self._is_new(path, fault)]
        # names of keys first: what a key was meant to be may be what is missing elsewhere
        for mends in (self._renamed, self._written_well):
            # all of them, not up to the first that is mended
            mended = [mends(path, fault) for path, fault in placed]
            if any(mended):
                return
        outside = dict.fromkeys(_whole(path) for path, _ in placed if self._rule(path) is None)
        self._make_holes([path for path, _ in placed])
        for path in outside:
            self._take_out(path)
        for name, place in sorted(self.dropped, reverse=True):
            self._drop(name, place)
        self.dropped.clear()

    def _is_new(self, path: Path, fault: ErrorDetails) -> bool:
        """Whether a fault could not be seen before: under a misspelt key, or of a table whose keys were not good."""
        if any(path[: len(meant)] == meant for meant in self.meant):
            # what the key was taken for may be a guess: nothing is said of a list under it
            return path not in self.meant or not isinstance(fault["input"], list)
        whole = fault["type"] == "value_error" and isinstance(value_at(self.data, path), dict)
        return whole and path[:2] not in self.touched

    def _renamed(self, path: Path, fault: ErrorDetails) -> bool:
        """A key that nobody knows: it is called what it was meant to be, or goes."""
        if fault["type"] != "extra_forbidden":
            return False
        table, key = value_at(self.data, path[:-1]), str(path[-1])
        if not isinstance(table, dict) or key not in table:
            # it stood in something that was called by its name just now
            return False
        near = nearest(key, free_keys(Contract, path, self.data))
        value = table.pop(key)
        if near is not None:
            table[near] = value
            self.meant[(*path[:-1], near)] = path
        return True

    def _written_well(self, path: Path, fault: ErrorDetails) -> bool:
        """A bare decimal, a number or a day as people write them, or one word for another that is near it."""
        value, ctx = value_at(self.data, path), fault.get("ctx", {})
        better: Any = None
        if isinstance(value, Decimal) and value.is_finite() and abs(value) < 10**18:
            better = f"{value:f}"
        elif fault["type"] == "date_type":
            better = mended_day(value)
        elif "is not a plain number" in fault["msg"]:
            better = mended_number(str(value))
        elif fault["type"] in ("literal_error", "union_tag_invalid"):
            path = path if fault["type"] == "literal_error" else (*path, "kind")
            value = value_at(self.data, path)
            words = re.findall("'([^']*)'", str(ctx.get("expected", ctx.get("expected_tags"))))
            better = next(iter(get_close_matches(str(value), words, 1, 0.6)), None)
        if better is None or better == value:
            return False
        value_at(self.data, path[:-1])[path[-1]] = better
        return True

    def _make_holes(self, paths: list[Path]) -> None:
        """A hole for every innermost rule with a fault; the inner ones first."""
        rules = [(rule, path) for path in paths if (rule := self._rule(path)) is not None]
        for rule, path in sorted(rules, key=lambda each: -len(each[0])):
            if path[-1] == "price" and value_at(self.data, path) not in (None, "1"):
                self._set(path, "1")
            else:
                self.holes = True
                self._set(rule, _HOLE)

    def _take_out(self, path: Path) -> None:
        """Outside rules: another value stands in, or the smallest part that can go goes."""
        top = path[0] if path else ""
        if top == "contract":
            self._header(path)
        elif top in _SORTS and len(path) > 1 and isinstance(self.data[top], dict):
            self.lost.add(str(path[1]))
            self.data[top].pop(path[1], None)
        elif isinstance(self.data.get(str(top)), list) and len(path) > 1:
            self._element(path)
        else:
            self._top(str(top))

    def _rule(self, path: Path) -> Path | None:
        """The innermost rule around a fault."""
        first = 2 if path[:1] and path[0] in _SORTS else 3
        if first == 3 and (len(path) < 3 or path[2] not in _RULES):
            return None
        for end in range(len(path), first - 1, -1):
            if kind_of(value_at(self.data, path[:end])):
                return path[:end]
        whole = path[:3]
        asked = whole[0] == "payment" and whole[2:] == ("amount",)
        return whole if asked and value_at(self.data, whole) != _HOLE else None

    def _header(self, path: Path) -> None:
        header = self.data.get("contract")
        if len(path) == 1 or not isinstance(header, dict):
            self.data["contract"] = dict(_HEADER)
        else:
            header.pop(path[1], None)
            header |= {key: value for key, value in _HEADER.items() if key == path[1]}

    def _top(self, name: str) -> None:
        """A whole table or list that is missing, or nothing like one."""
        # words name nothing: other parts have the names
        self.names_lost |= name != "words"
        self.data.pop(name, None)
        if name in _FIRST:
            self.data[name] = [dict(_FIRST[name])]
        elif name == "format":
            self.data[name] = 1

    def _element(self, path: Path) -> None:
        """A part of a list: another value stands in where that says nothing, or the part goes."""
        name, place = str(path[0]), int(path[1])
        element = value_at(self.data, path[:2])
        key = str(path[2]) if len(path) > 2 else ""
        if not isinstance(element, dict):
            self.dropped.add((name, place))
        elif key == "id" and element.get("id") != _HOLE:
            self._lose(name, place)
            element["id"] = _HOLE
        elif name == "rate_card" and key == "rows" and len(path) > 4:
            stands_in = _HOLE if path[4] == "metric" else "1"
            self.names_lost |= path[4] == "metric"
            self._set(path[:5], stands_in)
        elif not key and name in ("payment", "rate_card") and element.get("payer") != _HOLE:
            # neither one payer nor several with their shares
            if "payer" in element and "payers" in element:
                element.pop("payer")
            else:
                element.pop("payers", None)
                element["payer"] = _HOLE
        elif key in _STANDS_IN and element.get(key) != _STANDS_IN[key]:
            element[key] = _copied(_STANDS_IN[key])
            self._touch(name, place, key)
        elif key in element and key not in _NEEDED:
            element.pop(key)
            self._touch(name, place, key)
        else:
            self.dropped.add((name, place))

    def _touch(self, name: str, place: int, key: str) -> None:
        """Nothing is said any more of a part that lost something others lean on."""
        if key in (*_UNTOUCHING, *_NAMING, "cap", "over"):
            return
        self.touched.add((name, self._was(name, place)))
        self._lose(name, place)
        self.names_lost |= key == "groups"

    def _lose(self, name: str, place: int) -> None:
        element = self.data[name][place]
        names = [element.get("id")] if isinstance(element, dict) else []
        if name == "rate_card" and isinstance(element, dict) and isinstance(element.get("rows"), list):
            names += [row.get("metric") for row in element["rows"] if isinstance(row, dict)]
        # what others call it, where its own name is no id
        called = {each: re.sub("[^a-z0-9]+", "_", each.lower()) for each in names if isinstance(each, str)}
        self.lost |= {*called, *called.values()}
        unnamed = not called or not all(re.match("[a-z]", each) for each in called.values())
        self.names_lost |= unnamed and name not in ("waterfall", "settlement")

    def _drop(self, name: str, place: int) -> None:
        self._lose(name, place)
        places = self.kept.setdefault(name, list(range(len(self.data[name]))))
        del self.data[name][place], places[place]
        if not self.data[name] and name in _FIRST:
            self.data[name].append(dict(_FIRST[name]))
            places.append(0)

    def _set(self, path: Path, value: Any) -> None:
        value_at(self.data, path[:-1])[path[-1]] = value

    def _was(self, name: str, place: int) -> int:
        return self.kept[name][place] if name in self.kept else place

    def placed(self, found: Finding) -> Finding:
        """A finding with the place that its part has in the file."""
        name, *rest = found.path
        if name in self.kept and rest:
            rest[0] = self._was(str(name), int(rest[0]))
        return Finding((name, *rest), found.code, found.what, found.mend)

    def is_sure(self, found: Finding) -> bool:
        """Whether nothing that was mended, dropped or guessed can be behind it."""
        at = value_at(self.data, found.path)
        named = {*re.findall("`([^`]*)`", found.what), *([at] if isinstance(at, str) else [])}
        named |= {*re.findall("[0-9]{4}-[0-9]{2}-[0-9]{2}", f"{found.what} {found.mend}")}
        if named & self.lost or self.placed(found).path[:2] in self.touched:
            return False
        if found.code == "contract.unknown-name" and self.names_lost:
            return False
        # whether a rule prices single claims cannot be seen through a hole
        return found.code != "contract.person-cap" or (self.lost == {_HOLE} and _HOLE not in str(self.data))
