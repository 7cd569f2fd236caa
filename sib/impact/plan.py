"""impact: the analysis plan, agreed and sealed before any outcome is seen."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from sib.errors import NotValid, Problem, Refused
from sib.impact.formula import check_expressions, names_in

Word = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Names = Annotated[tuple[Word, ...], Field(strict=False)]
Method = Literal["nearest", "optimal", "full", "subclass", "exact", "cem"]
Distance = Literal["logit", "probability", "mahalanobis"]
Order = Literal["largest", "smallest", "closest", "data", "random"]
Estimator = Literal["difference", "adjusted", "g-computation"]
Rounding = Literal["half even", "half away from zero", "towards zero"]

_SCORED = frozenset({"nearest", "optimal", "full", "subclass"})
_NEEDED: dict[str, frozenset[str]] = {
    "nearest": frozenset({"distance", "caliper", "ratio", "replace", "order"}),
    "optimal": frozenset({"distance"}),
    "full": frozenset({"distance"}),
    "subclass": frozenset({"distance", "subclasses"}),
    "exact": frozenset(),
    "cem": frozenset(),
}
_ALWAYS = frozenset({"id", "covariates", "method", "estimator"})
_POSSIBLE: dict[str, frozenset[str]] = {
    **{method: needed | _ALWAYS for method, needed in _NEEDED.items()},
    "nearest": _NEEDED["nearest"] | _ALWAYS | {"exact", "mahalanobis"},
    "optimal": _NEEDED["optimal"] | _ALWAYS | {"ratio"},
}


class _Agreed(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Specification(_Agreed):
    """One pre-agreed way to match and to estimate."""

    id: Word
    covariates: Names = Field(min_length=1)
    """Terms of the score, or what to match on: ``age``, ``I(age^2)``, ``race``."""
    method: Method
    distance: Distance | None = None
    caliper: Annotated[float, Field(gt=0)] | Literal["none"] = "none"
    """Widest difference in score that may be matched, in standard deviations of the score over the cohort."""
    ratio: int = Field(default=1, ge=1, le=100)
    """Comparison people to one treated person."""
    replace: bool = False
    """Whether a comparison person may be matched more than once."""
    order: Order = "largest"
    """Who chooses first: highest score, lowest, closest pair, first in the data, or drawn from the seed."""
    exact: Names = ()
    """Covariates that must be equal within a match."""
    mahalanobis: Names = ()
    """Covariates whose Mahalanobis distance chooses among those within the caliper of the score."""
    subclasses: int = Field(default=6, ge=2, le=100)
    estimator: Estimator = "difference"

    @property
    def scored(self) -> bool:
        """Whether a propensity score is needed."""
        return self.method in _SCORED and self.distance != "mahalanobis"


class Minimum(_Agreed):
    """Fewest matched people with whom an estimate is given at all."""

    treated: int = Field(ge=2)
    comparison: int = Field(ge=2)


class Quantise(_Agreed):
    """How an estimate becomes an exact number, the only one that a payment may read."""

    places: int = Field(ge=0, le=12)
    rounding: Rounding


class AnalysisPlan(_Agreed):
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
        problems.append(_unknown_key("sha256", file))
    try:
        plan = AnalysisPlan.model_validate({**raw, "sha256": plan_hash(text)})
    except ValidationError as wrong:
        raise NotValid([*_key_problems(wrong, file), *problems]) from None
    if problems:
        raise NotValid(problems)
    return plan


def read_specification(raw: Mapping[str, Any]) -> Specification:
    """One specification by itself, with the same checks as inside a plan."""
    problems = _specification_problems(dict(raw), "specification", None, None)
    try:
        specification = Specification.model_validate(dict(raw))
    except ValidationError as wrong:
        raise NotValid([*_key_problems(wrong, None), *problems]) from None
    if problems:
        raise NotValid(problems)
    return specification


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
        problems.append(_cross("primary", "the primary specification is not among them", raw["primary"], file))
    for name in sorted({str(one) for one in ids if ids.count(one) > 1}):
        problems.append(_cross("specifications", "two specifications have one id", name, file))
    for name in sorted(outcomes & {*base, *derived}):
        problems.append(_cross("covariates", "an outcome stands among the covariates", name, file))
    known = set(base)
    for name, text in derived.items():
        problems += _term_problems([text], known, f"derived, {name}", file)
        known.add(name)
    for one in specifications:
        problems += _specification_problems(one, f"specification {one.get('id')}", known, file)
    return problems


def _specification_problems(one: dict[str, Any], place: str, known: set[str] | None, file: str | None) -> list[Problem]:
    method = one.get("method")
    problems: list[Problem] = []
    if method in _NEEDED:
        for key in sorted(_NEEDED[method] - one.keys()):
            problems.append(_missing_key(f"{place}, {key}", file))
        for key in sorted((one.keys() & Specification.model_fields.keys()) - _POSSIBLE[method]):
            problems.append(_cross(f"{place}, {key}", f"method {method!r} has no {key!r}", None, file))
    if method == "subclass" and one.get("distance") == "mahalanobis":
        problems.append(_cross(f"{place}, distance", "classes of the score need a score", None, file))
    if one.get("order") in ("largest", "smallest", "closest") and one.get("distance") == "mahalanobis":
        problems.append(_cross(f"{place}, order", "without a score the order is data or random", one["order"], file))
    if one.get("caliper", "none") != "none" and one.get("distance") == "mahalanobis":
        problems.append(_cross(f"{place}, caliper", "a caliper is on the score, and there is none", None, file))
    if one.get("mahalanobis") and (one.get("distance") == "mahalanobis" or one.get("order") == "closest"):
        problems.append(_cross(f"{place}, mahalanobis", "it goes with a score and not with order closest", None, file))
    terms = [text for key in ("covariates", "exact", "mahalanobis") for text in _as_list(one.get(key))]
    return problems + _term_problems([text for text in terms if isinstance(text, str)], known, place, file)


def _term_problems(terms: list[str], known: set[str] | None, place: str, file: str | None) -> list[Problem]:
    problems = []
    for text in terms:
        wrong = check_expressions([text])
        problems += [replace(one, place=place, file=file) for one in wrong]
        if not wrong and known is not None:
            for name in sorted(names_in(text) - known):
                problems.append(_cross(place, f"{name!r} is not among the plan's covariates", text, file))
    return problems


def _key_problems(wrong: ValidationError, file: str | None) -> list[Problem]:
    problems = []
    for error in wrong.errors():
        place = ", ".join(str(part + 1) if isinstance(part, int) else str(part) for part in error["loc"])
        if error["type"] == "missing":
            problems.append(_missing_key(place, file))
        elif error["type"] == "extra_forbidden":
            problems.append(_unknown_key(place, file))
        else:
            value = repr(error["input"])[:80]
            mend = "write it as expected"
            problems.append(
                Problem("plan.value", f"{place} is not valid", mend, value, error["msg"], file=file, place=place)
            )
    return problems


def _missing_key(place: str, file: str | None) -> Problem:
    return Problem(
        "plan.missing-key", f"{place} is missing", "add it; a plan leaves nothing open", file=file, place=place
    )


def _unknown_key(place: str, file: str | None) -> Problem:
    return Problem(
        "plan.unknown-key", f"{place} is not a key of a plan", "correct it or leave it out", file=file, place=place
    )


def _cross(place: str, what: str, value: object, file: str | None) -> Problem:
    text = None if value is None else str(value)
    return Problem("plan.does-not-fit", what, "correct one of the two places", text, file=file, place=place)


def _as_table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
