"""impact: the locked cohort that matching sees, without outcomes, and the outcomes that are opened afterwards."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sib.errors import NotValid, Problem, Refused

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.str_]

UNKNOWN_WORDS = ("", "NA")

_Array = TypeVar("_Array", bound=NDArray[Any])


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """A covariate in words: one small code a person, and what each code says (in alphabetical order)."""

    codes: Rows
    levels: tuple[str, ...]


Column = Floats | Groups


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Everybody who counts, and whom they may be compared with: n people, in the order in which they were locked.

    There is no outcome in it and no way to one: ``hidden`` are the outcomes' names, so that asking says why.
    """

    ids: Texts
    treated: Flags
    covariates: Mapping[str, Column]
    hidden: frozenset[str] = frozenset()

    @property
    def size(self) -> int:
        """People, treated and comparison together."""
        return len(self.ids)

    def column(self, name: str) -> Column:
        """One covariate; ``Refused`` for an outcome, ``NotValid`` for a name that is not there."""
        if name in self.hidden:
            raise Refused(
                Problem(
                    code="impact.outcome-hidden",
                    what=f"{name!r} is an outcome, and matching is done without outcomes",
                    mend="leave it out of the covariates; it is opened after the match is made",
                )
            )
        if name not in self.covariates:
            raise NotValid(
                Problem(
                    code="impact.no-such-covariate",
                    what=f"the cohort has no covariate {name!r}",
                    expected=", ".join(sorted(self.covariates)),
                    mend="correct the name in the plan, or lock the cohort with this column",
                )
            )
        return self.covariates[name]

    def numbers(self, name: str) -> Floats:
        """One covariate that must be numeric."""
        column = self.column(name)
        if isinstance(column, Groups):
            raise NotValid(
                Problem(
                    code="impact.not-a-number",
                    what=f"covariate {name!r} is in words, and a number is needed",
                    mend="use it by its name alone, or derive a number from it",
                )
            )
        return column

    def take(self, rows: Rows) -> "Cohort":
        """The same people, or some of them, in another order."""
        columns = {name: _take(column, rows) for name, column in self.covariates.items()}
        return Cohort(_still(self.ids[rows]), _still(self.treated[rows]), MappingProxyType(columns), self.hidden)

    def with_column(self, name: str, column: Column) -> "Cohort":
        """The same people with one covariate more."""
        return replace(self, covariates=MappingProxyType({**self.covariates, name: _keep(column)}))


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """What happened to whom, opened after the match: values by outcome name, not-a-number where nothing is known."""

    ids: Texts
    values: Mapping[str, Floats]

    def of(self, name: str, ids: Texts) -> Floats:
        """One outcome in the order of ``ids``; not-a-number for people of whom nothing is known."""
        if name not in self.values:
            raise NotValid(
                Problem(
                    code="impact.no-such-outcome",
                    what=f"there is no outcome {name!r}",
                    expected=", ".join(sorted(self.values)),
                    mend="load the outcome that the plan names",
                )
            )
        if np.array_equal(self.ids, ids):
            return self.values[name]
        order = np.argsort(self.ids, kind="stable")
        known = self.ids[order]
        place = np.minimum(np.searchsorted(known, ids), len(known) - 1)
        found = known[place] == ids
        return np.where(found, self.values[name][order[place]], np.nan)


def lock_cohort(
    ids: Sequence[str] | Texts,
    treated: Sequence[bool] | Sequence[int] | NDArray[np.generic],
    covariates: Mapping[str, Sequence[float] | Sequence[str] | NDArray[np.generic] | Groups],
    hidden: Iterable[str] = (),
) -> Cohort:
    """The cohort as a value. ``covariates`` are numbers, words or ``Groups``, one a person; ``NotValid`` otherwise."""
    names = np.asarray(ids, dtype=np.str_)
    flags = np.asarray(treated)
    columns = {name: as_column(values) for name, values in covariates.items()}
    problems = [*_people_problems(names, flags), *_column_problems(columns, len(names), frozenset(hidden))]
    if problems:
        raise NotValid(problems)
    kept = {name: _keep(column) for name, column in columns.items()}
    return Cohort(_still(names), _still(flags.astype(np.bool_)), MappingProxyType(kept), frozenset(hidden))


def open_outcomes(ids: Sequence[str] | Texts, values: Mapping[str, Sequence[float] | NDArray[np.generic]]) -> Outcomes:
    """Outcomes as a value; ``NotValid`` if a column has another length, an infinite value or an id comes twice."""
    names = np.asarray(ids, dtype=np.str_)
    columns = {name: np.asarray(column, dtype=np.float64) for name, column in values.items()}
    problems = _id_problems(names)
    for name, column in columns.items():
        if column.shape != names.shape or np.isinf(column).any():
            problems.append(
                Problem(
                    code="impact.outcome-column",
                    what=f"outcome {name!r} has {column.size} values for {names.size} people, or infinite ones",
                    mend="give one number a person; leave unknown ones empty",
                )
            )
    if problems:
        raise NotValid(problems)
    return Outcomes(_still(names), MappingProxyType({name: _still(column) for name, column in columns.items()}))


