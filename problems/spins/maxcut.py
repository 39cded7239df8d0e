"""Maximum cut: two sides of a graph's nodes with as much weight between them as there can be."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from math import fsum
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from hopopt import IsingEnergy, Method
from hopopt.core import indices, is_whole, listed, numbers, real, square
from problems.shared import files, labels
from problems.shared.dimacs import read_graph
from problems.shared.frames import lone_triangle, unframed
from problems.shared.graphs import Weight, edges_of, positions_of, read_rudy
from problems.shared.magnitudes import level
from problems.shared.one_call import solved
from problems.shared.whole import refuse_large
from problems.spins import ensembles, toroidal
from problems.spins.instance import Spins
from problems.spins.quadratic import QuadraticProblem

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BUILT_IN: Mapping[str, str] = {
    "regular-N": "a random 3-regular graph of N nodes; regular-N-SEED for another seed than 0",
}
SUFFIXES = (".txt", ".mc", ".rud")
GRAPHS = (".mtx", ".col", ".clq", ".edges")


class MaxCut(QuadraticProblem):
    """Split the nodes of a graph so that the edges between the two sides weigh the most.

    Build it with `from_graph`, `from_matrix`, or `load` (a Gset or rudy file). A solution is the
    list of the nodes on the first node's side; self-loops are never cut and do not count.

    Parameters
    ----------
    size : int
        Number of nodes.
    edges : pair of int arrays
        The ends of each edge; what comes twice is added up.
    weights : array_like, default 1
        One an edge, of either sign.
    nodes : sequence of hashable, optional
        The nodes' labels, all different; 0 … size − 1 by default.
    points : array, shape (size, 2), optional
        Where to draw the nodes.
    instance : str, default "maxcut"
    optimum : float, optional
        The heaviest cut, where it is known.

    Notes
    -----
    With J = −W/2 and the constant −Σw/2, the energy is minus the cut.

    Examples
    --------
    >>> from hopopt import minimize
    >>> from problems import MaxCut
    >>> result = minimize(MaxCut(4, ([0, 1, 2, 3], [1, 2, 3, 0])), rng=0)
    >>> result.x, result.fun
    ([0, 2], 4.0)
    """

    name: ClassVar[str] = "maxcut"
    suffixes: ClassVar[tuple[str, ...]] = (".mc", ".rud")
    sense = "max"

    def __init__(
        self,
        size: int,
        edges: tuple[ArrayLike, ArrayLike],
        weights: ArrayLike = 1.0,
        *,
        nodes: Sequence[Hashable] | None = None,
        points: ArrayLike | None = None,
        instance: str = "maxcut",
        optimum: float | None = None,
    ) -> None:
        if not is_whole(size) or not 1 <= size < 2**31:
            raise ValueError(f"size must be a number of nodes, at least one; got {size!r}")
        self.labels = labels.check_labels(nodes, size, "nodes")
        self._index = {label: k for k, label in enumerate(self.labels)}
        ends = listed(edges, "edges", "two arrays of nodes")
        if len(ends) != 2:
            raise ValueError(f"edges must be two arrays, where they begin and end; got {edges!r}")
        i, j = (indices(end, "edges") for end in ends)
        if i.shape != j.shape or not all(np.all((e >= 0) & (e < size)) for e in (i, j)):
            raise ValueError(f"edges must join nodes 0 … {size - 1}, two an edge; got {edges!r}")
        refuse_large(weights, "weights")
        w = np.broadcast_to(real(weights, "weights", sums=True), i.shape)
        if not np.all(np.isfinite(w)):
            raise ValueError("weights must be finite; got NaN or infinity")
        proper = i != j
        self.edges, self.weights = (i[proper], j[proper]), w[proper]
        even = level(self.weights)
        self.levelled, self.exact = even is not None, even is None
        seen = self.weights if even is None else even[0]
        self.energy = IsingEnergy.from_edges(
            size, self.edges, -seen / 2, constant=-float(seen.sum()) / 2
        )
        self.points = None if points is None else numbers(points, "points").astype(float)
        self.instance, self.optimum = instance, optimum

    @classmethod
    def from_graph(cls, G: nx.Graph[Any], weight: Weight = "weight", **options: Any) -> Self:
        """Build from an undirected networkx graph, parallel edges added up.

        Parameters
        ----------
        G : networkx.Graph or networkx.MultiGraph
        weight : str, callable or None, default "weight"
            See `weights_of`.
        **options
            As for `MaxCut`.
        """
        nodes, edges, weights = edges_of(G, weight)
        options.setdefault("points", positions_of(G, nodes))
        return cls(len(nodes), edges, weights, nodes=nodes, **options)

    @classmethod
    def from_matrix(cls, matrix: Any, **options: Any) -> Self:
        """Build from a symmetric matrix of weights, dense or sparse; the diagonal is ignored."""
        refuse_large(matrix, "matrix")
        matrix, names = unframed(matrix, "matrix")
        options.setdefault("nodes", names)
        W = square(matrix, "matrix", sums=True)
        if abs(W - W.T).max() > 0:
            side = lone_triangle(W)
            hint = f"; got its {side} triangle alone: W + W.T is the whole" if side else ""
            raise ValueError(f"matrix must be symmetric: W_ij is the weight of the edge i–j{hint}")
        upper = sparse.coo_array(sparse.triu(W, 1))
        return cls(W.shape[0], (upper.coords[0], upper.coords[1]), upper.data, **options)

    @classmethod
    def load(cls, source: str, data: str | PathLike[str] | None = None) -> Self:
        """Load a built-in graph, a file in the Gset's format, or one that `read_graph` reads.

        The latter are known by their suffixes: .mtx, .col, .clq, .edges.
        """
        drawn = ensembles.named(source, {"regular": ""})
        if drawn is not None:
            _, size, rng = drawn
            return cls(size, ensembles.regular_edges(size, rng), instance=source)
        found = files.find(source, data, (*SUFFIXES, *GRAPHS))
        read = read_graph if found.suffix in GRAPHS else read_rudy
        size, edges, weights, nodes = read(found.text, found.label)
        return cls(size, edges, weights, nodes=nodes, instance=found.name, optimum=found.best)

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return BUILT_IN

    @classmethod
    def sample(cls) -> Self:
        return cls.load("regular-20")

    @property
    def size(self) -> int:
        return self.energy.size

    def spins(self, x: Collection[Hashable]) -> NDArray[np.float64]:
        """Return a solution as spins, 1 on the side of the nodes in x, or refuse it by a node."""
        s = np.full(self.size, -1.0)
        for node in x:
            if node not in self._index:
                raise ValueError(f"x must hold nodes of the graph; got {node!r}")
            s[self._index[node]] = 1.0
        return s

    def decode(self, s: Spins) -> list[Hashable]:
        return [self.labels[k] for k in np.flatnonzero(s == s[0]).tolist()]

    def cost(self, x: Collection[Hashable]) -> float:
        """Return the weight of the edges between the nodes in x and the others."""
        s = self.spins(x)
        i, j = self.edges
        cut = self.weights[s[i] != s[j]]
        return fsum(cut) if self.levelled else float(cut.sum())

    def bound(self, time_limit: float | None = None) -> float | None:
        """Return a weight that no cut exceeds, by matching: of grids on a torus, with pymatching.

        It is None of other graphs, and where weights are no multiples of a quarter or are large.
        """
        lowest = None if self.levelled else toroidal.bound(self.energy)
        return None if lowest is None else -lowest

    def feasible(self, x: Collection[Hashable]) -> bool:
        """Whether x holds nodes of the graph, each once."""
        return all(node in self._index for node in x) and len(set(x)) == len(x)

    def encode(self, x: Collection[Hashable]) -> Spins:
        return self.spins(x)

    def adopt(self, x: Any) -> Any:
        """Return the nodes on the first one's side, from either side, or from both."""
        sides = list(x)
        if len(sides) == 2 and all(isinstance(side, set | frozenset | list) for side in sides):
            left = set(labels.recalled(self.labels, sides[0]))
            right = set(labels.recalled(self.labels, sides[1]))
            if left & right or left | right != set(self.labels):
                raise ValueError("sides must hold every node once")
            sides = list(left)
        return self.decode(self.spins(labels.recalled(self.labels, sides)))

    def plain(self, x: Collection[Hashable]) -> list[int | str]:
        return [labels.plain(node) for node in x]

    def plot(self, x: Collection[Hashable], ax: Axes | None = None) -> Axes:
        """Draw the graph, its nodes in two colours, the edges that are cut dark.

        A large or dense one is drawn as its matrix, sorted by the sides.
        """
        from hopopt.plotting import caption
        from problems.shared.pictures import plot_graph

        side = (self.spins(x) < 0).astype(np.intp)
        return plot_graph(
            self.edges,
            side,
            ax,
            labels=self.labels,
            title=caption(self, self.cost(x)),
            points=self.points,
            bold=side[self.edges[0]] != side[self.edges[1]],
        )

    def __repr__(self) -> str:
        return f"MaxCut({self.instance!r}, {self.size} nodes, {len(self.weights)} edges)"


def max_cut(
    G: nx.Graph[Any], weight: Weight = "weight", *, method: str | Method = "auto", **options: Any
) -> tuple[float, tuple[set[Any], set[Any]]]:
    """Return a heavy cut of a graph by a Hopfield network, as networkx's functions do.

    Parameters
    ----------
    G : networkx.Graph or networkx.MultiGraph
    weight : str, callable or None, default "weight"
        See `weights_of`.
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`: ``rng=``, ``time_limit=``, …. The seed is 0 unless given.

    Returns
    -------
    cut : float
        The weight of the edges between the sides.
    sides : pair of sets
        The nodes of either side, as `networkx.approximation.one_exchange` returns them.

    Examples
    --------
    >>> import networkx as nx
    >>> import problems
    >>> cut, (left, right) = problems.max_cut(nx.cycle_graph("abcd"))
    >>> cut, sorted(left), sorted(right)
    (4.0, ['a', 'c'], ['b', 'd'])
    """
    problem = MaxCut.from_graph(G, weight)
    result = solved(problem, method, **options)
    left = set(result.x)
    return result.fun, (left, set(problem.labels) - left)
