"""arrows: a contract priced on given results, without a register: facts in, payments and tranches out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from sib.errors import NotValid, Problem
from sib.finance.position import PastFlow
from sib.finance.waterfall import Distribution, distribute
from sib.money import decimal_text, exponent, major, show
from sib.payments.evaluate import Held, evaluation
from sib.payments.exchange import OwnAmount, own_amounts
from sib.payments.facts import Facts, Measured, Outcome, Outcomes
from sib.payments.payable import Payables
from sib.payments.versions import Versions, in_force, payable_under
from sib.steps.case_faults import in_two_groups, placed
from sib.terms.case import Case, placed_case
from sib.terms.contract import Contract
from sib.terms.walk import named


@dataclass(frozen=True, slots=True)
class Priced:
    """A contract priced on one case; the receipt is taken as paid in full on the case's day."""

    payables: Payables
    distribution: Distribution
    quantities: Mapping[str, Fraction | str] = field(default_factory=dict)
    """What the metrics and named quantities that the case asks for come to, or why they are not known."""
    own: Mapping[str, OwnAmount] = field(default_factory=dict)
    """What payers with a currency of their own owe in it."""

    def as_dict(self) -> dict[str, Any]:
        """The answer of ``sib contract price --json``: amounts as decimal text in major units."""
        owed, currency = self.payables, self.payables.currency
        return {
            "contract": owed.contract,
            "version": owed.version,
            "currency": currency,
            "as_of": owed.as_of.isoformat(),
            "total": major(owed.total, currency),
            "payments": [
                {
                    "id": line.payment,
                    "metric": line.metric,
                    "quantity": None if line.quantity is None else decimal_text(line.quantity),
                    "unit": line.unit,
                    "amount": major(line.amount, currency),
                    "payer": ", ".join(payer for payer, _ in line.payers),
                    "reasons": [reason.text for reason in line.reasons],
                }
                for line in owed.payables
            ],
            "payers": [
                {"id": payer, "amount": major(amount, currency), **self._own(payer)}
                for payer, amount in owed.by_payer.items()
            ],
            "tranches": [
                {
                    "id": share.tranche,
                    "amount": major(share.amount, currency),
                    "principal": major(share.principal, currency),
                    "return": major(share.returned, currency),
                }
                for share in self.distribution.tranches
            ],
            "retained": major(self.distribution.retained, currency),
            "guarantees": [
                {
                    "id": call.guarantee,
                    "guarantor": call.guarantor,
                    "tranche": call.tranche,
                    "amount": major(call.amount, currency),
                }
                for call in self.distribution.guarantees
            ],
            "losses": [
                {"tranche": loss.tranche, "cause": loss.cause, "amount": major(loss.amount, currency)}
                for loss in self.distribution.losses
            ],
            "holds": [{"payment": payment, "reason": reason} for payment, reason in owed.holds],
            "waterfall_holds": list(self.distribution.holds),
        }

    def _own(self, payer: str) -> dict[str, Any]:
        """What a payer owes in a currency of its own, where it has one."""
        if payer not in self.own:
            return {}
        own = self.own[payer]
        amount = None if own.amount is None else major(own.amount, own.currency)
        return {"own_currency": own.currency, "own_amount": amount, "own_reason": own.reason}


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a case and the engine disagree; amounts as decimal text in major units."""

    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, found {self.found}"


def price(contract: Contract, case: Case) -> Priced:
    """Price one version of a contract on a golden case; errors as ``price_under``."""
    return price_under((contract,), case)


def price_under(versions: Versions, case: Case) -> Priced:
    """Price a contract with its amendments on a golden case, each outcome under the version that judges it.

    Raises NotValid when the case names what the contract does not know, or an amount finer than the minor unit.
    """
    contract = in_force(versions, case.given.as_of)
    facts = facts_of(contract, case)
    _expect_minor_units(contract, case)
    payables = payable_under(versions, facts)
    flows = flows_of(contract, case)
    distribution = distribute(
        contract,
        payables.total,
        drawn_by(facts.drawn, flows),
        as_of=facts.as_of,
        flows=flows,
        payments={line.payment: line.amount for line in payables.payables},
        facts=facts,
        ended=case.given.ended,
    )
    return Priced(payables, distribution, _asked(contract, facts, case), own_amounts(contract, payables))


def price_file(versions: Versions, file: Path) -> tuple[Case, Priced]:
    """Read a golden case and price a contract with its amendments on it.

    Raises Missing where there is no such file, NotValid with every problem, its file and line.
    """
    case, where = placed_case(file)
    try:
        return case, price_under(versions, case)
    except NotValid as error:
        raise NotValid([placed(problem, case, where) for problem in error.problems]) from None


def _expect_minor_units(contract: Contract, case: Case) -> None:
    """What is expected can come out only if it is not finer than the currency has decimals."""
    expect = case.expect
    single = {"total": expect.total, "retained": expect.retained}
    amounts = {f"expect.{name}": amount for name, amount in single.items() if amount is not None}
    for part in ("payments", "payers", "tranches", "principal", "returns", "guarantees", "losses"):
        amounts |= {f"expect.{part}.{name}": amount for name, amount in getattr(expect, part).items()}
    _minor(amounts, contract.contract.currency)


def _asked(contract: Contract, facts: Facts, case: Case) -> dict[str, Fraction | str]:
    found: dict[str, Fraction | str] = {}
    for name in case.expect.quantities:
        if name not in named(contract, "quantity"):
            mend = f"it has: {', '.join(sorted(named(contract, 'quantity')))}"
            place = f"expect.quantities.{name}"
            raise NotValid([Problem("facts.unknown", f"the contract has no quantity `{name}`", mend, place=place)])
        try:
            found[name] = evaluation(contract, facts).quantity(name)
        except Held as held:
            found[name] = f"nothing, for {held}"
    return found


def facts_of(contract: Contract, case: Case) -> Facts:
    """The facts that a case gives; raises NotValid where one person is in two groups, or an amount is too fine."""
    given, currency = case.given, contract.contract.currency
    if problems := tuple(in_two_groups(contract, case)):
        raise NotValid(problems)
    return Facts(
        as_of=given.as_of,
        outcomes=Outcomes.of(
            Outcome(row.person, row.metric, row.achieved_on, row.group, row.count, row.settled)
            for row in given.outcomes
        ),
        quantities={name: Measured(quantity.value, quantity.unit) for name, quantity in given.quantities.items()},
        paid_before=_minor(given.paid_before, currency),
        paid_this_year=_minor(given.paid_this_year, currency),
        payers_before={name: _minor(by, currency) for name, by in given.paid_before_by.items()},
        drawn=_minor(given.drawn, currency),
    )


def flows_of(contract: Contract, case: Case) -> tuple[PastFlow, ...]:
    """The tranches' flows that a case gives; where it says nothing of what went before, the contract's drawdowns.

    Raises NotValid with every flow of an unknown tranche or step, after the day, or finer than the minor unit; and
    where what is given as drawn is not what they come to.
    """
    given, currency = case.given, contract.contract.currency
    if not (given.flows or given.drawn or given.paid_before):
        return tuple(_drawdowns(contract, given.as_of))
    problems = [problem for number in range(1, len(given.flows) + 1) for problem in _strange(contract, case, number)]
    if problems:
        raise NotValid(problems)
    flows = []
    for number, flow in enumerate(given.flows, 1):
        # what a step for principal paid is principal, whether the case says so or not
        repaid = max(flow.paid_out, Fraction(0)) if flow.step in _repaying(contract) else flow.principal
        amounts = {"paid_in": flow.paid_in, "principal": repaid, "the rest": flow.paid_out - repaid}
        minor = _minor({f"flow {number}, {name}": amount for name, amount in amounts.items()}, currency)
        paid_in, principal, returned = minor.values()
        flows.append(PastFlow(flow.tranche, flow.on, paid_in, principal, returned, flow.step))
    out, drawn = drawn_by({}, flows), _minor(given.drawn, currency)
    for name in out:
        if drawn.get(name, out[name]) != out[name] or out[name] < 0:
            what = f"the flows of `{name}` leave {show(out[name], currency)} drawn and not repaid"
            problems.append(Problem("facts.drawn", what, "mend the flows, or `drawn`", place=name))
    if problems:
        raise NotValid(problems)
    return tuple(flows)


def _repaying(contract: Contract) -> frozenset[str | None]:
    """The ids of the steps that pay principal alone."""
    return frozenset(step.id for step in contract.waterfall if step.id and step.pays == "principal")


def _drawdowns(contract: Contract, upto: date) -> Iterator[PastFlow]:
    """What tranches pay in by a day, as the contract says."""
    for tranche in contract.tranche:
        for each in (each for each in tranche.drawdowns if each.on <= upto):
            (amount,) = _minor({tranche.id: each.amount}, contract.contract.currency).values()
            yield PastFlow(tranche.id, each.on, amount)


def _strange(contract: Contract, case: Case, number: int) -> Iterator[Problem]:
    flow = case.given.flows[number - 1]
    tranches = [tranche.id for tranche in contract.tranche]
    steps = [step.id for step in contract.waterfall if step.id]
    place = f"flow {number}"
    if flow.tranche not in tranches:
        mend = f"it has: {', '.join(tranches) or '(none)'}"
        yield Problem("facts.unknown", f"the contract has no tranche `{flow.tranche}`", mend, place=place)
    if flow.step is not None and flow.step not in steps:
        mend = f"it has: {', '.join(steps) or '(none with an id)'}"
        yield Problem("facts.unknown", f"the waterfall has no step `{flow.step}`", mend, place=place)
    mine = [each.paid_in for each in case.given.flows[:number] if each.tranche == flow.tranche]
    for tranche in contract.tranche:
        if flow.paid_in and tranche.id == flow.tranche and sum(mine) > tranche.committed:
            mend = "mend the flows, or what the tranche commits"
            yield Problem("facts.drawn", f"`{tranche.id}` pays in more than it commits", mend, place=place)
    if flow.on > case.given.as_of:
        yield Problem("facts.later", f"the flow on {flow.on} comes after `as_of`", "leave it out", place=place)


def drawn_by(drawn: Mapping[str, int], flows: Sequence[PastFlow]) -> dict[str, int]:
    """What is drawn and not yet repaid: as said, else as the flows leave it."""
    out = dict.fromkeys((flow.tranche for flow in flows), 0)
    for flow in flows:
        out[flow.tranche] += flow.paid_in - flow.principal
    return {**out, **drawn}


def _minor(amounts: Mapping[str, Fraction], currency: str) -> dict[str, int]:
    exact = {name: amount * 10 ** exponent(currency) for name, amount in amounts.items()}
    finer = [name for name, amount in exact.items() if amount.denominator != 1]
    if finer:
        raise NotValid(
            [
                Problem(
                    "facts.minor-unit", f"`{name}` is finer than {currency} has decimals", "round it first", place=name
                )
                for name in finer
            ]
        )
    return {name: int(amount) for name, amount in exact.items()}


def differences(priced: Priced, case: Case) -> tuple[Difference, ...]:
    """Everything that the case expects and the engine does not give, exactly; empty when they are equal."""
    found, given, currency = priced.payables, priced.distribution, priced.payables.currency
    lost = dict.fromkeys((share.tranche for share in given.tranches), 0)
    for loss in given.losses:
        lost[loss.tranche] += loss.amount
    asked: list[tuple[str, Fraction, int | None]] = []
    for what, amount, one in (
        ("total", case.expect.total, found.total),
        ("retained", case.expect.retained, given.retained),
    ):
        asked += [(what, amount, one)] if amount is not None else []
    for what, expected, known in (
        ("payment", case.expect.payments, {line.payment: line.amount for line in found.payables}),
        ("payer", case.expect.payers, dict(found.by_payer)),
        ("tranche", case.expect.tranches, {share.tranche: share.amount for share in given.tranches}),
        ("principal of", case.expect.principal, {share.tranche: share.principal for share in given.tranches}),
        ("return of", case.expect.returns, {share.tranche: share.returned for share in given.tranches}),
        ("guarantee", case.expect.guarantees, {call.guarantee: call.amount for call in given.guarantees}),
        ("loss of", case.expect.losses, lost),
    ):
        asked += [(f"{what} {name}", amount, known.get(name)) for name, amount in expected.items()]
    scale = 10 ** exponent(currency)
    money = tuple(
        Difference(
            what,
            decimal_text(amount, exponent(currency)),
            "nothing of that name" if minor is None else major(minor, currency),
        )
        for what, amount, minor in asked
        if minor is None or amount * scale != minor
    )
    return (*money, *_other_differences(priced, case))


def _other_differences(priced: Priced, case: Case) -> Iterator[Difference]:
    if not case.expect.model_fields_set:
        yield Difference("the case", "something under [expect]", "nothing to compare with")
    yield from _own_differences(priced, case)
    for name, value in case.expect.quantities.items():
        if (found := priced.quantities[name]) != value:
            yield Difference(f"quantity {name}", decimal_text(value), _text(found))
    if case.expect.holds is not None and set(case.expect.holds) != {payment for payment, _ in priced.payables.holds}:
        wanted, found_held = sorted(case.expect.holds), sorted(payment for payment, _ in priced.payables.holds)
        yield Difference("on hold", ", ".join(wanted) or "nothing", ", ".join(found_held) or "nothing")


def _own_differences(priced: Priced, case: Case) -> Iterator[Difference]:
    for payer, amount in case.expect.payers_own.items():
        own = priced.own.get(payer)
        places = exponent(own.currency) if own else 0
        if own is None or own.amount is None or amount * 10**places != own.amount:
            found = "no currency of its own" if own is None else own.reason
            yield Difference(f"payer {payer}, own currency", decimal_text(amount, places), found)


def _text(value: Fraction | str) -> str:
    return value if isinstance(value, str) else decimal_text(value)


def in_words(priced: Priced, case: Case) -> str:
    """The answer of ``sib contract price`` for people: every payment with its reasons, then who is paid back."""
    owed, currency = priced.payables, priced.payables.currency
    lines = [
        f"{case.name} ({case.because})",
        f"as of {owed.as_of.isoformat()}, contract {owed.contract}, version {owed.version}",
        "",
    ]
    for line in owed.payables:
        lines.append(f"{line.payment}: {show(line.amount, currency)}{' (on hold)' if line.hold else ''}")
        lines += [f"    {reason.text}" for reason in line.reasons]
    lines += ["", f"total: {show(owed.total, currency)}"]
    for payer, amount in owed.by_payer.items():
        lines.append(f"  {payer} pays {show(amount, currency)}")
        lines += [f"    in its own currency: {priced.own[payer].reason}"] if payer in priced.own else []
    for share in priced.distribution.tranches:
        parts = f"principal {show(share.principal, currency)}, return {show(share.returned, currency)}"
        lines.append(f"  {share.tranche} receives {show(share.amount, currency)} ({parts})")
        lines += [f"    {reason}" for reason in share.reasons]
    for call in priced.distribution.guarantees:
        lines.append(f"  {call.guarantor} makes good {show(call.amount, currency)} to {call.tranche}: {call.reason}")
    for loss in priced.distribution.losses:
        lines.append(f"  {loss.tranche} loses {show(loss.amount, currency)}: {loss.cause}")
    lines += [f"  on hold: {hold}" for hold in priced.distribution.holds]
    if priced.distribution.retained and priced.distribution.tranches:
        lines.append(f"  kept back, as no tranche receives it: {show(priced.distribution.retained, currency)}")
    return "\n".join(lines)
