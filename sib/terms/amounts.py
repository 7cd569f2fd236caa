"""terms: amounts, the third sort of a payment rule: money, exact until the payment is rounded."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal

from dateutil.relativedelta import relativedelta
from pydantic import Discriminator, Field, Tag, model_validator

from sib.money import round_exact
from sib.terms.base import Dated, DatedNumber, Exact, Name, RoundingMode, Some, Term, Words, key_of
from sib.terms.conditions import CompareAmounts, Comparison, Condition
from sib.terms.quantities import Boundary, Quantity, QuantityWhen, Shape, Unit

_YEARS = 100
"""How many yearly rises are written out: longer than any agreement."""


class Escalator(Term):
    """How a price rises each year; a claim has the price of the day on which it was achieved."""

    yearly: Exact = Field(gt=-1, description="the rise in a year, 0.02 is two per cent; compounded")
    since: date = Field(description="the day on which the price first holds; it rises on each of its anniversaries")
    to: Exact | None = Field(None, gt=0, description="what each year's price is rounded to, such as 1 or 0.01")
    rounding: RoundingMode | None = Field(None, description="how, with `to`")

    @model_validator(mode="after")
    def _both(self) -> Escalator:
        if (self.to is None) != (self.rounding is None):
            raise ValueError("`to` and `rounding` stand together: give both or neither")
        return self


class Price(Term):
    """A price for each unit of a quantity (per-unit tariff)."""

    kind: Literal["price"]
    price: Dated = Field(
        description="the price of one unit, or dated prices: a claim's on the day it was achieved, a result's on the "
        "day of reckoning"
    )
    per: Unit
    of: Quantity = Field(description="the quantity that is paid for; its unit must be `per`")
    rises: Escalator | None = Field(None, description="where the price rises each year by itself")
    on: Literal["day of reckoning"] | None = Field(
        None,
        description="where dated prices are looked up if no claim's day is known: in what is worked out from claims",
    )

    @model_validator(mode="after")
    def _one_price_rises(self) -> Price:
        if self.rises and (len(self.price) > 1 or self.price[0].from_):
            raise ValueError("a price that rises by itself is one number: give the price of its first year")
        return self

    @cached_property
    def prices(self) -> tuple[DatedNumber, ...]:
        """The dated prices, with every yearly rise written out."""
        if self.rises is None:
            return self.price
        found = []
        for year in range(_YEARS):
            exact = self.price[0].value * (1 + self.rises.yearly) ** year
            to, how = self.rises.to, self.rises.rounding
            value = exact if to is None or how is None else round_exact(exact / to, how) * to
            first = self.rises.since + relativedelta(years=year) if year else None
            found.append(DatedNumber.model_validate({"from": first, "value": Fraction(value)}))
        return tuple(found)


class AmountRow(Term):
    """One row of a table of amounts."""

    from_: Exact = Field(alias="from", description="where the row begins, in the looked-up quantity's unit")
    amount: Exact = Field(description="the amount at the row's beginning")
    rise: Exact = Field(Fraction(0), description="what each further unit adds, in a linear table")


class AmountTable(Term):
    """An amount looked up by a quantity: in steps, in slopes, or on straight lines between points."""

    kind: Literal["table"]
    of: Quantity = Field(description="the quantity that is looked up")
    per: Unit
    shape: Shape
    boundary: Boundary
    below: Exact = Field(description="the amount below the first row")
    rows: Annotated[Some[AmountRow], Field(description="rows in rising order of `from`")]


class Band(Term):
    """One marginal band of a volume tariff."""

    up_to: Exact | None = Field(None, gt=0, description="the last unit of the band; left out in the last band only")
    price: Exact = Field(description="the price of each unit inside the band")


class MarginalBands(Term):
    """A price for each unit that depends on how many came before it (volume bands).

    What came before is what the payment sees: all so far where it settles in total; each period begins anew otherwise.
    """

    kind: Literal["marginal bands"]
    of: Quantity = Field(description="the quantity that is paid for")
    per: Unit
    bands: Annotated[Some[Band], Field(description="bands in rising order; the last without `up_to`")]


class Fixed(Term):
    """A fixed charge, whatever the outcomes."""

    kind: Literal["fixed"]
    amount: Dated = Field(description="the amount, or dated amounts")


class Share(Term):
    """A share of another amount, such as of savings."""

    kind: Literal["share"]
    of: Amount = Field(description="the amount that is shared")
    share: Exact = Field(description="the share, as a decimal: 0.4 is forty per cent")


class Times(Term):
    """An amount multiplied by a quantity without money in it, such as a fraction achieved."""

    kind: Literal["times"]
    of: Amount = Field(description="the amount that is multiplied")
    by: Quantity = Field(description="the factor")
    per: Unit


class Total(Term):
    """Amounts added up."""

    kind: Literal["sum"]
    of: Annotated[Some[Amount], Field(description="the amounts")]


class Smallest(Term):
    """The smallest of several amounts."""

    kind: Literal["smallest"]
    of: Annotated[Some[Amount], Field(description="the amounts")]


class Largest(Term):
    """The largest of several amounts."""

    kind: Literal["largest"]
    of: Annotated[Some[Amount], Field(description="the amounts")]


class AmountLimit(Term):
    """An amount held between a floor and a cap."""

    kind: Literal["limit"]
    of: Amount = Field(description="the amount that is limited")
    at_least: Dated | None = Field(None, description="the floor")
    at_most: Dated | None = Field(None, description="the cap")


class When(Term):
    """One amount when a condition holds, another otherwise."""

    kind: Literal["when"]
    condition: Condition = Field(description="what is asked")
    then: Amount = Field(description="the amount if it holds")
    otherwise: Amount = Field(description="the amount if it does not")


class Net(Term):
    """An amount less another, such as savings less costs, or a payment less what was paid early."""

    kind: Literal["difference"]
    of: Amount = Field(description="the amount from which something is taken")
    less: Amount = Field(description="what is taken from it")


class Earned(Term):
    """What other payments of this contract earn now and were paid before, so that nothing is paid twice."""

    kind: Literal["already earned"]
    payments: Annotated[Some[Name], Field(description="the payments whose amounts are meant, each up to its own cap")]


class GroupPrice(Term):
    """The price for one group."""

    group: Words = Field(description="the group, as the cohort names it")
    price: Dated = Field(description="the price of one unit, or dated prices")


class PricesByGroup(Term):
    """A rate card by group or place: a price for each verified outcome that depends on the person's group."""

    kind: Literal["prices by group"]
    of: Name = Field(description="the metric that is paid for")
    per: Unit
    prices: Annotated[Some[GroupPrice], Field(description="the groups with their prices; other people earn nothing")]


