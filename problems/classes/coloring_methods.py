"""Ways to colour a graph: tabu search over Potts groups, annealed Potts units, DSATUR."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Protocol

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from hopopt import (
    Attempt,
    Energy,
    ExponentialEuler,
    Kronecker,
    Method,
    Monitor,
    Motion,
    Network,
    Relaxation,
    Softmax,
    Status,
    Trace,
    anneal,
)
from hopopt.search import Incumbent, TabuSearch, search
from hopopt.solve import Kind
from problems.classes.tabu import Coupling, PottsMoves
from problems.shared.motions import motion

Classes = NDArray[np.intp]

ROUND = 1000
EFFORT = 100
SECONDS = 10.0
START = 0.05
JITTER = 0.5  # below 1, the least difference of two numbers of conflicts
FAST = ExponentialEuler(0.2, max_steps=1, tol=0, descends=False)


class Graph(Protocol):
    """What the methods see of a problem: a graph, and how many colours there are, if any number."""

    @property
    def adjacency(self) -> Any: ...

    @property
    def size(self) -> int: ...

    @property
    def colors(self) -> int | None: ...

    def edges(self) -> Any: ...

    def solution(self, classes: Classes) -> Any: ...


class Tabu(Method):
    """Tabu search (TabuCol) from a greedy colouring, one colour less after each success.

    The largest-first greedy colouring is where it begins. Then the last class is spread over the
    others and the conflicts that arise are driven out; the search ends where a clique proves that
    no colour can be saved, or `effort`·n·k steps have not saved one.

    Parameters
    ----------
    effort : int, default 100
        Steps per unit before a number of colours is given up.

    References
    ----------
    Welsh & Powell, "An upper bound for the chromatic number of a graph and its application to
    timetabling problems", 1967; Hertz & de Werra, "Using tabu search techniques for graph
    coloring", 1987.
    """

    name: ClassVar[str] = "tabu"
    summary: ClassVar[str] = "tabu search (TabuCol) from a greedy colouring"
    kind: Kind = "classical"

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
        classes = greedy(problem, rng)
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
            while not tabu.run(ROUND, 0):
                if tabu.step >= self.effort * problem.size * k:
                    return
                yield best
            best = Incumbent(tabu.best[0], float(k))
            yield best

    def _decide(
        self, problem: Graph, classes: Classes, k: int, rng: np.random.Generator
    ) -> Iterator[Incumbent]:
        """Look for a colouring with k colours; what is minimised are the conflicts."""
        tabu = tabu_search(problem, classes, k, rng)
        while True:
            done = tabu.run(ROUND, 0) or tabu.step >= self.effort * problem.size * k
            yield Incumbent(tabu.best[0].copy(), float(tabu.best_value[0]))
            if done:
                return


class MeanField(Method):
    """Softmax (Potts) units annealed in replicas, one colour less after each success.

    H counts the edges inside colours; T falls geometrically from the critical temperature
    −λ_min(A)/k, where the units begin to tell the colours apart, and each group decodes to its
    largest output. The search for fewer colours begins where `greedy` ends, as in `Tabu`.

    Parameters
    ----------
    solver : str, default "exponential-euler"
        A SciPy solver, which integrates every stage to rest, or the fast step, one a stage.
    stages : int, optional
        Number of temperatures: by default 24 for SciPy's solvers, 300 for the fast step.
    replicas : int, default 8
        Annealings side by side, from different noise; SciPy's solvers take one.
    cold : float, default 8
        The last temperature is the critical one divided by this.
    **options
        Of `solve_ivp`: rtol, atol, max_step, ….

    References
    ----------
    Peterson & Söderberg, "A new method for mapping optimization problems onto neural networks",
    1989.
    """

    name: ClassVar[str] = "mean-field"
    summary: ClassVar[str] = "softmax (Potts) units, annealed; any of SciPy's solvers"
    kind: Kind = "hybrid"

    def __init__(
        self,
        solver: str = "exponential-euler",
        stages: int | None = None,
        replicas: int = 8,
        cold: float = 8.0,
        **options: Any,
    ) -> None:
        if (stages is not None and stages < 1) or replicas < 1 or not cold > 1:
            raise ValueError(
                "stages and replicas must be positive integers and cold above 1; "
                f"got {stages}, {replicas}, {cold}"
            )
        self.solver, self.stages, self.cold = solver, stages, cold
        self.replicas, self.options = replicas, options

    def attempt(self, problem: Graph, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        move = motion(self.solver, FAST, problem.size**2, self.options, duration=30.0, tol=1e-3)
        classes, rest = greedy(problem, rng), None
        for k in self._goals(problem, classes):
            rest = self._anneal(problem, k, move, rng, monitor)
            found = best_replica(problem, rest.v)
            if problem.colors is None and clashes(problem, found):
                break
            classes = found
            if rest.status in (Status.TIME_LIMIT, Status.STOPPED, Status.INTERRUPTED):
                break
        return Attempt(
            x=problem.solution(classes),
            status=Status.CONVERGED if rest is None else rest.status,
            output=one_hot(classes),
            energy=clashes(problem, classes),
            trace=Trace.of(monitor.rows),
        )

    @staticmethod
    def _goals(problem: Graph, classes: Classes) -> range:
        """Return the numbers of colours to try, below the greedy ones."""
        k = int(classes.max()) + 1
        if problem.colors is not None:
            return range(problem.colors, problem.colors - (k > problem.colors), -1)
        return range(k - 1, clique_bound(problem) - 1, -1)

    def _anneal(
        self, problem: Graph, k: int, move: Motion, rng: np.random.Generator, monitor: Monitor
    ) -> Relaxation:
        energy = conflicts(problem.adjacency, k)
        network = Network(energy, Softmax(axis=1))
        hot = network.critical_temperature() or 1.0
        count = self.stages or (300 if move is FAST else 24)
        replicas = (self.replicas,) if move is FAST else ()
        return anneal(
            (network.at(T=T) for T in np.geomspace(hot, hot / self.cold, count)),
            move,
            START * hot * rng.standard_normal((*replicas, *energy.shape)),
            monitor=monitor,
            callback=lambda network, u: monitor.tell(
                float(network.T),
                lambda: one_hot(best_replica(problem, network.output(u)[0])),
                lambda v: v.argmax(-1),
            ),
        )


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


def greedy(problem: Graph, rng: np.random.Generator) -> Classes:
    """Colour the nodes by falling degree, each with the first colour that no neighbour has.

    The largest-first greedy colouring (Welsh & Powell 1967), ties in a random order.
    """
    A = problem.adjacency
    classes = np.full(problem.size, -1, dtype=np.intp)
    for node in np.lexsort((rng.random(problem.size), -np.diff(A.indptr))):
        taken = set(classes[A.indices[A.indptr[node] : A.indptr[node + 1]]].tolist())
        classes[node] = next(c for c in range(problem.size) if c not in taken)
    return classes


def tabu_search(problem: Graph, classes: Classes, k: int, rng: np.random.Generator) -> TabuSearch:
    """Return a search for k colours that starts from these, those beyond spread at random."""
    classes = np.where(classes < k, classes, rng.integers(k, size=len(classes)))
    coupling = Coupling(problem.adjacency)
    value = clashes(problem, classes)
    return TabuSearch(
        PottsMoves(coupling.fields(classes, k), classes, value, coupling), rng, JITTER
    )


def clique_bound(problem: Graph) -> int:
    """Return the size of a clique found greedily: fewer colours there cannot be."""
    A = problem.adjacency
    degree = np.diff(A.indptr)
    size, allowed = 0, np.ones(problem.size, dtype=bool)
    while allowed.any():
        node = int(np.where(allowed, degree, -1).argmax())
        near = np.zeros(problem.size, dtype=bool)
        near[A.indices[A.indptr[node] : A.indptr[node + 1]]] = True
        allowed &= near
        size += 1
    return size


def clashes(problem: Graph, classes: Classes) -> float:
    """Return how many edges join two nodes of one colour."""
    i, j, _ = problem.edges()
    return float(np.count_nonzero(classes[i] == classes[j]))


def one_hot(classes: Classes) -> NDArray[np.float64]:
    """Return the outputs V[node, colour] of a colouring."""
    return np.asarray(np.eye(int(classes.max()) + 1)[classes])


def best_replica(problem: Graph, v: NDArray[np.float64]) -> Classes:
    """Decode outputs (..., n, k) by the largest of each group: the replica of least conflicts."""
    replicas = v.reshape(-1, *v.shape[-2:]).argmax(-1)
    return min(replicas, key=lambda classes: clashes(problem, classes))


def conflicts(adjacency: Any, k: int) -> Energy:
    """Return H(V) = ½·Σ_ij A_ij·Σ_c v_ic·v_jc on (n, k) outputs: the edges inside colours."""
    return Kronecker(adjacency, None, shape=(adjacency.shape[0], k))


METHODS: Mapping[str, type[Method]] = {m.name: m for m in (Tabu, MeanField, DSatur)}
