"""terms: what is worth a look inside payment rules: falls, gaps, prices of zero, branches nobody can take."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

from sib.terms.amounts import AmountTable, Fixed, Indexed, MarginalBands, Price, PricesByGroup, Share, When
from sib.terms.contract import Contract
from sib.terms.fault import Finding
from sib.terms.lint.bounds import Bounds, segments
from sib.terms.places import Path
from sib.terms.quantities import QuantityLimit, QuantityTable
from sib.terms.sentences import money, number
from sib.terms.walk import below, everything, named

Part = tuple[Path, Any]


def parts(contract: Contract, *kinds: type[Any]) -> Iterator[Part]:
    """Every part of every rule that is of one of these kinds, with its place."""
    return ((path, node) for path, _, node in everything(contract) if isinstance(node, kinds))


def resolved(contract: Contract, sort: str, node: Any) -> Any:
    """What a name stands for, through other names."""
    while isinstance(node, str):
        node = named(contract, sort)[node]
    return node


def falls(contract: Contract) -> Iterator[Finding]:
    """A table that mostly rises and falls somewhere, or the other way round."""
    for path, node in parts(contract, AmountTable, QuantityTable):
        field = "amount" if isinstance(node, AmountTable) else "value"
        steps = [
            (row, end_of(before), start, value)
            for row, (before, (start, _, value, _)) in enumerate(pairwise(segments(node, field)))
        ]
        slopes = [rise for _, _, _, rise in segments(node, field)]
        up = sum(value > end for _, end, _, value in steps) + sum(rise > 0 for rise in slopes)
        down = sum(value < end for _, end, _, value in steps) + sum(rise < 0 for rise in slopes)
        for row, end, start, value in steps if up and down else ():
            if (value < end) if down <= up else (value > end):
                word = "falls" if value < end else "rises"
                jump = f"{word} from {number(end)} to {number(value)}"
                what = f"at {number(start)} the table {jump}, against its direction"
                yield Finding((*path, "rows", row), "look.falls", what, "look whether two rows are swapped or mistyped")


def end_of(segment: Any) -> Fraction:
    """What a part of a table gives where the next begins."""
    start, end, value, rise = segment
    return Fraction(value if rise == 0 else value + rise * (end - start))


def gaps(contract: Contract) -> Iterator[Finding]:
    """A table of slopes whose parts do not meet; the first row may begin with a jump, as a threshold does."""
    for path, node in parts(contract, AmountTable, QuantityTable):
        field = "amount" if isinstance(node, AmountTable) else "value"
        rows = list(segments(node, field))[1:]
        for place, (before, (start, _, value, _)) in enumerate(pairwise(rows), 1):
            end = end_of(before)
            if node.shape == "linear" and before[3] and end != value:
                kind = "leaves a gap" if end < value else "overlaps"
                meet = f"it ends at {number(end)}, and the row begins at {number(value)}"
                what = f"the slope before {number(start)} {kind}: {meet}"
                mend = f"the slopes meet if the row begins with {number(end)}; leave it if the jump is agreed"
                yield Finding((*path, "rows", place), "look.gap", what, mend)


def idle_rows(contract: Contract) -> Iterator[Finding]:
    """A row or a band that changes nothing."""
    for path, node in parts(contract, AmountTable, QuantityTable):
        field = "amount" if isinstance(node, AmountTable) else "value"
        for row, (before, after) in enumerate(pairwise(segments(node, field))):
            if before[3] == after[3] and end_of(before) == after[2] and node.shape != "straight lines":
                what = f"from {number(after[0])} the table goes on as before"
                yield Finding((*path, "rows", row), "look.idle-row", what, "take the row out, or mend its figure")
    for path, node in parts(contract, MarginalBands):
        for place, (band, after) in enumerate(pairwise(node.bands), 1):
            if band.price == after.price:
                what = f"the band has the same price as the one before, {money(contract, after.price)}"
                yield Finding((*path, "bands", place), "look.idle-row", what, "make one of the two, or mend the price")


def dead_branches(contract: Contract) -> Iterator[Finding]:
    """A branch that no result can reach."""
    bounds = Bounds(contract)
    for path, node in parts(contract, When):
        holds = bounds.condition(node.condition)
        if holds is not None:
            branch, word = ("otherwise", "always") if holds else ("then", "never")
            what = f"the condition {word} holds, so `{branch}` is never reached"
            yield Finding(
                (*path, branch), "look.dead-branch", what, "mend the condition, or write the other branch alone"
            )


def no_prices(contract: Contract) -> Iterator[Finding]:
    """A price that pays nothing."""
    for path, price in _prices(contract):
        if not any(price):
            yield Finding(
                path, "look.no-price", "a price of zero pays nothing", "write the price, or take the rule out"
            )


def _prices(contract: Contract) -> Iterator[tuple[Path, list[Fraction]]]:
    """Every price with its place, and all the values it ever has."""
    for path, node in parts(contract, Price):
        yield (*path, "price"), [each.value for each in node.price]
    for path, node in parts(contract, PricesByGroup):
        for place, group in enumerate(node.prices):
            yield (*path, "prices", place, "price"), [each.value for each in group.price]
    for path, node in parts(contract, MarginalBands):
        yield (*path, "bands"), [band.price for band in node.bands]
    for index, card in enumerate(contract.rate_card):
        for place, row in enumerate(card.rows):
            yield ("rate_card", index, "rows", place, "price"), [each.value for each in row.price]


def percentages(contract: Contract) -> Iterator[Finding]:
    """Shares and yearly rates are decimals: 0.4 is forty per cent."""
    for path, node in parts(contract, Share, Indexed):
        field = "share" if isinstance(node, Share) else "yearly"
        value = getattr(node, field)
        if value is not None and value > 1:
            what = f"`{field}` is {number(value)}, which is {number(value * 100)} per cent"
            mend = f'a share is a decimal: {number(value)} per cent is "{number(value / 100)}"'
            yield Finding((*path, field), "look.percentage", what, mend)


def limits(contract: Contract) -> Iterator[Finding]:
    """Bounds of a quantity that stand the wrong way round."""
    for path, node in parts(contract, QuantityLimit):
        if node.at_least is not None and node.at_most is not None and node.at_least > node.at_most:
            what = f"at least {number(node.at_least)} is more than the most, {number(node.at_most)}"
            yield Finding((*path, "at_least"), "look.limit", what, "mend one of the two")


def fixed_each_period(contract: Contract) -> Iterator[Finding]:
    """A fixed amount in a rule that settles each period is paid again on every statement."""
    if len(contract.settlement) == 1:
        return
    for index, payment in enumerate(contract.payment):
        # where nothing measured decides, it is a charge, and meant for every period; so it is where it is written out
        answered = payment.metric == "none" or "settles" in payment.model_fields_set
        if payment.settles == "each period" and not answered:
            for path, node in _added(contract, payment.amount, ("payment", index, "amount")):
                high = max(value.value for value in node.amount)
                if high > 0:
                    amount = money(contract, high)
                    what = f"`{payment.id}` settles each period, so {amount} is paid again on every statement"
                    mend = 'write settles = "in total" if it is paid once, settles = "each period" if it is not'
                    yield Finding(path, "look.fixed-each-period", what, mend)


def _added(contract: Contract, node: Any, path: Path) -> Iterator[tuple[Path, Fixed]]:
    """The fixed amounts that reach a payment as they are, not as a factor or a bound of something else."""
    node = resolved(contract, "amount", node)
    if isinstance(node, Fixed):
        yield path, node
    elif getattr(node, "kind", "") in ("sum", "when", "by date", "indexed"):
        for lower, sort, part in below("amount", node, path):
            if sort == "amount":
                yield from _added(contract, part, lower)


RULE_LINTS = (falls, gaps, idle_rows, dead_branches, no_prices, percentages, limits, fixed_each_period)
