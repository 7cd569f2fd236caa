"""arrows: answers become the folder of a new contract: terms, one golden case, page; all of it or nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from shutil import copyfile, rmtree
from tempfile import mkdtemp
from typing import Any

from sib.errors import Missing, NotValid, Problem, Refused, SibError
from sib.money import major
from sib.steps.agree import check_contract, contract_file, contract_sheet
from sib.steps.price import differences, price
from sib.terms.case import read_case
from sib.terms.contract import Contract
from sib.terms.places import Located, read_toml
from sib.terms.read import parse_contract, read_contract, text_of
from sib.terms.scaffold import Question, case_document, document, identifier, questions
from sib.terms.shape import reshaped, without_sources
from sib.terms.toml import toml_text

Ask = Callable[[Question, str, str], str]
"""Asks a person a question with its default and what was wrong with the last answer; returns what was typed."""
_CASE = "first.toml"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a new contract is made from: a file of answers, single answers, or a contract whose shape is taken."""

    answers: Path | None = None
    given: tuple[str, ...] = ()
    """``key=value``, which count before the file."""
    like: Path | None = None


def new_contract(folder: Path, wanted: Wanted, today: date, ask: Ask | None) -> tuple[Path, ...]:
    """Make the folder of a contract that `sib contract check` calls good; return its files.

    Without ``ask`` what is not answered takes its default. Raises Refused where there is something already, NotValid
    with every answer that is not good; nothing is written then.
    """
    name = _free(folder)
    if wanted.like is not None:
        return _written(folder, lambda at: _like(contract_file(wanted.like or Path()), at, name))
    answers = _answers(name, wanted, today, ask)
    return _written(folder, lambda at: _answered(at, name, answers))


def _free(folder: Path) -> str:
    """The contract's id; what is there is never written over."""
    name, words = folder.resolve().name, folder.resolve().name.replace("_", " ")
    if folder.exists():
        mend = "name a folder that is not there yet"
        raise Refused(Problem("contract.exists", f"there is a {folder} already", mend, file=str(folder)))
    if not folder.resolve().parent.is_dir():
        parent = folder.resolve().parent
        raise Missing(Problem("file.absent", f"there is no folder {parent}", "make it first", file=str(parent)))
    if identifier(name) != name:
        mend = f"name it by an id: lower-case letters, digits and underscores, such as {identifier(words)}"
        raise NotValid(Problem("contract.bad-value", "the folder's name is the contract's id", mend, value=name))
    return name


def _answers(name: str, wanted: Wanted, today: date, ask: Ask | None) -> dict[str, Any]:
    """Every answer, read; one that is not good is asked again, or told with all the others."""
    asked = questions(name.replace("_", " ").capitalize(), today)
    located = Located({}, {}) if wanted.answers is None else read_toml(text_of(wanted.answers), str(wanted.answers))
    single = dict(part.partition("=")[::2] for part in wanted.given)
    problems = list(_unknown(asked, {**located.data, **single}, wanted, located))
    answers: dict[str, Any] = {}
    for question in asked:
        if not question.asked(answers):
            continue
        text = _text(single.get(question.key, located.data.get(question.key)))
        try:
            answers[question.key] = _asked(question, answers, text, ask)
        except ValueError as error:
            problems.append(_not_good(question, str(error), text, wanted, located))
            if text is None:
                break
            # the questions after it are asked as if it had its default, so that all is told at once
            answers[question.key] = _asked(question, answers, None, None)
    _refuse(problems)
    return answers


def _asked(question: Question, answers: Mapping[str, Any], text: str | None, ask: Ask | None) -> Any:
    """One answer; a person is asked until it is good, a machine has one try."""
    default = question.default(answers)
    if text is not None or ask is None:
        return question.read(default if text is None else text, answers)
    wrong = ""
    while True:
        try:
            return question.read(ask(question, default, wrong), answers)
        except ValueError as error:
            wrong = str(error)


