"""intake: what the rows of a record of INDIGO may say together: ids, references, currencies, periods."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sib.errors import NotValid, Problem
from sib.intake.indigo_leaf import Leaf, Value
from sib.intake.indigo_standard import Field, fields, lists, pattern
from sib.money import exponent

ID_OF = {
    **dict.fromkeys(("outcome_metrics", "investments", "sources", "service_provisions"), "/id"),
    **dict.fromkeys(("technical_assistances", "organisations", "outcome_funds"), "/id"),
    "outcome_payment_plans": "/id/value",
}
"""Lists whose rows others name, and where a row says its id."""
_REFERS = {
    "/outcome_metric_id/value": ("outcome_metrics", "metric"),
    "/investment_id/value": ("investments", "investment"),
    "/outcome_payment_plan_id/value": ("outcome_payment_plans", "plan"),
    "/technical_assistance_id/value": ("technical_assistances", "technical assistance"),
}
_OVERALL = ("maximum_potential_outcome_payment_v2", "total_investment_commitment", "total_outcome_payments_made")
Row = Mapping[str, tuple[int, Value]]
"""A row's values that are clean so far: what is below the row -> number of the leaf, value."""


@dataclass(slots=True)
class Desk:
    """The leaves of a record while they are looked at, and what was found wrong with which."""

    leaves: Sequence[Leaf]
    faults: dict[int, Problem] = field(default_factory=dict)
    clean: tuple[Value, ...] = ()
    """Each leaf's value in its kind; this and the next two are worked out once, for they are asked for often."""
    fields: tuple[Field | None, ...] = ()
    in_lists: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)
    """List -> row, what is below it, number of the leaf."""

    def __post_init__(self) -> None:
        self.clean = tuple(leaf.clean for leaf in self.leaves)
        self.fields = tuple(leaf.field for leaf in self.leaves)
        for number, leaf in enumerate(self.leaves):
            if row := leaf.row:
                below = leaf.pointer.removeprefix(row)
                self.in_lists.setdefault(row.split("/")[1], []).append((row, below, number))

    def hold(self, number: int, problem: Problem) -> None:
        """Set one leaf apart; the first reason stands."""
        self.faults.setdefault(number, problem)

    def hold_row(self, row: Row, because: str) -> None:
        """Set apart what is left of a row that cannot be trusted."""
        for number, _ in row.values():
            problem = Problem("indigo.row-held", f"held with its row, in which {because}", "mend that value first")
            self.hold(number, problem)

    def rows(self, key: str) -> dict[str, Row]:
        """The rows of a list with their clean values, by pointer (``/results/0``)."""
        found: dict[str, dict[str, tuple[int, Value]]] = {}
        for row, below, number in self.in_lists.get(key, ()):
            if number not in self.faults:
                found.setdefault(row, {})[below] = (number, self.clean[number])
        return dict(found)

    def singles(self) -> dict[str, tuple[int, Value]]:
        """Every clean leaf by its pointer."""
        return {leaf.pointer: (n, self.clean[n]) for n, leaf in enumerate(self.leaves) if n not in self.faults}


def statuses(desk: Desk) -> None:
    """A status that nobody can read may have meant private: what stands under it is held with it."""
    heads = {leaf.pointer.removesuffix("status") for n, leaf in enumerate(desk.leaves) if _lost_status(desk, n, leaf)}
    for number, leaf in enumerate(desk.leaves):
        if heads and not heads.isdisjoint(_above(leaf.pointer)):
            what = "held with its status, which cannot be read"
            desk.hold(number, Problem("indigo.row-held", what, "mend the status first"))


def _above(pointer: str) -> Iterator[str]:
    """The pointer cut behind each of its steps: ``/results/``, ``/results/0/`` …"""
    steps = pointer.split("/")
    yield from ("/".join(steps[:end]) + "/" for end in range(2, len(steps)))


def _lost_status(desk: Desk, number: int, leaf: Leaf) -> bool:
    return number in desk.faults and leaf.pointer.endswith("/status") and leaf.pointer != "/status"


