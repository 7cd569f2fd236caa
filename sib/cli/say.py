"""the desk: how commands answer: data on stdout, words for people and problems on stderr, JSON when asked."""

import json
import sys
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from sib.errors import Problem

EXIT_CODES = (
    "Exit codes: 0 done or equal; 1 differs, or refused by a rule; 2 input not valid; "
    "3 something needed is missing or unreachable; 4 a fault of ours."
)

Json = Annotated[bool, typer.Option("--json", help="Answer as one JSON document, for machines.")]


def answer(document: Any) -> None:
    """Print one JSON document on stdout."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def tell(text: str = "") -> None:
    """Print words on stdout."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """Print a word on the way, on stderr."""
    sys.stderr.write(text + "\n")


def complain(problems: Iterable[Problem]) -> None:
    """Print every problem on stderr; as JSON when the command was asked for JSON."""
    if "--json" in sys.argv:
        sys.stderr.write(
            json.dumps({"problems": [problem.as_dict() for problem in problems]}, indent=2, ensure_ascii=False) + "\n"
        )
        return
    sys.stderr.write("\n\n".join(str(problem) for problem in problems) + "\n")
