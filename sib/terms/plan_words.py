"""terms: payment plans and what a forecast expects, in sentences."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain

from sib.terms.contract import Contract
from sib.terms.plan import ExpectedResult, NamedCase, Plan
from sib.terms.sentences import day, listed, money, number
from sib.terms.simulation_words import result_words


def plan_words(contract: Contract, plan: Plan) -> str:
    """A version of the payment plan: what it expects of payers and tranches, by calendar year."""
    said = [f"{plan.name}, the payment plan from {day(plan.agreed_on)}:"]
    expected = [(payment.on.year, payment.amount) for payment in plan.payments]
    if expected:
        said.append(f"outcome payments of {money(contract, _sum(expected))} in all ({_by_year(contract, expected)});")
    for way, words in (("paid_in", "tranches pay in"), ("paid_out", "tranches are paid")):
        flows = [(flow.on.year, getattr(flow, way)) for flow in plan.flows if getattr(flow, way)]
        if flows:
            said.append(f"{words} {money(contract, _sum(flows))} ({_by_year(contract, flows)});")
    return f"{' '.join(said).rstrip(';:')}."


def _sum(amounts: list[tuple[int, Fraction]]) -> Fraction:
    return sum((amount for _, amount in amounts), Fraction(0))


def _by_year(contract: Contract, amounts: list[tuple[int, Fraction]]) -> str:
    years = dict.fromkeys(year for year, _ in amounts)
    return listed([f"{year} {money(contract, _sum([each for each in amounts if each[0] == year]))}" for year in years])


def forecast_words(contract: Contract) -> Iterator[str]:
    """Lines of a list (Markdown): what the forecast expects; nothing where the contract says nothing of it."""
    if (forecast := contract.forecast) is None:
        return
    people = sum(enrolled.people for enrolled in forecast.enrolment)
    first, last = forecast.enrolment[0].on, forecast.enrolment[-1].on
    when = f"from {day(first)}" if first == last else f"from {day(first)} to {day(last)}"
    yield f"- {people:,} people begin {when}{_off(forecast.enrolment_spread * 100, ' %', forecast.enrolment_risk)}."
    for result in forecast.results:
        called = result_words(contract, result.gives)
        yield f"- {called[0].upper()}{called[1:]}: {_expected(contract, result)}."
    yield from (f"- {_case(contract, case)}." for case in forecast.cases)


def _off(spread: Fraction, unit: str, risk: Fraction) -> str:
    if not spread:
        return ""
    common = f", {number(risk)} in common with the rest" if risk else ""
    return f" (give or take {number(spread)}{unit}{common})"


def _expected(contract: Contract, result: ExpectedResult) -> str:
    off = _off(result.spread, "", result.risk)
    if result.share is None:
        days = listed([day(each) for each in result.measured_on], "and")
        how = ", drawn as the simulation says" if result.simulated else ""
        return f"expected to be {number(result.value or Fraction(0))}{off}, measured on {days}{how}"
    of = "all who begin" if result.of is None else result_words(contract, result.of)
    after = f", {result.after_months} months later" if result.after_months else ""
    over = f", over {result.over_months} months" if result.over_months else ""
    return f"{number(result.share)} for each of {of}{off}{after}{over}"


def _case(contract: Contract, case: NamedCase) -> str:
    said = [f"{number(case.enrolment * 100)} % of the people" if case.enrolment != 1 else ""]
    said.append(f"{number(case.results * 100)} % of the results" if case.results != 1 else "")
    said.append(f"{case.months_later} months later" if case.months_later else "")
    single = (f"{result_words(contract, name)} {number(value)}" for name, value in case.values.items())
    changes = [words for words in chain(said, single) if words]
    return f"The case “{case.name}”: {listed(changes, 'and') if changes else 'as expected'}"
