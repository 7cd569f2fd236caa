"""finance: money split and filled for many scenarios at once, on whole numbers, equal to ``sib.money.split``."""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def whole_weights(shares: Sequence[Fraction]) -> tuple[int, ...]:
    """Shares as whole numbers in the same proportion, as small as may be."""
    common = lcm(*(share.denominator for share in shares))
    return tuple(int(share * common) for share in shares)


def split_many(totals: Ints, weights: Ints) -> Ints:
    """Split each total (one a scenario, not below zero) by its column of weights, by largest remainder.

    ``weights`` has a row a part; a column that is nought throughout splits into noughts. Exact as long as totals,
    weights and their sums stay below 2**51: products are reckoned modulo 2**64, and remainders fit into that.
    """
    whole = weights.sum(axis=0)
    some = np.maximum(whole, 1)
    parts = np.floor(totals.astype(np.float64) * (weights / some)).astype(np.int64)
    with np.errstate(over="ignore"):
        rests = totals * weights - parts * some
    # the float quotient is off by one or two at most: bring each rest into 0 .. whole
    over = np.floor_divide(rests, some)
    parts, rests = parts + over, rests - over * some
    left = np.where(whole > 0, totals - parts.sum(axis=0), 0)
    order = np.argsort(-rests, axis=0, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(len(weights))[:, None], axis=0)
    return np.where(whole > 0, parts + (rank < left), 0)


def fill_many(within: Ints, dues: Ints) -> Ints:
    """Pay dues (a row a part) from what is there: all of them, else in proportion to what is due."""
    enough = dues.sum(axis=0) <= within
    return np.where(enough, dues, split_many(np.where(enough, 0, within), dues))
