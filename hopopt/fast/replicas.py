"""Lanes: many copies of an Ising network, swept unit after unit.

The units of a colour class do not feel each other, so that moving them together is the same as
one after another. One product of a block of couplings with all the lanes moves a class.

Noise drowns what a coupling or an output has beyond two digits. So lanes calculate with whole
numbers where these do: outputs −127 … 127 in eight bits and sums in 16, which compiled loops take
two to three times as fast as single precision. Descent and energies have the couplings as they are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from types import ModuleType
from typing import Any, Literal

import numpy as np
from scipy import sparse

from hopopt.core.ising import IsingEnergy
from hopopt.core.lagrangian import Array
from hopopt.core.matrices import Matrix
from hopopt.fast.colouring import colour_classes

Units = Literal["clip", "sign"]

DENSE = 0.25
PANEL = 32
POOL = 1024  # rows of noise that the units of a sweep choose from
LANES = 64
TIE = 1e-5

# Whole numbers: what may stand for v = 1, the finest first; the largest sum; how much, of a row's
# root of squares, rounding may change its couplings; how many units may be coupled in all pairs.
TOPS: dict[Units, tuple[int, ...]] = {"clip": (127, 63, 31, 15, 7, 3), "sign": (1,)}
LARGEST, ROUNDED, MOST_DENSE = 2**15 - 1, 0.06, 3000


def lanes_of(energy: IsingEnergy, units: Units = "clip", loops: ModuleType | None = None) -> Lanes:
    """Return an energy ready for sweeps: by colour classes where sparse, in panels where dense.

    Parameters
    ----------
    energy : IsingEnergy
    units : {"clip", "sign"}, default "clip"
        Hard-limited units v = clip(u, −1, 1), or two-valued ones v = ±1.
    loops : module, optional
        The compiled loops, as `loops.loops` gives them.
    """
    J: Any = energy.Q
    count = np.count_nonzero(J) if isinstance(J, np.ndarray) else J.nnz
    dense = count > DENSE * energy.size**2 and energy.size > 1
    return (DenseLanes if dense else SparseLanes)(energy, units, loops)


class Lanes(ABC):
    """An Ising energy made ready for sweeps over B lanes, in whole numbers or single precision.

    A state holds the outputs v of the units, shape (N, B), in the order in which a sweep visits
    them. Temperatures and noise are in units of ρ, the energy's `scale`.

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
    order : array of int
        The energy's units in visiting order.
    J : array or CSR array, shape (N, N)
        Couplings in visiting order, in units of ρ.
    h : array, shape (N, 1)
        Fields likewise.
    weights, unit : array or CSR array, shape (N, N), and float32
        J ≈ unit·weights: in whole numbers where these do, else J itself.
    top : float32
        What stands for v = 1 in a state.
    kind : dtype
        Of a state.
    """

    def __init__(
        self,
        energy: IsingEnergy,
        classes: list[Array],
        units: Units,
        loops: ModuleType | None = None,
    ) -> None:
        self.energy, self.scale, self.size = energy, energy.scale, energy.size
        self.units, self.loops = units, loops
        self.order = np.concatenate([np.zeros(0, dtype=np.intp), *classes])
        self.rows = [slice(a, b) for a, b in pairwise(np.cumsum([0, *map(len, classes)]).tolist())]
        self.h = (energy.h[self.order] / self.scale).astype(np.float32)[:, None]
        self.fields = bool(self.h.any())
        self.J: Any = (energy.J / self.scale)[self.order][:, self.order].astype(np.float32)
        self.weights, self.unit, self.top = self.J, np.float32(1), np.float32(1)
        self.kind: np.dtype[Any] = np.dtype(np.float32)
        whole = whole_numbers(energy.J, TOPS[units])
        self.whole = whole is not None
        if whole is not None:
            K, unit, top = whole
            self.weights = K[self.order][:, self.order]
            self.unit, self.top = np.float32(unit / self.scale), np.float32(top)
            self.kind = np.dtype(np.int8 if loops is not None else np.int16)

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

    def state(self, v: Array) -> Array:
        """Return a state with the outputs v, −1 … 1, shape (N, B), in visiting order."""
        return (np.rint(v * self.top) if self.whole else v).astype(self.kind)

    def sweep(self, state: Array, pool: Array, picks: Array, strength: Array, T: Array) -> None:
        """Move every unit S times, in place: v_i ← squash((Σ_j J_ij·v_j + h_i + noise_i)/T).

        Parameters
        ----------
        state : array, shape (N, B)
        pool : array of float32, shape (POOL, B)
        picks : array of uint32, shape (S, N)
            In sweep t unit i meets the noise ``strength[t] * pool[picks[t, i]]``.
        strength, T : arrays, shape (S,)
        """
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

    def _settle(self, u: Array, out: Array) -> None:
        """Squash inputs into outputs."""
        if self.units == "sign":
            np.copysign(self.top, u, out=u)
        else:
            u.clip(-self.top, self.top, out=u)
        out[...] = u

    def seconds(self, count: int) -> float:
        """Return about how long a sweep of `count` lanes takes, for plans that need no clock."""
        if self.loops is None:
            return self._seconds(count)
        lanes = count if count == LANES else 1.6 * max(count, LANES)
        each = 1.6e-11 if self.whole else 4e-11
        return each * lanes * (len(self.fours[1]) + 2 * self.size) + 1e-6

    @abstractmethod
    def _seconds(self, count: int) -> float:
        """Return what a sweep of `count` lanes takes that is not compiled."""

    @abstractmethod
    def descend(self, s: Array) -> None:
        """Flip single spins of every lane, shape (N, B), in place, until no flip lowers E."""

    def values(self, s: Array) -> Array:
        """Return −½·sᵀJs − hᵀs of each lane, in units of ρ."""
        fields = self.J @ s
        fields *= np.float32(0.5)
        fields += self.h
        return np.asarray(-np.einsum("ik,ik->k", s, fields, dtype=float))

    def turns(self) -> Iterator[tuple[slice, Any]]:
        """Yield the rows of units that move together, and their couplings, in a sweep's order."""
        for rows in self.rows:
            yield rows, self.J[rows]

    def outside(self, s: Array) -> Array:
        """Return spins, shape (N, …), in the energy's order and double precision."""
        out = np.empty(s.shape)
        out[self.order] = s
        return out


