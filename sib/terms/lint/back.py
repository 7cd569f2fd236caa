"""terms: what is worth a look in money that goes back: prices for what is past, no bound on what is repaid."""

from collections.abc import Iterator
from math import inf
from typing import Any

from sib.terms.amounts import Price
from sib.terms.contract import Contract
from sib.terms.fault import Finding
from sib.terms.lint.bounds import Bounds
from sib.terms.lint.caps import places
from sib.terms.places import Path
from sib.terms.walk import below, metrics_read, named, per_claim


def priced_anew(contract: Contract) -> Iterator[Finding]:
    """A measured result has one price, that of the day of reckoning: in total, a new price is for all before it too."""
    for path, payment in places(contract):
        if payment.settles != "in total":
            continue
        top = (*path, "amount" if path[0] == "payment" else "rows")
        for at, price in _prices(contract, payment.amount, top):
            several = len(price.prices) > 1 and not price.on
            if several and not any(per_claim(contract, price)) and metrics_read(contract, price.of, "quantity"):
                what = f"`{payment.id}` settles in total at dated prices: what was measured before is priced anew"
                mend = 'write settles = "each period"; or on = "day of reckoning" in the price, if that is agreed'
                yield Finding(at, "look.priced-anew", what, mend)


def _prices(contract: Contract, node: Any, path: Path) -> Iterator[tuple[Path, Price]]:
    """The prices that an amount is made of, each where it is written."""
    while isinstance(node, str):
        path, node = ("amount", node), named(contract, "amount")[node]
    if isinstance(node, Price):
        yield (*path, "price") if path[-1] != "rows" else path, node
    for lower, sort, part in below("amount", node, path):
        if sort == "amount":
            yield from _prices(contract, part, lower)


def paid_back(contract: Contract) -> Iterator[Finding]:
    """What may be paid back has an end: a limit, or a table with a lowest row."""
    bounds = Bounds(contract)
    for path, payment in places(contract):
        if payment.both_ways and bounds.amount(payment.amount).low == -inf:
            what = f"`{payment.id}` may go both ways, and nothing bounds what is paid back"
            mend = 'put it into { kind = "limit", of = …, at_least = "-…" }; leave it where no bound is agreed'
            yield Finding((*path, "both_ways"), "look.no-floor", what, mend)


BACK_LINTS = (priced_anew, paid_back)
