"""payments: random contracts that use every primitive and part of the format, from a seed, without Hypothesis.

A hundred thousand cases have to be drawn in minutes, and a case is named by its seed alone. The contracts that other
tests draw and shrink are in ``strategies.py``.
"""

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

from tests.payments.strategies import END, START, as_text

POINT, DAY, PERSON = "point", "day", "person"
CLAIMED, MEASURED, MONEY = ("a", "b", "d"), ("m", "e"), "s"
GROUPS = ("young", "old")
PAYERS = ("first", "second", "third")
ROUNDINGS = ("half up", "half even", "half down", "down", "up", "floor", "ceiling")
COMPARISONS = ("at least", "more than", "at most", "less than", "equal to")
PEOPLE_RULES = ("milestone", "sustained", "people with", "people reaching")
Node = Any


class Quantity(NamedTuple):
    """A quantity's node and its unit."""

    node: Node
    unit: str


class Maker:
    """One contract being drawn."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.currency = rng.choice(["GBP", "GBP", "JPY", "KWD", "CLF"])
        self.names: dict[str, list[Any]] = {
            "quantity": [*(Quantity(name, POINT) for name in ("a", "b", *MEASURED)), Quantity("d", DAY)],
            "condition": [],
            "amount": [],
        }
        self.names["quantity"].append(Quantity(MONEY, self.currency))
        self.by_day: set[str] = set(CLAIMED)
        """Names of quantities whose claims or people have each a day of their own."""

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def one_of(self, *makers: Callable[[], Any]) -> Any:
        return self.rng.choice(makers)()

    # numbers and days

    def number(self, low: int = -300, high: int = 4000) -> str:
        """Whole and small, as counts are; in hundredths; sometimes a fraction."""
        kind = self.rng.random()
        if kind < 0.4:
            return str(self.rng.randint(max(0, low and 1), 8) if low >= 0 else self.rng.randint(-1, 8))
        if kind < 0.9:
            return as_text(self.rng.randint(low, high))
        return f"{self.rng.randint(1, 9)}/{self.rng.choice([3, 7, 8])}"

    def positive(self) -> str:
        return self.number(1)

    def day(self) -> date:
        return START + timedelta(self.rng.randint(0, (END - START).days))

    def days_in_order(self, most: int) -> list[date]:
        return sorted({self.day() for _ in range(self.rng.randint(1, most))})

    def dated(self, value: Callable[[], str] | None = None) -> Any:
        value = value or self.number
        if self.chance(0.75):
            return value()
        steps: list[dict[str, Any]] = [{"from": day, "value": value()} for day in self.days_in_order(3)]
        return [{"value": value()}, *steps] if self.chance(0.6) else steps

    def rises(self) -> dict[str, Any]:
        to = {"to": self.rng.choice(["1", "0.5", "0.01"]), "rounding": self.rng.choice(ROUNDINGS)}
        yearly = self.rng.choice(["0.02", "0.035", "-0.1", "0.5", "1/3"])
        return {"yearly": yearly, "since": self.day(), **(to if self.chance(0.5) else {})}

    def group(self, share: float = 0.4) -> dict[str, str]:
        return {"group": self.rng.choice(GROUPS)} if self.chance(share) else {}

    def ascending(self, most: int, low: int = -300) -> list[str]:
        found = {Fraction(text): text for text in (self.number(low) for _ in range(self.rng.randint(1, most)))}
        return [found[each] for each in sorted(found)]

    # quantities

    def quantity(self, depth: int) -> Quantity:
        if self.chance(0.25):
            return Quantity(*self.rng.choice(self.names["quantity"]))
        leaves = ("count", "people", "number", "elapsed time", *PEOPLE_RULES)
        kind = self.rng.choice(QUANTITIES if depth > 0 else leaves)
        fields, unit = getattr(self, f"q_{kind.replace(' ', '_')}")(depth - 1)
        return Quantity({"kind": kind, **fields}, unit)

    def of_unit(self, unit: str, depth: int) -> Node:
        return as_unit(self.quantity(depth), unit)

    def several(self, depth: int, unit: str) -> list[Node]:
        return [self.of_unit(unit, depth) for _ in range(self.rng.randint(1, 3))]

    def q_count(self, _: int) -> tuple[dict[str, Any], str]:
        metric = self.rng.choice(CLAIMED)
        return {"metric": metric, **self.group()}, DAY if metric == "d" else POINT

    def q_people(self, _: int) -> tuple[dict[str, Any], str]:
        return {"metric": self.rng.choice(CLAIMED), **self.group()}, PERSON

    def q_number(self, _: int) -> tuple[dict[str, Any], str]:
        return {"value": self.dated(), "unit": POINT}, POINT

    def q_sum(self, depth: int) -> tuple[dict[str, Any], str]:
        first = self.quantity(depth)
        return {"of": [first.node, *self.several(depth, first.unit)][: self.rng.randint(1, 3)]}, first.unit

    q_largest = q_smallest = q_sum

    def q_product(self, depth: int) -> tuple[dict[str, Any], str]:
        return {"of": [self.quantity(depth).node for _ in range(self.rng.randint(1, 2))], "unit": POINT}, POINT

    def q_difference(self, depth: int) -> tuple[dict[str, Any], str]:
        first = self.quantity(depth)
        return {"of": first.node, "less": self.of_unit(first.unit, depth)}, first.unit

    def q_ratio(self, depth: int) -> tuple[dict[str, Any], str]:
        return {"of": self.quantity(depth).node, "to": self.quantity(depth).node, "unit": POINT}, POINT

    def q_whole_steps(self, depth: int) -> tuple[dict[str, Any], str]:
        return {"of": self.quantity(depth).node, "step": self.positive(), "unit": POINT}, POINT

    def q_weighted_score(self, depth: int) -> tuple[dict[str, Any], str]:
        parts = [{"quantity": part, "weight": self.number()} for part in self.several(depth, POINT)]
        return {"of": parts, "unit": POINT}, POINT

    def q_blend(self, depth: int) -> tuple[dict[str, Any], str]:
        weights = self.rng.choice([["1"], ["0.8", "0.2"], ["1/3", "2/3"], ["1/3", "1/3", "1/3"], ["1.5", "-0.5"]])
        first = self.quantity(depth)
        nodes = [first.node, *(self.of_unit(first.unit, depth) for _ in weights[1:])]
        return {"of": [{"quantity": n, "weight": w} for n, w in zip(nodes, weights, strict=True)]}, first.unit

    def bounds(self, value: Callable[[], Any]) -> dict[str, Any]:
        keys = self.rng.choice([("at_least",), ("at_most",), ("at_least", "at_most"), ()])
        return {key: value() for key in keys}

    def q_limit(self, depth: int) -> tuple[dict[str, Any], str]:
        first = self.quantity(depth)
        return {"of": first.node, **self.bounds(self.number)}, first.unit

    def q_table(self, depth: int) -> tuple[dict[str, Any], str]:
        return {"of": self.quantity(depth).node, "unit": POINT, **self.table("value")}, POINT

    def table(self, field: str) -> dict[str, Any]:
        shape = self.rng.choice(["step", "linear", "straight lines"])
        rows = [{"from": start, field: self.number()} for start in self.ascending(4)]
        if shape == "linear":
            rows = [{**row, "rise": self.number()} if self.chance(0.5) else row for row in rows]
        boundary = self.rng.choice(["lower bound inclusive", "upper bound inclusive"])
        return {"shape": shape, "boundary": boundary, "below": self.number(), "rows": rows}

    def q_avoided(self, depth: int) -> tuple[dict[str, Any], str]:
        first = self.quantity(depth)
        people = {"people": self.quantity(depth).node} if self.chance(0.4) else {}
        other = self.of_unit(first.unit, depth)
        return {"expected": first.node, "observed": other, "unit": POINT, **people}, POINT

    q_gained = q_avoided

    def q_rounded(self, depth: int) -> tuple[dict[str, Any], str]:
        first = self.quantity(depth)
        to = self.rng.choice(["1", "0.1", "5", "0.25", "1/3"])
        return {"of": first.node, "to": to, "rounding": self.rng.choice(ROUNDINGS)}, first.unit

    def q_elapsed_time(self, _: int) -> tuple[dict[str, Any], str]:
        unit, until = self.rng.choice([DAY, "month", "quarter", "year"]), {"until": self.day()}
        begun = self.rng.choice(["full only", "begun counts"])
        fields = {"since": self.day(), "counted_in": unit, "begun": begun}
        return {**fields, **(until if self.chance(0.4) else {})}, unit

    def q_when(self, depth: int) -> tuple[dict[str, Any], str]:
        first = self.quantity(depth)
        rest = {"condition": self.condition(depth), "otherwise": self.of_unit(first.unit, depth)}
        return {"then": first.node, **rest}, first.unit

    # rules over people

    def unit_counted(self) -> tuple[dict[str, str], str]:
        return ({"unit": "family"}, "family") if self.chance(0.1) else ({}, PERSON)

    def q_milestone(self, _: int) -> tuple[dict[str, Any], str]:
        unit, said = self.unit_counted()
        after = self.rng.sample(CLAIMED, self.rng.randint(0, 2))
        rule: dict[str, Any] = {"metric": self.rng.choice(CLAIMED), "after": after, **self.group(), **unit}
        least, months = self.rng.choice([0, 0, 1, 7, 30, 90]), self.rng.choice([0, 0, 1, 3])
        if after and self.chance(0.6):
            rule |= {"at_least_days": least} if self.chance(0.5) else {}
            rule |= {"at_least_months": months} if self.chance(0.5) else {}
            rule |= {"within_days": least + self.rng.choice([0, 1, 14, 180])} if self.chance(0.5) else {}
            rule |= {"within_months": months + self.rng.choice([0, 1, 6])} if self.chance(0.5) else {}
        return rule, said

    def q_sustained(self, _: int) -> tuple[dict[str, Any], str]:
        unit, said = self.unit_counted()
        rule: dict[str, Any] = {"metric": "d", "gap_days": self.rng.choice([0, 1, 3, 7]), **self.group(0.2), **unit}
        if self.chance(0.4):
            return {**rule, "months": self.rng.choice([1, 1, 2]), "counting": "in one run"}, said
        rule |= {"days": self.rng.choice([1, 5, 10, 30, 45]), "counting": self.rng.choice(["in one run", "in all"])}
        if self.chance(0.4):
            starts = [self.day() for _ in range(self.rng.randint(1, 3))]
            rule["excluded"] = [{"from": day, "to": day + timedelta(self.rng.choice([0, 1, 9]))} for day in starts]
        return rule, said

    def q_people_with(self, _: int) -> tuple[dict[str, Any], str]:
        unit, said = self.unit_counted()
        rule: dict[str, Any] = {"all_of": [], "any_of": [], "none_of": []}
        places = [self.rng.choice(["all_of", "any_of"])]
        places += [self.rng.choice(["all_of", "any_of", "none_of", ""]) for _ in range(2)]
        for place, metric in zip(places, self.rng.sample(CLAIMED, 3), strict=True):
            if place:
                rule[place].append(metric)
        rule = {place: names for place, names in rule.items() if names}
        if "any_of" in rule and self.chance(0.5):
            rule["at_least"] = self.rng.randint(1, len(rule["any_of"]))
        if self.chance(0.4):
            rule["at_most_of"] = [self.at_most() for _ in range(self.rng.randint(1, 2))]
        return {**rule, **self.group(0.2), **unit}, said

    def at_most(self) -> dict[str, Any]:
        rule: dict[str, Any] = {"metric": self.rng.choice(CLAIMED), "times": self.rng.randint(1, 4)}
        if self.chance(0.6):
            rule["after"] = self.rng.choice(CLAIMED)
            rule |= {"within_months": self.rng.choice([1, 2, 6])} if self.chance(0.7) else {}
        return rule

    def q_people_reaching(self, _: int) -> tuple[dict[str, Any], str]:
        unit, said = self.unit_counted()
        total = self.rng.choice(["1", "2", "3", "4.5", "30"])
        rule: dict[str, Any] = {"metric": self.rng.choice(CLAIMED), "total": total}
        if self.chance(0.5):
            rule["after"] = self.rng.choice(CLAIMED)
            rule |= {"within_days": self.rng.choice([0, 1, 30, 200])} if self.chance(0.7) else {}
        return {**rule, **self.group(0.2), **unit}, said

    # conditions

    def condition(self, depth: int) -> Node:
        if self.names["condition"] and self.chance(0.25):
            return self.rng.choice(self.names["condition"])
        kinds = ("compare", "compare", "on or after", "measured", "compare", "compare amounts", "all", "any", "none")
        kind = self.rng.choice(kinds if depth > 0 else kinds[:4])
        below = max(depth - 1, 0)
        if kind == "on or after":
            return {"kind": kind, "day": self.day()}
        if kind == "measured":
            return {"kind": kind, "quantity": self.quantity(below).node}
        how = self.rng.choice(COMPARISONS)
        if kind == "compare":
            first = self.quantity(below) if self.chance(0.6) else Quantity(self.rng.choice(MEASURED), POINT)
            against = {"than": self.of_unit(first.unit, below)} if self.chance(0.3) else {"value": self.dated()}
            return {"kind": kind, "quantity": first.node, "is": how, **against}
        if kind == "compare amounts":
            return {"kind": kind, "amount": self.amount(below), "is": how, "than": self.amount(below)}
        return {"kind": kind, "of": [self.condition(below) for _ in range(self.rng.randint(1, 3))]}

    # amounts

    def amount(self, depth: int) -> Node:
        if self.names["amount"] and self.chance(0.25):
            return self.rng.choice(self.names["amount"])
        kind = self.rng.choice(AMOUNTS if depth > 0 else ("price", "price", "fixed", "prices by group", "money of"))
        return {"kind": kind, **getattr(self, f"a_{kind.replace(' ', '_')}")(max(depth - 1, 0))}

    def a_price(self, depth: int) -> dict[str, Any]:
        return self.price_of(self.quantity(depth + 1), self.number)

    def price_of(self, of: Quantity, value: Callable[[], str]) -> dict[str, Any]:
        rises = {"rises": self.rises()} if self.chance(0.15) else {}
        price = value() if rises else self.dated(value)
        dated = bool(rises) or (isinstance(price, list) and len(price) > 1)
        own_day = (of.node if isinstance(of.node, str) else of.node["kind"]) in (*self.by_day, "count", *PEOPLE_RULES)
        on = {"on": "day of reckoning"} if dated and (not own_day or self.chance(0.2)) else {}
        return {"price": price, "per": of.unit, "of": of.node, **rises, **on}

    def a_table(self, depth: int) -> dict[str, Any]:
        of = self.quantity(depth)
        return {"of": of.node, "per": of.unit, **self.table("amount")}

    def a_marginal_bands(self, depth: int) -> dict[str, Any]:
        of, tops = self.quantity(depth), self.ascending(3, 1)
        bands = [{"up_to": top, "price": self.number()} for top in tops[: self.rng.randint(0, 3)]]
        return {"of": of.node, "per": of.unit, "bands": [*bands, {"price": self.number()}]}

    def a_fixed(self, _: int) -> dict[str, Any]:
        return {"amount": self.dated()}

    def a_share(self, depth: int) -> dict[str, Any]:
        return {"of": self.amount(depth), "share": self.rng.choice([self.number(), "0.4", "1/3"])}

    def a_times(self, depth: int) -> dict[str, Any]:
        by = self.quantity(depth)
        return {"of": self.amount(depth), "by": by.node, "per": by.unit}

    def a_sum(self, depth: int) -> dict[str, Any]:
        return {"of": [self.amount(depth) for _ in range(self.rng.randint(1, 3))]}

    a_smallest = a_largest = a_sum

    def a_limit(self, depth: int) -> dict[str, Any]:
        return {"of": self.amount(depth), **self.bounds(self.dated)}

    def a_when(self, depth: int) -> dict[str, Any]:
        then = {"then": self.amount(depth), "otherwise": self.amount(depth)}
        return {"condition": self.condition(depth), **then}

    def a_difference(self, depth: int) -> dict[str, Any]:
        return {"of": self.amount(depth), "less": self.amount(depth)}

    def a_prices_by_group(self, _: int) -> dict[str, Any]:
        return self.by_group(self.number)

    def by_group(self, value: Callable[[], str]) -> dict[str, Any]:
        metric, groups = self.rng.choice(CLAIMED), self.rng.sample(GROUPS, self.rng.randint(1, 2))
        prices = [{"group": group, "price": self.dated(value)} for group in groups]
        return {"of": metric, "per": DAY if metric == "d" else POINT, "prices": prices}

    def a_indexed(self, depth: int) -> dict[str, Any]:
        yearly = {"yearly": self.rng.choice(["0.02", "-0.05", "0.5", "1/3"]), "since": self.day()}
        return {"of": self.amount(depth), **(yearly if self.chance(0.5) else {"factor": self.dated()})}

    def a_by_date(self, depth: int) -> dict[str, Any]:
        rules = []
        for day in self.days_in_order(3):
            to = {"to": day + timedelta(self.rng.choice([0, 30, 400]))} if self.chance(0.5) else {}
            rules.append({"from": day, **to, "amount": self.amount(depth)})
        return {"rules": rules, "otherwise": self.amount(depth)}

    def a_rounded(self, depth: int) -> dict[str, Any]:
        to, how = self.rng.choice(["1", "0.01", "50", "0.5"]), self.rng.choice(ROUNDINGS)
        return {"of": self.amount(depth), "to": to, "rounding": how}

    def a_money_of(self, depth: int) -> dict[str, Any]:
        return {"of": self.of_unit(self.currency, depth)}


QUANTITIES = tuple(name[2:].replace("_", " ") for name in vars(Maker) if name.startswith("q_"))
AMOUNTS = tuple(name[2:].replace("_", " ") for name in vars(Maker) if name.startswith("a_"))


def as_unit(quantity: Quantity, unit: str) -> Node:
    """A quantity of another unit is put inside a product that says so."""
    return quantity.node if quantity.unit == unit else {"kind": "product", "of": [quantity.node], "unit": unit}
