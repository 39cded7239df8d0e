"""Local searches of tours to compare the networks with: networkx's annealers, and 2-opt."""

from __future__ import annotations

from abc import abstractmethod
from random import Random
from typing import Any, ClassVar

import networkx as nx
import numpy as np
from networkx.algorithms import approximation

from hopopt import Monitor, Status
from hopopt.core import TimeUp
from problems.tours.baseline import Improvement, Order, complete_graph
from problems.tours.distances import Distances
from problems.tours.heuristics import two_opt

ROUND = 100


QUIET_ROUNDS = 10


class Annealer(Improvement):
    """Shared by networkx's two: 2-opt proposals from its greedy tour, until none helps."""

    def __init__(self, level: float = 0.05, max_steps: int = 20_000) -> None:
        if not 0 <= level < np.inf:
            raise ValueError(f"level must be a nonnegative number; got {level}")
        if max_steps < 1:
            raise ValueError(f"max_steps must be a positive integer; got {max_steps}")
        self.level, self.max_steps = level, max_steps

    @abstractmethod
    def anneal(
        self, G: nx.Graph[int], cycle: list[int], level: float, **settings: Any
    ) -> list[int]:
        """Return networkx's best cycle."""

    def improved(
        self, distances: Distances, start: Order | None, rng: np.random.Generator, monitor: Monitor
    ) -> tuple[Order, Status]:
        G, move = complete_graph(distances), Reversal(self.max_steps, monitor)
        cycle = approximation.greedy_tsp(G, source=int(rng.integers(distances.n)))
        if start is not None:
            cycle = [*start.tolist(), int(start[0])]
        best = self.anneal(
            G,
            cycle,
            self.level * distances.tour_length(cycle[:-1]) / distances.n,
            move=move,
            max_iterations=QUIET_ROUNDS,
            N_inner=ROUND,
            seed=int(rng.integers(2**31)),
        )
        return np.array(best[:-1]), move.status


class SimulatedAnnealing(Annealer):
    """networkx's `simulated_annealing_tsp` with a move that leaves the current tour alone.

    networkx's own moves change the tour in place, so that a rejected proposal stays made, and what
    comes back is nearly always the greedy start; its temperature of 100 knows no units. Here a
    proposal reverses a random stretch of a copy. Symmetric or asymmetric, up to 4,000 cities.

    Parameters
    ----------
    level : float, default 0.05
        First temperature, as a share of the greedy tour's mean edge.
    max_steps : int, default 20000
        Most proposals, of O(n) each; the run ends before that after ten rounds of 100 without a
        better tour. The time limit ends the proposals in the same way.

    References
    ----------
    Kirkpatrick, Gelatt & Vecchi, "Optimization by simulated annealing", 1983.
    """

    name: ClassVar[str] = "simulated-annealing"
    summary: ClassVar[str] = "networkx simulated_annealing_tsp, 2-opt moves from its greedy_tsp"

    def anneal(
        self, G: nx.Graph[int], cycle: list[int], level: float, **settings: Any
    ) -> list[int]:
        return list(approximation.simulated_annealing_tsp(G, cycle, temp=level, **settings))


class ThresholdAccepting(Annealer):
    """networkx's `threshold_accepting_tsp`, with the move and the units of `SimulatedAnnealing`.

    Parameters
    ----------
    level : float, default 0.05
        First threshold, as a share of the greedy tour's mean edge.
    max_steps : int, default 20000
        As in `SimulatedAnnealing`.

    References
    ----------
    Dueck & Scheuer, "Threshold accepting: a general purpose optimization algorithm appearing
    superior to simulated annealing", 1990.
    """

    name: ClassVar[str] = "threshold-accepting"
    summary: ClassVar[str] = "networkx threshold_accepting_tsp, 2-opt moves from its greedy_tsp"

    def anneal(
        self, G: nx.Graph[int], cycle: list[int], level: float, **settings: Any
    ) -> list[int]:
        return list(approximation.threshold_accepting_tsp(G, cycle, threshold=level, **settings))


class TwoOpt(Improvement):
    """2-opt from a random tour: take the first improving reversal, until there is none.

    The control beside the networks' claims. Symmetric distances of any size; the time limit and
    Ctrl-C keep the tour reached.

    References
    ----------
    Croes, "A method for solving traveling-salesman problems", 1958.
    """

    name: ClassVar[str] = "two-opt"
    summary: ClassVar[str] = "first-improvement 2-opt from a random tour"
    symmetric_only: ClassVar[bool] = True
    most_cities: ClassVar[int | None] = None

    def improved(
        self, distances: Distances, start: Order | None, rng: np.random.Generator, monitor: Monitor
    ) -> tuple[Order, Status]:
        order = rng.permutation(distances.n) if start is None else start
        return two_opt(distances, order, monitor)


class Reversal:
    """The move of networkx's annealers: reverse a random stretch of a copy; stand still when over.

    Standing still makes the annealer stop after its ten quiet rounds: the one way to end it early
    with its best tour in hand.
    """

    def __init__(self, max_steps: int, monitor: Monitor) -> None:
        self.left, self.monitor = max_steps, monitor
        self.status = Status.CONVERGED

    def __call__(self, cycle: list[int], seed: Random) -> list[int]:
        """Return another cycle with the same first and last city."""
        if self.status is Status.CONVERGED:
            self._count()
        if self.status is not Status.CONVERGED:
            return cycle
        first, last = sorted(seed.sample(range(1, len(cycle) - 1), k=2))
        return cycle[:first] + cycle[first : last + 1][::-1] + cycle[last + 1 :]

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            self.status = Status.MAX_STEPS
        try:
            self.monitor.step(np.empty(0), 0.0, 0.0)
        except TimeUp:
            self.status = Status.TIME_LIMIT
