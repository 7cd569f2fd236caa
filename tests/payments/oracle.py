"""payments: what a contract owes, worked out a second time: plain dictionaries, loops and fractions, no engine code.

It reads the contract as ``tomllib`` gives it and follows the words of the format's reference, unit by unit. It is slow,
knows nothing of columns, reasons or checks, and takes a contract to be good.
"""

import math
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

DECIMALS = {"JPY": 0, "GBP": 2, "KWD": 3, "CLF": 4}


class Hold(Exception):
    """The facts do not give what the rule asks: nothing is paid."""


class Line(NamedTuple):
    """What one payment comes to, in minor units."""

    gross: int
    amount: int
    held: bool
    payers: dict[str, int]
    quantity: Fraction | None


class Claim(NamedTuple):
    """One verified outcome."""

    person: str
    metric: str
    day: date
    group: str | None
    number: int
    settled: bool


class Given(NamedTuple):
    """The facts in plain form: ``settled`` says per payment which claims it has paid for, where it differs."""

    as_of: date
    claims: list[Claim]
    quantities: dict[str, str]
    paid_before: dict[str, int]
    settled: dict[str, list[bool]]


def owed(doc: dict[str, Any], given: Given) -> dict[str, Line]:
    """Every payment of a contract by its id, in the order written."""
    payments = list_of_payments(doc)
    lines = {payment["id"]: one_payment(doc, given, payment) for payment in payments}
    for cap in doc.get("cap", []):
        over = [payment["id"] for payment in payments] if cap["over"] == "all payments" else cap["over"]
        most = cap_on(doc, cap["amount"], given.as_of)
        if most is None:
            continue
        left = max(0, most - sum(given.paid_before.get(name, 0) for name in over))
        for name in over:
            paid = min(lines[name].amount, left)
            left -= paid
            lines[name] = lines[name]._replace(amount=paid)
    shares = {
        payment["id"]: payment.get("payers") or [{"payer": payment["payer"], "share": "1"}] for payment in payments
    }
    return {name: line._replace(payers=divide(line.amount, shares[name])) for name, line in lines.items()}


def list_of_payments(doc: dict[str, Any]) -> list[dict[str, Any]]:
    payments = [dict(payment) for payment in doc.get("payment", [])]
    for card in doc.get("rate_card", []):
        for row in card["rows"]:
            price = {"kind": "price", "price": row["price"], "of": row["metric"]}
            shared = {key: card[key] for key in ("payer", "payers", "cap") if key in card}
            payments.append({**shared, "id": row["metric"], "metric": row["metric"], "amount": price})
    return payments


def one_payment(doc: dict[str, Any], given: Given, payment: dict[str, Any]) -> Line:
    in_total = payment.get("settles", "each period") == "in total"
    flags = given.settled.get(payment["id"], [claim.settled for claim in given.claims])
    claims = [c._replace(settled=False if in_total else flag) for c, flag in zip(given.claims, flags, strict=True)]
    rule = Rule(doc, given._replace(claims=claims))
    before = given.paid_before.get(payment["id"], 0)
    quantity = None
    try:
        exact = rule.amount(payment["amount"]) * 10 ** DECIMALS[doc["contract"]["currency"]]
        gross = rounded(exact, doc["contract"]["rounding"]) - (before if in_total else 0)
        held = gross < 0
        quantity = rule.shown(payment)
    except Hold:
        gross, held = 0, True
    gross = max(gross, 0)
    most = None if payment["cap"] == "none" else cap_on(doc, payment["cap"], given.as_of)
    amount = gross if most is None else min(gross, max(0, most - before))
    return Line(gross, amount, held, {}, quantity)


def cap_on(doc: dict[str, Any], cap: Any, day: date) -> int | None:
    value = in_force(cap, day)
    return None if value is None else math.floor(value * 10 ** DECIMALS[doc["contract"]["currency"]])


def in_force(value: Any, day: date) -> Fraction | None:
    if not isinstance(value, list):
        return Fraction(value)
    found = None
    for step in value:
        if "from" not in step or step["from"] <= day:
            found = Fraction(step["value"])
    return found


def rounded(exact: Fraction, how: str) -> int:
    low = math.floor(exact)
    high = low if exact == low else low + 1
    toward, away = (low, high) if exact >= 0 else (high, low)
    if how in ("floor", "ceiling", "down", "up"):
        return {"floor": low, "ceiling": high, "down": toward, "up": away}[how]
    if exact - low != Fraction(1, 2):
        return low if exact - low < Fraction(1, 2) else high
    return {"half up": away, "half down": toward, "half even": low if low % 2 == 0 else high}[how]


