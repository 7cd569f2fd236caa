"""payments: the evaluation of quantities, conditions and amounts, exact, with a reason for every step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from sib.payments.facts import Facts, payable_counts
from sib.terms.base import DatedNumber, value_on
from sib.terms.contract import Contract, Metric
from sib.terms.sentences import day, listed, money, number, plural
from sib.terms.walk import named, unit_of


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of an evaluation in words; page, command line, document and test print the same text."""

    kind: str
    """The primitive, or ``cap``, ``rounding``, ``share``, ``hold``."""
    text: str


class Held(Exception):  # noqa: N818 - a result, not an error
    """The rule cannot be evaluated on these facts: it pays nothing and says why."""


@dataclass(slots=True)
class Evaluation:
    """One rule being evaluated on one contract's facts; ``reasons`` grows step by step."""

    contract: Contract
    facts: Facts
    reasons: list[Reason] = field(default_factory=list)

    def quantity(self, node: Any) -> Fraction:
        """Return the exact value of a quantity; raises Held where the facts do not give it."""
        if isinstance(node, str):
            return self._named(node)
        return QUANTITIES[node.kind](self, node)

    def condition(self, node: Any) -> bool:
        """Return whether a condition holds."""
        if isinstance(node, str):
            return self.condition(self.contract.condition[node])
        return CONDITIONS[node.kind](self, node)

    def amount(self, node: Any) -> Fraction:
        """Return an exact amount in major units, not rounded."""
        if isinstance(node, str):
            return self.amount(self.contract.amount[node])
        return AMOUNTS[node.kind](self, node)

    def because(self, kind: str, text: str) -> None:
        """Note a step."""
        self.reasons.append(Reason(kind, text))

    def of_unit(self, node: Any, value: Fraction) -> str:
        """Say a quantity's value with its unit."""
        unit = unit_of(self.contract, node) or ""
        return f"{number(value)} {plural(unit, value)}"

    def money(self, value: Fraction) -> str:
        """Say an amount."""
        return money(self.contract, value)

    def dated(self, values: tuple[DatedNumber, ...], what: str) -> Fraction:
        """Return the value in force on the day of reckoning."""
        value = value_on(values, self.facts.as_of)
        if value is None:
            raise Held(f"{what} has no value in force on {day(self.facts.as_of)}")
        return value

    def _named(self, name: str) -> Fraction:
        given = self.facts.quantities.get(name)
        target = named(self.contract, "quantity")[name]
        if given is not None:
            self.because(
                "given",
                f"{target.name if isinstance(target, Metric) else name}: {number(given.value)} "
                f"{plural(given.unit, given.value)}, as measured",
            )
            return given.value
        if not isinstance(target, Metric):
            return self.quantity(target)
        if target.counted_from != "claims":
            raise Held(f"“{target.name}” has not been measured")
        return self._counted(target)

    def _counted(self, metric: Metric, group: str | None = None) -> Fraction:
        value, left_out = self.counts(metric, group)
        where = f" in the group {group}" if group else ""
        outcomes = self.facts.outcomes
        settled = int(outcomes.count[outcomes.only(metric.id, group) & outcomes.settled].sum())
        rest = f"; {settled:,} more are settled already" if settled else ""
        if left_out > settled:
            rest += f"; {left_out - settled:,} are beyond the limit or outside the window"
        self.because("count", f"{metric.name}{where}: {value:,} {plural(metric.unit, value)} verified{rest}")
        return Fraction(value)

    def counts(
        self, metric: Metric, group: str | None = None, first: date = date.min, last: date = date.max
    ) -> tuple[int, int]:
        """Return how much of a metric may be paid, achieved from ``first`` to ``last``, and how much of it may not."""
        outcomes, window = self.facts.outcomes, metric.window
        payable = payable_counts(outcomes, metric.id, metric.limit, window.opens, window.closes)
        mine = (
            outcomes.only(metric.id, group) & (outcomes.day >= first.toordinal()) & (outcomes.day <= last.toordinal())
        )
        paid = int(payable[mine].sum())
        return paid, int(outcomes.count[mine].sum()) - paid


def _count(e: Evaluation, node: Any) -> Fraction:
    metric = e.contract.the_metric(node.metric)
    if metric.id not in e.facts.quantities:
        return e._counted(metric, node.group)
    if node.group is None:
        return e._named(metric.id)
    raise Held(f"“{metric.name}” was given as a total: how much of it is of the group {node.group} is not known")


