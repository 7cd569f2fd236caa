"""payments: the evaluation of rules: every primitive of the three sorts, each in its place."""

from sib.payments.amounts import AMOUNTS
from sib.payments.conditions import CONDITIONS
from sib.payments.evaluation import Evaluation, Held, Primitives, Reason
from sib.payments.facts import Facts
from sib.payments.quantities import QUANTITIES
from sib.terms.contract import Contract

__all__ = ["AMOUNTS", "CONDITIONS", "PRIMITIVES", "QUANTITIES", "Evaluation", "Held", "Reason", "evaluation"]

PRIMITIVES = Primitives(QUANTITIES, CONDITIONS, AMOUNTS)


def evaluation(contract: Contract, facts: Facts) -> Evaluation:
    """Begin the evaluation of one rule on a contract's facts."""
    return Evaluation(contract, facts, PRIMITIVES)
