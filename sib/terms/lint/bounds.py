"""terms: between which values every quantity and every amount of a contract must lie, whatever happens.

Where nobody can know (a measured result, a cohort without a size, a primitive not listed here) an end is open: what is
said with these bounds is sound. Counts rest on the planned size of the cohort, which is the one thing that is assumed.
"""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import zip_longest
from math import inf
from typing import Any

from sib.money import round_exact
from sib.terms.base import DatedNumber
from sib.terms.contract import Contract, Metric
from sib.terms.lint.range import (
    NONE,
    UNKNOWN,
    UNLIMITED_ABOVE,
    UNLIMITED_BELOW,
    End,
    Range,
    exactly,
    hull,
)
from sib.terms.walk import metrics_counted, named


class Bounds:
    """The bounds of one contract's rules; what has a name is worked out once."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.metrics = {metric.id: metric for metric in contract.metric}
        self.sizes = {cohort.id: cohort.size for cohort in contract.cohort}
        days = [window.closes for window in (metric.window for metric in contract.metric)]
        self.last = max([contract.contract.ends_on, *days, *(period.ends_on for period in contract.settlement)])
        self._known: dict[tuple[str, str], Any] = {}

    def quantity(self, node: Any) -> Range:
        """The values a quantity can have, in its unit."""
        found: Range = self._bounded("quantity", node, _QUANTITIES, UNKNOWN)
        return found

    def amount(self, node: Any) -> Range:
        """The values an amount can have on one day of reckoning, in major units of the currency."""
        found: Range = self._bounded("amount", node, _AMOUNTS, UNKNOWN)
        return found

    def condition(self, node: Any) -> bool | None:
        """Whether a condition holds whatever happens (True), never holds (False), or depends (None)."""
        found: bool | None = self._bounded("condition", node, _CONDITIONS, None)
        return found

    def assume(self, name: str, values: Range) -> None:
        """Take a metric or a named quantity to lie there, to see what follows."""
        self._known["quantity", name] = values

    def _bounded(self, sort: str, node: Any, kinds: Mapping[str, Callable[..., Any]], unknown: Any) -> Any:
        if isinstance(node, Metric):
            return self.claimed(node)
        if not isinstance(node, str):
            return kinds[node.kind](self, node) if node.kind in kinds else unknown
        if (sort, node) not in self._known:
            self._known[sort, node] = self._bounded(sort, named(self.contract, sort)[node], kinds, unknown)
        return self._known[sort, node]

    def claimed(self, metric: Metric) -> Range:
        """What can be claimed of a metric over the whole life; a result measured by the evaluator can be anything."""
        if metric.counted_from != "claims":
            return UNKNOWN
        size = self.sizes[metric.cohort]
        return Range(Fraction(0), inf if size is None or metric.limit is None else Fraction(size * metric.limit))

    def prices(self, node: Any) -> Range:
        """Every price of a rule up to the last day that counts; yearly rises are written out far beyond it."""
        return dated(
            tuple(each for each in node.prices if each.from_ is None or each.from_ <= self.last) or node.prices
        )

    def people(self, names: tuple[str, ...]) -> Range:
        """How many different people can stand behind these metrics."""
        sizes = [self.sizes[name] for name in {self.metrics[metric].cohort for metric in names}]
        whole: End = sum((inf if size is None else Fraction(size) for size in sizes), Fraction(0))
        return Range(Fraction(0), whole)


def dated(values: tuple[DatedNumber, ...]) -> Range:
    """Every value that a dated number ever has."""
    return hull(exactly(value.value) for value in values)


def _limits(low: Range | None, high: Range | None) -> tuple[Range, Range]:
    return low or UNLIMITED_BELOW, high or UNLIMITED_ABOVE


def _number(value: Fraction | None) -> Range | None:
    return None if value is None else exactly(value)


def _sum(ranges: Iterator[Range]) -> Range:
    return sum(ranges, NONE)


def _product(ranges: Iterator[Range]) -> Range:
    whole = exactly(1)
    for each in ranges:
        whole *= each
    return whole


def _largest(ranges: Iterator[Range]) -> Range:
    several = list(ranges)
    return Range(max(each.low for each in several), max(each.high for each in several))


def _smallest(ranges: Iterator[Range]) -> Range:
    several = list(ranges)
    return Range(min(each.low for each in several), min(each.high for each in several))


def _rounded(of: Range, node: Any) -> Range:
    return of.by(lambda value: Fraction(round_exact(value / node.to, node.rounding) * node.to))


def segments(node: Any, field: str) -> Iterator[tuple[Any, Any, Fraction, Fraction]]:
    """Every part of a table: from, up to, what it gives at its beginning, and what each further unit adds."""
    yield -inf, node.rows[0].from_, node.below, Fraction(0)
    for row, after in zip_longest(node.rows, node.rows[1:]):
        value, rise = getattr(row, field), row.rise
        if after is not None and node.shape == "straight lines":
            rise = (getattr(after, field) - value) / (after.from_ - row.from_)
        yield row.from_, inf if after is None else after.from_, value, rise


def _table(of: Range, node: Any, field: str) -> Range:
    found = []
    inclusive = node.boundary == "lower bound inclusive"
    for start, end, value, rise in segments(node, field):
        reached = start <= of.high if inclusive else start < of.high
        if reached and (of.low < end if inclusive else of.low <= end):
            ends = Range(max(start, of.low), min(end, of.high))
            found.append(exactly(value) if rise == 0 else exactly(value) + exactly(rise) * (ends + exactly(-start)))
    return hull(found)


def _bands(of: Range, node: Any) -> Range:
    edges = [end for end in (of.low, of.high) if isinstance(end, Fraction)]
    edges += [band.up_to for band in node.bands if band.up_to is not None and of.low <= band.up_to <= of.high]
    reached = [exactly(banded(node, edge)) for edge in (*edges, *([Fraction(0)] if of.low <= 0 <= of.high else []))]
    if of.high == inf:
        reached.append(exactly(node.bands[-1].price) * Range(Fraction(0)))
    return hull(reached)


def banded(node: Any, of: Fraction) -> Fraction:
    """What marginal bands pay for so much."""
    lower, total = Fraction(0), Fraction(0)
    for band in node.bands:
        upper = of if band.up_to is None else min(of, band.up_to)
        total += max(upper - lower, Fraction(0)) * band.price
        lower = band.up_to or lower
    return total


def _factor(node: Any) -> Range:
    if node.factor is not None:
        return dated(node.factor)
    return Range(Fraction(1)) if node.yearly >= 0 else Range(-inf if node.yearly < -1 else Fraction(0), Fraction(1))


def _compare(left: Range, word: str, right: Range) -> bool | None:
    """Compare two ranges that know nothing of each other."""
    always = {
        "at least": left.low >= right.high,
        "more than": left.low > right.high,
        "at most": left.high <= right.low,
        "less than": left.high < right.low,
        "equal to": left.single is not None and left.single == right.single,
    }
    never = {
        "at least": left.high < right.low,
        "more than": left.high <= right.low,
        "at most": left.low > right.high,
        "less than": left.low >= right.high,
        "equal to": left.high < right.low or left.low > right.high,
    }
    return True if always[word] else False if never[word] else None


def _decided(parts: list[bool | None], by: bool) -> bool | None:
    """One part alone decides; without one, all must be known."""
    return by if by in parts else None if None in parts else not by


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _when(bounds: Bounds, node: Any, within: Callable[[Any], Range]) -> Range:
    holds = bounds.condition(node.condition)
    return hull(within(part) for part, dead in ((node.then, False), (node.otherwise, True)) if holds is not dead)


_QUANTITIES: Mapping[str, Callable[[Bounds, Any], Range]] = {
    "count": lambda b, n: b.quantity(n.metric) if n.group is None else b.claimed(b.metrics[n.metric]),
    **dict.fromkeys(("people", "milestone", "sustained"), lambda b, n: b.people((n.metric,))),
    "people with": lambda b, n: b.people(metrics_counted(n)),
    "number": lambda _, n: dated(n.value),
    "sum": lambda b, n: _sum(map(b.quantity, n.of)),
    "difference": lambda b, n: b.quantity(n.of) + -b.quantity(n.less),
    "product": lambda b, n: _product(map(b.quantity, n.of)),
    "ratio": lambda b, n: b.quantity(n.of).over(b.quantity(n.to)),
    "whole steps": lambda b, n: b.quantity(n.of).by(lambda value: Fraction(value // n.step)),
    **dict.fromkeys(
        ("weighted score", "blend"), lambda b, n: _sum(exactly(p.weight) * b.quantity(p.quantity) for p in n.of)
    ),
    "limit": lambda b, n: b.quantity(n.of).between(*_limits(_number(n.at_least), _number(n.at_most))),
    "table": lambda b, n: _table(b.quantity(n.of), n, "value"),
    "avoided": lambda b, n: (
        (b.quantity(n.expected) + -b.quantity(n.observed)) * (b.quantity(n.people) if n.people else exactly(1))
    ),
    "largest": lambda b, n: _largest(map(b.quantity, n.of)),
    "smallest": lambda b, n: _smallest(map(b.quantity, n.of)),
    "rounded": lambda b, n: _rounded(b.quantity(n.of), n),
    "elapsed time": lambda _, __: Range(Fraction(0)),
    "when": lambda b, n: _when(b, n, b.quantity),
}

_CONDITIONS: Mapping[str, Callable[[Bounds, Any], bool | None]] = {
    "compare": lambda b, n: _compare(
        b.quantity(n.quantity), n.is_, dated(n.value) if n.value is not None else b.quantity(n.than)
    ),
    "compare amounts": lambda b, n: _compare(b.amount(n.amount), n.is_, b.amount(n.than)),
    "all": lambda b, n: _decided([b.condition(part) for part in n.of], False),
    "any": lambda b, n: _decided([b.condition(part) for part in n.of], True),
    "none": lambda b, n: _not(_decided([b.condition(part) for part in n.of], True)),
}


_AMOUNTS: Mapping[str, Callable[[Bounds, Any], Range]] = {
    "price": lambda b, n: b.prices(n) * b.quantity(n.of),
    "money of": lambda b, n: b.quantity(n.of),
    "table": lambda b, n: _table(b.quantity(n.of), n, "amount"),
    "marginal bands": lambda b, n: _bands(b.quantity(n.of), n),
    "fixed": lambda _, n: dated(n.amount),
    "share": lambda b, n: exactly(n.share) * b.amount(n.of),
    "times": lambda b, n: b.amount(n.of) * b.quantity(n.by),
    "sum": lambda b, n: _sum(map(b.amount, n.of)),
    "smallest": lambda b, n: _smallest(map(b.amount, n.of)),
    "largest": lambda b, n: _largest(map(b.amount, n.of)),
    "limit": lambda b, n: b.amount(n.of).between(
        *_limits(*(None if bound is None else dated(bound) for bound in (n.at_least, n.at_most)))
    ),
    "when": lambda b, n: _when(b, n, b.amount),
    "difference": lambda b, n: b.amount(n.of) + -b.amount(n.less),
    "prices by group": lambda b, n: (
        hull([NONE, *(dated(each.price) for each in n.prices)]) * b.claimed(b.metrics[n.of])
    ),
    "indexed": lambda b, n: b.amount(n.of) * _factor(n),
    "by date": lambda b, n: hull(map(b.amount, (*(rule.amount for rule in n.rules), n.otherwise))),
    "rounded": lambda b, n: _rounded(b.amount(n.of), n),
}
