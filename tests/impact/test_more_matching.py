"""What the twenty reference folders do not have: links, discarding, estimands, classes, coarsening, and limits."""

import csv
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.errors import NotValid, Refused
from sib.impact.arguments import specification_of
from sib.impact.checker import match_for_checker
from sib.impact.choice import nearest_few, walk_list
from sib.impact.coarse import coarse_strata, inner_cuts
from sib.impact.cohort import lock_cohort
from sib.impact.formula import Design, design
from sib.impact.greedy import match_pairs, match_people
from sib.impact.hunt import Limits
from sib.impact.mahalanobis import whiten
from sib.impact.matching import common_support, match_cohort
from sib.impact.propensity import fit_propensity
from sib.impact.specification import read_specification
from tests.impact.conftest import FOLDER

MORE = json.loads((FOLDER / "more.json").read_text())
"""From R 4.2.2; the file names the versions."""
TERMS = {
    "lalonde": ["age", "educ", "race", "married", "nodegree", "re74", "re75"],
    "cps": ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"],
}


@pytest.mark.parametrize("data_name", ["lalonde", "cps"])
@pytest.mark.parametrize("link", ["logit", "probit", "cloglog", "cauchit"])
def test_every_link_stops_where_r_stops(link, data_name, data):
    cohort = data(data_name).cohort
    columns = design(cohort, TERMS[data_name], "contrast")
    fitted = fit_propensity(columns, cohort.treated, link=link, like_r=True)
    np.testing.assert_allclose(fitted.coefficients, MORE["glm"][link][data_name], rtol=1e-10)
    top = fit_propensity(columns, cohort.treated, link=link)
    # the top of the likelihood is a little further on
    np.testing.assert_allclose(top.coefficients, fitted.coefficients, rtol=2e-3)
    assert top.probability.mean() == pytest.approx(cohort.treated.mean(), rel=1e-9 if link == "logit" else 0.02)


@pytest.mark.parametrize("link", ["Probit", "CLogLog", "Cauchy"])
def test_the_top_of_the_likelihood_is_statsmodels(link, data):
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    cohort = data("lalonde").cohort
    columns = design(cohort, TERMS["lalonde"], "contrast")
    raw = np.column_stack((np.ones(cohort.size), columns.matrix()))
    scale = raw.std(axis=0) + (raw.std(axis=0) == 0)
    family = families.Binomial(link=getattr(families.links, link)())
    wanted = GLM(cohort.treated.astype(float), raw / scale, family=family).fit(tol=1e-15, maxiter=300)
    ours = {"Probit": "probit", "CLogLog": "cloglog", "Cauchy": "cauchit"}[link]
    found = fit_propensity(columns, cohort.treated, link=ours)
    np.testing.assert_allclose(found.coefficients, np.asarray(wanted.params) / scale, rtol=1e-7)


def test_people_with_equal_covariates_have_equal_scores_to_the_last_bit(data):
    cohort = data("cps").cohort
    columns = design(cohort, TERMS["cps"], "contrast")
    score = fit_propensity(columns, cohort.treated, link="probit").logit
    rows = np.unique(columns.matrix(), axis=0)
    assert len(np.unique(score)) <= len(rows)


