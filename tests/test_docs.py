"""The documents are true: commands, figures, links, words and dependencies; and the tree keeps its habits of size."""

import ast
import json
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer

from sib.cli.app import app
from sib.cli.say import EXIT_CODES
from sib.errors import Exit, Missing
from sib.money import decimal_text
from sib.outcomes.claims import VerificationState
from sib.outcomes.results import ResultState
from sib.outcomes.transitions import CLAIM_STEPS, RESULT_STEPS, STATEMENT_STEPS, StatementState
from sib.settings import Settings
from sib.steps.agree import json_schema
from sib.steps.demo import DEMO, EXPECTED
from sib.steps.price import differences, price
from sib.terms import reference as reference_page
from sib.terms.case import read_case
from sib.terms.contract import Contract
from sib.terms.examples import EXAMPLES
from sib.terms.read import parse_contract
from sib.terms.reference import SORTS, primitives, reference
from sib.terms.sample import CASE, PARTS, TEXT

ROOT = Path(__file__).resolve().parents[1]
NOT_OURS = {".git", ".venv", ".sib", ".prefect", "__pycache__", "build", "dist"}
DOCUMENTS = ("README.md", "GLOSSARY.md", "DECISIONS.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/contract-format.md")
README = (ROOT / "README.md").read_text(encoding="utf-8")
MOST_LINES, MOST_BODY = 400, 70
LONGER: Mapping[str, int] = {}
"""File, or file and function, -> lines it has beyond what is allowed; this list only shrinks."""


def files(*endings: str) -> Iterator[Path]:
    """Every file of the tree with one of the endings; caches and hidden folders of tools left out."""
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT)
        hidden = any(part in NOT_OURS or part.endswith((".egg-info", "_cache")) for part in inside.parts)
        if path.is_file() and not hidden and path.suffix in endings:
            yield path


# commands


def commands(command: Any = None, words: tuple[str, ...] = ("sib",)) -> Iterator[tuple[tuple[str, ...], Any]]:
    command = command or typer.main.get_command(app)
    below = getattr(command, "commands", None)
    if below is None:
        yield words, command
    for name, part in (below or {}).items():
        yield from commands(part, (*words, name))


COMMANDS = dict(commands())


def read_as(words: list[str]) -> None:
    """Read a command line as the command would, without running it; fails where it could not be read."""
    found = next((name for name in COMMANDS if list(name) == words[: len(name)]), None)
    assert found, f"there is no command {' '.join(words)}"
    context = COMMANDS[found].make_context(" ".join(found), words[len(found) :])
    context.close()


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help_an_example_and_its_exit_codes(words):
    command = COMMANDS[words]
    assert command.epilog == EXIT_CODES
    text = " ".join(command.help.split())
    assert "Example: sib " in text, text
    example = shlex.split(text.partition("Example: ")[2].partition(" > ")[0])
    assert tuple(example[: len(words)]) == words
    read_as(example)
    silent = [part.name for part in command.params if not (part.help or "").strip()]
    assert not silent, f"no help: {silent}"


def spoken(document: Path) -> Iterator[list[str]]:
    """Every command line of sib in a document: in its blocks, and between backticks."""
    text = document.read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in re.split(r"\n| && ", block)]
    lines += re.findall(r"`(sib [^`]*)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    for line in lines:
        if said := re.match(r"\s*(?:\.venv/bin/)?sib (?P<words>[^>]*)", line):
            yield ["sib", *shlex.split(said["words"], comments=True)]


@pytest.mark.parametrize("document", [*DOCUMENTS, "contracts/README.md", "data/sample/README.md"])
def test_every_command_of_a_document_exists(document):
    """A command or a group named alone has to be there; one with arguments has to be read by the command, too."""
    starts = {name[:length] for name in COMMANDS for length in range(2, len(name) + 1)}
    for words in spoken(ROOT / document):
        if words[1:] != ["COMMAND", "--help"] and tuple(words) not in starts:
            read_as(words)


def test_the_readme_lists_every_command_once():
    listed = re.findall(r"^\| `(sib [^`]+)` \|", README, re.MULTILINE)
    assert sorted(listed) == sorted(" ".join(words) for words in COMMANDS)


# figures and settings


def test_the_figures_of_the_readme_are_those_of_the_demonstration():
    for story in DEMO:
        expected, _ = EXPECTED[story.contract]
        row = next(line for line in README.splitlines() if line.startswith(f"| `{story.contract}`"))
        whole, _, minor = expected.partition(".")
        assert f" {int(whole):,}.{minor} " in row
    assert "three real contracts" in README
    assert len(DEMO) == len(EXPECTED) == 3


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("raw_difference", "earned {value} dollars *less*, and nothing would be paid"),
        ("matched_estimate", "earned {value} more, and {total} is paid"),
        ("randomised_estimate", "it is {value}, worth {total}"),
    ],
)
def test_the_readme_tells_the_estimates_and_what_they_pay(case: str, told: str):
    read = read_case(ROOT / "contracts" / "nsw_employment" / "cases" / f"{case}.toml")
    assert read.expect.total is not None
    value = Decimal(decimal_text(abs(read.given.quantities["earnings_uplift"].value)))
    total = Decimal(decimal_text(read.expect.total))
    assert ("nothing" in told) == (total == 0)
    assert told.format(value=f"{value:,.2f}", total=f"{total:,.2f}") in " ".join(README.split())


