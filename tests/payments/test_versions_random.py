"""payments: judged by version over random contracts: one version, null amendments, price changes, two goes."""

from copy import deepcopy
from dataclasses import replace
from datetime import date
from itertools import compress
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from sib.errors import NotValid
from sib.payments.facts import Facts
from sib.payments.payable import PayableOutcome, payable_outcomes
from sib.payments.versions import counted_now, payable_under
from sib.terms.contract import Contract
from sib.terms.read import parse_contract
from tests.payments.oracle import Given
from tests.payments.small import pay, price
from tests.payments.strategies import CLAIMED, END, as_text, contracts, written
from tests.payments.strategies import days as some_day
from tests.payments.strategies import facts as some_facts
from tests.payments.test_oracle import engine_facts

RANDOM = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def lines(versions: Any, known: Facts) -> dict[str, PayableOutcome]:
    return {line.payment: line for line in payable_under(versions, known).payables}


def drawn_facts(data: st.DataObject, doc: dict[str, Any]) -> Given:
    """Facts for a contract, at the edge of its thresholds or anywhere; nothing is achieved after the day."""
    known = data.draw(some_facts(doc, at_the_edge=data.draw(st.booleans())))
    past = [claim.day <= known.as_of for claim in known.claims]
    settled = {name: list(compress(flags, past)) for name, flags in known.settled.items()}
    return known._replace(claims=list(compress(known.claims, past)), settled=settled)


def amended_as(doc: dict[str, Any], on: date, judged_at: str = "event date") -> dict[str, Any]:
    """The same contract as the next version."""
    header = {**doc["contract"], "version": 2, "in_force_from": on, "judged_at": judged_at}
    return {**deepcopy(doc), "contract": header}


@RANDOM
@given(st.data())
def test_one_version_is_payable_outcomes(data: st.DataObject) -> None:
    doc = data.draw(contracts())
    terms, known = read(doc), engine_facts(drawn_facts(data, doc))
    assert payable_under([terms], known) == payable_outcomes(terms, known)


@RANDOM
@given(st.data(), some_day, st.sampled_from(["event date", "settlement date"]))
def test_a_null_amendment_changes_no_amount(data: st.DataObject, on: date, judged_at: str) -> None:
    doc = data.draw(contracts())
    known = engine_facts(drawn_facts(data, doc))
    alone = payable_outcomes(read(doc), known)
    both = payable_under([read(doc), read(amended_as(doc, on, judged_at))], known)
    assert [bare(line) for line in both.payables] == [bare(line) for line in alone.payables]


@RANDOM
@given(st.data(), some_day)
def test_a_price_change_gives_count_times_change_and_the_caps_hold(data: st.DataObject, on: date) -> None:
    """A payment of one price for each outcome, added to any contract: what it earns changes by count × change, its
    cap cuts the whole, and the other payments earn what they did.
    """
    doc = data.draw(contracts())
    doc["contract"]["currency"] = "GBP"
    doc["metric"] = [{**each, "repeats": "without limit"} for each in doc["metric"]]
    old, new, most = (data.draw(st.integers(0, 4000)) for _ in range(3))
    name = data.draw(st.sampled_from(CLAIMED))
    doc["payment"].append(pay({**price(name, as_text(old), "point")}, "priced", name, cap=as_text(most)))
    doc["cap"] = []
    dearer = amended_as(doc, on)
    dearer["payment"][-1]["amount"]["price"] = as_text(new)
    plain = drawn_facts(data, doc)
    known = engine_facts(plain)
    before = lines([read(doc)], known)
    after = lines([read(doc), read(dearer)], known)
    assert {key: line.gross for key, line in after.items() if key != "priced"} == {
        key: line.gross for key, line in before.items() if key != "priced"
    }
    change = later_outcomes(doc, plain, name, on) * (new - old)
    assert after["priced"].gross - before["priced"].gross == change
    room = max(0, most - known.paid_before.get("priced", 0))
    assert after["priced"].amount == min(after["priced"].gross, room)


def later_outcomes(doc: dict[str, Any], known: Given, name: str, on: date) -> int:
    """How many outcomes the amendment judges, counted with a plain loop."""
    if known.as_of < on:
        return 0
    if name in known.quantities:
        return int(known.quantities[name])
    window = next(each["window"] for each in doc["metric"] if each["id"] == name)
    flags = known.settled.get("priced", [claim.settled for claim in known.claims])
    return sum(
        claim.number
        for claim, settled in zip(known.claims, flags, strict=True)
        if claim.metric == name and not settled and max(window["opens"], on) <= claim.day <= window["closes"]
    )


@RANDOM
@given(st.data(), some_day, some_day)
def test_settling_in_two_goes_pays_what_one_would(data: st.DataObject, on: date, first_day: date) -> None:
    """Prices without a limit: what is settled on a day and the rest later come to what all at once comes to."""
    doc = {**data.draw(contracts()), "cap": [], "rate_card": [], "quantity": {}, "condition": {}, "amount": {}}
    doc["metric"] = [{**each, "repeats": "without limit"} for each in doc["metric"]]
    doc["payment"] = [pay(price(name, "10", "point"), name, name) for name in CLAIMED]
    dearer = amended_as(doc, on)
    dearer["payment"] = [pay(price(name, "13", "point"), name, name) for name in CLAIMED]
    versions = [read(doc), read(dearer)]
    rows = [claim._replace(settled=False) for claim in drawn_facts(data, doc).claims if claim.day <= END]
    rows.sort(key=lambda claim: claim.day)
    known = Given(END, rows, {}, {}, {})
    last = engine_facts(known)
    begun = engine_facts(known._replace(as_of=first_day, claims=[claim for claim in rows if claim.day <= first_day]))
    counted = {name: counted_now(versions, begun, name) for name in CLAIMED}
    settled = {name: np.pad(flags, (0, len(rows) - len(flags))) for name, flags in counted.items()}
    rest = payable_under(versions, replace(last, settled=settled)).total
    assert payable_under(versions, begun).total + rest == payable_under(versions, last).total


def read(doc: dict[str, Any]) -> Contract:
    """A drawn contract as read; one that the reader refuses is drawn again."""
    try:
        return parse_contract(written(doc)).contract
    except NotValid:
        reject()


def bare(line: PayableOutcome) -> PayableOutcome:
    return replace(line, reasons=())
