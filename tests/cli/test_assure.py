"""The commands of assurance as a person uses them: audit, prove, sample."""

import json
import os
import re
import sys
from hashlib import sha256
from types import SimpleNamespace

import pytest

from sib.cli import main
from sib.steps.audit import holds
from sib.steps.house import PROJECT

CARE = "care_leavers_reboot_west"


@pytest.fixture
def sib(tmp_path, monkeypatch, capsys):
    """The command line in this process, from an empty folder: exit code, what it printed, what it complained of."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SIB_")]:
        monkeypatch.delenv(name)

    def run(*words: str) -> SimpleNamespace:
        monkeypatch.setattr(sys, "argv", ["sib", *words])
        with pytest.raises(SystemExit) as left:
            main()
        told = capsys.readouterr()
        return SimpleNamespace(returncode=left.value.code, stdout=told.out, stderr=told.err)

    return run


def test_a_statement_is_proven_and_its_witness_holds_the_house_to_it(sib, tmp_path):
    claims = (PROJECT / "data" / "sample" / "care_leavers" / "claims.csv").read_text().splitlines(keepends=True)
    (tmp_path / "claims.csv").write_text("".join(claims[:41]))
    run = [
        ("register", str(PROJECT / "contracts" / CARE), "--as", "officer-1"),
        ("intake", CARE, "claims.csv", "--as", "provider", "--on", "2022-12-31"),
        ("verify", CARE, "--as", "officer-1"),
        ("settle", CARE, "life", "--as", "officer-1"),
        ("authorise", f"{CARE}/life", "--as", "officer-2"),
        ("prove", f"{CARE}/life", "--out", "pack.zip"),
    ]
    said = [sib(*words) for words in run]
    assert [done.returncode for done in said] == [0] * len(run), [done.stderr for done in said]
    digest = sha256((tmp_path / "pack.zip").read_bytes()).hexdigest()
    assert digest in said[5].stdout
    for done in said[3:5]:
        assert re.search(r"audit trail: \d+ events, head [0-9a-f]{64}\n +tree head [0-9a-f]{64}", done.stdout)
    (witness,) = re.findall(r"witness (\d+:[0-9a-f]{64})", said[5].stdout)
    good = sib("audit", "verify", "--witness", witness)
    assert (good.returncode, "as the witness saw it" in good.stdout) == (0, True)
    bad = sib("audit", "verify", "--witness", witness[:-1] + ("0" if witness[-1] != "0" else "1"), "--json")
    assert (bad.returncode, json.loads(bad.stdout)["whole"]) == (1, False)
    assert sib("audit", "verify", "--witness", "5").returncode == 2
    assert "not compared" in sib("audit", "verify").stdout
    for one in ("--event", "--since"):
        assert holds(json.loads(sib("audit", "prove", one, "2").stdout))
    assert sib("audit", "prove").returncode == 2
    assert sib("prove", f"{CARE}/life", "--out", "no/such/folder.zip").returncode == 2


def test_a_sample_by_hand(sib, tmp_path):
    made = [re.findall(r"[0-9a-f]{64}", sib("sample", "secret").stdout) for _ in range(2)]
    assert all(sha256(secret.encode()).hexdigest() == promised for secret, promised in made)
    claims = (PROJECT / "data" / "sample" / "care_leavers" / "claims.csv").read_text().splitlines(keepends=True)
    (tmp_path / "claims.csv").write_text("".join(claims[:41]))
    name = (CARE, "spring")
    terms = ("--first", "2010-01-01", "--last", "2022-12-31", "--size", "5", "--clause", "7")
    run = [
        ("register", str(PROJECT / "contracts" / CARE), "--as", "officer-1"),
        ("intake", CARE, "claims.csv", "--as", "provider", "--on", "2022-12-31"),
        ("verify", CARE, "--as", "officer-1"),
        ("sample", "promise", *name, made[0][1], "--as", "officer-1"),
        ("sample", "promise", *name, made[1][1], "--as", "provider"),
        ("sample", "close", *name, *terms, "--as", "officer-1"),
        ("sample", "draw", *name, "--commissioner", made[0][0], "--provider", made[1][0], "--as", "officer-1"),
    ]
    said = [sib(*words) for words in run]
    assert [done.returncode for done in said] == [0] * len(run), [done.stderr for done in said]
    assert "accepted, plain: 5 will be drawn" in said[5].stdout
    (tmp_path / "verdicts.csv").write_text(said[6].stdout.replace(",,", ",pass,"))
    entered = sib("sample", "enter", *name, "verdicts.csv", "--as", "officer-1")
    assert "0 of the drawn claims have no verdict" in entered.stdout, entered.stderr
    found = json.loads(sib("sample", "result", *name, "--as", "provider").stdout)
    assert (found["checked"], found["taken_back_minor"]) == (5, 0)
    assert sib("sample", "enter", *name, "nowhere.csv", "--as", "officer-1").returncode == 2
