"""The sample files have the published figures in them, and the generator makes them again byte for byte."""

import math
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from sib.intake.claims import ClaimRules, KnownClaims, MetricRule, read_claims
from sib.intake.cohort import CohortColumns, read_cohort
from sib.intake.results import KnownResults, ResultRules, read_results

# claims, people, price in pounds, paid in pounds, as published
REBOOT_WEST = {
    "agrees_education_right": (527, 231, 220, 115_940),
    "consistent_relationship": (453, 225, 220, 99_660),
    "feels_safe": (482, 230, 220, 106_040),
    "managing_accommodation": (466, 227, 220, 102_520),
    "self_determined": (202, 136, 220, 44_440),
    "begins_course": (145, 132, 220, 31_900),
    "completes_25pct": (121, 109, 220, 26_620),
    "completes_50pct": (106, 94, 220, 23_320),
    "level1_qual": (43, 41, 1760, 75_680),
    "level2_qual": (33, 33, 4730, 156_090),
    "level3_qual": (11, 10, 4730, 52_030),
    "begins_he": (10, 10, 660, 6_600),
    "he_year1": (4, 4, 2750, 11_000),
    "he_year2": (2, 2, 2750, 5_500),
    "he_complete": (3, 3, 4730, 14_190),
    "enters_work_experience": (29, 29, 110, 3_190),
    "work_exp_1wk": (19, 19, 220, 4_180),
    "work_exp_4wk": (6, 6, 330, 1_980),
    "enters_employment": (126, 126, 660, 83_160),
    "earns_768": (114, 114, 2750, 313_500),
    "earns_1631": (102, 102, 2750, 280_500),
    "earns_3350": (73, 73, 2750, 200_750),
    "earns_8155": (41, 41, 2750, 112_750),
}
LADDERS = (
    ("begins_course", "completes_25pct", "completes_50pct", "level1_qual", "level2_qual", "level3_qual"),
    ("enters_work_experience", "work_exp_1wk", "work_exp_4wk"),
    ("enters_employment", "earns_768", "earns_1631", "earns_3350", "earns_8155"),
    ("begins_he", "he_year1", "he_year2"),
    ("begins_he", "he_complete"),
)
NSW = CohortColumns(
    "id", "treat", ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"), outcomes=("re78",)
)


@pytest.fixture(scope="module")
def claims(sample, care_leavers, pseudonym):
    data = (sample / "care_leavers" / "claims.csv").read_bytes()
    taken = read_claims(data, care_leavers, submitted_on=date(2022, 12, 31), pseudonym=pseudonym, known=KnownClaims())
    assert taken.refused == ()
    return taken.claims


def test_the_generator_makes_the_committed_files(sample, make_samples):
    for name, make in make_samples.FILES.items():
        assert make() == (sample / name).read_bytes(), name


def test_reboot_west_has_the_published_claims_people_and_payment(claims):
    people = defaultdict(set)
    for claim in claims:
        people[claim.metric].add(claim.person)
    counts = Counter(claim.metric for claim in claims)
    assert {metric: (counts[metric], len(people[metric])) for metric in counts} == {
        metric: (number, persons) for metric, (number, persons, _, _) in REBOOT_WEST.items()
    }
    for metric, (_, _, price, paid) in REBOOT_WEST.items():
        assert counts[metric] * price == paid
    assert sum(counts[metric] * price for metric, (_, _, price, _) in REBOOT_WEST.items()) == 1_871_540
    assert len(set.union(*people.values())) == 260


def test_reboot_west_counts_each_persons_occurrences_in_order_of_time(claims):
    by_person = defaultdict(list)
    for claim in sorted(claims, key=lambda claim: claim.achieved_on):
        by_person[claim.person, claim.metric].append(claim.occurrence)
        assert date(2018, 10, 1) <= claim.achieved_on <= date(2022, 10, 31)
        assert claim.achieved_on < claim.evidenced_on <= date(2022, 12, 31)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_person.values())


def test_reboot_west_climbs_ladders_from_the_bottom(claims):
    first = {(claim.person, claim.metric): claim.achieved_on for claim in claims if claim.occurrence == 1}
    for ladder in LADDERS:
        for lower, upper in pairwise(ladder):
            for (person, metric), day in first.items():
                if metric == upper:
                    assert first[person, lower] < day, (person, upper)


