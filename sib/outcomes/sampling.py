"""outcomes: which claims are checked: a random sample that neither side can steer and anyone can draw again.

Both sides promise a secret number (its SHA-256) before the list of claims is closed, and tell it afterwards. The two
secrets and the closed list make one key; in each stratum the claims stand in the order of their HMAC under that key,
and the first so many are checked. Whoever tells no secret stops the draw, but cannot choose among samples.
"""

import hashlib
import hmac
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from sib.errors import NotValid, Problem, Refused

Side = Literal["accepted", "rejected"]
SIDES: tuple[str, str] = ("commissioner", "service provider")
"""Who promises a secret, in the order in which the secrets are joined."""
SHORTEST = 32
"""Characters of a secret; a shorter one could be guessed from its promise."""


@dataclass(frozen=True, slots=True, order=True)
class Stratum:
    """Claims that are drawn among themselves: decided the same way, with the same risk."""

    side: Side
    risk: str

    def __str__(self) -> str:
        return f"{self.side}, {self.risk}"


@dataclass(frozen=True, slots=True)
class Unit:
    """One claim that may be drawn; ``paid_minor`` is what was paid on it, 0 where it was rejected."""

    id: str
    """Unique in the list: the claim's reference and attempt."""
    stratum: Stratum
    paid_minor: int


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn, and everything needed to draw it again."""

    list_sha256: str
    key_sha256: str
    picks: tuple[Unit, ...]


def promise(secret: str) -> str:
    """What a side gives away before the list closes: the SHA-256 of its secret, as ``sha256sum`` prints it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def list_sha256(units: Iterable[Unit]) -> str:
    """The hash of a closed list, whatever its order; raises NotValid where a claim stands in it twice."""
    rows = sorted([unit.id, unit.stratum.side, unit.stratum.risk, unit.paid_minor] for unit in units)
    twice = sorted({str(a[0]) for a, b in pairwise(rows) if a[0] == b[0]})
    if twice:
        raise NotValid(Problem("sample.twice", "a claim stands in the list twice", "list it once", ", ".join(twice)))
    text = json.dumps(rows, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def draw(
    units: Sequence[Unit],
    sizes: Mapping[Stratum, int],
    closed_as: str,
    promised: Mapping[str, str],
    secrets: Mapping[str, str],
) -> Sample:
    """Draw ``sizes`` claims of each stratum from the list that was closed with the hash ``closed_as``.

    ``promised`` and ``secrets`` are by side. Raises Refused with everything that does not fit: a list changed since,
    a secret that is not the promised one, a stratum smaller than its sample.
    """
    found = list_sha256(units)
    problems = [*_list_problems(found, closed_as), *_secret_problems(promised, secrets)]
    problems += _size_problems(units, sizes)
    if problems:
        raise Refused(problems)
    key = _key(found, secrets)
    picks = [unit for stratum in sorted(sizes) for unit in in_order(units, stratum, key)[: sizes[stratum]]]
    return Sample(found, hashlib.sha256(key).hexdigest(), tuple(picks))


def in_order(units: Iterable[Unit], stratum: Stratum, key: bytes) -> list[Unit]:
    """A stratum's claims in the order in which they are drawn."""
    mine = (unit for unit in units if unit.stratum == stratum)
    return sorted(mine, key=lambda unit: (hmac.digest(key, unit.id.encode(), "sha256"), unit.id))


def _key(closed_as: str, secrets: Mapping[str, str]) -> bytes:
    """Both secrets, hashed apart so that no part of one can pass for the other, and the list they are used on."""
    parts = b"".join(hashlib.sha256(secrets[side].encode()).digest() for side in SIDES)
    joined = b"".join(secrets[side].encode() for side in SIDES)
    return hmac.digest(parts + joined, bytes.fromhex(closed_as), "sha256")


def promise_problems(promised: Mapping[str, str]) -> list[Problem]:
    """What keeps a list from being closed: a promise that is missing, or the same from both sides."""
    missing = [side for side in SIDES if side not in promised]
    problems = [
        Problem(
            "sample.no-promise",
            f"the {side} has promised no secret yet",
            "both sides promise theirs before the list of claims is closed: sib sample promise",
        )
        for side in missing
    ]
    if not missing and promised[SIDES[0]] == promised[SIDES[1]]:
        mend = "make another secret: with one for both, one side alone would choose the sample"
        problems.append(Problem("sample.same-promise", "both sides promised the same secret", mend))
    return problems


def _list_problems(found: str, closed_as: str) -> list[Problem]:
    if found == closed_as:
        return []
    what = "the list of claims is not the one that was closed"
    return [Problem("sample.list", what, "draw from the list as it was closed", found, closed_as)]


def _secret_problems(promised: Mapping[str, str], secrets: Mapping[str, str]) -> list[Problem]:
    problems = promise_problems(promised)
    for side in SIDES:
        secret = secrets.get(side, "")
        if len(secret) < SHORTEST:
            mend = f"a secret has at least {SHORTEST} characters: sib sample secret makes one"
            problems.append(Problem("sample.secret", f"the {side}'s secret is missing or too short", mend))
        elif side in promised and promise(secret) != promised[side]:
            what = f"the {side}'s secret is not the one that was promised"
            mend = "tell the secret whose SHA-256 was promised; without it nothing can be drawn"
            problems.append(Problem("sample.secret", what, mend, promise(secret), promised[side]))
    return problems


def _size_problems(units: Iterable[Unit], sizes: Mapping[Stratum, int]) -> list[Problem]:
    there = counted(units)
    return [
        Problem(
            "sample.size",
            f"{size} claims cannot be drawn from “{stratum}”",
            "ask for fewer",
            str(size),
            f"0 to {there.get(stratum, 0)}",
        )
        for stratum, size in sorted(sizes.items())
        if not 0 <= size <= there.get(stratum, 0)
    ]


def counted(units: Iterable[Unit]) -> dict[Stratum, int]:
    """How many claims stand in each stratum."""
    there: dict[Stratum, int] = {}
    for unit in units:
        there[unit.stratum] = there.get(unit.stratum, 0) + 1
    return there


def zero_error_size(confidence: Fraction, rate: Fraction, population: int | None = None) -> int:
    """How many claims must be checked and found right to say, with ``confidence``, that fewer than ``rate`` are wrong.

    The smallest n with (1 - rate)**n <= 1 - confidence; in a population so small that it matters, drawn without
    putting back, the smallest n that misses all of its wrong claims no more often. Shares between 0 and 1.
    """
    if not (0 < confidence < 1 and 0 < rate < 1):
        raise NotValid(Problem("sample.share", "confidence and rate are shares between 0 and 1", "write 0.95 and 0.05"))
    missed, size = Fraction(population != 0), 0
    wrong = math.ceil(rate * population) if population is not None else 0
    while missed > 1 - confidence:
        if population is None:
            missed *= 1 - rate
        else:
            missed *= Fraction(max(0, population - wrong - size), population - size)
        size += 1
    return size


def allocated(there: Mapping[Stratum, int], total: int, weights: Mapping[str, int]) -> dict[Stratum, int]:
    """``total`` claims shared out to strata by their number times their risk's weight (1 if not named).

    Each stratum gets at least two, as many as it has at most: one alone says nothing about how claims differ.
    """
    least = {stratum: min(2, number) for stratum, number in there.items()}
    sizes, left = dict(least), max(0, total - sum(least.values()))
    pull = {stratum: number * weights.get(stratum.risk, 1) for stratum, number in there.items()}
    while left and (open_ := [stratum for stratum in sorted(there) if sizes[stratum] < there[stratum]]):
        # whoever is furthest behind its part is next; exact, so that everybody shares out alike
        neediest = max(open_, key=lambda stratum: Fraction(pull[stratum], sizes[stratum] + 1))
        sizes[neediest] += 1
        left -= 1
    return sizes
