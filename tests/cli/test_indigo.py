"""`sib indigo` as a person types it: what is written, what is said, and the exit code."""

import json
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sib.cli.app import app
from sib.errors import Missing, NotValid, SibError
from sib.steps.house import PROJECT
from tests.cli.test_cli import sib

DATA = PROJECT / "tests" / "data" / "indigo"
DENVER = PROJECT / "contracts" / "denver_supportive_housing"


def run(*words: str | Path) -> tuple[int, str]:
    """Run a command in this process; a problem is raised as the command raises it."""
    done = CliRunner().invoke(app, [str(word) for word in words], standalone_mode=False, catch_exceptions=False)
    return done.return_value or 0, done.stdout


def refused(kind: type[SibError], *words: str | Path) -> list[str]:
    with pytest.raises(kind) as caught:
        run(*words)
    return [problem.code for problem in caught.value.problems]


def test_a_clean_record_becomes_a_contract(tmp_path: Path):
    code, said = run("indigo", "import", DATA / "night_shelter.json", tmp_path / "shelter")
    assert code == 0
    assert "indigo_poj_9001: 173 values read" in said and "0 in quarantine.csv" in said
    assert sorted(file.name for file in (tmp_path / "shelter").iterdir()) == [
        "contract.toml",
        "facts.json",
        "quarantine.csv",
        "quarantine.json",
    ]
    assert run("contract", "show", tmp_path / "shelter")[0] == 0


def test_a_record_with_traps_ends_with_one_and_tells_them(tmp_path: Path):
    code, said = run("indigo", "import", DATA / "harbour_skills.json", tmp_path / "harbour", "--json")
    answer = json.loads(said)
    assert code == 1
    assert answer["counts"]["quarantined"] == len(answer["quarantined"]) == sum(answer["faults"].values())
    assert {"code", "what", "mend", "value", "file", "place"} <= set(answer["quarantined"][0])


def test_people_see_the_first_few_and_where_the_others_stand(tmp_path: Path):
    done = CliRunner().invoke(
        app, ["indigo", "import", str(DATA / "harbour_skills.json"), str(tmp_path / "h")], standalone_mode=False
    )
    assert done.stderr.count("error[indigo.") == 5
    assert f"more in {tmp_path / 'h'}/quarantine.csv" in done.stderr
    assert "places in contract.toml say “to be completed”" in done.stdout


def test_one_project_of_many_tables_is_named(tmp_path: Path):
    assert refused(NotValid, "indigo", "import", DATA / "tables", tmp_path / "c") == ["indigo.which-project"]
    code, said = run("indigo", "import", DATA / "tables", tmp_path / "c", "--project", "INDIGO-POJ-9004")
    # the other project's start is given to the year only; nothing of it is wrong
    assert code == 0 and "indigo_poj_9004" in said


def test_a_contract_is_written_as_json_and_as_a_workbook_that_are_read_back(tmp_path: Path):
    code, said = run("indigo", "export", DENVER)
    assert code == 0 and json.loads(said)["outcome_metrics"]
    for name in ("denver.json", "denver.xlsx"):
        code, said = run("indigo", "export", DENVER, "--out", tmp_path / name)
        assert code == 0 and str(tmp_path / name) in said
        code, _ = run("indigo", "import", tmp_path / name, tmp_path / f"from_{name}")
        assert code == 0
    written = [(tmp_path / f"from_denver.{kind}" / "contract.toml").read_text("utf-8") for kind in ("json", "xlsx")]
    assert written[0] == written[1]
    code, said = run("indigo", "export", DENVER, "--out", tmp_path / "d.json", "--json")
    assert json.loads(said)["file"] == str(tmp_path / "d.json")


def test_slips_are_told(tmp_path: Path):
    assert refused(NotValid, "indigo", "export", DENVER, "--register") == ["usage"]
    assert refused(NotValid, "indigo", "export", DENVER, "--out", tmp_path / "d.csv") == ["usage"]
    assert refused(Missing, "indigo", "import", tmp_path / "absent.json", tmp_path / "c") == ["file.absent"]


def test_the_register_is_asked_by_somebody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SIB_HOME", str(tmp_path / "home"))
    run("register", DENVER, "--as", "officer-1")
    code, said = run("indigo", "export", DENVER, "--register", "--as", "officer-1")
    assert code == 0
    # nothing is paid yet
    assert "outcome_payments" not in json.loads(said)


def test_the_exit_code_reaches_the_shell(tmp_path: Path):
    done: subprocess.CompletedProcess[str] = sib(tmp_path, "indigo", "import", str(DATA / "harbour_skills.json"), "out")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "more in out/quarantine.csv" in done.stderr
