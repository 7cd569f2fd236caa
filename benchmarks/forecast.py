"""Benchmark: 10,000 scenarios of 40 quarters, 30 metrics and 5 tranches, beside the same model in plain Python loops.

Run ``python benchmarks/forecast.py [scenarios] [in plain loops]`` (10,000 and 20 if left out). The plain loops take the
drawn results of the first scenarios, price each quarter claim count by claim count, cap them, and run the waterfall in
plain integers; every receipt and every tranche's flow must be equal to the minor unit. Printed are the times, their
ratio for each scenario, and the most memory used.
"""

import resource
import sys
import time

from sib.finance.forecast import Forecasted, Results, spans_of
from sib.money import split
from sib.steps.forecast import expected_of, simulated
from sib.steps.forecast_draws import BLOCK, Way, block_at_random
from sib.terms.contract import Contract
from sib.terms.read import parse_contract

METRICS, PRICE, CAP = 30, 100, 3_000_000
TRANCHES = (("a", 400_000), ("b", 300_000), ("c", 200_000), ("d", 100_000), ("e", 50_000))
WATERFALL = (("principal", {"a": 1}), ("principal", {"b": 1, "c": 1}), ("principal", {"d": 1, "e": 1}))
SURPLUS = {"a": 1, "b": 2, "c": 3, "d": 5, "e": 7}


def terms() -> Contract:
    """Thirty outcomes on the way from enrolment, each paid by count under one cap; five tranches."""
    lines = [_HEAD]
    for number in range(METRICS):
        lines.append(_METRIC.format(id=f"m{number}", price=PRICE + number))
    for name, amount in TRANCHES:
        lines.append(_TRANCHE.format(id=name, amount=amount))
    for pays, shares in (*WATERFALL, ("surplus", SURPLUS)):
        to = ", ".join(f'{{ tranche = "{name}", share = {share} }}' for name, share in shares.items())
        lines.append(f'[[waterfall]]\npays = "{pays}"\nto = [{to}]\nclause = "1"\n')
    enrolment = ", ".join(f"{{ on = {2020 + at // 4}-{1 + 3 * (at % 4):02d}-01, people = 60 }}" for at in range(24))
    lines.append(f'[forecast]\nenrolment = [{enrolment}]\nenrolment_spread = "0.15"\nenrolment_risk = "0.5"\n')
    for number in range(METRICS):
        of = f'of = "m{number - 3}"\n' if number % 10 >= 3 else ""
        more = (
            f'share = "0.{95 - number}"\nspread = "0.08"\nrisk = "0.5"\nafter_months = {number % 7}\nover_months = 6\n'
        )
        lines.append(f'[[forecast.results]]\ngives = "m{number}"\n{of}{more}')
    return parse_contract("\n".join(lines)).contract


_HEAD = f"""
format = 1
[contract]
id = "bench"
name = "Benchmark"
version = 1
currency = "GBP"
starts_on = 2020-01-01
ends_on = 2029-12-31
rounding = "half up"
summary = "Made up."
[[party]]
id = "payer"
name = "payer"
role = "outcome payer"
[[party]]
id = "provider"
name = "provider"
role = "service provider"
[[cohort]]
id = "people"
name = "people"
[defaults.metric]
unit = "outcome"
counted_from = "claims"
cohort = "people"
compared_with = {{ kind = "none", words = "nothing" }}
evidence = ["a document"]
window = {{ opens = 2020-01-01, closes = 2029-12-31 }}
clause = "1"
[[cap]]
id = "most"
name = "the most"
amount = "{CAP}"
over = "all payments"
clause = "1"
"""
_METRIC = """
[[metric]]
id = "{id}"
name = "{id}"
[[payment]]
id = "{id}"
payer = "payer"
payee = "provider"
metric = "{id}"
cap = "none"
clause = "1"
amount = {{ kind = "price", price = "{price}", per = "outcome", of = "{id}" }}
"""
_TRANCHE = """
[[tranche]]
id = "{id}"
name = "{id}"
party = "provider"
kind = "senior"
committed = "{amount}"
drawdowns = [{{ on = 2020-01-01, amount = "{amount}" }}]
"""


