"""terms: what a schema cannot see: names that lead nowhere, ids used twice, dates and money out of order."""

from collections.abc import Iterator
from typing import Any

from sib.errors import NotValid
from sib.money import exponent
from sib.periods import Calendar
from sib.terms.base import DatedNumber, value_on
from sib.terms.check_finance import FINANCE_CHECKS
from sib.terms.check_plan import PLAN_CHECKS
from sib.terms.check_rules import RULE_CHECKS
from sib.terms.check_simulation import SIMULATION_CHECKS
from sib.terms.contract import Contract
from sib.terms.depth import too_deep
from sib.terms.fault import Check, Finding, lookup
from sib.terms.payment import PayerShare, RateCard
from sib.terms.places import Path

__all__ = ["CHECKS", "Finding", "findings"]


def findings(contract: Contract) -> tuple[Finding, ...]:
    """Return every fault that makes the terms unusable."""
    if deep := tuple(too_deep(contract)):
        # the other checks would run out of stack
        return deep
    return tuple(finding for check in CHECKS for finding in check(contract))


def unique_ids(contract: Contract) -> Iterator[Finding]:
    """Ids are unique within their list, and a name means one quantity only."""
    for field in ("party", "cohort", "metric", "payment", "cap", "settlement", "tranche"):
        seen: set[str] = set()
        for index, part in enumerate(getattr(contract, field)):
            if part.id in seen:
                what = f"two {field} entries are called `{part.id}`"
                yield Finding((field, index, "id"), "contract.same-id", what, "rename one")
            seen.add(part.id)
    written = {payment.id for payment in contract.payment}
    for index, card in enumerate(contract.rate_card):
        for row, rate in enumerate(card.rows):
            if (name := card.payment_id(rate)) in written:
                what = f"`{name}` is paid twice"
                mend = "take one of the two out, or give each rate card an `id`"
                yield Finding(("rate_card", index, "rows", row), "contract.same-id", what, mend)
            written.add(card.payment_id(rate))
    for name in sorted(set(contract.quantity) & {metric.id for metric in contract.metric}):
        yield Finding(
            ("quantity", name), "contract.same-id", f"`{name}` is a metric and a quantity", "rename the quantity"
        )


def references(contract: Contract) -> Iterator[Finding]:
    """Every party, cohort, metric, payment and tranche that is named exists."""
    parties, metrics = {party.id: party for party in contract.party}, {metric.id for metric in contract.metric}
    for index, metric in enumerate(contract.metric):
        yield from lookup(
            ("metric", index, "cohort"), "cohort", metric.cohort, {cohort.id for cohort in contract.cohort}
        )
    for field in ("payment", "rate_card"):
        for index, paid in enumerate(getattr(contract, field)):
            yield from _payers(contract, (field, index), paid)
    payments = {payment.id for payment in contract.payments}
    for index, payment in enumerate(contract.payment):
        for place, name in enumerate(payment.held_with):
            yield from lookup(("payment", index, "held_with", place), "payment", name, payments)
        if payment.metric != "none":
            yield from lookup(("payment", index, "metric"), "metric", payment.metric, metrics)
    for index, card in enumerate(contract.rate_card):
        for row, rate in enumerate(card.rows):
            yield from lookup(("rate_card", index, "rows", row, "metric"), "metric", rate.metric, metrics)
        yield from _card_group(contract, index, card)
    yield from _caps(contract)
    for index, tranche in enumerate(contract.tranche):
        yield from lookup(("tranche", index, "party"), "party", tranche.party, parties)
    for index, step in enumerate(contract.waterfall):
        for place, share in enumerate(step.to):
            yield from lookup(
                ("waterfall", index, "to", place, "tranche"),
                "tranche",
                share.tranche,
                {tranche.id for tranche in contract.tranche},
            )


