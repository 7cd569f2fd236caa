"""the desk: `sib contract forecast`, `what-if`, `what-price`: what a contract may come to, and what moves it."""

from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from sib.cli.say import EXIT_CODES, Json, answer, tell
from sib.errors import NotValid, Problem

ContractFile = Annotated[Path, typer.Argument(help="A contract.toml, or the folder it stands in.")]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="In place of the contract's own seed.")]
Scenarios = Annotated[
    int | None, typer.Option("--scenarios", min=100, max=1_000_000, help="How many are drawn, in place of its own.")
]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (forecast, what_if, what_price, schedule):
        app.command(command.__name__.replace("_", "-"), epilog=EXIT_CODES)(command)


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

    Example: sib contract forecast contracts/nsw_employment --picture nsw.html
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


def what_if(
    contract: ContractFile,
    changes: Annotated[
        list[str], typer.Option("--set", help="PART.KEY=VALUE, as job.price=1600, most.amount=500000; again for more.")
    ],
    seed: Seed = None,
    scenarios: Scenarios = None,
    json: Json = False,
) -> None:
    """Say what every party would gain or lose if some numbers were others: by the forecast, else by the cases.

    Example: sib contract what-if contracts/nsw_employment --set earnings.price=120
    """
    from sib.steps.what_if import in_words
    from sib.steps.what_if import what_if as ask

    found = ask(contract, changes, scenarios=scenarios, seed=seed)
    if json:
        answer(found.as_dict())
    else:
        tell(in_words(found))


def what_price(
    contract: ContractFile,
    payment: Annotated[str, typer.Option("--payment", help="The payment whose price is looked for.")],
    tranche: Annotated[str, typer.Option("--tranche", help="The tranche that is to have the return.")],
    rate: Annotated[str, typer.Option("--rate", help="The yearly rate of return: 0.04 is four per cent.")] = "0.04",
    probability: Annotated[str, typer.Option("--probability", help="How often: 0.9 is nine times in ten.")] = "0.9",
    seed: Seed = None,
    scenarios: Scenarios = None,
    json: Json = False,
) -> None:
    """Find the price that pays a tranche a yearly return with a probability, and what that price depends on.

    Example: sib contract what-price contracts/nsw_employment --payment earnings --tranche fund
    """
    from sib.steps.what_price import in_words
    from sib.steps.what_price import what_price as ask
    from sib.terms.amend import read_agreement, version_of

    agreed = version_of(read_agreement(contract))
    wanted = _number(rate, "--rate"), _number(probability, "--probability")
    found = ask(agreed, payment, tranche, *wanted, scenarios=scenarios, seed=seed)
    if json:
        answer(found.as_dict())
    else:
        tell(in_words(found))


def _number(text: str, name: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise NotValid(Problem("usage", f"{name}: `{text[:40]}` is no number", "write it as 0.04")) from None


def schedule(
    contract: ContractFile,
    register: Annotated[
        bool, typer.Option("--register", help="What happened, from the register, comes first.")
    ] = False,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write every flow into this .csv file.")] = None,
    ilpa: Annotated[
        Path | None, typer.Option("--ilpa", help="Write the tranches' flows as capital calls and distributions, .csv.")
    ] = None,
    excel: Annotated[
        Path | None, typer.Option("--excel", help="Write an .xlsx whose waterfall is reckoned by its own formulas.")
    ] = None,
    json: Json = False,
) -> None:
    """Show dated cash flows, as they happened and as expected, by tranche, investor, payer, year; and against plans.

    Example: sib contract schedule contracts/nsw_employment --csv flows.csv
    """
    from sib.steps.export_schedule import as_dict, in_words, schedule_of, write_csv, write_ilpa
    from sib.steps.export_workbook import write_workbook

    found = schedule_of(contract, register=register)
    for file, write in ((csv, write_csv), (ilpa, write_ilpa), (excel, write_workbook)):
        if file is not None:
            write(found, file)
    if json:
        answer(as_dict(found))
    else:
        tell(in_words(found))
