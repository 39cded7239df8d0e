"""Graphs as the catalogue's problems take them: networkx, matrices, DIMACS and rudy files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, ClassVar, NamedTuple, Self

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from hopopt import Problem, Violation
from problems.files import Text, read

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

BUILT_IN: Mapping[str, str] = {
    "petersen": "the Petersen graph: 10 nodes, 15 edges",
    "karate": "Zachary's karate club: 34 nodes, 78 edges",
    "queenN": "the queen's moves on an N×N board, as queen8; N from 2 to 30",
    "grid-R-C": "a grid of R rows and C columns, as grid-6-8",
    "random-N": "N nodes, an edge with probability ½; random-N-SEED for another seed than 0",
}

_MOST_NODES = 20_000
_QUEEN = re.compile(r"queen([1-9][0-9]?)")
_GRID = re.compile(r"grid-([1-9][0-9]{0,3})-([1-9][0-9]{0,3})")
_RANDOM = re.compile(r"random-([1-9][0-9]{0,5})(?:-([0-9]{1,9}))?")


class Edges(NamedTuple):
    """The edges of a file: how many nodes, both ends (from 0) and the weights."""

    n: int
    i: Integers
    j: Integers
    weight: Floats


class GraphProblem(Problem):
    """A problem on an undirected graph; its solutions name the graph's nodes.

    Parameters
    ----------
    adjacency : array_like or sparse, shape (n, n)
        Symmetric edge weights, 0 for no edge. The diagonal (self-loops) is ignored.
    labels : sequence of hashable, optional
        The nodes' names, all different; 0 … n − 1 by default.
    points : array, shape (n, 2), optional
        Where to draw the nodes; by default they are laid out when drawn.
    instance : str, optional
    optimum : float, optional
        The optimal cost, where it is known.

    Raises
    ------
    ValueError
        If there is no node, the matrix is not square, symmetric and finite, or labels repeat.
    """

    weighted: ClassVar[bool] = False

    def __init__(
        self,
        adjacency: ArrayLike | sparse.sparray,
        *,
        labels: Sequence[Hashable] | None = None,
        points: ArrayLike | None = None,
        instance: str | None = None,
        optimum: float | None = None,
    ) -> None:
        self.adjacency = _adjacency(adjacency, self.weighted)
        self.labels: Sequence[Hashable] = range(self.size) if labels is None else list(labels)
        self.index = _index(self.labels, self.size)
        self.points = None if points is None else np.asarray(points, dtype=float)
        self.instance, self.optimum = instance or self.name, optimum

    @classmethod
    def from_graph(cls, G: nx.Graph[Any], weight: str = "weight", **options: Any) -> Self:
        """Build from a networkx Graph; parallel edges add up, self-loops are ignored.

        Parameters
        ----------
        G : networkx.Graph
            Undirected. The attributes `pos` of all nodes say where to draw them.
        weight : str, default "weight"
            Edge attribute, 1 where an edge has none; only weighted problems look at it.
        **options
            As for the class.
        """
        if G.is_directed():
            raise ValueError("G must be undirected; got a directed graph: take G.to_undirected()")
        nodes = list(G)
        if not nodes:
            raise ValueError("G must have at least one node; got none")
        key = weight if cls.weighted else None
        matrix = nx.to_scipy_sparse_array(G, nodes, weight=key, dtype=float, format="csr")
        positions = [G.nodes[node].get("pos") for node in nodes]
        if all(p is not None and len(p) >= 2 for p in positions):
            options.setdefault("points", [tuple(p)[:2] for p in positions])
        return cls(matrix, labels=nodes, **options)

    @classmethod
    def load(cls, source: str, data: str | PathLike[str] | None = None) -> Self:
        """Load a built-in graph, a file in the DIMACS, edge-list or rudy format, or a name."""
        G = built_in(source)
        if G is not None:
            return cls.from_graph(G, instance=source)
        text = read(source, data, cls.suffixes, cls.instances())
        edges = read_edges(text)
        both = np.concatenate([edges.i, edges.j]), np.concatenate([edges.j, edges.i])
        weights = np.tile(edges.weight, 2)
        matrix = sparse.csr_array((weights, both), shape=(edges.n, edges.n))
        labels = range(1, edges.n + 1)
        return cls(matrix, labels=labels, instance=text.name, optimum=text.optimum())

    @classmethod
    def instances(cls) -> Mapping[str, str]:
        return BUILT_IN

    @classmethod
    def sample(cls) -> Self:
        return cls.load("petersen")

    @property
    def size(self) -> int:
        return int(self.adjacency.shape[0])

    def feasible(self, x: Any) -> bool:
        return not self.violations(x)

    def edges(self) -> tuple[Integers, Integers, Floats]:
        """Return both ends and the weight of every edge, each once."""
        upper = sparse.coo_array(sparse.triu(self.adjacency, 1))
        return upper.row.astype(np.intp), upper.col.astype(np.intp), upper.data

    def to_graph(self) -> nx.Graph[Any]:
        """Return the problem's graph, with `weight` on its edges and `pos` on its nodes."""
        G: nx.Graph[Any] = nx.Graph()
        G.add_nodes_from(self.labels)
        for a, b, w in zip(*(part.tolist() for part in self.edges()), strict=True):
            G.add_edge(self.labels[a], self.labels[b], weight=w)
        if self.points is not None:
            positions = zip(self.labels, map(tuple, self.points.tolist()), strict=True)
            nx.set_node_attributes(G, dict(positions), "pos")
        return G

    def unknown(self, nodes: Iterable[Hashable]) -> list[Violation]:
        """Return a violation for each label that is no node of the graph."""
        foreign = [node for node in nodes if node not in self.index]
        return [
            Violation(f"{node!r} is a node of the graph", 1, "leave it out") for node in foreign
        ]

    def __repr__(self) -> str:
        count = self.adjacency.nnz // 2
        return f"{type(self).__name__}({self.instance!r}, {self.size} nodes, {count} edges)"


