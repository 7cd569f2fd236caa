"""arrows: what a contract's golden cases show of its quantities, for the advice that they answer."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

from sib.payments.evaluate import Evaluation, Held, evaluation
from sib.steps.price import facts_of
from sib.terms.case import Case
from sib.terms.contract import Contract
from sib.terms.lint.shown import Cases, Shown


def shown(contract: Contract, cases: Iterable[Case]) -> Cases:
    """What the cases of a contract show; each must be one that can be priced."""
    cases = tuple(cases)
    expected = frozenset(name for case in cases for name in case.expect.quantities)
    return Cases(tuple(each for case in cases for each in _seen(contract, case)), expected)


def _seen(contract: Contract, case: Case) -> Iterator[Shown]:
    """A case as a payment sees it that settles each period, and as one that settles in total."""
    facts = facts_of(contract, case)
    for in_total in (False, True):
        outcomes = facts.outcomes_for("", in_total=in_total)
        evaluated = evaluation(contract, replace(facts, outcomes=outcomes))
        yield Shown(case.given.as_of, partial(_value, evaluated))


def _value(evaluated: Evaluation, quantity: Any) -> Fraction | None:
    try:
        return evaluated.quantity(quantity)
    except Held:
        return None
