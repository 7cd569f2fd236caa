"""arrows: a contract's forecast: what is paid by quarter and year, what tranches have of it, what moves it."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from os import cpu_count

import numpy as np
import numpy.typing as npt

from sib.errors import NotValid, Problem
from sib.finance.forecast import Forecasted, Span, joined, run, spans_of
from sib.finance.many_money import Ints
from sib.finance.payoffs import Payoff
from sib.finance.schedule import year_label
from sib.money import exponent
from sib.periods import financial_year_of
from sib.steps.forecast_draws import BLOCK, Levels, Way, block_at_random, drawn, expected, named_case, off
from sib.steps.stress_bench import Chance, average, chance
from sib.terms.base import value_on
from sib.terms.contract import Contract
from sib.terms.plan import Forecast, NamedCase
from sib.terms.simulation_words import result_words

FEW = 200
"""Scenarios whose waterfall is run one by one, where it is not simple."""
TENTH = 1.2815515655446004
"""Standard deviations to the tenth and the ninetieth percentile."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Band:
    """Amounts of all scenarios in minor units: their average, and how many in a hundred lie no higher."""

    average: int
    fifth: int
    quarter: int
    middle: int
    three_quarters: int
    ninety_fifth: int


@dataclass(frozen=True, slots=True)
class Due:
    """What is paid in one period or year."""

    label: str
    on: date
    """The day on which it is paid; of a year its last."""
    band: Band
    cases: tuple[int, ...]
    """What the named cases pay, in their order."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Yearly rates of return of all scenarios; not-a-number where there is none."""

    fifth: float
    middle: float
    ninety_fifth: float
    loses: Chance
    """How often less comes back than was paid in."""


@dataclass(frozen=True, slots=True)
class TrancheForecast:
    """What a tranche, or all of an investor's, pays in and receives; amounts in minor units."""

    name: str
    paid_in: int
    received: Band
    rates: Rates
    cases: tuple[tuple[int, float], ...]
    """What it receives, and its rate, in the named cases."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How often a step of a payment rule is reached."""

    payoff: Payoff
    share: Chance


@dataclass(frozen=True, slots=True)
class Swing:
    """What all payments come to when one thing is at its tenth and its ninetieth percentile, all else as expected."""

    what: str
    low: int
    high: int

    @property
    def width(self) -> int:
        """How much it moves."""
        return abs(self.high - self.low)


@dataclass(frozen=True, slots=True, eq=False)
class ForecastFound:
    """Everything that a forecast found."""

    contract: Contract
    forecast: Forecast
    spans: tuple[Span, ...]
    total: Band
    most: int | None
    """The most that the contract's caps let it pay, in minor units; None where they do not say."""
    at_most: Chance
    """How often all of it is paid."""
    quarters: tuple[Due, ...]
    years: tuple[Due, ...]
    so_far: tuple[Band, ...]
    """What is paid in all up to each period."""
    payers: Mapping[str, Band]
    expected: int
    cases: tuple[tuple[NamedCase, int], ...]
    tranches: tuple[TrancheForecast, ...]
    investors: tuple[TrancheForecast, ...]
    reached: tuple[Reached, ...]
    swings: tuple[Swing, ...]
    one_by_one: tuple[str, ...]
    """Why the waterfall was run scenario by scenario; empty where it was not."""
    waterfalls: int


def forecast(
    contract: Contract,
    *,
    seed: int | None = None,
    scenarios: int | None = None,
    cases: Sequence[str] | None = None,
    threads: int | None = None,
) -> ForecastFound:
    """Forecast a contract; the same seed gives the same, however many threads work on it.

    Raises NotValid where the contract has no forecast or no such case, Refused where a rule cannot be simulated.
    """
    terms = expected_of(contract, seed=seed, scenarios=scenarios)
    spans = spans_of(contract, terms.every_months)
    found = simulated(contract, terms, spans, threads)
    chosen = _chosen(terms, cases)
    ways = {months: Way.of(contract, terms, spans, months) for months in {0, *(case.months_later for case in chosen)}}
    single = [_run(ways[case.months_later], named_case(terms, case)) for case in chosen]
    base = _run(ways[0], expected(terms))
    most = contract_most(contract, spans)
    totals = found.receipts.sum(axis=0)
    return ForecastFound(
        contract=contract,
        forecast=terms,
        spans=spans,
        total=band(totals),
        most=most,
        at_most=chance(int((totals >= most).sum()) if most is not None else 0, len(totals)),
        quarters=tuple(_by_span(found, single)),
        years=tuple(_by_year(contract, found, single)),
        so_far=tuple(band(row) for row in found.receipts.cumsum(axis=0)),
        payers={name: band(rows.sum(axis=0)) for name, rows in found.payers.items()},
        expected=int(base.receipts.sum()),
        cases=tuple((case, int(each.receipts.sum())) for case, each in zip(chosen, single, strict=True)),
        tranches=tuple(_tranches(contract, found, single)),
        investors=tuple(_investors(contract, found, single)),
        reached=tuple(Reached(payoff, chance(int(rows.sum()), len(rows))) for payoff, rows in found.reached.items()),
        swings=tuple(_swings(ways[0])),
        one_by_one=found.flows.not_simple if found.flows else (),
        waterfalls=found.flows.scenarios if found.flows else 0,
    )


