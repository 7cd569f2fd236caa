"""payments: every primitive of a rule evaluated for many scenarios at once, on float64 columns; never for a payment.

Not-a-number stands for what the exact engine holds. Numbers that differ by less than ``NEAR`` (or its share of their
size) count as equal, so that 0.1 + 0.2 reaches a threshold of 0.3 here as it does exactly.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
from dateutil.relativedelta import relativedelta

from sib.errors import Problem, Refused
from sib.money import Rounding, exponent
from sib.payments.quantities import elapsed
from sib.terms.base import DatedNumber, value_on
from sib.terms.contract import Contract, Metric
from sib.terms.quantities import Count
from sib.terms.walk import PEOPLE_RULES, metrics_counted, named

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NEAR, NEAR_SHARE = 1e-10, 1e-12
"""Two numbers closer than this, or than this share of the larger, are one."""
NAN = np.array(np.nan)
NOUGHT = np.array(0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """A condition in every scenario: whether it holds, and whether that is known."""

    holds: Flags
    known: Flags


@dataclass(frozen=True, slots=True, eq=False)
class Scenarios:
    """One contract's rules on many sets of measured quantities; each method returns one number a scenario.

    ``quantities`` by metric or named quantity, ``paid_before`` in minor units by payment.
    """

    contract: Contract
    as_of: date
    quantities: Mapping[str, Floats]
    paid_before: Mapping[str, Floats] = field(default_factory=dict)
    known: dict[tuple[str, str], Any] = field(default_factory=dict)
    """Named parts evaluated so far."""

    def quantity(self, node: Any) -> Floats:
        """The value of a quantity."""
        if isinstance(node, str):
            value: Floats = self._once("quantity", node, lambda: self._named(node))
        else:
            value = _found(QUANTITIES, "quantity", node)(self, node)
        return value

    def _named(self, name: str) -> Floats:
        if name in self.quantities:
            return self.quantities[name]
        target = named(self.contract, "quantity")[name]
        if not isinstance(target, Metric):
            return self.quantity(target)
        # no rows of people stand behind a simulated scenario: what is counted from claims and not given is nothing
        return NOUGHT if target.counted_from == "claims" else NAN

    def condition(self, node: Any) -> Truth:
        """Whether a condition holds."""
        if isinstance(node, str):
            truth: Truth = self._once("condition", node, lambda: self.condition(self.contract.condition[node]))
        else:
            truth = _found(CONDITIONS, "condition", node)(self, node)
        return truth

    def amount(self, node: Any) -> Floats:
        """An amount in major units, not rounded."""
        if isinstance(node, str):
            value: Floats = self._once("amount", node, lambda: self.amount(self.contract.amount[node]))
        else:
            value = _found(AMOUNTS, "amount", node)(self, node)
        return value

    def dated(self, values: tuple[DatedNumber, ...]) -> Floats:
        """The value in force on the day of reckoning."""
        value = value_on(values, self.as_of)
        return NAN if value is None else np.array(float(value))

    def _once(self, sort: str, name: str, evaluate: Callable[[], Any]) -> Any:
        if (sort, name) not in self.known:
            self.known[sort, name] = evaluate()
        return self.known[sort, name]


def _found(table: Mapping[str, Callable[..., Any]], sort: str, node: Any) -> Callable[..., Any]:
    if node.kind not in table:
        mend = "price it case by case with sib contract price"
        raise Refused(Problem("many.unknown", f"the {sort} `{node.kind}` cannot be simulated yet", mend))
    return table[node.kind]


def near(one: Floats, other: Floats) -> Flags:
    """Where two numbers count as one."""
    close: Flags = np.abs(one - other) <= NEAR + NEAR_SHARE * np.maximum(np.abs(one), np.abs(other))
    return close


def snapped(value: Floats) -> Floats:
    """Values within float64's dust of a whole or a half, put on it: ties round as they do exactly."""
    half = np.round(2 * value) / 2
    dust = np.minimum(1e-3, 1e-7 + 1e-13 * np.abs(value))
    return np.where(np.abs(value - half) <= dust, half, value)


_ROUNDED: Mapping[Rounding, Callable[[Floats], Floats]] = {
    Rounding.HALF_UP: lambda size: np.floor(size + 0.5),
    Rounding.HALF_EVEN: np.round,
    Rounding.HALF_DOWN: lambda size: np.ceil(size - 0.5),
    Rounding.DOWN: np.floor,
    Rounding.UP: np.ceil,
}


def rounded(value: Floats, mode: Rounding) -> Floats:
    """Whole numbers, by the contract's words for rounding; not-a-number stays."""
    value = snapped(value)
    if mode in (Rounding.FLOOR, Rounding.CEILING):
        return np.floor(value) if mode == Rounding.FLOOR else np.ceil(value)
    return np.copysign(_ROUNDED[mode](np.abs(value)), value)


def limited(value: Floats, low: Any, high: Any) -> Floats:
    """A value held between bounds, each of which may be absent."""
    value = value if low is None else np.maximum(value, low)
    return value if high is None else np.minimum(value, high)


