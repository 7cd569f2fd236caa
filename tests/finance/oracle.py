"""finance: a second waterfall, written naively over plain values; it shares no code with the engine.

Everything is a Fraction of a minor unit until a step has decided; a step's money is then rounded to whole units by
giving each recipient the whole part and the odd units to the largest rests, earlier ones first. Powers of a rate are
found by bisection on whole numbers, not by a logarithm.
"""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cache
from math import floor


@dataclass
class Deal:
    """A deal in plain values: minor units, dates, fractions."""

    receipt: dict[str, int]
    """By payment."""
    out: dict[str, int]
    flows: list[tuple[str, date, int, int, int]]
    """Tranche, day, paid in, principal, returned."""
    steps: list[dict]
    day: date
    got: dict[str, list[int]] = field(default_factory=dict)
    """Tranche -> principal and return."""


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


@cache
def rooted(base: Fraction, days: int) -> Fraction:
    """``base`` to the power of days over 365, to thirty decimals: a whole power, then a 365th root by bisection."""
    whole, rest = divmod(days, 365)
    scale = 10**30
    if rest == 0:
        return base**whole
    goal = base**rest
    low, high = 0, 2 * scale * max(1, floor(goal) + 1)
    while high - low > 1:
        middle = (low + high) // 2
        # compare middle/scale with the root, in whole numbers
        if middle**365 * goal.denominator <= goal.numerator * scale**365:
            low = middle
        else:
            high = middle
    return base**whole * Fraction(low, scale)


def in_parts(amount: int, shares: list[Fraction]) -> list[int]:
    whole = sum(shares)
    exact = [amount * share / whole for share in shares]
    parts = [floor(each) for each in exact]
    for place in sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))[: amount - sum(parts)]:
        parts[place] += 1
    return parts


def run(deal: Deal) -> dict[str, list[int]]:
    """Principal and return by tranche."""
    deal.got = {name: [0, 0] for name in deal.out}
    purses = dict(deal.receipt)
    named = {payment for step in deal.steps for payment in step.get("from", ())}
    for step in deal.steps:
        open_purses = [p for p in purses if not step.get("from") or p in step["from"]]
        there = sum(purses[p] for p in open_purses)
        if "at_most" in step:
            there = min(there, max(0, step["at_most"] - _before(deal, step)))
        taken = _step(deal, step, there)
        spent = sum(taken.values())
        for purse in [p for p in open_purses if p not in named] + [p for p in open_purses if p in named]:
            less = min(spent, purses[purse])
            purses[purse] -= less
            spent -= less
        for name, amount in taken.items():
            back = amount if step["pays"] == "principal" else 0
            if step["pays"] == "both":
                back = min(amount, deal.out[name] - deal.got[name][0])
            deal.got[name][0] += back
            deal.got[name][1] += amount - back
    return deal.got


def _before(deal: Deal, step: dict) -> int:
    """What the step's tranches had before of what it pays."""
    names = [name for name, _ in step["to"]]
    principal = sum(p for t, _, _, p, _ in deal.flows if t in names)
    returned = sum(r for t, *_, r in deal.flows if t in names)
    return principal if step["pays"] == "principal" else returned + (principal if step["pays"] == "both" else 0)


def _step(deal: Deal, step: dict, there: int) -> dict[str, int]:
    names = [name for name, _ in step["to"]]
    shares = [share for _, share in step["to"]]
    if step["pays"] in ("principal", "interest", "fee"):
        return _needs(deal, step, there, names, shares)
    if "until" not in step:
        return dict(zip(names, in_parts(there, shares), strict=True))
    target = step["until"]["of"]
    missing = max(0, _missing(deal, step["until"]))
    mine = dict(step["to"])[target]
    beside = half_up(missing * (sum(shares) - mine) / mine)
    if there < missing + beside:
        return dict(zip(names, in_parts(there, shares), strict=True))
    others = [(name, share) for name, share in step["to"] if name != target]
    given = {target: missing}
    if others:
        given |= dict(zip([n for n, _ in others], in_parts(beside, [s for _, s in others]), strict=True))
    return given


def _needs(deal: Deal, step: dict, there: int, names: list[str], shares: list[Fraction]) -> dict[str, int]:
    needs = [_need(deal, step, name) for name in names]
    if sum(needs) <= there:
        return dict(zip(names, needs, strict=True))
    if not step.get("by_share"):
        return dict(zip(names, in_parts(there, [Fraction(n) for n in needs]), strict=True))
    given, still = dict.fromkeys(names, 0), [i for i, need in enumerate(needs) if need]
    while there and still:
        parts = in_parts(there, [shares[i] for i in still])
        full = [i for i, part in zip(still, parts, strict=True) if part >= needs[i]]
        if not full:
            given |= {names[i]: part for i, part in zip(still, parts, strict=True)}
            break
        for i in full:
            given[names[i]] = needs[i]
            there -= needs[i]
            still.remove(i)
    return given


def _need(deal: Deal, step: dict, name: str) -> int:
    returned = sum(r for t, _, _, _, r in deal.flows if t == name)
    if step["pays"] == "principal":
        return deal.out[name] - deal.got[name][0]
    if step["pays"] == "fee":
        whole = in_parts(step["amount"], [share for _, share in step["to"]])
        return max(0, whole[[n for n, _ in step["to"]].index(name)] - returned)
    if not any(flow[0] == name for flow in deal.flows):
        return 0
    # simple interest, day by day, on what was out in the evening of the day before
    due = Fraction(0)
    mine = [flow for flow in deal.flows if flow[0] == name]
    first = min((on for _, on, *_ in mine), default=deal.day)
    for ordinal in range(first.toordinal(), deal.day.toordinal()):
        balance = sum(i - p for _, on, i, p, _ in mine if on.toordinal() <= ordinal)
        due += balance * step["rate"] / 365
    already = returned + (deal.got[name][1] if step.get("again") else 0)
    return max(0, half_up(due) - already)


def _missing(deal: Deal, until: dict) -> int:
    name = until["of"]
    mine = [flow for flow in deal.flows if flow[0] == name]
    now = sum(deal.got[name])
    if "rate" in until:
        owed = sum(
            ((i - p - r) * rooted(1 + until["rate"], (deal.day - on).days) for _, on, i, p, r in mine), Fraction(0)
        )
        return half_up(owed) - now
    if "multiple" in until:
        paid_in = sum(i for _, _, i, _, _ in mine) or deal.out[name]
        return half_up(until["multiple"] * paid_in) - sum(p + r for _, _, _, p, r in mine) - now
    if "amount" in until:
        return until["amount"] - sum(r for *_, r in mine) - deal.got[name][1]
    everybody = {t: sum(r for u, *_, r in deal.flows if u == t) + deal.got[t][1] for t in until["among"]}
    growth = sum((s for n, s in until["to"] if n in until["among"]), Fraction(0)) / dict(until["to"])[name]
    if until["share"] * growth >= 1:
        return 10**18
    return half_up((until["share"] * sum(everybody.values()) - everybody[name]) / (1 - until["share"] * growth))
