"""terms: the investors' side in sentences: tranches, steps of the waterfall, guarantees, losses."""

from collections.abc import Iterator
from fractions import Fraction

from sib.terms.contract import Contract
from sib.terms.finance import Coupon, Cycle, Guarantee, Hurdle, Interest, Loss, Tranche, WaterfallStep
from sib.terms.sentences import Speaker, dated, day, listed, money, number

_PAYS = {
    "principal": "repays what is drawn and not yet repaid",
    "surplus": "shares what is left",
    "interest": "is paid the interest due",
    "coupon": "is paid the coupon due",
    "fee": "is paid {amount} in all",
    "reserve": "is filled up to {amount}",
    "release": "is emptied into the steps below",
    "principal and return": "shares what is left, as principal until it is repaid, then as return",
}
_BY_SHARE = ("surplus", "principal and return")


def per_cent(value: Fraction) -> str:
    """A share or rate as people say it: 7.5 %."""
    return f"{number(value * 100)} %"


def tranche_words(contract: Contract, tranche: Tranche) -> str:
    """What a tranche is: whose money, how much, paid in when, with what interest, coupon and principal at risk."""
    drawn = "; ".join(f"{money(contract, each.amount)} on {day(each.on)}" for each in tranche.drawdowns)
    paid_in = f", paid in: {drawn}" if drawn else ""
    party, committed = contract.the_party(tranche.party).name, money(contract, tranche.committed)
    said = f"{tranche.name} ({tranche.kind}), from {party}: {committed} committed{paid_in}."
    return " ".join([said, *_conditions_of(contract, tranche)])


def _conditions_of(contract: Contract, tranche: Tranche) -> Iterator[str]:
    speaker = Speaker(contract)
    if tranche.interest is not None:
        yield _interest(tranche.interest)
    if tranche.coupon is not None:
        yield _coupon(speaker, tranche.coupon)
    if tranche.principal_share is not None:
        yield f"Of what is drawn is repaid: {speaker.say('quantity', tranche.principal_share)}."
    if tranche.if_terminated is not None:
        yield f"After termination, of what is drawn is repaid {dated(tranche.if_terminated, per_cent)}."


def _cycle(cycle: Cycle) -> str:
    ends = ", at month ends" if cycle.end_of_month else ""
    months = "every month" if cycle.every_months == 1 else f"every {cycle.every_months} months"
    return f"{months} from {day(cycle.from_)}{ends} ({cycle.business_days})"


def _interest(interest: Interest) -> str:
    when = f"due {_cycle(interest.periods)}" if interest.periods else "due at every receipt"
    compounding = "simple" if interest.compounding == "simple" else "compounding each period"
    rate = dated(interest.rate, per_cent)
    return f"Interest of {rate} a year on what is drawn ({interest.day_count}, {compounding}), {when}."


def _coupon(speaker: Speaker, coupon: Coupon) -> str:
    floors = [f"at least {per_cent(f.at_least)} from {day(f.from_)} to {day(f.to)}" for f in coupon.floors]
    most = [f"at most {per_cent(coupon.at_most)}"] if coupon.at_most is not None else []
    bounds = f"; {listed([*floors, *most])}" if floors or most else ""
    rate = speaker.say("quantity", coupon.rate)
    return f"Coupon at a yearly rate {rate}{bounds} ({coupon.day_count}), {_cycle(coupon.periods)}."


def step_words(contract: Contract, step: WaterfallStep) -> str:
    """What a step of the waterfall pays, to whom, how far, out of what and when."""
    names = {tranche.id: tranche.name for tranche in contract.tranche}
    whole = sum(share.share for share in step.to)
    by_share = step.pays in _BY_SHARE or step.split == "by share" or step.pays in ("fee", "reserve")
    told = by_share and len(step.to) > 1
    shares = [names[each.tranche] + (f" ({per_cent(each.share / whole)})" if told else "") for each in step.to]
    amount = dated(step.amount, lambda value: money(contract, value)) if step.amount else ""
    pays = _PAYS[step.pays].format(amount=amount)
    return f"{listed(shares)}: {', '.join([pays, *_bounds(contract, step)])} ({step.clause})."


def _bounds(contract: Contract, step: WaterfallStep) -> Iterator[str]:
    speaker = Speaker(contract)
    if step.until is not None:
        yield _until(contract, step.until)
    if step.at_most is not None:
        yield f"at most {dated(step.at_most, speaker.money)} over the contract's life"
    if step.from_payments:
        yield f"only from {listed([_payment(contract, name) for name in step.from_payments])}"
    if step.condition is not None:
        yield f"if {speaker.say('condition', step.condition)}"
    if step.only is not None:
        yield "while the contract runs" if step.only == "while it runs" else "once the contract has ended"
    if step.split is not None and len(step.to) > 1:
        yield "side by side " + ("in proportion to what is due" if step.split == "by what is due" else "by share")


def _payment(contract: Contract, name: str) -> str:
    payment = contract.the_payment(name)
    return f"“{payment.name or contract.the_metric(payment.metric).name}”"


def _until(contract: Contract, until: Hurdle) -> str:
    names = {tranche.id: tranche.name for tranche in contract.tranche}
    return f"until {names[until.tranche]} has {hurdle_words(contract, until)}"


def hurdle_words(contract: Contract, until: Hurdle) -> str:
    """How much a hurdle asks for."""
    if until.yearly_rate is not None:
        return f"a yearly return of {dated(until.yearly_rate, per_cent)} ({until.day_count}, compounded)"
    if until.multiple is not None:
        return f"{number(until.multiple)} times what it paid in"
    if until.amount is not None:
        return f"a return of {dated(until.amount, lambda value: money(contract, value))} in all"
    names = {tranche.id: tranche.name for tranche in contract.tranche}
    share = until.share_of_return or Fraction(0)
    return f"{per_cent(share)} of all return of {listed([names[name] for name in until.among])}"


def guarantee_words(contract: Contract, guarantee: Guarantee) -> str:
    """What a guarantor makes good, and when."""
    tranche = next(each.name for each in contract.tranche if each.id == guarantee.tranche)
    if guarantee.share is not None:
        covers = f"{dated(guarantee.share, per_cent)} of what was drawn"
    else:
        covers = dated(guarantee.amount or (), lambda value: money(contract, value))
    takes = "as first loss" if guarantee.takes == "first loss" else "in proportion to what is unpaid"
    return (
        f"{guarantee.name}: {contract.the_party(guarantee.guarantor).name} makes good principal of {tranche} "
        f"that is not repaid, covering {covers}, {takes}; called {guarantee.called} ({guarantee.clause})."
    )


def loss_words(contract: Contract, loss: Loss) -> str:
    """What is lost, and who bears it."""
    speaker = Speaker(contract)
    names = {tranche.id: tranche.name for tranche in contract.tranche}
    what = "what is to be paid back" if loss.amount is None else speaker.say("amount", loss.amount)
    if all(each.share is not None for each in loss.borne_by):
        whole = sum((each.share or Fraction(0) for each in loss.borne_by), Fraction(0))
        said = [f"{names[each.tranche]} ({per_cent((each.share or Fraction(0)) / whole)})" for each in loss.borne_by]
        return f"{loss.name}: {what}, borne by {listed(said)} ({loss.clause})."
    *first, last = loss.borne_by
    said = [f"{names[each.tranche]} up to ({speaker.say('amount', each.up_to)})" for each in first]
    return f"{loss.name}: {what}, borne by {listed([*said, names[last.tranche]], 'then')} ({loss.clause})."
