"""impact: the few nearest of a short list, ties included as the C++ library's partial sort leaves them."""

from collections.abc import Sequence

# With replacement and several matches each, equal distances are common (people with equal covariates), and whom a
# partial sort keeps depends on its inner steps. These are those of libstdc++, on which R's MatchIt is built.


def walk_list(met: list[tuple[float, int, int]], wanted: int) -> list[int]:
    """The nearest of people met on a walk as (distance, side, name), names in the order in which MatchIt has them.

    A side is left when its next person is farther than ``wanted`` others.
    """
    found: list[tuple[float, int]] = []
    done = [False, False]
    for gap, side, name in met:
        if done[side]:
            continue
        if len(found) >= wanted and sum(other < gap for other, _ in found) >= wanted:
            done[side] = True
            continue
        found.append((gap, name))
    return [found[at][1] for at in nearest_few([gap for gap, _ in found], wanted)]


def nearest_few(distances: Sequence[float], wanted: int) -> list[int]:
    """Places of the ``wanted`` smallest distances, smallest first, in the order that libstdc++ gives to equal ones."""
    places = list(range(len(distances)))
    if len(places) <= wanted:
        return sorted(places, key=distances.__getitem__)
    heap = places[:wanted]
    for parent in range((wanted - 2) // 2, -1, -1):
        _sink(heap, parent, wanted, heap[parent], distances)
    for place in places[wanted:]:
        if distances[place] < distances[heap[0]]:
            _sink(heap, 0, wanted, place, distances)
    for size in range(wanted - 1, 0, -1):
        last, heap[size] = heap[size], heap[0]
        _sink(heap, 0, size, last, distances)
    return heap


def _sink(heap: list[int], hole: int, size: int, value: int, distances: Sequence[float]) -> None:
    """Move the hole down to the bottom along the larger children, then ``value`` up from there to its place."""
    top, child = hole, hole
    while child < (size - 1) // 2:
        child = 2 * (child + 1)
        if distances[heap[child]] < distances[heap[child - 1]]:
            child -= 1
        heap[hole], hole = heap[child], child
    if size % 2 == 0 and child == (size - 2) // 2:
        child = 2 * child + 1
        heap[hole], hole = heap[child], child
    parent = (hole - 1) // 2
    while hole > top and distances[heap[parent]] < distances[value]:
        heap[hole], hole = heap[parent], parent
        parent = (hole - 1) // 2
    heap[hole] = value
