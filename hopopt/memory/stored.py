"""What is known of a memory once it has learned: its patterns, weights, energy, load."""

from __future__ import annotations

from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.energy import Energy
from hopopt.core.lagrangian import Array
from hopopt.core.matrices import real, vector
from hopopt.memory.coding import DOMAINS
from hopopt.memory.cues import Shape, flat
from hopopt.memory.dynamics import with_linear
from hopopt.memory.learning import energy_of, given_threshold, threshold_of
from hopopt.memory.load import not_recalled, unstable, warn
from hopopt.memory.manners import Parameters, not_fitted
from hopopt.memory.rules import PairwiseRule, Rule
from hopopt.memory.sharing import Shared, reads
from hopopt.memory.store import Store
from hopopt.memory.weights import Weights

TRIED = 256


class Stored(Parameters, Shared):
    """The learned part of a memory; its attributes end in an underscore, as scikit-learn's do."""

    rule: str
    coding: str
    normalize: bool
    degree: int
    beta: float | None
    margin: float
    threshold: Literal["auto"] | ArrayLike
    ties: Literal["keep", "plus"]
    dtype: str
    binarize: Any
    feature_names_in_: Array
    coding_: str
    n_features_in_: int
    _rule: Rule
    _store: Store
    _shapes: tuple[Shape, ...]
    _binarize: Any
    _labels: Array | None
    _energy: Energy | None
    _theta: Array | None
    _ties: str
    _warned: bool

    def _begin(self, rule: Rule, store: Store, shapes: tuple[Shape, ...]) -> None:
        """Start from a rule and a store, with the other parameters as they are now.

        `shapes` are those of one pattern, and of its other side if there is one.
        """
        self._theta, self._ties = given_threshold(self.threshold, store), self.ties
        self._binarize = None if store.coding == "real" else self.binarize
        self._rule, self._store, self._shapes = rule, store, shapes
        self.coding_, self.n_features_in_ = store.coding, prod(shapes[0])
        self._labels, self._energy, self._warned = None, None, False

    @property
    def _split(self) -> int | None:
        """Where the two sides of a pattern part, if it has two."""
        return self.n_features_in_ if len(self._shapes) == 2 else None

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_store")

    def _check_fitted(self) -> None:
        if not hasattr(self, "_store"):
            raise not_fitted()

    def _base(self) -> Energy:
        """Return the energy without external input, built once after each change."""
        self._check_fitted()
        if self._energy is None:
            energy = energy_of(self._rule, self._store, self._theta, self._ties)
            if not self._warned:
                free = self._theta is None
                self._warned = warn(not_recalled(self.rule, self._rule, self._store, energy, free))
            self._energy = energy
        return self._energy

    @reads
    def energy(self, v: ArrayLike, *, external: ArrayLike = 0.0) -> Array:
        """Return E of states v, shape (..., N) or images, with an input x: a number or one a unit.

        −½·vᵀWv − xᵀv + θᵀv for pairwise rules; of real units, ½‖v‖² is part of it.
        """
        base, own = self._base(), () if self._split else self._shapes[0]
        states, external = flat(real(v, "v"), own), flat(real(external, "external"), own)
        if states.shape[-1:] != base.shape:
            raise ValueError(f"v must have {base.shape[0]} units; got shape {states.shape}")
        base = with_linear(base, -vector(external, "external", base.shape[0]))
        quiet = DOMAINS["real"].conjugate(states) if self.coding_ == "real" else 0.0
        return np.asarray(base.value(states) + quiet)

    @property
    @reads
    def patterns_(self) -> Array:
        """The stored patterns, shape (P, N) (after fit(X, y) with patterns y: both sides)."""
        self._check_fitted()
        return np.array(self._store.patterns)

    @property
    def labels_(self) -> Array:
        """The labels of the stored patterns, shape (P,), after fit(X, y) with labels y."""
        self._check_fitted()
        if self._labels is None:
            raise AttributeError("the memory was fitted without labels")
        return np.array(self._labels)

    @property
    def learned_(self) -> bool:
        """Whether the stored patterns (256 at most, evenly chosen) recall themselves."""
        self._check_fitted()
        return not unstable(self._base(), self._store, TRIED).any()

    @property
    def threshold_(self) -> Array:
        """The thresholds θ in use, shape (N,)."""
        self._check_fitted()
        return threshold_of(self._rule, self._store, self._theta)

    @property
    def beta_(self) -> float:
        """The sharpness β in use, of "exponential" and "lse"."""
        self._check_fitted()
        if not hasattr(self._rule, "beta"):
            raise AttributeError(f"rule {self.rule!r} has no beta")
        return float(self._rule.beta)

    @property
    @reads
    def weights_(self) -> Weights:
        """W of a pairwise rule: symmetric, with zero diagonal, unless given otherwise."""
        self._check_fitted()
        if not isinstance(self._rule, PairwiseRule):
            raise AttributeError(f"rule {self.rule!r} has no pairwise weights")
        return Weights(self._rule.weights(self._store))

    @property
    def rank_(self) -> int:
        """How many of the stored patterns are linearly independent."""
        self._check_fitted()
        if not len(self):
            return 0
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
        given = ", ".join([repr(self.rule), *self._changed()])
        if not hasattr(self, "_store"):
            return f"AssociativeMemory({given})"
        return (
            f"AssociativeMemory({given}: {len(self)} {self.coding_} patterns of "
            f"{self._store.width}, load {self.load_:.3f}, coherence {self.coherence_:.2f})"
        )
