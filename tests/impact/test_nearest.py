"""Fast matching against a naive one that looks at everybody, on scores with many ties and pools that run dry."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.errors import NotValid
from sib.impact.formula import Design
from sib.impact.greedy import match_people
from sib.impact.hunt import Limits
from sib.impact.mahalanobis import whiten
from sib.impact.nearest import match_closest, match_in_order, match_with_replacement


def plain_limits(treated, caliper, uses, ratio, **more):
    """No limit but the caliper and reuse, unless said."""
    size, nobody = len(treated), np.empty((len(treated), 0))
    said = {
        "kept": np.ones(size, bool), "caliper": caliper, "uses": uses, "wanted": np.full(treated.sum(), ratio),
        "covariates": nobody, "widths": np.empty(0), "strata": np.zeros(size, int), "apart": nobody.astype(int),
        "units": None,
    }  # fmt: skip
    return Limits(**{**said, **more})


class Naive:
    """Walk outwards place by place on both sides, left first: the rule in words, at n·m cost."""

    def __init__(self, score, treated, caliper):
        self.score, self.treated, self.caliper = score, treated, caliper
        self.line = sorted(range(len(score)), key=lambda row: (score[row], row))
        self.place = {row: place for place, row in enumerate(self.line)}
        self.free = {row for row in range(len(score)) if not treated[row]}

    def gap(self, one, other):
        return abs(self.score[one] - self.score[other])

    def choose(self, person, met):
        """The free person with least distance; ties to fewer places from the outermost met, then to the left."""
        places = [self.place[person], *(self.place[row] for row in met)]
        found = []
        for row in self.free:
            if self.gap(person, row) > self.caliper:
                continue
            left = self.place[row] < self.place[person]
            steps = min(places) - self.place[row] if left else self.place[row] - max(places)
            found.append((self.gap(person, row), steps, not left, row))
        return min(found)[3] if found else None


def naive_in_order(score, treated, visits, ratio, caliper):
    naive, own = Naive(score, treated, caliper), np.flatnonzero(treated)
    found = {person: [] for person in range(len(own))}
    choosing = list(visits)
    for _ in range(ratio):
        still = []
        for person in choosing:
            row = naive.choose(own[person], found[person])
            if row is not None:
                naive.free.remove(row)
                found[person].append(row)
                still.append(person)
        choosing = still
    return found


def naive_closest(score, treated, ratio, caliper):
    """Rounds; in each the closest proposal is made; whoever lost its choice proposes anew, ahead of equals."""
    naive, own = Naive(score, treated, caliper), np.flatnonzero(treated)
    found = {person: [] for person in range(len(own))}
    choosing = list(range(len(own)))
    for _ in range(ratio):
        queue = []
        for person in choosing:
            row = naive.choose(own[person], found[person])
            if row is not None:
                queue.append((naive.gap(own[person], row), person, row))
        queue.sort(key=lambda one: one[0])
        happy = []
        while queue:
            _, person, row = queue.pop(0)
            if row in naive.free:
                naive.free.remove(row)
                found[person].append(row)
                happy.append(person)
                continue
            row = naive.choose(own[person], [*found[person], row])
            if row is not None:
                gap = naive.gap(own[person], row)
                place = next((place for place, one in enumerate(queue) if one[0] >= gap), len(queue))
                queue.insert(place, (gap, person, row))
        choosing = sorted(happy)
    return found


def naive_with_replacement(score, treated, ratio, caliper):
    naive, own = Naive(score, treated, caliper), np.flatnonzero(treated)
    found = {}
    for person, row in enumerate(own):
        pool = [one for one in naive.free if naive.gap(row, one) <= caliper]
        pool.sort(key=lambda one: (naive.gap(row, one), abs(naive.place[one] - naive.place[row]), naive.place[one]))
        found[person] = pool[:ratio]
    return found


@st.composite
def cohorts(draw):
    """Small cohorts whose scores lie on a coarse grid, with more treated than pool now and then."""
    size = draw(st.integers(2, 26))
    treated = draw(st.lists(st.booleans(), min_size=size, max_size=size).filter(lambda one: 0 < sum(one) < len(one)))
    grid = draw(st.sampled_from([1.0, 0.5, 0.25]))
    score = draw(st.lists(st.integers(-6, 6), min_size=size, max_size=size))
    caliper = draw(st.sampled_from([np.inf, np.inf, 0.0, 0.5, 1.0, 2.5]))
    return np.array(score) * grid, np.array(treated), draw(st.integers(1, 4)), caliper


def as_lists(matches):
    return {person: [int(row) for row in rows if row >= 0] for person, rows in enumerate(matches)}


@settings(max_examples=400, deadline=None)
@given(cohorts(), st.sampled_from(["largest", "smallest", "data", "backwards"]))
def test_in_order_finds_the_pairs_of_the_naive_matcher(cohort, order):
    score, treated, ratio, caliper = cohort
    own = score[treated]
    visits = {
        "largest": np.argsort(-own, kind="stable"),
        "smallest": np.argsort(own, kind="stable"),
        "data": np.arange(len(own)),
        "backwards": np.arange(len(own))[::-1],
    }[order]
    matches = match_in_order(score, treated, visits, ratio, caliper)
    assert as_lists(matches) == naive_in_order(score, treated, visits.tolist(), ratio, caliper)


@settings(max_examples=400, deadline=None)
@given(cohorts())
def test_closest_first_finds_the_pairs_of_the_naive_matcher(cohort):
    score, treated, ratio, caliper = cohort
    assert as_lists(match_closest(score, treated, ratio, caliper)) == naive_closest(score, treated, ratio, caliper)


@settings(max_examples=400, deadline=None)
@given(cohorts())
def test_replacement_finds_the_pairs_of_the_naive_matcher(cohort):
    score, treated, ratio, caliper = cohort
    found = as_lists(match_with_replacement(score, treated, ratio, caliper))
    wanted = naive_with_replacement(score, treated, ratio, caliper)
    if ratio == 1:
        assert found == wanted
    # with several each, who of the equally near comes first is the partial sort's affair: test_choice has it
    own = np.flatnonzero(treated)
    for person, rows in wanted.items():
        gaps = [abs(score[own[person]] - score[row]) for row in found[person]]
        assert gaps == [abs(score[own[person]] - score[row]) for row in rows]
        assert len(set(found[person])) == len(rows)


@settings(max_examples=200, deadline=None)
@given(cohorts())
def test_nobody_is_used_twice_and_no_pair_is_wider_than_the_caliper(cohort):
    score, treated, ratio, caliper = cohort
    for matches in (
        match_in_order(score, treated, np.arange(treated.sum()), ratio, caliper),
        match_closest(score, treated, ratio, caliper),
    ):
        used = matches[matches >= 0]
        assert len(used) == len(set(used.tolist()))
        assert not treated[used].any()
        person, turn = np.nonzero(matches >= 0)
        assert (np.abs(score[treated][person] - score[matches[person, turn]]) <= caliper).all()
        gone = (matches < 0).cumsum(axis=1) > 0
        assert ((matches < 0) == gone).all()


def test_ties_fall_to_fewer_places_away_then_to_the_left():
    # places: 0 pool, 1 treated, 2 pool, ... a treated one in between costs a place
    score = np.array([0.0, 1.0, 2.0])
    assert match_in_order(score, np.array([False, True, False]), np.array([0]), 1, np.inf).tolist() == [[0]]
    crowded = np.array([0.0, 0.9, 1.0, 2.0])
    treated = np.array([False, True, True, False])
    assert match_in_order(crowded, treated, np.array([1, 0]), 1, np.inf).tolist() == [[0], [3]]


def naive_mahalanobis(space, treated, visits, ratio, replace, score, caliper):
    """Everybody in the order of an outward walk along the first column; the last one at least distance wins."""
    line = sorted(range(len(space)), key=lambda row: (space[row, 0], row))
    place = {row: number for number, row in enumerate(line)}
    own, pool = np.flatnonzero(treated), set(np.flatnonzero(~treated).tolist())
    found = {person: [] for person in range(len(own))}
    choosing = list(visits)
    for _ in range(ratio):
        still = []
        for person in choosing:
            row = own[person]
            best, least = None, np.inf
            for other in sorted(pool, key=lambda one: (abs(place[one] - place[row]), place[one] > place[row])):
                if abs(score[other] - score[row]) > caliper or other in found[person]:
                    continue
                distance = sum((space[other, column] - space[row, column]) ** 2 for column in range(space.shape[1]))
                if distance <= least:
                    best, least = other, distance
            if best is not None:
                found[person].append(best)
                still.append(person)
                pool -= set() if replace else {best}
        choosing = still
    return found


@settings(max_examples=200, deadline=None)
@given(cohorts(), st.integers(0, 2**32 - 1), st.booleans())
def test_mahalanobis_finds_the_pairs_of_the_naive_matcher(cohort, seed, replace):
    score, treated, ratio, caliper = cohort
    space = np.random.default_rng(seed).integers(0, 3, (len(score), 2)).astype(float)
    visits = np.arange(treated.sum())
    limits = plain_limits(treated, caliper, None if replace else 1, ratio)
    wanted = naive_mahalanobis(space, treated, visits.tolist(), ratio, replace, score, caliper)
    found = match_people(treated, visits, limits, score, space)
    assert {person: rows for person, rows in enumerate(found) if rows} == {k: v for k, v in wanted.items() if v}


def test_whitened_distance_is_mahalanobis_distance_with_the_pooled_covariance():
    drawn = np.random.default_rng(7)
    raw = drawn.normal(size=(60, 3)) @ np.array([[2.0, 1.0, 0.0], [0.0, 0.5, 3.0], [0.0, 0.0, 1.0]])
    treated = np.arange(60) < 20
    space = whiten(Design(("a", "b", "c"), tuple(raw.T)), treated)
    within = np.concatenate([raw[treated] - raw[treated].mean(axis=0), raw[~treated] - raw[~treated].mean(axis=0)])
    inverse = np.linalg.inv(within.T @ within / 58)
    step = raw[3] - raw[41]
    assert ((space[3] - space[41]) ** 2).sum() == pytest.approx(step @ inverse @ step, rel=1e-12)


def test_whitening_leaves_out_constant_columns_and_survives_a_column_twice():
    drawn = np.random.default_rng(8)
    one = drawn.normal(size=30)
    treated = np.arange(30) < 10
    alone = whiten(Design(("a",), (one,)), treated)
    with_constant = whiten(Design(("a", "b"), (one, np.ones(30))), treated)
    np.testing.assert_allclose(alone, with_constant)
    twice = whiten(Design(("a", "b"), (one, one)), treated)
    distances = np.sqrt(((twice[:, None] - twice[None]) ** 2).sum(axis=2))
    np.testing.assert_allclose(distances, np.abs(alone - alone.T), atol=1e-7)
    with pytest.raises(NotValid, match="no distance"):
        whiten(Design(("b",), (np.ones(30),)), treated)
