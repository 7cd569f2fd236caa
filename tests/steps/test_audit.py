"""arrows: the audit trail as an auditor sees it: heads on every document, a verdict, proofs without a register."""

from dataclasses import replace

import pytest

from sib.access import DEMO_PEOPLE
from sib.errors import Missing, Refused
from sib.steps.audit import heads_now, holds, prove_event, prove_growth, verify
from sib.steps.house import person
from sib.steps.settle import statement_document, statement_words
from sib.store.statements import statement
from sib.store.whole import Witness

OFFICER = person("officer-1")


def test_the_demonstrations_trail_is_whole_and_its_statements_show_the_heads(settled):
    found = verify(settled, OFFICER)
    assert found.problems == ()
    assert found.heads == heads_now(settled)
    with settled.register.read() as session:
        held = statement(session, "denver_supportive_housing/P5")
    document = statement_document(settled, held)
    shown = document["audit"]
    assert shown == {"events": found.heads.events, "head": found.heads.chain, "tree_head": found.heads.tree}
    assert all(part in statement_words(document) for part in (shown["head"], shown["tree_head"]))
    for witness in (shown["head"], shown["tree_head"]):
        assert verify(settled, OFFICER, Witness(shown["events"], witness)).as_dict()["whole"]
    assert not verify(settled, OFFICER, Witness(shown["events"] - 1, shown["head"])).as_dict()["whole"]


def test_a_trail_that_cannot_be_read_has_no_heads(house):
    with house.register.write() as session:
        session.connection().exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        session.connection().exec_driver_sql("INSERT INTO person_of_the_house VALUES ('x', 'X', 'stranger')")
    found = verify(house, OFFICER)
    assert found.heads is not None
    assert "audit.unreadable" in {problem.code for problem in found.problems}
    with house.register.write() as session:
        session.connection().exec_driver_sql("DROP TABLE audit_event")
    found = verify(house, OFFICER)
    assert found.heads is None
    assert found.as_dict() == {"whole": False, "problems": [problem.as_dict() for problem in found.problems]}


def test_every_event_is_proven_to_stand_in_the_trail(settled):
    last = heads_now(settled)
    for seq in (1, 2, last.events // 2, last.events):
        proof = prove_event(settled, OFFICER, seq)
        assert (proof["events"], proof["tree_head"]) == (last.events, last.tree)
        assert holds(proof)
        assert not holds({**proof, "event": seq + 1})
        assert not holds({**proof, "entry": proof["entry"].replace("2", "3", 1)})
        assert not holds({**proof, "path": proof["path"][1:]})
    with pytest.raises(Missing, match="no event"):
        prove_event(settled, OFFICER, last.events + 1)


def test_the_trail_is_proven_to_have_only_grown(settled):
    last = heads_now(settled)
    for earlier in (1, 7, last.events - 1, last.events):
        proof = prove_growth(settled, OFFICER, earlier)
        assert holds(proof)
        assert not holds({**proof, "earlier_tree_head": "0" * 64})
    for never in (0, last.events + 1):
        with pytest.raises(Missing, match="never of that length"):
            prove_growth(settled, OFFICER, never)


@pytest.mark.parametrize("who", ["investor", "provider"])
def test_not_everybody_may_look(settled, who):
    for look in (lambda one: verify(settled, one), lambda one: prove_event(settled, one, 1)):
        with pytest.raises(Refused):
            look(DEMO_PEOPLE[who])


def test_who_belongs_to_one_contract_does_not_see_the_trail_of_all(settled):
    with pytest.raises(Refused, match="does not belong"):
        verify(settled, replace(OFFICER, contracts=frozenset({"denver_supportive_housing"})))
