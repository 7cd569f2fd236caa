"""terms: a simulation in sentences: what is drawn, from whom, and what is tried."""

from collections.abc import Iterator

from sib.terms.contract import Contract, Metric
from sib.terms.sentences import listed, number, plural
from sib.terms.simulation import COMPARED, Draw
from sib.terms.walk import named, unit_of

_OUTCOMES = {"yes or no": "a share of {} with an outcome", "events": "{} events", "amount": "an amount of {}"}
_COMPARED = {"randomised": "randomised", "matched": "matched", "historical": "earlier"}


def simulation_words(contract: Contract) -> Iterator[str]:
    """Lines of a list (Markdown), figures as the contract writes them; nothing where nothing is to be simulated."""
    if (simulation := contract.simulation) is None:
        return
    unit = unit_of(contract, simulation.shows) or ""
    tried = listed([number(effect) for effect in simulation.effects], "and")
    target = f"{number(simulation.target)} {plural(unit, simulation.target)}"
    yield (
        f"- Tried are true effects of {tried} {plural(unit, 2)} on {result_words(contract, simulation.shows)}; "
        f"the service is meant to reach {target}."
    )
    for draw in simulation.draws:
        given = listed([result_words(contract, name) for name in draw.gives])
        yield f"- {given[0].upper()}{given[1:]}: {draw_words(draw)}."


def result_words(contract: Contract, name: str) -> str:
    """What a drawn result is called: a metric's name, or the quantity's id as words."""
    target = named(contract, "quantity").get(name)
    return f"“{target.name}”" if isinstance(target, Metric) else f"“{name.replace('_', ' ')}”"


def draw_words(draw: Draw) -> str:
    """How one result comes about."""
    if draw.design == "fixed":
        return f"always {number(draw.value or draw.per * 0)}"
    said = [f"{draw.people or 0:,} people, each with {_each(draw)} without the service", *_against(draw)]
    if draw.effect is not None:
        kind = draw.effect if draw.effect.startswith("percent") or draw.per == 1 else f"{draw.effect} per {draw.per}"
        said.append(f"the service makes it {kind}")
    if draw.drift:
        said.append(f"the two sides drift apart by {number(draw.drift * 100)} % of it for other reasons")
    return "; ".join(said)


def _each(draw: Draw) -> str:
    each = _OUTCOMES[draw.outcome].format(number(draw.base or draw.per * 0))
    if draw.dispersion:
        each += f" (dispersion {number(draw.dispersion)})"
    return f"{each} (standard deviation {number(draw.spread)})" if draw.spread else each


def _against(draw: Draw) -> Iterator[str]:
    if draw.design in COMPARED:
        if draw.comparison is None:
            yield "compared with what is known from before"
        else:
            yield f"compared with {draw.comparison:,} {_COMPARED[draw.design]} people"
