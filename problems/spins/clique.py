"""Maximum clique: as many nodes as can be, every two of them joined by an edge."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hopopt import Method, Violation
from problems.shared.one_call import solved
from problems.spins.complement import Complement
from problems.spins.conflicts import Conflicts
from problems.spins.independent_set import IndependentSet

MOST_WRITTEN = 2_000_000


class Clique(IndependentSet):
    """Choose as many nodes as possible, all of them neighbours: independent in the complement.

    Build it from a matrix, `from_graph`, or `load` (DIMACS .clq). A solution is the list of the
    chosen nodes; edges of nodes to themselves change nothing.

    Examples
    --------
    >>> import networkx as nx
    >>> from hopopt import minimize
    >>> from problems.spins.clique import Clique
    >>> minimize(Clique.from_graph(nx.karate_club_graph()), rng=0).fun
    5.0
    """

    name: ClassVar[str] = "clique"
    suffixes: ClassVar[tuple[str, ...]] = (".clq",)

    def forbidden(self) -> tuple[Conflicts, NDArray[np.bool_]]:
        """Return the pairs without an edge, written out unless there are too many; none is out."""
        edges, n = self.adjacency, self.size
        if n * (n - 1) - edges.nnz > MOST_WRITTEN:
            return Complement(edges, np.ones(n)), np.zeros(n, dtype=bool)
        missing = ~edges.astype(bool).toarray()
        np.fill_diagonal(missing, False)
        return sparse.csr_array(missing, dtype=float), np.zeros(n, dtype=bool)

    def penalised(self, factor: float) -> Conflicts:
        if isinstance(self.conflicts, Complement):
            return Complement(self.adjacency, self.weights, factor)
        return super().penalised(factor)

    def conflict(self, u: Hashable, v: Hashable) -> Violation:
        return Violation(f"{u!r} and {v!r} are neighbours", 1, f"drop {u!r} or {v!r}")


def clique(G: nx.Graph[Any], *, method: str | Method = "auto", **options: Any) -> set[Any]:
    """Return a large clique of a graph, as `networkx.approximation.max_clique` does.

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
    >>> sorted(problems.clique(nx.lollipop_graph(4, 3)))
    [0, 1, 2, 3]
    """
    return set(solved(Clique.from_graph(G), method, **options).x)
