"""terms: quantities, the first sort of a payment rule: exact numbers with a unit."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from sib.terms.base import Dated, Exact, Many, Name, RoundingMode, Some, Term, Words, key_of

if TYPE_CHECKING:
    # conditions hold quantities, and one quantity holds a condition: amounts.py completes it
    from sib.terms.conditions import Condition

Unit = Annotated[Words, Field(description="the unit, singular: day, person, outcome, percentage point")]
Who = Annotated[Words, Field(description="what is counted, singular, where it is not people: family, school, village")]
Boundary = Annotated[
    Literal["lower bound inclusive", "upper bound inclusive"],
    Field(description="which side of a boundary counts; contracts differ, so there is no default"),
]


Shape = Annotated[
    Literal["step", "linear", "straight lines"],
    Field(
        description="step: the row as it is; linear: plus its rise for each unit; straight lines: on to the next row"
    ),
]


class Count(Term):
    """How many verified outcomes of a metric, for one group or all."""

    kind: Literal["count"]
    metric: Name = Field(description="the metric whose verified outcomes are counted")
    group: Words | None = Field(None, description="only outcomes of people in this group")


class People(Term):
    """How many different people have at least one verified outcome of a metric."""

    kind: Literal["people"]
    metric: Name = Field(description="the metric that a person must have reached")
    group: Words | None = Field(None, description="only people in this group")
    unit: Who = "person"


class Number(Term):
    """A number agreed in the contract, such as an assumed rate."""

    kind: Literal["number"]
    value: Dated = Field(description="the number agreed, or dated values")
    unit: Unit


class Sum(Term):
    """Quantities of one unit added up."""

    kind: Literal["sum"]
    of: Annotated[Some[Quantity], Field(description="the quantities that are added; all of one unit")]


class Difference(Term):
    """A quantity net of another of the same unit (net-off)."""

    kind: Literal["difference"]
    of: Quantity = Field(description="the quantity from which something is taken")
    less: Quantity = Field(description="what is taken from it; same unit")


class Product(Term):
    """Quantities multiplied; the contract names the unit of the result."""

    kind: Literal["product"]
    of: Annotated[Some[Quantity], Field(description="the quantities that are multiplied")]
    unit: Unit


class Ratio(Term):
    """One quantity divided by another; not defined, and so on hold, where the second is zero."""

    kind: Literal["ratio"]
    of: Quantity = Field(description="the quantity above the line")
    to: Quantity = Field(description="the quantity below the line; same unit unless `unit` says otherwise")
    unit: Unit


class WholeSteps(Term):
    """How many full steps fit into a quantity: 1,486.52 in steps of 100 is 14."""

    kind: Literal["whole steps"]
    of: Quantity = Field(description="the quantity that is cut into steps")
    step: Exact = Field(gt=0, description="the size of one step, in the quantity's unit")
    unit: Unit


class Score(Term):
    """A weighted sum of quantities of one unit."""

    kind: Literal["weighted score"]
    of: Annotated[Some[WeightedPart], Field(description="the parts with their weights")]
    unit: Unit


class WeightedPart(Term):
    """One part of a weighted score."""

    quantity: Quantity = Field(description="the quantity that is weighted")
    weight: Exact = Field(description="its weight")


class QuantityLimit(Term):
    """A quantity held between bounds."""

    kind: Literal["limit"]
    of: Quantity = Field(description="the quantity that is limited")
    at_least: Exact | None = Field(None, description="the lowest value it can take")
    at_most: Exact | None = Field(None, description="the highest value it can take")


class Milestone(Term):
    """How many people reached a milestone, once each, after the milestones that must come before it.

    The first outcome on or after the last of them counts; one that came too early starts again with a later one.
    """

    kind: Literal["milestone"]
    metric: Name = Field(description="the metric of the milestone")
    after: Many[Name] = Field((), description="metrics that the person must have reached before, or on the same day")
    at_least_days: int = Field(0, ge=0, description="days that must lie between the last of them and the milestone")
    within_days: int | None = Field(
        None, ge=0, description="days after the last of them within which it must be reached"
    )
    at_least_months: int = Field(
        0, ge=0, description="the same in calendar months: from 31 January to 28 February is one"
    )
    within_months: int | None = Field(None, ge=0, description="the same in calendar months")
    group: Words | None = Field(None, description="only people in this group")
    unit: Who = "person"


class Span(Term):
    """Days that are left out of the counting."""

    from_: date = Field(alias="from", description="the first day left out")
    to: date = Field(description="the last day left out")


class Sustained(Term):
    """How many people sustained something for a number of days, once each.

    Every outcome of the metric is a spell: ``achieved_on`` is its first day and ``count`` its days. Days of several
    spells count once (a union, not a sum); excluded days neither count nor interrupt.
    """

    kind: Literal["sustained"]
    metric: Name = Field(description="the metric whose spells are counted; its unit is day")
    days: int | None = Field(None, ge=1, description="how many days make it")
    months: int | None = Field(
        None, ge=1, description="in place of `days`: calendar months from a run's first day, in one run only"
    )
    counting: Literal["in one run", "in all"] = Field(description="in one run: without a longer gap; in all: added up")
    gap_days: int = Field(ge=0, description="the longest gap, in days, that does not interrupt a run; no default")
    excluded: Many[Span] = Field((), description="days left out, such as holidays")
    group: Words | None = Field(None, description="only people in this group")
    unit: Who = "person"

    @model_validator(mode="after")
    def _how_long(self) -> Sustained:
        if (self.days is None) == (self.months is None):
            raise ValueError("say how long in either `days` or `months`")
        if self.months is not None and (self.counting == "in all" or self.excluded):
            raise ValueError("months are counted in one run, with no day left out: write days instead")
        return self


class AtMost(Term):
    """How often a metric may be reached and no oftener."""

    metric: Name = Field(description="the metric that is counted")
    times: int = Field(
        ge=1, description="how many outcomes of it do not yet matter; for none at all there is `none_of`"
    )
    after: Name | None = Field(None, description="counted only on or after the person's first outcome of this metric")
    within_months: int | None = Field(None, ge=1, description="with `after`: and only for so many calendar months")

    @model_validator(mode="after")
    def _counted_from(self) -> AtMost:
        if self.within_months is not None and self.after is None:
            raise ValueError("`within_months` counts from something: name it in `after`")
        return self


class PeopleWith(Term):
    """How many people meet a rule over several metrics, once each."""

    kind: Literal["people with"]
    all_of: Many[Name] = Field((), description="metrics that the person must all have reached")
    any_of: Many[Name] = Field((), description="metrics of which the person must have reached some")
    at_least: int = Field(1, ge=1, description="how many of `any_of`")
    none_of: Many[Name] = Field((), description="metrics that the person must not have reached")
    at_most_of: Many[AtMost] = Field((), description="metrics that the person may have reached so often, not oftener")
    group: Words | None = Field(None, description="only people in this group")
    unit: Who = "person"


class PeopleReaching(Term):
    """How many people's outcomes of a metric add up to a total, once each: earnings, hours, points."""

    kind: Literal["people reaching"]
    metric: Name = Field(description="the metric whose counts are added up for each person")
    total: Exact = Field(gt=0, description="what they must add up to, in the metric's unit")
    after: Name | None = Field(
        None, description="only what comes on or after the person's first outcome of this metric"
    )
    within_days: int | None = Field(None, ge=0, description="with `after`: and no more days after it than these")
    group: Words | None = Field(None, description="only people in this group")
    unit: Who = "person"

    @model_validator(mode="after")
    def _counted_from(self) -> PeopleReaching:
        if self.within_days is not None and self.after is None:
            raise ValueError("`within_days` counts from something: name it in `after`")
        return self


