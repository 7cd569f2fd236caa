"""arrows: claims checked by sample: promised, closed, drawn, judged, shown to the provider, and what follows."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from sib.access import Actor, Right, Role, require
from sib.errors import Missing, NotValid, Problem, Refused
from sib.money import minor_units, split
from sib.outcomes.claims import VerificationState
from sib.outcomes.extrapolate import Checked, Grounds, Layer, Reading, Verdict, objections, read, recovered
from sib.outcomes.sampling import SIDES, Stratum, Unit, allocated, counted, draw, list_sha256, promise_problems
from sib.outcomes.transitions import StatementState
from sib.periods import Period
from sib.steps.house import House, registered
from sib.store import tables
from sib.store.claims import claims_by_id, claims_in_state
from sib.store.rows import ask, table
from sib.store.samples import HeldStep, add_step, steps
from sib.store.statements import statement_lines, statements

STATES = (VerificationState.VERIFIED, VerificationState.REJECTED)
ORDER = ("promise", "close", "draw", "verdicts", "show")


@dataclass(frozen=True, slots=True)
class Agreed:
    """What both sides agreed for a sample, before it is drawn; shares between 0 and 1."""

    first: date
    last: date
    """Days of achievement whose claims are sampled."""
    size: int
    clause: str
    rule: str = "found only"
    estimator: str = "mean per unit"
    confidence: str = "0.90"
    tolerance: str = "0.05"
    cannot_tell: str = "pass"
    """How the deduction reads claims of which one cannot tell; the report always shows both."""
    days_to_answer: int = 10
    flagged_weight: int = 2
    """How many times as strongly claims that were ever flagged are drawn."""


def promise(house: House, actor: Actor, contract: str, sample: str, promised: str) -> None:
    """Record one side's promise of a secret; once, and before the list is closed."""
    require(actor, _right_of(actor), contract)
    if len(promised) != 64 or set(promised) - set("0123456789abcdef"):
        raise NotValid(Problem("sample.promise", "a promise is a SHA-256", "sib sample secret prints one", promised))
    with house.register.write() as session:
        held = steps(session, contract, sample)
        _refuse_after(held, "promise")
        if actor.role.value in _promised(held):
            raise Refused(Problem("sample.promised", f"the {actor.role} has promised already", "keep to it"))
        body = {"side": actor.role.value, "sha256": promised}
        add_step(session, actor, contract, sample, "promise", body, at=house.now())


def close(house: House, actor: Actor, contract: str, sample: str, agreed: Agreed) -> dict[Stratum, int]:
    """Close the list of claims and share the sample out to its strata; returns how many are drawn of each."""
    require(actor, Right.DECIDE_CLAIMS, contract)
    with house.register.write() as session:
        held = steps(session, contract, sample)
        _refuse_after(held, "close")
        if problems := promise_problems(_promised(held)):
            raise Refused(problems)
        units = _units(session, contract, Period(agreed.first, agreed.last))
        if not units:
            raise Refused(Problem("sample.empty", "no claim of these days is decided", "choose other days"))
        _refuse_odd_shares(agreed)
        sizes = allocated(counted(units), agreed.size, {"flagged": agreed.flagged_weight})
        body = {
            "agreed": {name: str(getattr(agreed, name)) for name in Agreed.__dataclass_fields__},
            "list_sha256": list_sha256(units),
            "claims": [[unit.id, unit.stratum.side, unit.stratum.risk, unit.paid_minor] for unit in units],
            "sizes": [[stratum.side, stratum.risk, size] for stratum, size in sorted(sizes.items())],
        }
        add_step(session, actor, contract, sample, "close", body, at=house.now())
    return sizes


def _refuse_odd_shares(agreed: Agreed) -> None:
    """Raise NotValid where a share is none, or nothing would be drawn."""
    odd = [name for name in ("confidence", "tolerance") if not _is_share(getattr(agreed, name))]
    problems = [Problem("sample.share", f"the {name} is no share between 0 and 1", "write 0.05") for name in odd]
    if agreed.size < 1:
        problems.append(Problem("sample.size", "a sample has at least one claim", "ask for more", str(agreed.size)))
    if problems:
        raise NotValid(problems)


def _is_share(text: str) -> bool:
    try:
        return 0 < Fraction(text) < 1
    except (ValueError, ZeroDivisionError):
        return False


