"""impact: the answers for an outside checker, in the names and the form in which R's stand on file."""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from sib.impact.balance import Balance, BalanceRow
from sib.impact.cohort import Cohort, Floats, Rows
from sib.impact.estimate import TREATMENT, Sample, binary_effect, fit_effect, matched_sample, pairwise_error
from sib.impact.matching import MatchedCohort
from sib.impact.regression import Fit, Robust, clustered_error, robust_error

_ROBUST: tuple[Robust, ...] = ("const", "HC0", "HC1", "HC2", "HC3")
_BALANCE_HEADER = (
    *("sample", "variable", "Means Treated", "Means Control", "Std. Mean Diff.", "Var. Ratio"),
    *("eCDF Mean", "eCDF Max", "Std. Pair Dist."),
)
_MEANS_EQUAL = math.sqrt(np.finfo(float).eps)


def effects(cohort: Cohort, terms: Sequence[str], matched: MatchedCohort, outcome: Floats) -> dict[str, Any]:
    """All estimators and standard errors of one outcome, by their names on file."""
    sample = matched_sample(cohort, terms, matched, outcome)
    plain, adjusted, full = (fit_effect(sample, name) for name in ("difference", "adjusted", "g-computation"))
    out: dict[str, Any] = {"estimate": plain.coefficients[TREATMENT], "n": len(sample.outcome)}
    out |= {f"se_{kind}": robust_error(plain, TREATMENT, kind) for kind in _ROBUST}
    out |= _by_sets(plain, sample)
    out |= {
        "adj_estimate": adjusted.coefficients[TREATMENT],
        "adj_se_HC1": robust_error(adjusted, TREATMENT, "HC1"),
    }
    if sample.clustered:
        out["adj_se_CL_HC1"] = clustered_error(adjusted, TREATMENT, sample.sets, "HC1")
        gcomp_error = clustered_error(full, TREATMENT, sample.sets, "HC1")
    else:
        gcomp_error = robust_error(full, TREATMENT, "HC1")
    out |= {"gcomp_estimate": full.coefficients[TREATMENT], "gcomp_se": gcomp_error}
    if matched.with_replacement:
        out["getmatches_estimate"], out["getmatches_se_CL_subclass_id"] = pairwise_error(cohort, matched, outcome)
    if np.isin(sample.outcome, (0.0, 1.0)).all():
        out |= _binary(sample)
    return {name: _number(value) for name, value in out.items()}


def write_answer(
    folder: Path,
    said: Mapping[str, Any],
    matched: MatchedCohort,
    balance: Balance,
    att: Mapping[str, Any],
    widths: Mapping[str, float],
) -> dict[str, Any]:
    """Write the four files into ``folder``; gives what stands in ``result.json``.

    ``widths`` are calipers on covariates.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pairs, score = matched.matches, matched.score
    result = {
        **said,
        "sib_version": version("sib"),
        "n_treated_matched": matched.matched_treated,
        "n_control_matched": matched.matched_comparison,
        "ess_control": matched.effective_comparison,
        "n_pairs": None if pairs is None else int((pairs >= 0).sum()),
        "sum_abs_pair_distance": {} if pairs is None or score is None else _total_distance(score, matched),
        "caliper_in_distance_units": {**({} if matched.caliper is None else {"1": matched.caliper}), **widths} or None,
        "nn": {},
        "ps_coefficients": _coefficients(matched),
        "att": dict(att),
    }
    (folder / "result.json").write_text(json.dumps(result, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    _write(folder / "units.csv", _unit_rows(matched))
    _write(folder / "balance.csv", _balance_rows(balance, said["args"].get("method") == "subclass"), csv.QUOTE_ALL)
    if pairs is not None:
        _write(folder / "match_matrix.csv", _match_rows(pairs, matched))
    return result


def _by_sets(fit: Fit, sample: Sample) -> dict[str, Any]:
    if not sample.clustered:
        return {}
    sets = sample.sets
    return {
        "n_clusters": len(np.unique(sets)),
        "se_CL_HC1": clustered_error(fit, TREATMENT, sets, "HC1"),
        "se_CL_HC0": clustered_error(fit, TREATMENT, sets, "HC0"),
        "se_CL_HC0_noadj": clustered_error(fit, TREATMENT, sets, "HC0", few=False),
    }


def _binary(sample: Sample) -> dict[str, Any]:
    effect = binary_effect(sample)
    out = {
        "log_or": effect.log_odds_ratio,
        "log_or_se_HC0": effect.log_odds_error,
        "log_or_se_CL_HC0": effect.log_odds_error_clustered,
        "risk1": effect.risk_treated,
        "risk0": effect.risk_comparison,
        "log_rr": effect.log_risk_ratio,
    }
    return {name: value for name, value in out.items() if sample.clustered or name != "log_or_se_CL_HC0"}


def _total_distance(score: Floats, matched: MatchedCohort) -> float:
    own, other = matched.pairs
    return float(np.abs(score[own] - score[other]).sum())


def _coefficients(matched: MatchedCohort) -> dict[str, float]:
    fitted = matched.propensity
    return {} if fitted is None else dict(zip(fitted.names, fitted.coefficients, strict=True))


def _unit_rows(matched: MatchedCohort) -> list[list[str]]:
    scores = ["NA"] * len(matched.ids) if matched.score is None else [_text(one) for one in matched.score.tolist()]
    labels = ["NA" if one < 0 else str(one + 1) for one in matched.sets.tolist()]
    out = ["TRUE" if one else "FALSE" for one in matched.discarded.tolist()]
    who = zip(matched.ids.tolist(), matched.treated.tolist(), matched.weights.tolist(), strict=True)
    people = zip(who, scores, labels, out, strict=True)
    header = ["id", "treat", "weight", "distance", "subclass", "discarded"]
    return [
        header,
        *(
            [one, str(int(flag)), _text(weight), score, label, gone]
            for (one, flag, weight), score, label, gone in people
        ),
    ]


def _match_rows(matches: Rows, matched: MatchedCohort) -> list[list[str]]:
    header = ["treated", *(f"control{turn + 1}" for turn in range(matches.shape[1]))]
    ids = matched.ids
    rows = zip(ids[matched.focal].tolist(), matches.tolist(), strict=True)
    return [header, *([own, *(str(ids[row]) if row >= 0 else "" for row in found)] for own, found in rows)]


def _balance_rows(balance: Balance, classes: bool) -> list[list[str]]:
    return [list(_BALANCE_HEADER), *(_balance_row(row, classes) for row in balance.rows)]


def _balance_row(row: BalanceRow, classes: bool) -> list[str]:
    """One line. MatchIt leaves the pair distance in the covariate's own unit where means are equal; so does this."""
    distance = None if classes else row.pair_distance
    if distance is not None and abs(row.mean_treated - row.mean_comparison) <= _MEANS_EQUAL:
        distance *= row.spread
    sample = "across" if classes and row.sample == "matched" else row.sample
    figures = (
        row.mean_treated,
        row.mean_comparison,
        row.smd,
        row.variance_ratio,
        row.ecdf_mean,
        row.ecdf_max,
        distance,
    )
    return [sample, row.variable, *("NA" if one is None else _text(one) for one in figures)]


def _write(path: Path, rows: list[list[str]], quoting: int = csv.QUOTE_MINIMAL) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=quoting, lineterminator="\n").writerows(rows)  # type: ignore[arg-type]


def _text(value: float) -> str:
    """17 significant digits: enough to read the same number back."""
    return f"{value:.17g}"


def _number(value: Any) -> int | float | None:
    if value is None or isinstance(value, int):
        return value
    return float(value) if math.isfinite(value) else None
