"""arrows: the house examined: versions, folders, register, audit trail, kept files, pages."""

import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from sib.errors import Refused, SibError
from sib.settings import Settings, read_settings
from sib.steps.house import PROJECT, open_house
from sib.store.audit import head, verify_chain
from sib.store.warehouse import open_warehouse

LIBRARIES = (
    "sib",
    "prefect",
    "fastapi",
    "sqlalchemy",
    "sqlmodel",
    "duckdb",
    "streamlit",
    "pandas",
    "statsmodels",
    "numpy",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: str
    good: bool
    found: str
    mend: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The same as a plain dictionary."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{'ok ' if self.good else 'NO '} {self.what:<16} {self.found}" + (
            f"\n     mend: {self.mend}" if self.mend else ""
        )


def examine(settings: Settings | None = None) -> list[Finding]:
    """Everything that is looked at, in order; a fault of one does not stop the others."""
    settings = settings or read_settings()
    looks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("python", lambda _: f"{platform.python_version()} on {platform.system()}"),
        ("libraries", lambda _: ", ".join(f"{name} {version(name)}" for name in LIBRARIES)),
        ("home", lambda s: str(s.home.resolve())),
        ("contracts", _contracts),
        ("register", _register),
        ("audit trail", _audit),
        ("kept files", _landing),
        ("pages", _pages),
    )
    return [_look(what, look, settings) for what, look in looks]


def _look(what: str, look: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(what, True, look(settings))
    except SibError as error:
        first = error.problems[0]
        return Finding(what, False, first.what, first.mend)


def _contracts(_: Settings) -> str:
    return f"{len(list((PROJECT / 'contracts').glob('*/contract.toml')))} under {PROJECT / 'contracts'}"


def _register(settings: Settings) -> str:
    with open_house(settings) as house, house.register.read() as session:
        return f"{settings.register.split('@')[-1]}, {head(session).seq:,} audit events"


def _audit(settings: Settings) -> str:
    with open_house(settings) as house, house.register.read() as session:
        if problems := verify_chain(session):
            raise Refused(problems)
        return f"whole, head {head(session).hash}"


def _landing(settings: Settings) -> str:
    with open_house(settings) as house:
        if problems := house.landing.problems():
            raise Refused(problems)
    return "every kept file has the bytes of its name"


def _pages(settings: Settings) -> str:
    with open_warehouse(settings) as warehouse:
        return f"published: {warehouse.current().name}"