def draw_sample(house: House, actor: Actor, contract: str, sample: str, secrets: Mapping[str, str]) -> list[str]:
    """Draw with both secrets, by side, which are published by this; returns the claims to check."""
    require(actor, Right.DECIDE_CLAIMS, contract)
    with house.register.write() as session:
        held = steps(session, contract, sample)
        _refuse_after(held, "draw")
        body = _last(held, "close").body
        sizes = {Stratum(side, risk): size for side, risk, size in body["sizes"]}
        drawn = draw(_listed(body), sizes, body["list_sha256"], _promised(held), secrets)
        picks = [unit.id for unit in drawn.picks]
        found = {"secrets": {side: secrets[side] for side in SIDES}, "key_sha256": drawn.key_sha256, "picks": picks}
        add_step(session, actor, contract, sample, "draw", found, at=house.now())
    return picks


def enter(house: House, actor: Actor, contract: str, sample: str, text: str) -> int:
    """Enter verdicts from a CSV with the columns claim, verdict and wrong (an amount); returns how many are missing.

    The last verdict on a claim holds. Raises NotValid with every row that is wrong.
    """
    require(actor, Right.DECIDE_CLAIMS, contract)
    currency = registered(house, contract).agreed.contract.contract.currency
    with house.register.write() as session:
        held = steps(session, contract, sample)
        picks = _last(held, "draw").body["picks"]
        rows: list[list[Any]] = []
        problems: list[Problem] = []
        for line, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
            problems += _row_problems(row, picks, line)
            if not problems:
                wrong = row.get("wrong") or "0"
                rows.append([row["claim"], row["verdict"], minor_units(wrong, currency)])
        if problems or not rows:
            mend = "write the columns claim,verdict,wrong and a row a claim"
            raise NotValid(problems or [Problem("sample.rows", "the file has no rows", mend)])
        add_step(session, actor, contract, sample, "verdicts", {"rows": rows}, at=house.now())
        return len(set(picks) - set(_verdicts(steps(session, contract, sample))))


def _row_problems(row: Mapping[str, Any], picks: Sequence[str], line: int) -> Iterator[Problem]:
    if row.get("claim") not in picks:
        mend = "write it as sib sample draw printed it"
        yield Problem("sample.not-drawn", "this claim is not in the sample", mend, row.get("claim"), line=line)
    verdicts = [each.value for each in Verdict]
    if row.get("verdict") not in verdicts:
        expected = ", ".join(verdicts)
        yield Problem("sample.verdict", "this is no verdict", "choose one", row.get("verdict"), expected, line=line)
    elif (row.get("wrong") or "0") != "0" and row["verdict"] != "fail":
        yield Problem("sample.wrong", "only a failed claim has a wrong amount", "leave it empty", line=line)


def show(house: House, actor: Actor, contract: str, sample: str) -> None:
    """Record that the provider has seen the verdicts; from then on its time to answer runs."""
    require(actor, Right.SUBMIT_CLAIMS, contract)
    with house.register.write() as session:
        _last(steps(session, contract, sample), "verdicts")
        add_step(session, actor, contract, sample, "show", {}, at=house.now())


def result(house: House, actor: Actor, contract: str, sample: str) -> dict[str, Any]:
    """What the checked sample says, read both ways, and what may be taken back; amounts in minor units.

    More than the errors found is taken back only where nothing is listed under ``not_extrapolated``.
    """
    require(actor, Right.SEE_CLAIMS, contract)
    with house.register.read() as session:
        held = steps(session, contract, sample)
    agreed, drawn = _last(held, "close").body["agreed"], _last(held, "draw").body
    units = {unit.id: unit for unit in _listed(_last(held, "close").body)}
    verdicts = _verdicts(held)
    seen = [
        Checked(name, units[name].stratum, units[name].paid_minor, Verdict(said), wrong)
        for name, (said, wrong) in verdicts.items()
    ]
    layers: dict[Stratum, Layer] = {}
    for unit in units.values():
        old = layers.get(unit.stratum, Layer(0, 0))
        layers[unit.stratum] = Layer(old.number + 1, old.paid_minor + unit.paid_minor)
    ways = {
        way: read(layers, seen, agreed["estimator"], Fraction(agreed["confidence"]), way)
        for way in (Verdict.PASS, Verdict.FAIL)
    }
    chosen = ways[Verdict(agreed["cannot_tell"])]
    judged = max((step.number for step in held if step.kind == "verdicts"), default=0)
    shown = [step.done_at for step in held if step.kind == "show" and step.number > judged]
    answered = bool(shown) and house.now() > shown[0] + timedelta(days=int(agreed["days_to_answer"]))
    grounds = Grounds(
        drawn_from_closed_list=True,
        secrets_published=bool(drawn["secrets"]),
        everything_checked=set(drawn["picks"]) == set(verdicts),
        tolerance=Fraction(agreed["tolerance"]),
        lowest_rate=ways[Verdict.PASS].in_population.low,
        provider_told=bool(shown),
        time_to_answer_over=answered,
        same_period_and_provider=True,
    )
    against = objections(grounds)
    return {
        "contract": contract,
        "sample": sample,
        "agreed": agreed,
        "checked": len(seen),
        "drawn": len(drawn["picks"]),
        "cannot_tell": sum(each.verdict is Verdict.CANNOT_TELL for each in seen),
        "cannot_tell_as_pass": _reading(ways[Verdict.PASS]),
        "cannot_tell_as_fail": _reading(ways[Verdict.FAIL]),
        "not_extrapolated": [problem.what for problem in against],
        "taken_back_minor": recovered("found only" if against else agreed["rule"], chosen.estimate),
    }


