"""impact: the arguments of MatchIt as a specification of ours; whatever is not built is refused by name."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sib.errors import NotValid, Problem
from sib.impact.formula import read_formula
from sib.impact.specification import Specification, read_specification

METHODS = ("nearest", "optimal", "full", "subclass", "exact", "cem")
LINKS = ("logit", "probit", "cloglog", "cauchit")
SPACES = {
    "mahalanobis": "mahalanobis",
    "robust_mahalanobis": "robust mahalanobis",
    "euclidean": "euclidean",
    "scaled_euclidean": "scaled euclidean",
}
ORDERS = ("largest", "smallest", "closest", "farthest", "data", "random")
_GROUPS = {"none": "none", "treated": "treated", "control": "comparison", "both": "both"}
_PAIRED = ("nearest", "optimal")
_SCORED = ("nearest", "optimal", "full", "subclass")

_OTHER_METHODS = {
    "genetic": "it searches at random, so that a repeat gives another answer",
    "cardinality": "it needs a solver of whole-number programmes",
    "quick": "it approximates full matching, which is exact here",
}
NOT_BUILT = {
    "s.weights": "sampling weights",
    "distance.options": "options of the score's model",
    "tol": "the solver's tolerance: the optimum is exact here",
    "solver": "the choice of a solver: the optimum is exact here",
    "omit.fraction": "leaving a share of people out of full matching",
    "mean.controls": "a mean ratio in full matching",
    "pop.size": "genetic matching",
    "mpower": "Minkowski distances",
}
"""Arguments that MatchIt has and that are refused here, with what they are about."""


def specification_of(terms: tuple[str, ...], args: Mapping[str, Any]) -> Specification:
    """MatchIt's arguments, with its defaults, as a specification; ``NotValid`` names every one that is not built.

    An argument that MatchIt itself would ignore with a warning, such as a caliper with optimal matching, is refused
    unless it says what goes without saying.
    """
    method = args.get("method", "nearest")
    raw: dict[str, Any] = {"id": "checker", "covariates": list(terms), "method": method}
    problems: list[Problem] = []
    if method not in METHODS:
        problems.append(_not_built("method", method, METHODS, _OTHER_METHODS.get(method, "")))
        raw["method"] = "nearest"
    _set_distance(raw, args, problems)
    if method == "subclass":
        raw["subclasses"] = 6
    if method == "nearest":
        plain = "largest" if args.get("estimand", "ATT") == "ATT" else "smallest"
        order = "data" if raw.get("distance") in SPACES.values() else plain
        raw |= {"caliper": "none", "ratio": 1, "replace": False, "order": order}
    for name, value in args.items():
        if name in _READERS:
            if value is not None and value != _IDLE.get(name, _NOTHING):
                _read(name, value, raw, problems)
        elif name not in ("method", "distance", "link", "seed", "verbose", "include.obj"):
            about = NOT_BUILT.get(name, "it is not one of MatchIt's that are built here")
            problems.append(_not_built(name, value, sorted(_READERS), about))
    _set_raw_calipers(raw, args, problems)
    if args.get("k2k") and "k2k.method" in args and args["k2k.method"] is None:
        raw["one_to_one_by"] = "data"
    if problems:
        raise NotValid(problems)
    try:
        return read_specification(raw)
    except NotValid as wrong:
        raise NotValid([_in_their_words(problem) for problem in wrong.problems]) from None


def _in_their_words(problem: Problem) -> Problem:
    """A problem with a key of ours, with MatchIt's name for it."""
    key = str(problem.place).removeprefix("specification, ").split(",")[0]
    theirs = _THEIRS.get(key, key)
    return replace(problem, what=f"{theirs}: {problem.what}", place=theirs)


