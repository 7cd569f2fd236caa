"""the desk: the line, arrow by arrow, from registering a contract to explaining what was paid."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from sib.cli.say import EXIT_CODES, Json, answer, tell
from sib.errors import Exit, NotValid, Problem

Contract = Annotated[str, typer.Argument(help="The contract's id, as `sib contract show` prints it.")]
As = Annotated[str, typer.Option("--as", help="Who acts: one of the demonstration's people, such as officer-1.")]
On = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="The day it happens; today if left out."),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of the line."""
    commands = (register, intake, verify, decide, seal, estimate, sign, settle, authorise, receive, void, publish)
    for command in (*commands, listing, explain):
        app.command("list" if command is listing else None, epilog=EXIT_CODES)(command)


def _day(on: datetime | None) -> date:
    return on.date() if on else date.today()


def _said(json: bool, document: dict[str, Any], words: str) -> None:
    if json:
        answer(document)
    else:
        tell(words)


def register(
    folder: Annotated[Path, typer.Argument(help="The contract's folder.")], by: As, json: Json = False
) -> None:
    """Register a contract's terms, so that files can be taken in for it.

    Example: sib register contracts/denver_supportive_housing --as officer-1
    """
    from sib.steps.house import open_house, person
    from sib.steps.settle import record_drawdowns
    from sib.steps.take_in import register_contract

    with open_house() as house:
        held = register_contract(house, person(by), folder)
        record_drawdowns(house, person(by), held.contract)
    document = {"contract": held.contract, "version": held.version, "sha256": held.sha256}
    _said(json, document, f"{held.contract} is registered as version {held.version} (sha256 {held.sha256})")


def intake(
    contract: Contract,
    file: Annotated[Path, typer.Argument(help="A CSV file with a header.")],
    by: As,
    kind: Annotated[Literal["claims", "results"], typer.Option(help="What is in the file.")] = "claims",
    on: On = None,
    back: Annotated[Path | None, typer.Option(help="Where to write the refused rows, with what to fix.")] = None,
    json: Json = False,
) -> int:
    """Take a file in: every row becomes a claim, or goes back with all its faults; the file itself is kept.

    Exit code 1 when rows were refused. Taking the same file in again changes nothing.

    Example: sib intake care_leavers_reboot_west data/sample/care_leavers/claims.csv --as provider --on 2022-12-31
    """
    from sib.steps.house import open_house, person
    from sib.steps.take_in import land, refused_of, take_in_claims, take_in_results

    with open_house() as house:
        step = take_in_claims if kind == "claims" else take_in_results
        try:
            taken = step(house, person(by), contract, land(house, file), _day(on))
        except NotValid as error:
            hint = _other_kind(file, kind)
            raise NotValid([*(replace(problem, file=str(file)) for problem in error.problems), *hint]) from None
        problems = refused_of(house, taken.receipt)
    if back is not None and taken.back:
        back.write_text(taken.back, encoding="utf-8", newline="")
    receipt = taken.receipt
    again = " This very file was taken in before: nothing changed." if receipt.again else ""
    words = [
        f"{receipt.rows:,} {'row' if receipt.rows == 1 else 'rows'}: {receipt.accepted:,} taken in, "
        f"{receipt.refused:,} refused, "
        f"{receipt.already_held:,} held already.{again}",
        f"kept as sha256 {receipt.sha256}",
        *(
            f"row {problem.line}, {problem.place or 'whole row'}: {problem.what}; {problem.mend}"
            for problem in problems[:20]
        ),
    ]
    if len(problems) > 20:
        words.append(f"and {len(problems) - 20:,} more faults: write them to a file with --back")
    document = {
        "contract": contract,
        "sha256": receipt.sha256,
        "rows": receipt.rows,
        "accepted": receipt.accepted,
        "refused": receipt.refused,
        "already_held": receipt.already_held,
        "again": receipt.again,
        "problems": [problem.as_dict() for problem in problems],
    }
    _said(json, document, "\n".join(words))
    return Exit.DIFFERS if receipt.refused else Exit.DONE


def _other_kind(file: Path, kind: str) -> list[Problem]:
    """A word for somebody who handed in a file of the other kind."""
    header = file.read_bytes()[:400].split(b"\n")[0]
    other = "results" if kind == "claims" else "claims"
    if (b"result_id" if kind == "claims" else b"claim_id") not in header:
        return []
    return [Problem("intake.kind", f"this looks like a file of {other}", f"add --kind {other}", file=str(file))]


def verify(contract: Contract, by: As, json: Json = False) -> None:
    """Let the automatic checks pass or flag the waiting claims, and verify those that passed.

    Example: sib verify care_leavers_reboot_west --as officer-1
    """
    from sib.steps.house import open_house, person
    from sib.steps.verify import verify_claims

    with open_house() as house:
        seen = verify_claims(house, person(by), contract)
    document = {"contract": contract, "screened": seen.screened, "flagged": seen.flagged, "verified": seen.verified}
    _said(
        json, document, f"{seen.verified:,} claims verified by {by}; {seen.flagged:,} flagged and waiting for a person"
    )


