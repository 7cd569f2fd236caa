"""terms: between which values a rule must lie: worked by hand, and found so on random contracts and facts."""

from fractions import Fraction
from math import inf
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sib.payments.evaluate import Held, evaluation
from sib.terms.lint import advice
from sib.terms.lint.bounds import Bounds
from sib.terms.lint.caps import life
from sib.terms.lint.range import NONE, UNKNOWN, Range, exactly, hull
from sib.terms.read import parse_contract
from tests.payments.strategies import contracts, facts, written
from tests.payments.test_oracle import engine_facts
from tests.terms.faults import spoilt
from tests.terms.quiet import QUIET, WORK


class TestRange:
    """Arithmetic of ranges; an end that nobody knows stays unknown."""

    def test_arithmetic(self) -> None:
        low, wide = Range(Fraction(-2), Fraction(3)), Range(Fraction(0))
        assert low + exactly(5) == Range(Fraction(3), Fraction(8))
        assert -low == Range(Fraction(-3), Fraction(2))
        assert low * low == Range(Fraction(-6), Fraction(9))
        assert wide * exactly(0) == NONE
        assert wide * exactly(-1) == Range(-inf, Fraction(0))
        assert (UNKNOWN * UNKNOWN, UNKNOWN + low) == (UNKNOWN, UNKNOWN)
        assert exactly(6).over(Range(Fraction(2), Fraction(3))) == Range(Fraction(2), Fraction(3))
        assert exactly(6).over(Range(Fraction(2))) == Range(Fraction(0), Fraction(3))
        assert exactly(6).over(low) == UNKNOWN
        assert hull([low, exactly(9)]) == Range(Fraction(-2), Fraction(9))
        assert (exactly(1).single, wide.single) == (1, None)

    def test_numbers_too_large_for_a_float_stay_exact(self) -> None:
        huge = exactly(10**400)
        assert huge * huge + UNKNOWN == UNKNOWN
        assert Range(Fraction(0)) + huge == Range(Fraction(10**400))


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_a_rule_gives_lies_within_its_bounds(data: st.DataObject) -> None:
    """Random contracts on random facts: three people, as many as the cohort's size says."""
    doc = data.draw(contracts())
    doc["cohort"][0]["size"] = 3
    contract = parse_contract(written(doc)).contract
    assert all(found.what and found.mend for found in advice(contract))
    bounds = Bounds(contract)
    for at_the_edge in (True, False):
        known = data.draw(facts(doc, at_the_edge=at_the_edge))
        measured = {name: value for name, value in known.quantities.items() if name in ("m", "e")}
        given_facts = engine_facts(known._replace(quantities=measured))
        for payment in contract.payments:
            _within(contract, bounds, payment, given_facts)


def _within(contract: Any, bounds: Bounds, payment: Any, known: Any) -> None:
    evaluated = evaluation(contract, known)
    for sort in ("quantity", "condition", "amount"):
        for name in getattr(contract, sort):
            within, ask = getattr(bounds, sort)(name), getattr(evaluated, sort)
            try:
                found = ask(name)
            except Held:
                continue
            assert within in (None, found) if sort == "condition" else within.low <= found <= within.high
    try:
        found = evaluated.amount(payment.amount)
    except Held:
        return
    within = bounds.amount(payment.amount)
    assert within.low <= found <= within.high
    assert payment.settles != "in total" or found <= life(contract, bounds, payment)


RULES: list[tuple[str, Range]] = [
    ('kind = "people"\nmetric = "jobs"', Range(Fraction(0), Fraction(50))),
    ('kind = "people with"\nany_of = ["jobs"]', Range(Fraction(0), Fraction(50))),
    ('kind = "count"\nmetric = "jobs"\ngroup = "young"', Range(Fraction(0), Fraction(50))),
    ('kind = "count"\nmetric = "jobs"', Range(Fraction(0), Fraction(50))),
    # (60 − observed 0 to 50) × 2
    (
        'kind = "avoided"\nunit = "person"\nexpected = { kind = "number", value = "60", unit = "person" }\n'
        'observed = "jobs"\npeople = { kind = "number", value = "2", unit = "person" }',
        Range(Fraction(20), Fraction(120)),
    ),
    (
        'kind = "avoided"\nunit = "person"\nexpected = { kind = "number", value = "60", unit = "person" }\n'
        'observed = "jobs"',
        Range(Fraction(10), Fraction(60)),
    ),
    (
        'kind = "largest"\nof = ["jobs", { kind = "number", value = "9", unit = "person" }]',
        Range(Fraction(9), Fraction(50)),
    ),
    (
        'kind = "smallest"\nof = ["jobs", { kind = "number", value = "9", unit = "person" }]',
        Range(Fraction(0), Fraction(9)),
    ),
    ('kind = "rounded"\nof = "jobs"\nto = "7"\nrounding = "half up"', Range(Fraction(0), Fraction(49))),
    ('kind = "elapsed time"\nsince = 2020-01-01\ncounted_in = "month"\nbegun = "full only"', Range(Fraction(0))),
    # straight lines from (0, 0) over (10, 20) to (50, 30), and flat beyond
    (
        'kind = "table"\nof = "jobs"\nunit = "part"\nshape = "straight lines"\nboundary = "lower bound inclusive"\n'
        'below = "0"\nrows = [{ from = "0", value = "0" }, { from = "10", value = "20" }, '
        '{ from = "50", value = "30" }]',
        Range(Fraction(0), Fraction(30)),
    ),
]


