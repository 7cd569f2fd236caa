"""arrows: a record of INDIGO becomes the start of a contract, and a contract becomes a record of INDIGO."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sib.errors import Problem, Refused
from sib.intake.indigo import IndigoProject, quarantine_csv, read_indigo
from sib.intake.indigo_leaf import Value, json_text, nested
from sib.intake.indigo_sheet import workbook
from sib.steps.agree import contract_file
from sib.steps.indigo_draft import OPEN, draft_contract
from sib.steps.indigo_facts import FACTS, Facts, facts_document, project_values, read_facts
from sib.steps.indigo_publish import published
from sib.terms.contract import Contract
from sib.terms.read import parse_contract, read_contract

QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a record: the files written, every value counted once, what is left to a person."""

    folder: str
    contract: str
    counts: Mapping[str, int]
    """``values`` = ``used`` + ``kept`` + ``quarantined``."""
    faults: Mapping[str, int]
    """How often each fault occurs, most frequent first."""
    open: tuple[str, ...]
    """What is to be completed in the contract."""
    quarantined: tuple[Problem, ...]

    def as_dict(self) -> dict[str, Any]:
        """The same as a plain dictionary."""
        return {
            "folder": self.folder,
            "contract": self.contract,
            "counts": dict(self.counts),
            "faults": dict(self.faults),
            "to_be_completed": list(self.open),
            "quarantined": [problem.as_dict() for problem in self.quarantined],
        }

    def __str__(self) -> str:
        counts = self.counts
        lines = [
            f"{self.contract}: {counts['values']} values read: {counts['used']} in contract.toml, {counts['kept']} in "
            f"{FACTS}, {counts['quarantined']} in {QUARANTINE}.csv",
            *(f"  {times:>4}  {code}" for code, times in self.faults.items()),
            f"written to {self.folder}; {len(self.open)} places in contract.toml say “{OPEN}”",
        ]
        return "\n".join(lines)


def import_project(source: Path, folder: Path, project: str | None = None) -> Imported:
    """Make the start of a contract from a record; what cannot be trusted is set apart beside it.

    Writes ``contract.toml``, ``facts.json``, ``quarantine.json`` and ``quarantine.csv``. Raises NotValid and Missing as
    ``read_indigo``, Refused where the folder holds a contract: nobody's work is written over.
    """
    if (folder / "contract.toml").exists():
        mend = "name another folder, or move the contract away first"
        raise Refused(Problem("indigo.held", f"{folder} holds a contract already", mend, file=str(folder)))
    record = read_indigo(source, project)
    draft = draft_contract(record)
    text = "\n".join([*_heading(record), *draft.lines]) + "\n"
    agreed = parse_contract(text, str(folder / "contract.toml"))
    facts = facts_document(record, draft.used)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FACTS).write_text(json_text(facts), encoding="utf-8")
    said = json_text([each.as_dict() for each in record.quarantined])
    (folder / f"{QUARANTINE}.json").write_text(said, encoding="utf-8")
    (folder / f"{QUARANTINE}.csv").write_text(quarantine_csv(record.quarantined), encoding="utf-8", newline="")
    (folder / "contract.toml").write_text(text, encoding="utf-8")
    faults = Counter(each.problem.code for each in record.quarantined)
    return Imported(
        folder=str(folder),
        contract=agreed.contract.contract.id,
        counts=facts["counts"],
        faults=dict(sorted(faults.items(), key=lambda item: (-item[1], item[0]))),
        open=tuple(draft.open),
        quarantined=tuple(each.problem for each in record.quarantined),
    )


def _heading(record: IndigoProject) -> list[str]:
    return [
        "# The start of a contract, made by `sib indigo import` from a record of INDIGO.",
        f"# Every place marked “{OPEN}” stands for something that the record does not say: it is invented.",
        f"# {len(record.quarantined)} values were set apart: see {QUARANTINE}.csv. The record's other facts: {FACTS}.",
        "",
    ]


def export_contract(path: Path) -> dict[str, Value]:
    """A contract's published facts as the leaves of a record, with the facts that were kept beside it, if any."""
    file = contract_file(path)
    contract, facts = read_contract(file).contract, read_facts(file.parent)
    return contract_values(contract, facts)


def contract_values(contract: Contract, facts: Facts | None) -> dict[str, Value]:
    """The same of a contract and its facts that were read already."""
    return project_values(contract, published(contract, facts.ids if facts else None), facts)


def as_json(values: Mapping[str, Value]) -> str:
    """The record as JSON, numbers digit by digit."""
    return json_text(nested(values))


def as_workbook(values: Mapping[str, Value]) -> bytes:
    """The record as a workbook: a sheet for what a project has once, a sheet for each list."""
    return workbook(values)
