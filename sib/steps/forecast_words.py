"""arrows: what a forecast found, for people and for machines."""

from collections.abc import Iterator
from math import isnan
from typing import Any

from sib.money import decimal_text, exponent, major, show
from sib.steps.forecast import Band, Due, ForecastFound, Reached, TrancheForecast
from sib.steps.stress_bench import Chance
from sib.steps.stress_words import per_cent
from sib.terms.contract import Contract
from sib.terms.sentences import Speaker, listed, plural
from sib.terms.walk import unit_of

Row = tuple[str, ...]


def amount(contract: Contract, minor: int) -> str:
    """An amount to the whole unit of money, without the currency: forecast figures are not good to a penny."""
    scale = 10 ** exponent(contract.contract.currency)
    return show(round(minor / scale) * scale, contract.contract.currency).partition(" ")[2].partition(".")[0]


def rate(value: float) -> str:
    """A yearly rate to a tenth of a per cent."""
    return "none" if isnan(value) else f"{value * 100 + 0.0:.1f} %"


def finding(found: ForecastFound) -> str:
    """The finding in one sentence."""
    contract, total = found.contract, found.total
    said = (
        f"Half of {found.forecast.scenarios:,} scenarios pay {contract.contract.currency} "
        f"{amount(contract, total.middle)} or less, "
        f"nine in ten from {amount(contract, total.fifth)} to {amount(contract, total.ninety_fifth)}"
    )
    if found.most is None:
        return f"{said}; no cap says how much it may be at most"
    return (
        f"{said}, of at most {amount(contract, found.most)}, which is reached in {per_cent(float(found.at_most.share))}"
    )


def in_words(found: ForecastFound) -> str:
    """The answer of ``sib contract forecast`` for people."""
    header, terms = found.contract.contract, found.forecast
    names = [case.id for case, _ in found.cases]
    lines = [
        f"{header.name}, version {header.version}: {_paid(found)}",
        f"{terms.scenarios:,} scenarios drawn, seed {terms.seed}; amounts in {header.currency}",
        "",
        f"{finding(found)}.",
        "",
        *_table(("what is paid", *_BAND, *names), _due(found)),
        "",
    ]
    if found.tranches:
        lines += [*_table(("who", "pays in", *_BAND, *names), _received(found)), ""]
        lines += [*_table(("yearly return of", *_RATE, "loses money", *names), _rates(found)), ""]
    if found.reached:
        lines += [*_table(("step of a rule", "reached in", "95 % interval"), _reached(found)), ""]
    return "\n".join([*lines, *notes(found)])


def _paid(found: ForecastFound) -> str:
    first, last = found.spans[0].paid_on, found.spans[-1].paid_on
    if len(found.spans) == 1:
        return f"one period, paid on {last.isoformat()}"
    return f"{len(found.spans)} periods, paid from {first.isoformat()} to {last.isoformat()}"


_BAND = ("average", "5 % at most", "half at most", "95 % at most")
_RATE = ("5 % at most", "half at most", "95 % at most")


def _table(heads: Row, rows: Iterator[Row]) -> Iterator[str]:
    """A table whose figures stand under each other."""
    table = [heads, *rows]
    widths = [max(len(row[place]) for row in table) for place in range(len(heads))]
    for first, *cells in table:
        yield " | ".join([first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(cells, widths[1:], strict=True))])


def _band(contract: Contract, band: Band) -> Row:
    return tuple(amount(contract, each) for each in (band.average, band.fifth, band.middle, band.ninety_fifth))


def _due(found: ForecastFound) -> Iterator[Row]:
    contract = found.contract
    for each in found.quarters:
        yield each.label, *_band(contract, each.band), *(amount(contract, case) for case in each.cases)
    for each in found.years:
        yield f"year {each.label}", *_band(contract, each.band), *(amount(contract, case) for case in each.cases)
    yield "in all", *_band(contract, found.total), *(amount(contract, total) for _, total in found.cases)
    for name, band in found.payers.items() if len(found.payers) > 1 else ():
        yield f"by {name}", *_band(contract, band), *("" for _ in found.cases)


def _received(found: ForecastFound) -> Iterator[Row]:
    for each in _all(found):
        cases = (amount(found.contract, received) for received, _ in each.cases)
        yield each.name, amount(found.contract, each.paid_in), *_band(found.contract, each.received), *cases


def _all(found: ForecastFound) -> tuple[TrancheForecast, ...]:
    """Tranches, then investors who have several."""
    several = [each for each in found.investors if sum(t.party == each.name for t in found.contract.tranche) > 1]
    return (*found.tranches, *several)


