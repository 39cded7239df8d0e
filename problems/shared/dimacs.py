"""Graphs in files: DIMACS, lists of edges, rudy, MatrixMarket."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from problems.shared.files import check_size
from problems.shared.graphs import Ends, Floats, GraphFile, read_rudy
from problems.shared.matrix_market import is_matrix, read_matrix
from problems.shared.text import rows

WEIGHT = re.compile(r"'weight': ([^,}\s]+)")
DESCRIPTORS = ("n", "d", "v", "x")
MOST_NODES = 10**6
SPARSE = 2


def read_graph(text: str, name: str) -> GraphFile:
    r"""Read a graph in one of four formats.

    - DIMACS: a line ``p edge NODES EDGES`` and lines ``e I J``, nodes from 1; descriptors of nodes
      are passed over. The binary form is unpacked by `text.decoded`.
    - Lists of edges: lines ``I J [WEIGHT]``, with or without commas, or networkx's
      ``I J {'weight': WEIGHT}``; nodes from 1, or from 0 where there is a node 0. A
      number that is left out is a node without edges, unless most are: then there are just the
      nodes that occur.
    - Rudy, as the Gset's: a first line ``NODES EDGES`` before exactly so many lines
      ``I J [WEIGHT]``.
    - MatrixMarket: a symmetric matrix of weights.

    Edges may be listed in both directions, and a node's edge to itself is kept. Lines that begin
    with ``c``, ``#`` or ``%`` are comments.

    Parameters
    ----------
    text : str
    name : str
        Of the file, for messages.

    Returns
    -------
    size, ends, weights, labels
        The nodes counted from 0, each edge once, and the nodes' numbers in the file.

    Raises
    ------
    ValueError
        Naming the line that is at fault, or the number of edges that a header promises.

    Examples
    --------
    >>> read_graph("c two edges\np edge 3 2\ne 1 2\ne 3 2\n", "path")[:3]
    (3, (array([0, 1]), array([1, 2])), array([1., 1.]))
    >>> read_graph("2 0\n0 1\n", "from zero").labels
    range(0, 3)
    """
    if is_matrix(text):
        return _from_matrix(text, name)
    split = ((k, _words(line)) for k, line in rows(text))
    lines = [(k, words) for k, words in split if words[0] not in DESCRIPTORS]
    if not lines:
        raise ValueError(f"{name}: expected a graph; got an empty file")
    if is_rudy([words for _, words in lines]):
        return _each_once(read_rudy(text.replace(",", " "), name))
    headers = [(k, words) for k, words in lines if words[0] == "p"]
    edges = [_edge(words, name, k) for k, words in lines if words[0] != "p"]
    table = np.array(edges, dtype=float).reshape(-1, 3)
    ends = table[:, :2].T.astype(np.intp)
    if not headers:
        labels = _nodes(ends, name)
        low = np.searchsorted(np.asarray(labels), ends)
        return _each_once(GraphFile(len(labels), (low[0], low[1]), table[:, 2], labels))
    size, count = _header(headers, name)
    if ends.size and (ends.min() < 1 or ends.max() > size):
        got = f"{ends.min()} … {ends.max()}"
        raise ValueError(f"{name}: expected nodes in 1 … {size}; got {got}")
    graph = GraphFile(size, (ends[0] - 1, ends[1] - 1), table[:, 2], range(1, size + 1))
    result = _each_once(graph)
    distinct = len(result.weights)
    if len(edges) < count and count not in (distinct, 2 * distinct):
        raise ValueError(f"{name}: expected {count} edges; got {len(edges)}")
    return result


def _words(line: str) -> list[str]:
    """Return what parts of a line say: of networkx's attributes, the weight."""
    edge, _, attributes = line.partition("{")
    weight = WEIGHT.search(attributes)
    return [*edge.replace(",", " ").split(), *([weight[1]] if weight else [])] or [line]


def is_rudy(lines: list[list[str]]) -> bool:
    """Whether the first line counts nodes and the lines that follow."""
    first, *rest = lines
    if len(first) != 2 or not all(word.isdecimal() for word in first):
        return False
    if rest and len(rest[-1]) == 3:
        return True
    words = (word for row in rest for word in row)
    nodes = int(first[0])
    return int(first[1]) == len(rest) and all(w.isdecimal() and int(w) <= nodes for w in words)


def _nodes(ends: NDArray[np.intp], name: str) -> Sequence[int]:
    """Return the numbers of the nodes of a list of edges."""
    known = np.unique(ends)
    first, last = min(1, int(known[0])), int(known[-1])
    if first < 0:
        raise ValueError(f"{name}: expected nodes from 0 or from 1; got {first}")
    if last - first + 1 > SPARSE * known.size:
        return [int(node) for node in known]
    return range(first, last + 1)


def _header(headers: list[tuple[int, list[str]]], name: str) -> tuple[int, int]:
    k, words = headers[0]
    try:
        size, count = map(int, words[2:4])
    except ValueError:
        size, count = -1, 0
    check_size(size, "node", MOST_NODES, f"{name}, line {k}")
    if not 1 <= size <= MOST_NODES or count < 0:
        got = " ".join(words)
        raise ValueError(f"{name}, line {k}: expected 'p edge NODES EDGES'; got {got!r}")
    return size, count


def _edge(words: list[str], name: str, k: int) -> tuple[int, int, float]:
    numbers = words[1:] if words[0] in ("e", "a") else words
    i = j = 0
    try:
        i, j = int(numbers[0]), int(numbers[1])
        weight = float(numbers[2]) if len(numbers) > 2 else 1.0
    except (ValueError, IndexError):
        weight = math.nan
    if len(numbers) > 3 or not math.isfinite(weight) or not max(abs(i), abs(j)) < 2**53:
        got = " ".join(words)[:60]
        raise ValueError(f"{name}, line {k}: expected an edge, two nodes; got {got!r}")
    return i, j, weight


def _from_matrix(text: str, name: str) -> GraphFile:
    A = read_matrix(text, name)
    if (abs(A - A.T) > 0).nnz:
        raise ValueError(f"{name}: expected a symmetric matrix of weights; got another")
    upper = sparse.coo_array(sparse.triu(A))
    ends: Ends = (upper.coords[0].astype(np.intp), upper.coords[1].astype(np.intp))
    return GraphFile(A.shape[0], ends, upper.data, range(1, A.shape[0] + 1))


def _each_once(graph: GraphFile) -> GraphFile:
    """Return the edges, each pair of nodes once."""
    low, high = np.minimum(*graph.ends), np.maximum(*graph.ends)
    _, kept = np.unique(low * graph.size + high, return_index=True)
    weights: Floats = graph.weights[kept]
    return graph._replace(ends=(low[kept], high[kept]), weights=weights)