class SparseLanes(Lanes):
    """Lanes whose couplings reach a colour class as one sparse product."""

    def __init__(
        self, energy: IsingEnergy, units: Units = "clip", loops: ModuleType | None = None
    ) -> None:
        super().__init__(energy, colour_classes(energy.J), units, loops)
        self.J, self.weights = narrow(self.J), narrow(self.weights)
        self.couplings = [self.J[rows] for rows in self.rows]
        self.blocks = [self.weights[rows] for rows in self.rows]

    def _sweep(self, state: Array, gain: np.float32, push: Array) -> None:
        for rows, block in zip(self.rows, self.blocks, strict=True):
            u = (block @ state).astype(np.float32)
            u *= gain
            u += push[rows]
            self._settle(u, state[rows])

    def _seconds(self, count: int) -> float:
        each = 7e-11 if self.whole else 1.4e-10
        return count * (each * int(self.J.nnz) + 1.1e-9 * self.size) + 6e-6 * len(self.rows)

    def descend(self, s: Array) -> None:
        work, moving = s, np.arange(s.shape[1])
        while len(moving):
            moved = np.zeros(len(moving), dtype=bool)
            for rows, block in zip(self.rows, self.couplings, strict=True):
                field = block @ work
                field += self.h[rows]
                field *= work[rows]
                wrong = field < -TIE
                if wrong.any():
                    work[rows][wrong] *= -1
                    moved |= wrong.any(0)
            if work is not s:
                s[:, moving] = work
            if not moved.all():
                moving = moving[moved]
                work = np.ascontiguousarray(s[:, moving])

    def turns(self) -> Iterator[tuple[slice, Any]]:
        return zip(self.rows, self.couplings, strict=True)


