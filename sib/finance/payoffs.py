"""finance: the steps of a contract's payment rules, and which scenarios reach them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

from sib.payments.many import Flags, Floats, measured_many
from sib.payments.many_rules import near
from sib.terms.contract import Contract
from sib.terms.walk import below, named


@dataclass(frozen=True, slots=True)
class Payoff:
    """A step of a rule: a result from which on it pays otherwise."""

    payment: str
    of: Any
    """The quantity, as the rule writes it."""
    from_: Fraction
    inclusive: bool


def payoffs(contract: Contract) -> tuple[Payoff, ...]:
    """Every row of every table, end of a band and gate with a number that a payment's rule has, each once."""
    found: dict[tuple[str, str, Fraction, bool], Payoff] = {}
    for payment in contract.payments:
        for of, start, inclusive in _steps(contract, payment.amount):
            found.setdefault((payment.id, repr(of), start, inclusive), Payoff(payment.id, of, start, inclusive))
    return tuple(found.values())


def _steps(contract: Contract, amount: Any) -> Iterator[tuple[Any, Fraction, bool]]:
    stack: list[tuple[str, Any]] = [("amount", amount)]
    seen: set[tuple[str, str]] = set()
    while stack:
        sort, node = stack.pop(0)
        if isinstance(node, str):
            if (sort, node) not in seen:
                seen.add((sort, node))
                stack.append((sort, named(contract, sort)[node]))
            continue
        kind = getattr(node, "kind", None)
        if kind == "table":
            yield from ((node.of, row.from_, node.boundary == "lower bound inclusive") for row in node.rows)
        elif kind == "marginal bands":
            yield from ((node.of, band.up_to, False) for band in node.bands if band.up_to is not None)
        elif kind == "compare" and node.value is not None and node.is_ in ("at least", "more than"):
            yield node.quantity, node.value[-1].value, node.is_ == "at least"
        stack += [(asked, part) for _, asked, part in below(sort, node)]


def reached(
    contract: Contract, as_of: date, columns: Mapping[str, Floats], before: Mapping[Payoff, Flags]
) -> dict[Payoff, Flags]:
    """Which scenarios have reached each step by this settlement, given those that had before."""
    found, known = {}, dict[str, Floats]()
    for payoff, earlier in before.items():
        of = repr(payoff.of)
        if of not in known:
            known[of] = measured_many(contract, as_of, columns, payoff.of)
        start = np.array(float(payoff.from_))
        equal = near(known[of], start)
        beyond = (known[of] > start) & ~equal
        found[payoff] = earlier | beyond | (equal if payoff.inclusive else np.zeros_like(equal))
    return found
