"""payments: the smallest case of each difference that the second implementation has found, worked by hand."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from sib.errors import NotValid
from sib.payments.caps import _Claims, _in_order
from sib.payments.facts import Facts
from sib.payments.many import payable_many
from sib.payments.payable import payable_outcomes
from sib.terms.contract import Contract
from tests.payments.small import FIRST, JOBS, SCORE, contract, done, facts, metric, owed, pay, price

SAVED = metric("saved", "GBP", "measurement")


def cap(**more: Any) -> dict[str, Any]:
    """A cap over all payments."""
    return {"id": "c", "name": "the cap", "over": "all payments", "clause": "3", **more}


def lines(terms: Contract, known: Facts) -> list[tuple[int, bool]]:
    """What each payment pays, in pennies, and whether it is on hold."""
    return [(line.amount, line.hold is not None) for line in payable_outcomes(terms, known).payables]


def in_many(terms: Contract, known: Facts) -> list[tuple[int, bool]]:
    """The same where only totals are known, by the engine of the simulations."""
    columns = {name: np.array([float(each.value)]) for name, each in known.quantities.items()}
    paid = {"paid_before": known.paid_before, "paid_this_year": known.paid_this_year}
    found = payable_many(terms, known.as_of, columns, **{key: dict(value) for key, value in paid.items()})
    return [(int(amount[0]), bool(found.held[name][0])) for name, amount in found.amounts.items()]


class TestHolds:
    """On hold is on hold: for what is held with it the cause is all one."""

    GROSS = pay({"kind": "fixed", "amount": "10"}, "gross", "score", held_with=["less"])

    @pytest.mark.parametrize(("score", "held"), [("-0.01", True), ("0", False)])
    def test_a_deduction_that_comes_out_below_zero_holds_what_it_is_deducted_from(self, score: str, held: bool) -> None:
        terms = contract(self.GROSS, pay(price("score", "1", "point"), "less", "score"), metrics=[SCORE])
        known = facts(measured={"score": (score, "point")})
        assert lines(terms, known) == in_many(terms, known) == [(0 if held else 1000, held), (0, held)]

    @pytest.mark.parametrize(("paid", "held"), [(501, True), (500, False)])
    def test_so_does_one_in_total_that_was_paid_more_before(self, paid: int, held: bool) -> None:
        less = pay(price("score", "1", "point"), "less", "score", settles="in total")
        terms = contract(self.GROSS, less, metrics=[SCORE])
        known = facts(measured={"score": ("5", "point")}, paid_before={"less": paid})
        assert lines(terms, known) == in_many(terms, known) == [(0 if held else 1000, held), (0, held)]

    @pytest.mark.parametrize("more", [{}, {"payer": "first"}])
    def test_so_does_one_whose_cap_cannot_be_worked_out(self, more: dict[str, str]) -> None:
        """And the payment that its cap does not cover is not cut by it."""
        savings = cap(rule={"kind": "money of", "of": "saved"}, over=["less"], **more)
        less, other = (pay({"kind": "fixed", "amount": "5"}, name, "score") for name in ("less", "other"))
        terms = contract(self.GROSS, less, other, metrics=[SCORE, SAVED], cap=[savings])
        known = facts(measured={"score": ("1", "point")})
        assert lines(terms, known) == in_many(terms, known) == [(0, True), (0, True), (500, False)]
        saved = facts(measured={"score": ("1", "point"), "saved": ("3", "GBP")})
        assert lines(terms, saved) == in_many(terms, saved) == [(1000, False), (300, False), (500, False)]

    def test_a_cap_that_cannot_be_worked_out_does_not_change_why_a_payment_waited(self) -> None:
        savings = cap(rule={"kind": "money of", "of": "saved"})
        terms = contract(pay(price("score", "1", "point"), metric="score"), metrics=[SCORE, SAVED], cap=[savings])
        assert owed(terms, facts()).hold == "“metric score” has not been measured"


class TestCapsOfPersons:
    """What waits is not paid, so it takes nobody's room."""

    def terms(self, **more: Any) -> Contract:
        """Ten pounds a job, which wait for the score; eight a home. A person has fifteen at most."""
        test = {"kind": "compare", "quantity": "score", "is": "at least", "value": "1"}
        nothing = {"kind": "fixed", "amount": "0"}
        gate = pay({"kind": "when", "condition": test, "then": nothing, "otherwise": nothing}, "gate", "score")
        return contract(
            pay(price(), "one", held_with=["gate"], **more),
            pay(price("homes", "8"), "two", "homes"),
            gate,
            metrics=[JOBS, metric("homes"), SCORE],
            cap=[cap(amount="15", per="person", over=["one", "two"])],
        )

    @pytest.mark.parametrize("settles", ["each period", "in total"])
    def test_a_claim_that_waits_cuts_no_other(self, settles: str) -> None:
        claims = [done("a", FIRST), done("a", date(2020, 2, 1), "homes")]
        terms = self.terms(settles=settles)
        assert lines(terms, facts(*claims)) == [(0, True), (800, False), (0, True)]
        measured = facts(*claims, measured={"score": ("1", "point")})
        assert lines(terms, measured) == [(1000, False), (500, False), (0, False)]

    @pytest.mark.parametrize("settles", ["each period", "in total"])
    def test_what_was_paid_before_uses_the_cap_up_all_the_same(self, settles: str) -> None:
        claims = [done("a", FIRST, settled=True), done("a", date(2020, 2, 1), "homes")]
        assert lines(self.terms(settles=settles), facts(*claims))[1] == (500, False)

    def test_a_named_quantity_given_as_a_total_says_nothing_of_persons(self) -> None:
        terms = contract(
            pay("each"),
            metrics=[JOBS],
            quantity={"those": "these", "these": {"kind": "count", "metric": "jobs"}},
            amount={"each": price("those", "10")},
            cap=[cap(amount="15", per="person")],
        )
        known = facts(done("a"), done("b"), measured={"these": ("2", "outcome")})
        assert lines(terms, known) == [(0, True)]
        total = facts(measured={"these": ("2", "outcome")})
        assert lines(terms, total) == in_many(terms, total) == [(0, True)]
        assert lines(terms, facts(done("a"), done("b"))) == [(2000, False)]

    def test_claims_too_many_to_be_ordered_by_one_number_are_ordered_all_the_same(self) -> None:
        """Codes of people as large as no register's: what was settled first, then day, then payment."""
        person = np.array([2**52, 2**52, 2**52, 1], dtype=np.int64)
        day, payment = np.array([900, 900, 1, 5]), np.array([1, 0, 0, 0])
        claims = _Claims(person, day, payment, np.ones(4, dtype=np.int64), np.array([False, True, False, False]))
        assert _in_order(claims, 2).tolist() == [3, 1, 2, 0]

    def test_a_price_that_trebles_each_year_fits_its_column(self) -> None:
        """After 99 years it would have 50 digits; on the day of the claim it is thirty pounds."""
        rises = {"yearly": "2", "since": FIRST}
        terms = contract(pay({**price(), "rises": rises}), metrics=[JOBS], cap=[cap(amount="25", per="person")])
        assert lines(terms, facts(done("a", date(2021, 1, 1)), done("b", FIRST))) == [(2500 + 1000, False)]


