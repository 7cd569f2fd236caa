"""terms: what is worth a look in a good contract: each finding is where it belongs, and nothing is said of the rest."""

import tomllib
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from sib.errors import Problem
from sib.terms.lint import Cases
from sib.terms.lint.folded import folded
from sib.terms.lint.shown import Shown
from sib.terms.read import advised, parse_contract
from tests.terms.faults import line_of, spoilt
from tests.terms.quiet import QUIET

PROJECT = Path(__file__).resolve().parents[2]
ASKED = tomllib.loads((Path(__file__).parent / "lint.toml").read_text(encoding="utf-8"))


def looked(text: str) -> list[tuple[str, str, int | None]]:
    """What is said of a contract: code, sentence and line."""
    found = advised(parse_contract(text))
    assert [each.line or 0 for each in found] == sorted(each.line or 0 for each in found)
    assert all(each.mend and each.file == "contract.toml" for each in found)
    return [(each.code, each.what, each.line) for each in found]


def test_of_a_quiet_contract_nothing_is_said() -> None:
    assert looked(QUIET) == []


@pytest.mark.parametrize("case", ASKED["look"], ids=[case["name"] for case in ASKED["look"]])
def test_each_is_told_once_with_its_line(case: dict[str, Any]) -> None:
    text = spoilt(*map(tuple, case["changes"]), text=QUIET)
    at = text.rindex("[[waterfall]]") if case["at"] == "the last step" else text.index(case["at"])
    found = looked(text)
    assert (case["code"], case["what"], text[:at].count("\n") + 1) in found
    assert [code for code, _, _ in found].count(case["code"]) == 1


@pytest.mark.parametrize("case", ASKED["quiet"], ids=[case["name"] for case in ASKED["quiet"]])
def test_no_false_alarm(case: dict[str, Any]) -> None:
    assert looked(spoilt(*map(tuple, case["changes"]), text=QUIET)) == []


def test_without_settlement_periods_nothing_is_said_of_them() -> None:
    text = QUIET[: QUIET.index("[[settlement]]")] + QUIET[QUIET.index("[[tranche]]") :]
    assert looked(text) == []


def test_where_some_figures_have_a_source_the_others_are_asked_for_theirs() -> None:
    text = spoilt(('source = "Schedule 9"\n', ""), ('cap = "900"', 'cap = "900"\nsource = "x"'), text=QUIET)
    assert [(code, line) for code, _, line in looked(text)] == [
        ("look.no-source", line_of(text, '[[payment]]\nid = "work"')),
        ("look.no-source", line_of(text, "[[rate_card]]")),
        ("look.no-source", line_of(text, "[[cap]]")),
        ("look.no-source", line_of(text, "[[tranche]]")),
    ]


def cases(*values: int | None, name: str, expected: frozenset[str] = frozenset()) -> Cases:
    """Cases in which a quantity comes to these values, and no other is known."""
    known = [None if value is None else Fraction(value) for value in values]
    return Cases(
        tuple(
            Shown(date(2021, 6, 30), lambda quantity, value=value: value if quantity == name else None)
            for value in known
        ),
        expected,
    )


def codes(text: str, known: Cases) -> list[str]:
    return [each.code for each in advised(parse_contract(text), known)]


STEPS = spoilt(
    ('shape = "linear"', 'shape = "step"'),
    ('{ from = "0", amount = "0", rise = "100" },', '{ from = "2", amount = "10" },'),
    ('{ from = "5", amount = "500", rise = "80" },', '{ from = "4", amount = "920" },'),
    text=QUIET,
)


