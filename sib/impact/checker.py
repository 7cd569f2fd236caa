"""impact: the outside checker's door: a table and a specification in R's words in, R MatchIt's answers out."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sib.errors import Missing, NotValid, Problem, Refused
from sib.impact.answers import effects, write_answer
from sib.impact.arguments import specification_of
from sib.impact.balance import balance_table
from sib.impact.cohort import Cohort, Column, Floats, Groups, lock_cohort
from sib.impact.formula import derive, names_in, read_formula
from sib.impact.matching import match_cohort
from sib.impact.pairing import covariate_calipers
from sib.impact.specification import Specification
from sib.impact.table import columns_of, read_table, typed

DERIVED = {"u74": "re74 == 0", "u75": "re75 == 0", "emp78": "re78 > 0"}
"""What the reference specifications mean by these names, where the file does not have them."""
_KEYS = frozenset({"formula", "args", "outcomes", "score", "spec", "data"})
_PLAIN_LIMIT = 0.1


def match_for_checker(data_csv_path: Path, spec_json_path: Path, out_dir: Path) -> dict[str, Any]:
    """Match the data as the specification says, and write the answers into ``out_dir`` as R's would stand there.

    SPEC is JSON: ``formula`` in R's meaning, ``args`` with MatchIt's names, ``outcomes``, and optionally ``score``, a
    column to use as the distance. Writes ``result.json``, ``units.csv`` (everybody), ``balance.csv``, and
    ``match_matrix.csv`` where there are pairs; gives the content of ``result.json``. Raises ``Missing`` without a
    file, ``NotValid`` for anything in SPEC or data that is not understood, all problems at once, and ``Refused`` where
    nobody can be matched.
    """
    spec = _read_spec(spec_json_path)
    treatment, terms = read_formula(spec["formula"])
    specification = specification_of(terms, spec["args"])
    cohort, outcomes, score = _load(data_csv_path, treatment, specification, spec["outcomes"], spec.get("score"))
    matched = match_cohort(cohort, specification, int(spec["args"].get("seed", 0)), score, like_r=True)
    if not matched.matched_treated:
        raise Refused(Problem("impact.nobody-matched", "nobody was matched", "widen the caliper, or compare on less"))
    balance = balance_table(cohort, specification.all_terms, matched, _PLAIN_LIMIT)
    said: dict[str, Any] = {key: spec[key] for key in ("spec", "data", "formula", "args") if key in spec}
    att = {name: effects(cohort, terms, matched, values) for name, values in outcomes.items()}
    widths = covariate_calipers(cohort, specification, ~matched.discarded)
    return write_answer(out_dir, said, matched, balance, att, widths)


def _read_spec(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise Missing(Problem("impact.no-spec", f"there is no file {path.name}", "give the path of the specification"))
    try:
        spec = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as wrong:
        raise NotValid(Problem("impact.not-json", f"{path.name} is not JSON: {wrong}", "mend it")) from None
    if not isinstance(spec, dict):
        raise NotValid(Problem("impact.not-json", f"{path.name} is not a JSON object", "write {…} around it"))
    problems = [
        Problem(
            "impact.spec-key", f"{key!r} is not a key of a specification", "leave it out", key, ", ".join(sorted(_KEYS))
        )
        for key in sorted(spec.keys() - _KEYS)
    ]
    for key, kind, example in (
        ("formula", str, "treat ~ age + educ"),
        ("args", dict, '{"method": "nearest"}'),
        ("outcomes", list, '["re78"]'),
    ):
        if not isinstance(spec.get(key), kind):
            problems.append(
                Problem("impact.spec-key", f"{key!r} is missing or not valid", "write it as expected", None, example)
            )
    if "score" in spec and not isinstance(spec["score"], str):
        problems.append(
            Problem("impact.spec-key", "'score' is not a column's name", "write it as expected", None, '"ps"')
        )
    if problems:
        raise NotValid(problems)
    return spec


def _load(
    path: Path, treatment: str, specification: Specification, outcomes: list[str], score: str | None
) -> tuple[Cohort, dict[str, Floats], Floats | None]:
    """The file as a cohort without outcomes, the outcomes, and the given score."""
    table = read_table(path)
    derived = {name: text for name, text in DERIVED.items() if name not in table.header}
    used = frozenset[str]().union(*(names_in(text) for text in specification.columns))
    own = {name: text for name, text in derived.items() if name in used}
    base = _sources(used - own.keys(), own)
    outside = {name: derived.get(name, name) for name in outcomes}
    later = _sources(frozenset(), outside)
    present = {"id"} & set(table.header)
    cells = columns_of(table, {treatment, *base, *later, *present, *([score] if score else [])})
    ids = cells.pop("id", None) or [str(row) for row in range(1, len(table.rows) + 1)]
    columns = {name: typed(column) for name, column in cells.items()}
    numeric = _numeric(columns, [treatment, *([score] if score else [])])
    cohort = lock_cohort(ids, numeric[treatment], {name: columns[name] for name in sorted(base)}, outcomes)
    opened = lock_cohort(ids, numeric[treatment], {name: columns[name] for name in sorted(later)})
    values = {name: derive(opened, {f".{name}": text}).numbers(f".{name}") for name, text in outside.items()}
    return derive(cohort, own), values, numeric[score] if score else None


def _sources(names: frozenset[str], derived: Mapping[str, str]) -> frozenset[str]:
    """The file's columns behind these names and derived columns."""
    return names.union(*(names_in(text) for text in derived.values()))


def _numeric(columns: Mapping[str, Column], names: list[str]) -> dict[str, Floats]:
    out: dict[str, Floats] = {}
    problems = []
    for name in names:
        column = columns[name]
        if isinstance(column, Groups) or not np.isfinite(column).all():
            problems.append(
                Problem("impact.not-a-number", f"column {name!r} must hold a number for everybody", "fill it")
            )
        else:
            out[name] = column
    if problems:
        raise NotValid(problems)
    return out
