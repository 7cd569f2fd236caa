"""finance: results of many scenarios, period by period, become payments and the tranches' cash flows.

Float64 and whole numbers in columns, one figure a scenario: a forecast, never a payment. What is settled follows the
rules of a settlement: a payment that settles in total reads all results so far, any other those of the period.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

import numpy as np

from sib.errors import Problem, Refused
from sib.finance.many_money import Ints
from sib.finance.many_payers import payers_many
from sib.finance.many_returns import xirr_many
from sib.finance.many_waterfall import ManyWaterfall, not_simple
from sib.finance.payoffs import Payoff, payoffs, reached
from sib.finance.position import PastFlow
from sib.finance.waterfall import distribute
from sib.money import exponent
from sib.payments.facts import Facts, Measured
from sib.payments.many import Flags, Floats, payable_many
from sib.periods import (
    BusinessDayConvention,
    Calendar,
    Period,
    financial_year_of,
    shift,
    split_into,
)
from sib.terms.contract import Contract
from sib.terms.walk import below, metrics_counted, named, unit_of


@dataclass(frozen=True, slots=True)
class Span:
    """A period that is settled, and the day on which its payment arrives."""

    id: str
    begins: date
    ends: date
    paid_on: date


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """What comes about in each period: a row a period, a column a scenario.

    ``counted`` is new in the period; ``measured`` is not-a-number in periods in which nothing is measured.
    """

    counted: Mapping[str, Floats]
    measured: Mapping[str, Floats]

    @property
    def size(self) -> int:
        """How many scenarios."""
        return len(next(iter([*self.counted.values(), *self.measured.values()]))[0])


@dataclass(frozen=True, slots=True, eq=False)
class TrancheFlows:
    """The tranches' flows in every scenario, minor units: rows are scenarios, columns ``days``.

    Paid in below zero. The first columns are the drawdowns, the last the periods' receipts. Where a waterfall is
    not simple, ``not_simple`` says why, and only the first ``scenarios`` were run, one by one.
    """

    days: tuple[date, ...]
    net: Mapping[str, Ints]
    principal: Mapping[str, Ints]
    returned: Mapping[str, Ints]
    scenarios: int
    not_simple: tuple[str, ...]

    def rates(self, tranches: Sequence[str]) -> Floats:
        """The yearly rate of some tranches together, scenario by scenario."""
        return xirr_many(self.days, np.sum([self.net[name] for name in tranches], axis=0, dtype=np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Forecasted:
    """What a contract pays in every scenario: rows are periods, columns scenarios; minor units."""

    spans: tuple[Span, ...]
    payments: Mapping[str, Ints]
    payers: Mapping[str, Ints]
    """By outcome payer; empty where a limit on one payer's part cuts it, and the parts are not known."""
    reached: Mapping[Payoff, Flags]
    """Which scenarios ever reach each step of a payment rule."""
    flows: TrancheFlows | None
    """None where the contract has no tranches."""

    @property
    def receipts(self) -> Ints:
        """All payments together, period by period."""
        total: Ints = np.sum(list(self.payments.values()), axis=0, dtype=np.int64)
        return total


def spans_of(contract: Contract, every_months: int) -> tuple[Span, ...]:
    """The contract's settlement periods, else its term cut into periods of so many months."""
    header = contract.contract
    periods = [(period.id, period.starts_on, period.ends_on) for period in contract.settlement]
    if not periods:
        cut = split_into(Period(header.starts_on, header.ends_on), every_months)
        periods = [(part.label, part.start, part.end) for part in cut]
    calendar = Calendar(header.calendar)
    days = [end + timedelta(days=header.pays_within_days) for _, _, end in periods]
    paid_on = [shift(day, BusinessDayConvention.SCF, calendar) for day in days]
    return tuple(Span(*period, day) for period, day in zip(periods, paid_on, strict=True))


def run(contract: Contract, spans: Sequence[Span], results: Results, few: int = 200) -> Forecasted:
    """Pay every period in every scenario, and hand the receipts on to the tranches.

    ``few`` scenarios go one by one where the waterfall is not simple. Raises Refused where a rule cannot be simulated,
    or a result is read both by payments that settle each period and by those that settle in total.
    """
    return _Run(contract, tuple(spans), results, few).done()


