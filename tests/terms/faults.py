"""terms: a good contract that tests spoil, and what the reader then says."""

from collections.abc import Sequence

import pytest

from sib.errors import NotValid, Problem
from sib.terms.read import parse_contract

GOOD = """\
format = 1

[contract]
id = "small"
name = "A small contract"
version = 1
currency = "GBP"
starts_on = 2020-01-01
ends_on = 2022-12-31
rounding = "half up"
summary = "A contract for tests."

[[party]]
id = "city"
name = "the city"
role = "outcome payer"

[[party]]
id = "helper"
name = "the helper"
role = "service provider"

[[party]]
id = "fund"
name = "the fund"
role = "investor"

[[cohort]]
id = "people"
name = "people who were helped"
groups = ["young", "old"]

[defaults.metric]
cohort = "people"
evidence = ["a record"]
window = { opens = 2020-01-01, closes = 2022-12-31 }
clause = "Schedule 1"

[[metric]]
id = "jobs"
name = "finds a job"
unit = "outcome"
counted_from = "claims"
compared_with = { kind = "none", words = "nothing" }

[[metric]]
id = "score"
name = "gain in score"
unit = "point"
counted_from = "measurement"
compared_with = { kind = "historical", words = "the score before" }

[quantity.young_jobs]
kind = "count"
metric = "jobs"
group = "young"

[quantity.net_score]
kind = "difference"
of = "score"
less = { kind = "number", value = "2", unit = "point" }

[condition.enough]
kind = "compare"
quantity = "net_score"
is = "at least"
value = "1"

[amount.flat]
kind = "fixed"
amount = "100"

[[payment]]
id = "gain"
payer = "city"
payee = "helper"
metric = "score"
cap = "5000"
clause = "Schedule 2"

[payment.amount]
kind = "when"
condition = "enough"
otherwise = "flat"

[payment.amount.then]
kind = "table"
of = "net_score"
per = "point"
shape = "linear"
boundary = "lower bound inclusive"
below = "0"
rows = [
  { from = "1", amount = "10", rise = "5" },
  { from = "3", amount = "20" },
]

[[payment]]
id = "bands"
payers = [{ payer = "city", share = "1" }]
payee = "helper"
metric = "jobs"
cap = "none"
clause = "Schedule 2"

[payment.amount]
kind = "marginal bands"
of = "young_jobs"
per = "outcome"
bands = [
  { up_to = "10", price = "5" },
  { price = "3.5" },
]

[[rate_card]]
payer = "city"
payee = "helper"
cap = "none"
clause = "Schedule 3"
rows = [{ metric = "jobs", price = [{ from = 2020-01-01, value = "220" }, { from = 2021-01-01, value = "230" }] }]

[[cap]]
id = "whole"
name = "the whole contract"
amount = "9000"
over = ["gain", "bands"]
clause = "Schedule 4"

[[settlement]]
id = "2020"
starts_on = 2020-01-01
ends_on = 2020-12-31

[[settlement]]
id = "2021"
starts_on = 2021-01-01
ends_on = 2021-12-31

[[tranche]]
id = "loan"
name = "Loan"
party = "fund"
kind = "senior"
committed = "1000"
drawdowns = [{ on = 2020-01-15, amount = "400" }, { on = 2020-07-15, amount = "600" }]

[[waterfall]]
pays = "principal"
to = [{ tranche = "loan", share = "1" }]
clause = "Schedule 5"
"""


def spoilt(*changes: tuple[str, str], text: str = GOOD) -> str:
    """The text with each first part changed into the second; every first part stands in it exactly once."""
    for old, new in changes:
        assert text.count(old) == 1, f"{text.count(old)} times: {old}"
        text = text.replace(old, new)
    return text


def problems(text: str) -> Sequence[Problem]:
    """What the reader says of a text that it must refuse."""
    with pytest.raises(NotValid) as caught:
        parse_contract(text)
    found = caught.value.problems
    assert found
    assert [problem.line or 0 for problem in found] == sorted(problem.line or 0 for problem in found)
    for problem in found:
        assert problem.code
        assert problem.what
        assert problem.mend, problem
        assert problem.file == "contract.toml"
        assert problem.line is None or 1 <= problem.line <= text.count("\n") + 1
    return found


def line_of(text: str, part: str) -> int:
    """The line on which a part of the text begins, from 1."""
    assert text.count(part) == 1, f"{text.count(part)} times: {part}"
    return text[: text.index(part)].count("\n") + 1
