"""finance: the engine and a second, naive waterfall agree to the minor unit on random deals."""

from random import Random

import pytest

from sib.finance.waterfall import distribute
from tests.finance.deals import DAY, random_deal
from tests.finance.oracle import run

DEALS = 250


@pytest.mark.parametrize("seed", range(8))
def test_both_waterfalls_agree(seed: int) -> None:
    chance = Random(seed)
    kinds: set[str] = set()
    for number in range(DEALS):
        terms, plain, past = random_deal(chance)
        found = distribute(terms, sum(plain.receipt.values()), plain.out, as_of=DAY, flows=past, payments=plain.receipt)
        assert found.holds == ()
        expected = run(plain)
        said = {each.tranche: [each.principal, each.returned] for each in found.tranches}
        assert said == expected, (seed, number, plain)
        assert found.retained == found.receipt - sum(map(sum, expected.values()))
        kinds |= {"".join(sorted(each.get("until", {}))) for each in plain.steps} | {s["pays"] for s in plain.steps}
    # every kind of step and of hurdle came up, else the agreement would say little
    assert len(kinds) == 10, kinds
