"""arrows: what a record of INDIGO says beside the contract made from it: kept word for word, put back on export."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from sib.errors import NotValid, Problem, Refused
from sib.intake.indigo import IndigoProject
from sib.intake.indigo_leaf import Value, is_public, rows_in
from sib.intake.indigo_standard import VERSION, WITHHELD, field_at
from sib.steps.indigo_publish import Published, Said
from sib.steps.indigo_words import said, same
from sib.terms.contract import Contract

FACTS = "facts.json"
_WITH_A_ROW = ("/sources", "/outcome_metrics")
"""Lists in which the standard wants at least one row: an empty one is not passed on."""
_SAME = (
    "/outcome_payment_plan_id/value",
    "/outcome_metric_id/value",
    "/period/start_date/value",
    "/period/end_date/value",
    "/payer_organisation_id/value",
    "/type/value",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """The clean values of a record: those that the contract says too, with their place there, and the others."""

    used: Mapping[str, tuple[Value, str]] = field(default_factory=dict)
    kept: Mapping[str, Value] = field(default_factory=dict)

    @property
    def ids(self) -> Mapping[str, str]:
        """The record's own ids by part of the contract: ``metric job`` -> ``outcomemetric1``."""
        wanted = {"metric": "id", "party": "organisation", "tranche": "id"}
        found: dict[str, str] = {}
        for value, place in self.used.values():
            kind, name, attribute = place.split(" ", 2)
            if wanted.get(kind) == attribute:
                found[f"{kind} {name}"] = str(value)
        return found


def facts_document(project: IndigoProject, used: Mapping[str, str]) -> dict[str, Any]:
    """What ``facts.json`` holds: every clean value once, used or kept, and counts that add up."""
    values = project.values
    kept = {pointer: value for pointer, value in values.items() if pointer not in used}
    return {
        "standard": f"INDIGO data standard {VERSION}",
        "source": {"file": Path(project.file).name, "sha256": project.sha256},
        "counts": {
            "values": len(project.leaves),
            "used": len(used),
            "kept": len(kept),
            "quarantined": len(project.quarantined),
        },
        "not_in_the_standard": [pointer for pointer in kept if field_at(pointer) is None],
        "used": {pointer: {"value": values[pointer], "place": place} for pointer, place in used.items()},
        "kept": kept,
    }


def read_facts(folder: Path) -> Facts | None:
    """The facts beside a contract, None where there are none; raises NotValid for what no import wrote."""
    file = folder / FACTS
    if not file.is_file():
        return None
    try:
        document = json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
        used = {pointer: (_value(each["value"]), str(each["place"])) for pointer, each in document["used"].items()}
        kept = {pointer: _value(value) for pointer, value in document["kept"].items()}
        if any(len(place.split(" ", 2)) < 3 for _, place in used.values()):
            raise ValueError("a place has three words")  # noqa: TRY301 - told below like every other fault
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{FACTS} is not what an import wrote ({type(error).__name__})"
        raise NotValid(Problem("indigo.facts", what, "import the record again", file=str(file))) from None
    return Facts(used, kept)


def _value(value: Any) -> Value:
    return () if isinstance(value, list) else value


def project_values(contract: Contract, said_now: Published, facts: Facts | None) -> dict[str, Value]:
    """The leaves of the project: the record's own, as the contract says them now, and what the contract adds.

    Beside a record's facts nothing is added that the contract marks as illustrative; no null or blank is passed on, and
    nothing that the record marks as private, disputed or in a sandbox. Raises Refused where all of it is.
    """
    if facts is None:
        return with_published({}, said_now)
    now = {pointer: _now(contract, value, place) for pointer, (value, place) in facts.used.items()}
    base = {**{p: v for p, v in now.items() if v is not None}, **{p: v for p, v in facts.kept.items() if v is not None}}
    _refuse_private(base)
    shown = {pointer for pointer in base if is_public(base, pointer) or _stays(pointer)} - set(_WITH_A_ROW)
    shown -= {pointer for pointer, value in base.items() if _is_blank(pointer, value)}
    base = {pointer: value for pointer, value in base.items() if pointer in shown}
    parts = {" ".join(place.split(" ", 2)[:2]) for _, place in facts.used.values()}
    return with_published(_in_order(base), said_now, frozenset(parts) | said_now.illustrative)


def _refuse_private(values: Mapping[str, Value]) -> None:
    if values.get("/status") in WITHHELD:
        what = f"the record says that the project is {values['/status']}"
        mend = "it is not published; a project is public when its /status in facts.json says so"
        raise Refused(Problem("indigo.private", what, mend, expected="PUBLIC", file=FACTS))


def _is_blank(pointer: str, value: Value) -> bool:
    """A blank text where the standard wants a number, a day or a code."""
    field = field_at(pointer)
    blank = isinstance(value, str) and not value.strip()
    return blank and field is not None and field.kind in ("number", "date", "code")


def _stays(pointer: str) -> bool:
    """Of a private row its id and its status, so that nothing that names the row leads nowhere."""
    return bool(re.search(r"/status$|^/[^/]+/\d+/id(/value)?$", pointer))


def _now(contract: Contract, was: Value, place: str) -> Value:
    now = said(contract, place, was)
    return was if now is not None and same(was, now) else now


def with_published(
    base: Mapping[str, Value], said_now: Published, known: frozenset[str] = frozenset()
) -> dict[str, Value]:
    """The values with what is published besides, but for the parts that are ``known``; rows go behind those there."""
    values = dict(base)
    for each in said_now.once:
        if each.part not in known:
            values.setdefault(each.at, each.value)
    for key, rows in said_now.rows.items():
        new = [row for row in rows if row[0].part not in known and not _stands(values, key, row)]
        if new:
            values.pop(f"/{key}", None)
        number = 1 + max((int(pointer.split("/")[2]) for pointer in rows_in(values, key)), default=-1)
        for place, row in enumerate(new, number):
            values |= {f"/{key}/{place}{each.at}": each.value for each in row}
    return values


def _stands(values: Mapping[str, Value], key: str, row: tuple[Said, ...]) -> bool:
    """Whether a result or a payment of the same metric, period, payer and type stands there already."""
    if key not in ("results", "outcome_payments"):
        return False
    said_here = {each.at: each.value for each in row}
    wanted = [said_here.get(at) for at in _SAME]
    return any([other.get(at) for at in _SAME] == wanted for other in rows_in(values, key).values())


def _in_order(values: Mapping[str, Value]) -> dict[str, Value]:
    """Rows by number, and what belongs to one list together; numbers close up where a row is gone."""
    return dict(_renumbered(dict(sorted(values.items(), key=lambda item: _sortable(item[0])))))


def _sortable(pointer: str) -> tuple[str, int]:
    found = re.match(r"/([^/]+)/(\d+)(?=/|$)", pointer)
    return (found[1], int(found[2])) if found else ("", 0)


def _renumbered(values: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    numbers: dict[str, dict[str, int]] = {}
    for pointer, value in values.items():
        found = re.match(r"/([^/]+)/(\d+)(?=/|$)", pointer)
        if found is None:
            yield pointer, value
        else:
            rows = numbers.setdefault(found[1], {})
            yield f"/{found[1]}/{rows.setdefault(found[2], len(rows))}{pointer[found.end() :]}", value
