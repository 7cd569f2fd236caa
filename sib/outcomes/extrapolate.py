"""outcomes: what a checked sample says of everything that was paid, and what of it may be taken back.

Amounts are minor units; an estimate stays exact until it is rounded once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from sib.errors import NotValid, Problem
from sib.money import Rounding, round_exact
from sib.outcomes.chances import Rate, clopper_pearson, hypergeometric, student_t
from sib.outcomes.sampling import Stratum

Estimator = Literal["mean per unit", "ratio"]
Rule = Literal["found only", "lower limit", "point estimate"]


class Verdict(StrEnum):
    """What checking a claim came to."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Checked:
    """One claim of the sample, looked at; amounts in minor units."""

    id: str
    stratum: Stratum
    paid_minor: int
    verdict: Verdict
    wrong_minor: int = 0
    """Of a failed one: what was paid too much; below nothing where too little was paid."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A stratum as it stands in the closed list: how many claims, and what was paid on them."""

    number: int
    paid_minor: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is wrong in all claims; ``found`` in the sample itself, bounds of the two-sided interval."""

    found: int
    point: Fraction
    low: Fraction
    high: Fraction
    degrees: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The sample read one way: claims of which one cannot tell counted as passed, or as failed and paid in full."""

    cannot_tell_as: Verdict
    rate: Rate
    in_population: Rate
    wrongly_rejected: Rate
    estimate: Estimate


def read(
    layers: Mapping[Stratum, Layer],
    checked: Sequence[Checked],
    estimator: Estimator,
    confidence: Fraction,
    cannot_tell_as: Verdict,
) -> Reading:
    """What the checked sample says; accepted claims carry the money, rejected ones a rate of their own.

    ``confidence`` is two-sided: 9/10 leaves one in twenty below the lower bound. Raises NotValid where a stratum has
    too few checked claims to say how they differ, or holds a claim that does not belong to it.
    """
    seen = [_decided(each, cannot_tell_as) for each in checked]
    paid = [each for each in seen if each.stratum.side == "accepted"]
    wrong = sum(each.verdict is Verdict.FAIL for each in paid)
    number = sum(layer.number for stratum, layer in layers.items() if stratum.side == "accepted")
    turned_down = [each for each in seen if each.stratum.side == "rejected"]
    mistaken = sum(each.verdict is Verdict.FAIL for each in turned_down)
    return Reading(
        cannot_tell_as,
        clopper_pearson(wrong, len(paid), confidence),
        hypergeometric(wrong, len(paid), number, confidence),
        clopper_pearson(mistaken, len(turned_down), confidence),
        estimated(
            {stratum: layer for stratum, layer in layers.items() if stratum.side == "accepted"},
            paid,
            estimator,
            confidence,
        ),
    )


def _decided(each: Checked, cannot_tell_as: Verdict) -> Checked:
    """A claim of which one cannot tell, read as passed or as failed with everything that was paid on it."""
    if each.verdict is not Verdict.CANNOT_TELL:
        return each if each.verdict is Verdict.FAIL else Checked(each.id, each.stratum, each.paid_minor, Verdict.PASS)
    wrong = each.paid_minor if cannot_tell_as is Verdict.FAIL else 0
    return Checked(each.id, each.stratum, each.paid_minor, cannot_tell_as, wrong)


def estimated(
    layers: Mapping[Stratum, Layer], checked: Sequence[Checked], estimator: Estimator, confidence: Fraction
) -> Estimate:
    """Blow the sample up to all claims, stratum by stratum.

    Mean per unit: each stratum's mean times its number. Ratio: wrong over paid in the sample, times what was paid, for
    claims of differing size. Variances with n - 1 and the finite-population correction; with several strata the
    degrees of freedom are Satterthwaite's, rounded down.
    """
    parts = [_part(stratum, layers[stratum], checked, estimator) for stratum in sorted(layers)]
    found = sum(each.wrong_minor for each in checked)
    point = sum((part.point for part in parts), Fraction(0))
    variance = sum((part.variance for part in parts), Fraction(0))
    degrees = _degrees(parts, variance)
    reach = _reach(variance, degrees, confidence)
    return Estimate(found, point, point - reach, point + reach, degrees)


