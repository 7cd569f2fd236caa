"""store: a statement is drafted once, authorised by somebody else, and settles each claim once."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from sib.errors import Missing, NotValid, Refused
from sib.outcomes.claims import Action, Reason
from sib.outcomes.transitions import StatementAction, StatementState
from sib.periods import Period
from sib.store import tables
from sib.store.audit import verify_chain
from sib.store.drafts import document
from sib.store.rows import table
from sib.store.settlement import paid_before, settled_claim_ids
from sib.store.statements import statement, statement_lines, statements

AUTHORISE, PAY, VOID = StatementAction.AUTHORISE, StatementAction.PAY, StatementAction.VOID
NEXT = Period(date(2024, 4, 1), date(2024, 6, 30))
SECOND = {"reference": "S-2", "key": "2" * 64}


def codes(refused) -> list[str]:
    return [problem.code for problem in refused.value.problems]


def settled(house, **options) -> frozenset[int]:
    with house.register.read() as session:
        return settled_claim_ids(session, "denver", "days", **options)


@pytest.fixture
def ready(house):
    """A contract with three verified claims, none of them settled."""
    house.version()
    house.verified(3)
    return house


def test_a_statement_comes_back_as_it_went_in(ready):
    result = ready.signed(ready.result())
    lines = (
        ready.line(1, 2),
        ready.line(3, payment="jobs", cap_effect_minor=-12, amount_minor=1500, result_ids=(result,)),
    )
    held = ready.draft(*lines)
    assert (held.state, held.total_minor, held.authorised_by) == (StatementState.DRAFTED, 4524, None)
    assert held.body_json == document(ready.draft_of(*lines))
    with ready.register.read() as session:
        assert [item.line for item in statement_lines(session, held.id)] == list(lines)
        assert [item.number for item in statement_lines(session, held.id)] == [1, 2]
        assert statements(session, "denver") == [held]
        assert verify_chain(session) == []


def test_the_same_key_with_the_same_content_is_the_statement_that_is_held(ready):
    first = ready.draft(ready.line(1))
    assert ready.draft(ready.line(1)) == first
    ready.step(AUTHORISE)
    assert ready.draft(ready.line(1)).state is StatementState.AUTHORISED


def test_the_same_key_with_other_content_is_refused_with_both_hashes(ready):
    ready.draft(ready.line(1))
    changes = [
        (ready.line(1, 2),),
        (ready.line(2),),
        (ready.line(1, reasons=("because",)),),
        (ready.line(1), ready.line(payment="jobs")),
    ]
    for lines in changes:
        with pytest.raises(Refused) as refused:
            ready.draft(*lines)
        (problem,) = refused.value.problems
        assert problem.code == "statement.other-content"
        assert problem.value.startswith("sha256 ") and problem.expected.startswith("sha256 ")
        assert problem.value != problem.expected


def test_a_claim_is_settled_once_per_payment_and_payer(ready):
    ready.draft(ready.line(1), ready.line(1, payer="county"), ready.line(1, payment="jobs"))
    with pytest.raises(Refused, match="C-1") as refused:
        ready.draft(ready.line(1, 2), **SECOND, period=NEXT)
    assert codes(refused) == ["statement.settled-twice"]
    assert settled(ready) == {1}
    assert settled(ready, payer="county") == {1}
    assert settled(ready, payer="nobody") == frozenset()
    assert settled(ready, apart_from="S-1") == frozenset()


def test_a_void_statement_frees_its_claims_for_the_next_revision(ready):
    ready.draft(ready.line(1, 2))
    with pytest.raises(Refused) as refused:
        ready.draft(ready.line(1, 2), **SECOND, revision=2)
    assert codes(refused) == ["statement.period-taken", "statement.settled-twice"]
    ready.step(VOID)
    assert settled(ready) == frozenset()
    ready.draft(ready.line(1, 2), **SECOND, revision=2)
    assert settled(ready) == {1, 2}
    links = table(tables.LineClaim)
    with ready.register.read() as session:
        numbers = session.connection().execute(sa.select(links.c.number).order_by(links.c.id)).scalars().all()
    assert numbers == [1, 1, 2, 2]


def test_a_reversing_line_takes_back_what_was_settled_once(ready):
    ready.draft(ready.line(1, 2))
    back = ready.line(1, reverses=True, gross_minor=-1512, amount_minor=-1512)
    with pytest.raises(Refused) as refused:
        ready.draft(replace(back, claim_ids=(3,)), **SECOND, period=NEXT)
    assert codes(refused) == ["statement.not-settled"]
    ready.decide(Action.INVALIDATE, 1, reason=Reason.NOT_SUSTAINED)
    held = ready.draft(back, **SECOND, period=NEXT)
    assert (held.total_minor, settled(ready)) == (-1512, {2})
    with ready.register.read() as session:
        assert statement_lines(session, held.id)[0].line == back
        assert paid_before(session, "denver") == {"days": 1512}
    with pytest.raises(Refused) as refused:
        ready.draft(back, reference="S-3", key="3" * 64, period=Period(date(2025, 1, 1), date(2025, 3, 31)))
    assert codes(refused) == ["statement.not-settled"]


def test_a_statement_that_others_build_upon_is_not_made_void(ready):
    ready.draft(ready.line(1))
    back = ready.line(1, reverses=True, gross_minor=-1512, amount_minor=-1512)
    ready.draft(back, **SECOND, period=NEXT)
    ready.draft(ready.line(1), reference="S-3", key="3" * 64, period=Period(date(2025, 1, 1), date(2025, 3, 31)))
    for reference, later in (("S-1", "S-2, S-3"), ("S-2", "S-3")):
        with pytest.raises(Refused, match=later) as refused:
            ready.step(VOID, reference=reference)
        assert codes(refused) == ["statement.built-upon"]
    for reference, then_settled in (("S-3", frozenset()), ("S-2", {1}), ("S-1", frozenset())):
        ready.step(VOID, reference=reference)
        assert settled(ready) == then_settled


def test_only_verified_claims_are_settled_and_again_looked_at_before_authorising(ready):
    ready.submit(ready.claim(4), name="second.csv")
    with pytest.raises(Refused) as refused:
        ready.draft(ready.line(1, 4))
    assert codes(refused) == ["statement.unverified"]
    assert "C-4 (submitted)" in str(refused.value)
    ready.draft(ready.line(1, 2))
    ready.decide(Action.INVALIDATE, 2, reason=Reason.NOT_SUSTAINED)
    with pytest.raises(Refused, match="C-2") as refused:
        ready.step(AUTHORISE)
    assert codes(refused) == ["statement.unverified"]


def test_only_signed_results_are_paid_for(ready):
    from sib.access import DEMO_PEOPLE
    from sib.store.results import add_result

    with ready.register.write() as session:
        held = add_result(session, DEMO_PEOPLE["evaluator"], ready.result(), at=ready.now)
    with pytest.raises(Refused) as refused:
        ready.draft(ready.line(payment="effect", result_ids=(held.id, 99)))
    assert codes(refused) == ["statement.unsigned", "statement.unsigned"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"version_id": 99}, "statement.version"),
        ({"revision": 2}, "statement.period-taken"),
        ({"revision": 0}, "statement.period-taken"),
    ],
)
def test_a_statement_that_does_not_fit_is_refused(ready, changes, code):
    with pytest.raises(Refused) as refused:
        ready.draft(ready.line(1), **changes)
    assert codes(refused) == [code]


def test_a_reference_stands_for_one_statement(ready):
    ready.draft(ready.line(1))
    with pytest.raises(Refused) as refused:
        ready.draft(ready.line(2), key="2" * 64, period=NEXT)
    assert codes(refused) == ["statement.reference-used"]


def test_a_statement_that_does_not_add_up_is_not_valid(ready):
    with pytest.raises(NotValid) as wrong:
        ready.draft(ready.line(1, amount_minor=1), ready.line(2, 2), ready.line(2))
    told = [(problem.code, problem.place) for problem in wrong.value.problems]
    assert told == [
        ("statement.sum", "line 1"),
        ("statement.claim-twice", "line 2"),
        ("statement.claim-twice", "line 3"),
    ]


def test_claims_of_another_contract_are_not_paid_for(ready):
    with pytest.raises(Missing, match="77"):
        ready.draft(ready.line(1, 77))


def test_drafter_and_authoriser_are_two_people(ready):
    ready.draft(ready.line(1))
    with pytest.raises(Refused, match="drafted the statement"):
        ready.step(AUTHORISE, who="officer-1")
    held = ready.step(AUTHORISE)
    assert (held.state, held.drafted_by, held.authorised_by) == (StatementState.AUTHORISED, "officer-1", "officer-2")


def test_a_statement_is_not_paid_while_money_is_outstanding(ready):
    ready.draft(ready.line(1))
    ready.step(AUTHORISE)
    with pytest.raises(Refused, match="1512 minor units"):
        ready.step(PAY, who="finance")


def test_a_statement_of_nothing_is_paid_without_a_receipt(ready):
    ready.draft()
    ready.step(AUTHORISE)
    assert ready.step(PAY, who="finance").state is StatementState.PAID


def test_a_paid_period_can_be_restated_and_a_paid_statement_never_made_void(ready):
    ready.draft(ready.line(1))
    ready.step(AUTHORISE)
    ready.order(1512)
    ready.receive(1512)
    with pytest.raises(Refused, match="final"):
        ready.step(VOID)
    assert ready.draft(ready.line(2), **SECOND, revision=2).revision == 2


def test_a_statement_with_money_on_it_is_not_made_void(ready):
    ready.draft(ready.line(1, 2))
    ready.step(AUTHORISE)
    ready.order(1000)
    ready.receive(1000)
    with pytest.raises(Refused) as refused:
        ready.step(VOID)
    assert codes(refused) == ["statement.partly-paid"]


def test_what_was_paid_before_counts_drafts_and_leaves_out_void_ones(ready):
    ready.draft(ready.line(1), ready.line(1, payment="jobs", cap_effect_minor=-512, amount_minor=1000))
    later = replace(ready, now=ready.now + timedelta(days=30))
    later.draft(ready.line(2), **SECOND, period=NEXT)

    def before(**options):
        with ready.register.read() as session:
            return paid_before(session, "denver", **options)

    assert before() == {"days": 3024, "jobs": 1000}
    assert before(apart_from="S-2") == before(as_of=ready.now) == {"days": 1512, "jobs": 1000}
    ready.step(VOID, later=10)
    assert before() == {"days": 1512}
    assert before(as_of=ready.now + timedelta(days=9)) == {"days": 1512, "jobs": 1000}
    assert settled(ready, as_of=ready.now + timedelta(days=9)) == {1}
    assert settled(ready, as_of=ready.now + timedelta(days=11)) == frozenset()


def test_statements_are_answered_for_as_they_stood(ready):
    ready.draft(ready.line(1))
    ready.step(AUTHORISE, later=5)
    with ready.register.read() as session:
        (then,) = statements(session, "denver", as_of=ready.now + timedelta(days=1))
        assert (then.state, then.authorised_by) == (StatementState.DRAFTED, None)
        assert statements(session, "denver", as_of=ready.now - timedelta(days=1)) == []
        assert statement(session, "S-1").authorised_by == "officer-2"


def test_a_statement_that_is_not_there_is_told(register):
    with register.read() as session, pytest.raises(Missing, match="S-9"):
        statement(session, "S-9")
