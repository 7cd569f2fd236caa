"""store: a Merkle tree over the audit events as RFC 9162 (sections 2.1.1 to 2.1.4) has it, with its short proofs.

Leaves and nodes are hashed with different first bytes, so that none passes for the other. A proof of inclusion shows
that one event stands in a tree; a proof of consistency, that a later tree only added to an earlier one.
"""

import hashlib
from collections.abc import Sequence

Hash = bytes
"""32 bytes, SHA-256."""


def leaf_hash(entry: bytes) -> Hash:
    """The hash of one entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: Hash, right: Hash) -> Hash:
    """The hash of two parts of a tree."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[Hash]) -> Hash:
    """The tree's head over leaf hashes in their order; of none, the SHA-256 of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        # an odd one at the end goes up as it is: the same tree as RFC 9162 splits from above
        paired = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


def inclusion(index: int, leaves: Sequence[Hash]) -> list[Hash]:
    """The proof that leaf ``index`` (from 0) stands in the tree; nearest first. Raises ValueError if there is none."""
    if not 0 <= index < len(leaves):
        raise ValueError("the tree has no such leaf")
    if len(leaves) == 1:
        return []
    half = _half(len(leaves))
    if index < half:
        return [*inclusion(index, leaves[:half]), root(leaves[half:])]
    return [*inclusion(index - half, leaves[half:]), root(leaves[:half])]


def consistency(earlier: int, leaves: Sequence[Hash]) -> list[Hash]:
    """The proof that the first ``earlier`` leaves, at least one, are the whole of an earlier tree."""
    if not 0 < earlier <= len(leaves):
        raise ValueError("the tree was never of that size")
    return _subproof(earlier, leaves, whole=True)


def _subproof(earlier: int, leaves: Sequence[Hash], *, whole: bool) -> list[Hash]:
    if earlier == len(leaves):
        return [] if whole else [root(leaves)]
    half = _half(len(leaves))
    if earlier <= half:
        return [*_subproof(earlier, leaves[:half], whole=whole), root(leaves[half:])]
    return [*_subproof(earlier - half, leaves[half:], whole=False), root(leaves[:half])]


def included(leaf: Hash, index: int, size: int, proof: Sequence[Hash], head: Hash) -> bool:
    """Whether a proof shows that ``leaf`` is number ``index`` (from 0) of the tree of ``size`` with this head."""
    if not 0 <= index < size:
        return False
    here, last, found = index, size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if here % 2 or here == last:
            found = node_hash(part, found)
            while here % 2 == 0 and here:
                here, last = here // 2, last // 2
        else:
            found = node_hash(found, part)
        here, last = here // 2, last // 2
    return last == 0 and found == head


def consistent(earlier: int, earlier_head: Hash, size: int, head: Hash, proof: Sequence[Hash]) -> bool:
    """Whether a proof shows that the tree of ``size`` begins with the whole of the tree of ``earlier``."""
    if not 0 < earlier <= size:
        return False
    if earlier == size:
        return not proof and earlier_head == head
    # an earlier tree that is full stands in the later one as it is, and is left out of the proof
    path = [earlier_head, *proof] if earlier & (earlier - 1) == 0 else list(proof)
    if not path:
        return False
    here, last = earlier - 1, size - 1
    while here % 2:
        here, last = here // 2, last // 2
    old = new = path[0]
    for part in path[1:]:
        if last == 0:
            return False
        if here % 2 or here == last:
            old, new = node_hash(part, old), node_hash(part, new)
            while here % 2 == 0 and here:
                here, last = here // 2, last // 2
        else:
            new = node_hash(new, part)
        here, last = here // 2, last // 2
    return last == 0 and old == earlier_head and new == head


def _half(size: int) -> int:
    """The largest power of two smaller than ``size``."""
    return 1 << (size - 1).bit_length() - 1
