"""payments: which verified outcomes are payable: windows, limits per person, and what was settled before."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.payments.facts import Facts, Outcome, Outcomes, payable_counts
from sib.terms.contract import Metric
from tests.payments.small import contract, metric, pay, price

OPENS, CLOSES = date(2020, 3, 1), date(2020, 3, 10)


def jobs(limit: int | None) -> Metric:
    """A metric with a limit for each person, open for ten days."""
    often = "without limit" if limit is None else limit
    return contract(
        pay(price()), metrics=[metric("jobs", repeats=often, window={"opens": OPENS, "closes": CLOSES})]
    ).metric[0]


NEAR = st.integers(-2, 12).map(lambda days: OPENS + timedelta(days=days))
ROWS = st.lists(
    st.builds(
        Outcome,
        person=st.sampled_from("abc"),
        metric=st.sampled_from(["jobs", "homes"]),
        achieved_on=NEAR,
        group=st.sampled_from([None, "young", "old"]),
        count=st.integers(1, 4),
        settled=st.booleans(),
    ),
    max_size=12,
)


def plain(rows: list[Outcome], metric: str, limit: int | None) -> list[int]:
    """By hand: settled rows first, then by day, then as written; each takes what is left of the person's limit."""
    payable, left = [0] * len(rows), dict[str, int]()
    for settled in (True, False):
        for day in sorted({row.achieved_on for row in rows}):
            for place, row in enumerate(rows):
                if (row.settled, row.achieved_on, row.metric) != (settled, day, metric) or not OPENS <= day <= CLOSES:
                    continue
                room = left.get(row.person, 10**9 if limit is None else limit)
                taken = min(row.count, room)
                left[row.person] = room - taken
                payable[place] = 0 if settled else taken
    return payable


@settings(max_examples=400, deadline=None)
@given(rows=ROWS, limit=st.sampled_from([None, 1, 2, 3, 5]))
def test_the_same_as_a_plain_loop(rows: list[Outcome], limit: int | None) -> None:
    found = payable_counts(Outcomes.of(rows), jobs(limit))
    assert found.tolist() == plain(rows, "jobs", limit)


@settings(max_examples=200, deadline=None)
@given(rows=ROWS, limit=st.integers(1, 5), data=st.data())
def test_settling_what_is_payable_leaves_nothing_new(rows: list[Outcome], limit: int, data: st.DataObject) -> None:
    """Paid once is paid: what one statement takes, the next does not find again, whatever comes in later."""
    first = payable_counts(Outcomes.of(rows), jobs(limit))
    later = data.draw(ROWS)
    marked = [
        Outcome(r.person, r.metric, r.achieved_on, r.group, r.count, r.settled or bool(payable))
        for r, payable in zip(rows, first, strict=True)
    ]
    second = payable_counts(Outcomes.of([*marked, *later]), jobs(limit))
    assert not second[: len(rows)][first > 0].any()
    for person in "abc":
        whole = sum(int(n) for n, r in zip(first, rows, strict=True) if r.person == person)
        whole += sum(int(n) for n, r in zip(second, [*marked, *later], strict=True) if r.person == person)
        assert whole <= limit


@pytest.mark.parametrize(("day", "payable"), [("02-29", 0), ("03-01", 1), ("03-10", 1), ("03-11", 0)])
def test_both_ends_of_the_window_count(day: str, payable: int) -> None:
    rows = Outcomes.of([Outcome("a", "jobs", date.fromisoformat(f"2020-{day}"))])
    assert payable_counts(rows, jobs(None)).tolist() == [payable]


def test_no_rows_and_no_such_metric_give_nothing() -> None:
    assert payable_counts(Outcomes.of([]), jobs(1)).tolist() == []
    rows = Outcomes.of([Outcome("a", "homes", OPENS)])
    assert payable_counts(rows, jobs(1)).tolist() == [0]
    assert len(rows) == 1


def test_rows_are_told_apart_by_group_and_rows_without_one_are_in_none() -> None:
    rows = Outcomes.of([Outcome("a", "jobs", OPENS, group) for group in ("young", None, "old")])
    assert rows.only("jobs", "young").tolist() == [True, False, False]
    assert rows.only("jobs").tolist() == [True, True, True]
    assert rows.only("jobs", "nobody").tolist() == [False, False, False]


def test_each_payment_sees_what_it_has_settled_itself() -> None:
    rows = Outcomes.of([Outcome("a", "jobs", OPENS, settled=True), Outcome("b", "jobs", OPENS)])
    facts = Facts(CLOSES, rows, settled={"p": np.array([False, True])})
    assert facts.outcomes_for("p", in_total=False).settled.tolist() == [False, True]
    assert facts.outcomes_for("q", in_total=False).settled.tolist() == [True, False]
    assert facts.outcomes_for("p", in_total=True).settled.tolist() == [False, False]
