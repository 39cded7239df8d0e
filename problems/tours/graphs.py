"""networkx graphs as distances, and tours of their nodes as walks along their edges."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from hopopt.core import listed
from problems.shared.graphs import Weight, weights_of
from problems.tours.distances import Distances

__all__ = ["Roads", "complete_graph", "matrix_of"]

Floats = NDArray[np.float64]

BLOCK = 2**24


class Roads:
    """The edges of a networkx graph as arrays: shortest ways between chosen nodes.

    Parameters
    ----------
    G : networkx.Graph or networkx.DiGraph
        Self-loops are ignored; of a multigraph's edges, the shortest counts.
    weight : str, callable or None
        What says how long an edge is: see `weights_of`.

    Raises
    ------
    TypeError
        If G is not a networkx graph.
    ValueError
        If G is empty, or a weight is negative or not finite.
    """

    def __init__(self, G: nx.Graph[Any], weight: Weight = "weight") -> None:
        if not isinstance(G, nx.Graph):
            raise TypeError(f"G must be a networkx graph; got {type(G).__name__}")
        self.nodes: list[Any] = list(G)
        if not self.nodes:
            raise ValueError("G must have at least one node; got an empty graph")
        self.index = {node: k for k, node in enumerate(self.nodes)}
        self.directed, self.parallel = G.is_directed(), G.is_multigraph()
        rows, columns, lengths = self._edges(G, weight)
        self.rows, self.columns, self.lengths = rows, columns, lengths
        shape = (len(self.nodes), len(self.nodes))
        self.matrix = csr_array((lengths, (rows, columns)), shape=shape)

    def _edges(self, G: nx.Graph[Any], weight: Weight) -> tuple[Any, Any, Floats]:
        """Return the edges both ways, in an undirected graph, each pair of nodes once."""
        shortest: dict[tuple[int, int], float] = {}
        for a, b, length in weights_of(G, weight, missing=True):
            if a == b:
                continue
            if length < 0:
                name = weight if isinstance(weight, str) else "weight"
                raise ValueError(
                    f"{name} of edge ({a!r}, {b!r}) must be a finite number ≥ 0; got {length!r}"
                )
            i, j = self.index[a], self.index[b]
            for pair in ((i, j),) if self.directed else ((i, j), (j, i)):
                shortest[pair] = min(length, shortest.get(pair, np.inf))
        pairs = np.array(list(shortest), dtype=np.intp).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1], np.array(list(shortest.values()), dtype=float)

    def numbers(self, nodes: Iterable[Hashable]) -> NDArray[np.intp]:
        """Return the numbers of some nodes, or refuse them by name."""
        wanted = listed(nodes, "nodes", "the graph's nodes")
        for node in wanted:
            if not isinstance(node, Hashable) or node not in self.index:
                raise ValueError(f"nodes must be in the graph; got {node!r}")
        if not wanted:
            raise ValueError("nodes must hold at least one node; got none")
        return np.array([self.index[node] for node in wanted], dtype=np.intp)

    def edges(self) -> Floats:
        """Return all nodes' distances along single edges, infinite where there is none."""
        matrix = np.full(self.matrix.shape, np.inf)
        matrix[self.rows, self.columns] = self.lengths
        np.fill_diagonal(matrix, 0)
        return matrix

    def distances(self, nodes: Sequence[Hashable]) -> Floats:
        """Return the lengths of the shortest ways between nodes, infinite where there is none."""
        chosen = self.numbers(nodes)
        rows = [found[:, chosen] for _, found, _ in self._searches(chosen)]
        return np.concatenate(rows)

    def walk(self, nodes: Sequence[Hashable]) -> list[Any]:
        """Return all the nodes on the shortest ways from each of some nodes to the next."""
        stops = self.numbers(nodes)
        legs: list[list[int]] = []
        for first, _, before in self._searches(stops[:-1]):
            for row, (start, goal) in zip(before, pairwise(stops[first:].tolist()), strict=False):
                leg = [goal]
                while leg[-1] != start:
                    leg.append(int(row[leg[-1]]))
                legs.append(leg[::-1])
        visited = [int(stops[0])] + [node for leg in legs for node in leg[1:]]
        return [self.nodes[node] for node in visited]

    def _searches(
        self, sources: NDArray[np.intp]
    ) -> Iterator[tuple[int, Floats, NDArray[np.int32]]]:
        """Yield the first source's place, distances and predecessors, block after block."""
        step = max(1, BLOCK // len(self.nodes))
        for first in range(0, len(sources), step):
            some = sources[first : first + step]
            found, before = dijkstra(self.matrix, indices=some, return_predecessors=True)
            yield first, found, before


def matrix_of(
    roads: Roads,
    nodes: Sequence[Hashable] | None = None,
    complete: str | None = None,
    one_way: bool = False,
) -> Floats:
    """Return the distance matrix of a graph's nodes, in their order.

    Parameters
    ----------
    roads : Roads
    nodes : sequence of hashable, optional
        By default all.
    complete : {None, "shortest-path"}
        Whether distances are those of edges, infinite where there is none, or of shortest ways.
    one_way : bool, default False
        Whether shortest ways may be missing, as back from the end of an open path: infinite then.

    Raises
    ------
    ValueError
        Where no path joins two nodes and `complete` asks for one, or edges are parallel and it does
        not.
    """
    if complete not in (None, "shortest-path"):
        raise ValueError(f"complete must be None or 'shortest-path'; got {complete!r}")
    if complete is None and roads.parallel:
        raise ValueError(
            "G must be a Graph or a DiGraph; got a multigraph: complete='shortest-path' takes the "
            "shortest of parallel edges"
        )
    chosen = roads.nodes if nodes is None else nodes
    if complete is not None:
        matrix = roads.distances(chosen)
        if one_way and roads.directed:
            return matrix
    else:
        numbers = roads.numbers(chosen)
        return np.asarray(roads.edges()[np.ix_(numbers, numbers)])
    for a, b in np.argwhere(np.isinf(matrix))[:1]:
        ends = f"from {chosen[a]!r} to {chosen[b]!r}"
        raise ValueError(f"G must be connected: there is no path {ends}")
    return matrix


def complete_graph(
    labels: Sequence[Hashable],
    distances: Distances,
    order: NDArray[np.intp] | None,
    closed: bool,
    points: Floats | None = None,
) -> nx.Graph[Any]:
    """Return the complete (di)graph of the cities.

    Its edges have a `weight` and say whether they are of the `tour`, its nodes a `pos` if there are
    points.
    """
    n, matrix, symmetric = distances.n, distances.matrix(), distances.symmetric
    G: nx.Graph[Any] = nx.Graph() if symmetric else nx.DiGraph()
    G.add_nodes_from(labels)
    i, j = np.triu_indices(n, 1) if symmetric else np.nonzero(~np.eye(n, dtype=bool))
    on_tour = np.zeros((n, n), dtype=bool)
    if order is not None:
        steps = slice(None if closed else -1)
        on_tour[order[steps], np.roll(order, -1)[steps]] = True
        on_tour |= symmetric & on_tour.T
    ends, marks = zip(i.tolist(), j.tolist(), strict=True), on_tour[i, j].tolist()
    G.add_edges_from(
        (labels[a], labels[b], {"weight": weight, "tour": mark})
        for (a, b), weight, mark in zip(ends, matrix[i, j].tolist(), marks, strict=True)
        if weight < np.inf
    )
    if points is not None:
        places = map(tuple, points.tolist())
        nx.set_node_attributes(G, dict(zip(labels, places, strict=True)), "pos")
    return G
