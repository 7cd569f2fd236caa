"""arrows: a contract priced on given results, without a register: facts in, payments and tranches out."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sib.errors import NotValid, Problem
from sib.finance.waterfall import Distribution, distribute
from sib.money import decimal_text, exponent, major, show
from sib.payments.facts import Facts, Measured, Outcome, Outcomes
from sib.payments.payable import Payables, payable_outcomes
from sib.terms.case import Case
from sib.terms.contract import Contract


@dataclass(frozen=True, slots=True)
class Priced:
    """A contract priced on one case; the receipt is taken as paid in full on the case's day."""

    payables: Payables
    distribution: Distribution

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
            "payers": [{"id": payer, "amount": major(amount, currency)} for payer, amount in owed.by_payer.items()],
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
            "holds": [{"payment": payment, "reason": reason} for payment, reason in owed.holds],
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a case and the engine disagree; amounts as decimal text in major units."""

    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, found {self.found}"


def price(contract: Contract, case: Case) -> Priced:
    """Price a contract on a golden case.

    Raises NotValid when the case names what the contract does not know, or an amount finer than the minor unit.
    """
    facts = facts_of(contract, case)
    payables = payable_outcomes(contract, facts)
    return Priced(payables, distribute(contract, payables.total, facts.drawn))


def facts_of(contract: Contract, case: Case) -> Facts:
    """The facts that a case gives."""
    given, currency = case.given, contract.contract.currency
    return Facts(
        as_of=given.as_of,
        outcomes=Outcomes.of(
            Outcome(row.person, row.metric, row.achieved_on, row.group, row.count) for row in given.outcomes
        ),
        quantities={name: Measured(quantity.value, quantity.unit) for name, quantity in given.quantities.items()},
        paid_before=_minor(given.paid_before, currency),
        paid_this_year=_minor(given.paid_this_year, currency),
        drawn=_minor(given.drawn, currency),
    )


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
    found, currency = priced.payables, priced.payables.currency
    payments = {line.payment: line.amount for line in found.payables}
    tranches = {share.tranche: share.amount for share in priced.distribution.tranches}
    asked: list[tuple[str, Fraction, int | None]] = []
    if case.expect.total is not None:
        asked.append(("total", case.expect.total, found.total))
    for what, expected, known in (
        ("payment", case.expect.payments, payments),
        ("payer", case.expect.payers, dict(found.by_payer)),
        ("tranche", case.expect.tranches, tranches),
    ):
        asked += [(f"{what} {name}", amount, known.get(name)) for name, amount in expected.items()]
    scale = 10 ** exponent(currency)
    return tuple(
        Difference(
            what,
            decimal_text(amount, exponent(currency)),
            "nothing of that name" if minor is None else major(minor, currency),
        )
        for what, amount, minor in asked
        if minor is None or amount * scale != minor
    )


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
    lines += [f"  {payer} pays {show(amount, currency)}" for payer, amount in owed.by_payer.items()]
    for share in priced.distribution.tranches:
        parts = f"principal {show(share.principal, currency)}, return {show(share.returned, currency)}"
        lines.append(f"  {share.tranche} receives {show(share.amount, currency)} ({parts})")
    if priced.distribution.retained and priced.distribution.tranches:
        lines.append(f"  kept back, as no tranche receives it: {show(priced.distribution.retained, currency)}")
    return "\n".join(lines)
