"""cli: `sib contract stress` as a person and a machine ask it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
CALL = "import sys; sys.argv[0] = 'sib'; from sib.cli import main; main()"


def sib(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CALL, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def test_words_and_a_picture(tmp_path: Path) -> None:
    pytest.importorskip("vl_convert")
    asked = ("contract", "stress", str(CONTRACTS / "peterborough"), "--cohorts", "500", "--picture", "p.svg")
    done = sib(tmp_path, *asked)
    assert done.returncode == 0, done.stderr
    assert "500 cohorts drawn for each true effect, seed 2010" in done.stdout
    assert done.stdout.endswith("wrote p.svg\n")
    assert (tmp_path / "p.svg").read_text(encoding="utf-8").startswith("<svg")


def test_json_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    asked = ("contract", "stress", str(CONTRACTS / "denver_supportive_housing"), "--cohorts", "500", "--json", "--seed")
    first, again, other = (sib(tmp_path, *asked, seed).stdout for seed in ("4", "4", "5"))
    assert first == again != other
    document = json.loads(first)
    assert (document["contract"], document["seed"], document["payments"]) == (
        "denver_supportive_housing",
        4,
        ["jail_days"],
    )
    assert document["cliffs"][0]["jump"] == "3200000.00", "the first row of the published table, at 20"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("contract", "stress", str(CONTRACTS / "seoul_children")), 2, "says nothing of a simulation"),
        (
            ("contract", "stress", str(CONTRACTS / "peterborough"), "--picture", "p.pdf"),
            2,
            "a picture cannot be a .pdf",
        ),
        (("contract", "stress", str(CONTRACTS / "peterborough"), "--cohorts", "3"), 2, "greater than or equal to 100"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, words: tuple[str, ...], code: int, said: str) -> None:
    done = sib(tmp_path, *words)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
