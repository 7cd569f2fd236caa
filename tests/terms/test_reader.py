"""terms: whatever is wrong in a contract file is refused with its code, its line and a word on how to mend it."""

import tomllib
from pathlib import Path

import pytest

from sib.errors import Exit, Missing, NotValid
from sib.terms.contract import Contract
from sib.terms.read import parse_contract, read_contract
from tests.terms.faults import GOOD, line_of, problems, spoilt

FAULTS = tomllib.loads((Path(__file__).parent / "faults.toml").read_text(encoding="utf-8"))["fault"]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault["name"] for fault in FAULTS])
def test_each_fault_is_told_with_line_and_mend(fault: dict[str, str]) -> None:
    text = spoilt((fault["old"], fault["new"]))
    found = problems(text)
    told = [problem for problem in found if problem.code == fault["code"] and fault["mend"] in problem.mend]
    assert told, [str(problem) for problem in found]
    assert (told[0].place or "").endswith(fault["place"])
    assert told[0].line == line_of(text, fault.get("at", fault["new"]))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('groups = ["young", "old"]', "groups = " + "[" * 2000 + "]" * 2000),
        ("version = 1", "version = " + "9" * 5000),
        ('otherwise = "flat"', "otherwise = " + "{ kind = 'share', share = 1, of = " * 1000 + '"flat"' + " }" * 1000),
    ],
)
def test_more_than_any_agreement_needs_is_refused_before_the_stack_runs_out(old: str, new: str) -> None:
    (told,) = problems(spoilt((old, new)))
    assert (told.code, told.line) == ("toml.too-much", None)


def test_rules_nested_a_hundred_deep_are_refused_at_their_line() -> None:
    deep = "otherwise = " + "{ kind = 'share', share = 1, of = " * 100 + '"flat"' + " }" * 100
    text = spoilt(('otherwise = "flat"', deep))
    (told,) = problems(text)
    assert (told.code, told.line) == ("toml.too-much", line_of(text, deep))
    assert told.mend == "give parts of a rule names of their own, and write numbers of at most 18 digits"


SEVEN = {
    "payer": 'payer = "city"\npayee = "helper"\nmetric = "score"',
    "payee": 'payee = "helper"\nmetric = "score"',
    "metric": 'metric = "score"\ncap',
    "cap": 'cap = "5000"',
    "clause": 'clause = "Schedule 2"\n\n[payment.amount]\nkind = "when"',
    "cohort": 'cohort = "people"',
    "compared_with": 'compared_with = { kind = "historical", words = "the score before" }',
    "evidence": 'evidence = ["a record"]',
    "window": "window = { opens = 2020-01-01, closes = 2022-12-31 }",
    "unit": 'unit = "point"\ncounted_from',
    "counted_from": 'counted_from = "measurement"',
}
"""Every part of the seven that a payment sentence has, with the text that says it first."""


@pytest.mark.parametrize("key", SEVEN)
def test_a_rule_with_a_part_missing_is_refused(key: str) -> None:
    line = next(row for row in SEVEN[key].splitlines() if row.startswith(key))
    text = spoilt((SEVEN[key], SEVEN[key].replace(f"{line}\n", "", 1).replace(line, "", 1)))
    told = problems(text)[0]
    if key == "payer":
        assert told.mend == "name either one `payer`, or several `payers` with their shares"
    else:
        assert (told.code, told.what) == ("contract.missing-key", f"`{key}` is missing")
        assert told.mend.startswith(f"add `{key}`")


def test_a_payment_without_an_amount_is_refused() -> None:
    text = GOOD[: GOOD.index("[payment.amount]")] + GOOD[GOOD.index('[[payment]]\nid = "bands"') :]
    (told,) = problems(text)
    assert (told.code, told.place, told.mend) == (
        "contract.missing-key",
        "payment 1 (gain), amount",
        "add `amount`: how much",
    )
    assert told.line == line_of(text, '[[payment]]\nid = "gain"')


def test_an_empty_file_is_told_everything_it_needs() -> None:
    told = problems("")
    assert [problem.what for problem in told] == [
        f"`{key}` is missing" for key in ("format", "contract", "party", "cohort", "metric")
    ]