def expected_of(contract: Contract, *, seed: int | None = None, scenarios: int | None = None) -> Forecast:
    """What the contract expects; raises NotValid where it says nothing of it."""
    if contract.forecast is None:
        what = f"the contract {contract.contract.id} says nothing of a forecast"
        raise NotValid(Problem("forecast.nothing-said", what, "write [forecast]: sib contract reference shows one"))
    said = {key: value for key, value in {"seed": seed, "scenarios": scenarios}.items() if value is not None}
    return contract.forecast.model_copy(update=said)


def _chosen(terms: Forecast, names: Sequence[str] | None) -> list[NamedCase]:
    known = {case.id: case for case in terms.cases}
    unknown = [name for name in names or () if name not in known]
    if unknown:
        mend = f"it has: {', '.join(known) or '(none)'}"
        raise NotValid([Problem("forecast.case", f"the forecast has no case `{name}`", mend) for name in unknown])
    return [known[name] for name in (known if names is None else names)]


def simulated(
    contract: Contract, terms: Forecast, spans: Sequence[Span], threads: int | None = None, few: int = FEW
) -> Forecasted:
    """All scenarios of a forecast, block by block on several threads."""
    way = Way.of(contract, terms, spans)
    sizes = [min(BLOCK, terms.scenarios - start) for start in range(0, terms.scenarios, BLOCK)]

    def work(block: int) -> Forecasted:
        one_by_one = max(0, min(few - block * BLOCK, sizes[block]))
        return run(contract, spans, block_at_random(way, block, sizes[block]), one_by_one)

    with ThreadPoolExecutor(threads or min(8, cpu_count() or 1)) as pool:
        return joined(list(pool.map(work, range(len(sizes)))))


def _run(way: Way, levels: Levels) -> Forecasted:
    return run(way.contract, way.spans, drawn(way, levels), levels.size)


def band(amounts: Ints) -> Band:
    """The average of amounts, and some of their percentiles, each an amount that happened."""
    found = np.quantile(amounts, (0.05, 0.25, 0.5, 0.75, 0.95), method="inverted_cdf").tolist()
    return Band(average(amounts), *(int(each) for each in found))


def contract_most(contract: Contract, spans: Sequence[Span]) -> int | None:
    """The most that caps let a contract pay over its life, in minor units; None where they do not say.

    Counted are caps over all payments for the contract's life or its year, and the payments' own.
    """
    day, scale = spans[-1].ends, 10 ** exponent(contract.contract.currency)
    years = {financial_year_of(span.ends, contract.contract.year_starts_in) for span in spans}
    found: list[Fraction] = []
    own = [value_on(payment.cap, day) for payment in contract.payments]
    if own and all(cap is not None for cap in own):
        found.append(sum((cap for cap in own if cap is not None), Fraction(0)))
    for cap in contract.cap:
        amount = value_on(cap.amount, day)
        if amount is not None and cap.payer is None and _over_all(contract, cap.over):
            times = {"contract": 1, "year": len(years), "statement": len(spans)}.get(cap.per)
            found += [amount * times] if times else []
    return int(min(found) * scale) if found else None


def _over_all(contract: Contract, over: object) -> bool:
    every = {payment.id for payment in contract.payments}
    return over == "all payments" or (isinstance(over, tuple) and every <= set(over))


