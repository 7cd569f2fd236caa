"""payments: outcomes judged under the version in force on their day, by hand and over random contracts."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from sib.errors import NotValid
from sib.payments.facts import Facts
from sib.payments.payable import PayableOutcome
from sib.payments.versions import counted_now, eras_of, in_force, judging, payable_under
from sib.terms.contract import Contract
from tests.payments.small import JOBS, contract, done, facts, metric, pay, price
from tests.payments.strategies import END

CHANGE = date(2021, 7, 1)
EVE = date(2021, 6, 30)


def next_version(terms: Contract, on: date = CHANGE, judged_at: str = "event date") -> dict[str, Any]:
    """The header of the version after ``terms``."""
    number = terms.contract.version + 1
    return {"header": {"version": number, "in_force_from": on, "judged_at": judged_at}}


def two(first: dict[str, Any], second: dict[str, Any], **more: Any) -> tuple[Contract, Contract]:
    """Two versions of a contract of one payment each."""
    one = contract(first, **more)
    return one, contract(second, **more, **next_version(one))


def lines(versions: Any, known: Facts) -> dict[str, PayableOutcome]:
    return {line.payment: line for line in payable_under(versions, known).payables}


def said(line: PayableOutcome) -> list[str]:
    return [reason.text for reason in line.reasons if reason.kind == "version"]


class TestByHand:
    def test_each_outcome_has_the_price_of_the_version_of_its_day(self) -> None:
        versions = two(pay(price(each="10")), pay(price(each="12")))
        known = facts(done("a", EVE), done("b", CHANGE), done("c", CHANGE))
        (line,) = payable_under(versions, known).payables
        assert line.amount == 1000 + 2 * 1200
        assert line.quantity == 3
        assert said(line) == [
            "what was achieved up to 30 June 2021 is judged under version 1",
            "what was achieved from 1 July 2021 is judged under version 2",
        ]

    def test_settlement_date_judges_all_that_is_not_settled_yet(self) -> None:
        first = contract(pay(price(each="10")))
        second = contract(pay(price(each="12")), **next_version(first, judged_at="settlement date"))
        known = facts(done("a", EVE), done("b", CHANGE), done("old", EVE, settled=True))
        (line,) = payable_under((first, second), known).payables
        assert line.amount == 2 * 1200
        assert said(line) == ["judged under version 2"]

    def test_before_it_is_in_force_a_version_changes_nothing(self) -> None:
        versions = two(pay(price(each="10")), pay(price(each="12")))
        known = replace(facts(done("a", EVE)), as_of=EVE)
        owed = payable_under(versions, known)
        assert owed.version == 1
        assert owed.total == 1000

    def test_nobody_is_paid_twice_where_once_is_agreed(self) -> None:
        versions = two(pay(price(each="10")), pay(price(each="12")))
        assert lines(versions, facts(done("a", EVE), done("a", CHANGE)))["p"].amount == 1000
        known = facts(done("a", EVE, settled=True), done("a", CHANGE))
        assert lines(versions, known)["p"].amount == 0

    def test_an_outcome_settled_out_of_turn_uses_the_limit_up_for_an_earlier_one(self) -> None:
        versions = two(pay(price(each="10")), pay(price(each="12")))
        assert lines(versions, facts(done("a", EVE), done("a", CHANGE, settled=True)))["p"].amount == 0

    def test_fixed_parts_are_paid_once_and_by_the_terms_at_settlement(self) -> None:
        both = {"kind": "sum", "of": [{"kind": "fixed", "amount": "100"}, price(each="10")]}
        more = {"kind": "sum", "of": [{"kind": "fixed", "amount": "150"}, price(each="12")]}
        known = facts(done("late", EVE), done("b", CHANGE))
        assert lines(two(pay(both), pay(more)), known)["p"].amount == 15000 + 1000 + 1200

    def test_a_charge_for_no_metric_is_paid_once(self) -> None:
        charge = {"id_": "fee", "metric": "none", "name": "the fee"}
        versions = [contract(pay({"kind": "fixed", "amount": "5"}, **charge), pay(price()))]
        versions.append(
            contract(pay({"kind": "fixed", "amount": "7"}, **charge), pay(price()), **next_version(versions[0]))
        )
        assert lines(versions, facts(done("a", EVE)))["fee"].amount == 700

    def test_what_does_not_change_is_not_cut(self) -> None:
        """Ten outcomes are a full step of ten, five and five are none."""
        steps = {"kind": "price", "price": "100", "per": "ten", "of": tens()}
        first = contract(pay(steps), pay(price(each="1"), "q"))
        second = contract(pay(steps), pay(price(each="2"), "q"), **next_version(first))
        people = [done(str(number), EVE if number < 5 else CHANGE) for number in range(10)]
        found = lines((first, second), facts(*people))
        assert found["p"].amount == 10000
        assert found["q"].amount == 5 * 100 + 5 * 200
        assert said(found["p"]) == ["judged under version 2, for which version 1 said the same"]

    def test_a_longer_term_does_not_cut_either_and_opens_nothing_that_was_closed(self) -> None:
        steps = {"kind": "price", "price": "100", "per": "ten", "of": tens()}
        short = metric("jobs", window={"opens": date(2020, 1, 1), "closes": date(2020, 12, 31)})
        first = contract(pay(steps), metrics=[short])
        second = contract(pay(steps), metrics=[JOBS], **next_version(first))
        inside = [done(str(number), date(2020, 6, 1)) for number in range(5)]
        closed = [done(f"closed {number}", date(2021, 2, 1)) for number in range(5)]
        late = [done(f"late {number}", CHANGE) for number in range(5)]
        assert lines((first, second), facts(*inside, *closed))["p"].amount == 0
        assert lines((first, second), facts(*inside, *late))["p"].amount == 10000

    def test_a_shorter_term_counts_what_was_inside_before(self) -> None:
        steps = {"kind": "price", "price": "100", "per": "ten", "of": tens()}
        short = metric("jobs", window={"opens": CHANGE, "closes": date(2021, 12, 31)})
        first = contract(pay(steps), metrics=[JOBS])
        second = contract(pay(steps), metrics=[short], **next_version(first))
        before = [done(str(number), date(2020, 6, 1)) for number in range(5)]
        after = [done(f"after {number}", CHANGE) for number in range(4)]
        last = done("last", date(2021, 12, 31))
        too_late = done("too late", date(2022, 1, 1))
        assert lines((first, second), facts(*before, *after, last))["p"].amount == 10000
        assert lines((first, second), facts(*before, *after, too_late))["p"].amount == 0

    def test_measured_results_are_read_by_the_terms_at_settlement(self) -> None:
        def of_score(each: str) -> dict[str, Any]:
            return pay(price("score", each, "point"), metric="score")

        known = facts(measured={"score": ("7", "point")})
        assert lines(two(of_score("1"), of_score("3")), known)["p"].amount == 2100

    def test_a_result_in_the_old_unit_is_not_read_by_the_new_terms(self) -> None:
        old = contract(pay(price("score", "1", "point"), metric="score"))
        new = contract(
            pay(price("score", "1", "mark"), metric="score"),
            metrics=[metric("score", "mark", "measurement")],
            **next_version(old),
        )
        assert lines((old, new), facts(measured={"score": ("7", "mark")}))["p"].amount == 700
        with pytest.raises(NotValid) as caught:
            payable_under((old, new), facts(measured={"score": ("7", "point")}))
        assert caught.value.problems[0].code == "facts.unit"

    def test_the_cap_is_that_of_the_version_at_settlement(self) -> None:
        versions = two(pay(price(), cap="20"), pay(price(), cap="35"))
        people = [done(str(number), EVE) for number in range(5)]
        assert lines(versions, facts(*people, paid_before={"p": 2000}))["p"].amount == 1500

    def test_a_payment_that_ended_still_pays_what_was_achieved_before_and_no_more(self) -> None:
        first = contract(pay(price(each="10")), pay(price("more", "7"), "q", "more"), metrics=[JOBS, metric("more")])
        second = contract(pay(price(each="10")), **next_version(first))
        known = facts(done("a", EVE, "more"), done("b", CHANGE, "more"))
        found = lines((first, second), known)
        assert found["q"].amount == 700
        assert said(found["q"]) == ["judged up to 30 June 2021 under version 1"]
        nothing = lines((first, second), facts(done("b", CHANGE, "more")))["q"]
        assert nothing.amount == 0
        assert said(nothing) == ["it has ended, and no outcome is left to pay"]

    def test_a_payment_that_ended_and_settles_in_total_takes_nothing_back(self) -> None:
        rule = {"kind": "sum", "of": [{"kind": "fixed", "amount": "100"}, price("more", "7")]}
        ended = pay(rule, "q", "more", settles="in total")
        first = contract(pay(price()), ended, metrics=[JOBS, metric("more")])
        second = contract(pay(price()), **next_version(first))
        known = facts(done("a", EVE, "more", settled=True), done("b", EVE, "more"), paid_before={"q": 10700})
        assert lines((first, second), known)["q"].amount == 700

    def test_a_cap_still_covers_what_ended(self) -> None:
        cap = {"id": "most", "name": "all", "amount": "15", "clause": "4"}
        payments = (pay(price(each="10")), pay(price("more", "10"), "q", "more"))
        metrics = [JOBS, metric("more")]
        first = contract(*payments, metrics=metrics, cap=[{**cap, "over": ["p", "q"]}])
        second = contract(payments[0], cap=[{**cap, "over": ["p"]}], **next_version(first))
        found = lines((first, second), facts(done("a", CHANGE), done("b", EVE, "more")))
        assert [found["p"].amount, found["q"].amount] == [1000, 500]

    def test_a_cap_still_counts_what_was_paid_of_what_ended_for_all_that_is_settled(self) -> None:
        cap = {"id": "most", "name": "all", "amount": "15", "clause": "4"}
        payments = (pay(price(each="10")), pay(price("more", "10"), "q", "more"))
        first = contract(*payments, metrics=[JOBS, metric("more")], cap=[{**cap, "over": ["p", "q"]}])
        header = next_version(first, judged_at="settlement date")
        second = contract(payments[0], cap=[{**cap, "over": ["p"]}], **header)
        found = lines((first, second), facts(done("a", EVE), done("b", EVE, "more"), paid_before={"q": 1000}))
        assert [found["p"].amount, found["q"].amount] == [500, 0]

    def test_a_cap_over_everything_covers_what_ended(self) -> None:
        cap = {"id": "most", "name": "all", "amount": "15", "clause": "4", "over": "all payments"}
        first = contract(
            pay(price(each="10")), pay(price("more", "10"), "q", "more"), metrics=[JOBS, metric("more")], cap=[cap]
        )
        second = contract(pay(price(each="10")), cap=[cap], **next_version(first))
        assert payable_under((first, second), facts(done("a", CHANGE), done("b", EVE, "more"))).total == 1500

    def test_a_cap_for_each_person_counts_a_claim_at_the_price_that_paid_it(self) -> None:
        """Under 25 a person: 10 settled by the old price, 20 by the new; 15 are left."""
        cap = {"id": "each", "name": "each", "amount": "25", "per": "person", "over": ["p"], "clause": "4"}
        often = metric("jobs", repeats="without limit")
        first = contract(pay(price(each="10")), metrics=[often], cap=[cap])
        second = contract(pay(price(each="20")), metrics=[often], cap=[cap], **next_version(first))
        known = facts(done("a", EVE, settled=True), done("a", CHANGE))
        assert lines((first, second), known)["p"].amount == 1500
        assert lines((first, second), facts(done("a", EVE), done("a", CHANGE)))["p"].amount == 2500

    def test_it_stays_on_hold_where_parts_cannot_be_told_apart(self) -> None:
        """The share of jobs that are good: of no jobs at all there is none."""

        def share(each: str) -> dict[str, Any]:
            good = {"kind": "count", "metric": "good"}
            ratio = {"kind": "ratio", "of": good, "to": "jobs", "unit": "ratio"}
            return pay({"kind": "price", "price": each, "per": "ratio", "of": ratio})

        versions = two(share("10"), share("12"), metrics=[JOBS, metric("good")])
        known = facts(done("a", EVE), done("a", EVE, "good"), done("b", CHANGE), done("b", CHANGE, "good"))
        line = lines(versions, known)["p"]
        assert line.amount == 0
        assert line.hold
        assert "cannot be told apart" in line.hold

    def test_what_is_on_hold_under_the_old_terms_holds_the_payment(self) -> None:
        both = {"kind": "product", "unit": "point", "of": ["jobs", "score"]}
        gone = pay({"kind": "price", "price": "1", "per": "point", "of": both})
        line = lines(two(gone, pay(price())), facts(done("a", EVE), done("b", CHANGE)))["p"]
        assert line.hold == "“metric score” has not been measured"
        assert line.quantity is None

    def test_how_it_settles_is_said_by_the_terms_at_settlement(self) -> None:
        versions = two(pay(price(each="10")), pay(price(each="12"), settles="in total"))
        known = facts(done("a", EVE, settled=True), done("b", EVE), done("c", CHANGE), paid_before={"p": 1000})
        assert lines(versions, known)["p"].amount == 1000 + 1200

    def test_a_payer_that_left_is_not_foreign(self) -> None:
        shares = [{"payer": "second", "share": 1}, {"payer": "third", "share": 1}]
        versions = two(pay(price()), pay(price(), payers=shares))
        known = facts(done("a", EVE), paid_before={"p": 500}, payers_before={"p": {"first": 500}})
        assert lines(versions, known)["p"].payers == (("second", 500), ("third", 500))

    def test_a_group_or_a_metric_of_another_version_is_not_foreign(self) -> None:
        groups = {"cohort": [{"id": "everybody", "name": "everybody", "groups": ["new"]}]}
        first = contract(pay(price()))
        second = contract(pay(price()), **groups, **next_version(first))
        known = facts(done("a", EVE, group="young"), done("b", CHANGE, group="new"))
        assert payable_under((first, second), known).total == 2000
        with pytest.raises(NotValid):
            payable_under((first, second), facts(done("a", EVE, group="purple")))

    def test_a_cohort_that_once_had_no_groups_takes_any(self) -> None:
        first = contract(pay(price()), cohort=[{"id": "everybody", "name": "everybody"}])
        second = contract(pay(price()), **next_version(first))
        assert payable_under((first, second), facts(done("a", EVE, group="any"))).total == 1000


class TestWhoJudges:
    def versions(self, *changes: tuple[date, str]) -> list[Contract]:
        made = [contract(pay(price()))]
        for on, judged_at in changes:
            made.append(contract(pay(price()), **next_version(made[-1], on, judged_at)))
        return made

    def spans(self, versions: list[Contract], as_of: date) -> list[tuple[int, date, date]]:
        return [(span.terms.contract.version, span.first, span.last) for span in judging(versions, as_of)]

    def test_three_versions_share_the_days_out(self) -> None:
        later = date(2022, 1, 1)
        versions = self.versions((CHANGE, "event date"), (later, "event date"))
        assert self.spans(versions, END) == [
            (1, date.min, EVE),
            (2, CHANGE, date(2021, 12, 31)),
            (3, later, date.max),
        ]
        assert [in_force(versions, day).contract.version for day in (EVE, CHANGE, later)] == [1, 2, 3]

    def test_settlement_date_takes_over_all_days_before_the_next(self) -> None:
        later = date(2022, 1, 1)
        versions = self.versions((CHANGE, "settlement date"), (later, "event date"))
        assert self.spans(versions, END) == [(2, date.min, date(2021, 12, 31)), (3, later, date.max)]

    def test_of_two_from_the_same_day_the_second_judges(self) -> None:
        versions = self.versions((CHANGE, "event date"), (CHANGE, "event date"))
        assert self.spans(versions, END) == [(1, date.min, EVE), (3, CHANGE, date.max)]

    def test_a_version_without_a_first_day_stands_in_place_of_those_before(self) -> None:
        """So a corrected text that was registered again has always held."""
        versions = [contract(pay(price())), contract(pay(price(each="11")), header={"version": 2})]
        assert self.spans(versions, END) == [(2, date.min, date.max)]
        assert payable_under(versions, facts(done("a", EVE))).total == 1100

    def test_a_payment_that_comes_back_has_two_eras(self) -> None:
        q = pay(price(), "q")
        one = contract(pay(price()), q)
        gone = contract(pay(price()), **next_version(one))
        back = contract(pay(price()), q, **next_version(gone, date(2022, 1, 1)))
        eras = list(eras_of(judging([one, gone, back], END), "q"))
        assert [(era.versions, era.now) for era in eras] == [((1,), False), ((3,), True)]
        known = facts(done("a", EVE), done("b", CHANGE), done("c", date(2022, 1, 1)))
        assert lines([one, gone, back], known)["q"].amount == 2000

    def test_what_names_other_payments_or_rules_changes_with_them(self) -> None:
        def terms(each: str, share: str, **more: Any) -> Contract:
            earned = {"kind": "already earned", "payments": ["p"]}
            net = {"kind": "difference", "of": {"kind": "fixed", "amount": "500"}, "less": earned}
            named = {"amount": {"rule": {"kind": "share", "of": price(), "share": share}}}
            return contract(pay(price(each=each)), pay(net, "q"), pay("rule", "r"), **named, **more)

        one = terms("10", "0.5")
        spans = judging([one, terms("12", "0.5", **next_version(one))], END)
        assert [len(list(eras_of(spans, name))) for name in "pqr"] == [2, 2, 1]
        spans = judging([one, terms("10", "0.4", **next_version(one))], END)
        assert [len(list(eras_of(spans, name))) for name in "pqr"] == [1, 1, 2]


def tens() -> dict[str, Any]:
    return {"kind": "whole steps", "of": "jobs", "step": "10", "unit": "ten"}


class TestCountedNow:
    def test_every_outcome_is_counted_by_one_version_only(self) -> None:
        versions = two(pay(price(each="10")), pay(price(each="12")))
        known = facts(done("a", EVE), done("a", CHANGE), done("b", CHANGE), done("c", date(2019, 12, 31)))
        assert counted_now(versions, known, "p").tolist() == [True, False, True, False]
        settled = replace(known, settled={"p": np.array([True, False, False, False])})
        assert counted_now(versions, settled, "p").tolist() == [False, False, True, False]

    def test_in_total_counts_what_is_new(self) -> None:
        versions = two(pay(price(), settles="in total"), pay(price(each="12"), settles="in total"))
        known = replace(facts(done("a", EVE), done("b", CHANGE)), settled={"p": np.array([True, False])})
        assert counted_now(versions, known, "p").tolist() == [False, True]

    def test_what_is_measured_counts_no_claims(self) -> None:
        scored = [pay(price("score", each, "point"), metric="score") for each in ("1", "2")]
        versions = two(*scored)
        assert not counted_now(versions, facts(done("a", EVE)), "p").any()
