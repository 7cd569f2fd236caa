"""A made-up pilot whose second statement pays for four people."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from .names import PILOT, Rows, sha


def pilot() -> Rows:
    """Three paid statements, the second of which pays for four people at a published price."""
    people = {"S1": 41, "S2": 4, "S3": 62}
    days = {"S1": date(2024, 7, 1), "S2": date(2025, 1, 2), "S3": date(2025, 7, 1)}
    rows: dict[str, list[Sequence[Any]]] = {"statements": [], "statement_lines": [], "cash_flows": []}
    for name, count in people.items():
        day, total = days[name], count * 110_000
        rows["statements"].append(
            (PILOT, name, name, date(day.year, 1, 1), day, "paid", total, "officer-1", "officer-2", day, sha(name))
        )
        rows["statement_lines"].append(
            (
                PILOT,
                name,
                1,
                "stays",
                "Stays in work",
                "stays",
                "Clause 4",
                "council",
                str(count),
                "person",
                total,
                0,
                total,
                count,
                count,
                None,
                [f"{count} people × GBP 1,100 = GBP {count * 1_100:,}"],
            )
        )
        rows["cash_flows"].append((PILOT, day, "fund", "Pilot fund", "principal", total, name))
    rows["cash_flows"].append((PILOT, date(2024, 1, 15), "fund", "Pilot fund", "drawdown", 20_000_000, None))
    rows["tranches"] = [
        (PILOT, "fund", "Pilot fund", "senior", "the fund", 20_000_000, 20_000_000, 11_770_000, 0, "Invented.")
    ]
    return rows
