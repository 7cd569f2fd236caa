"""terms: a small contract with every part that the format has; the reference shows it part by part."""

from collections.abc import Mapping

from sib.terms.sample_investors import INVESTORS

PARTS: Mapping[str, str] = {
    "format": "format = 1",
    "contract": """
[contract]
id = "two_towns"
name = "Work and homes in two towns"
version = 1
currency = "GBP"
starts_on = 2024-04-01
ends_on = 2027-03-31
rounding = "half up"
pays_within_days = 30
calendar = "GB-ENG"
summary = "People without work and a home are helped to both. Two towns pay for courses, jobs and days housed."
illustrative = "All of it: this contract only shows how one is written."
""",
    "party": """
[[party]]
id = "north_town"
name = "North Town"
role = "outcome payer"

[[party]]
id = "south_town"
name = "South Town"
role = "outcome payer"

[[party]]
id = "provider"
name = "the service provider"
role = "service provider"

[[party]]
id = "fund"
name = "the outcomes fund"
role = "investor"
""",
    "exchange": """
[[exchange]]
currency = "EUR"
rate = [{ value = "1.17" }, { from = 2025-04-01, value = "1.16" }]
clause = "Schedule 2, 4"
""",
    "cohort": """
[[cohort]]
id = "enrolled"
name = "people enrolled in either town"
size = 200
groups = ["women", "men"]
""",
    "metric": """
[defaults.metric]
counted_from = "claims"
cohort = "enrolled"
compared_with = { kind = "none", words = "nothing: every verified outcome is paid" }
evidence = ["a document seen by a verifier"]
window = { opens = 2024-04-01, closes = 2027-03-31, claim_within_days = 90 }
clause = "Schedule 1"

[[metric]]
id = "job"
name = "enters a job"
unit = "person"

[[metric]]
id = "course"
name = "finishes a course"
unit = "person"
repeats = 2

[[metric]]
id = "days_housed"
name = "days housed"
unit = "day"
repeats = "without limit"

[[metric]]
id = "days_in_custody"
name = "days in custody"
unit = "day"
repeats = "without limit"
better = "less"

[[metric]]
id = "fall_in_reoffending"
name = "fall in reoffending"
unit = "percentage point"
counted_from = "estimate"
compared_with = { kind = "matched", words = "matched people who were not enrolled" }
evidence = ["the evaluator's signed estimate under the sealed analysis plan"]

[[metric]]
id = "rise_in_wellbeing"
name = "rise in wellbeing"
unit = "percentage point"
counted_from = "measurement"
compared_with = { kind = "historical", words = "the same people when they enrolled" }
evidence = ["the evaluator's signed result"]
""",
    "payment": """
[[payment]]
id = "homes"
name = "Nights at home"
payers = [{ payer = "north_town", share = 3 }, { payer = "south_town", share = 1 }]
payee = "provider"
metric = "days_housed"
settles = "in total"
cap = "900000"
clause = "Schedule 2, 1"

[payment.amount]
kind = "price"
price = "12.50"
per = "day"
of = "days_housed"
""",
    "rate_card": """
[[rate_card]]
payer = "north_town"
payee = "provider"
cap = "none"
clause = "Schedule 2, 2"
rows = [
    { metric = "course", price = "220" },
    { metric = "job", price = [{ value = "1500" }, { from = 2025-04-01, value = "1450", clause = "Amendment 1" }] },
]
""",
    "cap": """
[[cap]]
id = "north_town_most"
name = "the most for courses and jobs"
amount = "400000"
over = ["job", "course"]
clause = "Schedule 2, 3"
""",
    "settlement": """
[[settlement]]
id = "2024"
starts_on = 2024-04-01
ends_on = 2025-03-31

[[settlement]]
id = "2025"
starts_on = 2025-04-01
ends_on = 2026-03-31
""",
    **INVESTORS,
    "words": """
[quantity.people_in_work]
kind = "people"
metric = "job"

[words]
people_in_work = "people who found work"
""",
    "simulation": """
[simulation]
shows = "job"
effects = ["10", "20", "30", "40"]
target = "30"
payments = ["job"]
seed = 2024

[[simulation.draws]]
gives = ["job"]
design = "counts"
people = 200
base = "0.25"
effect = "more"
illustrative = "A quarter of the people find work without the service; an effect of 10 is ten jobs more."
""",
    "plan": """
[[plan]]
id = "first_plan"
name = "The plan agreed with the contract"
agreed_on = 2024-04-01
payments = [
    { on = 2025-05-01, amount = "180000", payer = "north_town" },
    { on = 2026-05-01, amount = "220000", payer = "north_town" },
]
flows = [
    { on = 2024-04-02, tranche = "loan", paid_in = "400000" },
    { on = 2025-05-01, tranche = "loan", paid_out = "180000" },
]
""",
    "forecast": """
[forecast]
enrolment = [{ on = 2024-04-01, people = 60 }, { on = 2024-10-01, people = 140 }]
enrolment_spread = "0.1"
enrolment_risk = "0.4"
seed = 2024
illustrative = "All of it."

[[forecast.results]]
gives = "course"
share = "0.6"
spread = "0.05"
risk = "0.4"
after_months = 3

[[forecast.results]]
gives = "job"
of = "course"
share = "0.5"
spread = "0.1"
risk = "0.6"
after_months = 3
over_months = 6

[[forecast.results]]
gives = "rise_in_wellbeing"
value = "8"
spread = "3"
measured_on = [2025-03-31, 2026-03-31]

[[forecast.cases]]
id = "low"
name = "Fewer people, fewer jobs"
enrolment = "0.8"
results = "0.75"
months_later = 3
""",
}
"""Top-level key of the format -> its part of the contract."""

