"""payments: random contracts on random facts, priced by the engine and by the second implementation, and compared.

A case is named by the seed's text and its number; ``FACTS`` sets of facts are drawn for every contract.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from multiprocessing import get_context
from random import Random
from typing import Any

import numpy as np

from sib.payments.facts import Facts, Measured, Outcome, Outcomes
from sib.payments.payable import payable_outcomes
from sib.terms.contract import Contract
from sib.terms.read import parse_contract
from sib.terms.walk import unit_of
from tests.payments.oracle import Given, Line, Seen, owed
from tests.payments.strategies import UNIT, written
from tests.payments.strategies_contracts import drawn_contract
from tests.payments.strategies_facts import Edges, drawn_facts

FACTS = 6
"""Sets of facts for every contract, every other of them at the edge of its thresholds."""
CHUNK = 100
"""Contracts that one process compares at a time."""


@dataclass
class Tally:
    """What was compared: how many cases, of them near a threshold and of which sort, lines by how they ended."""

    cases: int = 0
    near: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    drawn: Counter[str] = field(default_factory=Counter)
    """Kinds and keys of the contracts."""
    differences: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.cases += other.cases
        self.near += other.near
        self.lines += other.lines
        self.drawn += other.drawn
        self.differences += other.differences


@dataclass(frozen=True)
class Case:
    """One contract on one set of facts, with what the second implementation says is owed."""

    name: str
    terms: Contract
    text: str
    doc: dict[str, Any]
    given: Given
    wanted: dict[str, Line]
    seen: Seen


def cases(seed: str, first: int, last: int) -> Iterator[Case]:
    """The cases of contracts from one number up to another."""
    for number in range(first, last):
        rng = Random(f"{seed}/{number}")
        drawn = drawn_contract(rng)
        text = written(drawn)
        doc, terms = tomllib.loads(text), parse_contract(text).contract
        edges = Edges(doc)
        for place in range(FACTS):
            given, seen = drawn_facts(rng, doc, edges, at_the_edge=place % 2 == 0), Seen()
            yield Case(f"{seed}/{number}, facts {place}", terms, text, doc, given, owed(doc, given, seen), seen)


def engine_facts(given: Given, terms: Contract | None = None) -> Facts:
    """The same facts as the engine takes them; without terms everything measured is in points."""
    rows = [Outcome(c.person, c.metric, c.day, c.group, c.number, c.settled) for c in given.claims]
    units = {name: UNIT if terms is None else unit_of(terms, name) or "" for name in given.quantities}
    return Facts(
        as_of=given.as_of,
        outcomes=Outcomes.of(rows),
        quantities={name: Measured(Fraction(value), units[name]) for name, value in given.quantities.items()},
        paid_before=given.paid_before,
        paid_this_year=given.paid_this_year,
        payers_before=given.payers_before,
        payers_this_year=given.payers_this_year,
        settled={name: np.array(flags, dtype=np.bool_) for name, flags in given.settled.items()},
    )


def differences(case: Case) -> list[str]:
    """Where the engine pays something else than the second implementation, to the minor unit; its sums add up."""
    found = payable_outcomes(case.terms, engine_facts(case.given, case.terms))
    told = []
    if [line.payment for line in found.payables] != list(case.wanted):
        return ["other payments"]
    for line in found.payables:
        wanted = case.wanted[line.payment]
        said = Line(line.gross, line.amount, line.hold is not None, dict(line.payers), line.quantity)
        if wanted.held:
            said, wanted = said._replace(quantity=None), wanted._replace(quantity=None)
        if said != wanted or line.gross + line.cap_effect != line.amount or sum(said.payers.values()) != said.amount:
            told.append(f"{line.payment}: {said} and not {wanted}")
    if found.total != sum(line.amount for line in case.wanted.values()):
        told.append("another total")
    return told


def ended(line: Line) -> str:
    """How a payment ended, in one word or two."""
    if line.held or not line.amount:
        return "held" if line.held else "zero"
    return "paid" if line.amount > 0 else "paid back"


def compared(seed: str, first: int, last: int) -> Tally:
    """Compare the cases of some contracts."""
    tally, before = Tally(), None
    for case in cases(seed, first, last):
        tally.cases += 1
        tally.near.update(case.seen.near | ({"any"} if case.seen.near else set()))
        for line in case.wanted.values():
            tally.lines[ended(line)] += 1
            tally.lines["cut"] += line.amount < line.gross
        if case.doc is not before:
            tally.drawn.update(words_of(case.doc))
        before = case.doc
        tally.differences += [f"{case.name}: {each}\n{case.text}\n{case.given}" for each in differences(case)]
    return tally


def compared_side_by_side(seed: str, contracts: int, processes: int) -> Tally:
    """The same of many contracts, in several processes."""
    tally, starts = Tally(), range(0, contracts, CHUNK)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        ends = [min(start + CHUNK, contracts) for start in starts]
        for part in pool.map(compared, [seed] * len(ends), starts, ends):
            tally.add(part)
    return tally


def words_of(part: Any, where: str = "") -> Iterator[str]:
    """Every key of a document, and every kind with the sort that it is of."""
    for key, value in part.items() if isinstance(part, dict) else ():
        yield key
        if key in ("kind", "per", "cut", "settles", "counting", "shape", "counted_in", "repeats"):
            yield f"{key} {value}"
        yield from words_of(value, key)
    for value in part if isinstance(part, list) else ():
        yield from words_of(value, where)
