"""views: the contracts a person may look at, and what stands at the head of each page."""

from dataclasses import dataclass
from datetime import date, datetime

from sib.access import Actor, Right, may
from sib.errors import Missing, Problem
from sib.settings import Settings
from sib.views.source import Ask, page_tables, rows_of


@dataclass(frozen=True, slots=True)
class ContractHeader:
    """What every page says about its contract; the cap in minor units, None where no overall cap is agreed."""

    contract: str
    name: str
    version: int
    currency: str
    summary: str
    starts_on: date
    ends_on: date
    illustrative: str
    """What is invented about the contract; empty where nothing is."""
    cap_minor: int | None
    sha256: str
    """Of the registered text."""


@dataclass(frozen=True, slots=True)
class Published:
    """When the page tables were made, and the head of the audit trail that they rest on."""

    published_at: datetime
    audit_events: int
    audit_head: str


def contracts_of(settings: Settings, actor: Actor) -> tuple[ContractHeader, ...]:
    """The published contracts whose terms the actor may see, by name."""
    with page_tables(settings) as ask:
        names = [row["contract"] for row in ask("SELECT contract FROM contracts ORDER BY name", [])]
        return tuple(header_of(ask, name) for name in names if may(actor, Right.SEE_TERMS, name))


def header_of(ask: Ask, contract: str) -> ContractHeader:
    """Raises Missing for a contract that is not published."""
    found = rows_of(ask, ContractHeader, "contracts", {"contract": contract}, "contract")
    if not found:
        what = f"the contract {contract} is not among the published ones"
        raise Missing(Problem("contract.not-published", what, "register it and publish the pages, or check its name"))
    return found[0]


def published(ask: Ask) -> Published | None:
    """The one row that says when; None where the publisher wrote none."""
    rows = ask("SELECT published_at, audit_events, audit_head FROM published ORDER BY published_at DESC LIMIT 1", [])
    return Published(**rows[0]) if rows else None
