"""Graph matching: lay one graph over another so that many edges fall on edges."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike

from hopopt import Method, Violation
from hopopt.core import Order, permutation, square
from hopopt.solve import Sense
from problems.permutations.qap import QuadraticAssignment
from problems.shared.frames import dense, lone_triangle, unframed
from problems.shared.graph_problem import built_in, symmetric
from problems.shared.graphs import Weight, edges_of, positions_of
from problems.shared.labels import broken, check_labels, plain, recalled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BUILT_IN: Mapping[str, str] = {
    "shuffled-GRAPH": "a graph and a shuffled copy, as shuffled-petersen, shuffled-grid-4-5, …",
}
PREFIX = "shuffled-"


class GraphMatching(QuadraticAssignment):
    """Map the nodes of one graph to those of another so that the most edges fall on edges.

    The quadratic assignment problem with A the first graph's weights and −B the second's: its
    energy is minus twice the weight Σ_{i<j} A_ij·B_p(i)p(j) that is matched. The smaller graph is
    filled up with isolated nodes. A solution maps each node of the first graph to its node in the
    second; what has no partner is left out.

    Parameters
    ----------
    A, B : array_like, frame or sparse, shapes (n, n) and (m, m)
        Symmetric weights of the two graphs' edges.
    labels : pair of sequences of hashable, optional
        The nodes' names in both graphs; by default those of frames, or numbers from 0.
    points : array, optional
        Where to draw the nodes of the first graph.
    instance : str, optional
    optimum : float, optional

    Examples
    --------
    >>> import networkx as nx
    >>> from hopopt import minimize
    >>> from problems.permutations.matching import GraphMatching
    >>> star, path = nx.star_graph(3), nx.path_graph("abcd")
    >>> minimize(GraphMatching.from_graphs(star, path), rng=0, time_limit=0.2).fun
    2.0
    """

    name: ClassVar[str] = "matching"
    sense: Sense = "max"  # type: ignore[misc]  # as in the base
    suffixes: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        A: Any,
        B: Any,
        *,
        labels: tuple[Sequence[Hashable], Sequence[Hashable]] | None = None,
        points: ArrayLike | None = None,
        instance: str | None = None,
        optimum: float | None = None,
    ) -> None:
        (A, nodes), (B, partners) = unframed(A, "A"), unframed(B, "B")
        first, second = (np.asarray(square(dense(M), name)) for M, name in ((A, "A"), (B, "B")))
        for matrix, name in ((first, "A"), (second, "B")):
            if not np.array_equal(matrix, matrix.T):
                side = lone_triangle(matrix)
                hint = f"; got its {side} triangle alone: {name} + {name}.T" if side else ""
                raise ValueError(f"{name} must be symmetric, for an undirected graph{hint}")
        n = max(len(first), len(second))
        wide = [np.pad(M, (0, n - len(M))) for M in (first, second)]
        super().__init__(wide[0], -wide[1], instance=instance, optimum=optimum)
        here, there = labels or (nodes, partners)
        self.nodes = check_labels(here, len(first), "nodes of the first graph")
        self.partners = check_labels(there, len(second), "nodes of the second graph")
        self.index = {label: k for k, label in enumerate(self.partners)}
        self.points = None if points is None else np.asarray(points, dtype=float)

    @classmethod
    def from_graphs(
        cls, G: nx.Graph[Any], H: nx.Graph[Any], weight: Weight = "weight", **options: Any
    ) -> Self:
        """Build from two undirected networkx graphs, their edges weighing as in `weights_of`."""
        (first, ends, w), (second, others, v) = edges_of(G, weight), edges_of(H, weight)
        A, B = symmetric(len(first), ends, w), symmetric(len(second), others, v)
        A.setdiag(0)
        B.setdiag(0)
        options.setdefault("points", positions_of(G, first))
        return cls(A, B, labels=(first, second), **options)

    @classmethod
    def load(cls, source: str, data: str | PathLike[str] | None = None) -> Self:
        """Load a built-in instance, or a file with the two matrices in QAPLIB's form."""
        if source.startswith(PREFIX):
            G = built_in(source.removeprefix(PREFIX))
            if G is not None:
                order = np.random.default_rng(0).permutation(len(G))
                H = nx.relabel_nodes(G, dict(zip(G, order.tolist(), strict=True)))
                count = float(G.number_of_edges())
                return cls.from_graphs(G, H, None, instance=source, optimum=count)
        found = QuadraticAssignment.load(source, data)
        names = (range(1, found.size + 1), range(1, found.size + 1))
        return cls(found.A, found.B, labels=names, instance=found.instance)

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return BUILT_IN

    def worth(self, value: float) -> float:
        return 0.0 - value / 2

    def order(self, x: Mapping[Hashable, Hashable]) -> Order:  # type: ignore[override]
        """Return, for each node of the first graph, the number of its partner."""
        if isinstance(x, np.ndarray):
            return permutation(x)
        order = np.full(self.size, -1, dtype=np.intp)
        for k, node in enumerate(self.nodes):
            if node in x:
                order[k] = self.index[x[node]]
        order[order < 0] = np.setdiff1d(np.arange(self.size), order)
        return order

    def solution(self, order: Order) -> dict[Hashable, Hashable]:
        """Return partners by node; nodes whose partner was filled up are left out."""
        pairs = zip(self.nodes, order.tolist(), strict=False)
        return {node: self.partners[k] for node, k in pairs if k < len(self.partners)}

    def cost(self, x: Mapping[Hashable, Hashable]) -> float:  # type: ignore[override]
        """Return the weight of the edges that fall on edges."""
        return self.worth(self.placement.value(self.order(x)))

    def violations(self, x: Mapping[Hashable, Hashable]) -> list[Violation]:  # type: ignore[override]
        """Return the nodes that are unknown, and the partners that are taken twice."""
        known = set(self.nodes)
        found = [Violation(f"{u!r} is a node", 1, "leave it out") for u in x if u not in known]
        twice = broken(self.index, list(x.values()))
        return found + [v for v in twice if "move" in v.remedy or "leave" in v.remedy]

    def adopt(self, x: Any) -> Any:
        partners = recalled(self.partners, x.values())
        return dict(zip(recalled(self.nodes, x), partners, strict=True))

    def describe(self, x: Mapping[Hashable, Hashable]) -> dict[str, Any]:  # type: ignore[override]
        pairs = {str(node): plain(x[node]) for node in self.nodes if node in x}
        return {"sense": self.sense, "solution": pairs}

    def plot(self, x: Mapping[Hashable, Hashable], ax: Axes | None = None) -> Axes:  # type: ignore[override]
        """Draw the first graph; edges that fall on edges are strong."""
        from hopopt.plotting import caption
        from problems.permutations.pictures import plot_matching

        n, order = len(self.nodes), self.order(x)
        return plot_matching(
            self.A[:n, :n],
            -self.B[np.ix_(order, order)][:n, :n] > 0,
            [str(x.get(node, "")) if isinstance(x, dict) else "" for node in self.nodes],
            ax,
            points=self.points,
            title=caption(self, self.cost(x)),
        )


def graph_matching(
    G: nx.Graph[Any],
    H: nx.Graph[Any],
    weight: Weight = "weight",
    *,
    method: str | Method = "auto",
    **options: Any,
) -> dict[Any, Any]:
    """Return a map from nodes of G to nodes of H that lays many edges on edges.

    Parameters
    ----------
    G, H : networkx.Graph
    weight : str, callable or None, default "weight"
        See `weights_of`.
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Examples
    --------
    >>> import networkx as nx
    >>> import problems
    >>> problems.graph_matching(nx.path_graph(3), nx.path_graph("abc"), time_limit=0.1)[1]
    'b'
    """
    from hopopt import minimize

    options.setdefault("rng", 0)
    problem = GraphMatching.from_graphs(G, H, weight)
    found: dict[Any, Any] = minimize(problem, method, **options).x
    return found