def _caps(contract: Contract) -> Iterator[Finding]:
    payers = {party.id for party in contract.party if party.role == "outcome payer"}
    payments = {payment.id for payment in contract.payments}
    for index, cap in enumerate(contract.cap):
        for place, name in enumerate(() if cap.over == "all payments" else cap.over):
            yield from lookup(("cap", index, "over", place), "payment", name, payments)
        if cap.payer is None:
            continue
        yield from lookup(("cap", index, "payer"), "outcome payer", cap.payer, payers)
        if cap.per == "person":
            mend = "leave out `payer`, or cap per contract, year or statement"
            yield Finding(("cap", index, "payer"), "contract.person-cap", "a person's cap is not one payer's", mend)


def _card_group(contract: Contract, index: int, card: RateCard) -> Iterator[Finding]:
    """A rate card for a group pays for claims of people in it."""
    metrics = {metric.id: metric for metric in contract.metric}
    if card.group is None:
        return
    for row, rate in enumerate(card.rows):
        if (metric := metrics.get(rate.metric)) is None:
            continue
        groups = {group for cohort in contract.cohort if cohort.id == metric.cohort for group in cohort.groups}
        if metric.cohort in {cohort.id for cohort in contract.cohort}:
            thing = f"group of the cohort `{metric.cohort}`"
            yield from lookup(("rate_card", index, "group"), thing, card.group, groups)
        if metric.counted_from != "claims":
            place = ("rate_card", index, "rows", row, "metric")
            mend = "only claims tell groups apart: take the group out, or count the metric from claims"
            yield Finding(place, "contract.not-counted", f"`{metric.id}` is not counted from claims", mend)


def _payers(contract: Contract, path: Path, paid: Any) -> Iterator[Finding]:
    parties = {party.id: party for party in contract.party}
    yield from lookup((*path, "payee"), "party", paid.payee, parties)
    shares = paid.payers or ()
    for place, name in (
        [(("payer",), paid.payer)] if paid.payer else [(("payers", i, "payer"), s.payer) for i, s in enumerate(shares)]
    ):
        yield from lookup((*path, *place), "party", name, parties)
        if name in parties and parties[name].role != "outcome payer":
            mend = "name a party with the role outcome payer"
            yield Finding((*path, *place), "contract.not-a-payer", f"`{name}` is not an outcome payer", mend)
    yield from _shares(contract, path, shares)


def _shares(contract: Contract, path: Path, payers: tuple[PayerShare, ...]) -> Iterator[Finding]:
    """No share is below zero, and on every day of the term somebody pays."""
    given = [payer.share for payer in payers if payer.share]
    for place, payer in enumerate(payers):
        if any(value.value < 0 for value in payer.share or ()):
            yield Finding((*path, "payers", place), "contract.share", "a share is below zero", "write 0 or more")
    begins = contract.contract.starts_on
    days = sorted({begins, *(max(begins, value.from_ or begins) for share in given for value in share)})
    for day in days if given else ():
        if not any(value_on(share, day) for share in given):
            mend = "give a payer a share from that day on"
            yield Finding((*path, "payers"), "contract.share", f"nobody has a share on {day}", mend)


def dates(contract: Contract) -> Iterator[Finding]:
    """The term, the windows and the settlement periods run forward, and no window opens before the term."""
    header = contract.contract
    if header.ends_on < header.starts_on:
        yield Finding(
            ("contract", "ends_on"), "contract.dates", "the term ends before it starts", "mend one of the two dates"
        )
    for index, metric in enumerate(contract.metric):
        window = metric.window
        early = window.opens < header.starts_on
        if early or window.closes < window.opens:
            what = "the window opens before the term starts" if early else "the window closes before it opens"
            mend = f"write dates in order, from {header.starts_on} on"
            yield Finding(("metric", index, "window"), "contract.dates", what, mend)
    before = None
    for index, period in enumerate(contract.settlement):
        if period.ends_on < period.starts_on or (before is not None and period.starts_on <= before):
            what = "the period runs backwards or overlaps the one above"
            yield Finding(("settlement", index), "contract.dates", what, "order the periods")
        before = period.ends_on


