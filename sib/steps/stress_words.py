"""arrows: what stressing a contract found, for people and for machines."""

from collections.abc import Iterator
from decimal import Decimal
from math import floor, isnan, log10
from typing import Any

from sib.money import decimal_text, exponent, major, show
from sib.steps.stress import Chance, Cliff, Person, Stress, Tried
from sib.terms.sentences import listed, plural
from sib.terms.simulation_words import result_words
from sib.terms.walk import unit_of

Row = tuple[str, ...]
HEADS: Row = ("true effect", "measured, middle 90 %", "pays", "paid on average", "half at most", "nine in ten at most")


def per_cent(share: float) -> str:
    """A share as people say it: one decimal, or two digits where it is smaller."""
    value = share * 100
    if value == 0 or value >= 0.1:
        return f"{value:.1f} %"
    return f"{Decimal(f'{value:.1e}'):f} %"


def figure(value: float) -> str:
    """A number to four digits, without an exponent."""
    return f"{Decimal(f'{value:.4g}').normalize() + Decimal(0):f}"


def measured(stress: Stress, value: float) -> str:
    """A result to a thousandth of the range in which results lie."""
    if isnan(value):
        return "not estimable"
    ends = [end for tried in stress.tried for end in (tried.result_low, tried.result_high) if not isnan(end)]
    wide = max(ends) - min(ends)
    places = max(0, 2 - floor(log10(wide))) if wide > 0 else 2
    return f"{round(value, places) + 0.0:,.{places}f}"


def amount(stress: Stress, minor: int) -> str:
    """An amount to the whole unit of money: simulated figures are not good to a penny."""
    currency = stress.contract.contract.currency
    scale = 10 ** exponent(currency)
    return show(round(minor / scale) * scale, currency).partition(".")[0]


def between(chance: Chance) -> str:
    """A share with its Monte Carlo interval."""
    return f"{per_cent(float(chance.share))} ({per_cent(chance.low)} to {per_cent(chance.high)})"


def finding(stress: Stress) -> str:
    """The finding in one sentence: what is paid for nothing, and how often a service that works is paid."""
    nothing, target = float(stress.nothing.pays.share), float(stress.target.pays.share)
    effect = f"{decimal_text(stress.simulation.target)} {unit(stress)}"
    return (
        f"A service that does nothing is paid in {per_cent(nothing)} of cohorts; "
        f"one that reaches its target, {effect}, in {per_cent(target)}"
    )


def unit(stress: Stress) -> str:
    """The unit of the result shown and of the effects, in the plural."""
    return plural(unit_of(stress.contract, stress.simulation.shows) or "", stress.simulation.target)


def rows(stress: Stress) -> Iterator[Row]:
    """The table: a row for each true effect."""
    for tried in stress.tried:
        yield (
            f"{decimal_text(tried.effect)} {unit(stress)}{_meant(stress, tried)}",
            f"{measured(stress, tried.result)} ({measured(stress, tried.result_low)} to "
            f"{measured(stress, tried.result_high)})",
            between(tried.pays),
            f"{amount(stress, tried.expected)} ± {amount(stress, tried.error).partition(' ')[2]}",
            amount(stress, tried.middle),
            amount(stress, tried.ninth),
        )


def _meant(stress: Stress, tried: Tried) -> str:
    return " (target)" if tried is stress.target else " (nothing)" if tried is stress.nothing else ""


