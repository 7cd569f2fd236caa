"""terms: amendments as data: what changes in the document, who signed it, from when it holds, what it judges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sib.terms.base import Clause, Illustrative, Many, Name, Some, Source, Term, Words
from sib.terms.contract import Contract
from sib.terms.places import Located
from sib.terms.read import Agreed, Where
from sib.terms.sentences import day, listed, sentence
from sib.terms.toml import inline

SIGNERS = ("outcome payer", "service provider")
"""The roles whose parties all sign, where the amendment does not say who must."""
_JUDGED = {"event date": "outcomes achieved from then on", "settlement date": "all that is settled from then on"}
_DAY = timedelta(1)


class Signature(Term):
    """One party's signature."""

    party: Name = Field(description="the party that signed")
    by: Words = Field(description="who signed for it, by office: head of commissioning")
    on: date = Field(description="the day of the signature")


class AmendmentHeader(Term):
    """What is amended and why, who signed, and from when it holds."""

    number: int = Field(ge=1, le=999, description="its number, also its file's name: 001.toml is 1")
    title: Words = Field(description="what it does, in a few words")
    clause: Clause
    why: Words = Field(description="why the parties agreed to it")
    drafted_on: date = Field(description="the day of the draft")
    effective_from: date = Field(description="the first day on which the changed terms hold")
    judged_at: Literal["event date", "settlement date"] = Field(
        "event date",
        description="event date: outcomes achieved from that day on; settlement date: all that is settled from then on",
    )
    must_sign: Many[Name] = Field(
        (), description="the parties that must sign; every outcome payer and service provider if left out"
    )
    signed: Many[Signature] = Field((), description="who has signed; until all have, it is a draft")
    closed_until: date | None = Field(
        None,
        description="settlement periods that end up to this day are closed and stay as they are; "
        "the day before `effective_from` if left out",
    )
    retrospective: Words | None = Field(
        None, description="why it holds from a day before the last signature; left out where it does not"
    )
    source: Source
    illustrative: Illustrative

    @property
    def closed(self) -> date:
        """The last day of what is closed."""
        return self.closed_until or self.effective_from - _DAY


Values = Mapping[str, Any]
_Named = Annotated[Name | None, Field(None, description="the part of this sort with this id")]
_Placed = Annotated[
    Name | Annotated[int, Field(ge=1)] | None,
    Field(None, description="the part with this id, else at this place of the list, from 1"),
]
_Single = Annotated[Literal[True] | None, Field(None, description="true: the contract's table of this name")]


class Change(Term):
    """One change of one part of the contract: keys of it set, a number followed by another, the part added or ended."""

    contract: Name | None = Field(None, description="the contract's own table, by the contract's id")
    party: _Named
    cohort: _Named
    metric: _Named
    quantity: _Named
    condition: _Named
    amount: _Named
    payment: Name | None = Field(None, description="the payment with this id; also a row of a rate card")
    rate_card: _Placed
    cap: _Named
    exchange: _Placed
    settlement: Words | None = Field(None, description="the settlement period of this name")
    tranche: _Named
    waterfall: _Placed
    words: _Single
    simulation: _Single
    guarantee: _Named
    loss: _Named
    plan: _Named
    forecast: _Single
    set: Values | None = Field(
        None, description="keys and their new values; a table with `kind` and a list are put in place whole"
    )
    leave_out: Many[Name] = Field((), description="keys that the part no longer has")
    from_then: Values | None = Field(
        None, description="numbers that hold from `effective_from`, or from a later day; what held before stays"
    )
    add: Values | None = Field(None, description="a new part: all its keys, but for its id")
    end: Literal[True] | None = Field(None, description="true: the part is taken out")

    @model_validator(mode="after")
    def _one_part_one_deed(self) -> Change:
        parts = [name for name in PARTS if getattr(self, name) is not None]
        if len(parts) != 1:
            raise ValueError('a change is of one part: name it as in `payment = "its id"`')
        edited = self.set is not None or self.from_then is not None or bool(self.leave_out)
        if edited + (self.add is not None) + (self.end is not None) != 1:
            raise ValueError("a change does one thing: `add`, `end`, or any of `set`, `leave_out` and `from_then`")
        return self

    @property
    def part(self) -> tuple[str, str | int]:
        """The sort of the part that is changed, and its id or place."""
        sort = next(name for name in PARTS if getattr(self, name) is not None)
        return sort, getattr(self, sort)


