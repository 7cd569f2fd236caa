"""steps: two sets of terms replayed side by side, by hand and over random contracts."""

from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from itertools import compress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from sib.errors import NotValid
from sib.payments.facts import Outcome, Outcomes
from sib.steps.compare import Comparison, compare, in_words
from sib.steps.compare_history import Story, case_story, register_story, rows_of, scaled
from sib.steps.compare_replay import replay
from sib.steps.compare_sides import compare_paths
from sib.steps.demo import CONTRACTS
from sib.steps.house import House, registered
from sib.steps.price import price_under
from sib.store.statements import statements
from sib.terms.amend import read_agreement
from sib.terms.case import read_case
from sib.terms.contract import Contract
from sib.terms.read import parse_contract
from tests.payments.small import contract, metric, pay, price
from tests.payments.strategies import CLAIMED, END, START, as_text, contracts, days, written
from tests.payments.strategies import facts as some_facts
from tests.payments.test_oracle import engine_facts

AMENDED = Path(__file__).resolve().parents[1] / "data" / "two_towns"
CASE = AMENDED / "cases" / "jobs_before_and_after.toml"
RANDOM = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """The contract as it was before its amendments."""
    (tmp_path / "first").mkdir()
    file = tmp_path / "first" / "contract.toml"
    file.write_text((AMENDED / "contract.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return file.parent


def changes(found: Comparison, *, forecast: bool) -> dict[tuple[str, str], int]:
    """What changes, in pence."""
    return {(each.kind, each.name): each.change for each in found.sums if each.forecast == forecast and each.change}


class TestTwoTowns:
    """Jobs at 1,450 become 1,700 from December 2025; the cap over jobs rises from 6,000 to 7,000."""

    def test_who_gains_and_who_loses(self, first: Path) -> None:
        """One of two jobs is dearer by 250; the loan of 3,000 is repaid either way, so the rest is the provider's."""
        found = compare_paths(first, AMENDED, given=[CASE])
        assert changes(found, forecast=False) == {
            ("total", "all payments"): 25000,
            ("payer", "north_town"): 25000,
            ("payee", "provider"): 25000,
            ("tranche", "own_share"): 25000,
            ("metric", "job"): 25000,
            ("payment", "job"): 25000,
            ("period", "2025"): 25000,
        }
        words = in_words(found)
        assert "north_town loses: pays GBP 250.00 more" in words
        assert "own_share gains: receives GBP 250.00 more" in words

    def test_the_forecast_is_capped_as_it_will_be(self, first: Path) -> None:
        """Four people are to come: 4 × 1,450 under 6,000 - 2,900 is 3,100; 4 × 1,700 under 7,000 - 3,150 is 3,850."""
        found = compare_paths(first, AMENDED, given=[CASE])
        total = next(each for each in found.sums if each.forecast and each.kind == "total")
        assert (total.before, total.after) == (310000, 385000)
        assert found.stories[0][1] == ("scaled history, no plan: 4 people still to come, each like one of the 2 so far")
        periods = {
            each.name: (each.before, each.after) for each in found.sums if each.forecast and each.kind == "period"
        }
        assert periods == {"after the last period": (310000, 0), "2026": (0, 385000)}

    def test_what_changed_in_words(self, first: Path) -> None:
        was = compare_paths(first, AMENDED, given=[CASE]).was
        jobs = [(old, new) for old, new in was if new == "| enters a job | GBP 1,700 | once per person |"]
        assert [old.startswith("| enters a job | GBP 1,500 then GBP 1,450") for old, _ in jobs] == [True]
        assert ("", "- settlement 2026: 1 April 2026 to 31 March 2027") in was
        assert len(was) == 3

    def test_a_draft_on_top_of_what_is_agreed(self) -> None:
        """The draft takes effect after the case, so nothing happened differently; it ends courses in words."""
        draft = AMENDED / "amendments" / "002.toml"
        found = compare_paths(AMENDED, amendment=draft)
        assert not found.differs
        assert "nobody gains or loses: GBP 4,400.00 under both" in in_words(found)
        assert any("finishes a course" in was and not now for was, now in found.was)

    def test_a_draft_from_elsewhere_is_numbered_next(self, first: Path, tmp_path: Path) -> None:
        draft = tmp_path / "draft.toml"
        text = (AMENDED / "amendments" / "001.toml").read_text(encoding="utf-8")
        draft.write_text(text, encoding="utf-8")
        assert compare_paths(first, amendment=draft, given=[CASE]).differs
        with pytest.raises(NotValid) as caught:
            compare_paths(AMENDED, amendment=draft)
        assert caught.value.problems[0].what == "this is amendment 1, but 2 is the next"

    def test_a_plan_in_place_of_scaled_history(self, first: Path, tmp_path: Path) -> None:
        """Two more jobs as planned: 2 × 1,450 = 2,900 and 2 × 1,700 = 3,400, both inside what the caps leave."""
        plan = tmp_path / "plan.toml"
        rows = "".join(
            f'[[given.outcomes]]\nperson = "plan {n}"\nmetric = "job"\nachieved_on = 2026-0{n}-01\n' for n in (1, 5, 6)
        )
        plan.write_text(
            'name = "Two more jobs"\nbecause = "the plan"\n[given]\nas_of = 2027-03-31\n[given.quantities]\n'
            f'days_housed = {{ value = "10", unit = "day" }}\n{rows}',
            encoding="utf-8",
        )
        found = compare_paths(first, AMENDED, given=[CASE], plan=plan)
        total = next(each for each in found.sums if each.forecast and each.kind == "total")
        nights = 12500
        assert (total.before, total.after) == (290000 + nights, 340000 + nights)
        assert "as the plan says: Two more jobs" in in_words(found)

    def test_without_a_forecast(self, first: Path) -> None:
        assert not any(each.forecast for each in compare_paths(first, AMENDED, given=[CASE], forecast=False).sums)

    def test_the_contracts_own_cases_where_none_is_given(self, first: Path) -> None:
        assert compare_paths(first, AMENDED).stories == ()
        assert [name for name, _ in compare_paths(AMENDED, first).stories] == [read_case(CASE).name]

    def test_a_comparison_has_two_sides(self, first: Path) -> None:
        draft = AMENDED / "amendments" / "002.toml"
        for second, amendment in ((None, None), (AMENDED, draft)):
            with pytest.raises(NotValid) as caught:
                compare_paths(first, second, amendment=amendment)
            assert caught.value.problems[0].code == "compare.sides"

    def test_two_currencies_are_not_compared(self, first: Path) -> None:
        file = first / "contract.toml"
        file.write_text(file.read_text(encoding="utf-8").replace('"GBP"', '"EUR"'), encoding="utf-8")
        with pytest.raises(NotValid) as caught:
            compare_paths(first, AMENDED)
        assert caught.value.problems[0].code == "compare.currency"

    def test_as_json(self, first: Path) -> None:
        found = compare_paths(first, AMENDED, given=[CASE]).as_dict()
        assert found["differs"] is True
        assert found["sums"][0] == {
            "story": read_case(CASE).name,
            "part": "history",
            "by": "total",
            "id": "all payments",
            "first": "4150.00",
            "second": "4400.00",
            "change": "250.00",
        }


class TestReplay:
    def story(self, *rows: Outcome, **more: Any) -> Story:
        return Story("s", Outcomes.of(rows), (), more.pop("known_until", END), **more)

    def terms(self, *payments: dict[str, Any], **more: Any) -> Contract:
        periods = [
            {"id": str(year), "starts_on": date(year, 1, 1), "ends_on": date(year, 12, 31)} for year in (2020, 2021)
        ]
        return contract(*payments, settlement=periods, **more)

    def test_each_period_knows_what_the_earlier_paid(self) -> None:
        """Under a cap of 25: two jobs are 20 in the first year, of one in the second 5 are left."""
        terms = self.terms(pay(price(), cap="25"))
        rows = [Outcome("a", "jobs", date(2020, 5, 1)), Outcome("b", "jobs", date(2020, 6, 1))]
        rows.append(Outcome("c", "jobs", date(2021, 1, 1)))
        found = replay((terms,), self.story(*rows, known_until=date(2021, 12, 31)))
        assert [(each.period, each.payables.total, each.forecast) for each in found] == [
            ("2020", 2000, False),
            ("2021", 500, False),
        ]

    def test_a_cap_a_year_begins_anew(self) -> None:
        cap = {"id": "c", "name": "a year", "amount": "10", "per": "year", "over": ["p"], "clause": "4"}
        terms = self.terms(pay(price()), header={"year_starts_in": 1}, cap=[cap])
        rows = [Outcome(name, "jobs", day) for name, day in zip("abc", (START, START, date(2021, 1, 1)), strict=True)]
        found = replay((terms,), self.story(*rows, known_until=date(2021, 12, 31)))
        assert [each.payables.total for each in found] == [1000, 1000]

    def test_what_comes_after_the_last_period_is_settled_last(self) -> None:
        terms = self.terms(pay(price()))
        found = replay((terms,), self.story(Outcome("a", "jobs", date(2022, 6, 1)), known_until=date(2022, 6, 1)))
        assert [(each.period, each.payables.total) for each in found][2:] == [("after the last period", 1000)]

    def test_what_one_side_does_not_know_earns_nothing_there(self) -> None:
        more = contract(pay(price()), pay(price("more"), "q", "more"), metrics=[metric("jobs"), metric("more")])
        story = self.story(Outcome("a", "more", START), Outcome("a", "jobs", START), once=END, paid_before={"q": 1})
        assert [replay((terms,), story)[0].payables.total for terms in (more, contract(pay(price())))] == [2000, 1000]

    def test_what_is_on_hold_settles_nothing(self) -> None:
        both = {"kind": "product", "unit": "point", "of": ["jobs", "score"]}
        terms = self.terms(pay({"kind": "price", "price": "1", "per": "point", "of": both}))
        found = compare((terms,), (terms,), [self.story(Outcome("a", "jobs", START))], ("A", "B"))
        assert found.holds[0] == "A, s, 2020: p is on hold: “metric score” has not been measured"

    def test_nothing_to_scale_is_no_forecast(self) -> None:
        terms = self.terms(pay(price()))
        story = self.story(Outcome("a", "jobs", START), known_until=START)
        assert scaled(story, (terms,)).forecast is None

    def test_measured_results_repeat_once_two_periods_have_shown_them(self) -> None:
        """In the second year the register has a second result, so it is expected again in the third."""
        agreement = read_agreement(AMENDED)
        story = case_story(agreement.versions, read_case(CASE))
        again = replace(
            story, once=None, results=(replace(story.results[0], ended_on=date(2025, 3, 31)), story.results[0])
        )
        found = replay(agreement.versions, scaled(again, agreement.versions))
        homes = [next(line.amount for line in each.payables.payables if line.payment == "homes") for each in found]
        assert homes == [125000, 125000, 125000]
        assert [each.forecast for each in found] == [False, False, True]


def test_the_registers_history_comes_to_what_was_paid(settled: House) -> None:
    """Every demonstration contract, replayed from its claims and results, comes to what its statements say."""
    for name in ("care_leavers_reboot_west", "denver_supportive_housing", "nsw_employment"):
        terms = registered(settled, name).agreed.contract
        found = replay((terms,), register_story(settled, (terms,)))
        with settled.register.read() as session:
            paid = {(each.period.end, each.total_minor) for each in statements(session, name)}
        assert {(each.on, each.payables.total) for each in found if each.on in dict(paid)} == paid


def test_the_command_reads_the_register(settled: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIB_HOME", str(settled.settings.home))
    folder = Path(__file__).resolve().parents[2] / "contracts" / "care_leavers_reboot_west"
    found = compare_paths(folder, folder, register=True)
    assert found.stories[0][0] == "the register's history"
    assert not found.differs


# over random contracts


def read(doc: dict[str, Any]) -> Contract:
    """A drawn contract as read; one that the reader refuses is drawn again."""
    try:
        return parse_contract(written(doc)).contract
    except NotValid:
        reject()


def next_version(doc: dict[str, Any], on: date) -> dict[str, Any]:
    return {**deepcopy(doc), "contract": {**doc["contract"], "version": 2, "in_force_from": on}}


def some_story(data: st.DataObject, doc: dict[str, Any]) -> Story:
    """What happened, to be settled on one day or period by period."""
    plain = data.draw(some_facts(doc, at_the_edge=False))
    plain = plain._replace(
        claims=list(compress(plain.claims, [claim.day <= plain.as_of for claim in plain.claims])), settled={}
    )
    known = engine_facts(plain)
    once = plain.as_of if data.draw(st.booleans()) else None
    return Story("random", known.outcomes, (), plain.as_of, once, known.paid_before if once else {})


def with_periods(data: st.DataObject, doc: dict[str, Any]) -> dict[str, Any]:
    ends = sorted(data.draw(st.lists(days, max_size=4, unique=True)))
    starts = [START, *(end + timedelta(1) for end in ends)]
    periods = [
        {"id": f"s{place}", "starts_on": start, "ends_on": end}
        for place, (start, end) in enumerate(zip(starts, ends, strict=False))
    ]
    return {**doc, "settlement": periods}


@RANDOM
@given(st.data(), days)
def test_a_null_amendment_changes_nothing_for_anybody(data: st.DataObject, on: date) -> None:
    doc = with_periods(data, data.draw(contracts()))
    doc["cohort"] = [{**doc["cohort"][0], "size": 9}]
    null = read(next_version(doc, on))
    story = scaled(some_story(data, doc), (read(doc),))
    found = compare((read(doc),), (read(doc), null), [story], ("agreed", "null"))
    assert found.was == ()
    assert [each for each in found.sums if each.change] == []
    assert not found.differs


@RANDOM
@given(st.data(), days, st.lists(st.integers(0, 4000), min_size=4, max_size=4))
def test_a_price_change_is_count_times_change_under_the_cap(data: st.DataObject, on: date, numbers: list[int]) -> None:
    """One price for each outcome; over all periods the cap cuts the sum, whenever what of it was achieved."""
    old, new, cap, both = numbers
    doc = with_periods(data, data.draw(contracts()))
    doc["contract"]["currency"] = "GBP"
    doc["metric"] = [{**each, "repeats": "without limit"} for each in doc["metric"]]
    doc |= {"rate_card": [], "quantity": {}, "condition": {}, "amount": {}}
    name = data.draw(st.sampled_from(CLAIMED))
    doc["payment"] = [pay(price(name, as_text(old), "point"), metric=name, cap=as_text(cap))]
    doc["cap"] = [{"id": "both", "name": "both", "amount": as_text(both), "over": ["p"], "clause": "4"}]
    dearer = next_version(doc, on)
    dearer["payment"][0]["amount"]["price"] = as_text(new)
    story = some_story(data, doc)
    story = replace(story, once=None, paid_before={})
    found = compare((read(doc),), (read(doc), read(dearer)), [story], ("agreed", "dearer"))
    window = next(each["window"] for each in doc["metric"] if each["id"] == name)
    early, late = 0, 0
    for row in rows_of(story.outcomes):
        if row.metric == name and not row.settled and window["opens"] <= row.achieved_on <= window["closes"]:
            early, late = (early + row.count, late) if row.achieved_on < on else (early, late + row.count)
    total = next(each for each in found.sums if each.kind == "total")
    assert total.before == min((early + late) * old, cap, both)
    assert total.after == min(early * old + late * new, cap, both)


def test_a_payers_cap_looks_at_what_that_payer_paid_on_both_sides() -> None:
    """Kirklees: 100 is all that is left of what the fund pays; the council pays its own part, 350."""
    folder = CONTRACTS / "kirklees_better_outcomes"
    versions = read_agreement(folder).versions
    case = read_case(folder / "cases" / "fund_at_its_most.toml")
    (settled,) = replay(versions, case_story(versions, case))
    assert settled.payables.total == price_under(versions, case).payables.total == 450_00
