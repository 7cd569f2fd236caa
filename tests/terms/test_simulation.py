"""terms: what a simulation says, what is refused, and how it is told."""

from fractions import Fraction
from typing import Any

import pytest

from sib.errors import NotValid, Problem
from sib.terms.read import parse_contract
from sib.terms.sample import PARTS, TEXT
from sib.terms.sentences import number
from sib.terms.sheet import sheet
from sib.terms.simulation import Draw, mean
from sib.terms.simulation_words import draw_words, result_words, simulation_words

PAYS = """
[[payment]]
id = "{name}"
payer = "north_town"
payee = "provider"
metric = "{metric}"
cap = "none"
clause = "1"
amount = {amount}
"""
FALL = "fall_in_reoffending"


def price(of: str, per: str = "percentage point") -> str:
    return f'{{ kind = "price", price = "5", per = "{per}", of = {of} }}'


def with_payment(amount: str, name: str = "extra", metric: str = FALL, looked_at: str = '["extra"]') -> str:
    """The small contract with a payment more, which the simulation looks at."""
    text = TEXT.replace('payments = ["job"]', f"payments = {looked_at}")
    return text.replace("[[rate_card]]", PAYS.format(name=name, metric=metric, amount=amount) + "\n[[rate_card]]", 1)


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(NotValid) as caught:
        parse_contract(text)
    return caught.value.problems


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('shows = "job"', 'shows = "jobs"', "no metric or quantity is called `jobs`"),
        ('payments = ["job"]', 'payments = ["hob"]', "no payment is called `hob`"),
        ('gives = ["job"]', 'gives = ["jog"]', "no metric or quantity is called `jog`"),
        ('gives = ["job"]', 'gives = ["job", "job"]', "`job` is drawn twice"),
        ('gives = ["job"]', 'gives = ["job", "course"]', "`course` is no metric counted from an estimate"),
        ('effects = ["10", "20"', 'effects = ["20", "10"', "the effects do not rise"),
        ('base = "0.25"', 'base = "0.9"', "with the effect 30 a person has 1.05: that cannot be"),
        ('base = "0.25"', 'base = "-0.1"', "with the effect 0 a person has -0.1: that cannot be"),
        ('base = "0.25"', "", "asks for `base`"),
        ('design = "counts"', 'design = "randomised"', "the design `randomised` asks for `comparison`"),
        ('design = "counts"', 'design = "fixed"', "the design `fixed` asks for `value`"),
        ('design = "counts"', 'design = "counts"\ncomparison = 90', "here is no place for `comparison`"),
        ('design = "counts"', 'design = "counts"\nspread = "3"', "here is no place for `spread`"),
        ('design = "counts"', 'design = "counts"\noutcome = "amount"', "asks for `spread`"),
    ],
)
def test_every_slip_is_told(old: str, new: str, said: str) -> None:
    assert old in PARTS["simulation"]
    found = problems(TEXT.replace(PARTS["simulation"], PARTS["simulation"].replace(old, new)))
    assert any(said in f"{problem.what} {problem.mend}" for problem in found), list(map(str, found))


def test_a_slip_is_told_with_its_line() -> None:
    text = TEXT.replace('effects = ["10", "20"', 'effects = ["20", "10"')
    (found,) = problems(text)
    assert found.line == line_of(text, 'effects = ["20", "10"')


NOT_DRAWN = [
    (price(f'"{FALL}"'), f"`{FALL}`"),
    (price('{ kind = "count", metric = "days_housed" }', "day"), "`days_housed`"),
    (
        price('{ kind = "sum", of = [{ kind = "count", metric = "days_housed" }, "days_housed"] }', "day"),
        "`days_housed`",
    ),
    (price('{ kind = "people", metric = "job" }', "person"), "a rule over people (`people`)"),
    (price('{ kind = "count", metric = "job", group = "women" }', "person"), "a rule over people (`count`)"),
    (
        '{ kind = "prices by group", of = "job", per = "person", prices = [{ group = "men", price = "1" }] }',
        "a rule over people (`prices by group`)",
    ),
    ('{ kind = "already earned", payments = ["homes"] }', "`days_housed`"),
]


@pytest.mark.parametrize(("amount", "what"), NOT_DRAWN)
def test_what_is_read_and_not_drawn_is_told(amount: str, what: str) -> None:
    (found,) = problems(with_payment(amount))
    assert found.code == "contract.not-drawn"
    assert found.what == f"{what} is read and not drawn"


