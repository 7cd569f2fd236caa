"""payments: rate cards by group, shares by date, caps by a rule and of one payer, payers' own currencies: by hand."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from sib.errors import NotValid
from sib.payments.exchange import own_amounts
from sib.payments.payable import Payables, payable_outcomes
from sib.terms.contract import Contract
from sib.terms.sheet import sheet
from tests.payments.small import AS_OF, JOBS, contract, done, facts, metric, owed, pay, price
from tests.payments.strategies import PARTIES

POUNDS = metric("saved", "GBP", "measurement")


class TestRateCards:
    """Two payers, two cards, each for the people of its own area."""

    def terms(self) -> Contract:
        shared = {"payee": "provider", "cap": "none", "clause": "Card"}
        cards = [
            {"id": "north", "payer": "first", "group": "young", "rows": [{"metric": "jobs", "price": "10"}], **shared},
            {
                "id": "south",
                "payer": "second",
                "group": "old",
                "settles": "in total",
                "rows": [{"metric": "jobs", "price": "12", "name": "Jobs in the south"}],
                **shared,
            },
        ]
        return contract(metrics=(JOBS,), rate_card=cards)

    def test_each_pays_its_own(self) -> None:
        known = facts(done("a", group="young"), done("b", group="old"), done("c", group="old"), done("d"))
        owed_now = payable_outcomes(self.terms(), known)
        assert [(line.payment, line.amount, line.payers) for line in owed_now.payables] == [
            ("north_jobs", 1000, (("first", 1000),)),
            ("south_jobs", 2400, (("second", 2400),)),
        ]

    def test_what_was_paid_is_taken_off_where_the_card_settles_in_total(self) -> None:
        known = facts(done("b", group="old", settled=True), paid_before={"south_jobs": 1200})
        assert [line.amount for line in payable_outcomes(self.terms(), known).payables] == [0, 0]

    def test_a_card_has_a_name_for_its_row(self) -> None:
        assert [self.terms().title(payment) for payment in self.terms().payments] == [
            "metric jobs",
            "Jobs in the south",
        ]


SHARED = ({"payer": "first", "share": "3"}, {"payer": "second", "share": "1"})


def parts(owed_now: Payables) -> list[tuple[tuple[str, int], ...]]:
    """What each payer pays of each payment."""
    return [line.payers for line in owed_now.payables]


class TestPayers:
    """Shares that change with time, and caps on what one payer pays."""

    @pytest.mark.parametrize(
        ("day", "first", "second"),
        [(date(2020, 6, 30), 1000, 0), (date(2021, 6, 30), 500, 500), (date(2019, 1, 1), 1000, 0)],
    )
    def test_shares_by_date(self, day: date, first: int, second: int) -> None:
        dated = [{"value": "0"}, {"from": date(2021, 1, 1), "value": "1"}]
        payers = [{"payer": "first", "share": "1"}, {"payer": "second", "share": dated}]
        terms = contract(pay({"kind": "fixed", "amount": "10"}, payers=payers))
        assert parts(payable_outcomes(terms, facts(as_of=day))) == [(("first", first), ("second", second))]

    def capped(self, **cap: Any) -> Contract:
        ten, twenty = ({"kind": "fixed", "amount": amount} for amount in ("10", "20"))
        whole = {"id": "c", "name": "the second's cap", "payer": "second", "over": "all payments", "clause": "3", **cap}
        return contract(pay(ten, "one", payers=list(SHARED)), pay(twenty, "two", payers=list(SHARED)), cap=[whole])

    def test_what_one_payer_pays_is_cut_and_nobody_pays_it(self) -> None:
        owed_now = payable_outcomes(self.capped(amount="6"), facts())
        assert parts(owed_now) == [(("first", 750), ("second", 250)), (("first", 1500), ("second", 350))]
        assert [(line.gross, line.cap_effect, line.amount) for line in owed_now.payables] == [
            (1000, 0, 1000),
            (2000, -150, 1850),
        ]
        assert owed_now.payables[1].reasons[-1].text == (
            "what second pays is cut from GBP 5.00 to GBP 3.50 by the second's cap"
        )

    def test_what_it_paid_before_counts_by_its_shares_or_as_told(self) -> None:
        before = {"one": 800}
        assert parts(payable_outcomes(self.capped(amount="6"), facts(paid_before=before)))[1][1] == ("second", 150)
        told = facts(paid_before=before, payers_before={"one": {"first": 500, "second": 300}})
        assert parts(payable_outcomes(self.capped(amount="6"), told))[1][1] == ("second", 50)

    def test_a_year_and_a_statement(self) -> None:
        known = facts(paid_before={"one": 99900}, paid_this_year={"one": 800})
        assert parts(payable_outcomes(self.capped(amount="6", per="year"), known))[1][1] == ("second", 150)
        assert parts(payable_outcomes(self.capped(amount="6", per="statement"), known))[1][1] == ("second", 350)

    def test_what_payers_paid_is_told_of_payers_there_are_and_adds_up(self) -> None:
        known = facts(paid_before={"one": 800}, payers_before={"one": {"third": 5}, "none": {}})
        with pytest.raises(NotValid) as caught:
            payable_outcomes(self.capped(amount="6"), known)
        assert [problem.code for problem in caught.value.problems] == ["facts.unknown", "facts.unknown", "facts.sum"]


class TestCapsByRule:
    """A cap that a rule gives, such as savings; it holds what cannot be worked out."""

    def terms(self, **more: Any) -> Contract:
        cap = {"id": "c", "name": "savings", "rule": {"kind": "money of", "of": "saved"}, "over": "all payments"}
        return contract(pay(price(), settles="in total"), metrics=(JOBS, POUNDS), cap=[{**cap, "clause": "3", **more}])

    @pytest.mark.parametrize(("saved", "minor"), [("25.005", 1500), ("5", 0), ("99", 2000)])
    def test_never_more_than_was_saved(self, saved: str, minor: int) -> None:
        known = facts(done("a"), done("b"), done("c"), measured={"saved": (saved, "GBP")}, paid_before={"p": 1000})
        assert owed(self.terms(), known).amount == minor

    def test_without_the_figure_it_waits(self) -> None:
        line = owed(self.terms(), facts(done("a")))
        assert (line.amount, line.hold) == (0, "savings cannot be worked out: “metric saved” has not been measured")

    def test_over_one_statement(self) -> None:
        known = facts(done("a"), measured={"saved": ("5", "GBP")}, paid_before={"p": 700})
        assert owed(self.terms(per="statement"), known).amount == 300
        jobs = {"rule": price("jobs", "0.5"), "per": "statement"}
        assert owed(self.terms(**jobs), facts(done("a"), done("b"))).amount == 100

    @pytest.mark.parametrize(
        ("cap", "said"),
        [
            ({"amount": "5"}, "either as `amount` or by a `rule`"),
            ({"per": "person"}, "over the contract or on a statement"),
            ({"per": "year"}, "over the contract or on a statement"),
        ],
    )
    def test_it_is_given_in_one_way(self, cap: Mapping[str, Any], said: str) -> None:
        with pytest.raises(NotValid, match=said):
            self.terms(**cap)


class TestOwnCurrency:
    """Payers that pay in a currency of their own: the sum of their parts, turned over once."""

    RATE: Any = ({"value": "1.17"}, {"from": date(2021, 1, 1), "value": "1.1605"})

    def terms(self, **rate: Any) -> Contract:
        ten = {"kind": "fixed", "amount": "10.01"}
        exchange = [{"currency": "EUR", "rate": list(self.RATE), "clause": "4", **rate}]
        payers = [{"payer": "first", "share": "1"}, {"payer": "second", "share": "1"}]
        two = (pay(ten, "one", payers=payers), pay(ten, "two", payers=payers))
        return contract(*two, exchange=exchange, party=party("EUR"))

    def test_the_rate_of_the_day_of_reckoning(self) -> None:
        # each payment's odd penny goes to the first: the second pays 5.00 twice, 10.00 × 1.1605 = 11.605, half up
        for day, minor in ((AS_OF, 1161), (date(2020, 6, 1), 1170)):
            own = own_amounts(self.terms(), payable_outcomes(self.terms(), facts(as_of=day)))
            assert {payer: (each.currency, each.amount) for payer, each in own.items()} == {"second": ("EUR", minor)}
        assert own["second"].reason == "GBP 10.00 × 1.17 = EUR 11.70"

    def test_without_a_rate_in_force_it_says_so(self) -> None:
        terms = self.terms(rate=[{"from": date(2021, 1, 1), "value": "1.16"}])
        own = own_amounts(terms, payable_outcomes(terms, facts(as_of=date(2020, 6, 1))))
        assert (own["second"].amount, own["second"].reason) == (None, "no rate for EUR is in force on 2020-06-01")

    @pytest.mark.parametrize(
        ("rates", "codes"),
        [
            ([], ["contract.currency"]),
            ([{"currency": "EUR", "rate": "0", "clause": "4"}], ["contract.rate"]),
            ([{"currency": "GBP", "rate": "1", "clause": "4"}], ["contract.same-id", "contract.currency"]),
            ([{"currency": "XQX", "rate": "1", "clause": "4"}], ["contract.currency", "contract.currency"]),
            ([{"currency": "EUR", "rate": "1", "clause": "4"}] * 2, ["contract.same-id"]),
        ],
    )
    def test_whoever_pays_in_its_own_currency_has_one_rate(self, rates: Any, codes: list[str]) -> None:
        with pytest.raises(NotValid) as caught:
            contract(pay(price()), exchange=rates, party=party("EUR"))
        assert sorted(problem.code for problem in caught.value.problems) == sorted(codes)

    def test_only_payers_have_one(self) -> None:
        parties = [{**each, "currency": "EUR"} if each["id"] == "provider" else each for each in party("EUR")]
        with pytest.raises(NotValid, match="provider does not pay for outcomes, and receives in GBP"):
            contract(pay(price()), exchange=[{"currency": "EUR", "rate": "1", "clause": "4"}], party=parties)

    def test_the_page_says_it(self) -> None:
        page = sheet(self.terms(), [])
        assert "| second | outcome payer, pays in EUR |" in page
        assert "- One GBP is 1.17 then 1.1605 from 1 January 2021 EUR, by the day of reckoning (4)" in page


def party(own: str) -> list[dict[str, str]]:
    """The parties, the second payer with a currency of its own."""
    provider = {"id": "provider", "name": "provider", "role": "service provider"}
    return [{**each, **({"currency": own} if each["id"] == "second" else {})} for each in [*PARTIES, provider]]


def test_a_payers_cap_by_a_rule_without_its_figure_holds_what_it_covers() -> None:
    cap = {"id": "c", "name": "savings", "rule": {"kind": "money of", "of": "saved"}, "over": ["p"], "clause": "3"}
    terms = contract(pay(price()), metrics=(JOBS, POUNDS), cap=[{**cap, "payer": "first"}])
    line = owed(terms, facts(done("a")))
    assert (line.amount, line.payers, line.hold) == (
        0,
        (("first", 0),),
        "savings cannot be worked out: “metric saved” has not been measured",
    )
    assert owed(terms, facts(done("a"), measured={"saved": ("4", "GBP")})).payers == (("first", 400),)
