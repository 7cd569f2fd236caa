"""Rows become claims; each fault of a row is told, all at once; a claim is never taken twice."""

import gc
from dataclasses import replace
from datetime import date

import pytest

from sib.errors import NotValid
from sib.intake.claims import ClaimRules, Intake, KnownClaims, MetricRule, read_claims
from sib.outcomes.claims import Claim

HEADER = "claim_id,person,metric,occurrence,count,achieved_on,evidenced_on,evidence,group"
GOOD = {
    "claim_id": "C1",
    "person": "P1",
    "metric": "stays",
    "occurrence": "1",
    "count": "12",
    "achieved_on": "2020-05-01",
    "evidenced_on": "2020-05-09",
    "evidence": "letter 7",
    "group": "north",
}


def line(**cells):
    row = GOOD | cells
    return ",".join(f'"{text}"' if "," in text else text for text in row.values())


def file(*rows):
    return "\n".join((HEADER, *rows)).encode()


@pytest.fixture
def read(small, pseudonym):
    def read(*rows, known=None, submitted_on=date(2021, 6, 30)):
        return read_claims(
            file(*rows), small, submitted_on=submitted_on, pseudonym=pseudonym, known=known or KnownClaims()
        )

    return read


@pytest.fixture
def faults(read):
    """Column and code of every problem of a row, alone in its file."""

    def faults(**cells):
        taken = read(line(**cells))
        return [
            (problem.column, problem.code.removeprefix("intake.")) for row in taken.refused for problem in row.problems
        ]

    return faults


def test_a_good_row_becomes_a_claim(read, pseudonym):
    taken = read(line())
    assert taken.claims == (
        Claim(
            contract="small",
            reference="C1",
            attempt=1,
            person=pseudonym("P1"),
            metric="stays",
            occurrence=1,
            count=12,
            achieved_on=date(2020, 5, 1),
            evidenced_on=date(2020, 5, 9),
            submitted_on=date(2021, 6, 30),
            evidence="letter 7",
            group="north",
            file_sha256=taken.sha256,
            row=2,
        ),
    )
    assert (taken.rows, taken.refused, taken.already_held) == (1, (), 0)


@pytest.mark.parametrize(
    "text", ["0", "-1", "+1", "1e5", "1,000", "1.0", "1_000", "٣", "one", " 1", "9" * 10, "½", "=1"]
)
def test_counts_are_plain_whole_numbers(faults, text):
    assert faults(count=text) == [("count", "not-whole-number")]
    assert faults(occurrence=text) == [("occurrence", "not-whole-number")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("31/12/2020", "date-format"),
        ("12/31/2020", "date-format"),
        ("31.12.2020", "date-format"),
        ("2020/12/31", "date-format"),
        ("20201231", "date-format"),
        ("2020-W53-4", "date-format"),
        ("2020-5-1", "date-format"),
        ("2020-05-01Z", "date-format"),
        ("2020-05-01 00:00:00", "date-format"),
        ("44196", "date-format"),
        ("44196.5", "date-format"),
        ("1 May 2020", "date-format"),
        ("٢٠٢٠-٠٥-٠١", "date-format"),
        ("2020-02-30", "date-impossible"),
        ("2019-02-29", "date-impossible"),
        ("2020-13-01", "date-impossible"),
        ("0000-01-01", "date-impossible"),
        (" ", "blank"),
        ("", "blank"),
    ],
)
def test_days_are_days_of_the_calendar_in_iso_form(faults, text, code):
    assert faults(achieved_on=text) == [("achieved_on", code)]
    assert faults(evidenced_on=text) == [("evidenced_on", code)]


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("31/12/2020", "write 2020-12-31"),
        ("12/31/2020", "write 2020-12-31"),
        ("2020/12/31", "write 2020-12-31"),
        ("20201231", "write 2020-12-31"),
        ("01.02.2021", "write 2021-02-01 or 2021-01-02"),
        ("05/05/2020", "write 2020-05-05"),
        ("31/02/2020", "look the day up again"),
        ("2020-05-01 00:00:00", "leave the time of day out: 2020-05-01"),
        ("43952.75", "probably 2020-05-01"),
        ("1 May 2020", "write the year, the month and the day"),
    ],
)
def test_a_date_in_another_form_is_recognised(read, text, mend):
    (row,) = read(line(achieved_on=text)).refused
    assert mend in row.problems[0].mend
    assert row.problems[0].value == text


