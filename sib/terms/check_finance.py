"""terms: what a schema cannot see on the investors' side: names, units, shares and dates of tranches and steps."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise

from sib.terms.base import DatedNumber
from sib.terms.contract import Contract
from sib.terms.fault import Check, Finding, lookup
from sib.terms.finance import PRINCIPAL_SHARE, YEARLY_RATE, Coupon, WaterfallStep
from sib.terms.places import Path
from sib.terms.walk import unit_of


def finance_names(contract: Contract) -> Iterator[Finding]:
    """Steps, guarantees and losses have ids of their own, and name parties, tranches and payments that exist, once."""
    parties, tranches = {party.id for party in contract.party}, {tranche.id for tranche in contract.tranche}
    payments = {payment.id for payment in contract.payments}
    for field in ("waterfall", "guarantee", "loss"):
        ids = [part.id for part in getattr(contract, field)]
        yield from _once([((field, index, "id"), name) for index, name in enumerate(ids) if name is not None])
    for index, guarantee in enumerate(contract.guarantee):
        yield from lookup(("guarantee", index, "guarantor"), "party", guarantee.guarantor, parties)
        yield from lookup(("guarantee", index, "tranche"), "tranche", guarantee.tranche, tranches)
    for index, loss in enumerate(contract.loss):
        bearers = [(("loss", index, "borne_by", i, "tranche"), each.tranche) for i, each in enumerate(loss.borne_by)]
        yield from _known_once(bearers, "tranche", tranches)
        if loss.amount is None and any(before.amount is None for before in contract.loss[:index]):
            what = "another loss takes what is to be paid back already"
            yield Finding(("loss", index), "contract.same-id", what, "take one of the two out, or give it an `amount`")
    for index, step in enumerate(contract.waterfall):
        named = [(("waterfall", index, "from_payments", i), name) for i, name in enumerate(step.from_payments)]
        yield from _known_once(named, "payment", payments)
        yield from _hurdle_names(index, step, tranches)


def _hurdle_names(index: int, step: WaterfallStep, tranches: set[str]) -> Iterator[Finding]:
    """A hurdle measures a tranche that the step pays: of another one it would never be reached."""
    if step.until is None:
        return
    path: Path = ("waterfall", index, "until")
    yield from lookup(
        (*path, "tranche"), "tranche of this step", step.until.tranche, {each.tranche for each in step.to}
    )
    named = [((*path, "among", place), name) for place, name in enumerate(step.until.among)]
    yield from _known_once(named, "tranche", tranches)
    if step.until.among and step.until.tranche not in step.until.among:
        what = f"`{step.until.tranche}` is not among those it is compared with"
        yield Finding((*path, "among"), "contract.hurdle", what, f"add `{step.until.tranche}`")


def _known_once(named: Iterable[tuple[Path, str]], thing: str, known: set[str]) -> Iterator[Finding]:
    named = list(named)
    for path, name in named:
        yield from lookup(path, thing, name, known)
    yield from _once(named)


def _once(named: Iterable[tuple[Path, str]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for path, name in named:
        if name in seen:
            yield Finding(path, "contract.same-id", f"`{name}` is named twice", "take one of the two out")
        seen.add(name)


def finance_fits(contract: Contract) -> Iterator[Finding]:
    """A step pays interest, a coupon or a reserve only to tranches that have it; their rates have the right unit."""
    tranches = {tranche.id: tranche for tranche in contract.tranche}
    for index, step in enumerate(contract.waterfall):
        for place, each in enumerate(step.to):
            tranche = tranches.get(each.tranche)
            path = ("waterfall", index, "to", place, "tranche")
            if tranche is None:
                continue
            if step.pays in ("interest", "coupon") and getattr(tranche, step.pays) is None:
                mend = f"write [tranche.{step.pays}] under it, or take it out of the step"
                yield Finding(path, "contract.step", f"`{tranche.id}` has no {step.pays}", mend)
            if step.pays in ("reserve", "release") and tranche.kind != "reserve":
                mend = 'give it the kind "reserve", or pay something else'
                yield Finding(path, "contract.step", f"`{tranche.id}` is no reserve", mend)
    for index, tranche in enumerate(contract.tranche):
        rules = [(("coupon", "rate"), tranche.coupon.rate, YEARLY_RATE)] if tranche.coupon else []
        asked = [*rules, (("principal_share",), tranche.principal_share, PRINCIPAL_SHARE)]
        for below, rule, wanted in asked:
            unit = None if rule is None else unit_of(contract, rule)
            if unit not in (None, wanted):
                mend = f"end in a table, product or ratio whose unit is `{wanted}`"
                what = f"the unit here is `{wanted}`, but the quantity is measured in `{unit}`"
                yield Finding(("tranche", index, *below), "contract.unit", what, mend)


def step_ids(contract: Contract) -> Iterator[Finding]:
    """Steps that pay one tranche return, one of them up to a limit, have ids: else nobody knows what each paid before.

    Reserves are left out: what went in and came out is one sum.
    """
    paying = [(index, step) for index, step in enumerate(contract.waterfall) if step.pays not in _NO_RETURN]
    told: set[int] = set()
    for tranche in contract.tranche:
        mine = [(index, step) for index, step in paying if tranche.id in [each.tranche for each in step.to]]
        limited = any(step.pays in ("interest", "coupon", "fee") or step.at_most is not None for _, step in mine)
        for index, step in mine if limited and len(mine) > 1 else ():
            if step.id is None and index not in told:
                told.add(index)
                what = f"`{tranche.id}` has return from several steps, and this one has no id"
                yield Finding(("waterfall", index), "contract.step-id", what, "give the step an `id`")


_NO_RETURN = ("principal", "reserve", "release")


def finance_figures(contract: Contract) -> Iterator[Finding]:
    """Rates and amounts of investors are not below zero, shares not above one, a coupon's floors run forward."""
    for index, tranche in enumerate(contract.tranche):
        path: Path = ("tranche", index)
        yield from _not_below((*path, "if_terminated"), tranche.if_terminated, most=Fraction(1))
        if tranche.interest is not None:
            yield from _not_below((*path, "interest", "rate"), tranche.interest.rate)
        if tranche.coupon is not None:
            yield from _floors((*path, "coupon"), tranche.coupon)
    for index, step in enumerate(contract.waterfall):
        yield from _not_below(("waterfall", index, "amount"), step.amount)
        yield from _not_below(("waterfall", index, "at_most"), step.at_most)
        if step.until is not None:
            yield from _not_below(("waterfall", index, "until", "yearly_rate"), step.until.yearly_rate)
            yield from _not_below(("waterfall", index, "until", "amount"), step.until.amount)
    for index, guarantee in enumerate(contract.guarantee):
        yield from _not_below(("guarantee", index, "share"), guarantee.share, most=Fraction(1))
        yield from _not_below(("guarantee", index, "amount"), guarantee.amount)


