"""terms: which amendments count, what is said of them, their files, and the text of a version."""

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sib.errors import Missing, NotValid
from sib.steps.agree import check_contract, json_schema
from sib.terms.amend import (
    amended,
    amendments_in_words,
    drafts,
    parse_amendment,
    read_agreement,
    version_of,
)
from sib.terms.contract import Contract
from sib.terms.read import parse_contract
from sib.terms.sample import AMENDMENT
from sib.terms.sample import TEXT as SAMPLE
from sib.terms.toml import toml_text
from tests.payments.strategies import contracts, written
from tests.terms.amended import FOLDER, NO_JOBS, SIGNED, TEXT, agreed, problems, text


class TestStatus:
    def test_half_signed_it_does_not_count_and_is_said(self) -> None:
        half = 'signed = [{ party = "provider", by = "director", on = 2025-12-01 }]'
        agreement = agreed(text(NO_JOBS, more=half))
        assert agreement.latest is agreement.first
        assert drafts(agreement) == (
            "amendment 1 (Amendment) is a draft and does not count: not signed by north_town, south_town",
        )
        (said,) = amendments_in_words(agreement)
        assert "a draft, which does not count** until North Town and South Town signed" in said
        assert "signed by the service provider (director) on 1 December 2025" in said

    def test_who_must_sign_can_be_said(self) -> None:
        more = 'must_sign = ["provider"]\nsigned = [{ party = "provider", by = "director", on = 2025-12-01 }]'
        assert drafts(agreed(text(more=more))) == ()

    def test_a_new_payer_signs_too(self) -> None:
        change = '[[change]]\nparty = "east_town"\nadd = { name = "East Town", role = "outcome payer" }\n'
        assert agreed(text(change)).amendments[0].missing == ("east_town",)

    def test_it_may_reach_back_if_it_says_why(self) -> None:
        late = SIGNED.replace("2025-12-03", "2026-06-01")
        (problem,) = problems(text(more=late))
        assert "retrospective" in problem.mend
        agreement = agreed(text(more=late + '\nretrospective = "The price was agreed by letter in March."'))
        assert "It reaches back: The price was agreed by letter in March." in amendments_in_words(agreement)[0]

    def test_the_version_of_a_number_or_a_day(self) -> None:
        agreement = agreed(text(), text(number=2, on="2026-10-01"))
        number = [version_of(agreement, each).contract.contract.version for each in (1, 2, 3, None)]
        assert number == [1, 2, 3, 3]
        on = [date(2026, 3, 31), date(2026, 4, 1), date(2026, 9, 30), date(2030, 1, 1)]
        assert [version_of(agreement, on=each).contract.contract.version for each in on] == [1, 2, 2, 3]
        with pytest.raises(Missing) as caught:
            version_of(agreement, 4)
        assert caught.value.problems[0].mend == "write one of: 1, 2, 3"

    def test_every_change_is_said(self) -> None:
        changes = (
            '[[change]]\nmetric = "kept_job"\nadd = { name = "keeps a job", unit = "person" }\n'
            '[[change]]\npayment = "homes"\nset = { cap = "950000" }\n'
            '[[change]]\npayment = "job"\nfrom_then = { price = "1400" }\n'
            '[[change]]\ncap = "north_town_most"\nend = true\n'
            '[[change]]\ncontract = "two_towns"\nleave_out = ["illustrative"]\n'
            '[[change]]\nwaterfall = 1\nset = { clause = "S" }\n'
        )
        (said,) = amendments_in_words(agreed(text(changes, more=SIGNED + '\njudged_at = "settlement date"')))
        assert "in force from 1 April 2026 for all that is settled from then on" in said
        for words in (
            "  - added: metric “keeps a job”",
            '  - payment “Nights at home”: `cap = "950000"` from now on',
            '  - payment “job”: `price = "1400"` as a dated number',
            "  - ended: cap “the most for courses and jobs”",
            "  - contract “two_towns”: no longer `illustrative`",
            '  - waterfall 1: `clause = "S"` from now on',
            "  - as it reads then: North Town (75 %)",
        ):
            assert words in said

    def test_nobody_has_signed(self) -> None:
        assert "signed by nobody yet" in amendments_in_words(agreed(text(more="")))[0]


