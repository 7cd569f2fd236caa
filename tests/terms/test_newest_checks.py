"""terms: faults of rate cards for a group, caps of one payer, the calendar, and payments for no metric."""

from collections.abc import Mapping
from typing import Any

import pytest

from sib.errors import NotValid
from tests.payments.small import JOBS, SCORE, contract, metric, pay, price

CARD = {"payer": "first", "payee": "provider", "cap": "none", "clause": "Card"}


def card(group: str, *metrics: str) -> dict[str, Any]:
    """A rate card for a group."""
    return {**CARD, "group": group, "rows": [{"metric": name, "price": "5"} for name in metrics]}


def codes(**parts: Any) -> list[str]:
    """The codes of every fault of a contract."""
    with pytest.raises(NotValid) as caught:
        contract(**parts)
    return sorted(problem.code for problem in caught.value.problems)


def test_a_card_for_a_group_pays_claims_of_people_in_it() -> None:
    assert contract(metrics=(JOBS,), rate_card=[card("old", "jobs")]).payments[0].id == "jobs"
    assert codes(metrics=(JOBS,), rate_card=[card("odd", "jobs")]) == ["contract.unknown-name"]
    assert "contract.not-counted" in codes(metrics=(SCORE,), rate_card=[card("old", "score")])
    # a metric that is not there is told once, and leads to no second fault
    assert codes(metrics=(JOBS,), rate_card=[card("old", "gone")]) == ["contract.unknown-name"]


def test_a_cap_over_each_person_is_nobody_elses() -> None:
    cap = {"id": "c", "name": "cap", "amount": "9", "per": "person", "payer": "first", "over": ["p"], "clause": "3"}
    with pytest.raises(NotValid, match="a person's cap is not one payer's"):
        contract(pay(price()), cap=[cap])


def test_the_calendar_is_one_that_is_known() -> None:
    with pytest.raises(NotValid) as caught:
        contract(pay(price()), header={"calendar": "California"})
    assert [problem.code for problem in caught.value.problems] == ["contract.calendar"]


class TestNoMetric:
    """Payments that nothing measured decides."""

    FIXED: Mapping[str, Any] = {"kind": "fixed", "amount": "5"}

    def test_it_has_a_name_and_reads_none(self) -> None:
        terms = contract(pay(dict(self.FIXED), metric="none", name="Charge"))
        assert terms.title(terms.payments[0]) == "Charge"
        with pytest.raises(NotValid, match="needs a `name`"):
            contract(pay(dict(self.FIXED), metric="none"))
        with pytest.raises(NotValid, match="the payment is for no metric, but its rule reads jobs"):
            contract(pay(price(), metric="none", name="Charge"))

    def test_no_metric_is_called_so_and_no_row_pays_for_it(self) -> None:
        with pytest.raises(NotValid, match="no metric is called none"):
            contract(pay(dict(self.FIXED), metric="none", name="Charge"), metrics=(JOBS, metric("none")))
        with pytest.raises(NotValid, match="a row pays for a metric"):
            contract(rate_card=[{**CARD, "rows": [{"metric": "none", "price": "5"}]}])
