"""contracts: every golden case is equal, every published figure has its case, every page is the generated one."""

import subprocess
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from sib.errors import Exit
from sib.steps.agree import check_contract, contract_sheet
from sib.steps.price import differences, price
from sib.terms.amounts import AmountTable
from sib.terms.base import value_on
from sib.terms.case import Case, read_case
from sib.terms.contract import Contract
from sib.terms.quantities import Number
from sib.terms.read import read_contract

HERE = Path(__file__).resolve()
CONTRACTS = HERE.parents[2] / "contracts"
FOLDERS = sorted(file.parent for file in CONTRACTS.glob("*/contract.toml"))
CASES = sorted(CONTRACTS.glob("*/cases/*.toml"))
PUBLISHED_TEXT = (HERE.parents[1] / "data" / "published_contracts.yaml").read_text(encoding="utf-8")
# the base loader leaves every number as the text it is written in: no float comes between the source and the case
PUBLISHED: dict[str, dict[str, Any]] = {
    entry["id"]: entry for entry in yaml.load(PUBLISHED_TEXT, Loader=yaml.BaseLoader)
}
EXACT = sorted(name for name, entry in PUBLISHED.items() if entry["gate"] == "exact")

NOT_YET = {
    "actus-pam01-a365": "a day count on a notional, not a payment rule: proved by the tests of sib/periods.py",
    "actus-pam06-07-shift": "a business-day shift on a notional, not a payment rule: proved by tests of sib/periods.py",
}
"""Published exactly, and not sayable in the format; the same table stands in contracts/README.md."""


class Proof(NamedTuple):
    """Where a published entry is proved, and which of its figures is which of the case's.

    ``given`` and ``expect`` map a name of the case (a quantity; ``total``, or a payment) to a path of the entry.
    """

    case: str
    given: Mapping[str, str]
    expect: Mapping[str, str]
    scale: int = 1
    """The case's unit in the entry's: 100 where the entry writes 0.19 for 19 %."""


def _denver_jail(name: str) -> Proof:
    return Proof(
        f"denver_supportive_housing/jail_days_{name}",
        {"jail_day_reduction": "inputs.reduction_pct"},
        {"total": "expected_payment"},
    )


def _denver_days(name: str) -> Proof:
    return Proof(f"denver_supportive_housing/{name}", {"stable_days": "inputs.net_days"}, {"total": "expected_payment"})


def _able(name: str) -> Proof:
    return Proof(
        f"able_rikers_island/reduction_{name}",
        {"bed_day_reduction": "inputs.reduction_pct"},
        {"total": "expected_payment"},
    )


def _star(name: str) -> Proof:
    return Proof(
        f"ways_to_wellness_star/gain_{name}", {"star_gain": "inputs.avg_star_gain"}, {"total": "expected_fraction"}
    )


def _villages(name: str) -> Proof:
    return Proof(f"cambodia_rural_sanitation/{name}", {"villages_free": "inputs.odf_villages"}, {"total": "expected"})


def _score(name: str) -> Proof:
    return Proof(f"benevolent_society_bond/score_{name}", {"performance": "inputs.performance_percentage"}, {}, 100)


