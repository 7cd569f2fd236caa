"""outcomes: what a checked sample says of all claims, against scipy, textbooks' arithmetic and simulation."""

import random
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sib.errors import NotValid
from sib.outcomes.chances import GRID, clopper_pearson, hypergeometric, student_t
from sib.outcomes.extrapolate import Checked, Grounds, Layer, Verdict, estimated, objections, read, recovered
from sib.outcomes.sampling import Stratum

ALL, FLAGGED, DOWN = Stratum("accepted", "plain"), Stratum("accepted", "flagged"), Stratum("rejected", "plain")
NINETY = Fraction(9, 10)
TINY = 1e-9


def checked(*wrong: int, stratum: Stratum = ALL, paid: int = 50_000) -> list[Checked]:
    verdicts = (Verdict.FAIL if amount else Verdict.PASS for amount in wrong)
    return [
        Checked(f"{stratum} {number}", stratum, paid, verdict, amount)
        for number, (verdict, amount) in enumerate(zip(verdicts, wrong, strict=True))
    ]


GOLDEN = checked(*[50_000] * 6, *[0] * 54)
"""Six of sixty overpaid by 500.00, out of 400 claims."""


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 17, 58, 59, 60, 199])
@pytest.mark.parametrize("share", ["0.5", "0.6", "0.95", "0.975", "0.995"])
def test_students_t_is_scipys(share, degrees):
    assert float(student_t(Fraction(share), degrees)) == pytest.approx(stats.t.ppf(float(share), degrees), abs=1e-12)


def test_the_golden_figures():
    """20,000 = 400 * 50; found 6 * 500; with t(0.95, 59) = 1.67109 and s2 = 1,350,000/59 the bound is 7,965.30."""
    found = estimated({ALL: Layer(400, 400 * 50_000)}, GOLDEN, "mean per unit", NINETY)
    assert (found.found, found.point, found.degrees) == (300_000, 2_000_000, 59)
    assert recovered("lower limit", found) == 796_530
    assert recovered("point estimate", found) == 2_000_000
    assert recovered("found only", found) == 300_000
    assert found.high - found.point == found.point - found.low


def test_a_lower_limit_below_the_errors_found_takes_back_what_was_found():
    found = estimated({ALL: Layer(10, 500_000)}, checked(50_000, 0, 0, 0), "mean per unit", NINETY)
    assert found.low < found.found == recovered("lower limit", found) == 50_000


def test_underpayments_found_are_not_turned_into_a_deduction():
    found = estimated({ALL: Layer(10, 500_000)}, checked(-50_000, 0, 0, 0), "mean per unit", NINETY)
    assert found.point == -125_000
    assert [recovered(rule, found) for rule in ("found only", "lower limit", "point estimate")] == [0, 0, 0]


def test_everything_checked_leaves_no_doubt():
    found = estimated({ALL: Layer(4, 200_000)}, checked(50_000, 0, 0, 7), "mean per unit", NINETY)
    assert found.found == found.low == found.point == found.high == 50_007


def test_strata_are_added_up():
    """Cochran, Sampling Techniques, 5.16: means 4 and 10, N 10 and 20, n 3 and 4; worked out by hand below.

    a: 0, 6, 6 -> mean 4, s2 = 12; 10*7*12/3 = 280. b: 4, 8, 12, 16 -> mean 10, s2 = 80/3; 20*16*(80/3)/4 = 6400/3.
    Degrees (280 + 6400/3)**2 / (280**2/2 + (6400/3)**2/3) = 5,824,711/1,556,237 -> 3.74, rounded down to 3.
    """
    layers = {ALL: Layer(10, 1000), FLAGGED: Layer(20, 1000)}
    both = [*checked(0, 6, 6), *checked(4, 8, 12, 16, stratum=FLAGGED)]
    found = estimated(layers, both, "mean per unit", NINETY)
    assert (found.found, found.point, found.degrees) == (52, 240, 3)
    reach = stats.t.ppf(0.95, 3) * (280 + 6400 / 3) ** 0.5
    assert float(found.low) == pytest.approx(240 - reach, abs=TINY)


