"""arrows: what is wrong with the facts of a case, told with the file and line that say it."""

import re
from collections.abc import Iterator
from datetime import date

from sib.errors import Problem
from sib.terms.case import Case, GivenOutcome
from sib.terms.contract import Contract
from sib.terms.places import Path
from sib.terms.read import Where

_BY_NAME = ("quantities", "paid_before", "paid_this_year", "paid_before_by", "drawn")
_BY_NUMBER = re.compile("(flow|outcome) ([0-9]+)(?:, .*)?")


def placed(problem: Problem, case: Case, where: Where) -> Problem:
    """A problem of a case's facts at its line; one that stands nowhere in the file is told with the file alone."""
    return where.problem(
        _path(problem, case), problem.code, problem.what, problem.mend, problem.value, problem.expected
    )


def _path(problem: Problem, case: Case) -> Path:
    place = problem.place or ""
    if found := _BY_NUMBER.fullmatch(place):
        return ("given", f"{found[1]}s", int(found[2]) - 1)
    if place.startswith("expect."):
        return tuple(place.split(".", 2))
    named = ("given", next((part for part in _BY_NAME if place in getattr(case.given, part)), ""), place)
    rows = [
        number
        for number, row in enumerate(case.given.outcomes)
        if row.metric == place and _is_meant(row, problem, case)
    ]
    if rows and (not named[1] or problem.code == "facts.future" or " group " in problem.what):
        return ("given", "outcomes", rows[0])
    return named if named[1] else ("given",)


def _is_meant(row: GivenOutcome, problem: Problem, case: Case) -> bool:
    """Whether an outcome of the metric that a problem names is one that has it."""
    if problem.code == "facts.future":
        return row.achieved_on > case.given.as_of
    return " group " not in problem.what or f"`{row.group}`" in problem.what


def in_two_groups(contract: Contract, case: Case) -> Iterator[Problem]:
    """On one day a person is in one group of a cohort; between days people may move. The person is not named."""
    cohorts = {metric.id: metric.cohort for metric in contract.metric}
    first: dict[tuple[str, str, date], str] = {}
    for number, row in enumerate(case.given.outcomes, 1):
        if row.group is None or row.metric not in cohorts:
            continue
        group = first.setdefault((row.person, cohorts[row.metric], row.achieved_on), row.group)
        if group != row.group:
            what = f"the person of this outcome of `{row.metric}` is in the group {group} in another of that day"
            mend = f'write group = "{group}", or mend the other outcome'
            yield Problem("facts.group", what, mend, row.group, place=f"outcome {number}")