ONE_EACH = {
    "uk_care_leavers_0121": Proof("care_leavers_reboot_west/published_totals", {}, {"total": "expected_payment_total"}),
    "uk_fcf_0131": Proof("fair_chance_fund_ambition/gross_value", {}, {"total": "gross_tariff_value_expected"}),
    "uk_fcf_0133": Proof("fair_chance_fund_depaul/gross_value", {}, {"total": "gross_tariff_value_expected"}),
    "us_denver_housing_p1": _denver_days("first_housing_payment"),
    "us_denver_housing_p1_to_p4": _denver_days("housing_payments_1_to_4"),
    "us_denver_housing_p5": _denver_days("fifth_housing_payment"),
    "us_denver_jail_final": _denver_jail("38"),
    "us_denver_jail_19.9": _denver_jail("19_9"),
    "us_denver_jail_20": _denver_jail("20"),
    "us_denver_jail_29": _denver_jail("29"),
    "us_denver_jail_30": _denver_jail("30"),
    "us_denver_jail_64": _denver_jail("64"),
    "us_denver_jail_65": _denver_jail("65"),
    "us_denver_jail_80": _denver_jail("80"),
    "us_denver_total": Proof(
        "denver_supportive_housing/whole",
        {},
        {"total": "expected_payment", "stable_days": "inputs.housing_total", "jail_days": "inputs.jail"},
    ),
    "us_able_outcome": Proof(
        "able_rikers_island/as_it_ended",
        {"bed_day_reduction": "inputs.reduction_pct"},
        {"total": "expected_city_payment"},
    ),
    "us_able_full_term_loss": Proof(
        "able_rikers_island/full_term_loss", {"bed_day_reduction": "inputs.reduction_pct"}, {}
    ),
    "us_able_tier_8.4": _able("8_4"),
    "us_able_tier_8.5": _able("8_5"),
    "us_able_tier_10": _able("10"),
    "us_able_tier_11": _able("11"),
    "us_able_tier_12": _able("12"),
    "us_able_tier_12.5": _able("12_5"),
    "us_able_tier_13": _able("13"),
    "us_able_tier_16": _able("16"),
    "us_able_tier_20": _able("20"),
    "us_able_tier_25": _able("25"),
    "us_ok_wir_person": Proof("oklahoma_women_in_recovery/four_milestones", {}, {"total": "expected_payment"}),
    "us_ok_wir_person_2": Proof("oklahoma_women_in_recovery/two_milestones", {}, {"total": "expected_payment"}),
    "uk_wtw_star_0.4": _star("0_4"),
    "uk_wtw_star_0.5": _star("0_5"),
    "uk_wtw_star_1.4": _star("1_4"),
    "uk_wtw_star_1.6": _star("1_6"),
    "au-benevolent-2016": _score("19"),
    "au-benevolent-2017": _score("24"),
    "au-benevolent-fail": _score("4"),
    "kh-sanitation-2021": _villages("villages_500"),
    "kh-sanitation-cap": _villages("villages_1780"),
    "kr-seoul-bif": Proof(
        "seoul_children/rate_52_7", {"success_rate": "inputs.success_rate"}, {"total": "expected.payment"}
    ),
    "tr-kodluyor-tiers": Proof(
        "kodluyor_istanbul/published_volumes",
        {
            "trained": "inputs.train",
            "job": "inputs.job",
            "sustained": "inputs.sustain",
            "women_sustained": "inputs.women",
        },
        {
            "trained": "expected.train",
            "job": "expected.job",
            "sustained": "expected.sustain",
            "women_bonus": "expected.women",
        },
    ),
    "co-ladder": Proof(
        "empleando_futuro/hundred_placed",
        {"placed": "inputs.placed", "retained_3m": "inputs.retained_3m", "retained_6m": "inputs.retained_6m"},
        {"retained_6m": "expected.bonus"},
    ),
}
NORRKOPING = [
    Proof(
        f"norrkoping_placed_children/savings_{name}_marks",
        {"savings": f"inputs.{place}.savings"},
        {"total": f"expected.{place}"},
    )
    for place, name in enumerate(("7m_same", "11_5m_better", "11_5m_same", "20m_better"))
]
PROOFS = {**{name: [proof] for name, proof in ONE_EACH.items()}, "se-norrkoping": NORRKOPING}
"""Every exact entry that the format can say, with the cases that prove it."""

PAIRS = [(name, proof) for name, proofs in PROOFS.items() for proof in proofs]


def _at(entry: Any, path: str) -> str:
    for step in path.split("."):
        entry = entry[int(step)] if isinstance(entry, list) else entry[step]
    return str(entry)


def _case(path: str) -> tuple[Contract, Case]:
    folder, _, name = path.partition("/")
    return read_contract(CONTRACTS / folder / "contract.toml").contract, read_case(
        CONTRACTS / folder / "cases" / f"{name}.toml"
    )


