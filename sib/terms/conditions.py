"""terms: conditions, the second sort of a payment rule: yes or no, with the boundary spelled out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from sib.terms.base import Dated, Name, Some, Term, key_of
from sib.terms.quantities import Quantity

if TYPE_CHECKING:
    # amounts hold conditions, and one condition holds amounts: amounts.py completes it
    from sib.terms.amounts import Amount

Comparison = Literal["at least", "more than", "at most", "less than", "equal to"]


class Compare(Term):
    """A quantity against a number or another quantity; `is` says whether the boundary itself counts."""

    kind: Literal["compare"]
    quantity: Quantity = Field(description="the quantity that is judged")
    is_: Comparison = Field(
        alias="is", description="at least and at most include the boundary; more than and less than do not"
    )
    value: Dated | None = Field(None, description="the number it is judged against, in the quantity's unit")
    than: Quantity | None = Field(None, description="in place of `value`: another quantity of the same unit")

    @model_validator(mode="after")
    def _against_one(self) -> Compare:
        if (self.value is None) == (self.than is None):
            raise ValueError("judge against either `value`, a number, or `than`, a quantity")
        return self


class CompareAmounts(Term):
    """An amount against another, such as savings against what they cost."""

    kind: Literal["compare amounts"]
    amount: Amount = Field(description="the amount that is judged")
    is_: Comparison = Field(
        alias="is", description="at least and at most include the boundary; more than and less than do not"
    )
    than: Amount = Field(description="the amount it is judged against")


class Measured(Term):
    """A result stands: the quantity was measured or can be worked out; the gate of a fallback."""

    kind: Literal["measured"]
    quantity: Quantity = Field(description="the quantity that must be known")


class All(Term):
    """Every condition holds."""

    kind: Literal["all"]
    of: Annotated[Some[Condition], Field(description="the conditions")]


class AnyOf(Term):
    """At least one condition holds."""

    kind: Literal["any"]
    of: Annotated[Some[Condition], Field(description="the conditions")]


class NoneOf(Term):
    """No condition holds."""

    kind: Literal["none"]
    of: Annotated[Some[Condition], Field(description="the conditions")]


class OnOrAfter(Term):
    """The day of reckoning is not before a date."""

    kind: Literal["on or after"]
    day: date = Field(description="the first day on which the condition holds")


Condition = Annotated[
    Annotated[Name, Tag("name")]
    | Annotated[Compare, Tag("compare")]
    | Annotated[All, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[NoneOf, Tag("none")]
    | Annotated[OnOrAfter, Tag("on or after")]
    | Annotated[CompareAmounts, Tag("compare amounts")]
    | Annotated[Measured, Tag("measured")],
    Discriminator(key_of),
]
"""The name of a ``[condition.NAME]``, or a table with ``kind``."""
