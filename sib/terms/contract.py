"""terms: the outcomes contract as one frozen value: parties, metrics, payments, caps; its investors' side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema, WrapValidator, model_validator

from sib.terms.amounts import Amount, Price
from sib.terms.base import (
    DATED_SCHEMA,
    Clause,
    Dated,
    Exact,
    Illustrative,
    Many,
    Name,
    RoundingMode,
    Some,
    Source,
    Term,
    Words,
)
from sib.terms.conditions import Condition
from sib.terms.finance import Guarantee, Loss, Tranche, WaterfallStep
from sib.terms.quantities import Count, Quantity, Unit
from sib.terms.simulation import Simulation


class Header(Term):
    """What the agreement is, between which dates, in which money."""

    id: Name = Field(description="the contract's id, also the name of its folder")
    name: Words = Field(description="its name in plain words")
    version: int = Field(ge=1, description="the version of the terms; an amendment makes the next")
    in_force_from: date | None = Field(
        None, description="the first day of this version, set by the amendment that makes it; for the first left out"
    )
    judged_at: Literal["event date", "settlement date"] = Field(
        "event date",
        description="what this version judges: what happens from its first day, or all that is settled from then on",
    )
    currency: str = Field(pattern="^[A-Z]{3}$", description="ISO 4217 code")
    starts_on: date = Field(description="the first day of the term")
    ends_on: date = Field(description="the last day of the term")
    rounding: RoundingMode = Field(description="how each payment is rounded to the minor unit, once")
    year_starts_in: int = Field(4, ge=1, le=12, description="the month in which the contract's year starts")
    pays_within_days: int = Field(30, ge=0, description="calendar days from statement to payment")
    calendar: str = Field(
        "none", description="business days: none, monday to friday, or a country such as GB-ENG, US-CO"
    )
    summary: Words = Field(description="two or three sentences for somebody who has never heard of it")
    source: Source
    illustrative: Illustrative


class Party(Term):
    """One party and its part."""

    id: Name
    name: Words
    role: Literal["outcome payer", "service provider", "investor", "evaluator", "intermediary"]
    source: Source
    illustrative: Illustrative


class Cohort(Term):
    """The people whose outcomes count."""

    id: Name
    name: Words = Field(description="the people, in words that finish the sentence: for …")
    size: int | None = Field(None, ge=1, description="how many people are planned")
    groups: Many[Words] = Field((), description="the groups that rules tell apart")
    source: Source
    illustrative: Illustrative


class Counterfactual(Term):
    """What the outcome is compared with."""

    kind: Literal["none", "assumed", "historical", "matched", "randomised"]
    words: Words = Field(description="the comparison in words that finish the sentence: compared with …")


class Window(Term):
    """When an outcome must be achieved, and by when claimed."""

    opens: date = Field(description="the first day on which it counts")
    closes: date = Field(description="the last day on which it counts")
    claim_within_days: int | None = Field(None, ge=0, description="days from achievement to claim")


class Metric(Term):
    """One outcome metric: what is measured, how it is evidenced, against what it is compared."""

    id: Name
    name: Words
    unit: Unit
    counted_from: Literal["claims", "measurement", "estimate"] = Field(
        description="claims: verified claims are counted; measurement: a signed result; estimate: an impact estimate"
    )
    statistic: Literal["point estimate", "lower bound", "upper bound", "standard error", "p value"] = Field(
        "point estimate", description="which figure of an estimate is meant; the bounds are those of its interval"
    )
    better: Literal["more", "less"] = Field("more", description="which way is good")
    repeats: Literal["once per person", "without limit"] | Annotated[int, Field(ge=1, le=10**6)] = Field(
        "once per person", description="how often one person's outcome may be claimed: words or a number"
    )
    at_most: int | None = Field(
        None, ge=1, description="how many outcomes are paid in all; the first by day, whoever they are of"
    )
    cohort: Name = Field(description="whose outcomes count")
    compared_with: Counterfactual = Field(
        description="the counterfactual; kind none where every verified outcome is paid"
    )
    evidence: Some[Words] = Field(description="what proves it")
    window: Window = Field(description="by when")
    clause: Clause
    source: Source
    illustrative: Illustrative

    @property
    def limit(self) -> int | None:
        """How many outcomes one person may have; None is without limit."""
        if isinstance(self.repeats, int):
            return self.repeats
        return 1 if self.repeats == "once per person" else None


class PayerShare(Term):
    """One payer's share of a payment, or its place in the order in which payers pay."""

    payer: Name
    share: Dated | None = Field(
        None, description="the share, or dated shares; shares are put in proportion to their sum"
    )
    up_to: Exact | None = Field(
        None,
        gt=0,
        description="in place of `share`: pays the first so much over the contract's life; the last has neither",
    )


