"""arrows: what the register may publish of a contract: paid periods and counts, small groups marked as private."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from sib.access import Actor, Right, require
from sib.disclosure import AmountRow, Suppressed, safe_amounts
from sib.intake.indigo_leaf import Value
from sib.money import exponent, major
from sib.outcomes.claims import VerificationState
from sib.outcomes.transitions import StatementState
from sib.periods import Period
from sib.steps.agree import contract_file
from sib.steps.house import House, registered
from sib.steps.indigo import contract_values
from sib.steps.indigo_facts import read_facts, with_published
from sib.steps.indigo_publish import Published, Said, organisation_id
from sib.steps.indigo_words import exact, price_of
from sib.store.claims import claims_in_state
from sib.store.drafts import Line
from sib.store.statements import statement_lines, statements
from sib.terms.contract import Contract
from sib.terms.read import read_contract


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid under one payment for one period: by payer, in minor units, and who stands behind it."""

    period: Period
    payment: str
    metric: str
    payers: Mapping[str, int]
    people: frozenset[str]
    """Pseudonyms of those whose claims were counted, or reversed if nothing else; empty for a measured result."""
    quantity: str
    unit: str


def export_registered(house: House, actor: Actor, path: Path) -> dict[str, Value]:
    """A contract's published facts, and from the register paid periods and counts; small groups are marked as private.

    The terms are those that the register holds. Raises Missing where the contract is not registered, Refused where the
    actor may not see its statements.
    """
    file = contract_file(path)
    name, facts = read_contract(file).contract.contract.id, read_facts(file.parent)
    contract, ids = registered(house, name).agreed.contract, facts.ids if facts else {}
    paid = paid_results(house, actor, name)
    totals, rows = published_results(contract, paid, house.settings.small_count, ids)
    return with_published({**contract_values(contract, facts), **totals}, rows)


def paid_results(house: House, actor: Actor, contract: str) -> tuple[Paid, ...]:
    """Everything on paid statements, by period and payment. Raises Refused where the actor may not see statements."""
    require(actor, Right.SEE_STATEMENTS, contract)
    require(actor, Right.SEE_RESULTS, contract)
    with house.register.read() as session:
        held = [one for one in statements(session, contract) if one.state is StatementState.PAID]
        lines = [(one.period, each.line) for one in held for each in statement_lines(session, one.id)]
        claims = {one.id: one.claim.person for one in claims_in_state(session, contract, tuple(VerificationState))}
    grouped: dict[tuple[Period, str], list[Line]] = {}
    for period, line in lines:
        grouped.setdefault((period, line.payment), []).append(line)
    return tuple(paid_on(period, several, claims) for (period, _), several in grouped.items())


def paid_on(period: Period, lines: list[Line], claims: Mapping[int, str]) -> Paid:
    """The lines of one payment and period as one; ``claims`` gives each claim's person."""
    payers: dict[str, int] = {}
    for line in lines:
        payers[line.payer] = payers.get(line.payer, 0) + line.amount_minor
    settled = {claim for line in lines if not line.reverses for claim in line.claim_ids}
    reversed_ = {claim for line in lines if line.reverses for claim in line.claim_ids}
    people = frozenset(claims[claim] for claim in (settled - reversed_ or reversed_))
    said = {(line.quantity, line.unit) for line in lines}
    quantity, unit = said.pop() if len(said) == 1 else ("", "")
    return Paid(period, lines[0].payment, lines[0].metric, payers, people, quantity, unit)


def published_results(
    contract: Contract, paid: tuple[Paid, ...], limit: int, ids: Mapping[str, str]
) -> tuple[dict[str, Value], Published]:
    """The total that was paid as single fields, and rows of results and actual payments.

    A row whose count is below ``limit``, or from which such a count could be worked out, has the status PRIVATE and
    neither count nor amount; so has the total where nothing else hides them. The figures are not in what is published.
    What is paid for a measured result follows from that result, so it is shown, and it hides nothing.
    """
    counted = [(one, row) for one in paid if (row := _counted(contract, one))]
    table = safe_amounts([row for _, row in counted], limit)
    safe = zip(counted, table.rows, strict=True)
    held_back = {(one.period, one.payment) for (one, _), row in safe if row.amount_minor is None}
    shown = {(one.period, one.payment): (one.period, one.payment) not in held_back for one in paid}
    hidden = {(one.period, one.metric) for one in paid if not shown[one.period, one.payment]}
    metrics = {metric.id for metric in contract.metric}
    rows = {
        "results": tuple(
            _result(one, (one.period, one.metric) in hidden, limit, ids)
            for one in _metrics_once(paid)
            if one.metric in metrics
        ),
        "outcome_payments": tuple(
            _payment(contract, one, payer, shown[one.period, one.payment], ids) for one in paid for payer in one.payers
        ),
    }
    whole = sum(sum(one.payers.values()) for one in paid) if table.total_minor is not None else None
    return _total(contract, whole, bool(paid)), Published((), {key: each for key, each in rows.items() if each})


