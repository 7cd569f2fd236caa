"""terms: a small contract, and amendments of it written for tests."""

from pathlib import Path
from typing import Any

import pytest

from sib.errors import NotValid, Problem
from sib.terms.amend import (
    Agreement,
    amended,
    parse_amendment,
)
from sib.terms.contract import Contract
from sib.terms.read import parse_contract

FOLDER = Path(__file__).resolve().parents[1] / "data" / "two_towns"
TEXT = (FOLDER / "contract.toml").read_text(encoding="utf-8")
SIGNED = """signed = [
    { party = "north_town", by = "head of work", on = 2025-12-01 },
    { party = "south_town", by = "director", on = 2025-12-02 },
    { party = "provider", by = "chief executive", on = 2025-12-03 },
]"""
HEAD = """format = 1

[amendment]
number = {number}
title = "Amendment"
clause = "Schedule 7"
why = "The parties agreed."
drafted_on = 2025-11-01
effective_from = {on}
{more}
"""
NO_JOBS = """[[change]]
cap = "north_town_most"
set = { over = ["course"] }

[[change]]
payment = "job"
end = true
"""
NOTHING = '[[change]]\ncontract = "two_towns"\nset = { pays_within_days = 30 }\n'


def text(changes: str = NOTHING, number: int = 1, on: str = "2026-04-01", more: str = SIGNED) -> str:
    return HEAD.format(number=number, on=on, more=more) + changes


def agreed(*texts: str, contract: str = TEXT) -> Agreement:
    files = [f"c/amendments/{number:03}.toml" for number in range(1, len(texts) + 1)]
    return amended(
        parse_contract(contract), [parse_amendment(each, file) for each, file in zip(texts, files, strict=True)]
    )


def after(changes: str, **more: Any) -> Contract:
    """The small contract with one signed amendment."""
    return agreed(text(changes), **more).latest.contract


def problems(*texts: str, contract: str = TEXT) -> tuple[Problem, ...]:
    with pytest.raises(NotValid) as caught:
        agreed(*texts, contract=contract)
    return caught.value.problems
