"""The line end to end: what is settled is what was published, and every pound opens down to its row."""

import csv
import io
import json
from fractions import Fraction

import pytest

from sib.errors import Missing, Refused
from sib.money import major
from sib.steps.demo import DEMO, EXPECTED
from sib.steps.explain import explain, in_words
from sib.steps.facts import facts_for
from sib.steps.house import House, person, registered
from sib.steps.settle import draft, statement_document, statement_words
from sib.steps.summary import demo_summary, summary_words
from sib.store.audit import head, verify_chain
from sib.store.flows import balances, cash_flows, instructions
from sib.store.statements import statement, statement_lines, statements
from sib.terms.amounts import Price
from tests.steps.conftest import begin, run_all, settle, story_of

CARE, DENVER, NSW = (story.contract for story in DEMO)

# INDIGO-POJ-0121: metric -> (price in pounds, claims, payment in pounds)
REBOOT_WEST = {
    "agrees_education_right": (220, 527, 115940),
    "consistent_relationship": (220, 453, 99660),
    "feels_safe": (220, 482, 106040),
    "managing_accommodation": (220, 466, 102520),
    "self_determined": (220, 202, 44440),
    "begins_course": (220, 145, 31900),
    "completes_25pct": (220, 121, 26620),
    "completes_50pct": (220, 106, 23320),
    "level1_qual": (1760, 43, 75680),
    "level2_qual": (4730, 33, 156090),
    "level3_qual": (4730, 11, 52030),
    "begins_he": (660, 10, 6600),
    "he_year1": (2750, 4, 11000),
    "he_year2": (2750, 2, 5500),
    "he_complete": (4730, 3, 14190),
    "enters_work_experience": (110, 29, 3190),
    "work_exp_1wk": (220, 19, 4180),
    "work_exp_4wk": (330, 6, 1980),
    "enters_employment": (660, 126, 83160),
    "earns_768": (2750, 114, 313500),
    "earns_1631": (2750, 102, 280500),
    "earns_3350": (2750, 73, 200750),
    "earns_8155": (2750, 41, 112750),
}


def lines_of(house: House, reference: str):
    with house.register.read() as session:
        return [item.line for item in statement_lines(session, statement(session, reference).id)]


def test_care_leavers_settle_line_by_line_at_the_published_payments(settled: House):
    lines = {line.payment: line for line in lines_of(settled, f"{CARE}/life")}
    assert {name: line.amount_minor for name, line in lines.items()} == {
        name: paid * 100 for name, (_, _, paid) in REBOOT_WEST.items()
    }
    assert {name: line.quantity for name, line in lines.items()} == {
        name: str(claims) for name, (_, claims, _) in REBOOT_WEST.items()
    }
    assert sum(line.amount_minor for line in lines.values()) == 187_154_000


def test_denver_settles_five_housing_payments_and_the_jail_days(settled: House):
    totals = {reference: lines_of(settled, f"{DENVER}/{reference}") for reference in ("P1", "P2", "P3", "P4", "P5")}
    housing = [line.amount_minor for lines in totals.values() for line in lines if line.payment == "stable_days"]
    assert sum(housing[:4]) == 391_393_296
    assert housing[4] == 62_097_840
    jail = [line.amount_minor for lines in totals.values() for line in lines if line.payment == "jail_days"]
    assert jail == [0, 0, 0, 0, 510_400_000]
    with settled.register.read() as session:
        lenders = balances(session, DENVER)["lenders"]
    assert (lenders.drawn, lenders.principal, lenders.returned) == (860_000_000, 860_000_000, 103_891_136)


def test_a_payment_without_its_result_is_on_hold_and_says_so(settled: House):
    with settled.register.read() as session:
        held = statement(session, f"{DENVER}/P1")
    document = statement_document(settled, held)
    jail = next(line for line in document["lines"] if line["payment"] == "jail_days")
    assert jail["amount"] == "0.00"
    assert jail["quantity"] is None
    assert jail["hold"] == "“reduction in jail days” has not been measured"
    assert "on hold: “reduction in jail days” has not been measured" in statement_words(document)


def test_the_employment_contract_shows_what_each_comparison_would_have_paid(settled: House):
    (result,) = demo_summary(settled.settings)["contracts"][2:]
    paid = {row["title"].split(":")[0]: (row["estimate"], row["would_pay"]) for row in result["comparisons"]}
    assert paid["Raw comparison"] == ("-8497.52", "0.00")
    assert paid["Matched estimate"] == ("1486.52", "259000.00")
    assert paid["Randomised truth"] == ("1794.34", "314500.00")
    assert result["settled"] == "259000.00"


def test_the_summary_says_every_contract_settled_at_what_it_must(settled: House):
    summary = demo_summary(settled.settings)
    assert {row["contract"]: row["settled"] for row in summary["contracts"]} == {
        name: amount for name, (amount, _) in EXPECTED.items()
    }
    assert all(row["equal"] for row in summary["contracts"])
    words = summary_words(summary)
    assert "GBP 1,871,540.00" in words
    assert "USD 9,638,911.36" in words
    assert f"sib explain {NSW}/1978/earnings" in words


