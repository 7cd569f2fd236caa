"""payments: the facts, one frozen value that everything rules may read stands in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from sib.terms.contract import Metric

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
NO_METRIC = -3
"""A code that neither a metric has, nor an unknown one: such a row counts nowhere."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One verified outcome, as a person would write it down."""

    person: str
    metric: str
    achieved_on: date
    group: str | None = None
    count: int = 1
    settled: bool = False
    """Already paid for in an earlier statement: it uses up limits and earns nothing again."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Verified outcomes as columns of equal length; codes point into the name tuples, group -1 is none.

    ``day`` holds proleptic ordinals (``date.toordinal``), ``count`` whole numbers of the metric's unit.
    """

    person: Codes
    metric: Codes
    day: Codes
    group: Codes
    count: Ints
    settled: Flags
    people: tuple[str, ...]
    metrics: tuple[str, ...]
    groups: tuple[str, ...]
    by_metric: dict[int, "_ByMetric"] = field(default_factory=dict, repr=False)
    """Where each metric's rows stand, found once for each column of metrics; copies with the same column share it."""

    def __len__(self) -> int:
        return len(self.count)

    @classmethod
    def of(cls, rows: Iterable[Outcome]) -> "Outcomes":
        """Turn rows into columns, keeping their order."""
        rows = tuple(rows)
        people, person = _coded([row.person for row in rows])
        metrics, metric = _coded([row.metric for row in rows])
        groups, group = _coded([row.group for row in rows])
        return cls(
            person=person,
            metric=metric,
            day=np.array([row.achieved_on.toordinal() for row in rows], dtype=np.int32),
            group=group,
            count=np.array([row.count for row in rows], dtype=np.int64),
            settled=np.array([row.settled for row in rows], dtype=np.bool_),
            people=people,
            metrics=metrics,
            groups=groups,
        )

    def of_group(self, rows: npt.NDArray[np.intp], group: str) -> Flags:
        """Return which of some rows are of a group."""
        mine: Flags = self.group[rows] == _code(self.groups, group)
        return mine

    def rows_of(self, metric: str) -> Rows:
        """Return the rows of a metric, in order."""
        code, found = _code(self.metrics, metric), self.by_metric.get(id(self.metric))
        if found is None or found.column is not self.metric:
            found = self.by_metric[id(self.metric)] = _sorted_by_metric(self.metric, len(self.metrics))
        return found.rows[0:0] if code < 0 else found.rows[found.starts[code] : found.starts[code + 1]]

    def only(self, metric: str, group: str | None = None) -> Flags:
        """Return which rows are outcomes of a metric, and of a group if one is given."""
        mask: Flags = self.metric == _code(self.metrics, metric)
        return mask if group is None else mask & (self.group == _code(self.groups, group))


@dataclass(frozen=True, slots=True, eq=False)
class _ByMetric:
    """The rows of a column of metrics, metric by metric; it keeps the column, so that no other takes its place."""

    column: Codes
    rows: Rows
    starts: Ints


def _sorted_by_metric(column: Codes, metrics: int) -> _ByMetric:
    # numbers of sixteen bits are sorted in one pass over the column
    small = column.astype(np.int16) if metrics < 2**15 else column
    rows = np.argsort(small, kind="stable")
    return _ByMetric(column, rows, np.searchsorted(small[rows], np.arange(metrics + 1)))


def _code(names: tuple[str, ...], name: str) -> int:
    # -2: no row has it, unlike -1 which is "none"
    return names.index(name) if name in names else -2


