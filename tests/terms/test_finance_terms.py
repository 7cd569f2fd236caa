"""terms: the investors' side: what the reader refuses, with its line."""

import pytest

from sib.terms.read import parse_contract
from sib.terms.walk import investors_rules
from tests.terms.faults import line_of, problems, spoilt

LAST = 'clause = "Schedule 5"\n'
LOAN = 'drawdowns = [{ on = 2020-01-15, amount = "400" }, { on = 2020-07-15, amount = "600" }]\n'
CYCLE = "{ from = 2020-01-01, every_months = 12, end_of_month = false, business_days = 'NOS' }"
COUPON = f"""[tranche.coupon]
rate = {{ kind = "number", value = "0.05", unit = "yearly rate" }}
floors = [
  {{ from = 2020-01-01, to = 2020-12-31, at_least = "0.02" }},
  {{ from = 2021-01-01, to = 2021-12-31, at_least = "0.01" }},
]
at_most = "0.1"
day_count = "30E/360"
periods = {CYCLE}
"""
OTHER = f"""[[tranche]]
id = "other"
name = "Other"
party = "fund"
kind = "junior"
committed = "10"

{COUPON}
"""
GUARANTEE = """
[[guarantee]]
id = "promise"
name = "Promise"
guarantor = "city"
tranche = "loan"
share = "0.5"
takes = "first loss"
called = "at the end"
clause = "Schedule 6"
"""
LOSS = """
[[loss]]
id = "fall"
name = "Fall"
amount = { kind = "fixed", amount = "10" }
borne_by = [{ tranche = "loan", share = 1 }]
clause = "Schedule 7"
"""


def written(step_keys: str = "", loan: str = "", after: str = "") -> str:
    """The good contract with keys in its step, under its loan, and at the end."""
    text = spoilt((LAST, LAST + step_keys))
    if loan:
        text = text.replace(LOAN, LOAN + loan)
    return text + after


def test_what_is_written_in_full_is_read() -> None:
    text = written('id = "first"\nat_most = "9"\n', COUPON, GUARANTEE + LOSS)
    assert parse_contract(text).contract.guarantee[0].share is not None


