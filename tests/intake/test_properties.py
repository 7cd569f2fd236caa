"""What holds for any file: no row is lost, nothing but NotValid is raised, and sending a file twice changes nothing."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.errors import NotValid
from sib.intake.claims import KnownClaims, content_hash, read_claims
from sib.intake.cohort import CohortColumns, read_cohort
from sib.intake.report import refused_csv
from sib.intake.results import KnownResults, ResultRules, read_results

NAMES = ("claim_id", "person", "metric", "occurrence", "count", "achieved_on", "evidenced_on", "evidence", "group")
DAY = date(2021, 6, 30)
JUNK = (
    *(
        "",
        " ",
        "0",
        "1",
        "2",
        "-1",
        "1e5",
        "31/12/2020",
        "2020-02-30",
        "2020-06-01",
        "2021-12-31",
        "1999-01-01",
        "44196",
    ),
    *(
        "job",
        "stays",
        "jobs",
        "Total",
        "north",
        "east",
        "=1+1",
        "a\u200bb",
        "é",
        "e\u0301",
        "C1",
        "C2",
        "P1",
        "EV",
        "x" * 1001,
    ),
    *("a,b", 'say "x"', "two\nlines", "\t", "9" * 12, "None", "\u0420P", "-", "+", "#N/A"),
)
RULES = ResultRules("small", date(2020, 1, 1), date(2021, 12, 31), {"reduction": "percentage point"})
COLUMNS = CohortColumns("id", "treat", ("age", "educ"), outcomes=("earned",), unread=("note",))
SEEDS = (
    ",".join(NAMES) + "\nC1,P1,job,1,1,2020-05-01,2020-05-09,letter,north\nC2,P1,stays,1,4,2020-05-01,2020-05-09,x,\n",
    "result_id,metric,value,unit,period_start,period_end,measured_on,method,evidence\n"
    "R1,reduction,38,percentage point,2020-01-01,2020-12-31,2021-02-01,comparison,report\n",
    "id,treat,age,educ,earned,note\nA,1,30,12,100.5,x\nB,0,31,11,0,y\n",
)

good_rows = st.lists(
    st.tuples(
        st.integers(1, 6).map("C{}".format),
        st.integers(1, 3).map("P{}".format),
        st.sampled_from(("job", "stays", "visits")),
        st.sampled_from(("", "1", "2", "3")),
        st.sampled_from(("", "1", "12")),
        st.dates(date(2020, 1, 1), date(2020, 12, 31)).map(str),
        st.dates(date(2021, 1, 1), date(2021, 6, 1)).map(str),
        st.sampled_from(("letter", "EV-1", "payslip, May")),
        st.sampled_from(("", "north", "south")),
    ).map(list),
    min_size=1,
    max_size=8,
)


@st.composite
def spoiled_rows(draw):
    """Good rows, then cells replaced, rows copied, shortened, lengthened or emptied."""
    rows = draw(good_rows)
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, len(rows) - 1))
        row = list(rows[place])
        match draw(st.sampled_from(("cell", "cell", "cell", "copy", "short", "long", "blank"))):
            case "cell" if row:
                row[draw(st.integers(0, len(row) - 1))] = draw(st.sampled_from(JUNK) | st.text(max_size=5))
            case "copy":
                rows.insert(draw(st.integers(0, len(rows))), row)
            case "short":
                row = row[: draw(st.integers(0, len(row)))]
            case "long":
                row = [*row, draw(st.sampled_from(JUNK))]
            case "blank":
                row = [""] * len(row)
        rows[place] = row
    return rows


def written(rows, names=NAMES):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue().encode(errors="replace")


def outcome(taken):
    """What became of each row, by its line."""
    return {claim.row: "taken" for claim in taken.claims} | {
        row.row: tuple(problem.code for problem in row.problems) for row in taken.refused
    }


@pytest.fixture(scope="module")
def read(small, pseudonym):
    def read(data, known=None):
        return read_claims(data, small, submitted_on=DAY, pseudonym=pseudonym, known=known or KnownClaims())

    return read


@pytest.fixture(scope="module")
def read_or_refuse(read):
    """None for a file that is refused as a whole."""

    def read_or_refuse(data, known=None):
        try:
            return read(data, known)
        except NotValid as refused:
            assert refused.problems
            assert all(problem.code.startswith("intake.") and problem.mend for problem in refused.problems)
            return None

    return read_or_refuse


@settings(max_examples=300, deadline=None)
@given(rows=spoiled_rows())
def test_every_row_is_taken_refused_or_held(read_or_refuse, rows):
    data = written(rows)
    taken = read_or_refuse(data)
    if taken is None:
        return
    records = [cells for cells in csv.reader(io.StringIO(data.decode(), newline="")) if cells]
    assert taken.rows == len(records) - 1
    assert taken.rows == len(taken.claims) + len(taken.refused) + taken.already_held
    lines = [claim.row for claim in taken.claims] + [row.row for row in taken.refused]
    assert len(set(lines)) == len(lines)
    assert all(row.problems for row in taken.refused)
    assert len({claim.slot for claim in taken.claims}) == len(taken.claims)
    assert len({claim.reference for claim in taken.claims}) == len(taken.claims)


@settings(max_examples=200, deadline=None)
@given(rows=spoiled_rows())
def test_sending_a_file_twice_changes_nothing(read_or_refuse, rows):
    data = written(rows)
    first = read_or_refuse(data)
    if first is None:
        return
    known = KnownClaims(
        slots={claim.slot: claim.reference for claim in first.claims},
        references={claim.reference: content_hash(claim) for claim in first.claims},
    )
    again = read_or_refuse(data, known)
    assert again.claims == ()
    assert again.already_held == len(first.claims)
    assert [row.row for row in again.refused] == [row.row for row in first.refused]


@settings(max_examples=200, deadline=None)
@given(rows=good_rows, order=st.permutations(range(len(NAMES))))
def test_the_order_of_columns_does_not_matter(read, rows, order):
    plain = read(written(rows))
    mixed = read(written([[row[place] for place in order] for row in rows], [NAMES[place] for place in order]))
    assert outcome(mixed) == outcome(plain)
    assert [content_hash(claim) for claim in mixed.claims] == [content_hash(claim) for claim in plain.claims]


@settings(max_examples=300, deadline=None)
@given(rows=spoiled_rows(), letter=st.sampled_from("éß人"))
def test_a_row_that_needs_the_longer_look_fares_no_differently(read_or_refuse, rows, letter):
    """Plain ASCII rows pass at a glance; one letter beyond ASCII in the evidence makes intake look at every cell."""
    rows = [row for row in rows if len(row) == len(NAMES) and row[7] == "letter"]
    if rows:
        glance = read_or_refuse(written(rows))
        longer = read_or_refuse(written([[*row[:7], "letter" + letter, row[8]] for row in rows]))
        assert (glance is None) == (longer is None)
        if glance is not None:
            assert outcome(longer) == outcome(glance)


@settings(max_examples=200, deadline=None)
@given(rows=spoiled_rows())
def test_no_error_repeats_a_persons_reference(read, rows):
    rows = [[cells[0], f"ZEBRA-{place % 3}", *cells[2:]] for place, cells in enumerate(rows) if len(cells) > 1]
    try:
        told = read(written(rows)) if rows else None
    except NotValid as refused:
        assert "ZEBRA" not in str(refused)
    else:
        assert told is None or "ZEBRA" not in repr(told.refused) + refused_csv(told.refused) + repr(told.claims)


@st.composite
def broken_bytes(draw):
    """Anything at all, or a good file with bytes changed, taken out or put in."""
    data = draw(st.sampled_from(SEEDS).map(str.encode) | st.binary(max_size=60))
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 8)))
        piece = draw(
            st.binary(max_size=4) | st.sampled_from((b'"', b",", b"\n", b"\r", b";", b"\xef\xbb\xbf", b'""', b"\0"))
        )
        data = data[:start] + piece + data[end:]
    return data


@settings(max_examples=500, deadline=None)
@given(data=broken_bytes())
def test_no_bytes_raise_anything_but_not_valid(read_or_refuse, pseudonym, data):
    taken = read_or_refuse(data)
    assert taken is None or taken.rows >= 1
    for read in (
        lambda: read_results(data, RULES, submitted_on=DAY, known=KnownResults()),
        lambda: read_cohort(data, COLUMNS, pseudonym=pseudonym),
    ):
        try:
            assert read().rows >= 1
        except NotValid as refused:
            assert refused.problems