def test_several_faults_are_told_at_once() -> None:
    text = spoilt(
        ('committed = "1000"', 'comitted = "1000"'),
        ('price = "3.5"', "price = 3.5"),
        ('kind = "compare"', 'kind = "compares"'),
        ('role = "investor"', 'role = "investors"'),
        ('[[settlement]]\nid = "2021"', "[[settlement]]\nid = 2021"),
        ("[defaults.metric]", "[defaults.metrik]\nx = 1\n[defaults.metric]"),
    )
    told = problems(text)
    assert [(problem.code, problem.line) for problem in told] == [
        ("contract.bad-value", line_of(text, 'role = "investors"')),
        ("contract.unknown-key", line_of(text, "[defaults.metrik]")),
        ("contract.unknown-kind", line_of(text, "[condition.enough]")),
        ("contract.bad-value", line_of(text, "price = 3.5")),
        ("contract.bad-value", line_of(text, "id = 2021")),
        ("contract.missing-key", line_of(text, "[[tranche]]")),
        ("contract.unknown-key", line_of(text, "comitted")),
    ]


def test_several_faults_of_meaning_are_told_at_once() -> None:
    text = spoilt(
        ('party = "fund"', 'party = "x"'),
        ('amount = "600"', 'amount = "900"'),
        ('currency = "GBP"', 'currency = "GBX"'),
    )
    assert [problem.code for problem in problems(text)] == [
        "contract.currency",
        "contract.unknown-name",
        "contract.overdrawn",
    ]


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ([('of = "score"\n', 'of = "net_score"\n')], ["quantity, net_score"]),
        (
            [
                (
                    'amount = "100"',
                    'amount = "100"\n'
                    '[amount]\na = { kind = "sum", of = ["b"] }\nb = { kind = "sum", of = ["flat", "a"] }',
                )
            ],
            ["amount, a", "amount, b"],
        ),
        ([('value = "1"\n', 'value = "1"\n[condition.c]\nkind = "none"\nof = ["enough", "c"]\n')], ["condition, c"]),
    ],
)
def test_what_is_made_of_itself_is_refused(changes: list[tuple[str, str]], places: list[str]) -> None:
    told = [problem for problem in problems(spoilt(*changes)) if problem.code == "contract.circle"]
    assert [problem.place for problem in told] == places
    assert {problem.mend for problem in told} == {"break the circle"}


def test_a_circle_elsewhere_does_not_trap_the_search() -> None:
    """A rule that only leads into a circle is not one itself."""
    text = spoilt(
        ('otherwise = "flat"', 'otherwise = "a"'),
        (
            'amount = "100"',
            'amount = "100"\n[amount.a]\nkind = "sum"\nof = ["b"]\n[amount.b]\nkind = "sum"\nof = ["b", "b"]',
        ),
    )
    assert [problem.place for problem in problems(text)] == ["amount, b"]


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ('kind = "sum"\nof = ["score", "jobs"]', "quantity, x, of 2"),
        (
            'kind = "weighted score"\nunit = "point"\n'
            'of = [{ quantity = "score", weight = "1" }, { quantity = "jobs", weight = "1" }]',
            "quantity, x, of 2",
        ),
        (
            'kind = "difference"\nof = { kind = "limit", of = "score" }\nless = { kind = "people", metric = "jobs" }',
            "quantity, x, less",
        ),
        ('kind = "difference"\nof = { kind = "sum", of = ["score"] }\nless = "young_jobs"', "quantity, x, less"),
    ],
)
def test_units_are_followed_through_quantities(rule: str, place: str) -> None:
    (told,) = problems(spoilt(("[condition.enough]", f"[quantity.x]\n{rule}\n[condition.enough]")))
    assert (told.code, told.place) == ("contract.unit", place)


def test_times_is_multiplied_by_its_own_unit() -> None:
    text = spoilt(('otherwise = "flat"', 'otherwise = { kind = "times", of = "flat", by = "jobs", per = "point" }'))
    (told,) = problems(text)
    assert (told.code, told.place) == ("contract.unit", "payment 1 (gain), amount, otherwise, per")


