"""What a solution has to be: a cycle or a path, its ends, the edges that it must take."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hopopt import Violation
from problems.shared.magnitudes import no_tour
from problems.tours.distances import Distances, MatrixDistances
from problems.tours.linked import Linked, chains
from problems.tours.merged import Merged, shared_points
from problems.tours.order import as_tour

__all__ = ["Route", "absent", "lacking"]

Ints = NDArray[np.intp]


class Route:
    """The constraints on a tour of n cities, as a closed tour without constraints and back.

    Methods look for a closed tour of the `encoded` distances. A path is a tour through a gate, a
    city next to all others, or, where both ends are given, a tour that goes from end to start for
    nothing. An edge that must be taken carries a bonus (`Linked`). `decode` turns every permutation
    into a solution that keeps all constraints, whatever a method made of the distances. Without
    constraints, a point that many cities share is visited once (`Merged`). Distances are of
    moderate size there, and none is infinite (`Distances.ranked`).

    Parameters
    ----------
    distances : Distances
        Between the cities 0 … n − 1.
    cycle : bool, default True
        Whether the way back counts.
    start, end : int, optional
        First and last city of a path; a cycle is told from `start` on.
    fixed : iterable of pairs of int
        Edges to be taken, each counted once; from first to second where distances are asymmetric.
    names : sequence of hashable, optional
        The cities' names in messages.

    Attributes
    ----------
    encoded : Distances
        What the methods see; `distances` itself where there is nothing to encode.
    factor : float
        How many times as long a solution is as its encoded tour, links aside.
    torn : tuple of (str, int) or None
        Why no solution exists, and a city to blame, where that is known: see `no_tour`.

    Raises
    ------
    ValueError
        If no solution can keep the constraints.

    Examples
    --------
    >>> from problems.tours import PointDistances
    >>> line = PointDistances([[0.0], [1.0], [2.0], [3.0]])
    >>> route = Route(line, cycle=False, start=2, fixed=[(0, 3)])
    >>> route.encoded.n
    5
    >>> order = route.decode([0, 1, 2, 3, 4])
    >>> order, route.keeps(order), route.length(order)
    (array([2, 3, 0, 1]), True, 5.0)
    """

    def __init__(
        self,
        distances: Distances,
        cycle: bool = True,
        start: int | None = None,
        end: int | None = None,
        fixed: Iterable[tuple[int, int]] = (),
        names: Sequence[Hashable] | None = None,
    ) -> None:
        n = distances.n
        self.distances, self.cycle, self.start, self.end = distances, cycle, start, end
        pairs = (tuple(sorted(pair)) if distances.symmetric else tuple(pair) for pair in fixed)
        self.fixed = np.array(list(dict.fromkeys(pairs)), dtype=np.intp).reshape(-1, 2)
        if cycle and end is not None:
            raise ValueError("end needs cycle=False; got a closed tour")
        if start is not None and start == end and n > 1:
            city = start if names is None else names[start]
            raise ValueError(f"start and end must be two cities; got {city!r} for both")
        ends = [(n if end is None else end, n if start is None else start)]
        open_ends = cycle or n == 1 or ends == [(n, n)]
        links = np.vstack([self.fixed, np.array([] if open_ends else ends, np.intp).reshape(-1, 2)])
        gated = not cycle and n > 1 and (start is None or end is None)
        self.chains = chains(links, n + gated, distances.symmetric, names)
        self.torn = self._torn()
        plain = distances.ranked()
        self.factor = plain.factor
        self.encoded = plain if len(links) or gated else shared_points(plain)
        if gated:
            gate = next((city for city in (start, end) if city is not None), 0)
            self.encoded = Linked(plain, links, gate)
        elif len(links):
            self.encoded = Linked(plain, links, free=None if cycle else ends[0])

    def decode(self, order: ArrayLike) -> Ints:
        """Return a closed tour of the encoded cities as a solution.

        A chain of fixed edges that is torn comes whole where the first of its ends comes. A path is
        cut at the longest edge that may be missing. A cycle begins at `start`, or at city 0, on the
        way to the lower one of its two neighbours where distances are symmetric.
        """
        n = self.distances.n
        tour = np.asarray(order, dtype=np.intp)
        if isinstance(self.encoded, Merged):
            tour = self.encoded.expand(tour)
        tour = self._mended(tour[tour < n])
        if not self.cycle:
            return self._turned(self._cut(tour))
        tour = np.roll(tour, -int(np.flatnonzero(tour == (self.start or 0))[0]))
        if self.distances.symmetric and n > 2 and tour[1] > tour[-1]:
            tour = np.roll(tour[::-1], 1)
        return tour

    def encode(self, order: Ints) -> Ints:
        """Return a solution as a closed tour of the encoded cities: the inverse of `decode`."""
        if isinstance(self.encoded, Merged):
            return self.encoded.contract(order)
        gate = np.arange(self.distances.n, self.encoded.n)
        return np.concatenate([order, gate])

    @property
    def offset(self) -> float:
        """How much longer a solution is than its encoded tour, shared points and n < 3 aside."""
        return self.encoded.constant if isinstance(self.encoded, Linked) else 0.0

    def keeps(self, order: Ints) -> bool:
        """Whether a permutation of the cities keeps all constraints, and takes no missing way."""
        ends = self.cycle or (self.start in (None, order[0]) and self.end in (None, order[-1]))
        taken = bool(ends) and self._takes(self.fixed, order, self.cycle)
        return taken and not len(self.missing(order))

    def _torn(self) -> tuple[str, int] | None:
        """Return why no solution does without missing ways, and a city to blame (`no_tour`)."""
        if not (isinstance(self.distances, MatrixDistances) and self.distances.partial):
            return None
        missing = np.isinf(self.distances.matrix())
        return no_tour(missing, self.distances.symmetric, self.cycle)

    def missing(self, order: Ints) -> Ints:
        """Return the steps of a permutation whose distance is infinite, shape (m, 2)."""
        if not self.distances.partial:
            return np.zeros((0, 2), dtype=np.intp)
        steps = np.stack([order, np.roll(order, -1)], axis=1)[: None if self.cycle else -1]
        return np.asarray(steps[np.isinf(self.distances(*steps.T))])

    def length(self, order: ArrayLike) -> float:
        """Return the length of a permutation of the cities; the way back counts in a cycle.

        Raises
        ------
        TypeError, ValueError
            If `order` is not a permutation.
        """
        tour = as_tour(order, self.distances.n)
        if self.cycle:
            return self.distances.tour_length(tour)
        return float(self.distances(tour[:-1], tour[1:]).sum())

    def _takes(self, links: Ints, order: Ints, closed: bool) -> bool:
        """Whether an order takes all of some links."""
        n = self.distances.n
        after = np.full(n, -1, dtype=np.intp)
        after[order] = np.roll(order, -1)
        if not closed:
            after[order[-1]] = -1
        a, b = links.T
        return bool(np.all((after[a] == b) | (self.distances.symmetric & (after[b] == a))))

    def _mended(self, tour: Ints) -> Ints:
        """Return the tour with all chains whole."""
        n = self.distances.n
        whole = [[city for city in chain if city < n] for chain in self.chains]
        links = [pair for chain in whole for pair in pairwise(chain)]
        if self._takes(np.array(links, dtype=np.intp).reshape(-1, 2), tour, closed=True):
            return tour
        by_end = {chain[0]: chain for chain in whole}
        if self.distances.symmetric:
            by_end |= {chain[-1]: chain[::-1] for chain in whole}
        left = dict.fromkeys(tour.tolist())
        inside = {city for chain in whole for city in chain}
        result: list[int] = []
        for city in tour.tolist():
            if city in left and (city in by_end or city not in inside):
                chain = by_end.get(city, [city])
                result += chain
                for each in chain:
                    left.pop(each)
        return np.array(result, dtype=np.intp)

    def _cut(self, tour: Ints) -> Ints:
        """Open a closed tour at the longest edge whose loss leaves start and end at the ends."""
        last, first = tour, np.roll(tour, -1)
        allowed = np.ones(len(tour), dtype=bool)
        if isinstance(self.encoded, Linked) and self.encoded.has_gate:
            allowed = ~self.encoded.linked(last, first)
        for city, side, other in ((self.start, first, last), (self.end, last, first)):
            if city is not None:
                allowed &= (side == city) | (self.distances.symmetric & (other == city))
        gaps = np.where(allowed, self.distances(last, first), -1.0)
        return np.roll(tour, -int(gaps.argmax()) - 1)

    def _turned(self, path: Ints) -> Ints:
        """Return a path in its right direction: from start, to end, or from its lower end."""
        if not self.distances.symmetric:
            return path
        if self.start is not None:
            backwards = path[0] != self.start
        elif self.end is not None:
            backwards = path[-1] != self.end
        else:
            backwards = path[0] > path[-1]
        return path[::-1] if backwards else path


def absent(gaps: Iterable[tuple[int, int]], names: Sequence[Hashable]) -> list[Violation]:
    """Return that a solution takes ways that are missing."""
    remedy = "go another way, or add this one"
    return [
        Violation(f"there is a way from {names[a]!r} to {names[b]!r}", 1, remedy) for a, b in gaps
    ]


def lacking(torn: tuple[str, int] | None, names: Sequence[Hashable]) -> list[Violation]:
    """Return what no solution can do without."""
    if torn is None:
        return []
    remedy = "add some; for a graph, complete='shortest-path' passes through other nodes"
    return [Violation(f"{names[torn[1]]!r} {torn[0]}", 1, remedy)]
