"""finance: dated flows by tranche, investor, payer and year; and against the payment plans."""

from datetime import date

from sib.finance.returns import TrancheFlow
from sib.finance.schedule import (
    Against,
    Entry,
    PayerFlow,
    against,
    entries,
    plan_on,
    planned,
    scheduled,
    sums,
    year_label,
)
from tests.finance.deals import deal, step, tranche

MARCH, APRIL, LATER = date(2021, 3, 31), date(2021, 4, 1), date(2022, 5, 1)
FIRST_PLAN = {
    "id": "one",
    "name": "One",
    "agreed_on": date(2020, 6, 1),
    "payments": [
        {"on": MARCH, "amount": "10", "payer": "first"},
        {"on": LATER, "amount": "30", "payer": "second"},
    ],
    "flows": [
        {"on": MARCH, "tranche": "senior", "paid_in": "100"},
        {"on": APRIL, "tranche": "senior", "paid_out": "8.50"},
    ],
}
SECOND_PLAN = {
    **FIRST_PLAN,
    "id": "two",
    "name": "Two",
    "agreed_on": date(2021, 1, 1),
    "payments": [{"on": APRIL, "amount": "12", "payer": "first"}],
    "flows": [],
}
TERMS = deal(
    step("principal"), tranches=[tranche("senior"), tranche("junior", party="second")], plan=[FIRST_PLAN, SECOND_PLAN]
)
FLOWS = [
    TrancheFlow("senior", MARCH, "drawdown", 10_000),
    TrancheFlow("senior", APRIL, "principal", 700),
    TrancheFlow("senior", APRIL, "return", 0),
    TrancheFlow("junior", APRIL, "return", 300),
    TrancheFlow("junior", APRIL, "retained", 1),
]
PAID = [PayerFlow("first", MARCH, 1_000)]
ACTUAL = entries(TERMS, FLOWS, PAID, "actual")


def test_entries_stand_in_the_order_of_days_and_of_money() -> None:
    assert list(ACTUAL) == [
        Entry(MARCH, "first", None, "payment", -1_000, "actual"),
        Entry(MARCH, "provider", "senior", "drawdown", -10_000, "actual"),
        Entry(APRIL, "provider", "senior", "principal", 700, "actual"),
        Entry(APRIL, "second", "junior", "return", 300, "actual"),
    ]


def test_what_is_expected_follows_what_happened() -> None:
    expected = entries(TERMS, [TrancheFlow("senior", day, "return", 5) for day in (MARCH, LATER)], (), "expected")
    both = scheduled(ACTUAL, expected, APRIL)
    assert [(each.on, each.state) for each in both if each.kind == "return"] == [(APRIL, "actual"), (LATER, "expected")]
    assert len(scheduled((), expected, None)) == 2


def test_sums() -> None:
    assert sums(TERMS, ACTUAL, "tranche") == {"senior": {"actual": -9_300}, "junior": {"actual": 300}}
    assert sums(TERMS, ACTUAL, "investor") == {"provider": {"actual": -9_300}, "second": {"actual": 300}}
    assert sums(TERMS, ACTUAL, "payer") == {"first": {"actual": -1_000}}
    # the year starts in April; a year's sum is of the tranches
    assert sums(TERMS, ACTUAL, "year") == {"2020/21": {"actual": -10_000}, "2021/22": {"actual": 1_000}}
    assert (year_label(date(2021, 12, 31), 1), year_label(date(2000, 3, 31), 4)) == ("2021", "1999/00")


def test_plans_by_their_day() -> None:
    days = (date(2020, 1, 1), date(2020, 12, 31), date(2021, 1, 1))
    assert [getattr(plan_on(TERMS, day), "id", None) for day in days] == ["one", "one", "two"]
    assert plan_on(deal(step("principal")), MARCH) is None


def test_a_plan_as_entries() -> None:
    assert planned(TERMS, TERMS.plan[0]) == (
        Entry(MARCH, "first", None, "payment", -1_000, "planned"),
        Entry(MARCH, "provider", "senior", "drawdown", -10_000, "planned"),
        Entry(APRIL, "provider", "senior", "distribution", 850, "planned"),
        Entry(LATER, "second", None, "payment", -3_000, "planned"),
    )


def test_so_far_against_the_first_and_the_present_plan() -> None:
    found = against(TERMS, ACTUAL, APRIL)
    assert found == (
        Against("first", 1_000, 1_000, 1_200),
        Against("senior", 700, 850, 0),
        Against("junior", 300, 0, 0),
    )
    assert (found[0].off_original, found[0].off_current) == (0, -200)
    assert against(deal(step("principal")), ACTUAL, APRIL) == ()
