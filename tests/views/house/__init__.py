"""A small published house: three contracts with their true figures, one that would tell small counts, an empty one."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import duckdb

from sib.settings import Settings
from sib.store.pages import create_statements
from sib.store.warehouse import open_warehouse

from .denver import denver
from .leavers import RATE_CARD, leavers
from .names import DENVER, EMPTY, LEAVERS, NSW, PILOT, Rows, sha
from .nsw import nsw
from .pilot import pilot

__all__ = ["DENVER", "EMPTY", "LEAVERS", "NSW", "PILOT", "RATE_CARD", "house_rows", "publish_house"]


def publish_house(settings: Settings, rows: Rows | None = None) -> None:
    """Publish the page tables; ``rows`` are table -> rows, each in the order of the table's columns."""

    def build(connection: duckdb.DuckDBPyConnection) -> None:
        for statement in create_statements():
            connection.execute(statement)
        for table, several in (house_rows() if rows is None else rows).items():
            for row in several:
                marks = ", ".join("?" for _ in row)
                connection.execute(f"INSERT INTO {table} VALUES ({marks})", list(row))

    with open_warehouse(settings) as warehouse:
        warehouse.publish(build)


def house_rows() -> dict[str, list[Sequence[Any]]]:
    """Every page table's rows."""
    rows: dict[str, list[Sequence[Any]]] = {
        "published": [(datetime(2026, 11, 20, 9, 30), 15_321, sha("audit"))],
        "contracts": _contracts(),
    }
    for part in (denver(), leavers(), nsw(), pilot()):
        for table, several in part.items():
            rows.setdefault(table, []).extend(several)
    return rows


def _contracts() -> list[Sequence[Any]]:
    return [
        (
            DENVER,
            "Denver Supportive Housing Social Impact Bond",
            1,
            "USD",
            2,
            "The city pays for each day of stable housing net of jail days, and for a fall in jail days.",
            date(2016, 2, 1),
            date(2021, 6, 30),
            "The first and last day of the term, the rounding rule and the days to pay.",
            None,
            sha("denver"),
        ),
        (
            LEAVERS,
            "Care Leavers Social Impact Bond: Reboot West",
            1,
            "GBP",
            2,
            "A rate card of 23 outcomes pays a fixed price for each verified claim.",
            date(2018, 10, 1),
            date(2022, 10, 31),
            "The days within which claims are paid and the rounding rule.",
            None,
            sha("leavers"),
        ),
        (
            NSW,
            "Employment contract on the National Supported Work data",
            1,
            "USD",
            2,
            "The state pays for the estimated uplift in average earnings of the people enrolled.",
            date(1975, 1, 1),
            date(1980, 12, 31),
            "The whole contract: no such contract was ever signed.",
            40_000_000,
            sha("nsw"),
        ),
        (
            PILOT,
            "Small pilot",
            1,
            "GBP",
            2,
            "Made up to try small counts.",
            date(2024, 1, 1),
            date(2026, 12, 31),
            "All of it.",
            None,
            sha("pilot"),
        ),
        (
            EMPTY,
            "Just signed",
            1,
            "EUR",
            2,
            "Nothing has happened under it yet.",
            date(2026, 1, 1),
            date(2028, 12, 31),
            None,
            None,
            sha("empty"),
        ),
    ]
