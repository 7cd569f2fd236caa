"""steps: small contracts with forecasts, as plain data."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sib.terms.contract import Contract
from tests.finance.deals import step, tranche
from tests.payments.small import JOBS, SCORE, contract, metric, pay, price

HOMES = metric("homes")
RATE = metric("rate", "percentage point", "estimate")
PEOPLE = [{"on": date(2020, 1, 1), "people": 100}, {"on": date(2021, 1, 1), "people": 60}]
JOBS_EXPECTED = {"gives": "jobs", "share": "0.5", "after_months": 3, "over_months": 6}
HOMES_EXPECTED = {"gives": "homes", "of": "jobs", "share": "30", "spread": "5", "risk": "0.5"}
SCORE_EXPECTED = {"gives": "score", "value": "8", "spread": "2", "measured_on": [date(2021, 12, 31)]}
CASES: list[dict[str, Any]] = [
    {"id": "low", "name": "Fewer", "enrolment": "0.5", "results": "0.5", "months_later": 6},
    {"id": "base", "name": "As expected"},
    {"id": "high", "name": "More", "values": {"score": "11"}},
]
TABLE = {
    "kind": "table",
    "of": "score",
    "per": "point",
    "shape": "step",
    "boundary": "lower bound inclusive",
    "below": "0",
    "rows": [{"from": "7", "amount": "2000"}, {"from": "10", "amount": "5000"}],
}
SENIOR = tranche("senior", drawdowns=[{"on": date(2020, 1, 10), "amount": "4000"}])
JUNIOR = tranche("junior", drawdowns=[{"on": date(2020, 6, 10), "amount": "1000"}])


def expects(*results: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """What a forecast expects; two thousand scenarios."""
    given = results or (JOBS_EXPECTED, HOMES_EXPECTED, SCORE_EXPECTED)
    return {
        "enrolment": PEOPLE,
        "enrolment_spread": "0.2",
        "enrolment_risk": "0.5",
        "results": list(given),
        "cases": [case for case in CASES if set(case.get("values", ())) <= {each["gives"] for each in given}],
        "scenarios": 2000,
        "every_months": 6,
        **more,
    }


def bond(*payments: Mapping[str, Any], **parts: Any) -> Contract:
    """Jobs and homes paid by count, a score by a table, two tranches of the provider's."""
    given = payments or (
        pay(price()),
        pay(price("homes", "0.50"), "h", "homes"),
        pay(TABLE, "q", "score", settles="in total"),
    )
    asked: dict[str, Any] = {
        "forecast": expects(),
        "tranche": [SENIOR, JUNIOR],
        "waterfall": [step("principal", "senior"), step("principal", "junior"), step("surplus", "junior")],
        **parts,
    }
    return contract(*given, metrics=(JOBS, SCORE, HOMES, RATE), **asked)