class Indexed(Term):
    """An amount that rises with an agreed index, or by a yearly rate for each full year since a day."""

    kind: Literal["indexed"]
    of: Amount = Field(description="the amount that is indexed")
    factor: Dated | None = Field(None, description="the factor, or dated factors, as published")
    yearly: Exact | None = Field(
        None, description="in place of it: the rise in a year, 0.02 is two per cent; compounded"
    )
    since: date | None = Field(None, description="with `yearly`: the day whose anniversaries make full years")

    @model_validator(mode="after")
    def _one_way(self) -> Indexed:
        if (self.factor is None) == (self.yearly is None) or (self.yearly is None) != (self.since is None):
            raise ValueError("give either `factor`, or `yearly` with `since`")
        return self


class DatedRule(Term):
    """A rule that holds for some time."""

    from_: date = Field(alias="from", description="the first day on which it holds")
    to: date | None = Field(None, description="the last day; left out where it holds until the next")
    amount: Amount = Field(description="the amount while it holds")


class ByDate(Term):
    """A rule for each time, such as a grant in lieu, a temporary tariff, or a termination table."""

    kind: Literal["by date"]
    rules: Annotated[
        Some[DatedRule],
        Field(description="the rules in order of `from`; of those that hold on the day of reckoning the last"),
    ]
    otherwise: Amount = Field(description="the amount when none of them holds")


class MoneyOf(Term):
    """A measured sum of money, such as savings or other funding received."""

    kind: Literal["money of"]
    of: Quantity = Field(description="the quantity; its unit is the contract's currency, such as GBP")


class RoundedAmount(Term):
    """An amount rounded where the contract says so, such as an indexed price; the payment is still rounded once."""

    kind: Literal["rounded"]
    of: Amount = Field(description="the amount that is rounded")
    to: Exact = Field(gt=0, description="what it is rounded to a multiple of: 1, 0.01, 50")
    rounding: RoundingMode = Field(description="how")


Amount = Annotated[
    Annotated[Name, Tag("name")]
    | Annotated[Price, Tag("price")]
    | Annotated[AmountTable, Tag("table")]
    | Annotated[MarginalBands, Tag("marginal bands")]
    | Annotated[Fixed, Tag("fixed")]
    | Annotated[Share, Tag("share")]
    | Annotated[Times, Tag("times")]
    | Annotated[Total, Tag("sum")]
    | Annotated[Smallest, Tag("smallest")]
    | Annotated[Largest, Tag("largest")]
    | Annotated[AmountLimit, Tag("limit")]
    | Annotated[When, Tag("when")]
    | Annotated[Net, Tag("difference")]
    | Annotated[Earned, Tag("already earned")]
    | Annotated[PricesByGroup, Tag("prices by group")]
    | Annotated[Indexed, Tag("indexed")]
    | Annotated[ByDate, Tag("by date")]
    | Annotated[RoundedAmount, Tag("rounded")]
    | Annotated[MoneyOf, Tag("money of")],
    Discriminator(key_of),
]
"""The name of an ``[amount.NAME]``, or a table with ``kind``."""

_LATE = {"Amount": Amount, "Condition": Condition, "Quantity": Quantity, "Comparison": Comparison}
QuantityWhen.model_rebuild(_types_namespace=_LATE)
CompareAmounts.model_rebuild(_types_namespace=_LATE)
