"""Colours of a graph's nodes: their conflicts as an energy, the greedy ones, and a bound."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hopopt import Energy, Kronecker
from hopopt.core import Array

Classes = NDArray[np.intp]


class Graph(Protocol):
    """What the methods see of a problem: a graph, and how many colours there are, if any number."""

    @property
    def adjacency(self) -> Any: ...

    @property
    def size(self) -> int: ...

    @property
    def colors(self) -> int | None: ...

    def edges(self) -> Any: ...

    def classes(self, x: Any) -> Classes: ...

    def solution(self, classes: Classes) -> Any: ...

    def decode(self, output: Array) -> Any: ...


def conflicts(adjacency: Any, k: int) -> Energy:
    """Return H(V) = ½·Σ_ij A_ij·Σ_c v_ic·v_jc on (n, k) outputs: the edges inside colours."""
    return Kronecker(adjacency, None, shape=(adjacency.shape[0], k))


def clashes(problem: Graph, classes: Classes) -> float:
    """Return how many edges join two nodes of one colour."""
    i, j, _ = problem.edges()
    return float(np.count_nonzero(classes[i] == classes[j]))


def one_hot(classes: Classes) -> NDArray[np.float64]:
    """Return the outputs V[node, colour] of a colouring."""
    return np.asarray(np.eye(int(classes.max()) + 1)[classes])


def first_come(classes: Classes) -> Classes:
    """Return colours numbered 0, 1, … in the order in which they first come."""
    _, first, inverse = np.unique(classes, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[inverse], dtype=np.intp)


def greedy(problem: Graph, rng: np.random.Generator) -> Classes:
    """Colour the nodes by falling degree, each with the first colour that no neighbour has.

    The largest-first greedy colouring (Welsh & Powell 1967), ties in a random order.
    """
    A = problem.adjacency
    classes = np.full(problem.size, -1, dtype=np.intp)
    for node in np.lexsort((rng.random(problem.size), -np.diff(A.indptr))):
        taken = set(classes[A.indices[A.indptr[node] : A.indptr[node + 1]]].tolist())
        classes[node] = next(c for c in range(problem.size) if c not in taken)
    return classes


def clique_bound(problem: Graph) -> int:
    """Return the size of a clique found greedily: fewer colours there cannot be."""
    A = problem.adjacency
    degree = np.diff(A.indptr)
    size, allowed = 0, np.ones(problem.size, dtype=bool)
    while allowed.any():
        node = int(np.where(allowed, degree, -1).argmax())
        near = np.zeros(problem.size, dtype=bool)
        near[A.indices[A.indptr[node] : A.indptr[node + 1]]] = True
        allowed &= near
        size += 1
    return size
