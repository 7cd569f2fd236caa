"""the desk: `sib contract new`: ask what a contract needs, and make its folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sib.cli.say import Json, answer, note, tell

if TYPE_CHECKING:
    from sib.terms.scaffold import Question


def new(
    folder: Annotated[Path, typer.Argument(help="The folder to make; its name is the contract's id.")],
    kind: Annotated[
        str | None, typer.Option("--kind", help="rate card, measured result, or impact estimate; asked if left out.")
    ] = None,
    answers: Annotated[
        Path | None, typer.Option("--answers", help="A TOML file with answers; what it leaves out takes its default.")
    ] = None,
    given: Annotated[
        list[str] | None, typer.Option("--set", help="One answer, as name=value; may be repeated.")
    ] = None,
    like: Annotated[Path | None, typer.Option("--from", help="Take terms and a case of this contract.")] = None,
    defaults: Annotated[bool, typer.Option("--defaults", help="Ask nothing.")] = False,
    json: Json = False,
) -> None:
    """Make the start of a contract: terms that are valid at once, one golden case, page. Nothing is written over.

    Questions are asked with an example and a default; with --answers, --from, --defaults or --json none is asked.

    Example: sib contract new contracts/southshire_work --kind "rate card" --set size=200
    """
    from datetime import UTC, datetime

    from sib.steps.scaffold import Wanted, new_contract

    single = ([f"kind={kind}"] if kind else []) + (given or [])
    silent = answers is not None or defaults or json
    files = new_contract(
        folder, Wanted(answers, tuple(single), like), datetime.now(UTC).date(), None if silent else _asked
    )
    if json:
        answer({"folder": str(folder), "files": [str(file) for file in files]})
        return
    tell("\n".join(f"wrote {file}" for file in files))
    tell(f"look at {folder / 'contract.toml'} and change what is not so; then: sib contract show {folder} --write")
    tell(f"and: sib contract check {folder}")


def _asked(question: Question, default: str, wrong: str) -> str:
    """Ask on the terminal; words go to stderr, so that stdout stays an answer."""
    if wrong:
        note(f"  {wrong}")
    said: str = typer.prompt(f"{question.asks} (such as {question.example})", default=default, err=True)
    return said
