"""intake: a project of INDIGO read from JSON, a workbook or tables; what cannot be trusted is set apart."""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sib.errors import Missing, NotValid, Problem
from sib.intake.faults import shown
from sib.intake.indigo_leaf import Leaf, Value
from sib.intake.indigo_money import plans, prices, too_fine
from sib.intake.indigo_read import folder_leaves, json_leaves, text_in
from sib.intake.indigo_rows import Desk, currencies, periods, references, repeated_ids, statuses
from sib.intake.indigo_sheet import workbook_leaves
from sib.intake.indigo_values import fault_of
from sib.intake.report import harmless

LIST_HEADER = ("place", "field", "found", "what is wrong", "what was expected", "what to do", "code")


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One value that was set apart as it stands, and why."""

    leaf: Leaf
    problem: Problem

    def as_dict(self) -> dict[str, object]:
        """As it stands in ``quarantine.json``: the value word for word."""
        said = {key: value for key, value in self.problem.as_dict().items() if key != "value"}
        return {"pointer": self.leaf.pointer, "value": self.leaf.value, **said}


@dataclass(frozen=True, slots=True)
class IndigoProject:
    """A record as read: every leaf is either clean or quarantined."""

    file: str
    sha256: str
    """Of the file's bytes; of a folder, of its tables' names and hashes."""
    leaves: tuple[Leaf, ...]
    quarantined: tuple[Quarantined, ...]
    currency: str | None
    """The project's; None where the record does not say one."""

    @property
    def values(self) -> Mapping[str, Value]:
        """Every clean value by its pointer."""
        held = {id(each.leaf) for each in self.quarantined}
        return {leaf.pointer: leaf.clean for leaf in self.leaves if id(leaf) not in held}


def read_indigo(path: Path, project: str | None = None) -> IndigoProject:
    """Read one project; ``project`` is its id, where a folder holds several.

    Raises Missing where there is no such file or project, NotValid where the whole cannot be read. A single value that
    cannot be trusted is no reason to refuse the others: it is quarantined.
    """
    leaves, digest = _leaves(path, project)
    desk = Desk(leaves)
    for number, leaf in enumerate(leaves):
        if problem := fault_of(leaf):
            desk.hold(number, problem)
    currency = _together(desk)
    quarantined = tuple(
        Quarantined(leaves[number], _placed(problem, leaves[number], path))
        for number, problem in sorted(desk.faults.items())
    )
    return IndigoProject(str(path), digest, tuple(leaves), quarantined, currency)


def _together(desk: Desk) -> str | None:
    """Look at rows and figures together until nothing more falls; returns the project's currency."""
    while True:
        before = len(desk.faults)
        statuses(desk)
        repeated_ids(desk)
        references(desk)
        periods(desk)
        currency = currencies(desk)
        too_fine(desk, currency)
        plans(desk)
        prices(desk)
        if len(desk.faults) == before:
            return currency


def _leaves(path: Path, project: str | None) -> tuple[list[Leaf], str]:
    if path.is_dir():
        tables = sorted(path.glob("*.csv"))
        said = "".join(f"{table.name} {hashlib.sha256(table.read_bytes()).hexdigest()}\n" for table in tables)
        return folder_leaves(path, project), hashlib.sha256(said.encode()).hexdigest()
    if not path.is_file():
        raise Missing(Problem("file.absent", f"there is no file {path}", "check the path", file=str(path)))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if path.suffix.lower() == ".json":
        return json_leaves(text_in(path), str(path)), digest
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        return workbook_leaves(path), digest
    mend = "give a project as .json, a workbook as .xlsx, or the folder of CSV tables"
    raise NotValid(Problem("indigo.kind", f"{path.name} is of no kind that is read", mend, file=str(path)))


def _placed(problem: Problem, leaf: Leaf, path: Path) -> Problem:
    return replace(problem, value=shown(str(leaf.value)), file=str(path), place=leaf.place)


def quarantine_csv(quarantined: Iterable[Quarantined]) -> str:
    """The list for people, one line a value, harmless in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(LIST_HEADER)
    for each in quarantined:
        problem = each.problem
        cells = (problem.place, each.leaf.pointer, problem.value, problem.what, problem.expected, problem.mend)
        writer.writerow((*(harmless(shown_text(cell)) for cell in cells), problem.code))
    return text.getvalue()


def shown_text(text: str | None) -> str:
    """Text that any file can hold: characters that stand alone for half of a pair are spelled out."""
    return (text or "").encode("utf-8", "backslashreplace").decode()
