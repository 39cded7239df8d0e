"""Maximum independent set: as many nodes, or as heavy ones, as can be, no two of them joined."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from hopopt import Attempt, Energy, IsingEnergy, Method, Monitor, Quadratic, Status, Violation
from hopopt.core import Array, real
from hopopt.solve import Encoding, Kind, Sense
from problems.shared.graph_problem import GraphProblem
from problems.shared.labels import plain
from problems.shared.one_call import solved
from problems.spins.conflicts import Books, Conflicts, near
from problems.spins.instance import Spins
from problems.spins.methods import METHODS as DYNAMICS
from problems.spins.quadratic import QuadraticProblem
from problems.spins.tabu import Tabu

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PENALTY = 1.2
MAXIMAL = "the stable corners are the maximal independent sets"
INSIDE = "every stable corner is a maximal independent set"


class Greedy(Method):
    """Nodes in random order, each unless a neighbour is in: networkx's `maximal_independent_set`.

    References
    ----------
    The sequential random order of Blelloch, Fineman & Shun, 2012.
    """

    name: ClassVar[str] = "greedy"
    summary: ClassVar[str] = "nodes in random order, each unless a neighbour is in"
    kind: Kind = "classical"

    def attempt(self, problem: IndependentSet, rng: np.random.Generator, _: Monitor) -> Attempt:
        free, s = ~problem.barred, np.full(problem.size, -1.0)
        for node in rng.permutation(problem.size).tolist():
            if free[node]:
                s[node] = 1
                free[near(problem.conflicts, node)] = False
        return Attempt(problem.decode(s), Status.CONVERGED)

    def restarts(self, problem: IndependentSet) -> int:
        return 10


class IndependentSet(QuadraticProblem, GraphProblem):
    """Choose as many nodes as possible, no two of them neighbours.

    Build it from a matrix, `from_graph`, or `load`. A solution is the list of the chosen nodes. A
    node with an edge to itself is its own neighbour, and is never chosen.

    Notes
    -----
    H(x) = −Σ ±w_i·x_i + λ·Σ_edges min(w_i, w_j)·x_i·x_j over bits, where w_i counts with a minus
    for nodes with an edge to themselves. With λ > 1, single flips that
    lower H end in maximal independent sets: the lighter of two neighbours can always be dropped, a
    node beside none can always be added. So what the network settles in is feasible without
    repair, and its energy is minus its weight. Where all weigh the same, it ends in each of them.

    Parameters
    ----------
    adjacency, labels, points, instance, optimum
        As in `GraphProblem`.
    weights : array_like, shape (n,), optional
        What the nodes weigh, above 0; 1 by default.

    Examples
    --------
    >>> import networkx as nx
    >>> from hopopt import minimize
    >>> from problems.spins.independent_set import IndependentSet
    >>> result = minimize(IndependentSet.from_graph(nx.star_graph(4)), rng=0)
    >>> result.x, result.fun
    ([1, 2, 3, 4], 4.0)
    """

    name: ClassVar[str] = "independent-set"
    sense: ClassVar[Sense] = "max"
    suffixes: ClassVar[tuple[str, ...]] = (".mis",)
    methods: ClassVar[Mapping[str, type[Method]]] = {
        Tabu.name: Tabu,
        **DYNAMICS,
        Greedy.name: Greedy,
    }

    def __init__(
        self,
        adjacency: ArrayLike | sparse.sparray,
        *,
        weights: ArrayLike | None = None,
        **options: Any,
    ) -> None:
        super().__init__(adjacency, **options)
        self.weights = w = real(
            np.ones(self.size) if weights is None else weights, "weights", sums=True
        )
        if w.shape != (self.size,) or not np.all((w > 0) & (w < np.inf)):
            raise ValueError(f"weights must be {self.size} numbers above 0; got {weights!r}")
        self.conflicts, self.barred = self.forbidden()
        self.penalties, self.gain = self.penalised(PENALTY), np.where(self.barred, -w, w)
        push, gain = self.penalties @ np.ones(self.size), self.gain
        self.energy = IsingEnergy(
            -self.penalties / 4, gain / 2 - push / 4, float(push.sum()) / 8 - float(gain.sum()) / 2
        )

    def penalised(self, factor: float) -> Conflicts:
        """Return the matrix λ·min(w_i, w_j) of the pairs in conflict."""
        A, w = self.conflicts, self.weights
        lighter = np.minimum(np.repeat(w, np.diff(A.indptr)), w[A.indices])
        return sparse.csr_array((factor * lighter, A.indices, A.indptr), shape=A.shape)

    def encoding(self) -> Encoding:
        """Return H, its λ to be chosen, over pairs in conflict: sound for λ > 1."""

        def energy(weight: float) -> Energy:
            return Quadratic(self.penalised(weight), -self.gain)

        def feasible(v: Array) -> Array:
            x = v.astype(float)
            return np.asarray((x * (self.conflicts @ x.T).T).sum(-1) + x @ self.barred == 0)

        alike = bool(np.all(self.weights == self.weights[0]))
        return Encoding(energy, feasible, 1.0, MAXIMAL if alike else INSIDE, complete=False)

    def forbidden(self) -> tuple[Conflicts, NDArray[np.bool_]]:
        """Return the matrix of the pairs that may not be chosen together, and who never may be."""
        return self.adjacency, self.loops

    def decode(self, s: Spins) -> list[Hashable]:
        """Let single flips go on until none lowers H, and return the nodes that are on."""
        return [self.labels[k] for k in np.flatnonzero(self.settled(np.asarray(s) > 0)).tolist()]

    def settled(self, on: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Drop the node that lowers H most while there are conflicts, then add what has none."""
        on, w = on & ~self.barred, self.weights
        books = Books(self.penalties, self.conflicts, on.astype(float))
        for node in books.worst(on, w):
            on[node] = False
            books.count(node, -1)
        free = np.flatnonzero(~on & ~self.barred & (books.clashes == 0))
        for node in free[np.argsort(-w[free], kind="stable")].tolist():
            if not books.clashes[node]:
                on[node] = True
                books.count(node, 1)
        return on

    def cost(self, x: Collection[Hashable]) -> float:
        """Return how many nodes are chosen, or their weight."""
        return float(self.weights[self.chosen(x)].sum())

    def violations(self, x: Collection[Hashable]) -> list[Violation]:
        found = self.unknown(x)
        if len(set(x)) < len(x):
            found.append(
                Violation("every node is chosen once", len(x) - len(set(x)), "strike the repeats")
            )
        if found:
            return found
        on = self.chosen(x)
        clashing = np.flatnonzero(on & (self.conflicts @ on.astype(float) > 0)).tolist()
        pairs = ((a, b) for a in clashing for b in near(self.conflicts, a).tolist() if b > a)
        own = [self.labels[k] for k in np.flatnonzero(on & self.barred).tolist()]
        return [
            *(Violation(f"{u!r} is not its own neighbour", 1, f"drop {u!r}") for u in own),
            *(self.conflict(self.labels[a], self.labels[b]) for a, b in pairs if on[b]),
        ]

    def conflict(self, u: Hashable, v: Hashable) -> Violation:
        """Return what it means that both nodes of a forbidden pair are chosen."""
        return Violation(f"{u!r} and {v!r} are not neighbours", 1, f"drop {u!r} or {v!r}")

    def chosen(self, x: Collection[Hashable]) -> NDArray[np.bool_]:
        """Return which of the nodes 0 … n − 1 are in x; spins are taken as they are."""
        if isinstance(x, np.ndarray):
            return np.asarray(x > 0)
        on = np.zeros(self.size, dtype=bool)
        on[[self.index[node] for node in x]] = True
        return on

    def encode(self, x: Collection[Hashable]) -> Spins:
        return np.where(self.chosen(x), 1.0, -1.0)

    def plain(self, x: Collection[Hashable]) -> list[int | str]:
        return [plain(node) for node in x]

    def plot(self, x: Collection[Hashable], ax: Axes | None = None) -> Axes:
        """Draw the graph with its chosen nodes blue, or its sorted matrix where it is large."""
        from hopopt.plotting import SOLUTION

        chosen, (i, j, _) = self.chosen(x), self.edges()
        others = (~chosen).astype(np.intp)
        both = chosen[i] & chosen[j]
        return self.picture(others, self.cost(x), ax, bold=both, colours=(SOLUTION, "white"))


def independent_set(G: nx.Graph[Any], *, method: str | Method = "auto", **options: Any) -> set[Any]:
    """Return a large independent set of a graph, as networkx's approximations do.

    Parameters
    ----------
    G : networkx.Graph
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Examples
    --------
    >>> import networkx as nx
    >>> import problems
    >>> sorted(problems.independent_set(nx.path_graph(5)))
    [0, 2, 4]
    """
    return set(solved(IndependentSet.from_graph(G), method, **options).x)
