"""terms: the term sheet as a page (Markdown), made from ``contract.toml`` and its cases; kept beside it and checked."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sib.money import decimal_text, exponent
from sib.terms.case import Case
from sib.terms.contract import Contract, Payment
from sib.terms.sentences import Speaker, day, listed, money, number, sentence
from sib.terms.walk import unit_of

_PER = {"contract": "in all", "year": "in a year", "statement": "on one statement", "person": "for each person"}
_PAYS = {"principal": "repays what is drawn and not yet repaid", "surplus": "shares what is left"}


def sheet(contract: Contract, cases: Sequence[Case]) -> str:
    """Return the contract's README: what was agreed, in sentences; what is published and what is invented."""
    header = contract.contract
    blocks = [
        f"# {header.name}",
        "<!-- Made by `sib contract show --write`; change contract.toml, not this page. -->",
        header.summary.strip(),
        f"Version {header.version}, {day(header.starts_on)} to {day(header.ends_on)}, in {header.currency}. "
        f"Each payment is rounded {header.rounding} to the minor unit, once.",
        *_block("Who takes part", _table(("party", "role"), ((party.name, party.role) for party in contract.party))),
        *_block("What is paid", "\n".join(_payments(contract))),
        *_block("Limits over several payments", "\n".join(_caps(contract))),
        *_block("Whose money it is", "\n".join(_tranches(contract))),
        *_block("In which order it is paid back", "\n".join(_waterfall(contract))),
        *_block("Cases that prove it", _cases(contract, cases)),
        *_block("What is invented", "\n".join(_illustrative(contract))),
        *_block("Where the figures come from", "\n".join(_sources(contract))),
    ]
    return "\n\n".join(blocks) + "\n"


def _block(title: str, body: str) -> tuple[str, ...]:
    return (f"## {title}", body) if body else ()


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [" | ".join(heads), " | ".join("---" for _ in heads), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def _payments(contract: Contract) -> Iterator[str]:
    """A sentence each; the rows of a rate card, alike but for metric and price, as one sentence and a table."""
    for payment in contract.payment:
        yield f"- **{_title(contract, payment)}.** {sentence(contract, payment)} ({payment.clause})"
    for card in contract.rate_card:
        rows = [card.payment(row, unit_of(contract, row.metric) or "") for row in card.rows]
        first = sentence(contract, rows[0])
        yield f"- **Rate card ({card.clause}).** The first row in full: {first} The others, alike:\n"
        yield _table(
            ("metric", "price", "how often"),
            (_rate(contract, row, payment) for row, payment in zip(card.rows, rows, strict=True)),
        )


def _rate(contract: Contract, row: Any, payment: Payment) -> tuple[str, str, str]:
    metric = contract.the_metric(payment.metric)
    often = f"at most {metric.repeats} times per person" if isinstance(metric.repeats, int) else metric.repeats
    return metric.name, listed([money(contract, value.value) for value in row.price], "then"), often


def _title(contract: Contract, payment: Payment) -> str:
    return payment.name or contract.the_metric(payment.metric).name


def _caps(contract: Contract) -> Iterator[str]:
    speaker = Speaker(contract)
    for cap in contract.cap:
        over = (
            "all payments"
            if cap.over == "all payments"
            else listed([_title(contract, contract.the_payment(name)) for name in cap.over])
        )
        most = listed([speaker.money(value.value) for value in cap.amount], "then")
        cut = "at the claim that passes it" if cap.per == "person" else cap.cut
        yield f"- {cap.name}: at most {most} {_PER[cap.per]} over {over}, cut {cut} ({cap.clause})"


def _tranches(contract: Contract) -> Iterator[str]:
    for tranche in contract.tranche:
        drawn = "; ".join(f"{money(contract, d.amount)} on {day(d.on)}" for d in tranche.drawdowns)
        paid_in = f", paid in: {drawn}" if drawn else ""
        party = contract.the_party(tranche.party).name
        committed = money(contract, tranche.committed)
        yield f"- {tranche.name} ({tranche.kind}), from {party}: {committed} committed{paid_in}."


def _waterfall(contract: Contract) -> Iterator[str]:
    names = {tranche.id: tranche.name for tranche in contract.tranche}
    for place, step in enumerate(contract.waterfall, 1):
        whole = sum(share.share for share in step.to)
        shares = [
            names[s.tranche]
            + (f" ({number(s.share / whole * 100)} %)" if step.pays == "surplus" and len(step.to) > 1 else "")
            for s in step.to
        ]
        yield f"{place}. {listed(shares)}: {_PAYS[step.pays]} ({step.clause})."


def _cases(contract: Contract, cases: Sequence[Case]) -> str:
    if not cases:
        return ""
    places = exponent(contract.contract.currency)
    rows = (
        (case.name, case.because, "" if case.expect.total is None else decimal_text(case.expect.total, places))
        for case in cases
    )
    return _table(("case", "because", f"total, {contract.contract.currency}"), rows)


def _marked(contract: Contract, field: str) -> Iterator[tuple[str, str]]:
    parts = [("the contract", contract.contract)]
    for group in ("party", "cohort", "metric", "payment", "rate_card", "cap", "settlement", "tranche", "waterfall"):
        parts += [(_called(group, part, place), part) for place, part in enumerate(getattr(contract, group), 1)]
    for name, part in parts:
        said = getattr(part, field, None)
        if said:
            yield name, said


def _called(group: str, part: Any, place: int) -> str:
    label = getattr(part, "name", None) or getattr(part, "id", None) or str(place)
    return f"{group.replace('_', ' ')} “{label}”" if label != str(place) else f"{group.replace('_', ' ')} {place}"


def _illustrative(contract: Contract) -> Iterator[str]:
    for name, said in _grouped(_marked(contract, "illustrative")):
        yield f"- {name}: {said}"


def _sources(contract: Contract) -> Iterator[str]:
    for name, said in _grouped(_marked(contract, "source")):
        yield f"- {name}: {said}"


def _grouped(marked: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """One line for all parts that say the same."""
    names: dict[str, list[str]] = {}
    for name, said in marked:
        names.setdefault(said, []).append(name)
    for said, several in names.items():
        yield listed(several), said
