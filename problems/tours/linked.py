"""Distances in which the edges that a tour must take are cheaper than any way around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from problems.tours.distances import Distances

__all__ = ["Linked", "chains"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Linked(Distances):
    """Other distances, less a bonus on each link, and perhaps a gate: a city next to all others.

    d'(i, j) = d(i, j) − M on a link, 0 to and from the gate, d(i, j) elsewhere, with M beyond what
    any detour can save: a shortest tour takes every link, and is the shortest of those that do. So
    a method that looks at nothing but distances keeps the links.

    Parameters
    ----------
    base : Distances
        Between n cities.
    links : array of int, shape (k, 2)
        Pairs that make paths (see `chains`); from first to second where d is asymmetric.
    gate : int, optional
        The gate, city n, exists, and stands at this city for neighbours and pictures.
    free : pair of int, optional
        A link whose own distance counts as 0.

    Attributes
    ----------
    base, links
        As given.
    has_gate : bool
    bonus : float
        M, more than three of the longest distances: to take a link in, a chain of them moves to
        another's end, which adds three edges.
    """

    def __init__(
        self,
        base: Distances,
        links: Ints,
        gate: int | None = None,
        free: tuple[int, int] | None = None,
    ) -> None:
        self.base, self.links, self.free = base, links, free
        self.has_gate = gate is not None
        self.n = base.n + self.has_gate
        self.symmetric = base.symmetric
        self.coordinates = base.coordinates
        if gate is not None and base.coordinates is not None:
            self.coordinates = np.vstack([base.coordinates, base.coordinates[gate]])
        self._beside = _beside(links, self.n, self.symmetric)

    @cached_property
    def bonus(self) -> float:
        return 4 * self.base.longest() or 1.0

    @property
    def constant(self) -> float:
        """The length under d of a tour with every link, less that under d'."""
        return self.bonus * len(self.links)

    def __call__(self, i: ArrayLike, j: ArrayLike) -> Floats:
        i, j = np.broadcast_arrays(i, j)
        last = self.base.n - 1
        apart = np.array(self.base(np.minimum(i, last), np.minimum(j, last)))
        apart[(i > last) | (j > last)] = 0
        if self.free is not None:
            a, b = self.free
            apart[((i == a) & (j == b)) | (self.symmetric & (i == b) & (j == a))] = 0
        return np.asarray(apart - self.bonus * self.linked(i, j))

    def linked(self, i: ArrayLike, j: ArrayLike) -> Mask:
        """Whether (i, j) is a link, elementwise."""
        beside = self._beside[np.asarray(i)]
        return np.asarray((beside == np.expand_dims(j, -1)).any(-1))

    def irregular(self) -> Ints:
        """Return the pairs whose distances do not follow the coordinates, shape (m, 2)."""
        cities = np.arange(self.base.n if self.has_gate else 0)
        return np.vstack([self.links, np.stack([cities, np.full_like(cities, self.n - 1)], axis=1)])


def chains(
    links: Ints, n: int, symmetric: bool, names: Sequence[Hashable] | None = None
) -> list[list[int]]:
    """Return the paths that links make, each from one end to the other, or refuse the links.

    Parameters
    ----------
    links : array of int, shape (k, 2)
    n : int
        A cycle is refused unless it holds all n cities.
    symmetric : bool
        Whether links may be taken backwards too.
    names : sequence of hashable, optional
        The cities' names in messages; a city beyond them is the open end of a path.

    Raises
    ------
    ValueError
        If no tour takes all the links.

    Examples
    --------
    >>> chains(np.array([[4, 1], [7, 5], [5, 4]]), 9, symmetric=True)
    [[1, 4, 5, 7]]
    """
    known = range(n) if names is None else names

    def called(cities: list[int]) -> str:
        return ", ".join(repr(known[c]) if c < len(known) else "an open end" for c in cities)

    beside = _neighbours(links, n, called)
    found, left = [], dict.fromkeys(sorted(beside, key=lambda city: len(beside[city])))
    while left:
        chain = [next(iter(left))]
        left.pop(chain[0])
        while following := [city for city in beside[chain[-1]] if city in left]:
            chain.append(following[0])
            left.pop(following[0])
        if len(beside[chain[0]]) == 2 and len(chain) < n:
            raise ValueError(f"fixed must not close a cycle on some cities: {called(chain)}")
        found.append(chain if symmetric else _directed(chain, links, called))
    return found


def _neighbours(links: Ints, n: int, called: Callable[[list[int]], str]) -> dict[int, list[int]]:
    """Return the cities that each linked city is linked to, at most two."""
    beside: dict[int, list[int]] = {}
    for a, b in links.tolist():
        if a == b:
            raise ValueError(f"fixed must join two cities; got {called([a])} twice")
        beside.setdefault(a, []).append(b)
        beside.setdefault(b, []).append(a)
    for city, near in sorted(beside.items()):
        if len(near) > 2:
            raise ValueError(
                f"fixed must take two edges at most at a city; got {called([city])} joined to "
                f"{called(near)}"
            )
        if len(set(near)) < len(near) and n > 2:
            raise ValueError(f"fixed must not go to and fro; got {called([city, near[0]])}")
    return beside


def _directed(chain: list[int], links: Ints, called: Callable[[list[int]], str]) -> list[int]:
    """Return a chain in the direction of its links, if they have one."""
    given = Counter(map(tuple, links.tolist()))
    closed = given[chain[-1], chain[0]] + given[chain[0], chain[-1]] > (len(chain) == 2)
    for way in (chain, chain[::-1]):
        steps = Counter(zip(way, way[1:] + way[:1] if closed else way[1:], strict=False))
        if steps <= given:
            return way
    raise ValueError(f"fixed must lead one way along {called(chain)}; got both directions")


def _beside(links: Ints, n: int, symmetric: bool) -> Ints:
    """Return the cities that each city is linked to, −1 for none, shape (n, 2)."""
    table = np.full((n, 2), -1, dtype=np.intp)
    for column, pairs in enumerate((links, links[:, ::-1]) if symmetric else (links,)):
        # of two links that begin at the same city, the second one finds the place taken
        for a, b in pairs.tolist():
            table[a, column if table[a, column] < 0 else 1 - column] = b
    return table