def _set_distance(raw: dict[str, Any], args: Mapping[str, Any], problems: list[Problem]) -> None:
    """Which distance, and which link; methods without a score take neither."""
    distance, link = args.get("distance", "glm"), args.get("link", "logit")
    if distance in ("logit", "probit", "cloglog", "cauchit"):
        distance, link = "glm", distance if distance != "logit" else link
    if distance != "glm" and distance not in SPACES:
        problems.append(_not_built("distance", distance, ("glm", *SPACES)))
    plain = str(link).removeprefix("linear.")
    if plain not in LINKS:
        problems.append(_not_built("link", link, [one for name in LINKS for one in (name, f"linear.{name}")]))
    if raw["method"] not in _SCORED:
        for name in {"distance", "link"} & args.keys():
            if (name, args[name]) not in (("distance", "glm"), ("link", "logit")):
                problems.append(_not_built(name, args[name], (), f"method {raw['method']} has no score"))
        return
    if distance in SPACES:
        raw["distance"] = SPACES[distance]
        if "link" in args:
            problems.append(_not_built("link", link, (), "a distance between covariates has none"))
        return
    raw["distance"] = "logit" if str(link).startswith("linear.") else "probability"
    if plain != "logit" and plain in LINKS:
        raw["link"] = plain


def _read(name: str, value: Any, raw: dict[str, Any], problems: list[Problem]) -> None:
    """One argument; the errors caught are those of a value that is not of its form."""
    try:
        raw |= _READERS[name](value)
    except (ValueError, TypeError, KeyError, AttributeError, NotValid):
        problems.append(_not_built(name, value, (_FORMS[name],)))


def _set_raw_calipers(raw: dict[str, Any], args: Mapping[str, Any], problems: list[Problem]) -> None:
    """``std.caliper``, one for all or one each: calipers in their own unit."""
    said = args.get("std.caliper", True)
    if said is True:
        return
    names = list(_calipers(args.get("caliper")))
    flags = [said] * len(names) if isinstance(said, bool) else list(said) if isinstance(said, list) else []
    if len(flags) != len(names) or not all(isinstance(one, bool) for one in flags):
        problems.append(_not_built("std.caliper", said, ("true or false, or one for each caliper",)))
        return
    for name, scaled in zip(names, flags, strict=True):
        if not scaled and name:
            raw.setdefault("near", {})[name] = raw.get("near_sd", {}).pop(name, None)
        elif not scaled:
            raw["caliper_in"] = "score"
    if not raw.get("near_sd", True):
        del raw["near_sd"]


def _calipers(value: Any) -> dict[str, float]:
    """By covariate; the empty name is the score's. A list of one is the same as its only number."""
    if isinstance(value, dict):
        return {("" if name in ("", "1", "distance") else str(name)): _number(width) for name, width in value.items()}
    if isinstance(value, list):
        [value] = value
    return {} if value is None else {"": _number(value)}


def _caliper(value: Any) -> dict[str, Any]:
    widths = _calipers(value)
    if any(width <= 0 for width in widths.values()):
        raise ValueError
    out: dict[str, Any] = {"caliper": widths[""]} if "" in widths else {}
    near = {name: width for name, width in widths.items() if name}
    return out | ({"near_sd": near} if near else {})


def _uses(value: Any) -> dict[str, Any]:
    if value == "Inf" or value == float("inf"):
        return {"replace": True}
    uses = _whole(value)
    if uses < 1:
        raise ValueError
    return {"most_uses": uses, "replace": False} if uses > 1 else {"replace": False}


