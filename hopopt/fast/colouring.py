"""Colour classes of a sparse matrix: sets of units that do not feel each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, connected_components

from hopopt.core.lagrangian import Array


def colour_classes(J: Any) -> list[Array]:
    """Return classes of units such that no two of a class are coupled.

    Bipartite couplings get two classes; others are coloured greedily, largest degree first.

    Parameters
    ----------
    J : sparse array or array, shape (N, N)
        Symmetric, with zero diagonal.

    Examples
    --------
    >>> import numpy as np
    >>> chain = np.eye(4, k=1) + np.eye(4, k=-1)
    >>> [c.tolist() for c in colour_classes(chain)]
    [[0, 2], [1, 3]]
    """
    graph = sparse.csr_array(J)
    colours = _two_colours(graph)
    if colours is None:
        colours = _greedy_colours(graph)
    order = np.argsort(colours, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(colours[order])) + 1)


def _two_colours(graph: sparse.csr_array[Any]) -> Array | None:
    """Return the sides of a bipartite graph, None where it is not bipartite."""
    size = graph.shape[0]
    _, labels = connected_components(graph, directed=False)
    roots = np.unique(labels, return_index=True)[1]
    _, parents = breadth_first_order(_with_hub(graph, roots), size, directed=False)
    above, odd = np.where(parents < 0, size, parents), np.arange(size + 1) != size
    while np.any(above != size):  # twice as far up in every round
        odd, above = odd ^ odd[above], above[above]
    sides = (odd[:size] + 1) % 2
    rows = np.repeat(np.arange(size), np.diff(graph.indptr))
    return None if np.any(sides[rows] == sides[graph.indices]) else sides


def _with_hub(graph: sparse.csr_array[Any], roots: Array) -> sparse.csr_array[Any]:
    """Return the pattern of a graph with one node more, joined to the roots."""
    size = graph.shape[0]
    indptr = np.append(graph.indptr, graph.indptr[-1] + len(roots))
    indices = np.concatenate([graph.indices, roots])
    return sparse.csr_array((np.ones(len(indices)), indices, indptr), (size + 1, size + 1))


def _greedy_colours(graph: sparse.csr_array[Any]) -> Array:
    indptr, indices = graph.indptr.tolist(), graph.indices.tolist()
    colours = [-1] * graph.shape[0]
    for i in np.argsort(-np.diff(graph.indptr), kind="stable").tolist():
        taken = {colours[j] for j in indices[indptr[i] : indptr[i + 1]]}
        colour = 0
        while colour in taken:
            colour += 1
        colours[i] = colour
    return np.array(colours)
