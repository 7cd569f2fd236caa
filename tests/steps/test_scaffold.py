"""arrows: a new contract is whole and good, or there is nothing."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from sib.errors import Missing, NotValid, Refused
from sib.steps.agree import check_contract
from sib.steps.house import PROJECT
from sib.steps.scaffold import Wanted, new_contract
from sib.terms.read import read_contract
from sib.terms.scaffold import KINDS, Question

TODAY = date(2026, 11, 22)


def made(folder: Path, *given: str, answers: Path | None = None, like: Path | None = None) -> list[str]:
    files = new_contract(folder, Wanted(answers, given, like), TODAY, None)
    assert list(folder.parent.glob(".*")) == []
    return [str(file.relative_to(folder)) for file in files]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lender", ["none", "a fund"])
def test_what_is_made_of_defaults_is_good_at_once(tmp_path: Path, kind: str, lender: str) -> None:
    assert made(tmp_path / "work", f"kind={kind}", f"lender={lender}") == [
        "README.md",
        "cases/first.toml",
        "contract.toml",
    ]
    report = check_contract(tmp_path / "work")
    assert report.good
    assert report.cases == (("first.toml", ()),)
    assert {found.code for found in report.advice} <= {"look.cliff"}


def test_the_first_case_is_priced(tmp_path: Path) -> None:
    made(tmp_path / "work", "outcomes=a job = 1500; half a year = 2500.50", "lender=a fund", "lent=1000", "payer=A; B")
    case = tomllib.loads((tmp_path / "work" / "cases" / "first.toml").read_text(encoding="utf-8"))
    # 1,500.00 + 2,500.50; the loan of 1,000 comes back first, and the rest is its return
    assert case["expect"] == {
        "total": "4000.50",
        "payments": {"a_job": "1500.00", "half_a_year": "2500.50"},
        "payers": {"a_b": "4000.50"},
        "tranches": {"loan": "4000.50"},
    }


def test_a_file_of_answers_may_be_written_as_toml_is(tmp_path: Path) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text(
        'kind = "rate card"\nstarts_on = 2027-01-01\nsize = 40\n[outcomes]\n"a job" = "12.50"\n"a home" = 900\n'
    )
    made(tmp_path / "work", "size=50", answers=answers)
    contract = read_contract(tmp_path / "work" / "contract.toml").contract
    assert [str(row.price[0].value) for row in contract.rate_card[0].rows] == ["25/2", "900"]
    assert (contract.contract.starts_on, contract.cohort[0].size) == (date(2027, 1, 1), 50)


def test_a_list_of_pairs_is_an_answer_too(tmp_path: Path) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text('kind = "measured result"\nrows = ["1 = 10", "2 = 20"]\n')
    made(tmp_path / "work", answers=answers)
    assert (
        read_contract(tmp_path / "work" / "contract.toml").contract.amount["for_rise_in_attendance"].rows[1].amount
        == 20
    )


def test_every_answer_that_is_not_good_is_told_with_its_line(tmp_path: Path) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text('kind = "rate card"\n\nsize = 0\nend_on = 2027-01-01\ncurrency = "GBX"\n')
    with pytest.raises(NotValid) as caught:
        made(tmp_path / "work", "colour=red", "payer= ", answers=answers)
    told = caught.value.problems
    assert [(each.code, each.line) for each in told[:2]] == [("answers.unknown-key", 4), ("answers.unknown-key", None)]
    assert [(each.what.partition(",")[0], each.line, each.file and Path(each.file).name) for each in told[2:]] == [
        ("`currency`", 5, "answers.toml"),
        ("`payer`", None, None),
        ("`size`", 3, "answers.toml"),
    ]
    assert all(each.mend and each.expected for each in told[2:])
    assert not (tmp_path / "work").exists()


def test_a_person_is_asked_until_the_answer_is_good(tmp_path: Path) -> None:
    heard: list[tuple[str, str, str]] = []

    def ask(question: Question, default: str, wrong: str) -> str:
        heard.append((question.key, default, wrong))
        return "many" if question.key == "size" and not wrong else default

    new_contract(tmp_path / "work", Wanted(given=("kind=impact estimate",)), TODAY, ask)
    keys = [key for key, _, _ in heard]
    assert keys == [
        *("name", "currency", "starts_on", "ends_on", "payer", "provider", "people", "size", "size"),
        *("result", "unit", "compared", "price", "evaluator", "cap", "lender"),
    ]
    assert heard[0] == ("name", "Work", "")
    assert heard[keys.index("size") + 1] == (
        "size",
        "100",
        "this is not a number of people: write a whole number above 0",
    )


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_who_is_stopped_leaves_nothing(
    tmp_path: Path, stop: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise stop

    with pytest.raises(stop):
        new_contract(tmp_path / "asked", Wanted(), TODAY, stopped)  # type: ignore[arg-type]
    monkeypatch.setattr("sib.steps.scaffold.check_contract", stopped)
    with pytest.raises(stop):
        made(tmp_path / "written")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    made(tmp_path / "work")
    before = (tmp_path / "work" / "contract.toml").read_bytes()
    with pytest.raises(Refused) as caught:
        made(tmp_path / "work", "kind=impact estimate")
    assert caught.value.problems[0].code == "contract.exists"
    assert (tmp_path / "work" / "contract.toml").read_bytes() == before


def test_the_name_of_the_folder_is_an_id(tmp_path: Path) -> None:
    with pytest.raises(NotValid) as caught:
        made(tmp_path / "New Work")
    assert caught.value.problems[0].mend.endswith("such as new_work")
    with pytest.raises(Missing):
        made(tmp_path / "nowhere" / "work")


@pytest.mark.parametrize("like", ["denver_supportive_housing", "care_leavers_reboot_west", "nsw_employment"])
def test_the_shape_of_another_contract(tmp_path: Path, like: str) -> None:
    source = PROJECT / "contracts" / like
    files = made(tmp_path / "work", like=source)
    assert ("plan.toml" in files) == (source / "plan.toml").is_file()
    contract, was = (read_contract(folder / "contract.toml").contract for folder in (tmp_path / "work", source))
    assert contract.contract.id == "work"
    assert like in (contract.contract.illustrative or "")
    assert [(each.id, each.amount) for each in contract.payments] == [(each.id, each.amount) for each in was.payments]
    assert "source =" not in (tmp_path / "work" / "contract.toml").read_text(encoding="utf-8")
    report = check_contract(tmp_path / "work")
    assert report.good
    assert len(report.cases) == 1


def test_a_shape_without_a_table_for_its_header_cannot_be_taken(tmp_path: Path) -> None:
    old = tmp_path / "old"
    made(old)
    lines = (old / "contract.toml").read_text(encoding="utf-8").splitlines()
    start, end = lines.index("[contract]"), lines.index("[[party]]")
    dotted = [f"contract.{line}" for line in lines[start + 1 : end] if line]
    (old / "contract.toml").write_text("\n".join([*lines[:start], *dotted, *lines[end:]]), encoding="utf-8")
    with pytest.raises(NotValid) as caught:
        made(tmp_path / "work", like=old)
    assert caught.value.problems[0].code == "contract.shape"


def test_a_case_that_does_not_hold_is_not_taken(tmp_path: Path) -> None:
    old = tmp_path / "old"
    made(old)
    case = old / "cases" / "first.toml"
    (old / "cases" / "a_broken.toml").write_text("name = 1", encoding="utf-8")
    (old / "cases" / "b_other.toml").write_text(
        case.read_text(encoding="utf-8").replace('total = "4000.00"', 'total = "1.00"'), encoding="utf-8"
    )
    assert "cases/first.toml" in made(tmp_path / "work", like=old)


def test_a_term_that_runs_out_of_time_is_told_at_the_question_without_an_answer(tmp_path: Path) -> None:
    with pytest.raises(NotValid) as caught:
        made(tmp_path / "work", "starts_on=2199-01-01", "size=0")
    assert [each.what.partition(",")[0] for each in caught.value.problems] == ["`ends_on`"]
