"""arrows: how INDIGO's words and ours stand for each other, and what a contract says at a place named in words."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from sib.intake.indigo_leaf import Value
from sib.money import decimal_text
from sib.terms.amounts import Price
from sib.terms.contract import Contract, Metric
from sib.terms.finance import Tranche
from sib.terms.payment import Payment

METHODS: Mapping[str, tuple[str, str, str]] = {
    "Randomised Control Trial": ("estimate", "randomised", "a control group drawn by lot"),
    "Quasi-experimental study": ("estimate", "matched", "a comparison group of similar people"),
    "Historical comparison": ("measurement", "historical", "a historical benchmark"),
    "Pre-Post analysis": ("measurement", "historical", "the same people before the service"),
    "Simple ex-post verification": ("claims", "none", "nothing: every verified outcome is paid"),
}
"""INDIGO's validation method -> what a metric is counted from, the kind of its comparison, the comparison in words."""
KINDS: Mapping[str, str] = {"Debt": "senior", "Equity": "equity", "Combination": "mezzanine"}
"""INDIGO's type of investment -> the kind of a tranche."""
NOT_INVESTED = ("grant", "provider share")
ORGANISATION = re.compile(r"indigo_org_(\d+)")


def slug(text: str, taken: set[str]) -> str:
    """An id made of a text, added to those taken; ``INDIGO-ORG-0001`` is ``indigo_org_0001``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40].rstrip("_") or "x"
    base = base if base[0].isalpha() else f"x_{base}"
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    taken.add(name)
    return name


def tidy(text: str) -> str:
    """The text on one line, as names and sentences hold it."""
    return " ".join(text.split())


def exact(value: Fraction) -> Value:
    """A number of a contract as a record holds it: whole, or with the decimals it has."""
    return int(value) if value.denominator == 1 else Decimal(decimal_text(value))


def same(was: Value, now: Value) -> bool:
    """Whether a contract still says what was taken from a record, but for blanks and trailing zeros."""
    if isinstance(was, str) and isinstance(now, str):
        return tidy(was) == tidy(now) or _as_number(was) == _as_number(now) is not None
    return was == now


def _as_number(text: str) -> Fraction | None:
    return Fraction(text) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text.strip()) else None


def said(contract: Contract, place: str, was: Value) -> Value:
    """What the contract says now at a place such as ``metric job name``; None where the part is gone.

    Where a part only has to be there (``metric job id``), it is what the record said.
    """
    part, name, attribute = place.split(" ", 2)
    if part == "contract":
        return was if attribute == "id" else str(getattr(contract.contract, attribute))
    if part == "payment":
        return next((_payment(each, attribute, was) for each in contract.payments if each.id == name), None)
    found = next((each for each in getattr(contract, part) if each.id == name), None)
    if found is None:
        return None
    if isinstance(found, Metric):
        return _metric(found, attribute, was)
    if isinstance(found, Tranche):
        return _tranche(found, attribute, was)
    if attribute == "amount":
        return exact(found.amount[0].value) if len(found.amount) == 1 else None
    stated: Value = getattr(found, attribute, was)
    return stated


def _metric(metric: Metric, attribute: str, was: Value) -> Value:
    if attribute == "unit type":
        return "Individual" if metric.unit == "person" else "Other"
    if attribute == "unit":
        return metric.unit if metric.unit != "person" else None
    if attribute == "method":
        return method_of(metric, was)
    if attribute == "evidence":
        return evidence_of(metric)
    return metric.name if attribute == "name" else was


def evidence_of(metric: Metric) -> str:
    """What proves a metric, as one text."""
    return "; ".join(metric.evidence)


def method_of(metric: Metric, was: Value = None) -> str:
    """INDIGO's word for how a metric is proved; of two that fit, the one that stood there."""
    here = (metric.counted_from, metric.compared_with.kind)
    fitting = [word for word, (counted, kind, _) in METHODS.items() if (counted, kind) == here]
    near = [word for word, (_, kind, _) in METHODS.items() if kind == metric.compared_with.kind]
    words = fitting or near or ["Not available"]
    return str(was) if was in words else words[0]


def _payment(payment: Payment, attribute: str, was: Value) -> Value:
    if attribute == "price":
        return price_of(payment)
    if attribute == "cap":
        return decimal_text(payment.cap[0].value) if len(payment.cap) == 1 else None
    return was


def price_of(payment: Payment) -> Value:
    """The one price of a unit; None where the amount is another rule or the price changes with time."""
    amount = payment.amount
    return exact(amount.price[0].value) if isinstance(amount, Price) and len(amount.price) == 1 else None


def _tranche(tranche: Tranche, attribute: str, was: Value) -> Value:
    if attribute == "committed":
        return exact(tranche.committed)
    return kind_of(tranche, was) if attribute == "kind" else was


def kind_of(tranche: Tranche, was: Value = None) -> str | None:
    """INDIGO's type of an investment; None for a grant or the provider's own share."""
    if tranche.kind in NOT_INVESTED:
        return None
    if KINDS.get(str(was)) == tranche.kind:
        return str(was)
    return "Equity" if tranche.kind == "equity" else "Debt"
