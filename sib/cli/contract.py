"""the desk: `sib contract`: check, show and price a contract, from any folder, without a register."""

from pathlib import Path
from typing import Annotated

import typer

from sib.cli.say import EXIT_CODES, Json, answer, tell
from sib.errors import Exit

app = typer.Typer(
    no_args_is_help=True, help="Read a contract: check it, say it in sentences, price it on given results."
)
ContractFile = Annotated[Path, typer.Argument(help="A contract.toml, or the folder it stands in.")]


@app.command(epilog=EXIT_CODES)
def check(
    contracts: Annotated[list[Path], typer.Argument(help="Contract files or their folders.")], json: Json = False
) -> int:
    """Check contracts: terms, golden cases, generated page.

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
    return max((report.exit_code for report in reports), default=Exit.DONE)


@app.command(epilog=EXIT_CODES)
def show(
    contract: ContractFile,
    write: Annotated[bool, typer.Option("--write", help="Write the page as README.md beside the contract.")] = False,
    json: Json = False,
) -> None:
    """Say a contract in sentences.

    Example: sib contract show contracts/denver_supportive_housing
    """
    from sib.steps.agree import contract_sentences, contract_sheet

    file, text = contract_sheet(contract)
    if write:
        file.with_name("README.md").write_text(text, encoding="utf-8")
    if json:
        answer(contract_sentences(contract))
    else:
        tell(text if not write else f"wrote {file.with_name('README.md')}")


@app.command(epilog=EXIT_CODES)
def price(
    contract: ContractFile,
    given: Annotated[Path, typer.Option("--given", help="A golden case: measured results and what is expected.")],
    check: Annotated[
        bool, typer.Option("--check", help="Compare with the case's [expect]; exit 1 if anything differs.")
    ] = False,
    json: Json = False,
) -> int:
    """Price a contract on given results.

    Example: sib contract price contracts/nsw_employment --given contracts/nsw_employment/cases/cap.toml --check
    """
    from sib.steps.agree import contract_file
    from sib.steps.price import differences, in_words
    from sib.steps.price import price as price_case
    from sib.terms.case import read_case
    from sib.terms.read import read_contract

    agreed, case = read_contract(contract_file(contract)), read_case(given)
    priced = price_case(agreed.contract, case)
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
def schema(
    of: Annotated[str, typer.Argument(help="contract or case")] = "contract",
) -> None:
    """Print the JSON Schema of a contract file or a golden case, for editors.

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
