"""What solvers of tours without a network share."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from hopopt import Attempt, Method, Monitor, Status
from hopopt.solve import Kind
from problems.tours.distances import Distances
from problems.tours.instance import Instance

Order = NDArray[np.intp]


GRAPH_CITIES = 4000


class Heuristic(Method):
    """What solvers without a network share: the instances they refuse, and those that need none.

    Attributes
    ----------
    symmetric_only : bool
    most_cities : int or None
        Beyond it the n × n matrix, or what is made of it, is too large.
    """

    kind: Kind = "classical"
    symmetric_only: ClassVar[bool] = False
    most_cities: ClassVar[int | None] = GRAPH_CITIES

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        refusal = self.refusal(problem)
        if refusal is not None:
            raise ValueError(refusal)
        if problem.distances.n < 3:
            tour = problem.tour(np.arange(problem.distances.n))
            return Attempt(x=tour, status=Status.CONVERGED)
        return self.solve(problem, rng, monitor)

    def refusal(self, problem: Instance) -> str | None:
        if self.symmetric_only and not problem.distances.symmetric:
            return f"{self.name} needs symmetric distances; got {problem!r}"
        n, most = problem.distances.n, self.most_cities
        if most is not None and n > most:
            return f"{self.name} holds all pairs of at most {most} cities; got {n}"
        return None

    @abstractmethod
    def solve(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        """Solve an instance of three cities or more that was not refused."""


class Baseline(Heuristic):
    """A heuristic that orders the cities by their distances."""

    def solve(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        order, status = self.order(problem.distances, rng, monitor)
        return Attempt(x=problem.tour(order), status=status)

    @abstractmethod
    def order(
        self, distances: Distances, rng: np.random.Generator, monitor: Monitor
    ) -> tuple[Order, Status]:
        """Return a tour of three cities or more, and why it was final."""


class Improvement(Heuristic):
    """A heuristic that goes on from a tour.

    Attributes
    ----------
    initial : solution or None
        The first tour.
    """

    initial: Any = None

    def solve(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        x = self.initial
        start = None if x is None else problem.route.encode(problem.order(x))
        order, status = self.improved(problem.distances, start, rng, monitor)
        return Attempt(x=problem.tour(order), status=status)

    @abstractmethod
    def improved(
        self, distances: Distances, start: Order | None, rng: np.random.Generator, monitor: Monitor
    ) -> tuple[Order, Status]:
        """Return a tour of three cities or more, and why it was final; None starts anywhere."""


def complete_graph(distances: Distances) -> nx.Graph[int]:
    """Return the cities 0 … n − 1 as a networkx graph with `weight` on every edge."""
    n, matrix = distances.n, distances.matrix()
    G: nx.Graph[int] = nx.Graph() if distances.symmetric else nx.DiGraph()
    pairs = np.triu_indices(n, 1) if distances.symmetric else np.nonzero(~np.eye(n, dtype=bool))
    G.add_nodes_from(range(n))
    G.add_weighted_edges_from(
        zip(pairs[0].tolist(), pairs[1].tolist(), matrix[pairs].tolist(), strict=True)
    )
    return G
