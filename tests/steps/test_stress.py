"""steps: a contract stressed: chances against closed forms, jumps where the rule has them, the same on any threads."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import comb, erf, exp, lgamma, log, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sib.errors import NotValid
from sib.payments.facts import Facts, Measured
from sib.payments.many import payable_many
from sib.payments.payable import payable_outcomes
from sib.steps.stress import stress
from sib.steps.stress_bench import chance
from sib.steps.stress_draws import BLOCK, arms_at_random, generator, one_better, results
from sib.steps.stress_rule import TOGETHER
from sib.terms.contract import Contract
from sib.terms.read import read_contract
from sib.terms.simulation import Draw
from sib.terms.walk import unit_of
from tests.payments.small import contract, metric, pay

COHORTS = 20_000
CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
PETERBOROUGH = read_contract(CONTRACTS / "peterborough" / "contract.toml").contract
ESTIMATE = metric("rise", "point", "estimate")
P_VALUE = metric("chance", "share", "estimate", statistic="p value")
LOWER = metric("lower", "point", "estimate", statistic="lower bound")
JOBS = metric("jobs", "person", repeats="without limit")


def trigger(of: str, at: str, how: str = "at least") -> dict[str, Any]:
    """One pound a hundred from a threshold on."""
    condition = {"kind": "compare", "quantity": of, "is": how, "value": at}
    nothing, hundred = ({"kind": "fixed", "amount": amount} for amount in ("0", "100"))
    return {"kind": "when", "condition": condition, "then": hundred, "otherwise": nothing}


def simulated(amount: Any, *draws: Mapping[str, Any], effects: Any = ("10",), **more: Any) -> Contract:
    """A contract of one payment with a simulation."""
    said = {"shows": draws[0]["gives"][0], "effects": list(effects), "target": effects[-1], "cohorts": COHORTS, **more}
    metrics = (ESTIMATE, P_VALUE, LOWER, JOBS)
    return contract(pay(amount, metric="rise"), metrics=metrics, simulation={**said, "draws": list(draws)})


def draw(gives: Any = ("rise",), design: str = "randomised", **more: Any) -> dict[str, Any]:
    return {"gives": list(gives), "design": design, **more}


def close(found: Fraction, chance: float, cohorts: int = COHORTS) -> None:
    """Within four and a half Monte Carlo standard deviations: one seed in 150,000 would miss it."""
    assert abs(float(found) - chance) <= 4.5 * sqrt(chance * (1 - chance) / cohorts), (float(found), chance)


def normal_tail(deviation: float) -> float:
    return 0.5 * (1 - erf(deviation / sqrt(2)))


def binomial(count: int, of: int, rate: float) -> float:
    return comb(of, count) * rate**count * (1 - rate) ** (of - count)


class TestAgainstClosedForms:
    def test_a_count_of_people_is_binomial(self) -> None:
        """200 people of whom a quarter find work anyhow; 62 jobs pay."""
        terms = simulated(
            trigger("jobs", "62"),
            draw(["jobs"], "counts", people=200, base="0.25", effect="more"),
            effects=["10", "20"],
        )
        found = stress(terms)
        for effect, rate in ((0, 0.25), (10, 0.3), (20, 0.35)):
            tail = sum(binomial(count, 200, rate) for count in range(62, 201))
            close(found.at(Fraction(effect)).pays.share, tail)
            assert found.at(Fraction(effect)).expected == 100_00 * found.at(Fraction(effect)).pays.share

    def test_two_randomised_arms_are_two_binomials(self) -> None:
        """40 people a side, 30 % with the outcome on both: pays from 15 percentage points on, 6 people more."""
        arm = [binomial(count, 40, 0.3) for count in range(41)]
        tail = sum(arm[mine] * arm[theirs] for mine in range(41) for theirs in range(41) if mine - theirs >= 6)
        terms = simulated(
            trigger("rise", "15"), draw(people=40, comparison=40, base="0.3", effect="more", per=100, places=6)
        )
        close(stress(terms).nothing.pays.share, tail)

    @pytest.mark.parametrize(("dispersion", "design"), [("0", "counts"), ("1.5", "counts"), ("1.5", "average")])
    def test_events_are_poisson_or_negative_binomial(self, dispersion: str, design: str) -> None:
        """50 people with 1.4 events each; the sum of negative binomials of one rate is one too."""
        mean, size = 70.0, 50 / float(dispersion) if float(dispersion) else 0.0

        def chance_of(count: int) -> float:
            if not size:
                return exp(count * log(mean) - mean - lgamma(count + 1))
            weight = lgamma(count + size) - lgamma(size) - lgamma(count + 1)
            return exp(weight + size * log(size / (size + mean)) + count * log(mean / (size + mean)))

        few = sum(chance_of(count) for count in range(56))
        asked = {"outcome": "events", "people": 50, "base": "1.4", "dispersion": dispersion, "effect": "percent fewer"}
        name, at = ("jobs", "55") if design == "counts" else ("rise", "110")
        per = {} if design == "counts" else {"per": 100}
        found = stress(simulated(trigger(name, at, "at most"), draw([name], design, **asked, **per)))
        close(found.nothing.pays.share, few)

    def test_power_is_the_known_one(self) -> None:
        """Two arms of 393 have 80 % power for a fifth of a standard deviation at two-sided 5 % (statsmodels: 393.4)."""
        gate = {"kind": "compare", "quantity": "chance", "is": "at most", "value": "0.05"}
        up = {"kind": "compare", "quantity": "rise", "is": "more than", "value": "0"}
        amount = {**trigger("rise", "0"), "condition": {"kind": "all", "of": [gate, up]}}
        both = draw(
            ["rise", "chance"], people=393, comparison=393, outcome="amount", base="10", spread="5", effect="more"
        )
        found = stress(simulated(amount, both, effects=["1"]))
        close(found.nothing.pays.share, 0.025)
        close(found.target.pays.share, normal_tail(1.959964 - 0.2 * sqrt(393 / 2)))
        assert float(found.target.pays.share) == pytest.approx(0.80, abs=0.01)

    def test_a_lower_bound_above_nothing_is_rare_by_chance(self) -> None:
        """The lower end of a two-sided 90 % interval lies above nothing in 5 of 100 cohorts."""
        one = draw(
            ["lower"], people=50, comparison=80, outcome="amount", base="3", spread="2", effect="more", confidence="0.9"
        )
        close(stress(simulated(trigger("lower", "0", "more than"), one)).nothing.pays.share, 0.05)

    def test_drift_widens_what_is_compared_with_the_past(self) -> None:
        """100 people, standard deviation 8, so 0.8; the times change by 5 % of 20, so 1; together √1.64."""
        one = draw(
            design="historical", people=100, outcome="amount", base="20", spread="8", effect="more", drift="0.05"
        )
        close(stress(simulated(trigger("rise", "2"), one)).nothing.pays.share, normal_tail(2 / sqrt(1.64)))

    def test_the_past_may_be_a_sample_too(self) -> None:
        """A relative fall from 2 events against 2 in 300 people of the past; by the normal approximation, loosely."""
        one = draw(design="historical", people=300, comparison=300, outcome="events", base="2", effect="percent fewer")
        error = 100 * sqrt(2 / 300 + 2 / 300) / 2
        found = stress(simulated(trigger("rise", "10"), one, effects=["10"]))
        assert float(found.nothing.pays.share) == pytest.approx(normal_tail(10 / error), abs=0.01)
        assert float(found.target.pays.share) == pytest.approx(0.5, abs=0.02)
        assert found.target.result == pytest.approx(10, abs=0.2)

    def test_the_interval_is_wilsons(self) -> None:
        """For 10 of 100 it is 5.52 to 17.44 % (Brown, Cai and DasGupta's formula by hand)."""
        found = chance(10, 100)
        assert (round(found.low, 4), round(found.high, 4)) == (0.0552, 0.1744)
        assert chance(0, 100).low == 0
        assert chance(100, 100).high == 1


class TestTheRule:
    def test_the_triggers_of_peterborough_are_found(self) -> None:
        """Pooled at 7.5 %: 3,100 expected events × 7.5 % × 21,000; one cohort at 10 %: 1,550 × 10 % × 21,000."""
        cliffs = stress(PETERBOROUGH, cohorts=200).cliffs
        assert [(cliff.effect, cliff.result, cliff.before, cliff.after) for cliff in cliffs] == [
            (7.5, 7.5, 0, 4_882_500_00),
            (10.0, 5.0, 0, 3_255_000_00),
            (10.0, 5.0, 0, 3_255_000_00),
        ]
        assert cliffs[0].moved == TOGETHER
        assert "first cohort" in cliffs[1].moved

    def test_every_cohort_is_paid_what_the_exact_engine_pays(self) -> None:
        terms, simulation = PETERBOROUGH, PETERBOROUGH.simulation
        assert simulation is not None
        for effect in (Fraction(0), Fraction(10)):
            arms = arms_at_random(simulation.draws, effect, 60, generator(7, effect, 0))
            columns = results(terms, simulation.draws, arms)
            for place in range(60):
                given = {
                    name: Measured(Fraction(str(round(float(column[place]), 9))), unit_of(terms, name) or "")
                    for name, column in columns.items()
                }
                exact = payable_outcomes(terms, Facts(date(2017, 7, 31), quantities=given)).total
                many = payable_many(terms, date(2017, 7, 31), {n: c[place : place + 1] for n, c in columns.items()})
                assert many.total().tolist() == [exact]

    def test_a_rule_that_falls_is_found(self) -> None:
        rows = [{"from": "2", "amount": "500"}, {"from": "6", "amount": "100"}]
        table = {"kind": "table", "of": "rise", "per": "point", "shape": "step", "below": "0", "rows": rows}
        one = draw(people=100, comparison=100, outcome="amount", base="5", spread="9", effect="more")
        found = stress(simulated({**table, "boundary": "upper bound inclusive"}, one, effects=["4", "8"], cohorts=200))
        assert [(cliff.effect, cliff.jump) for cliff in found.cliffs] == [(2.0, 50000), (6.0, -40000)]

    def test_a_price_has_no_jump_and_one_person_its_price(self) -> None:
        price = {"kind": "price", "price": "70", "per": "person", "of": "jobs"}
        one = draw(["jobs"], "counts", people=80, base="0.5", effect="more")
        found = stress(simulated(price, one, effects=["10"], cohorts=500))
        assert found.cliffs == ()
        (person,) = found.persons
        assert (person.average, person.most, person.moves, person.decides.share) == (7000, 7000, 1.0, 0)
        assert found.nothing.expected == pytest.approx(70_00 * 40, rel=0.02)

    def test_one_person_decides_where_one_more_reaches_the_threshold(self) -> None:
        """With 62 asked for, one person decides exactly where 61 came."""
        one = draw(["jobs"], "counts", people=200, base="0.25", effect="more")
        found = stress(simulated(trigger("jobs", "62"), one, effects=["10", "20"]))
        at_target = next(person for person in found.persons if person.effect == 20)
        close(at_target.decides.share, binomial(61, 200, 0.35))
        assert at_target.most == 100_00

    def test_fixed_results_do_not_move(self) -> None:
        sure = draw(["jobs"], "fixed", value="30")
        price = {"kind": "price", "price": "1", "per": "person", "of": "jobs"}
        one = draw(people=100, comparison=100, base="0.5", effect="percent more")
        found = stress(simulated(price, sure, one, effects=["10"], cohorts=300, shows="rise"))
        assert {tried.expected for tried in found.tried} == {3000}
        assert {tried.pays.share for tried in found.tried} == {1}

    def test_what_cannot_be_estimated_is_told_and_not_paid(self) -> None:
        """Nobody of five has an event in exp(−5 × 0.2) of the cohorts; a relative fall from nothing is none."""
        one = draw(people=5, comparison=5, outcome="events", base="0.2", effect="percent fewer")
        found = stress(simulated(trigger("rise", "-1000000"), one))
        close(found.nothing.not_estimable.share, exp(-1))
        assert found.nothing.pays.share == 1 - found.nothing.not_estimable.share

    def test_nothing_at_all_can_be_estimated(self) -> None:
        one = draw(people=5, comparison=5, outcome="events", base="0", effect="percent fewer")
        found = stress(simulated(trigger("rise", "1"), one, cohorts=100))
        assert found.nothing.not_estimable.share == 1
        assert np.isnan(found.nothing.result)
        assert np.isnan(found.persons[0].moves)


class TestSeeds:
    one = draw(people=60, comparison=90, base="0.3", effect="more", per=100)

    def test_the_same_seed_gives_the_same_however_many_threads(self) -> None:
        terms = simulated(trigger("rise", "10"), self.one, cohorts=2 * BLOCK + 77)
        assert stress(terms, threads=1) == stress(terms, threads=3)
        assert stress(terms, seed=5) != stress(terms, seed=6)

    def test_an_effect_more_to_try_changes_no_other(self) -> None:
        few = stress(simulated(trigger("rise", "10"), self.one, effects=["10"], cohorts=300))
        many = stress(simulated(trigger("rise", "10"), self.one, effects=["-2.5", "5", "10"], cohorts=300))
        same = [replace(found.at(Fraction(10)), bars=()) for found in (few, many)]
        assert same[0] == same[1]

    def test_asked_for_on_the_command_line_goes_before_the_contract(self) -> None:
        found = stress(simulated(trigger("rise", "10"), self.one), seed=3, cohorts=150)
        assert (found.simulation.seed, found.simulation.cohorts) == (3, 150)

    def test_drift_is_shared_as_far_as_the_contract_says(self) -> None:
        for alike, expected in (("1", 1.0), ("0.5", 0.5), ("0", 0.0)):
            said = draw(design="average", outcome="amount", people=10, base="100", spread="0.001", drift="0.1")
            pair = tuple(Draw.model_validate({**said, "correlation": alike, "gives": [name]}) for name in "ab")
            first, second = arms_at_random(pair, Fraction(0), COHORTS, generator(1, Fraction(0), 0))
            found = np.corrcoef(first.treated, second.treated)[0, 1]
            assert found == pytest.approx(expected, abs=4.5 / sqrt(COHORTS))

    def test_one_person_better_is_one_more_or_one_fewer_and_never_below_nobody(self) -> None:
        for effect, better in (("more", [1.0, 6.0]), ("fewer", [0.0, 4.0])):
            said = Draw.model_validate({**draw(design="average"), "people": 10, "base": "0.5", "effect": effect})
            arms = arms_at_random((said,), Fraction(0), 2, generator(1, Fraction(0), 0))[0]
            assert one_better(said, replace(arms, treated=np.array([0.0, 5.0]))).treated.tolist() == better


def test_a_contract_that_says_nothing_of_a_simulation_is_told_so() -> None:
    with pytest.raises(NotValid) as caught:
        stress(contract(pay({"kind": "fixed", "amount": "1"})))
    assert caught.value.problems[0].code == "stress.nothing-said"
