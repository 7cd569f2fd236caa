"""apps: the demonstration: three real contracts from file to cash flow, in one process and one flow."""

from prefect import flow, task

from pipelines.estimate import estimate
from pipelines.intake import intake
from pipelines.publication import publication
from pipelines.safely import safely, tell
from pipelines.settlement import settlement
from pipelines.verification import verification
from sib.steps.demo import DEMO, DemoContract
from sib.steps.estimate import seal
from sib.steps.house import open_house, person, registered
from sib.steps.settle import record_drawdowns
from sib.steps.take_in import land, register_contract
from sib.steps.verify import sign_result, signable


@task
def begin(contract: str) -> dict[str, str]:
    """Register the contract, seal its plan, land its files, record drawdowns; returns the files' hashes."""
    story = _story(contract)
    with safely(), open_house() as house:
        held = register_contract(house, person("officer-1"), story.folder)
        record_drawdowns(house, person("finance"), contract)
        if story.cohort is not None:
            seal(house, person("evaluator"), person("officer-1"), contract, story.folder / "plan.toml")
        files = {
            "claims": story.claims,
            "results": story.results,
            "cohort": story.cohort,
            "randomised": story.randomised,
        }
        landed = {kind: land(house, file) for kind, file in files.items() if file is not None}
    tell(f"{contract}, version {held.version}")
    return landed


@task
def sign_results(contract: str) -> int:
    """A second evaluator signs the measured results that came in a file."""
    with safely(), open_house() as house:
        waiting = signable(house, contract)
        for reference in waiting:
            sign_result(house, person("second-evaluator"), contract, reference)
    return len(waiting)


@task
def periods_of(contract: str) -> list[str]:
    """The settlement periods of a contract."""
    with safely(), open_house() as house:
        return [period.id for period in registered(house, contract).agreed.contract.settlement]


def run_contract(story: DemoContract) -> None:
    """One contract from its file to its cash flows."""
    landed = begin(story.contract)
    intake(story.contract, landed["claims"], "provider", story.submitted_on)
    verification(story.contract, "officer-1")
    if "results" in landed:
        intake(story.contract, landed["results"], "evaluator", story.submitted_on, kind="results")
        sign_results(story.contract)
    if "cohort" in landed and story.measured_on is not None:
        randomised = landed.get("randomised")
        estimate(story.contract, landed["cohort"], "evaluator", "second-evaluator", story.measured_on, randomised)
    settlement(story.contract, periods_of(story.contract), "officer-1", "officer-2", "finance")


@flow(name="demo", log_prints=False)
def demo() -> int:
    """Run every contract of the demonstration, then publish the pages; returns how many contracts ran."""
    for story in DEMO:
        run_contract(story)
    publication()
    return len(DEMO)


def _story(contract: str) -> DemoContract:
    return next(story for story in DEMO if story.contract == contract)


if __name__ == "__main__":
    demo()
