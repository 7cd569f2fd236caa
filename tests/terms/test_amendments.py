"""terms: amendments as data: applied to the document, read by the ordinary reader, checked, said in sentences."""

from datetime import date

import pytest

from sib.errors import NotValid, Problem
from sib.terms.amend import (
    amended,
    amendments_in_words,
    parse_amendment,
)
from sib.terms.amendments import PARTS, Change
from sib.terms.base import value_on
from sib.terms.contract import Contract
from sib.terms.read import parse_contract
from tests.terms.amended import NO_JOBS, SIGNED, TEXT, after, agreed, problems, text


class TestChanges:
    def test_keys_are_set_and_the_version_follows(self) -> None:
        terms = after('[[change]]\npayment = "homes"\nset = { cap = "950000", amount.price = "13" }\n')
        homes = terms.the_payment("homes")
        assert value_on(homes.cap, date(2024, 4, 1)) == 950000
        assert homes.amount.price[0].value == 13  # type: ignore[union-attr]
        assert homes.amount.per == "day"  # type: ignore[union-attr]
        header = terms.contract
        assert (header.version, header.in_force_from, header.judged_at) == (2, date(2026, 4, 1), "event date")

    def test_a_table_with_a_kind_and_a_list_are_put_in_place_whole(self) -> None:
        terms = after(
            '[[change]]\npayment = "homes"\nset = { amount = { kind = "fixed", amount = "5" } }\n'
            '[[change]]\nmetric = "job"\nset = { evidence = ["a payslip"], window.closes = 2028-03-31 }\n'
        )
        assert terms.the_payment("homes").amount.kind == "fixed"  # type: ignore[union-attr]
        job = terms.the_metric("job")
        assert job.evidence == ("a payslip",)
        assert (job.window.opens, job.window.closes) == (date(2024, 4, 1), date(2028, 3, 31))

    def test_a_number_holds_from_then_and_what_held_before_stays(self) -> None:
        terms = after(
            '[[change]]\npayment = "job"\nfrom_then = { price = "1400" }\n'
            '[[change]]\npayment = "homes"\nfrom_then = { amount.price = { from = 2026-10-01, value = "14" } }\n'
            '[[change]]\nrate_card = 1\nfrom_then = { cap = "90000" }\n'
        )
        job = terms.the_payment("job")
        assert [(each.from_, each.value) for each in job.amount.price] == [  # type: ignore[union-attr]
            (None, 1500),
            (date(2025, 4, 1), 1450),
            (date(2026, 4, 1), 1400),
        ]
        assert job.amount.price[-1].clause == "Amendment 1"  # type: ignore[union-attr]
        homes = terms.the_payment("homes").amount.price  # type: ignore[union-attr]
        assert [(each.from_, each.value) for each in homes] == [(None, 12.5), (date(2026, 10, 1), 14)]
        assert [(each.from_, each.value) for each in job.cap] == [(date(2026, 4, 1), 90000)]

    def test_parts_are_added_with_the_contracts_defaults(self) -> None:
        terms = after(
            '[[change]]\nmetric = "kept_job"\nadd = { name = "keeps a job", unit = "person" }\n'
            '[[change]]\npayment = "kept_job"\n[change.add]\npayer = "south_town"\npayee = "provider"\n'
            'metric = "kept_job"\ncap = "none"\nclause = "Schedule 7, 2"\n'
            'amount = { kind = "price", price = "bonus_is_not_a_price", per = "person", of = "kept_job" }\n'.replace(
                "bonus_is_not_a_price", "900"
            )
            + '[[change]]\namount = "bonus"\nadd = { kind = "fixed", amount = "50" }\n'
            '[[change]]\nsettlement = "2026"\nadd = { starts_on = 2026-04-01, ends_on = 2027-03-31 }\n'
        )
        assert terms.the_metric("kept_job").evidence == terms.the_metric("job").evidence
        assert terms.the_payment("kept_job").payer == "south_town"
        assert "bonus" in terms.amount
        assert terms.settlement[-1].id == "2026"

    def test_parts_without_an_id_are_added_and_changed_at_their_place(self) -> None:
        rows = '[{ metric = "job", price = "5" }]'
        card = f'{{ payer = "south_town", payee = "provider", cap = "none", clause = "S", rows = {rows} }}'
        terms = after(
            '[[change]]\npayment = "job"\nend = true\n'
            f"[[change]]\nrate_card = 1\nadd = {card}\n"
            '[[change]]\nrate_card = 2\nset = { clause = "Schedule 9" }\n'
        )
        assert [[row.metric for row in card.rows] for card in terms.rate_card] == [["job"], ["course"]]
        assert terms.rate_card[1].clause == "Schedule 9"

    def test_parts_are_ended(self) -> None:
        assert [payment.id for payment in after(NO_JOBS).payments] == ["homes", "course"]

    def test_tables_of_which_there_is_one_are_named_by_true(self) -> None:
        words = '[[change]]\namount = "bonus"\nadd = { kind = "fixed", amount = "50" }\n[[change]]\nwords = true\n'
        added = words + 'add = { bonus = "the bonus" }\n'
        assert after(added).words == {"bonus": "the bonus"}
        again = added + '[[change]]\nwords = true\nset = { bonus = "the reward" }\n'
        assert after(again).words == {"bonus": "the reward"}
        ended = added + "[[change]]\nwords = true\nend = true\n"
        assert after(ended).words == {}
        (problem,) = problems(text(words + 'set = { bonus = "the bonus" }\n'))
        assert problem.what == "there is no table `words`"
        (problem,) = problems(text(added + '[[change]]\nwords = true\nadd = { bonus = "it" }\n'))
        assert problem.what == "there is the table `words` already"
        assert "  - added: words" in amendments_in_words(agreed(text(added)))[0].splitlines()

    def test_a_row_of_a_card_with_an_id_is_called_as_its_payment(self) -> None:
        named = TEXT.replace("[[rate_card]]\n", '[[rate_card]]\nid = "north"\n').replace(
            'over = ["job", "course"]', 'over = ["north_job"]'
        )
        change = '[[change]]\npayment = "north_course"\nset = { price = "230" }\n'
        change += '[[change]]\nrate_card = "north"\nset = { clause = "S" }\n'
        terms = after(change, contract=named)
        assert terms.the_payment("north_course").amount.price[0].value == 230  # type: ignore[union-attr]
        assert terms.rate_card[0].clause == "S"

    def test_a_key_is_left_out(self) -> None:
        shares = '[{ payer = "north_town", share = 1 }, { payer = "south_town", share = 1 }]'
        terms = after(f'[[change]]\nrate_card = 1\nleave_out = ["payer"]\nset = {{ payers = {shares} }}\n')
        assert len(terms.the_payment("job").payers) == 2

    def test_what_defaults_shared_is_left_out_of_one_part_only(self) -> None:
        shared = TEXT.replace("[defaults.metric]", '[defaults.metric]\nillustrative = "invented"')
        terms = after('[[change]]\nmetric = "job"\nleave_out = ["illustrative"]\n', contract=shared)
        assert terms.the_metric("job").illustrative is None
        assert terms.the_metric("course").illustrative == "invented"

    def test_amendments_follow_each_other(self) -> None:
        two = agreed(
            text('[[change]]\npayment = "job"\nfrom_then = { price = "1400" }\n'),
            text('[[change]]\npayment = "job"\nfrom_then = { price = "1300" }\n', 2, "2026-10-01"),
        )
        assert [terms.contract.version for terms in two.versions] == [1, 2, 3]
        prices = two.latest.contract.the_payment("job").amount.price  # type: ignore[union-attr]
        assert [each.value for each in prices] == [1500, 1450, 1400, 1300]

    def test_every_part_of_a_contract_can_be_changed(self) -> None:
        assert set(PARTS) == set(Contract.model_fields) - {"format"}, "name the new part in Change"
        assert set(Change.model_fields) - set(PARTS) == {"set", "from_then", "leave_out", "add", "end"}