@pytest.mark.parametrize("name", sorted(MORE["specifications"]))
def test_checker_answers_as_r_does(name, data, tmp_path):
    wanted = MORE["specifications"][name]
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps({"formula": wanted["formula"], "args": wanted["args"], "outcomes": ["re78"]}))
    path = data(wanted["data"]).path
    said = match_for_checker(path, spec, tmp_path / "out")
    assert said["n_treated_matched"] == wanted["n_treated"]
    assert said["n_control_matched"] == wanted["n_control"]
    assert said["ess_control"] == pytest.approx(wanted["ess_control"], rel=1e-10)
    assert said["att"]["re78"]["estimate"] == pytest.approx(wanted["estimate"], rel=1e-10)
    assert list(said["ps_coefficients"].values()) == pytest.approx(wanted["ps"] or [], rel=1e-9)
    with path.open(newline="") as file:
        before = {row["id"]: float(row["re75"]) for row in csv.DictReader(file)}
    with (tmp_path / "out" / "units.csv").open(newline="") as file:
        units = list(csv.DictReader(file))
    for flag, side in (("1", "treated"), ("0", "control")):
        total = sum(float(unit["weight"]) * before[unit["id"]] for unit in units if unit["treat"] == flag)
        assert total == pytest.approx(wanted[f"sum_w_re75_{side}"], rel=1e-10)
    assert sum(unit["discarded"] == "TRUE" for unit in units) == wanted["discarded"]
    assert len({unit["subclass"] for unit in units} - {"NA"}) == wanted["sets"]
    with (tmp_path / "out" / "balance.csv").open(newline="") as file:
        rows = {row["variable"]: row for row in csv.DictReader(file) if row["sample"] != "all"}
    row = rows[wanted["balance"]["variable"]]
    assert float(row["Std. Mean Diff."]) == pytest.approx(wanted["balance"]["smd"], abs=1e-10)
    assert float(row["eCDF Mean"]) == pytest.approx(wanted["balance"]["ecdf_mean"], abs=1e-10)


def test_a_partial_sort_leaves_ties_as_libstdc_does():
    # answers of std::partial_sort of GCC 12 on places 0, 1, 2 … compared by these distances
    for distances, wanted, answer in PARTIAL_SORTS:
        assert nearest_few(distances, wanted) == answer
    assert nearest_few([2.0, 1.0, 2.0], 5) == [1, 0, 2]


PARTIAL_SORTS = json.loads((FOLDER / "partial_sorts.json").read_text())


def test_a_walk_leaves_a_side_where_others_are_nearer():
    # the left side's second person is behind two nearer ones, so that its third is never looked at
    met = [(1.0, 0, 10), (1.0, 1, 20), (3.0, 0, 11), (2.0, 1, 21), (0.5, 0, 12)]
    assert walk_list(met, 2) == [10, 20]


def limits_of(drawn, treated, uses, wanted):
    """Limits of every kind, drawn at random."""
    size = len(treated)
    return Limits(
        kept=drawn.random(size) < 0.9,
        caliper=float(drawn.choice([0.5, 1.0, np.inf])),
        uses=uses,
        wanted=drawn.integers(1, wanted + 1, int(treated.sum())),
        covariates=drawn.integers(0, 4, (size, 1)).astype(float),
        widths=np.array([1.0]),
        strata=drawn.integers(0, 2, size),
        apart=drawn.integers(0, 3, (size, 1)),
        units=None,
    )


def allowed(limits, score, row, other):
    return (
        limits.kept[row]
        and limits.kept[other]
        and abs(score[row] - score[other]) <= limits.caliper
        and abs(limits.covariates[row, 0] - limits.covariates[other, 0]) <= 1
        and limits.strata[row] == limits.strata[other]
        and limits.apart[row, 0] != limits.apart[other, 0]
    )


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.booleans(), st.sampled_from([None, 1, 2]), st.sampled_from(["people", "near", "far"]))
def test_limits_hold_and_nobody_near_is_passed_over(seed, in_space, uses, way):
    drawn = np.random.default_rng(seed)
    treated = np.arange(24) % 3 == 0
    score = drawn.integers(0, 12, 24) / 4.0
    space = drawn.integers(0, 4, (24, 2)).astype(float) if in_space else None
    limits = limits_of(drawn, treated, uses, 3)
    own = np.flatnonzero(treated)
    if way == "people":
        found = match_people(treated, drawn.permutation(len(own)), limits, score, space)
    else:
        found = match_pairs(treated, limits, score, space, closest=way == "near")
    often = np.bincount([other for rows in found for other in rows], minlength=24)
    most = uses if uses is not None else (1 if way != "people" else 24)
    assert often.max() <= (most if way == "people" or uses is not None else 24)
    for person, rows in enumerate(found):
        row = own[person]
        assert len(set(rows)) == len(rows) <= limits.wanted[person]
        assert all(allowed(limits, score, row, other) for other in rows)
        free = [
            other for other in np.flatnonzero(~treated)
            if allowed(limits, score, row, other) and often[other] == 0 and other not in rows
        ]  # fmt: skip

        def gap(other, row=row):
            return abs(score[row] - score[other]) if space is None else ((space[row] - space[other]) ** 2).sum()

        # somebody never taken was always free, so nobody farther can have been taken instead
        assert not free or len(rows) == limits.wanted[person]
        assert all(gap(other) <= min(map(gap, free)) for other in rows if free)


