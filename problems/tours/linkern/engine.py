"""The state of a search on one tour: laid out, started, descended, refined and kicked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hopopt.core import TimeUp
from problems.tours.linkern.arrays import DEEPEST, Chains, Nodes, Plan, Tour, Walk
from problems.tours.linkern.candidates import Edges, Rows, refined
from problems.tours.linkern.kernel import INTERPRETED, compiled, referenced
from problems.tours.linkern.layout import Layout, Lookup
from problems.tours.linkern.pool import pool
from problems.tours.linkern.start import greedy

Array = NDArray[Any]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

LOGGED, LEAST_LOG = 20, 10_000
BREADTH = (5, 3)
SLICE, SLOW_SLICE = 500, 10
TOLERANCE = 1e-9
WIDE, NARROW, SLIM = 16, 10, 6
NARROW_NODES, SLIM_NODES = 10_000, 100_000
FIFTH = 5


@dataclass(frozen=True)
class Settings:
    """How a tour is searched.

    Attributes
    ----------
    chains : int
        Up to how many chains the memory joins; 0 for none.
    depth : int
        How many edges a walk removes at most.
    fast : bool
        Whether numba runs the search, where it can.
    reference : bool
        Whether the core's motion runs every recall.
    """

    chains: int = 5
    depth: int = 8
    fast: bool = False
    reference: bool = False


class Engine:
    """Iterated Lin-Kernighan on one tour.

    Parameters
    ----------
    layout : Layout
        Of at least 8 nodes.
    rng : numpy.random.Generator
        Seeds the search's own random numbers.
    settings : Settings
    order : array of int, optional
        The first tour of the nodes; by default the greedy one.

    Attributes
    ----------
    length : float
        Of the tour.
    bound : float
        No tour of the pool's edges is shorter.
    """

    def __init__(
        self,
        layout: Layout,
        rng: np.random.Generator,
        settings: Settings,
        order: Ints | None = None,
    ) -> None:
        self.layout, n = layout, layout.n
        self.fast = settings.fast and not layout.looked_up
        plain = referenced() if settings.reference else INTERPRETED
        self.kernel = compiled() if self.fast else plain
        width = WIDE if n < NARROW_NODES else NARROW if n < SLIM_NODES else SLIM
        width = SLIM if layout.thrifty else width
        pairs = pool(layout, width)
        self.edges, self.bound = Edges(layout, pairs), -np.inf
        if order is None:
            own = np.stack([self.edges.tails, self.edges.heads], axis=1)
            order = greedy(layout, own, self.edges.lengths, self.kernel, self.store)
        self.length = self.measure(order)
        log = np.zeros(max(LOGGED * min(n, SLIM_NODES), LEAST_LOG) + n)
        place = np.argsort(order)
        self.tour = Tour(self.small(order), self.small(place), self.small(log))
        self.walk, self.chains = self._scratch()
        self.plan = self._plan(settings, int(rng.integers(2**61)))
        free = ~self.edges.holds(layout.links)
        self.nodes = self._nodes(self.edges.rows(width, free))

    def measure(self, order: Ints) -> float:
        """Return a tour's length."""
        return float(self.layout.apart(order, np.roll(order, -1)).sum())

    @property
    def order(self) -> Ints:
        """The tour, as a copy."""
        return np.array(self.tour.order, dtype=np.intp)

    @property
    def networks(self) -> int:
        """How many recalls there were."""
        return int(self.plan.counts[1])

    def descend(self, end: float | None = None) -> Iterator[float]:
        """Walk from all nodes until nothing gains; yield the length after some of them each.

        Where the clock ends it, after fewer, for the interpreter takes its time; and in between,
        where distances are asked for one by one.
        """
        n, slow = self.layout.n, 1 if self.layout.looked_up else SLOW_SLICE
        step = slow if end is not None and not self.fast else SLICE
        where = self.nodes.where
        if isinstance(where, Lookup):
            where.end = np.inf if end is None else end
        try:
            for first in range(0, n, step):
                state = self.nodes, self.tour, self.walk, self.chains, self.plan
                self.length -= float(self.kernel.descend(*state, first, min(step, n - first)))
                yield self.length
        except TimeUp:
            self.length = self.measure(self.order)
            yield self.length
        finally:
            if isinstance(where, Lookup):
                where.end = np.inf

    @property
    def unit(self) -> float:
        """What heat is measured in: the tour's mean edge; of a matrix, a step between edges.

        What cities cost lengthens all of their edges alike, but not how far a node's fifth edge is
        from its first, at the prices; it is taken where it is less than the mean edge.
        """
        mean = self.length / self.layout.n
        if self.layout.geometry is not None:
            return mean
        free = ~self.edges.holds(self.layout.links)
        apart = self.edges.rows(FIFTH, free).apart
        steps = apart[:, -1] - apart[:, 0]
        return min(mean, float(np.mean(steps, where=steps < np.inf)))

    def refine(self, steps: int) -> None:
        """Choose the candidates anew, by an ascent of so many steps from the tour's edges."""
        self.bound, self.edges, rows = refined(self.layout, self.edges, self.order, steps)
        self.nodes = self._nodes(rows)

    def begin(self, worth: Floats) -> None:
        """Begin anew, with the tour that takes edges of the pool by their worth, least first."""
        own = np.stack([self.edges.tails, self.edges.heads], axis=1)
        order = greedy(self.layout, own, worth, self.kernel, self.store)
        self.restore(order, self.measure(order))

    def kick(self, kicks: int, most: int, T: float, first: int, window: int) -> None:
        """Kick and repair: see `kicks.iterate`."""
        state = self.nodes, self.tour, self.walk, self.chains, self.plan
        self.length += float(self.kernel.iterate(*state, kicks, most, first, window, T))

    def restore(self, order: Ints, length: float) -> None:
        """Go back to another tour."""
        self.tour.order[:] = self.small(order)
        self.tour.place[:] = self.small(np.argsort(order))
        self.length = length

    def _nodes(self, rows: Rows) -> Nodes:
        layout = self.layout
        kind, where = layout.table(self.edges.prices)
        lock = np.full((layout.n, 2), -1)
        for i, j in layout.links.tolist():
            lock[i, int(lock[i, 0] >= 0)], lock[j, int(lock[j, 0] >= 0)] = j, i
        return Nodes(
            kind,
            self.store(where) if isinstance(where, np.ndarray) else where,
            self.small(rows.near),
            self.store(rows.apart),
            rows.near.shape[1],
            self.small(lock),
            int(len(layout.links) > 0),
        )

    def _plan(self, settings: Settings, state: int) -> Plan:
        n, lengths = self.layout.n, self.edges.lengths
        breadth = np.ones(DEEPEST + 1, dtype=np.intp)
        breadth[1 : 1 + len(BREADTH)] = BREADTH
        typical = float(np.median(lengths)) or float(lengths.max()) or 1.0
        return Plan(
            self.store(breadth),
            settings.depth,
            settings.chains,
            TOLERANCE * typical,
            self.small(np.zeros(n)),
            self.small(np.zeros(n)),
            self.store(np.array([state])),
            self.store(np.zeros(3, dtype=np.intp)),
        )

    def _scratch(self) -> tuple[Walk, Chains]:
        def whole(size: int) -> Any:
            return self.store(np.zeros(size, dtype=np.intp))

        def real(size: int) -> Any:
            return self.store(np.zeros(size))

        row, rows = 2 * DEEPEST + 2, DEEPEST * (DEEPEST + 1)
        steps = (whole(rows), whole(rows), whole(rows), real(rows))
        walk = Walk(
            whole(row), whole(row), real(row), whole(row), whole(row), whole(rows), whole(rows),
            *steps, whole(row), whole(row), whole(row),
        )  # fmt: skip
        parts = whole(row), whole(row), whole(row), real(4 * DEEPEST**2)
        return walk, Chains(*parts, whole(row), whole(row), whole(row), real(row))

    def store(self, array: Array) -> Any:
        """Return the numbers as the kernel reads them: a copy of 64 bits each, or a list."""
        flat = array.ravel()
        return np.array(flat) if self.fast else flat.tolist()

    def small(self, array: Array) -> Any:
        """Return whole numbers below 2³¹: four bytes each, or a list."""
        flat = array.ravel().astype(np.int32)
        return flat if self.fast else flat.tolist()
