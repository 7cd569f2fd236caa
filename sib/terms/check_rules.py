"""terms: what a schema cannot see inside payment rules: names, units, tables, circles, rules over people."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

from sib.money import decimal_text
from sib.terms.amounts import AmountTable, ByDate, Earned, MarginalBands, MoneyOf, Price, PricesByGroup, Times
from sib.terms.conditions import Compare
from sib.terms.contract import Contract, Metric
from sib.terms.fault import Check, Finding, lookup, other_sort
from sib.terms.places import Path
from sib.terms.quantities import (
    Avoided,
    Blend,
    Difference,
    Gained,
    LargestQuantity,
    Milestone,
    PeopleWith,
    QuantityTable,
    QuantityWhen,
    Score,
    SmallestQuantity,
    Sum,
    Sustained,
)
from sib.terms.walk import (
    below,
    everything,
    metrics_counted,
    metrics_named,
    metrics_read,
    named,
    per_claim,
    rules,
    unit_of,
)
from sib.terms.words import plural


def rule_names(contract: Contract) -> Iterator[Finding]:
    """Every name inside a rule leads to something of the right sort."""
    for path, sort, node in everything(contract):
        if isinstance(node, str):
            yield from _rule_name(contract, path, sort, node)
        elif metrics_counted(node):
            yield from _counted(contract, path, node)
        elif isinstance(node, PricesByGroup):
            yield from _groups(contract, path, node)
        elif isinstance(node, Earned):
            yield from _earlier(contract, path, node)


def _rule_name(contract: Contract, path: Path, sort: str, name: str) -> Iterator[Finding]:
    """A name leads to a rule of the sort that is asked for; what it leads to in another sort is said."""
    others = [other for other in ("condition", "amount", "quantity") if name in named(contract, other)]
    if sort not in others and others:
        what, mend = other_sort(name, others[0], sort)
        yield Finding(path, "contract.unknown-name", what, mend)
    else:
        yield from lookup(path, f"metric or {sort}" if sort == "quantity" else sort, name, named(contract, sort))


def _counted(contract: Contract, path: Path, node: Any) -> Iterator[Finding]:
    """Metrics that a rule counts by itself exist, are counted from claims, and know the rule's group."""
    metrics = {metric.id: metric for metric in contract.metric}
    for place, name in metrics_named(node):
        yield from lookup((*path, *place), "metric", name, metrics)
        metric = metrics.get(name)
        if metric is None:
            continue
        if metric.counted_from != "claims":
            mend = "count a metric counted from claims"
            what = f"`{metric.id}` is not counted from claims"
            yield Finding((*path, *place), "contract.not-counted", what, mend)
        if node.group is not None and metric.cohort in {cohort.id for cohort in contract.cohort}:
            yield from lookup(
                (*path, "group"), f"group of the cohort `{metric.cohort}`", node.group, _groups_of(contract, metric)
            )
    yield from _people_rule(contract, path, node)


def _groups_of(contract: Contract, metric: Metric) -> set[str]:
    return {group for cohort in contract.cohort if cohort.id == metric.cohort for group in cohort.groups}


def _people_rule(contract: Contract, path: Path, node: Any) -> Iterator[Finding]:
    if isinstance(node, Sustained) and unit_of(contract, node.metric) not in (None, "day"):
        yield Finding(
            (*path, "metric"), "contract.unit", "spells are counted in days", "name a metric whose unit is day"
        )
    if isinstance(node, PeopleWith) and not (node.all_of or node.any_of):
        yield Finding(path, "contract.empty-rule", "the rule asks for nothing", "name metrics in all_of or any_of")
    if isinstance(node, PeopleWith) and node.any_of and node.at_least > len(node.any_of):
        mend = f"at_least is at most {len(node.any_of)}"
        yield Finding((*path, "at_least"), "contract.empty-rule", "nobody can meet more than there are", mend)
    if isinstance(node, Milestone) and not node.after and _counts_time(node):
        yield Finding(path, "contract.empty-rule", "days are counted from nothing", "name in `after` what comes before")
    for unit in ("days", "months") if isinstance(node, Milestone) else ():
        least, within = getattr(node, f"at_least_{unit}"), getattr(node, f"within_{unit}")
        if within is not None and within < least:
            what = "the time is over before it begins"
            yield Finding((*path, f"within_{unit}"), "contract.empty-rule", what, f"write {least} or more")
    if isinstance(node, PeopleWith) and len(set(names := (*node.all_of, *node.any_of, *node.none_of))) < len(names):
        yield Finding(path, "contract.same-id", "a metric is named twice in the rule", "name each metric once")


def _counts_time(node: Milestone) -> bool:
    least = node.at_least_days or node.at_least_months
    return bool(least) or node.within_days is not None or node.within_months is not None


