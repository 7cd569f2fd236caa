"""arrows: the two sides of a comparison and what they are replayed on, as a person names them on the command line."""

from collections.abc import Sequence
from pathlib import Path

from sib.errors import NotValid, Problem
from sib.payments.versions import Versions
from sib.steps.compare import Comparison, compare
from sib.steps.compare_history import Story, case_story, register_story, scaled, with_plan
from sib.steps.house import open_house
from sib.terms.amend import Agreement, amended, read_agreement, read_amendment
from sib.terms.case import read_case


def compare_paths(
    first: Path,
    second: Path | None = None,
    *,
    amendment: Path | None = None,
    given: Sequence[Path] = (),
    plan: Path | None = None,
    register: bool = False,
    forecast: bool = True,
) -> Comparison:
    """Compare a contract with another, or with a draft amendment of it.

    Replayed are the register's history, the given cases, or the first contract's own cases; the last of them also has
    a forecast: the plan's, or history scaled to the cohort's planned size. Errors as ``read_agreement``.
    """
    agreement = read_agreement(first)
    if (second is None) == (amendment is None):
        mend = "name a second contract, or a draft with --amendment"
        raise NotValid(Problem("compare.sides", "a comparison has two sides", mend))
    if amendment is not None:
        other, called = _with_draft(agreement, amendment), str(amendment)
    else:
        other, called = read_agreement(second or first).versions, str(second)
    stories = _stories(agreement, first, given, register=register)
    if forecast and stories:
        longer = scaled(stories[-1], other) if plan is None else with_plan(stories[-1], other, read_case(plan))
        stories = [*stories[:-1], longer]
    return compare(agreement.versions, other, stories, (str(first), called))


def _with_draft(agreement: Agreement, file: Path) -> Versions:
    """The agreed versions and, after them, what a draft makes of the last; drafts before it in its folder included."""
    mine = [each.written for each in agreement.amendments]
    place = next((at for at, each in enumerate(mine, 1) if Path(each.file).resolve() == file.resolve()), None)
    agreed = [each.written for each in agreement.amendments if not each.missing]
    whole = amended(agreement.first, mine[:place] if place else [*agreed, read_amendment(file)])
    return (whole.first.contract, *(each.version.contract for each in whole.amendments))


def _stories(agreement: Agreement, first: Path, given: Sequence[Path], *, register: bool) -> list[Story]:
    """The history: the register's, else the cases given, else the contract's own in the order of their days."""
    if register:
        with open_house() as house:
            return [register_story(house, agreement.versions)]
    folder = first if first.is_dir() else first.parent
    cases = [read_case(file) for file in given or sorted((folder / "cases").glob("*.toml"))]
    return [case_story(agreement.versions, case) for case in sorted(cases, key=lambda case: case.given.as_of)]
