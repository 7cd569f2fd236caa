"""data/sample: makes the made-up input files of this folder again, byte for byte, from fixed seeds.

Counts and totals are published figures (each folder's README says where); people, dates, claim numbers and evidence
numbers are made up. Run ``python data/sample/make_samples.py`` to write the files again.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

HERE = Path(__file__).resolve().parent

CLAIM_HEADER = ("claim_id", "person", "metric", "occurrence", "achieved_on", "evidenced_on", "evidence")


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


# --- Reboot West ------------------------------------------------------------------------------------------------

FIRST_DAY, LAST_DAY = date(2018, 10, 1), date(2022, 10, 31)
POOL = 260

WELLBEING = {  # metric: (claims, people), as published
    "agrees_education_right": (527, 231),
    "consistent_relationship": (453, 225),
    "feels_safe": (482, 230),
    "managing_accommodation": (466, 227),
    "self_determined": (202, 136),
}
COURSES = {
    "begins_course": (145, 132),
    "completes_25pct": (121, 109),
    "completes_50pct": (106, 94),
    "level1_qual": (43, 41),
    "level2_qual": (33, 33),
    "level3_qual": (11, 10),
}
DEGREES = {"begins_he": (10, 10), "he_year1": (4, 4), "he_year2": (2, 2), "he_complete": (3, 3)}
WORK_EXPERIENCE = {"enters_work_experience": (29, 29), "work_exp_1wk": (19, 19), "work_exp_4wk": (6, 6)}
JOBS = {
    "enters_employment": (126, 126),
    "earns_768": (114, 114),
    "earns_1631": (102, 102),
    "earns_3350": (73, 73),
    "earns_8155": (41, 41),
}


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Something that a made-up person achieved."""

    achieved_on: date
    person: str
    metric: str
    occurrence: int


def _spaced(chance: Random, first: date, last: date, count: int, gap: int) -> list[date]:
    """``count`` days in order from ``first`` to ``last``, each at least ``gap`` days after the one before."""
    room = (last - first).days - gap * (count - 1)
    days = sorted(chance.randint(0, room) for _ in range(count))
    return [first + timedelta(day + gap * place) for place, day in enumerate(days)]


def _wellbeing(chance: Random, joined: dict[str, date]) -> Iterator[Event]:
    for metric, (claims, people) in WELLBEING.items():
        chosen = chance.sample(sorted(joined), people)
        times = dict.fromkeys(chosen, 1)
        while sum(times.values()) < claims:
            person = chance.choice(chosen)
            times[person] += times[person] < 4
        for person, count in times.items():
            days = _spaced(chance, joined[person], LAST_DAY, count, gap=60)
            yield from (Event(day, person, metric, number) for number, day in enumerate(days, start=1))


def _chain(chance: Random, first: date, last: date, person: str, steps: Sequence[tuple[str, int]]) -> Iterator[Event]:
    """One person's steps, each some weeks after the one before it."""
    days = _spaced(chance, first, last, len(steps), gap=21)
    return (Event(day, person, metric, number) for day, (metric, number) in zip(days, steps, strict=True))


def _course_steps(place: int) -> list[tuple[str, int]]:
    """What the person at ``place`` among the learners did: who got further also did all that comes before."""
    steps = [(metric, 1) for metric in ("begins_course", "completes_25pct", "completes_50pct")]
    steps = [step for step in steps if place < COURSES[step[0]][1]]
    for metric in ("begins_course", "completes_25pct", "completes_50pct"):
        claims, people = COURSES[metric]
        if place < claims - people:
            steps.append((metric, 2))
    for metric in ("level1_qual", "level2_qual", "level3_qual"):
        claims, people = COURSES[metric]
        steps += [(metric, number) for number in (1, 2) if place < (people, claims - people)[number - 1]]
    return steps


def _degree(place: int, begun: date) -> Iterator[tuple[str, date]]:
    """The degree of the learner at ``place`` (0 to 9); the third who completes joined with credit from elsewhere."""
    yield "begins_he", begun
    for metric, year in (("he_year1", 1), ("he_year2", 2), ("he_complete", 3)):
        if place < DEGREES[metric][1]:
            yield metric, date(begun.year + year, 6, 30) - timedelta(days=place * 3)


