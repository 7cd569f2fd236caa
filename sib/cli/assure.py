"""the desk: assurance: the audit trail checked and proven, statements as proof packs, claims checked by sample."""

from pathlib import Path
from typing import Annotated

import typer

from sib.cli.line import As
from sib.cli.say import EXIT_CODES, Json, answer, tell
from sib.errors import Exit, NotValid, Problem

audit = typer.Typer(name="audit", help=f"The audit trail.\n\n{EXIT_CODES}", no_args_is_help=True, rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    """Add the commands of assurance."""
    app.add_typer(audit, name="audit")
    app.command(epilog=EXIT_CODES)(prove)


@audit.command(epilog=EXIT_CODES)
def verify(
    witness: Annotated[
        str | None, typer.Option(help="EVENTS:HASH as an earlier document shows them; chain's or tree's head.")
    ] = None,
    by: As = "officer-1",
    json: Json = False,
) -> int:
    """Look for anything cut off, written anew, put back from an old copy, or edited past the program.

    Without a witness a register that was replaced as a whole cannot be told from a true one.

    Example: sib audit verify
    """
    from sib.steps.audit import verify as verify_trail
    from sib.steps.house import open_house, person
    from sib.store.whole import read_witness

    seen = read_witness(witness) if witness is not None else None
    with open_house() as house:
        found = verify_trail(house, person(by), seen)
    if json:
        answer(found.as_dict())
        return Exit.DIFFERS if found.problems else Exit.DONE
    rows = [str(problem) for problem in found.problems] or ["the audit trail is whole"]
    if found.heads:
        rows.append(f"{found.heads.events:,} events, head {found.heads.chain}")
        rows.append(f"witness for next time: {found.heads.witness}")
    if not found.problems:
        rows.append("as the witness saw it" if seen else "not compared with any earlier document: give --witness")
    tell("\n".join(rows))
    return Exit.DIFFERS if found.problems else Exit.DONE


@audit.command("prove", epilog=EXIT_CODES)
def prove_trail(
    event: Annotated[int | None, typer.Option(help="Prove that this event stands in the trail.")] = None,
    since: Annotated[int | None, typer.Option(help="Prove that the first so many events are as they were.")] = None,
    by: As = "officer-1",
) -> None:
    """Print a short proof as JSON (RFC 9162): that an event is in the trail, or that it only grew.

    Example: sib audit prove --event 1
    """
    from sib.steps.audit import prove_event, prove_growth
    from sib.steps.house import open_house, person

    if (event is None) == (since is None):
        raise NotValid(Problem("audit.which", "a proof is of one thing", "give either --event or --since"))
    with open_house() as house:
        if event is not None:
            answer(prove_event(house, person(by), event))
        elif since is not None:
            answer(prove_growth(house, person(by), since))


def prove(
    statement: Annotated[str, typer.Argument(help="contract/period")],
    out: Annotated[Path, typer.Option(help="Where to write the proof pack, a zip file.")],
    by: As = "officer-1",
    json: Json = False,
) -> None:
    """Write a statement's proof pack: all it rests on, with a small program that checks it and works it out again.

    For the payer and the auditor only: people stand in it as pseudonyms, claim by claim.

    Example: sib prove denver_supportive_housing/P5 --out P5.zip
    """
    from sib.steps.house import open_house, person
    from sib.steps.prove import prove as pack_statement

    with open_house() as house:
        pack = pack_statement(house, person(by), statement)
    try:
        out.write_bytes(pack.content)
    except OSError as error:
        mend = "choose another place with --out"
        raise NotValid(Problem("file.unwritable", "the pack cannot be written there", mend, error.strerror)) from None
    document = {"statement": statement, "file": str(out), "sha256": pack.sha256, "witness": pack.witness}
    words = [f"{out}: sha256 {pack.sha256}", f"witness {pack.witness}", "check it with: python verify.py PACK.zip"]
    if json:
        answer(document)
    else:
        tell("\n".join(words))
