"""terms: what can be known is told in one go: faults of the schema do not hide faults of meaning, and make none up."""

import re
import tomllib
from pathlib import Path

import pytest

from sib.errors import NotValid
from sib.terms.read import parse_contract
from tests.terms.faults import GOOD, line_of, problems, spoilt

FAULTS = tomllib.loads((Path(__file__).parent / "faults.toml").read_text(encoding="utf-8"))["fault"]
SCHEMA = {"contract.unknown-key", "contract.missing-key", "contract.bad-value", "contract.unknown-kind"}
Told = set[tuple[str, str, str]]


def told(text: str) -> Told:
    """What is said of a text, without the names of places that another fault may change."""
    try:
        parse_contract(text)
    except NotValid as error:
        return {(each.code, re.sub(r" \([^)]*\)", "", each.place or ""), each.what) for each in error.problems}
    return set()


ALONE = {fault["name"]: told(spoilt((fault["old"], fault["new"]))) for fault in FAULTS}
FIRST = [fault for fault in FAULTS if {code for code, _, _ in ALONE[fault["name"]]} <= SCHEMA]
HIDES = {
    # the value of a day, the kind of a rule or the name of a table that is wrong hides what only it could say
    *("an impossible day in quotation marks", "a day with a time", "an unknown kind", "a rule without a kind"),
    *("a kind that is nearly one", "a number of nineteen decimals", "a coupon in decimals"),
    *("a misspelt table", "a band that ends at nothing", "a rate card that nobody pays", "a bare decimal dated price"),
}
MOVES = (
    "a bare percentage",
    "a misspelt table",
    "a table that stands twice",
    "a key that stands twice",
    "bands that do not rise",
)
"""Faults that change the words or the places of another's: they are not compared."""


@pytest.mark.parametrize("first", FIRST[::2], ids=[fault["name"] for fault in FIRST[::2]])
def test_two_faults_are_both_told_and_no_third(first: dict[str, str]) -> None:
    text = spoilt((first["old"], first["new"]))
    seconds = [
        fault
        for fault in FAULTS[:: 1 + len(FAULTS) // 30]
        if fault is not first
        and first["name"] not in MOVES
        and fault["name"] not in MOVES
        and text.count(fault["old"]) == 1 == GOOD.count(fault["old"])
    ]
    for second in seconds:
        both = told(text.replace(second["old"], second["new"]))
        assert both <= ALONE[first["name"]] | ALONE[second["name"]], second["name"]
        assert first["name"] in HIDES or both >= ALONE[second["name"]], second["name"]


def test_a_misspelt_key_a_bare_decimal_a_wrong_name_and_a_wrong_unit_are_told_together() -> None:
    text = spoilt(
        ('committed = "1000"', 'comitted = "1000"'),
        ('price = "3.5"', "prise = 3.5"),
        ('payer = "city"\npayee = "helper"\nmetric = "score"', 'payer = "city"\npayee = "helpr"\nmetric = "score"'),
        ('per = "point"', 'per = "person"'),
    )
    assert [(each.code, each.line) for each in problems(text)] == [
        ("contract.unknown-name", line_of(text, 'payee = "helpr"')),
        ("contract.unit", line_of(text, 'per = "person"')),
        ("contract.missing-key", line_of(text, "{ prise")),
        ("contract.unknown-key", line_of(text, "{ prise")),
        ("contract.bad-value", line_of(text, "{ prise")),
        ("contract.missing-key", line_of(text, "[[tranche]]")),
        ("contract.unknown-key", line_of(text, "comitted")),
    ]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        # what leans on a part that cannot be read is not called wrong
        ([('role = "outcome payer"', "role = 7")], {"contract.bad-value"}),
        ([('id = "helper"', "id = 7")], {"contract.bad-value"}),
        ([('id = "helper"', 'id = "Helper"')], {"contract.bad-value"}),
        ([('id = "helper"\n', "")], {"contract.missing-key"}),
        ([('id = "jobs"', 'id = ""')], {"contract.bad-value"}),
        ([('groups = ["young", "old"]', 'groups = "young"')], {"contract.bad-value"}),
        ([('groups = ["young", "old"]', "groups = [7]")], {"contract.bad-value"}),
        ([('unit = "point"\ncounted_from', "unit = 7\ncounted_from")], {"contract.bad-value"}),
        ([('counted_from = "claims"', "counted_from = 7")], {"contract.bad-value"}),
        ([('kind = "difference"', 'kind = "zzz"')], {"contract.unknown-kind"}),
        ([("[quantity.net_score]\n", "[quantity]\nnet_score = 7\n[quantity.other]\n")], {"contract.unknown-kind"}),
        ([('[amount.flat]\nkind = "fixed"\namount = "100"\n', ""), ("format = 1", "format = 1\namount = 7")], None),
        ([('[payment.amount]\nkind = "marginal bands"', 'kind = "bands"')], None),
        ([("[[payment]]\nid = \"bands\"", "[[payment]]\nid = \"bands\"\nboth_ways = 7")], {"contract.bad-value"}),
        ([('metric = "jobs", price = [{ from', 'metric = 7, price = [{ from')], {"contract.bad-value"}),
        ([('rows = [{ metric = "jobs", price', 'rows = [7, { metric = "jobs", price')], {"contract.bad-value"}),
        ([('rows = [{ metric = "jobs", price', 'rows = [{ name = 7, metric = "jobs", price')], {"contract.bad-value"}),
        ([('starts_on = 2020-01-01\nends_on = 2022-12-31\nrounding', 'ends_on = "2022"\nrounding')], None),
        ([('pays = "principal"', "pays = 7")], {"contract.bad-value"}),
        ([('kind = "senior"', 'kind = "zzz"')], {"contract.bad-value"}),
        ([('over = ["gain", "bands"]', "over = 7")], {"contract.bad-value"}),
        ([('amount = "600" }]', "amount = 0 }]")], {"contract.bad-value"}),
        ([('payers = [{ payer = "city", share = "1" }]', 'payers = [{ payer = "city" }]')], {"contract.bad-value"}),
        ([('price = "5"', "price = [7]")], {"contract.bad-value"}),
    ],
)  # fmt: skip
def test_nothing_is_made_up(changes: list[tuple[str, str]], codes: set[str] | None) -> None:
    text = spoilt(*changes)
    found = {problem.code for problem in problems(text)}
    assert found <= SCHEMA
    assert codes is None or found == codes


