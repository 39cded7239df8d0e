"""Learning rules: from patterns to the weights of a pairwise memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from hopopt.core.directed import Directed
from hopopt.core.energy import Energy
from hopopt.core.lagrangian import Array
from hopopt.core.matrices import Matrix, is_symmetric, scaled
from hopopt.core.quadratic import Quadratic
from hopopt.memory.store import Store
from hopopt.memory.weights import low_rank

Arrays = dict[str, Array]


class Rule:
    """What a memory has learned; `AssociativeMemory` keeps the patterns, the rule the rest.

    All rules see ±1 patterns where the coding is two-valued (0/1 is 2s − 1).

    Attributes
    ----------
    codings : tuple of str
        The codings that the rule takes.
    learns : bool
        Whether patterns change it.
    confused : bool
        Whether patterns that overlap by more than half disturb each other.
    exact : bool
        Whether independent patterns always stay as they are.
    cure : str
        What helps where patterns do not.
    """

    codings: ClassVar[tuple[str, ...]] = ("bipolar", "binary")
    learns: ClassVar[bool] = True
    confused: ClassVar[bool] = False
    exact: ClassVar[bool] = False
    cure: ClassVar[str] = "take 'projection' or 'exponential'"

    def learn(self, new: Array, store: Store) -> None:
        """Learn new patterns, ±1 or real, shape (K, N); the store already holds them, last."""

    def forget(self, index: int, store: Store) -> None:
        """Forget pattern `index` of the store, which still holds it."""

    def capacity(self, units: int) -> float:
        """Return the number of random patterns that can be recalled, as theory has it."""
        return np.inf

    def held(self, store: Store) -> int:
        """Return how many patterns count against the capacity."""
        return len(store)

    def arrays(self) -> Arrays:
        """Return what must be saved to have the rule again."""
        return {}

    def restore(self, arrays: Arrays, store: Store) -> None:
        """Take back what `arrays` gave, or refuse what does not fit the patterns."""


class PairwiseRule(Rule, ABC):
    """A rule that ends in weights W: symmetric, with zero diagonal, where it learns them."""

    @abstractmethod
    def weights(self, store: Store) -> Matrix:
        """Return W: an array, or low rank where that is smaller."""

    def energy(self, W: Matrix, c: Array) -> Energy:
        """Return −½·vᵀWv + cᵀv."""
        return Quadratic(scaled(W, -1.0), c)

    def threshold(self, W: Matrix, store: Store) -> Array | float:
        """Return θ: ½·W·1 for 0/1 units, which then are the ±1 network; 0 for ±1 units."""
        return np.asarray(W @ np.ones(W.shape[0])) / 2 if store.coding == "binary" else 0.0


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
    """W = Σ_μ (s_μ − a)(s_μ − a)ᵀ/(N·a·(1−a)) for patterns s of low activity a.

    With thresholds θ = ½ − a, halfway between the fields of 0/1 units that should be off and on.
    ±1 patterns ξ = 2s − 1 of mean m = 2a − 1 have the same weights, Σ (ξ_μ − m)(ξ_μ − m)ᵀ over
    N·(1 − m²), and θ = −m − W·1, with which both networks are one.

    References
    ----------
    Tsodyks & Feigel'man, "The enhanced storage capacity in neural networks with low activity
    level", 1988.
    """

    def __init__(self, *, dtype: Any = float) -> None:
        self.dtype = dtype

    @staticmethod
    def activity(store: Store) -> float:
        """Return the mean activity a of the patterns, kept off 0 and 1."""
        on = store.patterns > 0
        return float(np.clip(on.mean(), 0.5 / on.size, 1 - 0.5 / on.size))

    def weights(self, store: Store) -> Matrix:
        a = self.activity(store)
        s = store.bipolar() / 2 + 0.5
        return low_rank(s - a, 1 / (store.width * a * (1 - a)), self.dtype)

    def threshold(self, W: Matrix, store: Store) -> Array | float:
        low = 0.5 - self.activity(store)
        return low if store.coding == "binary" else 2 * low - np.asarray(W @ np.ones(store.width))


class Fixed(PairwiseRule):
    """Weights that were given, and are not learned; asymmetric ones have no energy."""

    learns = False

    def __init__(self, W: Array | None = None) -> None:
        self.W = np.empty((0, 0)) if W is None else W

    def weights(self, store: Store) -> Matrix:
        return self.W

    def energy(self, W: Matrix, c: Array) -> Energy:
        return super().energy(W, c) if is_symmetric(W) else Directed(W, c)

    def forget(self, index: int, store: Store) -> None:
        raise ValueError("rule 'given' has learned nothing that it could forget")

    def arrays(self) -> Arrays:
        return {"W": self.W}

    def restore(self, arrays: Arrays, store: Store) -> None:
        self.W = shaped(arrays, "W", (store.width, store.width))


def shaped(arrays: Arrays, name: str, shape: tuple[int, ...]) -> Array:
    """Return an array of the expected shape."""
    if arrays[name].shape != shape:
        raise ValueError(f"{name} must have shape {shape}; got {arrays[name].shape}")
    return arrays[name]
