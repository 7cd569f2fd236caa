"""arrows: a contract file checked, said in sentences, and described for editors."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sib.errors import Exit, Missing, NotValid, Problem, SibError
from sib.steps.price import differences, price_file
from sib.steps.shown import shown
from sib.terms.amend import Agreement, amendments_in_words, drafts, read_agreement, version_of
from sib.terms.amendments import Amendment
from sib.terms.base import Term
from sib.terms.case import Case, read_case
from sib.terms.contract import Contract
from sib.terms.read import Agreed, advised
from sib.terms.sentences import sentence
from sib.terms.sheet import sheet


@dataclass(frozen=True, slots=True)
class ContractReport:
    """What a check of one contract found."""

    file: str
    cases: tuple[tuple[str, tuple[str, ...]], ...]
    """Each case by file name, with what differs; empty is equal."""
    problems: tuple[Problem, ...]
    exit_code: Exit = Exit.DONE
    advice: tuple[Problem, ...] = ()
    """What is worth a look, though nothing is wrong with it."""
    drafts: tuple[str, ...] = ()
    """Amendments that do not count yet, and whose signature is missing."""

    @property
    def good(self) -> bool:
        """Nothing is wrong and every case is equal."""
        return not self.problems and not any(differing for _, differing in self.cases)

    def as_dict(self) -> dict[str, Any]:
        """The same as a plain dictionary."""
        return {
            "file": self.file,
            "good": self.good,
            "cases": [{"case": name, "differs": list(differing)} for name, differing in self.cases],
            "problems": [problem.as_dict() for problem in self.problems],
            "worth_a_look": [each.as_dict() for each in self.advice],
            "drafts": list(self.drafts),
        }

    def __str__(self) -> str:
        lines = [f"{self.file}: {'good' if self.good else 'not good'}"]
        lines += [f"  case {name}: {'; '.join(differing) or 'equal'}" for name, differing in self.cases]
        lines += [f"  {said}" for said in self.drafts]
        lines += [str(problem) for problem in self.problems]
        return "\n".join([*lines, *(each.told("worth a look") for each in self.advice)])


def contract_file(path: Path) -> Path:
    """The contract.toml meant by a file or a folder."""
    return path / "contract.toml" if path.is_dir() else path


def check_contract(path: Path) -> ContractReport:
    """Read a contract, price its cases, compare its page; nothing is raised, all is reported."""
    file = contract_file(path)
    problems: list[Problem] = []
    cases: list[tuple[str, tuple[str, ...]]] = []
    good: list[Case] = []
    try:
        agreement = read_agreement(file)
    except SibError as error:
        return ContractReport(str(file), (), error.problems, error.exit_code)
    for case_file in _case_files(file):
        try:
            case, priced = price_file(agreement.versions, case_file)
            differing_here = differences(priced, case)
            cases.append((case_file.name, tuple(str(each) for each in differing_here)))
            good.append(case)
        except SibError as error:
            problems += error.problems
    found = advised(agreement.first, shown(agreement.first.contract, good))
    differing = any(each for _, each in cases)
    code = Exit.NOT_VALID if problems else Exit.DONE
    if not problems and (page := _page_problems(agreement.first)):
        problems, code = page, Exit.DIFFERS
    code = code or (Exit.DIFFERS if differing else Exit.DONE)
    return ContractReport(str(file), tuple(cases), tuple(problems), code, found, drafts(agreement))


def _case_files(file: Path) -> list[Path]:
    return sorted((file.parent / "cases").glob("*.toml"))


def _page_problems(agreed: Agreed) -> list[Problem]:
    file, text = contract_sheet(Path(agreed.file))
    page = file.with_name("README.md")
    if page.is_file() and page.read_text(encoding="utf-8") == text:
        return []
    mend = f"sib contract show {file.parent} --write"
    what = "README.md does not say what contract.toml says" if page.is_file() else "there is no README.md yet"
    return [Problem("contract.page", what, mend, file=str(page))]


def contract_sheet(path: Path) -> tuple[Path, str]:
    """Return the contract's file and its page in Markdown."""
    file = contract_file(path)
    return file, agreement_sheet(file, read_agreement(file))


def agreement_sheet(file: Path, agreement: Agreement, agreed: Agreed | None = None) -> str:
    """The page of one version, the latest if none is named, with all amendments in sentences."""
    contract = (agreed or agreement.latest).contract
    cases = [read_case(case) for case in _case_files(file)]
    return sheet(contract, cases, amendments_in_words(agreement))


def version_sheet(path: Path, version: int | None = None, on: date | None = None) -> str:
    """The page of the version of a number, or in force on a day; Missing where there is none."""
    agreement = read_agreement(path)
    return agreement_sheet(contract_file(path), agreement, version_of(agreement, version, on))


def day_of(text: str | None) -> date | None:
    """A day as the command line gives it; raises NotValid for anything else than 2024-03-31."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise NotValid(Problem("usage.day", "this is not a day", "write it as 2024-03-31", value=text)) from None


def contract_sentences(path: Path, version: int | None = None, on: date | None = None) -> dict[str, Any]:
    """Every payment rule of a contract as a sentence, and every amendment."""
    agreement = read_agreement(path)
    contract = version_of(agreement, version, on).contract
    return {
        "contract": contract.contract.id,
        "version": contract.contract.version,
        "amendments": [
            {
                "number": each.header.number,
                "title": each.header.title,
                "effective_from": each.header.effective_from.isoformat(),
                "judged_at": each.header.judged_at,
                "version": each.version.contract.contract.version,
                "agreed": not each.missing,
                "not_signed_by": list(each.missing),
            }
            for each in agreement.amendments
        ],
        "payments": [{"id": payment.id, "sentence": sentence(contract, payment)} for payment in contract.payments],
    }


def json_schema(of: str) -> dict[str, Any]:
    """The JSON Schema of a file format; raises NotValid for another word than contract, case or amendment."""
    models: dict[str, type[Term]] = {"contract": Contract, "case": Case, "amendment": Amendment}
    if of not in models:
        raise NotValid(
            Problem("schema.unknown", f"there is no format called {of}", "write contract, case or amendment", value=of)
        )
    schema = models[of].model_json_schema()
    if of == "contract":
        _allow_defaults(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _allow_defaults(schema: dict[str, Any]) -> None:
    """Let ``[defaults.metric]`` and the like say what each element need not say then."""
    lists = {name: part["items"]["$ref"] for name, part in schema["properties"].items() if "items" in part}
    parts = {name: schema["$defs"][ref.rpartition("/")[2]] for name, ref in lists.items()}
    said = ("type", "properties", "additionalProperties")
    shared = {name: {key: part[key] for key in said} for name, part in parts.items()}
    schema["allOf"] = [
        {
            "if": {"required": ["defaults"], "properties": {"defaults": {"required": [name]}}},
            "else": {"properties": {name: {"items": {"required": part.pop("required")}}}},
        }
        for name, part in parts.items()
    ]
    schema["properties"]["defaults"] = {
        "description": "what the elements of a list share, by the list's name",
        "type": "object",
        "properties": shared,
        "additionalProperties": False,
    }


def contract_folder(name: str, contracts: Path) -> Path:
    """The folder of a contract by its id; raises Missing with the ids there are."""
    folder = contracts / name
    if not (folder / "contract.toml").is_file():
        known = ", ".join(sorted(file.parent.name for file in contracts.glob("*/contract.toml"))) or "(none)"
        raise Missing(
            Problem("contract.absent", f"no contract `{name}` under {contracts}", f"write one of: {known}", value=name)
        )
    return folder
