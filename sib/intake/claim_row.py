"""intake: what the row of a claim must say, and what the contract may have against it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple, TypeAlias

from sib.intake.cells import blank, date_faults, iso_date, number_faults, whole_number, word_faults
from sib.intake.faults import RowProblem, day_fault, shown, unknown
from sib.intake.header import Columns

CLAIM_COLUMNS = Columns(
    required=("claim_id", "person", "metric", "achieved_on", "evidenced_on", "evidence"),
    optional=("occurrence", "count", "group"),
)


@dataclass(frozen=True, slots=True)
class MetricRule:
    """How often one person can reach the metric (None is without limit), and when, if not over the whole term."""

    limit: int | None = 1
    opens: date | None = None
    closes: date | None = None
    """Last day of the metric's window, itself included."""


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """What the contract says about a claim before anybody looks at its evidence."""

    contract: str
    first_day: date
    last_day: date
    """Last day on which an outcome counts, itself included."""
    metrics: Mapping[str, MetricRule]
    groups: frozenset[str] = frozenset()

    def window(self, metric: str) -> tuple[date, date]:
        """First and last day on which the metric counts; the contract's term for a metric that it does not have."""
        rule = self.metrics.get(metric, MetricRule())
        return max(rule.opens or self.first_day, self.first_day), min(rule.closes or self.last_day, self.last_day)


Cells: TypeAlias = tuple[str, str, str, str, str, str, str, str, str]
"""The cells of a row, in the order of ``CLAIM_COLUMNS``, unnamed: naming them takes as long as reading them."""


class ClaimTexts(NamedTuple):
    """The cells of a row, in the order of ``CLAIM_COLUMNS``."""

    claim_id: str
    person: str
    metric: str
    achieved_on: str
    evidenced_on: str
    evidence: str
    occurrence: str
    times: str
    group: str


SWAPPED = RowProblem(
    column="person",
    code="intake.columns-swapped",
    what="the cell under person holds a metric or a date",
    expected="a reference for a person",
    mend="put every cell under its own heading",
)


REPEATED_ID = RowProblem(
    column="claim_id",
    code="intake.duplicate-claim-id",
    what="has the same claim_id",
    expected="each claim_id once",
    mend="delete one of the two rows, or give the other outcome its own claim_id",
)
REPEATED_OUTCOME = RowProblem(
    column="occurrence",
    code="intake.duplicate-outcome",
    what="claims the same person, metric and occurrence",
    expected="each person, metric and occurrence once",
    mend="delete one of the two rows, or give a further outcome the next occurrence",
)
HELD_OTHERWISE = RowProblem(
    column="claim_id",
    code="intake.held-otherwise",
    what="a claim with this claim_id is held already and says something else",
    expected="a claim_id not used before, or the row as it was sent before",
    mend="withdraw the claim that is held, then send the right one",
)
HELD_ALREADY = RowProblem(
    column="occurrence",
    code="intake.held-already",
    what="the same person, metric and occurrence is held already under another claim_id",
    expected="an outcome not claimed before",
    mend="delete the row, or give a further outcome the next occurrence",
)


def may_show(claim_id: str, person: str) -> bool:
    """Whether an error may repeat the claim's reference: not when it holds the person's."""
    return not person or person not in claim_id


def repeated(problem: RowProblem, value: str | None, first: int) -> RowProblem:
    """``REPEATED_ID`` or ``REPEATED_OUTCOME`` for a row that repeats row ``first`` of its own file."""
    return replace(problem, what=f"row {first} of this file {problem.what}", value=shown(value) if value else None)


def held(problem: RowProblem, value: str | None) -> RowProblem:
    """``HELD_OTHERWISE`` or ``HELD_ALREADY`` for a row that clashes with a claim of the register."""
    return replace(problem, value=shown(value) if value else None)


def cell_faults(texts: ClaimTexts) -> Iterator[RowProblem]:
    """What keeps the cells from being read; the words of metric and group are compared with the contract's instead."""
    yield from word_faults("claim_id", texts.claim_id, show=may_show(texts.claim_id, texts.person), name=True)
    yield from word_faults("person", texts.person, show=False, name=True)
    if not texts.metric.strip():
        yield blank("metric", "a metric of the contract")
    yield from number_faults("occurrence", texts.occurrence)
    yield from number_faults("count", texts.times)
    yield from date_faults("achieved_on", texts.achieved_on)
    yield from date_faults("evidenced_on", texts.evidenced_on)
    yield from word_faults("evidence", texts.evidence, show=False)


def rule_faults(texts: ClaimTexts, rules: ClaimRules, submitted_on: date) -> Iterator[RowProblem]:
    """What the contract has against the cells that can be read."""
    rule, number = rules.metrics.get(texts.metric), whole_number(texts.occurrence or "1")
    if rule is None and texts.metric.strip():
        yield unknown("metric", texts.metric, rules.metrics)
    if rule and rule.limit is not None and number and number > rule.limit:
        yield _over_limit(number, rule.limit, texts.metric)
    if texts.group and texts.group not in rules.groups:
        yield unknown("group", texts.group, rules.groups)
    achieved_on, evidenced_on = iso_date(texts.achieved_on), iso_date(texts.evidenced_on)
    yield from _late_faults(achieved_on, evidenced_on, submitted_on)
    if achieved_on:
        yield from _window_faults(achieved_on, texts.metric, rules)


def _late_faults(achieved_on: date | None, evidenced_on: date | None, submitted_on: date) -> Iterator[RowProblem]:
    for column, day in (("achieved_on", achieved_on), ("evidenced_on", evidenced_on)):
        if day and day > submitted_on:
            expected = f"at latest {submitted_on}, when the file was sent"
            yield day_fault(column, "future", "lies in the future", day, expected, "claim it when it has happened")
    if achieved_on and evidenced_on and evidenced_on < achieved_on:
        expected, mend = f"{achieved_on} or later", "look both days up again; they may have changed places"
        yield day_fault("evidenced_on", "too-early", "lies before the outcome", evidenced_on, expected, mend)


def _window_faults(achieved_on: date, metric: str, rules: ClaimRules) -> Iterator[RowProblem]:
    mend = "look the day up again; outcomes outside it are not paid for"
    first, last = rules.window(metric)
    if not rules.first_day <= achieved_on <= rules.last_day:
        what, expected = "lies outside the contract's term", f"from {rules.first_day} to {rules.last_day}"
        yield day_fault("achieved_on", "outside-term", what, achieved_on, expected, mend)
    elif not first <= achieved_on <= last:
        what, expected = f"lies outside the window of {metric}", f"from {first} to {last}"
        yield day_fault("achieved_on", "outside-window", what, achieved_on, expected, mend)


def _over_limit(number: int, limit: int, metric: str) -> RowProblem:
    return RowProblem(
        column="occurrence",
        code="intake.occurrence-over-limit",
        what=f"{metric} can be claimed {limit} time{'s' if limit > 1 else ''} for one person",
        value=str(number),
        expected=f"at most {limit}",
        mend="delete the row",
    )
