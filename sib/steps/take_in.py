"""arrows: a file becomes claims, results or a cohort: kept as it came, read, entered; every row accounted for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlmodel import Session

from sib.access import Actor, Right, require
from sib.errors import Missing, Problem, Refused
from sib.intake.claims import ClaimRules, MetricRule, RefusedRow, known_claims, read_claims
from sib.intake.report import refused_csv
from sib.intake.results import KnownResults, ResultRules, read_results, result_hash
from sib.outcomes.claims import SourceFile, VerificationState
from sib.outcomes.results import ResultState
from sib.steps.house import House, registered
from sib.store.claims import add_claims, claims_in_state
from sib.store.contracts import HeldVersion, add_version, contract_versions
from sib.store.files import FileReceipt, held_file, refused_rows
from sib.store.results import add_results, results_in_state
from sib.terms.amend import read_agreement
from sib.terms.contract import Contract
from sib.terms.read import Agreed


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a file: its receipt, and its refused rows as a table to send back."""

    receipt: FileReceipt
    back: str
    """CSV: row, column, what is wrong, what was expected, how to mend it; empty when nothing was refused."""


def register_contract(house: House, actor: Actor, folder: Path) -> HeldVersion:
    """Register a contract file as the version it says it is, and each agreed amendment as the next; again changes
    nothing. Returns the latest.

    Raises Refused when a text changed and its version number did not go up by one.
    """
    agreement = read_agreement(folder)
    require(actor, Right.REGISTER_CONTRACT, agreement.first.contract.contract.id)
    with house.register.write() as session:
        *earlier, latest = agreement.agreed
        known = {held.sha256 for held in contract_versions(session, latest.contract.contract.id)}
        for agreed in earlier:
            if agreed.sha256 not in known:
                _register_version(session, actor, agreed, house.now())
        return _register_version(session, actor, latest, house.now())


def _register_version(session: Session, actor: Actor, agreed: Agreed, now: datetime) -> HeldVersion:
    header = agreed.contract.contract
    held = add_version(session, actor, header.id, agreed.text, at=now)
    if held.version != header.version:
        raise Refused(
            Problem(
                "contract.version",
                f"{header.id} says it is version {header.version}, but would be version {held.version}",
                "a changed text is a new version: write the next number",
                value=str(header.version),
                expected=str(held.version),
                file=agreed.file,
            )
        )
    return held


def land(house: House, file: Path) -> str:
    """Keep a file's bytes as they are and return their hash, by which everything else speaks of it."""
    if not file.is_file():
        raise Missing(Problem("file.absent", "there is no such file", "check the path", value=str(file)))
    return house.landing.keep(file)


def take_in_claims(house: House, actor: Actor, contract: str, sha256: str, submitted_on: date) -> TakenIn:
    """Read a landed claims file and enter its claims; refused rows are kept beside them.

    Taking a file twice changes nothing. Raises NotValid when the file as a whole cannot be read.
    """
    require(actor, Right.SUBMIT_CLAIMS, contract)
    rules = claim_rules(registered(house, contract).ever)
    data = house.kept(sha256)
    with house.register.read() as session:
        if again := held_file(session, contract, "claims", sha256):
            return TakenIn(again, "")
        known = known_claims(claims_in_state(session, contract, tuple(VerificationState)))
    taken = read_claims(data, rules, submitted_on=submitted_on, pseudonym=house.pseudonym(contract), known=known)
    file = SourceFile(contract, "claims", sha256, len(data), taken.rows)
    with house.register.write() as session:
        refused, held = _problems(taken.refused), taken.already_held
        receipt = add_claims(session, actor, file, taken.claims, refused, already_held=held, at=house.now())
    return TakenIn(receipt, refused_csv(taken.refused) if taken.refused else "")


def claim_rules(contract: Contract) -> ClaimRules:
    """What intake needs to know of the terms."""
    return ClaimRules(
        contract=contract.contract.id,
        first_day=contract.contract.starts_on,
        last_day=contract.contract.ends_on,
        metrics={
            metric.id: MetricRule(metric.limit, metric.window.opens, metric.window.closes)
            for metric in contract.metric
            if metric.counted_from == "claims"
        },
        groups=frozenset(group for cohort in contract.cohort for group in cohort.groups),
    )


def take_in_results(house: House, actor: Actor, contract: str, sha256: str, submitted_on: date) -> TakenIn:
    """Read a landed file of measured results and enter them, not yet signed."""
    require(actor, Right.MEASURE_RESULTS, contract)
    terms = registered(house, contract).agreed.contract
    rules = ResultRules(
        contract=contract,
        first_day=terms.contract.starts_on,
        last_day=terms.contract.ends_on,
        units={metric.id: metric.unit for metric in terms.metric if metric.counted_from != "claims"},
    )
    data = house.kept(sha256)
    with house.register.read() as session:
        if again := held_file(session, contract, "results", sha256):
            return TakenIn(again, "")
        standing = [
            held.result for held in results_in_state(session, contract) if held.state is not ResultState.WITHDRAWN
        ]
    known = KnownResults(
        measured={(result.metric, result.period_start, result.period_end): result.reference for result in standing},
        references={result.reference: result_hash(result) for result in standing},
    )
    taken = read_results(data, rules, submitted_on=submitted_on, known=known)
    file = SourceFile(contract, "results", sha256, len(data), taken.rows)
    with house.register.write() as session:
        refused, held = _problems(taken.refused), taken.already_held
        receipt = add_results(session, actor, file, taken.results, refused, already_held=held, at=house.now())
    return TakenIn(receipt, refused_csv(taken.refused) if taken.refused else "")


def refused_of(house: House, receipt: FileReceipt) -> list[Problem]:
    """Why rows of a taken file were refused, as the register holds it; ``line`` is the row, ``place`` the column."""
    with house.register.read() as session:
        return refused_rows(session, receipt.id)


def _problems(refused: Iterable[RefusedRow]) -> list[Problem]:
    return [problem for row in refused for problem in row.as_problems()]
