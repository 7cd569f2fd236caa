"""terms: the term sheet as sentences; page, command line and README print the same words."""

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from sib.money import decimal_text
from sib.terms.base import DatedNumber
from sib.terms.contract import Contract, Metric, Payment
from sib.terms.walk import named


def number(value: Fraction) -> str:
    """Return a number for reading: thousands separated, no trailing zeros; what does not end is cut after six decimals.

    For reading only: evaluation goes on with the exact value.
    """
    text = decimal_text(value)
    if "/" in text:
        cut = abs(value.numerator) * 10**6 // value.denominator
        return f"{'-' if value < 0 else ''}{cut // 10**6:,}.{cut % 10**6:06d}…"
    whole, _, decimals = text.partition(".")
    return (f"{int(whole):,}" if whole.lstrip("-").isdigit() else whole) + (f".{decimals}" if decimals else "")


def money(contract: Contract, value: Fraction) -> str:
    """Return an amount in the contract's currency, as agreed (not rounded)."""
    text = number(value)
    if "." in text and "/" not in text and len(text.split(".")[1]) == 1:
        text += "0"
    return f"{contract.contract.currency} {text}"


def day(value: date) -> str:
    """Return a date as it is spoken: 31 October 2022."""
    return f"{value.day} {value:%B %Y}"


def listed(parts: list[str], last: str = "and") -> str:
    """Join words as a sentence does."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def plural(unit: str, value: Fraction | int) -> str:
    """Return the unit for that many of it."""
    if abs(value) == 1 or unit.isupper() or unit in ("per cent", "percent"):
        return unit
    head, _, tail = unit.partition(" per ")
    many = {"person": "people", "ratio": "ratio"}.get(head, head if head.endswith("s") else f"{head}s")
    return f"{many} per {tail}" if tail else many


def dated(values: tuple[DatedNumber, ...], say: Callable[[Fraction], str]) -> str:
    """Say a number, with its dates where there are several."""
    if len(values) == 1 and values[0].from_ is None:
        return say(values[0].value)
    return listed([f"{say(v.value)} from {day(v.from_)}" if v.from_ else say(v.value) for v in values], "then")


_COMPOSED = {
    "quantity": (
        "sum",
        "difference",
        "product",
        "ratio",
        "weighted score",
        "whole steps",
        "table",
        "avoided",
        "blend",
        "largest",
        "smallest",
        "rounded",
        "when",
    ),
    "condition": ("all", "any", "none"),
}
"""Kinds whose words need brackets inside others: “a net of b times c” says two things."""


class Speaker:
    """Says the rules of one contract; a name is said by the thing it stands for."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    def money(self, value: Fraction) -> str:
        """An amount in the contract's currency."""
        return money(self.contract, value)

    def say(self, sort: str, node: Any) -> str:
        """Say a quantity, condition or amount."""
        if isinstance(node, str):
            target = named(self.contract, sort)[node]
            return f"“{target.name}”" if isinstance(target, Metric) else self.say(sort, target)
        return SAYS[sort][node.kind](self, node)

    def part(self, sort: str, node: Any) -> str:
        """Say a part of something larger, in brackets where it could be read in two ways."""
        inner = node
        while isinstance(inner, str):
            inner = named(self.contract, sort)[inner]
        said = self.say(sort, node)
        return f"({said})" if getattr(inner, "kind", "") in _COMPOSED[sort] else said

    def quantities(self, parts: Any) -> list[str]:
        """Say several quantities, each as a part."""
        return [self.part("quantity", part) for part in parts]

    def amounts(self, parts: Any) -> list[str]:
        """Say several amounts."""
        return [self.say("amount", part) for part in parts]

    def conditions(self, parts: Any) -> list[str]:
        """Say several conditions, each as a part."""
        return [self.part("condition", part) for part in parts]


def _bounded(of: str, low: str | None, high: str | None) -> str:
    bounds = [f"{word} {bound}" for word, bound in (("at least", low), ("at most", high)) if bound is not None]
    return f"({of}, {listed(bounds)})" if bounds else of


