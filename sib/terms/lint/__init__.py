"""terms: advice on a good contract: what can be used as it stands and is yet worth a look."""

from sib.terms.contract import Contract
from sib.terms.fault import Finding
from sib.terms.lint.back import BACK_LINTS
from sib.terms.lint.caps import CAP_LINTS
from sib.terms.lint.cliffs import cliffs
from sib.terms.lint.parts import PART_LINTS, idle_parts
from sib.terms.lint.rules import RULE_LINTS
from sib.terms.lint.shown import NO_CASES, Cases
from sib.terms.lint.times import TIME_LINTS

__all__ = ["NO_CASES", "Cases", "advice"]

LINTS = (*PART_LINTS, *RULE_LINTS, *CAP_LINTS, *BACK_LINTS, *TIME_LINTS)
CASE_LINTS = (idle_parts, cliffs)
"""Those that golden cases can answer."""


def advice(contract: Contract, cases: Cases = NO_CASES) -> tuple[Finding, ...]:
    """Return everything worth a look in a contract without faults; each is sound, none is an error."""
    answered = tuple(finding for lint in CASE_LINTS for finding in lint(contract, cases))
    return (*answered, *(finding for lint in LINTS for finding in lint(contract)))
