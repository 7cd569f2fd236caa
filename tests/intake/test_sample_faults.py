"""Each row of the file of faults gives exactly the fault that the sample's README promises."""

import re
from datetime import date

import pytest

from sib.intake.claims import KnownClaims, content_hash, read_claims
from sib.intake.report import count_faults, refused_csv


@pytest.fixture(scope="module")
def promised(sample):
    text = (sample / "care_leavers" / "README.md").read_text()
    rows = re.findall(r"^\| (\d+) \| (.*) \| (.*)\|$", text, re.MULTILINE)
    return {int(row): (what, fault.strip()) for row, what, fault in rows}


@pytest.fixture(scope="module")
def taken(sample, care_leavers, pseudonym):
    folder = sample / "care_leavers"
    before = read_claims(
        (folder / "claims.csv").read_bytes(),
        care_leavers,
        submitted_on=date(2022, 12, 31),
        pseudonym=pseudonym,
        known=KnownClaims(),
    )
    known = KnownClaims(
        slots={claim.slot: claim.reference for claim in before.claims},
        references={claim.reference: content_hash(claim) for claim in before.claims},
    )
    data = (folder / "claims_with_faults.csv").read_bytes()
    return read_claims(data, care_leavers, submitted_on=date(2022, 6, 30), pseudonym=pseudonym, known=known)


def test_each_row_has_exactly_the_fault_promised(promised, taken):
    found = {row.row: sorted(problem.code for problem in row.problems) for row in taken.refused}
    assert found == {
        row: sorted(re.findall(r"intake\.[a-z-]+", fault)) for row, (_, fault) in promised.items() if "intake." in fault
    }


def test_the_rows_without_fault_are_claims(promised, taken):
    good = [row for row, (what, fault) in promised.items() if what.startswith("nothing") and not fault]
    assert [claim.row for claim in taken.claims] == good
    assert taken.already_held == sum(fault == "already held" for _, fault in promised.values()) == 1
    assert taken.rows == len(promised)


def test_blank_optional_cells_have_their_defaults(taken):
    claims = {claim.row: claim for claim in taken.claims}
    assert (claims[36].count, claims[36].group) == (1, None)
    assert (claims[37].occurrence, claims[37].evidence) == (1, "Certificate, page 2")


def test_every_fault_says_what_is_wrong_and_how_to_mend_it(taken):
    for row in taken.refused:
        for problem in row.problems:
            assert problem.what, problem
            assert problem.mend, problem


def test_no_fault_names_a_person(sample, taken):
    people = set(re.findall(r"RW-\S*?\d{3,4}", (sample / "care_leavers" / "claims_with_faults.csv").read_text()))
    assert len(people) > 25
    text = refused_csv(taken.refused) + repr(taken.refused)
    assert not [person for person in people if person in text]


def test_mending_advice_for_dates(taken):
    advice = {row.row: [problem.mend for problem in row.problems if "date" in problem.code] for row in taken.refused}
    assert advice[4] == ["write 2020-12-31"]
    assert "probably 2020-12-31" in advice[5][0]
    assert advice[32] == ["leave the time of day out: 2021-03-01"]
    assert advice[34] == ["write 2021-03-01 or 2021-01-03: nobody but you can tell which was meant"]


def test_faults_are_counted_most_frequent_first(taken):
    counts = count_faults(taken.refused)
    assert (counts[0].code, counts[0].times, counts[0].first_row) == ("intake.not-whole-number", 6, 13)
    assert sum(count.times for count in counts) == sum(len(row.problems) for row in taken.refused)
    assert [count.times for count in counts] == sorted((count.times for count in counts), reverse=True)
