"""arrows: what the register knows becomes the facts that payment rules read, with the rows they came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
        this_year = _paid_this_year(session, terms, period)
        settled = {payment.id: settled_claim_ids(session, contract, payment.id) for payment in terms.payments}
        used = _settled_results(session, contract)
    ids = np.array([held.id for held in claims], dtype=np.int64)
    results = {name: held for name, held in _in_force(terms, period, signed, used).items() if name != but_for}
    facts = Facts(
        as_of=period.ends_on,
        outcomes=_outcomes(claims),
        quantities={name: Measured(Fraction(held.result.value), held.result.unit) for name, held in results.items()},
        paid_before=before,
        paid_this_year=this_year,
        settled={name: np.isin(ids, np.array(sorted(rows), dtype=np.int64)) for name, rows in settled.items()},
    )
    return FactsWithSource(facts, claims, results)


def _outcomes(claims: Sequence[HeldClaim]) -> Outcomes:
    rows = (held.claim for held in claims)
    return Outcomes.of(Outcome(row.person, row.metric, row.achieved_on, row.group, row.count) for row in rows)


def _paid_this_year(session: Session, terms: Contract, period: Settlement) -> dict[str, int]:
    """What statements, not void, of periods ending in the same year of the contract say, in minor units by payment."""
    year = financial_year_of(period.ends_on, terms.contract.year_starts_in)
    paid: dict[str, int] = {}
    for held in statements(session, terms.contract.id):
        if held.state is not StatementState.VOID and held.period.end in year:
            for item in statement_lines(session, held.id):
                paid[item.line.payment] = paid.get(item.line.payment, 0) + item.line.amount_minor
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
