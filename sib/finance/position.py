"""finance: what the waterfall reads beside the receipt: balances, dated flows, results, and whether it has ended."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal

from sib.money import exponent, round_exact
from sib.payments.evaluate import evaluation
from sib.payments.evaluation import Evaluation, Held
from sib.payments.facts import Facts
from sib.terms.base import DatedNumber, value_on
from sib.terms.contract import Contract
from sib.terms.finance import Tranche
from sib.terms.sentences import day

Ending = Literal["full term", "terminated"]


@dataclass(frozen=True, slots=True)
class PastFlow:
    """What a tranche paid in, or was paid, on one day before; minor units, a release from a reserve below zero."""

    tranche: str
    on: date
    paid_in: int = 0
    principal: int = 0
    """Paid out to it, as principal repaid."""
    returned: int = 0
    """Paid out to it, over and above."""
    step: str | None = None
    """The id of the waterfall's step that paid it; what names none counts for every step that could have."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a contract stands when a receipt comes in; amounts in minor units.

    ``outstanding`` is drawn and not yet repaid, by tranche. What is None is not known: a step that needs it holds the
    rest of the waterfall up, and says why.
    """

    contract: Contract
    outstanding: Mapping[str, int]
    as_of: date | None = None
    flows: tuple[PastFlow, ...] = ()
    payments: Mapping[str, int] | None = None
    """What of the receipt came from which payment."""
    facts: Facts | None = None
    ended: Ending | None = None
    by_tranche: Mapping[str, tuple[PastFlow, ...]] = field(init=False)

    def __post_init__(self) -> None:
        grouped: dict[str, list[PastFlow]] = {}
        for flow in sorted(self.flows, key=lambda each: each.on):
            grouped.setdefault(flow.tranche, []).append(flow)
        object.__setattr__(self, "by_tranche", {name: tuple(flows) for name, flows in grouped.items()})

    @property
    def day(self) -> date:
        """The day of the receipt; raises Held where it is not known."""
        if self.as_of is None:
            raise Held("the day of the receipt is not known")
        return self.as_of

    def evaluation(self) -> Evaluation:
        """Begin the evaluation of a rule on the results; raises Held where there are none."""
        if self.facts is None:
            raise Held("the results that it depends on are not given")
        return evaluation(self.contract, self.facts)

    def of(self, tranche: str) -> tuple[PastFlow, ...]:
        """A tranche's flows, earliest first."""
        return self.by_tranche.get(tranche, ())

    def dated_flows(self, tranche: str) -> tuple[PastFlow, ...]:
        """The same, where an answer rests on their days; raises Held where money is out and none is known."""
        flows = self.of(tranche)
        if not flows and self.outstanding.get(tranche, 0):
            raise Held(f"the days on which `{tranche}` was drawn are not known")
        return flows

    def drawn(self, tranche: str) -> int:
        """All that was drawn; where no flow is known, what is out."""
        return sum(flow.paid_in for flow in self.of(tranche)) or self.outstanding.get(tranche, 0)

    def paying(self, pays: str) -> frozenset[str]:
        """The ids of all steps that pay interest, say: what was paid under one of them counts for each."""
        return frozenset(step.id for step in self.contract.waterfall if step.pays == pays and step.id)

    def returned(self, tranche: str, steps: Collection[str | None], since: date = date.min) -> int:
        """What was returned under some steps since a day, with what names no step."""
        return sum(flow.returned for flow in self.of(tranche) if flow.step in (None, *steps) and flow.on >= since)

    def repaid(self, tranche: str, steps: Collection[str | None]) -> int:
        """What principal was repaid under some steps, with what names no step."""
        return sum(flow.principal for flow in self.of(tranche) if flow.step in (None, *steps))

    def in_force(self, values: tuple[DatedNumber, ...], what: str) -> Fraction:
        """The value in force on the day of the receipt; raises Held where there is none."""
        # a single value without a date holds on any day, so the day need not be known
        if len(values) == 1 and values[0].from_ is None:
            return values[0].value
        value = value_on(values, self.day)
        if value is None:
            raise Held(f"{what} has no value in force on {day(self.day)}")
        return value

    def minor(self, amount: Fraction) -> int:
        """An amount in major units rounded to minor units, as the contract rounds."""
        return self.rounded(amount * 10 ** exponent(self.contract.contract.currency))

    def rounded(self, exact: Fraction) -> int:
        """Exact minor units rounded as the contract rounds; each amount that is due is rounded here, once."""
        return round_exact(exact, self.contract.contract.rounding)

    def tranche(self, name: str) -> Tranche:
        """The tranche of that id."""
        return next(each for each in self.contract.tranche if each.id == name)
