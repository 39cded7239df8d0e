"""Many tours that take over from each other what is better: edge assembly crossover.

One local optimum is as good as its beginning. Of many, from beginnings of their own, each has most
of the tour right; to take over from others whatever gains, until there is nothing to be taken, puts
the right parts together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hopopt.fast import announce
from problems.tours.distances import PointDistances
from problems.tours.linkern.arrays import Split, Tours
from problems.tours.linkern.engine import Engine, Settings
from problems.tours.linkern.kernel import compiled
from problems.tours.linkern.layout import Layout
from problems.tours.linkern.schedule import TOUR, Plan

Ints = NDArray[np.intp]
Champions = Sequence[tuple[Ints, float]]

SPREAD, SHORT, QUIET = 0.5, 50, 5
GROWING = 0.65
SLICE, SLOW_SLICE, SLICE_NODES = 20, 1, 200_000


class Population:
    """Tours of one search, from beginnings of their own.

    Parameters
    ----------
    engine : Engine
        Makes them, with its candidates and prices.
    rng : numpy.random.Generator
    plan : Plan
        How many, and how many kicks each has.
    champions : sequence of (array of int, float)
        Tours that it has from the beginning, with their lengths; by default the engine's own.

    References
    ----------
    Nagata & Kobayashi, "A powerful genetic algorithm using edge assembly crossover for the
    traveling salesman problem", 2013; Nguyen, Yoshihara, Yamamori & Yasunaga, "Implementation of
    an effective hybrid GA for large-scale traveling salesman problems", 2007 (local optima of
    Lin-Kernighan).
    """

    def __init__(
        self, engine: Engine, rng: np.random.Generator, plan: Plan, champions: Champions = ()
    ) -> None:
        self.engine, self.rng, self.plan = engine, rng, plan
        champions = champions or [(engine.order, engine.length)]
        self.orders = [engine.small(order) for order, _ in champions]
        self.lengths = [length for _, length in champions]

    def search(self, left: Callable[[], float]) -> Iterator[float]:
        """Make tours and cross them, and yield how many kicks each is worth.

        The engine has the shortest in the end.

        Parameters
        ----------
        left : callable
            Returns the seconds that are left: two thirds of them at most are for making tours.
        """
        engine, began = self.engine, left()
        for kicks in self.grow():
            yield kicks + TOUR * engine.layout.n
            if left() <= 0 or began - left() > GROWING * began:
                break
        best = int(np.argmin(self.lengths))
        engine.restore(np.array(self.orders[best]), self.lengths[best])
        for length, order in self.mix():
            if length < engine.length:
                engine.restore(order, length)
            yield 0.0
            if left() <= 0:
                break

    def grow(self) -> Iterator[int]:
        """Add tours, greedy by costs changed at random, descended, kicked; yield the kicks."""
        engine, edges, kicks = self.engine, self.engine.edges, self.plan.kicks
        for _ in range(self.plan.tours):
            noise = self.rng.uniform(0.0, SPREAD, len(edges.lengths))
            engine.begin(edges.costs + noise * np.abs(edges.lengths))
            for _ in engine.descend():
                pass
            engine.kick(kicks, SHORT, 0.0, 0, engine.layout.n)
            self.orders.append(engine.small(engine.order))
            self.lengths.append(engine.length)
            yield kicks

    def mix(self) -> Iterator[tuple[float, Ints]]:
        """Cross each tour with another, until five generations bring no shorter; yield the best."""
        engine, count = self.engine, len(self.orders)
        orders = np.array(self.orders, dtype=np.int32)
        places = np.empty_like(orders)
        for order, place in zip(orders, places, strict=True):
            place[order] = np.arange(len(order))
        lengths = engine.store(np.array(self.lengths))
        tours, split = Tours(engine.small(orders), engine.small(places), lengths), self.split()
        quiet, n = 0, engine.layout.n
        step = max(1, min(SLICE, SLICE_NODES // n)) if engine.fast else SLOW_SLICE
        state = split, engine.plan.state
        while quiet < QUIET and count > 1:
            turn, shortest = engine.small(self.rng.permutation(count)), min(tours.lengths)
            for first in range(0, count, step):
                many = min(step, count - first)
                engine.kernel.generation(engine.nodes, tours, turn, first, many, *state)
                best = int(np.argmin(tours.lengths))
                order = np.array(tours.orders[best * n : best * n + n], dtype=np.intp)
                yield float(tours.lengths[best]), order
            quiet = 0 if min(tours.lengths) < shortest else quiet + 1

    def split(self) -> Split:
        """Return room for what two tours do not share."""
        engine, n = self.engine, self.engine.layout.n

        def whole(size: int, value: int = 0) -> Any:
            return engine.small(np.full(size, value))

        pairs = 2 * n + 4
        return Split(
            n,
            engine.plan.tolerance,
            mine=whole(2 * n),
            theirs=whole(2 * n),
            left=whole(n),
            owed=whole(n),
            live=whole(n),
            path=whole(2 * n + 2),
            seen=whole(2 * n, -1),
            cycle=whole(2 * n),
            start=whole(n + 1),
            removed=whole(pairs),
            added=whole(pairs),
            cut=whole(n + 2),
            mate=whole(pairs),
            part=whole(n + 2),
            nodes=whole(n + 2),
            slots=whole(2 * n),
            count=whole(n),
            fresh=whole(n),
        )


def prepare() -> None:
    """Compile the search if that has not been done, and say so: a quarter of a minute, by numba."""
    announce("the Lin-Kernighan search", *compiled())
    rng = np.random.default_rng(0)
    layout = Layout(PointDistances(rng.random((16, 2))))
    engine = Engine(layout, rng, Settings(fast=True))
    population = Population(engine, rng, Plan(2, 1))
    for _ in (*population.grow(), *population.mix()):
        pass
