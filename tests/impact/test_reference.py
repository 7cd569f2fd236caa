"""Every reference specification against R MatchIt 4.7.2: the same people, pairs, weights, balance and effects."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sib.errors import NotValid
from sib.impact.balance import balance_table
from sib.impact.checker import match_for_checker, specification_of
from sib.impact.formula import read_formula
from sib.impact.matching import match_cohort

NEAREST = [
    "cps_dw_nn1_cal02_logit",
    "cps_dw_nn1_replace",
    "cps_nn1_exact_cal02_logit",
    "cps_nn1_mahal_cal02",
    "cps_nn1_ps",
    "cps_nn2_cal02_logit",
    "lalonde_nn1_cal02_logit",
    "lalonde_nn1_cal02_ps",
    "lalonde_nn1_closest",
    "lalonde_nn1_exact",
    "lalonde_nn1_mahal",
    "lalonde_nn1_ps",
    "lalonde_nn1_replace",
    "lalonde_nn2_ps",
]
STRATA = ["cps_cem_default", "cps_exact_only", "lalonde_cem_default", "lalonde_subclass6"]
OPTIMAL = ["lalonde_full", "lalonde_optimal1"]
ALL = sorted([*NEAREST, *STRATA, *OPTIMAL])
NO_DISTANCES = {"cps_dw_nn1_cal02_logit", "cps_dw_nn1_replace"}
"""R keeps no full list of distances for these two, so they are matched with our own score only."""
EXPECTED = Path(__file__).parent.parent / "data" / "matching" / "expected"
COLUMNS = {
    "Means Treated": "mean_treated",
    "Means Control": "mean_comparison",
    "Std. Mean Diff.": "smd",
    "Var. Ratio": "variance_ratio",
    "eCDF Mean": "ecdf_mean",
    "eCDF Max": "ecdf_max",
    "Std. Pair Dist.": "pair_distance",
}


def test_every_reference_specification_is_checked_here(reference):
    assert [path.name for path in sorted(EXPECTED.iterdir())] == ALL


def _specification(said):
    return specification_of(read_formula(said["formula"])[1], said["args"])


def _score_of_r(name, data, reference):
    """R's own distances of everybody; the CPS logits come from the folder that lists all probabilities."""
    said = reference(name).result
    if not said["ps_coefficients"] or name in NO_DISTANCES:
        return None
    cohort = data(said["data"]).cohort
    if said["data"] == "lalonde":
        return np.array([float(reference(name).units[one]["distance"]) for one in cohort.ids])
    chance = np.array([float(reference("cps_nn1_ps").units[one]["distance"]) for one in cohort.ids])
    return np.log(chance / (1 - chance)) if "link" in said["args"] else chance


def _match(name, data, reference):
    said = reference(name).result
    cohort = data(said["data"]).cohort
    return cohort, match_cohort(cohort, _specification(said), score=_score_of_r(name, data, reference))


@pytest.mark.parametrize("name", [*NEAREST, *STRATA])
def test_same_people_pairs_and_weights(name, data, reference):
    cohort, matched = _match(name, data, reference)
    wanted = reference(name)
    weights = [float(wanted.units[one]["weight"]) if one in wanted.units else 0.0 for one in cohort.ids]
    np.testing.assert_allclose(matched.weights, weights, rtol=0, atol=1e-10)
    if wanted.matches is not None:
        own = cohort.ids[cohort.treated]
        found = [[str(cohort.ids[row]) for row in rows if row >= 0] for rows in matched.matches]
        assert dict(zip(own.tolist(), found, strict=True)) == wanted.matches
    theirs = {one: unit["subclass"] for one, unit in wanted.units.items()}
    ours = dict(zip(cohort.ids.tolist(), matched.sets.tolist(), strict=True))
    assert {one for one, label in ours.items() if label >= 0} == {one for one, label in theirs.items() if label != "NA"}
    labels = {(theirs[one], label) for one, label in ours.items() if label >= 0}
    assert len(labels) == len({label for label, _ in labels}) == len({label for _, label in labels})


@pytest.mark.parametrize("name", [*NEAREST, *STRATA])
def test_same_counts_and_caliper(name, data, reference):
    _, matched = _match(name, data, reference)
    said = reference(name).result
    assert matched.matched_treated == said["n_treated_matched"]
    assert matched.matched_comparison == said["n_control_matched"]
    assert matched.effective_comparison == pytest.approx(said["ess_control"], rel=1e-10)
    width = said["caliper_in_distance_units"]
    precise = 1e-7 if name in NO_DISTANCES else 1e-12
    assert matched.caliper == (None if width is None else pytest.approx(width["1"], rel=precise))


