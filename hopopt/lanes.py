"""Lanes: many copies of an Ising network, swept unit after unit by its colour classes.

The units of a colour class do not feel each other, so that moving them together is the same as
one after another. One product of a block of couplings with all the lanes moves a class.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, connected_components

from hopopt.ising import IsingEnergy
from hopopt.lagrangian import Array

LANES = 32
POOL = 65_536
DENSE = 0.25
TIE = 1e-6


def colour_classes(J: Any) -> list[Array]:
    """Return classes of spins such that no two of a class are coupled, by greedy colouring.

    Bipartite couplings get their two classes; others are coloured largest degree first.

    Examples
    --------
    >>> import numpy as np
    >>> [list(map(int, c)) for c in colour_classes(np.diag([1.0, 1.0, 1.0], 1) + np.eye(4, k=-1))]
    [[0, 2], [1, 3]]
    """
    graph = sparse.csr_array(J)
    colours = _two_colours(graph)
    if colours is None:
        colours = _greedy_colours(graph)
    order = np.argsort(colours, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(colours[order])) + 1)


def _two_colours(graph: Any) -> Array | None:
    """Return the sides of a bipartite graph, None where it is not bipartite."""
    size = graph.shape[0]
    count, labels = connected_components(graph, directed=False)
    roots = np.unique(labels, return_index=True)[1]
    hub = sparse.csr_array((np.ones(count), (np.full(count, size), roots)), (size + 1, size + 1))
    rooted = hub + _grown(graph)
    order, parents = breadth_first_order(rooted, size, directed=False)
    depth = np.zeros(size + 1, dtype=np.intp)
    for node in order[1:]:
        depth[node] = depth[parents[node]] + 1
    sides = depth[:size] % 2
    rows = np.repeat(np.arange(size), np.diff(graph.indptr))
    return None if np.any(sides[rows] == sides[graph.indices]) else 1 - sides


def _grown(graph: Any) -> Any:
    """Return the pattern of a graph with a row and a column of zeros more."""
    size = graph.shape[0]
    indptr = np.append(graph.indptr, graph.indptr[-1])
    ones = np.ones(len(graph.indices))
    return sparse.csr_array((ones, graph.indices, indptr), shape=(size + 1, size + 1))


def _greedy_colours(graph: Any) -> Array:
    indptr, indices = graph.indptr.tolist(), graph.indices.tolist()
    colours = [-1] * graph.shape[0]
    for i in np.argsort(-np.diff(graph.indptr), kind="stable").tolist():
        taken = {colours[j] for j in indices[indptr[i] : indptr[i + 1]]}
        colour = 0
        while colour in taken:
            colour += 1
        colours[i] = colour
    return np.array(colours)


class Lanes:
    """An Ising energy made ready for sweeps over (N, B) lanes, in single precision.

    Parameters
    ----------
    energy : IsingEnergy

    Attributes
    ----------
    order : array of int
        The spins in the order in which a sweep visits them; states keep the energy's own order
        outside, and this one inside.
    scale : float
        ρ, the unit in which temperatures and noise are measured; couplings are divided by it.
    """

    def __init__(self, energy: IsingEnergy) -> None:
        self.energy, self.scale, self.size = energy, energy.scale, energy.size
        J = energy.J / self.scale
        classes = self._classes(J)
        self.order = np.concatenate([np.zeros(0, dtype=np.intp), *classes])
        self.h = (energy.h / self.scale)[self.order].astype(np.float32)[:, None]
        self.J = J[self.order][:, self.order].astype(np.float32)
        ends = np.cumsum([0, *map(len, classes)])
        self.blocks = [(slice(a, b), self.J[a:b]) for a, b in pairwise(ends.tolist())]
        self.fielded = bool(self.h.any())

    def _classes(self, J: Any) -> Sequence[Array]:
        count = np.count_nonzero(J) if isinstance(J, np.ndarray) else J.nnz
        if count > DENSE * max(1, self.size) ** 2:
            return [np.array([i]) for i in range(self.size)]
        return colour_classes(J)

    def sweep(self, v: Array, noise: Array, T: float) -> None:
        """Move every unit once, v ← clip((Jv + h + noise)/T, −1, 1), in place.

        Parameters
        ----------
        v, noise : float32 arrays, shape (N, B)
            In visiting order.
        T : float
            In units of `scale`.
        """
        gain = np.float32(1 / T)
        for rows, block in self.blocks:
            field = block @ v
            field += noise[rows]
            if self.fielded:
                field += self.h[rows]
            field *= gain
            np.clip(field, -1, 1, out=v[rows])

    def descend(self, s: Array) -> None:
        """Flip single spins of every lane, in place, until no flip lowers its energy."""
        moved = True
        while moved:
            moved = False
            for rows, block in self.blocks:
                field = block @ s
                if self.fielded:
                    field += self.h[rows]
                wrong = field * s[rows] < -TIE
                if wrong.any():
                    moved = True
                    s[rows][wrong] *= -1

    def energies(self, s: Array) -> Array:
        """Return the energy of every lane, in the energy's own units and double precision."""
        outside = np.empty(s.shape)
        outside[self.order] = s
        return self.energy.value(outside.T)
