"""Graphs in files: DIMACS, bare lists of edges, rudy."""

from __future__ import annotations

import numpy as np

from problems.shared.graphs import Ends, Floats, read_rudy

DESCRIPTORS = ("c", "n", "d", "v", "x")
MOST_NODES = 10**6


def read_graph(text: str, name: str) -> tuple[int, Ends, Floats]:
    r"""Read a graph in one of three formats; its nodes are counted from 1.

    DIMACS: a line ``p edge NODES EDGES`` and lines ``e I J``; comments and descriptors of nodes are
    passed over. Lists of edges: lines ``I J``, the largest number being how many nodes there are.
    Rudy, as the Gset's: a first line ``NODES EDGES`` before exactly so many lines
    ``I J [WEIGHT]``. Edges may be listed in both directions; loops are left out.

    Parameters
    ----------
    text : str
    name : str
        Of the file, for messages.

    Returns
    -------
    size, ends, weights
        The nodes counted from 0, each edge once.

    Raises
    ------
    ValueError
        Naming the line that is at fault, or the number of edges that a header promises.

    Examples
    --------
    >>> read_graph("c two edges\np edge 3 2\ne 1 2\ne 3 2\n", "path")
    (3, (array([0, 1]), array([1, 2])), array([1., 1.]))
    >>> read_graph("2 1\n3 1\n", "star")[0]
    3
    """
    lines = [(k, line.split()) for k, line in enumerate(text.splitlines(), 1)]
    rows = [(k, words) for k, words in lines if words and words[0] not in DESCRIPTORS]
    if not rows:
        raise ValueError(f"{name}: expected a graph; got no line with nodes or edges")
    if _is_rudy([words for _, words in rows]):
        size, ends, weights = read_rudy("\n".join(" ".join(words) for _, words in rows), name)
        return _each_once(size, ends, weights)
    headers = [(k, words) for k, words in rows if words[0] == "p"]
    pairs = [_pair(words, f"{name}, line {k}") for k, words in rows if words[0] != "p"]
    ends_ = np.array(pairs, dtype=np.intp).reshape(-1, 2).T - 1
    size, count = _header(headers, f"{name}") if headers else (int(ends_.max()) + 1, None)
    if ends_.size and (ends_.min() < 0 or ends_.max() >= size):
        found = f"{ends_.min() + 1} … {ends_.max() + 1}"
        raise ValueError(f"{name}: expected nodes in 1 … {size}; got {found}")
    result = _each_once(size, (ends_[0], ends_[1]), np.ones(len(pairs)))
    distinct = len(result[2])
    if count is not None and len(pairs) < count and count not in (distinct, 2 * distinct):
        raise ValueError(f"{name}: expected {count} edges; got {len(pairs)}")
    return result


def _is_rudy(rows: list[list[str]]) -> bool:
    """Whether the first line counts nodes and the lines that follow."""
    first, *rest = rows
    if len(first) < 2 or not all(word.isdecimal() for word in first[:2]):
        return False
    if rest and len(rest[-1]) == 3:
        return True
    words = (word for row in rest for word in row)
    nodes = int(first[0])
    return int(first[1]) == len(rest) and all(w.isdecimal() and int(w) <= nodes for w in words)


def _header(headers: list[tuple[int, list[str]]], name: str) -> tuple[int, int]:
    k, words = headers[0]
    try:
        size, count = map(int, words[2:4])
    except ValueError:
        size, count = 0, 0
    if not 1 <= size <= MOST_NODES or count < 0:
        got = " ".join(words)
        raise ValueError(f"{name}, line {k}: expected 'p edge NODES EDGES'; got {got!r}")
    return size, count


def _pair(words: list[str], where: str) -> tuple[int, int]:
    try:
        i, j = map(int, words[1:] if words[0] == "e" else words)
    except ValueError:
        got = " ".join(words)[:60]
        raise ValueError(f"{where}: expected an edge, two nodes; got {got!r}") from None
    return i, j


def _each_once(size: int, ends: Ends, weights: Floats) -> tuple[int, Ends, Floats]:
    """Return the edges without loops, and each pair of nodes once."""
    low, high = np.minimum(*ends), np.maximum(*ends)
    _, first = np.unique(low * size + high, return_index=True)
    kept = first[low[first] != high[first]]
    return size, (low[kept], high[kept]), weights[kept]