class TestWhatWasPaidBefore:
    """Of years before, and by other payments."""

    @pytest.mark.parametrize(("year", "second"), [(2000, 1000), (2500, 500), (3000, 0), (5000, 0)])
    def test_a_payer_s_year_begins_where_the_years_before_ended(self, year: int, second: int) -> None:
        """The first paid its ten pounds long ago, so what was paid this year was all the second's: thirty at most."""
        order = [{"payer": "first", "up_to": "10"}, {"payer": "second"}]
        rule = {"kind": "product", "of": ["score"], "unit": "point"}
        terms = contract(
            pay(price(rule, "1", "point"), metric="score", payers=order),
            metrics=[SCORE],
            cap=[cap(amount="30", per="year", payer="second")],
        )
        known = facts(measured={"score": ("10", "point")}, paid_before={"p": 9000}, paid_this_year={"p": year})
        assert dict(owed(terms, known).payers) == {"first": 0, "second": second}
        assert in_many(terms, known) == [(second, False)]

    def test_what_another_payment_has_paid_for_is_not_earned_again(self) -> None:
        """In total: a hundred pounds less two jobs, one paid for before and one new."""
        earned = {"kind": "already earned", "payments": ["jobs"]}
        rest = {"kind": "difference", "of": {"kind": "fixed", "amount": "100"}, "less": earned}
        terms = contract(pay(price(), "jobs"), pay(rest, "rest", settles="in total"), metrics=[JOBS])
        known = facts(done("a", settled=True), done("b"), paid_before={"jobs": 1000})
        assert lines(terms, known) == [(1000, False), (8000, False)]

    def test_nor_where_a_cap_s_rule_asks(self) -> None:
        share = {"kind": "share", "of": {"kind": "already earned", "payments": ["jobs"]}, "share": "0.5"}
        terms = contract(
            pay(price(), "jobs"),
            pay({"kind": "fixed", "amount": "100"}, "other", "score"),
            metrics=[JOBS, SCORE],
            cap=[cap(rule=share, over=["other"])],
        )
        known = facts(done("a", settled=True), done("b"), paid_before={"jobs": 1000})
        assert lines(terms, known) == [(1000, False), (1000, False)]


@pytest.mark.parametrize("kind", ["avoided", "gained"])
def test_expected_and_observed_have_one_unit(kind: str) -> None:
    nights = metric("nights", "day", "measurement")
    rule = {"kind": kind, "expected": "score", "observed": "nights", "unit": "point"}
    with pytest.raises(NotValid, match="the unit here is"):
        contract(pay(price(rule, "1", "point"), metric="score"), metrics=[SCORE, nights])
