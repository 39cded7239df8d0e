"""METIS' files: graphs by the neighbours of each node, and the classes of a partition."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from problems.shared.files import check_size, numbers
from problems.shared.graphs import MOST_NODES, GraphFile

FORMATS = ("0", "1", "10", "11", "100", "101", "110", "111")


def read_metis(text: str, name: str) -> GraphFile:
    r"""Read METIS' and Chaco's format: a header ``n m [fmt [ncon]]``, then a line for each node.

    A node's line lists its neighbours, counted from 1, each followed by the edge's weight where the
    last digit of fmt is 1. Nodes' own weights (the digit before) and sizes (the first) have to be
    alike, for classes are balanced by numbers here. A line that begins with ``%`` is a comment; an
    empty one is a node without neighbours.

    Parameters
    ----------
    text : str
    name : str
        Of the file, for messages.

    Returns
    -------
    GraphFile

    Raises
    ------
    ValueError
        Naming the line that is at fault, or the number of edges that the header promises.

    Examples
    --------
    >>> read_metis("3 2 1\n2 5\n1 5 3 7\n2 7\n", "path")[:3]
    (3, (array([0, 1]), array([1, 2])), array([5., 7.]))
    """
    lines = _lines(text)
    header, where = next(((w, k) for k, w in lines if w), ([], 1))
    place = f"{name}, line {where}"
    if not header:
        raise ValueError(f"{name}: expected a graph in METIS' format; got an empty file")
    if not 2 <= len(header) <= 4:
        raise ValueError(f"{place}: expected 'nodes edges [format [weights]]'; got {header}")
    count, edges = numbers(" ".join(header[:2]), 2, place)
    check_size(count, "node", MOST_NODES, place)
    form = (header[2] if len(header) > 2 else "0").lstrip("0") or "0"
    own_weights = header[3] if len(header) > 3 else form.zfill(3)[1]
    whole = count == int(count) and edges == int(edges) >= 0 and own_weights.isdecimal()
    if form not in FORMATS or not whole or not 1 <= count <= MOST_NODES:
        raise ValueError(f"{place}: expected nodes, edges and a format such as 011; got {header}")
    form, count, edges = form.zfill(3), int(count), int(edges)
    own = int(form[0]) + int(own_weights)
    weighted = form[2] == "1"
    rows = [[i, *pair] for i, pair in _neighbours(lines, name, count, own, weighted)]
    table = np.array(rows, dtype=float).reshape(-1, 3)
    i, j, w = table[:, 0].astype(np.intp), table[:, 1].astype(np.intp), table[:, 2]
    first = i < j
    forth, back = np.lexsort((j[first], i[first])), np.lexsort((i[~first], j[~first]))
    a, b = (i[first][forth], j[first][forth]), (j[~first][back], i[~first][back])
    same = len(forth) == len(back) and all(map(np.array_equal, a, b))
    if not same or not np.array_equal(w[first][forth], w[~first][back]):
        raise ValueError(f"{name}: expected every edge at both of its ends; got some at one only")
    if len(forth) != edges:
        raise ValueError(f"{name}: expected {edges} edges; got {len(forth)}")
    return GraphFile(count, a, w[first][forth], range(1, count + 1))


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    for k, line in enumerate(text.splitlines(), 1):
        if not line.lstrip().startswith("%"):
            yield k, line.split()


def _neighbours(
    lines: Iterator[tuple[int, list[str]]], name: str, count: int, own: int, weighted: bool
) -> Iterator[tuple[int, tuple[int, float]]]:
    """Yield (node, (neighbour, weight)), or refuse a line."""
    alike: list[float] | None = None
    for node in range(count):
        k, words = next(lines, (0, []))
        if not k and node < count - 1:
            raise ValueError(f"{name}: expected a line for each of {count} nodes; got {node}")
        place = f"{name}, line {k}"
        values = numbers(" ".join(words), len(words), place)
        alike = values[:own] if alike is None else alike
        if values[:own] != alike:
            raise ValueError(f"{place}: expected nodes of one weight; got {values[:own]}, {alike}")
        ends = values[own :: 2 if weighted else 1]
        weights = values[own + 1 :: 2] if weighted else [1.0] * len(ends)
        if len(ends) != len(weights):
            raise ValueError(f"{place}: expected a weight after each neighbour; got {len(values)}")
        for end, weight in zip(ends, weights, strict=True):
            if end != int(end) or not 1 <= end <= count or end == node + 1:
                got = (
                    f"{end:g}" if end != node + 1 else "a self-loop, which the format does not have"
                )
                raise ValueError(f"{place}: expected other nodes of 1 … {count}; got {got}")
            yield node, (int(end) - 1, weight)
