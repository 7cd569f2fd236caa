"""outcomes: a sample that neither side can steer, drawn again by anyone from what was published."""

import hashlib
import hmac
import json
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.errors import NotValid, Refused
from sib.outcomes.sampling import (
    Stratum,
    Unit,
    allocated,
    counted,
    draw,
    list_sha256,
    promise,
    promise_problems,
    zero_error_size,
)

HIGH, PLAIN, DOWN = Stratum("accepted", "flagged"), Stratum("accepted", "plain"), Stratum("rejected", "plain")
SECRETS = {"commissioner": "c" * 32, "service provider": "p" * 40}
PROMISED = {side: promise(secret) for side, secret in SECRETS.items()}
UNITS = tuple(
    Unit(f"C-{number:03}/1", stratum, 0 if stratum is DOWN else 50_000)
    for number, stratum in enumerate([HIGH] * 30 + [PLAIN] * 100 + [DOWN] * 20)
)
SIZES = {HIGH: 10, PLAIN: 12, DOWN: 5}


def sample(units=UNITS, closed=None, **changes):
    closed = closed or list_sha256(units)
    return draw(
        units, changes.get("sizes", SIZES), closed, changes.get("promised", PROMISED), changes.get("secrets", SECRETS)
    )


def test_it_is_drawn_again_by_a_few_lines_written_otherwise():
    """The rule as the module's first lines tell it, without its code."""
    rows = sorted([unit.id, unit.stratum.side, unit.stratum.risk, unit.paid_minor] for unit in UNITS)
    listed = hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).digest()
    secrets = [SECRETS["commissioner"].encode(), SECRETS["service provider"].encode()]
    joined = b"".join(hashlib.sha256(secret).digest() for secret in secrets) + b"".join(secrets)
    key = hmac.new(joined, listed, hashlib.sha256).digest()
    expected = []
    for side, risk, size in (("accepted", "flagged", 10), ("accepted", "plain", 12), ("rejected", "plain", 5)):
        mine = [row[0] for row in rows if row[1:3] == [side, risk]]
        expected += sorted(mine, key=lambda name: hmac.new(key, name.encode(), hashlib.sha256).digest())[:size]
    found = sample()
    assert [unit.id for unit in found.picks] == expected
    assert found.key_sha256 == hashlib.sha256(key).hexdigest()
    assert found.list_sha256 == listed.hex()


@given(st.permutations(UNITS))
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_list_does_not_matter(units):
    assert sample(units) == sample()


def test_each_stratum_gives_its_number_and_no_claim_twice():
    found = sample()
    assert counted(found.picks) == SIZES
    assert len({unit.id for unit in found.picks}) == sum(SIZES.values())
    assert set(found.picks) <= set(UNITS)


@pytest.mark.parametrize(
    "changed",
    [
        (*UNITS[:-1], replace(UNITS[-1], id="C-999/1")),
        (replace(UNITS[0], paid_minor=50_001), *UNITS[1:]),
        (replace(UNITS[0], stratum=PLAIN), *UNITS[1:]),
        UNITS[1:],
        (*UNITS, Unit("C-500/1", PLAIN, 1)),
    ],
)
def test_a_list_changed_after_closing_is_refused(changed):
    with pytest.raises(Refused) as refused:
        sample(changed, closed=list_sha256(UNITS))
    assert [problem.code for problem in refused.value.problems] == ["sample.list"]


@pytest.mark.parametrize("side", SECRETS)
def test_another_secret_is_refused_and_another_promised_one_draws_another_sample(side):
    other = {**SECRETS, side: "x" * 32}
    with pytest.raises(Refused) as refused:
        sample(secrets=other)
    assert [problem.code for problem in refused.value.problems] == ["sample.secret"]
    drawn = sample(secrets=other, promised={name: promise(secret) for name, secret in other.items()})
    assert drawn.picks != sample().picks