def divide(amount: int, shares: list[dict[str, Any]]) -> dict[str, int]:
    """Everybody's whole part, then the pennies left one by one to whoever is short of most, earlier names first."""
    whole = sum(Fraction(share["share"]) for share in shares)
    due = [amount * Fraction(share["share"]) / whole for share in shares]
    parts = [math.floor(part) for part in due]
    while sum(parts) < amount:
        short = [exact - part for exact, part in zip(due, parts, strict=True)]
        parts[short.index(max(short))] += 1
    return {share["payer"]: part for share, part in zip(shares, parts, strict=True)}


class Rule:
    """One payment's rule on one set of facts."""

    def __init__(self, doc: dict[str, Any], given: Given) -> None:
        self.doc, self.given = doc, given
        self.metrics = {metric["id"]: metric for metric in doc["metric"]}
        self.units = {name: self.payable_units(metric) for name, metric in self.metrics.items()}

    def payable_units(self, metric: dict[str, Any]) -> list[tuple[str, date, str | None]]:
        """Every single outcome that may be paid now: who, when, in which group."""
        repeats = metric.get("repeats", "once per person")
        limit = {"once per person": 1, "without limit": 10**9}.get(repeats, repeats)
        window, used, units = metric["window"], dict[str, int](), list[tuple[str, date, str | None]]()
        mine = [claim for claim in self.given.claims if claim.metric == metric["id"]]
        mine = [claim for claim in mine if window["opens"] <= claim.day <= window["closes"]]
        for claim in sorted(mine, key=lambda claim: (not claim.settled, claim.day)):
            for _ in range(claim.number):
                used[claim.person] = used.get(claim.person, 0) + 1
                if used[claim.person] <= limit and not claim.settled:
                    units.append((claim.person, claim.day, claim.group))
        return units

    def value(self, number: Any) -> Fraction:
        found = in_force(number, self.given.as_of)
        if found is None:
            raise Hold
        return found

    def people(self, node: Any) -> Fraction:
        if node["metric"] in self.given.quantities:
            raise Hold
        units = self.units[node["metric"]]
        return Fraction(len({who for who, _, group in units if node.get("group") in (None, group)}))

    def count(self, node: Any) -> Fraction:
        return self.counted(node["metric"], node.get("group"))

    def counted(self, metric: str, group: str | None) -> Fraction:
        if metric not in self.given.quantities:
            return Fraction(len([unit for unit in self.units[metric] if group is None or unit[2] == group]))
        if group is not None:
            raise Hold
        return Fraction(self.given.quantities[metric])

    def named(self, name: str) -> Fraction:
        if name in self.given.quantities:
            return Fraction(self.given.quantities[name])
        if name in self.doc.get("quantity", {}):
            return self.quantity(self.doc["quantity"][name])
        if self.metrics[name]["counted_from"] != "claims":
            raise Hold
        return self.counted(name, None)

    def quantity(self, node: Any) -> Fraction:
        if isinstance(node, str):
            return self.named(node)
        return Fraction(getattr(self, node["kind"].replace(" ", "_"))(node))

    def number(self, node: Any) -> Fraction:
        return self.value(node["value"])

    def sum(self, node: Any) -> Fraction:
        return sum((self.quantity(part) for part in node["of"]), Fraction(0))

    def product(self, node: Any) -> Fraction:
        return math.prod((self.quantity(part) for part in node["of"]), start=Fraction(1))

    def difference(self, node: Any) -> Fraction:
        return self.quantity(node["of"]) - self.quantity(node["less"])

    def ratio(self, node: Any) -> Fraction:
        above, under = self.quantity(node["of"]), self.quantity(node["to"])
        if under == 0:
            raise Hold
        return above / under

    def whole_steps(self, node: Any) -> Fraction:
        return Fraction(math.floor(self.quantity(node["of"]) / Fraction(node["step"])))

    def weighted_score(self, node: Any) -> Fraction:
        return sum((Fraction(part["weight"]) * self.quantity(part["quantity"]) for part in node["of"]), Fraction(0))

    def limit(self, node: Any) -> Fraction:
        return held_between(self.quantity(node["of"]), node.get("at_least"), node.get("at_most"))

    def table(self, node: Any) -> Fraction:
        return looked_up(node, self.quantity(node["of"]), "value")

    def condition(self, node: Any) -> bool:
        if isinstance(node, str):
            return self.condition(self.doc["condition"][node])
        if node["kind"] == "compare":
            left, right = self.quantity(node["quantity"]), self.value(node["value"])
            sign = (left > right) - (left < right)
            wanted = {"at least": (0, 1), "more than": (1,), "at most": (0, -1), "less than": (-1,), "equal to": (0,)}
            return sign in wanted[node["is"]]
        if node["kind"] == "on or after":
            return bool(self.given.as_of >= node["day"])
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

    def amount(self, node: Any) -> Fraction:
        if isinstance(node, str):
            return self.amount(self.doc["amount"][node])
        kind = node["kind"]
        if kind == "price":
            return self.priced(node)
        if kind == "table":
            return looked_up(node, self.quantity(node["of"]), "amount")
        if kind == "marginal bands":
            return in_bands(node["bands"], self.quantity(node["of"]))
        if kind == "fixed":
            return self.value(node["amount"])
        if kind == "share":
            return self.amount(node["of"]) * Fraction(node["share"])
        if kind == "times":
            return self.amount(node["of"]) * self.quantity(node["by"])
        if kind in ("sum", "smallest", "largest"):
            values = [self.amount(part) for part in node["of"]]
            return {"sum": sum(values, Fraction(0)), "smallest": min(values), "largest": max(values)}[kind]
        if kind == "limit":
            value = self.amount(node["of"])
            low, high = (self.value(node[key]) if key in node else None for key in ("at_least", "at_most"))
            return held_between(value, low, high)
        assert kind == "when"
        return self.amount(node["then"] if self.condition(node["condition"]) else node["otherwise"])

    def priced(self, node: dict[str, Any]) -> Fraction:
        """Dated prices of counted claims: each by the day it was achieved; everything else by the day of reckoning."""
        dated = isinstance(node["price"], list) and any("from" in step for step in node["price"])
        metric, group = self.claims_behind(node["of"]) if dated else (None, None)
        if metric is None:
            return self.quantity(node["of"]) * self.value(node["price"])
        total = Fraction(0)
        for _, day, of_group in self.units[metric]:
            if group in (None, of_group):
                price = in_force(node["price"], day)
                if price is None:
                    raise Hold
                total += price
        return total

    def claims_behind(self, node: Any) -> tuple[str | None, str | None]:
        if isinstance(node, str):
            if node in self.given.quantities:
                return None, None
            if node in self.metrics:
                return (node, None) if self.metrics[node]["counted_from"] == "claims" else (None, None)
            return self.claims_behind(self.doc["quantity"][node])
        if node["kind"] == "count" and node["metric"] not in self.given.quantities:
            return node["metric"], node.get("group")
        return None, None

    def shown(self, payment: dict[str, Any]) -> Fraction | None:
        """The quantity beside the payment: what its price, table or bands read, else its metric."""
        node = payment["amount"]
        while isinstance(node, str):
            node = self.doc["amount"][node]
        try:
            return self.quantity(
                node["of"] if node["kind"] in ("price", "table", "marginal bands") else payment["metric"]
            )
        except Hold:
            return None


def held_between(value: Fraction, low: Any, high: Any) -> Fraction:
    if low is not None and value < Fraction(low):
        value = Fraction(low)
    if high is not None and value > Fraction(high):
        value = Fraction(high)
    return value


def looked_up(node: dict[str, Any], value: Fraction, field: str) -> Fraction:
    found = Fraction(node["below"])
    for row in node["rows"]:
        start = Fraction(row["from"])
        if value > start or (value == start and node["boundary"] == "lower bound inclusive"):
            found = Fraction(row[field]) + Fraction(row.get("rise", "0")) * (value - start)
    return found


def in_bands(bands: list[dict[str, Any]], value: Fraction) -> Fraction:
    total, paid = Fraction(0), Fraction(0)
    for band in bands:
        if value > paid:
            upto = value if "up_to" not in band else min(value, Fraction(band["up_to"]))
            total += (upto - paid) * Fraction(band["price"])
            paid = upto
    return total


def day_after(day: date, days: int) -> date:
    """The day so many days later (or earlier)."""
    return day + timedelta(days=days)
