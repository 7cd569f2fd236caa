"""terms: the start of a new contract: what is asked, and the document and the case that the answers make."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any
from unicodedata import normalize

from dateutil.relativedelta import relativedelta

from sib.errors import NotValid
from sib.money import decimal_text, exponent

KINDS = ("rate card", "measured result", "impact estimate")
INVENTED = "All of it, as far as the answers were defaults: take this line out when terms and figures are agreed."
_FIRST, _LAST = date(1900, 1, 1), date(2199, 12, 31)
_ID = re.compile(r"[a-z][a-z0-9_]*")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?")

Answers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that a new contract needs: how it is asked, an example, a default, and what makes an answer good.

    ``read`` raises ValueError with what is wrong and how to mend it.
    """

    key: str
    asks: str
    example: str
    default: Callable[[Answers], str]
    read: Callable[[str, Answers], Any]
    asked: Callable[[Answers], bool] = lambda _: True


def identifier(words: str, taken: tuple[str, ...] = ()) -> str:
    """Make an id of words: “Keeps a job” is keeps_a_job; one that is taken gets a number."""
    plain = normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    found = "_".join(re.findall(r"[a-z0-9]+", plain))[:40].strip("_")
    found = found if _ID.fullmatch(found) and found != "none" else f"the_{found}".strip("_")
    again = (f"{found}_{place}" for place in range(2, len(taken) + 3))
    return found if found not in taken else next(name for name in again if name not in taken)


def _words(text: str, _: Answers) -> str:
    if text.strip() in ("", "none"):
        raise ValueError("there must be one: write what it should say")
    return text.strip()


def _lender(text: str, _: Answers) -> str:
    return text.strip() or "none"


def _chosen(*words: str) -> Callable[[str, Answers], str]:
    def read(text: str, _: Answers) -> str:
        if text.strip() not in words:
            raise ValueError(f"this cannot stand here: write one of: {', '.join(words)}")
        return text.strip()

    return read


def _currency(text: str, _: Answers) -> str:
    try:
        exponent(text.strip())
    except NotValid as error:
        raise ValueError(f"{error.problems[0].what}: {error.problems[0].mend}") from None
    return text.strip()


def _day(text: str, before: Answers) -> date:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("this is not a date: write a day that exists, as 2026-03-31") from None
    if not _FIRST <= found <= _LAST:
        raise ValueError(f"this is not in our time: write a day from {_FIRST} to {_LAST}")
    if "starts_on" in before and found <= before["starts_on"]:
        raise ValueError(f"the term ends before it starts: write a day after {before['starts_on']}")
    return found


def _whole(text: str, _: Answers) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text.strip()):
        raise ValueError("this is not a number of people: write a whole number above 0")
    return int(text)


def _decimal(text: str) -> Fraction:
    if not _DECIMAL.fullmatch(text.strip()):
        raise ValueError(f"{text[:40]!r} is not a plain number: write digits and at most one point, as 15.12")
    return Fraction(text.strip())


def _number(text: str, _: Answers) -> Fraction:
    found = _decimal(text)
    if found <= 0:
        raise ValueError("it is not above 0: write a number above 0, as 1500 or 12.50")
    return found


def _most(text: str, before: Answers) -> Fraction | None:
    return None if text.strip() == "none" else _number(text, before)


def _pairs(text: str) -> list[tuple[str, str]]:
    parts = [part.rpartition("=") for part in re.split(r"[;\n]", text) if part.strip()]
    if not parts or any(not name.strip() or not value.strip() for name, _, value in parts):
        raise ValueError("this is not a list of pairs: write `a = 1; b = 2`")
    return [(name.strip(), value.strip()) for name, _, value in parts]


def _priced(text: str, before: Answers) -> tuple[tuple[str, Fraction], ...]:
    return tuple((name, _number(price, before)) for name, price in _pairs(text))


def _steps(text: str, before: Answers) -> tuple[tuple[Fraction, Fraction], ...]:
    rows = tuple((_decimal(start), _number(amount, before)) for start, amount in _pairs(text))
    if any(after[0] <= row[0] or after[1] <= row[1] for row, after in pairwise(rows)):
        raise ValueError("the rows do not rise: write results and amounts from the lowest to the highest")
    return rows


def _of(*kinds: str) -> Callable[[Answers], bool]:
    return lambda answers: answers["kind"] in kinds


def _is(text: str) -> Callable[[Answers], str]:
    return lambda _: text


def _year_less_a_day(years: int) -> Callable[[Answers], str]:
    return lambda answers: str(answers["starts_on"] + relativedelta(years=years) - timedelta(1))


def _largest(answers: Answers) -> str:
    if answers["kind"] == "rate card":
        return decimal_text(answers["size"] * sum((price for _, price in answers["outcomes"]), Fraction(0)))
    if answers["kind"] == "measured result":
        return decimal_text(answers["rows"][-1][1])
    return decimal_text(answers["price"] * 20)


