"""Learning rules: from patterns to the weights of a pairwise memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from scipy.sparse.linalg import LinearOperator

from hopopt.core.lagrangian import Array
from hopopt.core.matrices import LowRank, Matrix
from hopopt.memory.store import Store

Arrays = dict[str, Array]


class Rule:
    """What a memory has learned; `AssociativeMemory` keeps the patterns, the rule the rest.

    All rules see ±1 patterns where the coding is two-valued (0/1 is 2s − 1).

    Attributes
    ----------
    codings : tuple of str
        The codings that the rule takes.
    confused : bool
        Whether patterns that are alike disturb each other.
    """

    codings: ClassVar[tuple[str, ...]] = ("bipolar", "binary")
    confused: ClassVar[bool] = False

    def learn(self, new: Array, store: Store) -> None:
        """Learn new patterns, ±1 or real, shape (K, N); the store already holds them, last."""

    def forget(self, index: int, store: Store) -> None:
        """Forget pattern `index` of the store, which still holds it."""

    def capacity(self, units: int) -> float:
        """Return the number of random patterns that can be recalled, as theory has it."""
        return np.inf

    def arrays(self) -> Arrays:
        """Return what must be saved to have the rule again."""
        return {}

    def restore(self, arrays: Arrays, store: Store) -> None:
        """Take back what `arrays` gave, or refuse what does not fit the patterns."""


class PairwiseRule(Rule, ABC):
    """A rule that ends in symmetric weights W with zero diagonal."""

    @abstractmethod
    def weights(self, store: Store) -> Matrix:
        """Return W: an array, or low rank where that is smaller."""

    def threshold(self, W: Matrix, store: Store) -> Array | float:
        """Return θ: ½·W·1 for 0/1 units, which then are the ±1 network; 0 for ±1 units."""
        return np.asarray(W @ np.ones(W.shape[0])) / 2 if store.coding == "binary" else 0.0


def low_rank(factors: Array, s: Array | float, dtype: Any = float) -> Matrix:
    """Return Uᵀ·diag(s)·U without its diagonal: factored while U has fewer than N/2 rows.

    Examples
    --------
    >>> low_rank(np.array([[1.0, 1.0, -1.0]]), 1.0) @ np.eye(3)
    array([[ 0.,  1., -1.],
           [ 1.,  0., -1.],
           [-1., -1.,  0.]])
    """
    U = factors.astype(dtype, copy=False)
    scale = np.broadcast_to(np.asarray(s, dtype=float), (len(U),))
    diagonal = np.einsum("pi,p,pi->i", U, scale, U, dtype=float) if len(U) else 0.0
    if 2 * len(U) < U.shape[1]:
        return LowRank(U, scale, -np.asarray(diagonal))
    W = np.asarray((U.T * scale) @ U, dtype=float)
    np.fill_diagonal(W, 0)
    return W


class Hebb(PairwiseRule):
    """W = Σ_μ ξ_μ·ξ_μᵀ with the diagonal removed; over N where normalised (Hebb 1949).

    For 0/1 patterns s this is w_ij = Σ (2s_i − 1)(2s_j − 1), for ±1 patterns w_ij = Σ s_i·s_j.
    Dreams that have been unlearned take their share off (Hopfield, Feinstein & Palmer 1983).
    """

    confused = True

    def __init__(self, *, normalize: bool = False, dtype: Any = float) -> None:
        self.normalize, self.dtype = normalize, dtype
        self.dreams = np.empty((0, 0))
        self.strength = np.empty(0)

    def capacity(self, units: int) -> float:
        """Return .138·N (Amit, Gutfreund & Sompolinsky 1985)."""
        return 0.138 * units

    def weights(self, store: Store) -> Matrix:
        patterns, scale = store.bipolar(), 1 / store.width if self.normalize else 1.0
        if not len(self.dreams):
            return low_rank(patterns, scale, self.dtype)
        s = np.concatenate([np.full(len(patterns), scale), -scale * self.strength])
        return low_rank(np.concatenate([patterns, self.dreams]), s, self.dtype)

    def unlearn(self, dreams: Array, strength: float) -> None:
        """Take off strength·v·vᵀ for each state v that dreaming came to rest in."""
        known = self.dreams if len(self.dreams) else np.empty((0, dreams.shape[1]))
        self.dreams = np.concatenate([known, dreams])
        self.strength = np.concatenate([self.strength, np.full(len(dreams), strength)])

    def arrays(self) -> Arrays:
        return {"dreams": self.dreams, "strength": self.strength}

    def restore(self, arrays: Arrays, store: Store) -> None:
        strength = arrays["strength"]
        shape = (len(strength), store.width) if len(strength) else (0, 0)
        self.dreams, self.strength = shaped(arrays, "dreams", shape), strength


class Covariance(PairwiseRule):
    """W = Σ_μ (s_μ − a)(s_μ − a)ᵀ/(N·a·(1−a)) for 0/1 patterns of low activity a.

    With thresholds θ = ½ − a, halfway between the fields of units that should be off and on.

    References
    ----------
    Tsodyks & Feigel'man, "The enhanced storage capacity in neural networks with low activity
    level", 1988.
    """

    codings = ("binary",)

    def __init__(self, *, dtype: Any = float) -> None:
        self.dtype = dtype

    @staticmethod
    def activity(store: Store) -> float:
        """Return the mean activity a of the patterns, kept off 0 and 1."""
        count = store.patterns.size
        return float(np.clip(store.patterns.mean(), 0.5 / count, 1 - 0.5 / count))

    def weights(self, store: Store) -> Matrix:
        a = self.activity(store)
        return low_rank(store.patterns - a, 1 / (store.width * a * (1 - a)), self.dtype)

    def threshold(self, W: Matrix, store: Store) -> Array | float:
        return 0.5 - self.activity(store)


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
    run out. Symmetric weights keep the energy; `learned` says whether every margin was reached.

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
        self.margin, self.max_sweeps, self.learned = margin, max_sweeps, True

    def _train(self, new: Array, patterns: Array) -> None:
        n = patterns.shape[1]
        for _ in range(self.max_sweeps):
            short = patterns * (patterns @ self.W) < self.margin
            self.learned = not short.any()
            if self.learned:
                return
            change = (short * patterns).T @ patterns / n
            self.W += change + change.T
            np.fill_diagonal(self.W, 0)


def shaped(arrays: Arrays, name: str, shape: tuple[int, ...]) -> Array:
    """Return an array of the expected shape."""
    if arrays[name].shape != shape:
        raise ValueError(f"{name} must have shape {shape}; got {arrays[name].shape}")
    return arrays[name]


class Weights(LinearOperator):
    """Weights as an operator: products by the factors, the matrix only on request.

    Examples
    --------
    >>> weights = Weights(low_rank(np.array([[1.0, -1.0, 1.0]]), 1.0))
    >>> weights @ np.array([1.0, 0.0, 0.0])
    array([ 0., -1.,  1.])
    >>> weights.toarray().shape, weights.nbytes
    ((3, 3), 56)
    """

    def __init__(self, matrix: Matrix) -> None:
        self.matrix = matrix
        super().__init__(np.dtype(float), matrix.shape)  # type: ignore[call-arg]

    def _matmat(self, X: Array) -> Array:
        return np.asarray(self.matrix @ X)

    def _matvec(self, x: Array) -> Array:
        return np.asarray(self.matrix @ x)

    def _adjoint(self) -> LinearOperator:
        return self

    def diagonal(self) -> Array:
        """Return the diagonal: zero but for rounding."""
        return np.asarray(self.matrix.diagonal())

    def toarray(self) -> Array:
        """Return W as an array, shape (N, N), with an exactly zero diagonal."""
        if isinstance(self.matrix, np.ndarray):
            return self.matrix.copy()
        W = np.asarray((self.matrix.factors.T * self.matrix.s) @ self.matrix.factors, dtype=float)
        np.fill_diagonal(W, 0)
        return np.asarray((W + W.T) / 2)

    @property
    def nbytes(self) -> int:
        """How much memory the weights take."""
        if isinstance(self.matrix, np.ndarray):
            return self.matrix.nbytes
        return sum(int(part.nbytes) for part in (self.matrix.factors, self.matrix.s, self.matrix.d))
