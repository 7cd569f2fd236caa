"""arrows: what is wrong with the facts of a case is told with its file and line, and names no person."""

from pathlib import Path

import pytest

from sib.errors import NotValid, Problem
from sib.steps.agree import check_contract
from sib.steps.price import facts_of, price_file
from sib.steps.shown import shown
from sib.terms.case import read_case
from sib.terms.read import parse_contract
from tests.terms.faults import GOOD, line_of, spoilt

CONTRACT = parse_contract(GOOD).contract
CASE = """\
name = "A case"
because = "1"

[given]
as_of = 2020-06-30
paid_before = { gain = "10", jobs = "220" }
drawn = { loan = "400" }

[given.quantities]
score = { value = "3", unit = "point" }

[[given.outcomes]]
person = "Ada"
metric = "jobs"
achieved_on = 2020-03-02
group = "young"

[[given.outcomes]]
person = "Bob"
metric = "jobs"
achieved_on = 2020-03-03
group = "old"

[[given.flows]]
tranche = "loan"
on = 2020-01-15
paid_in = "400"

[expect]
total = "220"
quantities = { net_score = "1" }
"""


def problems(tmp_path: Path, *changes: tuple[str, str]) -> tuple[str, tuple[Problem, ...]]:
    """A case with changes, and what is said of it."""
    file, text = tmp_path / "case.toml", spoilt(*changes, text=CASE)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(NotValid) as caught:
        price_file((CONTRACT,), file)
    for problem in caught.value.problems:
        assert problem.file == str(file)
        assert "Ada" not in str(problem)
        assert "Bob" not in str(problem)
    return text, caught.value.problems


def test_a_good_case_is_priced(tmp_path: Path) -> None:
    file = tmp_path / "case.toml"
    file.write_text(CASE, encoding="utf-8")
    case, priced = price_file((CONTRACT,), file)
    assert (case.name, priced.payables.as_of) == ("A case", case.given.as_of)


BOB = 'achieved_on = 2020-03-03\ngroup = "old"'


@pytest.mark.parametrize(
    ("old", "new", "code", "at"),
    [
        # the second outcome, not the first of its metric
        (BOB, 'achieved_on = 2020-07-01\ngroup = "old"', "facts.future", '[[given.outcomes]]\nperson = "Bob"'),
        (BOB, 'achieved_on = 2020-03-03\ngroup = "odl"', "facts.unknown", '[[given.outcomes]]\nperson = "Bob"'),
        ("score = {", 'jobs = { value = "1", unit = "outcome" }\nscore = {', "facts.twice", "jobs = { value"),
        ("score = {", "skore = {", "facts.unknown", "skore = {"),
        ('unit = "point"', 'unit = "points"', "facts.unit", "score = {"),
        ('gain = "10"', 'gian = "10"', "facts.unknown", "paid_before"),
        ('gain = "10"', 'gain = "10.001"', "facts.minor-unit", "paid_before"),
        ('drawn = { loan = "400" }', 'drawn = { lone = "400" }', "facts.unknown", "drawn"),
        ('tranche = "loan"', 'tranche = "lone"', "facts.unknown", "[[given.flows]]"),
        ('paid_in = "400"', 'paid_in = "400.001"', "facts.minor-unit", "[[given.flows]]"),
        ('total = "220"', 'total = "220.001"', "facts.minor-unit", "total ="),
        ("net_score =", "gross_score =", "facts.unknown", "quantities = {"),
        ('"Bob"\nmetric = "jobs"', '"Bob"\nmetric = "jobz"', "facts.unknown", '[[given.outcomes]]\nperson = "Bob"'),
    ],
)  # fmt: skip
def test_each_fault_stands_at_its_line(tmp_path: Path, old: str, new: str, code: str, at: str) -> None:
    text, found = problems(tmp_path, (old, new))
    told = [problem for problem in found if problem.code == code]
    assert [problem.line for problem in told] == [line_of(text, at)], [str(problem) for problem in found]