def _text(value: Any) -> str | None:
    """An answer as a person would type it: a table of pairs, a date and a number too."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "; ".join(f"{key} = {_text(part)}" for key, part in value.items())
    return "; ".join(str(_text(part)) for part in value) if isinstance(value, list) else str(value)


def _unknown(
    asked: tuple[Question, ...], given: Mapping[str, Any], wanted: Wanted, located: Located
) -> Iterator[Problem]:
    known = {question.key for question in asked}
    for key in given:
        if key not in known:
            line, file = located.line_of((key,)), str(wanted.answers) if key in located.data else None
            mend = f"answer one of: {', '.join(question.key for question in asked)}"
            yield Problem("answers.unknown-key", f"nothing is asked by the name `{key}`", mend, file=file, line=line)


def _not_good(question: Question, said: str, text: str | None, wanted: Wanted, located: Located) -> Problem:
    what, _, mend = said.partition(": ")
    in_file = question.key in located.data
    return Problem(
        "answers.bad-value",
        f"`{question.key}`, {question.asks}: {what}",
        mend,
        text,
        f"such as: {question.example}",
        str(wanted.answers) if in_file else None,
        located.line_of((question.key,)) if in_file else None,
    )


def _answered(at: Path, name: str, answers: Mapping[str, Any]) -> None:
    contract = document(name, answers)
    text = toml_text(contract)
    (at / "contract.toml").write_text(text, encoding="utf-8")
    case = case_document(answers, contract)
    file = at / "cases" / _CASE
    file.write_text(toml_text(case), encoding="utf-8")
    priced = price(parse_contract(text, str(at / "contract.toml")).contract, read_case(file))
    currency = priced.payables.currency
    expect: dict[str, Any] = {
        "total": major(priced.payables.total, currency),
        "payments": {line.payment: major(line.amount, currency) for line in priced.payables.payables},
        "payers": {payer: major(amount, currency) for payer, amount in priced.payables.by_payer.items()},
    }
    if priced.distribution.tranches:
        expect["tranches"] = {each.tranche: major(each.amount, currency) for each in priced.distribution.tranches}
    file.write_text(toml_text({**case, "expect": expect}), encoding="utf-8")


def _like(source: Path, at: Path, name: str) -> None:
    """Take another contract's terms and its first case, which its terms still price."""
    agreed = read_contract(source)
    text = reshaped(agreed.text, name, agreed.contract.contract.id)
    contract = parse_contract(text, str(source)).contract
    if contract.contract.id != name:
        raise NotValid(
            Problem("contract.shape", f"{source} has no table [contract]", "write its keys under [contract]")
        )
    (at / "contract.toml").write_text(text, encoding="utf-8")
    cases = (file for file in sorted((source.parent / "cases").glob("*.toml")) if _holds(contract, file))
    for case in islice(cases, 1):
        (at / "cases" / case.name).write_text(without_sources(text_of(case)), encoding="utf-8")
    for beside in source.parent.glob("plan.toml"):
        copyfile(beside, at / beside.name)


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise NotValid(problems)


def _holds(contract: Contract, file: Path) -> bool:
    """Whether a case is equal under the terms alone, without amendments."""
    try:
        case = read_case(file)
        return not differences(price(contract, case), case)
    except SibError:
        return False


def _written(folder: Path, write: Callable[[Path], None]) -> tuple[Path, ...]:
    """Write into a folder beside it, look at the whole, and only then give it its name."""
    beside = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.resolve().parent))
    try:
        (beside / "cases").mkdir()
        write(beside)
        page, words = contract_sheet(beside)
        page.with_name("README.md").write_text(words, encoding="utf-8")
        _refuse(check_contract(beside).problems)
        beside.chmod(0o755)
        beside.rename(folder)
    except BaseException:
        rmtree(beside, ignore_errors=True)
        raise
    return tuple(sorted(file for file in folder.rglob("*") if file.is_file()))
