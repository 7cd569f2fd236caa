"""The employment contract: a sealed estimate, its comparisons, its balance."""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from .names import NSW, Rows, sha

DATA = Path(__file__).resolve().parents[2] / "data"

COMPARISONS = [
    (
        "Raw comparison",
        "everybody enrolled against the whole pool, as they come",
        -8497.516,
        712.02,
        "-8497.52",
        0,
        False,
    ),
    (
        "Matched estimate: two neighbours",
        "sealed before outcomes were opened",
        1486.51651765978,
        655.840471061495,
        "1486.52",
        25_900_000,
        True,
    ),
    ("Alternative: one neighbour", "agreed beforehand, shown for doubt", 1360.0, 708.0, "1360.00", 24_050_000, False),
    (
        "Randomised truth",
        "the same people against the control group drawn by lot",
        1794.3424,
        672.6821,
        "1794.34",
        31_450_000,
        False,
    ),
]

FLOW = [
    ("enrolled, by verified claims", 185, 0, "everybody enrolled counts (intention to treat)"),
    ("linked to the locked cohort", 185, 0, "0 not linked"),
    ("in the locked cohort", 185, 15_992, ""),
    ("matched", 185, 347, "within the caliper, without replacement"),
    ("analysed", 185, 347, "outcome known for everybody matched"),
]


def nsw() -> Rows:
    reference = "nsw_employment_1978-aa-bb"
    primary = {
        "specification": "two_neighbours",
        "primary": True,
        "estimate": {
            "effect": "1486.51651766",
            "error": "655.840471061",
            "low": "201.092813936",
            "high": "2771.94022138",
        },
    }
    body = {"results": [primary], "seal": {"signed_by": ["evaluator", "officer-1"], "at": "1977-12-01T09:00:00+00:00"}}
    reasons = [
        "uplift in average yearly earnings: 1,486.52 US dollars, as measured",
        "1,486.52 US dollars holds 14 steps of 100",
        "people enrolled: 185 people verified",
        "14 steps × 185 people = 2,590 steps",
        "2,590 steps × USD 100 = USD 259,000",
    ]
    return {
        "statements": [
            (
                NSW,
                f"{NSW}/1978",
                "1978",
                date(1975, 1, 1),
                date(1978, 12, 31),
                "paid",
                25_900_000,
                "officer-1",
                "officer-2",
                date(1979, 3, 15),
                sha("nsw-statement"),
            ),
        ],
        "statement_lines": [
            (
                NSW,
                f"{NSW}/1978",
                1,
                "earnings",
                "Earnings uplift",
                "earnings_uplift",
                "Schedule 2, 3",
                "state",
                "2590",
                "step",
                25_900_000,
                0,
                25_900_000,
                185,
                185,
                None,
                reasons,
            ),
        ],
        "sentences": [
            (
                NSW,
                "earnings",
                "Earnings uplift",
                "Schedule 2, 3",
                "The state's employment office pays the employment service USD 100 for each full step of 100.",
            ),
        ],
        "claim_counts": [(NSW, "enrolled", "people enrolled", "person", "verified", 185, 185)],
        "source_files": [
            (NSW, "claims", sha("nsw-claims"), 185, 185, 0, 0, datetime(1978, 1, 9, 9, 0), "provider"),
            (NSW, "cohort", sha("nsw-cohort"), 16_177, 16_177, 0, 0, datetime(1979, 1, 9, 9, 0), "evaluator"),
        ],
        "estimates": [
            (
                NSW,
                reference,
                "earnings_uplift",
                "uplift in average yearly earnings",
                "US dollar",
                "signed",
                "1486.52",
                "matched comparison, sealed plan nsw_employment_1978",
                date(1979, 2, 1),
                "evaluator",
                "second-evaluator",
                sha("plan"),
                sha("nsw-inputs"),
                json.dumps(body),
            ),
        ],
        "comparisons": [(NSW, "earnings_uplift", place, *row) for place, row in enumerate(COMPARISONS, 1)],
        "balance": [(NSW, reference, place, *row) for place, row in enumerate(balance_rows(), 1)],
        "overlap": [(NSW, reference, *row) for row in _overlap()],
        "flow": [(NSW, reference, place, *row) for place, row in enumerate(FLOW, 1)],
        "tranches": [
            (
                NSW,
                "fund",
                "Employment fund",
                "senior",
                "the employment fund",
                24_000_000,
                24_000_000,
                24_000_000,
                1_900_000,
                "Invented.",
            ),
        ],
        "cash_flows": [
            (NSW, date(1976, 1, 15), "fund", "Employment fund", "drawdown", 24_000_000, None),
            (NSW, date(1979, 3, 15), "fund", "Employment fund", "principal", 24_000_000, f"{NSW}/1978"),
            (NSW, date(1979, 3, 15), "fund", "Employment fund", "return", 1_900_000, f"{NSW}/1978"),
        ],
    }


def balance_rows() -> list[Sequence[Any]]:
    """The true balance of the sealed specification, from another implementation's table."""
    file = DATA / "matching" / "expected" / "cps_nn2_cal02_logit" / "balance.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        read = {(row["sample"], row["variable"]): row for row in csv.DictReader(lines)}
    names = [name for sample, name in read if sample == "all"]
    return [_balance_row(name, read["all", name], read["matched", name]) for name in names]


def _balance_row(name: str, before: Mapping[str, str], after: Mapping[str, str]) -> Sequence[Any]:
    smd = float(after["Std. Mean Diff."])
    ratios = [None if row["Var. Ratio"] == "NA" else float(row["Var. Ratio"]) for row in (before, after)]
    light = "green" if abs(smd) <= 0.05 else "amber" if abs(smd) <= 0.1 else "red"
    if name == "distance":
        light = None
    means = float(before["Means Treated"]), float(before["Means Control"]), float(after["Means Control"])
    return (name, *means, float(before["Std. Mean Diff."]), smd, *ratios, light)


def _overlap() -> list[Sequence[Any]]:
    """Three bell-like shapes over twenty bins; for looking at only."""
    rows: list[Sequence[Any]] = []
    for group, middle, spread in (
        ("enrolled", -1.2, 1.4),
        ("whole pool", -8.5, 2.2),
        ("matched comparison", -1.3, 1.4),
    ):
        for place in range(20):
            left = -7.2 + place * 0.38
            share = math.exp(-(((left + 0.19 - middle) / spread) ** 2) / 2) * 0.38 / spread / math.sqrt(2 * math.pi)
            rows.append((group, round(left, 4), round(left + 0.38, 4), round(share, 6)))
    return rows