def repeated_ids(desk: Desk) -> None:
    """An id twice: a row that repeats another word for word is held; where they differ, all of them are."""
    for key, path in ID_OF.items():
        same: dict[Value, list[Row]] = {}
        for row in desk.rows(key).values():
            if path in row:
                same.setdefault(str(row[path][1]).strip(), []).append(row)
        for name, several in same.items():
            alike = len({tuple(sorted((at, str(v)) for at, (_, v) in row.items())) for row in several}) == 1
            for row in several[1:] if alike else several if len(several) > 1 else ():
                what = f"{len(several)} rows of {lists()[key]} have the id {name}{', word for word' if alike else ''}"
                mend = "take the repetition out" if alike else "give each row an id of its own, or keep the right one"
                desk.hold(row[path][0], Problem("indigo.id-repeated", what, mend, expected="an id once"))
                desk.hold_row(row, f"the id {name} is repeated")


def references(desk: Desk) -> None:
    """A row that names an unknown organisation, metric, investment or plan is held; so is a source nobody has."""
    known = {key: _ids(desk, key, path) for key, path in ID_OF.items()}
    if not known["organisations"] and not _listed(desk, "organisations"):
        del known["organisations"]
    for key in lists():
        for row in desk.rows(key).values():
            for path, (number, value) in row.items():
                if found := _unknown(desk.fields[number], path, value, known):
                    desk.hold(number, found[1])
                    if found[0]:
                        desk.hold_row(row, found[1].what)
    for number, leaf in enumerate(desk.leaves):
        single = not leaf.row and number not in desk.faults
        if single and (found := _unknown(desk.fields[number], leaf.pointer, desk.clean[number], known)):
            desk.hold(number, found[1])


def _listed(desk: Desk, key: str) -> bool:
    return any(leaf.pointer.startswith(f"/{key}/") for leaf in desk.leaves)


def _ids(desk: Desk, key: str, path: str) -> frozenset[str]:
    return frozenset(str(row[path][1]).strip() for row in desk.rows(key).values() if path in row)


def _unknown(
    field: Field | None, path: str, value: Value, known: Mapping[str, frozenset[str]]
) -> tuple[bool, Problem] | None:
    """Whether the whole row is held, and what is wrong; None where the value leads somewhere or nowhere is named."""
    text = str(value).strip()
    if field is None or not isinstance(value, str) or not text:
        return None
    if path in _REFERS:
        key, thing = _REFERS[path]
        return None if text in known[key] else (True, _absent(thing, text, known[key], lists()[key]))
    if field.kind == "organisation":
        ids = known.get("organisations")
        return None if ids is None or text in ids else (True, _absent("organisation", text, ids, "Organisations"))
    if field.kind == "organisations" and "organisations" in known:
        return _some_unknown("organisation", text, known["organisations"], "Organisations")
    if path.endswith("source_ids"):
        return _some_unknown("source", text, known["sources"], "Sources")
    return None


def _some_unknown(thing: str, text: str, ids: frozenset[str], where: str) -> tuple[bool, Problem] | None:
    lost = [part for part in (each.strip() for each in text.split(",")) if part and part not in ids]
    return (False, _absent(thing, ", ".join(lost), ids, where)) if lost else None


def _absent(thing: str, name: str, known: frozenset[str], where: str) -> Problem:
    expected = ", ".join(sorted(known)[:12]) + (" …" if len(known) > 12 else "") or f"no row stands in {where}"
    mend = f"write an id that stands in {where}, or add the row there"
    return Problem(f"indigo.{thing.replace(' ', '-')}-unknown", f"there is no {thing} {name}", mend, expected=expected)