@pytest.mark.parametrize("defaults", ["defaults = 7\n", "defaults = []\n"])
def test_defaults_that_are_no_table(defaults: str) -> None:
    text = defaults + GOOD.replace("[defaults.metric]", "[[metric]]")
    told = problems(text)[0]
    assert (told.code, told.line, told.mend) == ("contract.bad-value", 1, "write [defaults.metric]")


def test_defaults_that_hold_no_table_share_nothing() -> None:
    text = spoilt(("[defaults.metric]\n", "[defaults]\nmetric = 7\nxyz = 1\n[other]\n"))
    told = {problem.what: problem.mend for problem in problems(text)}
    assert told["there are no [[xyz]] to share with"].startswith("share with one of: cap, cohort, metric")


def test_elements_that_are_no_tables_do_not_upset_the_defaults() -> None:
    text = "metric = [1]\n" + GOOD[: GOOD.index("[[metric]]")] + GOOD[GOOD.index("[quantity.young_jobs]") :]
    assert ("contract.bad-value", "metric 1") in [(problem.code, problem.place) for problem in problems(text)]


class TestFiles:
    """What a file can be beside a good one."""

    def test_a_good_file_is_read_with_its_hash(self, tmp_path: Path) -> None:
        file = tmp_path / "contract.toml"
        file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
        agreed = read_contract(file)
        assert agreed.contract == parse_contract(GOOD).contract
        assert (agreed.text, agreed.file) == (GOOD, str(file))
        assert agreed.sha256 == parse_contract(GOOD).sha256

    def test_an_absent_file(self, tmp_path: Path) -> None:
        for path in (tmp_path / "none.toml", tmp_path):
            with pytest.raises(Missing) as caught:
                read_contract(path)
            (told,) = caught.value.problems
            assert (told.code, told.file, told.mend) == ("file.absent", str(path), "check the path")
            assert caught.value.exit_code == Exit.MISSING

    def test_a_file_that_is_not_utf8(self, tmp_path: Path) -> None:
        file = tmp_path / "contract.toml"
        file.write_bytes(GOOD.replace("the city", "die Stadt K\xf6ln").encode("latin-1"))
        with pytest.raises(NotValid) as caught:
            read_contract(file)
        (told,) = caught.value.problems
        assert (told.code, told.mend) == ("file.not-utf8", "save the file as UTF-8")
        assert told.what == f"byte {GOOD.index('the city') + len('die Stadt K') + 1} of the file is not UTF-8 text"


def test_keys_in_quotation_marks_and_dotted_keys_have_lines_too() -> None:
    text = spoilt(
        ('[contract]\nid = "small"', '[contract]\n"id" = "Small"'),
        ("window = { opens = 2020-01-01, closes = 2022-12-31 }", "window.opens = 2020-01-01\nwindow.closes = 7"),
    )
    assert [(problem.place, problem.line) for problem in problems(text)] == [
        ("contract, id", line_of(text, '"id"')),
        ("defaults, metric, window, closes", line_of(text, "window.closes")),
    ]


def test_comments_between_elements_do_not_move_the_lines() -> None:
    text = spoilt(
        ('rows = [\n  { from = "1"', 'rows = [ # the rows\n  # the first\n  { from = "1"'),
        ('{ from = "3", amount = "20" }', '{ from = "3", amount = 2.5 }'),
    )
    assert [problem.line for problem in problems(text)] == [line_of(text, '{ from = "3"')]


def test_values_at_the_top_of_the_file_have_lines() -> None:
    assert [(problem.place, problem.line) for problem in problems(spoilt(("format = 1", "format = 2")))] == [
        ("format", 1)
    ]


class TestLookUps:
    """A contract finds its parts by id, and says which id it does not have."""

    CONTRACT: Contract = parse_contract(GOOD).contract

    @pytest.mark.parametrize(
        ("what", "name"),
        [
            ("metric", "jobs"),
            ("payment", "bands"),
            ("payment", "jobs"),
            ("cohort", "people"),
            ("party", "fund"),
            ("settlement", "2021"),
        ],
    )
    def test_by_id(self, what: str, name: str) -> None:
        assert getattr(self.CONTRACT, f"the_{what}")(name).id == name

    @pytest.mark.parametrize("what", ["metric", "payment", "cohort", "party", "settlement"])
    def test_absent(self, what: str) -> None:
        with pytest.raises(KeyError, match="nobody"):
            getattr(self.CONTRACT, f"the_{what}")("nobody")


