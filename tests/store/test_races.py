"""store: whoever comes at the same moment, or in whatever order, nothing is paid for twice."""

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from sib.errors import Refused
from sib.outcomes.transitions import StatementAction, StatementState
from sib.periods import Period
from sib.store import tables
from sib.store.audit import verify_chain
from sib.store.rows import table
from sib.store.settlement import paid_before, settled_claim_ids
from sib.store.statements import statements

RACERS = 6


def period(number: int) -> Period:
    start = date(2020, 1, 1) + timedelta(days=30 * number)
    return Period(start, start + timedelta(days=29))


def key(number: int) -> str:
    return f"{number:064d}"


def race(act: Callable[[int], object]) -> list[object]:
    """What each of several racers got: its answer, or the exception."""
    start, got = threading.Barrier(RACERS), [None] * RACERS

    def run(number: int) -> None:
        start.wait()
        try:
            got[number] = act(number)
        except BaseException as error:
            got[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def test_of_several_statements_for_one_claim_one_is_drafted(house):
    house.version()
    (claim,) = house.verified(1)

    def draft(number: int) -> object:
        names = {"reference": f"S-{number}", "key": key(number), "period": period(number)}
        return house.draft(house.line(claim), **names).reference

    got = race(draft)
    assert [type(one) for one in got].count(str) == 1
    assert [type(one) for one in got].count(Refused) == RACERS - 1
    with house.register.read() as session:
        assert settled_claim_ids(session, "denver", "days") == {claim}
        assert len(statements(session, "denver")) == 1
        assert verify_chain(session) == []


def test_of_several_same_statements_all_are_the_same(house):
    house.version()
    (claim,) = house.verified(1)
    got = race(lambda number: house.draft(house.line(claim)).id)
    assert got == [1] * RACERS


def test_of_several_files_with_one_outcome_one_is_taken(house):
    got = race(lambda number: house.submit(house.claim(1, reference=f"C-{number}"), name=f"{number}.csv").accepted)
    assert sorted(got) == [0] * (RACERS - 1) + [1]


def test_of_several_receipts_one_is_recorded(house):
    house.version()
    house.draft(house.line(*house.verified(1)))
    house.step(StatementAction.AUTHORISE)
    house.order(1512)
    got = race(lambda number: house.receive(1512, reference=f"B-{number}").receipt.reference)
    assert [type(one) for one in got].count(Refused) == RACERS - 1
    with house.register.read() as session:
        count = sa.select(sa.func.count()).select_from(table(tables.Receipt))
        assert session.connection().execute(count).scalar_one() == 1
        assert statements(session, "denver")[0].state is StatementState.PAID


def void(house, reference: str, paid: dict[str, dict[int, int]]) -> None:
    """Make a statement void, unless a later one that stands has to do with one of its claims."""
    later = list(paid)[list(paid).index(reference) + 1 :]
    free = not any(set(paid[reference]) & set(paid[name]) for name in later)
    try:
        house.step(StatementAction.VOID, reference=reference)
    except Refused:
        assert not free
    else:
        assert free
        paid.pop(reference)


@pytest.mark.parametrize("seed", range(4))
def test_in_whatever_order_statements_come_and_go_every_claim_is_paid_for_once(sqlite_house, seed):
    house, chance = sqlite_house, random.Random(seed)
    house.version()
    claims = house.verified(6)
    paid: dict[str, dict[int, int]] = {}
    """By reference of a standing statement: claim -> what it adds to the number of times it is paid for."""
    for number in range(60):
        chosen = sorted(chance.sample(claims, chance.randint(1, 3)))
        reverses = chance.random() < 0.3
        net = {claim: sum(lines.get(claim, 0) for lines in paid.values()) for claim in claims}
        assert set(net.values()) <= {0, 1}
        sign = -1 if reverses else 1
        line = house.line(*chosen, reverses=reverses)
        line = replace(line, gross_minor=sign * line.gross_minor, amount_minor=sign * line.amount_minor)
        reference = f"S-{number}"
        if chance.random() < 0.3 and paid:
            void(house, chance.choice(list(paid)), paid)
            continue
        possible = all(net[claim] == (1 if reverses else 0) for claim in chosen)
        try:
            house.draft(line, reference=reference, key=key(number), period=period(number))
        except Refused:
            assert not possible
        else:
            assert possible
            paid[reference] = dict.fromkeys(chosen, sign)
    with house.register.read() as session:
        total = {claim: sum(lines.get(claim, 0) for lines in paid.values()) for claim in claims}
        assert settled_claim_ids(session, "denver", "days") == {claim for claim in claims if total[claim]}
        assert sum(paid_before(session, "denver").values()) == 1512 * sum(total.values())
        assert verify_chain(session) == []
