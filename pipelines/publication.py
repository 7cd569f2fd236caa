"""apps: the flow that rebuilds the page tables and swaps them in."""

from prefect import flow, task

from pipelines.safely import safely, tell
from sib.steps.house import open_house
from sib.steps.publish import publish_pages


@task
def publish() -> int:
    """Publish the page tables; returns how many statements they show."""
    with safely(), open_house() as house:
        statements = publish_pages(house)
    tell(f"  pages published: {statements} statements")
    return statements


@flow(name="publication", log_prints=False)
def publication() -> int:
    """Rebuild and swap."""
    return publish()
