"""Classical constructions to compare the networks with, and all baselines by name."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from networkx.algorithms import approximation

from hopopt import Method, Monitor, Status
from problems.tours.baseline import Baseline, Order, complete_graph
from problems.tours.distances import Distances
from problems.tours.heuristics import follow, greedy_edges
from problems.tours.local_search import SimulatedAnnealing, ThresholdAccepting, TwoOpt


class NearestNeighbour(Baseline):
    """Go on to the nearest city not yet visited: networkx's `greedy_tsp`.

    Each restart begins at a random city. Symmetric or asymmetric; up to 4,000 cities, whose graph
    takes 3.6 GB; the time limit is looked at between restarts only.

    References
    ----------
    Rosenkrantz, Stearns & Lewis, "An analysis of several heuristics for the traveling salesman
    problem", 1977.
    """

    name: ClassVar[str] = "nearest-neighbour"
    summary: ClassVar[str] = "networkx greedy_tsp from a random city"

    def order(
        self, distances: Distances, rng: np.random.Generator, monitor: Monitor
    ) -> tuple[Order, Status]:
        source = int(rng.integers(distances.n))
        cycle = approximation.greedy_tsp(complete_graph(distances), source=source)
        return np.array(cycle[:-1]), Status.CONVERGED


class Greedy(Baseline):
    """Take the shortest edge that leaves a tour possible, until the tour is closed.

    Kruskal's way with spanning trees, on tours: no city gets a third edge, no cycle closes early.
    Deterministic, so that restarts are idle. Symmetric distances, up to 4,000 cities.

    References
    ----------
    Bentley, "Fast algorithms for geometric traveling salesman problems", 1992.
    """

    name: ClassVar[str] = "greedy"
    summary: ClassVar[str] = "shortest feasible edge first; deterministic"
    symmetric_only: ClassVar[bool] = True

    def order(
        self, distances: Distances, rng: np.random.Generator, monitor: Monitor
    ) -> tuple[Order, Status]:
        return follow(greedy_edges(distances)), Status.CONVERGED


class Christofides(Baseline):
    """Spanning tree, matching, Euler circuit, shortcuts: networkx's `christofides`.

    At most 1.5 times the optimum where the triangle inequality holds; elsewhere without a bound.
    Symmetric distances. Deterministic, and without a look at the time limit: the matching takes
    about 1 s at 200 cities and grows with their third power.

    References
    ----------
    Christofides, "Worst-case analysis of a new heuristic for the travelling salesman problem",
    1976.
    """

    name: ClassVar[str] = "christofides"
    summary: ClassVar[str] = "networkx christofides; deterministic"
    symmetric_only: ClassVar[bool] = True

    def order(
        self, distances: Distances, rng: np.random.Generator, monitor: Monitor
    ) -> tuple[Order, Status]:
        return np.array(
            approximation.christofides(complete_graph(distances))[:-1]
        ), Status.CONVERGED


BASELINES: tuple[type[Method], ...] = (
    NearestNeighbour,
    Greedy,
    Christofides,
    SimulatedAnnealing,
    ThresholdAccepting,
    TwoOpt,
)
