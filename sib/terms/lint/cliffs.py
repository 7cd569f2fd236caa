"""terms: what is worth a look where one unit decides a whole amount, unless golden cases stand there."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

from sib.terms.amounts import AmountTable, Times, When
from sib.terms.base import value_on
from sib.terms.conditions import Compare
from sib.terms.contract import Contract
from sib.terms.fault import Finding
from sib.terms.lint.bounds import Bounds, dated, segments
from sib.terms.lint.range import exactly
from sib.terms.lint.rules import end_of, parts, resolved
from sib.terms.lint.shown import Cases, Shown
from sib.terms.places import Path
from sib.terms.quantities import QuantityTable
from sib.terms.sentences import Speaker, money, number
from sib.terms.walk import below, unit_of


def cliffs(contract: Contract, cases: Cases) -> Iterator[Finding]:
    """A step table, or a condition, where one unit decides a whole amount: said with its size.

    Nothing is said where cases stand at the step and on each side of it.
    """
    bounds = Bounds(contract)
    for path, node in parts(contract, AmountTable):
        yield from _steps(contract, cases, path, node, "amount", Fraction(1))
    for path, node in parts(contract, Times):
        table, whole = resolved(contract, "quantity", node.by), bounds.amount(node.of).single
        if isinstance(table, QuantityTable) and whole:
            yield from _steps(contract, cases, path, table, "value", whole)
    for path, node in parts(contract, When):
        yield from _branches(contract, cases, bounds, path, node)


def _steps(contract: Contract, cases: Cases, path: Path, table: Any, field: str, scale: Fraction) -> Iterator[Finding]:
    found = [
        (abs(after[2] - end_of(before)) * scale, before, after) for before, after in pairwise(segments(table, field))
    ]
    jump, before, after = max(found, key=lambda each: each[0])
    largest = [(lower[0], upper[0], upper[1]) for size, lower, upper in found if size == jump]
    if jump == 0 or any(_stood_at(cases, table.of, *edges) for edges in largest):
        return
    others = sum(each[0] > 0 for each in found) - 1
    rest = f"; the largest of {others + 1} such steps" if others else ""
    verb = "reaches" if table.boundary.startswith("lower") else "passes"
    edge = f"{_called(contract, table.of)} {verb} {number(after[0])} ({unit_of(contract, table.of)})"
    lower, upper = (money(contract, value * scale) for value in (end_of(before), after[2]))
    what = f"where {edge}, one step decides {money(contract, jump)}: {lower} before, {upper} after{rest}"
    yield Finding(path, "look.cliff", what, "have a case at the step and one on each side, or agree a slope")


def _stood_at(cases: Cases, quantity: Any, low: Any, at: Fraction, high: Any) -> bool:
    """Whether cases stand at a step of a table, in the row before it and in the row from it."""
    values = [value for case in cases.shown if (value := case.value(quantity)) is not None and low <= value <= high]
    return at in values and min(values) < at < max(values)


def _judged_by(cases: Cases, compare: Compare) -> bool:
    """Whether cases stand at the boundary of a comparison and on each side of it."""
    apart = [gap for case in cases.shown if (gap := _gap(case, compare)) is not None]
    return 0 in apart and min(apart) < 0 < max(apart)


def _gap(case: Shown, compare: Compare) -> Fraction | None:
    value = case.value(compare.quantity)
    than = case.value(compare.than) if compare.value is None else value_on(compare.value, case.on)
    return None if value is None or than is None else value - than


def _called(contract: Contract, quantity: Any) -> str:
    """A quantity by its name, or in words where it has none."""
    return f"`{quantity}`" if isinstance(quantity, str) else Speaker(contract).part("quantity", quantity)


def _branches(contract: Contract, cases: Cases, bounds: Bounds, path: Path, node: When) -> Iterator[Finding]:
    judged = list(_judged(contract, node.condition))
    known = bounds.condition(node.condition) is not None
    if not judged or known or all(_judged_by(cases, each) for each in judged):
        return
    then, otherwise = (_at_boundary(contract, judged).amount(part) for part in (node.then, node.otherwise))
    low, high = sorted((then, otherwise), key=lambda each: each.low)
    jump = high.low - low.high if isinstance(high.low, Fraction) and isinstance(low.high, Fraction) else Fraction(0)
    if jump > 0:
        least = "" if high.single is not None and low.single is not None else "at least "
        what = f"whether {Speaker(contract).say('condition', node.condition)} decides {least}{money(contract, jump)}"
        yield Finding(path, "look.cliff", what, "have a case at the boundary and one on each side of it")


def _judged(contract: Contract, condition: Any) -> Iterator[Compare]:
    """The comparisons that a condition is made of."""
    condition = resolved(contract, "condition", condition)
    if isinstance(condition, Compare):
        yield condition
    for _, sort, part in below("condition", condition):
        if sort == "condition":
            yield from _judged(contract, part)


def _at_boundary(contract: Contract, judged: list[Compare]) -> Bounds:
    """The bounds right at the boundary, where there is one number to compare with."""
    first = judged[0]
    same = Bounds(contract)
    if len(judged) == 1 and isinstance(first.quantity, str) and first.value and (at := dated(first.value).single):
        same.assume(first.quantity, exactly(at))
    return same
