"""terms: what a schema cannot see in a simulation: names, impossible rates, and results that nobody draws."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

from sib.terms.amounts import Earned, PricesByGroup
from sib.terms.conditions import Measured
from sib.terms.contract import Contract, Metric
from sib.terms.fault import Check, Finding, lookup
from sib.terms.places import Path
from sib.terms.quantities import Count
from sib.terms.sentences import number
from sib.terms.simulation import Draw, Simulation, mean
from sib.terms.walk import below, metrics_counted, named

_DRAWS: Path = ("simulation", "draws")


def simulated_names(contract: Contract) -> Iterator[Finding]:
    """A simulation names metrics, quantities and payments that exist, and draws each result once."""
    if (simulation := contract.simulation) is None:
        return
    known = named(contract, "quantity")
    yield from lookup(("simulation", "shows"), "metric or quantity", simulation.shows, known)
    for place, name in enumerate(simulation.payments):
        payments = {payment.id for payment in contract.payments}
        yield from lookup(("simulation", "payments", place), "payment", name, payments)
    seen: set[str] = set()
    for index, draw in enumerate(simulation.draws):
        for place, name in enumerate(draw.gives):
            path: Path = (*_DRAWS, index, "gives", place)
            yield from lookup(path, "metric or quantity", name, known)
            if name in seen:
                yield Finding(path, "contract.same-id", f"`{name}` is drawn twice", "take one of the two out")
            seen.add(name)
            if len(draw.gives) > 1 and getattr(known.get(name), "counted_from", None) != "estimate":
                what = f"`{name}` is no metric counted from an estimate, so it has no figure of one"
                yield Finding(path, "contract.statistic", what, "draw it by itself")


def simulated_rates(contract: Contract) -> Iterator[Finding]:
    """Effects to try rise, and every one leaves a possible rate: a share from 0 to 1, events not below 0."""
    if (simulation := contract.simulation) is None:
        return
    if any(later <= earlier for earlier, later in pairwise(simulation.effects)):
        mend = "order the effects, each once"
        yield Finding(("simulation", "effects"), "contract.rows", "the effects do not rise", mend)
    for index, draw in enumerate(simulation.draws):
        rates = {effect: mean(draw, effect) for effect in (Fraction(0), *simulation.effects, simulation.target)}
        impossible = [effect for effect, rate in rates.items() if not _possible(draw, rate)]
        if impossible:
            said = f"with the effect {number(impossible[0])} a person has {number(rates[impossible[0]])}"
            mend = "mend the base, or try smaller effects"
            yield Finding((*_DRAWS, index), "contract.rate", f"{said}: that cannot be", mend)


def _possible(draw: Draw, rate: Fraction) -> bool:
    return draw.outcome == "amount" or (rate >= 0 and (draw.outcome == "events" or rate <= 1))


def simulated_results(contract: Contract) -> Iterator[Finding]:
    """Everything that the payments looked at read is drawn; nobody stands behind a total."""
    if (simulation := contract.simulation) is None:
        return
    told: set[str] = set()
    for name, mend in _undrawn(contract, simulation):
        if name not in told:
            told.add(name)
            yield Finding(_DRAWS, "contract.not-drawn", f"{name} is read and not drawn", mend)


def _undrawn(contract: Contract, simulation: Simulation) -> Iterator[tuple[str, str]]:
    drawn = {name for draw in simulation.draws for name in draw.gives}
    payments = {payment.id: payment.amount for payment in contract.payments}
    stack = [("amount", payments[name]) for name in simulation.payments or payments if name in payments]
    stack.append(("quantity", simulation.shows))
    seen: set[tuple[str, str]] = set()
    while stack:
        sort, node = stack.pop()
        if isinstance(node, str):
            target = named(contract, sort).get(node)
            if (sort, node) in seen or target is None or (sort == "quantity" and node in drawn):
                continue
            seen.add((sort, node))
            if isinstance(target, Metric):
                yield f"`{node}`", "add a draw that gives it"
            else:
                stack.append((sort, target))
        elif isinstance(node, Earned):
            stack += [("amount", payments[name]) for name in node.payments if name in payments]
        elif not isinstance(node, Measured):
            yield from _needs_people(node, drawn)
            stack += [(asked, part) for _, asked, part in below(sort, node)]


def _needs_people(node: Any, drawn: set[str]) -> Iterator[tuple[str, str]]:
    counted = metrics_counted(node)
    if isinstance(node, Count) and node.group is None:
        if node.metric not in drawn:
            yield f"`{node.metric}`", "add a draw that gives it"
    elif counted or isinstance(node, PricesByGroup):
        mend = "write the rule as a [quantity] with a name, and draw that name"
        yield f"a rule over people (`{node.kind}`)", mend


SIMULATION_CHECKS: tuple[Check, ...] = (simulated_names, simulated_rates, simulated_results)
