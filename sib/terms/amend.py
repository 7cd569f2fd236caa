"""terms: a contract with its amendments: every version as a document of its own, read by the ordinary reader."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path as File

from sib.errors import Missing, NotValid, Problem
from sib.terms.amendments import Amended, Amendment, Written, amendment_words, missing_signatures
from sib.terms.contract import Contract
from sib.terms.document import Document, changed
from sib.terms.places import Located, Path, read_toml
from sib.terms.read import Agreed, Where, parse_contract, terms_of, text_of, validated, with_defaults
from sib.terms.toml import toml_text


@dataclass(frozen=True, slots=True)
class Agreement:
    """A contract as first signed, and its amendments in the order of their numbers; drafts stand last."""

    first: Agreed
    amendments: tuple[Amended, ...] = ()

    @property
    def agreed(self) -> tuple[Agreed, ...]:
        """Every version that was agreed: as first signed, then one for each amendment that all have signed."""
        return (self.first, *(each.version for each in self.amendments if not each.missing))

    @property
    def versions(self) -> tuple[Contract, ...]:
        """The terms of every version that was agreed."""
        return tuple(each.contract for each in self.agreed)

    @property
    def latest(self) -> Agreed:
        """The version agreed last; it may begin to hold on a later day."""
        return self.agreed[-1]


def read_agreement(path: File) -> Agreement:
    """Read a contract's file, or its folder, with the amendments beside it.

    Raises Missing when there is no such file, NotValid with every problem of the contract, else of the amendments.
    """
    file = path / "contract.toml" if path.is_dir() else path
    first = parse_contract(text_of(file), str(file))
    return amended(first, [read_amendment(each) for each in _amendment_files(file)])


def _amendment_files(file: File) -> list[File]:
    """The amendments beside a contract; another file's contract has none."""
    return sorted((file.parent / "amendments").glob("*.toml")) if file.name == "contract.toml" else []


def read_amendment(file: File) -> Written:
    """Read an amendment's file; errors as ``read_agreement``."""
    return parse_amendment(text_of(file), str(file))


def parse_amendment(text: str, file: str) -> Written:
    """Read an amendment's text; errors as ``read_agreement``."""
    located = read_toml(text, file)
    amendment: Amendment = validated(Amendment, located.data, Where(located, file, {}))
    return Written(amendment, located, text, file)


def amended(first: Agreed, written: Sequence[Written]) -> Agreement:
    """Apply amendments to a contract, one after the other; raises NotValid with every problem."""
    if problems := [*_out_of_order(written)]:
        raise NotValid(problems)
    document, agreement = _document(first), Agreement(first)
    for each in written:
        document, made = _amended_by(document, agreement, each)
        agreement = replace(agreement, amendments=(*agreement.amendments, made))
    return agreement


def _out_of_order(written: Sequence[Written]) -> Iterator[Problem]:
    """Numbers run from 1 without a gap, and a later amendment holds from no earlier day."""
    for place, each in enumerate(written, 1):
        header = each.amendment.amendment
        if header.number != place:
            what = f"this is amendment {header.number}, but {place} is the next"
            mend = f"number it {place}, or add what is missing"
            yield each.where.problem(("amendment", "number"), "amendment.number", what, mend, str(header.number))
        elif place > 1 and header.effective_from < written[place - 2].amendment.amendment.effective_from:
            what = f"amendment {place} holds from an earlier day than amendment {place - 1}"
            mend = "write a day that is not before it, or change the order"
            yield each.where.problem(("amendment", "effective_from"), "amendment.order", what, mend)
        elif File(each.file).parent.name == "amendments" and File(each.file).name != f"{place:03}.toml":
            what = f"the file is not called as its amendment is numbered: {place:03}.toml"
            yield each.where.problem(("amendment", "number"), "amendment.number", what, "mend the number or the name")


def _document(first: Agreed) -> Document:
    located = read_toml(first.text, first.file)
    data, defaults = with_defaults(located.data)
    return Document(deepcopy(data), dict(located.lines), defaults, ((first.file, 0),), first.text.count("\n") + 1)


def _amended_by(document: Document, agreement: Agreement, written: Written) -> tuple[Document, Amended]:
    """The document and the contract with one more amendment."""
    earlier = agreement.amendments[-1] if agreement.amendments else None
    before = earlier.version.contract if earlier else agreement.first.contract
    document = changed(document, written, before.contract.version + 1)
    contract = _read(document, written)
    text = toml_text(document.data)
    version = Agreed(contract, text, sha256(text.encode()).hexdigest(), agreement.first.file)
    made = Amended(written, version, missing_signatures(written.amendment.amendment, before, contract))
    if problems := [*_signatures(written, before, contract, made), *_closed(written, before, contract)]:
        raise NotValid(problems)
    if not made.missing and earlier and earlier.missing:
        what = f"amendment {made.header.number} is signed by all, but amendment {earlier.header.number} is not"
        mend = "have the earlier one signed, or give it a later number"
        raise NotValid(written.where.problem(("amendment", "signed"), "amendment.order", what, mend))
    return document, made


