"""terms: every part of a rule in turn, with its place, and the unit of every quantity."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from sib.terms.amounts import Amount, Price, PricesByGroup
from sib.terms.base import DatedNumber, Term
from sib.terms.conditions import Condition
from sib.terms.contract import Contract
from sib.terms.places import Path
from sib.terms.quantities import (
    AtMost,
    Blend,
    Count,
    Difference,
    Elapsed,
    LargestQuantity,
    Milestone,
    People,
    PeopleReaching,
    PeopleWith,
    Quantity,
    QuantityLimit,
    QuantityWhen,
    Rounded,
    SmallestQuantity,
    Sum,
    Sustained,
)

Node = Quantity | Condition | Amount
Sort = str
"""``quantity``, ``condition`` or ``amount``."""

_ASKS = {
    "quantity": {
        **dict.fromkeys(("of", "less", "to", "quantity", "expected", "observed", "people"), "quantity"),
        **dict.fromkeys(("then", "otherwise"), "quantity"),
        "condition": "condition",
    },
    "condition": {"of": "condition", "quantity": "quantity", "amount": "amount", "than": "quantity"},
    "amount": {
        **dict.fromkeys(("of", "less", "then", "otherwise", "amount", "rules"), "amount"),
        "by": "quantity",
        "condition": "condition",
    },
}
_OF_QUANTITY = ("price", "table", "marginal bands", "prices by group", "money of")
"""Amounts whose ``of`` is a quantity."""


def sort_below(sort: Sort, node: Any, field: str) -> Sort | None:
    """Tell which sort stands in a field of a rule's node; None where no rule stands there."""
    if sort == "amount" and field == "of" and getattr(node, "kind", "") in _OF_QUANTITY:
        return "quantity"
    if field == "than" and node.kind == "compare amounts":
        return "amount"
    return _ASKS[sort].get(field)


def below(sort: Sort, node: Any, path: Path = ()) -> Iterator[tuple[Path, Sort, Any]]:
    """Yield the parts directly below a node: their path, sort and value."""
    if not isinstance(node, Term):
        return
    for field in type(node).model_fields:
        value, asked = getattr(node, field), sort_below(sort, node, field)
        if asked is None or value is None or _is_dated(value) or isinstance(value, Fraction):
            continue
        if isinstance(value, tuple):
            for index, part in enumerate(value):
                if isinstance(part, Term) and not hasattr(part, "kind"):
                    yield from below(sort, part, (*path, field, index))
                else:
                    yield (*path, field, index), asked, part
        else:
            yield (*path, field), asked, value


def _is_dated(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], DatedNumber)


def rules(contract: Contract) -> Iterator[tuple[Path, Sort, Any]]:
    """Yield the top of every rule: named quantities, conditions and amounts, the payments' amounts, the investors'."""
    for sort, named in (
        ("quantity", contract.quantity),
        ("condition", contract.condition),
        ("amount", contract.amount),
    ):
        for name, node in named.items():
            yield (sort, name), sort, node
    for index, payment in enumerate(contract.payment):
        yield ("payment", index, "amount"), "amount", payment.amount
    for index, cap in enumerate(contract.cap):
        if cap.rule is not None:
            yield ("cap", index, "rule"), "amount", cap.rule
    yield from investors_rules(contract)


def investors_rules(contract: Contract) -> Iterator[tuple[Path, Sort, Any]]:
    """What tranches, steps of the waterfall and losses ask of outcomes."""
    for index, tranche in enumerate(contract.tranche):
        if tranche.principal_share is not None:
            yield ("tranche", index, "principal_share"), "quantity", tranche.principal_share
        if tranche.coupon is not None:
            yield ("tranche", index, "coupon", "rate"), "quantity", tranche.coupon.rate
    for index, step in enumerate(contract.waterfall):
        if step.condition is not None:
            yield ("waterfall", index, "condition"), "condition", step.condition
    for index, loss in enumerate(contract.loss):
        if loss.amount is not None:
            yield ("loss", index, "amount"), "amount", loss.amount
        for place, bearer in enumerate(loss.borne_by):
            if bearer.up_to is not None:
                yield ("loss", index, "borne_by", place, "up_to"), "amount", bearer.up_to


def everything(contract: Contract) -> Iterator[tuple[Path, Sort, Any]]:
    """Yield every part of every rule, tops first."""
    stack = list(rules(contract))[::-1]
    while stack:
        path, sort, node = stack.pop()
        yield path, sort, node
        stack.extend(list(below(sort, node, path))[::-1])


