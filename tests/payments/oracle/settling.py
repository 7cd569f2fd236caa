"""payments: the second implementation's holds, rounding, caps and payers, from what the rules come to."""

import math
from datetime import date
from fractions import Fraction
from typing import Any

from tests.payments.oracle.people import RULES, metrics_of, people_met
from tests.payments.oracle.rule import Rule
from tests.payments.oracle.values import Given, Hold, Line, Seen, divide, in_force, rounded

Document = dict[str, Any]
NO_LIMIT = 10**40
Priced = tuple[str, bool, date, int]
"""Whose claim, paid before or not, of which day, worth how much."""


def owed(doc: Document, given: Given, seen: Seen | None = None) -> dict[str, Line]:
    """Every payment of a contract by its id, in the order written; ``seen`` learns of the thresholds met."""
    return Statement(doc, given, seen or Seen()).lines()


def list_of_payments(doc: Document) -> list[Document]:
    """Payments as written, then one for each row of the rate cards."""
    payments = [dict(payment) for payment in doc.get("payment", [])]
    for card in doc.get("rate_card", []):
        for row in card["rows"]:
            of: Any = row["metric"]
            if "group" in card:
                of = {"kind": "count", "metric": of, "group": card["group"]}
            shared = {key: card[key] for key in ("payer", "payers", "cap", "settles") if key in card}
            name = f"{card['id']}_{row['metric']}" if "id" in card else row["metric"]
            price = {"kind": "price", "price": row["price"], "of": of}
            payments.append({**shared, "id": name, "metric": row["metric"], "amount": price})
    return payments


