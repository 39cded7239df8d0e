"""Dense rules: a hidden unit detects each pattern, and nothing is trained."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import exp, lgamma, log, pi

import numpy as np

from hopopt.core.dense import DenseMemory
from hopopt.core.hidden import Memory
from hopopt.core.lagrangian import Array, Lagrangian
from hopopt.core.polytope import Softmax
from hopopt.core.power import Power
from hopopt.memory.rules import Rule, shaped
from hopopt.memory.store import Store

SAMPLE = 256
STEEPEST = 1000
EPS = float(np.finfo(float).eps)


class DenseRule(Rule, ABC):
    """A rule whose energy is a `Memory` of the patterns; a pattern more is a row more."""

    @abstractmethod
    def memory(self, store: Store, known: Array | None = None) -> Memory:
        """Return the energy, for real patterns scoring only the units that are `known`."""


def two_valued(store: Store, hidden: Lagrangian, T: float) -> DenseMemory:
    """Return the dense memory of ±1 patterns, on 0/1 units where that is their coding."""
    X = store.bipolar()
    if store.coding == "bipolar":
        return DenseMemory(X, hidden, T)
    return DenseMemory(2 * X, hidden, T, bias=-X.sum(-1))


class Polynomial(DenseRule):
    """H = −N·Σ_μ |⟨ξ_μ, v⟩/N|ⁿ/n: capacity grows as Nⁿ⁻¹; n = 2 is Hebb's rule over N.

    References
    ----------
    Krotov & Hopfield, "Dense associative memory for pattern recognition", 2016.
    """

    cure = "raise degree, or take 'exponential'"

    def __init__(self, *, degree: int = 4) -> None:
        self.degree = Power(degree).degree
        if degree > STEEPEST:
            raise ValueError(f"degree must be at most {STEEPEST}, or powers vanish; got {degree}")

    def capacity(self, units: int) -> float:
        """Return Nⁿ⁻¹/(2·(2n − 3)!!·ln N), without errors (Krotov & Hopfield 2016)."""
        odd = lgamma(self.degree - 0.5) - log(pi) / 2  # of (2n − 3)!!/2ⁿ⁻¹, the logarithm
        most = (self.degree - 1) * log(units / 2) - odd - log(2 * log(max(units, 3)))
        return exp(min(most, 700.0))

    def memory(self, store: Store, known: Array | None = None) -> Memory:
        return two_valued(store, Power(self.degree), store.width)


class Exponential(DenseRule):
    """H = −ln Σ_μ exp(β·⟨ξ_μ, v⟩)/β: the exponential memory, by a monotone function of its energy.

    Recall at T = 0 takes the same decisions as with −Σ exp(β·⟨ξ_μ, v⟩), and nothing overflows.

    References
    ----------
    Demircigil, Heusel, Löwe, Upgang & Vermet, "On a model of associative memory with huge storage
    capacity", 2017.
    """

    cure = "raise beta"

    def __init__(self, *, beta: float = 1.0) -> None:
        self.beta = beta

    def capacity(self, units: int) -> float:
        """Return 2^(N/2) (Demircigil et al. 2017)."""
        return float(2.0 ** min(units / 2, 1000))

    def memory(self, store: Store, known: Array | None = None) -> Memory:
        return two_valued(store, Softmax(), 1 / self.beta)


class LogSumExp(DenseRule):
    """The modern continuous network: E = −ln Σ_μ exp(β·(⟨ξ_μ, v⟩ − ½‖ξ_μ‖²))/β + ½‖v‖².

    The bias −½‖ξ_μ‖² makes it score distances: with ½‖v‖² taken in, the exponent is
    −β/2·‖ξ_μ − v‖². β is the inverse square of the noise that recall should see through; by default
    it is set where the closest patterns are still told apart.

    References
    ----------
    Ramsauer et al., "Hopfield networks is all you need", 2020.
    """

    codings = ("real",)
    cure = "raise beta"

    def __init__(self, *, beta: float | None = None) -> None:
        self._given = beta
        self.beta = 1.0 if beta is None else beta

    def learn(self, new: Array, store: Store) -> None:
        if self._given is None:
            self.beta = separating_beta(store.patterns)

    def forget(self, index: int, store: Store) -> None:
        """Leave β as it is: fewer patterns are told apart no worse."""

    def memory(self, store: Store, known: Array | None = None) -> Memory:
        X = store.patterns
        squares = X * X
        bias = -(squares.sum(-1) if known is None else known @ squares.T) / 2
        return Memory(X, Softmax(), 1 / self.beta, bias=bias)

    def arrays(self) -> dict[str, Array]:
        return {"beta": np.array(self.beta)}

    def restore(self, arrays: dict[str, Array], store: Store) -> None:
        self.beta = float(shaped(arrays, "beta", ()))


def separating_beta(patterns: Array) -> float:
    """Return the β at which a pattern, at its own place, has all the attention there is in floats.

    2·ln(P/ε)/d², ε = 2.2e-16, d² the squared distance that 99 of 100 patterns keep from their
    nearest other one, from a sample of 256; duplicates do not count.

    Examples
    --------
    >>> float(round(separating_beta(np.array([[0.0, 0.0], [3.0, 4.0]])), 3))
    2.939
    """
    sample = patterns[np.linspace(0, len(patterns) - 1, min(SAMPLE, len(patterns))).astype(int)]
    squares = np.einsum("pi,pi->p", patterns, patterns)
    own = np.einsum("pi,pi->p", sample, sample)[:, None]
    distance = own + squares - 2 * (sample @ patterns.T)
    size = float(squares.max(initial=0))
    apart = np.where(distance > 1e-9 * size, distance, np.inf).min(-1, initial=np.inf)
    apart = apart[np.isfinite(apart)]
    if not len(apart):
        return 1.0 if size == 0 else 2 * float(np.log(1 / EPS)) / size
    return 2 * float(np.log(len(patterns) / EPS) / np.quantile(apart, 0.01))
