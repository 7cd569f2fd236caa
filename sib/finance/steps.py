"""finance: how each step of the waterfall takes its money: what is due, who is paid side by side, how far it goes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple

from sib.finance.coupons import coupon_due
from sib.finance.hurdles import reaching
from sib.finance.interest import interest_to
from sib.finance.position import Position
from sib.money import show, split
from sib.payments.evaluation import Held
from sib.terms.finance import WaterfallStep
from sib.terms.finance_words import hurdle_words, per_cent

FREE, UNKNOWN = "", "?"
"""Pools beside those of the payments: what a reserve released, and a receipt whose payments are not known."""


class Part(NamedTuple):
    """What one tranche had under one step, in minor units; below zero where a reserve is released."""

    step: str | None
    """The step's id, where it has one."""
    tranche: str
    kind: Literal["principal", "return"]
    amount: int


@dataclass(slots=True)
class Run:
    """One receipt on its way down the waterfall."""

    position: Position
    pools: dict[str, int]
    principal: dict[str, int]
    returned: dict[str, int]
    reasons: dict[str, list[str]]
    parts: list[Part] = field(default_factory=list)
    due_now: dict[tuple[str, str], int] = field(default_factory=dict)
    """What of interest, coupon or fee this receipt paid so far, by what the step pays and tranche."""

    @property
    def left(self) -> int:
        """What no step has taken yet."""
        return sum(self.pools.values())

    def pay(
        self,
        number: int,
        step: WaterfallStep,
        tranche: str,
        kind: Literal["principal", "return"],
        amount: int,
        why: str = "",
    ) -> None:
        """Note that a tranche has an amount under a step, and why."""
        if not amount:
            return
        (self.principal if kind == "principal" else self.returned)[tranche] += amount
        self.parts.append(Part(step.id, tranche, kind, amount))
        word = kind if step.pays == "principal and return" else step.pays
        said = f"step {number} ({step.clause}): {show(amount, self.position.contract.contract.currency)} {word}"
        self.reasons[tranche].append(said + (f": {why}" if why else ""))


def take(run: Run, number: int, step: WaterfallStep) -> None:
    """Let a step take its money; raises Held where what it needs is not known, and money depends on it."""
    if not (run.left or step.pays == "release") or not _applies(run, step):
        return
    if step.pays == "release":
        _release(run, number, step)
        return
    within = min(_available(run, step), _room(run, step))
    given, why = _until(run, step, within) if step.pays in _SHARED else _due(run, step, within)
    _draw(run, step, sum(given.values()))
    for tranche, amount in given.items():
        if step.pays == "principal and return":
            out = run.position.outstanding.get(tranche, 0) - run.principal[tranche]
            back = min(amount, max(0, out))
            run.pay(number, step, tranche, "principal", back, why)
            run.pay(number, step, tranche, "return", amount - back, why)
        else:
            kind: Literal["principal", "return"] = "principal" if step.pays == "principal" else "return"
            run.pay(number, step, tranche, kind, amount, why or _why(run, step, tranche))
            run.due_now[step.pays, tranche] = run.due_now.get((step.pays, tranche), 0) + amount


_SHARED = ("surplus", "principal and return")


def _applies(run: Run, step: WaterfallStep) -> bool:
    if step.only is not None and (step.only == "once it has ended") != (run.position.ended is not None):
        return False
    return step.condition is None or run.position.evaluation().condition(step.condition)


def _available(run: Run, step: WaterfallStep) -> int:
    if not step.from_payments:
        return run.left
    if run.pools.get(UNKNOWN):
        raise Held("which payments the receipt comes from is not known")
    return sum(run.pools.get(name, 0) for name in step.from_payments)


def _room(run: Run, step: WaterfallStep) -> int:
    """What a step may still pay over the contract's life."""
    if step.at_most is None:
        return run.left
    position, names = run.position, [each.tranche for each in step.to]
    before = 0
    if step.pays in ("principal", "principal and return"):
        before += sum(position.repaid(name, {step.id}) for name in names)
    if step.pays != "principal":
        before += sum(position.returned(name, {step.id}) for name in names)
    return max(0, position.minor(position.in_force(step.at_most, "the most")) - before)


def _draw(run: Run, step: WaterfallStep, amount: int) -> None:
    """Take money out of the pools: what no step is tied to goes first, then payments in the order written."""
    tied = {name for each in run.position.contract.waterfall for name in each.from_payments}
    names = [name for name in run.pools if not step.from_payments or name in step.from_payments]
    for name in sorted(names, key=lambda each: each in tied):
        taken = min(amount, run.pools[name])
        run.pools[name] -= taken
        amount -= taken


def _release(run: Run, number: int, step: WaterfallStep) -> None:
    """Empty reserves into what is left for the steps below."""
    for each in step.to:
        held = run.position.returned(each.tranche, _reserves(run.position)) + run.returned[each.tranche]
        run.pools[FREE] = run.pools.get(FREE, 0) + held
        run.pay(number, step, each.tranche, "return", -held)


