"""the desk: `sib impact`: matching for an outside checker, with R's meaning and R's file shapes."""

from pathlib import Path
from typing import Annotated

import typer

from sib.cli.say import EXIT_CODES, Json, answer, tell

app = typer.Typer(no_args_is_help=True, help="Match and estimate outside a contract, to check the estimator.")


@app.callback()
def impact() -> None:
    """Match and estimate outside a contract, to check the estimator."""


@app.command(epilog=EXIT_CODES)
def match(
    data: Annotated[Path, typer.Argument(help="A CSV file with a column `treat` and the covariates.")],
    spec: Annotated[Path, typer.Option("--spec", help="JSON: formula, args as in MatchIt, outcomes, score.")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write to.")],
    json: Json = False,
) -> None:
    """Match as a specification says, and write what R's MatchIt would.

    Example: sib impact match data/sample/nsw_employment/cohort.csv --spec spec.json --out matched
    """
    from sib.impact.checker import match_for_checker

    result = match_for_checker(data, spec, out)
    if json:
        answer(result)
    else:
        tell(f"matched {result['n_treated_matched']} with {result['n_control_matched']}; written to {out}")