def plain(label: Hashable) -> int | str:
    """Return a label as JSON takes it."""
    return label if isinstance(label, int | str) else str(label)


def _adjacency(matrix: ArrayLike | sparse.sparray, weighted: bool) -> sparse.csr_array[Any]:
    """Return a symmetric matrix without a diagonal, or refuse what is none; 1s where unweighted."""
    A = sparse.csr_array(matrix if sparse.issparse(matrix) else np.asarray(matrix, dtype=float))
    if A.ndim != 2 or A.shape[0] != A.shape[1] or not A.shape[0]:
        raise ValueError(f"adjacency must be a square matrix of one node or more; got {A.shape}")
    A = A.astype(float)
    if not np.all(np.isfinite(A.data)):
        raise ValueError("adjacency must be finite; got NaN or infinity")
    if (abs(A - A.T) > 0).nnz:
        raise ValueError("adjacency must be symmetric; got a matrix that is not")
    A.setdiag(0)
    A.eliminate_zeros()
    A.sort_indices()
    if not weighted:
        A.data[:] = 1
    return A


def _index(labels: Sequence[Hashable], n: int) -> dict[Hashable, int]:
    if len(labels) != n:
        raise ValueError(f"labels must name all {n} nodes; got {len(labels)}")
    index = {label: k for k, label in enumerate(labels)}
    if len(index) != n:
        twice = next(x for x, count in Counter(labels).items() if count > 1)
        raise ValueError(f"labels must all be different; got {twice!r} more than once")
    return index


def built_in(name: str) -> nx.Graph[Any] | None:
    """Return the built-in graph of this name, or None if there is none.

    Examples
    --------
    >>> built_in("queen8").number_of_edges()
    728
    """
    if name == "petersen":
        G = nx.petersen_graph()
        outer = nx.shell_layout(G, [range(5, 10), range(5)])
        nx.set_node_attributes(G, {v: tuple(p) for v, p in outer.items()}, "pos")
        return G
    if name == "karate":
        return nx.karate_club_graph()
    if match := _QUEEN.fullmatch(name):
        return _queen(int(match[1]))
    if match := _GRID.fullmatch(name):
        G = nx.grid_2d_graph(*_sizes(int(match[1]), int(match[2])))
        nx.set_node_attributes(G, {(r, c): (c, -r) for r, c in G}, "pos")
        return nx.relabel_nodes(G, {(r, c): f"{r},{c}" for r, c in G})
    if match := _RANDOM.fullmatch(name):
        n, seed = int(match[1]), int(match[2] or 0)
        return nx.gnp_random_graph(*_sizes(n)[:1], 0.5, seed=seed)
    return None