def test_a_problem_reads_as_a_person_would_say_it() -> None:
    text = spoilt(('of = "young_jobs"', 'of = "old_jobs"'), ('otherwise = "flat"', 'otherwise = "flet"'))
    assert [str(problem) for problem in problems(text)] == [
        "error[contract.unknown-name]: no amount is called `flet`\n"
        f"  at:       contract.toml:{line_of(text, 'otherwise')} (payment 1 (gain), amount, otherwise)\n"
        "  mend:     did you mean `flat`?",
        "error[contract.unknown-name]: no metric or quantity is called `old_jobs`\n"
        f"  at:       contract.toml:{line_of(text, 'old_jobs')} (payment 2 (bands), amount, of)\n"
        "  mend:     did you mean `young_jobs`?",
    ]


def test_a_wrong_value_is_shown_short_and_a_wrong_table_is_not() -> None:
    long = problems(spoilt(('committed = "1000"', f'committed = "{"9" * 60}"')))[0]
    assert (long.value, long.expected) == ("9" * 40, "the most it may put in")
    table = problems(spoilt(('committed = "1000"', "committed = { a = 1 }")))[0]
    assert (table.value, table.mend) == (None, 'write decimal text in quotation marks, as "15.12"')


@pytest.mark.parametrize("wrong", ['over = "all"', 'over = ["gain", 7]'])
def test_a_value_that_may_be_of_two_sorts_has_one_fault(wrong: str) -> None:
    (told,) = problems(spoilt(('over = ["gain", "bands"]', wrong)))
    assert told.code == "contract.bad-value"


@pytest.mark.parametrize("wrong", ['repeats = "3"', 'repeats = "twice"', "repeats = true"])
def test_words_or_a_number_have_one_fault(wrong: str) -> None:
    (told,) = problems(spoilt(('counted_from = "claims"', f'counted_from = "claims"\n{wrong}')))
    assert told.place == "metric 1 (jobs), repeats"


def test_a_mistake_in_the_defaults_is_told_once_with_how_many_share_it() -> None:
    """A cohort that is not there: no group of it is asked for either."""
    (told,) = problems(spoilt(('[defaults.metric]\ncohort = "people"', '[defaults.metric]\ncohort = "peeple"')))
    assert told.what == "no cohort is called `peeple` (and 1 more part that shares it)"
    third = '[[metric]]\nid = "third"\nname = "third"\nunit = "x"\ncounted_from = "claims"\n'
    third += 'compared_with = { kind = "none", words = "nothing" }\n'
    spoilt_more = spoilt(
        ('[defaults.metric]\ncohort = "people"', '[defaults.metric]\ncohort = "peeple"'),
        ("[quantity.young_jobs]", f"{third}[quantity.young_jobs]"),
    )
    (told,) = problems(spoilt_more)
    assert told.what == "no cohort is called `peeple` (and 2 more parts that share it)"


def test_a_group_of_a_card_is_not_asked_of_a_cohort_that_is_not_there() -> None:
    card = ('cap = "none"\nclause = "Schedule 3"', 'cap = "none"\ngroup = "young"\nclause = "Schedule 3"')
    (told,) = problems(spoilt(('[defaults.metric]\ncohort = "people"', '[defaults.metric]\ncohort = "peeple"'), card))
    assert told.what.startswith("no cohort is called `peeple`")


def test_what_a_misspelt_key_holds_is_not_told_twice() -> None:
    """Several payees are no payee: the key is told, not what its list would be as one."""
    text = spoilt(
        (
            'payers = [{ payer = "city", share = "1" }]\npayee = "helper"',
            'payers = [{ payer = "city", share = "1" }]\npayees = ["helper"]',
        )
    )
    assert [(each.code, each.mend) for each in problems(text)] == [
        ("contract.missing-key", "add `payee`: who receives it"),
        ("contract.unknown-key", "did you mean `payee`?"),
    ]
