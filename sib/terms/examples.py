"""terms: an example of every primitive of a payment rule, as the reference of the format shows it.

Each is read behind the small contract of ``sib.terms.sample`` whenever the reference is made: it cannot go out of date.
"""

from collections.abc import Mapping

QUANTITIES: Mapping[str, str] = {
    "count": """
[quantity.women_in_work]
kind = "count"
metric = "job"
group = "women"
""",
    "people": """
[quantity.people_housed]
kind = "people"
metric = "days_housed"
""",
    "number": """
[quantity.assumed_rate]
kind = "number"
value = "0.25"
unit = "job per person"
""",
    "sum": """
[quantity.days_seen]
kind = "sum"
of = ["days_housed", "days_in_custody"]
""",
    "difference": """
[quantity.net_days]
kind = "difference"
of = "days_housed"
less = "days_in_custody"
""",
    "product": """
[quantity.expected_jobs]
kind = "product"
of = ["course", { kind = "number", value = "0.25", unit = "job per person" }]
unit = "job"
""",
    "ratio": """
[quantity.share_of_target]
kind = "ratio"
of = "job"
to = { kind = "number", value = "120", unit = "person" }
unit = "share"
""",
    "whole steps": """
[quantity.full_hundreds]
kind = "whole steps"
of = "days_housed"
step = "100"
unit = "step"
""",
    "weighted score": """
[quantity.score]
kind = "weighted score"
of = [{ quantity = "fall_in_reoffending", weight = "0.6" }, { quantity = "rise_in_wellbeing", weight = "0.4" }]
unit = "point"
""",
    "limit": """
[quantity.paid_fall]
kind = "limit"
of = "fall_in_reoffending"
at_least = "0"
at_most = "25"
""",
    "table": """
[quantity.rate_by_fall]
kind = "table"
of = "fall_in_reoffending"
shape = "step"
boundary = "lower bound inclusive"
below = "0"
rows = [{ from = "5", value = "0.5" }, { from = "10", value = "1" }]
unit = "share"
""",
    "rounded": """
[quantity.whole_points]
kind = "rounded"
of = "rise_in_wellbeing"
to = "0.1"
rounding = "down"
""",
    "largest": """
[quantity.achieved_or_deemed]
kind = "largest"
of = ["job", { kind = "number", value = "10", unit = "person" }]
""",
    "smallest": """
[quantity.no_more_than_planned]
kind = "smallest"
of = ["job", { kind = "number", value = "80", unit = "person" }]
""",
    "blend": """
[quantity.two_estimators]
kind = "blend"
of = [
  { quantity = "rise_in_wellbeing", weight = "0.8" },
  { quantity = { kind = "number", value = "1.2", unit = "percentage point" }, weight = "0.2" },
]
""",
    "avoided": """
[quantity.days_in_custody_avoided]
kind = "avoided"
expected = { kind = "number", value = "30", unit = "day per person" }
observed = { kind = "ratio", of = "days_in_custody", to = "job", unit = "day per person" }
people = "job"
unit = "day"
""",
    "gained": """
[quantity.more_in_work]
kind = "gained"
observed = { kind = "ratio", of = "job", to = { kind = "number", value = "120", unit = "person" }, unit = "share" }
expected = { kind = "number", value = "0.2", unit = "share" }
people = { kind = "number", value = "120", unit = "person" }
unit = "job"
""",
    "elapsed time": """
[quantity.quarters_run]
kind = "elapsed time"
since = 2024-04-01
until = 2027-03-31
counted_in = "quarter"
begun = "full only"
""",
    "when": """
[quantity.fall_or_agreed]
kind = "when"
condition = { kind = "measured", quantity = "fall_in_reoffending" }
then = "fall_in_reoffending"
otherwise = { kind = "number", value = "4", unit = "percentage point" }
""",
    "milestone": """
[quantity.six_months_after_home]
kind = "milestone"
metric = "job"
after = ["course"]
within_days = 180
""",
    "sustained": """
[quantity.housed_half_a_year]
kind = "sustained"
metric = "days_housed"
days = 182
counting = "in one run"
gap_days = 7
excluded = [{ from = 2024-12-24, to = 2025-01-01 }]
""",
    "people with": """
[quantity.home_and_job]
kind = "people with"
all_of = ["job"]
any_of = ["course", "days_housed"]
""",
    "people reaching": """
[quantity.housed_half_a_year_in_all]
kind = "people reaching"
metric = "days_housed"
total = 182
after = "course"
within_days = 365
""",
}

