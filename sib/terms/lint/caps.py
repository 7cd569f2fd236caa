"""terms: what is worth a look in the caps: one that can never bind, one that always does, a rule that never pays."""

from collections.abc import Iterator
from fractions import Fraction
from math import inf
from typing import Any

from sib.terms.amounts import Price
from sib.terms.contract import Contract
from sib.terms.fault import Finding
from sib.terms.lint.bounds import Bounds, dated
from sib.terms.lint.range import End, hull
from sib.terms.lint.rules import resolved
from sib.terms.payment import Payment
from sib.terms.places import Path
from sib.terms.sentences import money
from sib.terms.walk import per_claim


def own_caps(contract: Contract) -> Iterator[Finding]:
    """The cap of a payment against the least and the most that its rule can give, and against one unit's price."""
    bounds = Bounds(contract)
    for path, payment in places(contract):
        gives, cap = bounds.amount(payment.amount), dated(payment.cap) if payment.cap else None
        if gives.high <= 0 and not payment.both_ways and not _priceless(contract, payment):
            yield Finding(
                (*path, "amount"), "look.never-pays", f"`{payment.id}` can never pay anything", "mend the rule"
            )
        if cap is None:
            continue
        most, unit = life(contract, bounds, payment), _unit_price(contract, payment)
        if unit is not None and cap.high < unit:
            what = f"one unit costs {money(contract, unit)}, more than the cap of {_text(contract, cap.high)}"
            yield Finding((*path, "cap"), "look.cap-below-price", what, "mend the cap or the price")
        elif gives.low > cap.high:
            least, cut = _text(contract, gives.low), _text(contract, cap.high)
            what = f"`{payment.id}` gives {least} or more, so the cap of {cut} always cuts it"
            yield Finding((*path, "cap"), "look.cap-always", what, "mend the cap or the rule")
        if cap.low > most:
            yield _never((*path, "cap"), contract, f"`{payment.id}` gives", most, cap.low)


def joint_caps(contract: Contract) -> Iterator[Finding]:
    """A cap over several payments that all of them together cannot reach."""
    bounds = Bounds(contract)
    payments = {payment.id: payment for payment in contract.payments}
    for index, cap in enumerate(contract.cap):
        ceiling = bounds.amount(cap.rule) if cap.rule is not None else dated(cap.amount)
        over = [payments[name] for name in (payments if cap.over == "all payments" else cap.over)]
        most: End = sum((_most(contract, bounds, cap, payment) for payment in over), Fraction(0))
        if ceiling.low > most:
            said = f"`{cap.id}` covers payments that give" + (" one person" if cap.per == "person" else "")
            field = "amount" if cap.rule is None else "rule"
            yield _never(("cap", index, field), contract, said, most, ceiling.low)


def _most(contract: Contract, bounds: Bounds, cap: Any, payment: Payment) -> End:
    """The most that a payment can put under a cap."""
    if cap.per == "person":
        claims = list(per_claim(contract, payment.amount))
        # a rule over people counts each person once
        limit = contract.the_metric(claims[0][0]).limit if isinstance(claims[0][0], str) else 1
        dearest = hull(dated(prices) for _, _, prices in claims).high
        return inf if limit is None else limit * dearest
    own = dated(payment.cap).high if payment.cap else inf
    return max(Fraction(0), min(own, life(contract, bounds, payment)))


def _never(path: Path, contract: Contract, said: str, most: End, cap: End) -> Finding:
    what = f"{said} at most {_text(contract, most)}, so the cap of {_text(contract, cap)} can never bind"
    return Finding(path, "look.cap-never", what, "mend the cap, the rule or the size of the cohort")


def places(contract: Contract) -> Iterator[tuple[Path, Payment]]:
    """Every payment with its place; the rows of a rate card at their card."""
    for index, payment in enumerate(contract.payment):
        yield ("payment", index), payment
    written = iter(contract.payments[len(contract.payment) :])
    for index, card in enumerate(contract.rate_card):
        yield from ((("rate_card", index), next(written)) for _ in card.rows)


def life(contract: Contract, bounds: Bounds, payment: Payment) -> End:
    """The most a payment's rule can give over the contract's life, before any cap.

    In total it is what the rule gives once; so it is for single claims, which are paid once each. Any other rule can
    give its most on every statement.
    """
    once = bounds.amount(payment.amount).high
    if payment.settles == "in total" or any(per_claim(contract, payment.amount)) or once <= 0:
        return once
    return once * len(contract.settlement) if contract.settlement and isinstance(once, Fraction) else inf


def _unit_price(contract: Contract, payment: Payment) -> Fraction | None:
    """What one unit costs, where the rule is a price for whole units of what is claimed."""
    node = resolved(contract, "amount", payment.amount)
    if isinstance(node, Price) and any(per_claim(contract, node)):
        return node.price[0].value if node.rises else max(value.value for value in node.price)
    return None


def _priceless(contract: Contract, payment: Payment) -> bool:
    """Whether the rule pays nothing because its price is zero, which is told of by itself."""
    node = resolved(contract, "amount", payment.amount)
    return isinstance(node, Price) and not any(value.value for value in node.price)


def _text(contract: Contract, amount: End) -> str:
    return money(contract, Fraction(amount))


CAP_LINTS = (own_caps, joint_caps)
