"""the desk: `sib indigo`: records of the INDIGO impact bond data standard in and out, from any folder."""

from pathlib import Path
from typing import Annotated

import typer

from sib.cli.say import EXIT_CODES, Json, answer, note, tell
from sib.errors import Exit, NotValid, Problem

app = typer.Typer(
    no_args_is_help=True, help="Impact bonds as open data: read a record of INDIGO, and publish a contract as one."
)


@app.command("import", epilog=EXIT_CODES)
def take_in(
    record: Annotated[Path, typer.Argument(help="A project as .json or .xlsx, or the folder of INDIGO's CSV tables.")],
    folder: Annotated[Path, typer.Argument(help="The folder to write the start of a contract into.")],
    project: Annotated[str | None, typer.Option(help="The project's id, where the tables hold several.")] = None,
    json: Json = False,
) -> int:
    """Make the start of a contract from a record of INDIGO; what cannot be trusted is set apart, nothing is lost.

    Exit code 1 when values were set apart: quarantine.csv says where each stands, what was expected and what to do.

    Example: sib indigo import tests/data/indigo/night_shelter.json night_shelter
    """
    from sib.steps.indigo import import_project

    imported = import_project(record, folder, project)
    if json:
        answer(imported.as_dict())
    else:
        tell(str(imported))
        for problem in imported.quarantined[:5]:
            note(f"\n{problem}")
        if len(imported.quarantined) > 5:
            note(f"\n… and {len(imported.quarantined) - 5} more in {imported.folder}/quarantine.csv")
    return Exit.DIFFERS if imported.quarantined else Exit.DONE


@app.command(epilog=EXIT_CODES)
def export(
    contract: Annotated[Path, typer.Argument(help="A contract.toml, or the folder it stands in.")],
    register: Annotated[
        bool, typer.Option("--register", help="With paid periods and counts from the register; needs --as.")
    ] = False,
    by: Annotated[str | None, typer.Option("--as", help="Who asks the register: one of its people.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write it: .json, or .xlsx for a workbook.")] = None,
    json: Json = False,
) -> None:
    """Publish a contract as a record of INDIGO, on stdout or as a file; small groups' figures are left out as PRIVATE.

    Example: sib indigo export contracts/denver_supportive_housing --out denver.json
    """
    from sib.steps.indigo import as_json, as_workbook, export_contract

    if register and by is None:
        raise NotValid(Problem("usage", "--register needs --as", "say who asks: --register --as officer-1"))
    if out is not None and out.suffix.lower() not in (".json", ".xlsx"):
        raise NotValid(Problem("usage", f"{out.name} is no kind that is written", "name a .json or a .xlsx file"))
    if register and by is not None:
        from sib.steps.house import open_house, person
        from sib.steps.indigo_results import export_registered

        with open_house() as house:
            values = export_registered(house, person(by), contract)
    else:
        values = export_contract(contract)
    if out is None:
        tell(as_json(values).rstrip("\n"))
        return
    out.write_bytes(as_workbook(values) if out.suffix.lower() == ".xlsx" else as_json(values).encode())
    said = f"wrote {len(values)} values to {out}"
    if json:
        answer({"file": str(out), "values": len(values)})
    else:
        tell(said)
