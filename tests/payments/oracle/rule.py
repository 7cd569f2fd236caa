"""payments: the second implementation's quantities, conditions and amounts on one payment's facts."""

import math
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from tests.payments.oracle.people import RULES, metrics_of, people_met
from tests.payments.oracle.values import (
    DECIMALS,
    Given,
    Hold,
    Seen,
    compared,
    day_after,
    full_periods,
    held_between,
    in_bands,
    in_force,
    looked_up,
    months_after,
    raised,
    to_a_multiple,
)


class Unit(NamedTuple):
    """One single outcome that may be paid now."""

    person: str
    day: date
    group: str | None


class Rule:
    """A rule on one set of facts: those of the whole contract, or as one payment sees them."""

    def __init__(self, doc: dict[str, Any], whole: Given, seen: Seen, given: Given | None = None) -> None:
        self.doc, self.whole, self.seen, self.given = doc, whole, seen, given or whole
        self.metrics = {metric["id"]: metric for metric in doc["metric"]}

    def at(self, payment: dict[str, Any]) -> "Rule":
        """The same facts as a payment sees them: each knows for itself what it has paid for."""
        return Rule(self.doc, self.whole, self.seen, as_settled(self.whole, payment))

    def units(self, name: str, *, already: bool = False) -> list[Unit]:
        """Every single outcome that may be paid now; or those that were paid before (``already``)."""
        metric = self.metrics[name]
        window, repeats = metric["window"], metric.get("repeats", "once per person")
        limit = {"once per person": 1, "without limit": 10**9}.get(repeats, repeats)
        used, left, units = dict[str, int](), metric.get("at_most", 10**9), list[Unit]()
        mine = [claim for claim in self.given.claims if claim.metric == name]
        for claim in mine:
            self.seen.day(claim.day, window["opens"], window["closes"])
        mine = [claim for claim in mine if window["opens"] <= claim.day <= window["closes"]]
        for claim in sorted(mine, key=lambda claim: (not claim.settled, claim.day)):
            for _ in range(claim.number):
                used[claim.person] = used.get(claim.person, 0) + 1
                if used[claim.person] <= limit:
                    left -= 1
                    if left >= 0 and claim.settled == already:
                        units.append(Unit(claim.person, claim.day, claim.group))
        for number in used.values():
            self.seen.times(number, limit)
        if "at_most" in metric:
            self.seen.times(metric["at_most"] - left, metric["at_most"])
        return units

    def value(self, number: Any) -> Fraction:
        found = in_force(number, self.given.as_of, self.seen)
        if found is None:
            raise Hold
        return found

    # quantities

    def quantity(self, node: Any) -> Fraction:
        if isinstance(node, str):
            return self.named(node)
        kind = "people_rule" if node["kind"] in RULES else node["kind"].replace(" ", "_")
        return Fraction(getattr(self, f"q_{kind}")(node))

    def named(self, name: str) -> Fraction:
        if name in self.given.quantities:
            return Fraction(self.given.quantities[name])
        if name in self.doc.get("quantity", {}):
            return self.quantity(self.doc["quantity"][name])
        if self.metrics[name]["counted_from"] != "claims":
            raise Hold
        return self.counted(name, None)

    def counted(self, metric: str, group: str | None) -> Fraction:
        if metric not in self.given.quantities:
            return Fraction(len([unit for unit in self.units(metric) if group in (None, unit.group)]))
        if group is not None:
            raise Hold
        return Fraction(self.given.quantities[metric])

    def q_count(self, node: Any) -> Fraction:
        return self.counted(node["metric"], node.get("group"))

    def q_people(self, node: Any) -> int:
        if node["metric"] in self.given.quantities:
            raise Hold
        return len({unit.person for unit in self.units(node["metric"]) if node.get("group") in (None, unit.group)})

    def q_people_rule(self, node: Any) -> int:
        return len(self.newly(node))

    def newly(self, node: Any) -> list[date]:
        """The days on which people met a rule who had not met it by what was settled."""
        if metrics_of(node) & set(self.given.quantities):
            raise Hold
        return [day for day, before in people_met(node, self.metrics, self.given, self.seen).values() if not before]

    def q_number(self, node: Any) -> Fraction:
        return self.value(node["value"])

    def q_sum(self, node: Any) -> Fraction:
        return sum((self.quantity(part) for part in node["of"]), Fraction(0))

    def q_product(self, node: Any) -> Fraction:
        return math.prod((self.quantity(part) for part in node["of"]), start=Fraction(1))

    def q_difference(self, node: Any) -> Fraction:
        return self.quantity(node["of"]) - self.quantity(node["less"])

    def q_ratio(self, node: Any) -> Fraction:
        above, under = self.quantity(node["of"]), self.quantity(node["to"])
        if under == 0:
            raise Hold
        return above / under

    def q_whole_steps(self, node: Any) -> int:
        of, step = self.quantity(node["of"]), Fraction(node["step"])
        self.seen.number(of, math.floor(of / step) * step, math.ceil(of / step) * step)
        return math.floor(of / step)

    def q_weighted_score(self, node: Any) -> Fraction:
        return sum((Fraction(part["weight"]) * self.quantity(part["quantity"]) for part in node["of"]), Fraction(0))

    q_blend = q_weighted_score

    def q_limit(self, node: Any) -> Fraction:
        value = self.quantity(node["of"])
        self.seen.number(value, *(node[key] for key in ("at_least", "at_most") if key in node))
        return held_between(value, node.get("at_least"), node.get("at_most"))

    def q_table(self, node: Any) -> Fraction:
        return looked_up(node, self.quantity(node["of"]), "value", self.seen)

    def q_avoided(self, node: Any) -> Fraction:
        per_person = self.quantity(node["expected"]) - self.quantity(node["observed"])
        return per_person * (self.quantity(node["people"]) if "people" in node else 1)

    def q_gained(self, node: Any) -> Fraction:
        return -self.q_avoided(node)

    def q_largest(self, node: Any) -> Fraction:
        return max([self.quantity(part) for part in node["of"]])

    def q_smallest(self, node: Any) -> Fraction:
        return min([self.quantity(part) for part in node["of"]])

    def q_rounded(self, node: Any) -> Fraction:
        return to_a_multiple(self.quantity(node["of"]), node["to"], node["rounding"])

    def q_elapsed_time(self, node: Any) -> int:
        """Both the first and the last day count: time runs to the end of the last, which is the day after it."""
        since, over = node["since"], day_after(min(node.get("until", self.given.as_of), self.given.as_of), 1)
        self.seen.day(self.given.as_of, since, node.get("until"))
        if over <= since:
            return 0
        if node["counted_in"] == "day":
            return (over - since).days
        months = {"month": 1, "quarter": 3, "year": 12}[node["counted_in"]]
        count = full_periods(since, over, months)
        self.seen.day(over, months_after(since, months * count), months_after(since, months * (count + 1)))
        return count + (node["begun"] == "begun counts" and months_after(since, months * count) < over)

    def q_when(self, node: Any) -> Fraction:
        return self.quantity(node["then"] if self.condition(node["condition"]) else node["otherwise"])

    # conditions

    def condition(self, node: Any) -> bool:
        if isinstance(node, str):
            return self.condition(self.doc["condition"][node])
        if node["kind"] == "compare":
            left = self.quantity(node["quantity"])
            right = self.quantity(node["than"]) if "than" in node else self.value(node["value"])
            self.seen.number(left, right)
            return compared(left, node["is"], right)
        if node["kind"] == "compare amounts":
            left, right = self.amount(node["amount"]), self.amount(node["than"])
            self.seen.pennies(left * self.scale, right * self.scale)
            return compared(left, node["is"], right)
        if node["kind"] == "on or after":
            self.seen.day(self.given.as_of, node["day"])
            return bool(self.given.as_of >= node["day"])
        if node["kind"] == "measured":
            return self.is_known(node["quantity"])
        return self.several(node)

    def is_known(self, quantity: Any) -> bool:
        try:
            self.quantity(quantity)
        except Hold:
            return False
        return True

    def several(self, node: Any) -> bool:
        """One part that settles it is enough, whatever is not known of the others."""
        answers, unknown = [], False
        for part in node["of"]:
            try:
                answers.append(self.condition(part))
            except Hold:
                unknown = True
        settled = (False in answers) if node["kind"] == "all" else (True in answers)
        if unknown and not settled:
            raise Hold
        return {"all": False not in answers, "any": True in answers, "none": True not in answers}[node["kind"]]

    # amounts

    @property
    def scale(self) -> int:
        return int(10 ** DECIMALS[self.doc["contract"]["currency"]])

    def amount(self, node: Any) -> Fraction:
        if isinstance(node, str):
            return self.amount(self.doc["amount"][node])
        return Fraction(getattr(self, f"a_{node['kind'].replace(' ', '_')}")(node))

    def a_price(self, node: dict[str, Any]) -> Fraction:
        """Dated prices of counted claims: each by the day it was achieved; everything else by the day of reckoning."""
        dated = "rises" in node or (isinstance(node["price"], list) and any("from" in step for step in node["price"]))
        days = self.days_behind(node["of"]) if dated else None
        if days is None:
            quantity = self.quantity(node["of"])
            return quantity * self.price_on(node, self.given.as_of)
        return sum((self.price_on(node, day) for day in days), Fraction(0))

    def price_on(self, node: dict[str, Any], day: date) -> Fraction:
        if "rises" in node:
            return raised(node["price"], node["rises"], day, self.seen)
        found = in_force(node["price"], day, self.seen)
        if found is None:
            raise Hold
        return found

    def days_behind(self, node: Any) -> list[date] | None:
        """The day of every claim that a quantity counts, or on which every person met its rule; else None."""
        if isinstance(node, str):
            if node in self.given.quantities:
                return None
            if node in self.metrics:
                claimed = self.metrics[node]["counted_from"] == "claims"
                return [unit.day for unit in self.units(node)] if claimed else None
            return self.days_behind(self.doc["quantity"][node])
        if node["kind"] in RULES:
            return self.newly(node)
        if node["kind"] == "count" and node["metric"] not in self.given.quantities:
            return [unit.day for unit in self.units(node["metric"]) if node.get("group") in (None, unit.group)]
        return None

    def a_prices_by_group(self, node: dict[str, Any]) -> Fraction:
        if node["of"] in self.given.quantities:
            raise Hold
        prices, total = {each["group"]: each for each in node["prices"]}, Fraction(0)
        for unit in self.units(node["of"]):
            if unit.group in prices:
                total += self.price_on(prices[unit.group], unit.day)
        return total

    def a_table(self, node: dict[str, Any]) -> Fraction:
        return looked_up(node, self.quantity(node["of"]), "amount", self.seen)

    def a_marginal_bands(self, node: dict[str, Any]) -> Fraction:
        return in_bands(node["bands"], self.quantity(node["of"]), self.seen)

    def a_fixed(self, node: dict[str, Any]) -> Fraction:
        return self.value(node["amount"])

    def a_share(self, node: dict[str, Any]) -> Fraction:
        return self.amount(node["of"]) * Fraction(node["share"])

    def a_times(self, node: dict[str, Any]) -> Fraction:
        return self.amount(node["of"]) * self.quantity(node["by"])

    def a_sum(self, node: dict[str, Any]) -> Fraction:
        return sum((self.amount(part) for part in node["of"]), Fraction(0))

    def a_smallest(self, node: dict[str, Any]) -> Fraction:
        return min([self.amount(part) for part in node["of"]])

    def a_largest(self, node: dict[str, Any]) -> Fraction:
        return max([self.amount(part) for part in node["of"]])

    def a_limit(self, node: dict[str, Any]) -> Fraction:
        value = self.amount(node["of"])
        low, high = (self.value(node[key]) if key in node else None for key in ("at_least", "at_most"))
        self.seen.pennies(value * self.scale, *(edge * self.scale for edge in (low, high) if edge is not None))
        return held_between(value, low, high)

    def a_when(self, node: dict[str, Any]) -> Fraction:
        return self.amount(node["then"] if self.condition(node["condition"]) else node["otherwise"])

    def a_difference(self, node: dict[str, Any]) -> Fraction:
        return self.amount(node["of"]) - self.amount(node["less"])

    def a_already_earned(self, node: dict[str, Any]) -> Fraction:
        """Of each payment what was paid before and what it earns now, exact: no more than its own cap has room for,
        and where nothing is taken back, not less than nothing.
        """
        total = Fraction(0)
        for payment in self.doc["payment"]:
            if payment["id"] not in node["payments"]:
                continue
            before = Fraction(self.given.paid_before.get(payment["id"], 0), self.scale)
            now = self.at(payment).amount(payment["amount"])
            if payment.get("settles") == "in total":
                now -= before
            if not payment.get("both_ways"):
                now = max(now, Fraction(0))
            cap = None if payment["cap"] == "none" else in_force(payment["cap"], self.given.as_of, self.seen)
            if cap is not None:
                self.seen.pennies((before + now) * self.scale, cap * self.scale)
                now = min(now, max(cap - before, Fraction(0)))
            total += before + now
        return total

    def a_indexed(self, node: dict[str, Any]) -> Fraction:
        amount = self.amount(node["of"])
        if "factor" in node:
            return amount * self.value(node["factor"])
        return raised(amount, node, self.given.as_of, self.seen) if self.given.as_of >= node["since"] else amount

    def a_by_date(self, node: dict[str, Any]) -> Fraction:
        """The last rule that holds: from its first day to its last, or to the day before the next begins."""
        found, rules, day = node["otherwise"], node["rules"], self.given.as_of
        for place, rule in enumerate(rules):
            last = rule.get("to")
            if last is None and place + 1 < len(rules):
                last = day_after(rules[place + 1]["from"], -1)
            self.seen.day(day, rule["from"], last)
            if rule["from"] <= day and (last is None or day <= last):
                found = rule["amount"]
        return self.amount(found)

    def a_rounded(self, node: dict[str, Any]) -> Fraction:
        return to_a_multiple(self.amount(node["of"]), node["to"], node["rounding"])

    def a_money_of(self, node: dict[str, Any]) -> Fraction:
        return self.quantity(node["of"])

    def shown(self, payment: dict[str, Any]) -> Fraction | None:
        """The quantity beside the payment: what its price, table, bands or money read, else its metric."""
        node = payment["amount"]
        while isinstance(node, str):
            node = self.doc["amount"][node]
        asked = node["of"] if node["kind"] in ("price", "table", "marginal bands", "money of") else payment["metric"]
        try:
            return None if asked == "none" else self.quantity(asked)
        except Hold:
            return None


def as_settled(given: Given, payment: dict[str, Any]) -> Given:
    """The facts with the claims settled that a payment has paid for; in total, as if none had been."""
    in_total = payment.get("settles", "each period") == "in total"
    flags = given.settled.get(payment["id"], [claim.settled for claim in given.claims])
    claims = zip(given.claims, flags, strict=True)
    return given._replace(claims=[claim._replace(settled=flag and not in_total) for claim, flag in claims])
