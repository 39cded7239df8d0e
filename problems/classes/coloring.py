"""Graph colouring: neighbours in different colours, with as few colours as can be found."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from numbers import Integral
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

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
    Violation,
    anneal,
)
from hopopt.search import Incumbent, search
from hopopt.solve import Encoding, Kind, construct
from problems.classes.tabu import Coupling, RefractoryPotts
from problems.shared.encodings import one_hot_encoding
from problems.shared.graph_problem import GraphProblem
from problems.shared.motions import motion

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Classes = NDArray[np.intp]

ROUND = 1000
EFFORT = 100
SECONDS = 10.0
START = 0.05
FAST = ExponentialEuler(0.2, max_steps=1, tol=0, descends=False)


class Refractory(Method):
    """A Potts network whose units rest after they have fired; one colour less after each success.

    First the groups settle one after another, by falling degree, on the first colour that no
    neighbour has: the network at T = 0 with a slight cost on later colours, and, in other words,
    the largest-first greedy colouring. Then the last class is spread over the others and the
    conflicts that arise are driven out; the search ends where a clique proves that no colour can be
    saved, or `effort`·n·k steps have not saved one.

    It is pure, for the units' fields and rest alone choose every colour; but the resting network
    does, step for step, what tabu search does (see `potts`).

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

    name: ClassVar[str] = "refractory"
    summary: ClassVar[str] = (
        "Potts units that rest after they have fired, from a greedy colouring: tabu as a network"
    )

    def __init__(self, effort: int = EFFORT) -> None:
        if effort < 1:
            raise ValueError(f"effort must be a positive integer; got {effort}")
        self.effort = effort

    def attempt(self, problem: Coloring, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        found = search(self._rounds(problem, rng), monitor, decode=problem.solution)
        classes = found.best.x
        return Attempt.of(
            found,
            "refractory",
            problem.solution,
            valid_before_decoding=True,
            output=one_hot(classes),
            energy=clashes(problem, classes),
        )

    def budget(self, problem: Coloring) -> float:
        return SECONDS

    def _rounds(self, problem: Coloring, rng: np.random.Generator) -> Iterator[Incumbent]:
        classes = settle(problem, rng)
        k = int(classes.max()) + 1
        if problem.colors is not None and k > problem.colors:
            yield from self._decide(problem, classes, problem.colors, rng)
            return
        best = Incumbent(classes, float(k))
        yield best
        least = clique_bound(problem)
        while k > least:
            k -= 1
            network = potts_network(problem, best.x, k, rng)
            while not network.run(ROUND):
                if network.step >= self.effort * problem.size * k:
                    return
                yield best
            best = Incumbent(network.best, float(k))
            yield best

    def _decide(
        self, problem: Coloring, classes: Classes, k: int, rng: np.random.Generator
    ) -> Iterator[Incumbent]:
        """Look for a colouring with k colours; what is minimised are the conflicts."""
        network = potts_network(problem, classes, k, rng)
        while True:
            done = network.run(ROUND) or network.step >= self.effort * problem.size * k
            yield Incumbent(network.best, network.best_energy)
            if done:
                return


class MeanField(Method):
    """Softmax (Potts) units annealed in parallel lanes, one colour less after each success.

    H counts the edges inside colours; T falls geometrically from the critical temperature
    −λ_min(A)/k, where the units begin to tell the colours apart, and each group decodes to its
    largest output. The search for fewer colours begins where `settle` ends, as in `Refractory`.

    Parameters
    ----------
    solver : str, default "exponential-euler"
        A SciPy solver, which integrates every stage to rest, or the fast step, one a stage.
    stages : int, optional
        Number of temperatures: by default 24 for SciPy's solvers, 300 for the fast step.
    lanes : int, default 8
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

    def __init__(
        self,
        solver: str = "exponential-euler",
        stages: int | None = None,
        lanes: int = 8,
        cold: float = 8.0,
        **options: Any,
    ) -> None:
        if (stages is not None and stages < 1) or lanes < 1 or not cold > 1:
            raise ValueError(
                "stages and lanes must be positive integers and cold above 1; "
                f"got {stages}, {lanes}, {cold}"
            )
        self.solver, self.stages, self.lanes, self.cold = solver, stages, lanes, cold
        self.options = options

    def attempt(self, problem: Coloring, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        move = motion(self.solver, FAST, problem.size**2, self.options, duration=30.0, tol=1e-3)
        classes, rest = settle(problem, rng), None
        for k in self._goals(problem, classes):
            rest = self._anneal(problem, k, move, rng, monitor)
            found = best_lane(problem, rest.v)
            if problem.colors is None and clashes(problem, found):
                break
            classes = found
            if rest.status in (Status.TIME_LIMIT, Status.STOPPED, Status.INTERRUPTED):
                break
        return Attempt(
            x=problem.solution(classes),
            status=Status.CONVERGED if rest is None else rest.status,
            integrator=move.name,
            nit=monitor.stage,
            output=one_hot(classes),
            energy=clashes(problem, classes),
            trace=Trace.of(monitor.rows),
        )

    @staticmethod
    def _goals(problem: Coloring, classes: Classes) -> range:
        """Return the numbers of colours to try, from where the settled network stands."""
        k = int(classes.max()) + 1
        if problem.colors is not None:
            return range(problem.colors, problem.colors - (k > problem.colors), -1)
        return range(k - 1, clique_bound(problem) - 1, -1)

    def _anneal(
        self, problem: Coloring, k: int, move: Motion, rng: np.random.Generator, monitor: Monitor
    ) -> Relaxation:
        energy = conflicts(problem.adjacency, k)
        network = Network(energy, Softmax(axis=1))
        hot = network.critical_temperature() or 1.0
        count = self.stages or (300 if move is FAST else 24)
        lanes = (self.lanes,) if move is FAST else ()
        return anneal(
            (network.at(T=T) for T in np.geomspace(hot, hot / self.cold, count)),
            move,
            START * hot * rng.standard_normal((*lanes, *energy.shape)),
            monitor=monitor,
            callback=lambda network, u: monitor.tell(
                float(network.T),
                lambda: one_hot(best_lane(problem, network.output(u)[0])),
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

    def attempt(self, problem: Coloring, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        G = nx.from_scipy_sparse_array(problem.adjacency)
        colours = nx.greedy_color(G, strategy="DSATUR")
        classes = np.array([colours[node] for node in range(problem.size)])
        return Attempt(x=problem.solution(classes), status=Status.CONVERGED, integrator="none")


METHODS: Mapping[str, type[Method]] = {m.name: m for m in (Refractory, MeanField, DSatur)}


def settle(problem: Coloring, rng: np.random.Generator) -> Classes:
    """Let the groups settle one after another, by falling degree, on the first quiet colour.

    The network at T = 0 with a slight cost on later colours, from a state in which nothing fires:
    the largest-first greedy colouring (Welsh & Powell 1967), ties in a random order.
    """
    A = problem.adjacency
    classes = np.full(problem.size, -1, dtype=np.intp)
    for node in np.lexsort((rng.random(problem.size), -np.diff(A.indptr))):
        taken = set(classes[A.indices[A.indptr[node] : A.indptr[node + 1]]].tolist())
        classes[node] = next(c for c in range(problem.size) if c not in taken)
    return classes


def potts_network(
    problem: Coloring, classes: Classes, k: int, rng: np.random.Generator
) -> RefractoryPotts:
    """Return the network of k colours that starts from these, those beyond spread at random."""
    state = np.where(classes < k, classes, rng.integers(k, size=len(classes)))
    coupling = Coupling(problem.adjacency)
    return RefractoryPotts(coupling.fields(state, k), state, clashes(problem, state), coupling, rng)


def clique_bound(problem: Coloring) -> int:
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


def clashes(problem: Coloring, classes: Classes) -> float:
    """Return how many edges join two nodes of one colour."""
    i, j, _ = problem.edges()
    return float(np.count_nonzero(classes[i] == classes[j]))


def one_hot(classes: Classes) -> NDArray[np.float64]:
    """Return the outputs V[node, colour] of a colouring."""
    return np.asarray(np.eye(int(classes.max()) + 1)[classes])


def best_lane(problem: Coloring, v: NDArray[np.float64]) -> Classes:
    """Decode outputs (..., n, k) by the largest of each group: the lane of fewest conflicts."""
    lanes = v.reshape(-1, *v.shape[-2:]).argmax(-1)
    return min(lanes, key=lambda classes: clashes(problem, classes))


class Coloring(GraphProblem):
    """Give every node a colour, no two neighbours the same, with the fewest colours.

    Build it from a matrix, `from_graph`, or `load` (DIMACS .col). A solution maps each node to its
    colour, 0 … k − 1; its cost is the number of colours. Potts units v_ic say that node i has
    colour c; H = ½·Σ_ij A_ij·Σ_c v_ic·v_jc counts the edges between equal colours, and a colouring
    is a corner of the domain with H = 0.

    Parameters
    ----------
    adjacency, labels, points, instance, optimum
        As in `GraphProblem`.
    colors : int, optional
        Look for a colouring with just so many colours instead of the fewest; if there is none to be
        found, the result names the edges that stay in conflict.

    Examples
    --------
    >>> import networkx as nx
    >>> from hopopt import minimize
    >>> from problems.classes.coloring import Coloring
    >>> result = minimize(Coloring.from_graph(nx.cycle_graph(5)), rng=0)
    >>> result.fun
    3.0
    """

    name: ClassVar[str] = "coloring"
    suffixes: ClassVar[tuple[str, ...]] = (".col",)
    methods: ClassVar[Mapping[str, type[Method]]] = METHODS

    def __init__(self, adjacency: ArrayLike, *, colors: int | None = None, **options: Any) -> None:
        super().__init__(adjacency, **options)
        whole = isinstance(colors, Integral) and not isinstance(colors, bool)
        if colors is not None and not (whole and colors > 0):
            raise ValueError(f"colors must be a positive integer; got {colors!r}")
        self.colors = colors

    @classmethod
    def from_graph(cls, G: nx.Graph[Any], weight: str = "weight", **options: Any) -> Coloring:
        loop = next(nx.selfloop_edges(G), None) if isinstance(G, nx.Graph) else None
        if loop is not None:
            raise ValueError(f"G must have no self-loops to be coloured; got one at {loop[0]!r}")
        return super().from_graph(G, weight, **options)

    @classmethod
    def load(
        cls, source: str, data: str | PathLike[str] | None = None, *, colors: int | None = None
    ) -> Self:
        """Load a graph as `GraphProblem` does, to be coloured with just so many colours, if given.

        An optimum on record, the fewest colours, is kept.
        """
        return cls._loaded(source, data, colors=colors)

    def cost(self, x: Mapping[Hashable, int]) -> float:
        """Return the number of colours in use."""
        return float(len(set(x.values())))

    def violations(self, x: Mapping[Hashable, int]) -> list[Violation]:
        found = self.unknown(x)
        missing = [node for node in self.labels if node not in x]
        found += [Violation(f"node {node!r} has a colour", 1, "give it one") for node in missing]
        if found:
            return found
        classes, (i, j, _) = self.classes(x), self.edges()
        clash = classes[i] == classes[j]
        for a, b in zip(i[clash].tolist(), j[clash].tolist(), strict=True):
            u, v = self.labels[a], self.labels[b]
            text = f"edge ({u!r}, {v!r}) joins two colours"
            found.append(Violation(text, 1, f"give {u!r} or {v!r} another colour"))
        if self.colors is not None and len(set(x.values())) > self.colors:
            excess = len(set(x.values())) - self.colors
            found.append(Violation(f"at most {self.colors} colours", excess, "merge classes"))
        return found

    def describe(self, x: Mapping[Hashable, int]) -> dict[str, Any]:
        colours = {str(node): int(x[node]) for node in self.labels if node in x}
        return {"sense": self.sense, "solution": colours}

    def classes(self, x: Mapping[Hashable, int] | Classes) -> Classes:
        """Return the colours of the nodes 0 … n − 1; an array of them is what it is."""
        if isinstance(x, np.ndarray):
            return x
        return np.array([x[node] for node in self.labels], dtype=np.intp)

    def solution(self, classes: Classes) -> dict[Hashable, int]:
        """Return colours as a solution, numbered in the order in which they first come."""
        _, first, inverse = np.unique(classes, return_index=True, return_inverse=True)
        number = np.argsort(np.argsort(first))
        return dict(zip(self.labels, number[inverse].tolist(), strict=True))

    def encoding(self) -> Encoding:
        """Return the problem over n×k one-hot units, k the colours asked for or found greedily."""
        k = self.colors or int(settle(self, np.random.default_rng(0)).max()) + 1
        degree = float(np.diff(self.adjacency.indptr).max(initial=0))
        return one_hot_encoding(conflicts(self.adjacency, k), degree)

    def auto(self, **options: Any) -> Method:
        return construct(MeanField if options else Refractory, options)

    def plot(self, x: Mapping[Hashable, int], ax: Axes | None = None) -> Axes:
        """Draw the coloured graph, or the sorted adjacency matrix of a large one."""
        from problems.shared.drawing import plot_classes

        return plot_classes(self, self.classes(x), self.cost(x), ax, "colours")


def conflicts(adjacency: Any, k: int) -> Energy:
    """Return H(V) = ½·Σ_ij A_ij·Σ_c v_ic·v_jc on (n, k) outputs: the edges inside colours."""
    return Kronecker(adjacency, None, shape=(adjacency.shape[0], k))


def coloring(
    G: nx.Graph[Any],
    colors: int | None = None,
    *,
    method: str | Method = "auto",
    **options: Any,
) -> dict[Any, int]:
    """Return a colour for every node, no two neighbours alike, as networkx's `greedy_color` does.

    Parameters
    ----------
    G : networkx.Graph
        Without self-loops.
    colors : int, optional
        How many colours there are; by default as few as can be found.
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Raises
    ------
    ValueError
        Where no colouring with so many colours was found; the message names an edge in conflict.

    Examples
    --------
    >>> import networkx as nx
    >>> import problems
    >>> sorted(set(problems.coloring(nx.petersen_graph()).values()))
    [0, 1, 2]
    """
    from hopopt import minimize

    options.setdefault("rng", 0)
    result = minimize(Coloring.from_graph(G, colors=colors), method, **options)
    if not result.success:
        first = result.violations[0]
        raise ValueError(
            f"no colouring with {colors} colours was found: {len(result.violations)} edges in "
            f"conflict, first: {first.constraint} is broken; more time or more colours may help"
        )
    found: dict[Any, int] = result.x
    return found
