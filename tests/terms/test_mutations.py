"""terms: a good contract with one thing changed at random is refused with its line, or read and used: nothing else."""

import tomllib
from datetime import date
from pathlib import Path
from typing import NamedTuple

import tree_sitter_toml
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_sitter import Language, Node, Parser

from sib.errors import NotValid, Problem
from sib.payments.facts import Facts
from sib.payments.payable import payable_outcomes
from sib.terms.contract import Contract
from sib.terms.read import parse_contract
from sib.terms.sheet import sheet
from tests.terms.faults import GOOD

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
TEXTS = {"small": GOOD} | {
    name: (CONTRACTS / name / "contract.toml").read_text(encoding="utf-8")
    for name in (
        "denver_supportive_housing",
        "kodluyor_istanbul",
        "care_leavers_reboot_west",
        "benevolent_society_bond",
    )
}
OPTIONAL = {
    *("source", "illustrative", "groups", "group", "size", "name", "repeats", "better", "settles", "calendar"),
    *("pays_within_days", "rise", "from", "at_least", "at_most", "drawdowns", "claim_within_days", "from_payments"),
    *("seed", "payments"),
}
"""Keys that may be left out somewhere; of every other key the reader must say that it is missing."""


class Pair(NamedTuple):
    """One ``key = value`` of a text, in bytes: all from ``start``, the key to ``key_end``, the value up to ``end``."""

    start: int
    key_end: int
    value: int
    end: int
    line: int


def pairs(text: str) -> list[Pair]:
    """Every pair of a TOML text, those inside values too."""
    stack = [Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node]
    found = []
    while stack:
        node: Node = stack.pop()
        stack += node.children
        if node.type == "pair":
            key, _, value = node.children
            found.append(Pair(node.start_byte, key.end_byte, value.start_byte, node.end_byte, node.start_point[0] + 1))
    return sorted(found)


PAIRS = [(name, place) for name, text in TEXTS.items() for place in range(len(pairs(text)))]


def changed(text: str, start: int, end: int, new: str) -> str:
    """The text with its bytes from ``start`` to ``end`` replaced."""
    raw = text.encode()
    return (raw[:start] + new.encode() + raw[end:]).decode()


def without(text: str, pair: Pair) -> str:
    """The text without a pair, and without the comma that parted it from its neighbour."""
    raw = text.encode()
    before, after = raw[: pair.start], raw[pair.end :]
    if after.startswith(b","):
        after = after[1:]
    elif before.endswith(b", "):
        before = before[:-2]
    return (before + after).decode()


def tried(text: str) -> Contract | tuple[Problem, ...]:
    """The contract, or every problem; anything else that is raised is a fault of the reader."""
    try:
        contract = parse_contract(text).contract
    except NotValid as error:
        assert error.problems
        assert all(problem.code and problem.what and problem.mend for problem in error.problems)
        return error.problems
    # what the reader lets through, the others can use
    assert sheet(contract, []).startswith("# ")
    payable_outcomes(contract, Facts(date(2020, 6, 30)))
    return contract


@settings(max_examples=400, deadline=None)
@given(which=st.sampled_from(PAIRS), how=st.sampled_from(["drop", "double", "swap"]), data=st.data())
def test_a_misspelt_key_is_named_with_its_line(which: tuple[str, int], how: str, data: st.DataObject) -> None:
    text = TEXTS[which[0]]
    pair = pairs(text)[which[1]]
    key = text.encode()[pair.start : pair.key_end].decode()
    at = data.draw(st.integers(0, len(key) - 2))
    wrong = {
        "drop": key[:at] + key[at + 1 :],
        "double": key[:at] + key[at] + key[at:],
        "swap": key[:at] + key[at + 1] + key[at] + key[at + 2 :],
    }
    if wrong[how] == key:
        return
    told = tried(changed(text, pair.start, pair.key_end, wrong[how]))
    assert isinstance(told, tuple)
    if key == "kind" and any(problem.code == "contract.unknown-kind" for problem in told):
        # without its kind nobody can tell which keys a rule may have: the rule is named, not the key
        assert min(problem.line or 0 for problem in told) <= pair.line
    else:
        named = [problem for problem in told if problem.line == pair.line]
        assert any(f"`{wrong[how]}`" in problem.what or "twice" in problem.mend for problem in named), told


@settings(max_examples=400, deadline=None)
@given(which=st.sampled_from(PAIRS))
def test_a_key_left_out_is_missed_or_may_be_left_out(which: tuple[str, int]) -> None:
    text = TEXTS[which[0]]
    pair = pairs(text)[which[1]]
    key = text.encode()[pair.start : pair.key_end].decode()
    told = tried(without(text, pair))
    if isinstance(told, Contract):
        assert key in OPTIONAL | {name for part in tomllib.loads(text).get("defaults", {}).values() for name in part}
    elif key == "kind":
        assert {"contract.unknown-kind", "contract.missing-key"} & {problem.code for problem in told}
    elif key == "up_to":
        assert "contract.bands" in {problem.code for problem in told}
    elif key not in OPTIONAL:
        # the key itself is missed, at the table that should hold it, or what is left makes no sense without it
        missed = [problem for problem in told if problem.what == f"`{key}` is missing"]
        assert missed or any(f"`{key}`" in problem.mend for problem in told), told
        assert all(problem.line is not None for problem in missed if ", " in (problem.place or ""))


VALUES = [
    "1.5",
    "true",
    "[]",
    "{}",
    '""',
    '"x"',
    "0",
    "-1",
    "nan",
    "2020-02-29",
    "12:00:00",
    '"-1"',
    '"0"',
    "[1]",
    '["x"]',
    "[{}]",
    '{ kind = "sum", of = ["jobs"] }',
]


@settings(max_examples=400, deadline=None)
@given(which=st.sampled_from(PAIRS), value=st.sampled_from(VALUES))
def test_a_value_of_another_kind_is_refused_or_used(which: tuple[str, int], value: str) -> None:
    text = TEXTS[which[0]]
    pair = pairs(text)[which[1]]
    told = tried(changed(text, pair.value, pair.end, value))
    if isinstance(told, tuple):
        assert all(problem.line is None or problem.line >= 1 for problem in told)


@settings(max_examples=400, deadline=None)
@given(text=st.sampled_from(list(TEXTS.values())), data=st.data(), new=st.text(max_size=8))
def test_any_scratch_is_refused_or_used(text: str, data: st.DataObject, new: str) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    tried(text[:start] + new + text[end:])