@pytest.mark.parametrize(
    ("achieved_on", "evidenced_on", "expected"),
    [
        ("2020-01-01", "2020-01-01", []),
        ("2019-12-31", "2020-01-01", [("achieved_on", "date-outside-term")]),
        ("2021-06-30", "2021-06-30", []),
        ("2021-06-30", "2021-07-01", [("evidenced_on", "date-future")]),
        ("2021-07-01", "2021-07-01", [("achieved_on", "date-future"), ("evidenced_on", "date-future")]),
        ("2020-05-02", "2020-05-01", [("evidenced_on", "date-too-early")]),
    ],
)
def test_boundaries_of_days(faults, achieved_on, evidenced_on, expected):
    assert faults(achieved_on=achieved_on, evidenced_on=evidenced_on) == expected


def test_the_last_day_of_the_term_counts(small, pseudonym):
    rows = [
        line(achieved_on=day, evidenced_on="2022-01-10", claim_id=day, person=day[::-1])
        for day in ("2021-12-31", "2022-01-01")
    ]
    taken = read_claims(file(*rows), small, submitted_on=date(2022, 2, 1), pseudonym=pseudonym, known=KnownClaims())
    assert [claim.reference for claim in taken.claims] == ["2021-12-31"]
    assert taken.refused[0].problems[0].code == "intake.date-outside-term"


@pytest.mark.parametrize("column", ["claim_id", "person", "evidence"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "blank"),
        ("   ", "blank"),
        ("a\tb", "characters"),
        ("a\u200bb", "characters"),
        ("\ufeffab", "characters"),
        ("a\u202eb", "characters"),
        ("a\u00a0b", "characters"),
        ("a\u0007b", "characters"),
        (" ab", "space-around"),
        ("ab ", "space-around"),
        ("=1+1", "formula"),
        ("+44", "formula"),
        ("@SUM(A1)", "formula"),
        ("a" * 1001, "too-long"),
    ],
)
def test_cells_of_words(faults, column, text, code):
    assert faults(**{column: text}) == [(column, code)]


@pytest.mark.parametrize("column", ["claim_id", "person"])
@pytest.mark.parametrize("text", ["P\u041e1", "\u0420P1", "αP"])
def test_references_do_not_mix_alphabets(faults, column, text):
    assert faults(**{column: text}) == [(column, "mixed-alphabets")]


@pytest.mark.parametrize("text", ["Zoë-1", "Łódź 7", "Ψ1", "Иван", "人1", "-5", "O'Brien"])
def test_names_of_any_one_alphabet_are_taken(faults, text):
    assert faults(person=text) == []
    assert faults(claim_id=text) == []


def test_one_name_written_in_two_ways_is_one_person(read):
    taken = read(line(person="Zo\u00eb"), line(person="Zoe\u0308", claim_id="C2", occurrence="2"))
    assert len({claim.person for claim in taken.claims}) == 1


@pytest.mark.parametrize(
    ("metric", "mend"),
    [("stay", "did you mean stays?"), ("STAYS", "did you mean stays?"), ("stays ", "stays?"), ("q", "as the contract")],
)
def test_an_unknown_metric_gets_a_suggestion(read, metric, mend):
    (row,) = read(line(metric=metric)).refused
    assert [problem.code for problem in row.problems] == ["intake.metric-unknown"]
    assert mend in row.problems[0].mend
    assert row.problems[0].expected == "one of job, stays, visits"


def test_groups_are_the_contracts(faults, read):
    assert faults(group="south") == []
    assert faults(group="") == []
    assert faults(group="North") == [("group", "group-unknown")]


def test_occurrences_up_to_the_limit(faults):
    assert faults(metric="visits", occurrence="2") == []
    assert faults(metric="visits", occurrence="3") == [("occurrence", "occurrence-over-limit")]
    assert faults(metric="job", occurrence="2") == [("occurrence", "occurrence-over-limit")]
    assert faults(metric="stays", occurrence="999999999") == []


@pytest.mark.parametrize("word", ["Total", "TOTAL:", "sub-total", "Grand total", "sum"])
def test_rows_of_totals(faults, word):
    assert faults(claim_id=word, person="", metric="") == [("", "row-total")]
    assert faults(claim_id="", person=word) == [("", "row-total")]
    assert faults(claim_id=word) == [("", "row-total")]


def test_a_row_says_everything_that_is_wrong_with_it(faults):
    cells = {
        "person": "",
        "metric": "flights",
        "count": "0",
        "achieved_on": "2019-05-01",
        "evidenced_on": "x",
        "group": "east",
    }
    assert sorted(faults(**cells)) == [
        ("achieved_on", "date-outside-term"),
        ("count", "not-whole-number"),
        ("evidenced_on", "date-format"),
        ("group", "group-unknown"),
        ("metric", "metric-unknown"),
        ("person", "blank"),
    ]


