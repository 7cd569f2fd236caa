"""arrows: what the register knows becomes the facts that payment rules read, with the rows they came from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
from sqlmodel import Session

from sib.outcomes.claims import HeldClaim, VerificationState
from sib.outcomes.results import HeldResult, ResultState
from sib.outcomes.transitions import StatementState
from sib.payments.facts import Facts, Measured, Outcome, Outcomes
from sib.periods import Period, financial_year_of
from sib.steps.house import House
from sib.store.claims import claims_in_state
from sib.store.results import results_in_state
from sib.store.settlement import paid_before, settled_claim_ids
from sib.store.statements import statement_lines, statements
from sib.terms.contract import Contract, Settlement


@dataclass(frozen=True, slots=True)
class FactsWithSource:
    """Facts, and the claims and results they were made from; ``claims`` is row by row as in ``facts.outcomes``."""

    facts: Facts
    claims: Sequence[HeldClaim]
    results: Mapping[str, HeldResult]


def facts_for(house: House, terms: Contract, period: Settlement, *, but_for: str | None = None) -> FactsWithSource:
    """The facts for one settlement period: everything verified that was achieved by its end, and signed results.

    A claim for an earlier period that was verified late stands in the next statement; what was settled before uses
    up limits and is not paid again. ``but_for`` leaves one metric's result out.
    """
    contract = terms.contract.id
    upto = Period(terms.contract.starts_on, period.ends_on)
    with house.register.read() as session:
        claims = claims_in_state(session, contract, (VerificationState.VERIFIED,), upto)
        signed = results_in_state(session, contract, (ResultState.SIGNED,))
        before = paid_before(session, contract)
        known = {payment.id for payment in terms.payments}
        lines = tuple(line for line in _lines(session, contract) if line[1] in known)
        settled = {payment.id: settled_claim_ids(session, contract, payment.id) for payment in terms.payments}
        used = _settled_results(session, contract)
    ids = np.array([held.id for held in claims], dtype=np.int64)
    results = {name: held for name, held in _in_force(terms, period, signed, used).items() if name != but_for}
    facts = Facts(
        as_of=period.ends_on,
        outcomes=_outcomes(claims),
        quantities={name: Measured(Fraction(held.result.value), held.result.unit) for name, held in results.items()},
        paid_before=before,
        paid_this_year=_by_payment(_of_the_year(terms, period, lines)),
        payers_before=_by_payer(lines),
        payers_this_year=_by_payer(_of_the_year(terms, period, lines)),
        settled={name: np.isin(ids, np.array(sorted(rows), dtype=np.int64)) for name, rows in settled.items()},
    )
    return FactsWithSource(facts, claims, results)


def _outcomes(claims: Sequence[HeldClaim]) -> Outcomes:
    rows = (held.claim for held in claims)
    return Outcomes.of(Outcome(row.person, row.metric, row.achieved_on, row.group, row.count) for row in rows)


_Paid = tuple[date, str, str, int]
"""The last day of a statement's period, payment, payer, minor units."""


def _lines(session: Session, contract: str) -> Iterator[_Paid]:
    """Every line of the contract's statements that are not void; drafts too, for what they promise is spoken for."""
    for held in statements(session, contract):
        if held.state is not StatementState.VOID:
            for item in statement_lines(session, held.id):
                yield held.period.end, item.line.payment, item.line.payer, item.line.amount_minor


def _of_the_year(terms: Contract, period: Settlement, lines: Iterable[_Paid]) -> tuple[_Paid, ...]:
    """Those of periods that end in the same year of the contract."""
    year = financial_year_of(period.ends_on, terms.contract.year_starts_in)
    return tuple(line for line in lines if line[0] in year)


def _by_payment(lines: Iterable[_Paid]) -> dict[str, int]:
    paid: dict[str, int] = {}
    for _, payment, _, amount in lines:
        paid[payment] = paid.get(payment, 0) + amount
    return paid


def _by_payer(lines: Iterable[_Paid]) -> dict[str, dict[str, int]]:
    paid: dict[str, dict[str, int]] = {}
    for _, payment, payer, amount in lines:
        mine = paid.setdefault(payment, {})
        mine[payer] = mine.get(payer, 0) + amount
    return paid


def _settled_results(session: Session, contract: str) -> frozenset[int]:
    """Results that a line of a statement, not void, rests on."""
    standing = [held for held in statements(session, contract) if held.state is not StatementState.VOID]
    return frozenset(
        used for held in standing for item in statement_lines(session, held.id) for used in item.line.result_ids
    )


def _in_force(
    terms: Contract, period: Settlement, signed: Sequence[HeldResult], used: frozenset[int]
) -> dict[str, HeldResult]:
    """The latest signed result of each metric that measures no later than the period's end.

    Where every payment that reads a metric settles each period, a result counts only in the period in which what it
    measures ended, and once; where one settles in total, the latest result stands until there is a newer one.
    """
    total = {payment.metric for payment in terms.payments if payment.settles == "in total"}
    found: dict[str, HeldResult] = {}
    for held in sorted(signed, key=lambda one: (one.result.period_end, one.id)):
        result = held.result
        current = result.metric in total or (result.period_end >= period.starts_on and held.id not in used)
        if result.period_end <= period.ends_on and current:
            found[result.metric] = held
    return found
