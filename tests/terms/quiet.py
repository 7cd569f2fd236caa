"""terms: a contract of which nothing is worth a look, for tests that change it."""

QUIET = """\
format = 1

[contract]
id = "quiet"
name = "A contract of which nothing is worth a look"
version = 1
currency = "GBP"
starts_on = 2020-01-01
ends_on = 2021-12-31
rounding = "half up"
summary = "A contract for tests."
source = "Schedule 9"

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
size = 50
groups = ["young", "old"]

[defaults.metric]
cohort = "people"
evidence = ["a record"]
window = { opens = 2020-01-01, closes = 2021-12-31 }
clause = "Schedule 1"

[[metric]]
id = "jobs"
name = "finds a job"
unit = "person"
counted_from = "claims"
compared_with = { kind = "none", words = "nothing" }

[[metric]]
id = "score"
name = "gain in score"
unit = "point"
counted_from = "estimate"
compared_with = { kind = "matched", words = "matched people" }

[quantity.paid_score]
kind = "limit"
of = "score"
at_least = "0"
at_most = "10"

[condition.enough]
kind = "compare"
quantity = "jobs"
is = "at least"
value = "20"

[amount.bonus]
kind = "price"
price = "7"
per = "person"
of = "jobs"

[[payment]]
id = "gain"
payer = "city"
payee = "helper"
metric = "score"
settles = "in total"
cap = "900"
clause = "Schedule 2"

[payment.amount]
kind = "table"
of = "paid_score"
per = "point"
shape = "linear"
boundary = "lower bound inclusive"
below = "0"
rows = [
  { from = "0", amount = "0", rise = "100" },
  { from = "5", amount = "500", rise = "80" },
]

[[payment]]
id = "work"
payer = "city"
payee = "helper"
metric = "jobs"
cap = "200"
clause = "Schedule 2"

[payment.amount]
kind = "when"
condition = "enough"
then = "bonus"
otherwise = { kind = "price", price = "7", per = "person", of = "jobs" }

[[rate_card]]
payer = "city"
payee = "helper"
cap = "none"
clause = "Schedule 3"
rows = [{ metric = "jobs", price = "20" }]

[[cap]]
id = "whole"
name = "the whole contract"
amount = "1900"
over = "all payments"
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
drawdowns = [{ on = 2020-01-15, amount = "1000" }]

[[waterfall]]
pays = "principal"
to = [{ tranche = "loan", share = "1" }]
clause = "Schedule 5"

[[waterfall]]
pays = "surplus"
to = [{ tranche = "loan", share = "1" }]
clause = "Schedule 5"
"""

WORK = 'otherwise = { kind = "price", price = "7", per = "person", of = "jobs" }'
"""What its second payment gives where not enough people found a job."""
