"""the desk: `sib contract`: check, show and price a contract, from any folder, without a register."""

from pathlib import Path
from typing import Annotated

import typer

from sib.cli.forecast import add_to as add_forecast
from sib.cli.new import new
from sib.cli.say import EXIT_CODES, Json, answer, tell
from sib.errors import Exit

app = typer.Typer(
    no_args_is_help=True, help="Read a contract: check it, say it in sentences, price it on given results."
)
ContractFile = Annotated[Path, typer.Argument(help="A contract.toml, or the folder it stands in.")]
app.command(epilog=EXIT_CODES)(new)
add_forecast(app)


@app.command(epilog=EXIT_CODES)
def check(
    contracts: Annotated[list[Path], typer.Argument(help="Contract files or their folders.")],
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 also where something is worth a look.")] = False,
    json: Json = False,
) -> int:
    """Check contracts: terms, golden cases, generated page; and say what is worth a look, though nothing is wrong.

    Example: sib contract check contracts/*
    """
    from sib.steps.agree import check_contract

    # contracts/* also names the page that stands beside the folders
    paths = [path for path in contracts if path.name != "README.md" or len(contracts) == 1]
    reports = [check_contract(path) for path in paths]
    if json:
        answer({"contracts": [report.as_dict() for report in reports]})
    else:
        tell("\n\n".join(str(report) for report in reports))
    looked = Exit.DIFFERS if strict and any(report.advice for report in reports) else Exit.DONE
    return max((looked, *(report.exit_code for report in reports)))


@app.command(epilog=EXIT_CODES)
def show(
    contract: ContractFile,
    write: Annotated[bool, typer.Option("--write", help="Write the page as README.md beside the contract.")] = False,
    version: Annotated[
        int | None, typer.Option("--version", help="This version; the latest agreed if left out.")
    ] = None,
    on: Annotated[str | None, typer.Option("--on", help="The version in force on this day, as 2024-03-31.")] = None,
    json: Json = False,
) -> None:
    """Say a contract in sentences.

    Example: sib contract show contracts/denver_supportive_housing
    """
    from sib.steps.agree import contract_sentences, contract_sheet, day_of, version_sheet

    file, text = contract_sheet(contract)
    if version or on:
        text, write = version_sheet(contract, version, day_of(on)), False
    if write:
        file.with_name("README.md").write_text(text, encoding="utf-8")
    if json:
        answer(contract_sentences(contract, version, day_of(on)))
    else:
        tell(text if not write else f"wrote {file.with_name('README.md')}")


@app.command(epilog=EXIT_CODES)
def price(
    contract: ContractFile,
    given: Annotated[Path, typer.Option("--given", help="A golden case: measured results and what is expected.")],
    check: Annotated[
        bool, typer.Option("--check", help="Compare with the case's [expect]; exit 1 if anything differs.")
    ] = False,
    version: Annotated[int | None, typer.Option("--version", help="As if this version alone had ever held.")] = None,
    json: Json = False,
) -> int:
    """Price a contract on given results.

    Example: sib contract price contracts/nsw_employment --given contracts/nsw_employment/cases/cap.toml --check
    """
    from sib.steps.price import differences, in_words, price_file
    from sib.terms.amend import read_agreement, version_of

    agreement = read_agreement(contract)
    versions = (version_of(agreement, version).contract,) if version else agreement.versions
    case, priced = price_file(versions, given)
    differing = differences(priced, case) if check else ()
    if json:
        document = priced.as_dict()
        answer({**document, "differences": [str(each) for each in differing]} if check else document)
    else:
        tell(in_words(priced, case))
        if check:
            tell("\n".join(f"differs: {each}" for each in differing) or "equal to what the case expects")
    return Exit.DIFFERS if differing else Exit.DONE


@app.command(epilog=EXIT_CODES)
def compare(
    contract: ContractFile,
    other: Annotated[Path | None, typer.Argument(help="Another contract file or folder.")] = None,
    amendment: Annotated[Path | None, typer.Option("--amendment", help="A draft on top of the contract.")] = None,
    given: Annotated[list[Path] | None, typer.Option("--given", help="Replay these cases, not all of them.")] = None,
    register: Annotated[bool, typer.Option("--register", help="Replay what the register holds.")] = False,
    plan: Annotated[Path | None, typer.Option("--plan", help="A case that says what is expected.")] = None,
    forecast: Annotated[bool, typer.Option(help="Also what is still to come.")] = True,
    check: Annotated[bool, typer.Option("--check", help="Exit 1 if anybody gains or loses.")] = False,
    json: Json = False,
) -> int:
    """Compare two sets of terms, or a draft amendment with what is agreed: what they say, who gains and who loses.

    Example: sib contract compare contracts/nsw_employment --amendment draft.toml
    """
    from sib.steps.compare import in_words
    from sib.steps.compare_sides import compare_paths

    found = compare_paths(
        contract, other, amendment=amendment, given=given or (), plan=plan, register=register, forecast=forecast
    )
    if json:
        answer(found.as_dict())
    else:
        tell(in_words(found))
    return Exit.DIFFERS if check and found.differs else Exit.DONE


@app.command(epilog=EXIT_CODES)
def stress(
    contract: ContractFile,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="In place of the contract's own seed.")] = None,
    cohorts: Annotated[
        int | None, typer.Option("--cohorts", min=100, max=10_000_000, help="How many are drawn for each effect.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="Also draw it into this file: .html (with the table), .svg, .png.")
    ] = None,
    json: Json = False,
) -> None:
    """Simulate what a contract pays by chance and by effect, where its rule jumps, and what one person decides.

    Example: sib contract stress contracts/peterborough --picture peterborough.html
    """
    from sib.steps.stress import stress as stress_contract
    from sib.steps.stress_picture import drawable
    from sib.steps.stress_picture import picture as draw
    from sib.steps.stress_words import as_dict, in_words
    from sib.terms.amend import read_agreement, version_of

    if picture is not None:
        drawable(picture)
    found = stress_contract(version_of(read_agreement(contract)).contract, seed=seed, cohorts=cohorts)
    if picture is not None:
        draw(found, picture)
    if json:
        answer(as_dict(found))
    else:
        tell(in_words(found) + (f"\n\nwrote {picture}" if picture else ""))


@app.command(epilog=EXIT_CODES)
def schema(
    of: Annotated[str, typer.Argument(help="contract, case or amendment")] = "contract",
) -> None:
    """Print the JSON Schema of a contract file, a golden case or an amendment, for editors.

    Example: sib contract schema contract > contract.schema.json
    """
    from sib.steps.agree import json_schema

    answer(json_schema(of))


@app.command(epilog=EXIT_CODES)
def reference() -> None:
    """Print the reference of the contract format, with an example of every primitive (Markdown).

    Example: sib contract reference > docs/contract-format.md
    """
    from sib.terms.reference import reference as format_reference

    tell(format_reference().rstrip("\n"))
