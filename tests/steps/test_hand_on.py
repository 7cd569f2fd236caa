"""arrows: a receipt handed on with interest, tied money, a condition and a hurdle, through the register."""

import shutil
from datetime import date
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest

from sib.money import Rounding, round_exact
from sib.steps.hand_on import facts_of_receipt, past_flows
from sib.steps.house import House, registered
from sib.store.flows import Flow, cash_flows
from tests.steps.conftest import begin, settle, story_of

DENVER = "denver_supportive_housing"
STEPS = """
[[waterfall]]
id = "interest"
pays = "interest"
to = [{ tranche = "lenders", share = "1" }]
clause = "1"

[[waterfall]]
pays = "principal"
to = [{ tranche = "lenders", share = "1" }]
clause = "2"

[[waterfall]]
id = "success"
pays = "surplus"
from_payments = ["jail_days"]
condition = { kind = "compare", quantity = "jail_day_reduction", is = "at least", value = "30" }
until = { tranche = "lenders", yearly_rate = "0.05", day_count = "Act/365F" }
to = [{ tranche = "lenders", share = "1" }]
clause = "3"
"""
INTEREST = """committed = "8600000"
interest = { rate = "0.01", day_count = "Act/365F", compounding = "simple" }
"""


@pytest.fixture
def handed(house: House, tmp_path: Path) -> House:
    """Denver, settled on another waterfall."""
    story = story_of(DENVER)
    folder = tmp_path / DENVER
    shutil.copytree(story.folder, folder)
    text = (folder / "contract.toml").read_text(encoding="utf-8")
    text = text[: text.index("[[waterfall]]")].replace('committed = "8600000"\n', INTEREST) + STEPS
    (folder / "contract.toml").write_text(text, encoding="utf-8")
    names = ("contract", "claims", "submitted_on", "results", "cohort", "measured_on", "randomised")
    changed = SimpleNamespace(folder=folder, **{name: getattr(story, name) for name in names})
    begin(house, changed)  # type: ignore[arg-type]
    settle(house, DENVER)
    return house


def flows_of(house: House) -> list[Flow]:
    with house.register.read() as session:
        return cash_flows(session, DENVER)


def test_every_flow_names_its_step_and_each_receipt_is_handed_on_whole(handed: House) -> None:
    flows = flows_of(handed)
    steps = {flow.reference.partition("/received/")[2] for flow in flows if flow.receipt}
    assert steps >= {"lenders/return/interest", "lenders/principal", "lenders/return/success"}
    # 188,349.84 of the fifth housing payment, 5,104,000 of the jail days, and 4,346,561.52 of the first four
    assert sum(flow.amount_minor for flow in flows if flow.receipt) == 9_638_911_36


def test_interest_is_paid_on_what_is_out_and_only_once(handed: House) -> None:
    flows = flows_of(handed)
    paid = [flow for flow in flows if flow.reference.endswith("/return/interest")]
    moves = {}
    for flow in flows:
        if flow.kind in ("drawdown", "principal"):
            sign = 1 if flow.kind == "drawdown" else -1
            moves[flow.flow_on] = moves.get(flow.flow_on, 0) + sign * flow.amount_minor
    last = max(flow.flow_on for flow in paid)
    # 1 % a year, day by day, on the balance of the evening before
    due, balance = Fraction(0), 0
    for ordinal in range(min(moves).toordinal(), last.toordinal()):
        balance += moves.get(date.fromordinal(ordinal), 0)
        due += balance * Fraction(1, 100) / 365
    assert sum(flow.amount_minor for flow in paid) == round_exact(due, Rounding.HALF_UP)


def test_the_success_step_has_no_more_than_what_the_jail_days_brought(handed: House) -> None:
    flows = flows_of(handed)
    success = sum(flow.amount_minor for flow in flows if flow.reference.endswith("/return/success"))
    assert 0 < success <= 5_104_000_00


def test_the_results_of_a_receipt_are_those_of_its_statement(handed: House) -> None:
    terms = registered(handed, DENVER).agreed.contract
    with handed.register.read() as session:
        receipts = [flow.receipt for flow in cash_flows(session, DENVER) if flow.receipt]
    statement = receipts[-1].partition("/received")[0].rpartition("/")[0]
    known = facts_of_receipt(handed, terms, statement, date(2022, 1, 1))
    assert known is not None
    assert known.as_of == date(2022, 1, 1)
    assert known.quantities["jail_day_reduction"].value == 38
    assert not known.outcomes.settled.any()
    bare = terms.model_copy(update={"waterfall": ()})
    assert facts_of_receipt(handed, bare, statement, date(2022, 1, 1)) is None
    no_periods = terms.model_copy(update={"settlement": ()})
    alone = facts_of_receipt(handed, no_periods, statement, date(2022, 1, 1))
    assert alone is not None
    assert alone.quantities == known.quantities
    assert len(alone.outcomes) == 0


def test_past_flows_leave_the_vehicle_out(handed: House) -> None:
    terms = registered(handed, DENVER).agreed.contract
    past = past_flows(terms, flows_of(handed))
    assert {flow.tranche for flow in past} == {"lenders"}
    assert sum(flow.paid_in for flow in past) == 8_600_000_00
    assert {flow.step for flow in past} == {None, "interest", "success"}
