"""payments: small contracts for tests, written as plain data and read as a file would be."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from sib.payments.facts import Facts, Measured, Outcome, Outcomes
from sib.payments.payable import PayableOutcome, payable_outcomes
from sib.terms.contract import Contract
from sib.terms.read import parse_contract
from tests.payments.strategies import HEADER, PARTIES, written

FIRST, LAST = date(2020, 1, 1), date(2022, 12, 31)
AS_OF = date(2022, 12, 31)
METRIC = {
    "cohort": "everybody",
    "compared_with": {"kind": "none", "words": "nothing"},
    "evidence": ["a record"],
    "window": {"opens": FIRST, "closes": LAST},
    "clause": "1",
}


def metric(name: str, unit: str = "outcome", counted_from: str = "claims", **more: Any) -> dict[str, Any]:
    """A metric of everybody, over the whole term."""
    return {"id": name, "name": f"metric {name}", "unit": unit, "counted_from": counted_from, **METRIC, **more}


JOBS = metric("jobs")
SCORE = metric("score", "point", "measurement")


def pay(amount: Any, id_: str = "p", metric: str = "jobs", **more: Any) -> dict[str, Any]:
    """A payment of a metric by the first payer, without a cap."""
    payer = {} if "payers" in more else {"payer": "first"}
    return {
        "id": id_,
        **payer,
        "payee": "provider",
        "metric": metric,
        "cap": "none",
        "clause": "2",
        "amount": amount,
        **more,
    }


def price(of: Any = "jobs", each: Any = "10", per: str = "outcome") -> dict[str, Any]:
    """A price for each of a quantity."""
    return {"kind": "price", "price": each, "per": per, "of": of}


def contract(*payments: Mapping[str, Any], metrics: Any = (JOBS, SCORE), header: Any = (), **parts: Any) -> Contract:
    """A contract of these payments, in pounds, rounded half up."""
    doc = {
        "format": 1,
        "contract": {**HEADER, "currency": "GBP", "rounding": "half up", **dict(header)},
        "party": [*PARTIES, {"id": "provider", "name": "provider", "role": "service provider"}],
        "cohort": [{"id": "everybody", "name": "everybody", "groups": ["young", "old"]}],
        "metric": list(metrics),
        "payment": list(payments),
        **parts,
    }
    return parse_contract(written(doc)).contract


def facts(*outcomes: Outcome, measured: Mapping[str, tuple[str, str]] | None = None, **more: Any) -> Facts:
    """Facts at the end of the term, or the last outcome's day; ``measured`` holds value and unit."""
    day = max([AS_OF, *(outcome.achieved_on for outcome in outcomes)])
    quantities = {name: Measured(Fraction(value), unit) for name, (value, unit) in (measured or {}).items()}
    return Facts(**{"as_of": day, "outcomes": Outcomes.of(outcomes), "quantities": quantities, **more})


def done(person: str, day: date = FIRST, metric: str = "jobs", **more: Any) -> Outcome:
    """One verified outcome."""
    return Outcome(person, metric, day, **more)


def owed(terms: Contract, known: Facts) -> PayableOutcome:
    """The first payment of a contract."""
    return payable_outcomes(terms, known).payables[0]