def currencies(desk: Desk) -> str | None:
    """Hold codes that ISO 4217 does not have or that are not the project's, with the amounts that stand under them.

    Returns the project's currency: that of its overall finance, else the one that its rows name most often.
    """
    groups = dict(_money_groups(desk))
    project = _project_currency(groups)
    for prefix, (number, code, amounts) in groups.items():
        if number is None:
            problem = Problem("indigo.currency-missing", "the amount has no currency", f"write the code at {prefix}")
        elif not _is_currency(code):
            mend = "write the three letters of ISO 4217"
            problem = Problem("indigo.currency-unknown", f"{code!r} is no currency", mend, expected="GBP, USD …")
            desk.hold(number, problem)
        elif project is not None and code != project:
            what = f"the currency is {code}, but the project's is {project}"
            mend = "write the amount in the project's currency as it was agreed or paid, not converted"
            problem = Problem("indigo.currency-other", what, mend, expected=project)
            desk.hold(number, problem)
        else:
            continue
        for amount in amounts:
            desk.hold(amount, problem)
    return project


def _money_groups(desk: Desk) -> Iterator[tuple[str, tuple[int | None, str, tuple[int, ...]]]]:
    """Wherever the standard has a currency: its leaf, its code, and the amounts below the same place."""
    clean = desk.singles()
    heads = sorted(path.removesuffix("/currency/value") for path in fields() if path.endswith("/currency/value"))
    found: dict[str, list[int]] = {}
    for pointer, (number, value) in clean.items():
        if isinstance(value, int | Decimal) and "_usd" not in pointer and not isinstance(value, bool):
            shape = pattern(pointer)
            head = next((head for head in heads if shape.startswith(head + "/") and _is_amount(shape)), None)
            if head is not None:
                steps = len(head.split("/"))
                found.setdefault("/".join(pointer.split("/")[:steps]), []).append(number)
    for pointer in clean:
        if pointer.endswith("/currency/value"):
            found.setdefault(pointer.removesuffix("/currency/value"), [])
    for prefix, amounts in found.items():
        at = clean.get(f"{prefix}/currency/value")
        yield prefix, (at[0] if at else None, str(at[1]) if at else "", tuple(amounts))


def _is_amount(shape: str) -> bool:
    return any(step in ("amount", "planned", "actual") for step in shape.split("/"))


def _is_currency(code: str) -> bool:
    try:
        exponent(code)
    except NotValid:
        return False
    return True


def _project_currency(groups: Mapping[str, tuple[int | None, str, tuple[int, ...]]]) -> str | None:
    for name in _OVERALL:
        code = groups.get(f"/overall_project_finance/{name}", (None, "", ()))[1]
        if _is_currency(code):
            return code
    times = Counter(code for _, code, _ in groups.values() if _is_currency(code)).most_common(2)
    return times[0][0] if times and (len(times) == 1 or times[0][1] > times[1][1]) else None


def periods(desk: Desk) -> None:
    """A period that ends before it starts: nobody can tell which of its days is wrong."""
    clean = desk.singles()
    for pointer, (number, start) in clean.items():
        for first, last in _PAIRS:
            other = clean.get(pointer.removesuffix(first) + last) if pointer.endswith(first) else None
            if other and _is_backwards(start, other[1]):
                what = f"the period runs from {start} to {other[1]}"
                problem = Problem("indigo.period-backwards", what, "mend one of the two days", expected="start first")
                desk.hold(number, problem)
                desk.hold(other[0], problem)


def _is_backwards(start: Value, end: Value) -> bool:
    if not isinstance(start, str) or not isinstance(end, str) or not start.strip() or not end.strip():
        return False
    return span(start)[0] > span(end)[1]


_PAIRS = (
    ("/period/start_date/value", "/period/end_date/value"),
    ("/period_start/value", "/period_end/value"),
    ("/start_date_of_service_provision/value", "/anticipated_end_date_of_service_provision/value"),
    ("/start_date_of_service_provision/value", "/actual_end_date_of_service_provision/value"),
)


def span(text: str) -> tuple[date, date]:
    """The first and the last day that ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD`` may mean."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 3:
        return date(*parts), date(*parts)
    if len(parts) == 1:
        return date(parts[0], 1, 1), date(parts[0], 12, 31)
    year, month = parts
    after = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, 1), date.fromordinal(after.toordinal() - 1)