@pytest.mark.parametrize("file", CASES, ids=lambda file: f"{file.parents[1].name}/{file.stem}")
def test_the_case_is_equal_to_the_minor_unit(file: Path) -> None:
    contract = read_contract(file.parents[1] / "contract.toml").contract
    case = read_case(file)
    assert case.expect.model_fields_set, "a case that expects nothing proves nothing"
    assert differences(price(contract, case), case) == ()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_contract_is_good_and_its_page_is_the_generated_one(folder: Path) -> None:
    report = check_contract(folder)
    assert report.good, str(report)
    assert report.cases, "a contract without a case is not proved"
    assert (folder / "README.md").read_text(encoding="utf-8") == contract_sheet(folder)[1]
    assert read_contract(folder / "contract.toml").contract.contract.id == folder.name


def test_the_command_of_the_readme_checks_them_all() -> None:
    script = "import sys; from sib.cli import main; sys.argv[0] = 'sib'; main()"
    command = [sys.executable, "-c", script, "contract", "check", *map(str, sorted(CONTRACTS.glob("*")))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == Exit.DONE, done.stdout + done.stderr
    assert done.stdout.count(": good") == len(FOLDERS)


def test_every_exact_entry_is_proved_or_said_to_be_not_yet() -> None:
    assert sorted([*PROOFS, *NOT_YET]) == EXACT


@pytest.mark.parametrize(("name", "proof"), PAIRS, ids=[f"{name}={proof.case}" for name, proof in PAIRS])
def test_the_case_states_the_published_figures(name: str, proof: Proof) -> None:
    entry = PUBLISHED[name]
    contract, case = _case(proof.case)
    assert contract.contract.currency == entry.get("currency", "GBP")
    for quantity, path in proof.given.items():
        assert case.given.quantities[quantity].value == Fraction(_at(entry, path)) * proof.scale, quantity
    for what, path in proof.expect.items():
        expected = case.expect.total if what == "total" else case.expect.payments[what]
        assert expected == Fraction(_at(entry, path)), what
    assert case.source


@pytest.mark.parametrize("name", ["uk_fcf_0131", "uk_fcf_0133"])
def test_the_fair_chance_cards_and_counts_are_the_published_ones(name: str) -> None:
    inputs = PUBLISHED[name]["inputs"]
    contract, case = _case(ONE_EACH[name].case)
    rows = {row.metric: row.price for card in contract.rate_card for row in card.rows}
    assert list(rows) == inputs["metrics"]
    assert [value_on(rows[metric], case.given.as_of) for metric in rows] == [
        Fraction(text) for text in inputs["prices"]
    ]
    assert [case.given.quantities[metric].value for metric in rows] == [Fraction(text) for text in inputs["counts"]]


def test_the_care_leavers_card_claims_and_payments_are_the_published_ones() -> None:
    contract, case = _case("care_leavers_reboot_west/published_totals")
    prices = {row.metric: value_on(row.price, case.given.as_of) for card in contract.rate_card for row in card.rows}
    rows = {row["metric"].lower(): row for row in PUBLISHED["uk_care_leavers_0121"]["inputs"]["rows"]}
    assert prices == {metric: Fraction(row["price"]) for metric, row in rows.items()}
    claims = {metric: quantity.value for metric, quantity in case.given.quantities.items()}
    assert claims == {metric: Fraction(row["claims"]) for metric, row in rows.items()}
    assert case.expect.payments == {metric: Fraction(row["paid_published"]) for metric, row in rows.items()}


def test_the_steps_of_able_are_the_published_ones() -> None:
    contract, _ = _case("able_rikers_island/reduction_10")
    table = contract.the_payment("reduction").amount
    assert isinstance(table, AmountTable)
    published = dict(PUBLISHED["us_able_tier_10"]["terms"]["table"])
    assert table.below == Fraction(published.pop("below 8.5"))
    assert {row.from_: row.amount for row in table.rows} == {
        Fraction(edge): Fraction(amount) for edge, amount in published.items()
    }


@pytest.mark.parametrize(
    ("name", "guaranteed"), [("us_able_outcome", "guarantee_at_termination"), ("us_able_full_term_loss", "guarantee")]
)
def test_the_guarantee_of_able_leaves_the_published_loss(name: str, guaranteed: str) -> None:
    entry = PUBLISHED[name]
    _, case = _case(ONE_EACH[name].case)
    assert case.given.drawn["loan"] == Fraction(entry["inputs"]["loan_drawn"])
    assert case.expect.guarantees["foundation"] == Fraction(entry["inputs"][guaranteed])
    assert case.expect.losses["loan"] == Fraction(entry["expected_senior_loss"])


def test_the_investor_of_educate_girls_has_the_published_sum_within_its_tolerance() -> None:
    entry, reached = PUBLISHED["in-educate-girls-irr-cap"], PUBLISHED["in-educate-girls-ratio"]
    contract, case = _case("educate_girls/final_results")
    published, tolerance = Fraction(entry["expected"]["payment"]), Fraction(entry["tolerance"]["payment"])
    # the source rounds: 421,953.18 comes out for 1,166 whole days
    assert abs(case.expect.tranches["investment"] - published) <= tolerance
    assert [flow.paid_in for flow in case.given.flows] == [Fraction(entry["terms"]["draw"])]
    until = contract.waterfall[0].until
    assert until is not None
    assert value_on(until.yearly_rate or (), case.given.as_of) == Fraction(entry["terms"]["cap_irr"])
    assert case.given.quantities["learning_gain"].value == Fraction(reached["inputs"]["learning"])
    assert case.given.quantities["enrolment"].value == Fraction(reached["inputs"]["enrolment"])
    assert {
        value_on(number.value, case.given.as_of) for number in contract.quantity.values() if isinstance(number, Number)
    } == {Fraction(reached["terms"]["learning_target"]), Fraction(reached["terms"]["enrolment_target"])}


@pytest.mark.parametrize(("name", "score"), [("au-benevolent-2016", "19"), ("au-benevolent-2017", "24")])
def test_a_year_of_the_benevolent_bond_returns_the_published_rates(name: str, score: str) -> None:
    entry = PUBLISHED[name]
    _, case = _case(f"benevolent_society_bond/score_{score}")
    for which in ("P", "E"):
        principal, rate = Fraction(entry["terms"][which]), Fraction(entry["expected"][which])
        assert case.expect.payments[f"return_{which.lower()}"] == principal * rate


def test_the_benevolent_bond_below_five_loses_class_e_only() -> None:
    expected = PUBLISHED["au-benevolent-fail"]["expected"]
    _, case = _case("benevolent_society_bond/score_4")
    found = {
        name: case.expect.payments[f"{kind}_{name[0].lower()}"]
        for name in expected
        for kind in [name.partition("_")[2]]
    }
    assert found == {name: Fraction(amount) for name, amount in expected.items()}


def test_the_colombian_ladder_pays_the_published_base() -> None:
    _, case = _case("empleando_futuro/hundred_placed")
    base = case.expect.payments["placed"] + case.expect.payments["retained_3m"]
    assert base == Fraction(PUBLISHED["co-ladder"]["expected"]["base"])


def test_the_marks_of_norrkoping_are_the_published_ones() -> None:
    inputs = PUBLISHED["se-norrkoping"]["inputs"]
    for proof, given in zip(NORRKOPING, inputs, strict=True):
        _, case = _case(proof.case)
        assert (case.given.quantities["attainment_gain"].value > 0) == (given["attainment"] == "true")


def test_the_milestones_of_oklahoma_are_the_published_number() -> None:
    for name in ("us_ok_wir_person", "us_ok_wir_person_2"):
        _, case = _case(ONE_EACH[name].case)
        assert len(case.given.outcomes) == int(PUBLISHED[name]["inputs"]["milestones_met"])


def test_the_readme_lists_every_contract_and_what_is_not_yet_sayable() -> None:
    lines = (CONTRACTS / "README.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    assert {row[0].strip("`"): row[1] for row in cells if row[0].strip("`") in NOT_YET} == NOT_YET
    linked = {row[0].partition("](")[2].rstrip("/)") for row in cells if "](" in row[0]}
    assert linked == {folder.name for folder in FOLDERS}
    exact_rows = {row[0].strip("`") for row in cells if row[0].strip("`") in PUBLISHED}
    assert exact_rows == set(NOT_YET)