def test_a_unit_is_matched_once_however_many_rows_it_has():
    treated = np.array([True, True, False, False, False])
    limits = limits_of(np.random.default_rng(0), treated, 1, 1)
    plain = Limits(
        kept=np.ones(5, bool), caliper=np.inf, uses=1, wanted=np.array([1, 1]), covariates=np.empty((5, 0)),
        widths=np.empty(0), strata=np.zeros(5, int), apart=np.empty((5, 0), int), units=np.array([0, 1, 2, 2, 3]),
    )  # fmt: skip
    assert not plain.plain
    assert not limits.plain
    score = np.array([0.0, 0.1, 0.0, 0.1, 5.0])
    # persons 2 and 3 are one unit: once 2 is taken, 4 is all that is left
    assert match_people(treated, np.array([0, 1]), plain, score, None) == [[2], [4]]


def test_farthest_first_gives_way_to_those_with_far_to_go():
    treated = np.array([True, True, False, False, False])
    plain = Limits(
        kept=np.ones(5, bool), caliper=np.inf, uses=1, wanted=np.array([1, 1]), covariates=np.empty((5, 0)),
        widths=np.empty(0), strata=np.zeros(5, int), apart=np.empty((5, 0), int), units=None,
    )  # fmt: skip
    score = np.array([1.0, 4.0, 2.0, 9.0, 8.0])
    # nearest of 1 is 2 (1 away), of 4 is 2 as well (2 away): the farther one chooses first
    assert match_pairs(treated, plain, score, None, closest=False) == [[4], [2]]
    assert match_pairs(treated, plain, score, None, closest=True) == [[2], [4]]


def test_common_support_by_hand():
    score = np.array([0.3, 0.9, 0.1, 0.5])
    treated = np.array([True, True, False, False])
    kept = {way: common_support(score, treated, way).tolist() for way in ("none", "treated", "comparison", "both")}
    assert kept == {
        "none": [True, True, True, True],
        "treated": [True, False, True, True],
        "comparison": [True, True, False, True],
        "both": [True, False, False, True],
    }


NEAREST = {
    "id": "s", "covariates": ["age"], "method": "nearest", "distance": "logit", "caliper": "none", "ratio": 1,
    "replace": False, "order": "largest",
}  # fmt: skip


def test_a_ratio_that_varies_by_score():
    # Ming & Rosenbaum (2000): 3 people, mean 2, from 1 to 4: kmax = (6 - 2) // 3 = 1, kmin = 1, between them 1
    cohort = lock_cohort([f"{row:02d}" for row in range(13)], [1] * 3 + [0] * 10, {"age": np.arange(13.0)})
    score = np.array([0.9, 0.8, 0.7, *np.linspace(0, 0.65, 10)])
    said = read_specification({**NEAREST, "ratio": 2, "most": 4})
    matched = match_cohort(cohort, said, score=score)
    # the least treated-like has the most, where comparison people are many
    assert (matched.matches >= 0).sum(axis=1).tolist() == [1, 1, 4]
    assert matched.weights[~cohort.treated].sum() == pytest.approx(6)
    raw = match_cohort(cohort, read_specification({**NEAREST, "ratio": 2, "normalise": False}), score=score)
    assert set(raw.weights[~cohort.treated].tolist()) == {0.0, 0.5}


def test_calipers_on_covariates_by_unit_and_by_spread(data):
    cohort = data("lalonde").cohort
    said = {**NEAREST, "covariates": TERMS["lalonde"], "near": {"age": 2.0}, "near_sd": {"re74": 0.1}, "ratio": 2}
    matched = match_cohort(cohort, read_specification(said))
    own, other = matched.pairs
    assert len(own) > 100
    age, earned = cohort.numbers("age"), cohort.numbers("re74")
    assert np.abs(age[own] - age[other]).max() == 2.0
    assert np.abs(earned[own] - earned[other]).max() <= 0.1 * earned.std(ddof=1)