def money(contract: Contract) -> Iterator[Finding]:
    """The currencies and the calendar exist, no cap is below zero, and no tranche draws more than it commits."""
    try:
        exponent(contract.contract.currency)
    except NotValid as error:
        yield Finding(("contract", "currency"), "contract.currency", error.problems[0].what, error.problems[0].mend)
    yield from _own_currencies(contract)
    try:
        Calendar(contract.contract.calendar)
    except NotValid as error:
        yield Finding(("contract", "calendar"), "contract.calendar", error.problems[0].what, error.problems[0].mend)
    caps: list[tuple[Path, tuple[DatedNumber, ...]]] = []
    for field in ("payment", "rate_card"):
        caps += [((field, index, "cap"), paid.cap) for index, paid in enumerate(getattr(contract, field))]
    caps += [(("cap", index, "amount"), cap.amount) for index, cap in enumerate(contract.cap)]
    for path, values in caps:
        if any(value.value < 0 for value in values):
            yield Finding(
                path, "contract.cap", "a cap is never below zero", 'write the most that may be paid, or "none"'
            )
    for index, tranche in enumerate(contract.tranche):
        if sum(drawdown.amount for drawdown in tranche.drawdowns) > tranche.committed:
            yield Finding(
                ("tranche", index, "drawdowns"),
                "contract.overdrawn",
                f"`{tranche.id}` draws more than it commits",
                "mend the amounts",
            )


def _own_currencies(contract: Contract) -> Iterator[Finding]:
    """Whoever pays in a currency of its own has one rate for it."""
    rates = [each.currency for each in contract.exchange]
    for index, each in enumerate(contract.exchange):
        place: Path = ("exchange", index, "currency")
        try:
            exponent(each.currency)
        except NotValid as error:
            yield Finding(place, "contract.currency", error.problems[0].what, error.problems[0].mend)
        if each.currency in (contract.contract.currency, *rates[:index]):
            yield Finding(place, "contract.same-id", f"{each.currency} has a rate already", "take one of the two out")
        if any(value.value <= 0 for value in each.rate):
            yield Finding(("exchange", index, "rate"), "contract.rate", "a rate is above zero", "mend the rate")
    for index, party in enumerate(contract.party):
        if party.currency and party.role != "outcome payer":
            what = f"{party.name} does not pay for outcomes, and receives in {contract.contract.currency}"
            mend = "leave the currency out, or make it an outcome payer"
            yield Finding(("party", index, "currency"), "contract.not-a-payer", what, mend)
        elif party.currency and party.currency not in (contract.contract.currency, *rates):
            what = f"{party.name} pays in {party.currency}, which has no rate"
            mend = f'add [[exchange]] with currency = "{party.currency}"'
            yield Finding(("party", index, "currency"), "contract.currency", what, mend)


def named_once(contract: Contract) -> Iterator[Finding]:
    """A cap, a step of the waterfall and a list of shares name each payment, tranche and payer once."""
    lists: list[tuple[Path, list[str]]] = []
    for index, cap in enumerate(contract.cap):
        lists.append((("cap", index, "over"), [] if cap.over == "all payments" else list(cap.over)))
    for index, step in enumerate(contract.waterfall):
        lists.append((("waterfall", index, "to"), [share.tranche for share in step.to]))
    for field in ("payment", "rate_card"):
        for index, paid in enumerate(getattr(contract, field)):
            lists.append(((field, index, "payers"), [share.payer for share in paid.payers]))
    for path, names in lists:
        for place, name in enumerate(names):
            if name in names[:place]:
                yield Finding((*path, place), "contract.same-id", f"`{name}` is named twice", "take one of the two out")


CHECKS: tuple[Check, ...] = (unique_ids, named_once, references, *RULE_CHECKS, dates, money, *FINANCE_CHECKS)
CHECKS += SIMULATION_CHECKS
CHECKS += PLAN_CHECKS
