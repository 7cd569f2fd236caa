"""finance: interest on a drawn balance: the ACTUS figures, changes of rate and balance, compounding."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from sib.finance.interest import interest_to
from sib.finance.position import PastFlow, Position
from sib.money import decimal_text
from sib.payments.evaluation import Held
from tests.finance.deals import deal, step, tranche


def loan(interest: dict[str, Any], calendar: str = "none") -> Any:
    """A contract with one interest-bearing loan."""
    return deal(step("interest", "loan"), tranches=[tranche("loan", interest=interest)], header={"calendar": calendar})


def terms(day_count: str, rate: Any = "0.1", compounding: str = "simple", **cycle: Any) -> dict[str, Any]:
    """Interest terms; a cycle is given by its anchor and convention."""
    found: dict[str, Any] = {"rate": rate, "day_count": day_count, "compounding": compounding}
    if cycle:
        found["periods"] = {"every_months": 1, "end_of_month": True, "business_days": "NOS", **cycle}
    return found


def due(contract: Any, day: date, *flows: PastFlow, **more: Any) -> Fraction:
    """All interest due up to a day, in major units."""
    out = sum(flow.paid_in - flow.principal for flow in flows)
    return interest_to(Position(contract, {"loan": out}, day, flows, **more), "loan") / 100


# notional 3,000 at 10 %: actusfrf/actus-tests, tests/actus-tests-pam.json at acfaab81, cases as named
PAM = [
    ("pam01", "Act/365F", {"from": date(2013, 1, 1)}, "none", [(date(2013, 2, 1), "25.4794520547945")]),
    (
        "pam02",
        "Act/360",
        {"from": date(2013, 1, 1), "every_months": 2},
        "none",
        [
            (date(2013, 3, 1), "49.166667"),
            (date(2013, 5, 1), "50.833333"),
            (date(2013, 7, 1), "50.833333"),
            (date(2013, 9, 1), "51.666667"),
        ],
    ),
    (
        "pam06",
        "30E/360",
        {"from": date(2013, 1, 31), "business_days": "CSMF"},
        "monday to friday",
        [(date(2013, 2, 28), "23.333333"), (date(2013, 3, 29), "26.666667"), (date(2013, 4, 30), "25.000000")],
    ),
    (
        "pam07",
        "30E/360",
        {"from": date(2013, 1, 31), "business_days": "SCMF"},
        "monday to friday",
        [
            (date(2013, 2, 28), "23.333333"),
            (date(2013, 3, 29), "25.833333"),
            (date(2013, 4, 30), "25.833333"),
            (date(2013, 5, 31), "25.000000"),
            (date(2013, 6, 28), "23.333333"),
        ],
    ),
    (
        "pam08",
        "30E/360",
        {"from": date(2013, 1, 31), "business_days": "CSF"},
        "monday to friday",
        [(date(2013, 2, 28), "23.333333"), (date(2013, 4, 1), "26.666667")],
    ),
    (
        "pam09",
        "30E/360",
        {"from": date(2013, 1, 31), "business_days": "SCF"},
        "monday to friday",
        [(date(2013, 2, 28), "23.333333"), (date(2013, 4, 1), "27.500000"), (date(2013, 4, 30), "24.166667")],
    ),
]


@pytest.mark.parametrize(("name", "day_count", "cycle", "calendar", "paid"), PAM, ids=[case[0] for case in PAM])
def test_a_tranche_bears_the_interest_of_the_actus_cases(
    name: str, day_count: str, cycle: dict[str, Any], calendar: str, paid: list[tuple[date, str]]
) -> None:
    contract = loan(terms(day_count, **cycle), calendar)
    before = Fraction(0)
    for day, expected in paid:
        whole = due(contract, day, PastFlow("loan", cycle["from"], paid_in=300_000))
        assert decimal_text(whole - before, len(expected.partition(".")[2])) == expected
        before = whole


def test_nothing_is_due_before_the_day_of_payment_nor_before_the_first_period() -> None:
    contract = loan(terms("30E/360", **{"from": date(2013, 1, 31), "business_days": "CSF"}), "monday to friday")
    drawn = PastFlow("loan", date(2013, 1, 31), paid_in=300_000)
    # 31 March 2013 is a Sunday: what was reckoned to it is paid on Monday
    assert due(contract, date(2013, 3, 31), drawn) == due(contract, date(2013, 2, 28), drawn)
    assert due(contract, date(2013, 1, 30)) == 0
    early = PastFlow("loan", date(2012, 12, 1), paid_in=300_000)
    assert due(contract, date(2013, 1, 30), early) == 0


def test_the_balance_and_the_rate_may_change_on_any_day() -> None:
    rates = [{"value": "0.04"}, {"from": date(2021, 7, 1), "value": "0.06"}]
    contract = loan(terms("Act/365F", rates))
    flows = (
        PastFlow("loan", date(2021, 1, 1), paid_in=100_000_00),
        PastFlow("loan", date(2021, 4, 11), paid_in=50_000_00),
        PastFlow("loan", date(2021, 10, 9), principal=30_000_00),
    )
    # 100 days of 100,000 and 81 of 150,000 at 4 %; 100 days of 150,000 and 84 of 120,000 at 6 %
    expected = (
        (100 * 100_000 + 81 * 150_000) * Fraction(4, 100) + (100 * 150_000 + 84 * 120_000) * Fraction(6, 100)
    ) / 365
    assert due(contract, date(2022, 1, 1), *flows) == expected


def test_unpaid_interest_bears_interest_where_it_compounds_and_paid_interest_does_not() -> None:
    cycle = {"from": date(2020, 1, 1), "every_months": 12}
    each, simple = (loan(terms("30E/360", "0.1", how, **cycle)) for how in ("each period", "simple"))
    drawn = PastFlow("loan", date(2020, 1, 1), paid_in=1_000_00)
    assert due(each, date(2023, 1, 1), drawn) == 331  # 1,000 × (1.1³ − 1)
    assert due(simple, date(2023, 1, 1), drawn) == 300
    paid = PastFlow("loan", date(2021, 1, 1), returned=100_00)
    assert due(each, date(2022, 1, 1), drawn, paid) == 200
    # 21 paid of 10 reckoned is no credit: the second year bears 10 % of 1,000, the third of 1,000 + 79
    more = PastFlow("loan", date(2021, 1, 1), returned=121_00)
    assert due(each, date(2023, 1, 1), drawn, more) == 100 + 100 + Fraction(1079, 10)
    # what was paid under a step that pays no interest takes none away
    bonus = PastFlow("loan", date(2021, 1, 1), returned=100_00, step="bonus")
    assert due(each, date(2023, 1, 1), drawn, bonus) == 331


def test_a_broken_period_is_paid_when_the_contract_ends() -> None:
    contract = loan(terms("30E/360", "0.12", **{"from": date(2020, 1, 1), "every_months": 12}))
    drawn = PastFlow("loan", date(2020, 1, 1), paid_in=1_000_00)
    assert due(contract, date(2021, 7, 1), drawn) == 120
    assert due(contract, date(2021, 7, 1), drawn, ended="full term") == 180
    assert due(contract, date(2021, 1, 1), drawn, ended="full term") == 120
    assert due(contract, date(2020, 4, 1), drawn, ended="terminated") == 30


def test_what_is_not_known_holds() -> None:
    contract = loan(terms("Act/365F", [{"from": date(2021, 1, 1), "value": "0.04"}]))
    drawn = PastFlow("loan", date(2020, 1, 1), paid_in=1_000_00)
    with pytest.raises(Held, match="no rate of interest is in force on 1 January 2020"):
        due(contract, date(2022, 1, 1), drawn)
    with pytest.raises(Held, match="the days on which `loan` was drawn are not known"):
        interest_to(Position(contract, {"loan": 5}, date(2022, 1, 1)), "loan")
    with pytest.raises(Held, match="the day of the receipt is not known"):
        interest_to(Position(contract, {"loan": 5}, None, (drawn,)), "loan")
    assert interest_to(Position(contract, {}, date(2022, 1, 1)), "loan") == 0
    with pytest.raises(Held, match="`senior` has no interest"):
        interest_to(Position(deal(), {}, date(2022, 1, 1)), "senior")
