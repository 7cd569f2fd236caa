"""arrows: the start of a contract file, made from what is clean in a record of INDIGO; what it lacks is marked."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise

from sib.intake.indigo import IndigoProject
from sib.intake.indigo_leaf import Value, is_public, rows_in
from sib.intake.indigo_rows import span
from sib.steps.indigo_words import KINDS, METHODS, slug, tidy

OPEN = "to be completed"
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?")
_STARTS = (
    "start_date_of_service_provision",
    "outcomes_contract_signed",
    "contracts_between_all_parties_signed",
)
_ENDS = (
    "anticipated_completion_date",
    "actual_completion_date",
    "actual_end_date_of_service_provision",
    "anticipated_end_date_of_service_provision",
)
_ROLES = (
    ("outcome_payment_commitments", "/organisation_id/value", "outcome payer"),
    ("outcome_payments", "/payer_organisation_id/value", "outcome payer"),
    ("service_provisions", "/organisation_id/value", "service provider"),
    ("investments", "/organisation_id/value", "investor"),
    ("intermediary_services", "/organisation_id/value", "intermediary"),
)


@dataclass(slots=True)
class Draft:
    """A contract file as it grows: its lines, and which value of the record went where."""

    values: Mapping[str, Value]
    currency: str | None
    lines: list[str] = field(default_factory=list)
    used: dict[str, str] = field(default_factory=dict)
    """Pointer -> place in the contract, in words: ``metric job name``."""
    open: list[str] = field(default_factory=list)
    """What a person has still to write."""

    def take(self, pointer: str, place: str) -> Value:
        """Use a value; None where there is none, or where it is private or disputed."""
        if not self.usable(pointer):
            return None
        self.used[pointer] = place
        return self.values[pointer]

    def text(self, pointer: str, place: str) -> str | None:
        """Use a text, on one line."""
        value = self.values.get(pointer)
        return tidy(str(self.take(pointer, place) or "")) or None if isinstance(value, str) and tidy(value) else None

    def number(self, pointer: str, place: str) -> str | None:
        """Use a number that a contract can hold, as decimal text."""
        value = self.values.get(pointer)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return None
        text = format(abs(Decimal(value)), "f")
        return text if _AMOUNT.fullmatch(text) and self.take(pointer, place) is not None else None

    def usable(self, pointer: str) -> bool:
        """Whether a value is there and may be used."""
        value = self.values.get(pointer)
        blank = value is None or (isinstance(value, str) and not value.strip())
        return not blank and is_public(self.values, pointer)

    def table(self, head: str, *entries: tuple[str, str], lacks: tuple[str, ...] = ()) -> None:
        """Write a table; what it ``lacks`` is marked beside it and as illustrative."""
        self.lines += ["", *(f"# {OPEN}: {each}" for each in lacks), head]
        self.lines += [f"{key} = {value}" for key, value in entries]
        if lacks:
            words = f"INDIGO does not say: {'; '.join(lacks)}."
            self.lines.append(f"illustrative = {quoted(words)}")
            self.open += [f"{head.strip('[]')}: {each}" for each in lacks]


@dataclass(frozen=True, slots=True)
class Term:
    """The term as the contract writes it."""

    starts: date
    ends: date


def quoted(text: str) -> str:
    """Text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def draft_contract(project: IndigoProject) -> Draft:
    """The start of a contract: it parses, and everything that the record does not say is marked in it."""
    draft = Draft(project.values, project.currency)
    term = _header(draft, project)
    parties = _parties(draft)
    _cohort(draft)
    metrics = _metrics(draft, term)
    paid = _payments(draft, metrics, parties)
    _cap(draft, paid)
    _settlements(draft)
    _tranches(draft, parties)
    return draft


def _header(draft: Draft, project: IndigoProject) -> Term:
    name = draft.text("/name/value", "contract - name")
    known = draft.text("/id", "contract - id")
    starts, ends, lacks = _term(draft)
    entries = [
        ("id", quoted(slug(known or name or "indigo_project", set()))),
        ("name", quoted(name or f"({OPEN})")),
        ("version", "1"),
        ("currency", quoted(project.currency or "GBP")),
        ("starts_on", str(starts)),
        ("ends_on", str(ends)),
        ("rounding", quoted("half up")),
        ("pays_within_days", "30"),
        ("summary", quoted(_summary(draft))),
        ("source", quoted(f"a record of the INDIGO impact bond dataset{f', {known}' if known else ''}")),
    ]
    for group in ("maximum_potential_outcome_payment_v2", "total_investment_commitment", "total_outcome_payments_made"):
        draft.take(f"/overall_project_finance/{group}/currency/value", "contract - currency")
    missing = [] if name else ["the name"]
    missing += [] if project.currency else ["the currency"]
    draft.lines = ["format = 1"]
    draft.table("[contract]", *entries, lacks=(*missing, *lacks, "the rounding", "the days to pay"))
    return Term(starts, ends)


