"""The same run gives the same bytes: whatever the threads, the order of rows, the hash seed, the language or clock."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sib.errors import Missing
from sib.steps.estimate import estimate_impact, replay, seal
from sib.steps.house import House, open_house, person
from sib.steps.take_in import land, register_contract, take_in_claims
from sib.steps.verify import verify_claims
from tests.steps.conftest import settings_in, story_of

NSW = "nsw_employment"
STORY = story_of(NSW)
PLACES = {
    "one thread, another hash seed": {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "1"},
    "four threads, another place": {"OPENBLAS_NUM_THREADS": "4", "OMP_NUM_THREADS": "4", "TZ": "Pacific/Kiritimati"},
    "another language": {"LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "2026"},
    "plain": {"LC_ALL": "C", "PYTHONUTF8": "0", "TZ": "America/St_Johns", "PYTHONHASHSEED": "77"},
}


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, House, str]]:
    """A house that holds a run whose plan orders people by id, with pairs so that the hidden bias is in it."""
    folder = tmp_path_factory.mktemp("replay")
    plan = folder / "plan.toml"
    text = (STORY.folder / "plan.toml").read_text()
    plan.write_text(text.replace('data_order = "as given"', 'data_order = "by id"').replace("0.1\n", "0.5\n"))
    with open_house(settings_in(folder)) as house:
        register_contract(house, person("officer-1"), STORY.folder)
        take_in_claims(house, person("provider"), NSW, land(house, STORY.claims), STORY.submitted_on)
        verify_claims(house, person("officer-1"), NSW)
        seal(house, person("evaluator"), person("officer-1"), NSW, plan)
        cohort = land(house, STORY.cohort)
        reference = estimate_impact(house, person("evaluator"), NSW, cohort, STORY.measured_on).result.reference
        yield folder, house, reference


@pytest.mark.parametrize("place", PLACES)
def test_the_bytes_are_the_same_anywhere_and_in_any_order(held, place):
    folder, _, reference = held
    head, *rows = STORY.cohort.read_text().splitlines()
    random.Random(place).shuffle(rows)
    file = folder / "shuffled.csv"
    file.write_text("\n".join([head, *rows]) + "\n")
    command = [sys.executable, "-c", "from sib.cli.app import main; main()", "estimate", NSW, str(file)]
    command += ["--as", "evaluator", "--replay", "--json"]
    settings = {"SIB_HOME": str(folder / "home"), **PLACES[place]}
    done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["reference"], said["same"]) == (reference, True)
    assert said["sha256"] == said["held_sha256"]


def test_other_data_is_not_what_is_held(held):
    _, house, _ = held
    other = house.landing.keep(STORY.cohort.read_bytes().replace(b",9930.0458984375", b",0.0", 1))
    with pytest.raises(Missing):
        replay(house, person("second-evaluator"), NSW, other)


def test_a_randomised_group_that_was_not_there_changes_the_bytes_but_not_the_estimate(held):
    _, house, _ = held
    again = replay(house, person("second-evaluator"), NSW, land(house, STORY.cohort), land(house, STORY.randomised))
    assert (again.same, again.same_estimate) == (False, True)