def looked_up(node: Any, value: Floats, kept: str) -> Floats:
    """What a table gives for each value; ``kept`` names what its rows hold."""
    starts = np.array([float(row.from_) for row in node.rows])
    bases = np.array([float(node.below), *(float(getattr(row, kept)) for row in node.rows)])
    dust = NEAR + NEAR_SHARE * np.abs(starts)
    if node.boundary == "lower bound inclusive":
        place = np.searchsorted(starts - dust, value, side="right")
    else:
        place = np.searchsorted(starts + dust, value, side="left")
    rises, begins = np.array([0.0, *_rises(node, kept)]), np.array([0.0, *starts])
    return np.where(np.isnan(value), np.nan, bases[place] + rises[place] * (value - begins[place]))


def _rises(node: Any, kept: str) -> list[float]:
    """What each further unit adds, row by row."""
    rises = [float(row.rise) for row in node.rows]
    if node.shape == "straight lines":
        for place, (row, after) in enumerate(zip(node.rows, node.rows[1:], strict=False)):
            rises[place] = float((getattr(after, kept) - getattr(row, kept)) / (after.from_ - row.from_))
    return rises


def _ratio(s: Scenarios, node: Any) -> Floats:
    of, to = s.quantity(node.of), s.quantity(node.to)
    return np.where(near(to, NOUGHT), np.nan, of / np.where(to == 0, np.nan, to))


def _count(s: Scenarios, node: Any) -> Floats:
    given = node.metric in s.quantities
    return s.quantity(node.metric) if given and node.group is None else NAN if given else NOUGHT


def _people(s: Scenarios, node: Any) -> Floats:
    """Who stands behind a total is not known; without a total there is nobody."""
    return NAN if any(name in s.quantities for name in metrics_counted(node)) else NOUGHT


def _score(s: Scenarios, node: Any) -> Floats:
    return sum((float(part.weight) * s.quantity(part.quantity) for part in node.of), start=NOUGHT)


def _avoided(s: Scenarios, node: Any) -> Floats:
    fewer = s.quantity(node.expected) - s.quantity(node.observed)
    found = fewer if node.kind == "avoided" else -fewer
    return found if node.people is None else found * s.quantity(node.people)


def _folded(sort: str, fold: Callable[[Any, Any], Floats]) -> Callable[[Scenarios, Any], Floats]:
    """Several parts of a sort taken together, two by two."""

    def together(s: Scenarios, node: Any) -> Floats:
        return reduce(fold, [getattr(s, sort)(part) for part in node.of])

    return together


def _when(sort: str) -> Callable[[Scenarios, Any], Floats]:
    """One part or the other of a sort, as a condition holds or not."""

    def choose(s: Scenarios, node: Any) -> Floats:
        asked, of_sort = s.condition(node.condition), getattr(s, sort)
        chosen = np.where(asked.holds, of_sort(node.then), of_sort(node.otherwise))
        return np.where(asked.known, chosen, np.nan)

    return choose


def _elapsed(s: Scenarios, node: Any) -> Floats:
    until = min(node.until or s.as_of, s.as_of)
    return np.array(float(elapsed(node.since, until, node.counted_in, begun=node.begun == "begun counts")))


QUANTITIES: Mapping[str, Callable[[Scenarios, Any], Floats]] = {
    "count": _count,
    "people": _people,
    "number": lambda s, n: s.dated(n.value),
    "sum": _folded("quantity", np.add),
    "difference": lambda s, n: s.quantity(n.of) - s.quantity(n.less),
    "product": _folded("quantity", np.multiply),
    "ratio": _ratio,
    "whole steps": lambda s, n: np.floor(snapped(s.quantity(n.of) / float(n.step))),
    "weighted score": _score,
    "limit": lambda s, n: limited(
        s.quantity(n.of), *(None if b is None else float(b) for b in (n.at_least, n.at_most))
    ),
    "table": lambda s, n: looked_up(n, s.quantity(n.of), "value"),
    "milestone": _people,
    "sustained": _people,
    "people with": _people,
    "people reaching": _people,
    "avoided": _avoided,
    "gained": _avoided,
    "blend": _score,
    "largest": _folded("quantity", np.maximum),
    "smallest": _folded("quantity", np.minimum),
    "rounded": lambda s, n: rounded(s.quantity(n.of) / float(n.to), n.rounding) * float(n.to),
    "elapsed time": _elapsed,
    "when": _when("quantity"),
}


_COMPARED: Mapping[str, Callable[[Floats, Flags], Flags]] = {
    "at least": lambda over, equal: (over > 0) | equal,
    "more than": lambda over, equal: (over > 0) & ~equal,
    "at most": lambda over, equal: (over < 0) | equal,
    "less than": lambda over, equal: (over < 0) & ~equal,
    "equal to": lambda _, equal: equal,
}


def _compared(value: Floats, how: str, limit: Floats) -> Truth:
    return Truth(_COMPARED[how](value - limit, near(value, limit)), ~np.isnan(value + limit))


