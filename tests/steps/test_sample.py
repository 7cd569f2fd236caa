"""arrows: a sample from promise to deduction, on the claims of one contract; no step can be skipped or done over."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from sib.errors import Missing, NotValid, Refused
from sib.outcomes.sampling import promise as promise_of
from sib.settings import Settings
from sib.steps.demo import DEMO
from sib.steps.house import House, open_house, person
from sib.steps.sample import Agreed, close, draw_sample, enter, promise, result, show
from sib.steps.settle import draft
from sib.steps.take_in import register_contract, take_in_claims
from sib.steps.verify import verify_claims
from sib.store.whole import problems

CARE = next(story for story in DEMO if story.contract.startswith("care_leavers"))
NAME = CARE.contract
SECRETS = {"commissioner": "c" * 64, "service provider": "p" * 64}
AGREED = Agreed(date(2018, 1, 1), date(2022, 12, 31), 60, "Schedule 5", "lower limit", tolerance="0.01")
OFFICER, PROVIDER = person("officer-1"), person("provider")


@pytest.fixture(scope="module")
def started(tmp_path_factory) -> House:
    """The first 400 claims of the contract, verified and on a statement."""
    with open_house(Settings(home=tmp_path_factory.mktemp("sample") / "home")) as house:
        register_contract(house, OFFICER, CARE.folder)
        lines = CARE.claims.read_bytes().splitlines(keepends=True)[:401]
        take_in_claims(house, PROVIDER, NAME, house.landing.keep(b"".join(lines)), CARE.submitted_on)
        verify_claims(house, OFFICER, NAME)
        draft(house, OFFICER, NAME, "life")
        yield house


def promised(house: House, sample: str) -> None:
    promise(house, OFFICER, NAME, sample, promise_of(SECRETS["commissioner"]))
    promise(house, PROVIDER, NAME, sample, promise_of(SECRETS["service provider"]))


def judged(picks: list[str], verdict: str, wrong: str, number: int) -> str:
    rows = [
        f"{pick},{verdict if at < number else 'pass'},{wrong if at < number else ''}" for at, pick in enumerate(picks)
    ]
    return "\n".join(["claim,verdict,wrong", *rows])


def later(house: House, days: int) -> House:
    class Later(House):
        __slots__ = ()

        def now(self):
            return house.now() + timedelta(days=days)

    return Later(house.settings, house.register, house.landing, house.keys)


def test_from_promise_to_deduction(started):
    promised(started, "spring")
    sizes = close(started, OFFICER, NAME, "spring", AGREED)
    assert sum(sizes.values()) == 60
    picks = draw_sample(started, OFFICER, NAME, "spring", SECRETS)
    assert len(set(picks)) == 60
    assert enter(started, OFFICER, NAME, "spring", judged(picks[:50], "fail", "100.00", 10)) == 10
    early = result(started, OFFICER, NAME, "spring")
    assert (early["checked"], early["drawn"], early["taken_back_minor"]) == (50, 60, 100_000)
    assert "not every claim of the sample has a verdict" in early["not_extrapolated"]
    assert enter(started, OFFICER, NAME, "spring", judged(picks[50:], "cannot tell", "", 2)) == 0
    show(started, PROVIDER, NAME, "spring")
    waiting = result(started, PROVIDER, NAME, "spring")
    assert waiting["not_extrapolated"] == ["the provider's time to answer has not run out"]
    assert (waiting["cannot_tell"], waiting["taken_back_minor"]) == (2, 100_000)
    over = result(later(started, 11), OFFICER, NAME, "spring")
    kind, strict = over["cannot_tell_as_pass"], over["cannot_tell_as_fail"]
    assert over["not_extrapolated"] == []
    assert over["taken_back_minor"] == kind["lower_limit_minor"]
    # ten of sixty wrong by 100.00 in one stratum of 400 claims: 400 * 1,000 / 60
    assert kind["point_estimate_minor"] == 666_667
    assert strict["found_minor"] > kind["found_minor"] == 100_000 < kind["lower_limit_minor"]
    show(started, PROVIDER, NAME, "spring")
    assert result(later(started, 11), OFFICER, NAME, "spring")["not_extrapolated"] == [], "looking again wins no time"
    with started.register.read() as session:
        assert problems(session) == []


def test_the_same_secrets_draw_the_same_and_others_others(started):
    drawn = []
    for name in ("one", "two"):
        promised(started, name)
        close(started, OFFICER, NAME, name, AGREED)
        drawn.append(draw_sample(started, OFFICER, NAME, name, SECRETS))
    assert drawn[0] == drawn[1]


def test_no_step_is_skipped_or_done_over(started):
    with pytest.raises(Refused) as refused:
        close(started, OFFICER, NAME, "autumn", AGREED)
    assert [problem.code for problem in refused.value.problems] == ["sample.no-promise"] * 2
    promised(started, "autumn")
    with pytest.raises(Refused, match="has promised already"):
        promise(started, OFFICER, NAME, "autumn", "0" * 64)
    with pytest.raises(Missing, match="no step “close” yet"):
        draw_sample(started, OFFICER, NAME, "autumn", SECRETS)
    with pytest.raises(Refused, match="no claim of these days"):
        close(started, OFFICER, NAME, "autumn", replace(AGREED, last=AGREED.first))
    with pytest.raises(NotValid) as odd:
        close(started, OFFICER, NAME, "autumn", replace(AGREED, size=0, tolerance="5", confidence="high"))
    assert len(odd.value.problems) == 3
    close(started, OFFICER, NAME, "autumn", AGREED)
    for again in (
        lambda: promise(started, PROVIDER, NAME, "autumn", "0" * 64),
        lambda: close(started, OFFICER, NAME, "autumn", AGREED),
    ):
        with pytest.raises(Refused, match="is past the step"):
            again()
    with pytest.raises(Refused, match="not the one that was promised"):
        draw_sample(started, OFFICER, NAME, "autumn", {**SECRETS, "service provider": "q" * 64})
    with pytest.raises(Missing, match="no step “draw” yet"):
        enter(started, OFFICER, NAME, "autumn", "claim,verdict\n")


def test_every_wrong_row_is_told_and_nothing_is_entered(started):
    promised(started, "rows")
    close(started, OFFICER, NAME, "rows", AGREED)
    first, second, *_ = draw_sample(started, OFFICER, NAME, "rows", SECRETS)
    with pytest.raises(NotValid) as told:
        enter(started, OFFICER, NAME, "rows", f"claim,verdict,wrong\nnobody,fail,1\n{first},maybe,\n{second},pass,5\n")
    assert [(each.code, each.line) for each in told.value.problems] == [
        ("sample.not-drawn", 2),
        ("sample.verdict", 3),
        ("sample.wrong", 4),
    ]
    with pytest.raises(NotValid, match="no rows"):
        enter(started, OFFICER, NAME, "rows", "claim,verdict,wrong\n")
    with pytest.raises(Missing, match="no step “verdicts” yet"):
        show(started, PROVIDER, NAME, "rows")
    with pytest.raises(NotValid, match="at least two"):
        result(started, OFFICER, NAME, "rows")


def test_a_promise_is_a_hash_and_only_the_two_sides_make_one(started):
    with pytest.raises(NotValid, match="SHA-256"):
        promise(started, OFFICER, NAME, "winter", "secret")
    for who in ("investor", "evaluator"):
        with pytest.raises(Refused):
            promise(started, person(who), NAME, "winter", "0" * 64)
    with pytest.raises(Refused):
        close(started, PROVIDER, NAME, "winter", AGREED)
