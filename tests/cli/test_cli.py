"""The command line as a person uses it: in a process of its own, from an empty folder, with people's mistakes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sib.steps.house import PROJECT

DENVER = PROJECT / "contracts" / "denver_supportive_housing"
CASE = DENVER / "cases" / "whole.toml"
CARE_CLAIMS = PROJECT / "data" / "sample" / "care_leavers" / "claims.csv"


def sib(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SIB_")}
    command = [sys.executable, "-c", "from sib.cli import main; main()", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_help_loads_no_heavy_library():
    code = (
        "import sys; sys.argv = ['sib', '--help']\n"
        "from sib.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'pandas', 'statsmodels', 'prefect', 'streamlit', 'duckdb', 'sqlmodel', 'numpy', 'altair'}\n"
        "sys.stderr.write(repr(sorted(heavy & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]"
    assert "Exit codes" in done.stdout


def test_price_from_any_folder_without_a_register(tmp_path: Path):
    done = sib(tmp_path, "contract", "price", str(DENVER), "--given", str(CASE), "--check", "--json")
    assert done.returncode == 0, done.stderr
    priced = json.loads(done.stdout)
    assert priced["total"] == "9638911.36"
    assert priced["tranches"] == [
        {"id": "lenders", "amount": "9638911.36", "principal": "8600000.00", "return": "1038911.36"}
    ]
    assert [payment["amount"] for payment in priced["payments"]] == ["4534911.36", "5104000.00"]
    assert set(priced["payments"][0]) == {"id", "metric", "quantity", "unit", "amount", "payer", "reasons"}
    assert priced["holds"] == []
    assert list(tmp_path.iterdir()) == []


def test_price_says_what_differs_and_leaves_with_one(tmp_path: Path):
    case = tmp_path / "case.toml"
    case.write_text(CASE.read_text().replace('total    = "9638911.36"', 'total    = "9638911.37"'))
    done = sib(tmp_path, "contract", "price", str(DENVER), "--given", str(case), "--check")
    assert done.returncode == 1
    assert "differs: total: expected 9638911.37, found 9638911.36" in done.stdout


@pytest.mark.parametrize(
    ("change", "line_of", "said"),
    [
        (('price = "15.12"', 'prise = "15.12"'), "prise", "did you mean `price`?"),
        (('price = "15.12"', "price = 15.12"), "price = 15.12", 'put quotation marks around it, "15.12"'),
        (('unit = "percentage point"', 'unit = "percent"'), "per = ", "the quantity is measured in `percent`"),
        (("starts_on = 2016-02-01", "starts_on = 2016-02-30"), "starts_on = 2016-02-30", "this is not TOML"),
        (('metric = "housed_days"', 'metric = "housed_day"'), 'metric = "housed_day"', "did you mean `housed_days`?"),
    ],
)
def test_a_mistake_in_a_contract_is_told_with_its_line(tmp_path: Path, change, line_of, said):
    text = (DENVER / "contract.toml").read_text().replace(*change, 1)
    file = tmp_path / "contract.toml"
    file.write_text(text)
    done = sib(tmp_path, "contract", "price", str(file), "--given", str(CASE))
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line_of in line]
    assert any(f"contract.toml:{number} " in done.stderr or f"line {number}" in done.stderr for number in lines)


def test_errors_as_json(tmp_path: Path):
    done = sib(tmp_path, "contract", "show", str(tmp_path / "nowhere"), "--json")
    assert done.returncode == 3
    assert json.loads(done.stderr)["problems"][0]["code"] == "file.absent"
    assert done.stdout == ""


def test_a_wrong_word_is_a_usage_error(tmp_path: Path):
    assert sib(tmp_path, "setle", "x").returncode == 2
    assert sib(tmp_path, "settle", "denver_supportive_housing", "P1").returncode == 2


def test_nothing_published_yet_says_what_to_do(tmp_path: Path):
    done = sib(tmp_path, "dashboard", "--no-open")
    assert done.returncode == 3
    assert "sib demo" in done.stderr


def test_an_unknown_person_and_an_unknown_contract(tmp_path: Path):
    who = sib(tmp_path, "verify", "care_leavers_reboot_west", "--as", "somebody")
    assert who.returncode == 3
    assert "officer-1" in who.stderr
    what = sib(tmp_path, "verify", "care_leavers", "--as", "officer-1")
    assert what.returncode == 3
    assert "care_leavers" in what.stderr


def test_the_line_by_hand(tmp_path: Path):
    """Register, take in, verify, settle, authorise, receive, publish, explain: each its own command."""
    contract = "care_leavers_reboot_west"
    run = [
        ("register", str(PROJECT / "contracts" / contract), "--as", "officer-1"),
        ("intake", contract, str(CARE_CLAIMS), "--as", "provider", "--on", "2022-12-31"),
        ("verify", contract, "--as", "officer-1"),
        ("settle", contract, "life", "--as", "officer-1"),
        ("authorise", f"{contract}/life", "--as", "officer-2"),
        ("receive", f"{contract}/life", "--as", "finance"),
        ("publish",),
        ("explain", f"{contract}/life/he_complete"),
    ]
    said = [sib(tmp_path, *words) for words in run]
    assert [done.returncode for done in said] == [0] * len(run), [done.stderr for done in said]
    assert "3,118 rows: 3,118 taken in, 0 refused" in said[1].stdout
    assert "1,871,540.00" in said[3].stdout
    assert "department pays provider GBP 1,871,540.00" in said[4].stdout
    assert "GBP 14,190.00" in said[7].stdout
    same = sib(tmp_path, "authorise", f"{contract}/life", "--as", "officer-1")
    assert same.returncode == 0, "an authorised statement is shown again, whoever asks that may authorise"
    doctor = sib(tmp_path, "doctor", "--json")
    assert doctor.returncode == 0
    assert all(finding["good"] for finding in json.loads(doctor.stdout)["findings"])


def test_refused_rows_come_back_with_what_to_fix(tmp_path: Path):
    contract = "care_leavers_reboot_west"
    faults = CARE_CLAIMS.with_name("claims_with_faults.csv")
    sib(tmp_path, "register", str(PROJECT / "contracts" / contract), "--as", "officer-1")
    back = tmp_path / "refused.csv"
    words = ("intake", contract, str(faults), "--as", "provider", "--on", "2022-12-31", "--back", str(back), "--json")
    done = sib(tmp_path, *words)
    assert done.returncode == 1
    counts = json.loads(done.stdout)
    assert counts["rows"] == counts["accepted"] + counts["refused"] + counts["already_held"]
    assert back.read_text().splitlines()[0] == "row,column,found,expected,what is wrong,what to fix,code"
    assert len(back.read_text().splitlines()) == 1 + len(counts["problems"])


def test_a_fault_of_ours_shows_no_traceback_and_no_text_of_the_exception(tmp_path: Path):
    code = (
        "import sys; sys.argv = ['sib', 'contract', 'schema']\n"
        "import sib.steps.agree as agree\n"
        "def broken(of): raise RuntimeError('Jane Doe, 1999-01-01')\n"
        "agree.json_schema = broken\n"
        "from sib.cli import main\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 4
    assert "RuntimeError" in done.stderr
    assert "Jane" not in done.stderr
    assert "Traceback" not in done.stderr
