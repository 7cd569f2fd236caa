"""terms: the words of the term sheet: one golden sentence a primitive, and the whole sentence with its seven parts."""

import tomllib
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from sib.payments.evaluate import AMOUNTS, CONDITIONS
from sib.payments.evaluate import QUANTITIES as EVALUATED
from sib.terms.amounts import Amount
from sib.terms.conditions import Condition
from sib.terms.quantities import Quantity
from sib.terms.sentences import SAYS, Speaker, day, listed, money, number, plural, sentence
from sib.terms.sheet import sheet
from tests.payments.small import JOBS, SCORE, contract, metric, pay, price

SAID = tomllib.loads((Path(__file__).parent / "said.toml").read_text(encoding="utf-8"))["said"]
READ: dict[str, TypeAdapter[Any]] = {
    "quantity": TypeAdapter(Quantity),
    "condition": TypeAdapter(Condition),
    "amount": TypeAdapter(Amount),
}
TERMS = contract(
    pay(price()),
    metrics=(JOBS, SCORE, metric("homes"), metric("days", unit="day", repeats="without limit")),
    quantity={"q": {"kind": "count", "metric": "jobs", "group": "young"}},
    condition={"enough": {"kind": "compare", "quantity": "score", "is": "at least", "value": "1"}},
    amount={"flat": {"kind": "fixed", "amount": "100"}},
)


@pytest.mark.parametrize("said", SAID, ids=[f"{said['sort']} {said['rule']}" for said in SAID])
def test_each_primitive_has_its_sentence(said: dict[str, str]) -> None:
    node = READ[said["sort"]].validate_python(tomllib.loads(f"x = {said['rule']}")["x"])
    assert Speaker(TERMS).say(said["sort"], node) == said["says"]


def test_every_primitive_is_evaluated_said_and_proved() -> None:
    evaluated = {"quantity": EVALUATED, "condition": CONDITIONS, "amount": AMOUNTS}
    for sort, table in SAYS.items():
        rules = [tomllib.loads(f"x = {said['rule']}")["x"] for said in SAID if said["sort"] == sort]
        proved = {rule["kind"] for rule in rules if isinstance(rule, dict)}
        assert set(table) == set(evaluated[sort]) == proved


def test_the_whole_sentence_has_its_seven_parts() -> None:
    window = {"opens": date(2020, 1, 1), "closes": date(2022, 12, 31), "claim_within_days": 90}
    shares = [{"payer": "first", "share": "2"}, {"payer": "second", "share": "1"}]
    jobs = metric("jobs", repeats=3, window=window, evidence=["a payslip", "a letter"])
    cap = [{"value": "500"}, {"from": date(2021, 1, 1), "value": "600"}]
    terms = contract(pay(price(), payers=shares, cap=cap, settles="in total"), metrics=[jobs])
    assert sentence(terms, terms.payments[0]) == (
        "First (66.666666… %) and second (33.333333… %) pay provider GBP 10 for each outcome of “metric jobs”, "
        "in total less what was paid before, as payment for “metric jobs” (at most 3 times per person), for everybody, "
        "compared with nothing, evidenced by a payslip and a letter, achieved from 1 January 2020 to 31 December 2022, "
        "claimed within 90 days, up to GBP 500 then GBP 600 from 1 January 2021."
    )


def test_a_measured_metric_says_nothing_of_repeats_and_no_cap_is_said() -> None:
    terms = contract(pay(price("score", per="point"), metric="score"))
    said = sentence(terms, terms.payments[0])
    assert "“metric score”, for everybody" in said
    assert said.endswith("to 31 December 2022, with no cap of its own.")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("0", "0"),
        ("1234567.5", "1,234,567.5"),
        ("-1234", "-1,234"),
        ("0.10", "0.1"),
        ("1/3", "0.333333…"),
        ("-1234567/3", "-411,522.333333…"),
    ],
)
def test_numbers_are_read_easily_and_never_rounded_up(value: str, said: str) -> None:
    assert number(Fraction(value)) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("10", "GBP 10"),
        ("0.5", "GBP 0.50"),
        ("0.005", "GBP 0.005"),
        ("1/3", "GBP 0.333333…"),
        ("1000.25", "GBP 1,000.25"),
    ],
)
def test_amounts_have_their_pennies(value: str, said: str) -> None:
    assert money(TERMS, Fraction(value)) == said