@pytest.mark.parametrize("name", ALL)
def test_same_balance(name, data, reference):
    cohort, matched = _match(name, data, reference)
    wanted = reference(name)
    if name in OPTIMAL:
        weights = [float(wanted.units[one]["weight"]) for one in cohort.ids]
        labels = [wanted.units[one]["subclass"] for one in cohort.ids]
        sets = np.array([-1 if label == "NA" else int(label) for label in labels])
        matched = replace(matched, weights=np.array(weights), sets=sets, matches=None)
    table = balance_table(cohort, read_formula(wanted.result["formula"])[1], matched, 0.1)
    precise = 1e-7 if name in NO_DISTANCES else 1e-10
    after = "across" if name == "lalonde_subclass6" else "matched"
    ours = {(after if row.sample == "matched" else "all", row.variable): row for row in table.rows}
    assert list(ours) == list(wanted.balance)
    for place, line in wanted.balance.items():
        for theirs, attribute in COLUMNS.items():
            value = getattr(ours[place], attribute)
            if attribute == "pair_distance":
                if place[0] == "across":
                    continue
                if value is not None and abs(ours[place].mean_treated - ours[place].mean_comparison) < 1.5e-8:
                    value *= ours[place].spread  # R leaves it in the covariate's own unit where the means are equal
            if line[theirs] == "NA":
                assert value is None, (place, theirs)
            else:
                assert value == pytest.approx(float(line[theirs]), rel=precise, abs=precise), (place, theirs)


@pytest.fixture(scope="module")
def answered(data, reference, tmp_path_factory):
    """The checker's command on every specification, with our own score: the folder of answers by name."""
    folder = tmp_path_factory.mktemp("answers")
    for name in ALL:
        said = reference(name).result
        spec = folder / f"{name}.json"
        asked = {key: said[key] for key in ("spec", "data", "formula", "args")}
        spec.write_text(json.dumps({**asked, "outcomes": ["re78", "emp78"]}))
        match_for_checker(data(said["data"]).path, spec, folder / name)
    return folder


@pytest.mark.parametrize("name", ALL)
def test_checker_gives_r_coefficients(name, answered, reference):
    said = json.loads((answered / name / "result.json").read_text())
    wanted = reference(name).result
    assert list(said["ps_coefficients"]) == list(wanted["ps_coefficients"])
    for label, value in wanted["ps_coefficients"].items():
        assert said["ps_coefficients"][label] == pytest.approx(value, rel=1e-5), label


@pytest.mark.parametrize("name", sorted([*NEAREST, *STRATA]))
def test_checker_gives_r_effects(name, answered, reference):
    said = json.loads((answered / name / "result.json").read_text())
    wanted = reference(name).result
    left_out = {"matchit_version", "R_version", "seconds"}
    assert wanted.keys() - said.keys() == left_out
    for key in ("spec", "data", "formula", "args", "n_treated_matched", "n_control_matched", "n_pairs", "nn"):
        assert said[key] == wanted[key], key
    for key in ("ess_control", "sum_abs_pair_distance"):
        assert said[key] == (wanted[key] if wanted[key] == {} else pytest.approx(wanted[key], rel=1e-6)), key
    for outcome, figures in wanted["att"].items():
        assert said["att"][outcome].keys() == figures.keys()
        for key, value in figures.items():
            assert said["att"][outcome][key] == pytest.approx(value, rel=1e-6, abs=1e-9), (outcome, key)


@pytest.mark.parametrize("name", sorted([*NEAREST, *STRATA]))
def test_checker_writes_r_files(name, answered, reference):
    wanted = reference(name)
    with (answered / name / "units.csv").open(newline="") as file:
        units = {row["id"]: row for row in csv.DictReader(file)}
    assert wanted.units.keys() <= units.keys()
    for one, unit in units.items():
        theirs = wanted.units.get(one, {"weight": "0", "treat": "0", "discarded": "FALSE"})
        assert float(unit["weight"]) == pytest.approx(float(theirs["weight"]), abs=1e-10)
        assert (unit["treat"], unit["discarded"]) == (theirs["treat"], theirs["discarded"])
    pairs = answered / name / "match_matrix.csv"
    assert pairs.exists() == (wanted.matches is not None)
    if wanted.matches is not None:
        assert pairs.read_text() == (EXPECTED / name / "match_matrix.csv").read_text()
    ours = list(csv.reader((answered / name / "balance.csv").read_text().splitlines()))
    theirs = list(csv.reader((EXPECTED / name / "balance.csv").read_text().splitlines()))
    for line, wanted_line in zip(ours, theirs, strict=True):
        assert line[:2] == wanted_line[:2]
        for cell, wanted_cell in zip(line[2:], wanted_line[2:], strict=True):
            if cell != wanted_cell:
                assert float(cell) == pytest.approx(float(wanted_cell), rel=1e-6, abs=1e-6), line[:2]


