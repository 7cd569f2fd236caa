"""impact: the analysis plan, agreed and sealed before any outcome is seen."""

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError

from sib.errors import NotValid, Problem, Refused
from sib.impact.looks import Looks
from sib.impact.specification import (
    Agreed,
    Names,
    Specification,
    Word,
    cross,
    key_problems,
    read_specification,
    specification_problems,
    term_problems,
    unknown_key,
)

__all__ = [
    "AnalysisPlan",
    "Looks",
    "Measure",
    "Minimum",
    "Quantise",
    "Seal",
    "Specification",
    "check_seal",
    "plan_hash",
    "read_plan",
]
__all__ += ["read_specification"]

Difference = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?$")]
Rounding = Literal["half even", "half away from zero", "towards zero"]


class Minimum(Agreed):
    """Fewest matched people with whom an estimate is given at all."""

    treated: int = Field(ge=2)
    comparison: int = Field(ge=2)


class Quantise(Agreed):
    """How an estimate becomes an exact number, the only one that a payment may read."""

    places: int = Field(ge=0, le=12)
    rounding: Rounding


class Measure(Agreed):
    """Which outcome a metric of the contract is estimated on, and what brings its effect into the metric's unit."""

    outcome: Word
    times: float = 1.0
    """Such as -100, for a fall in percentage points of an outcome that is 0 or 1."""


class AnalysisPlan(Agreed):
    """What was agreed: who is compared with whom, how, on what, and how the answer is rounded."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """Hash of the text that this plan was read from; not a key of the file."""
    id: Word
    contract: Word
    population: Word
    treatment_column: Word
    id_column: Word
    covariates: Names = Field(min_length=1)
    derived: dict[Word, Word] = Field(default_factory=dict)
    estimand: Literal["ATT"]
    specifications: Annotated[tuple[Specification, ...], Field(strict=False, min_length=1)]
    primary: Word
    outcomes: Names = Field(min_length=1)
    unit: Word
    minimum: Minimum
    balance_limit: float = Field(gt=0, le=1)
    """Largest standardised mean difference after matching, of any covariate, with which an estimate is given."""
    confidence: float = Field(gt=0.5, lt=1)
    quantise: Quantise
    quantise_p_value: Quantise = Quantise(places=6, rounding="half even")
    """A p value is a share of 1, whatever the outcome's unit, and has a rounding of its own."""
    measures: dict[Word, Measure] = Field(default_factory=dict)
    """By metric of the contract. Left out, the metrics that share a cohort and window read the first outcome."""
    replication: dict[Word, Difference] = Field(default_factory=dict)
    """By metric, the largest difference of a second evaluator's figure, as decimal text; left out, none is allowed."""
    looks: Looks | None = None
    """When the data are looked at before the end, and how the chance of a false alarm is spent."""
    attrition_limit: float = Field(default=0.05, gt=0, le=1)
    """Largest difference between the groups' shares of lost people that passes without a flag."""
    placebo: Names = ()
    """Outcomes that the service cannot have changed, such as those of the year before: checks, never paid on."""
    bootstrap: int = Field(default=499, ge=99, le=9999)
    """How many times match sets are drawn again, for the spread of the payment."""
    data_order: Literal["by id", "as given"]
    """Ties in matching fall to whoever stands first: order people by id, or keep the file's order."""
    seed: int = Field(ge=0)

    @property
    def primary_specification(self) -> Specification:
        """The specification that counts."""
        return next(one for one in self.specifications if one.id == self.primary)


@dataclass(frozen=True, slots=True)
class Seal:
    """Two people's signature under the hash of a plan, made before outcomes were loaded."""

    plan_hash: str
    signed_by: tuple[str, str]
    at: datetime


def plan_hash(text: str) -> str:
    """sha256 of the plan's text, as hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_plan(text: str, file: str | None = None) -> AnalysisPlan:
    """The plan of a ``plan.toml``. Raises ``NotValid`` with every problem at once, naming the key."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise NotValid(
            Problem(code="plan.toml", what=f"this is not TOML: {wrong}", mend="mend the line it names", file=file)
        ) from None
    problems = _cross_problems(raw, file)
    if "sha256" in raw:
        problems.append(unknown_key("sha256", file))
    try:
        plan = AnalysisPlan.model_validate({**raw, "sha256": plan_hash(text)})
    except ValidationError as wrong:
        raise NotValid([*key_problems(wrong, file), *problems]) from None
    if problems:
        raise NotValid(problems)
    return plan


def check_seal(plan: AnalysisPlan, seal: Seal | None) -> None:
    """Pass if this very plan is sealed by two different people; ``Refused`` otherwise."""
    if seal is None:
        raise Refused(
            Problem(
                code="plan.not-sealed",
                what=f"analysis plan {plan.id!r} is not sealed, and nothing runs before it is",
                mend="have two people sign it",
            )
        )
    problems = []
    if seal.plan_hash != plan.sha256:
        problems.append(
            Problem(
                code="plan.seal-differs",
                what=f"analysis plan {plan.id!r} was changed after it was sealed",
                value=plan.sha256,
                expected=seal.plan_hash,
                mend="restore the sealed text, or agree and seal an amendment",
            )
        )
    if len({name.strip().casefold() for name in seal.signed_by} - {""}) < 2:
        problems.append(
            Problem(
                code="plan.seal-one-person",
                what="the seal does not bear the names of two different people",
                mend="have a second person sign",
            )
        )
    if seal.at.tzinfo is None:
        what, mend = "the seal's time has no time zone", "write it with one"
        problems.append(Problem(code="plan.seal-time", what=what, mend=mend))
    if problems:
        raise Refused(problems)


def _cross_problems(raw: dict[str, Any], file: str | None) -> list[Problem]:
    """What no single key shows: names that do not exist, expressions, keys that a method does not have."""
    problems: list[Problem] = []
    specifications = [one for one in _as_list(raw.get("specifications")) if isinstance(one, dict)]
    ids = [one.get("id") for one in specifications]
    derived = _as_table(raw.get("derived"))
    base = [name for name in _as_list(raw.get("covariates")) if isinstance(name, str)]
    outcomes = {name for name in _as_list(raw.get("outcomes")) if isinstance(name, str)}
    if specifications and raw.get("primary") not in ids and isinstance(raw.get("primary"), str):
        problems.append(cross("primary", "the primary specification is not among them", raw["primary"], file))
    for name in sorted({str(one) for one in ids if ids.count(one) > 1}):
        problems.append(cross("specifications", "two specifications have one id", name, file))
    for name in sorted(outcomes & {*base, *derived}):
        problems.append(cross("covariates", "an outcome stands among the covariates", name, file))
    for name in sorted({one for one in _as_list(raw.get("placebo")) if isinstance(one, str)} & {*base, *derived}):
        problems.append(
            cross("placebo", "a placebo outcome stands among the covariates, so it checks nothing", name, file)
        )
    for name, measure in _as_table(raw.get("measures")).items():
        outcome = _as_table(measure).get("outcome")
        if isinstance(outcome, str) and outcome not in outcomes:
            problems.append(cross(f"measures, {name}", "the plan has no such outcome", outcome, file))
    known = set(base)
    for name, text in derived.items():
        problems += term_problems([text], known, f"derived, {name}", file)
        known.add(name)
    for one in specifications:
        place = f"specification {one.get('id')}"
        problems += specification_problems(one, place, known, file)
        if one.get("estimand", "ATT") != "ATT":
            problems.append(cross(f"{place}, estimand", "the plan's estimand is the ATT", one["estimand"], file))
    return problems


def _as_table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
