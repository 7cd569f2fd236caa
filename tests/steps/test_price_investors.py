"""arrows: the investors' side of a priced case: flows given, what is expected of tranches, guarantees and losses."""

from pathlib import Path
from typing import Any

import pytest

from sib.errors import NotValid
from sib.steps.price import Priced, differences, in_words, price
from sib.terms.case import Case, read_case
from tests.finance.deals import deal, step, tranche

GUARANTEE = {
    "id": "promise",
    "name": "Promise",
    "guarantor": "provider",
    "tranche": "senior",
    "share": "0.5",
    "takes": "first loss",
    "called": "at the end",
    "clause": "2",
}
TERMS = deal(
    step("interest", id="interest"),
    step("principal"),
    tranches=[
        tranche("senior", interest={"rate": "0.1", "day_count": "30E/360", "compounding": "simple"}),
        tranche("junior"),
    ],
    guarantee=[GUARANTEE],
)
CASE = """
name = "An end"
because = "1"
[given]
as_of = 2021-01-01
ended = "full term"
[given.quantities]
jobs = { value = "20", unit = "outcome" }
score = { value = "0", unit = "point" }
[[given.flows]]
tranche = "senior"
on = 2020-01-01
paid_in = "1000"
[[given.flows]]
tranche = "senior"
on = 2020-07-01
paid_out = "140"
principal = "100"
step = "interest"
"""


def read(tmp_path: Path, text: str) -> Case:
    file = tmp_path / "case.toml"
    file.write_text(text, encoding="utf-8")
    return read_case(file)


def priced(tmp_path: Path, text: str = CASE) -> tuple[Priced, Case]:
    case = read(tmp_path, text)
    return price(TERMS, case), case


def test_the_answer_has_principal_return_guarantees_and_losses(tmp_path: Path) -> None:
    # interest 1,000 × 5 % + 900 × 5 % = 95, less 40 paid; 145 of the 200 repay principal; 755 are left, 500 covered
    answer = priced(tmp_path)[0].as_dict()
    assert answer["tranches"] == [
        {"id": "senior", "amount": "200.00", "principal": "145.00", "return": "55.00"},
        {"id": "junior", "amount": "0.00", "principal": "0.00", "return": "0.00"},
    ]
    assert answer["guarantees"] == [{"id": "promise", "guarantor": "provider", "tranche": "senior", "amount": "500.00"}]
    assert answer["losses"] == [{"tranche": "senior", "cause": "principal not repaid", "amount": "255.00"}]
    assert answer["waterfall_holds"] == []


def test_people_read_the_same(tmp_path: Path) -> None:
    said = in_words(*priced(tmp_path)).splitlines()
    assert "    step 1 (1): GBP 55.00 interest" in said
    assert (
        "  provider makes good GBP 500.00 to senior: GBP 755.00 of GBP 1,000.00 drawn is not repaid, GBP 500.00 is "
        "covered, first loss (2)"
    ) in said
    assert "  senior loses GBP 255.00: principal not repaid" in said
    bare = CASE[: CASE.index("[[given.flows]]")].replace("[given.q", 'drawn = { senior = "5" }\n[given.q')
    held = in_words(*priced(tmp_path, bare))
    assert "  on hold: step 1 (1): the days on which `senior` was drawn are not known" in held.splitlines()


EXPECTED = """
[expect]
total = "200"
tranches = { senior = "200", junior = "0" }
principal = { senior = "145" }
returns = { senior = "55", junior = "0" }
guarantees = { promise = "500" }
losses = { senior = "255", junior = "0" }
retained = "0"
"""


def test_everything_expected_is_compared(tmp_path: Path) -> None:
    assert differences(*priced(tmp_path, CASE + EXPECTED)) == ()
    wrong = (
        EXPECTED.replace('"145"', '"145.01"')
        .replace('"55"', '"54"')
        .replace("promise", "promises")
        .replace('"255"', '"0"')
        .replace('retained = "0"', 'retained = "1"')
    )
    assert [str(each) for each in differences(*priced(tmp_path, CASE + wrong))] == [
        "retained: expected 1.00, found 0.00",
        "principal of senior: expected 145.01, found 145.00",
        "return of senior: expected 54.00, found 55.00",
        "guarantee promises: expected 500.00, found nothing of that name",
        "loss of senior: expected 0.00, found 255.00",
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'tranche = "senior"\non = 2020-01-01',
            'tranche = "bond"\non = 2020-01-01',
            "the contract has no tranche `bond`",
        ),
        ('step = "interest"', 'step = "rest"', "the waterfall has no step `rest`"),
        ("on = 2020-07-01", "on = 2021-01-02", "the flow on 2021-01-02 comes after `as_of`"),
        ('"140"', '"140.001"', "`flow 2, the rest` is finer than GBP has decimals"),
        ('principal = "100"', 'principal = "141"', "more principal than was paid out"),
        (
            "[given.quantities]",
            'drawn = { senior = "1000" }\n[given.quantities]',
            "the flows of `senior` leave GBP 900.00",
        ),
        ('paid_in = "1000"', 'paid_in = "99"', "the flows of `senior` leave GBP -1.00"),
    ],
)
def test_flows_that_cannot_be_are_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert CASE.count(old) == 1
    with pytest.raises(NotValid) as caught:
        price(TERMS, read(tmp_path, CASE.replace(old, new)))
    assert any(said in problem.what for problem in caught.value.problems), caught.value.problems
    assert all(problem.mend for problem in caught.value.problems)


def test_what_is_drawn_may_be_said_beside_the_flows(tmp_path: Path) -> None:
    said = CASE.replace("[given.quantities]", 'drawn = { senior = "900", junior = "10" }\n[given.quantities]')
    found: Any = priced(tmp_path, said)[0].distribution
    assert [(loss.tranche, loss.amount) for loss in found.losses] == [("senior", 255_00), ("junior", 10_00)]