def _coded(values: list[str] | list[str | None]) -> tuple[tuple[str, ...], Codes]:
    names = tuple(dict.fromkeys(value for value in values if value is not None))
    codes = {name: code for code, name in enumerate(names)}
    return names, np.array([-1 if value is None else codes[value] for value in values], dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Measured:
    """A measured quantity: a signed result or a quantised estimate, exact, with its unit."""

    value: Fraction
    unit: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules read, for one period: outcomes, measured quantities, what was already paid and drawn.

    ``paid_before`` and ``drawn`` are minor units, by payment id and by tranche id.
    """

    as_of: date
    outcomes: Outcomes = field(default_factory=lambda: Outcomes.of(()))
    quantities: Mapping[str, Measured] = field(default_factory=dict)
    paid_before: Mapping[str, int] = field(default_factory=dict)
    paid_this_year: Mapping[str, int] = field(default_factory=dict)
    """What of it was paid in the contract's current year."""
    payers_before: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """What of ``paid_before`` each payer paid, by payment; for payments not named it follows from their shares."""
    payers_this_year: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    drawn: Mapping[str, int] = field(default_factory=dict)
    settled: Mapping[str, Flags] = field(default_factory=dict)
    """Which outcomes each payment has already paid for; for payments not named, ``outcomes.settled`` says it."""
    judged: tuple[date, date] | None = None
    """The days that these terms judge: what was achieved before them uses up limits and earns nothing here."""
    whole: Outcomes | None = None
    """Where ``outcomes`` are as one payment sees them: the outcomes as they are, for the others that it asks for."""

    def outcomes_for(self, payment: str, *, in_total: bool) -> Outcomes:
        """The outcomes as one payment sees them; a payment that settles in total sees them as if none had been paid."""
        outcomes = self._as_they_are
        if in_total:
            return self._judged(outcomes, np.zeros(len(outcomes), dtype=np.bool_))
        return self._judged(outcomes, self.settled.get(payment, outcomes.settled))

    def seen_by(self, payment: str, *, in_total: bool) -> "Facts":
        """The facts as one payment sees them."""
        outcomes = self.outcomes_for(payment, in_total=in_total)
        return replace(self, outcomes=outcomes, whole=self._as_they_are)

    @property
    def _as_they_are(self) -> Outcomes:
        return self.outcomes if self.whole is None else self.whole

    def judges(self, days: npt.NDArray[Any]) -> Flags:
        """Return which of some days (ordinals) these terms judge."""
        first, last = self.judged or (date.min, date.max)
        inside: Flags = (days >= first.toordinal()) & (days <= last.toordinal())
        return inside

    def _judged(self, outcomes: Outcomes, settled: Flags) -> Outcomes:
        """Outcomes with these settled; of those outside the days judged, later ones count as if not there."""
        if self.judged is None:
            return replace(outcomes, settled=settled)
        first, last = (day.toordinal() for day in self.judged)
        later = (outcomes.day > last) & ~settled
        metric = np.where(later, NO_METRIC, outcomes.metric).astype(np.int32)
        return replace(outcomes, metric=metric, settled=settled | (outcomes.day < first))


def is_count(metric: Metric, value: Fraction) -> bool:
    """Whether claims can come to so much; what is claimed without limit, as tonnes are, may have a part."""
    return value >= 0 and (value.denominator == 1 or metric.limit is None)


def payable_counts(outcomes: Outcomes, metric: Metric) -> Ints:
    """Return for every row how much of its count may be paid now (0 for rows of other metrics), as ``payable_rows``."""
    rows, counts = payable_rows(outcomes, metric)
    payable = np.zeros(len(outcomes), dtype=np.int64)
    payable[rows] = counts
    return payable


def payable_rows(outcomes: Outcomes, metric: Metric) -> tuple[Rows, Ints]:
    """Return the rows of a metric inside its window, and how much of each row's count may be paid now.

    A person's outcomes are taken in order of day, then row; the first ``metric.limit`` of each person count, and of
    all people's the first ``metric.at_most``. Those already settled use limits up first and are not paid again; what
    lies outside the window does not count.
    """
    rows = outcomes.rows_of(metric.id)
    day, window = outcomes.day[rows], metric.window
    rows = rows[(day >= window.opens.toordinal()) & (day <= window.closes.toordinal())]
    counts = outcomes.count[rows]
    if metric.limit is not None and len(rows):
        rows = rows[np.lexsort((rows, outcomes.day[rows], ~outcomes.settled[rows], outcomes.person[rows]))]
        counts = _first_of_each(outcomes.person[rows], outcomes.count[rows], metric.limit)
    if metric.at_most is not None and len(rows):
        order = np.lexsort((rows, outcomes.day[rows], ~outcomes.settled[rows]))
        rows, counts = rows[order], _first_of_each(np.zeros(len(rows)), counts[order], metric.at_most)
    return rows, np.where(outcomes.settled[rows], 0, counts)


def _first_of_each(who: npt.NDArray[Any], counts: Ints, limit: int) -> Ints:
    """Counts cut so that the first ``limit`` of everybody are left; rows of one person stand together."""
    running = np.cumsum(counts)
    first = np.flatnonzero(np.diff(who, prepend=-9))
    before = np.repeat(running[first] - counts[first], np.diff(first, append=len(counts)))
    kept: Ints = np.minimum(running - before, limit) - np.minimum(running - before - counts, limit)
    return kept