def _compare(s: Scenarios, node: Any) -> Truth:
    limit = s.dated(node.value) if node.value is not None else s.quantity(node.than)
    return _compared(s.quantity(node.quantity), node.is_, limit)


def _always(holds: bool) -> Truth:
    return Truth(np.array(holds), np.array(True))


def _decided_by(part: bool, *, result: bool) -> Callable[[Scenarios, Any], Truth]:
    """A single ``part`` gives the result, whatever is not known yet; without one, everything must be known."""

    def decide(s: Scenarios, node: Any) -> Truth:
        truths = [s.condition(each) for each in node.of]
        decided = reduce(np.logical_or, [truth.known & (truth.holds == part) for truth in truths])
        known = decided | reduce(np.logical_and, [truth.known for truth in truths])
        return Truth(decided if result else ~decided, known)

    return decide


CONDITIONS: Mapping[str, Callable[[Scenarios, Any], Truth]] = {
    "compare": _compare,
    "all": _decided_by(False, result=False),
    "any": _decided_by(True, result=True),
    "none": _decided_by(True, result=False),
    "on or after": lambda s, n: _always(s.as_of >= n.day),
    "compare amounts": lambda s, n: _compared(s.amount(n.amount), n.is_, s.amount(n.than)),
    "measured": lambda s, n: Truth(~np.isnan(s.quantity(n.quantity)), np.array(True)),
}


def _price(s: Scenarios, node: Any) -> Floats:
    if any(value.from_ for value in node.prices) and _no_claims(s, node.of):
        return NOUGHT
    return s.quantity(node.of) * s.dated(node.prices)


def _no_claims(s: Scenarios, of: Any) -> bool:
    """Whether a quantity counts claims, or judges people by them, that were not given: none needs a price in force."""
    while isinstance(of, str) and of not in s.quantities:
        of = named(s.contract, "quantity")[of]
        if isinstance(of, Metric):
            return of.counted_from == "claims"
    return isinstance(of, (Count, *PEOPLE_RULES)) and not any(name in s.quantities for name in metrics_counted(of))


def _bands(s: Scenarios, node: Any) -> Floats:
    of = s.quantity(node.of)
    lower, total = 0.0, of * 0.0
    for band in node.bands:
        upper = of if band.up_to is None else np.minimum(of, float(band.up_to))
        total = total + np.maximum(upper - lower, 0.0) * float(band.price)
        lower = lower if band.up_to is None else float(band.up_to)
    return total


def _amount_limit(s: Scenarios, node: Any) -> Floats:
    bounds = [None if bound is None else s.dated(bound) for bound in (node.at_least, node.at_most)]
    return limited(s.amount(node.of), *bounds)


def _earned(s: Scenarios, node: Any) -> Floats:
    """What other payments earn now and were paid before, each no more than its own cap, none below what it keeps."""
    total, scale = NOUGHT, 10 ** exponent(s.contract.contract.currency)
    for name in node.payments:
        payment = s.contract.the_payment(name)
        before = s.paid_before.get(name, NOUGHT) / scale
        now = s.amount(payment.amount) - (before if payment.settles == "in total" else 0)
        cap = value_on(payment.cap, s.as_of) if payment.cap else None
        room = None if cap is None else np.maximum(float(cap) - before, 0.0)
        total = total + before + limited(now, None if payment.both_ways else 0.0, room)
    return total


def _indexed(s: Scenarios, node: Any) -> Floats:
    if node.factor is not None:
        return s.amount(node.of) * s.dated(node.factor)
    years = max(relativedelta(s.as_of, node.since).years, 0)
    return s.amount(node.of) * float((1 + node.yearly) ** years)


def _by_date(s: Scenarios, node: Any) -> Floats:
    begun = [rule for rule in node.rules if rule.from_ <= s.as_of]
    # a rule without a last day holds until the next begins
    held = [rule for rule in begun if (s.as_of <= rule.to if rule.to else rule is begun[-1])]
    return s.amount(held[-1].amount if held else node.otherwise)


AMOUNTS: Mapping[str, Callable[[Scenarios, Any], Floats]] = {
    "price": _price,
    "table": lambda s, n: looked_up(n, s.quantity(n.of), "amount"),
    "marginal bands": _bands,
    "fixed": lambda s, n: s.dated(n.amount),
    "share": lambda s, n: s.amount(n.of) * float(n.share),
    "times": lambda s, n: s.amount(n.of) * s.quantity(n.by),
    "sum": _folded("amount", np.add),
    "smallest": _folded("amount", np.minimum),
    "largest": _folded("amount", np.maximum),
    "limit": _amount_limit,
    "when": _when("amount"),
    "difference": lambda s, n: s.amount(n.of) - s.amount(n.less),
    "already earned": _earned,
    "prices by group": lambda s, n: NAN if n.of in s.quantities else NOUGHT,
    "indexed": _indexed,
    "by date": _by_date,
    "money of": lambda s, n: s.quantity(n.of),
    "rounded": lambda s, n: rounded(s.amount(n.of) / float(n.to), n.rounding) * float(n.to),
}
