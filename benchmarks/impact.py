"""Benchmark: match 1:k within a caliper, balance and estimate, beside what a user would write by hand.

Run ``python -m benchmarks.impact [--treated 1000] [--pool 20000] [--ratio 10] [--only ours]``. Each way runs in a
process of its own on the same made-up cohort (``benchmarks/cohorts.py``), so that CPU seconds and peak memory are its
own; what loading the cohort costs is told apart. Ways: ours; statsmodels' logit with a greedy loop in numpy and a
clustered regression; scikit-learn and psmpy where they are installed. The hand-written way differs on ties and order,
so estimates are near one another, not equal.
"""

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from benchmarks.cohorts import TERMS, Drawn, draw
from benchmarks.coverage import specification
from sib.impact.balance import balance_table
from sib.impact.estimate import estimate_effect
from sib.impact.formula import design
from sib.impact.matching import match_cohort

CALIPER = 0.2
OUTCOMES = ("score", "yes", "rate")


def ours(drawn: Drawn, ratio: int) -> dict[str, float]:
    """Score, match, balance of every covariate and three estimates with clustered errors."""
    said = specification(ratio)
    matched = match_cohort(drawn.cohort, said)
    balance = balance_table(drawn.cohort, said.covariates, matched, 0.1)
    found = {name: estimate_effect(drawn.cohort, said, matched, drawn.outcomes[name]) for name in OUTCOMES}
    worst = balance.worst
    return {
        "effect": found["score"].effect,
        "error": found["score"].error,
        "matched": matched.matched_treated,
        "worst_smd": abs(worst.smd),
    }


def by_hand(drawn: Drawn, ratio: int) -> dict[str, float]:
    """statsmodels and numpy as a user would write it: nearest free people one by one, then a clustered regression."""
    import statsmodels.api as sm

    treated = drawn.cohort.treated
    covariates = design(drawn.cohort, TERMS, "contrast").matrix(np.arange(drawn.cohort.size))
    columns = np.column_stack([np.ones(len(treated)), covariates])
    score = sm.Logit(treated.astype(float), columns).fit(disp=0).fittedvalues
    pairs, sets = _greedy(score, treated, ratio)
    smd = _smd(covariates, treated, pairs, sets)
    rows = np.concatenate((np.unique(sets), pairs))
    cluster = np.concatenate((np.unique(sets), sets))
    size = np.bincount(sets, minlength=len(treated))
    weights = np.where(treated[rows], 1.0, 1.0 / np.maximum(size[cluster], 1))
    found = {}
    for name in OUTCOMES:
        model = sm.WLS(drawn.outcomes[name][rows], sm.add_constant(treated[rows].astype(float)), weights=weights)
        found[name] = model.fit(cov_type="cluster", cov_kwds={"groups": cluster})
    effect, error = float(found["score"].params[1]), float(found["score"].bse[1])
    return {"effect": effect, "error": error, "matched": float(len(np.unique(sets))), "worst_smd": smd}


def _greedy(score: np.ndarray, treated: np.ndarray, ratio: int) -> tuple[np.ndarray, np.ndarray]:
    """Every treated person in falling order takes its nearest free people, one round after another."""
    width, pool = CALIPER * score.std(ddof=1), np.flatnonzero(~treated)
    free, found, owner = score[pool].copy(), [], []
    own = np.flatnonzero(treated)
    for _ in range(ratio):
        for person in own[np.argsort(-score[own], kind="stable")]:
            gaps = np.abs(free - score[person])
            nearest = int(np.argmin(gaps))
            if gaps[nearest] <= width:
                found.append(pool[nearest])
                owner.append(person)
                free[nearest] = np.inf
    return np.array(found), np.array(owner)


def _smd(covariates: np.ndarray, treated: np.ndarray, pairs: np.ndarray, sets: np.ndarray) -> float:
    size = np.bincount(sets, minlength=len(treated))
    means = np.average(covariates[pairs], axis=0, weights=1.0 / size[sets])
    gaps = covariates[np.unique(sets)].mean(axis=0) - means
    return float(np.abs(gaps / covariates[treated].std(axis=0, ddof=1)).max())