def named(contract: Contract, sort: Sort) -> Mapping[str, Any]:
    """Everything that a name can stand for in a place of that sort; a metric stands for itself."""
    if sort == "quantity":
        return {**{metric.id: metric for metric in contract.metric}, **contract.quantity}
    return contract.condition if sort == "condition" else contract.amount


PEOPLE_RULES = (Milestone, Sustained, PeopleWith, PeopleReaching)
"""Rules that are met by single people, each once."""
_COUNTED: Mapping[type[Term], tuple[str, ...]] = {
    Count: ("metric",),
    People: ("metric",),
    Sustained: ("metric",),
    Milestone: ("metric", "after"),
    PeopleWith: ("all_of", "any_of", "none_of", "at_most_of"),
    PeopleReaching: ("metric", "after"),
}
"""Where the primitives that count outcomes by themselves name their metrics."""


def metrics_named(node: Any) -> Iterator[tuple[Path, str]]:
    """Yield the metrics whose verified outcomes a node counts by itself, each with its place inside the node."""
    for field in _COUNTED.get(type(node), ()):
        value = getattr(node, field)
        if isinstance(value, str):
            yield (field,), value
        for index, each in enumerate(() if value is None or isinstance(value, str) else value):
            yield (field, index), each if isinstance(each, str) else each.metric
            if isinstance(each, AtMost) and each.after is not None:
                yield (field, index, "after"), each.after


def metrics_counted(node: Any) -> tuple[str, ...]:
    """The metrics whose verified outcomes a node counts by itself, not through a quantity below it."""
    return tuple(name for _, name in metrics_named(node))


def unit_of(contract: Contract, quantity: Any) -> str | None:
    """Return the unit of a quantity; None where it has none yet because a name is not known or goes in circles."""
    return _unit(contract, quantity, frozenset())


def _unit(contract: Contract, quantity: Any, seen: frozenset[str]) -> str | None:
    if isinstance(quantity, str):
        if quantity in seen:
            return None
        target = named(contract, "quantity").get(quantity)
        return None if target is None else _unit(contract, target, seen | {quantity})
    if isinstance(quantity, Elapsed):
        return quantity.counted_in
    if isinstance(quantity, QuantityWhen):
        return _unit(contract, quantity.then, seen)
    if isinstance(quantity, Count):
        return _unit(contract, quantity.metric, seen)
    if isinstance(quantity, Sum | LargestQuantity | SmallestQuantity):
        return _unit(contract, quantity.of[0], seen)
    if isinstance(quantity, Blend):
        return _unit(contract, quantity.of[0].quantity, seen)
    if isinstance(quantity, Difference | QuantityLimit | Rounded):
        return _unit(contract, quantity.of, seen)
    return str(quantity.unit)


def metrics_read(contract: Contract, node: Any, sort: Sort = "amount") -> frozenset[str]:
    """The ids of every metric that a rule reads, through all the names it uses."""
    found: set[str] = set()
    metrics = {metric.id for metric in contract.metric}
    stack: list[tuple[Sort, Any]] = [(sort, node)]
    seen: set[tuple[Sort, str]] = set()
    while stack:
        at, part = stack.pop()
        if isinstance(part, str):
            if at == "quantity" and part in metrics:
                found.add(part)
            elif (at, part) not in seen:
                seen.add((at, part))
                stack.append((at, named(contract, at)[part]))
        elif counted := metrics_counted(part):
            found.update(counted)
        else:
            stack.extend((asked, lower) for _, asked, lower in below(at, part))
    return frozenset(found)


def per_claim(contract: Contract, amount: Any) -> Iterator[tuple[Any, str | None, tuple[DatedNumber, ...]]]:
    """Yield metric (or rule over people), group and price of an amount that prices single claims or single people;
    nothing for any other amount.
    """
    while isinstance(amount, str):
        amount = contract.amount.get(amount)
    if isinstance(amount, PricesByGroup):
        yield from ((amount.of, each.group, each.price) for each in amount.prices)
    if not isinstance(amount, Price):
        return
    of: Any = amount.of
    while isinstance(of, str) and of in contract.quantity:
        of = contract.quantity[of]
    if isinstance(of, Count):
        yield of.metric, of.group, amount.prices
    elif isinstance(of, PEOPLE_RULES):
        yield of, of.group, amount.prices
    elif any(metric.id == of and metric.counted_from == "claims" for metric in contract.metric):
        yield of, None, amount.prices