def _table(speaker: Speaker, node: Any, say: Callable[[Fraction], str], value: str) -> str:
    side = "from" if node.boundary.startswith("lower") else "above"
    unit = node.per if hasattr(node, "per") else ""
    if node.shape == "straight lines":
        return _straight_lines(speaker, node, say, value)
    rows = [
        f"{say(node.below)} below {number(node.rows[0].from_)}"
        if side == "from"
        else f"{say(node.below)} up to {number(node.rows[0].from_)}"
    ]
    for row in node.rows:
        rise = f" plus {say(row.rise)} for each further {unit or 'unit'}" if row.rise else ""
        rows.append(f"{say(getattr(row, value))}{rise} {side} {number(row.from_)}")
    return f"by {speaker.say('quantity', node.of)}: {'; '.join(rows)} ({node.boundary})"


def _rises(speaker: Speaker, rises: Any) -> str:
    if rises is None:
        return ""
    to = "" if rises.to is None else f", rounded {rises.rounding} to {speaker.money(rises.to)}"
    return f" rising by {number(rises.yearly * 100)} % a year since {day(rises.since)}{to},"


def _straight_lines(speaker: Speaker, node: Any, say: Callable[[Fraction], str], value: str) -> str:
    edge = "below" if node.boundary.startswith("lower") else "up to"
    points = [f"{say(getattr(row, value))} at {number(row.from_)}" for row in node.rows]
    lines = f"by {speaker.say('quantity', node.of)}: %s{', in a straight line to '.join(points)} and the same beyond"
    if node.below == getattr(node.rows[0], value):
        # without a jump at the first point, its side decides nothing
        return lines % ""
    return lines % f"{say(node.below)} {edge} {number(node.rows[0].from_)}; " + f" ({node.boundary})"


def _compared(speaker: Speaker, node: Any) -> str:
    than = dated(node.value, number) if node.than is None else speaker.part("quantity", node.than)
    return f"{speaker.say('quantity', node.quantity)} is {node.is_} {than}"


def _bands(speaker: Speaker, node: Any) -> str:
    said = []
    for band in node.bands:
        upto = f"up to {number(band.up_to)}" if band.up_to is not None else "after that"
        said.append(f"{speaker.money(band.price)} for each {node.per} {upto}")
    return f"for {speaker.say('quantity', node.of)}: {listed(said, 'then')}"


def _group(node: Any) -> str:
    return f" in the group {node.group}" if node.group else ""


def _days(count: int) -> str:
    return f"{count:,} {plural('day', count)}"


def _milestone(speaker: Speaker, node: Any) -> str:
    after = f" after {listed([speaker.say('quantity', name) for name in node.after])}" if node.after else ""
    least = f", at least {_days(node.at_least_days)} later" if node.at_least_days else ""
    within = f", within {_days(node.within_days)}" if node.within_days is not None else ""
    return (
        f"the people who reached {speaker.say('quantity', node.metric)}{after}{least}{within}{_group(node)}, once each"
    )


def _sustained(speaker: Speaker, node: Any) -> str:
    gaps = f"gaps of up to {_days(node.gap_days)} do not interrupt" if node.gap_days else "any gap interrupts"
    spans = [f"{day(span.from_)} to {day(span.to)}" for span in node.excluded]
    out = f"; not counting {listed(spans)}" if spans else ""
    run = f"{node.counting}; {gaps}" if node.counting == "in one run" else node.counting
    metric = speaker.say("quantity", node.metric)
    return f"the people who sustained {metric} for {_days(node.days)} {run}{out}{_group(node)}, once each"


def _people_with(speaker: Speaker, node: Any) -> str:
    def said(names: tuple[str, ...], last: str) -> str:
        return listed([speaker.say("quantity", name) for name in names], last)

    some = "one" if node.at_least == 1 else str(node.at_least)
    parts = [said(node.all_of, "and")] if node.all_of else []
    parts += [f"at least {some} of {said(node.any_of, 'and')}"] if node.any_of else []
    parts += [f"none of {said(node.none_of, 'and')}"] if node.none_of else []
    return f"the people with {listed(parts)}{_group(node)}, once each"