class TestCasesAnswer:
    """What a contract's golden cases show is not asked for again."""

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ((3, 4, 5), []),
            ((None, 2, 4, 10), []),
            ((4, 5), ["look.cliff"]),
            ((3, 4), ["look.cliff"]),
            ((3, 5), ["look.cliff"]),
            # 1 lies before the row that ends at 4: it is another step
            ((1, 4, 5), ["look.cliff"]),
            ((), ["look.cliff"]),
        ],
    )
    def test_a_step_of_a_table(self, values: tuple[int | None, ...], said: list[str]) -> None:
        assert codes(STEPS, cases(*values, name="paid_score")) == said

    @pytest.mark.parametrize("than", ['value = "20"', 'than = "score"'])
    def test_the_boundary_of_a_condition(self, than: str) -> None:
        """At 20 people the one branch gives 140, the other 40; measured numbers bound as agreed ones do."""
        text = spoilt(
            ('otherwise = { kind = "price", price = "7", per = "person", of = "jobs" }', 'otherwise = "forty"'),
            ('then = "bonus"', 'then = { kind = "fixed", amount = "140" }'),
            ("[amount.bonus]", '[amount.forty]\nkind = "fixed"\namount = "40"\n[amount.bonus]'),
            ('cap = "200"', 'cap = "200"\nsettles = "in total"'),
            ('unit = "point"', 'unit = "person"'),
            ('per = "point"', 'per = "person"'),
            ('value = "20"', than),
            text=QUIET,
        )

        def value(jobs: int) -> Shown:
            of = {"jobs": Fraction(jobs), "score": Fraction(20)}
            return Shown(date(2021, 6, 30), of.get)

        all_three = Cases(tuple(value(jobs) for jobs in (19, 20, 21)), frozenset())
        two = Cases(tuple(value(jobs) for jobs in (20, 21)), frozenset())
        assert "look.cliff" not in codes(text, all_three)
        assert "look.cliff" in codes(text, two)

    def test_a_quantity_that_a_case_expects_is_used(self) -> None:
        text = spoilt(
            ("[condition.enough]", '[quantity.half]\nkind = "sum"\nof = ["score"]\n[condition.enough]'), text=QUIET
        )
        assert codes(text, cases(name="half")) == ["look.idle-name"]
        assert codes(text, cases(name="half", expected=frozenset({"half"}))) == []


def problem(line: int, name: str, code: str = "look.x") -> Problem:
    return Problem(code, f"`{name}` and “{name}” are odd", "mend", file="contract.toml", line=line)


class TestFolded:
    """What is alike is told once where it is many, or on one line."""

    def test_few_on_lines_of_their_own_are_told_one_by_one(self) -> None:
        found = [problem(line, f"p{line}") for line in (1, 2, 3, 4)]
        assert list(folded(found)) == found

    def test_many_are_one_with_the_lines_of_the_others(self) -> None:
        found = [problem(line, f"p{line}") for line in range(1, 6)]
        (told,) = folded([*found])
        assert (told.what, told.line) == ("`p1` and “p1” are odd; and 4 more like it, on lines 2, 3, 4 and 5", 1)

    def test_very_many_name_the_first_lines(self) -> None:
        (told,) = folded([problem(line, "p") for line in range(1, 21)])
        assert told.what.endswith("; and 19 more like it, on lines 2, 3, 4, 5, 6, 7 and further on")

    def test_two_on_one_line_are_one(self) -> None:
        other, *_ = found = [problem(9, "a", "look.y"), problem(7, "a"), problem(7, "b")]
        one, same = folded(found)
        assert (one.what, same) == ("`a` and “a” are odd; and 1 more like it", other)
        *_, last = folded([problem(7, "a"), problem(7, "b"), problem(8, "c")])
        assert last.what.endswith("; and 2 more like it, on line 8")


@pytest.mark.parametrize(
    "file", sorted((PROJECT / "contracts").glob("*/contract.toml")), ids=lambda file: file.parent.name
)
def test_every_contract_of_ours_can_be_looked_at(file: Path) -> None:
    agreed = parse_contract(file.read_text(encoding="utf-8"), str(file))
    for found in advised(agreed):
        assert found.code.startswith("look.")
        assert found.line
        assert "inf" not in found.what.split()