def _summary(draft: Draft) -> str:
    for name in ("intervention", "social_challenge"):
        if text := draft.text(f"/purpose_and_classifications/{name}/value", "contract - summary"):
            return text
    draft.open.append("contract: the summary")
    return f"({OPEN})"


def _term(draft: Draft) -> tuple[date, date, tuple[str, ...]]:
    """The first and last day, exact where the record is; what is not exact or not there is told."""
    starts, said_start = _day(draft, _STARTS, "starts_on", date.min)
    first = starts or date(2000, 1, 1)
    ends, said_end = _day(draft, _ENDS, "ends_on", first)
    last = ends or date(min(first.year + 10, 9999), 12, 31)
    return first, last, (*said_start, *said_end)


def _day(draft: Draft, names: tuple[str, ...], key: str, earliest: date) -> tuple[date | None, tuple[str, ...]]:
    what = f"the {'first' if key == 'starts_on' else 'last'} day"
    guess: date | None = None
    for name in names:
        pointer = f"/dates/{name}/value"
        value = draft.values.get(pointer)
        if isinstance(value, str) and draft.usable(pointer):
            first, last = span(value)
            if first == last and first >= earliest:
                draft.take(pointer, f"contract - {key}")
                return first, ()
            guess = guess or next((day for day in (first if key == "starts_on" else last,) if day >= earliest), None)
    return guess, (f"{what}, which is known only roughly" if guess else what,)


def _parties(draft: Draft) -> dict[str, dict[str, str]]:
    """Party ids by role and by organisation, written as tables."""
    named = {str(row.get("/id")): pointer for pointer, row in rows_in(draft.values, "organisations").items()}
    found: dict[str, dict[str, str]] = {role: {} for _, _, role in _ROLES}
    taken: set[str] = set()
    for key, path, role in _ROLES:
        if key == "outcome_payments" and found[role]:
            continue
        for pointer in rows_in(draft.values, key):
            organisation = draft.values.get(pointer + path)
            if isinstance(organisation, str) and organisation.strip() and draft.usable(pointer + path):
                party = found[role].get(organisation.strip()) or _party(draft, organisation.strip(), role, named, taken)
                found[role][organisation.strip()] = party
                draft.take(pointer + path, f"party {party} organisation")
    for role in ("outcome payer", "service provider"):
        if not found[role]:
            party = found[role][""] = slug(f"{role} {OPEN}", taken)
            entries = (("id", quoted(party)), ("name", quoted(f"({role}, {OPEN})")), ("role", quoted(role)))
            draft.table("[[party]]", *entries, lacks=(f"who the {role} is",))
    return found


def _party(draft: Draft, organisation: str, role: str, named: Mapping[str, str], taken: set[str]) -> str:
    party = slug(organisation, taken)
    at = named.get(organisation)
    name = draft.text(f"{at}/name/value", f"party {party} name") if at else None
    if at:
        draft.take(f"{at}/id", f"party {party} organisation")
    entries = (("id", quoted(party)), ("name", quoted(name or organisation)), ("role", quoted(role)))
    draft.table("[[party]]", *entries)
    return party


def _cohort(draft: Draft) -> None:
    name = draft.text("/service_and_beneficiaries/target_population/value", "cohort cohort name")
    entries = [("id", quoted("cohort")), ("name", quoted(name or f"people ({OPEN})"))]
    pointer = "/service_and_beneficiaries/targeted_number_service_users_or_beneficiaries_total/value"
    value = draft.values.get(pointer)
    if isinstance(value, int | Decimal) and value >= 1 and draft.usable(pointer):
        entries.append(("size", str(int(value))))
        draft.take(pointer, "cohort cohort size")
    draft.table("[[cohort]]", *entries, lacks=() if name else ("whom the service is for",))


