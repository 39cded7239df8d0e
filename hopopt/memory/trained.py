"""Rules that keep an array of weights and train it pattern by pattern, or until all are learned."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from hopopt.core.lagrangian import Array
from hopopt.core.matrices import Matrix
from hopopt.memory.rules import Arrays, PairwiseRule, shaped
from hopopt.memory.store import Store


class ArrayWeights(PairwiseRule):
    """A rule that keeps W as an array, and learns a forgotten pattern away by starting again."""

    def __init__(self) -> None:
        self.W = np.empty((0, 0))

    def weights(self, store: Store) -> Matrix:
        return self.W

    def learn(self, new: Array, store: Store) -> None:
        if len(self.W) != store.width:
            self.W = np.zeros((store.width, store.width))
        self._train(new, store.bipolar())

    def forget(self, index: int, store: Store) -> None:
        self.W = np.zeros_like(self.W)
        rest = np.delete(store.bipolar(), index, axis=0)
        if len(rest):
            self._train(rest, rest)

    @abstractmethod
    def _train(self, new: Array, patterns: Array) -> None:
        """Train W on the new patterns, or on all where the rule needs them."""

    def arrays(self) -> Arrays:
        return {"W": self.W}

    def restore(self, arrays: Arrays, store: Store) -> None:
        self.W = shaped(arrays, "W", (store.width, store.width))


class Storkey(ArrayWeights):
    """W += (ξ_iξ_j − ξ_i·h_ji − h_ij·ξ_j)/N, h_ij = Σ_{k≠i,j} w_ik·ξ_k, pattern by pattern.

    Local and incremental, with a capacity well above Hebb's; O(N²) a pattern.

    References
    ----------
    Storkey, "Increasing the capacity of a Hopfield network without sacrificing functionality",
    1997.
    """

    confused = True

    def capacity(self, units: int) -> float:
        """Return N/√(2·ln N) (Storkey 1997)."""
        return float(units / np.sqrt(2 * np.log(max(units, 2))))

    def _train(self, new: Array, patterns: Array) -> None:
        n = patterns.shape[1]
        for x in new:
            field = self.W @ x
            local = (field[:, None] - self.W * x) * x
            self.W += (np.outer(x, x) - (local + local.T)) / n
            np.fill_diagonal(self.W, 0)


class Perceptron(ArrayWeights):
    """Margins ξ_i·h_i ≥ κ for every unit of every pattern, by symmetric perceptron steps.

    W += (E∘Ξ)ᵀΞ/N + transpose, E the units below the margin, until there are none or the sweeps
    run out. Symmetric weights keep the energy.

    Parameters
    ----------
    margin : float, default 5
    max_sweeps : int, default 300

    References
    ----------
    Gardner, "The space of interactions in neural network models", 1988.
    """

    def __init__(self, *, margin: float = 5.0, max_sweeps: int = 300) -> None:
        super().__init__()
        if not 0 <= margin < np.inf:
            raise ValueError(f"margin must be finite and nonnegative; got {margin}")
        self.margin, self.max_sweeps = margin, max_sweeps

    def _train(self, new: Array, patterns: Array) -> None:
        n = patterns.shape[1]
        for _ in range(self.max_sweeps):
            short = patterns * (patterns @ self.W) < self.margin
            if not short.any():
                return
            change = (short * patterns).T @ patterns / n
            self.W += change + change.T
            np.fill_diagonal(self.W, 0)
