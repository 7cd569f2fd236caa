"""apps: the flow that takes in one landed file: claims or measured results, by the hash of its bytes."""

from datetime import date
from typing import Literal

from prefect import flow, task

from pipelines.safely import safely, tell
from sib.steps.house import open_house, person
from sib.steps.take_in import take_in_claims, take_in_results


@task
def take_in(kind: str, contract: str, sha256: str, by: str, submitted_on: date) -> dict[str, int]:
    """Take one landed file in; returns counts of rows."""
    with safely(), open_house() as house:
        step = take_in_claims if kind == "claims" else take_in_results
        receipt = step(house, person(by), contract, sha256, submitted_on).receipt
    counts = {
        "rows": receipt.rows,
        "accepted": receipt.accepted,
        "refused": receipt.refused,
        "held": receipt.already_held,
    }
    again = " (this very file was taken in before: nothing changes)" if receipt.again else ""
    tell(
        f"  {contract}: {kind} file, {receipt.rows:,} rows: {receipt.accepted:,} taken, "
        f"{receipt.refused:,} refused{again}"
    )
    return counts


@flow(name="intake", log_prints=False)
def intake(
    contract: str, sha256: str, by: str, submitted_on: date, kind: Literal["claims", "results"] = "claims"
) -> dict[str, int]:
    """Take a landed file in."""
    return take_in(kind, contract, sha256, by, submitted_on)
