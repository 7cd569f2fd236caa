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


_TURNS = {
    ("condition", "amount"): 'an amount that depends on a condition: { kind = "when", condition = …, then = …, '
    "otherwise = … }",
    ("condition", "quantity"): 'a quantity that depends on a condition: { kind = "when", condition = …, then = …, '
    "otherwise = … }",
    ("quantity", "amount"): 'money for each unit of it: { kind = "price", price = "…", per = "its unit", of = … }',
    ("quantity", "condition"): 'a condition on a quantity: { kind = "compare", quantity = …, is = "at least", '
    'value = "…" }',
    ("amount", "condition"): 'a condition on an amount: { kind = "compare amounts", amount = …, is = "at least", '
    "than = … }",
    ("amount", "quantity"): "name a metric or a quantity; what is worked out in money is none",
}
"""How one sort of rule becomes another."""


def a(word: str) -> str:
    """A word with its article."""
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def other_sort(name: str, is_one: str, asked: str) -> tuple[str, str]:
    """What is said of a rule that stands where one of another sort is asked for, and how to mend it."""
    return f"`{name}` is {a(is_one)}; {a(asked)} is asked for here", _TURNS[is_one, asked]
