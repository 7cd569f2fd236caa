"""payments: rules over single people, day by day: milestones in order, spells sustained, several metrics together."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.payments.facts import Outcome
from tests.payments.small import FIRST, LAST, contract, done, facts, metric, owed, pay, price

METRICS = [
    metric("jobs", repeats="without limit"),
    metric("course", repeats="without limit"),
    metric("home", repeats="without limit"),
    metric("worked", "day", repeats="without limit"),
]
PROVED = settings(max_examples=250, deadline=None, derandomize=True)


def people(rule: Mapping[str, Any], outcomes: Iterable[Outcome]) -> int:
    """How many people a rule pays for, at one pound each."""
    line = owed(contract(pay(price(dict(rule), "1", "person")), metrics=METRICS), facts(*outcomes))
    assert line.hold is None
    assert line.quantity == line.amount / 100
    return line.amount // 100


def on(day: int) -> date:
    """The day that lies so many days after the first day of the windows."""
    return FIRST + timedelta(day)


def reached(person: str, name: str, *days: int, **more: Any) -> list[Outcome]:
    """A person reaches a metric on some days."""
    return [done(person, on(day), name, **more) for day in days]


def spell(first: int, days: int, person: str = "a", **more: Any) -> Outcome:
    """A spell of work."""
    return done(person, on(first), "worked", count=days, **more)


def sustained(days: int, counting: str = "in one run", gap_days: int = 0, **more: Any) -> dict[str, Any]:
    """The rule of the tests on spells."""
    return {
        "kind": "sustained",
        "metric": "worked",
        "days": days,
        "counting": counting,
        "gap_days": gap_days,
        **more,
    }


def left_out(first: int, last: int) -> dict[str, date]:
    return {"from": on(first), "to": on(last)}


class TestSustained:
    """Days of one person's spells, as a union; how long the longest run is to the day."""

    @staticmethod
    def lasts(days: int, *spells: Outcome, **rule: Any) -> bool:
        """Whether the spells make exactly so many days: enough for a rule of them, not for one day more."""
        return people(sustained(days, **rule), spells) == 1 and people(sustained(days + 1, **rule), spells) == 0

    def test_one_job_of_twenty_six_weeks(self) -> None:
        assert self.lasts(182, spell(0, 182))

    def test_two_jobs_at_a_time_count_once(self) -> None:
        assert self.lasts(15, spell(0, 10), spell(5, 10))
        assert self.lasts(15, spell(0, 10), spell(5, 10), counting="in all")

    def test_a_short_job_inside_a_long_one_does_not_end_it(self) -> None:
        assert self.lasts(30, spell(0, 20), spell(3, 2), spell(20, 10))

    @pytest.mark.parametrize(("gap_days", "days"), [(6, 20), (5, 20), (4, 10)])
    def test_a_gap_of_the_agreed_length_does_not_interrupt_and_does_not_count(self, gap_days: int, days: int) -> None:
        """Days 0 to 9 and 15 to 24: five days between them."""
        assert self.lasts(days, spell(0, 10), spell(15, 10), gap_days=gap_days)

    def test_in_all_no_gap_interrupts(self) -> None:
        assert self.lasts(20, spell(0, 10), spell(500, 10), counting="in all")

    def test_after_an_interruption_the_longer_run_decides(self) -> None:
        assert self.lasts(12, spell(0, 12), spell(20, 7))
        assert self.lasts(12, spell(0, 7), spell(20, 12))

    def test_days_left_out_neither_count_nor_interrupt(self) -> None:
        holidays = [left_out(10, 19)]
        assert self.lasts(20, spell(0, 10), spell(20, 10), excluded=holidays)
        assert self.lasts(20, spell(0, 30), excluded=holidays)
        assert self.lasts(10, spell(0, 10), spell(21, 10), excluded=holidays)

    def test_days_left_out_twice_are_left_out_once(self) -> None:
        assert self.lasts(20, spell(0, 30), excluded=[left_out(10, 16), left_out(13, 19)])

    def test_work_on_days_left_out_bridges_no_gap(self) -> None:
        """Three days idle, a day left out on which somebody worked, three days idle: a gap of six."""
        spells = (spell(0, 10), spell(13, 1), spell(17, 10))
        assert self.lasts(10, *spells, gap_days=3, excluded=[left_out(13, 13)])
        assert self.lasts(20, *spells, gap_days=6, excluded=[left_out(13, 13)])
        assert self.lasts(21, *spells, gap_days=3)

    def test_a_spell_is_cut_off_where_the_window_closes(self) -> None:
        last = (LAST - FIRST).days
        assert self.lasts(10, spell(last - 9, 40))
        assert self.lasts(1, spell(last, 40))

    def test_a_spell_that_began_before_the_window_does_not_count(self) -> None:
        assert people(sustained(1), [spell(-1, 40)]) == 0

    def test_spells_of_two_people_are_not_put_together(self) -> None:
        assert people(sustained(20), [spell(0, 10), spell(10, 10, "b")]) == 0
        assert people(sustained(10), [spell(0, 10), spell(10, 10, "b")]) == 2

    def test_only_spells_of_the_group(self) -> None:
        known = [spell(0, 10, group="young"), spell(0, 10, "b", group="old")]
        assert people(sustained(10, group="young"), known) == 1

    def test_days_paid_for_in_no_statement_yet_complete_what_was_settled(self) -> None:
        assert people(sustained(182), [spell(0, 90, settled=True), spell(90, 92)]) == 1
        assert people(sustained(182), [spell(0, 182, settled=True), spell(182, 300)]) == 0


