"""Denver: five paid statements, the published payments."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from .names import DENVER, Rows, sha

HOUSED = {"P1": 18_834_984, "P2": 83_761_776, "P3": 143_640_000, "P4": 145_156_536, "P5": 62_097_840}
JAIL = 510_400_000
DAYS = {"P1": 12_457, "P2": 55_398, "P3": 95_000, "P4": 96_003, "P5": 41_070}
PERIODS = {
    "P1": (date(2016, 2, 1), date(2016, 12, 31), date(2017, 2, 14)),
    "P2": (date(2017, 1, 1), date(2017, 12, 31), date(2018, 2, 13)),
    "P3": (date(2018, 1, 1), date(2018, 12, 31), date(2019, 2, 12)),
    "P4": (date(2019, 1, 1), date(2020, 6, 30), date(2020, 8, 11)),
    "P5": (date(2020, 7, 1), date(2021, 6, 30), date(2021, 7, 29)),
}


def denver() -> Rows:
    statements, lines, flows = [], [], []
    for name, (start, end, received) in PERIODS.items():
        jail = JAIL if name == "P5" else 0
        total = HOUSED[name] + jail
        reference = f"{DENVER}/{name}"
        statements.append(
            (DENVER, reference, name, start, end, "paid", total, "officer-1", "officer-2", received, sha(reference))
        )
        lines.append(_housed_line(reference, name))
        lines.append(_jail_line(reference, jail))
        flows += _denver_flows(reference, received, total, flows)
    for day, amount in (
        (date(2016, 2, 16), 360_000_000),
        (date(2017, 2, 15), 300_000_000),
        (date(2018, 2, 15), 200_000_000),
    ):
        flows.append((DENVER, day, "lenders", "Lenders", "drawdown", amount, None))
    return {
        "statements": statements,
        "statement_lines": lines,
        "cash_flows": flows,
        "sentences": [
            (
                DENVER,
                "stable_days",
                "Housing stability",
                "Housing stability",
                "City and County of Denver pays the bond's vehicle USD 15.12 for each stable day net of jail days.",
            ),
            (
                DENVER,
                "jail_days",
                "Jail-day reduction",
                "Jail days",
                "City and County of Denver pays the bond's vehicle by the reduction in jail days, in total.",
            ),
        ],
        "claim_counts": [
            (DENVER, "housed_days", "days in stable housing", "day", "verified", 4_102, 311_520),
            (DENVER, "jail_days_while_housed", "days in jail while housed", "day", "verified", 561, 11_592),
            (DENVER, "housed_days", "days in stable housing", "day", "flagged", 3, 210),
        ],
        "source_files": [
            (DENVER, "claims", sha("den-claims"), 4_666, 4_666, 0, 0, datetime(2021, 7, 5, 10, 12), "provider"),
            (DENVER, "results", sha("den-results"), 1, 1, 0, 0, datetime(2021, 7, 6, 9, 0), "evaluator"),
        ],
        "estimates": [
            (
                DENVER,
                "DHR-1",
                "jail_day_reduction",
                "reduction in jail days",
                "percentage point",
                "signed",
                "38",
                "randomised comparison",
                date(2021, 6, 1),
                "evaluator",
                "second-evaluator",
                None,
                sha("den-inputs"),
                "{}",
            ),
        ],
        "tranches": [
            (
                DENVER,
                "lenders",
                "Lenders",
                "senior",
                "the lenders",
                860_000_000,
                860_000_000,
                860_000_000,
                103_891_136,
                "One class stands for several lenders; the dates of the drawdowns are invented.",
            ),
        ],
    }


def _housed_line(reference: str, name: str) -> Sequence[Any]:
    gross, days = HOUSED[name], DAYS[name]
    reasons = [
        f"days in stable housing: {days + 900:,} days verified",
        "days in jail while housed: 900 days verified",
        f"{days + 900:,} days net of 900 days = {days:,} days",
        f"{days:,} days × USD 15.12 = USD {gross // 100:,}.{gross % 100:02d}",
    ]
    return (
        DENVER,
        reference,
        1,
        "stable_days",
        "Housing stability",
        "housed_days",
        "Housing stability",
        "city",
        str(days),
        "day",
        gross,
        0,
        gross,
        820,
        285,
        None,
        reasons,
    )


def _jail_line(reference: str, jail: int) -> Sequence[Any]:
    held = None if jail else "“reduction in jail days” has not been measured"
    reasons = [f"on hold, nothing is paid: {held}"]
    if jail:
        reasons = [
            "reduction in jail days: 38 percentage points, as measured",
            "38 percentage points gives USD 5,104,000 in the linear table (lower bound inclusive)",
            "USD 5,104,000.00 so far less USD 0.00 paid before",
        ]
    return (
        DENVER,
        reference,
        2,
        "jail_days",
        "Jail-day reduction",
        "jail_day_reduction",
        "Jail days",
        "city",
        "38" if jail else None,
        "percentage point",
        jail,
        0,
        jail,
        0,
        0,
        held,
        reasons,
    )


def _denver_flows(reference: str, received: date, total: int, before: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
    repaid = sum(row[5] for row in before if row[4] == "principal")
    principal = min(total, 860_000_000 - repaid)
    rows = [(DENVER, received, "lenders", "Lenders", "principal", principal, reference)]
    if total > principal:
        rows.append((DENVER, received, "lenders", "Lenders", "return", total - principal, reference))
    return rows
