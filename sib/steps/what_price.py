"""arrows: which price pays a tranche so much a year with such a probability, and what that price depends on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from sib.errors import Problem, Refused
from sib.finance.forecast import Results, Span, run, spans_of
from sib.money import decimal_text, exponent
from sib.payments.many import Floats
from sib.steps.forecast import FEW, expected_of
from sib.steps.forecast_draws import BLOCK, Way, block_at_random
from sib.steps.stress_bench import Chance, chance
from sib.steps.stress_words import per_cent
from sib.steps.what_if import with_changes
from sib.terms.contract import Contract
from sib.terms.plan import Forecast
from sib.terms.read import Agreed

_BEYOND = 64
"""Prices are looked for from nought to so many times today's."""


@dataclass(frozen=True, slots=True)
class Priced:
    """A price, and how often it pays what is asked."""

    price: Fraction
    reaches: Chance


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The price if something else were asked, or if it came otherwise; None where no price does it."""

    what: str
    price: Fraction | None


@dataclass(frozen=True, slots=True)
class WhatPrice:
    """The price that pays a tranche a yearly rate with a probability, and what it depends on."""

    contract: Contract
    payment: str
    tranche: str
    rate: Fraction
    probability: Fraction
    today: Priced
    found: Priced | None
    """None where no price up to sixty-four times today's does it."""
    sensitivity: tuple[Sensitivity, ...]
    scenarios: int

    def as_dict(self) -> dict[str, Any]:
        """The answer of ``sib contract what-price --json``."""
        return {
            "contract": self.contract.contract.id,
            "currency": self.contract.contract.currency,
            "payment": self.payment,
            "tranche": self.tranche,
            "rate": decimal_text(self.rate),
            "probability": decimal_text(self.probability),
            "scenarios": self.scenarios,
            "today": _as_dict(self.today),
            "price": None if self.found is None else _as_dict(self.found),
            "sensitivity": [
                {"if": each.what, "price": None if each.price is None else decimal_text(each.price)}
                for each in self.sensitivity
            ],
        }


def _as_dict(priced: Priced) -> dict[str, Any]:
    reaches = priced.reaches
    share = {"share": float(reaches.share), "low": reaches.low, "high": reaches.high}
    return {"price": decimal_text(priced.price), "reaches": share}


@dataclass(frozen=True, slots=True)
class _Bench:
    """Results drawn once, and the contract at any price."""

    agreed: Agreed
    payment: str
    tranche: str
    spans: tuple[Span, ...]
    blocks: tuple[Results, ...]

    def rates(self, price: Fraction) -> Floats:
        """The tranche's yearly rate in every scenario; all lost where there is none."""
        contract = with_changes(self.agreed, [f'{self.payment}.price="{decimal_text(price)}"'])
        found = []
        for number, block in enumerate(self.blocks):
            # a waterfall that is run one by one takes the first scenarios only
            flows = run(contract, self.spans, block, FEW if number == 0 else 0).flows
            found.append(flows.rates((self.tranche,)) if flows is not None else np.zeros(0))
        return np.nan_to_num(np.concatenate(found), nan=-1.0)

    def reaches(self, price: Fraction, rate: Fraction) -> Chance:
        """How often the tranche has the rate at a price."""
        rates = self.rates(price)
        return chance(int((rates >= float(rate)).sum()), len(rates))


def what_price(
    agreed: Agreed,
    payment: str,
    tranche: str,
    rate: Fraction,
    probability: Fraction,
    *,
    scenarios: int | None = None,
    seed: int | None = None,
) -> WhatPrice:
    """Find the price of a payment; every price is tried on the same scenarios, so that they differ by it alone.

    Raises Refused where the payment has no single price or the tranche pays nothing in, NotValid for other mistakes.
    """
    contract = agreed.contract
    terms = expected_of(contract, seed=seed, scenarios=min(2000, scenarios or 2000))
    today = _today(contract, payment)
    if not any(each.id == tranche and each.drawdowns for each in contract.tranche):
        drawn = ", ".join(each.id for each in contract.tranche if each.drawdowns) or "(none)"
        what = f"no tranche `{tranche}` pays anything in, so it has no rate of return"
        raise Refused(Problem("what-price.tranche", what, f"write one of: {drawn}"))
    bench = _bench(agreed, payment, tranche, terms)
    step = Fraction(1, 10 ** exponent(contract.contract.currency))
    price = _least(bench, rate, probability, today, step)
    return WhatPrice(
        contract,
        payment,
        tranche,
        rate,
        probability,
        Priced(today, bench.reaches(today, rate)),
        None if price is None else Priced(price, bench.reaches(price, rate)),
        tuple(_sensitivity(agreed, bench, terms, rate, probability, today, step)),
        sum(block.size for block in bench.blocks),
    )