def decide(
    contract: Contract,
    claim: Annotated[str, typer.Argument(help="The claim's reference, as the provider gave it.")],
    action: Annotated[
        Literal["verify", "reject", "return", "withdraw", "invalidate"], typer.Argument(help="What to do.")
    ],
    by: As,
    reason: Annotated[
        str | None, typer.Option(help="One reason of the closed list; a wrong one is answered with it.")
    ] = None,
    note: Annotated[str, typer.Option(help="Words that go with the reason other; nothing about a person.")] = "",
    json: Json = False,
) -> None:
    """Decide on one claim, such as one that the automatic checks flagged. Only people verify, return and reject.

    Example: sib decide care_leavers_reboot_west RWC-00001 return --reason "evidence unreadable" --as officer-1
    """
    from sib.outcomes.claims import Action, Reason
    from sib.steps.house import open_house, person
    from sib.steps.verify import decide_claim

    known = {str(each): each for each in Reason}
    if reason is not None and reason not in known:
        expected = ", ".join(known)
        raise NotValid(Problem("claim.reason", "this is no reason of the list", "choose one of it", reason, expected))
    with open_house() as house:
        chosen = known[reason] if reason else None
        state = decide_claim(house, person(by), contract, claim, Action(action), chosen, note)
    _said(json, {"contract": contract, "claim": claim, "state": str(state)}, f"{claim}: {state} by {by}")


def seal(
    contract: Contract,
    plan: Annotated[Path, typer.Argument(help="The analysis plan, plan.toml.")],
    evaluator: Annotated[str, typer.Option(help="Who signs for the evaluator.")],
    commissioner: Annotated[str, typer.Option(help="Who signs for the commissioner.")],
    json: Json = False,
) -> None:
    """Seal an analysis plan for both sides, before outcomes are opened.

    Example: sib seal nsw_employment contracts/nsw_employment/plan.toml --evaluator evaluator --commissioner officer-1
    """
    from sib.steps.estimate import seal as seal_plan
    from sib.steps.house import open_house, person

    with open_house() as house:
        held = seal_plan(house, person(evaluator), person(commissioner), contract, plan)
    _said(json, {"contract": contract, "plan_sha256": held.plan_sha256}, f"sealed: plan sha256 {held.plan_sha256}")


def estimate(
    contract: Contract,
    cohort: Annotated[Path, typer.Argument(help="The locked cohort with its comparison pool, a CSV file.")],
    by: As,
    second: Annotated[str | None, typer.Option(help="A second evaluator, who runs the plan again.")] = None,
    randomised: Annotated[Path | None, typer.Option(help="A randomised control group, only to compare with.")] = None,
    replay: Annotated[bool, typer.Option("--replay", help="Run again what is held, compare, enter nothing.")] = False,
    on: On = None,
    json: Json = False,
) -> int:
    """Run the sealed plan on a cohort; with --second, run it again as another evaluator, and sign if both agree.

    Example: sib estimate nsw_employment data/sample/nsw_employment/cohort.csv --as evaluator
    """
    from sib.steps.estimate import estimate_impact, replicate
    from sib.steps.estimate import replay as run_again
    from sib.steps.estimate_words import stake_words
    from sib.steps.house import open_house, person, registered
    from sib.steps.take_in import land
    from sib.steps.verify import sign_result

    with open_house() as house:
        sha256 = land(house, cohort)
        drawn = land(house, randomised) if randomised else None
        if replay:
            again = run_again(house, person(by), contract, sha256, drawn)
            said = {"reference": again.reference, "sha256": again.sha256, "held_sha256": again.held_sha256}
            estimate_same = "the same" if again.same_estimate else "other"
            line = f"{again.reference}: {estimate_same} estimate, {'equal' if again.same else 'other'} bytes"
            _said(json, {**said, "same": again.same, "same_estimate": again.same_estimate}, line)
            return Exit.DONE if again.same else Exit.DIFFERS
        held = estimate_impact(house, person(by), contract, sha256, _day(on), drawn)
        if second:
            held = replicate(house, person(second), contract, held.result.reference, sha256)
            if str(held.state) == "replicated":
                held = sign_result(house, person(by), contract, held.result.reference)
        currency = registered(house, contract).agreed.contract.contract.currency
    result = held.result
    document = {
        "contract": contract,
        "reference": result.reference,
        "value": str(result.value),
        "unit": result.unit,
        "state": str(held.state),
        "comparisons": result.body["comparisons"],
        **{name: result.body[name] for name in ("triggers", "payment_spread", "doubt", "looks", "attrition")},
        "inputs_sha256": result.inputs_sha256,
    }
    words = [f"{result.reference}: {result.value} {result.unit}, {held.state}", ""]
    words += [
        f"  {each['quantised'] or '-':>12}  {each['title']} ({each['words']})" for each in result.body["comparisons"]
    ]
    words += ["", *(f"  {line}" for line in stake_words(result.body, currency))]
    _said(json, document, "\n".join(words))
    return Exit.DIFFERS if str(held.state) == "flagged" else Exit.DONE


