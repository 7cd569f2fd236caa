"""impact: one pre-agreed way to match and to estimate, and what may stand beside what in it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from sib.errors import NotValid, Problem
from sib.impact.formula import check_expressions, names_in

Word = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Names = Annotated[tuple[Word, ...], Field(strict=False)]
Method = Literal["nearest", "optimal", "full", "subclass", "exact", "cem", "weights"]
Space = Literal["mahalanobis", "robust mahalanobis", "euclidean", "scaled euclidean"]
Distance = Literal["logit", "probability"] | Space
Link = Literal["logit", "probit", "cloglog", "cauchit"]
Order = Literal["largest", "smallest", "closest", "farthest", "data", "random"]
Estimator = Literal["difference", "adjusted", "g-computation", "doubly robust"]
Estimand = Literal["ATT", "ATC", "ATE"]
Discard = Literal["none", "treated", "comparison", "both"]
Positive = Annotated[float, Field(gt=0)]
Cuts = int | str | Annotated[tuple[float, ...], Field(strict=False)]
Kin = Annotated[tuple[Annotated[tuple[Word, ...], Field(strict=False)], ...], Field(strict=False)]

SPACES = frozenset({"mahalanobis", "robust mahalanobis", "euclidean", "scaled euclidean"})
_SCORED = frozenset({"nearest", "optimal", "full", "subclass"})
_NEEDED: dict[str, frozenset[str]] = {
    "nearest": frozenset({"distance", "caliper", "ratio", "replace", "order"}),
    "optimal": frozenset({"distance"}),
    "full": frozenset({"distance"}),
    "subclass": frozenset({"distance", "subclasses"}),
    "exact": frozenset(),
    "cem": frozenset(),
    "weights": frozenset({"weighting"}),
}
_ALWAYS = frozenset({"id", "covariates", "method", "estimator", "estimand", "normalise"})
_SCORE = frozenset({"link", "discard", "fit_again"})
_POSSIBLE: dict[str, frozenset[str]] = {
    "nearest": _NEEDED["nearest"] | _ALWAYS | _SCORE | {"exact", "mahalanobis", "different", "caliper_in", "near"}
    | {"near_sd", "most_uses", "fewest", "most", "same_unit"},
    "optimal": _NEEDED["optimal"] | _ALWAYS | _SCORE | {"ratio", "exact", "mahalanobis"},
    "full": _NEEDED["full"] | _ALWAYS | _SCORE | {"exact", "mahalanobis"},
    "subclass": _NEEDED["subclass"] | _ALWAYS | _SCORE | {"quantiles", "fewest_in_class"},
    "exact": _ALWAYS,
    "weights": _NEEDED["weights"] | _ALWAYS | {"link", "trim"},
    "cem": _ALWAYS | {"cut_all", "cuts", "kin", "one_to_one", "one_to_one_by"},
}  # fmt: skip
_NO_SCORE = ("caliper", "discard", "fit_again", "link", "most", "mahalanobis")
"""Keys that speak of a score, and so do not go with a distance between covariates."""


class Agreed(BaseModel):
    """What two sides sign: frozen, exact in its types, and without a key that nobody knows."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Specification(Agreed):
    """One pre-agreed way to match and to estimate."""

    id: Word
    covariates: Names = Field(min_length=1)
    """Terms of the score, or what to match on: ``age``, ``I(age^2)``, ``race``."""
    method: Method
    distance: Distance | None = None
    """``probability`` of being treated, ``logit``: the same before the link (log odds, for the link of that name)."""
    link: Link = "logit"
    """How the score's model turns covariates into a probability."""
    estimand: Estimand = "ATT"
    """For whom: the treated, the comparison people, or all. A plan's is the treated."""
    caliper: Positive | Literal["none"] = "none"
    """Widest difference in score that may be matched, in standard deviations of the score over the cohort."""
    caliper_in: Literal["sd", "score"] = "sd"
    """Unit of the caliper: standard deviations, or the score's own."""
    near: dict[Word, Positive] = Field(default_factory=dict)
    """Widest difference in a covariate, in its own unit."""
    near_sd: dict[Word, Positive] = Field(default_factory=dict)
    """The same in the covariate's standard deviations."""
    ratio: int = Field(default=1, ge=1, le=100)
    """Comparison people to one treated person; their mean where ``most`` is given."""
    fewest: int = Field(default=1, ge=1, le=100)
    most: int | None = Field(default=None, ge=2, le=1000)
    """Comparison people to one treated person at most, if that may differ (Ming & Rosenbaum, 2000)."""
    replace: bool = False
    """Whether a comparison person may be matched more than once."""
    most_uses: int | None = Field(default=None, ge=1)
    """How often at the most; no limit with ``replace`` and once without, if left out."""
    same_unit: Names = ()
    """Covariates that say who is the same unit: of one unit, one row is matched."""
    order: Order = "largest"
    """Who chooses first: highest score, lowest, closest pair, farthest pair, first in the data, or from the seed."""
    exact: Names = ()
    """Covariates that must be equal within a match."""
    different: Names = ()
    """Covariates that must differ within a match."""
    mahalanobis: Names = ()
    """Covariates whose Mahalanobis distance chooses among those within the caliper of the score."""
    discard: Discard = "none"
    """Whom to leave out before matching for having a score that the other group does not reach."""
    fit_again: bool = False
    """Whether the score is then fitted again on those who are left."""
    subclasses: int = Field(default=6, ge=2, le=100)
    quantiles: Annotated[tuple[Annotated[float, Field(ge=0, le=1)], ...], Field(strict=False)] = ()
    """Where to cut the score, instead of into equal classes."""
    fewest_in_class: int = Field(default=1, ge=0, le=1000)
    """People of each group that a class must have; with 0, classes without one of them are left out."""
    cut_all: int | str = "sturges"
    """Bins of every number: how many, or ``sturges``, ``fd``, ``scott``, ``q5`` for fifths."""
    cuts: dict[Word, Cuts] = Field(default_factory=dict)
    """Bins of one number, also as a list of cut points; 0 leaves it as it is, 1 leaves it out."""
    kin: dict[Word, Kin] = Field(default_factory=dict)
    """Words of a covariate that count as one."""
    one_to_one: bool = False
    """Whether pairs are made within strata, and the people left over not used."""
    one_to_one_by: Space | Literal["data"] = "mahalanobis"
    weighting: Literal["probability", "entropy"] = "probability"
    """Weights instead of matches: by inverse probability, or those that make all means equal (entropy balancing)."""
    trim: Annotated[float, Field(gt=0, lt=0.5)] | None = None
    """Leave out people whose probability is below this or above one minus it."""
    normalise: bool = True
    """Whether weights are rescaled to mean 1 in each group."""
    estimator: Estimator = "difference"

    @property
    def scored(self) -> bool:
        """Whether a propensity score is needed."""
        if self.method == "weights":
            return self.weighting == "probability"
        return self.method in _SCORED and self.distance not in SPACES

    @property
    def uses(self) -> int | None:
        """How often a comparison person may be matched; none for no limit."""
        if self.most_uses is not None:
            return self.most_uses
        return None if self.replace else 1

    @property
    def all_terms(self) -> tuple[str, ...]:
        """Everything that is matched on in any way, each once: the terms, then what has to be equal, near or apart."""
        beside = (*self.exact, *self.mahalanobis, *self.different, *self.near, *self.near_sd)
        return tuple(dict.fromkeys((*self.covariates, *beside)))

    @property
    def columns(self) -> tuple[str, ...]:
        """The same with the units: every expression that needs data."""
        return tuple(dict.fromkeys((*self.all_terms, *self.same_unit)))


