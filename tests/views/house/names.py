"""Names that the parts of the house share."""

from collections.abc import Mapping, Sequence
from typing import Any

DENVER, LEAVERS, NSW, PILOT, EMPTY = (
    "denver_supportive_housing",
    "care_leavers_reboot_west",
    "nsw_employment",
    "small_pilot",
    "just_signed",
)

Rows = Mapping[str, list[Sequence[Any]]]


def sha(mark: str) -> str:
    """A hash to look at."""
    return (mark.encode().hex() * 64)[:64]
