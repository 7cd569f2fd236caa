"""steps: a contract with amendments settled from its claims: each outcome under its version, nothing paid twice."""

from datetime import date
from pathlib import Path
from shutil import copytree

import pytest

from sib.errors import Refused
from sib.steps.house import House, person, registered
from sib.steps.settle import authorise, draft, receive_in_full, statement_document
from sib.steps.take_in import register_contract, take_in_claims
from sib.steps.verify import verify_claims
from sib.store.contracts import contract_versions

TWO_TOWNS = Path(__file__).resolve().parents[1] / "data" / "two_towns"
HEADER = "claim_id,person,metric,achieved_on,evidenced_on,evidence"
CONTRACT = "two_towns"
OTHERS = """signed = [
    { party = "south_town", by = "director of housing", on = 2026-03-03 },
    { party = "provider", by = "chief executive", on = 2026-03-04 },
    {"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The contract with its second amendment signed by all: courses end, judged at the settlement date."""
    copied = copytree(TWO_TOWNS, tmp_path / "two_towns")
    second = copied / "amendments" / "002.toml"
    second.write_text(second.read_text(encoding="utf-8").replace("signed = [{", OTHERS), encoding="utf-8")
    return copied


@pytest.fixture
def amended(house: House, folder: Path) -> House:
    register_contract(house, person("officer-1"), folder)
    return house


def hand_in(house: House, *claims: tuple[str, str, str, str]) -> None:
    rows = [f"{name},{who},{metric},{day},{day},EV-{name}" for name, who, metric, day in claims]
    file = house.landing.keep("\n".join((HEADER, *rows)).encode())
    taken = take_in_claims(house, person("provider"), CONTRACT, file, date(2026, 5, 30))
    assert taken.back.count("\n") <= 1, taken.back
    verify_claims(house, person("officer-1"), CONTRACT)


def settle(house: House, period: str) -> dict[str, tuple[str, int]]:
    """Settle a period; returns what each payment came to, and how many claims it rests on."""
    held = draft(house, person("officer-1"), CONTRACT, period)
    authorise(house, person("officer-2"), held.reference)
    receive_in_full(house, person("finance"), held.reference)
    lines = statement_document(house, held)["lines"]
    return {line["payment"]: (line["amount"], line["claims"]) for line in lines if line["amount"] != "0.00"}


def test_each_version_is_registered_once(amended: House, folder: Path) -> None:
    register_contract(amended, person("officer-1"), folder)
    with amended.register.read() as session:
        assert [held.version for held in contract_versions(session, CONTRACT)] == [1, 2, 3]
    days = [date(2025, 11, 30), date(2025, 12, 1), date(2026, 4, 1), None]
    assert [registered(amended, CONTRACT, on=day).held.version for day in days] == [1, 2, 3, 3]


def test_a_signed_amendment_is_registered_as_the_next_version(house: House, folder: Path) -> None:
    assert register_contract(house, person("officer-1"), TWO_TOWNS).version == 2
    assert register_contract(house, person("officer-1"), folder).version == 3
    with pytest.raises(Refused):
        register_contract(house, person("officer-1"), TWO_TOWNS)


def test_the_line_by_hand(amended: House) -> None:
    """Jobs: 1,500, from April 2025 1,450, by the first amendment 1,700 from December 2025; courses 220, until the
    second amendment ends them for all that is settled from April 2026. The cap over both is 7,000 from December 2025.
    """
    hand_in(
        amended,
        ("A-1", "P-1", "job", "2025-01-10"),
        ("A-2", "P-2", "job", "2025-11-30"),
        ("A-3", "P-3", "job", "2025-12-01"),
        ("A-4", "P-1", "course", "2025-06-01"),
    )
    assert settle(amended, "2024 autumn") == {"job": ("1500.00", 1)}
    assert settle(amended, "2025") == {"job": ("3150.00", 2), "course": ("220.00", 1)}
    # verified late, for days that the first version judges
    hand_in(amended, ("A-5", "P-4", "job", "2025-11-15"), ("A-6", "P-2", "course", "2025-07-01"))
    assert settle(amended, "2025") == {"job": ("1450.00", 1), "course": ("220.00", 1)}
    # 1,500 + 3,150 + 220 + 1,450 + 220 = 6,540 are paid: of the cap over both 460 are left
    hand_in(amended, ("A-7", "P-5", "job", "2026-05-01"), ("A-8", "P-6", "course", "2025-08-01"))
    assert settle(amended, "2026") == {"job": ("460.00", 1)}
    assert settle(amended, "2026") == {"job": ("460.00", 1)}, "again changes nothing"
