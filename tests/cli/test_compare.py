"""The command line on contracts with amendments: versions shown, priced and compared."""

import json
from pathlib import Path
from shutil import copytree

import pytest

from sib.cli.app import app
from sib.errors import Missing, NotValid
from sib.steps.house import PROJECT

AMENDED = PROJECT / "tests" / "data" / "two_towns"
CASE = AMENDED / "cases" / "jobs_before_and_after.toml"
DRAFT = AMENDED / "amendments" / "002.toml"


def run(*words: object) -> int:
    """Run the command as ``sib`` does; returns its exit code."""
    return app([str(word) for word in words], standalone_mode=False) or 0


def test_show_says_the_version_of_a_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("contract", "show", AMENDED, "--on", "2025-11-30") == 0
    assert "Version 1, 1 April 2024" in capsys.readouterr().out
    assert run("contract", "show", AMENDED) == 0
    page = capsys.readouterr().out
    assert "Version 2, 1 April 2024" in page
    assert "- **Amendment 1: Dearer jobs in North Town" in page


def test_show_as_json_names_amendments_and_who_has_not_signed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("contract", "show", AMENDED, "--version", 1, "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["version"] == 1
    assert [(each["number"], each["agreed"], each["not_signed_by"]) for each in shown["amendments"]] == [
        (1, True, []),
        (2, False, ["south_town", "provider"]),
    ]


def test_a_day_or_a_version_that_is_none() -> None:
    with pytest.raises(NotValid):
        run("contract", "show", AMENDED, "--on", "yesterday")
    with pytest.raises(Missing):
        run("contract", "price", AMENDED, "--given", CASE, "--version", 3)


def test_price_as_if_one_version_had_ever_held(capsys: pytest.CaptureFixture[str]) -> None:
    """Two jobs at 1,450 and 100 nights at 12.50 under version 1; both jobs at 1,700 under version 2."""
    for version, total in ((1, "4150.00"), (2, "4650.00")):
        assert run("contract", "price", AMENDED, "--given", CASE, "--version", version, "--json") == 0
        assert json.loads(capsys.readouterr().out)["total"] == total
    assert run("contract", "price", AMENDED, "--given", CASE, "--check") == 0


def test_check_tells_of_drafts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copytree(AMENDED, tmp_path / "two_towns")
    assert run("contract", "show", folder, "--write") == 0
    assert run("contract", "check", folder) == 0
    assert "amendment 2 (No more courses) is a draft and does not count" in capsys.readouterr().out


def test_compare_is_done_whatever_it_finds_and_check_tells_by_its_exit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = tmp_path / "contract.toml"
    first.write_text((AMENDED / "contract.toml").read_text(encoding="utf-8"), encoding="utf-8")
    words = ("contract", "compare", first, AMENDED, "--given", CASE)
    assert run(*words) == 0
    assert "north_town loses: pays GBP 250.00 more" in capsys.readouterr().out
    assert run(*words, "--check", "--json") == 1
    assert json.loads(capsys.readouterr().out)["differs"] is True
    assert run("contract", "compare", AMENDED, "--amendment", DRAFT, "--check") == 0
