"""How often intervals hold the truth: made-up cohorts, each estimated in several ways.

Example: python -m benchmarks.coverage --cohorts 300 --treated 1000 --pool 20000
"""

import argparse
import json
import sys
from statistics import NormalDist

import numpy as np

from benchmarks.cohorts import TERMS, Drawn, draw
from sib.errors import NotValid
from sib.impact.binary import share_effect
from sib.impact.doubly import modelled_effect
from sib.impact.estimate import estimate_effect, matched_sample
from sib.impact.formula import design
from sib.impact.matching import MatchedCohort, match_cohort
from sib.impact.rates import rate_effect
from sib.impact.specification import Specification, read_specification

Row = dict[str, tuple[float, float, float]]
"""Estimate, error and truth by the name of a way and an outcome."""


def specification(ratio: int, estimator: str = "difference", caliper: float = 0.2) -> Specification:
    """Nearest on the log odds within a caliper, ``ratio`` each."""
    return read_specification(
        {
            "id": f"1:{ratio}", "covariates": list(TERMS), "method": "nearest", "distance": "logit",
            "caliper": caliper, "ratio": ratio, "replace": False, "order": "largest", "estimator": estimator,
        }
    )  # fmt: skip


def one_cohort(drawn: Drawn, ratios: tuple[int, ...]) -> Row:
    """Every way on one cohort."""
    out: Row = {}
    cohort = drawn.cohort
    score = None
    for ratio in ratios:
        matched = match_cohort(cohort, specification(ratio), score=score)
        score = matched.score
        for outcome in ("score", "yes"):
            for estimator in ("difference", "adjusted"):
                found = estimate_effect(cohort, specification(ratio, estimator), matched, drawn.outcomes[outcome])
                key = f"1:{ratio} {estimator} {outcome}"
                out[key] = (found.effect, found.error, drawn.truth[outcome])
        out |= {f"1:{ratio} {name}": found for name, found in _ratios(drawn, matched).items()}
    columns = design(cohort, TERMS, "contrast")
    for outcome in ("score", "yes"):
        found = modelled_effect(columns, columns, cohort.treated, drawn.outcomes[outcome])
        out[f"aipw {outcome}"] = (found.effect, found.error, drawn.truth[outcome])
    return out


def _ratios(drawn: Drawn, matched: MatchedCohort) -> Row:
    """The shares' own intervals, and ratios by their logarithms."""
    sample = matched_sample(drawn.cohort, ["age"], matched, drawn.outcomes["yes"])
    shares = share_effect(sample)
    width = 2 * NormalDist().inv_cdf(0.975)
    out = {"shares": (shares.difference, (shares.difference_high - shares.difference_low) / width, drawn.truth["yes"])}
    if shares.ratio and shares.ratio_low and shares.ratio_high:
        spread = float(np.log(shares.ratio_high / shares.ratio_low)) / width
        out["shares' ratio"] = (float(np.log(shares.ratio)), spread, float(np.log(drawn.truth["yes ratio"])))
    counts = matched_sample(drawn.cohort, ["age"], matched, drawn.outcomes["rate"])
    rate = rate_effect(counts, drawn.exposure[matched.weights > 0])
    out["rate"] = (rate.log_ratio, float(np.log(rate.high / rate.low)) / width, float(np.log(drawn.truth["rate"])))
    return out


def summary(rows: list[Row], confidence: float = 0.95) -> dict[str, dict[str, float]]:
    """Bias, error over spread, and coverage of each way."""
    width = NormalDist().inv_cdf(0.5 + confidence / 2)
    out = {}
    for name in rows[0]:
        estimate, error, truth = (np.array([row[name][place] for row in rows]) for place in range(3))
        miss = estimate - truth
        out[name] = {
            "bias": float(miss.mean()),
            "error over spread": float(error.mean() / miss.std(ddof=1)),
            "coverage": float((np.abs(miss) <= width * error).mean()),
        }
    return out


def main() -> None:
    """Print the table, and the Monte Carlo error of a coverage."""
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--cohorts", type=int, default=300)
    said.add_argument("--treated", type=int, default=1000)
    said.add_argument("--pool", type=int, default=20000)
    said.add_argument("--ratios", type=int, nargs="+", default=[1, 5, 10])
    said.add_argument("--seed", type=int, default=1)
    said.add_argument("--json", action="store_true")
    asked = said.parse_args()
    seeds = range(asked.seed, asked.seed + asked.cohorts)
    rows = []
    for seed in seeds:
        try:
            rows.append(one_cohort(draw(asked.treated, asked.pool, seed), tuple(asked.ratios)))
        except NotValid as wrong:
            sys.stderr.write(f"seed {seed} left out: {wrong.problems[0].what}\n")
    table = summary(rows)
    if asked.json:
        sys.stdout.write(json.dumps(table, indent=2) + "\n")
        return
    for name, figures in table.items():
        sys.stdout.write(f"{name:28} " + "  ".join(f"{key} {value:.4f}" for key, value in figures.items()) + "\n")
    sys.stdout.write(f"{'+- (one standard error)':28} {np.sqrt(0.95 * 0.05 / len(rows)):.4f}\n")


if __name__ == "__main__":
    main()