QUANTITIES: Mapping[str, Callable[[Speaker, Any], str]] = {
    "count": lambda s, n: f"the verified outcomes of {s.say('quantity', n.metric)}{_group(n)}",
    "people": lambda s, n: f"the people who reached {s.say('quantity', n.metric)}{_group(n)}",
    "number": lambda _, n: f"{dated(n.value, number)} {plural(n.unit, n.value[-1].value)}",
    "sum": lambda s, n: listed(s.quantities(n.of), "plus"),
    "difference": lambda s, n: f"{s.part('quantity', n.of)} net of {s.part('quantity', n.less)}",
    "product": lambda s, n: listed(s.quantities(n.of), "times"),
    "ratio": lambda s, n: f"{s.part('quantity', n.of)} divided by {s.part('quantity', n.to)}",
    "whole steps": lambda s, n: f"the full steps of {number(n.step)} in {s.part('quantity', n.of)}",
    "weighted score": lambda s, n: listed(
        [f"{number(p.weight)} × {s.part('quantity', p.quantity)}" for p in n.of], "plus"
    ),
    "limit": lambda s, n: _bounded(
        s.say("quantity", n.of), *(None if b is None else number(b) for b in (n.at_least, n.at_most))
    ),
    "table": lambda s, n: _table(s, n, number, "value"),
    "milestone": _milestone,
    "sustained": _sustained,
    "people with": _people_with,
    "avoided": lambda s, n: (
        f"the {plural(n.unit, 2)} avoided: {s.part('quantity', n.expected)} less {s.part('quantity', n.observed)}"
        + (f", times {s.part('quantity', n.people)}" if n.people else "")
    ),
    "blend": lambda s, n: (
        "a blend of " + listed([f"{number(p.weight * 100)} % {s.part('quantity', p.quantity)}" for p in n.of])
    ),
    "largest": lambda s, n: f"the largest of {listed(s.quantities(n.of))}",
    "smallest": lambda s, n: f"the smallest of {listed(s.quantities(n.of))}",
    "rounded": lambda s, n: f"{s.part('quantity', n.of)}, rounded {n.rounding} to a multiple of {number(n.to)}",
    "elapsed time": lambda _, n: (
        f"the {'full' if n.begun == 'full only' else 'begun'} {plural(n.counted_in, 2)} since {day(n.since)}"
        + (f", at most until {day(n.until)}" if n.until else "")
    ),
    "when": lambda s, n: (
        f"{s.part('quantity', n.then)} if {s.say('condition', n.condition)}, otherwise "
        f"{s.part('quantity', n.otherwise)}"
    ),
}

CONDITIONS: Mapping[str, Callable[[Speaker, Any], str]] = {
    "compare": _compared,
    "compare amounts": lambda s, n: f"({s.say('amount', n.amount)}) is {n.is_} ({s.say('amount', n.than)})",
    "measured": lambda s, n: f"there is a result for {s.part('quantity', n.quantity)}",
    "all": lambda s, n: listed(s.conditions(n.of), "and"),
    "any": lambda s, n: f"either {listed(s.conditions(n.of), 'or')}",
    "none": lambda s, n: (
        f"neither {listed(s.conditions(n.of), 'nor')}"
        if len(n.of) > 1
        else f"it is not so that {s.say('condition', n.of[0])}"
    ),
    "on or after": lambda _, n: f"it is {day(n.day)} or later",
}

AMOUNTS: Mapping[str, Callable[[Speaker, Any], str]] = {
    "price": lambda s, n: (
        f"{dated(n.price, s.money)}{_rises(s, n.rises)} for each {n.per} of {s.say('quantity', n.of)}"
    ),
    "table": lambda s, n: _table(s, n, s.money, "amount"),
    "marginal bands": _bands,
    "fixed": lambda s, n: f"a fixed {dated(n.amount, s.money)}",
    "share": lambda s, n: f"{number(n.share * 100)} % of ({s.say('amount', n.of)})",
    "times": lambda s, n: f"({s.say('amount', n.of)}) times {s.part('quantity', n.by)}",
    "sum": lambda s, n: listed([f"({part})" for part in s.amounts(n.of)], "plus"),
    "smallest": lambda s, n: f"the smallest of {listed([f'({part})' for part in s.amounts(n.of)])}",
    "largest": lambda s, n: f"the largest of {listed([f'({part})' for part in s.amounts(n.of)])}",
    "limit": lambda s, n: _bounded(
        f"({s.say('amount', n.of)})", *(None if b is None else dated(b, s.money) for b in (n.at_least, n.at_most))
    ),
    "when": lambda s, n: (
        f"if {s.say('condition', n.condition)}: {s.say('amount', n.then)}; otherwise {s.say('amount', n.otherwise)}"
    ),
    "difference": lambda s, n: f"({s.say('amount', n.of)}) less ({s.say('amount', n.less)})",
    "already earned": lambda s, n: (
        "what is earned under " + listed([_payment_title(s.contract, p) for p in n.payments])
    ),
    "prices by group": lambda s, n: (
        f"for each {n.per} of {s.say('quantity', n.of)}: "
        + listed([f"{dated(p.price, s.money)} in the group {p.group}" for p in n.prices])
    ),
    "indexed": lambda s, n: (
        f"({s.say('amount', n.of)}), indexed by "
        + (
            f"the factor {dated(n.factor, number)}"
            if n.factor
            else f"{number(n.yearly * 100)} % for each full year since {day(n.since)}"
        )
    ),
    "by date": lambda s, n: "; ".join(
        [f"from {day(r.from_)}{f' to {day(r.to)}' if r.to else ''}: {s.say('amount', r.amount)}" for r in n.rules]
        + [f"otherwise {s.say('amount', n.otherwise)}"]
    ),
    "rounded": lambda s, n: f"({s.say('amount', n.of)}), rounded {n.rounding} to a multiple of {s.money(n.to)}",
    "money of": lambda s, n: f"the money of {s.part('quantity', n.of)}",
}


