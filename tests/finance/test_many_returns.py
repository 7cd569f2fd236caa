"""finance: rates of many scenarios at once, beside pyxirr and our own scalar solver."""

from datetime import date, timedelta
from random import Random

import numpy as np
import pytest
import pyxirr

from sib.finance.many_returns import xirr_many
from sib.xirr import xirr

DAY = date(2020, 1, 1)
EQUAL = 1e-9


def days(chance: Random, many: int = 12) -> list[date]:
    return [DAY + timedelta(days=chance.randrange(3000)) for _ in range(many)]


def test_an_investment_of_many_drawdowns_and_receipts_equals_pyxirr() -> None:
    chance = Random(1)
    on = sorted(days(chance))
    rows = [
        [-chance.randrange(1, 10**8) for _ in on[:4]] + [chance.randrange(10**8) for _ in on[4:]] for _ in range(300)
    ]
    found = xirr_many(on, np.array(rows))
    for rate, row in zip(found, rows, strict=True):
        assert rate == pytest.approx(pyxirr.xirr(on, row), abs=EQUAL, rel=EQUAL)


def test_flows_of_any_sign_on_any_day_equal_the_scalar_solver() -> None:
    chance = Random(2)
    on = days(chance)
    on[3] = on[7]
    rows = [[chance.choice((0, -1, 1)) * chance.randrange(1, 10**6) for _ in on] for _ in range(300)]
    kinds = set()
    for rate, row in zip(xirr_many(on, np.array(rows)), rows, strict=True):
        known = xirr(list(zip(on, row, strict=True)))
        kinds.add(known.kind)
        if known.rate is None:
            assert np.isnan(rate), (row, known)
        else:
            assert rate == pytest.approx(known.rate, abs=EQUAL, rel=EQUAL), row
    assert len(kinds) >= 2, "some have several rates"


@pytest.mark.parametrize(
    ("row", "rate"),
    [
        ([0, 0, 0, 0], None),
        ([-5, 0, -7, 0], -1.0),
        ([5, 0, 7, 0], None),
        ([0, -5, 5, 0], None),
        ([0, -5, 9, 0], None),
        ([-100, 0, 0, 110], 0.1),
        ([100, 0, 0, -110], 0.1),
        ([-(10**15), 0, 0, 1], None),
    ],
)
def test_edges(row: list[int], rate: float | None) -> None:
    # the second and the third fall on one day; 365 days from the first to the last
    on = [DAY, DAY + timedelta(days=100), DAY + timedelta(days=100), DAY + timedelta(days=365)]
    (found,) = xirr_many(on, np.array([row]))
    assert np.isnan(found) if rate is None else found == pytest.approx(rate, abs=1e-12)


def test_a_rate_near_the_end_of_the_range_is_that_of_the_scalar_solver() -> None:
    on = [DAY, DAY + timedelta(days=365)]
    rows = [[-1, 10**8], [-(10**8), 1], [-1, 10**9]]
    known = [xirr(list(zip(on, row, strict=True))).rate for row in rows]
    for rate, other in zip(xirr_many(on, np.array(rows)), known, strict=True):
        assert np.isnan(rate) if other is None else rate == pytest.approx(other, rel=EQUAL)
