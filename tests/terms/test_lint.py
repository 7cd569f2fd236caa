"""terms: what is worth a look in a good contract: each finding is where it belongs, and nothing is said of the rest."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from sib.terms.read import advised, parse_contract
from tests.terms.faults import line_of, spoilt
from tests.terms.quiet import QUIET

PROJECT = Path(__file__).resolve().parents[2]
ASKED = tomllib.loads((Path(__file__).parent / "lint.toml").read_text(encoding="utf-8"))


def looked(text: str) -> list[tuple[str, str, int | None]]:
    """What is said of a contract: code, sentence and line."""
    found = advised(parse_contract(text))
    assert [each.line or 0 for each in found] == sorted(each.line or 0 for each in found)
    assert all(each.mend and each.file == "contract.toml" for each in found)
    return [(each.code, each.what, each.line) for each in found]


def test_of_a_quiet_contract_nothing_is_said() -> None:
    assert looked(QUIET) == []


@pytest.mark.parametrize("case", ASKED["look"], ids=[case["name"] for case in ASKED["look"]])
def test_each_is_told_once_with_its_line(case: dict[str, Any]) -> None:
    text = spoilt(*map(tuple, case["changes"]), text=QUIET)
    at = text.rindex("[[waterfall]]") if case["at"] == "the last step" else text.index(case["at"])
    found = looked(text)
    assert (case["code"], case["what"], text[:at].count("\n") + 1) in found
    assert [code for code, _, _ in found].count(case["code"]) == 1


@pytest.mark.parametrize("case", ASKED["quiet"], ids=[case["name"] for case in ASKED["quiet"]])
def test_no_false_alarm(case: dict[str, Any]) -> None:
    assert looked(spoilt(*map(tuple, case["changes"]), text=QUIET)) == []


def test_without_settlement_periods_nothing_is_said_of_them() -> None:
    text = QUIET[: QUIET.index("[[settlement]]")] + QUIET[QUIET.index("[[tranche]]") :]
    assert looked(text) == []


def test_where_some_figures_have_a_source_the_others_are_asked_for_theirs() -> None:
    text = spoilt(('source = "Schedule 9"\n', ""), ('cap = "900"', 'cap = "900"\nsource = "x"'), text=QUIET)
    assert [(code, line) for code, _, line in looked(text)] == [
        ("look.no-source", line_of(text, '[[payment]]\nid = "work"')),
        ("look.no-source", line_of(text, "[[rate_card]]")),
        ("look.no-source", line_of(text, "[[cap]]")),
        ("look.no-source", line_of(text, "[[tranche]]")),
    ]


@pytest.mark.parametrize(
    "file", sorted((PROJECT / "contracts").glob("*/contract.toml")), ids=lambda file: file.parent.name
)
def test_every_contract_of_ours_can_be_looked_at(file: Path) -> None:
    agreed = parse_contract(file.read_text(encoding="utf-8"), str(file))
    for found in advised(agreed):
        assert found.code.startswith("look.")
        assert found.line
        assert "inf" not in found.what.split()