def _people(e: Evaluation, node: Any) -> Fraction:
    metric, outcomes = e.contract.the_metric(node.metric), e.facts.outcomes
    if metric.id in e.facts.quantities:
        raise Held(f"“{metric.name}” was given as a total: how many people stand behind it is not known")
    payable = payable_counts(outcomes, metric.id, metric.limit, metric.window.opens, metric.window.closes)
    people = len(set(outcomes.person[outcomes.only(metric.id, node.group) & (payable > 0)].tolist()))
    e.because("people", f"{people:,} {plural('person', people)} with “{metric.name}”")
    return Fraction(people)


def _number(e: Evaluation, node: Any) -> Fraction:
    value = e.dated(node.value, "the agreed number")
    e.because("number", f"agreed: {number(value)} {plural(node.unit, value)}")
    return value


def _combined(sign: str) -> Callable[[Evaluation, Any], Fraction]:
    def combine(e: Evaluation, node: Any) -> Fraction:
        values = [e.quantity(part) for part in node.of]
        result = sum(values, Fraction(0))
        if sign == "×":
            result = Fraction(1)
            for value in values:
                result *= value
        said = f" {sign} ".join(e.of_unit(part, value) for part, value in zip(node.of, values, strict=True))
        e.because(node.kind, f"{said} = {e.of_unit(node, result)}")
        return result

    return combine


def _difference(e: Evaluation, node: Any) -> Fraction:
    of, less = e.quantity(node.of), e.quantity(node.less)
    e.because(
        "difference", f"{e.of_unit(node.of, of)} net of {e.of_unit(node.less, less)} = {e.of_unit(node, of - less)}"
    )
    return of - less


def _ratio(e: Evaluation, node: Any) -> Fraction:
    of, to = e.quantity(node.of), e.quantity(node.to)
    if to == 0:
        raise Held("a ratio to zero is not defined")
    e.because("ratio", f"{e.of_unit(node.of, of)} ÷ {e.of_unit(node.to, to)} = {e.of_unit(node, of / to)}")
    return of / to