def _by_span(found: Forecasted, single: Sequence[Forecasted]) -> list[Due]:
    rows, each = found.receipts, [case.receipts for case in single]
    return [
        Due(span.id, span.paid_on, band(rows[place]), tuple(int(case[place, 0]) for case in each))
        for place, span in enumerate(found.spans)
    ]


def _by_year(contract: Contract, found: Forecasted, single: Sequence[Forecasted]) -> list[Due]:
    """By the year of the contract in which money is paid, not earned."""
    first_month = contract.contract.year_starts_in
    years: dict[date, list[int]] = {}
    for place, span in enumerate(found.spans):
        years.setdefault(financial_year_of(span.paid_on, first_month).end, []).append(place)
    rows, each = found.receipts, [case.receipts for case in single]
    return [
        Due(
            year_label(end, first_month),
            end,
            band(rows[places].sum(axis=0)),
            tuple(int(case[places, 0].sum()) for case in each),
        )
        for end, places in sorted(years.items())
    ]


def _tranches(contract: Contract, found: Forecasted, single: Sequence[Forecasted]) -> list[TrancheForecast]:
    return [_tranche(tranche.id, (tranche.id,), found, single) for tranche in contract.tranche]


def _investors(contract: Contract, found: Forecasted, single: Sequence[Forecasted]) -> list[TrancheForecast]:
    return [_tranche(party, names, found, single) for party, names in investors_of(contract).items()]


def investors_of(contract: Contract) -> Mapping[str, tuple[str, ...]]:
    """By party whose money is drawn, all its tranches."""
    owned: dict[str, tuple[str, ...]] = {}
    for tranche in contract.tranche:
        if tranche.drawdowns:
            owned[tranche.party] = (*owned.get(tranche.party, ()), tranche.id)
    return owned


def median_rate(found: Forecasted, tranches: tuple[str, ...]) -> float:
    """The median of some tranches' yearly rate together; not-a-number where there is none in any scenario."""
    rates = _of(found, tranches)[2]
    known = rates[~np.isnan(rates)]
    return float(np.median(known)) if len(known) else float("nan")


def _tranche(name: str, tranches: tuple[str, ...], found: Forecasted, single: Sequence[Forecasted]) -> TrancheForecast:
    paid_in, received, rates = _of(found, tranches)
    known = rates[~np.isnan(rates)]
    low, middle, high = np.quantile(known, (0.05, 0.5, 0.95)) if len(known) else (np.nan,) * 3
    alone = [_of(case, tranches) for case in single]
    return TrancheForecast(
        name,
        paid_in,
        band(received),
        Rates(float(low), float(middle), float(high), chance(int((received < paid_in).sum()), len(received))),
        tuple((int(each[1][0]), float(each[2][0])) for each in alone),
    )


def _of(found: Forecasted, tranches: tuple[str, ...]) -> tuple[int, Ints, Floats]:
    """What some tranches pay in, receive in each scenario, and their rates together."""
    flows = found.flows
    if flows is None:
        raise ValueError("a contract without tranches has no flows of theirs")
    received = sum(
        (flows.principal[name].sum(axis=1) + flows.returned[name].sum(axis=1) for name in tranches),
        np.zeros(flows.scenarios, dtype=np.int64),
    )
    drawn_days = len(flows.days) - len(found.spans)
    paid_in = -sum(int(flows.net[name][0, :drawn_days].sum()) for name in tranches)
    return paid_in, received, flows.rates(tranches)


def _swings(way: Way) -> list[Swing]:
    """One thing at a time at its tenth and ninetieth percentile, widest first; what does not move is left out."""
    named = [("", "people who begin", way.forecast.enrolment_spread)]
    named += [(each.gives, result_words(way.contract, each.gives), each.spread) for each in way.forecast.results]
    able = [(key, words) for key, words, spread in named if spread]
    if not able:
        return []
    size = 2 * len(able)
    moved = {key: np.zeros(size) for key, _ in able}
    for place, (key, _) in enumerate(able):
        moved[key][2 * place : 2 * place + 2] = (-TENTH, TENTH)
    totals = run(way.contract, way.spans, drawn(way, off(way.forecast, moved)), 0).receipts.sum(axis=0)
    swings = [Swing(words, int(totals[2 * at]), int(totals[2 * at + 1])) for at, (_, words) in enumerate(able)]
    return sorted((swing for swing in swings if swing.width), key=lambda swing: -swing.width)