def test_a_gate_on_being_measured_need_not_be_drawn() -> None:
    condition = f'{{ kind = "measured", quantity = "{FALL}" }}'
    fixed = '{ kind = "fixed", amount = "1" }'
    amount = f'{{ kind = "when", condition = {condition}, then = {fixed}, otherwise = {price("twice", "person")} }}'
    named = '\n[quantity.twice]\nkind = "sum"\nof = ["job", { kind = "count", metric = "job" }]\n'
    text = with_payment(amount.replace("of = twice", 'of = "twice"'), looked_at='["extra", "job"]') + named
    contract = parse_contract(text).contract
    assert contract.simulation is not None
    assert contract.simulation.payments == ("extra", "job")


def test_names_that_lead_nowhere_are_told_once_and_by_the_rule_itself() -> None:
    found = problems(with_payment('{ kind = "already earned", payments = ["nothing"] }', looked_at='["extra", "gone"]'))
    assert {problem.code for problem in found} == {"contract.order", "contract.unknown-name"}
    found = problems(with_payment(price('"nowhere"')))
    assert [problem.code for problem in found] == ["contract.unknown-name"]


def test_all_payments_are_looked_at_where_none_is_named() -> None:
    (homes, course) = problems(TEXT.replace('payments = ["job"]\n', ""))
    assert {homes.what, course.what} == {"`days_housed` is read and not drawn", "`course` is read and not drawn"}


def test_a_contract_without_a_simulation_is_whole() -> None:
    contract = parse_contract(TEXT.replace(PARTS["simulation"], "")).contract
    assert contract.simulation is None
    assert list(simulation_words(contract)) == []
    assert "What a simulation draws" not in sheet(contract, ())


def made(design: str = "average", **more: Any) -> Draw:
    return Draw.model_validate({"gives": ["rate"], "design": design, "people": 400, "base": "0.5", **more})


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "0.5"),
        ({"effect": "percent fewer"}, "0.45"),
        ({"effect": "percent more"}, "0.55"),
        ({"effect": "fewer", "per": 100}, "0.4"),
        ({"effect": "more", "per": 100}, "0.6"),
        ({"design": "counts", "effect": "more"}, "0.525"),
        ({"design": "counts", "effect": "fewer"}, "0.475"),
    ],
)
def test_what_an_effect_of_ten_does_to_a_half(more: dict[str, Any], expected: str) -> None:
    """Ten per cent, ten of a hundred, or ten of the 400 people in all."""
    assert mean(made(**more), Fraction(10)) == Fraction(expected)


def test_a_fixed_result_has_no_mean() -> None:
    fixed = Draw.model_validate({"gives": ["rate"], "design": "fixed", "value": "3"})
    assert mean(fixed, Fraction(10)) == 0
    assert draw_words(fixed) == "always 3"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "400 people, each with a share of 0.5 with an outcome without the service"),
        (
            {"outcome": "events", "dispersion": "1.5", "effect": "percent fewer", "drift": "0.02"},
            "400 people, each with 0.5 events (dispersion 1.5) without the service; the service makes it percent "
            "fewer; the two sides drift apart by 2 % of it for other reasons",
        ),
        (
            {"design": "matched", "comparison": 4000, "outcome": "amount", "spread": "2", "effect": "more", "per": 100},
            "400 people, each with an amount of 0.5 (standard deviation 2) without the service; "
            "compared with 4,000 matched people; the service makes it more per 100",
        ),
        (
            {"design": "historical", "effect": "fewer"},
            "400 people, each with a share of 0.5 with an outcome without the service; "
            "compared with what is known from before; the service makes it fewer",
        ),
    ],
)
def test_what_is_drawn_is_said(more: dict[str, Any], said: str) -> None:
    assert draw_words(made(**more)) == said


def test_the_term_sheet_says_what_is_drawn_and_what_of_it_is_invented() -> None:
    contract = parse_contract(TEXT).contract
    page = sheet(contract, ())
    assert (
        "## What a simulation draws\n\n- Tried are true effects of 10, 20, 30 and 40 people on “enters a job”" in page
    )
    assert "- what is drawn for “enters a job”: A quarter of the people find work" in page
    assert result_words(contract, "net_rate") == "“net rate”"


@pytest.mark.parametrize(
    ("value", "said"), [("-0.1", "-0.1"), ("-2.5", "-2.5"), ("0", "0"), ("-12345.67", "-12,345.67")]
)
def test_a_number_below_nothing_keeps_its_sign(value: str, said: str) -> None:
    assert number(Fraction(value)) == said
