"""What the problems on undirected graphs have in common."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from hopopt import Problem, Violation
from hopopt.core import checked, numbers
from problems.shared import files
from problems.shared.dimacs import read_graph
from problems.shared.frames import lone_triangle, unframed
from problems.shared.graphs import Ends, Weight, edges_of, positions_of
from problems.shared.labels import check_labels, recalled
from problems.shared.metis import read_metis
from problems.shared.whole import refuse_large

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

BUILT_IN: Mapping[str, str] = {
    "petersen": "the Petersen graph: 10 nodes, 15 edges",
    "karate": "Zachary's karate club: 34 nodes, 78 edges",
    "queenN": "the queen's moves on an N×N board, as queen8; N from 2 to 30",
    "grid-R-C": "a grid of R rows and C columns, as grid-6-8",
    "random-N": "N nodes, an edge with probability ½; random-N-SEED for another seed than 0",
}

SUFFIXES = (".col", ".clq", ".mis", ".txt", ".rud", ".mtx", ".edges", ".graph")
_MOST_NODES = 20_000
_QUEEN = re.compile(r"queen([1-9][0-9]?)")
_GRID = re.compile(r"grid-([1-9][0-9]{0,3})-([1-9][0-9]{0,3})")
_RANDOM = re.compile(r"random-([1-9][0-9]{0,5})(?:-([0-9]{1,9}))?")


class GraphProblem(Problem):
    """A problem on an undirected graph; its solutions name the graph's nodes.

    Parameters
    ----------
    adjacency : array_like, frame or sparse, shape (n, n)
        Symmetric edge weights, 0 for no edge; what is on the diagonal is a self-loop. The names of
        a pandas frame's rows are the labels.
    labels : sequence of hashable, optional
        The nodes' names, all different; 0 … n − 1 by default.
    points : array, shape (n, 2), optional
        Where to draw the nodes; by default they are laid out when drawn.
    instance : str, optional
    optimum : float, optional
        The optimal cost, where it is known.

    Attributes
    ----------
    loops : array of bool, shape (n,)
        Which nodes have an edge to themselves, which is in no other place.

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
        adjacency, names = unframed(adjacency, "adjacency")
        self.adjacency, self.loops = _adjacency(adjacency, self.weighted)
        self.labels = check_labels(names if labels is None else labels, self.size, "nodes")
        self.index = {label: k for k, label in enumerate(self.labels)}
        self.points = None if points is None else numbers(points, "points").astype(float)
        self.instance, self.optimum = instance or self.name, optimum

    @classmethod
    def from_graph(cls, G: nx.Graph[Any], weight: Weight = "weight", **options: Any) -> Self:
        """Build from a networkx Graph; parallel edges add up.

        Parameters
        ----------
        G : networkx.Graph
            Undirected. The attributes `pos` of all nodes say where to draw them.
        weight : str, callable or None, default "weight"
            See `weights_of`; only weighted problems look at it.
        **options
            As for the class.
        """
        nodes, (i, j), weights = edges_of(G, weight if cls.weighted else None)
        matrix = symmetric(len(nodes), (i, j), weights)
        options.setdefault("points", positions_of(G, nodes))
        return cls(matrix, labels=nodes, **options)

    @classmethod
    def load(cls, source: str, data: str | PathLike[str] | None = None) -> Self:
        """Load a built-in graph, a file of a graph (`dimacs.read_graph`), or a name."""
        return cls._loaded(source, data)

    @classmethod
    def _loaded(cls, source: str, data: str | PathLike[str] | None, **options: Any) -> Self:
        """Load an instance with options of the class: what a `load` with settings calls."""
        G = built_in(source)
        if G is not None:
            return cls.from_graph(G, instance=source, **options)
        found = files.find(source, data, (*cls.suffixes, *SUFFIXES))
        read = read_metis if found.suffix == ".graph" else read_graph
        size, ends, weights, nodes = read(found.text, found.label)
        matrix = symmetric(size, ends, weights)
        best = found.best if found.suffix in cls.suffixes else None
        return cls(matrix, labels=nodes, instance=found.name, optimum=best, **options)

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

    def adopt(self, x: Any) -> Any:
        """Return nodes, or what nodes are mapped to, from sets and from what JSON tells."""
        if isinstance(x, Mapping):
            return dict(zip(recalled(self.labels, x), x.values(), strict=True))
        return x if isinstance(x, np.ndarray) else recalled(self.labels, x)

    def edges(self) -> tuple[Integers, Integers, Floats]:
        """Return both ends and the weight of every edge, each once."""
        upper = sparse.coo_array(sparse.triu(self.adjacency, 1))
        return upper.row.astype(np.intp), upper.col.astype(np.intp), upper.data

    def picture(
        self,
        classes: Integers,
        cost: float,
        ax: Axes | None,
        bold: NDArray[np.bool_] | None = None,
        colours: Sequence[str] = (),
    ) -> Axes:
        """Draw the graph with its nodes in classes, some of its edges bold (`plot_graph`)."""
        from hopopt.plotting import caption
        from problems.shared.pictures import plot_graph

        title, points = caption(self, cost), self.points
        return plot_graph(
            self.edges()[:2],
            classes,
            ax,
            labels=self.labels,
            title=title,
            points=points,
            bold=bold,
            colours=colours,
        )

    def to_graph(self) -> nx.Graph[Any]:
        """Return the problem's graph, with `weight` on its edges and `pos` on its nodes."""
        G: nx.Graph[Any] = nx.empty_graph(list(self.labels))
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


