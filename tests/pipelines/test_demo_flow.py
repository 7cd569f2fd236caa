"""The demonstration through real Prefect flows, in a process of its own, from an empty folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sib.steps.demo import EXPECTED

CANARIES = (b"RW-0001", b"DEN-0002", b"NSW17", b"EV-000123")
"""People's references and evidence of the sample files: in the open they stand in the landing folder only."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("demo")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("SIB_", "PREFECT_"))}
    command = [sys.executable, "-c", "from sib.cli import main; main()", "demo", "--json"]
    return folder, subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.flow
def test_the_demo_settles_to_the_penny(demo):
    _, done = demo
    assert done.returncode == 0, done.stderr
    contracts = json.loads(done.stdout)["contracts"]
    settled = {row["contract"]: row["settled"] for row in contracts}
    assert settled == {name: paid for name, (paid, _) in EXPECTED.items()}


@pytest.mark.flow
def test_all_that_is_written_lies_under_one_home(demo):
    folder, _ = demo
    assert [path.name for path in folder.iterdir()] == [".sib"]
    assert (folder / ".sib").stat().st_mode & 0o077 == 0
    assert (folder / ".sib" / "prefect").is_dir()


@pytest.mark.flow
def test_no_persons_reference_reaches_the_orchestrator_the_warehouse_or_the_screen(demo):
    folder, done = demo
    home = folder / ".sib"
    files = [path for path in home.rglob("*") if path.is_file() and (home / "landing") not in path.parents]
    register = [path for path in files if path.name.startswith("register.sqlite")]
    assert register
    assert any((home / "prefect") in path.parents for path in files)
    for path in files:
        data = path.read_bytes()
        # the register holds evidence references by design, never people's
        wanted = CANARIES[:3] if path in register else CANARIES
        assert not [canary for canary in wanted if canary in data], path.relative_to(home)
    assert not [canary for canary in CANARIES if canary.decode() in done.stdout + done.stderr]
