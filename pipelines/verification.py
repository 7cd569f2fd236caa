"""apps: the flow that lets the automatic checks look at claims, and records a person's verification of what passed."""

from prefect import flow, task

from pipelines.safely import safely, tell
from sib.steps.house import open_house, person
from sib.steps.verify import screen_claims, verify_claims


@task
def screen(contract: str) -> dict[str, int]:
    """Screen submitted claims; machines pass or flag, never reject."""
    with safely(), open_house() as house:
        seen = screen_claims(house, contract)
    tell(f"  {contract}: {seen.screened:,} claims pass the automatic checks, {seen.flagged:,} flagged for a person")
    return {"screened": seen.screened, "flagged": seen.flagged}


@task
def verify(contract: str, by: str) -> dict[str, int]:
    """Record that a person verified what passed."""
    with safely(), open_house() as house:
        seen = verify_claims(house, person(by), contract)
    tell(f"  {contract}: {seen.verified:,} claims verified by {by}")
    return {"verified": seen.verified}


@flow(name="verification", log_prints=False)
def verification(contract: str, by: str) -> dict[str, int]:
    """Screen, then verify."""
    return {**screen(contract), **verify(contract, by)}
