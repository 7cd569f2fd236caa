"""Benchmark: a rate card of 23 metrics with a cap for each person and one over all, beside a plain DuckDB query.

Run ``python benchmarks/pricing.py [claims]`` (10 million if left out): both price the same columns in one run, the
totals must be equal to the minor unit, and the ratio of their times is printed, with the memory at its highest.
"""

import resource
import sys
import time
from datetime import date

import duckdb
import numpy as np

from sib.payments.facts import Facts, Outcomes
from sib.payments.payable import payable_outcomes
from sib.steps.demo import CONTRACTS
from sib.terms.contract import Contract
from sib.terms.read import parse_contract

CAPS = """
[[cap]]
id = "each_person"
name = "the cap for each person"
amount = "4000"
per = "person"
over = "all payments"
clause = "Benchmark"

[[cap]]
id = "whole"
name = "the cap over all payments"
amount = "{whole}"
over = "all payments"
clause = "Benchmark"
"""
SEED = 20261122


def card(size: int) -> Contract:
    """The care leavers' rate card, every outcome repeatable, with the two caps; both of them bind."""
    text = (CONTRACTS / "care_leavers_reboot_west" / "contract.toml").read_text(encoding="utf-8")
    text = text.replace('cohort = "care_leavers"', 'cohort = "care_leavers"\nrepeats = "without limit"', 1)
    text = text.replace('repeats = "without limit"\n\n', "\n")
    return parse_contract(text + CAPS.format(whole=600 * size)).contract


def claims(contract: Contract, size: int) -> Outcomes:
    """Random claims as columns: about four a person, over the whole term."""
    random = np.random.default_rng(SEED)
    first, last = contract.contract.starts_on.toordinal(), contract.contract.ends_on.toordinal()
    people = size // 4
    return Outcomes(
        person=random.integers(0, people, size, dtype=np.int32),
        metric=random.integers(0, len(contract.metric), size, dtype=np.int32),
        day=random.integers(first, last + 1, size, dtype=np.int32),
        group=np.full(size, -1, dtype=np.int32),
        count=np.ones(size, dtype=np.int64),
        settled=np.zeros(size, dtype=np.bool_),
        people=tuple(map(str, range(people))),
        metrics=tuple(metric.id for metric in contract.metric),
        groups=(),
    )


QUERY = """
WITH priced AS (
    SELECT person, metric, row, price, sum(price) OVER (
        PARTITION BY person ORDER BY day, metric, row ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS running
    FROM claims JOIN card USING (metric)
)
SELECT metric, CAST(sum(least(running, 400000) - least(running - price, 400000)) AS BIGINT) FROM priced GROUP BY metric
"""


def by_duckdb(contract: Contract, outcomes: Outcomes) -> dict[str, int]:
    """The same amounts by one window query; the cap over all payments cuts the last of its sums first."""
    prices = {payment.id: int(payment.amount.price[0].value * 100) for payment in contract.payments}
    card = {
        "metric": np.arange(len(outcomes.metrics), dtype=np.int32),
        "price": np.array([prices[name] for name in outcomes.metrics], dtype=np.int64),
    }
    rows = np.arange(len(outcomes), dtype=np.int64)
    columns = {"person": outcomes.person, "metric": outcomes.metric, "day": outcomes.day, "row": rows}
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.register("claims", columns)
        connection.register("card", card)
        sums = dict(connection.execute(QUERY).fetchall())
    left, paid = int(contract.cap[1].amount[0].value * 100), {}
    for code, name in enumerate(outcomes.metrics):
        paid[name] = min(sums.get(code, 0), left)
        left -= paid[name]
    return paid


def main(size: int) -> None:
    """Price both ways, compare, print."""
    contract = card(size)
    outcomes = claims(contract, size)
    facts = Facts(as_of=date(2022, 10, 31), outcomes=outcomes)
    began = time.perf_counter()
    ours = {line.payment: line.amount for line in payable_outcomes(contract, facts).payables}
    middle = time.perf_counter()
    theirs = by_duckdb(contract, outcomes)
    ended = time.perf_counter()
    if ours != theirs:
        raise SystemExit(f"not equal: {ours} and {theirs}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(
        f"{size:,} claims, seed {SEED}: equal, payment by payment, at {sum(ours.values()) / 100:,.2f}\n"
        f"sib {middle - began:.1f} s, DuckDB {ended - middle:.1f} s, ratio {(middle - began) / (ended - middle):.2f}; "
        f"at most {memory:,.0f} MB in one process\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
