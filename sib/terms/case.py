"""terms: a golden case: what is given, what is expected, and why, in a form that a lawyer could sign."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path as File
from typing import Annotated

from pydantic import Field

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


class Given(Term):
    """What is given."""

    as_of: date = Field(description="the day of reckoning, on which the payment is received in full")
    paid_before: Mapping[Name, Exact] = Field(default_factory=dict, description="what was paid before, by payment id")
    paid_this_year: Mapping[Name, Exact] = Field(
        default_factory=dict, description="what of it was paid in the contract's current year, by payment id"
    )
    drawn: Mapping[Name, Annotated[Exact, Field(ge=0)]] = Field(
        default_factory=dict, description="what is drawn and not yet repaid, by tranche id"
    )
    quantities: Mapping[Name, GivenQuantity] = Field(
        default_factory=dict, description="measured results, by metric or quantity"
    )
    outcomes: Many[GivenOutcome] = Field((), description="verified outcomes of people")


class Expect(Term):
    """What must come out; what is left out is not asked."""

    total: Exact | None = Field(None, description="the whole payment")
    payments: Mapping[Name, Exact] = Field(default_factory=dict, description="by payment id")
    payers: Mapping[Name, Exact] = Field(default_factory=dict, description="by payer")
    tranches: Mapping[Name, Exact] = Field(default_factory=dict, description="by tranche")


class Case(Term):
    """A golden case."""

    name: Words = Field(description="the case in one sentence")
    because: Words = Field(description="the clause that decides it")
    source: Words | None = Field(None, description="where the figures were published")
    given: Given
    expect: Expect = Field(default_factory=lambda: Expect(total=None))


def read_case(file: File) -> Case:
    """Read a golden case.

    Raises Missing when there is no such file, NotValid with every problem, its line and how to mend it.
    """
    located = read_toml(text_of(file), str(file))
    case: Case = validated(Case, located.data, Where(located, str(file), {}))
    return case
