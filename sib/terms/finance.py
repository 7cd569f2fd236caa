"""terms: the investors' side of a contract: tranches, the waterfall, guarantees, and who bears a loss."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sib.periods import BusinessDayConvention, DayCount
from sib.terms.amounts import Amount
from sib.terms.base import Clause, Dated, Exact, Illustrative, Many, Name, Some, Source, Term, Words
from sib.terms.conditions import Condition
from sib.terms.quantities import Quantity

PRINCIPAL_SHARE = "share of principal"
"""The unit of a quantity that says how much of the principal is repaid."""
YEARLY_RATE = "yearly rate"
"""The unit of a quantity that says a coupon's rate: 0.12 is twelve per cent a year."""

DayCountWord = Annotated[
    DayCount, Field(strict=False, description="how parts of a year are counted; contracts differ, so no default")
]
Convention = Annotated[
    BusinessDayConvention,
    Field(
        strict=False,
        description="where a payment goes that falls on a closed day, as an ACTUS code: SCF, CSMF …; NOS does not move",
    ),
]


class Drawdown(Term):
    """Money an investor pays in."""

    on: date
    amount: Exact = Field(gt=0)
    illustrative: Illustrative


class Cycle(Term):
    """The periods for which interest or a coupon is reckoned, one after the other."""

    from_: date = Field(alias="from", description="the first day of the first period")
    every_months: int = Field(ge=1, le=1200, description="how many months a period has")
    end_of_month: bool = Field(description="true: periods keep to month ends, where `from` is one")
    business_days: Convention


class Interest(Term):
    """Interest on what is drawn and not yet repaid."""

    rate: Dated = Field(description="the yearly rate, 0.05 is five per cent, or dated rates")
    day_count: DayCountWord
    compounding: Literal["simple", "each period"] = Field(
        description="simple: interest earns none; each period: what is unpaid earns interest from the period's end"
    )
    periods: Cycle | None = Field(None, description="when it falls due; left out where it is due at every receipt")

    @model_validator(mode="after")
    def _periods_to_compound(self) -> Interest:
        if self.compounding == "each period" and self.periods is None:
            raise ValueError("nothing says what a period is: write `periods`, or simple")
        return self


class CouponFloor(Term):
    """The least a coupon's rate is for some time."""

    from_: date = Field(alias="from", description="the first day on which it holds")
    to: date = Field(description="the last day; the last day of the coupon's period decides")
    at_least: Exact = Field(description="the yearly rate, 0.05 is five per cent")


class Coupon(Term):
    """A yearly rate that follows an outcome, paid for the last full period on what was drawn in it.

    It falls due on the day after its period, or on the period's last day if the contract ends on it; a period that
    is cut short has none. What is not paid of a coupon before the next falls due lapses.
    """

    rate: Quantity = Field(description="the rate, such as a table of a cumulative outcome; its unit is `yearly rate`")
    floors: Many[CouponFloor] = Field((), description="the least it is, for some time")
    at_most: Exact | None = Field(None, description="the most it is: 0.15 is fifteen per cent a year")
    day_count: DayCountWord
    periods: Cycle = Field(description="the coupon's periods")


TrancheKind = Literal[
    "senior",
    "mezzanine",
    "junior",
    "equity",
    "grant",
    "recoverable grant",
    "deferred fee",
    "provider share",
    "fee",
    "reserve",
    "recycling",
]


class Tranche(Term):
    """A class of money that is repaid from outcome payments; fees and reserves have one, too."""

    id: Name
    name: Words
    party: Name = Field(description="whose money it is")
    kind: TrancheKind
    committed: Exact = Field(ge=0, description="the most it may put in")
    drawdowns: Many[Drawdown] = Field((), description="when it is paid in")
    interest: Interest | None = Field(None, description="what the step `interest` pays")
    coupon: Coupon | None = Field(None, description="what the step `coupon` pays")
    principal_share: Quantity | None = Field(
        None,
        description="how much of what is drawn the step `principal` repays; all if left out; unit `share of principal`",
    )
    if_terminated: Dated | None = Field(
        None,
        description="the share of principal in place of it after an early end, dated by the day of reckoning",
    )
    source: Source
    illustrative: Illustrative


class TrancheShare(Term):
    """A tranche's share of a step of the waterfall."""

    tranche: Name
    share: Exact = Field(gt=0)


class Hurdle(Term):
    """How far a step pays: until a tranche has had so much."""

    tranche: Name = Field(description="the tranche that is measured, one of those that the step pays")
    yearly_rate: Dated | None = Field(
        None, description="its yearly rate of return over all its dated flows, compounded, as XIRR has it"
    )
    day_count: DayCountWord | None = Field(None, description="with `yearly_rate`: how its years are counted")
    multiple: Exact | None = Field(None, gt=0, description="all that was paid to it, as a multiple of all it paid in")
    amount: Dated | None = Field(None, description="so much return over the contract's life")
    share_of_return: Exact | None = Field(
        None, gt=0, lt=1, description="its share of all the return of the tranches in `among`: a catch-up"
    )
    among: Many[Name] = Field((), description="with `share_of_return`: the tranches, itself included")

    @model_validator(mode="after")
    def _one_measure(self) -> Hurdle:
        measures = (self.yearly_rate, self.multiple, self.amount, self.share_of_return)
        if sum(measure is not None for measure in measures) != 1:
            raise ValueError("give one of `yearly_rate`, `multiple`, `amount` and `share_of_return`")
        if (self.yearly_rate is None) != (self.day_count is None):
            raise ValueError("`day_count` goes with `yearly_rate`: write both or neither")
        if (self.share_of_return is None) != (not self.among):
            raise ValueError("`among` goes with `share_of_return`: write both or neither")
        return self


