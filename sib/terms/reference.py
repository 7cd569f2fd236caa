"""terms: the reference of the contract format as a page (Markdown), made from the types that read a contract."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from pydantic import TypeAdapter

from sib.errors import Missing, Problem
from sib.terms.amend import amended, amendments_in_words, parse_amendment
from sib.terms.amendments import Amendment
from sib.terms.amounts import Amount
from sib.terms.base import Dated, Exact, Name, Term
from sib.terms.case import Case
from sib.terms.check import CHECKS
from sib.terms.conditions import Condition
from sib.terms.contract import Contract
from sib.terms.examples import EXAMPLES
from sib.terms.finance_words import guarantee_words, loss_words, step_words, tranche_words
from sib.terms.payment import DatedOrNone
from sib.terms.plan_words import forecast_words, plan_words
from sib.terms.quantities import Quantity
from sib.terms.read import parse_contract
from sib.terms.sample import AMENDMENT, CASE, PARTS, TEXT
from sib.terms.sentences import Speaker, sentence
from sib.terms.simulation_words import simulation_words

SORTS: Mapping[str, Any] = {"quantity": Quantity, "condition": Condition, "amount": Amount}
"""Sort of a rule -> the union of its primitives."""
_TITLES: Mapping[str, str] = {"quantity": "Quantities", "condition": "Conditions", "amount": "Amounts"}

_BRIEF = ("title", "default", "description", "gt", "ge")
"""What a schema says beside the shape of a value."""

_SAID: Mapping[str, str] = {
    "id": "its id, unique among its like; other parts name it by this",
    "name": "its name in words, as sentences and statements print it",
    "role": "the side it stands on; only an outcome payer can pay",
    "Counterfactual.kind": "where the comparison comes from",
    "Tranche.kind": "its rank, in words that investors use; who is paid first is said by the waterfall alone",
    "PayerShare.payer": "a party with the role outcome payer",
    "TrancheShare.tranche": "the tranche that receives",
    "TrancheShare.share": "its share, in proportion to the others",
    "Settlement.id": "its name, as `sib settle` is told it",
    "Settlement.starts_on": "the first day of the period",
    "Settlement.ends_on": "the last day of the period; outcomes up to it are settled",
    "Drawdown.on": "the day it is paid in",
    "Drawdown.amount": "how much is paid in",
    "Case.given": "what is given",
    "Case.expect": "what must come out",
}
"""What keys mean whose types do not say it themselves: by part and key, or by key for every part."""

_HEAD = """# The contract format

<!-- Made by `sib contract reference`; change sib/terms, not this page. -->

A contract is a folder: `contract.toml` says what was agreed, `cases/*.toml` prove it, `README.md` is made from
both. This page is for whoever writes or reads the two. The examples of its sections, put together, are one small
contract; every one of them is read by the real reader before this page is made. Contracts to look at are under
[contracts/](../contracts/README.md), words in the [glossary](../GLOSSARY.md).

```
sib contract show my_contract --write     # in sentences, as README.md; every mistake at once, with line and mend
sib contract check my_contract            # terms, page, and every case priced
sib contract price my_contract --given my_contract/cases/first.toml --check
```

An editor that speaks TOML (Taplo, or Even Better TOML in VS Code) completes keys and marks mistakes while you type,
when the first line of the file names the schema, as seen from the file:

```toml
#:schema ../../docs/contract.schema.json
```

and in a case `#:schema ../../../docs/case.schema.json`. The schema knows keys, types and words; names, units and
dates are looked at by `sib contract check` only.

## How it is written

- **A key and a value** on a line: `size = 200`. `[contract]` begins a table of them, `[[party]]` the next table of
  a list; a small table stands on one line between braces. What follows `#` is for people.
- **Numbers** are whole numbers, or decimals in quotation marks: `"12.50"`. A bare `12.50` is refused: it would not
  be exact. At most 18 digits on either side of the point. A share is a decimal: `"0.4"` is forty per cent; a
  percentage point is a unit, so 38 of them are `"38"`.
- **Dates** are bare: `2024-04-01`. **Text** stands in quotation marks.
- **An id** has lower-case letters, digits and underscores, and begins with a letter. Parts name each other by id.
- **Dated numbers** let an amendment be a line and not an edit: `[{ value = "1500" }, { from = 2025-04-01, value =
  "1450", clause = "Amendment 1" }]`. Each holds from its day until the next; the first may leave `from` out.