def test_what_stands_nowhere_in_the_file_is_told_with_what_is_given(tmp_path: Path) -> None:
    """The flows alone leave less than nothing drawn; no line says `drawn`."""
    changes = [('drawn = { loan = "400" }\n', ""), ('paid_in = "400"', 'paid_out = "5"\nprincipal = "5"')]
    text, (told,) = problems(tmp_path, *changes)
    assert (told.code, told.line) == ("facts.drawn", line_of(text, "[given]\n"))


@pytest.mark.parametrize(("value", "said"), [("2.5", "2.5"), ("-2", "-2")])
def test_people_are_counted_in_whole_numbers(tmp_path: Path, value: str, said: str) -> None:
    rows = CASE[CASE.index("[[given.outcomes]]") : CASE.index("[[given.flows]]")]
    changes = [(rows, ""), ("score = {", f'jobs = {{ value = "{value}", unit = "outcome" }}\nscore = {{')]
    text, (told,) = problems(tmp_path, *changes)
    assert told.what == f"`jobs` is counted from claims, and {said} is no count"
    assert (told.code, told.line) == ("facts.count", line_of(text, "jobs = { value"))


def test_a_person_is_in_one_group_on_one_day(tmp_path: Path) -> None:
    """The same person, who may move between days, is young and old on one."""
    same = ('person = "Bob"', 'person = "Ada"')
    text, (told,) = problems(tmp_path, same, (BOB, 'achieved_on = 2020-03-02\ngroup = "old"'))
    assert (told.code, told.value, told.mend) == (
        "facts.group",
        "old",
        'write group = "young", or mend the other outcome',
    )
    assert told.line == text[: text.rindex("[[given.outcomes]]")].count("\n") + 1


def test_a_person_may_move_between_days(tmp_path: Path) -> None:
    file = tmp_path / "case.toml"
    file.write_text(spoilt(('person = "Bob"', 'person = "Ada"'), text=CASE), encoding="utf-8")
    assert len(facts_of(CONTRACT, read_case(file)).outcomes) == 2


def test_of_metrics_that_nobody_knows_and_people_without_a_group_no_group_is_asked(tmp_path: Path) -> None:
    """The same person on the same day; the outcomes themselves are refused later."""
    file = tmp_path / "case.toml"
    same = spoilt(('person = "Bob"', 'person = "Ada"'), (BOB, "achieved_on = 2020-03-02"), text=CASE)
    for text in (same, same.replace('metric = "jobs"', 'metric = "nothing"')):
        file.write_text(text, encoding="utf-8")
        assert len(facts_of(CONTRACT, read_case(file)).outcomes) == 2


class TestShown:
    """What cases show of quantities, for advice."""

    def test_values_as_each_period_and_as_in_total(self, tmp_path: Path) -> None:
        """Bob's job was paid for before: it counts in total only. 3 points less 2 are 1; nobody measured the rest."""
        file = tmp_path / "case.toml"
        text = spoilt((BOB, f"{BOB}\nsettled = true"), text=CASE)
        file.write_text(text, encoding="utf-8")
        known = shown(CONTRACT, [read_case(file)])
        assert [each.value("jobs") for each in known.shown] == [1, 2]
        assert [each.value("net_score") for each in known.shown] == [1, 1]
        assert known.expected == {"net_score"}
        file.write_text(text.replace('score = { value = "3", unit = "point" }', ""), encoding="utf-8")
        assert [each.value("net_score") for each in shown(CONTRACT, [read_case(file)]).shown] == [None, None]

    def test_a_contract_whose_cases_stand_at_its_steps_is_not_told_of_them(self, tmp_path: Path) -> None:
        """The rule begins at a net score of 1: cases at 0.9, 1 and 1.1, which is 2.9, 3 and 3.1 measured."""
        (tmp_path / "contract.toml").write_text(spoilt(('amount = "100"', 'amount = "1000"')), encoding="utf-8")
        (tmp_path / "cases").mkdir()

        def cliffs() -> list[str]:
            return [each.what for each in check_contract(tmp_path).advice if each.code == "look.cliff"]

        assert len(cliffs()) == 2
        for name, value in (("below", "2.9"), ("at", "3"), ("above", "3.1")):
            text = CASE.replace('score = { value = "3"', f'score = {{ value = "{value}"')
            (tmp_path / "cases" / f"{name}.toml").write_text(text, encoding="utf-8")
        assert cliffs() == []
