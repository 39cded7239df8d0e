"""Pairs that may not be chosen together: who is in conflict with whom, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hopopt.core import Array, Structured

Conflicts = Any  # a CSR array, or a Structured matrix


def near(conflicts: Conflicts, node: int) -> NDArray[np.intp]:
    """Return the nodes that are in conflict with one."""
    if isinstance(conflicts, Structured):
        return np.flatnonzero(conflicts.rows(np.array([node]))[0])
    return np.asarray(conflicts.indices[conflicts.indptr[node] : conflicts.indptr[node + 1]])


class Books:
    """What the conflicts of every node with those that are on come to, kept while these change.

    Attributes
    ----------
    push : array, shape (n,)
        Penalties.
    clashes : array, shape (n,)
        How many.
    """

    def __init__(self, penalties: Conflicts, conflicts: Conflicts, on: Array) -> None:
        self.penalties, self.conflicts = penalties, conflicts
        self.push, self.clashes = penalties @ on, conflicts @ on

    def worst(self, on: NDArray[np.bool_], w: Array) -> Iterator[int]:
        """Yield the node that weighs least for its penalties, while there are conflicts."""
        clashing = np.flatnonzero(on & (self.clashes > 0))
        if isinstance(self.penalties, Structured):
            while clashing.size:
                yield int(clashing[(w[clashing] - self.push[clashing]).argmin()])
                clashing = clashing[on[clashing] & (self.clashes[clashing] > 0)]
            return
        heap = [(w[k] - self.push[k], k) for k in clashing.tolist()]
        heapify(heap)
        while heap:
            excess, node = heappop(heap)
            if not on[node] or not self.clashes[node]:
                continue
            if excess < w[node] - self.push[node]:  # it has risen: others may come first
                heappush(heap, (w[node] - self.push[node], node))
            else:
                yield node

    def count(self, node: int, by: int) -> None:
        """Count a node that is put in (1) or taken out (−1)."""
        P = self.penalties
        if isinstance(P, Structured):
            row = P.rows(np.array([node]))[0]
            self.push += by * row
            self.clashes += by * (row != 0)
            return
        row = slice(P.indptr[node], P.indptr[node + 1])
        self.push[P.indices[row]] += by * P.data[row]
        self.clashes[P.indices[row]] += by