def test_a_ratio_uses_what_was_paid():
    """Half of each of four claims of differing size: wrong/paid is 1/2 without doubt, so 1/2 of all that was paid."""
    sizes = (100, 200, 300, 1000)
    mine = [replace(checked(size // 2)[0], id=str(size), paid_minor=size) for size in sizes]
    found = estimated({ALL: Layer(50, 40_000)}, mine, "ratio", NINETY)
    assert (found.point, found.low) == (20_000, 20_000)
    # paid 100 and 300, wrong 0 and 100: share 1/4, residuals -25 and 25, s2 = 1250, variance 10*8*1250/2 = 50,000
    two = [replace(checked(wrong)[0], id=str(paid), paid_minor=paid) for paid, wrong in ((100, 0), (300, 100))]
    found = estimated({ALL: Layer(10, 2000)}, two, "ratio", NINETY)
    assert found.point == 500
    assert float(found.point - found.low) == pytest.approx(stats.t.ppf(0.95, 1) * 50_000**0.5, abs=TINY)


def test_a_ratio_of_claims_on_which_nothing_was_paid_is_a_mean():
    found = estimated({ALL: Layer(10, 0)}, checked(0, 0, paid=0), "ratio", NINETY)
    assert (found.point, found.low) == (0, 0)


@pytest.mark.parametrize(("number", "wrong"), [(5, (0,)), (5, ()), (1, (0, 0))])
def test_too_few_say_nothing(number, wrong):
    with pytest.raises(NotValid, match="at least two"):
        estimated({ALL: Layer(number, 1)}, checked(*wrong), "mean per unit", NINETY)


def test_an_empty_stratum_adds_nothing():
    found = estimated({ALL: Layer(2, 2), DOWN: Layer(0, 0)}, checked(1, 1), "mean per unit", NINETY)
    assert (found.point, found.degrees) == (2, 1)


def test_what_one_cannot_tell_is_read_both_ways():
    seen = [*GOLDEN[:58], *(replace(each, verdict=Verdict.CANNOT_TELL) for each in GOLDEN[58:])]
    seen += [replace(each, verdict=Verdict.CANNOT_TELL) for each in checked(0, stratum=DOWN, paid=0)]
    seen += checked(1, 0, 0, stratum=DOWN, paid=0)
    layers = {ALL: Layer(400, 20_000_000), DOWN: Layer(40, 0)}
    kind, strict = (read(layers, seen, "mean per unit", NINETY, way) for way in (Verdict.PASS, Verdict.FAIL))
    assert (kind.rate.found, strict.rate.found) == (6, 8)
    assert (kind.estimate.found, strict.estimate.found) == (300_000, 400_000)
    assert (kind.wrongly_rejected.found, strict.wrongly_rejected.found) == (1, 2)
    assert kind.rate.point == Fraction(6, 60)
    assert kind.in_population.low >= kind.rate.low


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(max_examples=40, deadline=None)
def test_clopper_pearson_is_scipys_rounded_outwards(pair):
    found, number = pair
    mine = clopper_pearson(found, number, NINETY)
    theirs = stats.binomtest(found, number).proportion_ci(0.9, "exact")
    assert 0 <= theirs.low - float(mine.low) <= 1 / GRID + TINY
    assert 0 <= float(mine.high) - theirs.high + TINY <= 1 / GRID + 2 * TINY


def test_nothing_checked_says_nothing():
    nothing = clopper_pearson(0, 0, NINETY)
    assert (nothing.low, nothing.high, nothing.point) == (0, 1, 0)
    assert (hypergeometric(0, 0, 5, NINETY).low, hypergeometric(0, 0, 5, NINETY).high) == (0, 1)
    assert hypergeometric(0, 0, 0, NINETY).high == 0


@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n), st.integers(0, n))))
@settings(max_examples=60, deadline=None)
def test_the_interval_without_putting_back_holds_just_the_numbers_that_are_not_too_unlikely(three):
    population, number, wrong = three
    found = min(wrong, number)
    mine = hypergeometric(found, number, population, NINETY)
    inside = []
    for total in range(found, population - number + found + 1):
        more = stats.hypergeom.sf(found - 1, population, total, number)
        fewer = stats.hypergeom.cdf(found, population, total, number)
        if more > 0.05 + TINY and fewer > 0.05 + TINY:
            inside.append(total)
    assert (mine.low * population, mine.high * population) == (inside[0], inside[-1])


@pytest.mark.parametrize("wrong", [40, 120])
def test_the_lower_bound_lies_above_the_truth_no_more_often_than_promised(wrong):
    """1,000 seeded samples of 60 from 400 claims, 10 or 30 % of them overpaid by differing amounts.

    At most 5 % of bounds may be too high; 68 of 1,000 is 5 % and 2.6 standard deviations (6.9 each).
    """
    dice = random.Random(f"bound {wrong}")
    truth = [dice.randrange(10_000, 90_000) for _ in range(wrong)] + [0] * (400 - wrong)
    layers = {ALL: Layer(400, 400 * 90_000)}
    above = 0
    for _ in range(1000):
        found = estimated(layers, checked(*dice.sample(truth, 60)), "mean per unit", NINETY)
        above += found.low > sum(truth)
    assert above <= 68, above


GOOD = Grounds(True, True, True, Fraction(1, 20), Fraction(1, 10), True, True, True)


def test_more_than_was_found_is_taken_back_only_when_every_condition_holds():
    assert objections(GOOD) == []
    for name in Grounds.__dataclass_fields__:
        if name in ("tolerance", "lowest_rate"):
            continue
        (problem,) = objections(replace(GOOD, **{name: False}))
        assert problem.code == "sample.not-extrapolated"
    assert len(objections(replace(GOOD, lowest_rate=GOOD.tolerance))) == 1
