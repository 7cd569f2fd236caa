"""terms: the ground every term stands on: frozen, strict, exact numbers, dated values, names."""

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from sib.money import Rounding, decimal_text

_EXACT = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18}|/[1-9][0-9]{0,17})?")
"""At most 18 digits on either side of the point or bar: no agreement needs more, and money has no more."""


class Term(BaseModel):
    """A frozen part of a contract; unknown keys are refused and nothing is converted silently."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


def _exact(value: Any) -> Fraction:
    """Read an exact number: a whole number, or decimal text such as "15.12"; never a bare float."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return Fraction(value)
    if isinstance(value, str) and _EXACT.fullmatch(value):
        return Fraction(value)
    if isinstance(value, str):
        raise ValueError(  # noqa: TRY004 - pydantic reads ValueError
            f"{value[:40]!r} is not a plain number: write at most 18 digits and as many after a point, as in 15.12, "
            "or a fraction, as in 1/3"
        )
    if isinstance(value, Decimal | float):
        raise ValueError(f'a bare decimal is not exact here: put quotation marks around it, "{str(value)[:40]}"')  # noqa: TRY004
    raise ValueError('this is not a number of at most 18 digits: write decimal text in quotation marks, as "15.12"')


_EXACT_SCHEMA: dict[str, Any] = {"anyOf": [{"type": "string", "pattern": f"^{_EXACT.pattern}$"}, {"type": "integer"}]}

Exact = Annotated[
    Fraction,
    BeforeValidator(_exact),
    PlainSerializer(decimal_text, return_type=str),
    WithJsonSchema(_EXACT_SCHEMA),
]
"""An exact number, written as a whole number or as decimal text in quotation marks."""

RoundingMode = Annotated[Rounding, Field(strict=False)]
"""One of the words for how something is rounded."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
"""An id: lower-case letters, digits and underscores."""

Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
"""Plain words for people; never empty."""

Illustrative = Annotated[
    Words | None,
    Field(None, description="what here is invented, and why; left out where everything is agreed or published"),
]
Clause = Annotated[Words, Field(description="the clause, schedule or page of the agreement")]
Source = Annotated[Words | None, Field(None, description="where the figures were published")]


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


T = TypeVar("T")
Many = Annotated[tuple[T, ...], BeforeValidator(_tuple)]
"""A TOML array as a frozen tuple."""
Some = Annotated[tuple[T, ...], Field(min_length=1), BeforeValidator(_tuple)]
"""A TOML array with at least one element."""


class DatedNumber(Term):
    """A number and the day from which it holds."""

    from_: date | None = Field(None, alias="from", description="the first day on which this value holds")
    value: Exact = Field(description="the value, as decimal text")
    clause: str | None = Field(None, description="the clause or amendment that sets it")


def _dated(value: Any) -> Any:
    """One number stands for itself since ever; a list holds dated values in order."""
    if isinstance(value, list | tuple):
        return tuple(value)
    return ({"value": value},)


def _in_order(values: tuple[DatedNumber, ...]) -> tuple[DatedNumber, ...]:
    days = [value.from_ or date.min for value in values]
    if len(set(days)) != len(days) or days != sorted(days):
        raise ValueError("dated values must each have a different `from`, earliest first")
    return values


_DATED_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"from": {"type": "string", "format": "date"}, "value": _EXACT_SCHEMA, "clause": {"type": "string"}},
    "required": ["value"],
    "additionalProperties": False,
}
DATED_SCHEMA: dict[str, Any] = {
    "anyOf": [*_EXACT_SCHEMA["anyOf"], {"type": "array", "minItems": 1, "items": _DATED_SCHEMA}]
}

Dated = Annotated[
    tuple[DatedNumber, ...],
    BeforeValidator(_dated),
    Field(min_length=1),
    WithJsonSchema(DATED_SCHEMA),
    AfterValidator(_in_order),
]
"""A number, or a list of ``{ from = DATE, value = "…" }`` so that an amendment is a line, not an edit."""


def value_on(values: tuple[DatedNumber, ...], day: date) -> Fraction | None:
    """Return the value in force on ``day``; None before the first."""
    held = [value.value for value in values if (value.from_ or date.min) <= day]
    return held[-1] if held else None


def key_of(value: Any) -> str | None:
    """Tell which member of a union a TOML value is: ``name`` for a name, else what its ``kind`` says."""
    if isinstance(value, str):
        return "name"
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return kind if isinstance(kind, str) else None