class Avoided(Term):
    """Units avoided against the counterfactual: what was expected without the service, less what was observed."""

    kind: Literal["avoided"]
    expected: Quantity = Field(description="what the counterfactual says: assumed, historical, matched or randomised")
    observed: Quantity = Field(description="what was observed; same unit")
    people: Quantity | None = Field(None, description="how many people it is multiplied by, where both are per person")
    unit: Unit


class Gained(Term):
    """Units gained against the counterfactual: what was observed, less what was expected without the service."""

    kind: Literal["gained"]
    observed: Quantity = Field(description="what was observed")
    expected: Quantity = Field(description="what the counterfactual says: assumed, historical, matched or randomised")
    people: Quantity | None = Field(None, description="how many people it is multiplied by, where both are per person")
    unit: Unit


class Blend(Term):
    """Several estimators of one thing with weights that make one, such as 80 % randomised and 20 % historical."""

    kind: Literal["blend"]
    of: Annotated[Some[WeightedPart], Field(description="the estimators with their weights; the weights make one")]


class LargestQuantity(Term):
    """The largest of several quantities of one unit, such as what was achieved and what is deemed achieved."""

    kind: Literal["largest"]
    of: Annotated[Some[Quantity], Field(description="the quantities; all of one unit")]


class SmallestQuantity(Term):
    """The smallest of several quantities of one unit, such as a count and the share of a group that may be paid."""

    kind: Literal["smallest"]
    of: Annotated[Some[Quantity], Field(description="the quantities; all of one unit")]


