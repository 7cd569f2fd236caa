"""terms: a golden case: what is given, what is expected, and why, in a form that a lawyer could sign."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path as File
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sib.terms.base import Exact, Many, Name, Term, Words
from sib.terms.places import read_toml
from sib.terms.read import Where, text_of, validated


class GivenQuantity(Term):
    """A measured result."""

    value: Exact = Field(description="the result, as decimal text")
    unit: Words = Field(description="its unit, as the contract names it")


class GivenOutcome(Term):
    """One verified outcome of one person."""

    person: Words = Field(description="any word that tells people apart")
    metric: Name = Field(description="the metric")
    achieved_on: date = Field(description="the day it was achieved")
    group: Words | None = Field(None, description="the person's group, as the contract names it")
    count: int = Field(1, ge=1, le=10**12, description="how many; 1 if left out")
    settled: bool = Field(
        False, description="true where an earlier statement paid for it: it uses up limits and earns nothing again"
    )


class GivenFlow(Term):
    """What a tranche paid in, or was paid, on one day before."""

    tranche: Name = Field(description="the tranche")
    on: date = Field(description="the day, not after `as_of`")
    paid_in: Exact = Field(Fraction(0), ge=0, description="what it paid in")
    paid_out: Exact = Field(Fraction(0), description="what it was paid; below zero where a reserve was released")
    principal: Exact = Field(Fraction(0), ge=0, description="how much of it repaid principal; under a step for it, all")
    step: Name | None = Field(
        None, description="the id of the waterfall's step it was paid under; without it, it counts for each that could"
    )

    @model_validator(mode="after")
    def _principal_is_paid_out(self) -> GivenFlow:
        if self.principal > max(self.paid_out, Fraction(0)):
            raise ValueError("more principal than was paid out: mend `principal` or `paid_out`")
        return self


class Given(Term):
    """What is given."""

    as_of: date = Field(description="the day of reckoning, on which the payment is received in full")
    paid_before: Mapping[Name, Exact] = Field(default_factory=dict, description="what was paid before, by payment id")
    paid_this_year: Mapping[Name, Exact] = Field(
        default_factory=dict, description="what of it was paid in the contract's current year, by payment id"
    )
    paid_before_by: Mapping[Name, Mapping[Name, Exact]] = Field(
        default_factory=dict, description="what of it each payer paid, by payment id and payer, where caps need it"
    )
    drawn: Mapping[Name, Annotated[Exact, Field(ge=0)]] = Field(
        default_factory=dict,
        description="what is drawn and not yet repaid, by tranche id; the contract's drawdowns up to `as_of` where the "
        "case says nothing of what went before: no `drawn`, `flows` or `paid_before`",
    )
    quantities: Mapping[Name, GivenQuantity] = Field(
        default_factory=dict, description="measured results, by metric or quantity"
    )
    outcomes: Many[GivenOutcome] = Field((), description="verified outcomes of people")
    flows: Many[GivenFlow] = Field(
        (), description="what tranches paid in and were paid before; `drawn` follows from them where it is left out"
    )
    ended: Literal["full term", "terminated"] | None = Field(
        None, description="how the contract ended on `as_of`, so that guarantees are called; left out while it runs"
    )


class Expect(Term):
    """What must come out; what is left out is not asked."""

    total: Exact | None = Field(None, description="the whole payment")
    payments: Mapping[Name, Exact] = Field(default_factory=dict, description="by payment id")
    payers: Mapping[Name, Exact] = Field(default_factory=dict, description="by payer")
    payers_own: Mapping[Name, Exact] = Field(
        default_factory=dict, description="by payer, in its own currency, where that is not the contract's"
    )
    quantities: Mapping[Name, Exact] = Field(
        default_factory=dict, description="what metrics and named quantities come to, before anything is priced"
    )
    holds: Many[Name] | None = Field(None, description="the payments on hold, and no others; [] for none")
    tranches: Mapping[Name, Exact] = Field(default_factory=dict, description="by tranche")
    principal: Mapping[Name, Exact] = Field(default_factory=dict, description="by tranche, what of it is principal")
    returns: Mapping[Name, Exact] = Field(default_factory=dict, description="by tranche, what of it is return")
    guarantees: Mapping[Name, Exact] = Field(default_factory=dict, description="by guarantee, what it makes good")
    losses: Mapping[Name, Exact] = Field(default_factory=dict, description="by tranche, what it loses for any cause")
    retained: Exact | None = Field(None, description="what no tranche receives")


class Case(Term):
    """A golden case."""

    name: Words = Field(description="the case in one sentence")
    because: Words = Field(description="the clause that decides it")
    source: Words | None = Field(None, description="where the figures were published")
    given: Given
    expect: Expect = Field(default_factory=lambda: Expect(total=None, retained=None))


def read_case(file: File) -> Case:
    """Read a golden case.

    Raises Missing when there is no such file, NotValid with every problem, its line and how to mend it.
    """
    return placed_case(file)[0]


def placed_case(file: File) -> tuple[Case, Where]:
    """Read a golden case with what places its problems in its file; errors as ``read_case``."""
    located = read_toml(text_of(file), str(file))
    where = Where(located, str(file), {})
    case: Case = validated(Case, located.data, where)
    return case, where
