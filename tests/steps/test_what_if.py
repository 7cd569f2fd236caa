"""steps: what would be if a number were another, and which price pays a return with a probability."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from sib.errors import NotValid, Refused
from sib.steps.forecast import forecast
from sib.steps.what_if import in_words, what_if, with_changes
from sib.steps.what_price import in_words as price_words
from sib.steps.what_price import least_price, what_price
from sib.terms.read import Agreed, parse_contract
from sib.terms.sample import TEXT

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
NSW = CONTRACTS / "nsw_employment"
SAMPLE = parse_contract(TEXT)


def nsw() -> Agreed:
    return parse_contract((NSW / "contract.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("homes.price=13.25", lambda c: c.the_payment("homes").amount.prices[0].value == Fraction("13.25")),
        ("homes.amount.price=13", lambda c: c.the_payment("homes").amount.prices[0].value == 13),
        ("homes.cap=none", lambda c: c.the_payment("homes").cap == ()),
        ("course.price=250", lambda c: c.the_payment("course").amount.prices[0].value == 250),
        ("job.price = 1600", lambda c: c.the_payment("job").amount.prices[0].value == 1600),
        ("north_town_most.amount=500000", lambda c: c.cap[0].amount[0].value == 500_000),
        ("loan.interest.rate=0.05", lambda c: c.tranche[0].interest.rate[0].value == Fraction("0.05")),
        ("loan.drawdowns.2.amount=100000", lambda c: c.tranche[0].drawdowns[1].amount == 100_000),
        ("forecast.results.job.share=0.4", lambda c: c.forecast.results[1].share == Fraction("0.4")),
        ("forecast.cases.low.enrolment=0.9", lambda c: c.forecast.cases[0].enrolment == Fraction("0.9")),
        ("contract.ends_on=2028-03-31", lambda c: c.contract.ends_on.year == 2028),
        ("rate_per_point.value=0.006", lambda c: c.quantity["rate_per_point"].value[0].value == Fraction("0.006")),
        ("days_in_custody.better=more", lambda c: c.the_metric("days_in_custody").better == "more"),
        ("days_in_custody.at_most=5", lambda c: c.the_metric("days_in_custody").at_most == 5),
    ],
)
def test_a_change_is_put_where_it_is_meant(change: str, found: object) -> None:
    assert found(with_changes(SAMPLE, [change]))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("job", "cannot be read as a change"),
        ("job=5", "cannot be read as a change"),
        ("jop.price=5", "did you mean `job`?"),
        ("qqqqqq.price=5", "write one of: "),
        ("loan.interset.rate=5", "nothing is called `interset` there"),
        ("loan.drawdowns.9.amount=5", "nothing is called `9` there"),
        ("loan.drawdowns.on=5", "`on` is no key there"),
        ("loan.name.first.second=5", "nothing is called `first` there"),
        ("homes.price=dear", "price"),
        ("homes.prise=5", "prise"),
    ],
)
def test_what_cannot_be_changed_is_told(change: str, said: str) -> None:
    with pytest.raises(NotValid) as caught:
        with_changes(SAMPLE, [change])
    assert any(said in str(problem) for problem in caught.value.problems)


def test_several_mistakes_are_told_at_once() -> None:
    with pytest.raises(NotValid) as caught:
        with_changes(SAMPLE, ["jop.price=5", "job"])
    assert len(caught.value.problems) == 2


def test_every_party_beside_today() -> None:
    found = what_if(NSW, ["earnings.price=120"], scenarios=500, seed=3)
    sides = {(each.role, each.name): each for each in found.sides}
    today = forecast(nsw().contract, scenarios=500, seed=3)
    assert sides["total", "all payments"].today == today.total.average
    assert sides["payer", "state"].today == sides["payee", "provider"].today == sides["tranche", "fund"].today
    # a fifth more, but for what the cap of 400,000 cuts
    assert 0 < sides["payer", "state"].change < today.total.average / 5
    assert found.rates[0].then > found.rates[0].today
    assert found.was[0][1].startswith("- **Earnings uplift.** The state's employment office pays")
    said = in_words(found)
    assert "on average over 500 scenarios, the same for both, in USD" in said
    assert "today: - **Earnings uplift.**" in said
    told = found.as_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["cases"] is None
    assert {each["role"] for each in told["sides"]} == {"total", "payer", "payee", "tranche"}


def test_a_change_that_changes_nothing_says_so() -> None:
    found = what_if(NSW, ["earnings.price=100"], scenarios=200)
    assert found.was == ()
    assert all(each.change == 0 for each in found.sides)


def test_another_payee_has_a_line_of_its_own() -> None:
    found = what_if(NSW, ["earnings.payee=fund"], scenarios=200)
    payees = {each.name: each for each in found.sides if each.role == "payee"}
    assert payees["provider"].then == payees["fund"].today == 0
    assert payees["fund"].then == payees["provider"].today


def test_without_a_forecast_the_cases_answer() -> None:
    found = what_if(CONTRACTS / "denver_supportive_housing", ["stable_days.price=16.12"])
    assert found.by_cases is not None
    # one dollar more for each of the net days of a case
    totals = [each for each in found.by_cases.sums if each.kind == "payment" and each.name == "stable_days"]
    assert any(each.change * 1512 == each.before * 100 for each in totals if each.before)
    assert "the contract has no forecast, so its cases answer" in in_words(found)
    assert found.as_dict()["cases"]["differs"] is True
    file = what_if(CONTRACTS / "denver_supportive_housing" / "contract.toml", ["stable_days.price=15.12"])
    assert file.by_cases is not None
    assert not file.by_cases.differs


# which price


def test_the_price_found_is_the_least_that_does_it() -> None:
    asked = Fraction("0.04"), Fraction("0.8")
    found = what_price(nsw(), "earnings", "fund", *asked, scenarios=300)
    assert found.found is not None
    assert found.found.reaches.share >= Fraction(8, 10)
    less = what_price(with_price(found.found.price - Fraction(1, 100)), "earnings", "fund", *asked, scenarios=300)
    assert less.today.reaches.share < Fraction(8, 10), "a cent less does not"
    assert less.found == found.found, "it does not depend on today's price"
    prices = [each.price for each in found.sensitivity]
    assert prices[0] is not None
    assert prices[1] is not None
    assert prices[0] < found.found.price < prices[1], "less for 3 %, more for 5 %"
    said = price_words(found)
    assert "which price of `earnings` pays `fund` 4 % a year with a probability of 80 %?" in said
    assert "if a tenth fewer people began" in said
    told = found.as_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["today"]["price"] == "100"


def with_price(price: Fraction) -> Agreed:
    text = (NSW / "contract.toml").read_text(encoding="utf-8")
    return parse_contract(text.replace('price = "100"', f'price = "{float(price):.2f}"'))


def test_where_the_cap_forbids_it_no_price_is_found() -> None:
    # 400,000 at most after three years on 240,000 is 18.3 % a year
    found = what_price(nsw(), "earnings", "fund", Fraction("0.25"), Fraction(1), scenarios=100)
    assert found.found is None
    assert "no price up to 64 times today's does it" in price_words(found)
    assert found.as_dict()["price"] is None
    assert "none" in price_words(found)


@pytest.mark.parametrize(
    ("payment", "tranche", "said"),
    [
        ("earning", "fund", "no payment is called `earning`"),
        ("earnings", "found", "no tranche `found` pays anything in"),
    ],
)
def test_what_has_no_price_or_return_is_refused(payment: str, tranche: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        what_price(nsw(), payment, tranche, Fraction("0.04"), Fraction("0.9"), scenarios=100)


def test_a_payment_without_a_single_price_is_refused() -> None:
    text = (NSW / "contract.toml").read_text(encoding="utf-8")
    fixed = text.replace(
        'kind = "price"\nprice = "100"\nper = "step"\nof = "paid_steps"', 'kind = "fixed"\namount = "9"'
    )
    assert fixed != text
    with pytest.raises(Refused, match="has a single price"):
        what_price(parse_contract(fixed), "earnings", "fund", Fraction("0.04"), Fraction("0.9"))


def test_halving_finds_the_least() -> None:
    cent = Fraction(1, 100)
    assert least_price(lambda price: price >= Fraction("12.34"), Fraction(1), cent) == Fraction("12.34")
    assert least_price(lambda price: price >= 0, Fraction(1), cent) == 0
    assert least_price(lambda price: price > 64, Fraction(1), cent) is None
    assert least_price(lambda price: price >= 64, Fraction(1), cent) == 64
    assert least_price(lambda price: price >= Fraction("0.05"), Fraction(0), cent) == Fraction("0.05")