def questions(name: str, today: date) -> tuple[Question, ...]:
    """Everything that is asked, in this order; ``name`` and ``today`` only make defaults."""
    first = today.replace(day=1) + relativedelta(months=1)
    text = _words
    return (
        Question("kind", "what is paid for", ", ".join(KINDS), _is(KINDS[0]), _chosen(*KINDS)),
        Question("name", "the contract's name", "Work for care leavers", _is(name), text),
        Question("currency", "its currency", "GBP, EUR, USD", _is("GBP"), _currency),
        Question("starts_on", "the first day of the term", "2026-04-01", _is(str(first)), _day),
        Question("ends_on", "the last day of the term", "2029-03-31", _year_less_a_day(3), _day),
        Question("payer", "who pays for outcomes", "Southshire County Council", _is("the council"), text),
        Question("provider", "who delivers the service", "a charity", _is("the service provider"), text),
        Question("people", "for whom", "care leavers from 18 to 25", _is("people enrolled in the service"), text),
        Question("size", "how many people are planned", "200", _is("100"), _whole),
        *_of_the_kind(),
        Question("cap", 'the most that is paid in all, or "none"', "500000", _largest, _most),
        Question("lender", 'who lends the money until then, or "none"', "a social investor", _is("none"), _lender),
        Question(
            "lent",
            "how much is lent",
            "250000",
            _is("100000"),
            _number,
            lambda answers: answers["lender"] != "none",
        ),
    )


def _of_the_kind() -> tuple[Question, ...]:
    """What is asked of one kind only."""
    measured, text = _of("measured result", "impact estimate"), _words
    return (
        Question(
            "outcomes",
            "the outcomes with their prices",
            "starts a job = 1500; keeps it for half a year = 2500",
            _is("starts a job = 1500; keeps a job for half a year = 2500"),
            _priced,
            _of("rate card"),
        ),
        Question("result", "what is measured", "fall in nights in hospital", _is("rise in attendance"), text, measured),
        Question("unit", "its unit, singular", "night, point", _is("percentage point"), text, measured),
        Question(
            "compared",
            "compared with whom or what",
            "people alike who were not enrolled",
            lambda answers: (
                "the same people before" if answers["kind"] == KINDS[1] else "matched people who were not enrolled"
            ),
            text,
            measured,
        ),
        Question(
            "rows",
            "from which result how much is paid in all",
            "5 = 50000; 10 = 120000",
            _is("5 = 50000; 10 = 120000; 15 = 200000"),
            _steps,
            _of("measured result"),
        ),
        Question(
            "shape",
            "how it is paid between two rows",
            "step, straight lines",
            _is("step"),
            _chosen("step", "straight lines"),
            _of("measured result"),
        ),
        Question("price", "the price of one unit", "10000", _is("10000"), _number, _of("impact estimate")),
        Question("evaluator", "who estimates", "a university", _is("the evaluator"), text, _of("impact estimate")),
    )


def document(name: str, answers: Answers) -> dict[str, Any]:
    """The contract that the answers make, as plain data; ``name`` is its id."""
    parties = _parties(answers)
    metrics = _metrics(answers)
    made: dict[str, Any] = {
        "format": 1,
        "contract": {
            "id": name,
            "name": answers["name"],
            "version": 1,
            "currency": answers["currency"],
            "starts_on": answers["starts_on"],
            "ends_on": answers["ends_on"],
            "rounding": "half up",
            "summary": f"{_capital(answers['payer'])} pays {answers['provider']} for outcomes of {answers['people']}.",
            "illustrative": INVENTED,
        },
        "party": [{"id": each, "name": called, "role": role} for role, (each, called) in parties.items()],
        "cohort": [{"id": "people", "name": answers["people"], "size": answers["size"]}],
        "metric": metrics,
        **_PAYMENTS[answers["kind"]](answers, parties, metrics),
        "settlement": _periods(answers["starts_on"], answers["ends_on"]),
    }
    if answers["kind"] == "rate card" and answers["cap"] is not None:
        cap = {"id": "whole", "name": "the most that is paid in all", "amount": decimal_text(answers["cap"])}
        made["cap"] = [{**cap, "over": "all payments", "clause": "Schedule 2"}]
    return made | _loan(answers, parties)


def _parties(answers: Answers) -> dict[str, tuple[str, str]]:
    """Role -> id and name."""
    asked = {"payer": "outcome payer", "provider": "service provider", "evaluator": "evaluator", "lender": "investor"}
    found: dict[str, tuple[str, str]] = {}
    for key, role in asked.items():
        if answers.get(key, "none") != "none":
            taken = tuple(each for each, _ in found.values())
            found[role] = (identifier(answers[key].removeprefix("the "), taken), answers[key])
    return found


