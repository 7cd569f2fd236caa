"""terms: what a simulation of a contract needs and its sources do not say: people, rates, spread, effects to try."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sib.terms.base import Exact, Illustrative, Many, Name, Some, Source, Term

Design = Literal["randomised", "matched", "historical", "average", "counts", "fixed"]
COMPARED = ("randomised", "matched", "historical")
"""Designs whose estimate is a difference from other people."""
_ASKED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("randomised", "matched"), ("people", "comparison", "base", "effect")),
    "historical": ("people", "base", "effect"),
    "average": ("people", "base"),
    "counts": ("people", "base"),
    "fixed": ("value",),
}
_FOREIGN: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(COMPARED, ("value",)),
    "average": ("comparison", "value"),
    "counts": ("comparison", "value"),
    "fixed": ("people", "comparison", "base", "effect", "spread"),
}


class Draw(Term):
    """How one measured result comes about: who is counted, what they do without the service, what it changes."""

    gives: Annotated[
        Some[Name],
        Field(
            description="the metric or named quantity that it gives; several metrics take each the figure of the "
            "estimate that their `statistic` names"
        ),
    ]
    design: Design = Field(
        description="randomised, matched, historical: a difference from other people; average: per person; "
        "counts: in all; fixed: always the same"
    )
    outcome: Literal["yes or no", "events", "amount"] = Field(
        "yes or no", description="what one person has: an outcome or not, a number of events, or an amount"
    )
    people: int | None = Field(None, ge=2, le=10**7, description="how many people have the service")
    comparison: int | None = Field(
        None,
        ge=2,
        le=10**8,
        description="how many people they are compared with; historical: left out where the past is taken as known",
    )
    base: Exact | None = Field(
        None, description="what one person has without the service: a share, a number of events, or an amount"
    )
    effect: Literal["percent fewer", "percent more", "fewer", "more"] | None = Field(
        None,
        description="what an effect does to the result, in its unit; left out where the service does not touch it",
    )
    per: Exact = Field(
        Fraction(1),
        gt=0,
        description="how many people an average or a difference is told for: 100 for percentage points",
    )
    dispersion: Exact = Field(
        Fraction(0),
        ge=0,
        le=1000,
        description="events: how much more people differ than by chance; variance = mean + dispersion × mean²",
    )
    spread: Exact | None = Field(None, ge=0, description="amount: the standard deviation between people")
    drift: Exact = Field(
        Fraction(0),
        ge=0,
        le=1,
        description="how far the two sides lie apart for other reasons than the service (hidden differences, changing "
        "times): standard deviation as a share of the base",
    )
    correlation: Exact = Field(
        Fraction(0),
        ge=0,
        le=1,
        description="how alike the drift of this draw and of others is: 0 each its own, 1 the same for all",
    )
    confidence: Exact | None = Field(
        None, gt=0, lt=1, description="of the two-sided interval whose bound a `statistic` names; 0.95 if left out"
    )
    places: int | None = Field(None, ge=0, le=9, description="decimals to which the result is rounded, half to even")
    value: Exact | None = Field(None, description="fixed: the value")
    source: Source
    illustrative: Illustrative

    @model_validator(mode="after")
    def _whole(self) -> Draw:
        lacking = [name for name in _ASKED[self.design] if getattr(self, name) is None]
        foreign = [name for name in _FOREIGN[self.design] if getattr(self, name) is not None]
        if self.design != "fixed" and (self.outcome == "amount") != (self.spread is not None):
            (foreign if self.spread is not None else lacking).append("spread")
        if lacking:
            raise ValueError(f"the design `{self.design}` asks for {' and '.join(f'`{name}`' for name in lacking)}")
        if foreign:
            mend = "take it out, or mend `design` or `outcome`"
            raise ValueError(f"here is no place for {' or '.join(f'`{name}`' for name in foreign)}: {mend}")
        return self


class Simulation(Term):
    """What `sib contract stress` draws at random, to tell what the contract pays by chance and what by effect."""

    shows: Name = Field(description="the metric or named quantity that is looked at; effects are told in its unit")
    effects: Annotated[
        Some[Exact], Field(description="the true effects to try, in rising order; 0 is tried in any case")
    ]
    target: Exact = Field(description="the effect that the service is meant to have")
    payments: Many[Name] = Field((), description="the payments that are looked at; all of them if left out")
    as_of: date | None = Field(None, description="the day of reckoning; the last day of the term if left out")
    cohorts: int = Field(10_000, ge=100, le=10**7, description="how many times it is drawn, for each effect")
    seed: int = Field(1, ge=0, lt=2**63, description="the same seed draws the same")
    draws: Annotated[Some[Draw], Field(description="what is drawn")]
    source: Source
    illustrative: Illustrative


def mean(draw: Draw, effect: Fraction) -> Fraction:
    """What one person has on average when the service has an effect, in the draw's own words for it."""
    base = draw.base if draw.base is not None else Fraction(0)
    if draw.effect is None:
        return base
    sign = -1 if draw.effect.endswith("fewer") else 1
    per = Fraction(draw.people or 1) if draw.design == "counts" else draw.per
    change = base * effect / 100 if draw.effect.startswith("percent") else effect / per
    return base + sign * change
