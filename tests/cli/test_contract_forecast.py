"""cli: `sib contract forecast`, `what-if`, `what-price` and `schedule` as a person and a machine ask them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
NSW = str(CONTRACTS / "nsw_employment")
CALL = "import sys; sys.argv[0] = 'sib'; from sib.cli import main; main()"


def sib(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CALL, "contract", *words]
    home = {**os.environ, "SIB_HOME": str(folder / "home")}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=home)


def test_a_forecast_in_words_and_as_a_picture(tmp_path: Path) -> None:
    pytest.importorskip("vl_convert")
    done = sib(
        tmp_path, "forecast", NSW, "--scenarios", "500", "--picture", "p.svg", "--cases", "base", "--cases", "low"
    )
    assert done.returncode == 0, done.stderr
    assert "500 scenarios drawn, seed 1978; amounts in USD" in done.stdout
    assert done.stdout.endswith("wrote p.svg\n")
    assert (tmp_path / "p.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_forecast_for_machines_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    first, again, other = (
        sib(tmp_path, "forecast", NSW, "--scenarios", "500", "--json", "--seed", seed).stdout
        for seed in ("4", "4", "5")
    )
    assert first == again != other
    document = json.loads(first)
    # 185 people, 17 whole hundreds of 1,794: 185 x 17 x 100
    assert document["cases"]["base"]["total"] == "314500.00"
    assert document["most"] == "400000.00"


def test_what_if_and_which_price(tmp_path: Path) -> None:
    asked = ("what-if", NSW, "--set", "earnings.cap=100000", "--scenarios", "200")
    said, told = sib(tmp_path, *asked), json.loads(sib(tmp_path, *asked, "--json").stdout)
    assert said.returncode == 0, said.stderr
    assert "what if earnings.cap=100000" in said.stdout
    payer = next(each for each in told["sides"] if each["role"] == "payer")
    assert float(payer["then"]) <= 100_000 < float(payer["today"])
    asked = ("what-price", NSW, "--payment", "earnings", "--tranche", "fund", "--rate", "0.02", "--scenarios", "100")
    said, told = sib(tmp_path, *asked), json.loads(sib(tmp_path, *asked, "--json").stdout)
    assert "which price of `earnings` pays `fund` 2 % a year with a probability of 90 %?" in said.stdout
    assert told["scenarios"] == 100


def test_a_schedule_and_its_files(tmp_path: Path) -> None:
    done = sib(tmp_path, "schedule", NSW, "--csv", "a.csv", "--ilpa", "b.csv", "--excel", "c.xlsx")
    assert done.returncode == 0, done.stderr
    assert "fund" in done.stdout
    assert all((tmp_path / name).stat().st_size for name in ("a.csv", "b.csv", "c.xlsx"))
    told = json.loads(sib(tmp_path, "schedule", NSW, "--json").stdout)
    assert told["sums"]["payer"] == {"state": {"expected": "-314500.00"}}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("forecast", str(CONTRACTS / "seoul_children")), 2, "says nothing of a forecast"),
        (("forecast", NSW, "--cases", "worst"), 2, "no case `worst`"),
        (("forecast", NSW, "--picture", "p.pdf"), 2, "a picture cannot be a .pdf"),
        (("what-if", NSW, "--set", "earning.price=5"), 2, "did you mean `earnings`?"),
        (("what-price", NSW, "--payment", "earnings", "--tranche", "fund", "--rate", "x"), 2, "`x` is no number"),
        (("what-price", NSW, "--payment", "earnings", "--tranche", "found"), 1, "no tranche `found`"),
        (("schedule", NSW, "--csv", "none/a.csv"), 3, "there is no folder none"),
        (("schedule", NSW, "--excel", "a.xls"), 2, "does not end in .xlsx"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, words: tuple[str, ...], code: int, said: str) -> None:
    done = sib(tmp_path, *words)
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