def as_column(values: Sequence[float] | Sequence[str] | NDArray[np.generic] | Groups) -> Column:
    """Numbers as 64-bit floats, words as groups; an empty word or NA is unknown and gets no group."""
    if isinstance(values, Groups):
        return values
    column = np.asarray(values)
    if column.dtype.kind in "biuf":
        return column.astype(np.float64)
    words = column.astype(np.str_)
    known = ~np.isin(words, UNKNOWN_WORDS)
    levels, found = np.unique(words[known], return_inverse=True)
    codes = np.full(words.shape, -1, dtype=np.int64)
    codes[known] = found
    return Groups(codes, tuple(str(level) for level in levels))


def canonical_order(cohort: Cohort) -> Rows:
    """Treated people first, then by id, shorter ids before longer ones (so that N2 stands before N10)."""
    return np.lexsort((cohort.ids, np.strings.str_len(cohort.ids), ~cohort.treated)).astype(np.int64)


def digest(cohort: Cohort) -> str:
    """sha256 over ids, groups and covariates, column by column in order of their names, people in the given order."""
    made = hashlib.sha256()
    made.update("\n".join(cohort.ids.tolist()).encode())
    made.update(cohort.treated.astype("u1").tobytes())
    for name in sorted(cohort.covariates):
        column = cohort.covariates[name]
        made.update(f"\0{name}\0".encode())
        if isinstance(column, Groups):
            made.update("\n".join(column.levels).encode() + b"\0" + column.codes.astype("<i8").tobytes())
        else:
            made.update(column.astype("<f8").tobytes())
    return made.hexdigest()


def outcome_digest(outcomes: Outcomes, ids: Texts) -> str:
    """sha256 over the outcomes in the order of ``ids``."""
    made = hashlib.sha256()
    for name in sorted(outcomes.values):
        made.update(f"\0{name}\0".encode())
        values = outcomes.of(name, ids)
        made.update(np.where(np.isnan(values), np.nan, values + 0.0).astype("<f8").tobytes())
    return made.hexdigest()


def _people_problems(ids: Texts, treated: NDArray[np.generic]) -> list[Problem]:
    problems = _id_problems(ids)
    if treated.shape != ids.shape or treated.dtype.kind not in "biuf" or not np.isin(treated, (0, 1)).all():
        problems.append(
            Problem(
                code="impact.treatment-column",
                what="the treatment column is not one yes or no (1 or 0) a person",
                mend="write 1 for people of the service and 0 for the comparison pool",
            )
        )
    elif treated.all() or not treated.any():
        problems.append(
            Problem(
                code="impact.one-group",
                what=f"all {ids.size} people are in one group",
                mend="lock people of the service and a comparison pool together",
            )
        )
    return problems


def _id_problems(ids: Texts) -> list[Problem]:
    if ids.ndim == 1 and len(set(ids.tolist())) == ids.size:
        return []
    return [
        Problem(
            code="impact.id-twice",
            what="the same id stands on more than one row",
            mend="give every person one row",
        )
    ]


def _column_problems(columns: Mapping[str, Column], size: int, hidden: frozenset[str]) -> list[Problem]:
    problems = []
    for name, column in columns.items():
        values = column.codes if isinstance(column, Groups) else column
        missing = int((values < 0).sum() if isinstance(column, Groups) else (~np.isfinite(column)).sum())
        if name in hidden:
            what, mend = f"{name!r} is an outcome and may not be in the cohort", "leave the column out"
            problems.append(Problem(code="impact.outcome-in-cohort", what=what, mend=mend))
        elif values.shape != (size,):
            what, mend = f"covariate {name!r} has {values.size} values for {size} people", "give one a person"
            problems.append(Problem(code="impact.column-length", what=what, mend=mend))
        elif missing:
            what = f"covariate {name!r} is missing or infinite for {missing} of {size} people"
            mend = "fill it by a rule that the plan names, or leave the covariate out of the plan"
            problems.append(Problem(code="impact.covariate-missing", what=what, mend=mend))
    return problems


def _take(column: Column, rows: Rows) -> Column:
    if isinstance(column, Groups):
        return Groups(_still(column.codes[rows]), column.levels)
    return _still(column[rows])


def _keep(column: Column) -> Column:
    return Groups(_still(column.codes), column.levels) if isinstance(column, Groups) else _still(column)


def _still(array: _Array) -> _Array:
    """The same numbers behind a door that does not open for writing."""
    view = array.view()
    view.flags.writeable = False
    return view
