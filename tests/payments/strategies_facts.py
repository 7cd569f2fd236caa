"""payments: random facts from a seed for random contracts; at the edge on a threshold, or one step beside it."""

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
        self.gaps: list[int] = [0]
        self.spells: list[dict[str, Any]] = []
        self.milestones: list[dict[str, Any]] = []
        self.of: dict[str, list[Fraction]] = {}
        """The numbers that a name itself is judged against."""
        self._look(doc)
        self.days = every_day(doc, []) or [START]

    def _look(self, part: Any) -> None:
        for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            self._look(value)
        if isinstance(part, dict):
            numbers = self._numbers(part)
            self.numbers += numbers
            judged = part.get("quantity", part.get("of"))
            if isinstance(judged, str):
                steps = [row for key in ("rows", "bands") for row in part.get(key, [])]
                self.of.setdefault(judged, []).extend(numbers)
                self.of[judged] += [each for row in steps for each in self._numbers(row)]
            self.spells += [part] if part.get("kind") == "sustained" else []
            self.milestones += [part] if part.get("kind") == "milestone" and part.get("after") else []
            self.gaps += [part["gap_days"]] if "gap_days" in part else []
            self.lengths += [part[key] for key in LENGTHS if key in part]
            self.months += [part[key] for key in MONTHS if key in part]

    @staticmethod
    def _numbers(part: dict[str, Any]) -> list[Fraction]:
        texts = [part[key] for key in NUMBERS if isinstance(part.get(key), str)]
        return [Fraction(text) for text in texts if text.lstrip("-")[:1].isdigit()]


def drawn_facts(rng: Random, doc: dict[str, Any], edges: Edges, *, at_the_edge: bool) -> Given:
    """Facts for a contract; at the edge, thresholds are drawn first, and then facts on them or one step beside."""
    return Facts(rng, doc, edges, at_the_edge=at_the_edge).given()


class Facts:
    """One set of facts being drawn."""

    def __init__(self, rng: Random, doc: dict[str, Any], edges: Edges, *, at_the_edge: bool) -> None:
        self.rng, self.doc, self.edges, self.at_the_edge = rng, doc, edges, at_the_edge
        self.group = {person: rng.choice([*GROUPS, None]) for person in PEOPLE}

    def given(self) -> Given:
        claims: list[Claim] = []
        for _ in range(self.rng.choice([0, 3, 5, 7, 9, 12])):
            claims.append(self.claim(claims))
        if self.at_the_edge and self.rng.random() < 0.6:
            claims += self.two_spells() if self.edges.spells else []
            claims += self.steps_in_time() if self.edges.milestones else []
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

    def day(self, claims: list[Claim], metric: str = "") -> date:
        """A day anywhere; at the edge one that is named, or counted from another claim, or one day beside it."""
        if not self.at_the_edge and self.rng.random() < 0.7:
            return START + timedelta(self.rng.randint(0, (END - START).days))
        day = self.rng.choice(self.edges.days)
        if claims and self.rng.random() < 0.7:
            other = self.rng.choice(claims)
            if other.metric == metric == "d":
                day = day_after(other.day, other.number + self.rng.choice(self.edges.gaps))
            elif self.rng.random() < 0.5:
                day = months_after(other.day, self.rng.choice(self.edges.months))
            else:
                day = day_after(other.day, self.rng.choice(self.edges.lengths))
        return day_after(day, self.rng.choice([-1, 0, 0, 1]))

    def claim(self, claims: list[Claim]) -> Claim:
        person, metric, number = self.rng.choice(PEOPLE), self.rng.choice(CLAIMED), self.rng.choice([1, 1, 1, 2, 4])
        theirs = [claim for claim in claims if claim.person == person]
        if metric == "d":
            # of what is asked for all, or a half, so that two spells make it or just do not
            lengths = [self.rng.randint(1, 60), self.rng.choice([28, 30, 31, 60]), *self.edges.lengths]
            lengths += [(length + self.rng.randint(0, 1)) // 2 for length in self.edges.lengths]
            number = max(1, self.rng.choice(lengths) + self.rng.choice([-1, 0, 0, 1]))
        return Claim(person, metric, self.day(theirs, metric), self.group[person], number, self.rng.random() < 0.3)

    def two_spells(self) -> list[Claim]:
        """Two spells of somebody that just make what is asked for, or just do not, with a gap just short enough."""
        rule, person = self.rng.choice(self.edges.spells), self.rng.choice(PEOPLE)
        first = START + timedelta(self.rng.randint(0, 900))
        asked = rule.get("days") or (months_after(first, rule["months"]) - first).days
        gap = rule["gap_days"] + self.rng.choice([0, 1])
        one = self.rng.randint(1, asked)
        rest = max(1, asked - one - (gap if "months" in rule else 0) + self.rng.choice([-1, 0, 1]))
        second = day_after(first, one + gap)
        group, settled = self.group[person], self.rng.random() < 0.2
        return [
            Claim(person, "d", first, group, one, settled),
            Claim(person, "d", second, group, rest, settled and self.rng.random() < 0.5),
        ]

    def steps_in_time(self) -> list[Claim]:
        """Somebody reaches a milestone just in time after what must come before, or a day beside it."""
        rule, person = self.rng.choice(self.edges.milestones), self.rng.choice(PEOPLE)
        first = START + timedelta(self.rng.randint(0, 900))
        days = [day_after(first, rule[key]) for key in ("at_least_days", "within_days") if key in rule]
        days += [months_after(first, rule[key]) for key in ("at_least_months", "within_months") if key in rule]
        day = day_after(self.rng.choice(days or [first]), self.rng.choice([-1, 0, 1]))
        before = [Claim(person, metric, first, self.group[person], 1, False) for metric in rule["after"]]
        return [*before, Claim(person, rule["metric"], day, self.group[person], 1, False)]

    def result(self, name: str) -> str:
        if not self.at_the_edge:
            return as_text(self.rng.randint(-500, 6000))
        step = self.rng.choice(["0", "0", "0.01", "-0.01", "1", "-1"])
        own = self.edges.of.get(name)
        value = self.rng.choice(own if own and self.rng.random() < 0.7 else self.edges.numbers) + Fraction(step)
        return as_text(int(value * 100)) if value.denominator in (1, 2, 4, 5, 10, 20, 25, 50, 100) else str(value)

    def quantities(self, claimed: set[str]) -> dict[str, str]:
        found = {name: self.result(name) for name in (*MEASURED, MONEY) if self.rng.random() < 0.85}
        for name in CLAIMED:
            if name not in claimed and self.rng.random() < 0.15:
                found[name] = str(self.rng.randint(0, 30))
        return found | {name: self.result(name) for name in self.doc["quantity"] if self.rng.random() < 0.1}

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
            shared = [each for each in self.doc["cap"] if "amount" in each and each.get("per") != "person"]
            limits += [statement.minor(each["amount"]) for each in shared]
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