def _metrics(answers: Answers) -> list[dict[str, Any]]:
    shared = {
        "cohort": "people",
        "window": {"opens": answers["starts_on"], "closes": answers["ends_on"]},
        "clause": "Schedule 1",
    }
    if answers["kind"] == "rate card":
        made: list[dict[str, Any]] = []
        for called, _ in answers["outcomes"]:
            metric = {"id": identifier(called, tuple(one["id"] for one in made)), "name": called, "unit": "person"}
            proof = {"evidence": ["a document seen by a verifier"], **shared}
            against = {"kind": "none", "words": "nothing: every verified outcome is paid"}
            made.append({**metric, "counted_from": "claims", "compared_with": against, **proof})
        return made
    estimated = answers["kind"] == "impact estimate"
    return [
        {
            "id": identifier(answers["result"]),
            "name": answers["result"],
            "unit": answers["unit"],
            "counted_from": "estimate" if estimated else "measurement",
            "compared_with": {"kind": "matched" if estimated else "historical", "words": answers["compared"]},
            "evidence": ["the evaluator's signed estimate" if estimated else "a signed result"],
            **shared,
        }
    ]


Parties = Mapping[str, tuple[str, str]]


def _rate_card(answers: Answers, parties: Parties, metrics: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [
        {"metric": metric["id"], "price": decimal_text(price)}
        for metric, (_, price) in zip(metrics, answers["outcomes"], strict=True)
    ]
    return {"rate_card": [{**_between(parties), "cap": "none", "clause": "Schedule 2", "rows": rows}]}


def _table(answers: Answers, parties: Parties, metrics: list[dict[str, Any]]) -> dict[str, Any]:
    rule = {
        "kind": "table",
        "of": metrics[0]["id"],
        "per": answers["unit"],
        "shape": answers["shape"],
        "boundary": "lower bound inclusive",
        "below": "0",
        "rows": [{"from": decimal_text(start), "amount": decimal_text(amount)} for start, amount in answers["rows"]],
    }
    return _paid(answers, parties, metrics, rule)


def _estimated(answers: Answers, parties: Parties, metrics: list[dict[str, Any]]) -> dict[str, Any]:
    no_less = {"kind": "limit", "of": metrics[0]["id"], "at_least": "0"}
    rule = {"kind": "price", "price": decimal_text(answers["price"]), "per": answers["unit"], "of": no_less}
    return _paid(answers, parties, metrics, rule)


def _paid(answers: Answers, parties: Parties, metrics: list[dict[str, Any]], rule: dict[str, Any]) -> dict[str, Any]:
    metric = metrics[0]["id"]
    cap = "none" if answers["cap"] is None else decimal_text(answers["cap"])
    asked = {"id": metric, **_between(parties), "metric": metric, "amount": f"for_{metric}", "settles": "in total"}
    return {"amount": {f"for_{metric}": rule}, "payment": [{**asked, "cap": cap, "clause": "Schedule 2"}]}


_PAYMENTS = {"rate card": _rate_card, "measured result": _table, "impact estimate": _estimated}


def _between(parties: Parties) -> dict[str, str]:
    return {"payer": parties["outcome payer"][0], "payee": parties["service provider"][0]}


def _periods(starts: date, ends: date) -> list[dict[str, Any]]:
    """One settlement period for each year of the term."""
    made: list[dict[str, Any]] = []
    first = starts
    while first <= ends:
        last = min(starts + relativedelta(years=len(made) + 1) - timedelta(1), ends)
        made.append({"id": f"Y{len(made) + 1}", "starts_on": first, "ends_on": last})
        first = last + timedelta(1)
    return made


def _loan(answers: Answers, parties: Parties) -> dict[str, Any]:
    if "investor" not in parties:
        return {}
    lent = decimal_text(answers["lent"])
    drawn = [{"on": answers["starts_on"], "amount": lent}]
    tranche = {"id": "loan", "name": "Loan", "party": parties["investor"][0], "kind": "senior", "committed": lent}
    steps = [
        {"pays": pays, "to": [{"tranche": "loan", "share": 1}], "clause": f"Schedule 3, {place}"}
        for place, pays in enumerate(("principal", "surplus"), 1)
    ]
    return {"tranche": [{**tranche, "drawdowns": drawn}], "waterfall": steps}


def case_document(answers: Answers, contract: Mapping[str, Any]) -> dict[str, Any]:
    """The first golden case: one person with every outcome, or one result; what it expects is priced afterwards."""
    metrics, last = contract["metric"], contract["settlement"][0]["ends_on"]
    given: dict[str, Any] = {"as_of": last}
    if answers["kind"] == "rate card":
        name = "One person reaches every outcome"
        rows = [{"person": "p1", "metric": metric["id"], "achieved_on": answers["starts_on"]} for metric in metrics]
        given["outcomes"] = rows
    else:
        value = answers["rows"][-1][0] if answers["kind"] == "measured result" else Fraction(5)
        name = f"{_capital(answers['result'])}: {decimal_text(value)} ({answers['unit']})"
        given["quantities"] = {metrics[0]["id"]: {"value": decimal_text(value), "unit": answers["unit"]}}
    if "tranche" in contract:
        given["drawn"] = {"loan": decimal_text(answers["lent"])}
    return {"name": name, "because": "Schedule 2; the figures below were priced: check them by hand", "given": given}


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
