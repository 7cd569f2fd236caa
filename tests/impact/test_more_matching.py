"""What the twenty reference folders do not have: links, discarding, estimands, classes, coarsening; against R as well."""

import csv
import json

import numpy as np
import pytest

from sib.errors import NotValid, Refused
from sib.impact.checker import match_for_checker
from sib.impact.choice import nearest_few
from sib.impact.cohort import lock_cohort
from sib.impact.formula import design, read_formula
from sib.impact.matching import match_cohort
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
    fitted = fit_propensity(design(cohort, TERMS[data_name], "contrast"), cohort.treated, link=link, like_r=True)
    np.testing.assert_allclose(fitted.coefficients, MORE["glm"][link][data_name], rtol=1e-10)


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
