"""arrows: two sets of terms compared before anybody signs: what they say, and who would be paid more or less."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from sib.errors import NotValid, Problem
from sib.money import major, show
from sib.payments.versions import Versions
from sib.steps.compare_history import Story
from sib.steps.compare_replay import Settled, replay
from sib.terms.contract import Contract
from sib.terms.sentences import day
from sib.terms.sheet import sheet

KINDS = ("total", "payer", "payee", "tranche", "metric", "payment", "period")
"""What sums are shown by, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Sum:
    """What one party, tranche, metric, payment or period comes to under both sides, in minor units."""

    story: str
    forecast: bool
    kind: str
    name: str
    before: int
    after: int

    @property
    def change(self) -> int:
        """How much more it is under the second terms; below zero less."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sets of terms side by side."""

    first: str
    second: str
    contract: str
    currency: str
    was: tuple[tuple[str, str], ...]
    """What changed in words: what the first terms say and what the second say there; either may be empty."""
    sums: tuple[Sum, ...]
    stories: tuple[tuple[str, str | None], ...]
    """Each story with how its forecast was made."""
    holds: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether anybody would be paid, or pay, another sum."""
        return any(each.change for each in self.sums)

    def as_dict(self) -> dict[str, Any]:
        """The answer of ``sib contract compare --json``: amounts as decimal text in major units."""
        return {
            "contract": self.contract,
            "currency": self.currency,
            "first": self.first,
            "second": self.second,
            "differs": self.differs,
            "words": [{"was": was, "is": now} for was, now in self.was],
            "stories": [{"name": name, "forecast": forecast} for name, forecast in self.stories],
            "sums": [
                {
                    "story": each.story,
                    "part": "forecast" if each.forecast else "history",
                    "by": each.kind,
                    "id": each.name,
                    "first": major(each.before, self.currency),
                    "second": major(each.after, self.currency),
                    "change": major(each.change, self.currency),
                }
                for each in self.sums
            ],
            "holds": list(self.holds),
        }


def compare(first: Versions, second: Versions, stories: Sequence[Story], names: tuple[str, str]) -> Comparison:
    """Replay every story under both sides and list what each party, metric and period gains or loses.

    Pure; raises NotValid where the two are not of one currency.
    """
    old, new = first[-1], second[-1]
    if old.contract.currency != new.contract.currency:
        what = f"one is in {old.contract.currency}, the other in {new.contract.currency}"
        raise NotValid(Problem("compare.currency", what, "compare contracts in one currency"))
    sums: list[Sum] = []
    holds: list[str] = []
    for story in stories:
        before, after = replay(first, story), replay(second, story)
        sums += _sums(story, before, after)
        holds += [*_holds(names[0], story, before), *_holds(names[1], story, after)]
    return Comparison(
        *names,
        new.contract.id,
        new.contract.currency,
        tuple(changed_words(old, new)),
        tuple(sums),
        tuple((story.name, story.forecast) for story in stories),
        tuple(holds),
    )


def _sums(story: Story, before: Sequence[Settled], after: Sequence[Settled]) -> Iterator[Sum]:
    for forecast in (False, True) if story.forecast else (False,):
        sides = [_summed([each for each in side if each.forecast == forecast]) for side in (before, after)]
        keys = sorted(dict.fromkeys(key for side in sides for key in side), key=lambda key: KINDS.index(key[0]))
        for kind, name in keys:
            old, new = (side.get((kind, name), 0) for side in sides)
            yield Sum(story.name, forecast, kind, name, old, new)


def _summed(settlements: Sequence[Settled]) -> Mapping[tuple[str, str], int]:
    """What the settlements come to, by kind and name."""
    sums: dict[tuple[str, str], int] = {("total", "all payments"): 0}
    for key, amount in (each for settled in settlements for each in _amounts(settled)):
        sums[key] = sums.get(key, 0) + amount
    return sums


def _amounts(settled: Settled) -> Iterator[tuple[tuple[str, str], int]]:
    yield ("total", "all payments"), settled.payables.total
    yield ("period", settled.period), settled.payables.total
    for line in settled.payables.payables:
        yield ("payee", line.payee), line.amount
        yield ("metric", line.metric), line.amount
        yield ("payment", line.payment), line.amount
        yield from ((("payer", payer), amount) for payer, amount in line.payers)
    yield from ((("tranche", share.tranche), share.amount) for share in settled.distribution.tranches)


def _holds(side: str, story: Story, settlements: Sequence[Settled]) -> Iterator[str]:
    for settled in settlements:
        for payment, why in settled.payables.holds:
            yield f"{side}, {story.name}, {settled.period}: {payment} is on hold: {why}"
        yield from (f"{side}, {story.name}, {settled.period}: {why}" for why in settled.distribution.holds)


def changed_words(first: Contract, second: Contract) -> Iterator[tuple[str, str]]:
    """What the terms say under both sides, where they say it differently."""
    old, new = _said(first), _said(second)
    for what, low, high, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what != "equal":
            was, now = old[low:high], new[start:end]
            yield from zip(was + [""] * (len(now) - len(was)), now + [""] * (len(was) - len(now)), strict=True)


def _said(terms: Contract) -> list[str]:
    """Every sentence of the term sheet, and the periods that are settled."""
    number = f"Version {terms.contract.version}, "
    page = (line.removeprefix(number) for line in sheet(terms, []).splitlines())
    lines = [line for line in page if line and not line.startswith(("<!--", "| ---"))]
    periods = [f"- settlement {each.id}: {day(each.starts_on)} to {day(each.ends_on)}" for each in terms.settlement]
    return [*lines, *periods]


def in_words(found: Comparison) -> str:
    """A comparison for people: what changed in words, then who gains and who loses."""
    lines = [f"{found.contract}: {found.first} and {found.second}", "", "What they say"]
    for was, now in found.was:
        lines += [f"  first:  {was or '(nothing)'}", f"  second: {now or '(nothing)'}", ""]
    lines += ["  the same", ""] if not found.was else []
    for name, forecast in found.stories:
        for part in (False, True) if forecast else (False,):
            lines += [*_table(found, name, forecast if part else None), ""]
    lines += [f"note: {hold}" for hold in found.holds]
    return "\n".join(lines).rstrip()


def _table(found: Comparison, story: str, forecast: str | None) -> Iterator[str]:
    mine = [each for each in found.sums if each.story == story and each.forecast == (forecast is not None)]
    yield f"{story}: forecast ({forecast})" if forecast else f"{story}: as it happened"
    if not any(each.change for each in mine):
        total = next(each.before for each in mine if each.kind == "total")
        yield f"  nobody gains or loses: {show(total, found.currency)} under both"
        return
    yield f"  {'':<9} {'':<26} {'first':>16} {'second':>16} {'change':>16}"
    for each in (each for each in mine if each.before or each.after):
        amounts = (f"{show(amount, found.currency)[4:]:>16}" for amount in (each.before, each.after))
        yield f"  {each.kind:<9} {each.name:<26} {' '.join(amounts)} {_signed(each.change, found.currency):>16}"
    yield from (f"  {said}" for said in _who(mine, found.currency))


def _signed(change: int, currency: str) -> str:
    return f"{'+' if change > 0 else ''}{show(change, currency)[4:]}" if change else "-"


def _who(mine: Sequence[Sum], currency: str) -> Iterator[str]:
    """Who gains and who loses, in words; a payer loses by paying more."""
    for each in mine:
        if each.change and each.kind in ("payer", "payee", "tranche"):
            better = (each.change > 0) == (each.kind != "payer")
            what = "pays" if each.kind == "payer" else "receives"
            more = "more" if each.change > 0 else "less"
            yield f"{each.name} {'gains' if better else 'loses'}: {what} {show(abs(each.change), currency)} {more}"
