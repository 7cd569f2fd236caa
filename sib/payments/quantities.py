"""payments: how each kind of quantity is evaluated."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from dateutil.relativedelta import relativedelta

from sib.money import round_exact
from sib.payments.evaluation import Evaluation, Held
from sib.payments.facts import payable_counts
from sib.payments.people import newly_qualified
from sib.terms.sentences import Speaker, day, listed, number, plural
from sib.terms.walk import metrics_counted


def _count(e: Evaluation, node: Any) -> Fraction:
    metric = e.contract.the_metric(node.metric)
    if metric.id not in e.facts.quantities:
        return e.counted(metric, node.group)
    if node.group is None:
        return e.named(metric.id)
    raise Held(f"“{metric.name}” was given as a total: how much of it is of the group {node.group} is not known")


def _people(e: Evaluation, node: Any) -> Fraction:
    metric, outcomes = e.contract.the_metric(node.metric), e.facts.outcomes
    if metric.id in e.facts.quantities:
        raise Held(f"“{metric.name}” was given as a total: how many people stand behind it is not known")
    payable = payable_counts(outcomes, metric)
    people = len(set(outcomes.person[outcomes.only(metric.id, node.group) & (payable > 0)].tolist()))
    e.because("people", f"{people:,} {plural(node.unit, people)} with “{metric.name}”")
    return Fraction(people)


def _number(e: Evaluation, node: Any) -> Fraction:
    value = e.dated(node.value, "the agreed number")
    e.because("number", f"agreed: {number(value)} {plural(node.unit, value)}")
    return value


def _combined(sign: str) -> Callable[[Evaluation, Any], Fraction]:
    def combine(e: Evaluation, node: Any) -> Fraction:
        values = [e.quantity(part) for part in node.of]
        result = sum(values, Fraction(0))
        if sign == "×":
            result = Fraction(1)
            for value in values:
                result *= value
        said = f" {sign} ".join(e.of_unit(part, value) for part, value in zip(node.of, values, strict=True))
        e.because(node.kind, f"{said} = {e.of_unit(node, result)}")
        return result

    return combine


def _difference(e: Evaluation, node: Any) -> Fraction:
    of, less = e.quantity(node.of), e.quantity(node.less)
    e.because(
        "difference", f"{e.of_unit(node.of, of)} net of {e.of_unit(node.less, less)} = {e.of_unit(node, of - less)}"
    )
    return of - less


def _ratio(e: Evaluation, node: Any) -> Fraction:
    of, to = e.quantity(node.of), e.quantity(node.to)
    if to == 0:
        raise Held("a ratio to zero is not defined")
    e.because("ratio", f"{e.of_unit(node.of, of)} ÷ {e.of_unit(node.to, to)} = {e.of_unit(node, of / to)}")
    return of / to


def _whole_steps(e: Evaluation, node: Any) -> Fraction:
    of = e.quantity(node.of)
    steps = Fraction(of // node.step)
    e.because("whole steps", f"{e.of_unit(node.of, of)} holds {e.of_unit(node, steps)} of {number(node.step)}")
    return steps


def _score(e: Evaluation, node: Any) -> Fraction:
    values = [e.quantity(part.quantity) for part in node.of]
    result = sum((part.weight * value for part, value in zip(node.of, values, strict=True)), Fraction(0))
    said = " + ".join(f"{number(part.weight)} × {number(value)}" for part, value in zip(node.of, values, strict=True))
    e.because(node.kind, f"{said} = {e.of_unit(node, result)}")
    return result


def limited(value: Fraction, low: Fraction | None, high: Fraction | None) -> Fraction:
    """Return a value held between two bounds, either of which may be absent."""
    value = value if low is None else max(value, low)
    return value if high is None else min(value, high)


def _quantity_limit(e: Evaluation, node: Any) -> Fraction:
    of = e.quantity(node.of)
    result = limited(of, node.at_least, node.at_most)
    if result != of:
        e.because("limit", f"{e.of_unit(node.of, of)} is limited to {e.of_unit(node, result)}")
    return result


def looked_up(node: Any, value: Fraction, field: str) -> Fraction:
    """Return what a table gives for a value; ``field`` names what its rows hold."""
    inclusive = node.boundary == "lower bound inclusive"
    rows = [row for row in node.rows if (row.from_ <= value if inclusive else row.from_ < value)]
    if not rows:
        return Fraction(node.below)
    row = rows[-1]
    after = node.rows[len(rows)] if node.shape == "straight lines" and len(rows) < len(node.rows) else None
    rise = row.rise if after is None else (getattr(after, field) - getattr(row, field)) / (after.from_ - row.from_)
    return Fraction(getattr(row, field) + rise * (value - row.from_))


def _quantity_table(e: Evaluation, node: Any) -> Fraction:
    of = e.quantity(node.of)
    result = looked_up(node, of, "value")
    e.because("table", f"{e.of_unit(node.of, of)} gives {e.of_unit(node, result)} in the table ({node.boundary})")
    return result


def _people_rule(e: Evaluation, node: Any) -> Fraction:
    given = [name for name in metrics_counted(node) if name in e.facts.quantities]
    if given:
        raise Held(f"“{e.contract.the_metric(given[0]).name}” was given as a total: who stands behind it is not known")
    people = len(newly_qualified(e.contract, e.facts.outcomes, node, e.facts.as_of))
    e.because(node.kind, f"{people:,} {plural(node.unit, people)}: {Speaker(e.contract).say('quantity', node)}")
    return Fraction(people)


def _against_expected(e: Evaluation, node: Any) -> Fraction:
    """Avoided: expected less observed; gained: observed less expected."""
    expected, observed = e.quantity(node.expected), e.quantity(node.observed)
    people = e.quantity(node.people) if node.people is not None else Fraction(1)
    said = [f"{e.of_unit(node.expected, expected)} expected", f"{e.of_unit(node.observed, observed)} observed"]
    if node.kind == "gained":
        expected, observed = observed, expected
        said.reverse()
    result = (expected - observed) * people
    times = f", times {e.of_unit(node.people, people)}" if node.people is not None else ""
    e.because(node.kind, f"{' less '.join(said)}{times} = {e.of_unit(node, result)} {node.kind}")
    return result


def _pick(pick: Callable[[list[Fraction]], Fraction]) -> Callable[[Evaluation, Any], Fraction]:
    def choose(e: Evaluation, node: Any) -> Fraction:
        values = [e.quantity(part) for part in node.of]
        result = pick(values)
        said = listed([e.of_unit(part, value) for part, value in zip(node.of, values, strict=True)])
        e.because(node.kind, f"the {node.kind} of {said} is {e.of_unit(node, result)}")
        return result

    return choose


def _rounded(e: Evaluation, node: Any) -> Fraction:
    of = e.quantity(node.of)
    result = round_exact(of / node.to, node.rounding) * node.to
    e.because("rounded", f"{e.of_unit(node.of, of)} rounded {node.rounding} to {e.of_unit(node, result)}")
    return Fraction(result)


def _elapsed(e: Evaluation, node: Any) -> Fraction:
    until = min(node.until or e.facts.as_of, e.facts.as_of)
    passed = elapsed(node.since, until, node.counted_in, begun=node.begun == "begun counts")
    unit = plural(node.counted_in, passed)
    e.because("elapsed time", f"{passed:,} {unit} since {day(node.since)}, up to {day(until)} ({node.begun})")
    return Fraction(passed)


def elapsed(since: date, until: date, unit: str, *, begun: bool) -> int:
    """Return how many days, months, quarters or years lie from ``since`` to ``until``, both days counted."""
    if until < since:
        return 0
    over = until + timedelta(1)
    if unit == "day":
        return (over - since).days
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    passed = relativedelta(over, since)
    full = int(passed.years * 12 + passed.months) // months
    return full + (begun and since + relativedelta(months=full * months) < over)


def _quantity_when(e: Evaluation, node: Any) -> Fraction:
    return e.quantity(node.then if e.condition(node.condition) else node.otherwise)


QUANTITIES: Mapping[str, Callable[[Evaluation, Any], Fraction]] = {
    "count": _count,
    "people": _people,
    "number": _number,
    "sum": _combined("+"),
    "difference": _difference,
    "product": _combined("×"),
    "ratio": _ratio,
    "whole steps": _whole_steps,
    "weighted score": _score,
    "limit": _quantity_limit,
    "table": _quantity_table,
    "milestone": _people_rule,
    "sustained": _people_rule,
    "people with": _people_rule,
    "people reaching": _people_rule,
    "avoided": _against_expected,
    "gained": _against_expected,
    "blend": _score,
    "largest": _pick(max),
    "smallest": _pick(min),
    "rounded": _rounded,
    "elapsed time": _elapsed,
    "when": _quantity_when,
}