def _shares_or_order(payers: tuple[PayerShare, ...]) -> None:
    """Side by side all have a share; in order all but the last have a limit, and nobody a share."""
    if not payers or all(each.share is not None and each.up_to is None for each in payers):
        return
    *first, last = payers
    if (
        not first
        or any(each.share is not None for each in payers)
        or last.up_to is not None
        or any(each.up_to is None for each in first)
    ):
        raise ValueError(
            "give every payer a `share`; or, in order, every payer but the last `up_to`, and none a `share`"
        )


def _cap(value: Any, read: Callable[[Any], Any]) -> Any:
    return () if value in ("none", ()) else read(value)


DatedOrNone = Annotated[
    Dated,
    WrapValidator(_cap),
    WithJsonSchema({"anyOf": [*DATED_SCHEMA["anyOf"], {"const": "none"}]}),
]
"""A number or dated numbers, or the word none for no limit."""


class Payment(Term):
    """One payment rule: payer pays amount for a metric, up to a cap."""

    id: Name
    name: Words | None = Field(None, description="words for the statement; the metric's name if left out")
    payer: Name | None = Field(None, description="who pays all of it")
    payers: Many[PayerShare] = Field((), description="who pays which share, in place of `payer`")
    payee: Name = Field(description="who receives it")
    metric: Name = Field(
        description='the metric it pays for, or "none" where nothing measured decides, as for a charge'
    )
    amount: Amount = Field(description="how much")
    both_ways: bool = Field(False, description="true where the rule may also give an amount that is paid back")
    settles: Literal["each period", "in total"] = Field(
        "each period",
        description="each period: what its facts earn; in total: what all facts so far earn, less what was paid before",
    )
    held_with: Many[Name] = Field(
        (), description="payments that hold this one too while they are on hold, such as what is deducted from it"
    )
    cap: DatedOrNone = Field(description='the most it may pay over the contract\'s life, or "none"')
    clause: Clause
    source: Source
    illustrative: Illustrative

    @model_validator(mode="after")
    def _one_way_to_pay(self) -> Payment:
        if (self.payer is None) == (not self.payers):
            raise ValueError("name either one `payer`, or several `payers` with their shares")
        _shares_or_order(self.payers)
        return self

    @model_validator(mode="after")
    def _named_without_a_metric(self) -> Payment:
        if self.metric == "none" and self.name is None:
            raise ValueError("a payment for no metric needs a `name`")
        return self

    @property
    def in_order(self) -> bool:
        """Whether payers pay one after the other, not side by side."""
        return any(share.up_to is not None for share in self.payers)

    @property
    def shares(self) -> tuple[PayerShare, ...]:
        """Every payer with its share."""
        return self.payers or (PayerShare.model_validate({"payer": self.payer, "share": 1}),)


class RateRow(Term):
    """One row of a rate card."""

    metric: Name = Field(description="the metric it pays for; also the payment's id, if the card has none")
    price: Dated = Field(description="the price of one outcome, or dated prices")
    name: Words | None = Field(None, description="words for the statement; the metric's name if left out")
    clause: Words | None = Field(None, description="the row's clause, if it has one of its own")

    @model_validator(mode="after")
    def _of_a_metric(self) -> RateRow:
        if self.metric == "none":
            raise ValueError("a row pays for a metric: name one, or write a [[payment]] for what nothing decides")
        return self


class RateCard(Term):
    """A rate card: one payment a row, with what they share said once."""

    id: Name | None = Field(
        None, description="its id, where there are several: payments are then called id_metric instead of metric"
    )
    group: Words | None = Field(None, description="only for people in this group, such as one payer's area")
    payer: Name | None = Field(None, description="who pays all of it")
    payers: Many[PayerShare] = Field((), description="who pays which share, in place of `payer`")
    payee: Name = Field(description="who receives it")
    settles: Literal["each period", "in total"] = Field("each period", description="as in a payment; for every row")
    cap: DatedOrNone = Field(description='the most each row may pay over the contract\'s life, or "none"')
    rows: Some[RateRow] = Field(description="one row a metric, with its price")
    clause: Clause
    source: Source
    illustrative: Illustrative

    @model_validator(mode="after")
    def _one_way_to_pay(self) -> RateCard:
        if (self.payer is None) == (not self.payers):
            raise ValueError("name either one `payer`, or several `payers` with their shares")
        _shares_or_order(self.payers)
        return self

    def payment_id(self, row: RateRow) -> str:
        """What a row's payment is called."""
        return row.metric if self.id is None else f"{self.id}_{row.metric}"

    def payment(self, row: RateRow, unit: str) -> Payment:
        """The payment that a row stands for; ``unit`` is its metric's."""
        of: Quantity = row.metric
        if self.group is not None:
            of = Count(kind="count", metric=row.metric, group=self.group)
        return Payment(
            id=self.payment_id(row),
            name=row.name,
            payer=self.payer,
            payers=self.payers,
            payee=self.payee,
            metric=row.metric,
            amount=Price(kind="price", price=row.price, per=unit, of=of),
            settles=self.settles,
            cap=self.cap,
            clause=row.clause or self.clause,
            source=self.source,
            illustrative=self.illustrative,
        )


