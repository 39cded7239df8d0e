"""The projection rule: weights that map every stored pattern to itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from hopopt.core.lagrangian import Array
from hopopt.core.low_rank import LowRank
from hopopt.core.matrices import Matrix
from hopopt.memory.coding import to_bipolar
from hopopt.memory.rules import Arrays, PairwiseRule, shaped
from hopopt.memory.span import Span
from hopopt.memory.store import Store


class Projection(PairwiseRule):
    """W = Ξᵀ(ΞΞᵀ)⁻¹Ξ = BᵀB, the projector on the patterns' span, with its diagonal removed.

    Any linearly independent patterns are fixed points, however alike; dependent and duplicate ones
    cost nothing (the span's rank is `rank`). Patterns come and go by rank-one updates of B.

    References
    ----------
    Personnaz, Guyon & Dreyfus, "Information storage and retrieval in spin-glass like neural
    networks", 1985; Kanter & Sompolinsky, "Associative recall of memory without errors", 1987.
    """

    exact = True

    def __init__(self, *, dtype: Any = float) -> None:
        self.dtype = dtype
        self.span = Span(0, dtype)

    @property
    def rank(self) -> int:
        """How many of the patterns are independent."""
        return len(self.span.basis)

    def capacity(self, units: int) -> float:
        """Return N − 1: with as many independent patterns, every state is a fixed point."""
        return units - 1

    def held(self, store: Store) -> int:
        return self.rank

    def weights(self, store: Store) -> Matrix:
        basis = self.span.basis
        if 2 * len(basis) < basis.shape[1]:
            return LowRank(basis, 1.0, -self.span.squares)
        W = np.asarray(basis.T @ basis, dtype=float)
        np.fill_diagonal(W, 0)
        return W

    def learn(self, new: Array, store: Store) -> None:
        if self.span.basis.shape[1] != store.width:
            self.span = Span(store.width, self.dtype)
        self.span.append(new)

    def forget(self, index: int, store: Store) -> None:
        self.span.delete(index, to_bipolar(store.take(slice(index, index + 1))[0], store.coding))

    def arrays(self) -> Arrays:
        return {"basis": self.span.basis, "dual": self.span.dual}

    def restore(self, arrays: Arrays, store: Store) -> None:
        rank = len(arrays["basis"])
        basis = shaped(arrays, "basis", (rank, store.width))
        dual = shaped(arrays, "dual", (rank, len(store)))
        self.span = Span.of(basis.astype(self.dtype), dual.astype(self.dtype))