def _reading(found: Reading) -> dict[str, Any]:
    shares = {"wrong": found.rate, "wrong_of_all": found.in_population, "wrongly_rejected": found.wrongly_rejected}
    return {
        **{name: [f"{float(part):.4f}" for part in (rate.low, rate.point, rate.high)] for name, rate in shares.items()},
        "found_minor": found.estimate.found,
        "lower_limit_minor": recovered("lower limit", found.estimate),
        "point_estimate_minor": recovered("point estimate", found.estimate),
        "degrees_of_freedom": found.estimate.degrees,
    }


def _right_of(actor: Actor) -> Right:
    return Right.SUBMIT_CLAIMS if actor.role is Role.SERVICE_PROVIDER else Right.DECIDE_CLAIMS


def _promised(held: Sequence[HeldStep]) -> dict[str, str]:
    return {step.body["side"]: step.body["sha256"] for step in held if step.kind == "promise"}


def _last(held: Sequence[HeldStep], kind: str) -> HeldStep:
    for step in reversed(held):
        if step.kind == kind:
            return step
    mend = f"the steps of a sample are, in this order: {', '.join(ORDER)}"
    raise Missing(Problem("sample.step", f"the sample has no step “{kind}” yet", mend, value=kind))


def _refuse_after(held: Sequence[HeldStep], kind: str) -> None:
    """A step is not taken once it, or one after it, was taken; promises are, until the list is closed."""
    first = ORDER.index(kind) + (kind == "promise")
    if any(ORDER.index(step.kind) >= first for step in held):
        mend = "nothing of a sample is done over: begin another under a name of its own"
        raise Refused(Problem("sample.order", f"the sample is past the step “{kind}”", mend, value=held[-1].kind))


def _verdicts(held: Sequence[HeldStep]) -> dict[str, tuple[str, int]]:
    rows = [row for step in held if step.kind == "verdicts" for row in step.body["rows"]]
    return {name: (verdict, wrong) for name, verdict, wrong in rows}


def _listed(body: Mapping[str, Any]) -> list[Unit]:
    return [Unit(name, Stratum(side, risk), paid) for name, side, risk, paid in body["claims"]]


def _units(session: Session, contract: str, period: Period) -> list[Unit]:
    """Every claim of the period that was accepted or rejected, with whether it was ever flagged and what was paid."""
    decision = table(tables.ClaimDecision)
    query = sa.select(decision.c.claim_id).where(decision.c.state == VerificationState.FLAGGED)
    flagged, paid = {row["claim_id"] for row in ask(session, query)}, _paid(session, contract)
    return [
        Unit(
            f"{held.claim.reference}/{held.claim.attempt}",
            Stratum("accepted" if held.state is VerificationState.VERIFIED else "rejected", _risk(held.id in flagged)),
            paid.get(held.id, 0) if held.state is VerificationState.VERIFIED else 0,
        )
        for held in claims_in_state(session, contract, STATES, period)
    ]


def _risk(flagged: bool) -> str:
    return "flagged" if flagged else "plain"


def _paid(session: Session, contract: str) -> dict[int, int]:
    """What was paid on each claim: each line's amount shared out to its claims by their counts."""
    paid: dict[int, int] = {}
    for held in statements(session, contract):
        if held.state is StatementState.VOID:
            continue
        for line in (item.line for item in statement_lines(session, held.id)):
            if line.claim_ids:
                counts = [claim.claim.count for claim in claims_by_id(session, contract, line.claim_ids)]
                for number, part in zip(sorted(line.claim_ids), split(line.amount_minor, counts), strict=True):
                    paid[number] = paid.get(number, 0) + part
    return paid
