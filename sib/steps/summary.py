"""arrows: what the demonstration came to, in words that a commissioner understands."""

from typing import Any

from sib.money import major, show
from sib.outcomes.claims import VerificationState
from sib.settings import Settings
from sib.steps.demo import DEMO, EXPECTED
from sib.steps.house import House, open_house, registered
from sib.steps.settle import grouped
from sib.store.claims import claims_in_state
from sib.store.flows import balances
from sib.store.results import results_in_state
from sib.store.statements import statement_lines, statements


def demo_summary(settings: Settings | None = None) -> dict[str, Any]:
    """What each contract of the demonstration settled at, beside what it must settle at."""
    with open_house(settings) as house:
        return {"contracts": [_contract(house, story.contract) for story in DEMO]}


def _contract(house: House, contract: str) -> dict[str, Any]:
    terms = registered(house, contract).agreed.contract
    currency = terms.contract.currency
    with house.register.read() as session:
        held = statements(session, contract)
        lines = {one.reference: statement_lines(session, one.id) for one in held}
        money = balances(session, contract)
        results = results_in_state(session, contract)
    total = sum(one.total_minor for one in held)
    expected, why = EXPECTED[contract]
    payments: dict[str, int] = {}
    for items in lines.values():
        for item in items:
            payments[item.line.payment] = payments.get(item.line.payment, 0) + item.line.amount_minor
    compared = [each for one in results for each in one.result.body.get("comparisons", ())]
    return {
        "contract": contract,
        "name": terms.contract.name,
        "currency": currency,
        "settled": major(total, currency),
        "expected": expected,
        "expected_because": why,
        "equal": major(total, currency) == expected,
        "statements": [
            {"statement": one.reference, "total": major(one.total_minor, currency), "state": str(one.state)}
            for one in held
        ],
        "payments": {name: major(amount, currency) for name, amount in payments.items()},
        "tranches": [
            {
                "tranche": name,
                "paid_in": major(balance.drawn, currency),
                "repaid": major(balance.principal, currency),
                "return": major(balance.returned, currency),
            }
            for name, balance in money.items()
        ],
        "comparisons": [
            {"title": each["title"], "estimate": each["quantised"], "would_pay": major(each["payment_minor"], currency)}
            for each in compared
        ],
        "first_line": f"{held[-1].reference}/{next(iter(payments))}" if held else None,
        "settled_words": show(total, currency),
    }


def summary_words(summary: dict[str, Any]) -> str:
    """The same for people."""
    rows: list[str] = []
    for each in summary["contracts"]:
        currency, equal = each["currency"], "equal" if each["equal"] else "NOT EQUAL"
        rows += [
            "",
            each["name"],
            f"  settled   {each['settled_words']}   ({equal} to {each['expected']}, {each['expected_because']})",
        ]
        if len(each["statements"]) > 1:
            rows += [
                f"    {one['statement'].split('/')[1]:<10} {currency} {grouped(one['total']):>14}  {one['state']}"
                for one in each["statements"]
            ]
        for tranche in each["tranches"]:
            if tranche["tranche"] != "vehicle":
                rows.append(
                    f"  {tranche['tranche']}: paid in {grouped(tranche['paid_in'])}, "
                    f"repaid {grouped(tranche['repaid'])}, return {grouped(tranche['return'])}"
                )
        for one in each["comparisons"]:
            rows.append(
                f"    {grouped(one['estimate']) if one['estimate'] else 'not estimable':>14}  "
                f"would pay {currency} {grouped(one['would_pay']):>10}  {one['title']}"
            )
        rows.append(f"  why:      sib explain {each['first_line']}")
    return "\n".join(rows)


def contract_listing(house: House, contract: str) -> dict[str, Any]:
    """What the register holds of a contract: statements, results, and how many claims are in which state."""
    terms = registered(house, contract)
    with house.register.read() as session:
        held = statements(session, contract)
        results = results_in_state(session, contract)
        claims = claims_in_state(session, contract, tuple(VerificationState))
    states: dict[str, int] = {}
    for one in claims:
        states[str(one.state)] = states.get(str(one.state), 0) + 1
    return {
        "contract": contract,
        "version": terms.held.version,
        "periods": [period.id for period in terms.agreed.contract.settlement],
        "statements": [
            {"statement": one.reference, "state": str(one.state), "total": show(one.total_minor, one.currency)}
            for one in held
        ],
        "results": [
            {
                "reference": one.result.reference,
                "state": str(one.state),
                "value": f"{one.result.value} {one.result.unit}",
            }
            for one in results
        ],
        "claims": states,
    }


def listing_words(document: dict[str, Any]) -> str:
    """The same for people."""
    rows = [f"{document['contract']}, version {document['version']}; periods: {', '.join(document['periods'])}"]
    rows += [f"  statement  {one['statement']}: {one['total']}, {one['state']}" for one in document["statements"]]
    rows += [f"  result     {one['reference']}: {one['value']}, {one['state']}" for one in document["results"]]
    rows += [f"  claims     {count:,} {state}" for state, count in document["claims"].items()]
    return "\n".join(rows)
