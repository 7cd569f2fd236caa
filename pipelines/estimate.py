"""apps: the flow that runs a sealed analysis plan on a landed cohort, twice, by two evaluators."""

from datetime import date

from prefect import flow, task

from pipelines.safely import safely, tell
from sib.steps.estimate import estimate_impact, replicate
from sib.steps.house import open_house, person
from sib.steps.verify import sign_result


@task
def run_plan(contract: str, cohort: str, randomised: str | None, by: str, measured_on: date) -> str:
    """Match blind, estimate, enter the result; returns its reference."""
    with safely(), open_house() as house:
        held = estimate_impact(house, person(by), contract, cohort, measured_on, randomised)
    tell(f"  {contract}: estimate {held.result.value} {held.result.unit} under the sealed plan")
    return held.result.reference


@task
def run_again(contract: str, reference: str, cohort: str, by: str) -> str:
    """A second evaluator's run on the same frozen inputs; returns the state it leads to."""
    with safely(), open_house() as house:
        held = replicate(house, person(by), contract, reference, cohort)
    tell(f"  {contract}: {held.state} by {by}")
    return str(held.state)


@task
def sign(contract: str, reference: str, by: str) -> str:
    """Sign the result, so that payment rules may read it."""
    with safely(), open_house() as house:
        held = sign_result(house, person(by), contract, reference)
    tell(f"  {contract}: result {reference} signed by {by}")
    return str(held.state)


@flow(name="estimate", log_prints=False)
def estimate(contract: str, cohort: str, by: str, second: str, measured_on: date, randomised: str | None = None) -> str:
    """Estimate, replicate, sign; returns the result's reference."""
    reference = run_plan(contract, cohort, randomised, by, measured_on)
    if run_again(contract, reference, cohort, second) == "replicated":
        sign(contract, reference, by)
    return reference
