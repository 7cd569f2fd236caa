"""terms: golden cases are read like contracts: exactly, or refused with line and mend."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from sib.errors import Missing, NotValid, Problem
from sib.terms.case import read_case
from tests.terms.faults import line_of, spoilt

CASE = """\
name    = "A case"
because = "Schedule 1"

[given]
as_of       = 2021-06-30
paid_before = { jobs = "0.00" }
drawn       = { loan = "12.50" }

[given.quantities]
score = { value = "38", unit = "point" }

[[given.outcomes]]
person      = "p1"
metric      = "jobs"
achieved_on = 2020-03-02

[[given.outcomes]]
person      = "p2"
metric      = "jobs"
achieved_on = 2020-03-03
group       = "young"
count       = 4

[expect]
total    = "100.00"
payments = { jobs = "100.00" }
"""


def refused(tmp_path: Path, text: str) -> Problem:
    """The only problem of a case."""
    file = tmp_path / "case.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(NotValid) as caught:
        read_case(file)
    (told,) = caught.value.problems
    assert told.file == str(file)
    return told


def test_a_good_case_is_read_exactly(tmp_path: Path) -> None:
    file = tmp_path / "case.toml"
    file.write_text(CASE, encoding="utf-8")
    case = read_case(file)
    assert (case.name, case.because, case.source, case.given.as_of) == ("A case", "Schedule 1", None, date(2021, 6, 30))
    assert case.given.drawn == {"loan": Fraction(25, 2)}
    assert case.given.quantities["score"].value == 38
    assert [(o.person, o.group, o.count) for o in case.given.outcomes] == [("p1", None, 1), ("p2", "young", 4)]
    assert case.expect.total == 100
    assert not case.expect.payers
    assert case.expect.payments == {"jobs": Fraction(100)}


def test_a_case_may_expect_nothing(tmp_path: Path) -> None:
    file = tmp_path / "case.toml"
    file.write_text(CASE[: CASE.index("[expect]")], encoding="utf-8")
    assert read_case(file).expect.total is None


@pytest.mark.parametrize(
    ("old", "new", "code", "mend"),
    [
        ('total    = "100.00"', "total    = 100.00", "contract.bad-value", 'put quotation marks around it, "100.00"'),
        (
            "achieved_on = 2020-03-02",
            'achieved_on = "2020-03-02"',
            "contract.bad-value",
            "write 2020-03-02 without quotation marks",
        ),
        ("count       = 4", "count       = 0", "contract.bad-value", "write a value greater than or equal to 1"),
        ("count       = 4", f"count       = {10**13}", "contract.bad-value", "write a value less than or equal to"),
        ('loan = "12.50"', 'loan = "-12.50"', "contract.bad-value", "write a value greater than or equal to 0"),
        ('value = "38", unit', 'vale = "38", value = "38", unit', "contract.unknown-key", "did you mean `value`?"),
        (
            'because = "Schedule 1"',
            'becase = "Schedule 1"\nbecause = "Schedule 1"',
            "contract.unknown-key",
            "did you mean `because`?",
        ),
    ],
)
def test_each_fault_is_told_with_its_line(tmp_path: Path, old: str, new: str, code: str, mend: str) -> None:
    text = spoilt((old, new), text=CASE)
    told = refused(tmp_path, text)
    assert (told.code, told.line) == (code, line_of(text, new))
    assert mend in told.mend


def test_a_missing_part_is_told_with_what_it_is(tmp_path: Path) -> None:
    told = refused(tmp_path, CASE.replace('because = "Schedule 1"\n', ""))
    assert (told.code, told.mend) == ("contract.missing-key", "add `because`: the clause that decides it")


def test_an_absent_case(tmp_path: Path) -> None:
    with pytest.raises(Missing):
        read_case(tmp_path / "none.toml")