class TestRefused:
    """Each fault is told with the file and line that say it."""

    def check(self, changes: str, code: str, line: int, *, place: str | None = None) -> Problem:
        problem, *more = problems(text(changes))
        assert not more, more
        assert (problem.code, problem.file) == (code, "c/amendments/001.toml")
        assert problem.line == text("").count("\n") + line, problem
        assert problem.mend
        assert place is None or problem.place == place
        return problem

    @pytest.mark.parametrize(
        ("changes", "code", "line"),
        [
            ('[[change]]\npayment = "jobb"\nend = true\n', "contract.unknown-name", 2),
            ('[[change]]\namount = "bonus"\nend = true\n', "contract.unknown-name", 2),
            ('[[change]]\ncontract = "two_town"\nset = { summary = "x" }\n', "contract.unknown-name", 2),
            ('[[change]]\npayment = "job"\nadd = { cap = "none" }\n', "contract.same-id", 2),
            ('[[change]]\ncontract = "two_towns"\nadd = { }\n', "amendment.change", 2),
            ('[[change]]\ncontract = "two_towns"\nend = true\n', "amendment.change", 2),
            ('[[change]]\ncontract = "two_towns"\nset = { currency = "EUR" }\n', "amendment.change", 3),
            ('[[change]]\ncontract = "two_towns"\nset = { version = 7 }\n', "amendment.change", 3),
            ('[[change]]\nparty = "fund"\nset = { id = "funds" }\n', "amendment.change", 3),
            ('[[change]]\npayment = "job"\nset = { metric = "course" }\n', "amendment.change", 3),
            ('[[change]]\nparty = "fund"\nleave_out = ["source"]\n', "amendment.change", 3),
            ('[[change]]\npayment = "homes"\nfrom_then = { amount.limit = "5" }\n', "amendment.change", 3),
            ('[[change]]\npayment = "homes"\nfrom_then = { clause.price = "5" }\n', "amendment.change", 3),
            ('[[change]]\npayment = "homes"\nfrom_then = { amount = "5" }\n', "amendment.change", 3),
            (
                '[[change]]\npayment = "job"\nfrom_then = { price = { from = 2026-03-31, value = "5" } }\n',
                "amendment.order",
                3,
            ),
            ('[[change]]\nsettlement = "2025"\nend = true\n', "amendment.closed-period", 1),
            ('[[change]]\nsettlement = "2025"\nset = { ends_on = 2026-03-30 }\n', "amendment.closed-period", 1),
            ('[[change]]\npayment = "homes"\nset = { capp = "5" }\n', "contract.unknown-key", 3),
            ('[[change]]\npayment = "homes"\nset = { amount.price = 12.5 }\n', "contract.bad-value", 3),
            ('[[change]]\npayment = "homes"\nset = { payee = "nobody" }\n', "contract.unknown-name", 3),
            ('[[change]]\npayment = "job"\nfrom_then = { price = "1.x" }\n', "contract.bad-value", 3),
            (
                '[[change]]\npayment = "job"\nfrom_then = { price = { value = "5", form = 2027-01-01 } }\n',
                "contract.unknown-key",
                3,
            ),
            ('[[change]]\nmetric = "kept"\n\nadd = { name = "keeps", unitt = "person" }\n', "contract.unknown-key", 4),
        ],
    )
    def test_a_change_that_cannot_be_made(self, changes: str, code: str, line: int) -> None:
        found = [each for each in problems(text(changes)) if each.code == code]
        assert [(each.file, each.line) for each in found[:1]] == [
            ("c/amendments/001.toml", text("").count("\n") + line)
        ], problems(text(changes))
        assert found[0].mend

    @pytest.mark.parametrize(
        "change",
        [
            'payment = "job"',
            'payment = "job"\nset = { price = "5" }\nend = true',
            "end = true",
            'payment = "job"\ncap = "x"\nend = true',
        ],
    )
    def test_a_change_is_of_one_part_and_does_one_thing(self, change: str) -> None:
        (problem,) = problems(text(f"[[change]]\n{change}\n"))
        assert problem.code == "contract.bad-value"
        assert problem.line == text("").count("\n") + 1

    def test_what_is_left_missing_is_told_where_it_was_left_out(self) -> None:
        self.check('[[change]]\nparty = "fund"\nleave_out = ["name"]\n', "contract.missing-key", 3)

    def test_what_has_no_line_is_told_by_file(self) -> None:
        found = problems(text('[[change]]\ncohort = "enrolled"\nend = true\n'))
        assert [(each.file, each.line, each.place) for each in found] == [("contract.toml", None, "cohort")]

    def test_lines_move_with_their_parts(self) -> None:
        """After a party was taken out, faults are told on the lines of the contract and of the amendment as before."""
        good = '[[change]]\nparty = "south_town"\nend = true\n'
        (problem,) = problems(text(good, more='must_sign = ["provider"]'))
        assert (problem.code, problem.place) == ("amendment.ended", "change 1")
        line = TEXT[: TEXT.index("payers = [")].count("\n") + 1
        assert problem.mend == f"end or change that too; it stands in contract.toml, line {line}"
        assert problem.line == text("", more='must_sign = ["provider"]').count("\n") + 1
        spoilt = '[[change]]\nparty = "fund"\nset = { role = "payer" }\n' + good
        problem = problems(text(spoilt, more='must_sign = ["provider"]'))[-1]
        assert (problem.place, problem.file) == ("party 3 (fund), role", "c/amendments/001.toml")
        assert problem.line == text(spoilt, more='must_sign = ["provider"]').count("\n") - 3

    def test_a_row_spoilt_by_an_earlier_change_is_told(self) -> None:
        for rows in ('"none"', '[{ price = "5" }, 7]'):
            changes = f'[[change]]\nrate_card = 1\nset = {{ rows = {rows} }}\n[[change]]\npayment = "job"\nend = true\n'
            (problem,) = problems(text(changes))
            assert problem.what == "no payment is called `job`"

    def test_another_name_for_a_part_has_no_keys(self) -> None:
        named = TEXT + '\n[quantity]\nnights = "days_housed"\n'
        (problem,) = problems(text('[[change]]\nquantity = "nights"\nset = { unit = "day" }\n'), contract=named)
        assert problem.code == "amendment.change"
        assert "nights" not in after('[[change]]\nquantity = "nights"\nend = true\n', contract=named).quantity

    def test_numbers_run_without_a_gap_and_name_the_file(self) -> None:
        (problem,) = problems(text(number=2))
        assert problem.code == "amendment.number"
        misnamed = parse_amendment(text(), "c/amendments/1.toml")
        with pytest.raises(NotValid) as caught:
            amended(parse_contract(TEXT), [misnamed])
        assert caught.value.problems[0].code == "amendment.number"

    def test_effective_dates_run_forward(self) -> None:
        (problem,) = problems(text(on="2026-04-02"), text(number=2, on="2026-04-01"))
        assert problem.code == "amendment.order"
        assert len(agreed(text(), text(number=2)).versions) == 3

    def test_a_draft_before_a_signed_one(self) -> None:
        (problem,) = problems(text(more=""), text(number=2))
        assert problem.code == "amendment.order"
        assert "amendment 1 is not" in problem.what

    @pytest.mark.parametrize(
        ("signed", "code"),
        [
            ('{ party = "nobody", by = "x", on = 2025-12-01 }', "contract.unknown-name"),
            ('{ party = "provider", by = "x", on = 2025-10-01 }', "amendment.signed"),
            ('{ party = "provider", by = "x", on = 2026-04-02 }', "amendment.signed"),
            (
                '{ party = "provider", by = "x", on = 2025-12-01 }, { party = "provider", by = "y", on = 2025-12-02 }',
                "contract.same-id",
            ),
        ],
    )
    def test_who_signs_and_when(self, signed: str, code: str) -> None:
        (problem,) = problems(text(more=f"signed = [{signed}]"))
        assert problem.code == code

    def test_who_must_sign_is_a_party(self) -> None:
        (problem,) = problems(text(more='must_sign = ["nobody"]'))
        assert problem.code == "contract.unknown-name"

    def test_new_periods_cannot_begin_in_what_is_closed(self) -> None:
        added = '[[change]]\nsettlement = "2026"\nadd = { starts_on = 2026-04-01, ends_on = 2026-05-31 }\n'
        (problem,) = problems(text(added, on="2026-07-01"))
        assert problem.code == "amendment.closed-period"
        open_again = text(
            '[[change]]\nsettlement = "2025"\nset = { ends_on = 2026-06-30 }\n',
            more=SIGNED + "\nclosed_until = 2025-03-31",
        )
        assert agreed(open_again).latest.contract.settlement[-1].ends_on == date(2026, 6, 30)