BACKWARDS = '[[settlement]]\nid = "2022"\nstarts_on = 2022-06-01\nends_on = 2022-01-31'


def test_a_document_that_cannot_be_mended_tells_what_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    text = spoilt(('committed = "1000"', 'comitted = "1000"'), ('currency = "GBP"', 'currency = "GBX"'))
    monkeypatch.setattr("sib.terms.mended._ROUNDS", 1)
    assert {problem.code for problem in problems(text)} == {"contract.unknown-key", "contract.missing-key"}


def test_what_is_right_with_a_part_that_gives_way_keeps_its_place() -> None:
    """The second party goes, and the fault of the third payment's line is still its own."""
    text = spoilt(
        ('[[party]]\nid = "helper"', '[[party]]\nid = "x"\nrole = 7\n[[party]]\nid = "helper"'),
        ('tranche = "loan"', 'tranche = "lone"'),
        ("starts_on = 2021-01-01\nends_on = 2021-12-31", "starts_on = 7\nends_on = 2021-12-31\n" + BACKWARDS),
    )
    found = {(each.code, each.place, each.line) for each in problems(text)}
    assert ("contract.dates", "settlement 3 (2022)", line_of(text, '[[settlement]]\nid = "2022"')) in found
    assert ("contract.unknown-name", "waterfall 1 (principal), to 1, tranche", line_of(text, '"lone"')) in found


@pytest.mark.parametrize("cut", ["[[party]]", "[contract]", "[[cohort]]"])
def test_a_file_that_is_half_there_is_told_what_it_lacks(cut: str) -> None:
    assert {problem.code for problem in problems(GOOD[: GOOD.index(cut)])} <= SCHEMA


def test_a_list_written_as_a_number_hides_only_itself() -> None:
    text = "waterfall = 7\nsettlement = { a = 1 }\nformat = 2\n" + spoilt(
        (GOOD[GOOD.index("[[settlement]]") : GOOD.index("[[tranche]]")], ""),
        (GOOD[GOOD.index("[[waterfall]]") :], ""),
        ("format = 1\n", ""),
        ('currency = "GBP"', 'currency = "GBX"'),
    )
    found = [problem.code for problem in problems(text)]
    assert found.count("contract.currency") == 1
    assert set(found) == {"contract.currency", "contract.bad-value"}


def test_defaults_under_a_misspelt_name_are_told_once() -> None:
    (one,) = problems(spoilt(("[defaults.metric]", "[defaults.metrics]")))
    assert one.mend == "did you mean `[defaults.metric]`?"


def test_more_faults_than_anybody_reads_are_counted() -> None:
    junk = "".join(f"[[party]]\nid = {place}\n" for place in range(300))
    found = problems(spoilt(("[[cohort]]", f"{junk}[[cohort]]")))[-1:]
    assert found[0].code == "contract.bad-value" or found[0].what.endswith("more faults stand in the file")
