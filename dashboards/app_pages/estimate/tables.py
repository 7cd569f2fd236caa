"""dashboards: the estimate page's tables: comparisons, balance, flow of participants."""

from collections.abc import Sequence

from dashboards.app_pages.estimate.words import LIGHTS
from dashboards.markup import Column, Safe, mark, stacked, table
from dashboards.speech import NOTHING, amount, count, figure, quantity
from sib.views.estimate_page import BalanceRow, Comparison, FlowStep

SCORE = "propensity score"


def comparisons(several: Sequence[Comparison], currency: str, unit: str) -> Safe:
    """Every way of comparing: what it finds, how sure, what it would have paid."""
    columns = [
        Column("Way of comparing"),
        Column(f"Estimate, {unit}", number=True),
        Column("Standard error", number=True),
        Column(f"Would pay, {currency}", number=True),
    ]
    rows = [
        [
            stacked(one.title, one.words, mark("sealed: this one pays", "good") if one.pays else ""),
            quantity(one.quantised) if one.quantised else "not estimable",
            figure(one.standard_error, 2),
            NOTHING if one.payment_minor is None else amount(one.payment_minor, currency),
        ]
        for one in several
    ]
    return table("What each way of comparing finds, and what the contract would have paid on it", columns, rows)


def balance(rows: Sequence[BalanceRow]) -> Safe:
    """Covariate by covariate: means, standardised differences and variance ratios before and after, and the light."""
    heads = (
        "Mean, enrolled",
        "Mean before",
        "Mean after",
        "Difference before",
        "Difference after",
        "Variance ratio after",
    )
    columns = [Column("Covariate"), *(Column(head, number=True) for head in heads), Column("After matching")]
    return table(
        "Enrolled people against comparison people, before and after matching; differences in standard deviations",
        columns,
        [_balance(row) for row in rows],
    )


def _balance(row: BalanceRow) -> list[str]:
    words, colour = LIGHTS.get(row.light, ("", "plain"))
    means = (row.mean_treated, row.mean_before, row.mean_after)
    places = 2 if any(mean is not None and abs(mean) < 100 for mean in means) else 0
    return [
        SCORE if row.covariate == "distance" else row.covariate,
        *(figure(mean, places) for mean in means),
        figure(row.smd_before, 2),
        figure(row.smd_after, 2),
        figure(row.variance_ratio_after, 2),
        mark(words, colour) if words else NOTHING,
    ]


def flow(steps: Sequence[FlowStep]) -> Safe:
    """How many people stand behind the estimate at each step."""
    columns = [Column("Step"), Column("Enrolled", number=True), Column("Comparison", number=True)]
    # A comparison group exists only from the locked cohort on; nought would read as if everybody had been lost.
    rows = [[stacked(one.step, one.why), count(one.treated), count(one.comparison or None)] for one in steps]
    return table("People at each step, and why not more", columns, rows)
