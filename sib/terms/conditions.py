"""terms: conditions, the second sort of a payment rule: yes or no, with the boundary spelled out."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from sib.terms.base import Dated, Name, Some, Term, key_of
from sib.terms.quantities import Quantity

Comparison = Literal["at least", "more than", "at most", "less than", "equal to"]


class Compare(Term):
    """A quantity against a number; `is` says whether the boundary itself counts."""

    kind: Literal["compare"]
    quantity: Quantity = Field(description="the quantity that is judged")
    is_: Comparison = Field(
        alias="is", description="at least and at most include the boundary; more than and less than do not"
    )
    value: Dated = Field(description="the number it is judged against, in the quantity's unit")


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
    | Annotated[OnOrAfter, Tag("on or after")],
    Discriminator(key_of),
]
"""The name of a ``[condition.NAME]``, or a table with ``kind``."""
