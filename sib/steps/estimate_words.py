"""arrows: an estimate's doubt and the money at stake, in lines that a commissioner can read."""

from collections.abc import Iterator, Mapping
from typing import Any

from sib.money import show

DOUBTS = ("unseen_trait", "hidden_bias", "robustness")


def stake_words(body: Mapping[str, Any], currency: str) -> list[str]:
    """Triggers, the spread of the payment, doubt, looks and lost people; nothing where a result carries none."""
    return [*_triggers(body), *_spread(body.get("payment_spread"), currency), *doubt_words(body)]


def doubt_words(body: Mapping[str, Any]) -> list[str]:
    """What speaks for and against the estimate, without money."""
    doubt: Mapping[str, Any] = body.get("doubt") or {}
    lines = [doubt[name]["words"] for name in DOUBTS if doubt.get(name)]
    lines += [check["words"] for check in doubt.get("placebo", ())]
    lines += [row["words"] for row in doubt.get("without_each_covariate", {}).get("rows", ())]
    lines += [look["words"] for look in body.get("looks", ())]
    lost: Mapping[str, Any] = body.get("attrition") or {}
    lines += [lost["words"]] if lost else []
    return lines + ([lost["bounds"]["words"]] if lost.get("bounds") else [])


def _triggers(body: Mapping[str, Any]) -> Iterator[str]:
    for each in body.get("triggers", ()):
        yield f"{len(each['crossed_by'])} of {each['specifications']} agreed specifications: {each['trigger']}"


def _spread(spread: Mapping[str, Any] | None, currency: str) -> Iterator[str]:
    if spread is None:
        return
    if spread["refused"]:
        yield f"the payment's spread is not drawn: {spread['refused']}"
        return
    low, high = (show(spread["percentiles_minor"][name], currency) for name in ("p05", "p95"))
    nothing = 100 * float(spread["share_paying_nothing"])
    yield (
        f"had chance drawn other people, nine payments in ten would lie from {low} to {high}, and {nothing:.0f} in "
        f"100 would be nothing ({spread['repeats']} draws of match sets, seed {spread['seed']})"
    )