def in_words(stress: Stress) -> str:
    """The answer of ``sib contract stress`` for people."""
    header, simulation = stress.contract.contract, stress.simulation
    table = [HEADS, *rows(stress)]
    widths = [max(len(row[place]) for row in table) for place in range(len(HEADS))]
    return "\n".join(
        [
            f"{header.name}, version {header.version}, as of {stress.as_of.isoformat()}",
            f"{simulation.cohorts:,} cohorts drawn for each true effect, seed {simulation.seed}; payments looked at: "
            f"{listed(list(stress.payments))}",
            "",
            f"{finding(stress)}.",
            "",
            f"measured is {result_words(stress.contract, simulation.shows)}; brackets after a share hold its 95 % "
            "Monte Carlo interval, ± is one standard error",
            "",
            *(" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table),
            "",
            *notes(stress),
        ]
    )


def notes(stress: Stress) -> Iterator[str]:
    """Jumps of the rule, what one person is worth, what could not be estimated, what is invented."""
    yield from _cliffs(stress)
    yield from _persons(stress)
    lost = max(stress.tried, key=lambda tried: tried.not_estimable.share)
    if lost.not_estimable.share:
        share = per_cent(float(lost.not_estimable.share))
        yield f"With an effect of {decimal_text(lost.effect)} the result cannot be estimated in {share} of cohorts."
    drawn = [result_words(stress.contract, draw.gives[0]) for draw in stress.simulation.draws if draw.illustrative]
    if drawn:
        yield f"Partly invented, as the contract says, is what is drawn for {listed(drawn)}."


def _cliffs(stress: Stress) -> Iterator[str]:
    if not stress.cliffs:
        yield "The rule does not jump anywhere between the effects tried."
    for cliff in stress.cliffs:
        moved = (
            "When everything moves together" if cliff.moved == "everything together" else f"With {cliff.moved} moving"
        )
        way = "jumps" if cliff.jump > 0 else "FALLS, though the service does more,"
        yield (
            f"{moved}, the payment {way} at an effect of {figure(cliff.effect)} (measured {figure(cliff.result)}) from "
            f"{amount(stress, cliff.before)} to {amount(stress, cliff.after)}."
        )


def _persons(stress: Stress) -> Iterator[str]:
    for person in stress.persons:
        decides = (
            f"; in {per_cent(float(person.decides.share))} of cohorts this one person decides a jump, and is worth up "
            f"to {amount(stress, person.most)}"
            if person.decides.share
            else ""
        )
        yield (
            f"{person.what} in {person.given} moves the result by {figure(person.moves)}; at a true effect of "
            f"{figure(float(person.effect))} that is worth {amount(stress, person.average)} on average{decides}."
        )


def as_dict(stress: Stress) -> dict[str, Any]:
    """The answer of ``sib contract stress --json``: amounts as decimal text in major units, shares from 0 to 1."""
    header, simulation = stress.contract.contract, stress.simulation
    return {
        "contract": header.id,
        "version": header.version,
        "currency": header.currency,
        "as_of": stress.as_of.isoformat(),
        "cohorts": simulation.cohorts,
        "seed": simulation.seed,
        "payments": list(stress.payments),
        "shows": simulation.shows,
        "unit": unit_of(stress.contract, simulation.shows),
        "target": decimal_text(simulation.target),
        "pays_when_nothing_works": _chance(stress.nothing.pays),
        "power_at_target": _chance(stress.target.pays),
        "effects": [_tried(header.currency, tried) for tried in stress.tried],
        "cliffs": [_cliff(header.currency, cliff) for cliff in stress.cliffs],
        "one_person": [_person(header.currency, person) for person in stress.persons],
        "notes": list(notes(stress)),
    }


def _tried(currency: str, tried: Tried) -> dict[str, Any]:
    return {
        "effect": decimal_text(tried.effect),
        "pays": _chance(tried.pays),
        "expected": major(tried.expected, currency),
        "standard_error": major(tried.error, currency),
        "tenth": major(tried.tenth, currency),
        "median": major(tried.middle, currency),
        "ninetieth": major(tried.ninth, currency),
        "measured": _known(tried.result),
        "measured_low": _known(tried.result_low),
        "measured_high": _known(tried.result_high),
        "not_estimable": _chance(tried.not_estimable),
    }


def _cliff(currency: str, cliff: Cliff) -> dict[str, Any]:
    return {
        "moved": cliff.moved,
        "effect": cliff.effect,
        "measured": _known(cliff.result),
        "before": major(cliff.before, currency),
        "after": major(cliff.after, currency),
        "jump": major(cliff.jump, currency),
    }


def _person(currency: str, person: Person) -> dict[str, Any]:
    return {
        "what": person.what,
        "result": person.given,
        "effect": decimal_text(person.effect),
        "moves": _known(person.moves),
        "worth": major(person.average, currency),
        "most": major(person.most, currency),
        "decides": _chance(person.decides),
    }


def _chance(chance: Chance) -> dict[str, float]:
    return {"share": float(chance.share), "low": chance.low, "high": chance.high}


def _known(value: float) -> float | None:
    return None if isnan(value) else value
