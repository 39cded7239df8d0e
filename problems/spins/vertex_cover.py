"""Minimum vertex cover: as few nodes, or as light ones, as can be, one at least at every edge."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from typing import Any, ClassVar

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from hopopt import IsingEnergy, Method, Violation
from hopopt.solve import Sense
from problems.shared.one_call import solved
from problems.spins.independent_set import IndependentSet
from problems.spins.instance import Spins


class VertexCover(IndependentSet):
    """Choose as few nodes as possible so that every edge has one: all but an independent set.

    Build it from a matrix, `from_graph`, or `load`. A solution is the list of the chosen nodes. The
    network's spins are on for the nodes that are left out. A node with an edge to itself is always
    chosen.

    Examples
    --------
    >>> import networkx as nx
    >>> from hopopt import minimize
    >>> from problems.spins.vertex_cover import VertexCover
    >>> minimize(VertexCover.from_graph(nx.star_graph(4)), rng=0).x
    [0]
    """

    name: ClassVar[str] = "vertex-cover"
    sense: ClassVar[Sense] = "min"
    suffixes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, adjacency: Any, **options: Any) -> None:
        super().__init__(adjacency, **options)
        E, every = self.energy, float(self.weights.sum())
        self.energy = IsingEnergy(E.J, E.h, float(E.constant) + every)

    def decode(self, s: Spins) -> list[Hashable]:
        left = self.settled(np.asarray(s) > 0)
        return [self.labels[k] for k in np.flatnonzero(~left).tolist()]

    def violations(self, x: Collection[Hashable]) -> list[Violation]:
        found = self.unknown(x)
        if found:
            return found
        on = self.chosen(x)
        i, j, _ = self.edges()
        bare = ~on[i] & ~on[j]
        pairs = zip(i[bare].tolist(), j[bare].tolist(), strict=True)
        named = ((self.labels[a], self.labels[b]) for a, b in pairs)
        own = [self.labels[k] for k in np.flatnonzero(self.barred & ~on).tolist()]
        return [
            *(Violation(f"loop ({u!r}, {u!r}) is covered", 1, f"choose {u!r}") for u in own),
            *(
                Violation(f"edge ({u!r}, {v!r}) is covered", 1, f"choose {u!r} or {v!r}")
                for u, v in named
            ),
        ]

    def encode(self, x: Collection[Hashable]) -> Spins:
        return -super().encode(x)

    def chosen(self, x: Collection[Hashable]) -> NDArray[np.bool_]:
        on = super().chosen(x)
        return ~on if isinstance(x, np.ndarray) else on


def vertex_cover(G: nx.Graph[Any], *, method: str | Method = "auto", **options: Any) -> set[Any]:
    """Return a small vertex cover of a graph, as networkx's `min_weighted_vertex_cover` does.

    Parameters
    ----------
    G : networkx.Graph
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`. The seed is 0 unless given.

    Examples
    --------
    >>> import networkx as nx
    >>> import problems
    >>> sorted(problems.vertex_cover(nx.path_graph(5)))
    [1, 3]
    """
    return set(solved(VertexCover.from_graph(G), method, **options).x)
