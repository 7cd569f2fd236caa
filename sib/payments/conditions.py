"""payments: how each kind of condition is evaluated."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from sib.payments.evaluation import Evaluation, Held
from sib.terms.sentences import number

COMPARISONS: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "at least": lambda a, b: a >= b,
    "more than": lambda a, b: a > b,
    "at most": lambda a, b: a <= b,
    "less than": lambda a, b: a < b,
    "equal to": lambda a, b: a == b,
}


def _compare(e: Evaluation, node: Any) -> bool:
    value = e.quantity(node.quantity)
    limit = e.quantity(node.than) if node.than is not None else e.dated(node.value, "the threshold")
    holds = COMPARISONS[node.is_](value, limit)
    e.because("compare", f"{e.of_unit(node.quantity, value)} is {'' if holds else 'not '}{node.is_} {number(limit)}")
    return holds


def _compare_amounts(e: Evaluation, node: Any) -> bool:
    value, limit = e.amount(node.amount), e.amount(node.than)
    holds = COMPARISONS[node.is_](value, limit)
    e.because("compare amounts", f"{e.money(value)} is {'' if holds else 'not '}{node.is_} {e.money(limit)}")
    return holds


def _measured(e: Evaluation, node: Any) -> bool:
    try:
        e.quantity(node.quantity)
    except Held as held:
        e.because("measured", f"there is no result: {held}")
        return False
    return True


def _on_or_after(e: Evaluation, node: Any) -> bool:
    return bool(e.facts.as_of >= node.day)


def _parts(e: Evaluation, node: Any) -> tuple[list[bool], Held | None]:
    """The parts that are known, all evaluated so that the reasons show each; and the first that is not known yet."""
    known: list[bool] = []
    unknown: Held | None = None
    for part in node.of:
        try:
            known.append(e.condition(part))
        except Held as held:
            unknown = unknown or held
    return known, unknown


def _decided_by(part: bool, *, result: bool) -> Callable[[Evaluation, Any], bool]:
    """A single ``part`` gives the result, whatever is not known yet; without one, everything must be known."""

    def decide(e: Evaluation, node: Any) -> bool:
        known, unknown = _parts(e, node)
        if part in known:
            return result
        if unknown is not None:
            raise unknown
        return not result

    return decide


CONDITIONS: Mapping[str, Callable[[Evaluation, Any], bool]] = {
    "all": _decided_by(False, result=False),
    "any": _decided_by(True, result=True),
    "none": _decided_by(True, result=False),
    "compare": _compare,
    "on or after": _on_or_after,
    "compare amounts": _compare_amounts,
    "measured": _measured,
}
