"""terms: the investors' side of the small contract that the reference of the format shows."""

from collections.abc import Mapping

INVESTORS: Mapping[str, str] = {
    "tranche": """
[[tranche]]
id = "loan"
name = "Loan"
party = "fund"
kind = "senior"
committed = "600000"
drawdowns = [{ on = 2024-04-02, amount = "400000" }, { on = 2025-04-02, amount = "200000" }]
interest = { rate = "0.04", day_count = "Act/365F", compounding = "simple" }

[[tranche]]
id = "notes"
name = "Notes"
party = "fund"
kind = "junior"
committed = "100000"
drawdowns = [{ on = 2024-07-01, amount = "100000" }]
if_terminated = [{ value = "0.75" }, { from = 2026-07-01, value = "0.5" }]

[tranche.principal_share]
kind = "table"
of = "rise_in_wellbeing"
shape = "step"
boundary = "lower bound inclusive"
below = "0.5"
unit = "share of principal"
rows = [{ from = "10", value = "1" }]

[tranche.coupon]
rate = { kind = "product", of = ["rise_in_wellbeing", "rate_per_point"], unit = "yearly rate" }
floors = [{ from = 2024-07-01, to = 2025-06-30, at_least = "0.02" }]
at_most = "0.08"
day_count = "30E/360"
periods = { from = 2024-07-01, every_months = 12, end_of_month = false, business_days = "CSMF" }

[[tranche]]
id = "start_grant"
name = "Grant to begin with"
party = "north_town"
kind = "recoverable grant"
committed = "20000"
drawdowns = [{ on = 2024-04-02, amount = "20000" }]

[[tranche]]
id = "own_share"
name = "Provider's share"
party = "provider"
kind = "provider share"
committed = "0"

[[tranche]]
id = "reserve"
name = "Reserve"
party = "fund"
kind = "reserve"
committed = "0"

[quantity.rate_per_point]
kind = "number"
value = "0.005"
unit = "yearly rate per percentage point"
""",
    "waterfall": """
[[waterfall]]
id = "interest"
pays = "interest"
to = [{ tranche = "loan", share = 1 }]
clause = "Schedule 3, 1"

[[waterfall]]
pays = "principal"
to = [{ tranche = "loan", share = 1 }]
clause = "Schedule 3, 2"

[[waterfall]]
pays = "release"
only = "once it has ended"
to = [{ tranche = "reserve", share = 1 }]
clause = "Schedule 3, 3"

[[waterfall]]
id = "coupon"
pays = "coupon"
to = [{ tranche = "notes", share = 1 }]
clause = "Schedule 3, 4"

[[waterfall]]
pays = "principal"
to = [{ tranche = "notes", share = 1 }]
condition = { kind = "on or after", day = 2026-07-01 }
clause = "Schedule 3, 5"

[[waterfall]]
id = "bonus"
pays = "fee"
amount = "15000"
from_payments = ["job", "course"]
to = [{ tranche = "own_share", share = 1 }]
clause = "Schedule 3, 6"

[[waterfall]]
pays = "reserve"
amount = [{ value = "10000" }, { from = 2025-04-01, value = "5000" }]
only = "while it runs"
to = [{ tranche = "reserve", share = 1 }]
clause = "Schedule 3, 7"

[[waterfall]]
pays = "principal and return"
until = { tranche = "start_grant", multiple = 1 }
to = [{ tranche = "start_grant", share = 1 }]
clause = "Schedule 3, 8"

[[waterfall]]
id = "base_return"
pays = "surplus"
until = { tranche = "loan", yearly_rate = "0.1", day_count = "Act/365F" }
at_most = "90000"
to = [{ tranche = "loan", share = 19 }, { tranche = "own_share", share = 1 }]
clause = "Schedule 3, 9"

[[waterfall]]
id = "rest"
pays = "surplus"
to = [{ tranche = "loan", share = 1 }, { tranche = "own_share", share = 3 }]
clause = "Schedule 3, 10"
""",
    "guarantee": """
[[guarantee]]
id = "towns_promise"
name = "The towns' promise"
guarantor = "south_town"
tranche = "loan"
share = "0.5"
takes = "first loss"
called = "at the end or on termination"
clause = "Schedule 3, 11"
""",
    "loss": """
[[loss]]
id = "homes_lost"
name = "Homes that break down"
amount = { kind = "price", price = "15", per = "day", of = "days_in_custody" }
borne_by = [
    { tranche = "loan", up_to = { kind = "fixed", amount = "10000" } },
    { tranche = "own_share" },
]
clause = "Schedule 3, 12"
""",
}
