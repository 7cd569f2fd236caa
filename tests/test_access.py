"""Access: what each role may do, and that everything else is refused with a plain reason."""

from itertools import product

import pytest

from sib.access import DEMO_PEOPLE, MACHINE, MACHINE_RIGHTS, OWN_ONLY, POLICY, Actor, Right, Role, may, require
from sib.errors import Exit, Refused

R = Right


def actor(role: Role, *contracts: str, kind: str = "person") -> Actor:
    return Actor(f"a-{role.value}", "Somebody", role, kind=kind, contracts=frozenset(contracts))


@pytest.mark.parametrize(("role", "right"), list(product(Role, Right)))
def test_every_cell_of_the_policy_holds_on_the_own_contract_and_never_on_another(role, right):
    person = actor(role, "denver")
    assert may(person, right, "denver", about=person.id) == (right in POLICY[role])
    assert not may(person, right, "peterborough", about=person.id)
    assert not may(actor(role), right, "denver", about=person.id)


@pytest.mark.parametrize(("role", "right"), list(product(Role, Right)))
def test_a_machine_has_at_most_the_machines_rights(role, right):
    machine = actor(role, "denver", kind="machine")
    expected = right in POLICY[role] and right in MACHINE_RIGHTS
    assert may(machine, right, "denver", about=machine.id) == expected


def test_the_policy_names_every_role_and_every_right_belongs_to_somebody():
    assert set(POLICY) == set(Role)
    assert set().union(*POLICY.values()) == set(Right)


@pytest.mark.parametrize(
    ("role", "right"),
    [
        (Role.INVESTOR, R.SEE_CLAIMS),
        (Role.INVESTOR, R.SEE_OWN_RECORD),
        (Role.INVESTOR, R.SEE_AUDIT),
        (Role.EVALUATOR, R.DECIDE_CLAIMS),
        (Role.SERVICE_PROVIDER, R.DECIDE_CLAIMS),
        (Role.SERVICE_PROVIDER, R.SCREEN_CLAIMS),
        (Role.COMMISSIONER, R.SUBMIT_CLAIMS),
        (Role.COMMISSIONER, R.SIGN_RESULTS),
        (Role.PARTICIPANT, R.SEE_CLAIMS),
        (Role.ADMINISTRATOR, R.AUTHORISE_STATEMENT),
        (Role.ADMINISTRATOR, R.SEE_CLAIMS),
    ],
)
def test_what_must_never_be_allowed(role, right):
    assert right not in POLICY[role]


def test_a_right_that_nobody_ever_listed_is_refused():
    with pytest.raises(Refused) as refused:
        require(actor(Role.ADMINISTRATOR, "denver"), "delete everything", "denver")  # type: ignore[arg-type]
    assert refused.value.problems[0].code == "access.role"


def test_the_refusal_says_who_may_and_what_to_do():
    with pytest.raises(Refused, match="An investor may not decide on claims") as refused:
        require(actor(Role.INVESTOR, "denver"), R.DECIDE_CLAIMS, "denver")
    (problem,) = refused.value.problems
    assert (problem.code, problem.value, problem.expected) == ("access.role", "investor", "commissioner")
    assert problem.mend
    assert refused.value.exit_code is Exit.DIFFERS


def test_a_stranger_is_not_told_which_contracts_there_are():
    with pytest.raises(Refused) as refused:
        require(actor(Role.COMMISSIONER, "secret-contract"), R.SEE_CLAIMS, "denver")
    (problem,) = refused.value.problems
    assert problem.code == "access.contract"
    assert "secret-contract" not in str(problem)


@pytest.mark.parametrize("right", sorted(OWN_ONLY))
@pytest.mark.parametrize("about", [None, "somebody-else"])
def test_a_participant_reaches_their_own_record_only(right, about):
    person = actor(Role.PARTICIPANT, "denver")
    require(person, right, "denver", about=person.id)
    with pytest.raises(Refused) as refused:
        require(person, right, "denver", about=about)
    assert refused.value.problems[0].code == "access.person"
    assert "somebody-else" not in str(refused.value)


def test_the_demonstration_has_the_people_that_four_eyes_need():
    roles = [person.role for person in DEMO_PEOPLE.values()]
    assert roles.count(Role.COMMISSIONER) == 3
    assert roles.count(Role.EVALUATOR) == 2
    assert roles.count(Role.SERVICE_PROVIDER) == roles.count(Role.INVESTOR) == 1
    assert all(person.kind == "person" and person.belongs_to("any") for person in DEMO_PEOPLE.values())
    assert all(key == person.id for key, person in DEMO_PEOPLE.items())


def test_the_house_machine_screens_and_publishes_but_decides_nothing():
    assert {right for right in Right if may(MACHINE, right, "denver")} == {R.SCREEN_CLAIMS, R.PUBLISH_PAGES}