def _bench(agreed: Agreed, payment: str, tranche: str, terms: Forecast) -> _Bench:
    spans = spans_of(agreed.contract, terms.every_months)
    way = Way.of(agreed.contract, terms, spans)
    sizes = [min(BLOCK, terms.scenarios - start) for start in range(0, terms.scenarios, BLOCK)]
    return _Bench(agreed, payment, tranche, spans, tuple(block_at_random(way, at, n) for at, n in enumerate(sizes)))


def _today(contract: Contract, payment: str) -> Fraction:
    """The last price of a payment."""
    found = next((each for each in contract.payments if each.id == payment), None)
    prices = getattr(found.amount, "prices", None) if found is not None else None
    if found is None or getattr(found.amount, "kind", None) != "price" or not prices:
        able = [each.id for each in contract.payments if getattr(each.amount, "kind", None) == "price"]
        what = f"no payment `{payment}` has a single price" if found else f"no payment is called `{payment}`"
        raise Refused(Problem("what-price.payment", what, f"write one of: {', '.join(able) or '(none)'}"))
    return Fraction(prices[-1].value)


def _least(bench: _Bench, rate: Fraction, probability: Fraction, today: Fraction, step: Fraction) -> Fraction | None:
    """The least price, to the minor unit, that reaches the rate often enough; by halving."""

    def enough(price: Fraction) -> bool:
        return bench.reaches(price, rate).share >= probability

    return least_price(enough, today, step)


def least_price(enough: Callable[[Fraction], bool], today: Fraction, step: Fraction) -> Fraction | None:
    """The least multiple of ``step`` at which something holds that holds at every higher price; None if at none."""
    high = max(1, int(max(today, step) / step))
    most = high * _BEYOND
    while not enough(high * step):
        if high >= most:
            return None
        high *= 2
    low = -1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle * step) else (middle, high)
    return high * step


def _sensitivity(
    agreed: Agreed,
    bench: _Bench,
    terms: Forecast,
    rate: Fraction,
    probability: Fraction,
    today: Fraction,
    step: Fraction,
) -> Sequence[Sensitivity]:
    point, tenth = Fraction(1, 100), Fraction(1, 20)
    found = []
    for other in (rate - point, rate + point):
        said = f"{_percent(other)} a year were asked"
        found.append(Sensitivity(said, _least(bench, other, probability, today, step)))
    for other in (probability - tenth, probability + tenth):
        if 0 < other < 1:
            said = f"a probability of {_percent(other)} were asked"
            found.append(Sensitivity(said, _least(bench, rate, other, today, step)))
    for factor, words in (
        (Fraction(9, 10), "a tenth fewer people began"),
        (Fraction(11, 10), "a tenth more people began"),
    ):
        people = [each.model_copy(update={"people": round(each.people * factor)}) for each in terms.enrolment]
        moved = _bench(agreed, bench.payment, bench.tranche, terms.model_copy(update={"enrolment": tuple(people)}))
        found.append(Sensitivity(words, _least(moved, rate, probability, today, step)))
    return found


def _percent(share: Fraction) -> str:
    return f"{decimal_text(share * 100)} %"


def in_words(found: WhatPrice) -> str:
    """The answer of ``sib contract what-price`` for people."""
    currency, asked = found.contract.contract.currency, f"{_percent(found.rate)} a year"
    lines = [
        f"{found.contract.contract.name}: which price of `{found.payment}` pays `{found.tranche}` {asked} with a "
        f"probability of {_percent(found.probability)}?",
        f"today, at {currency} {decimal_text(found.today.price)}, it is paid that in {_often(found.today)}",
    ]
    if found.found is None:
        lines.append(f"no price up to {_BEYOND} times today's does it")
    else:
        lines.append(f"at {currency} {decimal_text(found.found.price)} it is, in {_often(found.found)}")
    lines += ["", "the price would be"]
    for each in found.sensitivity:
        price = "none" if each.price is None else f"{currency} {decimal_text(each.price)}"
        lines.append(f"  {price:>16} if {each.what}")
    lines.append(f"{found.scenarios:,} scenarios, the same for every price")
    return "\n".join(lines)


def _often(priced: Priced) -> str:
    chance = priced.reaches
    return f"{per_cent(float(chance.share))} of scenarios ({per_cent(chance.low)} to {per_cent(chance.high)})"