def sign(
    contract: Contract,
    result: Annotated[str, typer.Argument(help="The result's reference.")],
    by: As,
    json: Json = False,
) -> None:
    """Sign a measured result, so that payment rules may read it.

    Example: sib sign denver_supportive_housing DHR-1 --as second-evaluator
    """
    from sib.steps.house import open_house, person
    from sib.steps.verify import sign_result

    with open_house() as house:
        held = sign_result(house, person(by), contract, result)
    _said(
        json,
        {"reference": held.result.reference, "state": str(held.state)},
        f"{held.result.reference}: {held.state} by {by}",
    )


def settle(
    contract: Contract,
    period: Annotated[str, typer.Argument(help="The settlement period, as the contract names it.")],
    by: As,
    json: Json = False,
) -> None:
    """Draft the statement of a period from everything verified and signed; a standing statement is shown again.

    Example: sib settle denver_supportive_housing P5 --as officer-1
    """
    from sib.steps.house import open_house, person
    from sib.steps.settle import draft, statement_document, statement_words

    with open_house() as house:
        held = draft(house, person(by), contract, period)
        document = statement_document(house, held)
    _said(json, document, statement_words(document))


def authorise(statement: Annotated[str, typer.Argument(help="contract/period")], by: As, json: Json = False) -> None:
    """Authorise a drafted statement; never by the person who drafted it. Instructions are made, nothing is sent.

    Example: sib authorise denver_supportive_housing/P5 --as officer-2
    """
    from sib.money import major, show
    from sib.steps.audit import heads_now
    from sib.steps.house import open_house, person
    from sib.steps.settle import authorise as authorise_statement
    from sib.steps.settle import trail_words

    with open_house() as house:
        orders = [held.instruction for held in authorise_statement(house, person(by), statement)]
        trail = heads_now(house).as_dict()
    rows = [
        {
            "payer": o.payer,
            "payee": o.payee,
            "amount": major(o.amount_minor, o.currency),
            "due_on": o.due_on.isoformat(),
        }
        for o in orders
    ]
    words = [f"{o.payer} pays {o.payee} {show(o.amount_minor, o.currency)} by {o.due_on}" for o in orders]
    words = [*(words or ["nothing is to be paid"]), trail_words(trail)]
    _said(json, {"statement": statement, "instructions": rows, "audit": trail}, "\n".join(words))


def receive(statement: Annotated[str, typer.Argument(help="contract/period")], by: As, json: Json = False) -> None:
    """Record that a statement was paid on its due days, and hand the money on down the waterfall.

    Example: sib receive denver_supportive_housing/P5 --as finance
    """
    from sib.steps.house import open_house, person
    from sib.steps.settle import receive_in_full

    with open_house() as house:
        flows = receive_in_full(house, person(by), statement)
    _said(
        json,
        {"statement": statement, "new_cash_flows": flows},
        f"{statement}: received; {flows} new cash flows to tranches",
    )


def void(
    statement: Annotated[str, typer.Argument(help="contract/period")],
    by: As,
    note: Annotated[str, typer.Option(help="Why, in words.")],
    json: Json = False,
) -> None:
    """Make a statement void on which nothing was paid; what it settled can be settled again.

    Example: sib void denver_supportive_housing/P5 --note "drafted before the result was signed" --as officer-2
    """
    from sib.steps.house import open_house, person
    from sib.steps.settle import void as void_statement

    with open_house() as house:
        held = void_statement(house, person(by), statement, note)
    _said(json, {"statement": statement, "state": str(held.state)}, f"{statement}: {held.state}")


def listing(contract: Contract, json: Json = False) -> None:
    """List what the register holds of a contract: statements, results, and claims by state.

    Example: sib list denver_supportive_housing
    """
    from sib.steps.house import open_house
    from sib.steps.summary import contract_listing, listing_words

    with open_house() as house:
        document = contract_listing(house, contract)
    _said(json, document, listing_words(document))


def publish(json: Json = False) -> None:
    """Rebuild the pages' tables from the register and swap them in.

    Example: sib publish
    """
    from sib.steps.house import open_house
    from sib.steps.publish import publish_pages

    with open_house() as house:
        statements = publish_pages(house)
    _said(json, {"statements": statements}, f"published: {statements} statements")


def explain(
    line: Annotated[str, typer.Argument(help="contract/period/payment, or contract/period/line number")],
    by: As = "officer-1",
    json: Json = False,
) -> None:
    """Open a statement line: from its amount to clause, rule version, claims or result, file hash and row.

    Example: sib explain denver_supportive_housing/P5/stable_days
    """
    from sib.steps.explain import explain as open_line
    from sib.steps.explain import in_words
    from sib.steps.house import open_house, person

    with open_house() as house:
        chain = open_line(house, person(by), line)
    _said(json, chain.as_dict(), in_words(chain))