def dated_prices(contract: Contract) -> Iterator[Finding]:
    """Dated prices are those of each claim's day; what is worked out from claims has none: the rule names one."""
    if any(circles(contract)) or any(rule_names(contract)):
        return
    claimed = {metric.id for metric in contract.metric if metric.counted_from == "claims"}
    for path, _, node in everything(contract):
        if not isinstance(node, Price) or len(node.prices) < 2 or node.on or any(per_claim(contract, node)):
            continue
        if read := sorted(claimed & metrics_read(contract, node.of, "quantity")):
            what = f"the price has dates, but what it pays for is worked out from claims of {', '.join(read)}"
            mend = 'price the claims themselves (a metric\'s at_most limits them), or write on = "day of reckoning"'
            yield Finding((*path, "price"), "contract.dated-price", what, mend)


def words(contract: Contract) -> Iterator[Finding]:
    """Words stand for named rules, and no two for the same thing."""
    rules = {**contract.quantity, **contract.condition, **contract.amount}
    said: set[str] = {metric.name for metric in contract.metric}
    for name, text in contract.words.items():
        yield from lookup(("words", name), "named quantity, condition or amount", name, rules)
        if text in said:
            mend = "say it in other words"
            yield Finding(("words", name), "contract.same-words", f"“{text}” stands for two things", mend)
        said.add(text)


def _groups(contract: Contract, path: Path, node: PricesByGroup) -> Iterator[Finding]:
    metrics = {metric.id: metric for metric in contract.metric}
    metric = metrics.get(node.of)
    if metric is None or metric.counted_from != "claims":
        yield Finding(
            (*path, "of"), "contract.not-counted", f"`{node.of}` is no metric counted from claims", "name one that is"
        )
        return
    for index, each in enumerate(node.prices):
        known = _groups_of(contract, metric)
        yield from lookup((*path, "prices", index, "group"), f"group of `{metric.cohort}`", each.group, known)
        if each.group in [above.group for above in node.prices[:index]]:
            what = f"the group {each.group} is paid twice"
            yield Finding((*path, "prices", index), "contract.same-id", what, "take one of the two out")


def _earlier(contract: Contract, path: Path, node: Earned) -> Iterator[Finding]:
    """What is already earned can only be earned by payments written above; so no payment depends on itself."""
    written = [payment.id for payment in contract.payment]
    users = [
        place
        for place, payment in enumerate(contract.payment)
        if path[:2] == ("payment", place) or _reaches(contract, "amount", payment.amount, (str(path[0]), str(path[1])))
    ]
    above = written[: min(users, default=len(written))]
    for index, name in enumerate(node.payments):
        if name not in above:
            what = f"`{name}` is not a payment above the one that asks"
            mend = f"name a payment written above it: {', '.join(above) or '(there is none)'}"
            yield Finding((*path, "payments", index), "contract.order", what, mend)


def circles(contract: Contract) -> Iterator[Finding]:
    """No named part is made of itself."""
    for path, sort, node in rules(contract):
        if path[0] == sort and _reaches(contract, sort, node, (sort, str(path[1]))):
            yield Finding(path, "contract.circle", f"`{path[1]}` is made of itself", "break the circle")


def _reaches(contract: Contract, sort: str, node: Any, goal: tuple[str, str]) -> bool:
    seen: set[tuple[str, str]] = set()
    stack = [(sort, node)]
    while stack:
        at, part = stack.pop()
        if isinstance(part, str):
            if (at, part) == goal:
                return True
            if (at, part) in seen:
                continue
            seen.add((at, part))
            part = named(contract, at).get(part)
            if isinstance(part, str):
                # a name that stands for another name
                stack.append((at, part))
        stack.extend((asked, lower) for _, asked, lower in below(at, part))
    return False


def units(contract: Contract) -> Iterator[Finding]:
    """A price per day is not multiplied by percentage points."""
    for path, _, node in everything(contract):
        for field, wanted, quantity in _of_one_unit(contract, node):
            yield from _same_unit(contract, (*path, *field), wanted, quantity)


def _of_one_unit(contract: Contract, node: Any) -> Iterator[tuple[Path, str | None, Any]]:
    """The quantities of a rule's part that must have a unit: their place, the unit, the quantity."""
    if isinstance(node, Price | AmountTable | MarginalBands | PricesByGroup):
        yield ("per",), node.per, node.of
    elif isinstance(node, Times):
        yield ("per",), node.per, node.by
    elif isinstance(node, MoneyOf):
        yield ("of",), contract.contract.currency, node.of
    elif isinstance(node, Sum | LargestQuantity | SmallestQuantity):
        yield from ((("of", index), unit_of(contract, node.of[0]), part) for index, part in enumerate(node.of))
    elif isinstance(node, Score | Blend):
        first = unit_of(contract, node.of[0].quantity)
        yield from ((("of", index), first, part.quantity) for index, part in enumerate(node.of))
    elif type(node) in _PAIRS:
        one, other = _PAIRS[type(node)]
        if getattr(node, other) is not None:
            yield (other,), unit_of(contract, getattr(node, one)), getattr(node, other)