def test_every_setting_and_exit_code_is_told():
    names = {f"SIB_{name.upper()}" for name in Settings.model_fields} | {"SIB_KEY", "SIB_DEBUG"}
    assert set(re.findall(r"^\| `(SIB_\w+)` \|", README, re.MULTILINE)) == names
    codes = re.findall(r"^\| (\d) \|", README, re.MULTILINE)
    assert [int(code) for code in codes] == [int(code) for code in Exit]


def test_the_readme_names_every_room():
    rooms = {path.name for path in (ROOT / "sib").iterdir() if (path / "__init__.py").is_file() or path.suffix == ".py"}
    rooms -= {"__init__.py"}
    told = set(re.findall(r"\[sib/([\w.]+)/?\]", README))
    assert told == rooms


# the contract format


def test_the_reference_of_the_format_is_current():
    page = (ROOT / "docs" / "contract-format.md").read_text(encoding="utf-8")
    assert page == reference(), "sib contract reference > docs/contract-format.md"


@pytest.mark.parametrize("of", ["contract", "case", "amendment"])
def test_the_schemas_are_current(of):
    file = ROOT / "docs" / f"{of}.schema.json"
    expected = json.dumps(json_schema(of), indent=2, ensure_ascii=False) + "\n"
    assert file.read_text(encoding="utf-8") == expected, f"sib contract schema {of} > {file.relative_to(ROOT)}"


def test_every_part_and_primitive_stands_in_the_reference():
    page = reference()
    for key in Contract.model_fields:
        assert key in SORTS or key == "format" or re.search(rf"^## `\[\[?{key}\]\]?`$", page, re.MULTILINE)
    for sort in SORTS:
        assert list(EXAMPLES[sort]) == list(primitives(sort))
        for kind in primitives(sort):
            assert f"\n### {kind} ({sort})\n" in page
            assert f"\n[{sort}." in page.partition(f"\n### {kind} ({sort})\n")[2].partition("\n### ")[0]


def test_a_part_without_example_or_words_is_told(monkeypatch):
    fewer = {key: text for key, text in PARTS.items() if key != "waterfall"}
    monkeypatch.setattr(reference_page, "PARTS", fewer)
    monkeypatch.setattr(reference_page, "EXAMPLES", {sort: {} for sort in SORTS})
    monkeypatch.setattr(reference_page, "_SAID", {})
    with pytest.raises(Missing) as raised:
        reference()
    told = [problem.what for problem in raised.value.problems]
    assert "the part `waterfall` has no example" in told
    assert "the amount `marginal bands` has no example" in told
    assert "`TrancheShare.share` says nothing" in told


def test_no_words_are_kept_for_keys_that_say_it_themselves():
    silent: set[str] = set()
    contract, case = json_schema("contract"), json_schema("case")
    for parts in (contract["$defs"], {**case["$defs"], "Case": case}):
        for name, part in parts.items():
            for key, field in part.get("properties", {}).items():
                if "description" not in field and "const" not in field:
                    silent |= {key, f"{name}.{key}"}
    assert set(reference_page._SAID) <= silent


def test_the_small_contract_of_the_reference_prices_its_case(tmp_path):
    file = tmp_path / "case.toml"
    file.write_text(CASE, encoding="utf-8")
    case = read_case(file)
    assert differences(price(parse_contract(TEXT).contract, case), case) == ()
    assert case.expect.total == 3350


@pytest.mark.parametrize("of", ["contract", "case"])
def test_the_schemas_accept_every_contract_and_case_and_refuse_a_slip(of):
    pattern = "*/contract.toml" if of == "contract" else "*/cases/*.toml"
    judge = jsonschema.Draft202012Validator(json_schema(of))
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "contracts").glob(pattern))]
    texts.append(TEXT if of == "contract" else CASE)
    assert len(texts) > 3
    for text in texts:
        # an editor sees dates as text
        data = json.loads(json.dumps(tomllib.loads(text), default=str))
        assert not list(judge.iter_errors(data))
        assert list(judge.iter_errors({**data, "colour": "blue"}))


# words, links, dependencies


