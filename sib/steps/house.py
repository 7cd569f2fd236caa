"""arrows: the house as the steps see it: settings, register and contracts, opened once and closed at the end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sib.access import DEMO_PEOPLE, Actor
from sib.errors import Missing, Problem
from sib.settings import Settings, read_settings
from sib.store.contracts import HeldVersion, contract_version
from sib.store.keys import Keys, open_keys
from sib.store.landing import Landing, open_landing
from sib.store.register import Register, open_register
from sib.terms.read import Agreed, parse_contract

PROJECT = Path(__file__).resolve().parents[2]
"""Where contracts/ and data/sample/ lie."""


@dataclass(frozen=True, slots=True)
class House:
    """What a step needs of the world outside."""

    settings: Settings
    register: Register
    landing: Landing
    keys: Keys

    def pseudonym(self, contract: str) -> Callable[[str], str]:
        """What turns a person's identifier into the contract's pseudonym."""
        return partial(self.keys.pseudonym, contract)

    def kept(self, sha256: str) -> bytes:
        """The bytes of a landed file; raises Missing if it was never handed over."""
        return self.landing.path_of(sha256).read_bytes()

    def now(self) -> datetime:
        """The moment that goes with a decision; payments never read it."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Registered:
    """A contract version as the register holds it, read."""

    held: HeldVersion
    agreed: Agreed


@contextmanager
def open_house(settings: Settings | None = None) -> Iterator[House]:
    """Open the register that the settings name, and close it."""
    settings = settings or read_settings()
    with open_register(settings) as register:
        yield House(settings, register, open_landing(settings), open_keys(settings))


def registered(house: House, contract: str) -> Registered:
    """The latest registered version of a contract; raises Missing where there is none."""
    with house.register.read() as session:
        held = contract_version(session, contract)
    return Registered(held, parse_contract(held.text, f"register:{contract}:{held.version}"))


def person(name: str) -> Actor:
    """One of the demonstration's people by id; raises Missing with the ids there are."""
    if name not in DEMO_PEOPLE:
        known = ", ".join(DEMO_PEOPLE)
        raise Missing(Problem("person.unknown", f"nobody is called {name}", f"write one of: {known}", value=name))
    return DEMO_PEOPLE[name]
