"""A file whose form is wrong is refused as a whole, with every fault of its header at once."""

import csv
from datetime import date

import pytest

from sib.errors import NotValid
from sib.intake.claims import KnownClaims, read_claims
from sib.intake.header import Columns
from sib.intake.table import open_table

HEADER = "claim_id,person,metric,achieved_on,evidenced_on,evidence"
ROW = "C1,P1,job,2020-05-01,2020-05-09,EV-1"
GOOD = f"{HEADER}\n{ROW}\n"


@pytest.fixture
def read(small, pseudonym):
    def read(text):
        data = text if isinstance(text, bytes) else text.encode()
        return read_claims(data, small, submitted_on=date(2021, 6, 30), pseudonym=pseudonym, known=KnownClaims())

    return read


@pytest.fixture
def refused(read):
    def refused(text):
        with pytest.raises(NotValid) as caught:
            read(text)
        return caught.value.problems

    return refused


def renamed(old, new):
    return GOOD.replace(old, new, 1)


@pytest.mark.parametrize(
    ("data", "code", "line", "said"),
    [
        (b"", "file-empty", None, "empty"),
        (b"\n \r\n\t\n", "file-empty", None, "empty"),
        (b"\xef\xbb\xbf", "file-empty", None, "empty"),
        (f"{HEADER}\n", "file-no-rows", None, "no rows"),
        (f"{HEADER}\n\n\n", "file-no-rows", None, "no rows"),
        (b"PK\x03\x04rest of a workbook", "not-csv", None, "Excel"),
        (b"%PDF-1.7", "not-csv", None, "PDF"),
        (GOOD.encode("utf-16"), "not-utf8", None, "UTF-16"),
        (GOOD.encode("utf-16-le"), "nul", 1, "NUL"),
        (GOOD.encode() + b"C2,P\x002", "nul", 3, "NUL"),
        (GOOD.encode() + b"C2,Jos\xe9,job,2020-05-01,2020-05-09,EV", "not-utf8", 3, "Windows-1252"),
        (GOOD.encode() + b"C2,\x81\xfe", "not-utf8", 3, "unknown"),
        (GOOD.replace(",", ";"), "delimiter", 1, "semicolon"),
        (GOOD.replace(",", "\t"), "delimiter", 1, "tab"),
        (GOOD.replace(",", "|"), "delimiter", 1, "vertical bar"),
        (f"{ROW}\n{ROW}\n", "no-header", 1, "first line names none"),
        (f"Claims of June\n{GOOD}", "no-header", 1, "title"),
        (f'{GOOD}C2,"P2,job,2020-05-01\nC3,P3,job,2020-05-01,2020-05-09,EV-3\n', "quote-open", 3, "line 3"),
        (f'{GOOD}C2,P2,job,"2020\nC3,P3,job\nC4,"x",y\n', "quote-open", 3, "line 3"),
        (f'{GOOD}C2,P2,job,2020-05-01,2020-05-09,"EV-2\nC3,P3,job,2020-05-01,2020-05-09,EV-3",', "quote-open", 3, "3"),
        (f'{GOOD}C2,P2,job,2020-05-01,2020-05-09,"EV"2\n', "quote-stray", 3, "closing quote"),
        (f'{GOOD}C2,P2,job,2020-05-01,2020-05-09,"EV-2', "quote-open", 3, "line 3"),
        (f"{GOOD}C2,P2,job,2020-05-01,2020-05-09,{'E' * 200_000}\n", "field-too-long", 3, "131,072"),
        (f'{GOOD}C2,P2,job,"' + "x\n" * 100_000, "quote-open", 3, "line 3"),
        (f'"claim_id,person\n{ROW}\n', "quote-open", 1, "line 1"),
    ],
)
def test_the_form_of_the_file(refused, data, code, line, said):
    (problem,) = refused(data)
    assert problem.code == f"intake.{code}"
    assert problem.line == line
    assert said in problem.what + problem.mend
    assert problem.mend


def test_an_encoding_error_names_the_byte(refused):
    (problem,) = refused(GOOD.encode() + b"\xff")
    assert f"byte {len(GOOD) + 1} of the file (0xFF)" in problem.what