def read_specification(raw: Mapping[str, Any]) -> Specification:
    """One specification by itself, with the same checks as inside a plan."""
    problems = specification_problems(dict(raw), "specification", None, None)
    try:
        specification = Specification.model_validate(dict(raw))
    except ValidationError as wrong:
        raise NotValid([*key_problems(wrong, None), *problems]) from None
    if problems:
        raise NotValid(problems)
    return specification


def specification_problems(one: dict[str, Any], place: str, known: set[str] | None, file: str | None) -> list[Problem]:
    """What no single key shows: keys that a method does not have, and keys that do not go together."""
    method = one.get("method")
    problems: list[Problem] = []
    if method in _NEEDED:
        for key in sorted(_NEEDED[method] - one.keys()):
            problems.append(missing_key(f"{place}, {key}", file))
        for key in sorted((one.keys() & Specification.model_fields.keys()) - _POSSIBLE[method]):
            problems.append(cross(f"{place}, {key}", f"method {method!r} has no {key!r}", None, file))
    problems += [cross(f"{place}, {key}", what, one.get(key), file) for key, what in _clashes(one)]
    terms = [
        text for key in ("covariates", "exact", "mahalanobis", "different", "same_unit") for text in _texts(one, key)
    ]
    terms += [name for key in ("near", "near_sd") for name in _texts({key: list(one.get(key) or ())}, key)]
    return problems + term_problems(terms, known, place, file)