def _metrics(draft: Draft, term: Term) -> dict[str, tuple[str, str]]:
    """The metric's id and unit here, by its id there."""
    found: dict[str, tuple[str, str]] = {}
    taken: set[str] = set()
    for pointer, row in rows_in(draft.values, "outcome_metrics").items():
        known = row.get("/id")
        if isinstance(known, str) and draft.usable(f"{pointer}/id"):
            metric = slug(known, taken)
            draft.take(f"{pointer}/id", f"metric {metric} id")
            found[known.strip()] = metric, _metric(draft, pointer, metric, term)
    if not found:
        found[""] = "outcome", _metric(draft, "", "outcome", term)
    return found


def _metric(draft: Draft, pointer: str, metric: str, term: Term) -> str:
    name = draft.text(f"{pointer}/definition/value", f"metric {metric} name")
    unit = _unit(draft, pointer, metric)
    at = f"{pointer}/outcome_validation_method/value"
    known = METHODS.get(tidy(str(draft.values[at]))) if draft.usable(at) else None
    if known:
        draft.take(at, f"metric {metric} method")
    evidence = draft.text(f"{pointer}/data_source_for_outcome_validation/value", f"metric {metric} evidence")
    counted, kind, words = known or METHODS["Simple ex-post verification"]
    missing = [] if name else ["what is achieved"]
    missing += [] if unit else ["the unit"]
    missing += [] if known else ["how it is validated"]
    missing += [] if evidence else ["the evidence"]
    draft.table(
        "[[metric]]",
        ("id", quoted(metric)),
        ("name", quoted(name or f"an outcome ({OPEN})")),
        ("unit", quoted(unit or "outcome")),
        ("counted_from", quoted(counted)),
        ("cohort", quoted("cohort")),
        ("compared_with", f"{{ kind = {quoted(kind)}, words = {quoted(words)} }}"),
        ("evidence", f"[{quoted(evidence or OPEN)}]"),
        ("window", f"{{ opens = {term.starts}, closes = {term.ends} }}"),
        ("clause", quoted(OPEN)),
        lacks=(*missing, "the window", "the clause"),
    )
    return unit or "outcome"


def _unit(draft: Draft, pointer: str, metric: str) -> str | None:
    at = f"{pointer}/unit_type_of_targeted_service_users_or_beneficiaries/value"
    if draft.values.get(at) == "Individual" and draft.take(at, f"metric {metric} unit type"):
        return "person"
    unit = draft.values.get(f"{pointer}/unit_description_of_service_user_or_beneficiaries/value")
    if draft.values.get(at) != "Other" or not isinstance(unit, str) or tidy(unit) == "person":
        return None
    text = draft.text(f"{pointer}/unit_description_of_service_user_or_beneficiaries/value", f"metric {metric} unit")
    if text:
        draft.take(at, f"metric {metric} unit type")
    return text


def _payments(draft: Draft, metrics: dict[str, tuple[str, str]], parties: dict[str, dict[str, str]]) -> list[str]:
    """The ids of the payments: one for each metric with a price of its own."""
    paid: list[str] = []
    for pointer, row in rows_in(draft.values, "outcome_pricings").items():
        metric, unit = metrics.get(str(row.get("/outcome_metric_id/value", "")).strip(), ("", ""))
        if not metric or metric in paid or not draft.usable(f"{pointer}/outcome_metric_id/value"):
            continue
        if price := draft.number(f"{pointer}/price_per_unit/amount/value", f"payment {metric} price"):
            draft.take(f"{pointer}/outcome_metric_id/value", f"payment {metric} metric")
            draft.take(f"{pointer}/currency/value", "contract - currency")
            _payment(draft, pointer, (metric, unit, price), parties)
            paid.append(metric)
    for metric, _ in metrics.values():
        if metric not in paid:
            draft.lines += ["", f"# {OPEN}: what is paid for `{metric}`; INDIGO names no price of a unit"]
            draft.open.append(f"payment: what is paid for {metric}")
    return paid


