"""terms: walking through rules: which metrics a rule reads, through every name it uses."""

from fractions import Fraction
from typing import Any

import pytest

from sib.terms.amounts import Band, Fixed
from sib.terms.base import DatedNumber, value_on
from sib.terms.walk import everything, metrics_read, unit_of
from tests.payments.small import SCORE, contract, metric, pay, price
from tests.terms.faults import GOOD, line_of, problems, spoilt

METRICS = [metric("jobs"), SCORE, metric("homes"), metric("never")]
QUANTITIES = {
    "young": {"kind": "count", "metric": "jobs", "group": "young"},
    "both": {"kind": "sum", "of": ["young", "homes"]},
    "scored": {"kind": "weighted score", "unit": "point", "of": [{"quantity": "score", "weight": "2"}]},
}


@pytest.mark.parametrize(
    ("amount", "read"),
    [
        (price(), {"jobs"}),
        ({"kind": "fixed", "amount": "5"}, set()),
        (price("both"), {"jobs", "homes"}),
        (price({"kind": "people", "metric": "homes"}, per="person"), {"homes"}),
        ({"kind": "sum", "of": [price("both"), price("both"), "named"]}, {"jobs", "homes", "score"}),
        (
            {
                "kind": "when",
                "condition": {"kind": "compare", "quantity": "scored", "is": "at least", "value": "1"},
                "then": {"kind": "fixed", "amount": "5"},
                "otherwise": {"kind": "fixed", "amount": "0"},
            },
            {"score"},
        ),
    ],
)
def test_every_metric_that_a_rule_reads(amount: Any, read: set[str]) -> None:
    times = {"kind": "times", "of": {"kind": "fixed", "amount": "5"}, "by": "score", "per": "point"}
    terms = contract(pay(amount), metrics=METRICS, quantity=QUANTITIES, amount={"named": times})
    assert metrics_read(terms, terms.payments[0].amount) == read


def test_every_part_of_every_rule_is_walked_tops_first() -> None:
    terms = contract(pay(price("both")), metrics=METRICS, quantity=QUANTITIES)
    assert [path for path, _, _ in everything(terms)] == [
        ("quantity", "young"),
        ("quantity", "both"),
        ("quantity", "both", "of", 0),
        ("quantity", "both", "of", 1),
        ("quantity", "scored"),
        ("quantity", "scored", "of", 0, "quantity"),
        ("payment", 0, "amount"),
        ("payment", 0, "amount", "of"),
    ]


def test_a_quantity_of_no_known_name_has_no_unit() -> None:
    terms = contract(pay(price()), metrics=METRICS, quantity=QUANTITIES)
    assert [unit_of(terms, name) for name in ("both", "scored", "nobody")] == ["outcome", "point", None]


def test_terms_made_in_python_are_exact_too() -> None:
    assert Band(price=Fraction(1, 3)).price == Fraction(1, 3)
    fixed = Fixed(kind="fixed", amount=(DatedNumber(value=Fraction(1, 3)),))
    assert fixed.model_dump(mode="json")["amount"] == [{"from_": None, "value": "1/3", "clause": None}]
    assert value_on(fixed.amount, SCORE["window"]["opens"]) == Fraction(1, 3)


def test_a_comment_above_everything_moves_every_line() -> None:
    text = "# a word first\n" + spoilt(('name = "the fund"', "name = 7"))
    assert [problem.line for problem in problems(text)] == [line_of(text, "name = 7")]
    assert line_of(text, "[contract]") == line_of(GOOD, "[contract]") + 1