@pytest.mark.parametrize(("rule", "within"), RULES)
def test_bounds_of_quantities(rule: str, within: Range) -> None:
    text = spoilt(("[condition.enough]", f"[quantity.asked]\n{rule}\n\n[condition.enough]"), text=QUIET)
    assert Bounds(parse_contract(text).contract).quantity("asked") == within


AMOUNTS: list[tuple[str, Range]] = [
    # 50 people: 10 × 7, then 40 × 5
    (
        'kind = "marginal bands"\nof = "jobs"\nper = "person"\n'
        'bands = [{ up_to = "10", price = "7" }, { price = "5" }]',
        Range(Fraction(0), Fraction(270)),
    ),
    (
        'kind = "marginal bands"\nof = "score"\nper = "point"\n'
        'bands = [{ up_to = "10", price = "7" }, { price = "5" }]',
        Range(Fraction(0)),
    ),
    ('kind = "indexed"\nof = "bonus"\nfactor = "1.5"', Range(Fraction(0), Fraction(525))),
    ('kind = "indexed"\nof = "bonus"\nyearly = "0.02"\nsince = 2020-01-01', Range(Fraction(0))),
    ('kind = "indexed"\nof = "bonus"\nyearly = "-0.5"\nsince = 2020-01-01', Range(Fraction(0), Fraction(350))),
    ('kind = "indexed"\nof = "bonus"\nyearly = "-2"\nsince = 2020-01-01', Range(-inf, Fraction(350))),
    (
        'kind = "by date"\nrules = [{ from = 2021-01-01, amount = "bonus" }]\n'
        'otherwise = { kind = "fixed", amount = "-1" }',
        Range(Fraction(-1), Fraction(350)),
    ),
    ('kind = "rounded"\nof = "bonus"\nto = "100"\nrounding = "up"', Range(Fraction(0), Fraction(400))),
    (
        'kind = "difference"\nof = "bonus"\nless = { kind = "fixed", amount = "50" }',
        Range(Fraction(-50), Fraction(300)),
    ),
    ('kind = "already earned"\npayments = ["gain"]', UNKNOWN),
]


@pytest.mark.parametrize(("rule", "within"), AMOUNTS)
def test_bounds_of_amounts(rule: str, within: Range) -> None:
    asked = "bonus" if "already" not in rule else "asked"
    text = spoilt(
        ("[amount.bonus]", f"[amount.asked]\n{rule}\n\n[amount.bonus]"),
        (WORK, f'otherwise = "{asked}"'),
        text=QUIET,
    )
    assert Bounds(parse_contract(text).contract).amount("asked") == within


CONDITIONS: list[tuple[str, bool | None]] = [
    ('kind = "compare"\nquantity = "jobs"\nis = "at most"\nvalue = "50"', True),
    ('kind = "compare"\nquantity = "jobs"\nis = "less than"\nvalue = "0"', False),
    ('kind = "compare"\nquantity = "jobs"\nis = "equal to"\nvalue = "51"', False),
    ('kind = "compare"\nquantity = { kind = "number", value = "2", unit = "x" }\nis = "equal to"\nvalue = "2"', True),
    ('kind = "compare"\nquantity = "score"\nis = "at least"\nvalue = "0"', None),
    ('kind = "compare amounts"\namount = "bonus"\nis = "more than"\nthan = { kind = "fixed", amount = "350" }', False),
    ('kind = "measured"\nquantity = "score"', None),
    ('kind = "on or after"\nday = 2020-06-30', None),
    ('kind = "all"\nof = ["never", "perhaps"]', False),
    ('kind = "all"\nof = ["always", "perhaps"]', None),
    ('kind = "all"\nof = ["always"]', True),
    ('kind = "any"\nof = ["always", "perhaps"]', True),
    ('kind = "any"\nof = ["never"]', False),
    ('kind = "none"\nof = ["never"]', True),
    ('kind = "none"\nof = ["perhaps"]', None),
]


@pytest.mark.parametrize(("rule", "holds"), CONDITIONS)
def test_bounds_of_conditions(rule: str, holds: bool | None) -> None:
    others = "".join(
        f'[condition.{name}]\nkind = "compare"\nquantity = "{quantity}"\nis = "at least"\nvalue = "{value}"\n\n'
        for name, quantity, value in (("always", "jobs", 0), ("never", "jobs", 51), ("perhaps", "score", 1))
    )
    text = spoilt(("[condition.enough]", f"{others}[condition.asked]\n{rule}\n\n[condition.enough]"), text=QUIET)
    assert Bounds(parse_contract(text).contract).condition("asked") is holds