@pytest.mark.parametrize("person", ["stays", "2020-05-01"])
def test_a_row_with_cells_in_the_wrong_columns_is_not_repeated(read, person):
    (row,) = read(line(person=person, metric="Maria Example", claim_id="Maria Example")).refused
    assert [problem.code for problem in row.problems] == ["intake.columns-swapped"]
    assert "Maria" not in repr(row)


@pytest.mark.parametrize("person", ["stays", "2020-05-01"])
def test_a_person_is_neither_a_metric_nor_a_day(faults, person):
    assert faults(person=person) == [("person", "columns-swapped")]


def test_a_metric_may_have_a_narrower_window(small, pseudonym):
    metrics = {"job": MetricRule(1, opens=date(2020, 3, 1), closes=date(2020, 3, 31)), "visits": MetricRule(1)}
    days = ("2019-12-31", "2020-02-29", "2020-03-01", "2020-03-31", "2020-04-01")
    rows = [line(metric="job", claim_id=day, person=f"P{n}") for n, day in enumerate(days)]
    rows = [row.replace("2020-05-01", day) for row, day in zip(rows, days, strict=True)]
    taken = read_claims(
        file(*rows, line(metric="visits")),
        replace(small, metrics=metrics),
        submitted_on=date(2021, 6, 30),
        pseudonym=pseudonym,
        known=KnownClaims(),
    )
    assert [claim.reference for claim in taken.claims] == ["2020-03-01", "2020-03-31", "C1"]
    assert [[problem.code for problem in row.problems] for row in taken.refused] == [
        ["intake.date-outside-term"],
        ["intake.date-outside-window"],
        ["intake.date-outside-window"],
    ]
    assert taken.refused[1].problems[0].expected == "from 2020-03-01 to 2020-03-31"


def test_a_window_never_reaches_beyond_the_term(small):
    wide = replace(small, metrics={"job": MetricRule(1, opens=date(2000, 1, 1), closes=date(2030, 1, 1))})
    assert wide.window("job") == wide.window("unheard of") == (small.first_day, small.last_day)


@pytest.mark.parametrize("was_on", [True, False])
def test_the_search_for_garbage_is_left_as_it_was(read, was_on):
    before = gc.isenabled()
    try:
        (gc.enable if was_on else gc.disable)()
        read(line())
        assert gc.isenabled() is was_on
        with pytest.raises(NotValid):
            read(line(), 'C2,"P2')
        assert gc.isenabled() is was_on
    finally:
        (gc.enable if before else gc.disable)()


def test_a_claim_id_that_holds_the_persons_reference_is_not_repeated(read):
    taken = read(line(claim_id="P1-a"), line(claim_id="P1-a", occurrence="2"), line(claim_id="P1 ", metric="x"))
    assert len(taken.refused) == 2
    assert "P1" not in repr(taken.refused)


def test_columns_may_stand_in_any_order_and_optional_ones_may_be_left_out(small, pseudonym):
    data = b"evidence,achieved_on,metric,claim_id,evidenced_on,person\nletter 7,2020-05-01,job,C1,2020-05-09,P1\n"
    taken = read_claims(data, small, submitted_on=date(2021, 6, 30), pseudonym=pseudonym, known=KnownClaims())
    (claim,) = taken.claims
    assert (claim.reference, claim.metric, claim.evidence) == ("C1", "job", "letter 7")
    assert (claim.occurrence, claim.count, claim.group) == (1, 1, None)


def test_each_person_is_given_a_pseudonym_once(small):
    asked = []
    rows = [line(claim_id=f"C{n}", occurrence=str(n), person=f"P{n % 2}") for n in range(1, 7)]
    read_claims(
        file(*rows),
        small,
        submitted_on=date(2021, 6, 30),
        pseudonym=lambda person: asked.append(person) or person,
        known=KnownClaims(),
    )
    assert asked == ["P1", "P0"]


def test_problems_of_a_row_are_problems_of_the_house(read):
    (row,) = read(line(count="0")).refused
    (problem,) = row.as_problems()
    assert (problem.code, problem.line, problem.place, problem.value) == ("intake.not-whole-number", 2, "count", "0")


def test_a_long_value_is_cut_and_invisible_characters_are_spelled_out(read):
    (row,) = read(line(metric="x\u200b" + "y" * 100)).refused
    assert row.problems[0].value == "x<U+200B>" + "y" * 58 + "…"


def test_an_intake_that_loses_a_row_cannot_be_made():
    with pytest.raises(AssertionError, match="lost"):
        Intake(sha256="", rows=1, claims=(), refused=(), already_held=0)


def test_rules_say_how_often_unless_they_leave_it_at_once():
    rules = ClaimRules("c", date(2020, 1, 1), date(2020, 12, 31), {"job": MetricRule()})
    assert rules.metrics["job"].limit == 1