- **What a list shares** is said once: `[defaults.metric]` stands for every `[[metric]]` that does not say
  otherwise; so for every list.
- **`clause`** names the place in the agreement, **`source`** where a figure was published, **`illustrative`** what
  is invented and why.
- **Unknown keys are refused**, with the nearest known one. Nothing is converted or guessed.
"""

_RULES = """## Payment rules

A payment's `amount` is an expression over three sorts: [quantities](#quantities) have a unit,
[conditions](#conditions) hold or do not, [amounts](#amounts) are money. Wherever a sort is asked for there stands
either a name or a table with `kind`. A name is that of a metric (a metric is a quantity) or of a named rule:
`[quantity.net_days]`, `[condition.enough_jobs]`, `[amount.bonus]`. Name what is used twice or nested deeper than
two; people read names.

**Units are checked.** A price per `day` is not multiplied by percentage points. **Values are exact** from the first
fact to the payment; each payment is rounded once. What cannot be evaluated (not measured, divided by zero, below
nothing) is **on hold**: it pays nothing and says why. Under each example stands what the term sheet says of it.
"""

_CASE = """## A golden case

`cases/*.toml` hold what is given and what must come out, equal to the minor unit: there are no tolerances. The same
file is what `sib contract price` reads after `--given`. A case may give a metric or a named quantity as a number, or
people's outcomes one by one; not both of one metric. `flows` are what tranches paid in and were paid before, where an
answer rests on days (interest, a coupon, a rate of return); `ended` calls the guarantees and shows what is lost.
"""


_AMENDMENT = """## An amendment

`amendments/001.toml`, `002.toml` and so on beside `contract.toml` change it without editing it: each change names one
part and sets keys of it, lets another number follow (`from_then`), adds the part or ends it. The outcome is the
document of the next version, read with the same checks; what is wrong is told by the file and line that say it.

- **It counts when all who must have signed.** Until then it is a draft, stands last, and everything says so.
- **Judged at the event date**, the version in force on the day an outcome was achieved decides what it is worth;
  judged at the **settlement date**, the version decides on all that is settled from then on. Measured results, fixed
  parts, caps, payers and rounding are those of the version in force at settlement. What was paid is not paid again.
- **A payment whose terms stay the same is not cut**: its outcomes before and after are counted together. Where they
  change, tables and bands begin anew with the new terms.
- **Numbers run from 1, effective days run forward**, and settlement periods that are closed stay as they were.
- `set` puts a list, and a table with `kind`, in place whole; of another table it sets the keys that it names. A
  row of a rate card is a `payment` by its id; a list without ids is counted from 1; `words`, `simulation` and
  `forecast`, of which there is one each, are named by `true`.

```
sib contract show my_contract --on 2026-03-31          # as it stood on a day, or --version 1
sib contract compare my_contract --amendment draft.toml    # who would gain and lose, before anybody signs
```
"""


def reference() -> str:
    """Return the page; raises Missing with every part of the format that has no example."""
    schema, case = Contract.model_json_schema(), Case.model_json_schema()
    case = {**case, "$defs": {**case["$defs"], "Case": case}}
    amendment = Amendment.model_json_schema()
    amendment = {**amendment, "$defs": {**amendment["$defs"], "Amendment": amendment}}
    if gaps := [*_without_example(), *(gap for each in (schema, case, amendment) for gap in _without_words(each))]:
        raise Missing(gaps)
    blocks = [
        _HEAD,
        _contents(),
        *(_part(schema, key) for key in PARTS if key != "format"),
        _RULES,
        *(_sort(sort) for sort in SORTS),
        _checks(),
        f"{_CASE}\n```toml\n{CASE.strip()}\n```\n\n{_keys(case, 'Case')}",
        _amended(amendment),
    ]
    return "\n\n".join(block.strip() for block in blocks) + "\n"


def _amended(schema: Mapping[str, Any]) -> str:
    """The section on amendments, with an example put into the small contract and said as the term sheet says it."""
    agreement = amended(parse_contract(TEXT), [parse_amendment(AMENDMENT, "amendments/001.toml")])
    said = "\n".join(f"> {line}" for each in amendments_in_words(agreement) for line in each.splitlines())
    return f"{_AMENDMENT}\n```toml\n{AMENDMENT.strip()}\n```\n\n{said}\n\n{_keys(schema, 'Amendment')}"


def _without_example() -> Iterator[Problem]:
    asked = [(f"the part `{key}`", PARTS, key) for key in Contract.model_fields if key not in SORTS]
    asked += [(f"the {sort} `{kind}`", EXAMPLES[sort], kind) for sort in SORTS for kind in primitives(sort)]
    for thing, examples, key in asked:
        if key not in examples:
            yield Problem(
                "reference.no-example", f"{thing} has no example", "write one in sib/terms/examples.py or sample.py"
            )


def _without_words(schema: Mapping[str, Any]) -> Iterator[Problem]:
    for name, part in schema["$defs"].items():
        for key, field in part.get("properties", {}).items():
            if not _is_said(name, key, field):
                yield Problem("reference.no-words", f"`{name}.{key}` says nothing", "give the field a description")


def _is_said(name: str, key: str, field: Mapping[str, Any]) -> bool:
    return "const" in field or "description" in field or f"{name}.{key}" in _SAID or key in _SAID


def _contents() -> str:
    """Links to every section."""
    parts = " · ".join(f"[{key}](#{key})" for key in PARTS if key != "format")
    rules = (
        f"- **{_TITLES[sort]}**: "
        + " · ".join(f"[{kind}](#{kind.replace(' ', '-')}-{sort})" for kind in primitives(sort))
        for sort in SORTS
    )
    files = "- **[A golden case](#a-golden-case)** · **[An amendment](#an-amendment)**"
    return "\n".join([f"- **Tables**: {parts}", *rules, files])


def primitives(sort: str) -> dict[str, type[Term]]:
    """Return every primitive of a sort by what its ``kind`` says, in the order of the union."""
    members = [get_args(member) for member in get_args(get_args(SORTS[sort])[0])]
    return {tag.tag: model for model, *_, tag in members if tag.tag != "name"}


def _part(schema: Mapping[str, Any], key: str) -> str:
    """One top-level table of the format: what it is, an example, its keys."""
    field = schema["properties"][key]
    if "patternProperties" in field:
        # names of the author's own, not keys of the format
        said = f"{field['description'].capitalize()}. May be left out."
        return f"## `[{key}]`\n\n{said}\n\n```toml\n{PARTS[key].strip()}\n```"
    is_list = "items" in field
    name = (field["items"] if is_list else _shape(field))["$ref"].rpartition("/")[2]
    model = schema["$defs"][name]
    needed = "" if key in schema["required"] else " May be left out."
    title = f"## `[[{key}]]`" if is_list else f"## `[{key}]`"
    example = f"{PARTS['format']}\n\n{PARTS[key].strip()}" if key == "contract" else PARTS[key].strip()
    shown = f"```toml\n{example}\n```\n{_sentences(key)}"
    return f"{title}\n\n{model['description']}{needed}\n\n{shown}\n{_keys(schema, name)}"


def _sentences(key: str) -> str:
    """What the term sheet says of the payments, and of the investors' side, in a part of the small contract."""
    contract = parse_contract(TEXT).contract
    said: Mapping[str, Iterable[str]] = {
        "payment": (sentence(contract, payment) for payment in contract.payment),
        "rate_card": (sentence(contract, payment) for payment in contract.payments[len(contract.payment) :]),
        "tranche": (tranche_words(contract, tranche) for tranche in contract.tranche),
        "waterfall": (step_words(contract, step) for step in contract.waterfall),
        "guarantee": (guarantee_words(contract, guarantee) for guarantee in contract.guarantee),
        "loss": (loss_words(contract, loss) for loss in contract.loss),
        "simulation": (words[2:] for words in simulation_words(contract)),
        "plan": (plan_words(contract, plan) for plan in contract.plan),
        "forecast": (words[2:] for words in forecast_words(contract)),
    }
    return "".join(f"\n> {words}\n" for words in said.get(key, ()))


def _sort(sort: str) -> str:
    return f"## {_TITLES[sort]}\n\n" + "\n\n".join(
        _primitive(sort, kind, model) for kind, model in primitives(sort).items()
    )


def _primitive(sort: str, kind: str, model: type[Term]) -> str:
    """One primitive: what it is, an example, the sentence it prints, its keys."""
    text = EXAMPLES[sort][kind]
    contract = parse_contract(TEXT + text, f"the example of the {sort} `{kind}`").contract
    *_, rule = getattr(contract, sort).values()
    schema = model.model_json_schema()
    own = schema.get("$defs", {}).get(model.__name__, schema)
    keys = _keys({**schema, "$defs": {**schema.get("$defs", {}), model.__name__: own}}, model.__name__)
    shown = f"```toml\n{text.strip()}\n```\n\n> {Speaker(contract).say(sort, rule)}"
    return f"### {kind} ({sort})\n\n{own['description']}\n\n{shown}\n\n{keys}"


def _keys(schema: Mapping[str, Any], name: str) -> str:
    """The keys of a part of the format as a table."""
    rows = "\n".join(f"| {' | '.join(row)} |" for row in _rows(schema, name, ""))
    return f"| key | what stands there | needed | what it says |\n| --- | --- | --- | --- |\n{rows}"


def _rows(schema: Mapping[str, Any], name: str, above: str) -> Iterator[tuple[str, str, str, str]]:
    """One row a key, those of a table inside directly below it; ``kind`` stands in a primitive's title already."""
    model = schema["$defs"][name]
    for key, field in model["properties"].items():
        if "const" in field:
            continue
        said = field.get("description") or _SAID.get(f"{name}.{key}") or _SAID[key]
        needed = "yes" if key in model.get("required", ()) else _left_out(field)
        yield f"{above}`{key}`", _words(schema, field), needed, said.replace("|", "\\|")
        inner = _inside(field)
        if "properties" in schema["$defs"].get(inner, {}):
            yield from _rows(schema, inner, f"{above}`{key}` › ")


def _inside(field: Mapping[str, Any]) -> str:
    """The part that a key, each element of its list, or each of its named values is; empty where it is none."""
    shape = _shape(field)
    of_names = next(iter(shape.get("patternProperties", {}).values()), None)
    return str((of_names or shape.get("items") or shape).get("$ref", "")).rpartition("/")[2]


def _left_out(field: Mapping[str, Any]) -> str:
    default = field.get("default")
    return "optional" if default in (None, []) else f"{_quoted(default)} if left out"


def _quoted(value: Any) -> str:
    return f'`"{value}"`' if isinstance(value, str) else f"`{str(value).lower()}`"


def _shape(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema without the words around it, and without the null by which an optional key is left out."""
    bare = {key: value for key, value in node.items() if key not in _BRIEF}
    if "anyOf" not in bare:
        return bare
    options = [_shape(option) for option in bare["anyOf"] if option != {"type": "null"}]
    return options[0] if len(options) == 1 else {"anyOf": options}


def _plain() -> Iterator[tuple[Mapping[str, Any], str]]:
    """What values of a known shape are called."""
    for kind, words in (
        (Exact, "number"),
        (Dated, "number, or dated numbers"),
        (DatedOrNone, 'number, dated numbers, or `"none"`'),
        (Name, "id"),
    ):
        yield _shape(TypeAdapter[Any](kind).json_schema()), words
    for sort, title in _TITLES.items():
        shape = TypeAdapter[Any](SORTS[sort]).json_schema()
        yield {"oneOf": shape["oneOf"]}, f"[{sort}](#{title.lower()})"


_PLAIN = tuple(_plain())
_FORMATS = {"date": "date"}
_TYPES = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "table"}


def _words(schema: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    """What can stand somewhere, in plain words."""
    shape = _shape(node)
    known = next((words for plain, words in _PLAIN if plain == shape), None)
    if known:
        return known
    if "$ref" in shape:
        target = schema["$defs"][shape["$ref"].rpartition("/")[2]]
        return _words(schema, target) if "enum" in target else "table"
    if "enum" in shape:
        return f"one of {', '.join(_quoted(value) for value in shape['enum'])}"
    if "const" in shape:
        return _quoted(shape["const"])
    if "anyOf" in shape:
        return ", or ".join(_words(schema, option) for option in shape["anyOf"])
    if "items" in shape:
        return f"list of: {_words(schema, shape['items'])}"
    if "patternProperties" in shape:
        (value,) = shape["patternProperties"].values()
        return f"table, id = {_words(schema, value)}"
    return _FORMATS.get(shape.get("format", ""), _TYPES[shape["type"]])


def _checks() -> str:
    said = "\n".join(f"- {(check.__doc__ or '').strip()}" for check in CHECKS)
    return f"## What is looked at beside keys and types\n\n{said}"
