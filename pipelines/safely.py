"""apps: how a flow runs a step: problems are told to people, and only their codes reach the orchestrator's database."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sib.errors import SibError


class StepRefused(Exception):  # noqa: N818
    """A step said no; carries the codes of its problems and nothing of what the problems quote."""


@contextmanager
def safely() -> Iterator[None]:
    """Let a step's problems out on stderr for people, and its codes to the orchestrator."""
    try:
        yield
    except SibError as error:
        tell("\n\n".join(str(problem) for problem in error.problems))
        codes = ", ".join(sorted({problem.code for problem in error.problems}))
        raise StepRefused(f"{len(error.problems)} problem(s): {codes}") from None
    except Exception as error:
        # a driver's exception can quote a row: its text stays out of the orchestrator's database
        tell(f"fault: {type(error).__name__}")
        raise StepRefused(f"fault: {type(error).__name__}") from None


def tell(text: str) -> None:
    """Say a line of progress on stderr; the command line shows it."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