class Statement:
    """Everything that is owed on one set of facts; amounts in minor units by payment."""

    def __init__(self, doc: Document, given: Given, seen: Seen) -> None:
        self.doc, self.given, self.seen = doc, given, seen
        self.payments = {payment["id"]: payment for payment in list_of_payments(doc)}
        self.rule = Rule(doc, given, seen)
        self.scale = self.rule.scale
        self.gross: dict[str, int] = {}
        self.quantities: dict[str, Fraction | None] = {}
        self.held: set[str] = set()

    def lines(self) -> dict[str, Line]:
        for name, payment in self.payments.items():
            self.work_out(name, payment)
        self.hold_what_cannot_be_capped()
        self.hold_together()
        self.gross = {name: 0 if name in self.held else self.gross[name] for name in self.payments}
        amounts = {name: min(gross, self.own_room(name, gross)) for name, gross in self.gross.items()}
        for cap in self.doc.get("cap", []):
            if "payer" not in cap:
                amounts |= self.capped(cap, {name: amounts[name] for name in self.covered(cap)})
        parts = {name: self.split(self.payments[name], amount) for name, amount in amounts.items()}
        for cap in self.doc.get("cap", []):
            if "payer" in cap:
                self.cap_payer(cap, parts)
        return {
            name: Line(gross, sum(parts[name].values()), name in self.held, parts[name], self.quantities.get(name))
            for name, gross in self.gross.items()
        }

    def work_out(self, name: str, payment: Document) -> None:
        """What the rule comes to, rounded once; below zero it waits, unless it may be paid back."""
        rule = self.rule.at(payment)
        try:
            gross = rounded(rule.amount(payment["amount"]) * self.scale, self.doc["contract"]["rounding"])
        except Hold:
            self.held.add(name)
            return
        self.quantities[name] = rule.shown(payment)
        if payment.get("settles") == "in total":
            gross -= self.given.paid_before.get(name, 0)
        if gross:
            self.seen.pennies(gross, 0)
        if gross < 0 and not payment.get("both_ways"):
            self.held.add(name)
        self.gross[name] = gross

    # holds

    def hold_what_cannot_be_capped(self) -> None:
        """A cap whose rule cannot be worked out holds what it covers; so does a person's cap where nobody is known."""
        for cap in self.doc.get("cap", []):
            for name in self.covered(cap):
                if cap.get("per") == "person":
                    self.held |= {name} if self.given_as_total(name) else set()
                elif self.room(cap, 0) is None:
                    self.held.add(name)

    def hold_together(self) -> None:
        """What is held holds what is held with it, and that again the next."""
        for _ in self.payments:
            for name, payment in self.payments.items():
                if self.held & set(payment.get("held_with", [])):
                    self.held.add(name)

    def given_as_total(self, name: str) -> bool:
        """Whether the people behind a payment are not known, because what it prices is given as a number."""
        amount = self.payments[name]["amount"]
        while isinstance(amount, str):
            amount = self.doc["amount"][amount]
        return self.is_a_total(amount["of"])

    def is_a_total(self, node: Any) -> bool:
        if isinstance(node, str):
            below = self.doc.get("quantity", {}).get(node)
            return node in self.given.quantities or (below is not None and self.is_a_total(below))
        names = {node["metric"]} if node["kind"] == "count" else metrics_of(node)
        return bool(names & set(self.given.quantities))

    # caps

    def covered(self, cap: Document) -> list[str]:
        return list(self.payments) if cap["over"] == "all payments" else cap["over"]

    def minor(self, amount: Any) -> int | None:
        """An agreed limit in minor units, parts of one left out; None where none is in force."""
        value = in_force(amount, self.given.as_of, self.seen)
        return None if value is None else math.floor(value * self.scale)

    def own_room(self, name: str, gross: int) -> int:
        cap = self.payments[name]["cap"]
        most = None if cap == "none" else self.minor(cap)
        if most is None:
            return NO_LIMIT
        before = self.given.paid_before.get(name, 0)
        if gross > 0:
            self.seen.pennies(before + gross, most)
        return max(0, most - before)

    def room(self, cap: Document, before: int) -> int | None:
        """What a cap leaves after what counts against it; None where its rule cannot be worked out."""
        if "rule" not in cap:
            most = self.minor(cap["amount"])
            return NO_LIMIT if most is None else max(0, most - before)
        # over the contract's life the rule looks at all that happened, as payments do that settle in total
        whole = {"id": "", "settles": "in total" if cap.get("per", "contract") == "contract" else "each period"}
        try:
            value = self.rule.at(whole).amount(cap["rule"])
        except Hold:
            return None
        return max(0, math.floor(value * self.scale) - before)

    def capped(self, cap: Document, amounts: dict[str, int]) -> dict[str, int]:
        if cap.get("per") == "person":
            return self.capped_per_person(cap, amounts)
        counts = {"contract": self.given.paid_before, "year": self.given.paid_this_year, "statement": dict[str, int]()}
        before = sum(counts[cap.get("per", "contract")].get(name, 0) for name in amounts)
        room = self.room(cap, before)
        return amounts if room is None else self.cut(amounts, room, cap.get("cut", "last first"))

    def cut(self, amounts: dict[str, int], room: int, how: str) -> dict[str, int]:
        """What is paid back makes room and is not cut; of what is paid, so much goes that the room is kept."""
        room += sum(-amount for amount in amounts.values() if amount < 0)
        paid = {name: amount for name, amount in amounts.items() if amount > 0}
        whole, kept = sum(paid.values()), dict(amounts)
        if whole:
            self.seen.pennies(whole, room)
        if whole > room and how == "in proportion":
            kept |= dict(zip(paid, divide(room, [Fraction(amount) for amount in paid.values()]), strict=True))
        if how == "last first":
            over = max(0, whole - room)
            for name in reversed(list(paid)):
                less = min(over, paid[name])
                kept[name] -= less
                over -= less
        return kept

    def capped_per_person(self, cap: Document, amounts: dict[str, int]) -> dict[str, int]:
        """Everybody's claims in order of day use the cap up, what was paid before first; the rest is lost.

        Of a payment on hold only what it paid before uses the cap up: what waits is not paid now.
        """
        most = self.minor(cap["amount"])
        worth: dict[str, list[tuple[bool, date, int, int]]] = {}
        for place, name in enumerate(amounts):
            for person, settled, day, value in self.claims_of(name):
                if settled or name not in self.held:
                    worth.setdefault(person, []).append((not settled, day, place, value))
        lost = dict.fromkeys(amounts, 0)
        for claims in worth.values() if most is not None else ():
            left = most or 0
            for now, _, place, value in sorted(claims):
                if value:
                    self.seen.pennies(left, value)
                lost[list(amounts)[place]] += max(0, value - left) if now else 0
                left = max(0, left - value)
        return {name: min(amount, max(0, amount - lost[name])) for name, amount in amounts.items()}

    def claims_of(self, name: str) -> list[Priced]:
        """Each claim or person that a payment prices: who, paid before or now, when, worth how much."""
        payment = self.payments[name]
        waits = {"settles": "each period"} if name in self.held else {}
        rule, amount = self.rule.at({**payment, **waits}), payment["amount"]
        while isinstance(amount, str):
            amount = self.doc["amount"][amount]
        if amount["kind"] == "prices by group":
            prices = {each["group"]: each for each in amount["prices"]}
            return self.units_of(rule, amount["of"], prices)
        of = amount["of"]
        while isinstance(of, str) and of in self.doc.get("quantity", {}):
            of = self.doc["quantity"][of]
        if isinstance(of, str):
            return self.units_of(rule, of, {None: amount})
        if of["kind"] in RULES:
            met = people_met(of, rule.metrics, rule.given, self.seen)
            return [(who, before, day, self.worth(rule, amount, day)) for who, (day, before) in met.items()]
        return self.units_of(rule, of["metric"], {of.get("group"): amount})

    def units_of(self, rule: Rule, metric: str, prices: dict[str | None, Document]) -> list[Priced]:
        """Single outcomes of the groups that have a price; under the group None stands the price of everybody."""
        found = []
        for settled in (True, False):
            # what was paid before stands as it stood then, whatever has been claimed since
            for unit in rule.units(metric, already=settled):
                price = prices.get(None) or prices.get(unit.group)
                if price is not None:
                    found.append((unit.person, settled, unit.day, self.worth(rule, price, unit.day)))
        return found

    def worth(self, rule: Rule, price: Document, day: date) -> int:
        """One claim in minor units; nothing before the first price."""
        try:
            return rounded(rule.price_on(price, day) * self.scale, self.doc["contract"]["rounding"])
        except Hold:
            return 0

    # payers

    def split(self, payment: Document, amount: int) -> dict[str, int]:
        if "payers" not in payment:
            return {payment["payer"]: amount}
        payers = payment["payers"]
        if any("up_to" in payer for payer in payers):
            before = self.given.paid_before.get(payment["id"], 0)
            return self.next_in_order(payers, before, before + amount)
        day = max(self.given.as_of, self.doc["contract"]["starts_on"])
        shares = [in_force(payer["share"], day, self.seen) or Fraction(0) for payer in payers]
        return dict(zip([payer["payer"] for payer in payers], divide(amount, shares), strict=True))

    def next_in_order(self, payers: list[Document], before: int, after: int) -> dict[str, int]:
        """Who pays what when the sum over the contract's life goes from one to the other."""
        was, will_be = self.whole_in_order(payers, before), self.whole_in_order(payers, after)
        return {name: will_be[name] - was[name] for name in was}

    def whole_in_order(self, payers: list[Document], whole: int) -> dict[str, int]:
        """The first so much by the first, and so on; below nothing all is the first's."""
        parts, left = dict[str, int](), whole
        for place, payer in enumerate(payers):
            limit = math.floor(Fraction(payer["up_to"]) * self.scale) if "up_to" in payer else NO_LIMIT
            self.seen.pennies(left, limit)
            parts[payer["payer"]] = min(left, limit) if place == 0 else max(0, min(left, limit))
            left -= parts[payer["payer"]]
        return parts

    def cap_payer(self, cap: Document, parts: dict[str, dict[str, int]]) -> None:
        """One payer's parts are cut; nobody else pays what is cut."""
        mine = {name: parts[name][cap["payer"]] for name in self.covered(cap) if cap["payer"] in parts[name]}
        before = sum(self.paid_by(cap, name) for name in self.covered(cap))
        room = self.room(cap, before)
        for name, part in self.cut(mine, NO_LIMIT if room is None else room, cap.get("cut", "last first")).items():
            parts[name] = {**parts[name], cap["payer"]: part}

    def paid_by(self, cap: Document, name: str) -> int:
        """What a payer paid of a payment before, as far as it counts: as told, else by its shares."""
        per, payer = cap.get("per", "contract"), cap["payer"]
        if per == "statement":
            return 0
        told = self.given.payers_before if per == "contract" else self.given.payers_this_year
        if name in told:
            return told[name].get(payer, 0)
        payment, whole = self.payments[name], self.given.paid_before.get(name, 0)
        paid = whole if per == "contract" else self.given.paid_this_year.get(name, 0)
        if any("up_to" in each for each in payment.get("payers", [])):
            return self.next_in_order(payment["payers"], whole - paid, whole).get(payer, 0)
        return self.split(payment, paid).get(payer, 0)
