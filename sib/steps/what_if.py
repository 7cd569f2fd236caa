"""arrows: a contract with some of its numbers changed, beside what it is today: what every party gains or loses."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from difflib import get_close_matches
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np

from sib.errors import NotValid, Problem
from sib.finance.forecast import Forecasted, spans_of
from sib.money import major, show
from sib.steps.compare import Comparison, changed_words, compare
from sib.steps.compare import in_words as compared
from sib.steps.compare_history import case_story
from sib.steps.forecast import expected_of, investors_of, median_rate, simulated
from sib.steps.stress_bench import average
from sib.terms.amend import read_agreement, version_of
from sib.terms.case import read_case
from sib.terms.contract import Contract
from sib.terms.places import read_toml
from sib.terms.read import Agreed, Where, terms_of, with_defaults
from sib.terms.toml import toml_text

_LISTS = ("payment", "cap", "metric", "tranche", "guarantee", "cohort", "plan", "settlement", "waterfall", "loss")
_TABLES = ("contract", "forecast", "simulation", "quantity", "condition", "amount")


@dataclass(frozen=True, slots=True)
class Side:
    """What one party pays or receives on average over the scenarios, in minor units, today and if it were changed."""

    role: str
    """payer, payee, tranche."""
    name: str
    today: int
    then: int

    @property
    def change(self) -> int:
        """How much more it would be."""
        return self.then - self.today


@dataclass(frozen=True, slots=True)
class RateSide:
    """A party's median yearly rate of return, today and if it were changed; not-a-number where there is none."""

    name: str
    today: float
    then: float


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A question and its answer: by the forecast, else by the contract's cases."""

    contract: Contract
    changes: tuple[str, ...]
    was: tuple[tuple[str, str], ...]
    scenarios: int
    sides: tuple[Side, ...]
    rates: tuple[RateSide, ...]
    by_cases: Comparison | None

    def as_dict(self) -> dict[str, Any]:
        """The answer of ``sib contract what-if --json``: amounts as decimal text in major units."""
        currency = self.contract.contract.currency
        return {
            "contract": self.contract.contract.id,
            "currency": currency,
            "changes": list(self.changes),
            "words": [{"was": was, "is": now} for was, now in self.was],
            "scenarios": self.scenarios,
            "sides": [
                {
                    "role": each.role,
                    "id": each.name,
                    "today": major(each.today, currency),
                    "then": major(each.then, currency),
                    "change": major(each.change, currency),
                }
                for each in self.sides
            ],
            "rates": [{"id": each.name, "today": _known(each.today), "then": _known(each.then)} for each in self.rates],
            "cases": self.by_cases.as_dict() if self.by_cases else None,
        }


def _known(value: float) -> float | None:
    return None if isnan(value) else value


def what_if(path: Path, changes: Sequence[str], *, scenarios: int | None = None, seed: int | None = None) -> WhatIf:
    """Answer what would be if some numbers were others; the same people and chances are drawn for both.

    Raises NotValid where a change names nothing of the contract or makes it wrong.
    """
    agreed = version_of(read_agreement(path))
    changed = with_changes(agreed, changes)
    was = tuple(changed_words(agreed.contract, changed))
    if agreed.contract.forecast is None:
        folder = path if path.is_dir() else path.parent
        cases = [read_case(file) for file in sorted((folder / "cases").glob("*.toml"))]
        stories = [case_story((agreed.contract,), case) for case in cases]
        found = compare((agreed.contract,), (changed,), stories, ("today", ", ".join(changes)))
        return WhatIf(agreed.contract, tuple(changes), was, 0, (), (), found)
    sides = [_simulated(each, scenarios, seed) for each in (agreed.contract, changed)]
    size = expected_of(agreed.contract, seed=seed, scenarios=scenarios).scenarios
    pairs = tuple(_pairs(agreed.contract, changed, *sides))
    return WhatIf(agreed.contract, tuple(changes), was, size, pairs, tuple(_rates(agreed.contract, *sides)), None)


def _simulated(contract: Contract, scenarios: int | None, seed: int | None) -> Forecasted:
    terms = expected_of(contract, seed=seed, scenarios=scenarios)
    return simulated(contract, terms, spans_of(contract, terms.every_months))


def _pairs(contract: Contract, changed: Contract, one: Forecasted, other: Forecasted) -> Iterator[Side]:
    yield Side("total", "all payments", average(one.receipts.sum(axis=0)), average(other.receipts.sum(axis=0)))
    for name in dict.fromkeys([*one.payers, *other.payers]):
        yield Side(
            "payer", name, *(average(s.payers[name].sum(axis=0)) if name in s.payers else 0 for s in (one, other))
        )
    yield from _payees(contract, changed, one, other)
    if one.flows and other.flows:
        for tranche in contract.tranche:
            received = [
                average(s.principal[tranche.id].sum(axis=1) + s.returned[tranche.id].sum(axis=1))
                for s in (one.flows, other.flows)
            ]
            yield Side("tranche", tranche.id, *received)


def _payees(contract: Contract, changed: Contract, one: Forecasted, other: Forecasted) -> Iterator[Side]:
    for name in dict.fromkeys(payment.payee for payment in (*contract.payments, *changed.payments)):
        amounts = []
        for terms, found in ((contract, one), (changed, other)):
            mine = [found.payments[payment.id] for payment in terms.payments if payment.payee == name]
            amounts.append(average(np.sum(mine, axis=(0, 1), dtype=np.int64)) if mine else 0)
        yield Side("payee", name, *amounts)


