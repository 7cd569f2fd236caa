"""impact: from a table to a cohort under a plan, and, once the match may be unsealed, to its outcomes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sib.errors import NotValid, Problem
from sib.impact.cohort import Cohort, Groups, Outcomes, lock_cohort, open_outcomes
from sib.impact.plan import AnalysisPlan
from sib.impact.table import columns_of, read_table, typed

Columns = Mapping[str, Sequence[float] | Sequence[str] | NDArray[np.generic] | Groups]


def cohort_columns(plan: AnalysisPlan) -> tuple[str, ...]:
    """The columns that matching may see; ask the source for these and no others."""
    return (plan.id_column, plan.treatment_column, *plan.covariates)


def outcome_columns(plan: AnalysisPlan) -> tuple[str, ...]:
    """The columns that are opened after the match."""
    return (plan.id_column, *plan.outcomes)


def cohort_of(plan: AnalysisPlan, columns: Columns) -> Cohort:
    """The locked cohort. Raises ``NotValid`` if a column is missing or not usable, or if an outcome is among them."""
    problems = _missing(cohort_columns(plan), columns)
    problems += [
        Problem(
            code="impact.outcome-in-cohort",
            what=f"the cohort's table holds the outcome {name!r}",
            mend="give matching a table without outcome columns",
        )
        for name in plan.outcomes
        if name in columns
    ]
    if problems:
        raise NotValid(problems)
    covariates = {name: columns[name] for name in plan.covariates}
    ids = [str(one) for one in _values(columns[plan.id_column])]
    treated = np.asarray(_values(columns[plan.treatment_column]))
    return lock_cohort(ids, treated, covariates, plan.outcomes)


def outcomes_of(plan: AnalysisPlan, columns: Columns) -> Outcomes:
    """The plan's outcomes, not-a-number where unknown. Raises ``NotValid`` if a column is missing or in words."""
    problems = _missing(outcome_columns(plan), columns)
    if problems:
        raise NotValid(problems)
    values = {name: np.asarray(_values(columns[name])) for name in plan.outcomes}
    problems = [
        Problem(code="impact.not-a-number", what=f"outcome {name!r} is in words", mend="give it as numbers")
        for name, column in values.items()
        if column.dtype.kind not in "biuf"
    ]
    if problems:
        raise NotValid(problems)
    return open_outcomes([str(one) for one in _values(columns[plan.id_column])], values)


def read_cohort(plan: AnalysisPlan, path: Path) -> Cohort:
    """The cohort of a CSV file; only the columns that matching may see are taken from it."""
    return cohort_of(plan, _read(plan, path, cohort_columns(plan)))


def read_outcomes(plan: AnalysisPlan, path: Path) -> Outcomes:
    """The outcomes of a CSV file."""
    return outcomes_of(plan, _read(plan, path, outcome_columns(plan)))


def _read(plan: AnalysisPlan, path: Path, names: tuple[str, ...]) -> Columns:
    cells = columns_of(read_table(path), names)
    ids = {plan.id_column: cells.pop(plan.id_column)}
    return ids | {name: typed(column) for name, column in cells.items()}


def _missing(names: tuple[str, ...], columns: Columns) -> list[Problem]:
    return [
        Problem(
            code="impact.no-such-column",
            what=f"the table has no column {name!r}, which the plan names",
            expected=", ".join(sorted(columns)),
            mend="correct the plan, or add the column",
        )
        for name in names
        if name not in columns
    ]


def _values(column: Sequence[float] | Sequence[str] | NDArray[np.generic] | Groups) -> Sequence[object]:
    """Words back from groups, anything else as it is."""
    if isinstance(column, Groups):
        return [column.levels[code] if code >= 0 else "" for code in column.codes.tolist()]
    return column.tolist() if isinstance(column, np.ndarray) else column
