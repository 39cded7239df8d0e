"""One closed tour as an array that can be patched: some edges out, others in, still one cycle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Order = NDArray[np.intp]
Pair = tuple[int, int]


class Tour:
    """A closed tour with the position of every city.

    Parameters
    ----------
    order : array of int, shape (n,)
        A permutation of the cities; it is copied.
    symmetric : bool, default True
        Whether stretches may be reversed.

    Examples
    --------
    >>> tour = Tour(np.arange(6))
    >>> tour.patch([(1, 2), (4, 5)], [(1, 4), (2, 5)])
    True
    >>> tour.order.tolist()
    [0, 1, 4, 3, 2, 5]
    """

    def __init__(self, order: Order, symmetric: bool = True) -> None:
        self.order = np.array(order, dtype=np.intp)
        self.symmetric = symmetric
        self.position = np.empty_like(self.order)
        self.position[self.order] = np.arange(len(order))

    def patch(self, removed: Sequence[Pair], added: Sequence[Pair]) -> bool:
        """Exchange edges if all those removed are there and one cycle results; say whether so.

        Parameters
        ----------
        removed, added : sequences of pairs of cities
            Directed, from and to, where the tour is not symmetric. Every city must lose as many
            edges as it gets.
        """
        if not len(removed):
            return not len(added)
        ends = self._places(removed)
        if ends is None:
            return False
        sequence = self._cycle(ends, added)
        if sequence is None:
            return False
        self._rewrite(ends, sequence)
        return True

    def _places(self, removed: Sequence[Pair]) -> list[int] | None:
        """Return the sorted positions of the removed edges, or None where one is not there."""
        n, position, found = len(self.order), self.position, []
        for a, b in removed:
            p, q = int(position[a]), int(position[b])
            if q - p in (1, 1 - n):
                found.append(p)
            elif self.symmetric and p - q in (1, 1 - n):
                found.append(q)
            else:
                return None
        return sorted(found) if len(set(found)) == len(found) else None

    def _cycle(self, ends: list[int], added: Sequence[Pair]) -> list[tuple[int, bool]] | None:
        """Return the chains (number, reversed) in their new order, or None if not one cycle."""
        n, count, order = len(self.order), len(ends), self.order
        starts = [(ends[k - 1] + 1) % n for k in range(count)]
        enters = {int(order[p]): k for k, p in enumerate(starts)}
        leaves = {int(order[p]): k for k, p in enumerate(ends)}
        links: dict[int, list[int]] = {}
        for a, b in added:
            links.setdefault(a, []).append(b)
            if self.symmetric:
                links.setdefault(b, []).append(a)
        chain, turned = 0, False
        sequence: list[tuple[int, bool]] = []
        while len(sequence) < count:
            sequence.append((chain, turned))
            city = int(order[starts[chain] if turned else ends[chain]])
            if not links.get(city):
                return None
            to = links[city].pop()
            if self.symmetric:
                links[to].remove(city)
            if to in enters:
                chain, turned = enters[to], False
            elif to in leaves and self.symmetric:
                chain, turned = leaves[to], True
            else:
                return None
        once = len({k for k, _ in sequence}) == count
        return sequence if once and (chain, turned) == (0, False) else None

    def _rewrite(self, ends: list[int], sequence: list[tuple[int, bool]]) -> None:
        """Write the chains in their new order around the longest, which stays where it is."""
        n, count = len(self.order), len(ends)
        starts = [ends[k - 1] + 1 - (n if k == 0 else 0) for k in range(count)]
        longest = max(range(count), key=lambda k: ends[k] - starts[k])
        at = next(k for k, (chain, _) in enumerate(sequence) if chain == longest)
        rest = [*sequence[at + 1 :], *sequence[:at]]
        if sequence[at][1]:
            rest = [(chain, not turned) for chain, turned in reversed(rest)]
        parts = [self._stretch(starts[chain], ends[chain], turned) for chain, turned in rest]
        if not parts:
            return
        cities = np.concatenate(parts)
        places = np.arange(ends[longest] + 1, ends[longest] + 1 + len(cities)) % n
        self.order[places] = cities
        self.position[cities] = places

    def _stretch(self, start: int, end: int, turned: bool) -> Order:
        """Return a copy of the cities from one position to another; `start` may be negative."""
        if start >= 0:
            cities = self.order[start : end + 1]
        else:
            cities = np.concatenate([self.order[start:], self.order[: end + 1]])
        return cities[::-1].copy() if turned else cities.copy()
