"""arrows: a proof pack holds as it is and with no byte changed; its verifier agrees with the engine on every case."""

import json
import random
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sib.access import DEMO_PEOPLE
from sib.errors import Refused
from sib.payments.payable import payable_outcomes
from sib.steps import proof_verify
from sib.steps.demo import CONTRACTS, DEMO
from sib.steps.house import person
from sib.steps.price import differences, facts_of, price
from sib.steps.proof_verify import Unknown, check, listed, opened, owed, packed
from sib.steps.prove import prove
from sib.store.statements import statements
from sib.store.whole import heads
from sib.terms.case import read_case
from sib.terms.read import parse_contract

FLIPS = 200
DENVER = "denver_supportive_housing/P5"


@pytest.fixture(scope="module")
def pack(settled) -> bytes:
    return prove(settled, person("officer-1"), DENVER).content


def test_every_statement_of_the_demonstration_is_proven_and_worked_out_again(settled):
    for story in DEMO:
        with settled.register.read() as session:
            held, witness = statements(session, story.contract), heads(session).witness
        for one in held:
            made = prove(settled, person("officer-1"), one.reference)
            code, said = check(made.content)
            assert (code, said[0]) == (0, f"sha256 of the pack: {made.sha256}"), (one.reference, said)
            assert f"{one.total_minor} minor units, as stated" in said[-1]
            assert made.witness == witness
            assert said[1].endswith(f"witness: {witness}")


def test_the_same_pack_twice_is_the_same_bytes(settled, pack):
    assert prove(settled, person("officer-2"), DENVER).content == pack


def test_it_is_checked_with_the_standard_library_alone(pack, tmp_path):
    """Python without its site-packages and without this folder, on the program inside the pack."""
    (tmp_path / "pack.zip").write_bytes(pack)
    (tmp_path / "verify.py").write_bytes(opened(pack)["verify.py"])
    command = [sys.executable, "-I", "-S", "verify.py", "pack.zip"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == check(pack)[1]


def test_the_verifier_is_short_blank_lines_aside():
    text = Path(proof_verify.__file__).read_text(encoding="utf-8")
    assert len([line for line in text.splitlines() if line.strip()]) <= 302


def test_any_flipped_bit_is_found(pack):
    dice = random.Random("pack")
    for at in [0, len(pack) - 1, *(dice.randrange(len(pack)) for _ in range(FLIPS))]:
        edited = bytearray(pack)
        edited[at] ^= 1 << dice.randrange(8)
        assert check(bytes(edited))[0] == 1, at
    assert check(pack + b" ")[0] == check(pack[:-1])[0] == check(b"")[0] == 1


def repacked(pack: bytes, name: str, old: str, new: str) -> list[str]:
    """What is said of a pack with one edit, whose hashes and zip were then made to fit."""
    files = opened(pack)
    text = files[name].decode()
    assert old in text, name
    files[name] = text.replace(old, new, 1).encode()
    files["SHA256SUMS"] = listed(files)
    code, said = check(packed(files))
    assert code == 1, said
    return said


def test_an_edit_is_found_though_all_hashes_were_made_to_fit(pack):
    assert "contract, day, results or earlier payments" in repacked(pack, "contract.toml", '"15.12"', '"15.13"')[-1]
    assert "earlier payments are not those" in repacked(pack, "case.toml", "as_of = 2021", "as_of = 2020")[-1]
    assert "not as it was handed in" in repacked(pack, "case.toml", "achieved_on = 20", "achieved_on = 19")[-1]
    assert "not those it told of" in repacked(pack, "audit.json", "stable_days", "stable_dayz")[-1]
    told = json.loads(opened(pack)["audit.json"])
    entry = json.dumps(told["events"][0]["entry"])[1:-1]
    assert "does not stand in the tree" in repacked(pack, "audit.json", entry, entry.replace("register", "rewrite"))[-1]
    assert "does not stand in the tree" in repacked(pack, "audit.json", told["tree_head"], "0" * 64)[-1]
    assert "not in order" in repacked(pack, "claims.json", '"claims":[', '"claims":[999999,')[-1]


def test_a_claim_that_was_settled_before_is_not_paid_for_again(pack):
    files = opened(pack)
    told = json.loads(files["claims.json"])
    assert told["settled"], "the fifth period has claims that earlier ones settled"
    files["claims.json"] = json.dumps({**told, "settled": {}}).encode()
    files["SHA256SUMS"] = listed(files)
    code, said = check(packed(files))
    assert code == 1
    assert "are stated" in said[-1]


def test_a_rule_it_does_not_know_is_said_plainly(pack):
    files = opened(pack)
    told = json.loads(files["claims.json"])
    files["claims.json"] = json.dumps({**told, "versions": 2}).encode()
    files["SHA256SUMS"] = listed(files)
    code, said = check(packed(files))
    assert code == 2
    assert "NOT worked out again: this file does not know a contract with amendments" in said[-1]


@pytest.mark.parametrize("who", ["investor", "provider", "evaluator"])
def test_only_the_payer_may_take_it_out(settled, who):
    with pytest.raises(Refused):
        prove(settled, DEMO_PEOPLE[who], DENVER)


def test_its_facts_are_a_golden_case_that_the_engine_prices_alike(settled, pack, tmp_path):
    made = prove(settled, person("officer-1"), "care_leavers_reboot_west/life")
    files = opened(made.content)
    (tmp_path / "case.toml").write_bytes(files["case.toml"])
    case = read_case(tmp_path / "case.toml")
    contract = parse_contract(files["contract.toml"].decode()).contract
    assert differences(price(contract, case), case) == ()


def cases():
    for folder in sorted(path.parent for path in CONTRACTS.glob("*/contract.toml")):
        if not list(folder.glob("amend*")):
            yield from ((folder / "contract.toml", case) for case in sorted(folder.glob("cases/*.toml")))


def test_it_agrees_with_the_engine_on_every_golden_case_that_it_can_work_out():
    same, unknown = 0, set()
    for file, case in cases():
        given = tomllib.loads(case.read_text(encoding="utf-8"))["given"]
        if set(given) - {"as_of", "quantities", "outcomes", "paid_before", "drawn", "flows"}:
            continue
        try:
            settled = [place for place, one in enumerate(given.get("outcomes", [])) if one.get("settled")]
            doc = tomllib.loads(file.read_text(encoding="utf-8"))
            names = [each["id"] for each in doc.get("payment", [])]
            names += [row["metric"] for card in doc.get("rate_card", []) for row in card["rows"]]
            found = owed(doc, given, dict.fromkeys(names, settled))
        except Unknown as error:
            unknown.add(str(error))
            continue
        contract = parse_contract(file.read_text(encoding="utf-8")).contract
        payables = payable_outcomes(contract, facts_of(contract, read_case(case)))
        expected = {(one.payment, payer): part for one in payables.payables for payer, part in one.payers}
        assert found == expected, case
        same += 1
    assert same > 50, (same, unknown)