TEXT = "\n".join(PARTS.values())
"""All of it, as a file would hold it."""

CASE = """
name = "Forty nights and two jobs, one before and one after the price changed"
because = "Schedule 2, 1 and 2"

[given]
as_of = 2025-06-30
paid_before = { homes = "100.00" }
drawn = { loan = "600000" }

[given.quantities]
days_housed = { value = "40", unit = "day" }
rise_in_wellbeing = { value = "12", unit = "percentage point" }

[[given.flows]]
tranche = "loan"
on = 2024-04-02
paid_in = "400000"

[[given.flows]]
tranche = "loan"
on = 2025-04-02
paid_in = "200000"

[[given.flows]]
tranche = "loan"
on = 2025-04-30
paid_out = "20000"
step = "interest"

[[given.outcomes]]
person = "p1"
metric = "job"
achieved_on = 2025-03-31
group = "women"

[[given.outcomes]]
person = "p2"
metric = "job"
achieved_on = 2025-04-01

[expect]
total = "3350.00"
payments = { homes = "400.00", job = "2950.00", course = "0.00" }
payers = { north_town = "3250.00", south_town = "100.00" }
tranches = { loan = "3350.00" }
returns = { loan = "1852.05" }
principal = { loan = "1497.95" }
"""
"""A golden case of it."""

AMENDMENT = """
format = 1

[amendment]
number = 1
title = "Dearer jobs, and a third year to be settled"
clause = "Schedule 7, 1"
why = "Jobs became harder to find."
drafted_on = 2026-01-12
effective_from = 2026-04-01
judged_at = "event date"
signed = [
    { party = "north_town", by = "head of commissioning", on = 2026-02-02 },
    { party = "south_town", by = "director of housing", on = 2026-02-03 },
    { party = "provider", by = "chief executive", on = 2026-02-05 },
]

[[change]]
payment = "job"
from_then = { price = "1600" }

[[change]]
payment = "homes"
set = { cap = "950000", amount.price = "13.00" }

[[change]]
settlement = "2026"
add = { starts_on = 2026-04-01, ends_on = 2027-03-31 }
"""
"""An amendment of it."""
