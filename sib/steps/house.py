"""arrows: the house as the steps see it: settings, register and contracts, opened once and closed at the end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from sib.access import DEMO_PEOPLE, Actor
from sib.errors import Missing, Problem
from sib.payments.versions import together
from sib.settings import Settings, read_settings
from sib.store.contracts import HeldVersion, contract_version, contract_versions
from sib.store.keys import Keys, open_keys
from sib.store.landing import Landing, open_landing
from sib.store.register import Register, open_register
from sib.terms.contract import Contract
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
    """A contract version as the register holds it, read; and every version that may still judge an outcome."""

    held: HeldVersion
    agreed: Agreed
    versions: tuple[Contract, ...]

    @property
    def ever(self) -> Contract:
        """These terms with the parts that other versions have and they do not, for what is still to be settled."""
        return self.agreed.contract if len(self.versions) == 1 else together(self.agreed.contract, self.versions)


@contextmanager
def open_house(settings: Settings | None = None) -> Iterator[House]:
    """Open the register that the settings name, and close it."""
    settings = settings or read_settings()
    with open_register(settings) as register:
        yield House(settings, register, open_landing(settings), open_keys(settings))


def registered(house: House, contract: str, on: date | None = None) -> Registered:
    """The latest registered version of a contract, or that in force on a day; raises Missing where there is none.

    A version without a first day of its own stands in place of all before it: they judge nothing any more.
    """
    with house.register.read() as session:
        contract_version(session, contract)
        texts = contract_versions(session, contract)
    read: list[tuple[HeldVersion, Agreed]] = []
    for held in reversed(texts):
        read.insert(0, (held, parse_contract(held.text, f"register:{contract}:{held.version}")))
        if read[0][1].contract.contract.in_force_from is None:
            break
    begun = [each for each in read if on is None or (each[1].contract.contract.in_force_from or date.min) <= on]
    held, agreed = (begun or read[:1])[-1]
    return Registered(held, agreed, tuple(each.contract for _, each in read))


def person(name: str) -> Actor:
    """One of the demonstration's people by id; raises Missing with the ids there are."""
    if name not in DEMO_PEOPLE:
        known = ", ".join(DEMO_PEOPLE)
        raise Missing(Problem("person.unknown", f"nobody is called {name}", f"write one of: {known}", value=name))
    return DEMO_PEOPLE[name]
