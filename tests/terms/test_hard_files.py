"""terms: files that no agreement is made of are refused in words, quickly, and with the stack intact."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from sib.errors import Exit, Missing, NotValid
from sib.payments.facts import Facts, Measured
from sib.payments.payable import payable_outcomes
from sib.terms.depth import DEEPEST
from sib.terms.read import advised, parse_contract, read_contract, text_of
from sib.terms.sheet import sheet
from tests.terms.faults import GOOD, problems, spoilt


def test_a_contract_of_fifty_megabytes_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "contract.toml"
    with file.open("wb") as out:
        out.truncate(50 * 10**6)
    with pytest.raises(NotValid) as caught:
        read_contract(file)
    (told,) = caught.value.problems
    assert (told.code, told.what) == ("file.too-large", "the file has 50,000,000 bytes, and at most 1,000,000 are read")


def test_a_file_of_nothing_but_zeros_is_no_toml(tmp_path: Path) -> None:
    file = tmp_path / "contract.toml"
    file.write_bytes(b"\0" * 1000)
    with pytest.raises(NotValid) as caught:
        read_contract(file)
    assert [problem.code for problem in caught.value.problems] == ["toml.syntax"]


def test_a_folder_without_a_contract_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(Missing) as caught:
        text_of(tmp_path / "contract.toml")
    assert "sib contract new" in caught.value.problems[0].mend


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "contract.toml"
    file.write_text(GOOD, encoding="utf-8")

    def refused(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refused)
    with pytest.raises(Missing) as caught:
        read_contract(file)
    assert caught.value.exit_code == Exit.MISSING
    assert caught.value.problems[0].what == f"{file} cannot be read: Permission denied"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\na = 2\n", "Cannot overwrite a value"),
        ("[a]\n[a]\n", "Cannot declare ('a',) twice"),
        ("a = { b = 1, b = 2 }\n", "Duplicate inline table key 'b'"),
        ("a = { b = 1 }\na.c = 2\n", "Cannot"),
        ("a = { b = 1 }\n[a.c]\n", "Cannot"),
        ("a = { b = 1,\nc = 2 }\n", "this is not TOML"),
        ("a = 1\r[b]\r", "this is not TOML"),
        ("a = '\x01'\n", "this is not TOML"),
        ("\ufeff\ufeffa = 1", "this is not TOML"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(text: str, said: str) -> None:
    (told,) = problems(text)
    assert told.code == "toml.syntax"
    assert said in told.what
    assert told.line is not None


def chain(count: int, last: str) -> str:
    """Quantities, each made of the next one; the first is used by nobody."""
    rows = [f'[quantity.q{place}]\nkind = "sum"\nof = ["q{place + 1}"]\n' for place in range(count)]
    return "\n".join([*rows, f'[quantity.q{count}]\nkind = "sum"\nof = ["{last}"]\n\n'])


# the payment's own rule, as many rules as names, and the metric at the end
@pytest.mark.parametrize(("names", "deep"), [(DEEPEST - 2, False), (DEEPEST - 1, True), (2000, True)])
def test_names_that_lead_on_and_on(names: int, deep: bool) -> None:
    text = spoilt(
        ("[condition.enough]", chain(names - 1, "jobs") + "[condition.enough]"), ('of = "young_jobs"', 'of = "q0"')
    )
    if not deep:
        # whatever is not refused is said, looked at and paid without running out of stack
        agreed = parse_contract(text)
        assert sheet(agreed.contract, [])
        assert advised(agreed)
        jobs = {"jobs": Measured(Fraction(12), "outcome")}
        owed = payable_outcomes(agreed.contract, Facts(date(2020, 6, 30), quantities=jobs))
        # ten at 5 and two at 3.50
        assert {line.payment: line.amount for line in owed.payables}["bands"] == 5700
        return
    (told,) = problems(text)
    assert (told.code, told.what) == ("contract.too-deep", f"the rule leads through more than {DEEPEST} others")


@pytest.mark.parametrize(("names", "code"), [(3, "contract.circle"), (2000, "contract.too-deep")])
def test_names_that_lead_in_a_circle(names: int, code: str) -> None:
    text = spoilt(("[condition.enough]", chain(names, "q0") + "[condition.enough]"))
    assert {problem.code for problem in problems(text)} == {code}


def test_names_used_by_many_are_walked_once() -> None:
    """Forty names, each used twice by the one before: two to the fortieth ways, and forty names."""
    rows = [f'[quantity.q{place}]\nkind = "sum"\nof = ["q{place + 1}", "q{place + 1}"]\n' for place in range(40)]
    text = "\n".join([*rows, '[quantity.q40]\nkind = "sum"\nof = ["jobs"]\n\n'])
    assert parse_contract(spoilt(("[condition.enough]", text + "[condition.enough]"))).contract.quantity["q0"]


def test_a_name_that_stands_for_a_name() -> None:
    text = spoilt(
        ('otherwise = "flat"', 'otherwise = "again"'), ("[amount.flat]", '[amount]\nagain = "flat"\n[amount.flat]')
    )
    assert parse_contract(text).contract.amount["again"] == "flat"
