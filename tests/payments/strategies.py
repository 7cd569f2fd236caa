"""payments: random contracts that use every primitive, and facts for them, at the edge of a threshold where asked."""

from datetime import date
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from tests.payments.oracle import Claim, Given, day_after

START, END = date(2020, 1, 1), date(2022, 12, 31)
UNIT = "point"
CLAIMED, MEASURED = ("a", "b"), ("m", "e")
GROUPS = ("young", "old")
KINDS = {
    "quantity": (
        "count",
        "people",
        "number",
        "sum",
        "difference",
        "product",
        "ratio",
        "whole steps",
        "weighted score",
        "limit",
        "table",
    ),
    "condition": ("compare", "all", "any", "none", "on or after"),
    "amount": (
        "price",
        "table",
        "marginal bands",
        "fixed",
        "share",
        "times",
        "sum",
        "smallest",
        "largest",
        "limit",
        "when",
    ),
}
BOUNDARIES = st.sampled_from(["lower bound inclusive", "upper bound inclusive"])
days = st.dates(START, END)


def as_text(cents: int) -> str:
    """Hundredths as decimal text, whole numbers without a point."""
    sign, whole, rest = "-" if cents < 0 else "", *divmod(abs(cents), 100)
    return f"{sign}{whole}.{rest:02d}" if rest else f"{sign}{whole}"


decimals = st.integers(-300, 4000).map(as_text)
positive = st.integers(1, 4000).map(as_text)


def toml(value: Any) -> str:
    """Write a value as TOML on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(part)}" for key, part in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml(part) for part in value) + "]"
    return value.isoformat() if isinstance(value, date) else str(value)


def written(doc: dict[str, Any]) -> str:
    """The text of a contract file."""
    return "\n".join(f"{key} = {toml(value)}" for key, value in doc.items()) + "\n"


@st.composite
def dated(draw: st.DrawFn, values: st.SearchStrategy[str] = decimals) -> Any:
    """One number, or dated numbers, the first of which may hold since ever."""
    if draw(st.integers(0, 3)):
        return draw(values)
    starts = sorted(draw(st.lists(days, min_size=1, max_size=3, unique=True)))
    steps: list[dict[str, Any]] = [{"from": start, "value": draw(values)} for start in starts]
    if draw(st.booleans()):
        steps.insert(0, {"value": draw(values)})
    return steps


class Names:
    """The names that a rule may use so far; the later may use the earlier, so there are no circles."""

    def __init__(self) -> None:
        self.known: dict[str, list[str]] = {"quantity": [*CLAIMED, *MEASURED], "condition": [], "amount": []}


@st.composite
def node(draw: st.DrawFn, sort: str, names: Names, depth: int) -> Any:
    """A rule of a sort: a name, or a table with a kind."""
    known = names.known[sort]
    if known and draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(known))
    leaves = {
        "quantity": ("count", "people", "number"),
        "condition": ("compare", "on or after"),
        "amount": ("price", "fixed"),
    }
    kind = draw(st.sampled_from(KINDS[sort] if depth else leaves[sort]))
    return {"kind": kind, **draw(BUILDERS[sort](kind, names, max(depth - 1, 0)))}


def several(sort: str, names: Names, depth: int) -> st.SearchStrategy[list[Any]]:
    return st.lists(node(sort, names, depth), min_size=1, max_size=3)


@st.composite
def quantity_parts(draw: st.DrawFn, kind: str, names: Names, depth: int) -> dict[str, Any]:
    one = node("quantity", names, depth)
    if kind in ("count", "people"):
        metric = draw(st.sampled_from(CLAIMED))
        group = {"group": draw(st.sampled_from(GROUPS))} if draw(st.booleans()) else {}
        return {"metric": metric, **group}
    if kind == "number":
        return {"value": draw(dated()), "unit": UNIT}
    if kind in ("sum", "product"):
        return {"of": draw(several("quantity", names, depth)), **({"unit": UNIT} if kind == "product" else {})}
    if kind == "difference":
        return {"of": draw(one), "less": draw(one)}
    if kind == "ratio":
        return {"of": draw(one), "to": draw(one), "unit": UNIT}
    if kind == "whole steps":
        return {"of": draw(one), "step": draw(positive), "unit": UNIT}
    if kind == "weighted score":
        parts = draw(several("quantity", names, depth))
        return {"of": [{"quantity": part, "weight": draw(decimals)} for part in parts], "unit": UNIT}
    if kind == "limit":
        return {"of": draw(one), **draw(bounds(decimals))}
    return {"of": draw(one), "unit": UNIT, **draw(table("value"))}


@st.composite
def bounds(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> dict[str, Any]:
    keys = draw(st.sampled_from([("at_least",), ("at_most",), ("at_least", "at_most"), ()]))
    return {key: draw(values) for key in keys}


@st.composite
def table(draw: st.DrawFn, field: str) -> dict[str, Any]:
    starts = sorted(draw(st.lists(decimals, min_size=1, max_size=4, unique_by=Fraction)), key=Fraction)
    shape = draw(st.sampled_from(["step", "linear"]))
    rows = [{"from": start, field: draw(decimals)} for start in starts]
    if shape == "linear":
        rows = [{**row, "rise": draw(decimals)} if draw(st.booleans()) else row for row in rows]
    return {"shape": shape, "boundary": draw(BOUNDARIES), "below": draw(decimals), "rows": rows}


@st.composite
def condition_parts(draw: st.DrawFn, kind: str, names: Names, depth: int) -> dict[str, Any]:
    if kind == "on or after":
        return {"day": draw(days)}
    if kind == "compare":
        comparison = draw(st.sampled_from(["at least", "more than", "at most", "less than", "equal to"]))
        return {"quantity": draw(node("quantity", names, depth)), "is": comparison, "value": draw(dated())}
    return {"of": draw(several("condition", names, depth))}


@st.composite
def amount_parts(draw: st.DrawFn, kind: str, names: Names, depth: int) -> dict[str, Any]:
    one, quantity = node("amount", names, depth), node("quantity", names, depth)
    if kind == "price":
        return price_of(draw(quantity), draw(dated()))
    if kind == "table":
        return {"of": draw(quantity), "per": UNIT, **draw(table("amount"))}
    if kind == "marginal bands":
        tops = sorted(draw(st.lists(positive, max_size=3, unique_by=Fraction)), key=Fraction)
        return {
            "of": draw(quantity),
            "per": UNIT,
            "bands": [{"up_to": top, "price": draw(decimals)} for top in tops] + [{"price": draw(decimals)}],
        }
    if kind == "fixed":
        return {"amount": draw(dated())}
    if kind == "share":
        return {"of": draw(one), "share": draw(decimals)}
    if kind == "times":
        return {"of": draw(one), "by": draw(quantity), "per": UNIT}
    if kind == "limit":
        return {"of": draw(one), **draw(bounds(dated()))}
    if kind == "when":
        return {"condition": draw(node("condition", names, depth)), "then": draw(one), "otherwise": draw(one)}
    return {"of": draw(several("amount", names, depth))}


def price_of(of: Any, price: Any) -> dict[str, Any]:
    """A price; where it has dates, and no claim's day is known, the day of reckoning decides."""
    own_day = of in CLAIMED if isinstance(of, str) else of["kind"] == "count"
    on = {} if own_day or isinstance(price, str) else {"on": "day of reckoning"}
    return {"price": price, "per": UNIT, "of": of, **on}


