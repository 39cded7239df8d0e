"""The pairs that a sparse graph has not, with weights, as a matrix that is never written out."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy import sparse

from hopopt.core import Array, Structured


class Complement(Structured):
    """λ·min(w_i, w_j) for every pair i ≠ j that is no edge: all pairs less those of the graph.

    A product takes as long as one with the graph, and a row as long as it is.

    Parameters
    ----------
    edges : CSR array, shape (n, n)
        Symmetric, with zero diagonal; an entry for every edge.
    weights : array, shape (n,)
    factor : float, default 1
        λ.
    diagonal : array or float, default 0

    Examples
    --------
    >>> path = sparse.csr_array(np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]))
    >>> missing = Complement(path, np.array([3.0, 2.0, 1.0]), 2.0)
    >>> missing.explicit()
    array([[0., 0., 2.],
           [0., 0., 0.],
           [2., 0., 0.]])
    """

    def __init__(
        self,
        edges: sparse.csr_array[Any],
        weights: Array,
        factor: float = 1.0,
        diagonal: Array | float = 0.0,
    ) -> None:
        super().__init__(edges.shape[0])
        self.edges, self.weights, self.factor = edges, weights, factor
        self._own = np.broadcast_to(np.asarray(diagonal, dtype=float), weights.shape)
        self._order = np.argsort(weights, kind="stable")
        ends = np.repeat(weights, np.diff(edges.indptr)), weights[edges.indices]
        self._less = sparse.csr_array(
            (np.minimum(*ends), edges.indices, edges.indptr), shape=edges.shape
        )

    def _matmat(self, X: Array) -> Array:
        w = self.weights[:, None]
        pairs = np.empty(X.shape, dtype=float)
        if w[self._order[0]] == w[self._order[-1]]:
            pairs[:] = w * X.sum(axis=0)
        else:
            lighter, above = np.cumsum((w * X)[self._order], axis=0), X[self._order]
            above = above.sum(axis=0) - np.cumsum(above, axis=0)
            pairs[self._order] = lighter + w[self._order] * above
        pairs -= w * X + self._less @ X
        return np.asarray(self.factor * pairs + self._own[:, None] * X)

    def diagonal(self) -> Array:
        return np.array(self._own)

    def rows(self, units: Array) -> Array:
        out = self.factor * np.minimum(self.weights, self.weights[units][:, None])
        for k, unit in enumerate(units.tolist()):
            out[k, self.edges.indices[self.edges.indptr[unit] : self.edges.indptr[unit + 1]]] = 0
            out[k, unit] = self._own[unit]
        return out

    def squares(self) -> Array:
        alike = Complement(self.edges, self.weights**2, self.factor**2)
        return np.asarray(alike @ np.ones(len(self.weights)) + self._own**2)

    def scaled(self, factor: float) -> Self:
        return type(self)(self.edges, self.weights, factor * self.factor, factor * self._own)

    def shifted(self, shift: Array) -> Self:
        return type(self)(self.edges, self.weights, self.factor, self._own + shift)