def test_running_everything_twice_changes_nothing(settled: House):
    with settled.register.read() as session:
        before = head(session)
    run_all(settled)
    with settled.register.read() as session:
        assert head(session) == before
        assert verify_chain(session) == []


def test_instructions_and_cash_flows_add_up_to_the_statements(settled: House):
    for contract in (CARE, DENVER, NSW):
        with settled.register.read() as session:
            held = statements(session, contract)
            orders = [order for one in held for order in instructions(session, one.reference)]
            flows = [flow for flow in cash_flows(session, contract) if flow.kind != "drawdown"]
        total = sum(one.total_minor for one in held)
        assert sum(order.instruction.amount_minor for order in orders) == total
        assert sum(flow.amount_minor for flow in flows) == total
        assert all(order.received_on for order in orders)


def test_the_facts_know_what_each_payer_paid(settled: House):
    """A cap on what one payer pays looks at its own lines, by payment, over the contract's life and its year."""
    terms = registered(settled, DENVER).agreed.contract
    facts = facts_for(settled, terms, terms.settlement[-1]).facts
    assert {name: sum(by.values()) for name, by in facts.payers_before.items()} == facts.paid_before
    (payer,) = {payer for by in facts.payers_before.values() for payer in by}
    assert terms.the_party(payer).role == "outcome payer"
    assert {name: by[payer] for name, by in facts.payers_this_year.items()} == facts.paid_this_year


def test_every_line_is_reproduced_from_the_rows_of_the_original_files(settled: House):
    """The accountable pound: walk each link down to the file's bytes, and multiply the rows out again."""
    for contract in (CARE, DENVER):
        terms = registered(settled, contract).agreed.contract
        for reference in [one.reference for one in _statements(settled, contract)]:
            for line in lines_of(settled, reference):
                amount = terms.the_payment(line.payment).amount
                if not isinstance(amount, Price):
                    continue
                chain = explain(settled, person("officer-1"), f"{reference}/{line.payment}")
                counted = sum(_signed_count(settled, held.claim) for held in chain.claims)
                assert counted * amount.price[0].value == Fraction(line.amount_minor, 100), line.payment


def _statements(house: House, contract: str):
    with house.register.read() as session:
        return statements(session, contract)


def _signed_count(house: House, claim) -> int:
    rows = list(csv.reader(io.StringIO(house.kept(claim.file_sha256).decode())))
    row = dict(zip(rows[0], rows[claim.row - 1], strict=True))
    assert (row["claim_id"], row["metric"], row["achieved_on"]) == (
        claim.reference,
        claim.metric,
        claim.achieved_on.isoformat(),
    )
    count = int(row.get("count") or 1)
    return -count if claim.metric == "jail_days_while_housed" else count


def test_explain_prints_the_chain(settled: House):
    chain = explain(settled, person("officer-1"), f"{DENVER}/P5/2")
    words = in_words(chain)
    for part in ("USD 5,104,000.00", "Jail days", "version 1", "DHR-1", "38 percentage point", "row 2", "audit trail"):
        assert part in words
    document = json.loads(json.dumps(chain.as_dict()))
    assert document["results"][0]["file_sha256"] == chain.results[0].result.file_sha256
    assert document["sentence"].startswith("City and County of Denver pays")


def test_explain_of_what_is_not_there_names_what_is(settled: House):
    with pytest.raises(Missing) as line:
        explain(settled, person("officer-1"), f"{DENVER}/P5/housing")
    assert line.value.problems[0].mend == "write a number or one of: stable_days, jail_days"
    with pytest.raises(Missing):
        explain(settled, person("officer-1"), f"{DENVER}/P9/1")


def test_an_investor_may_not_open_claims(settled: House):
    with pytest.raises(Refused, match="investor"):
        explain(settled, person("investor"), f"{CARE}/life/he_year2")


def test_changing_one_row_changes_exactly_the_line_it_should(house: House, settled: House):
    story = story_of(CARE)
    rows = story.claims.read_bytes().splitlines(keepends=True)
    gone = next(number for number, row in enumerate(rows) if b",earns_3350," in row)
    begin(house, story, b"".join(rows[:gone] + rows[gone + 1 :]))
    settle(house, CARE)
    before = {line.payment: line.amount_minor for line in lines_of(settled, f"{CARE}/life")}
    after = {line.payment: line.amount_minor for line in lines_of(house, f"{CARE}/life")}
    changed = {name: after[name] - before[name] for name in before if after[name] != before[name]}
    assert changed == {"earns_3350": -275_000}


def test_a_standing_statement_is_returned_not_drafted_again(settled: House):
    first = draft(settled, person("officer-2"), DENVER, "P1")
    assert (first.reference, first.drafted_by) == (f"{DENVER}/P1", "officer-1")
    assert major(first.total_minor, "USD") == "188349.84"


def test_a_period_that_is_not_there_names_the_ones_that_are(settled: House):
    with pytest.raises(Missing) as error:
        draft(settled, person("officer-1"), DENVER, "P6")
    assert error.value.problems[0].mend == "write one of: P1, P2, P3, P4, P5"
