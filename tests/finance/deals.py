"""finance: small deals for tests: contracts with tranches and steps as plain data, and random ones."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from random import Random
from typing import Any

from sib.finance.position import PastFlow
from sib.terms.contract import Contract
from tests.finance.oracle import Deal
from tests.payments.small import JOBS, SCORE, contract, pay, price

TRANCHES = ("senior", "junior", "equity")
PAYMENTS = ("p", "q")
DAY = date(2022, 12, 31)
FLOW_DAYS = (date(2020, 1, 1), date(2020, 2, 29), date(2021, 1, 1), date(2021, 7, 15), date(2022, 12, 1))
RATES = ("0", "0.05", "0.13", "0.15")
INTEREST = {"rate": "0.07", "day_count": "Act/365F", "compounding": "simple"}


def tranche(name: str, **more: Any) -> dict[str, Any]:
    """A tranche of the provider's money."""
    return {"id": name, "name": name, "party": "provider", "kind": "senior", "committed": "1000000", **more}


def step(pays: str, to: Mapping[str, Any] | str = "senior", **more: Any) -> dict[str, Any]:
    """A step that pays one tranche, or several by share."""
    shares = {to: "1"} if isinstance(to, str) else to
    return {
        "pays": pays,
        "to": [{"tranche": name, "share": share} for name, share in shares.items()],
        "clause": more.pop("clause", "1"),
        **more,
    }


def deal(*steps: Mapping[str, Any], tranches: Sequence[Any] = TRANCHES, **parts: Any) -> Contract:
    """A contract of two payments, these tranches (names or tables) and these steps."""
    return contract(
        pay(price()),
        pay(price("score", "10", "point"), id_="q", metric="score"),
        metrics=(JOBS, SCORE),
        tranche=[tranche(each) if isinstance(each, str) else each for each in tranches],
        waterfall=list(steps),
        **parts,
    )


def random_deal(chance: Random) -> tuple[Contract, Deal, tuple[PastFlow, ...]]:
    """The same random deal twice: as a contract with its flows, and in the oracle's plain values."""
    plain_flows = [_flow(chance, name, on) for name in TRANCHES for on in FLOW_DAYS if chance.random() < 0.3]
    out = dict.fromkeys(TRANCHES, 0)
    flows = []
    for name, on, paid_in, wanted, returned in sorted(plain_flows, key=lambda each: each[1]):
        principal = min(wanted, out[name] + paid_in)
        out[name] += paid_in - principal
        flows.append((name, on, paid_in, principal, returned))
    receipt = {name: chance.choice([0, chance.randrange(1, 90_000)]) for name in PAYMENTS}
    steps = [_step(chance) for _ in range(chance.randrange(1, 6))]
    asked: set[str] = set()
    for each in steps:
        if each["pays"] == "interest" and asked & {name for name, _ in each["to"]}:
            each["pays"] = "principal"
        if each["pays"] == "interest":
            asked |= {name for name, _ in each["to"]}
    written = [{**_written(each), "id": f"s{place}"} for place, each in enumerate(steps)]
    terms = deal(*written, tranches=[tranche(name, interest=INTEREST) for name in TRANCHES])
    past = tuple(PastFlow(name, on, i, p, r) for name, on, i, p, r in flows)
    return terms, Deal(receipt, out, flows, steps, DAY), past


def _flow(chance: Random, name: str, on: date) -> tuple[str, date, int, int, int]:
    if chance.random() < 0.6:
        return name, on, chance.randrange(1, 60_000), 0, 0
    return name, on, 0, chance.randrange(0, 9_000), chance.randrange(0, 3_000)


def _step(chance: Random) -> dict[str, Any]:
    names = chance.sample(TRANCHES, chance.randrange(1, 4))
    to = [(name, Fraction(chance.choice(["0.2", "1", "1.5", "7"]))) for name in names]
    found: dict[str, Any] = {
        "pays": chance.choice(["principal", "principal", "interest", "fee", "surplus", "surplus", "both"]),
        "to": to,
    }
    if chance.random() < 0.25:
        found["from"] = (chance.choice(PAYMENTS),)
    if chance.random() < 0.2:
        found["at_most"] = chance.randrange(0, 40_000)
    if found["pays"] in ("principal", "interest", "fee"):
        found["by_share"] = chance.random() < 0.4
    if found["pays"] == "fee":
        found["amount"] = chance.randrange(0, 20_000)
    if found["pays"] == "interest":
        found["rate"] = Fraction("0.07")
    if found["pays"] in ("surplus", "both") and chance.random() < 0.7:
        found["until"] = _until(chance, found, chance.choice(names))
    return found


def _until(chance: Random, found: dict[str, Any], name: str) -> dict[str, Any]:
    kinds = ["rate", "rate", "multiple"] + (["amount", "share"] if found["pays"] == "surplus" else [])
    match chance.choice(kinds):
        case "rate":
            return {"of": name, "rate": Fraction(chance.choice(RATES))}
        case "multiple":
            return {"of": name, "multiple": Fraction(chance.choice(["1", "1.25", "1.337", "2"]))}
        case "amount":
            return {"of": name, "amount": chance.randrange(0, 30_000)}
        case _:
            among = sorted({name, *chance.sample(TRANCHES, 2)})
            share = Fraction(chance.choice(["0.2", "0.5", "0.9"]))
            return {"of": name, "share": share, "among": among, "to": found["to"]}


def major(amount: int) -> str:
    """Minor units as decimal text of pounds."""
    return f"{amount // 100}.{amount % 100:02d}"


def _written(found: Mapping[str, Any]) -> dict[str, Any]:
    """A step of the oracle as the contract says it."""
    more: dict[str, Any] = {}
    if "from" in found:
        more["from_payments"] = list(found["from"])
    if "amount" in found:
        more["amount"] = major(found["amount"])
    if "at_most" in found:
        more["at_most"] = major(found["at_most"])
    if found.get("by_share"):
        more["split"] = "by share"
    if until := found.get("until"):
        more["until"] = {"tranche": until["of"]}
        if "rate" in until:
            more["until"] |= {"yearly_rate": str(float(until["rate"])), "day_count": "Act/365F"}
        if "multiple" in until:
            more["until"] |= {"multiple": str(float(until["multiple"]))}
        if "amount" in until:
            more["until"] |= {"amount": major(until["amount"])}
        if "share" in until:
            more["until"] |= {"share_of_return": str(float(until["share"])), "among": list(until["among"])}
    shares = {name: str(float(share)) for name, share in found["to"]}
    return step("principal and return" if found["pays"] == "both" else found["pays"], shares, **more)