def _subclass(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {"quantiles": [_number(one) for one in value]}
    return {"subclasses": _whole(value)}


def _cutpoints(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"cuts": {name: _cut(one) for name, one in value.items()}}
    return {"cut_all": value if isinstance(value, str) else _whole(value)}


def _cut(value: Any) -> Any:
    if isinstance(value, list):
        return [_number(one) for one in value]
    return value if isinstance(value, str) else _whole(0 if value is None else value)


def _grouping(value: Any) -> dict[str, Any]:
    kin = {name: [[_word(one) for one in _listed(group)] for group in groups] for name, groups in value.items()}
    return {"kin": kin}


def _word(value: Any) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _names(value: Any) -> list[str]:
    """``~ black + hisp`` or a list of names."""
    if isinstance(value, list):
        return [str(one) for one in value]
    text = str(value)
    return list(read_formula(text)[1]) if "~" in text else [text]


def _whole(value: Any) -> int:
    if isinstance(value, bool) or int(value) != value:
        raise ValueError
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _one_of(value: Any, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise ValueError
    return str(value)


_NOTHING = object()
_IDLE: dict[str, object] = {
    "ratio": 1, "replace": False, "discard": "none", "reestimate": False, "estimand": "ATT", "normalize": True,
    "k2k": False, "std.caliper": True, "min.n": 1,
}  # fmt: skip
"""Values that say nothing, and so go with every method."""
_READERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "caliper": _caliper,
    "std.caliper": lambda _: {},
    "ratio": lambda value: {"ratio": _whole(value)},
    "min.controls": lambda value: {"fewest": _whole(value)},
    "max.controls": lambda value: {"most": _whole(value)},
    "replace": lambda value: {"replace": _flag(value)},
    "reuse.max": _uses,
    "unit.id": lambda value: {"same_unit": _names(value)},
    "m.order": lambda value: {"order": _one_of(value, ORDERS)},
    "exact": lambda value: {"exact": _names(value)},
    "antiexact": lambda value: {"different": _names(value)},
    "mahvars": lambda value: {"mahalanobis": _names(value)},
    "discard": lambda value: {"discard": _GROUPS[value]},
    "reestimate": lambda value: {"fit_again": _flag(value)},
    "estimand": lambda value: {"estimand": _one_of(value, ("ATT", "ATC", "ATE"))},
    "normalize": lambda value: {"normalise": _flag(value)},
    "subclass": _subclass,
    "min.n": lambda value: {"fewest_in_class": _whole(value)},
    "cutpoints": _cutpoints,
    "grouping": _grouping,
    "k2k": lambda value: {"one_to_one": _flag(value)},
    "k2k.method": lambda value: {"one_to_one_by": "data" if value in (None, "data") else SPACES[value]},
}
_THEIRS = {
    "fewest": "min.controls", "most": "max.controls", "most_uses": "reuse.max", "same_unit": "unit.id",
    "order": "m.order", "different": "antiexact", "mahalanobis": "mahvars", "fit_again": "reestimate",
    "normalise": "normalize", "subclasses": "subclass", "quantiles": "subclass", "fewest_in_class": "min.n",
    "cut_all": "cutpoints", "cuts": "cutpoints", "kin": "grouping", "one_to_one": "k2k",
    "one_to_one_by": "k2k.method", "near": "caliper", "near_sd": "caliper", "caliper_in": "std.caliper",
}  # fmt: skip
_FORMS = {
    "caliper": "a positive number, or one for each covariate by name",
    "std.caliper": "true or false, or one for each caliper",
    "ratio": "a whole number",
    "min.controls": "a whole number",
    "max.controls": "a whole number",
    "replace": "true or false",
    "reuse.max": "a whole number, or Inf",
    "unit.id": "a list of names",
    "m.order": ", ".join(ORDERS),
    "exact": "~ a + b, or a list of names",
    "antiexact": "~ a + b, or a list of names",
    "mahvars": "~ a + b, or a list of names",
    "discard": "none, treated, control or both",
    "reestimate": "true or false",
    "estimand": "ATT, ATC or ATE",
    "normalize": "true or false",
    "subclass": "a whole number, or a list of quantiles",
    "min.n": "a whole number",
    "cutpoints": "a number of bins, sturges, fd, scott or q5, for all or by name, or cut points by name",
    "grouping": "lists of values by name",
    "k2k": "true or false",
    "k2k.method": "mahalanobis, robust_mahalanobis, euclidean or scaled_euclidean",
}


def _not_built(name: str, value: object, choices: Any, why: str = "") -> Problem:
    what = f"{name} = {value!r} is not built here" + (f": {why}" if why else "")
    expected = ", ".join(str(one) for one in choices) or None
    return Problem("impact.argument", what, "leave it out, or choose another", str(value), expected)