PARTS = tuple(name for name in Contract.model_fields if name in Change.model_fields)
"""The parts of a contract that an amendment can change."""


class Amendment(Term):
    """An amendment: terms only, as the contract is; it counts when everybody has signed."""

    format: Literal[1] = Field(description="the version of this file format")
    amendment: AmendmentHeader = Field(description="what is amended and why, who signed, and from when it holds")
    change: Some[Change] = Field(description="the changes, in the order in which they are made")


@dataclass(frozen=True, slots=True)
class Written:
    """An amendment as read from its file."""

    amendment: Amendment
    located: Located
    text: str
    file: str

    @property
    def where(self) -> Where:
        """What places its problems."""
        return Where(self.located, self.file, {})


@dataclass(frozen=True, slots=True)
class Amended:
    """An amendment, and the contract with it: agreed when nobody's signature is missing."""

    written: Written
    version: Agreed
    missing: tuple[str, ...]
    """Ids of the parties that have not signed yet."""

    @property
    def header(self) -> AmendmentHeader:
        """Its header."""
        return self.written.amendment.amendment


def must_sign(header: AmendmentHeader, before: Contract, after: Contract) -> tuple[str, ...]:
    """Ids of the parties that must sign, those of the old contract first."""
    if header.must_sign:
        return header.must_sign
    parties = [party.id for terms in (before, after) for party in terms.party if party.role in SIGNERS]
    return tuple(dict.fromkeys(parties))


def missing_signatures(header: AmendmentHeader, before: Contract, after: Contract) -> tuple[str, ...]:
    """Ids of the parties that must sign and have not."""
    signed = {signature.party for signature in header.signed}
    return tuple(party for party in must_sign(header, before, after) if party not in signed)


def amendment_words(amended: Amended, before: Contract) -> str:
    """Say an amendment: what it is, who signed, from when it holds, and every change."""
    header, after = amended.header, amended.version.contract
    names = {party.id: party.name for terms in (before, after) for party in terms.party}
    signed = [f"{names[each.party]} ({each.by}) on {day(each.on)}" for each in header.signed]
    by = f"signed by {listed(signed)}" if signed else "signed by nobody yet"
    judged = (
        "outcomes achieved from then on" if header.judged_at == "event date" else "all that is settled from then on"
    )
    holds = f"in force from {day(header.effective_from)} for {judged}"
    if amended.missing:
        waits = listed([names[party] for party in amended.missing])
        holds = f"**a draft, which does not count** until {waits} signed; then {holds}"
    back = f" It reaches back: {header.retrospective}" if header.retrospective else ""
    first = f"- **Amendment {header.number}: {header.title}** ({header.clause}); {by}; {holds}. {header.why}{back}"
    changes = (_change_words(change, before, after) for change in amended.written.amendment.change)
    return "\n".join([first, *(f"  - {said}" for said in changes), *_now(amended, before)])


def _change_words(change: Change, before: Contract, after: Contract) -> str:
    sort, _ = change.part
    called = f"{sort.replace('_', ' ')}{_called(change, before, after)}"
    if change.add is not None:
        return f"added: {called}"
    if change.end:
        return f"ended: {called}"
    said = [f"{_keys(change.set)} from now on"] if change.set else []
    said += [f"{_keys(change.from_then)} as a dated number"] if change.from_then else []
    said += [f"no longer `{key}`" for key in change.leave_out]
    return f"{called}: {'; '.join(said)}"


def _called(change: Change, before: Contract, after: Contract) -> str:
    sort, name = change.part
    for terms in (after, before):
        parts = terms.payments if sort == "payment" else getattr(terms, sort)
        for part in parts if isinstance(parts, tuple) else ():
            if getattr(part, "id", None) == name and getattr(part, "name", None):
                return f" “{part.name}”"
    return f" “{name}”" if isinstance(name, str) else "" if name is True else f" {name}"


def _keys(values: Values) -> str:
    return listed([f"`{key} = {inline(value)}`" for key, value in values.items()])


def _now(amended: Amended, before: Contract) -> Iterator[str]:
    """The payments that the changes touch, as they read with them."""
    after = amended.version.contract
    old = {payment.id: sentence(before, payment) for payment in before.payments}
    for payment in after.payments:
        said = sentence(after, payment)
        if old.get(payment.id) != said:
            yield f"  - as it reads then: {said}"
