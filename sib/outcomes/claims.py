"""outcomes: a provider's claim that an outcome was reached, the states it can be in and the reasons for them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal


class VerificationState(StrEnum):
    """Where a claim stands; payment and recovery are told elsewhere."""

    SUBMITTED = "submitted"
    SCREENED = "screened"
    FLAGGED = "flagged"
    UNDER_REVIEW = "under review"
    VERIFIED = "verified"
    RETURNED = "returned"
    REJECTED = "rejected"
    INVALIDATED = "invalidated"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


CLOSED_STATES = frozenset(
    {
        VerificationState.RETURNED,
        VerificationState.REJECTED,
        VerificationState.INVALIDATED,
        VerificationState.WITHDRAWN,
        VerificationState.SUPERSEDED,
    }
)
"""A claim in one of these no longer holds its slot: the outcome may be claimed again with the next attempt number."""


class Action(StrEnum):
    """What an actor does to a claim."""

    SCREEN = "screen"
    FLAG = "flag"
    REVIEW = "review"
    VERIFY = "verify"
    RETURN = "return"
    REJECT = "reject"
    INVALIDATE = "invalidate"
    WITHDRAW = "withdraw"
    SUPERSEDE = "supersede"


class Reason(StrEnum):
    """The closed list of reasons; free text is allowed with ``other`` only."""

    EVIDENCE_MISSING = "evidence missing"
    EVIDENCE_UNREADABLE = "evidence unreadable"
    EVIDENCE_INSUFFICIENT = "evidence does not show the outcome"
    EVIDENCE_REUSED = "evidence already used"
    EVIDENCE_NOT_GENUINE = "evidence not genuine"
    WRONG_DETAIL = "wrong date, count or metric"
    OUTSIDE_WINDOW = "outside the claim window"
    NOT_IN_COHORT = "not in the cohort"
    NOT_ELIGIBLE = "not eligible"
    NOT_ACHIEVED = "outcome not achieved"
    NOT_SUSTAINED = "outcome not sustained"
    DUPLICATE = "duplicate"
    FUNDED_ELSEWHERE = "paid for by another contract"
    RELATED_PARTY = "related party"
    NEAR_THRESHOLD = "close to a threshold"
    UNUSUAL_PATTERN = "unusual pattern"
    SAMPLED = "selected for sample"
    CONTESTED = "contested by the participant"
    PROVIDER_ERROR = "error reported by the provider"
    CONSENT_WITHDRAWN = "consent withdrawn"
    REPLACED = "replaced by another claim"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Claim:
    """One outcome, or ``count`` equal ones, that a provider says one person reached."""

    contract: str
    reference: str
    """The provider's own name for the claim; unique with ``attempt`` within the contract."""
    attempt: int
    """1, and one more each time a returned, rejected or withdrawn claim is made again."""
    person: str
    """Pseudonym, hexadecimal; never an identifier the person is known by elsewhere."""
    metric: str
    occurrence: int
    """1 for the first time this person reaches this metric, 2 for the second, and so on."""
    count: int
    achieved_on: date
    evidenced_on: date
    submitted_on: date
    evidence: str
    """What shows it: kind and reference of the evidence, never its content."""
    group: str | None
    """As the contract names its groups; ``None`` where prices do not depend on it."""
    file_sha256: str
    """Of the file the claim came in."""
    row: int
    """Row of that file, counted as a spreadsheet does: the header is row 1."""

    @property
    def slot(self) -> tuple[str, str, int]:
        """What can be paid for once only: person, metric, occurrence."""
        return self.person, self.metric, self.occurrence


@dataclass(frozen=True, slots=True)
class HeldClaim:
    """A claim as the register holds it, with its latest verification."""

    id: int
    claim: Claim
    state: VerificationState
    decisions: int
    """How many decisions led to the state; 0 means as submitted."""
    submitted_by: str
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: Reason | None = None


FileKind = Literal["claims", "cohort", "results"]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was handed over; its bytes are kept under their hash."""

    contract: str
    kind: FileKind
    sha256: str
    bytes: int
    rows: int
    """Rows below the header, good and bad alike."""
