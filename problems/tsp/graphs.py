"""networkx graphs as distance matrices."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path


def matrix_of(G: nx.Graph[Any], weight: str, complete: str | None) -> NDArray[np.float64]:
    """Return the distance matrix of a graph's nodes, in the graph's order.

    Parameters
    ----------
    G : networkx.Graph or networkx.DiGraph
    weight : str
        Edge attribute that holds the distance.
    complete : {None, "shortest-path"}
        Whether missing edges are refused, or stand for the shortest path between their ends.

    Raises
    ------
    ValueError
        As in `TSP.from_graph`.
    """
    if not isinstance(G, nx.Graph):
        raise TypeError(f"G must be a networkx graph; got {type(G).__name__}")
    if G.is_multigraph():
        raise ValueError("G must have at most one edge between two nodes; got a multigraph")
    if complete not in (None, "shortest-path"):
        raise ValueError(f"complete must be None or 'shortest-path'; got {complete!r}")
    nodes = list(G)
    if not nodes:
        raise ValueError("G must have at least one node; got an empty graph")
    matrix = _edges(G, nodes, weight)
    missing = np.isnan(matrix)
    if complete is not None and missing.any():
        rows, cols = np.nonzero(~missing & ~np.eye(len(nodes), dtype=bool))
        given = csr_array((matrix[rows, cols], (rows, cols)), shape=matrix.shape)
        matrix = np.asarray(shortest_path(given, directed=G.is_directed()))
        missing = np.isinf(matrix)
    if missing.any():
        a, b = (nodes[k] for k in np.argwhere(missing)[0])
        if complete is not None or not _connected(G):
            raise ValueError(f"G must be connected: there is no path from {a!r} to {b!r}")
        raise ValueError(
            f"G must be complete: there is no edge from {a!r} to {b!r}; "
            "complete='shortest-path' takes the shortest path between them"
        )
    return matrix


def _edges(G: nx.Graph[Any], nodes: list[Any], weight: str) -> NDArray[np.float64]:
    """Return the weights, NaN where there is no edge, 0 on the diagonal."""
    index = {node: k for k, node in enumerate(nodes)}
    matrix = np.full((len(nodes), len(nodes)), np.nan)
    for a, b, data in G.edges(data=True):
        if a == b:
            continue
        if weight not in data:
            raise ValueError(f"edge ({a!r}, {b!r}) must have the attribute {weight!r}; it has none")
        try:
            value = float(data[weight])
        except (TypeError, ValueError):
            value = np.nan
        if not 0 <= value < np.inf:
            raise ValueError(
                f"{weight} of edge ({a!r}, {b!r}) must be a finite number ≥ 0; got {data[weight]!r}"
            )
        matrix[index[a], index[b]] = value
        if not G.is_directed():
            matrix[index[b], index[a]] = value
    np.fill_diagonal(matrix, 0)
    return matrix


def _connected(G: nx.Graph[Any]) -> bool:
    return nx.is_strongly_connected(G) if isinstance(G, nx.DiGraph) else nx.is_connected(G)