def test_denver_has_the_published_net_days(sample, pseudonym):
    rules = ClaimRules(
        "denver",
        date(2016, 2, 1),
        date(2021, 3, 31),
        {"housed_days": MetricRule(None), "jail_days_while_housed": MetricRule(None)},
    )
    data = (sample / "denver" / "claims.csv").read_bytes()
    taken = read_claims(data, rules, submitted_on=date(2021, 6, 30), pseudonym=pseudonym, known=KnownClaims())
    assert taken.refused == ()
    ends = (date(2016, 12, 31), date(2017, 12, 31), date(2018, 12, 31), date(2020, 6, 30), date(2021, 3, 31))
    days: Counter[tuple[date, str]] = Counter()
    for claim in taken.claims:
        days[next(end for end in ends if claim.achieved_on <= end), claim.metric] += claim.count
    net = [days[end, "housed_days"] - days[end, "jail_days_while_housed"] for end in ends]
    assert net == [12_457, 55_398, 95_000, 96_003, 41_070]
    assert sum(net[:4]) == 258_858
    assert sum(net) * 1512 == 453_491_136  # cents: 4,534,911.36 dollars
    for end in ends:
        assert 0 < days[end, "jail_days_while_housed"] < days[end, "housed_days"] / 10
    housed = {(claim.person, claim.achieved_on): claim.count for claim in taken.claims if claim.metric == "housed_days"}
    for (_, last_day), count in housed.items():
        assert count <= (60 if last_day == date(2016, 3, 31) else 92)
    for claim in taken.claims:
        assert claim.count <= housed[claim.person, claim.achieved_on]
    assert 290 <= len({claim.person for claim in taken.claims}) <= 300


def test_denver_result_is_the_inferred_reduction(sample):
    rules = ResultRules("denver", date(2016, 2, 1), date(2021, 3, 31), {"jail_day_reduction": "percentage point"})
    data = (sample / "denver" / "results.csv").read_bytes()
    taken = read_results(data, rules, submitted_on=date(2021, 6, 30), known=KnownResults())
    (result,) = taken.results
    assert (result.metric, result.value, result.unit) == ("jail_day_reduction", Decimal(38), "percentage point")
    assert (result.period_start, result.period_end) == (date(2016, 2, 1), date(2021, 3, 31))
    assert "inferred from the published payment of 5,104,000.00" in result.evidence


def test_the_enrolled_are_the_trained_men_in_order(sample, pseudonym):
    data = (sample / "nsw_employment" / "enrolments.csv").read_bytes()
    rules = ClaimRules("nsw", date(1976, 1, 1), date(1976, 12, 31), {"enrolled": MetricRule(1)})
    taken = read_claims(data, rules, submitted_on=date(1977, 6, 30), pseudonym=pseudonym, known=KnownClaims())
    cohort = read_cohort((sample / "nsw_employment" / "cohort.csv").read_bytes(), NSW, pseudonym=pseudonym)
    assert len(taken.claims) == 185
    treated = zip(cohort.before.ids, cohort.before.treated, strict=True)
    assert [claim.person for claim in taken.claims] == [name for name, was in treated if was]


@pytest.mark.parametrize(
    ("name", "treated", "others", "difference"),
    [("cohort.csv", 185, 15_992, -8497.52), ("randomised.csv", 185, 260, 1794.34)],
)
def test_the_evaluation_data_are_the_published_ones(sample, pseudonym, name, treated, others, difference):
    cohort = read_cohort((sample / "nsw_employment" / name).read_bytes(), NSW, pseudonym=pseudonym)
    earned, was = cohort.after.outcomes["re78"], cohort.before.treated
    assert (int(was.sum()), int((~was).sum())) == (treated, others)
    found = math.fsum(earned[was]) / treated - math.fsum(earned[~was]) / others
    assert round(found, 2) == difference


def test_the_same_men_are_treated_in_both_files(sample):
    cohort, randomised = (
        (sample / "nsw_employment" / name).read_text().splitlines()[:186] for name in ("cohort.csv", "randomised.csv")
    )
    assert len(cohort) == 186
    assert cohort == randomised
