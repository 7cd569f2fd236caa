"""Trials, blends and changes over time: by hand, and against statsmodels."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats
from statsmodels.regression.linear_model import OLS

from sib.errors import NotValid, Refused
from sib.impact.blend import Part, blend, pooled
from sib.impact.overtime import difference_in_differences, interrupted_series, panel_difference
from sib.impact.student import student_quantile, student_share
from sib.impact.trial import among_takers, as_assigned, as_assigned_by_groups


@pytest.mark.parametrize("spare", [1, 2, 3, 4, 9, 30])
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
def test_student_s_quantiles_are_scipy_s(spare, confidence):
    wanted = stats.t.ppf(0.5 + confidence / 2, spare)
    assert student_quantile(confidence, spare) == pytest.approx(wanted, rel=1e-10)
    assert student_share(wanted, spare) == pytest.approx(confidence, rel=1e-12)


def test_as_assigned_is_the_difference_with_neyman_s_error(data):
    people = data("experiment")
    assigned, earned = people.cohort.treated, people.outcomes["re78"]
    found = as_assigned(assigned, earned)
    assert found.effect == pytest.approx(1794.3424, abs=5e-5)  # Dehejia & Wahba (1999): 1,794
    one, none = earned[assigned], earned[~assigned]
    # HC2 is the randomisation's own error (Neyman, 1923)
    assert found.error == pytest.approx(np.sqrt(one.var(ddof=1) / len(one) + none.var(ddof=1) / len(none)), rel=1e-10)
    age = people.cohort.numbers("age")[:, None]
    adjusted = as_assigned(assigned, earned, age)
    flags = assigned.astype(float)
    centred = (age - age.mean())[:, 0]
    wanted = OLS(earned, np.column_stack((np.ones(len(flags)), flags, centred, centred * flags))).fit(cov_type="HC2")
    assert adjusted.effect == pytest.approx(wanted.params[1], rel=1e-8)
    assert adjusted.error == pytest.approx(wanted.bse[1], rel=1e-8)


def test_groups_that_were_drawn_count_once_each():
    groups = np.array([1, 1, 1, 2, 2, 3, 3, 4, 4, 4, 5])
    assigned = np.isin(groups, (1, 2, 5))
    outcome = np.array([1.0, 2, 3, 4, 6, 1, 1, 0, 1, 5, 3])
    # means 2, 5, 3 and 1, 2: difference 10/3 - 3/2; pooled variance (14/3 + 1/2) / 3
    found = as_assigned_by_groups(assigned, outcome, groups)
    assert found.effect == pytest.approx(11 / 6)
    assert found.error == pytest.approx(np.sqrt(31 / 18 * (1 / 3 + 1 / 2)))
    assert found.spare == 3
    wanted = stats.ttest_ind([2, 5, 3], [1, 2])
    assert found.effect / found.error == pytest.approx(wanted.statistic)
    assert (found.low, found.high) == pytest.approx(tuple(wanted.confidence_interval(0.95)))
    with pytest.raises(NotValid, match="1 groups hold people of both"):
        as_assigned_by_groups(~assigned | (np.arange(11) == 0), outcome, groups)
    with pytest.raises(Refused, match="fewer than two groups"):
        as_assigned_by_groups(assigned[groups < 4], outcome[groups < 4], groups[groups < 4])


def test_takers_by_two_stages():
    drawn = np.random.default_rng(3)
    assigned = np.arange(600) % 2 == 0
    willing = drawn.random(600) < 0.6
    took = assigned & willing
    outcome = 5.0 + 2.0 * willing + 3.0 * took + drawn.normal(size=600)
    found = among_takers(assigned, took, outcome)
    assert abs(found.effect - 3) < 4 * found.error
    # Wald: the difference as assigned over the difference in taking part; error by hand
    moved = took[assigned].mean() - took[~assigned].mean()
    assert found.effect == pytest.approx((outcome[assigned].mean() - outcome[~assigned].mean()) / moved)
    left = outcome - outcome.mean() - found.effect * (took - took.mean())
    instrument = assigned - assigned.mean()
    meat = ((instrument * left) ** 2).sum() * 600 / 598
    assert found.error == pytest.approx(np.sqrt(meat) / abs((instrument * took).sum()), rel=1e-10)
    assert found.first_stage > 100
    pairs = np.arange(600) // 2
    clustered = among_takers(assigned, took, outcome, pairs)
    assert clustered.effect == pytest.approx(found.effect)
    assert clustered.error_kind == "clustered"
    everybody = among_takers(assigned, assigned, outcome)
    assert everybody.effect == pytest.approx(as_assigned(assigned, outcome).effect)
    assert everybody.first_stage > 1e12
    for nobody in (np.zeros(600, bool), np.arange(600) % 4 < 2):
        with pytest.raises(Refused, match="hardly moves"):
            among_takers(assigned, nobody, outcome)


def test_a_blend_is_what_the_contract_says():
    parts = [Part("trial", 10.0, 3.0, Fraction(4, 5)), Part("over time", 5.0, 4.0, Fraction(1, 5))]
    found = blend(parts)
    assert found.effect == pytest.approx(9.0)
    assert found.error == pytest.approx(np.sqrt(2.4**2 + 0.8**2))
    assert found.shares == pytest.approx((5.76 / 6.4, 0.64 / 6.4))
    assert blend(parts, correlation=1.0).error == pytest.approx(3.2)
    together = pooled([Part("2010", 1.0, 1.0, Fraction(1)), Part("2011", 4.0, 2.0, Fraction(1))])
    assert together.effect == pytest.approx(1.6)
    assert together.error == pytest.approx(np.sqrt(0.8))
    with pytest.raises(NotValid) as wrong:
        blend([Part("trial", 1.0, 1.0, Fraction(4, 5))], correlation=2.0)
    assert [problem.code for problem in wrong.value.problems] == ["impact.weights", "impact.correlation"]


def test_difference_in_differences_on_the_experiment(data):
    people = data("experiment")
    before, after = people.cohort.numbers("re75"), people.outcomes["re78"]
    found = difference_in_differences(people.cohort.treated, before, after)
    # statsmodels with clusters by person, and diff-diff 3.13
    assert found.effect == pytest.approx(1529.1961, abs=5e-5)
    assert found.error == pytest.approx(715.358, abs=5e-4)
    assert found.clusters == people.cohort.size
    flat = difference_in_differences(people.cohort.treated, before, after, np.ones(people.cohort.size))
    assert flat == found
    by_two = difference_in_differences(people.cohort.treated, before, after, None, np.arange(445) // 2)
    assert by_two.clusters == 223


def panel(drawn, units=12, periods=5, begins=3):
    unit, period = np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)
    exposed = (unit < units // 2) & (period >= begins)
    outcome = unit * 1.0 + period**2 + 2.5 * exposed + drawn.normal(size=len(unit))
    return unit, period, exposed, outcome


def test_panel_is_least_squares_with_dummies():
    unit, period, exposed, outcome = panel(np.random.default_rng(4))
    found = panel_difference(unit, period, exposed, outcome)
    dummies = [unit == one for one in range(12)] + [period == one for one in range(1, 5)]
    columns = np.column_stack([exposed, *dummies]).astype(float)
    wanted = OLS(outcome, columns).fit(cov_type="cluster", cov_kwds={"groups": unit})
    assert found.effect == pytest.approx(wanted.params[0], rel=1e-9)
    # statsmodels counts the units' own levels among the parameters; nested in the clusters, they are not
    assert found.error == pytest.approx(wanted.bse[0] * np.sqrt((60 - 17) / (60 - 6)), rel=1e-9)
    shuffled = np.random.default_rng(1).permutation(60)
    again = panel_difference(
        unit[shuffled], period[shuffled], exposed[shuffled], outcome[shuffled], unit[shuffled] // 2
    )
    assert again.effect == pytest.approx(found.effect)
    assert again.clusters == 6


def test_panels_that_would_mislead_are_told():
    unit, period, exposed, outcome = panel(np.random.default_rng(4))
    for change, told in (
        (exposed | ((unit == 0) & (period == 2)), "does not begin in one period"),
        (exposed | (period >= 3), "does not begin in one period"),
        (exposed & ~((unit == 0) & (period == 4)), "stops being treated"),
    ):
        with pytest.raises(NotValid, match=told):
            panel_difference(unit, period, change, outcome)
    with pytest.raises(NotValid, match="no row, or two"):
        panel_difference(unit[1:], period[1:], exposed[1:], outcome[1:])


def test_a_break_in_a_series():
    drawn = np.random.default_rng(6)
    time = np.arange(48)
    noise = np.zeros(48)
    for one in range(1, 48):
        noise[one] = 0.5 * noise[one - 1] + drawn.normal()
    outcome = 20 + 0.3 * time - (time >= 30) * (4 + 0.2 * (time - 30)) + noise
    found = interrupted_series(outcome, 30)
    truth = -4 - 0.2 * 8.5
    assert abs(found.effect - truth) < 3 * found.error
    after = (time >= 30).astype(float)
    fit = OLS(outcome, np.column_stack((np.ones(48), time, after, (time - 30) * after))).fit()
    gap = fit.fittedvalues[30:] - (fit.params[0] + fit.params[1] * time[30:])
    assert found.effect == pytest.approx(gap.mean())
    assert found.error_kind == "Newey-West, 3 lags"
    level = interrupted_series(outcome, 30, lags=0, slope=False)
    assert level.error_kind == "Newey-West, 0 lags"
    with pytest.raises(Refused, match="7 periods before and 41 after"):
        interrupted_series(outcome, 7)
