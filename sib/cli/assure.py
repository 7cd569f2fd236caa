"""the desk: assurance: the audit trail checked and proven, statements as proof packs, claims checked by sample."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from sib.cli.line import As, Contract
from sib.cli.say import EXIT_CODES, Json, answer, tell
from sib.errors import Exit, NotValid, Problem

audit = typer.Typer(name="audit", help=f"The audit trail.\n\n{EXIT_CODES}", no_args_is_help=True, rich_markup_mode=None)
sample = typer.Typer(
    name="sample", help=f"Claims checked by sample.\n\n{EXIT_CODES}", no_args_is_help=True, rich_markup_mode=None
)
Sample = Annotated[str, typer.Argument(help="The sample's name.")]
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="A day of achievement.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of assurance."""
    app.add_typer(audit, name="audit")
    app.add_typer(sample, name="sample")
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


@sample.command(epilog=EXIT_CODES)
def secret() -> None:
    """Make a secret and its promise, on your own machine; keep the first to yourself until the list is closed.

    Example: sib sample secret
    """
    from secrets import token_hex

    from sib.outcomes.sampling import promise as promise_of

    made = token_hex(32)
    tell(f"secret   {made}\npromise  {promise_of(made)}")


@sample.command(epilog=EXIT_CODES)
def promise(
    contract: Contract,
    name: Sample,
    sha256: Annotated[str, typer.Argument(help="The promise that sib sample secret printed.")],
    by: As,
) -> None:
    """Promise a secret, as the commissioner or as the provider, before the list of claims is closed.

    Example: sib sample promise denver_supportive_housing spring SHA256 --as provider
    """
    from sib.steps.house import open_house, person
    from sib.steps.sample import promise as record_promise

    with open_house() as house:
        record_promise(house, person(by), contract, name, sha256)
    tell(f"{name}: promised by {by}")


@sample.command(epilog=EXIT_CODES)
def close(
    contract: Contract,
    name: Sample,
    first: Day,
    last: Day,
    size: Annotated[
        int, typer.Option(help="How many claims are drawn in all; 59 right ones show 95 % sure under 5 %.")
    ],
    clause: Annotated[str, typer.Option(help="Where the contract says how samples are checked.")],
    by: As,
    rule: Annotated[
        Literal["found only", "lower limit", "point estimate"], typer.Option(help="What the contract takes back.")
    ] = "found only",
    estimator: Annotated[
        Literal["mean per unit", "ratio"], typer.Option(help="How errors are blown up.")
    ] = "mean per unit",
    tolerance: Annotated[str, typer.Option(help="The share of wrong claims that the contract bears with.")] = "0.05",
    cannot_tell: Annotated[
        Literal["pass", "fail"], typer.Option(help="How the deduction reads doubtful claims.")
    ] = "pass",
    json: Json = False,
) -> None:
    """Close the list of claims once both sides have promised; from now on nothing of it changes.

    Example: sib sample close ID spring --first 2016-01-01 --last 2020-12-31 --size 59 --clause 7 --as officer-1
    """
    from sib.steps.house import open_house, person
    from sib.steps.sample import Agreed
    from sib.steps.sample import close as close_list

    agreed = Agreed(
        first.date(), last.date(), size, clause, rule, estimator, tolerance=tolerance, cannot_tell=cannot_tell
    )
    with open_house() as house:
        sizes = close_list(house, person(by), contract, name, agreed)
    if json:
        answer({str(stratum): number for stratum, number in sizes.items()})
    else:
        tell("\n".join(f"{stratum}: {number} will be drawn" for stratum, number in sorted(sizes.items())))


@sample.command(epilog=EXIT_CODES)
def draw(
    contract: Contract,
    name: Sample,
    commissioner: Annotated[str, typer.Option(help="The commissioner's secret, published by this.")],
    provider: Annotated[str, typer.Option(help="The provider's secret, published by this.")],
    by: As,
) -> None:
    """Draw the sample from the closed list with both secrets; anyone who has them draws the same.

    Example: sib sample draw denver_supportive_housing spring --commissioner SECRET --provider SECRET --as officer-1
    """
    from sib.steps.house import open_house, person
    from sib.steps.sample import draw_sample

    with open_house() as house:
        picks = draw_sample(
            house, person(by), contract, name, {"commissioner": commissioner, "service provider": provider}
        )
    tell("\n".join(["claim,verdict,wrong", *(f"{pick},," for pick in picks)]))


@sample.command(epilog=EXIT_CODES)
def enter(
    contract: Contract,
    name: Sample,
    file: Annotated[
        Path, typer.Argument(help="CSV with claim, verdict (pass, fail, cannot tell) and wrong, an amount.")
    ],
    by: As,
) -> None:
    """Enter what checking the drawn claims came to; again, the last verdict on a claim holds.

    Example: sib sample enter denver_supportive_housing spring verdicts.csv --as officer-1
    """
    from sib.steps.house import open_house, person
    from sib.steps.sample import enter as enter_verdicts

    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise NotValid(
            Problem("file.unreadable", f"{file} cannot be read as text", "give a CSV file in UTF-8")
        ) from None
    with open_house() as house:
        missing = enter_verdicts(house, person(by), contract, name, text)
    tell(f"{name}: entered; {missing} of the drawn claims have no verdict yet")


@sample.command(epilog=EXIT_CODES)
def result(contract: Contract, name: Sample, by: As = "officer-1") -> None:
    """Say what the sample shows, both ways where one cannot tell, and what may be taken back, as JSON.

    When the provider looks, this is recorded, and its time to answer begins.

    Example: sib sample result denver_supportive_housing spring --as provider
    """
    from sib.access import Role
    from sib.steps.house import open_house, person
    from sib.steps.sample import result as result_of
    from sib.steps.sample import show

    with open_house() as house:
        found = result_of(house, person(by), contract, name)
        if person(by).role is Role.SERVICE_PROVIDER:
            show(house, person(by), contract, name)
    answer(found)
