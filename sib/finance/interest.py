"""finance: interest on a drawn balance, exact in minor units; days and periods are reckoned by ``sib.periods``."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from sib.finance.position import PastFlow, Position
from sib.payments.evaluation import Held
from sib.periods import Accrual, BusinessDayConvention, Calendar, DayCount, accruals, schedule, year_fraction
from sib.terms.base import DatedNumber, value_on
from sib.terms.finance import Cycle, Interest
from sib.terms.sentences import day as in_words

_SLACK = timedelta(days=31)
"""A payment is moved back by less than a month; so many days on, a period may be paid that ends later."""


def interest_to(position: Position, tranche: str) -> Fraction:
    """All interest that fell due on a tranche up to the day of the receipt, paid or not.

    Raises Held where its terms, its flows or the day are not known.
    """
    terms = position.tranche(tranche).interest
    if terms is None:
        raise Held(f"`{tranche}` has no interest")
    flows = position.dated_flows(tranche)
    if not flows:
        return Fraction(0)
    if terms.periods is None:
        return accrued(flows, flows[0].on, position.day, terms.rate, terms.day_count)
    calendar = position.contract.contract.calendar
    spans = periods_due(terms.periods, position.day, calendar, broken=position.ended is not None)
    return _over(position, tranche, terms, spans)


def _over(position: Position, tranche: str, terms: Interest, spans: Iterable[Accrual]) -> Fraction:
    """Interest period by period; where it compounds, what is unpaid bears interest from the period's end."""
    flows, steps = position.of(tranche), (None, *position.paying("interest"))
    paid = [(flow.on, flow.returned) for flow in flows if flow.step in steps]
    due: list[tuple[date, Fraction]] = []

    def unpaid(day: date) -> Fraction:
        reckoned = sum((amount for end, amount in due if end <= day), Fraction(0))
        return max(Fraction(0), reckoned - sum(amount for on, amount in paid if on <= day))

    for span in spans:
        capital = unpaid if terms.compounding == "each period" else None
        due.append((span.end, accrued(flows, span.start, span.end, terms.rate, terms.day_count, capital)))
    return sum((amount for _, amount in due), Fraction(0))


def accrued(
    flows: tuple[PastFlow, ...],
    start: date,
    end: date,
    rates: tuple[DatedNumber, ...],
    day_count: DayCount,
    capital: Callable[[date], Fraction] | None = None,
) -> Fraction:
    """Interest from ``start`` (included) to ``end`` (excluded) on what is out, at the rates in force day by day.

    ``capital`` says what more bears interest from a day on. Raises Held where no rate is in force.
    """
    turns = {flow.on for flow in flows} | {value.from_ for value in rates if value.from_ is not None}
    days = sorted({start, end, *(turn for turn in turns if start < turn < end)})
    total = Fraction(0)
    for first, last in pairwise(days):
        rate = value_on(rates, first)
        if rate is None:
            raise Held(f"no rate of interest is in force on {in_words(first)}")
        bearing = balance_on(flows, first) + (capital(first) if capital else 0)
        total += bearing * rate * year_fraction(first, last, day_count)
    return total


def balance_on(flows: Iterable[PastFlow], day: date) -> int:
    """What is drawn and not yet repaid at the end of a day."""
    return sum(flow.paid_in - flow.principal for flow in flows if flow.on <= day)


def periods_due(cycle: Cycle, day: date, calendar: str, *, broken: bool) -> tuple[Accrual, ...]:
    """The periods whose payment falls on or before a day; ``broken`` adds what has run since the last of them."""
    if day < cycle.from_:
        return ()
    dates = schedule(cycle.from_, cycle.every_months, day + _SLACK, end_of_month=cycle.end_of_month)
    spans = accruals(dates, BusinessDayConvention(cycle.business_days), Calendar(calendar))
    due = tuple(span for span in spans if span.paid_on <= day)
    since = due[-1].end if due else cycle.from_
    return (*due, Accrual(since, day, day)) if broken and since < day else due