def _rates(contract: Contract, one: Forecasted, other: Forecasted) -> Iterator[RateSide]:
    for name, tranches in investors_of(contract).items():
        yield RateSide(name, median_rate(one, tranches), median_rate(other, tranches))


def with_changes(agreed: Agreed, changes: Sequence[str]) -> Contract:
    """The contract with every ``PART.KEY=VALUE`` put in; raises NotValid with what is wrong.

    PART is the id of a payment (its metric's, in a rate card), cap, metric, tranche and so on, or ``contract``,
    ``forecast``; KEY may go on: ``job.amount.prices``, ``forecast.results.job.share``. ``price`` is enough for a price.
    """
    located = read_toml(agreed.text, agreed.file)
    data = deepcopy(with_defaults(located.data)[0])
    problems = [problem for change in changes for problem in _put(data, change)]
    if problems:
        raise NotValid(problems)
    written = read_toml(toml_text(data), "the contract as changed")
    return terms_of(written.data, Where(written, "the contract as changed", {}))


def _put(data: dict[str, Any], change: str) -> Iterator[Problem]:
    name, equals, text = change.partition("=")
    path = [word.strip() for word in name.split(".")]
    if not equals or len(path) < 2 or not all(path):
        mend = "write PART.KEY=VALUE, as job.price=1600"
        yield Problem("what-if.change", f"`{change}` cannot be read as a change", mend)
        return
    part, known = _part(data, path[0])
    if part is None:
        near = get_close_matches(path[0], known, 1, 0.5)
        mend = f"did you mean `{near[0]}`?" if near else f"write one of: {', '.join(known)}"
        yield Problem("what-if.part", f"the contract has no part `{path[0]}`", mend, place=change)
        return
    yield from _set(part, path[1:], text.strip(), change)


def _part(data: dict[str, Any], name: str) -> tuple[Any, list[str]]:
    """The part with an id, and all ids there are."""
    found: dict[str, Any] = {table: data[table] for table in _TABLES if isinstance(data.get(table), dict)}
    for sort in ("quantity", "condition", "amount"):
        for key, node in data.get(sort, {}).items():
            found.setdefault(key, node)
    for card in data.get("rate_card", []):
        for row in card.get("rows", []):
            found.setdefault(row["metric"] if "id" not in card else f"{card['id']}_{row['metric']}", row)
    for sort in _LISTS[::-1]:
        for each in data.get(sort, []):
            if "id" in each and not (sort == "metric" and each["id"] in found):
                found[each["id"]] = each
    return found.get(name), sorted(found)


def _set(part: Any, keys: list[str], text: str, change: str) -> Iterator[Problem]:
    *above, last = keys
    node = part
    for key in above:
        node = _step(node, key)
        if node is None:
            yield Problem(
                "what-if.key", f"nothing is called `{key}` there", "look it up in contract.toml", place=change
            )
            return
    if isinstance(node, dict) and last not in node and isinstance(node.get("amount"), dict):
        # a payment's price is its amount's
        node = node["amount"]
    if not isinstance(node, dict):
        yield Problem("what-if.key", f"`{last}` is no key there", "name a key of a table", place=change)
        return
    node[last] = _value(text, node.get(last))


def _step(node: Any, key: str) -> Any:
    if isinstance(node, dict):
        return node.get(key)
    if isinstance(node, list):
        named = (each for each in node if isinstance(each, dict))
        if key.isdigit():
            return node[int(key) - 1] if 0 < int(key) <= len(node) else None
        return next((each for each in named if key in (each.get("id"), each.get("gives"), each.get("metric"))), None)
    return None


def _value(text: str, before: Any) -> Any:
    """A value as TOML has it; a bare decimal is meant as exact, and a word as text."""
    try:
        value = read_toml(f"value = {text}", "the change").data["value"]
    except NotValid:
        return text
    whole = isinstance(value, int) and not isinstance(value, bool)
    if (whole and isinstance(before, str)) or type(value).__name__ in ("Decimal", "float"):
        return text
    return value


def in_words(found: WhatIf) -> str:
    """The answer of ``sib contract what-if`` for people."""
    if found.by_cases is not None:
        asked = f"what if {', '.join(found.changes)}: the contract has no forecast, so its cases answer"
        return f"{asked}\n\n{compared(found.by_cases)}"
    currency = found.contract.contract.currency
    lines = [f"{found.contract.contract.name}: what if {', '.join(found.changes)}", ""]
    for was, now in found.was:
        lines += [f"  today: {was or '(nothing)'}", f"  then:  {now or '(nothing)'}", ""]
    lines.append(f"on average over {found.scenarios:,} scenarios, the same for both, in {currency}:")
    lines.append(f"  {'':<8} {'':<24} {'today':>16} {'then':>16} {'change':>16}")
    for each in found.sides:
        amounts = " ".join(f"{show(minor, currency)[4:]:>16}" for minor in (each.today, each.then, each.change))
        lines.append(f"  {each.role:<8} {each.name:<24} {amounts}")
    for rate in found.rates:
        today, then = ("none" if _known(v) is None else f"{v * 100:.2f} %" for v in (rate.today, rate.then))
        lines.append(f"  {'return':<8} {rate.name:<24} {today:>16} {then:>16}   a year, half of the scenarios at most")
    return "\n".join(lines)
