"""The demonstration's line run once through the steps, without the orchestrator; tests read what it left."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from sib.settings import Settings
from sib.steps.demo import DEMO, DemoContract
from sib.steps.estimate import estimate_impact, replicate, seal
from sib.steps.house import House, open_house, person, registered
from sib.steps.settle import authorise, draft, receive_in_full, record_drawdowns
from sib.steps.take_in import land, register_contract, take_in_claims, take_in_results
from sib.steps.verify import sign_result, signable, verify_claims


def settings_in(folder: Path) -> Settings:
    assert issubclass(Settings, BaseModel)
    return Settings(home=folder / "home")


def begin(house: House, story: DemoContract, claims: bytes | None = None) -> None:
    """Register, take in, verify, measure and sign one contract of the demonstration."""
    contract = story.contract
    register_contract(house, person("officer-1"), story.folder)
    record_drawdowns(house, person("finance"), contract)
    sha256 = house.landing.keep(claims) if claims is not None else land(house, story.claims)
    take_in_claims(house, person("provider"), contract, sha256, story.submitted_on)
    verify_claims(house, person("officer-1"), contract)
    if story.results:
        take_in_results(house, person("evaluator"), contract, land(house, story.results), story.submitted_on)
        for reference in signable(house, contract):
            sign_result(house, person("second-evaluator"), contract, reference)
    if story.cohort and story.measured_on:
        seal(house, person("evaluator"), person("officer-1"), contract, story.folder / "plan.toml")
        cohort = land(house, story.cohort)
        drawn = land(house, story.randomised) if story.randomised else None
        held = estimate_impact(house, person("evaluator"), contract, cohort, story.measured_on, drawn)
        held = replicate(house, person("second-evaluator"), contract, held.result.reference, cohort)
        if str(held.state) == "replicated":
            sign_result(house, person("evaluator"), contract, held.result.reference)


def settle(house: House, contract: str) -> list[str]:
    """Draft, authorise and receive every settlement period; returns the statements' references."""
    references = []
    for period in registered(house, contract).agreed.contract.settlement:
        held = draft(house, person("officer-1"), contract, period.id)
        authorise(house, person("officer-2"), held.reference)
        receive_in_full(house, person("finance"), held.reference)
        references.append(held.reference)
    return references


def run_all(house: House) -> None:
    for story in DEMO:
        begin(house, story)
        settle(house, story.contract)


def story_of(contract: str) -> DemoContract:
    return next(story for story in DEMO if story.contract == contract)


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The whole demonstration, settled; read only."""
    with open_house(settings_in(tmp_path_factory.mktemp("settled"))) as house:
        run_all(house)
        yield house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An empty house of one's own."""
    with open_house(settings_in(tmp_path)) as house:
        yield house