class TestFiles:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "amendments").mkdir()
        (tmp_path / "contract.toml").write_text(TEXT, encoding="utf-8")
        (tmp_path / "amendments" / "001.toml").write_text(text(), encoding="utf-8")
        return tmp_path

    def test_the_folder_holds_contract_and_amendments(self, folder: Path) -> None:
        assert read_agreement(folder).latest.contract.contract.version == 2
        assert read_agreement(folder / "contract.toml").latest.contract.contract.version == 2

    def test_another_file_of_the_folder_stands_alone(self, folder: Path) -> None:
        (folder / "other.toml").write_text(TEXT, encoding="utf-8")
        assert len(read_agreement(folder / "other.toml").versions) == 1

    def test_what_is_no_amendment_is_refused_with_its_line(self, folder: Path) -> None:
        (folder / "amendments" / "002.toml").write_text(text(number=2) + "\n[[chance]]\n", encoding="utf-8")
        with pytest.raises(NotValid) as caught:
            read_agreement(folder)
        (problem,) = caught.value.problems
        assert (problem.code, Path(problem.file or "").name) == ("contract.unknown-key", "002.toml")
        assert problem.mend == "did you mean `change`?"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("amendments/*.toml")), ids=lambda file: str(file.name))
def test_the_schema_that_editors_use_takes_what_the_reader_takes(file: Path) -> None:
    judge = Draft202012Validator(json_schema("amendment"))
    data = json.loads(json.dumps(tomllib.loads(file.read_text(encoding="utf-8")), default=str))
    assert not list(judge.iter_errors(data))
    assert list(judge.iter_errors({**data, "chance": []}))
    data["change"][0]["sett"] = {}
    assert list(judge.iter_errors(data))


def test_the_reference_shows_an_amendment() -> None:
    agreement = amended(parse_contract(SAMPLE), [parse_amendment(AMENDMENT, "amendments/001.toml")])
    assert len(agreement.versions) == 2


def test_a_check_prices_cases_under_the_versions_that_judge_them_and_tells_of_drafts() -> None:
    report = check_contract(FOLDER)
    assert report.cases == (("jobs_before_and_after.toml", ()),)
    assert report.drafts == drafts(read_agreement(FOLDER))
    assert "amendment 2 (No more courses) is a draft" in str(report)


def test_the_text_of_a_version_reads_as_that_version() -> None:
    agreement = agreed(text('[[change]]\nmetric = "job"\nset = { name = "gets a \\"job\\", \\u007f\\n" }\n'))
    assert parse_contract(agreement.latest.text).contract == agreement.latest.contract


@settings(max_examples=60, deadline=None)
@given(contracts())
def test_any_contract_is_written_and_read_again(doc: dict[str, Any]) -> None:
    """Written by the tests' own writer, amended by nothing, written by ours: the same terms as the next version."""
    try:
        first = parse_contract(written(doc))
    except NotValid:
        reject()
    null = text('[[change]]\ncontract = "c"\nset = { summary = "s" }\n', more='must_sign = ["provider"]')
    made = amended(first, [parse_amendment(null, "001.toml")]).amendments[0].version
    again = parse_contract(made.text).contract
    assert again == made.contract
    changed = {"version": 2, "in_force_from": date(2026, 4, 1)}
    assert again.contract == first.contract.contract.model_copy(update=changed)
    for part in set(Contract.model_fields) - {"contract"}:
        assert getattr(again, part) == getattr(first.contract, part)


words = st.text(st.characters(exclude_categories=["Cs"]))
plain = st.recursive(
    st.one_of(st.integers(-(2**60), 2**60), st.booleans(), words, st.dates()),
    lambda inside: st.one_of(st.lists(inside), st.dictionaries(words, inside)),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text('ab- ."é', min_size=0), plain, max_size=4))
def test_what_is_written_as_toml_is_read_back(data: dict[str, Any]) -> None:
    assert tomllib.loads(toml_text(data)) == data