BUILDERS = {"quantity": quantity_parts, "condition": condition_parts, "amount": amount_parts}


def with_unit(doc: dict[str, Any], part: Any) -> Any:
    """A number of people is not measured in points: people are put inside a product that says so."""
    if isinstance(part, dict):
        inner = {key: with_unit(doc, value) for key, value in part.items()}
        return {"kind": "product", "unit": UNIT, "of": [inner]} if part.get("kind") == "people" else inner
    return [with_unit(doc, each) for each in part] if isinstance(part, list) else part


@st.composite
def metric(draw: st.DrawFn, name: str, counted_from: str) -> dict[str, Any]:
    opens = draw(days)
    closes = draw(st.dates(opens, END))
    repeats = draw(st.sampled_from(["once per person", "without limit", 2, 3]))
    shared = {
        "cohort": "everybody",
        "compared_with": {"kind": "none", "words": "nothing"},
        "evidence": ["a record"],
        "clause": "1",
    }
    window = {"opens": opens, "closes": closes} if draw(st.booleans()) else {"opens": START, "closes": END}
    return {
        "id": name,
        "name": f"metric {name}",
        "unit": UNIT,
        "counted_from": counted_from,
        "repeats": repeats,
        "window": window,
        **shared,
    }


@st.composite
def payer(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(1, 3))
    if count == 1:
        return {"payer": "first"}
    return {"payers": [{"payer": name, "share": draw(positive)} for name in ("first", "second", "third")[:count]]}


@st.composite
def payment(draw: st.DrawFn, name: str, names: Names) -> dict[str, Any]:
    cap = draw(dated(positive)) if draw(st.booleans()) else "none"
    return {
        "id": name,
        **draw(payer()),
        "payee": "provider",
        "metric": draw(st.sampled_from((*CLAIMED, *MEASURED))),
        "settles": draw(st.sampled_from(["each period", "in total"])),
        "cap": cap,
        "clause": "2",
        "amount": draw(node("amount", names, 2)),
    }


HEADER = {"id": "c", "name": "C", "version": 1, "starts_on": START, "ends_on": END, "summary": "s"}
PARTIES = [{"id": name, "name": name, "role": "outcome payer"} for name in ("first", "second", "third")]
ROUNDINGS = ["half up", "half even", "half down", "down", "up", "floor", "ceiling"]