_PAIRS: Mapping[type[Any], tuple[str, str]] = {
    QuantityWhen: ("then", "otherwise"),
    Compare: ("quantity", "than"),
    Avoided: ("expected", "observed"),
    Gained: ("observed", "expected"),
    Difference: ("of", "less"),
}
"""Two fields of one unit."""


def _same_unit(contract: Contract, path: Path, wanted: str | None, quantity: Any) -> Iterator[Finding]:
    unit = unit_of(contract, quantity)
    if wanted is not None and unit is not None and unit != wanted:
        what = f"the unit here is `{wanted}`, but the quantity is measured in `{unit}`"
        mend = "use one unit on both sides, or say with product or ratio how one becomes the other"
        if wanted in (plural(unit, 2), f"{unit}s"):
            mend = f"did you mean `{unit}`? units are singular"
        yield Finding(path, "contract.unit", what, mend)


def weights(contract: Contract) -> Iterator[Finding]:
    """The weights of a blend make one."""
    for path, _, node in everything(contract):
        if isinstance(node, Blend) and (whole := sum(part.weight for part in node.of)) != 1:
            mend = f"they make {decimal_text(Fraction(whole))}; write shares of one"
            yield Finding((*path, "of"), "contract.weights", "the weights of a blend do not make one", mend)


def metrics_of_payments(contract: Contract) -> Iterator[Finding]:
    """A payment for no metric reads none."""
    if any(circles(contract)) or any(rule_names(contract)):
        return
    for index, payment in enumerate(contract.payment):
        if payment.metric == "none" and (read := sorted(metrics_read(contract, payment.amount))):
            what = f"the payment is for no metric, but its rule reads {', '.join(read)}"
            yield Finding(("payment", index, "metric"), "contract.metric", what, f'write metric = "{read[0]}"')
    for index, metric in enumerate(contract.metric):
        if metric.id == "none":
            yield Finding(("metric", index, "id"), "contract.metric", "no metric is called none", "rename it")


def person_caps(contract: Contract) -> Iterator[Finding]:
    """A cap for each person covers only payments with a price for each claim, or for each person who meets a rule."""
    if any(circles(contract)):
        return
    payments = {payment.id: payment for payment in contract.payments}
    for index, cap in enumerate(contract.cap):
        names = tuple(payments) if cap.over == "all payments" else cap.over
        for name in names if cap.per == "person" else ():
            if name in payments and not any(per_claim(contract, payments[name].amount)):
                mend = "leave it out of the cap, or price it for each claim"
                what = f"`{name}` has no price for each claim, so no person's part of it can be capped"
                yield Finding(("cap", index, "over"), "contract.person-cap", what, mend)


def tables(contract: Contract) -> Iterator[Finding]:
    """Rows rise, a step table has no slope, only the last band is open."""
    for path, _, node in everything(contract):
        if isinstance(node, AmountTable | QuantityTable):
            starts = [row.from_ for row in node.rows]
            if any(later <= earlier for earlier, later in pairwise(starts)):
                yield Finding(
                    (*path, "rows"), "contract.rows", "the rows do not rise", "order the rows by `from`, each once"
                )
            if node.shape != "linear" and any(row.rise for row in node.rows):
                what = f"a table with the shape {node.shape} has no `rise`"
                yield Finding((*path, "rows"), "contract.rise", what, "take `rise` out, or write linear")
        elif isinstance(node, MarginalBands):
            tops = [band.up_to for band in node.bands]
            closed = [top for top in tops if top is not None]
            if tops[-1] is not None or len(closed) != len(tops) - 1:
                closed_above = None not in tops
                mend = "add a last band without `up_to`, with price 0 if nothing more is paid"
                mend = mend if closed_above else "give every other band `up_to`"
                yield Finding((*path, "bands"), "contract.bands", "the last band, and only it, is open", mend)
            elif any(later <= earlier for earlier, later in pairwise(closed)):
                yield Finding((*path, "bands"), "contract.rows", "the bands do not rise", "order the bands by `up_to`")


def spans(contract: Contract) -> Iterator[Finding]:
    """Days left out and rules by date run forward, and the rules stand in order of their first day."""
    for path, _, node in everything(contract):
        field = "excluded" if isinstance(node, Sustained) else "rules" if isinstance(node, ByDate) else None
        for index, span in enumerate(getattr(node, field) if field else ()):
            if span.to is not None and span.to < span.from_:
                what = "it ends before it begins"
                yield Finding((*path, field or "", index), "contract.dates", what, "mend one of the two dates")
        if isinstance(node, ByDate) and any(after.from_ <= rule.from_ for rule, after in pairwise(node.rules)):
            mend = "order the rules by `from`, each day once"
            yield Finding((*path, "rules"), "contract.dates", "the rules do not follow each other", mend)


RULE_CHECKS: tuple[Check, ...] = (
    rule_names,
    circles,
    units,
    weights,
    dated_prices,
    tables,
    spans,
    words,
    metrics_of_payments,
    person_caps,
)