def joined(blocks: Sequence[Forecasted]) -> Forecasted:
    """Blocks of scenarios of one contract side by side, in their order."""
    first = blocks[0]
    flows = [each.flows for each in blocks if each.flows is not None]
    return Forecasted(
        first.spans,
        {name: np.hstack([each.payments[name] for each in blocks]) for name in first.payments},
        {name: np.hstack([each.payers[name] for each in blocks]) for name in first.payers},
        {payoff: np.concatenate([each.reached[payoff] for each in blocks]) for payoff in first.reached},
        _flows_joined(flows) if flows else None,
    )


def _flows_joined(blocks: Sequence[TrancheFlows]) -> TrancheFlows:
    first = blocks[0]
    net, principal, returned = (
        {name: np.vstack([getattr(each, field)[name] for each in blocks]) for name in first.net}
        for field in ("net", "principal", "returned")
    )
    scenarios = sum(each.scenarios for each in blocks)
    return TrancheFlows(first.days, net, principal, returned, scenarios, first.not_simple)


@dataclass
class _Run:
    contract: Contract
    spans: tuple[Span, ...]
    results: Results
    few: int

    @cached_property
    def total(self) -> frozenset[str]:
        """The results that are read in total."""
        given = {*self.results.counted, *self.results.measured}
        read: dict[str, set[str]] = {"in total": set(), "each period": set()}
        for payment in self.contract.payments:
            read[payment.settles] |= _read(self.contract, payment.amount, given)
        if both := sorted(read["in total"] & read["each period"]):
            what = f"`{both[0]}` is read by payments that settle each period and by others that settle in total"
            raise Refused(Problem("forecast.settles", what, "let both settle in total, or forecast two results"))
        return frozenset(read["in total"])

    def done(self) -> Forecasted:
        size = self.results.size
        paid = {each.id: np.zeros((len(self.spans), size), dtype=np.int64) for each in self.contract.payments}
        stages = dict.fromkeys(payoffs(self.contract), np.zeros(size, dtype=np.bool_))
        for place, span in enumerate(self.spans):
            columns = self.columns(place)
            before, year = self._before(paid, place)
            found = payable_many(self.contract, span.ends, columns, paid_before=before, paid_this_year=year)
            for name, amount in found.amounts.items():
                paid[name][place] = amount
            stages = reached(self.contract, span.ends, columns, stages)
        return Forecasted(
            self.spans,
            paid,
            payers_many(self.contract, [span.ends for span in self.spans], paid),
            stages,
            self._flows(paid) if self.contract.tranche else None,
        )

    def columns(self, place: int) -> dict[str, Floats]:
        """The results in force when a period is settled."""
        found = {}
        for name, rows in self.results.counted.items():
            found[name] = rows[: place + 1].sum(axis=0) if name in self.total else rows[place]
        for name, rows in self.results.measured.items():
            latest = rows[place]
            if name in self.total:
                for row in rows[:place][::-1]:
                    latest = np.where(np.isnan(latest), row, latest)
            found[name] = latest
        return found

    def _as_reached(self, place: int) -> dict[str, Floats]:
        """The results that the waterfall reads: all that was reached so far, and what the payment rested on."""
        so_far = {name: rows[: place + 1].sum(axis=0) for name, rows in self.results.counted.items()}
        return {**self.columns(place), **so_far}

    def _before(self, paid: Mapping[str, Ints], place: int) -> tuple[dict[str, Ints], dict[str, Ints]]:
        """What was paid before, in all and in the contract's year, by payment."""
        year = financial_year_of(self.spans[place].ends, self.contract.contract.year_starts_in)
        same = [at for at in range(place) if self.spans[at].ends in year]
        return (
            {name: rows[:place].sum(axis=0) for name, rows in paid.items()},
            {name: rows[same].sum(axis=0) for name, rows in paid.items()},
        )

    def _drawdowns(self) -> Iterator[tuple[date, str, int]]:
        scale = 10 ** exponent(self.contract.contract.currency)
        last = self.spans[-1].paid_on
        for tranche in self.contract.tranche:
            for drawdown in tranche.drawdowns:
                if drawdown.on <= last:
                    yield drawdown.on, tranche.id, int(drawdown.amount * scale)

    def _flows(self, paid: Mapping[str, Ints]) -> TrancheFlows:
        why = not_simple(self.contract)
        size = min(self.few, self.results.size) if why else self.results.size
        drawn = sorted(self._drawdowns())
        names = [tranche.id for tranche in self.contract.tranche]
        parts = {kind: {name: np.zeros((size, len(self.spans)), np.int64) for name in names} for kind in _KINDS}
        (self._one_by_one if why else self._at_once)(paid, drawn, parts)
        days = (*(day for day, _, _ in drawn), *(span.paid_on for span in self.spans))
        net = {}
        for name in names:
            paid_in = np.array([-amount if of == name else 0 for _, of, amount in drawn], dtype=np.int64)
            given = parts["principal"][name] + parts["return"][name]
            net[name] = np.hstack([np.broadcast_to(paid_in, (size, len(drawn))), given])
        return TrancheFlows(days, net, parts["principal"], parts["return"], size, why)

    def _at_once(self, paid: Mapping[str, Ints], drawn: Sequence[tuple[date, str, int]], parts: "_Parts") -> None:
        waterfall = ManyWaterfall(self.contract, self.results.size)
        ahead = list(drawn)
        receipts: Ints = np.sum(list(paid.values()), axis=0, dtype=np.int64)
        for place, span in enumerate(self.spans):
            while ahead and ahead[0][0] <= span.paid_on:
                _, tranche, amount = ahead.pop(0)
                waterfall.draw(tranche, amount)
            for kind, given in zip(_KINDS, waterfall.run(receipts[place], span.paid_on), strict=True):
                for name, column in given.items():
                    parts[kind][name][:, place] = column

    def _one_by_one(self, paid: Mapping[str, Ints], drawn: Sequence[tuple[date, str, int]], parts: "_Parts") -> None:
        size = len(next(iter(parts["principal"].values())))
        columns = [self._as_reached(place) for place in range(len(self.spans))]
        for scenario in range(size):
            flows = [PastFlow(tranche, day, amount) for day, tranche, amount in drawn]
            for place, span in enumerate(self.spans):
                last = place == len(self.spans) - 1
                receipt = {name: int(rows[place, scenario]) for name, rows in paid.items()}
                facts = _facts(self.contract, span, columns[place], scenario)
                self._hand_on(receipt, facts, span, flows, parts, (scenario, place), ended=last)

    def _hand_on(
        self,
        receipt: Mapping[str, int],
        facts: Facts,
        span: Span,
        flows: list[PastFlow],
        parts: "_Parts",
        at: tuple[int, int],
        *,
        ended: bool,
    ) -> None:
        """One receipt of one scenario through the waterfall itself; what guarantors make good is principal."""
        past = [flow for flow in flows if flow.on <= span.paid_on]
        out = dict.fromkeys((tranche.id for tranche in self.contract.tranche), 0)
        for flow in past:
            out[flow.tranche] += flow.paid_in - flow.principal
        given = distribute(
            self.contract,
            sum(receipt.values()),
            out,
            as_of=span.paid_on,
            flows=past,
            payments=receipt,
            facts=facts,
            ended="full term" if ended else None,
        )
        for part in given.parts:
            parts[part.kind][part.tranche][at] += part.amount
            principal, returned = (part.amount, 0) if part.kind == "principal" else (0, part.amount)
            flows.append(PastFlow(part.tranche, span.paid_on, 0, principal, returned, part.step))
        for call in given.guarantees:
            parts["principal"][call.tranche][at] += call.amount


_Parts = Mapping[str, Mapping[str, Ints]]
_KINDS = ("principal", "return")


def _facts(contract: Contract, span: Span, columns: Mapping[str, Floats], scenario: int) -> Facts:
    """The results of one scenario for the exact engine, to nine decimals."""
    known = {name: column[scenario] for name, column in columns.items() if not np.isnan(column[scenario])}
    given = {name: Measured(Fraction(f"{value:.9f}"), unit_of(contract, name) or "") for name, value in known.items()}
    return Facts(span.paid_on, quantities=given)


def _read(contract: Contract, amount: object, given: set[str]) -> set[str]:
    """Which of the given results a rule reads, through all the names it uses."""
    found: set[str] = set()
    stack: list[tuple[str, object]] = [("amount", amount)]
    seen: set[tuple[str, str]] = set()
    while stack:
        sort, node = stack.pop()
        if isinstance(node, str):
            if sort == "quantity" and node in given:
                found.add(node)
            elif (sort, node) not in seen:
                seen.add((sort, node))
                stack.append((sort, named(contract, sort)[node]))
        else:
            found |= {name for name in metrics_counted(node) if name in given}
            stack += [(asked, part) for _, asked, part in below(sort, node)]
    return found
