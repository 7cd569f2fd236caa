"""Benchmark: Peterborough stressed with simulated cohorts, beside the exact engine pricing some of them one by one.

Run ``python benchmarks/stress.py [cohorts] [priced one by one]`` (100,000 and 500 if left out): both draw the same
cohorts from the same seed in one run, every payment must be equal to the minor unit, and the ratio of the times for
each cohort is printed, then the time of the whole stress test (every effect, jumps, persons) at one and two threads.
"""

import resource
import sys
import time
from fractions import Fraction

from sib.payments.facts import Facts, Measured
from sib.payments.many import Floats
from sib.payments.payable import payable_outcomes
from sib.steps.demo import CONTRACTS
from sib.steps.stress import stress
from sib.steps.stress_bench import Bench, bench
from sib.steps.stress_draws import BLOCK, results
from sib.terms.read import read_contract
from sib.terms.walk import unit_of

DECIMALS = 9
"""To which a drawn result is written down for the exact engine: finer than any of its counts of events."""


def one_by_one(ready: Bench, columns: dict[str, Floats], many: int) -> list[int]:
    """The first cohorts through the exact engine, in plain Python."""
    units = {name: unit_of(ready.contract, name) or "" for name in columns}
    paid = []
    for place in range(many):
        given = {
            name: Measured(Fraction(f"{column[place]:.{DECIMALS}f}"), units[name]) for name, column in columns.items()
        }
        paid.append(payable_outcomes(ready.contract, Facts(ready.as_of, quantities=given)).total)
    return paid


def main(cohorts: int, few: int) -> None:
    """Draw and pay both ways, compare, print."""
    contract = read_contract(CONTRACTS / "peterborough" / "contract.toml").contract
    ready = bench(contract, seed=None, cohorts=cohorts, threads=2)
    effect = ready.simulation.target
    began = time.perf_counter()
    paid, _ = ready.drawn(effect)
    middle = time.perf_counter()
    exact = one_by_one(
        ready, results(contract, ready.simulation.draws, ready.arms(effect, 0)), min(few, BLOCK, cohorts)
    )
    ended = time.perf_counter()
    if exact != paid[: len(exact)].tolist():
        raise SystemExit("not equal")
    ours, theirs = (middle - began) / cohorts, (ended - middle) / len(exact)
    whole = []
    for threads in (1, 2):
        start = time.perf_counter()
        stress(contract, cohorts=cohorts, threads=threads)
        whole.append(time.perf_counter() - start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(
        f"{cohorts:,} cohorts drawn and paid in {middle - began:.2f} s; {len(exact):,} of them, one by one through the "
        f"exact engine, equal in {ended - middle:.2f} s: {theirs / ours:,.0f} times as long for each cohort\n"
        f"the whole stress test, {cohorts:,} cohorts for each of {len(ready.effects)} effects: {whole[0]:.1f} s on one "
        f"thread, {whole[1]:.1f} s on two; at most {memory:,.0f} MB\n"
    )


if __name__ == "__main__":
    asked = [int(word) for word in sys.argv[1:]]
    main(*(asked + [100_000, 500][len(asked) :]))
