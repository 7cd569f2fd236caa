"""payments: one rule being evaluated on one contract's facts, exact, with a reason for every step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from sib.payments.facts import Facts, Rows, payable_rows
from sib.terms.base import DatedNumber, value_on
from sib.terms.contract import Contract, Metric
from sib.terms.sentences import day, money, number, plural
from sib.terms.walk import named, unit_of


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of an evaluation in words; page, command line, document and test print the same text."""

    kind: str
    """The primitive, or ``cap``, ``rounding``, ``share``, ``hold``."""
    text: str


class Held(Exception):  # noqa: N818 - a result, not an error
    """The rule cannot be evaluated on these facts: it pays nothing and says why."""


@dataclass(frozen=True, slots=True)
class Primitives:
    """How each primitive is evaluated, by its kind, for each of the three sorts."""

    quantities: Mapping[str, Callable[["Evaluation", Any], Fraction]]
    conditions: Mapping[str, Callable[["Evaluation", Any], bool]]
    amounts: Mapping[str, Callable[["Evaluation", Any], Fraction]]


@dataclass(slots=True)
class Evaluation:
    """One rule being evaluated on one contract's facts; ``reasons`` grows step by step."""

    contract: Contract
    facts: Facts
    primitives: Primitives
    reasons: list[Reason] = field(default_factory=list)
    counted_before: dict[tuple[str, str | None, date, date], tuple[int, int]] = field(default_factory=dict)
    """Counts made so far: a pass over ten million claims is not made twice."""

    def quantity(self, node: Any) -> Fraction:
        """Return the exact value of a quantity; raises Held where the facts do not give it."""
        if isinstance(node, str):
            return self.named(node)
        return self.primitives.quantities[node.kind](self, node)

    def condition(self, node: Any) -> bool:
        """Return whether a condition holds."""
        if isinstance(node, str):
            return self.condition(self.contract.condition[node])
        return self.primitives.conditions[node.kind](self, node)

    def amount(self, node: Any) -> Fraction:
        """Return an exact amount in major units, not rounded."""
        if isinstance(node, str):
            return self.amount(self.contract.amount[node])
        return self.primitives.amounts[node.kind](self, node)

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

    def named(self, name: str) -> Fraction:
        """Return what a metric or a named quantity comes to; a given value goes before its derivation."""
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
        return self.counted(target)

    def counted(self, metric: Metric, group: str | None = None) -> Fraction:
        """Return how much of a metric's verified outcomes may be paid now."""
        value, left_out = self.counts(metric, group)
        where = f" in the group {group}" if group else ""
        rest = self._left_out(metric, group, left_out) if left_out else ""
        self.because("count", f"{metric.name}{where}: {value:,} {plural(metric.unit, value)} verified{rest}")
        return Fraction(value)

    def _left_out(self, metric: Metric, group: str | None, left_out: int) -> str:
        """Why some verified outcomes are not paid now."""
        outcomes = self.facts.outcomes
        rows = self._of(metric, group)
        settled = int(outcomes.count[rows][outcomes.settled[rows]].sum())
        others = " or judged by other terms" if self.facts.judged else ""
        rest = f"; {settled:,} more {_are(settled)} settled already{others}" if settled else ""
        day, window = outcomes.day[rows], metric.window
        inside = (day >= window.opens.toordinal()) & (day <= window.closes.toordinal())
        outside = int(outcomes.count[rows][~inside & ~outcomes.settled[rows]].sum())
        beyond = left_out - settled - outside
        rest += f"; {outside:,} {_are(outside)} outside the window" if outside else ""
        return rest + (f"; {beyond:,} {_are(beyond)} beyond the limit" if beyond else "")

    def counts(
        self, metric: Metric, group: str | None = None, first: date = date.min, last: date = date.max
    ) -> tuple[int, int]:
        """Return how much of a metric may be paid, achieved from ``first`` to ``last``, and how much of it may not."""
        asked_for = (metric.id, group, first, last)
        if asked_for not in self.counted_before:
            self.counted_before[asked_for] = self._counts(metric, group, first, last)
        return self.counted_before[asked_for]

    def _of(self, metric: Metric, group: str | None) -> Rows:
        rows = self.facts.outcomes.rows_of(metric.id)
        return rows if group is None else rows[self.facts.outcomes.of_group(rows, group)]

    def _counts(self, metric: Metric, group: str | None, first: date, last: date) -> tuple[int, int]:
        outcomes = self.facts.outcomes
        rows, payable = payable_rows(outcomes, metric)
        if group is None and (first, last) == (date.min, date.max):
            paid = int(payable.sum())
            return paid, int(outcomes.count[self._of(metric, None)].sum()) - paid
        asked = (outcomes.day[rows] >= first.toordinal()) & (outcomes.day[rows] <= last.toordinal())
        if group is not None:
            asked &= outcomes.of_group(rows, group)
        paid = int(payable[asked].sum())
        every = self._of(metric, group)
        day = outcomes.day[every]
        whole = int(outcomes.count[every][(day >= first.toordinal()) & (day <= last.toordinal())].sum())
        return paid, whole - paid


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