def in_plain_loops(results: Results, scenario: int, quarters: int) -> tuple[list[int], dict[str, list[int]]]:
    """One scenario: receipts and what each tranche has, quarter by quarter, in minor units."""
    paid, out = 0, {name: amount * 100 for name, amount in TRANCHES}
    receipts: list[int] = []
    given: dict[str, list[int]] = {name: [] for name in out}
    for quarter in range(quarters):
        left = 0
        for number in range(METRICS):
            earned = int(results.counted[f"m{number}"][quarter, scenario]) * (PRICE + number) * 100
            left += min(earned, CAP * 100 - paid - left)
        paid += left
        receipts.append(left)
        now = dict.fromkeys(out, 0)
        for _, shares in WATERFALL:
            dues = {name: out[name] for name in shares}
            within = min(left, sum(dues.values()))
            parts = split(within, list(dues.values())) if within else [0] * len(dues)
            for name, part in zip(dues, parts, strict=True):
                now[name] += part
                out[name] -= part
            left -= within
        for name, part in zip(SURPLUS, split(left, list(SURPLUS.values())), strict=True):
            now[name] += part
        for name, part in now.items():
            given[name].append(part)
    return receipts, given


def plain_rate(days: list[float], amounts: list[int]) -> float:
    """The yearly rate by halving, in plain floats."""
    low, high = -0.9999, 100.0
    for _ in range(100):
        rate = (low + high) / 2
        value = sum(amount / (1 + rate) ** year for year, amount in zip(days, amounts, strict=True))
        low, high = (rate, high) if value > 0 else (low, rate)
    return rate


def main(scenarios: int, few: int) -> None:
    """Forecast both ways, compare, print."""
    contract = terms()
    expects = expected_of(contract, scenarios=scenarios)
    spans = spans_of(contract, expects.every_months)
    began, worked = time.perf_counter(), time.process_time()
    found: Forecasted = simulated(contract, expects, spans)
    if found.flows is None:
        raise SystemExit("no tranches")
    rates = {name: found.flows.rates((name,)) for name, _ in TRANCHES}
    middle, worked = time.perf_counter(), time.process_time() - worked
    block = block_at_random(Way.of(contract, expects, spans), 0, min(BLOCK, scenarios))
    few = min(few, block.size)
    start = time.process_time()
    plain = [in_plain_loops(block, scenario, len(spans)) for scenario in range(few)]
    years = [(day - found.flows.days[0]).days / 365 for day in found.flows.days]
    for scenario, (_, given) in enumerate(plain):
        for place, (name, amount) in enumerate(TRANCHES):
            drawn = [-amount * 100 if at == place else 0 for at in range(len(TRANCHES))]
            rate = plain_rate(years, drawn + given[name])
            if abs(rate - rates[name][scenario]) > 1e-9:
                raise SystemExit(f"rates not equal: {rate} and {rates[name][scenario]}")
    plainly = time.process_time() - start
    for scenario, (receipts, given) in enumerate(plain):
        same = receipts == found.receipts[:, scenario].tolist() and all(
            given[name] == (found.flows.principal[name] + found.flows.returned[name])[scenario].tolist()
            for name in given
        )
        if not same:
            raise SystemExit("not equal")
    ours, theirs = worked / scenarios, plainly / few
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took, size = f"{middle - began:.2f} s, {worked:.2f} s of processor", f"{len(spans)} quarters x {len(TRANCHES)}"
    sys.stdout.write(
        f"{scenarios:,} scenarios x {size} tranches x {METRICS} metrics, drawn, paid, handed on, rates found: "
        f"{took}; at most {memory:,.0f} MB\n"
        f"{few:,} of them paid and handed on in plain loops, not drawn, all equal: {plainly:.2f} s of processor, "
        f"{theirs / ours:,.0f} times as long for each scenario\n"
    )


if __name__ == "__main__":
    asked = [int(word) for word in sys.argv[1:]]
    main(*(asked + [10_000, 20][len(asked) :]))
