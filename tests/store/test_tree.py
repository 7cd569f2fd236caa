"""store: the tree of RFC 9162, against the vectors that Certificate Transparency's programs are tested with."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sib.store.tree import consistency, consistent, included, inclusion, leaf_hash, node_hash, root

# The eight leaves, tree heads and proofs of the reference tests of Certificate Transparency's own implementations
# (merkle_tree_test.cc of google/certificate-transparency).
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
HEADS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES]
PATHS = {
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (3, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (2, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
JOINS = {
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def test_the_published_heads():
    assert root([]) == sha256(b"").digest()
    assert [root(HASHES[:size]).hex() for size in range(1, 9)] == HEADS


@pytest.mark.parametrize(("number", "size"), PATHS)
def test_the_published_proofs_of_inclusion(number, size):
    """Numbered from 1 there, from 0 here."""
    proof = inclusion(number - 1, HASHES[:size])
    assert [part.hex() for part in proof] == PATHS[number, size]


@pytest.mark.parametrize(("earlier", "size"), JOINS)
def test_the_published_proofs_of_consistency(earlier, size):
    assert [part.hex() for part in consistency(earlier, HASHES[:size])] == JOINS[earlier, size]


def many(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


def split_from_above(leaves: list[bytes]) -> bytes:
    """The definition in the RFC, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    half = max(2**power for power in range(20) if 2**power < len(leaves))
    return sha256(b"\x01" + split_from_above(leaves[:half]) + split_from_above(leaves[half:])).digest()


def test_every_proof_of_every_small_tree_holds_and_no_other_does():
    for size in range(1, 34):
        leaves = many(size)
        head = root(leaves)
        assert head == split_from_above(leaves)
        for index in range(size):
            proof = inclusion(index, leaves)
            assert included(leaves[index], index, size, proof, head)
            assert not included(leaves[index], (index + 1) % size, size, proof, head) or size == 1
            assert not included(leaf_hash(b"other"), index, size, proof, head)
            assert not included(leaves[index], index, size, [*proof, head], head)
            assert not included(leaves[index], index, size, proof[:-1], head) or not proof
        for earlier in range(1, size + 1):
            joins = consistency(earlier, leaves)
            before = root(leaves[:earlier])
            assert consistent(earlier, before, size, head, joins)
            assert not consistent(earlier, leaf_hash(b"other"), size, head, joins)
            assert not consistent(earlier, before, size, leaf_hash(b"other"), joins)
            assert not consistent(earlier, before, size, head, [*joins, head])
            assert not consistent(earlier, before, size, head, joins[:-1]) or not joins


@given(st.integers(1, 200), st.data())
@settings(max_examples=60, deadline=None)
def test_one_flipped_bit_breaks_a_proof(size, data):
    leaves = many(size)
    index, earlier = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    head, bit = root(leaves), data.draw(st.integers(0, 255))
    proof, joins = inclusion(index, leaves), consistency(earlier, leaves)
    for number in range(len(proof)):
        assert not included(leaves[index], index, size, with_flip(proof, number, bit), head)
    for number in range(len(joins)):
        assert not consistent(earlier, root(leaves[:earlier]), size, head, with_flip(joins, number, bit))


def with_flip(proof: list[bytes], number: int, bit: int) -> list[bytes]:
    whole = bytearray(proof[number])
    whole[bit // 8] ^= 1 << bit % 8
    return [*proof[:number], bytes(whole), *proof[number + 1 :]]


def test_what_is_not_there_has_no_proof():
    for wrong in (-1, 3):
        with pytest.raises(ValueError, match="no such leaf"):
            inclusion(wrong, many(3))
    for wrong in (0, 4):
        with pytest.raises(ValueError, match="never of that size"):
            consistency(wrong, many(3))
    assert not included(many(3)[0], 3, 3, [], root(many(3)))
    assert not consistent(0, root([]), 3, root(many(3)), [])
    assert not consistent(3, root(many(3)), 5, root(many(5)), [])


def test_a_node_does_not_pass_for_a_leaf():
    left, right = many(2)
    assert leaf_hash(left + right) != node_hash(left, right)
