"""terms: rules that nobody can meet, that pay twice, or that mix units are refused before they price anything."""

from datetime import date
from typing import Any

import pytest

from sib.errors import NotValid
from sib.terms.contract import Contract
from tests.payments.small import FIRST, contract, metric, pay, price

METRICS = [
    metric("jobs"),
    metric("course"),
    metric("worked", "day"),
    metric("score", "point", "measurement"),
]
FIVE = {"kind": "fixed", "amount": "5"}


def made(*payments: dict[str, Any], **parts: Any) -> Contract:
    return contract(*payments, **{"metrics": METRICS, **parts})


def told(*payments: dict[str, Any], **parts: Any) -> list[tuple[str, str | None, str]]:
    """Code, place and mend of everything that is wrong."""
    with pytest.raises(NotValid) as caught:
        made(*payments, **parts)
    assert all(problem.line for problem in caught.value.problems)
    return [(problem.code, problem.place, problem.mend) for problem in caught.value.problems]


def counted(**rule: Any) -> dict[str, Any]:
    """A payment for each person of a rule."""
    return pay(price(rule, "1", "person"))


def milestone(**more: Any) -> dict[str, Any]:
    return counted(kind="milestone", metric="jobs", **more)


def people_with(**more: Any) -> dict[str, Any]:
    return counted(kind="people with", **more)


def sustained(**more: Any) -> dict[str, Any]:
    return counted(**{"kind": "sustained", "metric": "worked", "days": 5, "counting": "in all", "gap_days": 0, **more})


class TestPeopleRules:
    """Rules over single people ask for something, and somebody can meet it."""

    @pytest.mark.parametrize(
        ("payment", "code", "place", "mend"),
        [
            (people_with(none_of=["jobs"]), "contract.empty-rule", "of", "name metrics in all_of or any_of"),
            (people_with(any_of=["jobs"], at_least=2), "contract.empty-rule", "at_least", "at_least is at most 1"),
            (people_with(any_of=["jobs", "jobs"], at_least=2), "contract.same-id", "of", "name each metric once"),
            (people_with(all_of=["jobs"], none_of=["jobs"]), "contract.same-id", "of", "name each metric once"),
            (milestone(at_least_days=1), "contract.empty-rule", "of", "name in `after` what comes before"),
            (milestone(within_days=0), "contract.empty-rule", "of", "name in `after` what comes before"),
            (
                milestone(after=["course"], at_least_days=30, within_days=29),
                "contract.empty-rule",
                "within_days",
                "write 30 or more",
            ),
            (sustained(metric="jobs"), "contract.unit", "metric", "name a metric whose unit is day"),
            (milestone(after=["curse"]), "contract.unknown-name", "after 1", "did you mean `course`?"),
            (people_with(all_of=["score"]), "contract.not-counted", "all_of 1", "count a metric counted from claims"),
            (milestone(group="yuong"), "contract.unknown-name", "group", "did you mean `young`?"),
            (
                sustained(excluded=[{"from": date(2020, 5, 2), "to": date(2020, 5, 1)}]),
                "contract.dates",
                "excluded 1",
                "mend one of the two dates",
            ),
        ],
    )
    def test_what_is_refused(self, payment: dict[str, Any], code: str, place: str, mend: str) -> None:
        ((first, where, how),) = told(payment)
        assert (first, how) == (code, mend)
        assert (where or "").endswith(place)

    @pytest.mark.parametrize(
        "payment",
        [
            people_with(all_of=["jobs"], any_of=["course"], at_least=1, none_of=["worked"]),
            milestone(after=["course"], at_least_days=30, within_days=30, group="young"),
            milestone(after=["jobs"], at_least_days=182),
            milestone(),
            sustained(excluded=[{"from": date(2020, 5, 1), "to": date(2020, 5, 1)}]),
        ],
    )
    def test_what_is_not(self, payment: dict[str, Any]) -> None:
        assert made(payment).payments[0].id == "p"