class Elapsed(Term):
    """How much time has passed, counted in days, months, quarters or years; both the first and the last day count."""

    kind: Literal["elapsed time"]
    since: date = Field(description="the first day")
    until: date | None = Field(None, description="the last day; the day of reckoning if that is earlier or this is out")
    counted_in: Literal["day", "month", "quarter", "year"] = Field(description="what is counted; also the unit")
    begun: Literal["full only", "begun counts"] = Field(
        description="whether a month or year that has only begun counts; no default"
    )


class QuantityWhen(Term):
    """One quantity when a condition holds, another otherwise, such as an estimator and its fallback."""

    kind: Literal["when"]
    condition: Condition = Field(description="what is asked")
    then: Quantity = Field(description="the quantity if it holds")
    otherwise: Quantity = Field(description="the quantity if it does not; same unit")


class Rounded(Term):
    """A quantity rounded where the contract says so, before it meets a table or a price."""

    kind: Literal["rounded"]
    of: Quantity = Field(description="the quantity that is rounded")
    to: Exact = Field(gt=0, description="what it is rounded to a multiple of: 1, 0.1, 5")
    rounding: RoundingMode = Field(description="how")


class QuantityRow(Term):
    """One row of a table of quantities."""

    from_: Exact = Field(alias="from", description="where the row begins, in the looked-up quantity's unit")
    value: Exact = Field(description="the value at the row's beginning")
    rise: Exact = Field(Fraction(0), description="what each further unit adds, in a linear table")


class QuantityTable(Term):
    """A value looked up by a quantity: in steps, in slopes, or on straight lines between points."""

    kind: Literal["table"]
    of: Quantity = Field(description="the quantity that is looked up")
    shape: Shape
    boundary: Boundary
    below: Exact = Field(description="the value below the first row")
    rows: Annotated[Some[QuantityRow], Field(description="rows in rising order of `from`")]
    unit: Unit


Quantity = Annotated[
    Annotated[Name, Tag("name")]
    | Annotated[Count, Tag("count")]
    | Annotated[People, Tag("people")]
    | Annotated[Number, Tag("number")]
    | Annotated[Sum, Tag("sum")]
    | Annotated[Difference, Tag("difference")]
    | Annotated[Product, Tag("product")]
    | Annotated[Ratio, Tag("ratio")]
    | Annotated[WholeSteps, Tag("whole steps")]
    | Annotated[Score, Tag("weighted score")]
    | Annotated[QuantityLimit, Tag("limit")]
    | Annotated[QuantityTable, Tag("table")]
    | Annotated[Rounded, Tag("rounded")]
    | Annotated[LargestQuantity, Tag("largest")]
    | Annotated[SmallestQuantity, Tag("smallest")]
    | Annotated[Blend, Tag("blend")]
    | Annotated[Avoided, Tag("avoided")]
    | Annotated[Gained, Tag("gained")]
    | Annotated[Elapsed, Tag("elapsed time")]
    | Annotated[QuantityWhen, Tag("when")]
    | Annotated[Milestone, Tag("milestone")]
    | Annotated[Sustained, Tag("sustained")]
    | Annotated[PeopleWith, Tag("people with")]
    | Annotated[PeopleReaching, Tag("people reaching")],
    Discriminator(key_of),
]
"""The name of a metric or of a ``[quantity.NAME]``, or a table with ``kind``."""
