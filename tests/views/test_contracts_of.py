"""Which contracts a person finds, and what is said before anything is published."""

from pathlib import Path

import pytest

from sib.access import DEMO_PEOPLE, Actor, Role
from sib.errors import Missing
from sib.settings import Settings
from sib.views.contracts import contracts_of


def test_everybody_of_the_demonstration_finds_every_contract_by_name(settings: Settings) -> None:
    names = [header.name for header in contracts_of(settings, DEMO_PEOPLE["investor"])]
    assert names == sorted(names)
    assert len(names) == 5


def test_an_investor_of_one_contract_finds_only_that_one(settings: Settings) -> None:
    actor = Actor("i", "I", Role.INVESTOR, contracts=frozenset({"nsw_employment"}))
    assert [header.contract for header in contracts_of(settings, actor)] == ["nsw_employment"]


def test_a_participant_finds_no_contract(settings: Settings) -> None:
    assert contracts_of(settings, Actor("p", "P", Role.PARTICIPANT, contracts=frozenset({"nsw_employment"}))) == ()


def test_a_header_tells_cap_currency_and_what_is_invented(settings: Settings) -> None:
    (header,) = (one for one in contracts_of(settings, DEMO_PEOPLE["officer-1"]) if one.contract == "nsw_employment")
    assert (header.currency, header.cap_minor) == ("USD", 40_000_000)
    assert header.illustrative == "The whole contract: no such contract was ever signed."


def test_before_anything_is_published_the_command_to_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(Missing) as raised:
        contracts_of(Settings(home=tmp_path), DEMO_PEOPLE["officer-1"])
    assert "sib demo" in raised.value.problems[0].mend