def _metrics_once(paid: tuple[Paid, ...]) -> tuple[Paid, ...]:
    """One result for each metric and period, where several payments rest on it."""
    return tuple({(one.period, one.metric): one for one in reversed(paid)}.values())[::-1]


def _counted(contract: Contract, paid: Paid) -> AmountRow | None:
    """A count of people stands behind claims, and behind a measured number of people; behind nothing else."""
    if not paid.people and not (paid.unit == "person" and paid.quantity.isdecimal()):
        return None
    count = len(paid.people) or int(paid.quantity)
    price = price_of(contract.the_payment(paid.payment))
    by_head = isinstance(price, int) and price > 0 and paid.quantity == str(count)
    minor = 10 ** exponent(contract.contract.currency) * price if isinstance(price, int) and by_head else None
    return AmountRow(f"{paid.period} {paid.payment}", sum(paid.payers.values()), minor, count)


def _total(contract: Contract, total_minor: int | None, any_paid: bool) -> dict[str, Value]:
    place, currency = "/overall_project_finance/total_outcome_payments_made/", contract.contract.currency
    if not any_paid:
        return {}
    values: dict[str, Value] = {f"{place}currency/value": currency}
    if total_minor is None:
        return {**values, f"{place}amount/status": "PRIVATE"}
    return {**values, f"{place}amount/value": _money(total_minor, currency)}


def _money(minor: int, currency: str) -> Value:
    return exact(Fraction(major(minor, currency)))


def _result(paid: Paid, hidden: bool, limit: int, ids: Mapping[str, str]) -> tuple[Said, ...]:
    values: dict[str, Value] = {
        "/outcome_metric_id/value": ids.get(f"metric {paid.metric}", paid.metric),
        "/result_level/value": "Outcome level",
        "/result_type/value": "Interim",
        "/period/start_date/value": str(paid.period.start),
        "/period/end_date/value": str(paid.period.end),
    }
    if hidden:
        values |= {"/status": "PRIVATE", "/notes": f"{Suppressed(limit)}, or could tell of such a count: not published"}
    else:
        values["/status"] = "PUBLIC"
        if paid.people:
            values["/number_with_positive_social_outcomes/value"] = len(paid.people)
        if paid.quantity:
            values["/outcomes_achieved/value"] = f"{paid.quantity} ({paid.unit})"
    return tuple(Said(at, value, "register -") for at, value in values.items())


def _payment(contract: Contract, paid: Paid, payer: str, shown: bool, ids: Mapping[str, str]) -> tuple[Said, ...]:
    payee, currency = contract.the_payment(paid.payment).payee, contract.contract.currency
    amount = paid.payers[payer]
    measured = any(metric.id == paid.metric for metric in contract.metric)
    metric: dict[str, Value] = {"/outcome_metric_id/value": ids.get(f"metric {paid.metric}", paid.metric)}
    values: dict[str, Value] = {
        **(metric if measured else {}),
        "/period/start_date/value": str(paid.period.start),
        "/period/end_date/value": str(paid.period.end),
        "/payer_organisation_id/value": organisation_id(payer, ids),
        "/recipient_organisation_id/value": organisation_id(payee, ids),
        "/type/value": "Actual",
        "/money/currency/value": currency,
        "/status": "PUBLIC" if shown else "PRIVATE",
    }
    if shown and amount >= 0:
        values["/money/amount/value"] = _money(amount, currency)
    elif shown:
        values["/notes"] = f"{currency} {major(-amount, currency)} was paid back: the standard has no negative payment"
    return tuple(Said(at, value, "register -") for at, value in values.items())
