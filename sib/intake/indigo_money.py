"""intake: whether prices, counts, payments and plans of a record of INDIGO agree with each other."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from sib.errors import Problem
from sib.intake.indigo_leaf import Value
from sib.intake.indigo_rows import Desk, Row
from sib.money import decimal_text, exponent

_PRICE = "/price_per_unit/amount/value"
_COUNT = "/number_with_positive_social_outcomes/value"
_PAID = "/money/amount/value"
_UNIT = "/unit_type_of_targeted_service_users_or_beneficiaries/value"
_PLAN = "/outcome_payment_plan_id/value"
_METRIC = "/outcome_metric_id/value"
_PERIOD = ("/period/start_date/value", "/period/end_date/value")
_SAME = (_METRIC, *_PERIOD, "/payer_organisation_id/value", "/recipient_organisation_id/value", "/type/value")
Period = tuple[Value, Value]


def prices(desk: Desk) -> None:
    """A price that times the count is not what was paid is no price: often it is an average, worked out afterwards.

    Where the metric's unit is another than a person, the count of people says nothing of it.
    """
    stated: dict[Value, list[Row]] = {}
    others = {_said(row, "/id") for row in desk.rows("outcome_metrics").values() if _said(row, _UNIT) == "Other"}
    for row in desk.rows("outcome_pricings").values():
        if _METRIC in row and _PRICE in row and _said(row, _METRIC) not in others:
            stated.setdefault(row[_METRIC][1], []).append(row)
    counts, paid = _counts(desk), _paid(desk)
    for metric, rows in stated.items():
        if len(rows) == 1:
            number, price = rows[0][_PRICE]
            for count, amount in _comparable(counts.get(metric, {}), paid.get(metric, {})):
                if isinstance(price, int | Decimal) and Fraction(price) * count != amount:
                    desk.hold(number, _not_a_price(Fraction(price), count, amount))


def _counts(desk: Desk) -> dict[Value, dict[Period, list[Fraction]]]:
    found: dict[Value, dict[Period, list[Fraction]]] = {}
    for row in desk.rows("results").values():
        if _METRIC in row and _COUNT in row:
            found.setdefault(row[_METRIC][1], {}).setdefault(_period(row), []).append(_number(row, _COUNT))
    return found


def _paid(desk: Desk) -> dict[Value, dict[Period, Fraction]]:
    found: dict[Value, dict[Period, Fraction]] = {}
    for row in desk.rows("outcome_payments").values():
        if _METRIC in row and _PAID in row and _said(row, "/type/value") == "Actual" and not _said(row, _PLAN):
            periods = found.setdefault(row[_METRIC][1], {})
            periods[_period(row)] = periods.get(_period(row), Fraction()) + _number(row, _PAID)
    return found


def _comparable(
    counts: Mapping[Period, list[Fraction]], paid: Mapping[Period, Fraction]
) -> list[tuple[Fraction, Fraction]]:
    """Counts and amounts of the same period; or of the whole, where the only result names no period."""
    both = [(several[0], paid[period]) for period, several in counts.items() if period in paid and len(several) == 1]
    whole = counts.get(("", ""), [])
    if len(counts) == len(whole) == 1 and paid:
        return [(whole[0], sum(paid.values(), Fraction()))]
    return both


def _not_a_price(price: Fraction, count: Fraction, amount: Fraction) -> Problem:
    times = decimal_text(price * count)
    what = f"the price times the count is {times}, but {decimal_text(amount)} was paid"
    if count and abs(amount / count - price) <= Fraction(1, 2):
        what += "; it looks like the average of what was paid"
    mend = "write the price that the contract names; an average goes into the price's description"
    return Problem("indigo.price-not-paid", what, mend, expected=f"price × {decimal_text(count)} = what was paid")


def too_fine(desk: Desk, currency: str | None) -> None:
    """An amount with more decimals than its currency has cannot have been paid: it was divided or converted."""
    if currency is None:
        return
    places = exponent(currency)
    for pointer, (number, value) in desk.singles().items():
        below = pointer.rpartition("/")[0].split("/")
        is_amount = isinstance(value, Decimal) and {"amount", "planned", "actual"} & set(below)
        if is_amount and "_usd" not in pointer and (Fraction(value) * 10**places).denominator != 1:  # type: ignore[arg-type]
            what = f"the amount is finer than {currency} can pay: perhaps an average or a conversion"
            mend = "write the amount that was agreed or paid"
            desk.hold(number, Problem("indigo.amount-too-fine", what, mend, expected=f"{places} decimals"))


def plans(desk: Desk) -> None:
    """Planned payments that stand twice, plans that repeat an earlier one, and actual payments that only a plan has."""
    _rows_twice(desk)
    _plans_twice(desk)
    rows = list(desk.rows("outcome_payments").values())
    made = {_key(row) for row in rows if _said(row, "/type/value") == "Actual" and not _said(row, _PLAN)}
    for row in rows:
        if _said(row, "/type/value") == "Actual" and _said(row, _PLAN) and _key(row) not in made:
            what = f"the plan {_said(row, _PLAN)} repeats an actual payment that does not stand by itself"
            mend = "add the payment as a row without a plan; a plan only repeats it"
            _hold(desk, row, Problem("indigo.actual-in-plan-only", what, mend))


def _rows_twice(desk: Desk) -> None:
    seen: dict[tuple[Value, ...], list[Row]] = {}
    for row in desk.rows("outcome_payments").values():
        if _PAID in row:
            seen.setdefault((_said(row, _PLAN), *(_said(row, path) for path in _SAME)), []).append(row)
    for same, rows in seen.items():
        alike = len({_number(row, _PAID) for row in rows}) == 1
        if not alike and not same[0]:
            continue  # two payments of different amounts in one period are two payments
        for row in rows[1:] if alike else rows if len(rows) > 1 else ():
            what = f"{len(rows)} rows are of one plan, metric, period, payer and type"
            mend = "keep one of them, or say in what they differ"
            _hold(desk, row, Problem("indigo.payment-repeated", what, mend, expected="one row for each"))


def _plans_twice(desk: Desk) -> None:
    said: dict[Value, list[Row]] = {}
    for row in desk.rows("outcome_payments").values():
        if _said(row, _PLAN):
            said.setdefault(_said(row, _PLAN), []).append(row)
    first: dict[tuple[str, ...], Value] = {}
    for plan, rows in said.items():
        content = tuple(sorted(str(_key(row)) for row in rows))
        earlier = first.setdefault(content, plan)
        for row in rows if earlier != plan else ():
            what = f"the plan {plan} says word for word what {earlier} says"
            mend = "a new version of a plan differs from the one before; take the repetition out"
            _hold(desk, row, Problem("indigo.plan-repeated", what, mend))


def _hold(desk: Desk, row: Row, problem: Problem) -> None:
    number = row[_PAID][0] if _PAID in row else next(iter(row.values()))[0]
    desk.hold(number, problem)
    desk.hold_row(row, problem.what)


def _key(row: Row) -> tuple[Value, ...]:
    amount = _number(row, _PAID) if _PAID in row else Fraction(-1)
    return (*(_said(row, path) for path in _SAME), str(amount))


def _said(row: Row, path: str) -> Value:
    value = row[path][1] if path in row else ""
    return value.strip() if isinstance(value, str) else value


def _period(row: Row) -> Period:
    return _said(row, _PERIOD[0]), _said(row, _PERIOD[1])


def _number(row: Row, path: str) -> Fraction:
    value = row[path][1]
    return Fraction(value) if isinstance(value, int | Decimal) else Fraction()