def _learning(chance: Random, joined: dict[str, date]) -> Iterator[Event]:
    """Courses; the ten furthest learners, who joined early, go on to a degree."""
    by_joining = sorted(joined, key=lambda person: (joined[person], person))
    others = by_joining[10:]
    learners = by_joining[:10] + chance.sample(others, COURSES["begins_course"][1] - 10)
    for place, person in enumerate(learners):
        if place >= 10:
            yield from _chain(chance, joined[person], LAST_DAY, person, _course_steps(place))
            continue
        begun = date(2019 if place < 4 else 2020 + place % 3, 9, 16) + timedelta(days=chance.randint(0, 14))
        yield from _chain(chance, joined[person], begun - timedelta(days=30), person, _course_steps(place))
        yield from (Event(day, person, metric, 1) for metric, day in _degree(place, begun))


def _ladder(chance: Random, joined: dict[str, date], rungs: dict[str, tuple[int, int]]) -> Iterator[Event]:
    """A ladder of single steps: only who stands on one rung can reach the next."""
    climbers = chance.sample(sorted(joined), max(people for _, people in rungs.values()))
    for place, person in enumerate(climbers):
        steps = [(metric, 1) for metric, (_, people) in rungs.items() if place < people]
        yield from _chain(chance, joined[person], LAST_DAY, person, steps)


def care_leavers() -> bytes:
    """Reboot West: 3,118 claims on 23 metrics, each with its published number of claims and of people."""
    chance = Random(121)  # noqa: S311 - made-up data, not a secret
    joined = {f"RW-{number:04d}": FIRST_DAY + timedelta(days=chance.randint(0, 1000)) for number in range(1, POOL + 1)}
    for number in range(1, 11):
        joined[f"RW-{number:04d}"] = FIRST_DAY + timedelta(days=number % 5)
    events = sorted(
        [
            *_wellbeing(chance, joined),
            *_learning(chance, joined),
            *_ladder(chance, joined, WORK_EXPERIENCE),
            *_ladder(chance, joined, JOBS),
        ]
    )
    rows = []
    for number, event in enumerate(events, start=1):
        evidenced_on = event.achieved_on + timedelta(days=chance.randint(2, 21))
        start = (f"RWC-{number:05d}", event.person, event.metric, event.occurrence)
        rows.append((*start, event.achieved_on, evidenced_on, f"EV-{number:06d}"))
    return _csv(CLAIM_HEADER, rows)


# --- Denver -----------------------------------------------------------------------------------------------------

PERIODS = (  # first day, last day, days paid for; the third and the fourth are published only as a sum
    (date(2016, 2, 1), date(2016, 12, 31), 12_457),
    (date(2017, 1, 1), date(2017, 12, 31), 55_398),
    (date(2018, 1, 1), date(2018, 12, 31), 95_000),
    (date(2019, 1, 1), date(2020, 6, 30), 96_003),
    (date(2020, 7, 1), date(2021, 3, 31), 41_070),
)
TENANTS = 300


@dataclass(slots=True)
class Stay:
    """One tenant's quarter: days in the home, and days of them spent in jail."""

    person: str
    last_day: date
    room: int
    housed: int
    jail: int = 0