def _sizes(*sides: int) -> tuple[int, ...]:
    if np.prod(sides) > _MOST_NODES:
        raise ValueError(f"source must have at most {_MOST_NODES} nodes; got {np.prod(sides)}")
    return sides


def _queen(n: int) -> nx.Graph[Any]:
    """Return the graph of a queen's moves: an edge between squares that see each other."""
    if not 2 <= n <= 30:
        raise ValueError(f"queenN needs N from 2 to 30; got {n}")
    row, col = np.divmod(np.arange(n * n), n)
    dr, dc = row[:, None] - row, col[:, None] - col
    sees = (dr == 0) | (dc == 0) | (np.abs(dr) == np.abs(dc))
    G = nx.from_numpy_array(np.triu(sees, 1))
    nx.set_node_attributes(G, {k: (int(col[k]), -int(row[k])) for k in G}, "pos")
    return G


def read_edges(text: Text) -> Edges:
    """Read a graph in one of three formats, nodes counted from 1.

    DIMACS: a line ``p edge NODES EDGES`` and lines ``e I J``; comments are ``c …``. Edge lists:
    lines ``I J``, the largest number being how many nodes there are. Rudy (Gset): a first line
    ``NODES EDGES`` before exactly so many lines ``I J WEIGHT``, the weight 1 where it is left out.
    Edges may be listed in both directions; edges that are listed again do not add up.

    Raises
    ------
    InstanceError
        Naming the line that is at fault, or the edges that a header promises and that are missing.
    """
    rows: list[tuple[int, ...]] = []
    header: tuple[int, int] | None = None
    for number, line in enumerate(text.body.splitlines(), 1):
        words = line.split()
        if not words or words[0] in ("c", "n", "d", "v", "x"):
            continue
        if words[0] == "p":
            header = _header(text, words, number)
            continue
        try:
            row = tuple(map(int, words[1:] if words[0] == "e" else words))
        except ValueError:
            row = ()
        if len(row) not in (2, 3):
            raise text.error(f"two nodes and perhaps a weight; got {line.strip()[:60]!r}", number)
        rows.append(row)
    if header is None and len(rows) > 1 and len(rows[0]) == 2 and rows[0][1] == len(rows) - 1:
        header = rows[0][:2]  # type: ignore[assignment]
        rows = rows[1:]
    return _edges(text, header, rows)


def _header(text: Text, words: list[str], number: int) -> tuple[int, int]:
    try:
        n, m = map(int, words[2:4])
    except ValueError:
        n, m = 0, 0
    if n < 1 or m < 0:
        raise text.error("'p edge NODES EDGES'", number)
    return n, m


def _edges(text: Text, header: tuple[int, int] | None, rows: list[tuple[int, ...]]) -> Edges:
    if header is None and not rows:
        raise text.error("a graph's edges; got none")
    table = np.array([(*row, 1)[:3] for row in rows], dtype=np.int64).reshape(-1, 3)
    low = np.minimum(table[:, 0], table[:, 1]) - 1
    high = np.maximum(table[:, 0], table[:, 1]) - 1
    n = header[0] if header else int(high.max()) + 1
    if rows and (low.min() < 0 or high.max() >= n):
        raise text.error(f"nodes from 1 to {n}; got {low.min() + 1} … {high.max() + 1}")
    key, first = np.unique(low * n + high, return_index=True)
    if header and len(rows) < header[1] and header[1] not in (len(key), 2 * len(key)):
        raise text.error(f"{header[1]} edges, as the header says; got {len(rows)}")
    proper = first[low[first] != high[first]]
    return Edges(n, low[proper], high[proper], table[proper, 2].astype(float))