class TestWeightsAndUnits:
    """The weights of a blend make one; parts that meet are of one unit."""

    @staticmethod
    def blend(*weights: str, second: str = "score") -> dict[str, Any]:
        parts = [{"quantity": name, "weight": each} for name, each in zip(("score", second), weights, strict=True)]
        return pay(price({"kind": "blend", "of": parts}, "1", "point"), metric="score")

    @pytest.mark.parametrize(
        ("weights", "make"), [(("0.8", "0.21"), "1.01"), (("0.8", "0.19"), "0.99"), (("0.5", "0"), "0.5")]
    )
    def test_weights_that_do_not_make_one(self, weights: tuple[str, str], make: str) -> None:
        ((code, place, mend),) = told(self.blend(*weights))
        assert (code, place, mend) == (
            "contract.weights",
            "payment 1 (p), amount, of, of",
            f"they make {make}; write shares of one",
        )

    def test_weights_that_make_one(self) -> None:
        assert made(self.blend("1.2", "-0.2")).payments

    @pytest.mark.parametrize(
        ("rule", "place"),
        [
            ({"kind": "blend", "of": [{"quantity": "score", "weight": 1}, {"quantity": "jobs", "weight": 0}]}, "of 2"),
            ({"kind": "avoided", "expected": "score", "observed": "jobs", "unit": "point"}, "observed"),
            ({"kind": "difference", "of": "score", "less": "jobs"}, "less"),
            ({"kind": "largest", "of": ["score", "jobs"]}, "of 2"),
            ({"kind": "smallest", "of": ["score", {"kind": "people", "metric": "jobs"}]}, "of 2"),
        ],
    )
    def test_parts_of_two_units(self, rule: dict[str, Any], place: str) -> None:
        ((code, where, _),) = told(pay(price(rule, "1", "point"), metric="score"))
        assert code == "contract.unit"
        assert f", {place}" in (where or "")

    @pytest.mark.parametrize(
        ("rule", "unit"),
        [
            ({"kind": "rounded", "of": "score", "to": 1, "rounding": "down"}, "point"),
            ({"kind": "largest", "of": ["worked", "worked"]}, "day"),
            ({"kind": "smallest", "of": ["jobs"]}, "outcome"),
            ({"kind": "blend", "of": [{"quantity": "worked", "weight": 1}]}, "day"),
            ({"kind": "avoided", "expected": "score", "observed": "score", "unit": "night"}, "night"),
            ({"kind": "people with", "all_of": ["worked"]}, "person"),
            ({"kind": "milestone", "metric": "worked"}, "person"),
        ],
    )
    def test_the_unit_that_comes_out(self, rule: dict[str, Any], unit: str) -> None:
        assert made(pay(price(rule, "1", unit))).payments
        ((code, place, _),) = told(pay(price(rule, "1", "bottle")))
        assert (code, place) == ("contract.unit", "payment 1 (p), amount, per")


def prices(*groups: str, of: str = "jobs", per: str = "outcome") -> dict[str, Any]:
    rows = [{"group": group, "price": "10"} for group in groups]
    return pay({"kind": "prices by group", "of": of, "per": per, "prices": rows})


class TestPricesByGroup:
    """Each group once, and each known to the cohort of a metric counted from claims."""

    @pytest.mark.parametrize(
        ("payment", "code", "place", "mend"),
        [
            (prices("young", "odl"), "contract.unknown-name", "prices 2, group", "did you mean `old`?"),
            (prices("young", "young"), "contract.same-id", "prices 2", "take one of the two out"),
            (prices("young", per="day"), "contract.unit", "per", "use one unit on both sides"),
            (prices("young", of="score", per="point"), "contract.not-counted", "of", "name one that is"),
        ],
    )
    def test_what_is_refused(self, payment: dict[str, Any], code: str, place: str, mend: str) -> None:
        ((first, where, how),) = told(payment)
        assert first == code
        assert how.startswith(mend)
        assert (where or "").endswith(place)

    def test_an_unknown_metric(self) -> None:
        assert {code for code, _, _ in told(prices("young", of="jbos"))} == {
            "contract.not-counted",
            "contract.unknown-name",
        }

    def test_each_group_once(self) -> None:
        assert made(prices("young", "old")).payments


def earned(*names: str) -> dict[str, Any]:
    return {"kind": "already earned", "payments": list(names)}


class TestAlreadyEarned:
    """Only payments written above can have earned something; so none depends on itself."""

    def test_above_is_fine_by_itself_and_by_name(self) -> None:
        assert made(pay(FIVE, "one"), pay(earned("one"), "two")).payments
        named = {"left": {"kind": "difference", "of": FIVE, "less": earned("one")}}
        assert made(pay(FIVE, "one"), pay("left", "two"), amount=named).payments
        assert made(pay(FIVE, "one"), amount={"unused": earned("one")}).payments

    @pytest.mark.parametrize("name", ["two", "three", "nobody"])
    def test_itself_below_or_nowhere_is_not(self, name: str) -> None:
        ((code, place, mend),) = told(pay(FIVE, "one"), pay(earned("one", name), "two"), pay(FIVE, "three"))
        assert (code, place) == ("contract.order", "payment 2 (two), amount, payments 2")
        assert mend == "name a payment written above it: one"

    def test_the_first_payment_has_none_above(self) -> None:
        ((code, _, mend),) = told(pay(earned("two"), "one"), pay(FIVE, "two"))
        assert (code, mend) == ("contract.order", "name a payment written above it: (there is none)")

    def test_a_named_amount_belongs_to_the_first_that_uses_it(self) -> None:
        shared = {"left": earned("two")}
        ((code, place, _),) = told(pay("left", "one"), pay(FIVE, "two"), pay("left", "three"), amount=shared)
        assert (code, place) == ("contract.order", "amount, left, payments 1")


def by_date(*spans: tuple[date, date | None]) -> dict[str, Any]:
    rules = [{"from": first, "amount": FIVE, **({"to": last} if last else {})} for first, last in spans]
    return pay({"kind": "by date", "rules": rules, "otherwise": FIVE})


