"""payments: the second implementation's rules over single people: a walk over everybody's claims, day by day."""

import math
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

from tests.payments.oracle.values import Claim, Given, Seen, all_days, day_after, months_after

RULES = ("milestone", "sustained", "people with", "people reaching")


def metrics_of(node: dict[str, Any]) -> set[str]:
    """The metrics whose claims a rule over people reads."""
    names = set(node.get("all_of", [])) | set(node.get("any_of", [])) | set(node.get("none_of", []))
    for part in [node, *node.get("at_most_of", [])]:
        names |= {part["metric"]} if "metric" in part else set()
        after = part.get("after", [])
        names |= {after} if isinstance(after, str) else set(after)
    return names


def people_met(node: dict[str, Any], metrics: dict[str, Any], given: Given, seen: Seen) -> dict[str, tuple[date, bool]]:
    """Who meets a rule by now: the day on which it was met, and whether what is settled alone had met it."""
    met = {}
    for person in sorted({claim.person for claim in given.claims}):
        mine = [claim for claim in given.claims if claim.person == person]
        day = Person(mine, metrics, given.as_of, seen).day_met(node)
        settled = Person([claim for claim in mine if claim.settled], metrics, given.as_of, seen).day_met(node)
        if day is not None:
            met[person] = (day, settled is not None)
    return met


class Person:
    """One person's claims up to the day of reckoning."""

    def __init__(self, claims: list[Claim], metrics: dict[str, Any], as_of: date, seen: Seen) -> None:
        self.claims, self.metrics, self.as_of, self.seen = claims, metrics, as_of, seen

    def reached(self, metric: str, group: str | None = None) -> list[Claim]:
        """Claims of a metric inside its window, earliest first."""
        window = self.metrics[metric]["window"]
        mine = [claim for claim in self.claims if claim.metric == metric and group in (None, claim.group)]
        for claim in mine:
            self.seen.day(claim.day, window["opens"], window["closes"])
        mine = [claim for claim in mine if window["opens"] <= claim.day <= window["closes"]]
        return sorted(mine, key=lambda claim: claim.day)

    def first(self, metric: str, group: str | None = None) -> date | None:
        claims = self.reached(metric, group)
        return claims[0].day if claims else None

    def day_met(self, node: dict[str, Any]) -> date | None:
        ways: dict[str, Callable[[dict[str, Any]], date | None]] = {
            "milestone": self.milestone,
            "people with": self.with_several,
            "people reaching": self.reaching,
            "sustained": self.sustained_in_all if node.get("counting") == "in all" else self.sustained_in_one_run,
        }
        return ways[node["kind"]](node)

    def milestone(self, node: dict[str, Any]) -> date | None:
        before = [self.first(metric) for metric in node.get("after", [])]
        if None in before:
            return None
        clock = max((day for day in before if day), default=None)
        for claim in self.reached(node["metric"], node.get("group")):
            if clock is None or self.in_time(node, clock, claim.day):
                return claim.day
        return None

    def in_time(self, node: dict[str, Any], clock: date, day: date) -> bool:
        least = [day_after(clock, node.get("at_least_days", 0)), months_after(clock, node.get("at_least_months", 0))]
        most = [day_after(clock, node["within_days"])] if "within_days" in node else []
        most += [months_after(clock, node["within_months"])] if "within_months" in node else []
        self.seen.day(day, *least, *most)
        return all(day >= each for each in least) and all(day <= each for each in most)

    def with_several(self, node: dict[str, Any]) -> date | None:
        group = node.get("group")
        needed = [self.first(metric, group) for metric in node.get("all_of", [])]
        some = sorted(day for metric in node.get("any_of", []) if (day := self.first(metric, group)) is not None)
        if node.get("any_of"):
            least = node.get("at_least", 1)
            needed.append(some[least - 1] if len(some) >= least else None)
        if None in needed or any(self.first(metric, group) for metric in node.get("none_of", [])):
            return None
        if any(self.too_often(allowed, group) for allowed in node.get("at_most_of", [])):
            return None
        return max(day for day in needed if day)

    def too_often(self, allowed: dict[str, Any], group: str | None) -> bool:
        claims = self.reached(allowed["metric"], group)
        if "after" in allowed:
            since = self.first(allowed["after"])
            if since is None:
                return False
            claims = [claim for claim in claims if claim.day >= since]
            if "within_months" in allowed:
                end = months_after(since, allowed["within_months"])
                for claim in claims:
                    self.seen.day(claim.day, since, end)
                claims = [claim for claim in claims if claim.day < end]
        number = sum(claim.number for claim in claims)
        self.seen.times(number, allowed["times"])
        return number > allowed["times"]

    def reaching(self, node: dict[str, Any]) -> date | None:
        claims = self.reached(node["metric"], node.get("group"))
        if "after" in node:
            since = self.first(node["after"])
            if since is None:
                return None
            claims = [claim for claim in claims if claim.day >= since]
            if "within_days" in node:
                for claim in claims:
                    self.seen.day(claim.day, since, day_after(since, node["within_days"]))
                claims = [claim for claim in claims if claim.day <= day_after(since, node["within_days"])]
        total, day = 0, None
        for claim in claims:
            total += claim.number
            if day is None and total >= Fraction(node["total"]):
                day = claim.day
        self.seen.times(total, math.ceil(Fraction(node["total"])))
        return day

    def days_spent(self, node: dict[str, Any]) -> list[date]:
        """Every day inside a spell that has happened by now, once."""
        last = min(self.metrics[node["metric"]]["window"]["closes"], self.as_of)
        days: set[date] = set()
        for claim in self.reached(node["metric"], node.get("group")):
            days |= {day for day in all_days(claim.day, day_after(claim.day, claim.number - 1)) if day <= last}
        return sorted(days)

    def sustained_in_all(self, node: dict[str, Any]) -> date | None:
        days = [day for day in self.days_spent(node) if not left_out(node, day)]
        self.seen.number(Fraction(len(days)), node["days"])
        return days[node["days"] - 1] if len(days) >= node["days"] else None

    def sustained_in_one_run(self, node: dict[str, Any]) -> date | None:
        """From day to day: how long the run is, and since when nothing was done that counts."""
        spent, start, length, idle, met = set(self.days_spent(node)), None, 0, 0, None
        for day in all_days(min(spent), max(spent)) if spent else ():
            if left_out(node, day):
                continue
            if day not in spent:
                idle += 1
                continue
            if idle:
                self.seen.number(Fraction(idle), node["gap_days"])
            if start is None or idle > node["gap_days"]:
                start, length = day, 0
            length, idle = length + 1, 0
            if met is None and long_enough(node, start, day, length):
                met = day
        if start is not None:
            last = max(spent)
            self.seen.day(last, met or (None if "days" in node else day_after(months_after(start, node["months"]), -1)))
            self.seen.number(Fraction(length), node.get("days", -9))
        return met


def long_enough(node: dict[str, Any], start: date, day: date, length: int) -> bool:
    """Whether a run that began on one day and counts so many days by another has lasted as long as is asked."""
    if "days" in node:
        return bool(length >= node["days"])
    return day_after(day, 1) >= months_after(start, node["months"])


def left_out(node: dict[str, Any], day: date) -> bool:
    return any(span["from"] <= day <= span["to"] for span in node.get("excluded", []))