def _not_below(path: Path, values: tuple[DatedNumber, ...] | None, most: Fraction | None = None) -> Iterator[Finding]:
    for value in values or ():
        if value.value < 0 or (most is not None and value.value > most):
            bounds = "from 0 to 1, as a decimal" if most is not None else "of 0 or more"
            yield Finding(path, "contract.figure", "the number is out of bounds", f"write a number {bounds}")


def _floors(path: Path, coupon: Coupon) -> Iterator[Finding]:
    for index, floor in enumerate(coupon.floors):
        if floor.to < floor.from_:
            what, mend = "it ends before it begins", "mend one of the two dates"
            yield Finding((*path, "floors", index), "contract.dates", what, mend)
        if floor.at_least < 0 or (coupon.at_most is not None and floor.at_least > coupon.at_most):
            what, mend = "the floor is below zero, or above the most", "mend one of the rates"
            yield Finding((*path, "floors", index), "contract.figure", what, mend)
    if any(after.from_ <= before.to for before, after in pairwise(coupon.floors)):
        mend = "order the floors by `from`, each day once"
        yield Finding((*path, "floors"), "contract.dates", "the floors do not follow each other", mend)


FINANCE_CHECKS: tuple[Check, ...] = (finance_names, finance_fits, step_ids, finance_figures)
