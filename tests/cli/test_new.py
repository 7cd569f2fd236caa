"""`sib contract new` and `check` as a person uses them: questions on the terminal, advice, files of every kind."""

import json
import subprocess
import sys
from pathlib import Path

from sib.steps.house import PROJECT
from tests.cli.test_cli import sib

ABLE, BENEVOLENT = (PROJECT / "contracts" / name for name in ("able_rikers_island", "benevolent_society_bond"))


def typed(folder: Path, words: list[str], answers: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from sib.cli import main; main()", "contract", "new", *words]
    return subprocess.run(command, cwd=folder, input=answers, capture_output=True, text=True, check=False)


def test_a_contract_is_made_by_answering(tmp_path: Path):
    done = typed(tmp_path, ["work"], "measured result\n\n\n\n\n\n\n\nmany\n60\n\n\n\n5 = 10; 6 = 30\n\n\nnone\n")
    assert done.returncode == 0, done.stderr
    assert "what is paid for (such as rate card, measured result, impact estimate) [rate card]" in done.stderr
    assert "this is not a number of people: write a whole number above 0" in done.stderr
    assert "sib contract check work" in done.stdout
    checked = sib(tmp_path, "contract", "check", "work", "--json")
    assert checked.returncode == 0
    (report,) = json.loads(checked.stdout)["contracts"]
    assert report["good"]
    assert "size = 60" in (tmp_path / "work" / "contract.toml").read_text()


def test_who_goes_away_in_the_middle_leaves_nothing(tmp_path: Path):
    done = typed(tmp_path, ["work", "--kind", "rate card"], "A name\n")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_machines_are_not_asked(tmp_path: Path):
    answers = tmp_path / "answers.toml"
    answers.write_text('kind = "impact estimate"\nprice = "250"\n')
    done = sib(tmp_path, "contract", "new", "one", "--answers", str(answers), "--set", "currency=EUR", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["files"] == ["one/README.md", "one/cases/first.toml", "one/contract.toml"]
    again = sib(tmp_path, "contract", "new", "one", "--defaults")
    assert (again.returncode, "contract.exists" in again.stderr) == (1, True)
    wrong = sib(tmp_path, "contract", "new", "two", "--set", "size=none", "--defaults")
    assert (wrong.returncode, "answers.bad-value" in wrong.stderr) == (2, True)
    like = sib(tmp_path, "contract", "new", "three", "--from", str(ABLE))
    assert (like.returncode, sib(tmp_path, "contract", "check", "three").returncode) == (0, 0)


def test_advice_is_no_error_but_where_it_is_asked_to_be(tmp_path: Path):
    plain, strict = (sib(tmp_path, "contract", "check", str(BENEVOLENT), *more) for more in ([], ["--strict"]))
    assert (plain.returncode, strict.returncode) == (0, 1)
    assert "worth a look[look.cliff]: where `performance` reaches 5 (percent)" in plain.stdout
    assert plain.stdout == strict.stdout
    (report,) = json.loads(sib(tmp_path, "contract", "check", str(BENEVOLENT), "--json").stdout)["contracts"]
    assert {found["code"] for found in report["worth_a_look"]} >= {"look.cliff"}
    assert all(found["line"] and found["mend"] for found in report["worth_a_look"])


DEEP = "a = " + "[" * 100_000
FILES = {
    "empty": b"",
    "a byte-order mark and nothing": b"\xef\xbb\xbf",
    "two byte-order marks": b"\xef\xbb\xbf\xef\xbb\xbfformat = 1",
    "UTF-16": "format = 1".encode("utf-16"),
    "Latin 1": "name = 'K\xf6ln'".encode("latin-1"),
    "zeros": bytes(1000),
    "brackets": DEEP.encode(),
    "dotted keys": ("a." * 50_000 + "b = 1").encode(),
    "a header of many parts": ("[" + "a." * 50_000 + "b]").encode(),
    "a key twice": b"format = 1\nformat = 1\n",
    "an inline table added to": b"contract = { id = 'a' }\n[contract.more]\n",
    "no table": b"contract = 1\nparty = [[]]\nmetric = {}\n",
    "Windows": b"format = 2\r\n",
    "old Macintosh": b"format = 1\rversion = 1\r",
}


def test_every_file_that_is_no_contract_is_refused_in_words(tmp_path: Path):
    for place, content in enumerate(FILES.values()):
        (tmp_path / f"{place}.toml").write_bytes(content)
    files = [f"{place}.toml" for place in range(len(FILES))]
    done = sib(tmp_path, "contract", "check", *files, "--json")
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    reports = {report["file"]: report for report in json.loads(done.stdout)["contracts"]}
    for file, name in zip(files, FILES, strict=True):
        assert not reports[file]["good"], name
        assert all(problem["what"] and problem["mend"] for problem in reports[file]["problems"]), name
        assert reports[file]["problems"], name


def test_what_is_not_there_is_missing(tmp_path: Path):
    for path in (".", "nowhere"):
        done = sib(tmp_path, "contract", "check", path)
        assert done.returncode == 3
        assert "Traceback" not in done.stderr