def symmetric(size: int, ends: Ends, weights: Floats) -> sparse.csr_array[Any]:
    """Return the adjacency matrix of edges with these ends and weights, parallel ones added up."""
    i, j = ends
    off = i != j
    both = np.concatenate([i, j[off]]), np.concatenate([j, i[off]])
    return sparse.csr_array((np.concatenate([weights, weights[off]]), both), shape=(size, size))


def _adjacency(
    matrix: ArrayLike | sparse.sparray, weighted: bool
) -> tuple[sparse.csr_array[Any], NDArray[np.bool_]]:
    """Return a symmetric matrix without a diagonal, 1s where unweighted, and the self-loops."""
    if weighted:
        refuse_large(matrix, "adjacency")
    A = sparse.csr_array(checked(matrix, "adjacency", sums=True))
    if A.ndim != 2 or A.shape[0] != A.shape[1] or not A.shape[0]:
        raise ValueError(f"adjacency must be a square matrix of one node or more; got {A.shape}")
    if (abs(A - A.T) > 0).nnz:
        side = lone_triangle(A)
        hint = (
            f"its {side} triangle alone: A + A.T is the whole" if side else "a matrix that is not"
        )
        raise ValueError(f"adjacency must be symmetric; got {hint}")
    loops = A.diagonal() != 0
    A.setdiag(0)
    A.eliminate_zeros()
    A.sort_indices()
    if not weighted:
        A.data[:] = 1
    return A, loops


def built_in(name: str) -> nx.Graph[Any] | None:
    """Return the built-in graph of this name, or None if there is none.

    Examples
    --------
    >>> built_in("queen8").number_of_edges()
    728
    """
    G: nx.Graph[Any] | None = None
    if name == "petersen":
        G = nx.petersen_graph()
        angles = np.pi / 2 + 2 * np.pi * np.arange(10) / 5
        radii = np.repeat([2.0, 1.0], 5)
        _place(G, np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1))
    elif name == "karate":
        G = nx.karate_club_graph()
    elif match := _QUEEN.fullmatch(name):
        G = _queen(int(match[1]))
    elif match := _GRID.fullmatch(name):
        rows, cols = int(match[1]), int(match[2])
        _check_size(rows * cols)
        G = nx.grid_2d_graph(rows, cols)
        _place(G, np.array([(c, -r) for r, c in G], dtype=float))
        G = nx.relabel_nodes(G, {(r, c): f"{r + 1},{c + 1}" for r, c in G})
    elif match := _RANDOM.fullmatch(name):
        _check_size(int(match[1]))
        G = nx.gnp_random_graph(int(match[1]), 0.5, seed=int(match[2] or 0))
    return G


def _place(G: nx.Graph[Any], points: Floats) -> None:
    places = zip(G, map(tuple, points.tolist()), strict=True)
    nx.set_node_attributes(G, dict(places), "pos")


def _check_size(size: int) -> None:
    if size > _MOST_NODES:
        raise ValueError(f"source must have at most {_MOST_NODES} nodes; got {size}")


def _queen(n: int) -> nx.Graph[Any]:
    """Return the graph of a queen's moves: an edge between squares that see each other."""
    if not 2 <= n <= 30:
        raise ValueError(f"queenN needs N from 2 to 30; got {n}")
    row, col = np.divmod(np.arange(n * n), n)
    dr, dc = row[:, None] - row, col[:, None] - col
    sees = (dr == 0) | (dc == 0) | (np.abs(dr) == np.abs(dc))
    G: nx.Graph[Any] = nx.from_numpy_array(np.triu(sees, 1))
    _place(G, np.stack([col, -row], axis=1).astype(float))
    return G