AFTER = {"kind": "milestone", "metric": "jobs", "after": ["course"]}


class TestMilestones:
    """The first of each thing that must come before starts the clock; the milestone then counts once."""

    def test_a_person_counts_once(self) -> None:
        assert people({"kind": "milestone", "metric": "jobs"}, reached("a", "jobs", 1, 2, 3)) == 1

    @pytest.mark.parametrize(("job", "counts"), [(9, 0), (10, 1), (11, 1)])
    def test_on_the_same_day_counts_the_day_before_does_not(self, job: int, counts: int) -> None:
        assert people(AFTER, reached("a", "course", 10) + reached("a", "jobs", job)) == counts

    def test_without_what_comes_before_nothing_counts(self) -> None:
        assert people(AFTER, reached("a", "jobs", 10) + reached("b", "course", 5)) == 0

    def test_one_that_came_too_early_starts_again_with_a_later_one(self) -> None:
        assert people(AFTER, reached("a", "jobs", 5, 40) + reached("a", "course", 10)) == 1

    @pytest.mark.parametrize(("jobs", "counts"), [((39,), 0), ((40,), 1), ((39, 40), 1), ((100,), 1), ((101,), 0)])
    def test_from_thirty_to_ninety_days_later(self, jobs: tuple[int, ...], counts: int) -> None:
        rule = {**AFTER, "at_least_days": 30, "within_days": 90}
        assert people(rule, reached("a", "course", 10) + reached("a", "jobs", *jobs)) == counts

    def test_within_no_days_is_the_same_day(self) -> None:
        rule = {**AFTER, "within_days": 0}
        known = reached("a", "course", 10) + reached("b", "course", 10)
        assert people(rule, [*known, *reached("a", "jobs", 10), *reached("b", "jobs", 11)]) == 1

    def test_the_last_of_several_starts_the_clock(self) -> None:
        rule = {**AFTER, "after": ["course", "home"], "within_days": 5}
        known = reached("a", "course", 10) + reached("a", "home", 20)
        assert people(rule, known + reached("a", "jobs", 19)) == 0
        assert people(rule, known + reached("a", "jobs", 25)) == 1
        assert people(rule, known + reached("a", "jobs", 26)) == 0

    def test_doing_the_course_again_does_not_start_the_clock_again(self) -> None:
        rule = {**AFTER, "within_days": 5}
        assert people(rule, reached("a", "course", 0, 50) + reached("a", "jobs", 52)) == 0

    def test_a_job_kept_for_half_a_year_is_a_milestone_after_itself(self) -> None:
        rule = {"kind": "milestone", "metric": "jobs", "after": ["jobs"], "at_least_days": 182}
        assert people(rule, reached("a", "jobs", 0, 181) + reached("b", "jobs", 0, 182)) == 1

    def test_what_lies_outside_the_window_does_not_count(self) -> None:
        assert people(AFTER, reached("a", "course", -1) + reached("a", "jobs", 5)) == 0

    def test_only_people_in_the_group(self) -> None:
        known = [*reached("a", "jobs", 1, group="young"), *reached("b", "jobs", 1, group="old")]
        assert people({"kind": "milestone", "metric": "jobs", "group": "young"}, known) == 1

    def test_over_several_statements_a_person_counts_once(self) -> None:
        first = reached("a", "course", 1, settled=True) + reached("a", "jobs", 5, settled=True)
        assert people(AFTER, first) == 0
        assert people(AFTER, first + reached("a", "jobs", 400)) == 0
        assert people(AFTER, first + reached("b", "course", 2) + reached("b", "jobs", 400)) == 1

    def test_a_course_settled_on_its_own_is_no_milestone_yet(self) -> None:
        assert people(AFTER, reached("a", "course", 1, settled=True) + reached("a", "jobs", 5)) == 1