def _rates(found: ForecastFound) -> Iterator[Row]:
    for each in _all(found):
        if each.paid_in:
            shown = (each.rates.fifth, each.rates.middle, each.rates.ninety_fifth)
            loses = per_cent(float(each.rates.loses.share))
            yield each.name, *(rate(value) for value in shown), loses, *(rate(value) for _, value in each.cases)


def _reached(found: ForecastFound) -> Iterator[Row]:
    for each in found.reached:
        share = each.share
        yield (
            payoff_words(found.contract, each),
            per_cent(float(share.share)),
            f"{per_cent(share.low)} to {per_cent(share.high)}",
        )


def payoff_words(contract: Contract, each: Reached) -> str:
    """A step of a rule: whose, of what, from where."""
    payoff = each.payoff
    unit = plural(unit_of(contract, payoff.of) or "", payoff.from_)
    what = Speaker(contract).say("quantity", payoff.of)
    beyond = "" if payoff.inclusive else "more than "
    return f"{payoff.payment}: {what} {beyond}{decimal_text(payoff.from_)} {unit}"


def notes(found: ForecastFound) -> Iterator[str]:
    """What moves it most, how the waterfall was run, what is invented."""
    contract = found.contract
    if found.swings:
        yield (
            f"What moves it most, one thing at a time at its tenth and its ninetieth percentile, all else as expected "
            f"({amount(contract, found.expected)} in all):"
        )
        for swing in found.swings:
            yield f"  {swing.what}: {amount(contract, swing.low)} to {amount(contract, swing.high)}"
    if found.one_by_one:
        why = listed(list(found.one_by_one), "and")
        yield (
            f"The tranches' figures rest on the first {found.waterfalls:,} scenarios: their waterfall is run one by "
            f"one, for it has more than principal and shares of what is left ({why})."
        )
    if found.forecast.illustrative:
        yield f"Invented is: {found.forecast.illustrative}"


def as_dict(found: ForecastFound) -> dict[str, Any]:
    """The answer of ``sib contract forecast --json``: amounts as decimal text in major units, shares from 0 to 1."""
    header, currency = found.contract.contract, found.contract.contract.currency
    names = [case.id for case, _ in found.cases]
    return {
        "contract": header.id,
        "version": header.version,
        "currency": currency,
        "scenarios": found.forecast.scenarios,
        "seed": found.forecast.seed,
        "finding": finding(found),
        "total": _band_dict(currency, found.total),
        "as_expected": major(found.expected, currency),
        "most": None if found.most is None else major(found.most, currency),
        "reaches_most": None if found.most is None else _chance(found.at_most),
        "periods": [_due_dict(currency, each, names) for each in found.quarters],
        "years": [_due_dict(currency, each, names) for each in found.years],
        "payers": {name: _band_dict(currency, band) for name, band in found.payers.items()},
        "cases": {case.id: {"name": case.name, "total": major(total, currency)} for case, total in found.cases},
        "tranches": {each.name: _tranche(currency, each, names) for each in found.tranches},
        "investors": {each.name: _tranche(currency, each, names) for each in found.investors},
        "waterfall_scenarios": found.waterfalls,
        "steps": [
            {
                "payment": each.payoff.payment,
                "step": payoff_words(found.contract, each),
                "from": decimal_text(each.payoff.from_),
                "reached": _chance(each.share),
            }
            for each in found.reached
        ],
        "moves_most": [
            {"what": each.what, "low": major(each.low, currency), "high": major(each.high, currency)}
            for each in found.swings
        ],
        "notes": list(notes(found)),
    }


def _band_dict(currency: str, band: Band) -> dict[str, str]:
    names = ("average", "fifth", "quarter", "middle", "three_quarters", "ninety_fifth")
    return {name: major(getattr(band, name), currency) for name in names}


def _due_dict(currency: str, each: Due, names: list[str]) -> dict[str, Any]:
    cases = {name: major(amount, currency) for name, amount in zip(names, each.cases, strict=True)}
    return {"id": each.label, "on": each.on.isoformat(), **_band_dict(currency, each.band), "cases": cases}


def _tranche(currency: str, each: TrancheForecast, names: list[str]) -> dict[str, Any]:
    rates = each.rates
    return {
        "paid_in": major(each.paid_in, currency),
        "received": _band_dict(currency, each.received),
        "rate": {name: _known(getattr(rates, name)) for name in ("fifth", "middle", "ninety_fifth")},
        "loses": _chance(rates.loses),
        "cases": {
            name: {"received": major(received, currency), "rate": _known(value)}
            for name, (received, value) in zip(names, each.cases, strict=True)
        },
    }


def _chance(chance: Chance) -> dict[str, float]:
    return {"share": float(chance.share), "low": chance.low, "high": chance.high}


def _known(value: float) -> float | None:
    return None if isnan(value) else value