def test_people_who_must_differ_and_people_used_three_times(data):
    cohort = data("lalonde").cohort
    said = {**NEAREST, "covariates": ["age", "educ"], "different": ["race"], "most_uses": 3, "order": "farthest"}
    matched = match_cohort(cohort, read_specification(said))
    own, other = matched.pairs
    race = cohort.column("race").codes
    assert (race[own] != race[other]).all()
    assert np.bincount(other).max() == 3
    assert (matched.sets < 0).all()


@pytest.mark.parametrize("kind", ["mahalanobis", "robust mahalanobis", "euclidean", "scaled euclidean"])
@pytest.mark.parametrize("order", ["closest", "data", "random"])
def test_every_space_matches_everybody(data, kind, order):
    cohort = data("lalonde").cohort
    said = {**NEAREST, "covariates": TERMS["lalonde"], "distance": kind, "order": order, "exact": ["married"]}
    matched = match_cohort(cohort, read_specification(said), seed=4)
    assert matched.matched_treated == matched.matched_comparison == 185
    own, other = matched.pairs
    married = cohort.numbers("married")
    assert (married[own] == married[other]).all()


def test_one_covariate_alone_is_a_line():
    cohort = lock_cohort(list("abcde"), [1, 1, 0, 0, 0], {"age": [1.0, 5.0, 2.0, 4.0, 9.0]})
    said = {**NEAREST, "distance": "euclidean", "order": "data"}
    assert match_cohort(cohort, read_specification(said)).matches.tolist() == [[2], [3]]
    both = match_cohort(cohort, read_specification({**said, "ratio": 2, "replace": True}))
    assert both.matches.tolist() == [[2, 3], [3, 2]]


def test_ranks_make_far_values_near():
    columns = Design(("a",), (np.array([1.0, 2, 3, 1000, 5]),))
    treated = np.array([True, False, True, False, False])
    robust = whiten(columns, treated, None, "robust mahalanobis")[:, 0]
    # ranks 1, 2, 3, 5, 4, of variance 2.5 without ties
    assert robust.tolist() == pytest.approx([one / np.sqrt(2.5) for one in (1, 2, 3, 5, 4)])
    some = whiten(columns, treated, np.array([True, True, True, False, True]), "robust mahalanobis")
    assert some[3] == 0  # who is discarded has no rank
    tied = Design(("a",), (np.array([1.0, 1, 3, 1000, 5]),))
    # ranks 1.5, 1.5, 3, 5, 4 with the variance that they would have without ties
    assert whiten(tied, treated, None, "robust mahalanobis")[:2, 0].tolist() == pytest.approx([1.5 / np.sqrt(2.5)] * 2)


def test_the_comparison_group_may_be_the_one_that_is_meant(data):
    cohort = data("lalonde").cohort
    for said in (
        {**NEAREST, "covariates": TERMS["lalonde"], "replace": True, "order": "smallest"},
        {"id": "o", "covariates": ["age", "educ"], "method": "optimal", "distance": "mahalanobis"},
    ):
        matched = match_cohort(cohort, read_specification({**said, "estimand": "ATC"}))
        assert len(matched.matches) == 429
        assert cohort.treated[matched.matches[matched.matches >= 0]].all()
        assert set(matched.weights[matched.focal].tolist()) <= {0.0, 1.0}
    full = {"id": "f", "covariates": ["age", "educ"], "method": "full", "distance": "logit", "exact": ["race"]}
    matched = match_cohort(cohort, read_specification({**full, "estimand": "ATE"}))
    race = cohort.column("race").codes
    assert all(len(set(race[matched.sets == one].tolist())) == 1 for one in range(matched.sets.max() + 1))
    assert matched.weights[cohort.treated].mean() == pytest.approx(1)


def test_optimal_within_strata_and_a_ratio_that_cannot_be(data):
    cohort = data("lalonde").cohort
    said = {"id": "o", "covariates": TERMS["lalonde"], "method": "optimal", "distance": "logit", "exact": ["married"]}
    matched = match_cohort(cohort, read_specification(said))
    own, other = matched.pairs
    married = cohort.numbers("married")
    assert len(own) == 185
    assert (married[own] == married[other]).all()
    with pytest.raises(Refused, match="too few to give each"):
        match_cohort(cohort, read_specification({**said, "ratio": 2}))  # 150 unmarried, and 209 to be compared with
    few = match_cohort(cohort, read_specification({**said, "exact": ["race"]}))
    black = cohort.column("race").codes == cohort.column("race").levels.index("black")
    # 156 trained and 87 other black men: everybody of the smaller side is used
    assert len(few.pairs[0]) == 87 + (cohort.treated & ~black).sum()


