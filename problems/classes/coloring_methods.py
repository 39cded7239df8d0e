"""Ways to colour a graph: tabu search over one-hot groups, annealed Potts units, DSATUR."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import networkx as nx
import numpy as np

from hopopt import Attempt, Method, Monitor, Status
from hopopt.search import Incumbent, TabuSearch, search
from hopopt.solve import Kind
from problems.classes.colors import (
    Classes,
    Graph,
    clashes,
    clique_bound,
    first_come,
    greedy,
    one_hot,
)
from problems.classes.mean_field import MeanField
from problems.classes.tabu import Coupling, PottsMoves

ROUND = 1000
FEW = 5000  # nodes up to which a round has all its steps
EFFORT = 100
SECONDS = 10.0
JITTER = 0.5  # below 1, the least difference of two numbers of conflicts


class Tabu(Method):
    """Tabu search (TabuCol) from a greedy colouring, one colour less after each success.

    The largest-first greedy colouring is where it begins. Then the last class is spread over the
    others and the conflicts that arise are driven out; the search ends where a clique proves that
    no colour can be saved, or `effort`·n·k steps have not saved one.

    Parameters
    ----------
    effort : int, default 100
        Steps per unit before a number of colours is given up.

    Attributes
    ----------
    initial : solution or None
        Where it begins instead.

    References
    ----------
    Welsh & Powell, "An upper bound for the chromatic number of a graph and its application to
    timetabling problems", 1967; Hertz & de Werra, "Using tabu search techniques for graph
    coloring", 1987.
    """

    name: ClassVar[str] = "tabu"
    summary: ClassVar[str] = "tabu search (TabuCol) from a greedy colouring"
    kind: Kind = "classical"
    initial: Any = None

    def __init__(self, effort: int = EFFORT) -> None:
        if effort < 1:
            raise ValueError(f"effort must be a positive integer; got {effort}")
        self.effort = effort

    def attempt(self, problem: Graph, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        found = search(self._rounds(problem, rng), monitor, decode=problem.solution)
        classes = found.best.x
        return Attempt.of(
            found,
            "tabu",
            problem.solution,
            valid_before_decoding=True,
            output=one_hot(classes),
            energy=clashes(problem, classes),
        )

    def budget(self, problem: Graph) -> float:
        return SECONDS

    def _rounds(self, problem: Graph, rng: np.random.Generator) -> Iterator[Incumbent]:
        given = self.initial
        classes = greedy(problem, rng) if given is None else first_come(problem.classes(given))
        k = int(classes.max()) + 1
        if problem.colors is not None and k > problem.colors:
            yield from self._decide(problem, classes, problem.colors, rng)
            return
        best = Incumbent(classes, float(k))
        yield best
        least = clique_bound(problem)
        while k > least:
            k -= 1
            tabu = tabu_search(problem, best.x, k, rng)
            while not tabu.run(steps_of(problem.size), 0):
                if tabu.step >= self.effort * problem.size * k:
                    return
                yield best
            best = Incumbent(tabu.best[0], float(k))
            yield best

    def _decide(
        self, problem: Graph, classes: Classes, k: int, rng: np.random.Generator
    ) -> Iterator[Incumbent]:
        """Look for a colouring with k colours; what is minimised are the conflicts.

        Where a clique says that there is none, a round is enough.
        """
        tabu = tabu_search(problem, classes, k, rng)
        most = self.effort * problem.size * k if clique_bound(problem) <= k else 0
        while True:
            done = tabu.run(steps_of(problem.size), 0) or tabu.step >= most
            yield Incumbent(tabu.best[0].copy(), float(tabu.best_value[0]))
            if done:
                return


class DSatur(Method):
    """Colour the node with the most colours among its neighbours next, with the first that is free.

    networkx's `greedy_color` with ``strategy="DSATUR"``; deterministic, so that restarts are idle.

    References
    ----------
    Brélaz, "New methods to color the vertices of a graph", 1979.
    """

    name: ClassVar[str] = "dsatur"
    summary: ClassVar[str] = "networkx greedy_color, the most saturated node first; deterministic"
    kind: Kind = "classical"

    def attempt(self, problem: Graph, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        G = nx.from_scipy_sparse_array(problem.adjacency)
        colours = nx.greedy_color(G, strategy="DSATUR")
        classes = np.array([colours[node] for node in range(problem.size)])
        return Attempt(x=problem.solution(classes), status=Status.CONVERGED)


def steps_of(size: int) -> int:
    """Return the steps of a round, fewer where each takes long."""
    return max(1, min(ROUND, ROUND * FEW // size))


def tabu_search(problem: Graph, classes: Classes, k: int, rng: np.random.Generator) -> TabuSearch:
    """Return a search for k colours that starts from these, those beyond spread at random."""
    classes = np.where(classes < k, classes, rng.integers(k, size=len(classes)))
    coupling = Coupling(problem.adjacency)
    value = clashes(problem, classes)
    return TabuSearch(
        PottsMoves(coupling.fields(classes, k), classes, value, coupling), rng, JITTER
    )


METHODS: Mapping[str, type[Method]] = {m.name: m for m in (Tabu, MeanField, DSatur)}