def _reserves(position: Position) -> frozenset[str]:
    return position.paying("reserve") | position.paying("release")


# what is due, by what a step pays


def _principal(run: Run, _: WaterfallStep, tranche: str) -> int:
    position = run.position
    out = position.outstanding.get(tranche, 0)
    share = _principal_share(position, tranche)
    if share is not None:
        drawn = position.drawn(tranche)
        out = min(out, max(0, position.rounded(share * drawn) - (drawn - out)))
    return max(0, out - run.principal[tranche])


def _principal_share(position: Position, tranche: str) -> Fraction | None:
    terms = position.tranche(tranche)
    if position.ended == "terminated" and terms.if_terminated is not None:
        return position.in_force(terms.if_terminated, "the share of principal")
    return None if terms.principal_share is None else position.evaluation().quantity(terms.principal_share)


def _interest(run: Run, _: WaterfallStep, tranche: str) -> int:
    position = run.position
    before = position.returned(tranche, position.paying("interest")) + run.due_now.get(("interest", tranche), 0)
    return max(0, position.rounded(interest_to(position, tranche)) - before)


def _coupon(run: Run, _: WaterfallStep, tranche: str) -> int:
    due = run.position.rounded(coupon_due(run.position, tranche)[0])
    return max(0, due - run.due_now.get(("coupon", tranche), 0))


def _agreed(run: Run, step: WaterfallStep, tranche: str) -> int:
    """A fee's or a reserve's part of the agreed amount, less what it had; a reserve's releases make room again."""
    position = run.position
    whole = position.minor(position.in_force(step.amount or (), "the amount"))
    parts = split(whole, [each.share for each in step.to])
    mine = dict(zip((each.tranche for each in step.to), parts, strict=True))[tranche]
    if step.pays == "reserve":
        return max(0, mine - position.returned(tranche, _reserves(position)) - run.returned[tranche])
    return max(0, mine - position.returned(tranche, {step.id}))


DUE: Mapping[str, Callable[[Run, WaterfallStep, str], int]] = {
    "principal": _principal,
    "interest": _interest,
    "coupon": _coupon,
    "fee": _agreed,
    "reserve": _agreed,
}
"""What is due to one tranche under a step, in minor units, by what the step pays."""


def _due(run: Run, step: WaterfallStep, within: int) -> tuple[dict[str, int], str]:
    dues = {each.tranche: DUE[step.pays](run, step, each.tranche) for each in step.to}
    by_share = step.split == "by share"
    weights = {each.tranche: each.share for each in step.to}
    return fill(within, dues, weights if by_share else dues), ""


def fill(within: int, dues: Mapping[str, int], weights: Mapping[str, Fraction | int]) -> dict[str, int]:
    """Share an amount by weight, nobody above what is due; what one does not need goes to the others."""
    if sum(dues.values()) <= within:
        return dict(dues)
    given = dict.fromkeys(dues, 0)
    still = [name for name, due in dues.items() if due]
    while within and still:
        parts = dict(zip(still, split(within, [weights[name] for name in still]), strict=True))
        full = [name for name in still if parts[name] >= dues[name]]
        for name in full or still:
            given[name] = min(parts[name], dues[name])
        within -= sum(dues[name] for name in full) if full else within
        still = [name for name in still if name not in full]
    return given


def _until(run: Run, step: WaterfallStep, within: int) -> tuple[dict[str, int], str]:
    """Share what is left, as far as the hurdle; its tranche has exactly what reaches it, the others in proportion."""
    names, shares = [each.tranche for each in step.to], [each.share for each in step.to]
    until = step.until
    if until is None:
        return dict(zip(names, split(within, shares), strict=True)), ""
    of = dict(zip(names, shares, strict=True))
    mine, whole = of[until.tranche], sum(shares, Fraction(0))
    paid_now = run.principal[until.tranche] + run.returned[until.tranche]
    pull = sum((share for name, share in of.items() if name in until.among), Fraction(0)) / mine
    most = reaching(run.position, until, paid_now, run.returned, pull)
    beside = 0 if most is None else run.position.rounded(most * (whole - mine) / mine)
    if most is None or within < most + beside:
        return dict(zip(names, split(within, shares), strict=True)), ""
    others = {name: share for name, share in of.items() if name != until.tranche}
    given = {until.tranche: most, **_shared(beside, others)}
    return given, f"{until.tranche} has {hurdle_words(run.position.contract, until)}"


def _shared(amount: int, shares: Mapping[str, Fraction]) -> dict[str, int]:
    parts: Sequence[int] = split(amount, list(shares.values())) if shares else ()
    return dict(zip(shares, parts, strict=True))


def _why(run: Run, step: WaterfallStep, tranche: str) -> str:
    """Why so much is due, where the contract's words do not say it already."""
    if step.pays == "coupon":
        return coupon_due(run.position, tranche)[1]
    if step.pays == "principal" and (share := _principal_share(run.position, tranche)) is not None:
        return f"{per_cent(share)} of what was drawn is repaid"
    return ""
