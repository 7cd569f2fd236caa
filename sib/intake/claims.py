"""intake: a provider's file becomes claims, and every row that cannot become one goes back with its reasons."""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from operator import itemgetter
from sys import intern
from typing import TypeAlias

from sib.intake.cells import LONGEST, is_plain, is_total, iso_date, row_faults, tidy, whole_number
from sib.intake.claim_row import (
    CLAIM_COLUMNS,
    HELD_ALREADY,
    HELD_OTHERWISE,
    REPEATED_ID,
    REPEATED_OUTCOME,
    SWAPPED,
    Cells,
    ClaimRules,
    ClaimTexts,
    MetricRule,
    cell_faults,
    held,
    may_show,
    repeated,
    rule_faults,
)
from sib.intake.faults import RefusedRow, RowProblem
from sib.intake.header import places
from sib.intake.table import open_table
from sib.outcomes.claims import CLOSED_STATES, Claim, HeldClaim

__all__ = (
    "CLAIM_COLUMNS",
    "ClaimRules",
    "Intake",
    "KnownClaims",
    "MetricRule",
    "RefusedRow",
    "RowProblem",
    "content_hash",
    "known_claims",
    "read_claims",
)

Slot: TypeAlias = tuple[str, str, int]
"""Pseudonym, metric, occurrence: what can be claimed only once at a time."""