@st.composite
def contracts(draw: st.DrawFn) -> dict[str, Any]:
    """A contract as plain data; written out, it reads as a good one."""
    names = Names()
    currency, rounding = draw(st.sampled_from(["GBP", "JPY", "KWD", "CLF"])), draw(st.sampled_from(ROUNDINGS))
    doc: dict[str, Any] = {
        "format": 1,
        "contract": {**HEADER, "currency": currency, "rounding": rounding},
        "party": [*PARTIES, {"id": "provider", "name": "provider", "role": "service provider"}],
        "cohort": [{"id": "everybody", "name": "everybody", "groups": list(GROUPS)}],
        "metric": [
            draw(metric(name, source))
            for name, source in zip("abme", ("claims", "claims", "measurement", "estimate"), strict=True)
        ],
    }
    for sort in ("quantity", "condition", "amount"):
        doc[sort] = {}
        for place in range(draw(st.integers(0, 2))):
            doc[sort][f"{sort}_{place}"] = draw(node(sort, names, 2))
            names.known[sort].append(f"{sort}_{place}")
    doc["payment"] = [draw(payment(f"p{place}", names)) for place in range(draw(st.integers(1, 3)))]
    if draw(st.booleans()):
        rows = [{"metric": name, "price": draw(dated())} for name in CLAIMED]
        doc["rate_card"] = [{**draw(payer()), "payee": "provider", "cap": "none", "rows": rows, "clause": "3"}]
    doc = with_unit(doc, doc)
    doc["cap"] = draw(caps([p["id"] for p in doc["payment"]] + (list(CLAIMED) if "rate_card" in doc else [])))
    return doc


@st.composite
def caps(draw: st.DrawFn, payments: list[str]) -> list[dict[str, Any]]:
    made = []
    for place in range(draw(st.integers(0, 2))):
        over: Any = (
            draw(st.lists(st.sampled_from(payments), min_size=1, unique=True))
            if draw(st.booleans())
            else "all payments"
        )
        made.append({"id": f"c{place}", "name": "cap", "amount": draw(dated(positive)), "over": over, "clause": "4"})
    return made


def edges(part: Any, numbers: list[Fraction], found: list[date]) -> None:
    """Every number and every day that a contract mentions."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key in ("from", "up_to", "value", "at_least", "at_most", "step") and isinstance(value, str):
                numbers.append(Fraction(value))
            edges(value, numbers, found)
    elif isinstance(part, list):
        for each in part:
            edges(each, numbers, found)
    elif isinstance(part, date):
        found.append(part)


@st.composite
def facts(draw: st.DrawFn, doc: dict[str, Any], *, at_the_edge: bool) -> Given:
    """Facts for a contract; at the edge, days, results and sums paid lie on a threshold or one step beside it."""
    numbers, found = list[Fraction](), list[date]()
    edges(doc, numbers, found)
    day, value, paid = days, st.fractions(-5, 60, max_denominator=1), st.integers(0, 20000)
    if at_the_edge:
        day = st.builds(day_after, st.sampled_from(found), st.sampled_from([-1, 0, 1]))
        steps = [Fraction(step) for step in ("-1", "-0.01", "0", "0.01", "1")]
        value = st.builds(
            lambda edge, step: edge + step, st.sampled_from(numbers or [Fraction(0)]), st.sampled_from(steps)
        )
        # a sum paid before that leaves just about nothing, in every currency's minor units, under a cap of that size
        paid = st.builds(
            lambda edge, places, step: max(0, int(edge * 10**places) + step),
            st.sampled_from(numbers or [Fraction(0)]),
            st.sampled_from([0, 2, 3, 4]),
            st.sampled_from([-1, 0, 1]),
        )
    claims = draw(
        st.lists(
            st.builds(
                Claim,
                st.sampled_from("xyz"),
                st.sampled_from(CLAIMED),
                day,
                st.sampled_from([*GROUPS, None]),
                st.integers(1, 4),
                st.booleans(),
            ),
            max_size=8,
        )
    )
    as_of = max([draw(day), *(claim.day for claim in claims)])
    claimed = {claim.metric for claim in claims}
    quantities = {name: as_text(int(draw(value) * 100)) for name in MEASURED if draw(st.integers(0, 4))}
    quantities |= {
        name: str(draw(st.integers(0, 30))) for name in CLAIMED if name not in claimed and draw(st.booleans())
    }
    quantities |= {name: as_text(int(draw(value) * 100)) for name in doc["quantity"] if not draw(st.integers(0, 5))}
    payments = [p["id"] for p in doc["payment"]] + (list(CLAIMED) if "rate_card" in doc else [])
    paid_before = {name: draw(paid) for name in payments if draw(st.booleans())}
    settled = {
        name: draw(st.lists(st.booleans(), min_size=len(claims), max_size=len(claims)))
        for name in payments
        if not draw(st.integers(0, 3))
    }
    return Given(as_of, claims, quantities, paid_before, settled)