THREE = [
    *(reached("a", "jobs", 1, 2) + reached("a", "home", 3)),
    *(reached("b", "jobs", 1) + reached("b", "course", 2)),
    *reached("c", "course", 1),
]


class TestPeopleWith:
    """People over several metrics, once each."""

    @pytest.mark.parametrize(
        ("rule", "counts"),
        [
            ({"all_of": ["jobs"]}, 2),
            ({"all_of": ["jobs", "home"]}, 1),
            ({"any_of": ["jobs", "course"]}, 3),
            ({"any_of": ["jobs", "course", "home"], "at_least": 2}, 2),
            ({"any_of": ["jobs", "course", "home"], "at_least": 3}, 0),
            ({"all_of": ["jobs"], "none_of": ["course"]}, 1),
            ({"any_of": ["course"], "none_of": ["jobs", "home"]}, 1),
            ({"all_of": ["jobs"], "any_of": ["course"], "none_of": ["home"]}, 1),
        ],
    )
    def test_each_part(self, rule: Mapping[str, Any], counts: int) -> None:
        assert people({"kind": "people with", **rule}, THREE) == counts

    def test_only_people_in_the_group(self) -> None:
        known = [*reached("a", "jobs", 1, group="young"), *reached("b", "jobs", 1, group="old")]
        assert people({"kind": "people with", "all_of": ["jobs"], "group": "old"}, known) == 1

    def test_somebody_who_drops_out_does_not_take_a_new_person_s_place(self) -> None:
        """The first was paid for and then found a home, which the rule excludes; the second is new."""
        rule = {"kind": "people with", "all_of": ["jobs"], "none_of": ["home"]}
        dropped = reached("a", "jobs", 1, settled=True) + reached("a", "home", 9)
        assert people(rule, dropped) == 0
        assert people(rule, dropped + reached("b", "jobs", 9)) == 1


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ({"kind": "milestone", "metric": "jobs", "after": ["course"]}, "course"),
        ({"kind": "people with", "all_of": ["jobs"], "none_of": ["course"]}, "course"),
        (sustained(5), "worked"),
    ],
)
def test_totals_say_nothing_of_people(rule: Mapping[str, Any], name: str) -> None:
    unit = "day" if name == "worked" else "outcome"
    terms = contract(pay(price(dict(rule), "1", "person")), metrics=METRICS)
    line = owed(terms, facts(measured={name: ("3", unit)}))
    assert line.hold == f"“metric {name}” was given as a total: who stands behind it is not known"


def test_the_reason_says_the_rule() -> None:
    terms = contract(pay(price(sustained(2), "1", "person")), metrics=METRICS)
    assert owed(terms, facts(spell(0, 2))).reasons[0].text == (
        "1 person: the people who sustained “metric worked” for 2 days in one run; any gap interrupts, once each"
    )


# a second way to the same numbers: sets of days and plain loops

ROWS = st.lists(
    st.builds(
        lambda person, day, name, group, settled: done(person, on(day), name, group=group, settled=settled),
        st.sampled_from("abc"),
        st.integers(-2, 12),
        st.sampled_from(["jobs", "course", "home"]),
        st.sampled_from([None, "young", "old"]),
        st.booleans(),
    ),
    max_size=14,
)
NAMES = st.lists(st.sampled_from(["course", "home"]), unique=True, max_size=2)
GROUP = st.sampled_from([None, None, "young"])


def newly(meets: Any, rows: list[Outcome]) -> int:
    """Who meets a rule by all rows and does not by the settled ones."""
    count = 0
    for person in sorted({row.person for row in rows}):
        mine = [row for row in rows if row.person == person]
        count += meets(mine) and not meets([row for row in mine if row.settled])
    return count