@dataclass(frozen=True, slots=True)
class _Part:
    point: Fraction
    variance: Fraction
    degrees: int


def _part(stratum: Stratum, layer: Layer, checked: Sequence[Checked], estimator: Estimator) -> _Part:
    mine = [each for each in checked if each.stratum == stratum]
    number = len(mine)
    if number > layer.number or (number < 2 and number < layer.number):
        raise NotValid(
            Problem(
                "sample.too-few",
                f"{number} of the {layer.number} claims of “{stratum}” were checked",
                "check at least two of each stratum, or all of it",
                value=str(number),
                expected=f"2 to {layer.number}",
            )
        )
    if not number:
        return _Part(Fraction(0), Fraction(0), 0)
    wrong, paid = [each.wrong_minor for each in mine], [each.paid_minor for each in mine]
    whole = sum(paid)
    if estimator == "ratio" and whole:
        share = Fraction(sum(wrong), whole)
        point = share * layer.paid_minor
        rest = [w - share * p for w, p in zip(wrong, paid, strict=True)]
    else:
        mean = Fraction(sum(wrong), number)
        point = mean * layer.number
        rest = [w - mean for w in wrong]
    spread = sum((r * r for r in rest), Fraction(0)) / max(1, number - 1)
    variance = layer.number * (layer.number - number) * spread / number
    return _Part(point, variance, number - 1)


def _degrees(parts: Sequence[_Part], variance: Fraction) -> int:
    if not variance:
        return max(1, sum(part.degrees for part in parts))
    under = sum((part.variance**2 / part.degrees for part in parts if part.variance), Fraction(0))
    return round_exact(variance**2 / under, Rounding.FLOOR)


def _reach(variance: Fraction, degrees: int, confidence: Fraction) -> Fraction:
    """How far the bounds stand from the estimate; rounded up at the thirtieth digit."""
    if not variance:
        return Fraction(0)
    t = student_t((1 + confidence) / 2, degrees)
    with localcontext(Context(prec=45, rounding="ROUND_CEILING")):
        error = (Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt()
        return Fraction(t * error)


def recovered(rule: Rule, estimate: Estimate) -> int:
    """What the contract's rule takes back, in minor units: never less than what was found, never below nothing.

    The lower limit and the point estimate are rounded to the nearest minor unit, ties down.
    """
    most = {"found only": Fraction(estimate.found), "lower limit": estimate.low, "point estimate": estimate.point}[rule]
    return max(0, estimate.found, round_exact(most, Rounding.HALF_DOWN))


@dataclass(frozen=True, slots=True)
class Grounds:
    """What has to be true before more than the errors found is taken back."""

    drawn_from_closed_list: bool
    secrets_published: bool
    everything_checked: bool
    tolerance: Fraction
    """The share of wrong claims that the contract bears with."""
    lowest_rate: Fraction
    """The lower bound of the share of wrong claims, read in the provider's favour."""
    provider_told: bool
    time_to_answer_over: bool
    same_period_and_provider: bool


def objections(grounds: Grounds) -> list[Problem]:
    """Everything that forbids extrapolating; empty if it is allowed. Errors found can be taken back all the same."""
    kept = (
        (grounds.drawn_from_closed_list, "the sample was not drawn at random from a closed list"),
        (grounds.secrets_published, "the secrets that the sample was drawn with are not published"),
        (grounds.everything_checked, "not every claim of the sample has a verdict"),
        (grounds.same_period_and_provider, "the deduction reaches beyond the period and provider that were sampled"),
        (
            grounds.lowest_rate > grounds.tolerance,
            "the share of wrong claims is not shown to be above what the contract bears with",
        ),
        (grounds.provider_told, "the provider has not seen the results"),
        (grounds.time_to_answer_over, "the provider's time to answer has not run out"),
    )
    mend = "until then only the errors found are taken back"
    return [Problem("sample.not-extrapolated", what, mend) for held, what in kept if not held]