@pytest.mark.parametrize(("name", "total"), [("lalonde_optimal1", 39.69279878), ("lalonde_full", 2.14161623)])
def test_optimal_matches_are_feasible_and_no_worse_than_r(name, total, data, reference):
    cohort, matched = _match(name, data, reference)
    units = reference(name).units
    theirs = {label: [] for label in {unit["subclass"] for unit in units.values()} - {"NA"}}
    for unit in units.values():
        if unit["subclass"] != "NA":
            theirs[unit["subclass"]].append(unit)
    r_total = sum(
        abs(float(one["distance"]) - float(other["distance"]))
        for group in theirs.values()
        for one in group
        for other in group
        if one["treat"] == "1" and other["treat"] == "0"
    )
    ours = 0.0
    for number in range(matched.sets.max() + 1):
        own = matched.score[(matched.sets == number) & cohort.treated]
        pool = matched.score[(matched.sets == number) & ~cohort.treated]
        assert min(len(own), len(pool)) == 1
        ours += np.abs(own[:, None] - pool[None, :]).sum()
    assert ours == pytest.approx(total, rel=1e-8)
    assert ours <= r_total
    assert matched.matched_treated == 185
    assert matched.matched_comparison == reference(name).result["n_control_matched"]


def test_the_figures_that_everybody_quotes(answered):
    nn2 = json.loads((answered / "cps_nn2_cal02_logit" / "result.json").read_text())
    assert nn2["att"]["re78"]["estimate"] == pytest.approx(1486.51651765978, abs=1e-8)
    nn1 = json.loads((answered / "lalonde_nn1_ps" / "result.json").read_text())
    assert nn1["att"]["re78"]["estimate"] == pytest.approx(894.367480270274, abs=1e-8)


NOT_BUILT = {
    "genetic": {"method": "genetic"},
    "cardinality": {"method": "cardinality"},
    "quick": {"method": "quick"},
    "random forest": {"distance": "randomforest"},
    "log link": {"link": "log"},
    "sampling weights": {"s.weights": "w"},
    "options of the model": {"distance.options": {"control": 1}},
    "everybody by pairs": {"estimand": "ATE"},
    "everybody by pairs in strata": {"method": "cem", "estimand": "ATE", "k2k": True},
    "mean ratio not between": {"ratio": 2, "max.controls": 2},
    "mean ratio not whole": {"ratio": 1.5, "max.controls": 4},
    "no more than the mean": {"ratio": 2, "min.controls": 2},
    "reused no more than never": {"reuse.max": 0},
    "a way of discarding": {"discard": "hull.both"},
    "fitted again with nobody gone": {"reestimate": True},
    "caliper below nothing": {"caliper": -0.1},
    "two calipers in a list": {"caliper": [0.1, 0.2]},
    "unit of a caliper": {"caliper": 0.1, "std.caliper": "no"},
    "one unit for two calipers": {"caliper": {"age": 2, "educ": 1}, "std.caliper": [True]},
    "caliper with optimal": {"method": "optimal", "caliper": 0.2},
    "caliper without a score": {"distance": "mahalanobis", "caliper": 0.2},
    "link without a score": {"distance": "mahalanobis", "link": "logit"},
    "largest without a score": {"distance": "mahalanobis", "m.order": "largest"},
    "distance of strata": {"method": "exact", "distance": "mahalanobis"},
    "classes without a score": {"method": "subclass", "distance": "euclidean"},
    "cut with exact": {"method": "exact", "cutpoints": 4},
    "replacement that is none": {"replace": 1},
    "order": {"m.order": "nearest"},
    "groups that are no lists": {"method": "cem", "grouping": "race"},
    "ratio with full": {"method": "full", "ratio": 2},
    "ratio of optimal that varies": {"method": "optimal", "ratio": 2, "max.controls": 3},
    "another seed": {"sead": 3},
}


@pytest.mark.parametrize("args", NOT_BUILT.values(), ids=NOT_BUILT)
def test_what_matchit_can_say_and_we_cannot_is_refused_by_name(args):
    with pytest.raises(NotValid) as wrong:
        specification_of(("age", "educ"), args)
    named = " ".join(str(problem) for problem in wrong.value.problems)
    assert any(key in named for key in args)
