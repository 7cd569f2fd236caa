"""terms: the term sheet as sentences; page, command line and README print the same words."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from sib.terms.contract import Contract, Metric
from sib.terms.payment import Payment
from sib.terms.walk import named, unit_of
from sib.terms.words import dated, day, listed, money, number, plural

__all__ = ["SAYS", "Speaker", "dated", "day", "listed", "money", "number", "plural", "repeats_words", "sentence"]


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
        "gained",
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
            if isinstance(target, Metric) or node in self.contract.words:
                return f"“{target.name if isinstance(target, Metric) else self.contract.words[node]}”"
            return self.say(sort, target)
        return SAYS[sort][node.kind](self, node)

    def part(self, sort: str, node: Any) -> str:
        """Say a part of something larger, in brackets where it could be read in two ways."""
        inner = node
        while isinstance(inner, str) and inner not in self.contract.words:
            inner = named(self.contract, sort)[inner]
        said = self.say(sort, node)
        return f"({said})" if getattr(inner, "kind", "") in _COMPOSED[sort] else said

    def branch(self, node: Any) -> str:
        """Say an amount that stands after an if or an otherwise: in brackets if it has such of its own."""
        inner, said = node, self.say("amount", node)
        while isinstance(inner, str) and inner not in self.contract.words:
            inner = self.contract.amount[inner]
        return f"({said})" if getattr(inner, "kind", "") in ("when", "by date") else said

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
    of, first = speaker.say("quantity", node.of), number(node.rows[0].from_)
    if node.below == getattr(node.rows[0], value):
        # without a jump at the first point, its side decides nothing
        points[0] = f"{say(node.below)} up to {first}"
    lines = f"{', in a straight line to '.join(points)} and the same beyond"
    if node.below == getattr(node.rows[0], value):
        return f"by {of}: {lines}"
    above = "" if edge == "below" else "just above it "
    return f"by {of}: {say(node.below)} {edge} {first}; {above}{lines} ({node.boundary})"


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


def _months(count: int) -> str:
    return f"{count:,} {plural('month', count)}"


def _who(node: Any) -> str:
    return f"the {plural(node.unit, 2)}"


def _milestone(speaker: Speaker, node: Any) -> str:
    after = f" after {listed([speaker.say('quantity', name) for name in node.after])}" if node.after else ""
    least = [_days(node.at_least_days)] if node.at_least_days else []
    least += [_months(node.at_least_months)] if node.at_least_months else []
    within = [_days(node.within_days)] if node.within_days is not None else []
    within += [_months(node.within_months)] if node.within_months is not None else []
    said = f", at least {listed(least)} later" if least else ""
    said += f", within {listed(within)}" if within else ""
    return f"{_who(node)} who reached {speaker.say('quantity', node.metric)}{after}{said}{_group(node)}, once each"


def _sustained(speaker: Speaker, node: Any) -> str:
    gaps = f"gaps of up to {_days(node.gap_days)} do not interrupt" if node.gap_days else "any gap interrupts"
    spans = [f"{day(span.from_)} to {day(span.to)}" for span in node.excluded]
    out = f"; not counting {listed(spans)}" if spans else ""
    run = f"{node.counting}; {gaps}" if node.counting == "in one run" else node.counting
    metric = speaker.say("quantity", node.metric)
    long = _days(node.days) if node.days is not None else _months(node.months)
    return f"{_who(node)} who sustained {metric} for {long} {run}{out}{_group(node)}, once each"


def _people_reaching(speaker: Speaker, node: Any) -> str:
    total = f"{number(node.total)} {plural(unit_of(speaker.contract, node.metric) or '', node.total)}"
    metric = speaker.say("quantity", node.metric)
    after = f", counted from {speaker.say('quantity', node.after)}" if node.after else ""
    within = f" and for {_days(node.within_days)}" if node.within_days is not None else ""
    return f"{_who(node)} whose {metric} comes to {total}{after}{within}{_group(node)}, once each"


def _people_with(speaker: Speaker, node: Any) -> str:
    def said(names: tuple[str, ...], last: str) -> str:
        return listed([speaker.say("quantity", name) for name in names], last)

    some = "one" if node.at_least == 1 else str(node.at_least)
    parts = [said(node.all_of, "and")] if node.all_of else []
    parts += [f"at least {some} of {said(node.any_of, 'and')}"] if node.any_of else []
    parts += [f"none of {said(node.none_of, 'and')}"] if node.none_of else []
    parts += [_at_most(speaker, each) for each in node.at_most_of]
    return f"{_who(node)} with {listed(parts)}{_group(node)}, once each"


def _at_most(speaker: Speaker, each: Any) -> str:
    within = f" in the first {_months(each.within_months)}" if each.within_months is not None else ""
    after = f"{within} after {speaker.say('quantity', each.after)}" if each.after else ""
    return f"{speaker.say('quantity', each.metric)} at most {each.times} times{after}"


def _against_expected(speaker: Speaker, node: Any) -> str:
    sides = [speaker.part("quantity", side) for side in (node.expected, node.observed)]
    if node.kind == "gained":
        sides.reverse()
    people = f", times {speaker.part('quantity', node.people)}" if node.people else ""
    return f"the {plural(node.unit, 2)} {node.kind}: {' less '.join(sides)}{people}"


QUANTITIES: Mapping[str, Callable[[Speaker, Any], str]] = {
    "count": lambda s, n: f"the verified outcomes of {s.say('quantity', n.metric)}{_group(n)}",
    "people": lambda s, n: f"{_who(n)} who reached {s.say('quantity', n.metric)}{_group(n)}",
    "number": lambda _, n: f"{dated(n.value, number)} {plural(n.unit, n.value[-1].value)}",
    "sum": lambda s, n: " plus ".join(s.quantities(n.of)),
    "difference": lambda s, n: f"{s.part('quantity', n.of)} net of {s.part('quantity', n.less)}",
    "product": lambda s, n: " times ".join(s.quantities(n.of)),
    "ratio": lambda s, n: f"{s.part('quantity', n.of)} divided by {s.part('quantity', n.to)}",
    "whole steps": lambda s, n: f"the full steps of {number(n.step)} in {s.part('quantity', n.of)}",
    "weighted score": lambda s, n: " plus ".join(
        f"{number(p.weight)} × {s.part('quantity', p.quantity)}" for p in n.of
    ),
    "limit": lambda s, n: _bounded(
        s.say("quantity", n.of), *(None if b is None else number(b) for b in (n.at_least, n.at_most))
    ),
    "table": lambda s, n: _table(s, n, number, "value"),
    "milestone": _milestone,
    "sustained": _sustained,
    "people with": _people_with,
    "avoided": _against_expected,
    "gained": _against_expected,
    "people reaching": _people_reaching,
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
    "sum": lambda s, n: " plus ".join(f"({part})" for part in s.amounts(n.of)),
    "smallest": lambda s, n: f"the smallest of {listed([f'({part})' for part in s.amounts(n.of)])}",
    "largest": lambda s, n: f"the largest of {listed([f'({part})' for part in s.amounts(n.of)])}",
    "limit": lambda s, n: _bounded(
        f"({s.say('amount', n.of)})", *(None if b is None else dated(b, s.money) for b in (n.at_least, n.at_most))
    ),
    "when": lambda s, n: f"if {s.say('condition', n.condition)}: {s.branch(n.then)}; otherwise {s.branch(n.otherwise)}",
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
        [f"from {day(r.from_)}{f' to {day(r.to)}' if r.to else ''}: {s.branch(r.amount)}" for r in n.rules]
        + [f"otherwise {s.branch(n.otherwise)}"]
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
    first = f"; the first {metric.at_most:,} by day" if metric.at_most is not None else ""
    return f" ({said}{first})"


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