def _quarters(first: date, last: date) -> Iterator[tuple[date, int]]:
    """Last day, and number of days, of each calendar quarter from ``first`` to ``last``."""
    while first <= last:
        next_month = (first.month - 1) // 3 * 3 + 4
        after = date(first.year + next_month // 13, (next_month - 1) % 12 + 1, 1)
        yield after - timedelta(days=1), (after - first).days
        first = after


def _stays(chance: Random, tenants: Sequence[str], first: date, last: date, target: int) -> list[Stay]:
    """Quarters of a payment period whose days in the home less days in jail are exactly ``target``."""
    quarters = list(_quarters(first, last))
    length = sum(days for _, days in quarters)
    people = sorted(chance.sample(tenants, min(len(tenants), round(target / (length * 0.88)))))
    stays = []
    for person in people:
        for last_day, days in quarters:
            stay = Stay(person, last_day, days, days - chance.choice((0, 0, 0, 2, 7, 19)))
            if chance.random() < 0.25:
                stay.jail = chance.randint(1, max(1, stay.housed // 10))
            stays.append(stay)
    short = target - sum(stay.housed - stay.jail for stay in stays)
    while short:
        stay, step = chance.choice(stays), 1 if short > 0 else -1
        if 10 * stay.jail < stay.housed + step <= stay.room:
            stay.housed += step
            short -= step
    return stays


def denver() -> bytes:
    """Denver supportive housing: tenants' quarters whose net days by payment period are the published days."""
    chance = Random(1512)  # noqa: S311
    tenants = [f"DEN-{number:04d}" for number in range(1, TENANTS + 1)]
    seen: dict[tuple[str, str], int] = {}
    rows: list[tuple[object, ...]] = []
    for first, last, target in PERIODS:
        arrived = tenants[:60] if first.year == 2016 else tenants[:200] if first.year == 2017 else tenants
        stays = sorted(_stays(chance, arrived, first, last, target), key=lambda stay: (stay.last_day, stay.person))
        for stay in stays:
            for metric, days in (("housed_days", stay.housed), ("jail_days_while_housed", stay.jail)):
                if days:
                    occurrence = seen[stay.person, metric] = seen.get((stay.person, metric), 0) + 1
                    number = len(rows) + 1
                    evidenced_on = stay.last_day + timedelta(days=chance.randint(4, 20))
                    start = (f"DHC-{number:05d}", stay.person, metric, occurrence, days, stay.last_day)
                    rows.append((*start, evidenced_on, f"EV-{number:06d}"))
    return _csv(("claim_id", "person", "metric", "occurrence", "count", *CLAIM_HEADER[4:]), rows)


def denver_results() -> bytes:
    """The one measured result: 38 percentage points fewer jail days."""
    header = ("result_id", "metric", "value", "unit", "period_start", "period_end", "measured_on", "method", "evidence")
    evidence = "38 is inferred from the published payment of 5,104,000.00 under the published price table"
    row = ("DHR-1", "jail_day_reduction", "38", "percentage point", "2016-02-01", "2021-03-31", "2021-06-01")
    return _csv(header, [(*row, "randomised comparison", evidence)])


# --- National Supported Work ------------------------------------------------------------------------------------


def enrolments() -> bytes:
    """One enrolment for each of the 185 trained men, in the order of the data, on a made-up day of 1976."""
    chance = Random(1976)  # noqa: S311
    rows = []
    for number in range(1, 186):
        enrolled_on = date(1976, 1, 5) + timedelta(days=chance.randint(0, 340))
        start = (f"NSWC-{number:03d}", f"NSW{number}", "enrolled", 1, enrolled_on)
        rows.append((*start, enrolled_on + timedelta(days=chance.randint(1, 14)), f"EV-{number:06d}"))
    return _csv(CLAIM_HEADER, rows)


# --- one of each fault ------------------------------------------------------------------------------------------

FAULT_HEADER = "claim_id,person,metric,occurrence,count,achieved_on,evidenced_on,evidence,group"


def _already_held(place: int) -> list[str]:
    """A row of ``claims.csv``, written with the columns of the file of faults."""
    cells = care_leavers().decode().splitlines()[place].split(",")
    return [*cells[:4], "1", *cells[4:], ""]


def care_leavers_with_faults() -> bytes:
    """Good rows among one of each fault that intake finds in a row; the README's table says which row has which."""
    identical, changed, taken = _already_held(1), _already_held(2), _already_held(3)
    changed[7] = "EV-900001"
    taken[0] = "RWF-042"
    rows = [row.format(zero_width="\u200b", cyrillic_o="\u041e") for row in FAULTS]
    rows += [",".join(cells) for cells in (identical, changed, taken)]
    return ("\n".join([FAULT_HEADER, *rows]) + "\n").encode()


FAULTS = """\
RWF-001,RW-0301,feels_safe,1,1,2021-03-01,2021-03-08,EV-800001,care leaver
RWF-002,RW-0301,feels_saef,2,1,2021-06-01,2021-06-08,EV-800002,care leaver
RWF-003,RW-0302,feels_safe,1,1,31/12/2020,2021-01-08,EV-800003,care leaver
RWF-004,RW-0303,feels_safe,1,1,44196,2021-01-08,EV-800004,care leaver
RWF-005,RW-0304,feels_safe,1,1,2021-02-30,2021-03-08,EV-800005,care leaver
RWF-006,RW-0305,feels_safe,1,1,2022-06-20,2022-07-08,EV-800006,care leaver
RWF-007,RW-0306,feels_safe,1,1,2018-09-30,2018-10-08,EV-800007,care leaver
RWF-008,RW-0307,feels_safe,1,1,2021-03-01,2021-02-22,EV-800008,care leaver
RWF-009,,feels_safe,1,1,2021-03-01,2021-03-08,EV-800009,care leaver
RWF-010,RW-0309,feels_safe,1,1,2021-03-01,2021-03-08,,care leaver
RWF-011,RW-{zero_width}0310,feels_safe,1,1,2021-03-01,2021-03-08,EV-800011,care leaver
RWF-012,RW-0311,feels_safe,1,1e5,2021-03-01,2021-03-08,EV-800012,care leaver
RWF-013,RW-0312,feels_safe,1,"1,000",2021-03-01,2021-03-08,EV-800013,care leaver
RWF-014,RW-0313,feels_safe,1,-1,2021-03-01,2021-03-08,EV-800014,care leaver
RWF-015,RW-0314,feels_safe,1,0,2021-03-01,2021-03-08,EV-800015,care leaver
RWF-016,RW-0315,feels_safe,first,1,2021-03-01,2021-03-08,EV-800016,care leaver
RWF-017,RW-0316,enters_employment,2,1,2021-03-01,2021-03-08,EV-800017,care leaver
RWF-018,RW-0317,feels_safe,1,1,2021-03-01,2021-03-08,EV-800018,looked after
RWF-001,RW-0318,feels_safe,1,1,2021-03-01,2021-03-08,EV-800019,care leaver
RWF-020,RW-0301,feels_safe,1,1,2021-04-01,2021-04-08,EV-800020,care leaver
RWF-021,RW-0320,feels_safe,1,1,2021-03-01,2021-03-08,EV-800021
RWF-022,RW-0321,feels_safe,1,1,2021-03-01,2021-03-08,EV-800022,care leaver,
,,,,,,,,
Total,,,,27,,,,
RWF-025,RW-0324,feels_safe,1,1,2021-03-01,2021-03-08,=1+1,care leaver
RWF-026, RW-0325,feels_safe,1,1,2021-03-01,2021-03-08,EV-800026,care leaver
RWF-027,RW-{cyrillic_o}326,feels_safe,1,1,2021-03-01,2021-03-08,EV-800027,care leaver
RWF-028,RW-0327,feels_safe,1,1,2021-03-01,2021-03-08,"EV-800028
second page",care leaver
RWF-029,feels_safe,RW-0328,1,1,2021-03-01,2021-03-08,EV-800029,care leaver
RWF-030,RW-0329,feels_safe,1,1,2021-03-01T09:30,2021-03-08,EV-800030,care leaver
RWF-031,RW-0330,feels_safe,1,1,2022-07-20,2022-07-28,EV-800031,care leaver
RWF-032,RW-0331,level9_qual,1,none,01/03/2021,2021-03-08,EV-800032,care leaver
RWF-033,RW-0332,begins_course,1,1,2021-03-01,2021-03-08,EV-800033,care leaver
RWF-034,RW-0332,completes_25pct,1,,2021-04-01,2021-04-08,EV-800034,
RWF-035,RW-0332,completes_50pct,,1,2021-05-01,2021-05-08,"Certificate, page 2",care leaver
""".splitlines()


FILES = {
    "care_leavers/claims.csv": care_leavers,
    "care_leavers/claims_with_faults.csv": care_leavers_with_faults,
    "denver/claims.csv": denver,
    "denver/results.csv": denver_results,
    "nsw_employment/enrolments.csv": enrolments,
}


def main() -> None:
    """Write every made-up file again."""
    for name, make in FILES.items():
        (HERE / name).write_bytes(make())


if __name__ == "__main__":
    main()
