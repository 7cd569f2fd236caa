"""terms: payment plans as agreed and as changed, and what a forecast expects: people, results, cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Annotated

from pydantic import Field, model_validator

from sib.terms.base import Exact, Illustrative, Many, Name, Some, Source, Term, Words

Share = Annotated[Exact, Field(ge=0)]
Risk = Annotated[Exact, Field(ge=-1, le=1)]


class PlannedPayment(Term):
    """An outcome payment that a payment plan expects."""

    on: date = Field(description="the day on which it is expected")
    amount: Exact = Field(ge=0, description="how much")
    payer: Name | None = Field(None, description="who pays; left out where the contract has one outcome payer")


class PlannedFlow(Term):
    """What a payment plan expects of a tranche on one day."""

    on: date = Field(description="the day on which it is expected")
    tranche: Name = Field(description="the tranche")
    paid_in: Exact = Field(Fraction(0), ge=0, description="what it pays in")
    paid_out: Exact = Field(Fraction(0), ge=0, description="what it is paid")

    @model_validator(mode="after")
    def _moves(self) -> PlannedFlow:
        if (self.paid_in > 0) == (self.paid_out > 0):
            raise ValueError("a flow goes one way: write `paid_in` or `paid_out`")
        return self


class Plan(Term):
    """A version of the payment plan; the first is the original, and each later one takes its place from its day on."""

    id: Name
    name: Words
    agreed_on: date = Field(description="the day from which it is the current payment plan")
    payments: Many[PlannedPayment] = Field((), description="the outcome payments that it expects")
    flows: Many[PlannedFlow] = Field((), description="what it expects of the tranches")
    source: Source
    illustrative: Illustrative


class Enrolled(Term):
    """People who begin."""

    on: date = Field(description="the first day of the period in which they begin")
    people: int = Field(ge=0, le=10**7, description="how many begin in it")


class ExpectedResult(Term):
    """One result and how it is expected to come about: as a share of those before it on the way, or measured."""

    gives: Name = Field(description="the metric or named quantity that it gives")
    of: Name | None = Field(
        None, description="with `share`: the result that comes before it on the way; all who begin, if left out"
    )
    share: Share | None = Field(
        None, description="how many each of them has on average: a share of people, or more than 1 of days, say"
    )
    after_months: int = Field(0, ge=0, le=240, description="with `share`: how many months later the first have it")
    over_months: int = Field(
        0, ge=0, le=240, description="with `share`: over how many months from then it comes about, evenly"
    )
    value: Exact | None = Field(None, description="in place of `share`: the result that is expected to be measured")
    measured_on: Many[date] = Field((), description="with `value`: the days on which it is measured")
    simulated: bool = Field(
        False, description="with `value`: it is the true effect, and the result is drawn as [simulation] says"
    )
    spread: Share = Field(
        Fraction(0), description="how far the share or value may be off: standard deviation, in its own unit"
    )
    risk: Risk = Field(
        Fraction(0),
        description="what its being off has in common with other results and enrolment: 0 nothing, 1 all; below 0, "
        "it is better where they are worse",
    )
    source: Source
    illustrative: Illustrative

    @model_validator(mode="after")
    def _one_way(self) -> ExpectedResult:
        if (self.share is None) == (self.value is None):
            raise ValueError("a result is a share of people or is measured: write `share` or `value`")
        if self.value is not None and (self.of is not None or self.after_months or self.over_months):
            raise ValueError("`of` and months go with `share`: take them out, or write a `share`")
        if (self.value is None) != (not self.measured_on):
            raise ValueError("`measured_on` goes with `value`: write both or neither")
        if self.simulated and self.value is None:
            raise ValueError("`simulated` goes with `value`: write the true effect as `value`")
        return self


class NamedCase(Term):
    """A case that is told beside the bands, such as low, base and high: no chance in it."""

    id: Name
    name: Words
    enrolment: Share = Field(Fraction(1), description="people who begin, as a multiple of those planned")
    results: Share = Field(Fraction(1), description="every share and value, as a multiple of what is expected")
    values: Mapping[Name, Exact] = Field(
        default_factory=dict, description="single shares or values in place of that, by what they give"
    )
    months_later: int = Field(0, ge=0, le=120, description="by how many months people begin later")


class Forecast(Term):
    """What is expected of a contract: who begins when, what comes of it, how far that may be off."""

    every_months: int = Field(3, ge=1, le=12, description="how long a period is, where no [[settlement]] is written")
    enrolment: Some[Enrolled] = Field(description="who begins when, earliest first")
    enrolment_spread: Share = Field(
        Fraction(0), description="how far their number may be off: standard deviation as a share of it"
    )
    enrolment_risk: Risk = Field(Fraction(0), description="as `risk` of a result")
    results: Some[ExpectedResult] = Field(description="what comes of it, in the order of the way")
    cases: Many[NamedCase] = Field((), description="cases told beside the bands: low, base, high")
    scenarios: int = Field(10_000, ge=100, le=10**6, description="how many are drawn")
    seed: int = Field(1, ge=0, lt=2**63, description="the same seed draws the same")
    source: Source
    illustrative: Illustrative