class Cap(Term):
    """The most that several payments may pay together, or one payer of them."""

    id: Name
    name: Words
    amount: Dated = Field((), description="the most they may pay together; a number, or dated numbers")
    rule: Amount | None = Field(
        None, description="in place of `amount`: a rule that gives it, such as a share of savings"
    )
    per: Literal["contract", "year", "statement", "person"] = Field(
        "contract", description="over the contract's life, its year, one statement, or for each person"
    )
    cut: Literal["last first", "in proportion"] = Field(
        "last first",
        description="who is cut: the last payment in this order, or all in proportion; per person the last claim",
    )
    over: Some[Name] | Literal["all payments"] = Field(
        description="the payments it covers, in order; all of them: as written, rate cards after single payments"
    )
    payer: Name | None = Field(
        None, description="only this payer's parts are counted and cut; what is cut is not paid by another"
    )
    clause: Clause
    source: Source
    illustrative: Illustrative

    @model_validator(mode="after")
    def _one_most(self) -> Cap:
        if (self.rule is None) == (not self.amount):
            raise ValueError("give the most either as `amount` or by a `rule`")
        if self.rule is not None and self.per == "person":
            raise ValueError("the most for each person is an `amount`, not a rule")
        return self


class Settlement(Term):
    """A period for which one statement is made."""

    id: Words
    starts_on: date
    ends_on: date
    illustrative: Illustrative


class Contract(Term):
    """An outcomes contract: terms only; nothing in it depends on what happened."""

    format: Literal[1] = Field(description="the version of this file format")
    contract: Header
    party: Some[Party]
    cohort: Some[Cohort]
    metric: Some[Metric]
    quantity: Mapping[Name, Quantity] = Field(default_factory=dict, description="named quantities")
    condition: Mapping[Name, Condition] = Field(default_factory=dict, description="named conditions")
    amount: Mapping[Name, Amount] = Field(default_factory=dict, description="named amounts")
    words: Mapping[Name, Words] = Field(
        default_factory=dict, description="what named rules are called in sentences, each defined once"
    )
    payment: Many[Payment] = ()
    rate_card: Many[RateCard] = ()
    cap: Many[Cap] = ()
    settlement: Many[Settlement] = ()
    tranche: Many[Tranche] = ()
    waterfall: Many[WaterfallStep] = ()
    guarantee: Many[Guarantee] = ()
    loss: Many[Loss] = ()
    simulation: Simulation | None = None

    @cached_property
    def payments(self) -> tuple[Payment, ...]:
        """Every payment: those written out, then the rows of the rate cards, in the order written."""
        units = {metric.id: metric.unit for metric in self.metric}
        rows = (card.payment(row, units.get(row.metric, "outcome")) for card in self.rate_card for row in card.rows)
        return (*self.payment, *rows)

    def the_metric(self, name: str) -> Metric:
        """Return the metric of that id; KeyError if there is none."""
        return next((metric for metric in self.metric if metric.id == name), None) or _absent(name)

    def title(self, payment: Payment) -> str:
        """What a payment is called: its name, else its metric's."""
        return payment.name or self.the_metric(payment.metric).name

    def the_payment(self, name: str) -> Payment:
        """Return the payment of that id; KeyError if there is none."""
        return next((payment for payment in self.payments if payment.id == name), None) or _absent(name)

    def the_cohort(self, name: str) -> Cohort:
        """Return the cohort of that id; KeyError if there is none."""
        return next((cohort for cohort in self.cohort if cohort.id == name), None) or _absent(name)

    def the_party(self, name: str) -> Party:
        """Return the party of that id; KeyError if there is none."""
        return next((party for party in self.party if party.id == name), None) or _absent(name)

    def the_settlement(self, name: str) -> Settlement:
        """Return the settlement period of that id; KeyError if there is none."""
        return next((period for period in self.settlement if period.id == name), None) or _absent(name)


def _absent(name: str) -> Any:
    raise KeyError(name)
