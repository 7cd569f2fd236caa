"""terms: advice on a good contract: what can be used as it stands and is yet worth a look."""

from sib.terms.contract import Contract
from sib.terms.fault import Finding
from sib.terms.lint.caps import CAP_LINTS
from sib.terms.lint.parts import PART_LINTS
from sib.terms.lint.rules import RULE_LINTS
from sib.terms.lint.times import TIME_LINTS

__all__ = ["LINTS", "advice"]

LINTS = (*PART_LINTS, *RULE_LINTS, *CAP_LINTS, *TIME_LINTS)


def advice(contract: Contract) -> tuple[Finding, ...]:
    """Return everything worth a look in a contract without faults; each is sound, none is an error."""
    return tuple(finding for lint in LINTS for finding in lint(contract))