def _read(document: Document, written: Written) -> Contract:
    """Read an amended document; what is wrong is told by the file and line that say it."""
    where = Where(Located(document.data, document.lines), document.files[0][0], document.defaults)
    try:
        return terms_of(document.data, where)
    except NotValid as error:
        placed = [_placed(problem, document) for problem in error.problems]
        raise NotValid([_at_its_end(problem, written) for problem in placed]) from None


def _at_its_end(problem: Problem, written: Written) -> Problem:
    """What is still named of a part that the amendment ends is told at the change that ends it."""
    for place, change in enumerate(written.amendment.change):
        _, name = change.part
        if change.end and problem.code == "contract.unknown-name" and f"is called `{name}`" in problem.what:
            what = f"`{name}` is ended here, and {problem.place} still names it"
            mend = f"end or change that too; it stands in {problem.file}, line {problem.line}"
            return written.where.problem(("change", place), "amendment.ended", what, mend)
    return problem


def _placed(problem: Problem, document: Document) -> Problem:
    if problem.line is None:
        return problem
    file, above = [each for each in document.files if each[1] < problem.line][-1]
    return replace(problem, file=file, line=problem.line - above)


def _signatures(written: Written, before: Contract, after: Contract, made: Amended) -> Iterator[Problem]:
    """Those who sign are parties, once each, between draft and effect, unless it says why it reaches back."""
    header, where = made.header, written.where
    parties = sorted({party.id for terms in (before, after) for party in terms.party})
    named: list[tuple[Path, str]] = [
        (("amendment", "must_sign", place), name) for place, name in enumerate(header.must_sign)
    ]
    named += [(("amendment", "signed", place, "party"), each.party) for place, each in enumerate(header.signed)]
    for path, name in named:
        if name not in parties:
            mend = f"write one of: {', '.join(parties)}"
            yield where.problem(path, "contract.unknown-name", f"no party is called `{name}`", mend)
    seen: set[str] = set()
    for place, signature in enumerate(header.signed):
        path = ("amendment", "signed", place)
        if signature.party in seen:
            what = f"`{signature.party}` has signed twice"
            yield where.problem(path, "contract.same-id", what, "take one of the two out")
        seen.add(signature.party)
        if signature.on < header.drafted_on:
            yield where.problem(
                path, "amendment.signed", "it is signed before it was drafted", "mend one of the two days"
            )
        if signature.on > header.effective_from and header.retrospective is None:
            what = "it is signed after the day from which it holds"
            mend = "write a later `effective_from`, or say in `retrospective` why it reaches back"
            yield where.problem(path, "amendment.signed", what, mend)


def _closed(written: Written, before: Contract, after: Contract) -> Iterator[Problem]:
    """Settlement periods that are closed stay as they were."""
    header = written.amendment.amendment
    old, new = (
        {period.id: period for period in terms.settlement if period.ends_on <= header.closed}
        for terms in (before, after)
    )
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            what = f"the settlement period {name} is closed, and would be changed"
            mend = "leave it as it is; or say in `closed_until` up to which day periods are closed"
            yield written.where.problem(("change",), "amendment.closed-period", what, mend, name)


def version_of(agreement: Agreement, number: int | None = None, on: date | None = None) -> Agreed:
    """The version of that number, or that which holds on a day; the latest where neither is asked.

    Raises Missing with the versions there are.
    """
    found = [each for each in agreement.agreed if number in (None, each.contract.contract.version)]
    found = [each for each in found if on is None or (each.contract.contract.in_force_from or date.min) <= on]
    if not found:
        known = ", ".join(str(each.contract.contract.version) for each in agreement.agreed)
        what = f"{agreement.first.file}: no agreed version is number {number}"
        raise Missing(Problem("contract.version", what, f"write one of: {known}", value=str(number)))
    return found[-1]


def drafts(agreement: Agreement) -> tuple[str, ...]:
    """What is to be said of amendments that do not count: which, and whose signature is missing."""
    return tuple(
        f"amendment {each.header.number} ({each.header.title}) is a draft and does not count: "
        f"not signed by {', '.join(each.missing)}"
        for each in agreement.amendments
        if each.missing
    )


def amendments_in_words(agreement: Agreement) -> tuple[str, ...]:
    """Every amendment in sentences, in order of number."""
    before = agreement.first.contract
    said = []
    for each in agreement.amendments:
        said.append(amendment_words(each, before))
        before = each.version.contract
    return tuple(said)
