"""Made-up cohorts whose true effect is known: 15 covariates, of which the chance of treatment is exactly logistic.

Three outcomes: a score (+1.5 for all treated), yes or no (-0.35 in log odds), a count with exposure (rate ratio 0.80).
The truth is that of the drawn treated people: the mean of what each would have with and without treatment.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sib.impact.cohort import Cohort, Groups, lock_cohort

Floats = NDArray[np.float64]
NUMBERS = ("age", "prior", "lincome", "earn0", "score", "months", "female", "nodeg", "mh", "drug", "housed")
WORDS: dict[str, tuple[tuple[str, ...], tuple[float, ...], tuple[float, ...]]] = {
    "eth": (("white", "black", "asian"), (0.7, 0.18, 0.12), (0, 0.3, -0.2)),
    "ten": (("rent", "social", "hostel", "own"), (0.4, 0.3, 0.2, 0.1), (0, 0.2, 0.4, -0.3)),
    "off": (
        ("theft", "violence", "drugs", "fraud", "other"),
        (0.35, 0.25, 0.2, 0.12, 0.08),
        (0, 0.25, -0.25, 0.5, 0.1),
    ),
    "reg": (
        tuple(f"r{number}" for number in range(8)),
        (0.2, 0.18, 0.15, 0.13, 0.12, 0.1, 0.07, 0.05),
        (0, 0.1, -0.1, 0.3, -0.3, 0.2, 0, 0.4),
    ),
}
"""Level names, their shares, and what each adds to the log odds of treatment."""
TERMS = (*NUMBERS, *WORDS)
SLOPES = {
    "age": -0.035, "prior": 0.14, "lincome": -0.25, "earn0": -0.00001, "score": 0.02, "months": -0.012,
    "female": 0.25, "nodeg": 0.45, "mh": 0.35, "drug": 0.5, "housed": -0.4,
}  # fmt: skip
CENTRES = {"age": 42.0, "lincome": 9.2, "score": 50.0}
RATE_RATIO = 0.80


@dataclass(frozen=True)
class Drawn:
    """A cohort, its outcomes, and the truth."""

    cohort: Cohort
    outcomes: dict[str, Floats]
    exposure: Floats
    truth: dict[str, float]
    """``score`` and ``yes``: differences; ``yes ratio`` and ``rate``: ratios."""


def draw(treated: int, pool: int, seed: int) -> Drawn:
    """A cohort of exactly so many people, from one seed."""
    size = treated + pool
    drawn = np.random.default_rng(seed)
    columns, groups = _covariates(size, drawn)
    line = sum(SLOPES[name] * (columns[name] - CENTRES.get(name, 0.0)) for name in NUMBERS)
    for name, (_, _, adds) in WORDS.items():
        line = line + np.array(adds)[groups[name]]
    flags = np.zeros(size, dtype=bool)
    flags[np.argpartition(-(line + drawn.logistic(size=size)), treated)[:treated]] = True
    unseen = 0.5 * drawn.standard_normal(size)
    base = 0.6 * line + unseen
    without = 20 + 4 * base + 3 * drawn.standard_normal(size)
    chance = [1 / (1 + np.exp(0.9 - base - shift)) for shift in (0.0, -0.35)]
    exposure = drawn.uniform(0.25, 2.0, size)
    rate = np.exp(-0.4 + base) * exposure
    yes = (drawn.random(size) < np.where(flags, chance[1], chance[0])).astype(np.float64)
    count = drawn.poisson(np.where(flags, RATE_RATIO, 1.0) * rate * drawn.gamma(2.0, 0.5, size))
    named = {name: Groups(codes, _sorted(name)) for name, codes in _alphabetical(groups).items()}
    cohort = lock_cohort([f"{row:08d}" for row in range(size)], flags, {**columns, **named})
    outcomes = {"score": np.where(flags, without + 1.5, without), "yes": yes, "rate": count.astype(np.float64)}
    shares = [float(one[flags].mean()) for one in chance]
    ratio = shares[1] / shares[0]
    truth = {"score": 1.5, "yes": shares[1] - shares[0], "yes ratio": ratio, "rate": RATE_RATIO}
    return Drawn(cohort, outcomes, exposure, truth)


def _covariates(size: int, drawn: np.random.Generator) -> tuple[dict[str, Floats], dict[str, NDArray[np.int64]]]:
    trait = drawn.standard_normal(size)
    prior = np.minimum(drawn.poisson(np.exp(0.6 + 0.5 * trait)), 12).astype(float)
    columns = {
        "age": np.clip(drawn.gamma(9, 3.6, size) + 10, 18, 75).round(0),
        "prior": prior,
        "lincome": 9.2 + 0.3 * trait + 0.5 * drawn.standard_normal(size),
        "earn0": np.where(drawn.random(size) < 0.35, 0.0, np.exp(8 + 0.9 * drawn.standard_normal(size))).round(2),
        "score": 50 + 8 * trait + 6 * drawn.standard_normal(size),
        "months": drawn.exponential(14, size),
        "female": drawn.random(size) < 0.32,
        "nodeg": drawn.random(size) < 1 / (1 + np.exp(0.2 + 0.3 * trait)),
        "mh": drawn.random(size) < 0.27,
        "drug": drawn.random(size) < 1 / (1 + np.exp(1.1 - 0.4 * prior / 3)),
        "housed": drawn.random(size) < 0.8,
    }
    groups = {name: drawn.choice(len(levels), size, p=shares) for name, (levels, shares, _) in WORDS.items()}
    return {name: column.astype(np.float64) for name, column in columns.items()}, groups


def _sorted(name: str) -> tuple[str, ...]:
    return tuple(sorted(WORDS[name][0]))


def _alphabetical(groups: dict[str, NDArray[np.int64]]) -> dict[str, NDArray[np.int64]]:
    """Codes of the levels in alphabetical order, as a cohort keeps them."""
    rank = {name: np.array([_sorted(name).index(level) for level in WORDS[name][0]]) for name in groups}
    return {name: rank[name][codes] for name, codes in groups.items()}
