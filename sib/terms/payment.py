"""terms: who pays how much for what: payments, rate cards, payers' shares, caps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema, WrapValidator, model_validator

from sib.terms.amounts import Amount, Price
from sib.terms.base import DATED_SCHEMA, Clause, Dated, Exact, Illustrative, Many, Name, Some, Source, Term, Words
from sib.terms.quantities import Count, Quantity


class PayerShare(Term):
    """One payer's share of a payment, or its place in the order in which payers pay."""

    payer: Name
    share: Dated | None = Field(
        None,
        description="the share, or dated shares by the day of reckoning; in proportion to their sum. Each payment is "
        "split by itself; an odd minor unit goes where most of one was cut off, to the earlier where that is the same",
    )
    up_to: Exact | None = Field(
        None,
        gt=0,
        description="in place of `share`: pays the first so much of this payment over the contract's life; the last "
        "has neither",
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
        (),
        description="payments that hold this one too while they are on hold, for whatever reason, such as what is "
        "deducted from it",
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
        None,
        description="in place of `amount`: a rule that gives it, such as a share of savings; while it cannot be worked "
        "out, what the cap covers is on hold",
    )
    per: Literal["contract", "year", "statement", "person"] = Field(
        "contract",
        description="over the contract's life, its year, one statement, or for each person, whose claims use it up in "
        "order of day, what was paid before first, what is on hold not at all",
    )
    cut: Literal["last first", "in proportion"] = Field(
        "last first",
        description="who is cut: the last payment in this order, or all in proportion; per person the last claim",
    )
    over: Some[Name] | Literal["all payments"] = Field(
        description="the payments it covers, in order; all of them: as written, rate cards after single payments"
    )
    payer: Name | None = Field(
        None,
        description="only this payer's parts are counted and cut, after all other caps; what is cut is not paid by "
        "another",
    )
    clause: Clause
    source: Source
    illustrative: Illustrative

    @model_validator(mode="after")
    def _one_most(self) -> Cap:
        if (self.rule is None) == (not self.amount):
            raise ValueError("give the most either as `amount` or by a `rule`")
        if self.rule is not None and self.per in ("person", "year"):
            raise ValueError("a rule gives the most over the contract or on a statement: write an `amount`")
        return self
