"""Graph matching: lay one graph over another so that many edges fall on edges."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike

from hopopt import Method, Violation
from hopopt.core import Order, numbers, permutation, square
from hopopt.solve import Sense
from problems.permutations.qap import QuadraticAssignment
from problems.shared.frames import dense, lone_triangle, unframed
from problems.shared.graph_problem import built_in, symmetric
from problems.shared.graphs import Weight, edges_of, positions_of
from problems.shared.labels import broken, check_labels, couples, plain, recalled
from problems.shared.one_call import solved

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
    sense : {"max", "min"}, default "max"
        Whether the matched weight is to be high or low.
    partial_match : mapping or pairs, optional
        The partners of some nodes, {node: partner}, or pairs as SciPy has them.
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
    >>> minimize(GraphMatching.from_graphs(star, path), rng=0).fun
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
        sense: Sense = "max",
        partial_match: Any = None,
        labels: tuple[Sequence[Hashable], Sequence[Hashable]] | None = None,
        points: ArrayLike | None = None,
        instance: str | None = None,
        optimum: float | None = None,
    ) -> None:
        (A, nodes), (B, partners) = unframed(A, "A"), unframed(B, "B")
        first, second = (
            np.asarray(square(dense(M), name, sums=True)) for M, name in ((A, "A"), (B, "B"))
        )
        for matrix, name in ((first, "A"), (second, "B")):
            if not np.array_equal(matrix, matrix.T):
                side = lone_triangle(matrix)
                hint = f"; got its {side} triangle alone: {name} + {name}.T" if side else ""
                raise ValueError(f"{name} must be symmetric, for an undirected graph{hint}")
        n = max(len(first), len(second))
        wide = [np.pad(M, (0, n - len(M))) for M in (first, second)]
        here, there = labels or (nodes, partners)
        self.nodes = check_labels(here, len(first), "nodes of the first graph")
        self.partners = check_labels(there, len(second), "nodes of the second graph")
        self.sign = -1.0 if sense == "max" else 1.0
        super().__init__(
            wide[0],
            self.sign * wide[1],
            partial_match=partial_match,
            instance=instance,
            optimum=optimum,
        )
        self.index = {label: k for k, label in enumerate(self.partners)}
        if sense not in ("max", "min"):
            raise ValueError(f"sense must be 'max' or 'min'; got {sense!r}")
        self.sense = sense
        self.points = None if points is None else numbers(points, "points").astype(float)

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
    def load(
        cls, source: str, data: str | PathLike[str] | None = None, *, sense: Sense | None = None
    ) -> Self:
        """Load a built-in instance, or a file with the two matrices in QAPLIB's form."""
        wanted: Sense = sense or "max"
        if source.startswith(PREFIX):
            G = built_in(source.removeprefix(PREFIX))
            if G is not None:
                order = np.random.default_rng(0).permutation(len(G))
                H = nx.relabel_nodes(G, dict(zip(G, order.tolist(), strict=True)))
                best = float(G.number_of_edges()) if wanted == "max" else None
                return cls.from_graphs(G, H, None, instance=source, optimum=best, sense=wanted)
        found = QuadraticAssignment.load(source, data)
        names = (range(1, found.size + 1), range(1, found.size + 1))
        return cls(found.A, found.B, labels=names, instance=found.instance, sense=wanted)

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return BUILT_IN

    def _fixed(self, match: Any) -> dict[int, int]:
        """Return the nodes that have a partner, and which, as numbers, or refuse them by name."""
        pairs = couples(match, "partial_match")
        for index, known, graph in ((0, self.nodes, "first"), (1, self.partners, "second")):
            part = [pair[index] for pair in pairs]
            odd = next((v for k, v in enumerate(part) if v not in known or v in part[:k]), None)
            if odd is not None:
                raise ValueError(
                    "partial_match must pair nodes of the first graph with nodes of the second, "
                    f"each once; got {odd!r} of the {graph}"
                )
        place = [{label: k for k, label in enumerate(own)} for own in (self.nodes, self.partners)]
        return {place[0][u]: place[1][v] for u, v in pairs}

    def worth(self, value: float) -> float:
        return 0.0 + self.sign * super().worth(value) / 2

    def order(self, x: Mapping[Hashable, Hashable]) -> Order:  # type: ignore[override]
        """Return, for each node of the first graph, the number of its partner."""
        if isinstance(x, np.ndarray):
            return permutation(x)
        order = np.full(self.size, -1, dtype=np.intp)
        for k, node in enumerate(self.nodes):
            if node in x:
                order[k] = self.index[x[node]]
        order[order < 0] = np.setdiff1d(np.arange(self.size), order)
        return self.placing.order(order)

    def solution(self, order: Order) -> dict[Hashable, Hashable]:
        """Return partners by node; nodes whose partner was filled up are left out."""
        pairs = zip(self.nodes, self.placing.places(order).tolist(), strict=False)
        return {node: self.partners[k] for node, k in pairs if k < len(self.partners)}

    def cost(self, x: Mapping[Hashable, Hashable]) -> float:  # type: ignore[override]
        """Return the weight of the edges that fall on edges."""
        return self.worth(self.placement.value(self.order(x)))

    def violations(self, x: Mapping[Hashable, Hashable]) -> list[Violation]:  # type: ignore[override]
        """Return the nodes that are unknown, and the partners that are taken twice."""
        known = set(self.nodes)
        found = [Violation(f"{u!r} is a node", 1, "leave it out") for u in x if u not in known]
        twice = broken(self.index, list(x.values()))
        found += [v for v in twice if "move" in v.remedy or "leave" in v.remedy]
        for k, place in self.fixed.items():
            node, partner = self.nodes[k], self.partners[place]
            if node not in x or x[node] != partner:
                text = f"the partner of {node!r} is {partner!r}"
                found.append(Violation(text, 1, "pair them"))
        return found

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

        n, order = len(self.nodes), self.placing.places(self.order(x))
        return plot_matching(
            self.A[:n, :n],
            self.sign * self.B[np.ix_(order, order)][:n, :n] > 0,
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
    sense: Sense = "max",
    partial_match: Any = None,
    method: str | Method = "auto",
    **options: Any,
) -> dict[Any, Any]:
    """Return a map from nodes of G to nodes of H that lays many edges on edges.

    Of graphs of different sizes, every node of the smaller one has a partner.

    Parameters
    ----------
    G, H : networkx.Graph
    weight : str, callable or None, default "weight"
        See `weights_of`.
    sense, partial_match
        As in `GraphMatching`.
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Examples
    --------
    >>> import networkx as nx
    >>> import problems
    >>> problems.graph_matching(nx.path_graph(3), nx.path_graph("abc"), partial_match={0: "c"})
    {0: 'c', 1: 'b', 2: 'a'}
    """
    problem = GraphMatching.from_graphs(G, H, weight, sense=sense, partial_match=partial_match)
    found: dict[Any, Any] = solved(problem, method, **options).x
    return found
