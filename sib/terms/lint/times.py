"""terms: what is worth a look in the dates: windows nobody settles, gaps between periods, values that come too late."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from sib.terms.amounts import ByDate
from sib.terms.base import DatedNumber, Term
from sib.terms.conditions import OnOrAfter
from sib.terms.contract import Contract
from sib.terms.fault import Finding
from sib.terms.lint.rules import parts
from sib.terms.places import Path
from sib.terms.sentences import day


def windows(contract: Contract) -> Iterator[Finding]:
    """A window outside the term, or outside every settlement period, in which nothing can be paid."""
    for index, metric in enumerate(contract.metric):
        window, path = metric.window, ("metric", index, "window")
        if window.opens > contract.contract.ends_on:
            what = f"the window of “{metric.name}” opens on {day(window.opens)}, after the term"
            yield Finding(path, "look.window", what, "mend the window or the term")
        elif contract.settlement and window.opens > max(period.ends_on for period in contract.settlement):
            what = f"the window of “{metric.name}” opens on {day(window.opens)}, after the last settlement period"
            yield Finding(path, "look.window", what, "add a settlement period, or mend the window")


def uncovered(contract: Contract) -> Iterator[Finding]:
    """What is achieved after the last settlement period is on no statement; a result between two is on none either."""
    if not contract.settlement:
        return
    for place, (before, after) in enumerate(pairwise(contract.settlement), 1):
        missed = (after.starts_on - before.ends_on).days - 1
        if missed:
            span = _span(before.ends_on + timedelta(1), after.starts_on - timedelta(1))
            what = f"{span} in no settlement period: a result measured then may be on no statement"
            mend = "let the period begin on the day after the one above ends"
            yield Finding(("settlement", place, "starts_on"), "look.settlement-gap", what, mend)
    place, last = max(enumerate(contract.settlement), key=lambda each: each[1].ends_on)
    closes = max(metric.window.closes for metric in contract.metric)
    if last.ends_on < closes and any(metric.window.opens <= last.ends_on for metric in contract.metric):
        what = f"windows close on {day(closes)}, and the last settlement period ends on {day(last.ends_on)}"
        mend = "add the periods that are missing; what is achieved after the last is on no statement"
        yield Finding(("settlement", place, "ends_on"), "look.settlement-end", what, mend)


def _span(first: date, last: date) -> str:
    return f"{day(first)} is" if first == last else f"{day(first)} to {day(last)} are"


def late_values(contract: Contract) -> Iterator[Finding]:
    """A dated value, rule or drawdown that begins after the term, or a first value that begins within it."""
    header = contract.contract
    for path, values in _dated(contract, ()):
        for place, value in enumerate(values):
            if value.from_ is not None and value.from_ > header.ends_on:
                what = f"the value holds from {day(value.from_)}, after the term"
                yield Finding((*path, place), "look.late-value", what, "mend the day, or take the value out")
        first = values[0].from_
        if first is not None and header.starts_on < first <= header.ends_on:
            what = f"no value is in force before {day(first)}, and the term starts on {day(header.starts_on)}"
            mend = "leave `from` out of the first value if it holds from the beginning"
            yield Finding((*path, 0), "look.no-first-value", what, mend)
    for path, first, last in _days(contract):
        if first > header.ends_on and all(period.ends_on < first for period in contract.settlement):
            yield Finding(path, "look.late-value", f"{day(first)} is after the term", "mend the day or the term")
        elif last is not None and last < header.starts_on:
            yield Finding(path, "look.late-value", f"{day(last)} is before the term", "mend the day or the term")


def _days(contract: Contract) -> Iterator[tuple[Path, date, date | None]]:
    """The days on which conditions and rules by date begin to hold, and where they end."""
    for path, node in parts(contract, OnOrAfter):
        yield (*path, "day"), node.day, node.day
    for path, node in parts(contract, ByDate):
        for index, rule in enumerate(node.rules):
            yield (*path, "rules", index), rule.from_, rule.to
    for index, tranche in enumerate(contract.tranche):
        for place, drawdown in enumerate(tranche.drawdowns):
            yield ("tranche", index, "drawdowns", place, "on"), drawdown.on, None


def _dated(node: Any, path: Path) -> Iterator[tuple[Path, tuple[DatedNumber, ...]]]:
    """Every list of dated values anywhere in the contract."""
    if isinstance(node, tuple) and node and isinstance(node[0], DatedNumber):
        yield path, node
    elif isinstance(node, Term):
        for field, info in type(node).model_fields.items():
            yield from _dated(getattr(node, field), (*path, info.alias or field))
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _dated(value, (*path, key))
    elif isinstance(node, tuple):
        for index, value in enumerate(node):
            yield from _dated(value, (*path, index))


TIME_LINTS = (windows, uncovered, late_values)
