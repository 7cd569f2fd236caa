"""The reference data and answers, read once."""

import csv
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sib.impact.cohort import Cohort, Floats, lock_cohort
from sib.impact.formula import derive

FOLDER = Path(__file__).parent.parent / "data" / "matching"
FILES = {
    "cps": "nsw_treated_cps_controls_16177.csv",
    "lalonde": "lalonde_matchit_614.csv",
    "experiment": "nsw_dw_experimental_445.csv",
}


@dataclass(frozen=True)
class Data:
    """A reference file: the cohort, and its outcomes apart."""

    path: Path
    cohort: Cohort
    outcomes: dict[str, Floats]


@dataclass(frozen=True)
class Reference:
    """What R answered under one specification."""

    name: str
    result: dict[str, Any]
    units: dict[str, dict[str, str]]
    matches: dict[str, list[str]] | None
    balance: dict[tuple[str, str], dict[str, str]]


@cache
def load_data(name: str) -> Data:
    path = FOLDER / "data" / FILES[name]
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    columns: dict[str, Any] = {}
    for key in rows[0].keys() - {"id", "treat", "data_id", "re78"}:
        cells = [row[key] for row in rows]
        columns[key] = cells if key == "race" else np.array([float(cell) for cell in cells])
    earnings = np.array([float(row["re78"]) for row in rows])
    treated = [int(row["treat"]) for row in rows]
    cohort = lock_cohort([row["id"] for row in rows], treated, columns, hidden=["re78", "emp78"])
    cohort = derive(cohort, {"u74": "re74 == 0", "u75": "re75 == 0"})
    return Data(path, cohort, {"re78": earnings, "emp78": (earnings > 0).astype(float)})


@cache
def load_reference(name: str) -> Reference:
    folder = FOLDER / "expected" / name
    matches = None
    if (folder / "match_matrix.csv").exists():
        with (folder / "match_matrix.csv").open(newline="") as file:
            matches = {
                row[0]: [cell for cell in row[1:] if cell not in ("", "NA")] for row in list(csv.reader(file))[1:]
            }
    with (folder / "units.csv").open(newline="") as file:
        units = {row["id"]: row for row in csv.DictReader(file)}
    with (folder / "balance.csv").open(newline="") as file:
        balance = {(row["sample"], row["variable"]): row for row in csv.DictReader(file)}
    return Reference(name, json.loads((folder / "result.json").read_text()), units, matches, balance)


@pytest.fixture(scope="session")
def data():
    """Reference data by name: cps, lalonde, experiment."""
    return load_data


@pytest.fixture(scope="session")
def reference():
    """R's answers by the specification's name."""
    return load_reference


PLAN = """
id = "nsw-1"
contract = "nsw"
population = "Men trained in the National Supported Work demonstration, 1975 to 1977"
treatment_column = "treat"
id_column = "id"
covariates = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
estimand = "ATT"
primary = "pairs of two"
outcomes = ["re78", "emp78"]
unit = "USD"
balance_limit = 0.1
confidence = 0.95
data_order = "by id"
seed = 1978

[derived]
u74 = "re74 == 0"
u75 = "re75 == 0"

[minimum]
treated = 60
comparison = 60

[quantise]
places = 2
rounding = "half even"

[[specifications]]
id = "pairs of two"
covariates = ["age", "black", "hisp", "marr", "nodegree", "re74", "re75", "educ"]
method = "nearest"
distance = "logit"
caliper = 0.2
ratio = 2
replace = false
order = "largest"

[[specifications]]
id = "Dehejia and Wahba"
covariates = [
  "age", "I(age^2)", "I(age^3)", "educ", "I(educ^2)", "marr", "nodegree", "black", "hisp", "re74", "re75", "u74", "u75",
  "I(educ * re74)",
]
method = "nearest"
distance = "logit"
caliper = 0.2
ratio = 1
replace = false
order = "largest"

[[specifications]]
id = "adjusted"
covariates = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
method = "nearest"
distance = "logit"
caliper = 0.2
ratio = 2
replace = false
order = "largest"
estimator = "g-computation"
"""


@pytest.fixture(scope="session")
def plan_text():
    """A sealed plan for the CPS data, as text."""
    return PLAN
