"""the desk: `sib contract forecast`, `what-if`, `what-price`: what a contract may come to, and what moves it."""

from pathlib import Path
from typing import Annotated

import typer

from sib.cli.say import EXIT_CODES, Json, answer, tell

ContractFile = Annotated[Path, typer.Argument(help="A contract.toml, or the folder it stands in.")]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="In place of the contract's own seed.")]
Scenarios = Annotated[
    int | None, typer.Option("--scenarios", min=100, max=1_000_000, help="How many are drawn, in place of its own.")
]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(epilog=EXIT_CODES)(forecast)


def forecast(
    contract: ContractFile,
    cases: Annotated[
        list[str] | None, typer.Option("--cases", help="Only these named cases beside the bands; all if left out.")
    ] = None,
    seed: Seed = None,
    scenarios: Scenarios = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="Also draw it into this file: .html (with tables), .svg, .png.")
    ] = None,
    json: Json = False,
) -> None:
    """Forecast what a contract pays by period and year, and what its tranches have of it, with chance and without.

    Example: sib contract forecast contracts/denver_supportive_housing --picture denver.html
    """
    from sib.steps.forecast import forecast as forecast_contract
    from sib.steps.forecast_words import as_dict, in_words
    from sib.steps.stress_picture import drawable
    from sib.terms.amend import read_agreement, version_of

    if picture is not None:
        drawable(picture)
    terms = version_of(read_agreement(contract)).contract
    found = forecast_contract(terms, seed=seed, scenarios=scenarios, cases=cases)
    if picture is not None:
        from sib.steps.forecast_picture import picture as draw

        draw(found, picture)
    if json:
        answer(as_dict(found))
    else:
        tell(in_words(found) + (f"\n\nwrote {picture}" if picture else ""))