CONDITIONS: Mapping[str, str] = {
    "compare": """
[condition.enough_jobs]
kind = "compare"
quantity = "job"
is = "at least"
value = "60"
""",
    "all": """
[condition.both_better]
kind = "all"
of = [
    { kind = "compare", quantity = "fall_in_reoffending", is = "more than", value = "0" },
    { kind = "compare", quantity = "rise_in_wellbeing", is = "more than", value = "0" },
]
""",
    "any": """
[condition.one_better]
kind = "any"
of = [
    { kind = "compare", quantity = "fall_in_reoffending", is = "at least", value = "10" },
    { kind = "compare", quantity = "rise_in_wellbeing", is = "at least", value = "10" },
]
""",
    "none": """
[condition.nothing_worse]
kind = "none"
of = [
    { kind = "compare", quantity = "fall_in_reoffending", is = "less than", value = "0" },
    { kind = "compare", quantity = "rise_in_wellbeing", is = "less than", value = "0" },
]
""",
    "on or after": """
[condition.third_year]
kind = "on or after"
day = 2026-04-01
""",
    "compare amounts": """
[condition.saves_more_than_it_costs]
kind = "compare amounts"
amount = { kind = "price", price = "95", per = "day", of = "days_housed" }
is = "at least"
than = { kind = "price", price = "1500", per = "person", of = "job" }
""",
    "measured": """
[condition.estimate_stands]
kind = "measured"
quantity = "fall_in_reoffending"
""",
}

AMOUNTS: Mapping[str, str] = {
    "price": """
[amount.for_jobs]
kind = "price"
price = [{ value = "1500" }, { from = 2025-04-01, value = "1450", clause = "Amendment 1" }]
per = "person"
of = "job"
""",
    "table": """
[amount.for_the_fall]
kind = "table"
of = "fall_in_reoffending"
per = "percentage point"
shape = "linear"
boundary = "lower bound inclusive"
below = "0"
rows = [{ from = "5", amount = "50000", rise = "10000" }, { from = "15", amount = "150000" }]
""",
    "marginal bands": """
[amount.by_volume]
kind = "marginal bands"
of = "job"
per = "person"
bands = [{ up_to = "50", price = "1500" }, { up_to = "100", price = "1200" }, { price = "900" }]
""",
    "fixed": """
[amount.start_up]
kind = "fixed"
amount = "20000"
""",
    "share": """
[amount.savings_share]
kind = "share"
of = { kind = "price", price = "95", per = "day", of = "days_housed" }
share = "0.4"
""",
    "times": """
[amount.in_part]
kind = "times"
of = { kind = "fixed", amount = "80000" }
by = { kind = "ratio", of = "job", to = { kind = "number", value = "120", unit = "person" }, unit = "share" }
per = "share"
""",
    "sum": """
[amount.charge_and_jobs]
kind = "sum"
of = [{ kind = "fixed", amount = "20000" }, { kind = "price", price = "1500", per = "person", of = "job" }]
""",
    "smallest": """
[amount.no_more_than_costs]
kind = "smallest"
of = [{ kind = "price", price = "1500", per = "person", of = "job" }, { kind = "fixed", amount = "250000" }]
""",
    "largest": """
[amount.no_less_than_costs]
kind = "largest"
of = [{ kind = "price", price = "1500", per = "person", of = "job" }, { kind = "fixed", amount = "50000" }]
""",
    "limit": """
[amount.limited]
kind = "limit"
of = { kind = "price", price = "1500", per = "person", of = "job" }
at_least = "10000"
at_most = "200000"
""",
    "when": """
[amount.bonus]
kind = "when"
condition = { kind = "compare", quantity = "job", is = "at least", value = "60" }
then = { kind = "fixed", amount = "25000" }
otherwise = { kind = "fixed", amount = "0" }
""",
    "difference": """
[amount.after_costs]
kind = "difference"
of = { kind = "price", price = "95", per = "day", of = "days_housed" }
less = { kind = "fixed", amount = "30000" }
""",
    "already earned": """
[amount.not_paid_twice]
kind = "difference"
of = { kind = "price", price = "1500", per = "person", of = "job" }
less = { kind = "already earned", payments = ["homes"] }
""",
    "prices by group": """
[amount.by_group]
kind = "prices by group"
of = "job"
per = "person"
prices = [{ group = "women", price = "1500" }, { group = "men", price = "2100" }]
""",
    "indexed": """
[amount.indexed_charge]
kind = "indexed"
of = { kind = "fixed", amount = "20000" }
yearly = "0.02"
since = 2024-04-01
""",
    "by date": """
[amount.grant_in_lieu]
kind = "by date"
rules = [{ from = 2024-07-01, to = 2024-12-31, amount = { kind = "fixed", amount = "30000" } }]
otherwise = { kind = "price", price = "1500", per = "person", of = "job" }
""",
    "rounded": """
[amount.indexed_to_the_pound]
kind = "rounded"
of = { kind = "indexed", of = { kind = "fixed", amount = "1495" }, yearly = "0.02", since = 2024-04-01 }
to = "1"
rounding = "half up"
""",
    "money of": """
[amount.savings]
kind = "money of"
of = { kind = "product", of = ["days_housed", { kind = "number", value = "95", unit = "GBP per day" }], unit = "GBP" }
""",
}

EXAMPLES: Mapping[str, Mapping[str, str]] = {"quantity": QUANTITIES, "condition": CONDITIONS, "amount": AMOUNTS}
"""Sort -> primitive -> a named rule of that kind."""