@dataclass(frozen=True, slots=True)
class KnownClaims:
    """What the register holds already.

    ``slots`` has the claims that hold their slot; ``references`` every reference, with the ``content_hash`` of its
    latest attempt. A reference in ``reopened`` was returned, rejected or withdrawn and may be claimed again with other
    content; ``freed`` has the slots of such claims. Both count the attempts made so far: the next gets the next number.
    """

    slots: Mapping[Slot, str] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    reopened: Mapping[str, int] = field(default_factory=dict)
    freed: Mapping[Slot, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of a file: each of its ``rows`` is a claim, or refused, or was held already."""

    sha256: str
    rows: int
    claims: tuple[Claim, ...]
    refused: tuple[RefusedRow, ...]
    already_held: int

    def __post_init__(self) -> None:
        if self.rows != len(self.claims) + len(self.refused) + self.already_held:
            raise AssertionError("a row of the file is lost or counted twice")


def content_hash(claim: Claim) -> str:
    """Hash of what a claim says, whoever sent it when and in which file; equal hashes are the same claim."""
    said = (
        claim.person,
        claim.metric,
        str(claim.occurrence),
        str(claim.count),
        claim.achieved_on.isoformat(),
        claim.evidenced_on.isoformat(),
        claim.evidence,
        "" if claim.group is None else claim.group,
    )
    return sha256("\x1f".join(said).encode()).hexdigest()


def known_claims(claims: Iterable[HeldClaim]) -> KnownClaims:
    """What ``read_claims`` needs to know of the claims that the register holds, in whatever order."""
    slots: dict[Slot, str] = {}
    freed: dict[Slot, int] = {}
    latest: dict[str, HeldClaim] = {}
    for one in claims:
        claim = one.claim
        if one.state in CLOSED_STATES:
            freed[claim.slot] = max(claim.attempt, freed.get(claim.slot, 0))
        else:
            slots[claim.slot] = claim.reference
        if claim.reference not in latest or claim.attempt > latest[claim.reference].claim.attempt:
            latest[claim.reference] = one
    return KnownClaims(
        slots=slots,
        references={reference: content_hash(one.claim) for reference, one in latest.items()},
        reopened={ref: one.claim.attempt for ref, one in latest.items() if one.state in CLOSED_STATES},
        freed=freed,
    )


def read_claims(
    data: bytes, rules: ClaimRules, *, submitted_on: date, pseudonym: Callable[[str], str], known: KnownClaims
) -> Intake:
    """Claims, refused rows and the number of rows already held, from a CSV file with the columns ``CLAIM_COLUMNS``.

    A row that says exactly what a held claim of the same reference says is already held: sending a file twice changes
    nothing. Rows of one file are compared in order, the first of two equal references or slots stands. ``pseudonym``
    turns a person's reference into the contract's pseudonym; the reference is neither kept nor repeated in an error.
    Raises NotValid, with every problem, when the form of the file as a whole is wrong; nothing of it is taken then.
    """
    table = open_table(data, CLAIM_COLUMNS)
    desk = _Desk(rules, submitted_on, pseudonym, known, table.sha256, table.header)
    claims: list[Claim] = []
    refused: list[RefusedRow] = []
    rows = 0
    with _no_garbage():
        for line, cells in table.rows:
            rows += 1
            taken = desk.take(line, cells)
            if isinstance(taken, Claim):
                claims.append(taken)
            elif taken is not None:
                refused.append(taken)
    return Intake(table.sha256, rows, tuple(claims), tuple(refused), desk.already_held)


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Claims refer to nothing that refers back: looking for such rings takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Desk:
    """Takes the rows of one file one by one, and remembers what it has seen of the file."""

    def __init__(
        self,
        rules: ClaimRules,
        submitted_on: date,
        pseudonym: Callable[[str], str],
        known: KnownClaims,
        file_sha256: str,
        header: tuple[str, ...],
    ) -> None:
        self.rules, self.submitted_on, self.known = rules, submitted_on, known
        self.pseudonym, self.file_sha256 = pseudonym, file_sha256
        self.pick, self.width = itemgetter(*places(header, CLAIM_COLUMNS)), len(header)
        self.windows = {metric: rules.window(metric) for metric in rules.metrics}
        self.people: dict[str, str] = {}
        self.lines: dict[str, int] = {}
        self.slots: dict[Slot, int] = {}
        self.already_held = 0

    def take(self, line: int, cells: list[str]) -> Claim | RefusedRow | None:
        """The claim that the row makes, or the row refused; None when the claim is already held."""
        if faults := tuple(row_faults(cells, self.width)) if len(cells) != self.width else ():
            return RefusedRow(line, faults)
        cells.append("")  # what `places` points at for a column that the file lacks
        plain: Cells = self.pick(cells)
        return self._compare(line, plain, []) if self._is_plain(cells, plain) else self._look_longer(line, cells)

    def _look_longer(self, line: int, cells: list[str]) -> Claim | RefusedRow | None:
        if faults := tuple(row_faults(cells, self.width + 1)):
            return RefusedRow(line, faults)
        texts = ClaimTexts._make(map(tidy, self.pick(cells)))
        if iso_date(texts.person) or texts.person in self.rules.metrics:
            return RefusedRow(line, (SWAPPED,))
        unreadable = list(cell_faults(texts))
        unwanted = list(rule_faults(texts, self.rules, self.submitted_on))
        return self._refuse(line, texts, unreadable + unwanted) if unreadable else self._compare(line, texts, unwanted)

    def _is_plain(self, cells: list[str], texts: Cells) -> bool:
        """Whether the row has no fault, seen at a glance; a False only means that it needs the longer look.

        Nearly every row passes here, so this decides how long ten million take. It must never be more lenient than
        the faults below.
        """
        claim_id, person, metric, achieved, evidenced, evidence, occurrence, count, group = texts
        rules = self.rules
        rule = rules.metrics.get(metric)
        achieved_on, evidenced_on = iso_date(achieved), iso_date(evidenced)
        number = whole_number(occurrence or "1")
        whole = "".join(cells)
        return (
            rule is not None
            and achieved_on is not None
            and evidenced_on is not None
            and number is not None
            and (rule.limit is None or number <= rule.limit)
            and (not count or whole_number(count) is not None)
            and (not group or group in rules.groups)
            and self.windows[metric][0] <= achieved_on <= self.windows[metric][1]
            and achieved_on <= evidenced_on <= self.submitted_on
            and whole.isascii()
            and whole.isprintable()
            and len(whole) <= LONGEST
            and is_plain(claim_id)
            and is_plain(person)
            and is_plain(evidence)
            and person[4:5] != "-"  # as in a date
            and person not in rules.metrics
            and not is_total(cells)
        )

    def _compare(self, line: int, texts: Cells, problems: list[RowProblem]) -> Claim | RefusedRow | None:
        """The row against the claims held and the rows before it; every cell of it can be read."""
        claim = self._claim(line, texts)
        reference, slot, known = claim.reference, claim.slot, self.known
        first = self.lines.setdefault(reference, line)
        if reference in known.references and first == line and known.references[reference] == content_hash(claim):
            self.already_held += 1
            return None
        if problems or first != line or reference in known.references or slot in self.slots or slot in known.slots:
            problems += self._duplicates(line, claim, show=may_show(texts[0], texts[1]))
        if problems:
            return RefusedRow(line, tuple(problems))
        self.slots[slot] = line
        return claim

    def _claim(self, line: int, texts: Cells) -> Claim:
        claim_id, person, metric, achieved, evidenced, evidence, occurrence, count, group = texts
        known = self.known
        name = self.people.get(person)
        if name is None:
            name = self.people[person] = self.pseudonym(person)
        number = whole_number(occurrence or "1") or 1
        attempt = 1
        if known.reopened or known.freed:
            attempt += max(known.reopened.get(claim_id, 0), known.freed.get((name, metric, number), 0))
        return Claim(
            self.rules.contract,
            claim_id,
            attempt,
            name,
            intern(metric),
            number,
            whole_number(count or "1") or 1,
            iso_date(achieved) or date.min,
            iso_date(evidenced) or date.min,
            self.submitted_on,
            evidence,
            group or None,
            self.file_sha256,
            line,
        )

    def _refuse(self, line: int, texts: ClaimTexts, problems: list[RowProblem]) -> RefusedRow:
        """A row with cells that cannot be read; its reference still stands for the rows after it."""
        reference = texts.claim_id
        first = self.lines.setdefault(reference, line) if reference.strip() else line
        if first != line:
            problems.append(repeated(REPEATED_ID, reference if may_show(reference, texts.person) else None, first))
        return RefusedRow(line, tuple(problems))

    def _duplicates(self, line: int, claim: Claim, *, show: bool) -> Iterator[RowProblem]:
        reference, slot, known = claim.reference, claim.slot, self.known
        first, taken = self.lines[reference], self.slots.get(slot)
        if first != line:
            yield repeated(REPEATED_ID, reference if show else None, first)
        elif reference in known.references and reference not in known.reopened:
            yield held(HELD_OTHERWISE, reference if show else None)
        if taken is not None and taken != first:
            yield repeated(REPEATED_OUTCOME, str(claim.occurrence), taken)
        elif taken is None and known.slots.get(slot, reference) != reference:
            yield held(HELD_ALREADY, str(claim.occurrence))