@pytest.mark.parametrize(
    ("header", "codes"),
    [
        (HEADER.replace("achieved_on", "acheived_on"), {"column-renamed": "achieved_on"}),
        (HEADER.replace("claim_id", "Claim ID"), {"column-renamed": "claim_id"}),
        (HEADER.replace("evidence", "proof").replace("proofd", "evidenced"), {"column-missing": "evidence"}),
        (HEADER + ",person", {"column-duplicate": "person"}),
        (HEADER + ",occurence", {"column-renamed": "occurrence"}),
        (HEADER + ",date of birth", {"column-unknown": None}),
        (HEADER + ",", {"column-unknown": None}),
    ],
)
def test_the_names_in_the_header(refused, header, codes):
    problems = refused(f"{header}\n{ROW}\n")
    found = {problem.code.removeprefix("intake."): problem.place for problem in problems}
    extra = {"column-unknown": None} if "proof" in header else {}
    assert found == codes | extra


def test_all_faults_of_a_header_come_at_once(refused):
    header = "claim_id,claim_id,persn,metric,evidenced_on,name,address"
    problems = refused(f"{header}\n{ROW},x\n")
    assert sorted(problem.code.removeprefix("intake.") for problem in problems) == [
        "column-duplicate",
        "column-missing",
        "column-missing",
        "column-renamed",
        "column-unknown",
        "column-unknown",
    ]
    assert {problem.place for problem in problems} == {"claim_id", "person", "achieved_on", "evidence", None}
    assert "rename it to person" in str([problem.mend for problem in problems])
    assert all(problem.line == 1 for problem in problems)


def test_a_thousand_unknown_columns_are_told_briefly(refused):
    problems = refused(HEADER + "," + ",".join(f"x{n}" for n in range(1000)) + "\n" + ROW + "\n")
    assert len(problems) == 21
    assert "980 more" in problems[-1].what


def test_a_first_row_of_data_is_not_repeated(refused):
    (problem,) = refused("C1,Maria Example,job,2020-05-01,2020-05-09,EV-1\n")
    assert "Maria" not in str(problem)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_endings_and_a_byte_order_mark_do_not_matter(read, ending, mark):
    taken = read(mark + GOOD.replace("\n", ending))
    assert [(claim.reference, claim.row) for claim in taken.claims] == [("C1", 2)]


def test_mixed_line_endings_count_as_lines(read):
    taken = read(
        GOOD.replace("\n", "\r\n") + "C2,P2,job,2020-05-01,2020-05-09,EV-2\rC3,P3,job,2020-05-01,2020-05-09,E\n"
    )
    assert [claim.row for claim in taken.claims] == [2, 3, 4]


def test_empty_lines_are_no_rows_but_count_as_lines(read):
    taken = read(f"\n{HEADER}\n\n{ROW}\n\n\n{ROW.replace('1,', '2,', 2)}\n\n\n")
    assert taken.rows == 2
    assert [claim.row for claim in taken.claims] == [4, 7]


def test_a_quote_inside_a_cell_is_kept(read):
    taken = read(
        f'{HEADER}\nC1,P1,job,2020-05-01,2020-05-09,"a ""b"", 5"" c"\nC2,P2,job,2020-05-01,2020-05-09,5" pipe\n'
    )
    assert [claim.evidence for claim in taken.claims] == ['a "b", 5" c', '5" pipe']


def test_the_hash_is_of_the_bytes_as_sent(read):
    assert read(GOOD).sha256 != read("\ufeff" + GOOD).sha256
    assert read(GOOD).sha256 == read(GOOD.encode()).sha256


def test_a_line_break_within_one_cell_refuses_only_its_row(read):
    taken = read(f'{GOOD}C2,P2,job,2020-05-01,2020-05-09,"EV-2\nand more"\nC3,P3,job,2020-05-01,2020-05-09,EV-3\n')
    assert [claim.row for claim in taken.claims] == [2, 5]
    assert [(row.row, row.problems[0].code) for row in taken.refused] == [(3, "intake.line-break")]


def test_the_limit_of_a_cell_is_left_as_it_was(read):
    before = csv.field_size_limit()
    read(GOOD)
    assert csv.field_size_limit() == before


def test_rows_come_as_they_are_asked_for():
    table = open_table(b"a,b\n1,2\n3,4\n", Columns(("b", "a")))
    assert next(table.rows) == (2, ["1", "2"])
    assert list(table.rows) == [(3, ["3", "4"])]
    assert table.header == ("a", "b")