def days_of(rows: list[Outcome], name: str, group: str | None) -> list[int]:
    return [
        (row.achieved_on - FIRST).days
        for row in rows
        if row.metric == name and FIRST <= row.achieved_on <= LAST and (group is None or row.group == group)
    ]


@PROVED
@given(st.data(), ROWS, NAMES, GROUP)
def test_milestones_equal_a_walk_over_each_person(
    data: st.DataObject, rows: list[Outcome], after: list[str], group: str | None
) -> None:
    # rows lie within days of each other, so bounds of a few days are thresholds
    least = data.draw(st.integers(0, 4)) if after else 0
    most = data.draw(st.none() | st.integers(least, least + 4)) if after else None

    def meets(mine: list[Outcome]) -> bool:
        clock = 0
        for name in after:
            before = days_of(mine, name, None)
            if not before:
                return False
            clock = max(clock, min(before))
        for day in days_of(mine, "jobs", group):
            if not after or (day - clock >= least and (most is None or day - clock <= most)):
                return True
        return False

    rule = {"kind": "milestone", "metric": "jobs", "after": after, "at_least_days": least}
    rule |= {key: value for key, value in (("within_days", most), ("group", group)) if value is not None}
    assert people(rule, rows) == newly(meets, rows)


@PROVED
@given(st.data(), ROWS, GROUP)
def test_people_with_equals_a_walk_over_each_person(
    data: st.DataObject, rows: list[Outcome], group: str | None
) -> None:
    places = data.draw(
        st.permutations(["all_of", "any_of", data.draw(st.sampled_from(["all_of", "any_of", "none_of"]))])
    )
    rule: dict[str, Any] = {"all_of": [], "any_of": [], "none_of": []}
    for place, name in zip(places, ["jobs", "course", "home"], strict=True):
        rule[place].append(name)
    least = data.draw(st.integers(1, max(1, len(rule["any_of"]))))

    def meets(mine: list[Outcome]) -> bool:
        has = {name for name in ("jobs", "course", "home") if days_of(mine, name, group)}
        for name in rule["all_of"]:
            if name not in has:
                return False
        for name in rule["none_of"]:
            if name in has:
                return False
        return not rule["any_of"] or len([name for name in rule["any_of"] if name in has]) >= least

    extra = {"group": group} if group else {}
    assert people({"kind": "people with", "at_least": least, **rule, **extra}, rows) == newly(meets, rows)


def longest(rows: list[Outcome], counting: str, gap_days: int, out: set[int]) -> int:
    """The longest run of one person, walking through the calendar day by day."""
    end = (LAST - FIRST).days
    worked: set[int] = set()
    for row in rows:
        first = (row.achieved_on - FIRST).days
        if 0 <= first <= end:
            worked |= {day for day in range(first, first + row.count) if day <= end and day not in out}
    if counting == "in all":
        return len(worked)
    best = length = idle = 0
    for day in range(min(worked, default=0), max(worked, default=-1) + 1):
        if day in worked:
            length = 1 if idle > gap_days else length + 1
            idle = 0
            best = max(best, length)
        elif day not in out:
            idle += 1
    return best


SPELLS = st.lists(
    st.builds(
        lambda first, days, person, settled: spell(first, days, person, settled=settled),
        st.one_of(st.integers(-2, 40), st.integers((LAST - FIRST).days - 12, (LAST - FIRST).days + 1)),
        st.integers(1, 12),
        st.sampled_from("ab"),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.data(),
    SPELLS,
    st.sampled_from(["in one run", "in all"]),
    st.integers(0, 6),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 8)), max_size=3),
)
def test_sustained_equals_a_walk_through_the_calendar(
    data: st.DataObject, rows: list[Outcome], counting: str, gap_days: int, excluded: list[tuple[int, int]]
) -> None:
    out = {day for first, length in excluded for day in range(first, first + length + 1)}
    mine = [row for row in rows if row.person == "a"]
    # two in three at the threshold: exactly, a day less, a day more
    edge = longest(mine, counting, gap_days, out) + data.draw(st.integers(-1, 1))
    days = max(1, data.draw(st.sampled_from([edge, edge, 9])))

    def meets(theirs: list[Outcome]) -> bool:
        return longest(theirs, counting, gap_days, out) >= days

    spans = [left_out(first, first + length) for first, length in excluded]
    assert people(sustained(days, counting, gap_days, excluded=spans), rows) == newly(meets, rows)
