"""payments: how each kind of condition is evaluated."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from sib.payments.evaluation import Evaluation
from sib.terms.sentences import number

COMPARISONS: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "at least": lambda a, b: a >= b,
    "more than": lambda a, b: a > b,
    "at most": lambda a, b: a <= b,
    "less than": lambda a, b: a < b,
    "equal to": lambda a, b: a == b,
}


def _compare(e: Evaluation, node: Any) -> bool:
    value, limit = e.quantity(node.quantity), e.dated(node.value, "the threshold")
    holds = COMPARISONS[node.is_](value, limit)
    e.because("compare", f"{e.of_unit(node.quantity, value)} is {'' if holds else 'not '}{node.is_} {number(limit)}")
    return holds


def _on_or_after(e: Evaluation, node: Any) -> bool:
    return bool(e.facts.as_of >= node.day)


CONDITIONS: Mapping[str, Callable[[Evaluation, Any], bool]] = {
    # every part is evaluated, so that the reasons show all of them
    "all": lambda e, node: all([e.condition(part) for part in node.of]),  # noqa: C419
    "any": lambda e, node: any([e.condition(part) for part in node.of]),  # noqa: C419
    "none": lambda e, node: not any([e.condition(part) for part in node.of]),  # noqa: C419
    "compare": _compare,
    "on or after": _on_or_after,
}