def _payment(draft: Draft, pointer: str, priced: tuple[str, str, str], parties: dict[str, dict[str, str]]) -> None:
    metric, unit, price = priced
    payers, payees = list(parties["outcome payer"].values()), list(parties["service provider"].values())
    shares = ", ".join(f"{{ payer = {quoted(payer)}, share = 1 }}" for payer in payers)
    lacks = ["the payers' shares"] if len(payers) > 1 else []
    lacks += ["who is paid"] if len(payees) > 1 else []
    cap = _most(draft, f"{pointer}/maximum_price_if_all_targets_achieved/amount/value", f"payment {metric} cap")
    draft.table(
        "[[payment]]",
        ("id", quoted(metric)),
        ("payer", quoted(payers[0])) if len(payers) == 1 else ("payers", f"[{shares}]"),
        ("payee", quoted(payees[0])),
        ("metric", quoted(metric)),
        (
            "amount",
            f"{{ kind = {quoted('price')}, price = {quoted(price)}, per = {quoted(unit)}, of = {quoted(metric)} }}",
        ),
        ("cap", quoted(cap or "none")),
        ("clause", quoted(OPEN)),
        lacks=(*lacks, *([] if cap else ["the cap"]), "the clause"),
    )


def _most(draft: Draft, pointer: str, place: str) -> str | None:
    """The standard writes this amount as text; only plain figures are an amount."""
    value = draft.values.get(pointer)
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value.strip()):
        return None
    return str(draft.take(pointer, place) or "").strip() or None


def _cap(draft: Draft, paid: list[str]) -> None:
    pointer = "/overall_project_finance/maximum_potential_outcome_payment_v2/amount/value"
    if paid and (amount := draft.number(pointer, "cap contract_cap amount")):
        draft.table(
            "[[cap]]",
            ("id", quoted("contract_cap")),
            ("name", quoted("the most that outcomes may cost in all")),
            ("amount", quoted(amount)),
            ("over", quoted("all payments")),
            ("clause", quoted(OPEN)),
            lacks=("the clause",),
        )


def _settlements(draft: Draft) -> None:
    """The periods for which payments were made, if they are days and follow one another."""
    days = sorted(set(_paid_periods(draft)))
    apart = all(one[1] < two[0] for one, two in pairwise(days))
    for first, last in days if apart else ():
        head = ("id", quoted(f"{first} to {last}")), ("starts_on", str(first)), ("ends_on", str(last))
        draft.table("[[settlement]]", *head)
    if not days or not apart:
        draft.lines += ["", f"# {OPEN}: the periods for which payments are worked out, as [[settlement]]"]
        draft.open.append("settlement: the periods")


def _paid_periods(draft: Draft) -> Iterator[tuple[date, date]]:
    for pointer, row in rows_in(draft.values, "outcome_payments").items():
        ends = (row.get("/period/start_date/value"), row.get("/period/end_date/value"))
        if row.get("/type/value") == "Actual" and draft.usable(f"{pointer}/type/value"):
            spans = [span(end) for end in ends if isinstance(end, str) and end.strip()]
            if len(spans) == 2 and all(first == last for first, last in spans):
                yield spans[0][0], spans[1][0]


def _tranches(draft: Draft, parties: dict[str, dict[str, str]]) -> None:
    taken: set[str] = set()
    shares: list[str] = []
    for pointer, row in rows_in(draft.values, "investments").items():
        party = parties["investor"].get(str(row.get("/organisation_id/value", "")).strip())
        tranche = slug(str(row.get("/id") or "tranche"), taken)
        committed = f"{pointer}/investment_commitment/amount/exact/value"
        if party and (amount := draft.number(committed, f"tranche {tranche} committed")):
            _tranche(draft, pointer, (tranche, party, amount))
            shares += [f"{{ tranche = {quoted(tranche)}, share = {quoted(amount)} }}"] if Decimal(amount) else []
    for step in ("principal", "surplus") if shares else ():
        entries = (("pays", quoted(step)), ("to", f"[{', '.join(shares)}]"), ("clause", quoted(OPEN)))
        draft.table("[[waterfall]]", *entries, lacks=("who is repaid in which order",))


def _tranche(draft: Draft, pointer: str, stated: tuple[str, str, str]) -> None:
    tranche, party, amount = stated
    at = f"{pointer}/investment_type/value"
    kind = KINDS.get(str(draft.values[at])) if draft.usable(at) else None
    if kind:
        draft.take(at, f"tranche {tranche} kind")
    draft.take(f"{pointer}/id", f"tranche {tranche} id")
    draft.take(f"{pointer}/investment_commitment/currency/value", "contract - currency")
    draft.table(
        "[[tranche]]",
        ("id", quoted(tranche)),
        ("name", quoted(tranche.replace("_", " "))),
        ("party", quoted(party)),
        ("kind", quoted(kind or "senior")),
        ("committed", quoted(amount)),
        lacks=("the drawdowns",) if kind else ("whether it is debt or equity", "the drawdowns"),
    )