def with_sklearn(drawn: Drawn, ratio: int) -> dict[str, float]:
    """scikit-learn: logistic regression and nearest neighbours, with replacement, since it has nothing else."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import NearestNeighbors

    treated = drawn.cohort.treated
    columns = design(drawn.cohort, TERMS, "contrast").matrix(np.arange(drawn.cohort.size))
    columns = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    score = LogisticRegression(C=np.inf).fit(columns, treated).decision_function(columns)
    pool = np.flatnonzero(~treated)
    gaps, near = NearestNeighbors(n_neighbors=ratio).fit(score[pool, None]).kneighbors(score[treated, None])
    kept = gaps <= CALIPER * score.std(ddof=1)
    value = drawn.outcomes["score"]
    means = np.ma.array(value[pool][near], mask=~kept).mean(axis=1)
    effect = float((value[treated] - means).mean())
    return {
        "effect": effect,
        "error": float("nan"),
        "matched": float(kept.any(axis=1).sum()),
        "worst_smd": float("nan"),
    }


WAYS: dict[str, tuple[Callable[[Drawn, int], dict[str, float]], str]] = {
    "ours": (ours, ""),
    "statsmodels and numpy": (by_hand, "statsmodels"),
    "scikit-learn, with replacement": (with_sklearn, "sklearn"),
}


def one(way: str, treated: int, pool: int, ratio: int) -> None:
    """Run one way in this process and print its figures."""
    drawn = draw(treated, pool, 20240601)
    before, loaded = time.process_time(), _peak()
    wall = time.perf_counter()
    found = WAYS[way][0](drawn, ratio)
    figures = {"cpu": time.process_time() - before, "wall": time.perf_counter() - wall, "loaded": loaded}
    _say(json.dumps({**found, **figures, "peak": _peak()}))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Every way in a process of its own, side by side, with ratios to ours."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    ask.add_argument("--treated", type=int, default=1000)
    ask.add_argument("--pool", type=int, default=20_000)
    ask.add_argument("--ratio", type=int, default=10)
    ask.add_argument("--only", choices=sorted(WAYS))
    ask.add_argument("--here", choices=sorted(WAYS), help=argparse.SUPPRESS)
    said = ask.parse_args()
    if said.here:
        one(said.here, said.treated, said.pool, said.ratio)
        return
    _say(f"{said.treated:,} treated, pool of {said.pool:,}, 1:{said.ratio}, one BLAS thread, truth 1.5")
    base = None
    for way, (_, needs) in WAYS.items():
        if said.only and way != said.only:
            continue
        if needs and importlib.util.find_spec(needs) is None:
            _say(f"{way:32} not installed here")
            continue
        base = _told(way, said, base)
    if importlib.util.find_spec("psmpy") is None and not said.only:
        _say(f"{'psmpy':32} not installed here")


def _told(way: str, said: argparse.Namespace, base: dict[str, float] | None) -> dict[str, float] | None:
    command = [sys.executable, "-m", "benchmarks.impact", "--here", way, "--treated", str(said.treated)]
    command += ["--pool", str(said.pool), "--ratio", str(said.ratio)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)  # noqa: S603 - ours
    if done.returncode:
        _say(f"{way:32} failed: {(done.stderr.splitlines() or ['killed'])[-1]}")
        return base
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    own = base or found
    _say(
        f"{way:32} {found['cpu']:7.2f} CPU s ({found['cpu'] / own['cpu']:5.1f} x)  {found['wall']:7.2f} s  "
        f"peak {found['peak']:6.0f} MB ({found['peak'] / own['peak']:4.1f} x; cohort alone {found['loaded']:.0f})  "
        f"effect {found['effect']:.4f} ({found['error']:.4f})  matched {found['matched']:,.0f}  "
        f"worst difference {found['worst_smd']:.3f}"
    )
    return own


if __name__ == "__main__":
    main()
