"""arrows: what the demonstration runs: three real contracts, their files, and on which days things happen."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sib.steps.house import PROJECT

CONTRACTS = PROJECT / "contracts"
SAMPLES = PROJECT / "data" / "sample"


@dataclass(frozen=True, slots=True)
class DemoContract:
    """One contract of the demonstration; days are those of the story, not of today."""

    contract: str
    claims: Path
    submitted_on: date
    results: Path | None = None
    cohort: Path | None = None
    randomised: Path | None = None
    measured_on: date | None = None

    @property
    def folder(self) -> Path:
        """Where its contract.toml stands."""
        return CONTRACTS / self.contract


DEMO = (
    DemoContract("care_leavers_reboot_west", SAMPLES / "care_leavers" / "claims.csv", date(2022, 12, 31)),
    DemoContract(
        "denver_supportive_housing",
        SAMPLES / "denver" / "claims.csv",
        date(2021, 6, 30),
        results=SAMPLES / "denver" / "results.csv",
    ),
    DemoContract(
        "nsw_employment",
        SAMPLES / "nsw_employment" / "enrolments.csv",
        date(1979, 6, 30),
        cohort=SAMPLES / "nsw_employment" / "cohort.csv",
        randomised=SAMPLES / "nsw_employment" / "randomised.csv",
        measured_on=date(1979, 6, 30),
    ),
)

EXPECTED = {
    "care_leavers_reboot_west": ("1871540.00", "published: the 23 payments of the project"),
    "denver_supportive_housing": ("9638911.36", "published: final outcome payments, July 2021"),
    "nsw_employment": ("259000.00", "ours: the sealed estimate under an illustrative contract"),
}
"""What each contract must settle at in all, as decimal text, and who says so."""
