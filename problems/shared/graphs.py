"""Graphs as arrays: networkx graphs, and files of edges."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from problems.shared.files import check_size, numbers
from problems.shared.text import rows
from problems.shared.whole import refuse_large

Floats = NDArray[np.float64]
Ends = tuple[NDArray[np.intp], NDArray[np.intp]]
Weight = str | Callable[[Any, Any, dict[str, Any]], Any] | None

MOST_NODES = 10**6


def edges_of(G: nx.Graph[Any], weight: Weight = "weight") -> tuple[list[Any], Ends, Floats]:
    """Return the nodes of an undirected graph, the ends of its edges, and their weights.

    Parameters
    ----------
    G : networkx.Graph or networkx.MultiGraph
    weight : str, callable or None, default "weight"
        See `weights_of`.

    Raises
    ------
    TypeError
        Where G is not a networkx graph.
    ValueError
        Where it is directed or empty, or a weight is not a finite number; the message names it.
    """
    if not isinstance(G, nx.Graph):
        raise TypeError(f"G must be a networkx graph; got {type(G).__name__}")
    if G.is_directed():
        raise ValueError("G must be undirected; got a directed graph: G.to_undirected() makes one")
    nodes = list(G)
    if not nodes:
        raise ValueError("G must have at least one node; got an empty graph")
    index = {node: k for k, node in enumerate(nodes)}
    edges = list(weights_of(G, weight))
    refuse_large([value for _, _, value in edges], _named(weight))
    table = np.array([(index[a], index[b], value) for a, b, value in edges], dtype=float)
    i, j = table.reshape(-1, 3)[:, :2].T.astype(np.intp)
    return nodes, (i, j), table.reshape(-1, 3)[:, 2]


def weights_of(
    G: nx.Graph[Any], weight: Weight, missing: bool = False
) -> Iterator[tuple[Any, Any, float]]:
    """Yield the edges of a graph with their weights, as networkx's functions understand them.

    Parameters
    ----------
    G : networkx graph of any kind
    weight : str, callable or None
        The name of an edge attribute: an edge without it weighs 1. None: all edges weigh 1. Or
        ``weight(u, v, attributes)``, which gives a number, or None where there is no edge.
    missing : bool, default False
        Whether an infinite weight stands for no edge, too.

    Raises
    ------
    ValueError
        Where a weight is not a finite number; the message names the edge.
    """
    if not isinstance(weight, Hashable):
        raise TypeError(
            f"weight must be an edge attribute's name, a function or None; got {weight!r}"
        )
    for a, b, data in G.edges(data=True):
        value = weight(a, b, data) if callable(weight) else data.get(weight or "", 1)
        if value is None and callable(weight):
            continue
        try:
            size = float(value)
        except (TypeError, ValueError, OverflowError):
            size = np.nan
        if missing and size == np.inf:
            continue
        if not np.isfinite(size):
            ends = f"({a!r}, {b!r})"
            raise ValueError(
                f"{_named(weight)} of edge {ends} must be a finite number; got {value!r}"
            )
        yield a, b, value if isinstance(value, int) else float(value)


def _named(weight: Weight) -> str:
    return weight if isinstance(weight, str) else "weight"


def positions_of(G: nx.Graph[Any], nodes: Iterable[Any]) -> Floats | None:
    """Return the nodes' `pos` attributes as points, where every one is two numbers or more.

    The attribute is for pictures alone: what other tools keep under this name does no harm.
    """
    found = [_point(G.nodes[node].get("pos")) for node in nodes]
    return np.array(found) if found and None not in found else None


def _point(value: Any) -> tuple[float, float] | None:
    if isinstance(value, str | bytes):
        return None
    try:
        x, y = (float(part) for part in list(value)[:2])
    except (TypeError, ValueError, OverflowError):
        return None
    return (x, y) if np.isfinite(x) and np.isfinite(y) else None


class GraphFile(NamedTuple):
    """A graph that was read: its nodes counted from 0, and the names that the file has for them."""

    size: int
    ends: Ends
    weights: Floats
    labels: Sequence[int]


def read_rudy(text: str, name: str) -> GraphFile:
    r"""Read the rudy format of the Gset: ``n m``, then m lines ``i j [weight]``.

    Parameters
    ----------
    text : str
        Its nodes are 1 … n, or 0 … n − 1.
    name : str
        Of the file, for messages.

    Returns
    -------
    size, ends, weights, labels
        The nodes counted from 0; a weight that is left out is 1.

    Raises
    ------
    ValueError
        Where the text is empty, truncated, or something else; the message names the line.

    Examples
    --------
    >>> read_rudy("3 2\n1 2 1\n2 3 -1\n", "path")[:3]
    (3, (array([0, 1]), array([1, 2])), array([ 1., -1.]))
    """
    lines = list(rows(text))
    if not lines:
        raise ValueError(f"{name}: expected a graph in rudy's format; got an empty file")
    first, header = lines[0]
    n, m = numbers(" ".join(header.split()[:2]), 2, f"{name}, line {first}")
    check_size(n, "node", MOST_NODES, f"{name}, line {first}")
    if n != int(n) or m != int(m) or not 1 <= n <= MOST_NODES or m < 0:
        raise ValueError(
            f"{name}, line {first}: expected the numbers of nodes and edges; got {header!r}"
        )
    if len(lines) - 1 != m:
        raise ValueError(f"{name}: expected {m:.0f} edges; got {len(lines) - 1}")
    table, least = triples(lines[1:], int(n), name)
    i, j = (table[:, :2].T - least).astype(np.intp)
    return GraphFile(int(n), (i, j), table[:, 2], range(least, least + int(n)))


def triples(lines: Sequence[tuple[int, str]], n: int, name: str) -> tuple[Floats, int]:
    """Return lines ``i j [value]`` as a table, a value that is left out as 1, and the first number.

    The numbers i and j are 1 … n, or, where 0 is among them, 0 … n − 1.
    """
    table = np.ones((len(lines), 3))
    for row, (k, line) in enumerate(lines):
        count = 2 if len(line.split()) == 2 else 3
        table[row, :count] = numbers(line, count, f"{name}, line {k}")
    ends = table[:, :2]
    first = 0 if ends.size and ends.min() == 0 else 1
    bad = ((ends < first) | (ends >= first + n) | (ends != np.floor(ends))).any(axis=1)
    for row in np.flatnonzero(bad)[:1]:
        k, line = lines[row]
        raise ValueError(
            f"{name}, line {k}: expected two nodes in {first} … {first + n - 1}; got {line!r}"
        )
    return table, first
