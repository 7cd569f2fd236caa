"""Tests of intake: the sample folder, a contract's rules for it, and a pseudonym that can be told apart."""

import importlib.util
from datetime import date
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest

from sib.intake.claims import ClaimRules, MetricRule

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"

REPEATING = [
    "agrees_education_right",
    "consistent_relationship",
    "feels_safe",
    "managing_accommodation",
    "self_determined",
    "begins_course",
    "completes_25pct",
    "completes_50pct",
    "level1_qual",
    "level3_qual",
]
ONCE = [
    "level2_qual",
    "begins_he",
    "he_year1",
    "he_year2",
    "he_complete",
    "enters_work_experience",
    "work_exp_1wk",
    "work_exp_4wk",
    "enters_employment",
    "earns_768",
    "earns_1631",
    "earns_3350",
    "earns_8155",
]


@pytest.fixture(scope="session")
def sample() -> Path:
    return SAMPLE


@pytest.fixture(scope="session")
def make_samples() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_samples", SAMPLE / "make_samples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def care_leavers() -> ClaimRules:
    metrics = {name: MetricRule(None) for name in REPEATING} | {name: MetricRule(1) for name in ONCE}
    return ClaimRules("care_leavers", date(2018, 10, 1), date(2022, 10, 31), metrics, groups=frozenset({"care leaver"}))


@pytest.fixture(scope="session")
def small() -> ClaimRules:
    """A contract with one metric that repeats without limit, one that counts twice and one that counts once."""
    metrics = {"stays": MetricRule(None), "visits": MetricRule(2), "job": MetricRule(1)}
    return ClaimRules("small", date(2020, 1, 1), date(2021, 12, 31), metrics, groups=frozenset({"north", "south"}))


@pytest.fixture(scope="session")
def pseudonym():
    return lambda text: sha256(b"a key" + text.encode()).hexdigest()
