"""finance: results of scenarios settled period by period, beside the exact engine run scenario by scenario."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from sib.errors import Refused
from sib.finance.forecast import Forecasted, Results, joined, run, spans_of
from sib.finance.position import PastFlow
from sib.finance.waterfall import distribute
from sib.payments.facts import Facts, Measured
from sib.payments.payable import payable_outcomes
from sib.payments.payers import shared
from sib.periods import financial_year_of
from sib.terms.contract import Contract
from sib.xirr import xirr
from tests.finance.deals import INTEREST, step, tranche
from tests.payments.small import JOBS, SCORE, contract, metric, pay, price

DRAWN = [{"on": date(2020, 1, 10), "amount": "300"}, {"on": date(2021, 2, 1), "amount": "200"}]
LATE = [{"on": date(2025, 1, 1), "amount": "1"}]
SENIOR = tranche("senior", drawdowns=DRAWN)
OWN = tranche("own", party="first", drawdowns=LATE)
HOMES = metric("homes")
TABLE = {
    "kind": "table",
    "of": "score",
    "per": "point",
    "shape": "step",
    "boundary": "lower bound inclusive",
    "below": "0",
    "rows": [{"from": "5", "amount": "100"}, {"from": "9", "amount": "250"}],
}
BANDS = {
    "kind": "marginal bands",
    "of": "homes",
    "per": "outcome",
    "bands": [{"up_to": "4", "price": "7"}, {"price": "3"}],
}
GATE = {"kind": "compare", "quantity": "homes", "is": "more than", "value": "6"}
BONUS = {
    "kind": "when",
    "condition": "enough",
    "then": {"kind": "fixed", "amount": "11"},
    "otherwise": {"kind": "fixed", "amount": "0"},
}
SHARES = [{"payer": "first", "share": "2"}, {"payer": "second", "share": "1"}]
ORDER = [{"payer": "second", "up_to": "60"}, {"payer": "first"}]


def bond(*payments: Mapping[str, Any], **parts: Any) -> Contract:
    given = payments or (
        pay(price(), payers=SHARES),
        pay(TABLE, "q", "score", settles="in total", payers=ORDER),
        pay(BANDS, "r", "homes"),
        pay(BONUS, "s", "homes", settles="each period"),
    )
    cap = {"id": "most", "name": "most", "amount": "150", "per": "year", "over": ["p", "q"], "clause": "1"}
    asked = {
        "tranche": [SENIOR, OWN],
        "waterfall": [step("principal"), step("surplus", {"senior": "1", "own": "3"})],
        "cap": [cap],
        "condition": {"enough": GATE},
        **parts,
    }
    return contract(*given, metrics=(JOBS, SCORE, HOMES), **asked)


def results(periods: int = 6, size: int = 5) -> Results:
    chance = np.random.default_rng(5)
    score = np.full((periods, size), np.nan)
    score[2] = [3.0, 5.0, 8.9, 9.0, 12.0]
    score[4] = [5.5, 4.0, 9.5, np.nan, 12.0]
    return Results(
        {"jobs": chance.integers(0, 9, (periods, size)) + 0.0, "homes": chance.integers(0, 9, (periods, size)) + 0.0},
        {"score": score},
    )


def test_periods_are_the_settlements_or_parts_of_the_term() -> None:
    spans = spans_of(bond(), 6)
    assert [span.id for span in spans][:2] == ["2020-01-01..2020-06-30", "2020-07-01..2020-12-31"]
    assert spans[0].paid_on == date(2020, 7, 30), "30 days after the end of June, every day a business day"
    settled = [{"id": "one", "starts_on": date(2020, 1, 1), "ends_on": date(2020, 3, 31)}]
    (only,) = spans_of(bond(settlement=settled), 6)
    assert (only.id, only.paid_on) == ("one", date(2020, 4, 30))


def exactly(terms: Contract, found: Forecasted, scenario: int, columns: list[dict[str, float]]) -> None:
    """Settle one scenario with the exact engine, and compare every figure."""
    paid: dict[str, int] = {}
    years: dict[date, dict[str, int]] = {}
    flows, out = [], {"senior": 0, "own": 0}
    ahead = [(each["on"], int(float(each["amount"]) * 100)) for each in DRAWN]
    for place, span in enumerate(found.spans):
        year = years.setdefault(financial_year_of(span.ends).end, {})
        known = {name: value for name, value in columns[place].items() if not np.isnan(value)}
        units = {"score": "point"}
        given = {name: Measured(Fraction(value), units.get(name, "outcome")) for name, value in known.items()}
        facts = Facts(span.ends, quantities=given, paid_before=dict(paid), paid_this_year=dict(year))
        owed = payable_outcomes(terms, facts)
        by_payer = {"first": 0, "second": 0}
        for line in owed.payables:
            assert found.payments[line.payment][place, scenario] == line.amount, (line, place)
            for payer, part in shared(terms, facts, terms.the_payment(line.payment), line.amount)[0]:
                by_payer[payer] += part
            paid[line.payment] = paid.get(line.payment, 0) + line.amount
            year[line.payment] = year.get(line.payment, 0) + line.amount
        for payer, amount in by_payer.items():
            assert found.payers[payer][place, scenario] == amount, (payer, place)
        while ahead and ahead[0][0] <= span.paid_on:
            on, amount = ahead.pop(0)
            out["senior"] += amount
            flows.append(PastFlow("senior", on, amount))
        assert found.flows is not None
        for share in distribute(terms, owed.total, out, as_of=span.paid_on, flows=flows).tranches:
            assert found.flows.principal[share.tranche][scenario, place] == share.principal
            assert found.flows.returned[share.tranche][scenario, place] == share.returned
            out[share.tranche] -= share.principal


def test_every_figure_of_every_scenario_is_that_of_the_exact_engine() -> None:
    terms, given = bond(), results()
    spans = spans_of(terms, 6)
    found = run(terms, spans, given)
    latest = given.measured["score"].copy()
    for place in range(1, 6):
        latest[place] = np.where(np.isnan(latest[place]), latest[place - 1], latest[place])
    for scenario in range(given.size):
        columns = [
            {**{name: rows[place, scenario] for name, rows in given.counted.items()}, "score": latest[place, scenario]}
            for place in range(6)
        ]
        exactly(terms, found, scenario, columns)
    assert found.receipts.tolist() == sum(found.payments.values()).tolist()


def test_rates_are_those_of_each_scenario_and_late_drawdowns_are_left_out() -> None:
    terms = bond()
    flows = run(terms, spans_of(terms, 6), results()).flows
    assert flows is not None
    assert flows.days[:2] == (date(2020, 1, 10), date(2021, 2, 1)), "that of 2025 comes after the last payment"
    for scenario, rate in enumerate(flows.rates(["senior"])):
        known = xirr(list(zip(flows.days, flows.net["senior"][scenario].tolist(), strict=True))).rate
        assert rate == pytest.approx(known, abs=1e-9)


def test_steps_of_rules_and_who_reaches_them() -> None:
    terms, given = bond(), results()
    found = run(terms, spans_of(terms, 6), given).reached
    steps = {
        (each.payment, str(each.of), int(each.from_), each.inclusive): rows.tolist() for each, rows in found.items()
    }
    assert steps["q", "score", 5, True] == [True, True, True, True, True], "the first in its second measurement"
    assert steps["q", "score", 9, True] == [False, False, True, True, True]
    most = given.counted["homes"].max(axis=0)
    assert steps["r", "homes", 4, False] == (most > 4).tolist()
    assert steps["s", "homes", 6, False] == (most > 6).tolist()
    assert len(steps) == 4


def test_blocks_joined_are_the_whole() -> None:
    terms, given = bond(), results()
    spans = spans_of(terms, 6)

    def part(columns: slice) -> Results:
        return Results(
            {name: rows[:, columns] for name, rows in given.counted.items()},
            {name: rows[:, columns] for name, rows in given.measured.items()},
        )

    whole, parts = (
        run(terms, spans, given),
        [run(terms, spans, part(slice(0, 2))), run(terms, spans, part(slice(2, 5)))],
    )
    both = joined(parts)
    assert both.receipts.tolist() == whole.receipts.tolist()
    assert {k: v.tolist() for k, v in both.reached.items()} == {k: v.tolist() for k, v in whole.reached.items()}
    assert both.flows is not None
    assert whole.flows is not None
    assert both.flows.net["senior"].tolist() == whole.flows.net["senior"].tolist()
    assert both.flows.scenarios == 5
    bare = bond(tranche=[], waterfall=[])
    assert joined([run(bare, spans, given)]).flows is None


def test_a_result_read_in_both_ways_is_refused() -> None:
    terms = bond(pay(price()), pay({"kind": "share", "of": price(), "share": "0.5"}, "q", settles="in total"), cap=[])
    with pytest.raises(Refused, match="settle each period and by others that settle in total"):
        run(terms, spans_of(terms, 6), results())


def test_people_rules_count_what_they_are_given() -> None:
    count = {"kind": "count", "metric": "jobs"}
    terms = bond(pay(price(of=count), settles="in total"), cap=[])
    given = results()
    found = run(terms, spans_of(terms, 6), given)
    assert found.receipts.sum(axis=0).tolist() == (given.counted["jobs"].sum(axis=0) * 1000).tolist(), "10 pounds each"


def test_a_limit_on_one_payer_hides_who_pays() -> None:
    cap = {"id": "mine", "name": "mine", "amount": "100", "over": "all payments", "payer": "first", "clause": "1"}
    terms = bond(pay(price(), payers=SHARES), cap=[cap])
    assert run(terms, spans_of(terms, 6), results()).payers == {}


def test_what_is_paid_back_is_shared_as_the_exact_engine_shares_it() -> None:
    less = {"kind": "difference", "of": price("homes"), "less": price("jobs")}
    terms = bond(pay(less, both_ways=True, payers=SHARES), pay(less, "q", both_ways=True, payers=ORDER), cap=[])
    given = results()
    found = run(terms, spans_of(terms, 6), given)
    assert (found.receipts < 0).any()
    for scenario in range(given.size):
        paid = {"p": 0, "q": 0}
        for place, span in enumerate(found.spans):
            facts = Facts(span.ends, paid_before=dict(paid))
            totals = {"first": 0, "second": 0}
            for name in paid:
                amount = int(found.payments[name][place, scenario])
                for payer, part in shared(terms, facts, terms.the_payment(name), amount)[0]:
                    totals[payer] += part
                paid[name] += amount
            assert {payer: int(rows[place, scenario]) for payer, rows in found.payers.items()} == totals


def test_other_waterfalls_go_one_by_one() -> None:
    loan = tranche("senior", drawdowns=DRAWN, interest=INTEREST)
    promise = {
        "id": "promise",
        "name": "Promise",
        "guarantor": "first",
        "tranche": "senior",
        "share": "0.5",
        "takes": "first loss",
        "called": "at the end",
        "clause": "1",
    }
    steps = [step("interest", id="i"), step("principal", id="b"), step("surplus", {"own": "1"}, id="c")]
    terms = bond(pay(price("jobs", "9")), cap=[], tranche=[loan, OWN], waterfall=steps, guarantee=[promise])
    spans, given = spans_of(terms, 6), results()
    found = run(terms, spans, given, few=3)
    flows = found.flows
    assert flows is not None
    assert (flows.scenarios, flows.not_simple) == (3, ("step 1 (1): interest", "guarantees"))
    for scenario in range(3):
        past = [PastFlow("senior", each["on"], int(float(each["amount"]) * 100)) for each in DRAWN]
        for place, span in enumerate(spans):
            before = [flow for flow in past if flow.on <= span.paid_on]
            out = {"senior": sum(flow.paid_in - flow.principal for flow in before), "own": 0}
            receipt = int(found.receipts[place, scenario])
            ended: Any = "full term" if place == 5 else None
            exact = distribute(terms, receipt, out, as_of=span.paid_on, flows=before, ended=ended)
            promised = sum(call.amount for call in exact.guarantees)
            principal, returned = (exact.tranches[0].principal + promised, exact.tranches[0].returned)
            assert flows.principal["senior"][scenario, place] == principal
            assert flows.returned["senior"][scenario, place] == returned
            assert flows.returned["own"][scenario, place] == exact.tranches[1].returned
            past += [
                PastFlow(part.tranche, span.paid_on, 0, *_both(part.kind, part.amount), part.step)
                for part in exact.parts
            ]
    assert run(terms, spans, given, few=0).flows.rates(["senior"]).tolist() == []  # type: ignore[union-attr]


def _both(kind: str, amount: int) -> tuple[int, int]:
    return (amount, 0) if kind == "principal" else (0, amount)


def test_a_named_rule_used_twice_is_looked_at_once() -> None:
    both = {"kind": "sum", "of": ["jobs", "homes"]}
    gate = {"kind": "when", "condition": "enough", "then": price("both"), "otherwise": price("both", "1")}
    amount = {"kind": "sum", "of": [gate, gate]}
    terms = bond(pay(amount, settles="in total"), cap=[], quantity={"both": both})
    given = results()
    found = run(terms, spans_of(terms, 6), given)
    homes, jobs = (given.counted[name].sum(axis=0) for name in ("homes", "jobs"))
    each = np.where(homes > 6, 10, 1) * (homes + jobs)
    assert found.receipts.sum(axis=0).tolist() == (2 * 100 * each).tolist()
    assert [int(payoff.from_) for payoff in found.reached] == [6]
