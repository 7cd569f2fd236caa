"""terms: the outcomes contract as one frozen value: parties, metrics, payments, caps; its investors' side."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field

from sib.terms.amounts import Amount
from sib.terms.base import (
    Clause,
    Dated,
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
from sib.terms.payment import Cap, Payment, RateCard
from sib.terms.plan import Forecast, Plan
from sib.terms.quantities import Quantity, Unit
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
    currency: str | None = Field(
        None, pattern="^[A-Z]{3}$", description="the currency in which it pays, where it is not the contract's"
    )
    source: Source
    illustrative: Illustrative


class Exchange(Term):
    """A currency in which a party pays, and what one unit of the contract's currency is worth in it."""

    currency: str = Field(pattern="^[A-Z]{3}$", description="ISO 4217 code of the party's currency")
    rate: Dated = Field(
        description="units of it for one of the contract's currency; the rate of the day of reckoning counts"
    )
    clause: Clause
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
        "once per person",
        description="how often one person's outcome may be claimed: words or a number; rules over people (milestone, "
        "sustained, people with, people reaching) look at all of them",
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
    exchange: Many[Exchange] = ()
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
    plan: Many[Plan] = ()
    forecast: Forecast | None = None

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
