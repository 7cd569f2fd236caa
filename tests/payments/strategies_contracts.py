"""payments: whole random contracts from a seed: metrics, named rules, payments, rate cards, caps, payers."""

from datetime import date
from random import Random
from typing import Any

from tests.payments.strategies import END, HEADER, PARTIES, START
from tests.payments.strategies_every import (
    CLAIMED,
    DAY,
    GROUPS,
    MEASURED,
    MONEY,
    PAYERS,
    PEOPLE_RULES,
    POINT,
    ROUNDINGS,
    Maker,
    Quantity,
)

Document = dict[str, Any]


def drawn_contract(rng: Random) -> Document:
    """A contract as plain data; written out, it reads as a good one."""
    return Whole(rng).contract()


class Whole(Maker):
    """A contract around its rules."""

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self.single: list[str] = []
        """Payments of a price for each claim or person, none below zero: a cap for each person may cover them."""
        self.ids: list[str] = []

    def contract(self) -> Document:
        header = {**HEADER, "currency": self.currency, "rounding": self.rng.choice(ROUNDINGS)}
        doc: Document = {
            "format": 1,
            "contract": header,
            "party": [*PARTIES, {"id": "provider", "name": "provider", "role": "service provider"}],
            "cohort": [{"id": "everybody", "name": "everybody", "groups": list(GROUPS)}],
            "metric": [self.metric(name) for name in (*CLAIMED, *MEASURED, MONEY)],
        }
        doc |= {"quantity": self.named_quantities(), "condition": {}, "amount": {}}
        for sort, make in (("condition", self.condition), ("amount", self.amount)):
            for place in range(self.rng.randint(0, 2)):
                doc[sort][f"{sort}_{place}"] = make(2)
                self.names[sort].append(f"{sort}_{place}")
        doc["payment"] = [self.payment(f"p{place}") for place in range(self.rng.randint(1, 3))]
        doc["rate_card"] = self.rate_cards()
        for payment in doc["payment"]:
            others = [name for name in self.ids if name != payment["id"]]
            if others and self.chance(0.15):
                payment["held_with"] = self.rng.sample(others, 1)
        doc["cap"] = [self.cap(f"c{place}", doc) for place in range(self.rng.choice([0, 0, 1, 1, 2, 3]))]
        return doc

    def metric(self, name: str) -> Document:
        unit = {"d": DAY, MONEY: self.currency}.get(name, POINT)
        opens = self.day() if self.chance(0.3) else START
        closes = max(opens, self.day()) if opens > START else END
        more: Document = {"repeats": "without limit"} if name == "d" else {}
        if name in ("a", "b"):
            more = {"repeats": self.rng.choice(["once per person", "without limit", 2, 3])}
        if name in CLAIMED and self.chance(0.2):
            more["at_most"] = self.rng.choice([1, 2, 3, 5, 40])
        return {
            "id": name,
            "name": f"metric {name}",
            "unit": unit,
            "counted_from": "claims" if name in CLAIMED else "estimate" if name == "e" else "measurement",
            "cohort": "everybody",
            "compared_with": {"kind": "none", "words": "nothing"},
            "evidence": ["a record"],
            "window": {"opens": opens, "closes": closes},
            "clause": "1",
            **more,
        }

    def named_quantities(self) -> Document:
        found: Document = {}
        for place in range(self.rng.randint(0, 3)):
            name, quantity = f"quantity_{place}", self.quantity(2)
            found[name] = quantity.node
            self.names["quantity"].append(Quantity(name, quantity.unit))
            node = quantity.node
            if node in self.by_day if isinstance(node, str) else node["kind"] in ("count", *PEOPLE_RULES):
                self.by_day.add(name)
        return found

    def dated_from_zero(self) -> Any:
        """A number or dated numbers, none below zero."""
        return self.dated(self.positive)

    def payers(self) -> Document:
        kind = self.rng.choice(["one", "shares", "dated shares", "in order"])
        names = self.rng.sample(PAYERS, self.rng.randint(2, 3))
        if kind == "one":
            return {"payer": self.rng.choice(PAYERS)}
        if kind == "in order":
            limits = [{"payer": name, "up_to": self.positive()} for name in names[:-1]]
            return {"payers": [*limits, {"payer": names[-1]}]}
        share = self.positive if kind == "shares" else self.dated_from_zero
        rest = [{"payer": name, "share": share()} for name in names[1:]]
        return {"payers": [{"payer": names[0], "share": self.positive()}, *rest]}

    def shared_terms(self) -> Document:
        cap = self.dated_from_zero() if self.chance(0.4) else "none"
        settles = self.rng.choice(["each period", "in total"])
        return {**self.payers(), "payee": "provider", "settles": settles, "cap": cap, "clause": "2"}

    def payment(self, name: str) -> Document:
        terms = {"id": name, **self.shared_terms(), "metric": self.rng.choice((*CLAIMED, *MEASURED, MONEY))}
        terms |= {"both_ways": True} if self.chance(0.4) else {}
        kind = self.rng.random()
        if kind < 0.3:
            terms["amount"] = self.single_price()
            self.single.append(name)
        elif kind < 0.6:
            terms["amount"] = self.amount_of_a_quantity()
        elif kind < 0.65:
            charge = Quantity({"kind": "elapsed time", **self.q_elapsed_time(0)[0]}, "")
            unit = charge.node["counted_in"]
            price = {"kind": "price", **self.price_of(Quantity(charge.node, unit), self.number)}
            terms |= {"metric": "none", "name": "charge", "amount": price}
        elif kind < 0.82 and self.ids:
            terms["amount"] = {"kind": "difference", "of": self.amount(1), "less": self.earned()}
        else:
            terms["amount"] = self.amount(2)
        self.ids.append(name)
        return terms

    def earned(self) -> Document:
        written = [name for name in self.ids if name.startswith("p")]
        return {"kind": "already earned", "payments": self.rng.sample(written, self.rng.randint(1, len(written)))}

    def single_price(self) -> Document:
        if self.chance(0.25):
            return {"kind": "prices by group", **self.by_group(self.positive)}
        known = [Quantity(*each) for each in self.names["quantity"] if each.node in self.by_day]
        kind = self.rng.choice(["name", "count", *PEOPLE_RULES])
        of = self.rng.choice(known)
        if kind != "name":
            fields, unit = getattr(self, f"q_{kind.replace(' ', '_')}")(0)
            of = Quantity({"kind": kind, **fields}, unit)
        return {"kind": "price", **self.price_of(of, self.positive)}

    def amount_of_a_quantity(self) -> Document:
        """What a price or a table makes of a quantity that is made of others, or a gate."""
        if self.chance(0.35):
            then, otherwise = ({"kind": "fixed", "amount": self.positive()} for _ in range(2))
            return {"kind": "when", "condition": self.condition(2), "then": then, "otherwise": otherwise}
        of = self.quantity(2)
        while isinstance(of.node, str):
            of = self.quantity(2)
        if self.chance(0.6):
            return {"kind": "price", **self.price_of(of, self.positive)}
        return {"kind": "table", "of": of.node, "per": of.unit, **self.table("amount")}

    def rate_cards(self) -> list[Document]:
        if self.chance(0.6):
            return []
        named = self.chance(0.5)
        cards = []
        for place in range(self.rng.randint(1, 2) if named else 1):
            metrics = self.rng.sample((*CLAIMED, *MEASURED), self.rng.randint(1, 3))
            card = {**self.shared_terms(), "clause": "3", **({"id": f"card{place}"} if named else {})}
            if self.chance(0.4):
                card |= self.group(1)
                metrics = [name for name in metrics if name in CLAIMED] or ["a"]
            card["rows"] = [{"metric": name, "price": self.dated_from_zero()} for name in metrics]
            cards.append(card)
            for name in metrics:
                self.ids.append(f"card{place}_{name}" if named else name)
                self.single += [self.ids[-1]] if name in CLAIMED else []
        return cards

    def cap(self, name: str, doc: Document) -> Document:
        cap: Document = {"id": name, "name": "cap", "clause": "4"}
        kind = self.rng.choice(["contract", "year", "statement", "person"])
        over = self.single if kind == "person" else self.ids
        if kind == "person" and not over:
            kind, over = "contract", self.ids
        whole = set(over) == set(self.ids) and self.chance(0.6)
        cap |= {"per": kind} if kind != "contract" or self.chance(0.5) else {}
        cap["over"] = "all payments" if whole else self.rng.sample(over, self.rng.randint(1, len(over)))
        cap |= {"cut": "in proportion"} if kind != "person" and self.chance(0.5) else {}
        if kind == "person":
            return {**cap, "amount": self.dated_from_zero()}
        cap |= {"payer": self.rng.choice(PAYERS)} if self.chance(0.35) else {}
        if kind != "year" and self.chance(0.33):
            return {**cap, "rule": self.rule_of_a_cap()}
        return {**cap, "amount": self.dated_from_zero()}

    def rule_of_a_cap(self) -> Document:
        if self.chance(0.2):
            return self.earned()
        amount = self.amount(1)
        return amount if isinstance(amount, dict) else {"kind": "share", "of": amount, "share": "0.4"}


def every_day(doc: Any, found: list[date]) -> list[date]:
    """Every day that a contract mentions."""
    for part in doc.values() if isinstance(doc, dict) else doc if isinstance(doc, list) else ():
        every_day(part, found)
    if isinstance(doc, date):
        found.append(doc)
    return found