SAYS = {"quantity": QUANTITIES, "condition": CONDITIONS, "amount": AMOUNTS}


def _payment_title(contract: Contract, name: str) -> str:
    return f"“{contract.title(contract.the_payment(name))}”"


def payer_words(contract: Contract, payment: Payment) -> str:
    """Who pays, with shares where there are several."""
    names = {party.id: party.name for party in contract.party}
    if payment.payer:
        return names[payment.payer]
    if payment.in_order:
        *first, last = payment.payers
        said = [f"{names[share.payer]} the first {money(contract, share.up_to or Fraction(0))}" for share in first]
        return listed([*said, f"{names[last.payer]} the rest"], "then")
    if any(len(share.share or ()) > 1 or (share.share or ())[0].from_ for share in payment.payers):
        said = [f"{names[share.payer]} ({dated(share.share or (), _parts)})" for share in payment.payers]
        return f"{listed(said)}, in proportion"
    shares = [(share.share or ())[0].value for share in payment.payers]
    said = [
        f"{names[each.payer]} ({number(share / sum(shares) * 100)} %)"
        for each, share in zip(payment.payers, shares, strict=True)
    ]
    return listed(said)


def _parts(share: Fraction) -> str:
    return f"{number(share)} {plural('part', share)}"


def repeats_words(metric: Metric) -> str:
    """How often a person's outcome may be claimed."""
    if metric.counted_from != "claims":
        return ""
    said = f"at most {metric.repeats} times per person" if isinstance(metric.repeats, int) else metric.repeats
    return f" ({said})"


def sentence(contract: Contract, payment: Payment) -> str:
    """Say a payment rule in one sentence with its seven parts (GO Lab's rule): payer, price, metric, for whom,
    against what comparison, evidenced how, by when, up to what cap.
    """
    speaker = Speaker(contract)
    cap = f"up to {dated(payment.cap, speaker.money)}" if payment.cap else "with no cap of its own"
    total = ", in total less what was paid before" if payment.settles == "in total" else ""
    total += ", paid back where it is below zero" if payment.both_ways else ""
    said = (
        f"{payer_words(contract, payment)} {'pay' if payment.payers else 'pays'} "
        f"{contract.the_party(payment.payee).name} {speaker.say('amount', payment.amount)}{total}, "
        f"{_for_what(contract, payment)}, {cap}."
    )
    return said[0].upper() + said[1:]


def _for_what(contract: Contract, payment: Payment) -> str:
    """Metric, for whom, against what comparison, evidenced how, by when."""
    if payment.metric == "none":
        return "whatever is measured"
    metric = contract.the_metric(payment.metric)
    window = metric.window
    claimed = f", claimed within {window.claim_within_days} days" if window.claim_within_days is not None else ""
    return (
        f"as payment for “{metric.name}”{repeats_words(metric)}, for {contract.the_cohort(metric.cohort).name}, "
        f"compared with {metric.compared_with.words}, evidenced by {listed(list(metric.evidence))}, "
        f"achieved from {day(window.opens)} to {day(window.closes)}{claimed}"
    )
