"""Access: who may do and see what; one table of rights, and everything it does not list is refused."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from sib.errors import Problem, Refused
from sib.outcomes.actors import EVERY_CONTRACT, Actor, Role

__all__ = [
    "DEMO_PEOPLE",
    "EVERY_CONTRACT",
    "MACHINE",
    "MACHINE_RIGHTS",
    "POLICY",
    "Actor",
    "Right",
    "Role",
    "may",
    "require",
]


class Right(StrEnum):
    """One thing that can be done or seen; the words stand after "may"."""

    REGISTER_CONTRACT = "register a contract"
    SUBMIT_CLAIMS = "submit claims"
    WITHDRAW_CLAIMS = "withdraw claims"
    SCREEN_CLAIMS = "screen claims"
    DECIDE_CLAIMS = "decide on claims"
    CONTEST_CLAIM = "agree or contest a claim"
    LOAD_COHORT = "load a cohort"
    SEAL_PLAN = "seal an analysis plan"
    MEASURE_RESULTS = "measure results"
    SIGN_RESULTS = "sign results"
    DRAFT_STATEMENT = "draft a statement"
    AUTHORISE_STATEMENT = "authorise a statement"
    VOID_STATEMENT = "void a statement"
    RECORD_RECEIPT = "record a receipt"
    RECORD_CASH_FLOW = "record a cash flow"
    SEE_TERMS = "see the terms"
    SEE_CLAIMS = "see claims, person by person"
    SEE_OWN_RECORD = "see their own record"
    SEE_RESULTS = "see results"
    SEE_STATEMENTS = "see statements"
    SEE_CASH_FLOWS = "see cash flows"
    SEE_AUDIT = "see the audit trail"
    PUBLISH_PAGES = "publish the page tables"
    MANAGE_PEOPLE = "manage people"


_SHARED = {Right.SEE_TERMS, Right.SEE_RESULTS}

POLICY: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.COMMISSIONER: frozenset(
            _SHARED
            | {
                Right.REGISTER_CONTRACT,
                Right.SCREEN_CLAIMS,
                Right.DECIDE_CLAIMS,
                Right.SEAL_PLAN,
                Right.DRAFT_STATEMENT,
                Right.AUTHORISE_STATEMENT,
                Right.VOID_STATEMENT,
                Right.RECORD_RECEIPT,
                Right.RECORD_CASH_FLOW,
                Right.SEE_CLAIMS,
                Right.SEE_STATEMENTS,
                Right.SEE_CASH_FLOWS,
                Right.SEE_AUDIT,
            }
        ),
        # No personal row: an investor's pages are made from counts and amounts that pass sib.disclosure.
        Role.INVESTOR: frozenset(_SHARED | {Right.SEE_STATEMENTS, Right.SEE_CASH_FLOWS}),
        Role.EVALUATOR: frozenset(
            _SHARED | {Right.LOAD_COHORT, Right.SEAL_PLAN, Right.MEASURE_RESULTS, Right.SIGN_RESULTS, Right.SEE_AUDIT}
        ),
        Role.SERVICE_PROVIDER: frozenset(
            _SHARED | {Right.SUBMIT_CLAIMS, Right.WITHDRAW_CLAIMS, Right.SEE_CLAIMS, Right.SEE_STATEMENTS}
        ),
        Role.PARTICIPANT: frozenset({Right.SEE_OWN_RECORD, Right.CONTEST_CLAIM}),
        Role.ADMINISTRATOR: frozenset(
            {Right.REGISTER_CONTRACT, Right.SCREEN_CLAIMS, Right.MANAGE_PEOPLE, Right.PUBLISH_PAGES, Right.SEE_AUDIT}
        ),
    }
)
"""Role -> everything it may do; the only place where this is said."""

MACHINE_RIGHTS = frozenset({Right.SCREEN_CLAIMS, Right.MEASURE_RESULTS, Right.PUBLISH_PAGES})
"""The most a machine may do in any role. It drafts no statement: two people stand behind every payment."""

OWN_ONLY = frozenset({Right.SEE_OWN_RECORD, Right.CONTEST_CLAIM})
"""Rights that reach no further than the actor's own record."""


def may(actor: Actor, right: Right, contract: str, *, about: str | None = None) -> bool:
    """Whether ``require`` with the same arguments would let the actor through."""
    return _problem(actor, right, contract, about) is None


def require(actor: Actor, right: Right, contract: str, *, about: str | None = None) -> None:
    """Let the actor through or raise ``Refused`` with a plain reason.

    ``about`` is the pseudonym of the person concerned; rights over one's own record need it to be the actor's own.
    """
    problem = _problem(actor, right, contract, about)
    if problem:
        raise Refused(problem)


def _problem(actor: Actor, right: Right, contract: str, about: str | None) -> Problem | None:
    roles = [role.value for role, rights in POLICY.items() if right in rights]
    if right not in POLICY.get(actor.role, frozenset()):
        return Problem(
            code="access.role",
            what=f"{_a(actor.role)} may not {right}.",
            value=actor.role.value,
            expected=" or ".join(roles) or "nobody",
            mend="Ask somebody in that role." if roles else "",
        )
    if actor.kind != "person" and right not in MACHINE_RIGHTS:
        return Problem(
            code="access.machine",
            what=f"A machine may not {right}.",
            value=actor.kind,
            expected="person",
            mend="Let a person in the same role do it.",
        )
    # The other contracts are not listed here: their names alone tell a stranger who works with whom.
    if not actor.belongs_to(contract):
        return Problem(
            code="access.contract",
            what=f"{actor.id} does not belong to the contract {contract}.",
            value=contract,
            expected="one of the actor's own contracts",
            mend="Ask an administrator to add the contract, or choose another contract.",
        )
    if right in OWN_ONLY and about != actor.id:
        return Problem(
            code="access.person",
            what=f"{_a(actor.role)} may {right} only where it is about themselves.",
            expected="the actor's own record",
            mend="Sign in as the person concerned.",
        )
    return None


def _a(role: Role) -> str:
    return f"{'An' if role.value[0] in 'aeiou' else 'A'} {role.value}"


def _person(id: str, name: str, role: Role) -> Actor:
    return Actor(id=id, name=name, role=role, contracts=frozenset({EVERY_CONTRACT}))


MACHINE = Actor(
    id="machine",
    name="Automatic checks",
    role=Role.ADMINISTRATOR,
    kind="machine",
    contracts=frozenset({EVERY_CONTRACT}),
)
"""The house's own machine: screens claims and publishes pages."""

DEMO_PEOPLE: Mapping[str, Actor] = MappingProxyType(
    {
        person.id: person
        for person in (
            _person("officer-1", "Amara Whitlow", Role.COMMISSIONER),
            _person("officer-2", "Tomas Bielby", Role.COMMISSIONER),
            _person("finance", "Priya Lindgate", Role.COMMISSIONER),
            _person("evaluator", "Owen Achterby", Role.EVALUATOR),
            _person("second-evaluator", "Salma Keirwood", Role.EVALUATOR),
            _person("provider", "Jodie Marshfold", Role.SERVICE_PROVIDER),
            _person("investor", "Henrik Valemont", Role.INVESTOR),
        )
    }
)
"""Made-up people of the demonstration, by id; they may act on every contract."""