def section(document: str, title: str) -> str:
    text = (ROOT / document).read_text(encoding="utf-8")
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize(
    ("title", "states", "steps"),
    [
        ("States of a claim", VerificationState, CLAIM_STEPS),
        ("States of a measured result", ResultState, RESULT_STEPS),
        ("States of a statement", StatementState, STATEMENT_STEPS),
    ],
)
def test_the_glossary_has_the_states_of_the_code(title, states: type[StrEnum], steps):
    rows = re.findall(r"^\| \*\*(.+?)\*\* \| .+? \| (.+?) \|$", section("GLOSSARY.md", title), re.MULTILINE)
    told = {state: set(after.split(", ")) - {"nothing"} for state, after in rows}
    assert told == {
        str(state): {str(after) for (before, _), after in steps.items() if before is state} for state in states
    }


def test_the_glossary_gives_each_word_one_meaning():
    text = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").partition("\n## States of a claim\n")[0]
    words = [word for row in re.findall(r"^\| \*\*(.+?)\*\* \|", text, re.MULTILINE) for word in row.split(", ")]
    assert len(words) > 80
    assert sorted(set(words)) == sorted(words)


def anchors(document: Path) -> set[str]:
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", sorted(path.relative_to(ROOT).as_posix() for path in files(".md")))
def test_links_between_documents_lead_somewhere(document):
    here = ROOT / document
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", here.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (here.parent / path).resolve() if path else here
        assert there.exists(), f"{document} points to {target}"
        assert not anchor or anchor in anchors(there), f"{document} points to {target}"


def names(requirements: list[str]) -> list[str]:
    return [re.match(r"[A-Za-z0-9._-]+", requirement)[0] for requirement in requirements]  # type: ignore[index]


def test_every_dependency_has_a_line_with_its_licence():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [requirement for extra in project["optional-dependencies"].values() for requirement in extra]
    needed = set(names(project["dependencies"] + extras))
    rows = re.findall(r"^\| `([\w.-]+)` \| (.+?) \| (.+?) \| (.+?) \|$", section("DECISIONS.md", "Dependencies"), re.M)
    assert sorted(name for name, *_ in rows) == sorted(needed)
    for name, _, _, licence in rows:
        stated = metadata(name).get("License-Expression")
        assert licence == stated or not stated, f"{name} is under {stated}"


def test_decisions_are_numbered_and_whole():
    text = (ROOT / "DECISIONS.md").read_text(encoding="utf-8")
    records = re.split(r"^### ", text.partition("\n## Dependencies")[0], flags=re.MULTILINE)[1:]
    assert [int(record.split(".")[0]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        assert "\n- **Why:** " in record, record
        assert "\n- **Ruled out:** " in record, record


def test_the_changelog_knows_the_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.M)


# the tree


def test_no_file_names_a_registry():
    hosts = [
        ".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"))
    ]
    endings = (".md", ".py", ".toml", ".txt", ".json", ".yaml", ".yml", ".cfg", ".css", "")
    guilty = [
        (path.relative_to(ROOT).as_posix(), host)
        for path in files(*endings)
        for host in hosts
        if host in path.read_text(encoding="utf-8", errors="replace")
    ]
    assert not guilty
    assert not re.search(r"\w+://|file:|@ ", (ROOT / "constraints.txt").read_text(encoding="utf-8"))


ROOMS: Mapping[str, tuple[str, ...]] = {
    "sib/cli": ("the desk",),
    "sib/steps": ("arrows",),
    "sib/access.py": ("Access",),
    "sib/disclosure.py": ("Disclosure",),
    "sib/__init__.py": ("sib",),
    "pipelines": ("apps",),
    "dashboards": ("dashboards", "apps"),
    **{f"sib/{name}.py": ("Values",) for name in ("money", "periods", "xirr", "errors", "settings")},
}
"""Room -> what the first line of its files may begin with; any other folder of sib begins with its own name."""


def room_of(path: Path) -> tuple[str, ...]:
    place = path.relative_to(ROOT).as_posix()
    named = next((words for room, words in ROOMS.items() if place == room or place.startswith(f"{room}/")), None)
    return named or (path.relative_to(ROOT).parts[1],)


PYTHON = [path for path in files(".py") if path.relative_to(ROOT).parts[0] in ("sib", "pipelines", "dashboards")]


def test_the_first_line_of_every_file_says_its_room():
    strangers = [
        path.relative_to(ROOT).as_posix()
        for path in PYTHON
        if not path.read_text(encoding="utf-8").startswith(tuple(f'"""{word}: ' for word in room_of(path)))
    ]
    assert len(PYTHON) > 100
    assert not strangers


def long_files() -> Iterator[tuple[str, int]]:
    for path in files(".py"):
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES:
            yield path.relative_to(ROOT).as_posix(), lines


def long_functions() -> Iterator[tuple[str, int]]:
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[1] if len(node.body) > 1 and ast.get_docstring(node) else node.body[0]
                if (lines := (node.end_lineno or 0) - first.lineno + 1) > MOST_BODY:
                    yield f"{path.relative_to(ROOT).as_posix()}:{node.name}", lines


def test_files_and_functions_stay_short():
    assert {**dict(long_files()), **dict(long_functions())} == LONGER, (
        "make it shorter, or take what became shorter off the list"
    )
