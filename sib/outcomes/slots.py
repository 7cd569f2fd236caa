"""outcomes: one outcome is claimed once at a time: laying new claims beside those that are held already."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sib.errors import Problem
from sib.outcomes.claims import CLOSED_STATES, Claim, HeldClaim

_CONTENT = ("person", "metric", "occurrence", "count", "achieved_on", "evidenced_on", "evidence", "group")
"""What makes two claims with one reference the same; when and in which file they were submitted does not matter."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """What becomes of new claims."""

    taken: tuple[Claim, ...]
    already_held: tuple[Claim, ...]
    problems: tuple[Problem, ...]
    """One for each refused claim; ``line`` is its row."""


def sort_claims(claims: Iterable[Claim], held: Iterable[HeldClaim]) -> Sorted:
    """Tell new claims from repeated and refused ones.

    ``held`` are at least the contract's claims with the same references or slots. A claim is repeated if it is held
    word for word under its reference and attempt. It is refused if that reference and attempt say something else, if
    its outcome or reference is open in another claim, or if its attempt is not the next one.
    """
    book = _Book()
    for item in held:
        book.enter(item.claim, is_open=item.state not in CLOSED_STATES)
    taken, already_held, problems = [], [], []
    for claim in claims:
        same = book.same(claim)
        if same is not None and _content(same) == _content(claim):
            already_held.append(claim)
        elif problem := book.objection(claim, same):
            problems.append(problem)
        else:
            book.enter(claim, is_open=True)
            taken.append(claim)
    return Sorted(tuple(taken), tuple(already_held), tuple(problems))


class _Book:
    """Who holds which slot and reference; filled while one file is sorted."""

    def __init__(self) -> None:
        self._claims: dict[tuple[str, int], Claim] = {}
        self._open: dict[Any, Claim] = {}
        self._attempts: dict[Any, int] = {}

    def enter(self, claim: Claim, *, is_open: bool) -> None:
        self._claims[claim.reference, claim.attempt] = claim
        for key in (claim.reference, claim.slot):
            self._attempts[key] = max(claim.attempt, self._attempts.get(key, 0))
            if is_open:
                self._open[key] = claim

    def same(self, claim: Claim) -> Claim | None:
        return self._claims.get((claim.reference, claim.attempt))

    def objection(self, claim: Claim, same: Claim | None) -> Problem | None:
        if same is not None:
            return _reference_used(claim)
        if earlier := self._open.get(claim.slot) or self._open.get(claim.reference):
            return _already_claimed(claim, earlier)
        due = 1 + max(self._attempts.get(key, 0) for key in (claim.reference, claim.slot))
        return None if claim.attempt == due else _wrong_attempt(claim, due)


def _content(claim: Claim) -> tuple[Any, ...]:
    return tuple(getattr(claim, name) for name in _CONTENT)


def _reference_used(claim: Claim) -> Problem:
    return Problem(
        code="claim.reference-used",
        what=f"The reference {claim.reference}, attempt {claim.attempt}, already stands for another claim.",
        value=claim.reference,
        expected="the same content, a new reference, or the next attempt after a return",
        mend="Give the claim a reference of its own; to correct a returned claim, add one to the attempt.",
        line=claim.row,
        place="reference",
    )


def _already_claimed(claim: Claim, earlier: Claim) -> Problem:
    return Problem(
        code="claim.already-claimed",
        what=(
            f"This outcome ({claim.metric}, occurrence {claim.occurrence}) or its reference is open in another claim, "
            f"{earlier.reference}, attempt {earlier.attempt}."
        ),
        value=claim.reference,
        expected="each outcome of a person claimed once at a time",
        mend="Leave the row out; if the earlier claim is wrong, withdraw it first and claim again as the next attempt.",
        line=claim.row,
        place="reference",
    )


def _wrong_attempt(claim: Claim, due: int) -> Problem:
    return Problem(
        code="claim.attempt",
        what=f"The claim {claim.reference} is not the next attempt for its outcome.",
        value=str(claim.attempt),
        expected=str(due),
        mend=f"Set the attempt to {due}.",
        line=claim.row,
        place="attempt",
    )
