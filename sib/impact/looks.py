"""impact: looks at the data before the end, as a plan says them: when, and how the chance of a false alarm is spent."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sib.impact.specification import Agreed

Spending = Literal["O'Brien-Fleming", "Pocock"]
Share = Annotated[float, Field(gt=0, le=1)]


class Looks(Agreed):
    """Looks at rising shares of the information, the last at all of it (Lan & DeMets, 1983)."""

    at: Annotated[tuple[Share, ...], Field(strict=False, min_length=1, max_length=20)]
    """Shares of the information at each look, such as 0.5 and 1."""
    spending: Spending
    alpha: float = Field(default=0.05, gt=0, lt=1)
    """Chance of a false alarm over all looks together, both sides."""

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if list(self.at) != sorted(set(self.at)) or self.at[-1] != 1:
            raise ValueError("looks stand in rising order, and the last is at 1, all of the information")
        return self
