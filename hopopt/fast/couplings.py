"""The couplings of an Ising network, made ready for fast sweeps of many replicas.

The units of a colour class do not feel each other, so that moving them together is the same as
one after another. One product of a block of couplings with all the replicas moves a class.

Noise drowns what a coupling or an output has beyond two digits. So replicas calculate with whole
numbers where these do: outputs −127 … 127 in eight bits and sums in 16, which compiled loops take
two to three times as fast as single precision. Descent and energies have the couplings as they are.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np
from scipy import sparse

from hopopt.core.ising import IsingEnergy
from hopopt.core.lagrangian import Array
from hopopt.core.matrices import Matrix
from hopopt.core.structured import Structured
from hopopt.fast.ready import REPLICAS, Ready, Units
from hopopt.fast.whole import whole_numbers

TOPS: dict[Units, tuple[int, ...]] = {"clip": (127, 63, 31, 15, 7, 3), "sign": (1,)}
"""What may stand for v = 1 in whole numbers, the finest first."""


class Couplings(Ready):
    """An Ising energy made ready for sweeps over B replicas, in whole numbers or single precision.

    Parameters
    ----------
    energy : IsingEnergy
    classes : list of arrays of int
        The units that move together, in the order of their turns.
    units : {"clip", "sign"}
    loops : module, optional
        The compiled loops. They come to the same numbers: sums of whole numbers are exact, and
        those in single precision are taken in the same order.

    Attributes
    ----------
    scale : float
        ρ, the energy's scale: J, h and the weights are in units of it.
    J : array or CSR array, shape (N, N)
        Couplings in visiting order, in single precision.
    h : array, shape (N, 1)
        Fields likewise.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import IsingEnergy
    >>> energy = IsingEnergy([[0.0, 1.0, 0.0], [1.0, 0.0, -1.0], [0.0, -1.0, 0.0]])
    >>> from hopopt.fast import couplings_of
    >>> ready = couplings_of(energy, "sign")
    >>> s = np.array([[1.0], [1.0], [1.0]], dtype=np.float32)
    >>> ready.descend(s)[1], energy.value(ready.outside(s)[:, 0]).item()
    (1, -2.0)
    """

    def __init__(
        self,
        energy: IsingEnergy,
        classes: list[Array],
        units: Units,
        loops: ModuleType | None = None,
    ) -> None:
        super().__init__(energy.size, energy.scale, classes, units, loops)
        self.outer = energy
        self.h = (energy.h[self.order] / self.scale).astype(np.float32)[:, None]
        self.fields = bool(self.h.any())
        if isinstance(energy.Q, np.ndarray):  # in one go: it is large
            J: Any = np.empty(energy.Q.shape, dtype=np.float32)
            np.divide(energy.Q, -self.scale, out=J, casting="same_kind")
        else:
            J = energy.Q / -self.scale
        J = self._arranged(J)
        self.J: Any = J if isinstance(J, Structured) else J.astype(np.float32, copy=False)

    def _arranged(self, matrix: Any) -> Any:
        """Return a matrix of the energy's own order in visiting order; structured ones have it."""
        same = isinstance(matrix, Structured) or np.array_equal(self.order, np.arange(self.size))
        return matrix if same else matrix[self.order][:, self.order]

    @cached_property
    def _rounding(self) -> tuple[Any, float, int] | None:
        """Return what `whole_numbers` makes of the couplings: only sweeps ask for it."""
        if isinstance(self.J, Structured):
            return None
        return whole_numbers(self.outer.J, TOPS[self.units])

    @cached_property
    def whole(self) -> bool:
        """Whether sweeps calculate in whole numbers."""
        return self._rounding is not None

    @cached_property
    def weights(self) -> Any:
        """J ≈ unit·weights: in whole numbers where these do, else J itself."""
        return self.J if self._rounding is None else self._arranged(self._rounding[0])

    @cached_property
    def step(self) -> float:
        """What the weights are counted in."""
        return 1.0 if self._rounding is None else self._rounding[1]

    @cached_property
    def unit(self) -> np.float32:
        """The same, in units of ρ."""
        return np.float32(1 if self._rounding is None else self.step / self.scale)

    @cached_property
    def top(self) -> np.float32:
        """What stands for v = 1."""
        return np.float32(1 if self._rounding is None else self._rounding[2])

    @cached_property
    def kind(self) -> np.dtype[Any]:
        """Of outputs inside a sweep."""
        whole = np.int8 if self.loops is not None else np.int16
        return np.dtype(whole if self.whole else np.float32)

    @cached_property
    def energy(self) -> IsingEnergy:
        """The energy with its units in visiting order, in units of ρ."""
        scaled = self.outer.over(self.scale)
        if np.array_equal(self.order, np.arange(self.size)):
            return scaled
        return IsingEnergy(self._arranged(scaled.J), scaled.h[self.order], float(scaled.constant))

    @cached_property
    def rounded(self) -> IsingEnergy:
        """The energy that sweeps move in: its couplings are whole multiples of the unit."""
        if not self.whole:
            return self.energy
        K: Any = self.weights * (self.step / self.scale)
        if self.size and abs(self.energy.J - K).max() <= 1e-9:
            return self.energy
        return IsingEnergy(K, self.energy.h, float(self.energy.constant))

    @cached_property
    def fours(self) -> tuple[Array, Array, Array]:
        """The weights in CSR form, each row filled up to a multiple of four with zeros."""
        K = narrow(self.weights)
        degree = np.diff(K.indptr)
        wide = 4 * np.maximum(1, -(-degree // 4))
        indptr = np.concatenate([[0], np.cumsum(wide)]).astype(np.uint32)
        indices = np.repeat(np.arange(self.size, dtype=np.uint32), wide)
        data = np.zeros(len(indices), dtype=K.dtype)
        place = np.arange(K.nnz) + np.repeat(indptr[:-1].astype(np.intp) - K.indptr[:-1], degree)
        indices[place], data[place] = K.indices, K.data
        return indptr, indices, data

    def inner(self, v: Array) -> Array:
        """Return outputs −1 … 1, shape (N, B), as a sweep calculates with them."""
        return (np.rint(v * self.top) if self.whole else v).astype(self.kind)

    def sweep(self, state: Array, pool: Array, picks: Array, strength: Array, T: Array) -> None:
        per_T = (self.unit / T, self.top * strength / T, self.top / T)
        gain, noise, field = factors = tuple(a.astype(np.float32) for a in per_T)
        if self.loops is not None:
            h, hard = self.h[:, 0], self.units == "clip"
            self.loops.sweep(self.fours, h, picks, pool, state, factors, self.top, hard)
            return
        for t, mine in enumerate(picks):
            push = (pool * noise[t])[mine]
            if self.fields:
                push += self.h * field[t]
            self._sweep(state, gain[t], push)

    @abstractmethod
    def _sweep(self, state: Array, gain: np.float32, push: Array) -> None:
        """Move every unit once: the sum of its weights, times the gain, plus its push, squashed."""

    def seconds(self, count: int) -> float:
        if self.loops is None:
            return self._seconds(count)
        replicas = count if count == REPLICAS else 1.6 * max(count, REPLICAS)
        each = 1.6e-11 if self.whole else 4e-11
        return each * replicas * (len(self.fours[1]) + 2 * self.size) + 1e-6

    @abstractmethod
    def _seconds(self, count: int) -> float:
        """Return what a sweep of `count` replicas takes that is not compiled."""

    def forces(self, v: Array) -> Array:
        fields = (self.J @ v.T).astype(np.float32, copy=False)
        if self.fields:
            fields += self.h
        return np.asarray(fields.T)

    def values(self, s: Array) -> Array:
        """Return −½·sᵀJs − hᵀs of each replica, in units of ρ."""
        fields = self.J @ s
        fields *= np.float32(0.5)
        fields += self.h
        return np.asarray(-np.einsum("ik,ik->k", s, fields, dtype=float))


def narrow(J: Matrix) -> Any:
    """Return a CSR array with sorted 32-bit indices."""
    J = sparse.csr_array(J)
    J.sort_indices()
    J.indptr, J.indices = J.indptr.astype(np.int32), J.indices.astype(np.int32)
    return J