def _whole_steps(e: Evaluation, node: Any) -> Fraction:
    of = e.quantity(node.of)
    steps = Fraction(of // node.step)
    e.because("whole steps", f"{e.of_unit(node.of, of)} holds {e.of_unit(node, steps)} of {number(node.step)}")
    return steps


def _score(e: Evaluation, node: Any) -> Fraction:
    values = [e.quantity(part.quantity) for part in node.of]
    result = sum((part.weight * value for part, value in zip(node.of, values, strict=True)), Fraction(0))
    said = " + ".join(f"{number(part.weight)} × {number(value)}" for part, value in zip(node.of, values, strict=True))
    e.because("weighted score", f"{said} = {e.of_unit(node, result)}")
    return result


def _limited(value: Fraction, low: Fraction | None, high: Fraction | None) -> Fraction:
    value = value if low is None else max(value, low)
    return value if high is None else min(value, high)


def _quantity_limit(e: Evaluation, node: Any) -> Fraction:
    of = e.quantity(node.of)
    result = _limited(of, node.at_least, node.at_most)
    if result != of:
        e.because("limit", f"{e.of_unit(node.of, of)} is limited to {e.of_unit(node, result)}")
    return result


def _looked_up(node: Any, value: Fraction, field: str) -> Fraction:
    inclusive = node.boundary == "lower bound inclusive"
    rows = [row for row in node.rows if (row.from_ <= value if inclusive else row.from_ < value)]
    if not rows:
        return Fraction(node.below)
    return Fraction(getattr(rows[-1], field) + rows[-1].rise * (value - rows[-1].from_))


def _quantity_table(e: Evaluation, node: Any) -> Fraction:
    of = e.quantity(node.of)
    result = _looked_up(node, of, "value")
    e.because("table", f"{e.of_unit(node.of, of)} gives {e.of_unit(node, result)} in the table ({node.boundary})")
    return result


QUANTITIES: Mapping[str, Callable[[Evaluation, Any], Fraction]] = {
    "count": _count,
    "people": _people,
    "number": _number,
    "sum": _combined("+"),
    "difference": _difference,
    "product": _combined("×"),
    "ratio": _ratio,
    "whole steps": _whole_steps,
    "weighted score": _score,
    "limit": _quantity_limit,
    "table": _quantity_table,
}

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


def _price(e: Evaluation, node: Any) -> Fraction:
    counted = _claims_counted(e, node.of) if any(value.from_ for value in node.price) else None
    if counted:
        return _price_by_day(e, node, *counted)
    of = e.quantity(node.of)
    price = e.dated(node.price, "the price")
    e.because("price", f"{e.of_unit(node.of, of)} × {e.money(price)} = {e.money(of * price)}")
    return of * price


def _claims_counted(e: Evaluation, of: Any) -> tuple[Metric, str | None] | None:
    """The metric and group whose claims a quantity counts, through its names; None if it is anything else."""
    while isinstance(of, str) and of not in e.facts.quantities:
        of = named(e.contract, "quantity")[of]
        if isinstance(of, Metric):
            return (of, None) if of.counted_from == "claims" else None
    counts = getattr(of, "kind", None) == "count" and of.metric not in e.facts.quantities
    return (e.contract.the_metric(of.metric), of.group) if counts else None


def _price_by_day(e: Evaluation, node: Any, metric: Metric, group: str | None) -> Fraction:
    """Price each claim with the price in force on the day it was achieved."""
    starts = [value.from_ or date.min for value in node.price]
    ends = [date.fromordinal(start.toordinal() - 1) for start in starts[1:]] + [date.max]
    total = Fraction(0)
    if starts[0] > date.min and e.counts(metric, group, last=date.fromordinal(starts[0].toordinal() - 1))[0]:
        raise Held(f"“{metric.name}” has outcomes before {day(starts[0])}, when no price was in force")
    for value, first, last in zip(node.price, starts, ends, strict=True):
        count, _ = e.counts(metric, group, first, last)
        if count:
            total += count * value.value
            since = f" achieved from {day(first)}" if value.from_ else ""
            e.because(
                "price",
                f"{count:,} {plural(metric.unit, count)}{since} × {e.money(value.value)} = {e.money(count * value.value)}",
            )
    return total


def _amount_table(e: Evaluation, node: Any) -> Fraction:
    of = e.quantity(node.of)
    result = _looked_up(node, of, "amount")
    e.because("table", f"{e.of_unit(node.of, of)} gives {e.money(result)} in the {node.shape} table ({node.boundary})")
    return result


def _bands(e: Evaluation, node: Any) -> Fraction:
    of = e.quantity(node.of)
    lower, total = Fraction(0), Fraction(0)
    for band in node.bands:
        upper = of if band.up_to is None else min(of, band.up_to)
        inside = max(upper - lower, Fraction(0))
        if inside:
            total += inside * band.price
            e.because("marginal bands", f"{number(inside)} × {e.money(band.price)} = {e.money(inside * band.price)}")
        lower = band.up_to if band.up_to is not None else lower
    return total


def _fixed(e: Evaluation, node: Any) -> Fraction:
    value = e.dated(node.amount, "the fixed amount")
    e.because("fixed", f"a fixed {e.money(value)}")
    return value


def _share(e: Evaluation, node: Any) -> Fraction:
    of = e.amount(node.of)
    e.because("share", f"{number(node.share * 100)} % of {e.money(of)} = {e.money(of * node.share)}")
    return Fraction(of * node.share)


def _times(e: Evaluation, node: Any) -> Fraction:
    of, by = e.amount(node.of), e.quantity(node.by)
    e.because("times", f"{e.money(of)} × {e.of_unit(node.by, by)} = {e.money(of * by)}")
    return of * by


def _several(kind: str, pick: Callable[[list[Fraction]], Fraction]) -> Callable[[Evaluation, Any], Fraction]:
    def choose(e: Evaluation, node: Any) -> Fraction:
        values = [e.amount(part) for part in node.of]
        result = pick(values)
        e.because(kind, f"the {kind} of {listed([e.money(value) for value in values])} is {e.money(result)}")
        return result

    return choose


def _amount_limit(e: Evaluation, node: Any) -> Fraction:
    of = e.amount(node.of)
    low, high = (None if bound is None else e.dated(bound, "the limit") for bound in (node.at_least, node.at_most))
    result = _limited(of, low, high)
    if result != of:
        e.because("limit", f"{e.money(of)} is limited to {e.money(result)}")
    return result


def _when(e: Evaluation, node: Any) -> Fraction:
    return e.amount(node.then if e.condition(node.condition) else node.otherwise)


AMOUNTS: Mapping[str, Callable[[Evaluation, Any], Fraction]] = {
    "price": _price,
    "table": _amount_table,
    "marginal bands": _bands,
    "fixed": _fixed,
    "share": _share,
    "times": _times,
    "sum": _several("sum", lambda values: sum(values, Fraction(0))),
    "smallest": _several("smallest", min),
    "largest": _several("largest", max),
    "limit": _amount_limit,
    "when": _when,
}
