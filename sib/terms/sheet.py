"""terms: the term sheet as a page (Markdown), made from ``contract.toml`` and its cases; kept beside it and checked."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sib.money import decimal_text, exponent
from sib.terms.case import Case
from sib.terms.contract import Contract, Party
from sib.terms.finance_words import guarantee_words, loss_words, step_words, tranche_words
from sib.terms.payment import Payment
from sib.terms.plan_words import forecast_words, plan_words
from sib.terms.sentences import Speaker, dated, day, listed, number, sentence
from sib.terms.simulation_words import result_words, simulation_words
from sib.terms.walk import unit_of

_INVESTORS = ("tranche", "waterfall", "guarantee", "loss")
_PER = {"contract": "in all", "year": "in a year", "statement": "on one statement", "person": "for each person"}


def sheet(contract: Contract, cases: Sequence[Case], amendments: Sequence[str] = ()) -> str:
    """Return the contract's README: what was agreed, in sentences; what is published and what is invented."""
    header = contract.contract
    blocks = [
        f"# {header.name}",
        "<!-- Made by `sib contract show --write`; change contract.toml, not this page. -->",
        header.summary.strip(),
        f"Version {header.version}, {day(header.starts_on)} to {day(header.ends_on)}, in {header.currency}. "
        f"Each payment is rounded {header.rounding} to the minor unit, once.",
        *_block("Who takes part", _table(("party", "role"), ((party.name, _role(party)) for party in contract.party))),
        *_block("In whose money", "\n".join(_exchange(contract))),
        *_block("What is paid", "\n".join(_payments(contract))),
        *_block("What the words mean", "\n".join(_definitions(contract))),
        *_block("Limits over several payments", "\n".join(_caps(contract))),
        *_block("Whose money it is", "\n".join(_tranches(contract))),
        *_block("In which order it is paid back", "\n".join(_waterfall(contract))),
        *_block("Who stands behind it", "\n".join(_guarantees(contract))),
        *_block("Who bears a loss", "\n".join(_losses(contract))),
        *_block("What a simulation draws", "\n".join(simulation_words(contract))),
        *_block("What was planned", "\n".join(f"- {plan_words(contract, plan)}" for plan in contract.plan)),
        *_block("What is expected", "\n".join(forecast_words(contract))),
        *_block("What was amended", "\n".join(amendments)),
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


def _role(party: Party) -> str:
    return f"{party.role}, pays in {party.currency}" if party.currency else party.role


def _exchange(contract: Contract) -> Iterator[str]:
    for each in contract.exchange:
        worth = f"{dated(each.rate, number)} {each.currency}"
        yield f"- One {contract.contract.currency} is {worth}, by the day of reckoning ({each.clause})"


def _payments(contract: Contract) -> Iterator[str]:
    """A sentence each; the rows of a rate card, alike but for metric and price, as one sentence and a table."""
    for payment in contract.payment:
        yield f"- **{contract.title(payment)}.** {sentence(contract, payment)} ({payment.clause})"
    for card in contract.rate_card:
        rows = [card.payment(row, unit_of(contract, row.metric) or "") for row in card.rows]
        first = sentence(contract, rows[0])
        called = f"Rate card {card.id.replace('_', ' ')}" if card.id else "Rate card"
        yield f"- **{called} ({card.clause}).** The first row in full: {first} The others, alike:\n"
        yield _table(
            ("metric", "price", "how often"),
            (_rate(contract, row, payment) for row, payment in zip(card.rows, rows, strict=True)),
        )


def _rate(contract: Contract, row: Any, payment: Payment) -> tuple[str, str, str]:
    metric = contract.the_metric(payment.metric)
    often = f"at most {metric.repeats} times per person" if isinstance(metric.repeats, int) else metric.repeats
    return contract.title(payment), dated(row.price, Speaker(contract).money), often


def _definitions(contract: Contract) -> Iterator[str]:
    speaker = Speaker(contract)
    for name, words in contract.words.items():
        for sort in ("quantity", "condition", "amount"):
            if (node := getattr(contract, sort).get(name)) is not None:
                yield f"- **“{words}”**: {speaker.say(sort, node)}"


def _caps(contract: Contract) -> Iterator[str]:
    speaker = Speaker(contract)
    for cap in contract.cap:
        over = (
            "all payments"
            if cap.over == "all payments"
            else listed([contract.title(contract.the_payment(name)) for name in cap.over])
        )
        most = speaker.say("amount", cap.rule) if cap.rule is not None else dated(cap.amount, speaker.money)
        cut = "at the claim that passes it" if cap.per == "person" else cap.cut
        whose = f" of what {contract.the_party(cap.payer).name} pays" if cap.payer else ""
        yield f"- {cap.name}: at most {most} {_PER[cap.per]}{whose} over {over}, cut {cut} ({cap.clause})"


def _tranches(contract: Contract) -> Iterator[str]:
    for tranche in contract.tranche:
        yield f"- {tranche_words(contract, tranche)}"


def _waterfall(contract: Contract) -> Iterator[str]:
    for place, step in enumerate(contract.waterfall, 1):
        yield f"{place}. {step_words(contract, step)}"


def _guarantees(contract: Contract) -> Iterator[str]:
    for guarantee in contract.guarantee:
        yield f"- {guarantee_words(contract, guarantee)}"


def _losses(contract: Contract) -> Iterator[str]:
    for loss in contract.loss:
        yield f"- {loss_words(contract, loss)}"


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
    parts: list[tuple[str, Any]] = [("the contract", contract.contract)]
    for group in ("party", "cohort", "metric", "payment", "rate_card", "cap", "settlement", *_INVESTORS, "plan"):
        parts += [(_called(group, part, place), part) for place, part in enumerate(getattr(contract, group), 1)]
    if contract.simulation is not None:
        parts.append(("the simulation", contract.simulation))
        parts += [(f"what is drawn for {result_words(contract, d.gives[0])}", d) for d in contract.simulation.draws]
    if contract.forecast is not None:
        parts.append(("the forecast", contract.forecast))
        parts += [(f"what is expected of {result_words(contract, r.gives)}", r) for r in contract.forecast.results]
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
