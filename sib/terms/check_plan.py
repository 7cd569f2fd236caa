"""terms: what a schema cannot see in payment plans and forecasts: names, order, results that nobody draws."""

from collections.abc import Iterator
from itertools import pairwise

from sib.terms.contract import Contract
from sib.terms.fault import Check, Finding, lookup
from sib.terms.places import Path
from sib.terms.plan import ExpectedResult, Forecast
from sib.terms.walk import named


def planned_names(contract: Contract) -> Iterator[Finding]:
    """A payment plan names outcome payers and tranches that exist; it is agreed later than the one above it."""
    payers = {party.id for party in contract.party if party.role == "outcome payer"}
    tranches = {tranche.id for tranche in contract.tranche}
    ids = [plan.id for plan in contract.plan]
    for index, plan in enumerate(contract.plan):
        if plan.id in ids[:index]:
            yield Finding(("plan", index, "id"), "contract.same-id", f"two plans are called `{plan.id}`", "rename one")
        if index and plan.agreed_on <= contract.plan[index - 1].agreed_on:
            what = f"`{plan.id}` is not agreed later than the plan above it"
            yield Finding(("plan", index, "agreed_on"), "contract.dates", what, "order the plans by their days")
        for place, payment in enumerate(plan.payments):
            path: Path = ("plan", index, "payments", place)
            if payment.payer is not None:
                yield from lookup((*path, "payer"), "outcome payer", payment.payer, payers)
            elif len(payers) != 1:
                mend = f"add `payer`, one of: {', '.join(sorted(payers))}"
                yield Finding(path, "contract.payer", "it does not say which outcome payer pays", mend)
        for place, flow in enumerate(plan.flows):
            yield from lookup(("plan", index, "flows", place, "tranche"), "tranche", flow.tranche, tranches)


def forecast_names(contract: Contract) -> Iterator[Finding]:
    """A forecast gives each metric or quantity once, in the order of the way, and its cases name what it gives."""
    if (forecast := contract.forecast) is None:
        return
    before: set[str] = set()
    counted: set[str] = set()
    for index, result in enumerate(forecast.results):
        path: Path = ("forecast", "results", index)
        yield from lookup((*path, "gives"), "metric or quantity", result.gives, named(contract, "quantity"))
        if result.gives in before:
            what = f"`{result.gives}` is given twice"
            yield Finding((*path, "gives"), "contract.same-id", what, "take one of the two out")
        if result.of is not None:
            yield from lookup((*path, "of"), "result above it with a `share`", result.of, counted)
        before.add(result.gives)
        if result.share is not None:
            counted.add(result.gives)
        yield from _drawable(contract, path, result)
    yield from _cases(forecast, before)


def _drawable(contract: Contract, path: Path, result: ExpectedResult) -> Iterator[Finding]:
    draws = contract.simulation.draws if contract.simulation else ()
    if result.simulated and not any(result.gives in draw.gives and draw.effect for draw in draws):
        mend = "add a draw with an `effect` to [simulation], or take `simulated` out"
        yield Finding((*path, "simulated"), "contract.not-drawn", f"no draw gives `{result.gives}`", mend)


def _cases(forecast: Forecast, known: set[str]) -> Iterator[Finding]:
    ids = [case.id for case in forecast.cases]
    for index, case in enumerate(forecast.cases):
        path: Path = ("forecast", "cases", index)
        if case.id in ids[:index]:
            yield Finding((*path, "id"), "contract.same-id", f"two cases are called `{case.id}`", "rename one")
        for name in case.values:
            yield from lookup((*path, "values", name), "result of the forecast", name, known)


def forecast_dates(contract: Contract) -> Iterator[Finding]:
    """Who begins is told in the order of days, within the term; what is measured is measured from its first day on."""
    if (forecast := contract.forecast) is None:
        return
    begins, ends = contract.contract.starts_on, contract.contract.ends_on
    for index, (one, other) in enumerate(pairwise(forecast.enrolment), 1):
        if other.on <= one.on:
            what = "it does not come after the one above it"
            yield Finding(("forecast", "enrolment", index), "contract.dates", what, "order them by their days")
    for index, enrolled in enumerate(forecast.enrolment):
        if not begins <= enrolled.on <= ends:
            mend = f"write a day from {begins} to {ends}"
            yield Finding(("forecast", "enrolment", index, "on"), "contract.dates", "it lies outside the term", mend)
    for index, result in enumerate(forecast.results):
        for place, day in enumerate(result.measured_on):
            if day < begins:
                what, mend = "it is measured before the term starts", f"write a day from {begins} on"
                yield Finding(("forecast", "results", index, "measured_on", place), "contract.dates", what, mend)


PLAN_CHECKS: tuple[Check, ...] = (planned_names, forecast_names, forecast_dates)
