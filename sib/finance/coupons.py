"""finance: the coupon of a tranche: a yearly rate that follows an outcome, with timed floors and a cap."""

from datetime import date, timedelta
from fractions import Fraction

from sib.finance.interest import accrued, periods_due
from sib.finance.position import Position
from sib.payments.evaluation import Held
from sib.payments.quantities import limited
from sib.terms.base import DatedNumber
from sib.terms.finance import Coupon
from sib.terms.finance_words import per_cent
from sib.terms.sentences import day

_DAY = timedelta(days=1)


def coupon_due(position: Position, tranche: str) -> tuple[Fraction, str]:
    """What is due of the coupon of the last full period, exact in minor units, and why.

    Raises Held where its terms, flows, the day or the results are not known.
    """
    terms = position.tranche(tranche).coupon
    if terms is None:
        raise Held(f"`{tranche}` has no coupon")
    flows = position.dated_flows(tranche)
    # the last day of a contract that has ended counts: the period that it closes is over
    upto = position.day + _DAY if position.ended else position.day
    spans = periods_due(terms.periods, upto, position.contract.contract.calendar, broken=False)
    if not flows or not spans:
        return Fraction(0), "no period of the coupon is over"
    span = spans[-1]
    rate, why = coupon_rate(position, terms, span.end - _DAY)
    agreed = (DatedNumber(value=rate),)
    whole = accrued(flows, span.start, span.end, agreed, terms.day_count)
    paid = position.returned(tranche, position.paying("coupon"), since=min(span.end, span.paid_on))
    return max(Fraction(0), whole - paid), f"{why}, for {day(span.start)} to {day(span.end - _DAY)}"


def coupon_rate(position: Position, terms: Coupon, last: date) -> tuple[Fraction, str]:
    """The yearly rate for a period whose last day is given, and how it came about."""
    found = position.evaluation().quantity(terms.rate)
    floor = next((each.at_least for each in terms.floors if each.from_ <= last <= each.to), None)
    rate = limited(found, floor, terms.at_most)
    raised = f", held from {per_cent(found)}" if rate != found else ""
    return rate, f"{per_cent(rate)} a year{raised}"
