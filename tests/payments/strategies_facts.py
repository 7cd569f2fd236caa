"""payments: random facts from a seed for random contracts; at the edge on a threshold, or one step below or above it."""

from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from tests.payments.oracle import Claim, Given, Seen, Statement, day_after, months_after
from tests.payments.strategies import END, START, as_text
from tests.payments.strategies_contracts import every_day
from tests.payments.strategies_every import CLAIMED, GROUPS, MEASURED, MONEY

PEOPLE = "xyz"
NUMBERS = ("from", "up_to", "value", "at_least", "at_most", "step", "total", "to", "amount")
LENGTHS = ("days", "at_least_days", "within_days")
MONTHS = ("months", "at_least_months", "within_months")


class Edges:
    """Every number, day and length of time that a contract names."""

    def __init__(self, doc: dict[str, Any]) -> None:
        self.numbers: list[Fraction] = [Fraction(0)]
        self.lengths: list[int] = [1]
        self.months: list[int] = [1]
        self._look(doc)
        self.days = every_day(doc, []) or [START]

    def _look(self, part: Any) -> None:
        for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            self._look(value)
        if isinstance(part, dict):
            texts = [part[key] for key in NUMBERS if isinstance(part.get(key), str)]
            self.numbers += [Fraction(text) for text in texts if text.lstrip("-")[:1].isdigit()]
            self.lengths += [part[key] for key in LENGTHS if key in part]
            self.months += [part[key] for key in MONTHS if key in part]


def drawn_facts(rng: Random, doc: dict[str, Any], *, at_the_edge: bool) -> Given:
    """Facts for a contract; at the edge, thresholds are drawn first, and then facts on them or one step beside."""
    return Facts(rng, doc, at_the_edge=at_the_edge).given()


class Facts:
    """One set of facts being drawn."""

    def __init__(self, rng: Random, doc: dict[str, Any], *, at_the_edge: bool) -> None:
        self.rng, self.doc, self.at_the_edge, self.edges = rng, doc, at_the_edge, Edges(doc)
        self.group = {person: rng.choice([*GROUPS, None]) for person in PEOPLE}

    def given(self) -> Given:
        claims: list[Claim] = []
        for _ in range(self.rng.choice([0, 3, 5, 7, 9, 12])):
            claims.append(self.claim(claims))
        as_of = max([self.day([]), *(claim.day for claim in claims)])
        if claims and self.rng.random() < 0.2:
            as_of = max(claim.day for claim in claims)
        names = [payment["id"] for payment in self.doc["payment"]] + card_payments(self.doc)
        given = Given(as_of, claims, self.quantities({claim.metric for claim in claims}), {}, {})
        given = given._replace(settled=self.settled(names, len(claims)))
        before = {name: self.rng.randint(0, 20000) for name in names if self.rng.random() < 0.4}
        if self.at_the_edge:
            before |= self.just_full(given)
        year = {name: self.rng.choice([paid, self.rng.randint(0, paid)]) for name, paid in before.items()}
        year = {name: paid for name, paid in year.items() if self.rng.random() < 0.7}
        given = given._replace(paid_before=before, paid_this_year=year)
        return given._replace(payers_before=self.told(before), payers_this_year=self.told(year))

    def day(self, claims: list[Claim]) -> date:
        """A day anywhere; at the edge one that is named, or counted from another claim, or one day beside it."""
        if not self.at_the_edge and self.rng.random() < 0.7:
            return START + timedelta(self.rng.randint(0, (END - START).days))
        day = self.rng.choice(self.edges.days)
        if claims and self.rng.random() < 0.5:
            day = self.rng.choice(claims).day
            if self.rng.random() < 0.5:
                day = months_after(day, self.rng.choice(self.edges.months))
            else:
                day = day_after(day, self.rng.choice(self.edges.lengths))
        return day_after(day, self.rng.choice([-1, 0, 0, 1]))

    def claim(self, claims: list[Claim]) -> Claim:
        person, metric, number = self.rng.choice(PEOPLE), self.rng.choice(CLAIMED), self.rng.choice([1, 1, 1, 2, 4])
        if metric == "d":
            number = max(1, self.rng.choice(self.edges.lengths) + self.rng.choice([-1, 0, 1]))
            number = number if self.rng.random() < 0.7 else self.rng.randint(1, 60)
        return Claim(person, metric, self.day(claims), self.group[person], number, self.rng.random() < 0.25)

    def result(self) -> str:
        if not self.at_the_edge:
            return as_text(self.rng.randint(-500, 6000))
        step = self.rng.choice(["0", "0", "0.01", "-0.01", "1", "-1"])
        value = self.rng.choice(self.edges.numbers) + Fraction(step)
        return as_text(int(value * 100)) if value.denominator in (1, 2, 4, 5, 10, 20, 25, 50, 100) else str(value)

    def quantities(self, claimed: set[str]) -> dict[str, str]:
        found = {name: self.result() for name in (*MEASURED, MONEY) if self.rng.random() < 0.85}
        for name in CLAIMED:
            if name not in claimed and self.rng.random() < 0.15:
                found[name] = str(self.rng.randint(0, 30))
        return found | {name: self.result() for name in self.doc["quantity"] if self.rng.random() < 0.1}

    def settled(self, names: list[str], count: int) -> dict[str, list[bool]]:
        told = [name for name in names if self.rng.random() < 0.25]
        return {name: [self.rng.random() < 0.4 for _ in range(count)] for name in told}

    def told(self, paid: dict[str, int]) -> dict[str, dict[str, int]]:
        """What payers paid of some payments, adding up; of the others it follows from their shares."""
        found = {}
        for name, whole in paid.items():
            if self.rng.random() < 0.3:
                payers = [each["payer"] for each in payers_of(self.doc, name)]
                first = self.rng.randint(0, whole)
                parts = dict.fromkeys(payers, 0) | {payers[0]: first}
                parts[payers[-1]] += whole - first
                found[name] = parts
        return found

    def just_full(self, given: Given) -> dict[str, int]:
        """What was paid before so that a cap or a payer's limit is just reached, or a penny more, or one less."""
        statement = Statement(self.doc, given, Seen())
        statement.lines()
        found = {}
        for name, gross in statement.gross.items():
            limits = [statement.minor(payer["up_to"]) for payer in payers_of(self.doc, name) if "up_to" in payer]
            cap = statement.payments[name]["cap"]
            limits += [] if cap == "none" else [statement.minor(cap)]
            limits += [statement.minor(c["amount"]) for c in self.doc["cap"] if "amount" in c and c.get("per") != "person"]
            edges = [limit for limit in limits if limit is not None]
            if edges:
                found[name] = max(0, self.rng.choice(edges) - max(gross, 0) + self.rng.choice([-1, 0, 0, 1]))
        return found


def card_payments(doc: dict[str, Any]) -> list[str]:
    """What the rows of the rate cards are called."""
    return [
        f"{card['id']}_{row['metric']}" if "id" in card else row["metric"]
        for card in doc["rate_card"]
        for row in card["rows"]
    ]


def payers_of(doc: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The payers of a payment, or of the rate card that it stands on."""
    paid = next((payment for payment in doc["payment"] if payment["id"] == name), None)
    for card in doc["rate_card"] if paid is None else ():
        if name in card_payments({"rate_card": [card]}):
            paid = card
    assert paid is not None
    return paid.get("payers") or [{"payer": paid["payer"]}]
