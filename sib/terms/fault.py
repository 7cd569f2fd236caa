"""terms: one fault of the terms, and the sentence for a name that leads nowhere."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from sib.terms.contract import Contract
from sib.terms.places import Path


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of the terms, at a path of the file."""

    path: Path
    code: str
    what: str
    mend: str


Check = Callable[[Contract], Iterator[Finding]]


def lookup(path: Path, thing: str, name: str, known: Iterable[str]) -> Iterator[Finding]:
    """Yield a fault where a name is not among the known ones; the nearest known one is its mend."""
    names = sorted(known)
    if name in names:
        return
    near = get_close_matches(name, names, 1, 0.5)
    mend = f"did you mean `{near[0]}`?" if near else f"write one of: {', '.join(names) or '(none is defined)'}"
    yield Finding(path, "contract.unknown-name", f"no {thing} is called `{name}`", mend)
