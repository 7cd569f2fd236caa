"""terms: the start of a new contract: ids made of words, and answers that are refused with what to write instead."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.terms.base import Term
from sib.terms.read import parse_contract
from sib.terms.sample import TEXT
from sib.terms.scaffold import KINDS, Question, document, identifier, questions
from sib.terms.shape import reshaped, without_sources
from sib.terms.toml import toml_text

TODAY = date(2026, 11, 22)
ASKED = {question.key: question for question in questions("Work", TODAY)}
BEFORE = {"starts_on": date(2026, 4, 1)}


@pytest.mark.parametrize(
    ("words", "made"),
    [
        ("Keeps a job", "keeps_a_job"),
        ("Århus & Köln: 2 towns", "arhus_koln_2_towns"),
        ("26 weeks of work", "the_26_weeks_of_work"),
        ("!", "the"),
        ("none", "the_none"),
        ("x" * 90, "x" * 40),
    ],
)
def test_an_id_is_made_of_words(words: str, made: str) -> None:
    assert identifier(words) == made
    assert identifier(words, (made, f"{made}_2")) == f"{made}_3"


@given(words=st.text())
@settings(max_examples=50)
def test_any_words_make_an_id_that_the_format_takes(words: str) -> None:
    class Named(Term):
        id: Any

    text = toml_text(document(identifier(words), answered("rate card")))
    assert parse_contract(text).contract.contract.id == Named(id=identifier(words)).id


@pytest.mark.parametrize(
    ("key", "typed", "said"),
    [
        ("kind", "card", "this cannot stand here: write one of: rate card, measured result, impact estimate"),
        ("name", "  ", "there must be one: write what it should say"),
        ("payer", "none", "there must be one: write what it should say"),
        ("currency", "GBX", "The currency is not one of ISO 4217"),
        ("starts_on", "1 April", "this is not a date: write a day that exists, as 2026-03-31"),
        ("starts_on", "0001-01-01", "this is not in our time: write a day from 1900-01-01 to 2199-12-31"),
        ("ends_on", "2026-04-01", "the term ends before it starts: write a day after 2026-04-01"),
        ("size", "0", "this is not a number of people: write a whole number above 0"),
        ("size", "12.5", "this is not a number of people: write a whole number above 0"),
        ("outcomes", "a job", "this is not a list of pairs: write `a = 1; b = 2`"),
        ("outcomes", " ; ", "this is not a list of pairs: write `a = 1; b = 2`"),
        ("outcomes", "a job = 1,500", "'1,500' is not a plain number: write digits and at most one point, as 15.12"),
        ("outcomes", "a job = 0", "it is not above 0: write a number above 0, as 1500 or 12.50"),
        ("rows", "5 = 10; 5 = 20", "the rows do not rise: write results and amounts from the lowest to the highest"),
        ("rows", "5 = 20; 6 = 20", "the rows do not rise: write results and amounts from the lowest to the highest"),
        ("shape", "slope", "this cannot stand here: write one of: step, straight lines"),
        ("cap", "much", "'much' is not a plain number: write digits and at most one point, as 15.12"),
    ],
)
def test_an_answer_that_is_not_good_is_told_with_what_to_write(key: str, typed: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        ASKED[key].read(typed, BEFORE)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("outcomes", "a = b = 1.50;\nc=2", (("a = b", Fraction(3, 2)), ("c", Fraction(2)))),
        ("rows", "-1 = 1; 0.5 = 2", ((Fraction(-1), Fraction(1)), (Fraction(1, 2), Fraction(2)))),
        ("cap", " none ", None),
        ("lender", "", "none"),
    ],
)
def test_good_answers(key: str, typed: str, value: Any) -> None:
    assert ASKED[key].read(typed, BEFORE) == value


def answered(kind: str, **more: str) -> dict[str, Any]:
    """The answers of somebody who takes every default, but for those given."""
    answers: dict[str, Any] = {}
    question: Question
    for question in ASKED.values():
        if question.asked(answers):
            text = {"kind": kind, **more}.get(question.key, question.default(answers))
            answers[question.key] = question.read(text, answers)
    return answers


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("more", [{}, {"lender": "a fund", "cap": "none"}, {"ends_on": "2028-01-15"}])
def test_what_is_made_reads_as_it_was_answered(kind: str, more: dict[str, str]) -> None:
    contract = parse_contract(toml_text(document("work", answered(kind, **more)))).contract
    assert contract.cohort[0].size == 100
    assert {party.name for party in contract.party} >= {"the council", "the service provider"}
    assert bool(contract.tranche) == bool(contract.waterfall) == ("lender" in more)
    assert contract.settlement[0].starts_on == contract.contract.starts_on == date(2026, 12, 1)
    assert contract.settlement[-1].ends_on == contract.contract.ends_on
    assert len(contract.settlement) == (2 if "ends_on" in more else 3)


def test_a_shape_keeps_everything_but_what_says_whose_figures_they_are() -> None:
    text = TEXT.replace("[contract]", '[contract] # the header\nsource = "here" # gone').replace(
        "on = 2024-04-02,", "on = 2024-04-02, # paid\n", 0
    )
    text = text.replace('summary = "', 'summary = """\n').replace('days housed."\n', 'days housed."""\n')
    made = parse_contract(reshaped(text, "three_towns", "two_towns")).contract
    was = parse_contract(TEXT).contract
    assert (made.contract.id, made.contract.name, made.contract.version) == ("three_towns", "Three towns", 1)
    assert "two_towns" in (made.contract.illustrative or "")
    assert (made.contract.source, made.contract.currency) == (None, "GBP")
    assert (made.payments, made.tranche, made.metric) == (was.payments, was.tranche, was.metric)
    assert "# the header\n" in reshaped(text, "three_towns", "two_towns")


def test_what_the_header_does_not_say_is_added() -> None:
    text = TEXT.replace('illustrative = "All of it: this contract only shows how one is written."\n', "")
    made = parse_contract(reshaped(text, "three_towns", "two_towns")).contract
    assert "two_towns" in (made.contract.illustrative or "")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('a = 1\nsource = "x"\nb = 2\n', "a = 1\nb = 2\n"),
        ('a = 1\nsource = "x"', "a = 1\n"),
        ('t = { source = "x", b = 2 }\n', "t = { b = 2 }\n"),
        ('t = { a = 1, source = "x" }\n', "t = { a = 1 }\n"),
        ('t = [{ "source" = "x" }]\n', "t = [{  }]\n"),
        ('source = """\nlong\n"""  # and why\nb = 2\n', "b = 2\n"),
    ],
)
def test_a_source_goes_with_its_line_or_its_comma(text: str, left: str) -> None:
    assert without_sources(text) == left
