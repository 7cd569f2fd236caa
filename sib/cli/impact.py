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


@app.command(epilog=EXIT_CODES)
def power(
    outcome: Annotated[str, typer.Argument(help="What is measured of a person: `yes or no`, `count` or `amount`.")],
    treated: Annotated[int, typer.Option(help="People of the service.")],
    base: Annotated[float, typer.Option(help="Share, mean count or mean amount without the service.")],
    effect: Annotated[float, typer.Option(help="The true effect to be found, in the same unit; its sign counts.")],
    per: Annotated[float, typer.Option(help="Comparison people for each of the service (1:k).")] = 1.0,
    spread: Annotated[float, typer.Option(help="Standard deviation between people, of an amount.")] = 0.0,
    overdispersion: Annotated[float, typer.Option(help="k of a count: variance = mean + k mean squared.")] = 0.0,
    explained: Annotated[float, typer.Option(help="Share of an amount's variance that covariates explain.")] = 0.0,
    cluster: Annotated[float, typer.Option(help="People that come together, such as a class.")] = 1.0,
    icc: Annotated[float, typer.Option(help="Correlation of two people who come together.")] = 0.0,
    lost: Annotated[float, typer.Option(help="Share of people of whom no outcome will be known.")] = 0.0,
    alpha: Annotated[float, typer.Option(help="Level of the two-sided test.")] = 0.05,
    aim: Annotated[float, typer.Option(help="The chance of finding the effect that is wanted.")] = 0.8,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="Also draw it into this file: .html (with the table), .svg, .png.")
    ] = None,
    json: Json = False,
) -> None:
    """Say what a design can find before it begins: its power, and the smallest effects, in several sizes.

    Example: sib impact power "yes or no" --treated 400 --base 0.4 --effect -0.08 --per 2
    """
    from dataclasses import asdict

    from sib.impact.designs import powered
    from sib.impact.power import Design, kind_of
    from sib.steps.power_picture import HEADS, table
    from sib.steps.power_picture import picture as draw
    from sib.steps.stress_picture import drawable

    if picture is not None:
        drawable(picture)
    design = Design(kind_of(outcome), treated, base, per, spread, overdispersion, explained, cluster, icc, lost, alpha)
    found = powered(design, effect, aim)
    if picture is not None:
        draw(found, picture)
    if json:
        answer({"finding": found.finding, **asdict(found)})
        return
    tell(found.finding)
    for row in (HEADS, *table(found)):
        tell("  ".join(cell.rjust(20 if place > 2 else 12) for place, cell in enumerate(row)))
    if picture is not None:
        tell(f"wrote {picture}")