Pays = Literal["principal", "surplus", "interest", "coupon", "fee", "reserve", "release", "principal and return"]
WITH_AMOUNT = ("fee", "reserve")
WITH_HURDLE = ("surplus", "principal and return")


class WaterfallStep(Term):
    """One step of the waterfall; steps are taken in the order written, each until it is full."""

    id: Name | None = Field(None, description="its id, where cases say what was paid under it")
    pays: Pays = Field(
        description="principal: what is drawn and not yet repaid; surplus: everything that is left, as return; "
        "interest, coupon: what a tranche's terms give and is unpaid; fee: `amount` in all; reserve: fills up to "
        "`amount`; release: empties a reserve into the steps below; principal and return: by share, principal first"
    )
    to: Some[TrancheShare] = Field(description="who receives it; a release takes it from them")
    amount: Dated | None = Field(None, description="with fee and reserve: how much in all, or dated amounts")
    until: Hurdle | None = Field(None, description="with surplus, principal and return: how far it pays")
    at_most: Dated | None = Field(None, description="the most it pays over the contract's life")
    from_payments: Many[Name] = Field((), description="only money of these payments; of all if left out")
    condition: Condition | None = Field(None, description="pays only if it holds")
    only: Literal["while it runs", "once it has ended"] | None = Field(
        None, description="pays only before, or only after, the contract's end or termination"
    )
    split: Literal["by what is due", "by share"] | None = Field(
        None,
        description="side by side; where what is due is limited, by what is due if left out, else by `share`",
    )
    clause: Clause
    illustrative: Illustrative

    @model_validator(mode="after")
    def _fitting(self) -> WaterfallStep:
        if (self.pays in WITH_AMOUNT) != (self.amount is not None):
            raise ValueError("`amount` goes with fee and reserve: write it there, and only there")
        if self.until is not None and self.pays not in WITH_HURDLE:
            raise ValueError("`until` goes with surplus, and principal and return: take it out, or pay one of these")
        if self.pays != "surplus" and self.until is not None and (self.until.amount or self.until.share_of_return):
            raise ValueError("this hurdle counts return alone: pay surplus, below a step that repays the principal")
        if self.split is not None and self.pays in (*WITH_HURDLE, "release"):
            raise ValueError("this step is always split by share: take `split` out")
        return self


class Guarantee(Term):
    """Somebody's promise to make good principal that is not repaid."""

    id: Name
    name: Words
    guarantor: Name = Field(description="the party that pays")
    tranche: Name = Field(description="the tranche whose principal it covers")
    share: Dated | None = Field(None, description="covers a share of what was drawn: 0.75 is three quarters")
    amount: Dated | None = Field(None, description="in place of it: a scheduled amount, dated by the day of reckoning")
    takes: Literal["first loss", "in proportion"] = Field(
        description="first loss: all that is unpaid, up to the cover; in proportion: of it, the cover's share of "
        "what was drawn"
    )
    called: Literal["at the end or on termination", "at the end", "on termination"] = Field(
        description="when it is called"
    )
    clause: Clause
    source: Source
    illustrative: Illustrative

    @model_validator(mode="after")
    def _one_cover(self) -> Guarantee:
        if (self.share is None) == (self.amount is None):
            raise ValueError("a guarantee covers one of the two: write `share` or `amount`")
        return self


class Bearer(Term):
    """Who bears a loss: a share of it, or the first so much."""

    tranche: Name = Field(description="the tranche that bears it")
    share: Exact | None = Field(None, gt=0, description="its share; shares are put in proportion to their sum")
    up_to: Amount | None = Field(None, description="in place of `share`: the first so much; the last has neither")


class Loss(Term):
    """A loss by its cause, and which tranches bear it.

    With an amount it is reported, for all facts so far, and moves no money; without one, what is paid back is shared.
    """

    id: Name
    name: Words
    amount: Amount | None = Field(
        None, description="what is lost; left out for a receipt below zero, which is money that is paid back"
    )
    borne_by: Some[Bearer] = Field(description="side by side with shares, or in order with `up_to`")
    clause: Clause
    source: Source
    illustrative: Illustrative

    @model_validator(mode="after")
    def _shares_or_order(self) -> Loss:
        *first, last = self.borne_by
        by_share = all(each.share is not None and each.up_to is None for each in self.borne_by)
        in_order = (
            all(each.up_to is not None and each.share is None for each in first)
            and last.up_to is None
            and last.share is None
        )
        if not by_share and not in_order:
            raise ValueError("give every bearer a `share`; or, in order, all but the last `up_to`, and none a `share`")
        return self
