"""Values: what is wrong, where, and how to mend it; every error a person can cause is one of these."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    DIFFERS = 1
    """Differs from what was expected, or refused by a rule."""
    NOT_VALID = 2
    """The input is not valid."""
    MISSING = 3
    """Something needed is missing or cannot be reached."""
    FAULT = 4
    """A fault of ours."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, told so that a person who does not program can mend it.

    ``value`` never holds personal data: intake leaves it empty for columns that name people.
    """

    code: str
    """Stable, for machines: ``contract.unknown-key``."""
    what: str
    """What is wrong, naming the thing."""
    mend: str = ""
    """What to do about it."""
    value: str | None = None
    expected: str | None = None
    file: str | None = None
    line: int | None = None
    place: str | None = None
    """Path inside the file: ``payment 2, cap`` or a column's name."""

    def __str__(self) -> str:
        return self.told()

    def told(self, heading: str = "error") -> str:
        """Say it with its place and mend; what is no error comes under another heading."""
        where = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        rows = [f"{heading}[{self.code}]: {self.what}"]
        for label, text in (
            ("at", " ".join(part for part in (where, f"({self.place})" if self.place else "") if part)),
            ("found", self.value),
            ("expected", self.expected),
            ("mend", self.mend),
        ):
            if text:
                rows.append(f"  {label + ':':<10}{text}")
        return "\n".join(rows)

    def as_dict(self) -> dict[str, Any]:
        """The same as a plain dictionary, empty parts left out."""
        return {key: value for key, value in asdict(self).items() if value not in (None, "")}


class SibError(Exception):
    """Carries every problem found at once; shown without a traceback."""

    exit_code = Exit.FAULT

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class NotValid(SibError):  # noqa: N818 - reads as the sentence it is
    """The input is not valid; nothing was done."""

    exit_code = Exit.NOT_VALID


class Refused(SibError):  # noqa: N818
    """A rule of the contract or of the house says no; nothing was done."""

    exit_code = Exit.DIFFERS


class Missing(SibError):  # noqa: N818
    """Something needed is not there or cannot be reached."""

    exit_code = Exit.MISSING