# the text that is wrong, what is said, the part of the text on whose line it is said
FAULTS: list[tuple[str, str, str, str]] = [
    (
        "a step without amount",
        written().replace('pays = "principal"', 'pays = "fee"'),
        "`amount` goes with fee",
        "[[waterfall]]",
    ),
    ("an amount too many", written('amount = "5"\n'), "`amount` goes with fee", "[[waterfall]]"),
    (
        "a hurdle where none stands",
        written('until = { tranche = "loan", multiple = 2 }\n'),
        "`until` goes with surplus",
        "[[waterfall]]",
    ),
    (
        "a hurdle of two measures",
        written().replace(
            'pays = "principal"', 'pays = "surplus"\nuntil = { tranche = "loan", multiple = 2, amount = 5 }'
        ),
        "give one of",
        "until =",
    ),
    (
        "a rate without day count",
        written().replace('pays = "principal"', 'pays = "surplus"\nuntil = { tranche = "loan", yearly_rate = "0.1" }'),
        "`day_count` goes with `yearly_rate`",
        "until =",
    ),
    (
        "a share among nobody",
        written().replace(
            'pays = "principal"', 'pays = "surplus"\nuntil = { tranche = "loan", share_of_return = "0.1" }'
        ),
        "`among` goes with `share_of_return`",
        "until =",
    ),
    (
        "a hurdle of return alone over principal",
        written().replace(
            'pays = "principal"', 'pays = "principal and return"\nuntil = { tranche = "loan", amount = 5 }'
        ),
        "this hurdle counts return alone",
        "[[waterfall]]",
    ),
    (
        "a split of what is shared",
        written('split = "by share"\n').replace('pays = "principal"', 'pays = "surplus"'),
        "always split by share",
        "[[waterfall]]",
    ),
    (
        "compounding over no periods",
        written(loan='interest = { rate = "0.1", day_count = "Act/360", compounding = "each period" }\n'),
        "nothing says what a period is",
        "interest =",
    ),
    (
        "another day count",
        written(loan='interest = { rate = "0.1", day_count = "Act/364", compounding = "simple" }\n'),
        "this cannot stand here",
        "interest =",
    ),
    ("a guarantee of both", written(after=GUARANTEE + 'amount = "5"\n'), "covers one of the two", "[[guarantee]]"),
    (
        "a guarantor who is nobody",
        written(after=GUARANTEE.replace('"city"', '"town"')),
        "no party is called `town`",
        "guarantor =",
    ),
    (
        "a guarantee of nothing",
        written(after=GUARANTEE.replace('tranche = "loan"', 'tranche = "bond"')),
        "no tranche is called `bond`",
        'tranche = "bond"',
    ),
    ("a guarantee above one", written(after=GUARANTEE.replace('"0.5"', '"75"')), "out of bounds", 'share = "75"'),
    (
        "two guarantees of one name",
        written(after=GUARANTEE + GUARANTEE.replace("Promise", "Other")),
        "`promise` is named twice",
        "",
    ),
    (
        "a bearer who is nobody",
        written(after=LOSS.replace('"loan"', '"bond"')),
        "no tranche is called `bond`",
        "borne_by =",
    ),
    (
        "a bearer with both",
        written(after=LOSS.replace("share = 1", 'share = 1, up_to = { kind = "fixed", amount = "1" }')),
        "give every bearer",
        "[[loss]]",
    ),
    (
        "two losses paid back",
        written(
            after=(LOSS + LOSS.replace("fall", "rise")).replace('amount = { kind = "fixed", amount = "10" }\n', "")
        ),
        "another loss takes",
        "",
    ),
    ("money of no payment", written('from_payments = ["gains"]\n'), "no payment is called `gains`", "from_payments"),
    ("money named twice", written('from_payments = ["gain", "gain"]\n'), "`gain` is named twice", "from_payments"),
    (
        "interest of a loan without",
        written().replace('pays = "principal"', 'pays = "interest"'),
        "`loan` has no interest",
        "to = [{ tranche",
    ),
    (
        "a reserve that is a loan",
        written().replace('pays = "principal"', 'pays = "reserve"\namount = "5"'),
        "`loan` is no reserve",
        "to = [{ tranche",
    ),
    (
        "a hurdle of another tranche",
        written().replace('pays = "principal"', 'pays = "surplus"\nuntil = { tranche = "bond", multiple = 2 }'),
        "no tranche of this step is called `bond`",
        "until =",
    ),
    (
        "a catch-up with others only",
        written().replace(
            'pays = "principal"',
            'pays = "surplus"\nuntil = { tranche = "loan", share_of_return = "0.2", among = ["bond"] }',
        ),
        "`loan` is not among those",
        "until =",
    ),
    (
        "a coupon in another unit",
        written(loan=COUPON.replace('"yearly rate"', '"point"')),
        "the unit here is `yearly rate`",
        "rate = {",
    ),
    (
        "principal in another unit",
        written(loan='principal_share = "score"\n'),
        "the unit here is `share of principal`",
        "principal_share",
    ),
    (
        "principal of no name",
        written(loan='principal_share = "sore"\n'),
        "no metric or quantity is called `sore`",
        "principal_share",
    ),
    (
        "a condition of no name",
        written('condition = "enouf"\n'),
        "no condition is called `enouf`",
        'condition = "enouf"',
    ),
    (
        "two steps of one tranche without ids",
        written('at_most = "5"\n').replace('pays = "principal"', 'pays = "surplus"\nid = "first"')
        + '[[waterfall]]\npays = "surplus"\nto = [{ tranche = "loan", share = 1 }]\nclause = "Schedule 8"\n',
        "`loan` has return from several steps",
        '[[waterfall]]\npays = "surplus"\nto',
    ),
    (
        "a rate below zero",
        written(loan='interest = { rate = "-0.1", day_count = "Act/360", compounding = "simple" }\n'),
        "out of bounds",
        "interest =",
    ),
    ("more than all", written(loan='if_terminated = "1.1"\n'), "out of bounds", "if_terminated"),
    ("a most below zero", written('at_most = "-1"\n'), "out of bounds", 'at_most = "-1"'),
    (
        "a hurdle below zero",
        written().replace(
            'pays = "principal"',
            'pays = "surplus"\nuntil = { tranche = "loan", yearly_rate = "-0.1", day_count = "Act/365F" }',
        ),
        "out of bounds",
        "until =",
    ),
    (
        "a floor that runs backwards",
        written(loan=COUPON.replace("to = 2020-12-31", "to = 2019-12-31")),
        "it ends before it begins",
        "2019-12-31",
    ),
    ("a floor above the most", written(loan=COUPON.replace('"0.02"', '"0.2"')), "above the most", '"0.2"'),
    (
        "floors that overlap",
        written(loan=COUPON.replace("from = 2021-01-01", "from = 2020-06-01")),
        "do not follow each other",
        "floors =",
    ),
]


@pytest.mark.parametrize(("text", "said", "at"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_a_fault_is_told_with_its_line_and_its_mend(text: str, said: str, at: str) -> None:
    told = [problem for problem in problems(text) if said in problem.what or said in problem.mend]
    assert told, [str(problem) for problem in problems(text)]
    if at:
        assert told[0].line == line_of(text, at)


def test_a_loan_named_in_a_step_must_exist_and_nothing_more_is_said_of_it() -> None:
    text = written().replace('to = [{ tranche = "loan"', 'to = [{ tranche = "lone"')
    assert [problem.what for problem in problems(text)] == ["no tranche is called `lone`"]


def test_the_rules_of_the_investors_side_are_walked_with_all_the_others() -> None:
    text = written(
        'condition = "enough"\n', COUPON + 'principal_share = { kind = "number", value = "1", unit = "x" }\n'
    )
    text = text.replace('unit = "x"', 'unit = "share of principal"').replace(COUPON, "", 1)
    in_order = '[{ tranche = "loan", up_to = "flat" }, { tranche = "other" }]'
    text = text.replace("[[waterfall]]", OTHER + "[[waterfall]]", 1)
    text += LOSS.replace('[{ tranche = "loan", share = 1 }]', in_order)
    text += LOSS.replace("fall", "rise").replace('amount = { kind = "fixed", amount = "10" }\n', "")
    assert [path for path, _, _ in investors_rules(parse_contract(text).contract)] == [
        ("tranche", 0, "principal_share"),
        ("tranche", 1, "coupon", "rate"),
        ("waterfall", 0, "condition"),
        ("loss", 0, "amount"),
        ("loss", 0, "borne_by", 0, "up_to"),
    ]
