"""Markup escapes whatever it is given; figures, dates and names are written one way."""

from datetime import date, datetime

import pytest

from dashboards.markup import Column, Safe, details, stacked, table, tag
from dashboards.speech import amount, counted, day, figure, listed, moment, money, party, percent, quantity, who


def test_text_is_escaped_and_markup_is_not() -> None:
    assert tag("p", "<script>", Safe("<b>x</b>")) == "<p>&lt;script&gt;<b>x</b></p>"
    assert tag("p", "a", css='"x"') == '<p class="&quot;x&quot;">a</p>'


def test_a_table_has_caption_heads_scopes_and_labels() -> None:
    markup = table(
        "What", [Column("Name"), Column("Owed", number=True, wide=True)], [["<i>", "1.00"]], ["Total", "1.00"]
    )
    assert "<caption>What</caption>" in markup
    assert '<th class="sib-number sib-wide" scope="col">Owed</th>' in markup
    assert '<th data-label="Name" scope="row">&lt;i&gt;</th>' in markup
    assert '<td class="sib-number sib-wide" data-label="Owed">1.00</td>' in markup
    assert "<tfoot>" in markup


def test_a_table_without_totals_has_no_foot() -> None:
    assert "tfoot" not in table("What", [Column("Name")], [["a"]])


def test_a_row_of_another_length_than_the_heads_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="zip"):
        table("What", [Column("Name")], [["a", "b"]])


def test_a_fold_is_shut_unless_asked() -> None:
    assert details("Why", "x") == '<details class="sib-why"><summary>Why</summary>x</details>'
    assert details("Why", "x", opened=True).startswith('<details class="sib-why" open>')


def test_empty_lines_under_a_cell_are_left_out() -> None:
    assert stacked("a", "", "b") == 'a<span class="sib-under">b</span>'


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (money(62_097_840, "USD"), "USD 620,978.40"),
        (money(-849_752, "USD"), "USD −8,497.52"),
        (money(None, "USD"), "withheld"),
        (amount(100, "KRW"), "100"),
        (amount(187_154_000, "GBP"), "1,871,540.00"),
        (day(date(2021, 3, 31)), "31 March 2021"),
        (day(None), "–"),
        (moment(datetime(2021, 3, 1, 9, 5)), "1 March 2021, 09:05"),
        (figure(-0.001, 2), "0.00"),
        (figure(-8497.516, 2), "−8,497.52"),
        (figure(None, 2), "–"),
        (percent(0.0311), "3 %"),
        (percent(-0.031, 1), "−3.1 %"),
        (quantity("41070"), "41,070"),
        (quantity("-8497.52"), "−8,497.52"),
        (quantity("1/3"), "1/3"),
        (quantity(""), "–"),
        (counted(1, "line"), "1 line"),
        (counted(2_300, "person", "people"), "2,300 people"),
        (who("officer-2"), "Tomas Bielby"),
        (who("somebody else"), "somebody else"),
        (who(""), "–"),
        (party("city"), "The city"),
        (party("the state's office"), "The state's office"),
        (party("housing_fund"), "The housing fund"),
        (party("Department for Education"), "Department for Education"),
        (listed(["a"]), "a"),
        (listed(["a", "b", "c"]), "a, b and c"),
        (listed([]), ""),
    ],
)
def test_how_it_is_written(said: str, expected: str) -> None:
    assert said == expected
