"""arrows: a contract as a project of INDIGO: parties, metrics, prices, caps and investments, each with its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sib.intake.indigo_leaf import Value
from sib.money import decimal_text
from sib.steps.indigo_words import (
    NOT_INVESTED,
    ORGANISATION,
    evidence_of,
    exact,
    kind_of,
    method_of,
    price_of,
    tidy,
)
from sib.terms.contract import Contract
from sib.terms.payment import Payment
from sib.terms.sentences import dated, money, sentence

ROLES = (
    ("service_provisions", "service provider"),
    ("outcome_payment_commitments", "outcome payer"),
    ("intermediary_services", "intermediary"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """One value to publish: where it stands in a row or in the project, and the part of the contract that says it."""

    at: str
    value: Value
    part: str
    """``metric job``; rows are made of values with one part."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a contract says in INDIGO's words: fields that a project has once, and rows by list."""

    once: tuple[Said, ...]
    rows: Mapping[str, tuple[tuple[Said, ...], ...]]
    illustrative: frozenset[str] = field(default_factory=frozenset)
    """Parts that the contract marks as invented: not published beside a record's own facts."""


def published(contract: Contract, ids: Mapping[str, str] | None) -> Published:
    """A contract in INDIGO's words; ``ids`` are those of a record it was made from, by part (``metric job``).

    A record has sources of its own, which stay; a contract that was not made from one names its sources here.
    """
    sources = _sources(contract) if ids is None else {}
    ids = ids or {}
    rows = {
        "organisations": tuple(_organisation(party, ids) for party in contract.party),
        "sources": tuple(_source(text, name) for text, name in sources.items()),
        **{key: tuple(_with_role(contract, role, ids)) for key, role in ROLES},
        "investments": tuple(_investments(contract, ids)),
        "outcome_metrics": tuple(_metrics(contract, ids, sources)),
        "outcome_pricings": tuple(_pricings(contract, ids, sources)),
    }
    once = (*_overview(contract), *_finance(contract))
    return Published(once, {key: each for key, each in rows.items() if each}, _illustrative(contract))


def organisation_id(party: str, ids: Mapping[str, str]) -> str:
    """The id under which a party is published."""
    found = ORGANISATION.fullmatch(party)
    return ids.get(f"party {party}") or (f"INDIGO-ORG-{found[1]}" if found else party)


def _illustrative(contract: Contract) -> frozenset[str]:
    parts = ("party", "cohort", "metric", "payment", "cap", "tranche")
    marked = {f"{kind} {each.id}" for kind in parts for each in getattr(contract, kind) if each.illustrative}
    cards = {f"payment {row.metric}" for card in contract.rate_card if card.illustrative for row in card.rows}
    return frozenset(marked | cards | ({"contract -"} if contract.contract.illustrative else set()))


def _sources(contract: Contract) -> dict[str, str]:
    """Each source's id by its words."""
    said = [contract.contract.source, *(metric.source for metric in contract.metric)]
    said += [payment.source for payment in contract.payments]
    return {tidy(text): f"source{number}" for number, text in enumerate(dict.fromkeys(filter(None, said)), 1)}


def _source(text: str, name: str) -> tuple[Said, ...]:
    return Said("/id", name, f"source {name}"), Said("/name/value", text, f"source {name}")


def _overview(contract: Contract) -> Iterator[Said]:
    header = contract.contract
    yield Said("/id", header.id, "contract -")
    yield Said("/status", "PUBLIC", "contract -")
    yield Said("/name/value", tidy(header.name), "contract -")
    yield Said("/dates/start_date_of_service_provision/value", str(header.starts_on), "contract -")
    yield Said("/dates/anticipated_completion_date/value", str(header.ends_on), "contract -")
    yield Said("/purpose_and_classifications/intervention/value", tidy(header.summary), "contract -")
    if header.illustrative:
        yield Said("/notes/value", f"Illustrative: {tidy(header.illustrative)}", "contract -")
    if len(contract.cohort) == 1:
        cohort = contract.cohort[0]
        place = "/service_and_beneficiaries/"
        yield Said(f"{place}target_population/value", tidy(cohort.name), f"cohort {cohort.id}")
        if cohort.size:
            number = "targeted_number_service_users_or_beneficiaries_total/value"
            yield Said(place + number, cohort.size, f"cohort {cohort.id}")