@pytest.mark.parametrize(
    ("unit", "count", "said"),
    [
        ("day", 1, "day"),
        ("day", -1, "day"),
        ("day", 2, "days"),
        ("person", 0, "people"),
        ("step per person", 2, "steps per person"),
        ("ratio", 2, "ratio"),
        ("GBP", 2, "GBP"),
        ("points", 2, "points"),
    ],
)
def test_units_in_the_plural(unit: str, count: int, said: str) -> None:
    assert plural(unit, Fraction(count)) == said


def test_days_and_lists() -> None:
    assert day(date(2021, 7, 1)) == "1 July 2021"
    assert [listed(["a"]), listed(["a", "b"], "or"), listed(["a", "b", "c"])] == ["a", "a or b", "a, b and c"]


class TestTheSheet:
    """The page: everything that was agreed, what is invented, and where the figures come from."""

    def terms(self) -> Any:
        tranche = {"party": "provider", "kind": "senior", "committed": "100"}
        return contract(
            pay(price(), "one", name="One"),
            pay(price("score", per="point"), "two", "score"),
            rate_card=[
                {
                    "payer": "first",
                    "payee": "provider",
                    "cap": "none",
                    "clause": "Card",
                    "rows": [
                        {
                            "metric": "homes",
                            "price": [{"value": "5"}, {"from": date(2021, 1, 1), "value": "6"}],
                            "clause": "Row 1",
                        },
                        {"metric": "jobs", "price": "7"},
                    ],
                    "illustrative": "The card.",
                }
            ],
            metrics=[
                metric("jobs", source="a book", repeats=2),
                metric("score", "point", "measurement", source="a book"),
                metric("homes"),
            ],
            cap=[
                {"id": "all", "name": "whole", "amount": "9", "over": "all payments", "clause": "5"},
                {
                    "id": "some",
                    "name": "part",
                    "amount": [{"value": "1"}, {"from": date(2021, 1, 1), "value": "2"}],
                    "over": ["one", "two"],
                    "clause": "6",
                },
            ],
            settlement=[
                {
                    "id": "first",
                    "starts_on": date(2020, 1, 1),
                    "ends_on": date(2020, 12, 31),
                    "illustrative": "The card.",
                }
            ],
            tranche=[
                {"id": "a", "name": "A", **tranche, "drawdowns": [{"on": date(2020, 1, 1), "amount": "40"}]},
                {"id": "b", "name": "B", **tranche},
            ],
            waterfall=[
                {
                    "pays": "principal",
                    "to": [{"tranche": "a", "share": "1"}, {"tranche": "b", "share": "1"}],
                    "clause": "7",
                },
                {
                    "pays": "surplus",
                    "to": [{"tranche": "a", "share": "3"}, {"tranche": "b", "share": "1"}],
                    "clause": "8",
                    "illustrative": "Order.",
                },
                {"pays": "surplus", "to": [{"tranche": "a", "share": "3"}], "clause": "9"},
            ],
        )

    def test_every_block_in_order(self) -> None:
        page = sheet(self.terms(), [])
        heads = [line for line in page.splitlines() if line.startswith("## ")]
        assert heads == [
            "## Who takes part",
            "## What is paid",
            "## Limits over several payments",
            "## Whose money it is",
            "## In which order it is paid back",
            "## What is invented",
            "## Where the figures come from",
        ]
        for line in (
            "| homes | GBP 5 then GBP 6 from 1 January 2021 | once per person |".replace("homes", "metric homes"),
            "| metric jobs | GBP 7 | at most 2 times per person |",
            "- whole: at most GBP 9 in all over all payments, cut last first (5)",
            "- part: at most GBP 1 then GBP 2 from 1 January 2021 in all over One and metric score, cut last first (6)",
            "- A (senior), from provider: GBP 100 committed, paid in: GBP 40 on 1 January 2020.",
            "- B (senior), from provider: GBP 100 committed.",
            "1. A and B: repays what is drawn and not yet repaid (7).",
            "2. A (75 %) and B (25 %): shares what is left (8).",
            "3. A: shares what is left (9).",
            "- rate card 1 and settlement “first”: The card.",
            "- waterfall 2: Order.",
            "- metric “metric jobs” and metric “metric score”: a book",
        ):
            assert f"\n{line}\n" in page
        assert "- **One.** First pays provider GBP 10" in page
        assert "- **metric score.** First pays provider GBP 10 for each point" in page

    def test_what_there_is_not_has_no_block(self) -> None:
        page = sheet(TERMS, [])
        assert [line for line in page.splitlines() if line.startswith("## ")] == [
            "## Who takes part",
            "## What is paid",
        ]