class TestDatesOfRules:
    """Rules by date stand in the order in which they begin."""

    @pytest.mark.parametrize(
        ("spans", "place", "mend"),
        [
            ([(date(2020, 5, 2), date(2020, 5, 1))], "rules 1", "mend one of the two dates"),
            ([(date(2021, 1, 1), None), (FIRST, None)], "rules", "order the rules by `from`, each day once"),
            ([(FIRST, None), (FIRST, None)], "rules", "order the rules by `from`, each day once"),
        ],
    )
    def test_out_of_order(self, spans: list[tuple[date, date | None]], place: str, mend: str) -> None:
        assert told(by_date(*spans)) == [("contract.dates", f"payment 1 (p), amount, {place}", mend)]

    def test_in_order(self) -> None:
        assert made(by_date((FIRST, FIRST), (date(2021, 1, 1), None))).payments

    @pytest.mark.parametrize(
        "parts",
        [{}, {"factor": "1", "yearly": "0.1", "since": FIRST}, {"yearly": "0.1"}, {"factor": "1", "since": FIRST}],
    )
    def test_an_index_is_said_in_one_way(self, parts: dict[str, Any]) -> None:
        (told_once,) = told(pay({"kind": "indexed", "of": FIVE, **parts}))
        assert told_once[2] == "give either `factor`, or `yearly` with `since`"


def person_cap(over: Any = "all payments") -> dict[str, Any]:
    return {"id": "c", "name": "the cap", "amount": "15", "per": "person", "over": over, "clause": "3"}


class TestCapsOfPersons:
    """A cap for each person covers only payments with a price for each claim."""

    @pytest.mark.parametrize(
        "amount",
        [
            FIVE,
            price("score", "1", "point"),
            price({"kind": "people", "metric": "jobs"}, "1", "person"),
            {"kind": "limit", "of": price(), "at_most": "5"},
            "flat",
        ],
    )
    def test_what_has_no_price_for_each_claim(self, amount: Any) -> None:
        ((code, place, mend),) = told(
            pay(price(), "one"), pay(amount, "two"), cap=[person_cap()], amount={"flat": FIVE}
        )
        assert (code, place) == ("contract.person-cap", "cap 1 (c), over")
        assert mend == "leave it out of the cap, or price it for each claim"

    def test_a_cap_over_the_others_says_nothing(self) -> None:
        assert made(pay(price(), "one"), pay(FIVE, "two"), cap=[person_cap(["one"])]).cap

    @pytest.mark.parametrize("amount", ["by_name", price("the_young"), prices("old")["amount"]])
    def test_what_has_one(self, amount: Any) -> None:
        named: dict[str, Any] = {
            "amount": {"by_name": price()},
            "quantity": {"the_young": {"kind": "count", "metric": "jobs", "group": "young"}},
        }
        assert made(pay(amount, "one"), cap=[person_cap()], **named).cap

    def test_an_unknown_payment_is_told_once(self) -> None:
        ((code, _, mend),) = told(pay(price(), "one"), cap=[person_cap(["oen"])])
        assert (code, mend) == ("contract.unknown-name", "did you mean `one`?")

    def test_amounts_and_quantities_in_circles_are_told_and_not_followed(self) -> None:
        circle = {"amount": {"x": "y", "y": "x"}, "quantity": {"u": "v", "v": "u"}}
        found = told(pay("x", "one"), pay(price("u"), "two"), cap=[person_cap()], **circle)
        assert [code for code, _, _ in found] == ["contract.circle"] * 4


class TestPayersInOrder:
    """Either everybody has a share, or everybody but the last a limit."""

    @pytest.mark.parametrize(
        "payers",
        [
            [{"payer": "first", "up_to": "10"}],
            [{"payer": "first"}],
            [{"payer": "first", "up_to": "10"}, {"payer": "second", "up_to": "10"}],
            [{"payer": "first"}, {"payer": "second"}],
            [{"payer": "first", "share": 1}, {"payer": "second"}],
            [{"payer": "first", "up_to": "10"}, {"payer": "second", "share": 1}],
            [{"payer": "first", "up_to": "10", "share": 1}, {"payer": "second"}],
        ],
    )
    def test_what_is_half_one_half_the_other(self, payers: list[dict[str, Any]]) -> None:
        ((_, _, mend),) = told(pay(FIVE, payers=payers))
        assert mend.startswith("give every payer a `share`; or, in order, every payer but the last `up_to`")
        card = {
            "payers": payers,
            "payee": "provider",
            "cap": "none",
            "clause": "2",
            "rows": [{"metric": "jobs", "price": 1}],
        }
        assert told(rate_card=[card])[0][2] == mend

    def test_a_payer_stands_in_the_order_once(self) -> None:
        ((code, place, _),) = told(pay(FIVE, payers=[{"payer": "first", "up_to": "10"}, {"payer": "first"}]))
        assert (code, place) == ("contract.same-id", "payment 1 (p), payers 2")
