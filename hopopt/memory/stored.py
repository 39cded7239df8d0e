"""What is known of a memory once it has learned: its patterns, weights, energy, load."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.energy import Energy
from hopopt.core.lagrangian import Array
from hopopt.core.matrices import real
from hopopt.memory.coding import DOMAINS
from hopopt.memory.learning import energy_of, given_threshold
from hopopt.memory.rules import PairwiseRule, Rule, Weights
from hopopt.memory.store import Store


class Stored:
    """The learned part of a memory; its attributes end in an underscore, as scikit-learn's do."""

    rule: str
    threshold: Literal["auto"] | ArrayLike
    ties: Literal["keep", "plus"]
    coding_: str
    n_features_in_: int
    _rule: Rule
    _store: Store
    _split: int | None
    _energy: Energy | None
    _theta: Array | None
    _ties: str

    def _begin(self, rule: Rule, store: Store, split: int | None) -> None:
        """Start from a rule and a store, with the thresholds and ties as the parameters are now."""
        self._theta, self._ties = given_threshold(self.threshold, store), self.ties
        self._rule, self._store, self._split, self._energy = rule, store, split, None

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_store")

    def _check_fitted(self) -> None:
        if not hasattr(self, "_store"):
            raise ValueError("the memory is empty: call fit first")

    def _base(self) -> Energy:
        """Return the energy without external input, built once after each change."""
        self._check_fitted()
        if self._energy is None:
            self._energy = energy_of(self._rule, self._store, self._theta, self._ties)
        return self._energy

    def energy(self, v: ArrayLike) -> Array:
        """Return E of states, shape (..., N), without external input."""
        base, states = self._base(), real(v, "v")
        if states.shape[-1:] != base.shape:
            raise ValueError(f"v must have {base.shape[0]} units; got shape {states.shape}")
        quiet = DOMAINS["real"].conjugate(states) if self.coding_ == "real" else 0.0
        return np.asarray(base.value(states) + quiet)

    @property
    def patterns_(self) -> Array:
        """The stored patterns, shape (P, N) (after fit(X, y): both sides)."""
        self._check_fitted()
        return np.array(self._store.patterns)

    @property
    def weights_(self) -> Weights:
        """W of a pairwise rule: symmetric, with zero diagonal."""
        self._check_fitted()
        if not isinstance(self._rule, PairwiseRule):
            raise AttributeError(f"rule {self.rule!r} has no pairwise weights")
        return Weights(self._rule.weights(self._store))

    @property
    def rank_(self) -> int:
        """How many of the stored patterns are linearly independent."""
        self._check_fitted()
        rank = getattr(self._rule, "rank", None)
        return int(np.linalg.matrix_rank(self._store.bipolar()) if rank is None else rank)

    @property
    def load_(self) -> float:
        """Patterns per unit, P/N."""
        self._check_fitted()
        return len(self._store) / self._store.width

    @property
    def coherence_(self) -> float:
        """The largest |overlap| of two stored patterns (of the first 1,000)."""
        self._check_fitted()
        return self._store.coherence()

    @property
    def nbytes_(self) -> int:
        """How much memory the patterns and what was learned of them take."""
        self._check_fitted()
        learned = sum(array.nbytes for array in self._rule.arrays().values())
        return self._store.nbytes + learned

    def __len__(self) -> int:
        """How many patterns are stored."""
        return len(self._store) if hasattr(self, "_store") else 0

    def __repr__(self) -> str:
        if not hasattr(self, "_store"):
            return f"AssociativeMemory({self.rule!r})"
        return (
            f"AssociativeMemory({self.rule!r}: {len(self)} {self.coding_} patterns of "
            f"{self._store.width}, load {self.load_:.3f}, coherence {self.coherence_:.2f})"
        )