def test_ways_to_cut_numbers():
    values = np.array([0.0, 1, 1, 2, 3, 5, 8, 13])
    assert inner_cuts(values, 2).tolist() == [6.5]
    assert inner_cuts(values, (9.0, 4.0, 4.0)).tolist() == [4, 9]
    assert inner_cuts(values, "q4").tolist() == np.quantile(values, [0.25, 0.5, 0.75]).tolist()
    assert len(inner_cuts(np.ones(4), "scott")) == len(inner_cuts(np.ones(4), "fd")) == 0
    mostly = np.array([0.0] * 30 + [1.0] * 3)
    # quartiles agree, so that the rule looks farther out; R's nclass.FD says 3 and 18
    assert len(inner_cuts(mostly, "fd")) + 1 == 3
    assert len(inner_cuts(np.array([0.0] * 60 + [1, 2, 5]), "fd")) + 1 == 18


def test_coarsening_that_cannot_be_is_told():
    cohort = lock_cohort(list("abcd"), [1, 0, 1, 0], {"town": list("xxyz"), "age": [1.0, 2.0, 3.0, 4.0]})
    said = {"id": "c", "covariates": ["town", "age"], "method": "cem"}
    for more, told in (
        ({"cuts": {"town": 3}}, "words, which are grouped"),
        ({"cut_all": "magic"}, "'magic' is no way"),
        ({"cuts": {"age": -1}}, "-1 bins are too few"),
        ({"kin": {"town": [["x", "w"]]}}, "nobody has the value w"),
        ({"cuts": {"height": 3}}, "'height' is not matched on"),
    ):
        with pytest.raises(NotValid, match=told):
            coarse_strata(cohort, read_specification({**said, **more}))
    kin = read_specification({**said, "kin": {"town": [["x", "y"]], "age": [["1", "2"], ["3", "4"]]}})
    assert coarse_strata(cohort, kin).tolist() == [0, 0, 1, 2]
    pairs = match_cohort(
        cohort, read_specification({**said, "cut_all": 1, "one_to_one": True, "one_to_one_by": "data"})
    )
    assert pairs.matches.tolist() == [[1], [-1]]


@pytest.mark.parametrize(
    ("args", "key", "value"),
    [
        ({"caliper": {"": 0.2, "age": 3}, "std.caliper": [True, False]}, "near", {"age": 3.0}),
        ({"caliper": {"age": 3, "educ": 1}, "std.caliper": [True, False]}, "near_sd", {"age": 3.0}),
        ({"caliper": [0.3], "std.caliper": False}, "caliper_in", "score"),
        ({"reuse.max": "Inf"}, "uses", None),
        ({"reuse.max": 1}, "uses", 1),
        ({"distance": "probit"}, "link", "probit"),
        ({"distance": "glm", "link": "linear.cauchit"}, "distance", "logit"),
        ({"exact": "race"}, "exact", ("race",)),
        ({"estimand": "ATC"}, "order", "smallest"),
        ({"unit.id": ["id"], "ratio": 2.0}, "ratio", 2),
        ({"method": "subclass", "subclass": [0.2, 0.6]}, "quantiles", (0.2, 0.6)),
        ({"method": "cem", "cutpoints": {"age": [30, 40], "educ": None}}, "cuts", {"age": (30.0, 40.0), "educ": 0}),
        ({"method": "cem", "k2k": True, "k2k.method": None}, "one_to_one_by", "data"),
        ({"method": "cem", "grouping": {"educ": [[1, 2], 3.5]}}, "kin", {"educ": (("1", "2"), ("3.5",))}),
    ],
)
def test_arguments_mean_what_they_mean_in_r(args, key, value):
    assert getattr(specification_of(("age", "educ"), args), key) == value
