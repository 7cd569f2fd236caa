"""payments: how each kind of amount is evaluated."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from itertools import zip_longest
from typing import Any

import numpy as np
from dateutil.relativedelta import relativedelta

from sib.money import exponent, round_exact
from sib.payments.evaluation import Evaluation, Held
from sib.payments.people import newly_qualified
from sib.payments.quantities import limited, looked_up
from sib.terms.base import DatedNumber, value_on
from sib.terms.contract import Metric
from sib.terms.sentences import day, listed, number, plural
from sib.terms.walk import PEOPLE_RULES, named


def _price(e: Evaluation, node: Any) -> Fraction:
    dated = any(value.from_ for value in node.prices)
    if dated and (counted := _claims_counted(e, node.of)):
        return _price_by_day(e, node.prices, *counted)
    if dated and (rule := _people_judged(e, node.of)):
        return _price_by_day_met(e, node.prices, rule)
    of = e.quantity(node.of)
    price = e.dated(node.prices, "the price")
    e.because("price", f"{e.of_unit(node.of, of)} × {e.money(price)} = {e.money(of * price)}")
    return of * price


def _claims_counted(e: Evaluation, of: Any) -> tuple[Metric, str | None] | None:
    """The metric and group whose claims a quantity counts, through its names; None if it is anything else."""
    while isinstance(of, str) and of not in e.facts.quantities:
        of = named(e.contract, "quantity")[of]
        if isinstance(of, Metric):
            return (of, None) if of.counted_from == "claims" else None
    counts = getattr(of, "kind", None) == "count" and of.metric not in e.facts.quantities
    return (e.contract.the_metric(of.metric), of.group) if counts else None


def _people_judged(e: Evaluation, of: Any) -> Any:
    """The rule over people that a quantity stands for, through its names; None if it is anything else."""
    while isinstance(of, str) and of not in e.facts.quantities and of in e.contract.quantity:
        of = e.contract.quantity[of]
    return of if isinstance(of, PEOPLE_RULES) else None


def _price_by_day_met(e: Evaluation, prices: tuple[DatedNumber, ...], rule: Any) -> Fraction:
    """Price each person with the price in force on the day on which the rule over people was met."""
    e.quantity(rule)
    days = newly_qualified(e.contract, e.facts.outcomes, rule, e.facts.as_of)
    starts = [value.from_.toordinal() if value.from_ else 0 for value in prices]
    people = np.bincount(np.searchsorted(starts, days, side="right"), minlength=len(starts) + 1).tolist()
    if people[0]:
        raise Held(f"people met the rule before {day(prices[0].from_ or date.min)}, when no price was in force")
    total = Fraction(0)
    for value, count in zip(prices, people[1:], strict=True):
        if not count:
            continue
        total += count * value.value
        since = f" who met it from {day(value.from_)}" if value.from_ else ""
        earned = f"{e.money(value.value)} = {e.money(count * value.value)}"
        e.because("price", f"{count:,} {plural(rule.unit, count)}{since} × {earned}")
    return total


def _price_by_day(e: Evaluation, prices: tuple[DatedNumber, ...], metric: Metric, group: str | None) -> Fraction:
    """Price each claim with the price in force on the day it was achieved."""
    starts = [value.from_ or date.min for value in prices]
    ends = [date.fromordinal(start.toordinal() - 1) for start in starts[1:]] + [date.max]
    total = Fraction(0)
    if starts[0] > date.min and e.counts(metric, group, last=date.fromordinal(starts[0].toordinal() - 1))[0]:
        raise Held(f"“{metric.name}” has outcomes before {day(starts[0])}, when no price was in force")
    for value, first, last in zip(prices, starts, ends, strict=True):
        count, _ = e.counts(metric, group, first, last)
        if count:
            total += count * value.value
            since = f" achieved from {day(first)}" if value.from_ else ""
            earned = f"{e.money(value.value)} = {e.money(count * value.value)}"
            e.because("price", f"{count:,} {plural(metric.unit, count)}{since} × {earned}")
    return total


def _amount_table(e: Evaluation, node: Any) -> Fraction:
    of = e.quantity(node.of)
    result = looked_up(node, of, "amount")
    e.because("table", f"{e.of_unit(node.of, of)} gives {e.money(result)} in the {node.shape} table ({node.boundary})")
    return result


def _bands(e: Evaluation, node: Any) -> Fraction:
    of = e.quantity(node.of)
    lower, total = Fraction(0), Fraction(0)
    for band in node.bands:
        upper = of if band.up_to is None else min(of, band.up_to)
        inside = max(upper - lower, Fraction(0))
        if inside:
            total += inside * band.price
            e.because("marginal bands", f"{number(inside)} × {e.money(band.price)} = {e.money(inside * band.price)}")
        lower = band.up_to if band.up_to is not None else lower
    return total


def _fixed(e: Evaluation, node: Any) -> Fraction:
    value = e.dated(node.amount, "the fixed amount")
    e.because("fixed", f"a fixed {e.money(value)}")
    return value


def _share(e: Evaluation, node: Any) -> Fraction:
    of = e.amount(node.of)
    e.because("share", f"{number(node.share * 100)} % of {e.money(of)} = {e.money(of * node.share)}")
    return Fraction(of * node.share)


def _times(e: Evaluation, node: Any) -> Fraction:
    of, by = e.amount(node.of), e.quantity(node.by)
    e.because("times", f"{e.money(of)} × {e.of_unit(node.by, by)} = {e.money(of * by)}")
    return of * by


def _several(kind: str, pick: Callable[[list[Fraction]], Fraction]) -> Callable[[Evaluation, Any], Fraction]:
    def choose(e: Evaluation, node: Any) -> Fraction:
        values = [e.amount(part) for part in node.of]
        result = pick(values)
        e.because(kind, f"the {kind} of {listed([e.money(value) for value in values])} is {e.money(result)}")
        return result

    return choose


def _amount_limit(e: Evaluation, node: Any) -> Fraction:
    of = e.amount(node.of)
    low, high = (None if bound is None else e.dated(bound, "the limit") for bound in (node.at_least, node.at_most))
    result = limited(of, low, high)
    if result != of:
        e.because("limit", f"{e.money(of)} is limited to {e.money(result)}")
    return result


def _when(e: Evaluation, node: Any) -> Fraction:
    return e.amount(node.then if e.condition(node.condition) else node.otherwise)


def _net(e: Evaluation, node: Any) -> Fraction:
    of, less = e.amount(node.of), e.amount(node.less)
    e.because("difference", f"{e.money(of)} less {e.money(less)} = {e.money(of - less)}")
    return of - less


def _earned(e: Evaluation, node: Any) -> Fraction:
    """What other payments earn now and were paid before, each no more than its own cap, none below what it keeps."""
    total, scale = Fraction(0), 10 ** exponent(e.contract.contract.currency)
    for name in node.payments:
        payment = e.contract.the_payment(name)
        in_total = payment.settles == "in total"
        facts = e.facts.seen_by(name, in_total=in_total)
        before = Fraction(e.facts.paid_before.get(name, 0), scale)
        now = Evaluation(e.contract, facts, e.primitives).amount(payment.amount) - (before if in_total else 0)
        cap = value_on(payment.cap, e.facts.as_of) if payment.cap else None
        # below zero the payment is on hold, and what was paid stays paid
        now = limited(
            now, None if payment.both_ways else Fraction(0), None if cap is None else max(cap - before, Fraction(0))
        )
        earned = before + now
        e.because("already earned", f"{name}: {e.money(earned)} earned now and before")
        total += earned
    return total


def _prices_by_group(e: Evaluation, node: Any) -> Fraction:
    metric = e.contract.the_metric(node.of)
    if metric.id in e.facts.quantities:
        raise Held(f"“{metric.name}” was given as a total: how much of it is of which group is not known")
    total = sum((_price_by_day(e, each.price, metric, each.group) for each in node.prices), Fraction(0))
    rest = e.counts(metric)[0] - sum(e.counts(metric, each.group)[0] for each in node.prices)
    if rest:
        e.because("prices by group", f"{rest:,} {plural(metric.unit, rest)} in no group that has a price")
    return total


def _indexed(e: Evaluation, node: Any) -> Fraction:
    of = e.amount(node.of)
    if node.factor is not None:
        factor = e.dated(node.factor, "the index")
    else:
        years = relativedelta(e.facts.as_of, node.since).years
        factor = (1 + node.yearly) ** max(years, 0)
    e.because("indexed", f"{e.money(of)} × {number(factor)} = {e.money(of * factor)}")
    return Fraction(of * factor)


def _by_date(e: Evaluation, node: Any) -> Fraction:
    # a rule without a last day holds until the next begins
    untils = [
        rule.to or (after and after.from_ - timedelta(1)) for rule, after in zip_longest(node.rules, node.rules[1:])
    ]
    held = [
        rule
        for rule, until in zip(node.rules, untils, strict=True)
        if rule.from_ <= e.facts.as_of and (until is None or e.facts.as_of <= until)
    ]
    if not held:
        return e.amount(node.otherwise)
    e.because("by date", f"since {day(held[-1].from_)} this rule holds")
    return e.amount(held[-1].amount)


def _rounded(e: Evaluation, node: Any) -> Fraction:
    of = e.amount(node.of)
    result = Fraction(round_exact(of / node.to, node.rounding) * node.to)
    e.because("rounded", f"{e.money(of)} rounded {node.rounding} to {e.money(result)}")
    return result


def _money_of(e: Evaluation, node: Any) -> Fraction:
    value = e.quantity(node.of)
    e.because("money of", f"{e.money(value)}, as measured")
    return value


AMOUNTS: Mapping[str, Callable[[Evaluation, Any], Fraction]] = {
    "price": _price,
    "table": _amount_table,
    "marginal bands": _bands,
    "fixed": _fixed,
    "share": _share,
    "times": _times,
    "sum": _several("sum", lambda values: sum(values, Fraction(0))),
    "smallest": _several("smallest", min),
    "largest": _several("largest", max),
    "limit": _amount_limit,
    "when": _when,
    "difference": _net,
    "already earned": _earned,
    "prices by group": _prices_by_group,
    "indexed": _indexed,
    "by date": _by_date,
    "rounded": _rounded,
    "money of": _money_of,
}