def _finance(contract: Contract) -> Iterator[Said]:
    place, currency = "/overall_project_finance/", contract.contract.currency
    invested = [each.committed for each in contract.tranche if each.kind not in NOT_INVESTED]
    if invested:
        yield Said(f"{place}total_investment_commitment/currency/value", currency, "contract -")
        amount = f"{place}total_investment_commitment/amount/exact/value"
        yield Said(amount, exact(sum(invested, start=invested[0] * 0)), "contract -")
    whole = [cap for cap in contract.cap if cap.over == "all payments" and cap.per == "contract"]
    if len(whole) == 1 and len(whole[0].amount) == 1:
        most, part = f"{place}maximum_potential_outcome_payment_v2/", f"cap {whole[0].id}"
        yield Said(f"{most}currency/value", currency, part)
        yield Said(f"{most}amount/value", exact(whole[0].amount[0].value), part)


def _organisation(party: Any, ids: Mapping[str, str]) -> tuple[Said, ...]:
    part = f"party {party.id}"
    return Said("/id", organisation_id(party.id, ids), part), Said("/name/value", tidy(party.name), part)


def _with_role(contract: Contract, role: str, ids: Mapping[str, str]) -> Iterator[tuple[Said, ...]]:
    for party in contract.party:
        if party.role == role:
            part = f"party {party.id}"
            row = (Said("/organisation_id/value", organisation_id(party.id, ids), part),)
            yield (Said("/id", party.id, part), *row) if role == "service provider" else row


def _investments(contract: Contract, ids: Mapping[str, str]) -> Iterator[tuple[Said, ...]]:
    for tranche in contract.tranche:
        if tranche.kind in NOT_INVESTED:
            continue
        part = f"tranche {tranche.id}"
        values: dict[str, Value] = {
            "/id": ids.get(part, tranche.id),
            "/organisation_id/value": organisation_id(tranche.party, ids),
            "/investment_commitment/currency/value": contract.contract.currency,
            "/investment_commitment/amount/exact/value": exact(tranche.committed),
            "/investment_type/value": kind_of(tranche),
            "/notes": _note(tranche),
        }
        yield _row(values, part)


def _metrics(contract: Contract, ids: Mapping[str, str], sources: Mapping[str, str]) -> Iterator[tuple[Said, ...]]:
    for metric in contract.metric:
        cohort, part = contract.the_cohort(metric.cohort), f"metric {metric.id}"
        of_people = metric.unit == "person"
        values: dict[str, Value] = {
            "/id": ids.get(part, metric.id),
            "/definition/value": tidy(metric.name),
            "/target_population/value": tidy(cohort.name),
            "/targeted_number_of_service_users_or_beneficiaries_total/value": cohort.size,
            "/unit_type_of_targeted_service_users_or_beneficiaries/value": "Individual" if of_people else "Other",
            "/unit_description_of_service_user_or_beneficiaries/value": None if of_people else tidy(metric.unit),
            "/outcome_validation_method/value": method_of(metric),
            "/data_source_for_outcome_validation/value": tidy(evidence_of(metric)),
            "/source_ids": sources.get(tidy(metric.source or "")),
            "/notes": _note(metric),
        }
        yield _row(values, part)


def _pricings(contract: Contract, ids: Mapping[str, str], sources: Mapping[str, str]) -> Iterator[tuple[Said, ...]]:
    metrics = {metric.id for metric in contract.metric}
    for payment in contract.payments:
        metric = ids.get(f"metric {payment.metric}", payment.metric) if payment.metric in metrics else None
        most = decimal_text(payment.cap[0].value) if len(payment.cap) == 1 else None
        values: dict[str, Value] = {
            "/outcome_metric_id/value": metric,
            "/currency/value": contract.contract.currency,
            "/price_per_unit/amount/value": price_of(payment),
            "/maximum_price_if_all_targets_achieved/amount/value": most,
            "/contracted_increases_to_outcome_pricing/value": _changes(contract, payment),
            "/price_description/value": tidy(sentence(contract, payment)),
            "/source_ids": sources.get(tidy(payment.source or "")),
            "/notes": _note(payment),
        }
        yield _row(values, f"payment {payment.id}")


def _changes(contract: Contract, payment: Payment) -> str | None:
    """A price that changes with time, in words; INDIGO has one number for it."""
    prices = getattr(payment.amount, "price", ())
    return dated(prices, lambda value: money(contract, value)) if len(prices) > 1 else None


def _note(part: Any) -> str | None:
    return f"Illustrative: {tidy(part.illustrative)}" if part.illustrative else None


def _row(values: Mapping[str, Value], part: str) -> tuple[Said, ...]:
    return tuple(Said(at, value, part) for at, value in values.items() if value is not None)