def _clashes(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Keys that do not go together, each with the reason."""
    out = []
    plain = one.get("distance") in SPACES
    if one.get("method") == "subclass" and plain:
        out.append(("distance", "classes of the score need a score"))
    if one.get("order") in ("largest", "smallest") and plain:
        out.append(("order", "without a score the order is data, closest, farthest or random"))
    if plain:
        idle = {"caliper": "none", "discard": "none", "link": "logit"}
        said = [key for key in _NO_SCORE if one.get(key, idle.get(key)) not in (idle.get(key), False, (), [])]
        out += [(key, f"{key} is about a score, and there is none") for key in said]
    if one.get("most_uses") == 1 and one.get("replace"):
        out.append(("most_uses", "with replacement somebody may be used more than once"))
    if one.get("fit_again") and one.get("discard", "none") == "none":
        out.append(("fit_again", "nobody is discarded, so there is nothing to fit again"))
    out += _weight_clashes(one)
    most, ratio, fewest = one.get("most"), one.get("ratio"), one.get("fewest", 1)
    if isinstance(most, int) and isinstance(ratio, int) and not fewest < ratio < most:
        out.append(("most", "the mean ratio must lie between the fewest and the most"))
    if most is None and fewest != 1:
        out.append(("fewest", "it says something only where the most is given"))
    if one.get("estimand") == "ATE" and one.get("method") in ("nearest", "optimal"):
        out.append(("estimand", "pairs are made for one group: the treated (ATT) or the comparison people (ATC)"))
    if one.get("estimand") == "ATE" and one.get("one_to_one"):
        out.append(("one_to_one", "pairs are made for one group, not for all"))
    return out


def _weight_clashes(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The same, of weights and of the estimator that needs them."""
    out = []
    by_chance = one.get("method") == "weights" and one.get("weighting") == "probability"
    if one.get("estimator") == "doubly robust" and (not by_chance or one.get("trim") is not None):
        out.append(("estimator", "doubly robust estimates go with method weights by probability, untrimmed"))
    if one.get("method") == "weights":
        if one.get("estimand") == "ATC" or (one.get("estimand") == "ATE" and not by_chance):
            out.append(("estimand", "weights are for the treated, or by probability for all"))
        out += [(key, "entropy balancing has no score") for key in ("link", "trim") if key in one and not by_chance]
    return out


def term_problems(terms: list[str], known: set[str] | None, place: str, file: str | None) -> list[Problem]:
    """Terms that do not parse, or that name a covariate which is not ``known``."""
    problems = []
    for text in terms:
        wrong = check_expressions([text])
        problems += [replace(one, place=place, file=file) for one in wrong]
        if not wrong and known is not None:
            for name in sorted(names_in(text) - known):
                problems.append(cross(place, f"{name!r} is not among the plan's covariates", text, file))
    return problems


def key_problems(wrong: ValidationError, file: str | None) -> list[Problem]:
    """What the types of the keys show, one problem each."""
    problems = []
    for error in wrong.errors():
        place = ", ".join(str(part + 1) if isinstance(part, int) else str(part) for part in error["loc"])
        if error["type"] == "missing":
            problems.append(missing_key(place, file))
        elif error["type"] == "extra_forbidden":
            problems.append(unknown_key(place, file))
        else:
            value = repr(error["input"])[:80]
            mend = "write it as expected"
            problems.append(
                Problem("plan.value", f"{place} is not valid", mend, value, error["msg"], file=file, place=place)
            )
    return problems


def missing_key(place: str, file: str | None) -> Problem:
    """A key that has to be there."""
    return Problem(
        "plan.missing-key", f"{place} is missing", "add it; a plan leaves nothing open", file=file, place=place
    )


def unknown_key(place: str, file: str | None) -> Problem:
    """A key that does not exist."""
    return Problem(
        "plan.unknown-key", f"{place} is not a key of a plan", "correct it or leave it out", file=file, place=place
    )


def cross(place: str, what: str, value: object, file: str | None) -> Problem:
    """Two places that do not fit together."""
    text = None if value is None else str(value)
    return Problem("plan.does-not-fit", what, "correct one of the two places", text, file=file, place=place)


def _texts(one: Mapping[str, Any], key: str) -> list[str]:
    value = one.get(key)
    return [text for text in value if isinstance(text, str)] if isinstance(value, list | tuple) else []