class DenseLanes(Lanes):
    """Lanes whose units all feel each other: one after another, in panels.

    What a panel feels of the other units is one matrix product, of its own units one a unit.
    """

    def __init__(
        self, energy: IsingEnergy, units: Units = "clip", loops: ModuleType | None = None
    ) -> None:
        super().__init__(energy, [np.array([i]) for i in range(energy.size)], units, loops)
        if not isinstance(self.J, np.ndarray):
            self.J = self.J.toarray()
        if not self.whole:
            self.weights, self.loops = self.J, None
        self.panels = [slice(a, min(a + PANEL, self.size)) for a in range(0, self.size, PANEL)]

    @cached_property
    def blocks(self) -> list[tuple[slice, Array, Array]]:
        """Panels, their weights, and those among their own units."""
        W = self.weights if isinstance(self.weights, np.ndarray) else self.weights.toarray()
        W = W.astype(np.float32)
        return [(panel, W[panel], W[panel, panel].copy()) for panel in self.panels]

    def _sweep(self, state: Array, gain: np.float32, push: Array) -> None:
        v = state.astype(np.float32)
        for panel, weights, inner in self.blocks:
            rows, kicks = v[panel], push[panel]
            field = weights @ v
            field -= inner @ rows
            for i in range(len(rows)):
                u = inner[i] @ rows
                u += field[i]
                u *= gain
                u += kicks[i]
                self._settle(u, state[panel.start + i])
                rows[i] = state[panel.start + i]

    def _seconds(self, count: int) -> float:
        return self.size * (7e-6 + 2.5e-11 * count * self.size)

    def descend(self, s: Array) -> None:
        """Flip, in each lane, the spin that lowers E most, until there is none."""
        field = self.J @ s
        field += self.h
        lane = np.arange(s.shape[1])
        while len(lane):
            gain = field[:, lane] * s[:, lane]
            unit = gain.argmin(0)
            falls = gain[unit, np.arange(len(lane))] < -TIE
            lane, unit = lane[falls], unit[falls]
            s[unit, lane] *= -1
            field[:, lane] += self.J[:, unit] * (2 * s[unit, lane])


def narrow(J: Matrix) -> Any:
    """Return a CSR array with sorted 32-bit indices."""
    J = sparse.csr_array(J)
    J.sort_indices()
    J.indptr, J.indices = J.indptr.astype(np.int32), J.indices.astype(np.int32)
    return J


def whole_numbers(J: Matrix, tops: Sequence[int]) -> tuple[Any, float, int] | None:
    """Return couplings as whole numbers K, J ≈ unit·K, of which 16 bits hold every sum.

    Whole multiples of the smallest coupling are kept as they are, if the sums allow it. Others are
    rounded, as little as the sums allow, and no more than the outputs are.

    Parameters
    ----------
    J : array or sparse array, shape (N, N)
    tops : sequence of int
        What may stand for v = 1, the finest first.

    Returns
    -------
    K : array or CSR array of int16, shape (N, N)
    unit : float
    top : int
        The first one with which Σ_j |K_ij|·top fits for all i.
        None, instead of all three, where there are no couplings, where they are too unlike each
        other, or where there are too many.
    """
    dense = isinstance(J, np.ndarray)
    if not dense:
        J = sparse.csr_array(J, dtype=float, copy=True)
        J.sum_duplicates()  # and sorts, which a sum would do behind the back of K
    entries = J if dense else J.data
    sizes = np.abs(entries[entries != 0])
    if not len(sizes) or (dense and len(J) > MOST_DENSE):
        return None
    K, squares = J.copy(), (J * J).sum(axis=1)
    sums, widest = float(abs(J).sum(axis=1).max()), int((J != 0).sum(axis=1).max())
    least = float(sizes.min())
    most = LARGEST * least / sums * (1 - 1e-9)  # the top that whole multiples allow
    multiples = most >= tops[-1] and np.allclose(sizes, least * np.rint(sizes / least), 1e-9, 0)
    for top in tops:
        unit = sums / max(1, LARGEST // top - widest)
        if multiples and top <= most:
            unit = least
        (K if dense else K.data)[...] = np.rint(entries / unit)
        off = J - unit * K
        if np.all((off * off).sum(axis=1) <= min(ROUNDED, 0.5 / top) ** 2 * squares):
            return K.astype(np.int16), unit, top
    return None
