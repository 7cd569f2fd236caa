"""apps: the flow that drafts a period's statement, and those that record its authorisation and its receipt."""

from prefect import flow, task

from pipelines.safely import safely, tell
from sib.money import show
from sib.steps.house import open_house, person
from sib.steps.settle import authorise, draft, receive_in_full


@task
def settle_period(contract: str, period: str, drafter: str, authoriser: str, receiver: str) -> str:
    """Draft, authorise and receive one period's statement, three different people; returns its reference."""
    with safely(), open_house() as house:
        statement = draft(house, person(drafter), contract, period)
        authorise(house, person(authoriser), statement.reference)
        receive_in_full(house, person(receiver), statement.reference)
    tell(f"  {statement.reference}: {show(statement.total_minor, statement.currency)}, authorised and received")
    return statement.reference


@flow(name="settlement", log_prints=False)
def settlement(contract: str, periods: list[str], drafter: str, authoriser: str, receiver: str) -> list[str]:
    """Settle periods in order; returns the statements' references."""
    return [settle_period(contract, period, drafter, authoriser, receiver) for period in periods]