def test_everything_that_does_not_fit_is_told_at_once():
    with pytest.raises(Refused) as refused:
        draw(UNITS, {HIGH: 31, DOWN: -1}, "0" * 64, {"commissioner": "a"}, {"commissioner": "short"})
    codes = sorted(problem.code for problem in refused.value.problems)
    assert codes == ["sample.list", "sample.no-promise", *["sample.secret"] * 2, *["sample.size"] * 2]


def test_both_sides_promise_and_not_the_same():
    assert promise_problems(PROMISED) == []
    assert [each.code for each in promise_problems({})] == ["sample.no-promise"] * 2
    same = dict.fromkeys(SECRETS, PROMISED["commissioner"])
    assert [each.code for each in promise_problems(same)] == ["sample.same-promise"]


def test_a_claim_listed_twice_is_told():
    with pytest.raises(NotValid, match="C-000/1"):
        list_sha256([UNITS[0], UNITS[0]])


def test_every_claim_of_a_stratum_is_drawn_about_as_often_as_any_other():
    """300 draws of 5 out of 10: 150 each; 5.2 standard deviations (150 ± 45) pass once in five million fair runs."""
    units = tuple(Unit(f"U{number}", PLAIN, 1) for number in range(10))
    times = dict.fromkeys((unit.id for unit in units), 0)
    for number in range(300):
        secrets = {"commissioner": f"{number:032}", "service provider": "p" * 32}
        promised = {side: promise(secret) for side, secret in secrets.items()}
        for unit in draw(units, {PLAIN: 5}, list_sha256(units), promised, secrets).picks:
            times[unit.id] += 1
    assert sum(times.values()) == 1500
    assert all(105 <= number <= 195 for number in times.values()), times


@pytest.mark.parametrize(
    ("confidence", "rate", "size"),
    # ceil(ln(1 - confidence) / ln(1 - rate)), the published table of discovery sampling
    [("0.95", "0.05", 59), ("0.95", "0.03", 99), ("0.90", "0.05", 45)],
)
def test_sizes_that_find_no_error(confidence, rate, size):
    share, wrong = Fraction(confidence), Fraction(rate)
    assert zero_error_size(share, wrong) == size
    assert (1 - wrong) ** size <= 1 - share < (1 - wrong) ** (size - 1)


def test_a_small_population_needs_fewer():
    """40 claims, 2 of them wrong (5 %): missing both in n has the chance (40-n)(39-n)/(40*39); n = 31 is 72/1560."""
    assert zero_error_size(Fraction(95, 100), Fraction(5, 100), 40) == 31
    assert zero_error_size(Fraction(95, 100), Fraction(5, 100), 1) == 1
    assert zero_error_size(Fraction(95, 100), Fraction(5, 100), 0) == 0
    assert zero_error_size(Fraction(95, 100), Fraction(5, 100), 10**6) == 59


@pytest.mark.parametrize(("confidence", "rate"), [("1", "0.05"), ("0.95", "0"), ("0", "0.5"), ("0.5", "1")])
def test_shares_stand_between_nothing_and_all(confidence, rate):
    with pytest.raises(NotValid):
        zero_error_size(Fraction(confidence), Fraction(rate))


@given(
    st.dictionaries(st.sampled_from([HIGH, PLAIN, DOWN]), st.integers(1, 60), min_size=1),
    st.integers(0, 100),
    st.integers(1, 5),
)
@settings(max_examples=60, deadline=None)
def test_a_total_is_shared_out_to_the_last_claim(there, total, weight):
    sizes = allocated(there, total, {"flagged": weight})
    least = {stratum: min(2, number) for stratum, number in there.items()}
    assert sum(sizes.values()) == min(sum(there.values()), max(total, sum(least.values())))
    assert all(least[stratum] <= sizes[stratum] <= there[stratum] for stratum in there)


def test_risk_draws_more():
    """30 flagged of weight 3 pull like 90 of 190, so 19 of 40 and 21 of the 100 others: 90/(19+1) = 4.5 < 100/22."""
    assert allocated({HIGH: 30, PLAIN: 100}, 40, {"flagged": 3}) == {HIGH: 19, PLAIN: 21}
